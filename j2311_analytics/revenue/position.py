"""Where the inventory stands: its age, and what accounting reserves against it."""

from __future__ import annotations

import pandas as pd

from j2311_analytics.assumptions import Assumptions
from j2311_analytics.revenue.value import recoverable_by
from j2311_analytics.tables import cents, conform, dollars

BANDS = ("0–30", "31–60", "61–90", "91–120", "over 120")
_EDGES = [-1, 30, 60, 90, 120, float("inf")]
_PAYER = ["payer_id", "payer"]


def ageing(recoverable: pd.DataFrame) -> pd.DataFrame:
    """Open denials by payer and age, counted from the first denial.

    Args:
        recoverable: Table `recoverable`, or some of its rows.

    Returns:
        Table `ageing`: one row per payer and band of days that has open denials;
        payers by open dollars, bands by age.

    Example:
        >>> from j2311_analytics.tables import empty
        >>> ageing(empty("recoverable")).empty
        True
    """
    band = pd.cut(recoverable["age_days"], _EDGES, labels=list(BANDS))
    rows = recoverable.assign(band=band.cat.codes, number=1)
    amounts = ["open_amount", "denied_expected", "recoverable_amount"]
    for name in amounts:
        rows[name] = cents(rows[name])
    rows[_PAYER] = rows[_PAYER].fillna("")
    table = rows.groupby([*_PAYER, "band"])[[*amounts, "number"]].sum().reset_index()
    table["whole"] = table.groupby(_PAYER)["open_amount"].transform("sum")
    table = table.sort_values(["whole", *_PAYER, "band"], ascending=[False, True, True, True])
    for name in amounts:
        table[name] = dollars(table[name])
    table["age_band"] = table["band"].map(dict(enumerate(BANDS)))
    return conform(table.rename(columns={"number": "episodes"}), "ageing")


def reserve(recoverable: pd.DataFrame, *, assumptions: Assumptions = Assumptions()) -> pd.DataFrame:
    """What accounting should not count on: expected value refused, less what will come.

    Args:
        recoverable: Table `recoverable`, or some of its rows.
        assumptions: Level of the range, number of draws and seed.

    Returns:
        Table `reserve`: by payer, the largest first, and the total with a range of its
        own, which is not the sum of the payers' ranges.

    Example:
        >>> from j2311_analytics.tables import empty
        >>> reserve(empty("recoverable"))["reserve_amount"].tolist()
        [0.0]
    """
    by_payer = recoverable_by(recoverable, by=_PAYER, assumptions=assumptions)
    total = recoverable_by(recoverable, by=[], assumptions=assumptions).assign(payer="Total")
    table = pd.concat([part for part in (by_payer, total) if len(part)], ignore_index=True)
    refused = cents(table["denied_expected"])
    ends = {"amount": "amount", "low": "high", "high": "low"}
    for name, other in ends.items():
        table[f"reserve_{name}"] = dollars(refused - cents(table[f"recoverable_{other}"]))
    last = table["payer"] == "Total"
    order = table.assign(last=last).sort_values(["last", "reserve_amount"], ascending=[True, False])
    return conform(order, "reserve")
