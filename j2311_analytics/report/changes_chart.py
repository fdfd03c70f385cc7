"""Denial rates that moved, drawn: from what to what, and since when."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from j2311_analytics.report.drawing import (
    LABEL_SIZE,
    PLAIN,
    chart_axes,
    finish,
    nothing_to_show,
    require_columns,
)
from j2311_analytics.report.palette import (
    BLUE,
    GRID,
    QUIET,
    REST,
    VERMILLION,
    cause_label,
    name_label,
    percent_label,
)
from j2311_analytics.report.rate_shifts import ANY_CAUSE

COLUMNS = ("kind", "payer", "cause", "direction", "rate_before", "rate_after", "since", "words")
MOST = 12
# Room around a label, so that no line of the grid runs through it.
BARE = {"facecolor": "white", "edgecolor": "none", "pad": 1.5}


def plot_changes(changes: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw each denial rate that moved beyond chance as a step from before to after.

    Args:
        changes: From `detect_changes`; new codes are left out. At most 12 are drawn,
            the surest first.
        ax: Axes to draw in; a new figure where not given.

    Returns:
        The axes: grey before, colour after, each labelled with its rates and its day.

    Raises:
        ValueError: if a column is missing.

    Example:
        >>> from j2311_analytics.tables import empty
        >>> ax = plot_changes(empty("changes"))
        >>> ax.get_title(loc="left")
        'No denial rate moved beyond chance'
    """
    require_columns(changes, COLUMNS, "detect_changes(episodes)")
    rows = changes[changes["kind"] == "rate"].head(MOST).reset_index(drop=True)
    if rows.empty:
        return nothing_to_show(chart_axes(ax, 7, 1), "No denial rate moved beyond chance")
    ax = chart_axes(ax, 9.5, 1.5 + 0.6 * len(rows))
    places = range(0, -len(rows), -1)
    colours = rows["direction"].map({"up": VERMILLION, "down": BLUE})
    ax.hlines(places, rows["rate_before"], rows["rate_after"], list(colours), linewidth=2)
    ax.scatter(rows["rate_before"], places, s=45, color=REST, zorder=3)
    ax.scatter(rows["rate_after"], places, s=60, color=colours, zorder=3)
    for place, row in zip(places, rows.to_dict("records"), strict=True):
        text = (
            f"{percent_label(row['rate_before'], 1)} to {percent_label(row['rate_after'], 1)}, "
            f"since about {row['since']:%Y-%m-%d}"
        )
        right = max(row["rate_before"], row["rate_after"])
        ax.annotate(
            text,
            (right, place),
            (9, 0),
            textcoords="offset points",
            va="center",
            bbox=BARE,
            **PLAIN,
        )
    _name_ends(ax, rows.iloc[0])
    names = [f"{name_label(payer)}\n{_what(cause)}" for payer, cause in _pairs(rows)]
    ax.set_yticks(places, names, **PLAIN)
    ax.set_ylim(0.4 - len(rows), 0.6)
    most = float(rows[["rate_before", "rate_after"]].max().max())
    ax.set_xlim(0, 1.6 * most)
    ticks = [
        tick for tick in MaxNLocator(6).tick_values(0, 1.6 * most) if tick <= min(1, 1.6 * most)
    ]
    ax.set_xticks(ticks, [f"{tick * 100:g} %" for tick in ticks])
    ax.set_xlabel("share of services first denied", color=QUIET, fontsize=LABEL_SIZE)
    ax.grid(True, axis="x", color=GRID, linewidth=0.8)
    return finish(ax, _finding(rows), f"Rates before and after. {'; '.join(rows['words'])}.")


def _name_ends(ax: Axes, row: pd.Series) -> None:
    """Say once which dot is which."""
    for rate, name in ((row["rate_before"], "before"), (row["rate_after"], "now")):
        ax.annotate(
            name, (rate, 0), (0, 8), textcoords="offset points", ha="center", bbox=BARE,
            **{**PLAIN, "color": QUIET},
        )  # fmt: skip


def _pairs(rows: pd.DataFrame) -> list[tuple[str, str]]:
    return list(zip(rows["payer"], rows["cause"], strict=True))


def _what(cause: str) -> str:
    return "all causes" if cause == ANY_CAUSE else cause_label(cause)


def _finding(rows: pd.DataFrame) -> str:
    """The surest change in words, and how many more there are."""
    row = rows.iloc[0]
    what = "Denials" if row["cause"] == ANY_CAUSE else f"Denials for {cause_label(row['cause'])}"
    change = (
        f"{what} by {name_label(row['payer'])} went {row['direction']} "
        f"from {percent_label(row['rate_before'], 1)} to {percent_label(row['rate_after'], 1)}"
    )
    rest = len(rows) - 1
    return change + (f"; {rest} more moved" if rest else "")
