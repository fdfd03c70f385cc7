"""The totals of metrics.json: of all episodes, of a month, by payer and cause."""

from __future__ import annotations

from typing import Any

import pandas as pd

from j2311_analytics.assumptions import Assumptions
from j2311_analytics.denials.verdicts import APPEAL, CORRECT, NO_CLAIM, PAYER, RECORDS
from j2311_analytics.ingest.remittance import Remittance
from j2311_analytics.revenue.value import recoverable_by
from j2311_analytics.tables import cents

CELL = ["payer_id", "payer", "cause"]
VERDICTS = (APPEAL, CORRECT, RECORDS, PAYER, NO_CLAIM)


def cells(
    episodes: pd.DataFrame, recoverable: pd.DataFrame, assumptions: Assumptions
) -> pd.DataFrame:
    """Denied, open and recoverable dollars of the focus codes by payer and cause.

    Returns:
        payer_id, payer, cause, episodes, denied_amount, open_amount,
        recoverable_amount, recoverable_low, recoverable_high; largest first.

    Example:
        >>> from j2311_analytics.tables import empty
        >>> cells(empty("episodes"), empty("recoverable"), Assumptions()).empty
        True
    """
    standing = _named(episodes[episodes["focus"] & (episodes["denied_amount"] > 0)])
    grouped = standing.groupby(CELL, dropna=False)
    table = pd.DataFrame({"episodes": grouped.size()})
    for name in ("denied_amount", "open_amount"):
        table[name] = (
            cents(standing[name]).groupby([standing[key] for key in CELL], dropna=False).sum() / 100
        )
    valued = recoverable_by(_named(recoverable), by=CELL, assumptions=assumptions).set_index(CELL)
    names = ["recoverable_amount", "recoverable_low", "recoverable_high"]
    table = table.join(valued[names]).fillna(dict.fromkeys(names, 0.0)).reset_index()
    return table.sort_values(
        ["recoverable_amount", "denied_amount", "payer", "cause"],
        ascending=[False, False, True, True],
    ).reset_index(drop=True)


def _named(rows: pd.DataFrame) -> pd.DataFrame:
    """A payer without an id is still a payer: missing keys would not meet in a join."""
    return rows.assign(**{key: rows[key].fillna("") for key in CELL})


def month_block(
    arrived: pd.DataFrame, valued: pd.DataFrame, assumptions: Assumptions
) -> dict[str, Any]:
    """Totals and cells of the services first denied in a month.

    Example:
        >>> callable(month_block)
        True
    """
    theirs = valued[valued["episode"].isin(arrived["episode"])]
    return block(arrived, theirs, cells(arrived, theirs, assumptions), assumptions)


def rounded_measures(measures: pd.DataFrame) -> dict[str, float | None]:
    """Each measure by name, rounded to six places; None where it is missing.

    Example:
        >>> rounded_measures(pd.DataFrame({"kpi": ["a"], "value": [0.5]}))
        {'a': 0.5}
    """
    pairs = zip(measures["kpi"], measures["value"], strict=True)
    return {name: None if pd.isna(value) else round(float(value), 6) for name, value in pairs}


def block(
    episodes: pd.DataFrame,
    recoverable: pd.DataFrame,
    by_cell: pd.DataFrame,
    assumptions: Assumptions,
) -> dict[str, Any]:
    """Totals and cells of some episodes, as metrics.json has them.

    Example:
        >>> callable(block)
        True
    """
    total = recoverable_by(recoverable, by=[], assumptions=assumptions).iloc[0]
    totals: dict[str, Any] = {
        "lines": len(episodes),
        "charge": _dollars(episodes["charge"]),
        "denied_lines": int(episodes["first_cause"].notna().sum()),
        "initial_denied_amount": _dollars(episodes["initial_denied_amount"]),
        "denied_amount": _dollars(episodes["denied_amount"]),
        "denied_expected": _dollars(recoverable["denied_expected"]),
        "open_amount": _dollars(episodes["open_amount"]),
        "recovered_amount": _dollars(episodes["recovered_amount"]),
        "duplicate_amount": _dollars(episodes["duplicate_amount"]),
        "recoverable_amount": _dollars(recoverable["recoverable_amount"]),
        "recoverable_low": float(total["recoverable_low"]),
        "recoverable_high": float(total["recoverable_high"]),
    }
    return {"totals": totals, "by_payer_and_cause": by_cell.to_dict("records")}


def verdict_figures(recoverable: pd.DataFrame) -> list[dict[str, Any]]:
    """Open denials by what the claims' own data says of the payers' reasons.

    Args:
        recoverable: Table `recoverable`.

    Returns:
        verdict, episodes, open_amount, recoverable_amount (dollars); those to appeal
        first, verdicts without a denial left out.

    Example:
        >>> from j2311_analytics.tables import empty
        >>> verdict_figures(empty("recoverable"))
        []
    """
    verdicts = recoverable["verdict"].fillna(NO_CLAIM)
    groups = [(name, recoverable[verdicts == name]) for name in VERDICTS]
    return [
        {
            "verdict": name,
            "episodes": len(rows),
            "open_amount": _dollars(rows["open_amount"]),
            "recoverable_amount": _dollars(rows["recoverable_amount"]),
        }
        for name, rows in groups
        if len(rows)
    ]


def _dollars(amounts: pd.Series) -> float:
    return int(cents(amounts).sum()) / 100


def reconciliation_figures(remittance: Remittance, checks: pd.DataFrame) -> dict[str, int]:
    """Files read, and checks that fail, in figures.

    Example:
        >>> callable(reconciliation_figures)
        True
    """
    failed = checks[checks["difference_cents"] != 0]
    errors = remittance.issues[remittance.issues["severity"] == "error"]
    read = set(remittance.payments["file"]) | set(remittance.issues["file"].dropna())
    above_lines = failed[failed["level"] != "line"]
    return {
        "files": len(read),
        "files_with_errors": int(errors["file"].nunique()),
        "unbalanced": len(failed),
        "unexplained_cents": int(above_lines["difference_cents"].abs().sum()),
    }
