"""The page's tables, as text: sums by payer, cause, code or problem, never a claim."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from j2311_analytics.report.analysis import MonthAnalysis
from j2311_analytics.report.figures import waterfall_steps
from j2311_analytics.report.words import (
    DASH,
    cause_text,
    cents_text,
    payer_names,
    range_text,
    sentence,
)
from j2311_analytics.tables import cents

GROUP = ["payer_id", "payer", "cause"]
_FAMILY_DOLLARS = ("charge", "denied_amount", "open_amount", "recoverable_amount")


@dataclass(frozen=True)
class Head:
    """The head of a column.

    Example:
        >>> Head("Denied", number=True).number
        True
    """

    text: str
    number: bool = False


@dataclass(frozen=True)
class Row:
    """A row, as text; a strong one is a total within the table.

    Example:
        >>> Row(("units", "$9.00")).strong
        False
    """

    texts: tuple[str, ...]
    strong: bool = False


@dataclass(frozen=True)
class Grid:
    """A table of the page.

    Example:
        >>> Grid("Denied by cause", (Head("Cause"),), (Row(("units",)),)).total
        ()
    """

    caption: str
    heads: tuple[Head, ...]
    rows: tuple[Row, ...]
    total: tuple[str, ...] = ()
    narrow: bool = False


def grid(
    caption: str,
    heads: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    total: Sequence[str] = (),
    strong: Sequence[bool] = (),
    narrow: bool = False,
) -> Grid:
    """Make a table from texts.

    Args:
        caption: What it shows.
        heads: Heads of its columns; one that starts with ">" is of numbers.
        rows: Texts of each row.
        total: Texts of the last row, where there is a total.
        strong: Which rows are totals within the table.
        narrow: The table needs little width.

    Returns:
        The table.

    Example:
        >>> grid("Denied by cause", ["Cause", ">Denied"], [("units", "$9.00")]).heads[1]
        Head(text='Denied', number=True)
    """
    texts = [tuple(row) for row in rows]
    marks = strong or [False] * len(texts)
    return Grid(
        caption,
        tuple(Head(head.removeprefix(">"), head.startswith(">")) for head in heads),
        tuple(Row(row, bool(mark)) for row, mark in zip(texts, marks, strict=True)),
        tuple(total),
        narrow,
    )


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a table as dictionaries.

    Args:
        table: Any table whose columns have names.

    Returns:
        One dictionary per row.

    Example:
        >>> records(pd.DataFrame({"cause": ["units"]}))
        [{'cause': 'units'}]
    """
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]


def cells(block: dict[str, Any], caption: str) -> Grid:
    """Denied, open and recoverable dollars by payer and cause, with their total.

    Args:
        block: `metrics` of an analysis, or its "this_month".
        caption: What the table shows.

    Returns:
        Dollars to the cent; the range of the total is its own, not a sum.

    Example:
        >>> cells({"totals": {}, "by_payer_and_cause": []}, "None").rows
        ()
    """
    heads = ["Payer", "Cause", ">Recoverable", ">Range", ">Still open", ">Denied", ">Services"]
    table = pd.DataFrame(block["by_payer_and_cause"])
    if table.empty:
        return grid(caption, heads, [])
    table["shown"] = payer_names(table["payer"], table["payer_id"])
    rows = [
        (str(row["shown"]), cause_text(row["cause"]), *_amounts(row), f"{row['episodes']:,}")
        for row in records(table)
    ]
    total = (*_amounts(block["totals"]), f"{table['episodes'].sum():,}")
    return grid(caption, heads, rows, total=("All payers", "all causes", *total))


def work(analysis: MonthAnalysis, most: int) -> tuple[Grid, int]:
    """Groups of open denials by payer and cause, the most worthwhile first.

    Args:
        analysis: From `analyse_month`.
        most: Rows shown.

    Returns:
        The table, and how many groups there are.

    Example:
        >>> from j2311_analytics import analyse_month, read_835
        >>> era = read_835(b"ST*835*1~BPR*I*0*C*************20261005~SE*3*1~")
        >>> work(analyse_month(era, month="2026-10"), 12)[1]
        0
    """
    heads = ["Payer", "Cause", ">Recoverable", "Next step", ">Next deadline", ">Days left"]
    heads += [">Past it", ">Still open", ">Services"]
    open_ones = analysis.recoverable
    open_ones = open_ones.assign(payer=payer_names(open_ones["payer"], open_ones["payer_id"]))
    groups = [_group(rows) for _, rows in open_ones.groupby(GROUP, dropna=False, sort=True)]
    # The sort is stable, so groups of the same value stay in order of payer and cause.
    groups.sort(key=lambda group: -group[0])
    rows = [texts for _, texts in groups[:most]]
    return grid("Open denials by payer and cause", heads, rows), len(groups)


