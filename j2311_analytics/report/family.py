"""The focus codes beside the other codes of the same drug."""

from __future__ import annotations

import pandas as pd

from j2311_analytics.assumptions import Assumptions
from j2311_analytics.codes import lookup
from j2311_analytics.drugs.family import same_drug
from j2311_analytics.tables import cents, dollars


def drug_codes_seen(
    episodes: pd.DataFrame, recoverable: pd.DataFrame, assumptions: Assumptions
) -> pd.DataFrame:
    """The focus codes beside the other codes of the same drug, as they were billed.

    A code is never relabelled: the table only shows where else the drug was billed.

    Returns:
        hcpcs, description (our words), focus, services, charge, denied_amount,
        open_amount, recoverable_amount (dollars); the focus first.

    Example:
        >>> from j2311_analytics.tables import empty
        >>> drug_codes_seen(empty("episodes"), empty("recoverable"), Assumptions()).empty
        True
    """
    same = episodes[same_drug(episodes["hcpcs"], assumptions.focus)]
    table = pd.DataFrame({"services": same.groupby("hcpcs").size()})
    for name in ("charge", "denied_amount", "open_amount"):
        table[name] = dollars(cents(same[name]).groupby(same["hcpcs"]).sum())
    came = dollars(cents(recoverable["recoverable_amount"]).groupby(recoverable["hcpcs"]).sum())
    table["recoverable_amount"] = came.reindex(table.index).fillna(0.0)
    table = table.rename_axis("hcpcs").reset_index()
    table.insert(1, "description", table["hcpcs"].map(lookup("drug_codes", "hcpcs", "description")))
    table.insert(2, "focus", table["hcpcs"].isin(assumptions.focus))
    return table.sort_values(["focus", "charge"], ascending=False).reset_index(drop=True)
