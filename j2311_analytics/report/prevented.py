"""What could have been prevented: the tables behind the month's prevention sheet and chart."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from j2311_analytics.assumptions import Assumptions
from j2311_analytics.ingest.exports import Claims
from j2311_analytics.ingest.remittance import Remittance
from j2311_analytics.prevention.root_causes import root_causes
from j2311_analytics.prevention.suggest import suggest_policies
from j2311_analytics.prevention.worth import rule_value
from j2311_analytics.tables import empty


class Prevention(NamedTuple):
    """Tables `root_causes`, `rule_value` and `policy_suggestions` of all codes.

    Example:
        >>> Prevention._fields
        ('roots', 'worth', 'suggested')
    """

    roots: pd.DataFrame
    worth: pd.DataFrame
    suggested: pd.DataFrame


def prevent(
    claims: Claims | None,
    remittance: Remittance,
    *,
    denials: pd.DataFrame,
    policies: pd.DataFrame | None = None,
    unit_limits: pd.DataFrame | None = None,
    assumptions: Assumptions = Assumptions(),
) -> Prevention:
    """Look for what denials have in common, and measure the checks before billing.

    Args:
        claims: The claims sent; without them all tables are empty.
        remittance: What the payers answered.
        denials: Table `denials` of the same data.
        policies: Payers' own rules, from `read_policies`.
        unit_limits: The user's unit limits, as in `scrub_claims`.
        assumptions: Nothing answered after the as-of date is used.

    Returns:
        The three tables.

    Example:
        >>> from j2311_analytics import read_835
        >>> era = read_835(b"ST*835*1~BPR*I*0*C~SE*3*1~")
        >>> prevent(None, era, denials=empty("denials")).roots.empty
        True
    """
    if claims is None or remittance.payments.empty:
        return Prevention(empty("root_causes"), empty("rule_value"), empty("policy_suggestions"))
    return Prevention(
        root_causes(claims, remittance, denials=denials, assumptions=assumptions),
        rule_value(
            claims,
            remittance,
            policies=policies,
            unit_limits=unit_limits,
            denials=denials,
            assumptions=assumptions,
        ),
        suggest_policies(
            claims, remittance, policies=policies, denials=denials, assumptions=assumptions
        ),
    )
