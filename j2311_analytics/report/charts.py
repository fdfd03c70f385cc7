"""The pictures: each takes a frame and axes, draws, and gives the axes back.

The finding is the title, dollars have labels where they stand, and no picture
changes its frame, the axes of others, or the style of the session.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from j2311_analytics.errors import count_of
from j2311_analytics.report.drawing import (
    PLAIN,
    alt_text,
    chart_axes,
    finish,
    letter_size,
    money_axis,
    name_slots,
    nothing_to_show,
    require_columns,
    save_chart,
)
from j2311_analytics.report.heatmap import plot_recoverable_heatmap
from j2311_analytics.report.palette import (
    BLUE,
    GREEN,
    INK,
    ORANGE,
    QUIET,
    REST,
    SKY,
    cause_label,
    money_label,
    name_label,
    percent_label,
    range_label,
)
from j2311_analytics.report.trend import plot_denial_trend
from j2311_analytics.tables import cents

__all__ = [
    "alt_text",
    "money_label",
    "plot_cause_pareto",
    "plot_denial_trend",
    "plot_recoverable_by_payer",
    "plot_recoverable_heatmap",
    "plot_waterfall",
    "save_chart",
]

# A Pareto's few causes are those that make up this share.
MOST = 0.8
DOLLARS = {"open_amount": "open denied dollars", "denied_amount": "denied dollars"}


def plot_cause_pareto(
    by_cause: pd.DataFrame, ax: Axes | None = None, *, value: str = "open_amount"
) -> Axes:
    """Draw dollars by cause, the largest first, with the share they reach together.

    Args:
        by_cause: From `recoverable_by(recoverable, by=["cause"])`: cause and `value`
            (dollars); rows of the same cause are added up.
        ax: Axes to draw in; a new figure where not given.
        value: Column of dollars to draw.

    Returns:
        The axes. Dark bars are the few causes that reach 80 % together; the
        percentages on the right are cumulative.

    Raises:
        ValueError: if a column is missing.

    Example:
        >>> causes = pd.DataFrame({"cause": ["units", "ndc"], "open_amount": [90.0, 10.0]})
        >>> plot_cause_pareto(causes).get_title(loc="left")
        '1 of 2 causes holds 90 % of open denied dollars'
    """
    require_columns(by_cause, ["cause", value], 'recoverable_by(recoverable, by=["cause"])')
    words = DOLLARS.get(value, f"dollars ({value.replace('_', ' ')})")
    names = by_cause["cause"].astype("str").fillna("no cause").map(cause_label)
    sums = cents(by_cause[value]).groupby(names).sum().sort_index()
    sums = sums.sort_values(ascending=False, kind="stable")
    if sums.empty:
        return nothing_to_show(chart_axes(ax, 7, 1), "No open denials")
    shares = sums.clip(lower=0).cumsum() / max(int(sums.clip(lower=0).sum()), 1)
    few = int((shares < MOST).sum()) + 1 if sums.iloc[0] > 0 else 0
    ax = chart_axes(ax, 8.5, 0.3 * len(sums) + 1.5)
    colours = [BLUE if place < few else REST for place in range(len(sums))]
    labels = [money_label(amount / 100) for amount in sums]
    _bars(ax, sums / 100, colours, labels, ends=sums / 100)
    money_axis(ax.xaxis, words)
    if few:
        ax.annotate("cumulative", (1, 1), (54, 0), "axes fraction", **_ASIDE)
        for place, share in enumerate(shares):
            ax.annotate(_share(share), (1, place), (54, 0), ax.get_yaxis_transform(), **_ASIDE)
    finding = _pareto_finding(shares, few, words, money_label(sums.sum() / 100))
    bars = "; ".join(f"{name}: {label}" for name, label in zip(sums.index, labels, strict=True))
    return finish(ax, finding, f"Bar chart of {words} by cause. {bars}.", pad=20)


def plot_recoverable_by_payer(
    by_payer: pd.DataFrame, ax: Axes | None = None, *, max_payers: int = 20
) -> Axes:
    """Draw recoverable dollars by payer, each with its range.

    Args:
        by_payer: From `recoverable_by(recoverable, by=["payer"])`: payer,
            recoverable_amount, recoverable_low, recoverable_high (dollars).
        ax: Axes to draw in; a new figure where not given.
        max_payers: Payers shown; the rest is one bar without a range, because the
            range of a sum is not the sum of ranges.

    Returns:
        The axes; lines over the bars go from low to high.

    Raises:
        ValueError: if a column is missing, or `max_payers` is below 1.

    Example:
        >>> ax = plot_recoverable_by_payer(pd.DataFrame({
        ...     "payer": ["North Health"], "recoverable_amount": [12_300.0],
        ...     "recoverable_low": [8_000.0], "recoverable_high": [17_000.0]}))
        >>> ax.texts[0].get_text()
        '$12.3k (8–17k)'
    """
    dollars = ["recoverable_amount", "recoverable_low", "recoverable_high"]
    require_columns(by_payer, ["payer", *dollars], 'recoverable_by(recoverable, by=["payer"])')
    if max_payers < 1:
        raise ValueError("max_payers must be at least 1")
    if by_payer.empty:
        return nothing_to_show(chart_axes(ax, 7, 1), "No open denials")
    names = by_payer["payer"].astype("str").fillna("payer not named")
    rows = by_payer[dollars].astype("float64").set_axis(pd.Index(names, name="payer"))
    rows = rows.sort_index().sort_values(dollars[0], ascending=False, kind="stable")
    finding = _payer_finding(rows[dollars[0]])
    rows = _with_rest(rows, max_payers)
    amounts, low, high = (rows[column] for column in dollars)
    ax = chart_axes(ax, 8.5, 0.34 * len(rows) + 1.5)
    labels = [_amount_and_range(*row) for row in rows.itertuples(index=False, name=None)]
    colours = [REST if unknown else SKY for unknown in high.isna()]
    _bars(ax, amounts, colours, labels, ends=rows.max(axis=1))
    ax.hlines(np.arange(len(rows)), low, high, color=INK, linewidth=1.4)
    money_axis(ax.xaxis, "recoverable dollars; the black line is the range")
    bars = "; ".join(f"{name}: {label}" for name, label in zip(rows.index, labels, strict=True))
    return finish(ax, finding, f"Bar chart of recoverable dollars by payer. {bars}.")


def plot_waterfall(steps: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw how one total becomes another, step by step.

    Args:
        steps: From `waterfall_steps(analysis)`, in order of drawing: step (label),
            amount (dollars, signed for a change), kind ("total" or "change"). A total
            after changes equals what they lead to; a total right after a total of
            another amount begins anew, on another basis.
        ax: Axes to draw in; a new figure where not given.

    Returns:
        The axes; totals are blue and stand on zero, falls are orange, rises green.

    Raises:
        ValueError: if a column is missing, a kind is unknown, or a total differs
            by a cent from what the changes before it lead to.

    Example:
        >>> ax = plot_waterfall(pd.DataFrame({
        ...     "step": ["billed", "paid", "recoverable"],
        ...     "amount": [9_000.0, -8_050.0, 950.0],
        ...     "kind": ["total", "change", "total"]}))
        >>> ax.get_title(loc="left")
        'Of $9.0k billed, $950 is recoverable'
    """
    require_columns(steps, ["step", "amount", "kind"], "waterfall_steps(analysis)")
    if steps.empty:
        return nothing_to_show(chart_axes(ax, 7, 1), "No open denials")
    steps = steps.reset_index(drop=True)
    bars = _floating(steps)
    ax = chart_axes(ax, max(0.95 * len(bars) + 1.2, 6.0), 4.6)
    size = letter_size(ax, len(bars), 8)
    tops, bottoms = bars[["start", "end"]].max(axis=1), bars[["start", "end"]].min(axis=1)
    ax.bar(bars.index, bars["end"] - bars["start"], 0.62, bars["start"], color=list(bars["colour"]))
    for place, label in enumerate(bars["label"]):
        ax.annotate(label, (place, tops[place]), (0, 3), **{**_OVER, "fontsize": size})
    linked = bars[bars["linked"]]
    level = linked["start"].where(~linked["total"], linked["end"])
    ax.hlines(level, linked.index - 0.69, linked.index - 0.31, color=QUIET, linewidth=0.8)
    name_slots(ax, list(bars["step"]))
    ax.axhline(0, color=QUIET, linewidth=0.8)
    ax.set_xlim(-0.6, max(len(bars), 4) - 0.4)
    ax.set_ylim(min(bottoms.min(), 0) * 1.08, tops.max() * 1.08 if tops.max() > 0 else 100.0)
    money_axis(ax.yaxis, "dollars")
    steps_told = "; ".join(bars["step"] + ": " + bars["label"])
    return finish(ax, _waterfall_finding(bars), f"Waterfall chart. {steps_told}.")


