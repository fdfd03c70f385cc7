"""The life of one service drawn: who did what, and when."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num
from matplotlib.ticker import Formatter, Locator

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
    BLUE,
    GREEN,
    GRID,
    INK,
    ORANGE,
    QUIET,
    VERMILLION,
    name_label,
)
from j2311_analytics.report.words import cents_text

_COLOURS = {
    **dict.fromkeys(("denied", "partly denied", "denial upheld", "rejected"), VERMILLION),
    **dict.fromkeys(("paid", "left to the patient", "accepted"), GREEN),
    **dict.fromkeys(("reversed", "taken back", "carried forward", "duplicate denial"), ORANGE),
    "written off": INK,
}
_MONEY = frozenset(_COLOURS) - {"rejected", "accepted"}
_REFUSALS = ("denied", "partly denied")


def plot_timeline(timeline: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw the events of one episode: one lane for each who acted, time from left to right.

    Args:
        timeline: From `episode_timeline`; undated events are left out.
        ax: Axes to draw in; a new figure where not given.

    Returns:
        The axes; each event is labelled with what it was and its dollars.

    Raises:
        ValueError: if a column is missing.

    Example:
        >>> ax = plot_timeline(pd.DataFrame({
        ...     "date": pd.to_datetime(["2026-01-15", "2026-03-15"]), "event": ["denied", "paid"],
        ...     "who": "NORTH", "amount": [100.0, 50.0]}))
        >>> ax.get_title(loc="left")
        'Denied on 2026-01-15, paid 59 days later: $50.00'
    """
    require_columns(timeline, ["date", "event", "who", "amount"], "episode_timeline(episode)")
    rows = timeline.dropna(subset=["date"]).reset_index(drop=True)
    if rows.empty:
        return nothing_to_show(chart_axes(ax, 7, 1), "No dated event")
    lanes = list(dict.fromkeys(rows["who"]))
    ax = chart_axes(ax, 9.5, 1.6 + 0.9 * len(lanes))
    lane = rows["who"].map({name: -n for n, name in enumerate(lanes)})
    ax.hlines(range(0, -len(lanes), -1), 0, 1, GRID, transform=ax.get_yaxis_transform())
    _draw_events(ax, rows.assign(day=rows["date"].map(date2num), lane=lane))
    ax.set_yticks(range(0, -len(lanes), -1), [name_label(name, 22) for name in lanes], **PLAIN)
    ax.set_ylim(0.2 - len(lanes), 0.75)
    locator: Locator = AutoDateLocator(minticks=3, maxticks=8)  # type: ignore[no-untyped-call]
    formatter: Formatter = ConciseDateFormatter(locator)  # type: ignore[no-untyped-call]
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(formatter)
    ax.set_xlabel("date", color=QUIET, fontsize=LABEL_SIZE)
    ax.spines["left"].set_visible(False)
    days = rows["date"].map(date2num)
    space = max((days.max() - days.min()) * 0.12, 3.0)
    ax.set_xlim(days.min() - space, days.max() + space)
    return finish(ax, _finding(rows), _description(rows))


def _draw_events(ax: Axes, rows: pd.DataFrame) -> None:
    """Points with words, above and below the lane in turn; a day in a lane is one point."""
    turn: dict[int, bool] = {}
    words = _words(rows)
    for _, of_lane in rows.groupby("lane", sort=False):
        for _, events in of_lane.groupby("day", sort=False):
            place, day = int(events["lane"].iloc[0]), float(events["day"].iloc[0])
            colour = [BLUE, *events["event"].map(_COLOURS).dropna()][-1]
            ax.plot([day], [place], "o", color=colour, markersize=8, clip_on=False)
            above = turn[place] = not turn.get(place, False)
            style: dict[str, Any] = {"ha": "center", "va": "bottom" if above else "top"}
            text = "\n".join(words[events.index])
            offset = (0, 8 if above else -8)
            style |= {"textcoords": "offset points", **PLAIN}
            ax.annotate(text, (day, place), offset, **style)


def _words(rows: pd.DataFrame) -> pd.Series:
    """What each event was, with its dollars where it is about money."""
    money = rows["event"].isin(_MONEY) & (rows["amount"].fillna(0) != 0)
    dollars = " " + rows["amount"].fillna(0).map(cents_text)
    return rows["event"] + dollars.where(money, "")


def _finding(rows: pd.DataFrame) -> str:
    """When it was first denied, and the last thing of money since."""
    refused = rows[rows["event"].isin(_REFUSALS)]
    money = rows[rows["event"].isin(_MONEY)]
    last = (money if len(money) else rows).iloc[-1]
    amount = f": {cents_text(last['amount'])}" if last["event"] in _MONEY else ""
    if refused.empty:
        event = last["event"][:1].upper() + last["event"][1:]
        return f"{event} on {last['date']:%Y-%m-%d}{amount}; never denied"
    first = refused.iloc[0]
    if first.name == last.name:
        return f"Denied on {first['date']:%Y-%m-%d}, and nothing since{amount}"
    days = count_of((last["date"] - first["date"]).days, "day")
    return f"Denied on {first['date']:%Y-%m-%d}, {last['event']} {days} later{amount}"


def _description(rows: pd.DataFrame) -> str:
    told = [
        f"{date:%Y-%m-%d}: {words} ({who})"
        for date, words, who in zip(rows["date"], _words(rows), rows["who"], strict=True)
    ]
    return f"Timeline of one service. {'; '.join(told)}."
