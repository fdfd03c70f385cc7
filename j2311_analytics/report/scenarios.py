"""The picture of `what_if`: what each change would bring, with its range."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from j2311_analytics.report.drawing import (
    PLAIN,
    chart_axes,
    finish,
    money_axis,
    nothing_to_show,
    require_columns,
)
from j2311_analytics.report.palette import BLUE, INK, QUIET, SKY, money_label, range_label
from j2311_analytics.tables import columns


def plot_what_if(scenarios: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw the expected dollars of each scenario with the range of its sum.

    Args:
        scenarios: From `what_if`, the first row being the denials as they are.
        ax: Axes to draw in; a new figure where not given.

    Returns:
        The axes; the dark bar is what is expected as it is, lines go from low to high.

    Raises:
        ValueError: if a column is missing.

    Example:
        >>> from j2311_analytics import what_if
        >>> from j2311_analytics.tables import empty
        >>> plot_what_if(what_if(empty("recoverable"))).get_title(loc="left")
        'No open denials'
    """
    require_columns(scenarios, columns("what_if"), "what_if(recoverable)")
    if scenarios.empty or not scenarios["episodes"].iloc[0]:
        return nothing_to_show(chart_axes(ax, 7, 1), "No open denials")
    places = np.arange(len(scenarios))
    ax = chart_axes(ax, 8.5, 0.42 * len(scenarios) + 1.5)
    amounts = scenarios["recoverable_amount"]
    low, high = scenarios["recoverable_low"], scenarios["recoverable_high"]
    ax.barh(places, amounts, height=0.66, color=[BLUE, *[SKY] * (len(scenarios) - 1)])
    ax.hlines(places, low, high, color=INK, linewidth=1.4)
    labels = [
        f"{money_label(amount)} ({range_label(a, b)})"
        for amount, a, b in zip(amounts, low, high, strict=True)
    ]
    for place, (end, label) in enumerate(zip(high.clip(lower=amounts), labels, strict=True)):
        ax.annotate(label, (end, place), (4, 0), textcoords="offset points", va="center")
    ax.set_yticks(places, scenarios["scenario"].tolist(), **PLAIN)
    ax.set_ylim(len(scenarios) - 0.4, -0.6)
    ax.set_xlim(0, max(float(high.max()), float(amounts.max()), 1.0) * 1.3)
    ax.spines["left"].set_visible(False)
    ax.axvline(float(amounts.iloc[0]), color=QUIET, linewidth=0.8, linestyle=":")
    money_axis(ax.xaxis, "recoverable dollars; the black line is the range")
    bars = "; ".join(
        f"{name}: {label}" for name, label in zip(scenarios["scenario"], labels, strict=True)
    )
    return finish(ax, _finding(scenarios), f"Bar chart of scenarios. {bars}.")


def _finding(scenarios: pd.DataFrame) -> str:
    """What the last scenario, all changes together, comes to."""
    first, last = scenarios.iloc[0], scenarios.iloc[-1]
    if len(scenarios) == 1:
        return f"{money_label(float(first['recoverable_amount']))} is expected as it is"
    change = float(last["change"])
    more = "more" if change >= 0 else "less"
    name = str(last["scenario"]).capitalize()
    return f"{name}: {money_label(abs(change))} {more} is expected than as it is"