_POINTS: dict[str, Any] = {**PLAIN, "textcoords": "offset points"}
_ASIDE: dict[str, Any] = {**_POINTS, "color": QUIET, "ha": "right", "va": "center"}
_OVER: dict[str, Any] = {**_POINTS, "ha": "center", "va": "bottom"}


def _bars(
    ax: Axes, dollars: pd.Series, colours: Sequence[str], labels: Sequence[str], ends: pd.Series
) -> None:
    """Horizontal bars, the first on top, each labelled to the right of its end."""
    ax.barh(range(len(dollars)), dollars, height=0.66, color=colours)
    for place, (end, label) in enumerate(zip(ends.clip(lower=0), labels, strict=True)):
        ax.annotate(label, (end, place), (4, 0), va="center", **_POINTS)
    ax.set_yticks(range(len(dollars)), [name_label(str(n), 30) for n in dollars.index], **PLAIN)
    ax.set_ylim(len(dollars) - 0.4, -0.6)
    low, high = min(float(dollars.min()), 0.0), float(ends.max())
    ax.set_xlim(low * 1.1, high * 1.22 if high > 0 else 100.0)
    ax.spines["left"].set_visible(False)
    ax.axvline(0, color=QUIET, linewidth=0.8)


def _pareto_finding(shares: pd.Series, few: int, words: str, total: str) -> str:
    """How few causes hold most, with the share they really hold."""
    if not few:
        return f"No {words} in {count_of(len(shares), 'cause')}"
    if len(shares) == 1:
        return f"All {total} of {words} has one cause: {shares.index[0]}"
    verb = "holds" if few == 1 else "hold"
    return f"{few} of {len(shares)} causes {verb} {_share(shares.iloc[few - 1])} of {words}"