def flow(analysis: MonthAnalysis) -> Grid:
    """How billed dollars become recoverable dollars, to the cent.

    Args:
        analysis: From `analyse_month`.

    Returns:
        Each step with its amount; totals are strong.

    Example:
        >>> from j2311_analytics import analyse_month, read_835
        >>> era = read_835(b"ST*835*1~BPR*I*0*C*************20261005~SE*3*1~")
        >>> flow(analyse_month(era, month="2026-10")).rows[-1].texts
        ('Recoverable', '$0.00')
    """
    steps = waterfall_steps(analysis)
    rows = zip(steps["step"].map(sentence), steps["amount"].map(cents_text), strict=True)
    strong = list(steps["kind"] == "total")
    caption = "The steps add up to the cent"
    return grid(caption, ["Step", ">Dollars"], rows, strong=strong, narrow=True)


def beside(analysis: MonthAnalysis) -> Grid:
    """Refusals that no headline counts, so that no service counts twice.

    Args:
        analysis: From `analyse_month`.

    Returns:
        Duplicates, later payers' refusals, suspected denials and takebacks.

    Example:
        >>> from j2311_analytics import analyse_month, read_835
        >>> era = read_835(b"ST*835*1~BPR*I*0*C*************20261005~SE*3*1~")
        >>> beside(analyse_month(era, month="2026-10")).rows[0].texts[1:]
        ('0', '$0.00')
    """
    rows = [
        (row["what"], f"{row['number']:,}", cents_text(row["amount"]))
        for row in records(analysis.beside)
    ]
    return grid("Not in any total above", ["What", ">Number", ">Dollars"], rows, narrow=True)


def family(analysis: MonthAnalysis) -> Grid:
    """The codes of the focus codes' drug that occur in the data.

    Args:
        analysis: From `analyse_month`.

    Returns:
        Services and dollars by code; no rows where only one code occurs.

    Example:
        >>> from j2311_analytics import analyse_month, read_835
        >>> era = read_835(b"ST*835*1~BPR*I*0*C*************20261005~SE*3*1~")
        >>> family(analyse_month(era, month="2026-10")).rows
        ()
    """
    rows = [
        (
            f"{row['hcpcs']} (focus)" if row["focus"] else str(row["hcpcs"]),
            str(row["description"]),
            f"{row['services']:,}",
            *(cents_text(row[name]) for name in _FAMILY_DOLLARS),
        )
        for row in records(analysis.family)
    ]
    heads = ["Code", "In our words", ">Services", ">Billed", ">Denied", ">Still open"]
    heads.append(">Recoverable")
    return grid("Codes of the same drug family", heads, rows if len(rows) > 1 else [])


def _amounts(row: dict[str, Any]) -> tuple[str, ...]:
    return (
        cents_text(row["recoverable_amount"]),
        range_text(row["recoverable_low"], row["recoverable_high"]),
        cents_text(row["open_amount"]),
        cents_text(row["denied_amount"]),
    )


def _group(rows: pd.DataFrame) -> tuple[int, tuple[str, ...]]:
    """Net value in cents, for the order, and the texts of one group."""
    first = rows.sort_values("rank").iloc[0]
    passed = (rows["days_left"] < 0).fillna(False).astype(bool)
    ahead = rows.loc[~passed].dropna(subset=["deadline"]).sort_values("deadline")
    deadline, days_left = DASH, DASH
    if len(ahead):
        deadline = f"{ahead.iloc[0]['deadline']:%Y-%m-%d}"
        days_left = f"{ahead.iloc[0]['days_left']:,}"
    texts = (
        str(first["payer"]),
        cause_text(first["cause"]),
        cents_text(_sum(rows["recoverable_amount"]) / 100),
        # How many are past their window stands beside; the step itself is the first part.
        str(first["action"]).split(";")[0].rstrip("."),
        deadline,
        days_left,
        f"{passed.sum():,}" if passed.any() else DASH,
        cents_text(_sum(rows["open_amount"]) / 100),
        f"{len(rows):,}",
    )
    return _sum(rows["net_value"]), texts


def _sum(amounts: pd.Series) -> int:
    return int(cents(amounts).sum())
