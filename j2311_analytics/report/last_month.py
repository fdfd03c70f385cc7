"""Last month's forecast against what came, as page, workbook and metrics show it."""

from __future__ import annotations

from typing import Any

import pandas as pd

from j2311_analytics.assumptions import Assumptions
from j2311_analytics.errors import count_of
from j2311_analytics.report.grids import Grid, grid, records
from j2311_analytics.report.listing import Listing, fields_of
from j2311_analytics.report.palette import percent_label
from j2311_analytics.report.words import (
    cause_text,
    cents_text,
    payer_names,
    range_text,
)
from j2311_analytics.revenue.last_month import NO_DATA, LastForecast

# Name in the table, title, width, and how it is shown where its kind does not say it.
SHOWN = (
    ("payer", "Payer", 44, ""),
    ("cause", "Cause then", 24, "words"),
    ("episodes", "Services open then", 16, ""),
    ("denied_expected", "Expected value refused then", 16, ""),
    ("recoverable_amount", "Forecast", 16, ""),
    ("recoverable_low", "Range, low", 16, ""),
    ("recoverable_high", "Range, high", 16, ""),
    ("realised_amount", "Came", 16, ""),
    ("difference_amount", "Came less forecast", 16, ""),
    ("covered", "Within range", 10, ""),
)
MOST_ROWS = 15
_DOLLARS = ("recoverable_amount", "realised_amount", "difference_amount")


def last_month_words(last: LastForecast, assumptions: Assumptions) -> str:
    """What was forecast and what came, in three sentences, or why there is nothing.

    Args:
        last: From `last_forecast`.
        assumptions: Level of the ranges.

    Returns:
        Words for the page.

    Example:
        >>> from datetime import date
        >>> from j2311_analytics.tables import empty
        >>> none = empty("last_forecast")
        >>> first = LastForecast(date(2026, 9, 30), date(2026, 10, 31), none, none, 0, NO_DATA)
        >>> last_month_words(first, Assumptions())[:57]
        'This is the first month of the data: no decision is dated'
    """
    month = f"{last.made_on:%B}"
    left_out = _left_out(last.not_followed)
    if last.missing == NO_DATA:
        return (
            "This is the first month of the data: no decision is dated "
            f"{last.made_on} or before, so there was nothing to forecast from."
        )
    if last.missing:
        return (
            f"Nothing was open at the end of {month}, so there was nothing to forecast.{left_out}"
        )
    total = last.total.iloc[0]
    span = range_text(total["recoverable_low"], total["recoverable_high"])
    came = cents_text(total["realised_amount"])
    held, cells = int(last.cells["covered"].sum()), len(last.cells)
    level = percent_label(assumptions.range_level)
    where = (
        "which lies within the range"
        if total["covered"]
        else f"which lies {_side(total)} the range; of ten such months about one does"
    )
    return (
        f"At the end of {month}, with nothing known of later days, "
        f"{cents_text(total['recoverable_amount'])} ({span}) was expected to come by {last.until} "
        f"for {count_of(total['episodes'], 'service')} open then. {came} came, {where}. By payer "
        f"and cause, {held} of {count_of(cells, 'range')} held what came; {level} or "
        f"more are meant to.{left_out}"
    )


def last_month_grid(last: LastForecast) -> Grid:
    """Forecast, range, came and difference by payer and cause, for the page.

    Args:
        last: From `last_forecast`.

    Returns:
        The table: the rows in which most was forecast or came, and the total.

    Example:
        >>> callable(last_month_grid)
        True
    """
    cells = _largest(last.cells)
    rows = [
        (str(payer), cause_text(row["cause"]), *_texts(row))
        for payer, row in zip(
            payer_names(cells["payer"], cells["payer_id"]), records(cells), strict=True
        )
    ]
    total = [("All payers", "", *_texts(row)) for row in records(last.total)]
    heads = ["Payer", "Cause then", ">Services", ">Forecast", ">Range", ">Came"]
    heads += [">Difference", "Within range"]
    caption = f"Forecast of {last.made_on} for the days up to {last.until}, and what came"
    if len(cells) < len(last.cells):
        caption += f"; the largest {len(cells)} of {len(last.cells)} rows, all in report.xlsx"
    return grid(caption, heads, rows, total=total[0] if total else ())


def last_month_listing(last: LastForecast) -> Listing:
    """The sheet Last forecast.

    Args:
        last: From `last_forecast`.

    Returns:
        Its columns, rows and total.

    Example:
        >>> callable(last_month_listing)
        True
    """
    total = {name: value for row in records(last.total) for name, value in row.items()}
    shown = {name: total[name] for name, *_ in SHOWN[2:] if name in total}
    fields = fields_of(SHOWN, "last_forecast")
    return Listing(fields, last.cells, {"payer": "Total", **shown} if shown else {})


def _largest(cells: pd.DataFrame) -> pd.DataFrame:
    larger = cells[["recoverable_amount", "realised_amount"]].max(axis=1)
    kept = larger.sort_values(ascending=False, kind="stable").index[:MOST_ROWS]
    return cells.loc[kept.sort_values()]


def _texts(row: dict[str, Any]) -> tuple[str, ...]:
    forecast, came, gap = (cents_text(row[name]) for name in _DOLLARS)
    span = range_text(row["recoverable_low"], row["recoverable_high"])
    return (f"{row['episodes']:,}", forecast, span, came, gap, "yes" if row["covered"] else "no")


def _side(total: Any) -> str:
    return "below" if total["realised_amount"] < total["recoverable_low"] else "above"


def _left_out(count: int) -> str:
    if not count:
        return ""
    now = "counts" if count == 1 else "count"
    return (
        f" {count_of(count, 'service')} open then now {now} with another claim and "
        f"{'is' if count == 1 else 'are'} left out."
    )