def _share(share: float) -> str:
    """A share in whole percent, where only all of it is 100 %."""
    return percent_label(share) if share >= 1 or share < 0.995 else ">99 %"


def _payer_finding(dollars: pd.Series) -> str:
    """Who holds the most."""
    total, largest = round(float(dollars.sum()), 2), round(float(dollars.iloc[0]), 2)
    if total <= 0 or largest <= 0:
        return f"No recoverable dollars with {count_of(len(dollars), 'payer')}"
    whole = money_label(total)
    part = f"all {whole}" if largest == total else f"{money_label(largest)} of {whole}"
    return f"{name_label(str(dollars.index[0]))} holds {part} recoverable"


def _with_rest(rows: pd.DataFrame, most: int) -> pd.DataFrame:
    """The first rows; beyond `most`, and never for one row alone, their sum as a last row."""
    if len(rows) <= most + 1:
        return rows
    rest = rows.iloc[most:, 0]
    last = pd.DataFrame([[rest.sum(), np.nan, np.nan]], columns=rows.columns)
    return pd.concat([rows.head(most), last.set_axis([f"{len(rest)} other payers"])])


def _amount_and_range(amount: float, low: float, high: float) -> str:
    """An amount, with its range where there is one."""
    known = not (math.isnan(low) or math.isnan(high))
    return money_label(amount) + (f" ({range_label(low, high)})" if known else "")


def _floating(steps: pd.DataFrame) -> pd.DataFrame:
    """Start, end, colour and label of each bar; checks that totals follow from the steps."""
    kinds = steps["kind"].astype("str")
    if not kinds.isin(["total", "change"]).all():
        raise ValueError(f"kind is 'total' or 'change'; got {sorted(set(kinds))}")
    names, level, bars = steps["step"].astype("str").map(cause_label), 0, []
    before = ""
    for name, amount, kind in zip(names, cents(steps["amount"]).tolist(), kinds, strict=True):
        if kind == "total" and before == "change" and amount != level:
            raise ValueError(
                f"the steps before {name!r} lead to {level / 100:,.2f}, not {amount / 100:,.2f}"
            )
        linked = bool(before) and ("change" in (kind, before) or amount == level)
        start, level = (0, amount) if kind == "total" else (level, level + amount)
        colour = BLUE if kind == "total" else ORANGE if amount < 0 else GREEN
        plus = "+" if kind == "change" and amount > 0 else ""
        bars.append(
            {
                "step": name,
                "start": start / 100,
                "end": level / 100,
                "colour": colour,
                "label": plus + money_label(amount / 100),
                "total": kind == "total",
                "linked": linked,
            }
        )
        before = kind
    return pd.DataFrame(bars)


def _waterfall_finding(bars: pd.DataFrame) -> str:
    """What became of the first total."""
    totals = bars[bars["total"]]
    if totals.empty:
        return f"The steps add up to {money_label(float(bars['end'].iloc[-1]))}"
    first, last = totals.iloc[0], totals.iloc[-1]
    if len(totals) == 1:
        return f"{first['label']} {first['step']}"
    return f"Of {first['label']} {first['step']}, {last['label']} is {last['step']}"
