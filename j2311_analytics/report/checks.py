"""The sheet Checks: what was read, whether it balances, whether the workbook adds up."""

from __future__ import annotations

from typing import Any

import pandas as pd

from j2311_analytics.report.analysis import MonthAnalysis
from j2311_analytics.report.evidence import read_totals
from j2311_analytics.report.listing import MOST_ROWS, Field, Listing
from j2311_analytics.tables import cents


def check_listings(analysis: MonthAnalysis) -> list[Listing]:
    """The tables of the sheet Checks.

    Args:
        analysis: From `analyse_month`.

    Returns:
        What was read; balance checks by level; sums of the workbook against the
        totals; the checks that do not balance.

    Example:
        >>> from j2311_analytics import analyse_month, read_835
        >>> era = read_835(b"ST*835*1~BPR*I*0*C*************20261005~SE*3*1~")
        >>> check_listings(analyse_month(era, month="2026-10"))[2].rows["gap"].abs().sum()
        np.float64(0.0)
    """
    return [_read(analysis), _balance(analysis), _ties(analysis), _failed(analysis)]


def in_force_cents(denials: pd.DataFrame) -> int:
    """Denied cents in force that the headline counts.

    Args:
        denials: Table `denials`, or some of its rows.

    Returns:
        Their sum in cents.

    Example:
        >>> from j2311_analytics.tables import empty
        >>> in_force_cents(empty("denials"))
        0
    """
    return _sum(denials.loc[denials["stands"] & denials["in_headline"], "denied_amount"])


def _read(analysis: MonthAnalysis) -> Listing:
    read = [
        (name, number, total / 100)
        for name, number, total in read_totals(analysis.remittance, analysis.claims)
    ]
    files = analysis.metrics["reconciliation"]["files"]
    rows = [("Remittance files", files, None), *read]
    fields = [
        Field("what", "What was read", 58),
        Field("number", "Number", 16, "count"),
        Field("amount", "Dollars", 18, "money"),
    ]
    return Listing(fields, pd.DataFrame(rows, columns=["what", "number", "amount"]), title="Read")


def _balance(analysis: MonthAnalysis) -> Listing:
    checks = analysis.checks
    off = checks["difference_cents"].abs()
    rows = pd.DataFrame(
        [
            (
                level,
                int(here.sum()),
                int((off[here] == 0).sum()),
                int((off[here] > 0).sum()),
                int(off[here].sum()) / 100,
            )
            for level in ("line", "claim", "transaction")
            for here in [checks["level"] == level]
        ],
        columns=["level", "checks", "passed", "failed", "off"],
    )
    fields = [
        Field("level", "Balance of each", 58),
        Field("checks", "Checks", 16, "count"),
        Field("passed", "To $0.00", 18, "count"),
        Field("failed", "Out of balance", 16, "count"),
        Field("off", "Sum of differences", 18, "money"),
    ]
    return Listing(fields, rows, title="Do the files balance?")


def _ties(analysis: MonthAnalysis) -> Listing:
    totals, cells = analysis.metrics["totals"], analysis.metrics["by_payer_and_cause"]
    focus = analysis.episodes[analysis.episodes["focus"]]
    parts = ("open_amount", "written_off_amount", "shifted_amount")
    denials = analysis.denials[analysis.denials["focus"]]
    ties = [
        ("Payer × cause: denied", _listed(cells, "denied_amount"), totals["denied_amount"]),
        ("Payer × cause: open", _listed(cells, "open_amount"), totals["open_amount"]),
        (
            "Payer × cause: recoverable",
            _listed(cells, "recoverable_amount"),
            totals["recoverable_amount"],
        ),
        ("Action list: open", _sum(analysis.recoverable["open_amount"]), totals["open_amount"]),
        (
            "Action list: recoverable",
            _sum(analysis.recoverable["recoverable_amount"]),
            totals["recoverable_amount"],
        ),
        ("Denials in force and in headline", in_force_cents(denials), totals["denied_amount"]),
        (
            "Open, written off and owed by patients",
            sum(_sum(focus[name]) for name in parts),
            totals["denied_amount"],
        ),
    ]
    rows = [(what, here / 100, total, (here - _cents(total)) / 100) for what, here, total in ties]
    fields = [
        Field("what", "Sum in this workbook", 58),
        Field("here", "Sum", 16, "money"),
        Field("total", "Total in Summary", 18, "money"),
        Field("gap", "Difference", 16, "money"),
        Field("ties", "Adds up", 18, "flag"),
    ]
    table = pd.DataFrame(rows, columns=["what", "here", "total", "gap"])
    return Listing(fields, table.assign(ties=table["gap"] == 0), title="Does this workbook add up?")


def _failed(analysis: MonthAnalysis) -> Listing:
    failed = analysis.checks[analysis.checks["difference_cents"] != 0].head(MOST_ROWS)
    rows = failed.assign(
        **{name: failed[f"{name}_cents"] / 100 for name in ("expected", "reported", "difference")}
    )
    fields = [
        Field("file", "File", 58),
        Field("level", "Level", 16),
        Field("segment", "Segment", 18, "count", "Number of the SVC, CLP or ST segment"),
        Field("expected", "Expected", 16, "money", "What the adjustments leave (dollars)"),
        Field("reported", "Reported", 18, "money", "What the payer reported (dollars)"),
        Field("difference", "Difference", 16, "money", "Reported less expected (dollars)"),
    ]
    return Listing(fields, rows, title="Checks that do not balance")


def _listed(cells: list[dict[str, Any]], name: str) -> int:
    return sum(_cents(row[name]) for row in cells)


def _cents(amount: float) -> int:
    return round(amount * 100)


def _sum(amounts: pd.Series) -> int:
    return int(cents(amounts).sum())
