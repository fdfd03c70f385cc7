"""The denial rate, month by month, against the limits it usually stays in."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patheffects import withStroke
from matplotlib.ticker import FuncFormatter

from j2311_analytics.errors import count_of
from j2311_analytics.report.drawing import (
    LABEL_SIZE,
    PLAIN,
    chart_axes,
    finish,
    nothing_to_show,
    require_columns,
)
from j2311_analytics.report.palette import (
    BAND,
    BLUE,
    GRID,
    QUIET,
    VERMILLION,
    month_label,
    percent_label,
)

COLUMNS = ("month", "lines", "denied_lines", "rate", "center", "lower", "upper", "outside")
MOST_TICKS = 18
_POINTS: dict[str, Any] = {**PLAIN, "textcoords": "offset points"}


def plot_denial_trend(trend: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw the denial rate by month with its control limits.

    Args:
        trend: From `denial_trend(episodes)`, one row per month: month (first day),
            lines and denied_lines (counts), rate, center, lower and upper (shares of
            one, the last three missing where there are no limits; they step, since
            lines differ by month), outside (the month is beyond its limits).
        ax: Axes to draw in; a new figure where not given. x is months since the
            first month, so months without a row stay as gaps.

    Returns:
        The axes; months outside are marked and labelled (beyond 18 months, only the
        farthest of a run is labelled); the title is about the last month with a rate.

    Raises:
        ValueError: if a column is missing, or a month is there twice.

    Example:
        >>> ax = plot_denial_trend(pd.DataFrame({
        ...     "month": pd.to_datetime(["2026-10-01"]), "lines": [200], "denied_lines": [42],
        ...     "rate": [0.21], "center": [0.18], "lower": [0.12], "upper": [0.25],
        ...     "outside": [False]}))
        >>> ax.get_title(loc="left")
        'Denial rate in Oct 2026 was 21.0 %, within its usual limits (12–25 %)'
    """
    require_columns(trend, COLUMNS, "denial_trend(episodes)")
    rows = _by_position(trend)  # the row's number is the x of its month
    rated = rows[rows["rate"].notna()]
    if rated.empty:
        return nothing_to_show(chart_axes(ax, 7, 1), "No denial rate: no lines in these months")
    ax = chart_axes(ax, 9.5, 4.2)
    _draw_limits(ax, rows)
    ax.plot(rows.index, rows["rate"], color=BLUE, marker="o", markersize=4.5, clip_on=False)
    _draw_labels(ax, rated)
    _month_axis(ax, rows["month"])
    # A month of few lines has limits up to 100 %, which would flatten all the others.
    top = max(float(rows["rate"].max()), float(rows["upper"].median()))
    ax.set_ylim(0, max(top * 1.15, 0.01))
    ax.yaxis.set_major_formatter(FuncFormatter(_tick))
    ax.set_ylabel("share of lines denied", color=QUIET, fontsize=LABEL_SIZE)
    ax.grid(True, axis="y", color=GRID, linewidth=0.8)
    return finish(ax, _finding(rated.iloc[-1]), _description(rated))


def _by_position(trend: pd.DataFrame) -> pd.DataFrame:
    """The rows by months since the first, with an empty row for each month without one."""
    rows = trend[[*COLUMNS]].dropna(subset=["month"])
    months = rows["month"].dt.to_period("M")
    if months.duplicated().any():
        raise ValueError(f"the month {months[months.duplicated()].iloc[0]} is there twice")
    if rows.empty:
        return rows
    every = pd.period_range(months.min(), months.max(), freq="M").rename("month")
    rows = rows.drop(columns="month").set_axis(pd.PeriodIndex(months)).reindex(every)
    shares = ["rate", "center", "lower", "upper"]
    rows[shares] = rows[shares].astype("float64")
    return rows.reset_index().assign(month=every.to_timestamp())


