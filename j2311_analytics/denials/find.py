"""Every denial ever made, with its cause and whether it stands."""

from __future__ import annotations

import pandas as pd

from j2311_analytics.assumptions import Assumptions
from j2311_analytics.denials.grouping import in_text
from j2311_analytics.denials.history import History, build_history, is_denial
from j2311_analytics.ingest.exports import Claims
from j2311_analytics.ingest.remittance import Remittance
from j2311_analytics.tables import conform, dollars


def find_denials(
    remittance: Remittance | None = None,
    claims: Claims | None = None,
    *,
    assumptions: Assumptions = Assumptions(),
) -> pd.DataFrame:
    """Find every denied line and why it was denied.

    The denied amount of a line is the sum of its adjustments whose CARC is a denial
    (`codes/carc.csv`); contractual write-off, patient share, another payer's
    payment and pended amounts are never denied dollars. The largest triplet decides
    the cause; codes that say little take the first deciding remark. `docs/causes.md`
    has the rules.

    Args:
        remittance: What `read_835` returned.
        claims: What `read_claims` returned; enough alone where it carries CARCs.
        assumptions: Focus codes, as-of date and the user's own readings of codes.

    Returns:
        Table `denials`, one row per denied line per adjudication, all codes; money
        in dollars. `stands` marks denials in force at the as-of date. `in_headline`
        leaves out duplicates beside another decision and refusals of later payers.

    Raises:
        ValueError: if neither a remittance nor claims are given.

    Example:
        >>> from j2311_analytics import read_835
        >>> text = "ST*835*1~BPR*I*0*C~CLP*A*1*9*0~SVC*HC:J2311*9*0~CAS*CO*197*9~SE*6*1~"
        >>> find_denials(read_835(text.encode()))[["cause", "denied_amount"]].values.tolist()
        [['prior_authorization', 9.0]]
    """
    return denials_in(build_history(remittance, claims, assumptions), assumptions)


def denials_in(history: History, assumptions: Assumptions) -> pd.DataFrame:
    """Table `denials` of a history already built."""
    rows = in_text(history.rows[is_denial(history.rows)])
    table = rows.assign(
        denial=rows["row"],
        focus=rows["hcpcs"].isin(assumptions.focus),
        denied_on=rows["date"],
        charge=dollars(rows["charge_cents"]),
        denied_amount=dollars(rows["denied_cents"]),
        extent=(rows["paid_cents"] > 0).map({True: "partial", False: "full"}),
        shifted_to_patient=dollars(rows["shifted_cents"]),
        stands=rows["in_force"] & rows["resolved_by"].isna(),
        in_headline=rows["first_payer"] & ~rows["beside"],
    )
    return conform(table.sort_values("denial"), "denials")