def _draw_limits(ax: Axes, rows: pd.DataFrame) -> None:
    """The band of usual rates, one step per month, and its center."""
    known = rows.dropna(subset=["center", "lower", "upper"])
    ax.bar(known.index, known["upper"] - known["lower"], 1.0, known["lower"], color=BAND, zorder=0)
    centers = rows["center"].dropna()
    ax.hlines(centers, centers.index - 0.5, centers.index + 0.5, color=QUIET, linewidth=1.0)
    if len(known):
        last = known.iloc[-1]
        limits = _limits(last["rate"], last["lower"], last["upper"])
        text = f"average {percent_label(last['center'], 1)}\nusual limits\n{limits}"
        aside = {**_POINTS, "color": QUIET, "va": "center"}
        ax.annotate(text, (1, last["center"]), (6, 0), ax.get_yaxis_transform(), **aside)


def _draw_labels(ax: Axes, rated: pd.DataFrame) -> None:
    """Mark the months outside; label them and the last month, away from the line."""
    outside = rated["outside"].fillna(False).astype("bool")
    ax.plot(rated.index[outside], rated["rate"][outside], "o", color=VERMILLION, markersize=8)
    crowded = rated.index[-1] >= MOST_TICKS
    shown = outside
    if crowded:
        run = (outside != outside.shift()).cumsum()
        distance = (rated["rate"] - rated["center"]).abs()
        shown = outside & (distance == distance.groupby(run).transform("max"))
    shown = shown | (rated.index == rated.index[-1])
    beside = pd.concat([rated["rate"].shift(), rated["rate"].shift(-1)], axis=1).mean(axis=1)
    below = rated["rate"] < beside
    for position, rate, under in zip(
        rated.index[shown], rated["rate"][shown], below[shown], strict=True
    ):
        last = crowded and position == rated.index[-1]
        style = {"ha": "right" if last else "center", "va": "top" if under else "bottom"}
        text = ax.annotate(
            percent_label(rate, 1),
            (position, rate),
            (0, -8 if under else 8),
            fontweight="bold",
            **{**_POINTS, **style},
        )
        text.set_path_effects([withStroke(linewidth=3, foreground="white")])


def _month_axis(ax: Axes, months: pd.Series) -> None:
    """Months by name, the year under the first label and under each January."""
    step = -(-len(months) // MOST_TICKS)
    shown = list(range(0, len(months), step))
    labels, year = [], 0
    for position in shown:
        month = months.iloc[position]
        name = month_label(month)
        labels.append(name.replace(" ", "\n") if month.year != year else name[:3])
        year = month.year
    ax.set_xticks(shown, labels, **PLAIN)
    ax.set_xlim(-0.5, len(months) - 0.5)


def _tick(rate: float, _: int | None = None) -> str:
    """A rate on the axis, in as few digits as it has."""
    return f"{rate * 100:g} %"


def _limits(rate: float, lower: float, upper: float) -> str:
    """The limits in as few decimals as still put the rate, at one decimal, on its side."""
    side = (rate < lower, rate > upper)
    seen = round(rate * 100, 1)
    for digits in (0, 1, 2):
        low, high = (round(limit * 100, digits) for limit in (lower, upper))
        if side == (seen < low, seen > high):
            break
    return f"{low:.{digits}f}–{high:.{digits}f} %"


def _finding(last: pd.Series) -> str:
    """The last month's rate, and which side of its limits it is on."""
    rate, lower, upper = (float(last[column]) for column in ("rate", "lower", "upper"))
    start = f"Denial rate in {month_label(last['month'])} was {percent_label(rate, 1)}"
    if math.isnan(lower) or math.isnan(upper):
        return f"{start} ({int(last['denied_lines']):,} of {count_of(last['lines'], 'line')})"
    side = "above" if rate > upper else "below" if rate < lower else "within"
    return f"{start}, {side} its usual limits ({_limits(rate, lower, upper)})"


def _description(rated: pd.DataFrame) -> str:
    """Every month's rate, and which of them are outside."""
    told = [
        f"{month_label(row['month'])}: {percent_label(row['rate'], 1)}"
        + (" (outside)" if row["outside"] is True else "")
        for row in rated.assign(outside=rated["outside"].fillna(False).astype("bool")).to_dict(
            "records"
        )
    ]
    return f"Line chart of the denial rate by month. {'; '.join(told)}."
