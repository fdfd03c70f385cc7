"""How good past forecasts were, drawn: calibration, forecast and realised, development."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from j2311_analytics.errors import count_of
from j2311_analytics.prevention.worth import wilson
from j2311_analytics.report.drawing import (
    LABEL_SIZE,
    PLAIN,
    chart_axes,
    finish,
    money_axis,
    nothing_to_show,
    require_columns,
)
from j2311_analytics.report.palette import (
    BLUE,
    GRID,
    QUIET,
    REST,
    VERMILLION,
    money_label,
    month_label,
    percent_label,
)

_SHARE_RANGE = 0.9


def plot_calibration(calibration: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw how often recovery came against the chance that was forecast.

    Args:
        calibration: `Backtest.calibration`: episodes, forecast, realised.
        ax: Axes to draw in; a new figure where not given.

    Returns:
        The axes: one point per tenth of chance with the 90 % range of its share, its
        number of forecasts, and the line on which forecasts come true. A denial open at
        several month ends is forecast, and counts, at each.

    Raises:
        ValueError: if a column is missing.

    Example:
        >>> tenths = pd.DataFrame({"episodes": [9, 1], "forecast": [0.1, 0.9],
        ...                        "realised": [0.1, 1.0]})
        >>> plot_calibration(tenths).get_title(loc="left")
        'Forecast 18 % on average, 19 % came (10 forecasts)'
    """
    names = ("episodes", "forecast", "realised")
    require_columns(calibration, names, "backtest(remittance).calibration")
    if calibration.empty:
        return nothing_to_show(chart_axes(ax, 6, 1), "No past forecast to judge")
    ax = chart_axes(ax, 6, 5.4)
    ax.plot([0, 1], [0, 1], color=REST, linewidth=1.2)
    ax.annotate(
        "as forecast", (0.86, 0.86), (-6, 6), textcoords="offset points", ha="right", color=QUIET
    )
    ax.plot(calibration["forecast"], calibration["realised"], "o", color=BLUE, markersize=7)
    count = calibration["episodes"]
    low, high = wilson((calibration["realised"] * count).to_numpy(), count.to_numpy(), _SHARE_RANGE)
    ax.vlines(calibration["forecast"], low, high, color=BLUE, linewidth=1.4)
    for row in calibration.to_dict("records"):
        place = (row["forecast"], row["realised"])
        ax.annotate(f"{row['episodes']:,}", place, (7, 4), textcoords="offset points", **PLAIN)
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(FuncFormatter(lambda share, _: f"{share * 100:.0f} %"))
    ax.grid(True, color=GRID, linewidth=0.8)
    ax.set_xlim(-0.01, 1.02)
    ax.set_ylim(-0.02, 1.02)
    ax.set_xlabel(
        "forecast chance of recovery; beside each point, its number of forecasts",
        color=QUIET,
        fontsize=LABEL_SIZE,
    )
    ax.set_ylabel("share that came, with its 90 % range", color=QUIET, fontsize=LABEL_SIZE)
    forecast, came = (
        percent_label(float((calibration[name] * count).sum() / count.sum())) for name in names[1:]
    )
    finding = f"Forecast {forecast} on average, {came} came ({count_of(count.sum(), 'forecast')})"
    points = "; ".join(
        f"{percent_label(f)} forecast, {percent_label(r)} came, {count_of(n, 'forecast')}"
        for n, f, r in calibration[list(names)].itertuples(index=False)
    )
    return finish(ax, finding, f"By tenth of the forecast chance: {points}.")


def plot_forecast_vs_actual(cells: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw by month the dollars forecast and the dollars that came.

    Args:
        cells: `Backtest.cells`: month, recoverable_amount, realised_amount.
        ax: Axes to draw in; a new figure where not given.

    Returns:
        The axes: two bars per month end, each with its dollars. A service open at several
        month ends is in each, so the finding is of an average month.

    Raises:
        ValueError: if a column is missing.

    Example:
        >>> cells = pd.DataFrame({"month": ["2026-09"], "recoverable_amount": [1100.0],
        ...                       "realised_amount": [1000.0]})
        >>> plot_forecast_vs_actual(cells).get_title(loc="left")
        'Forecasts were 10 % too high'
    """
    names = ["recoverable_amount", "realised_amount"]
    require_columns(cells, ["month", *names], "backtest(remittance).cells")
    if cells.empty:
        return nothing_to_show(chart_axes(ax, 7, 1), "No past forecast to judge")
    months = cells.groupby("month")[names].sum()
    ax = chart_axes(ax, max(4.5, 1.6 + 1.3 * len(months)), 4)
    words = ("forecast", "came")
    for name, word, colour, shift in zip(names, words, (REST, BLUE), (-0.2, 0.2), strict=True):
        places = np.arange(len(months)) + shift
        bars = ax.bar(places, months[name], 0.38, color=colour)
        labels = [money_label(amount) for amount in months[name]]
        labels[0] = f"{word}\n{labels[0]}"
        ax.bar_label(bars, labels, padding=3, **PLAIN)
    ax.set_ylim(0, 1.15 * max(float(months.max().max()), 1.0))
    ends = [month_label(pd.Timestamp(month)) for month in months.index]
    ax.set_xticks(range(len(months)), ends, **PLAIN)
    ax.set_xlabel(
        "forecast at the end of; later ones had less time to come true",
        color=QUIET,
        fontsize=LABEL_SIZE,
    )
    money_axis(ax.yaxis, "dollars on the allowed basis")
    by_month = "; ".join(
        f"{end}: {money_label(forecast)} forecast, {money_label(came)} came"
        for end, (forecast, came) in zip(ends, months.itertuples(index=False), strict=True)
    )
    return finish(ax, _comparison(*(float(months[name].mean()) for name in names)), by_month + ".")


def plot_triangle(triangle: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw how what came of each month's denials grew with age.

    Args:
        triangle: From `recovery_triangle`: months by age in months, cumulative dollars.
        ax: Axes to draw in; a new figure where not given.

    Returns:
        The axes: one line per month of first denial, and over them the average growth.
        From one age to the next it grows by the mean of the months that have reached
        it, so that it cannot fall where only small months are old enough.

    Example:
        >>> months = pd.to_datetime(["2026-09-01", "2026-10-01"])
        >>> plot_triangle(pd.DataFrame([[100.0, 300.0], [200.0, None]], months)).get_title(
        ...     loc="left")
        'On average $150 of a month’s denials came'
    """
    if triangle.empty or not triangle.shape[1]:
        return nothing_to_show(chart_axes(ax, 7, 1), "No denial to follow")
    ax = chart_axes(ax, 8, 4.4)
    for _, line in triangle.iterrows():
        ax.plot(triangle.columns, line, color=REST, linewidth=1, marker="o", markersize=2.5)
    # One or two months say little about an age: the average ends where three reached it.
    reached = triangle.notna().sum()
    last = int(reached[reached >= min(3, int(reached.max()))].index.max())
    growth = triangle.diff(axis=1).mean()
    growth.iloc[0] = triangle.iloc[:, 0].mean()
    mean = growth.cumsum().loc[:last]
    ax.plot(mean.index, mean, color=VERMILLION, linewidth=2.4)
    whole = float(mean.iloc[-1])
    label = {**PLAIN, "bbox": {"facecolor": "white", "edgecolor": "none", "pad": 1}}
    ax.annotate(
        f"average {money_label(whole)}",
        (last, whole),
        (-4, 7),
        textcoords="offset points",
        ha="right",
        **label,
    )
    ax.plot(last, whole, "o", color=VERMILLION, markersize=6)
    money_axis(ax.yaxis, "dollars recovered so far")
    ax.set_ylim(0)
    ax.grid(True, axis="y", color=GRID, linewidth=0.8)
    ax.set_xlabel("months since the month of first denial", color=QUIET, fontsize=LABEL_SIZE)
    first, final = (month_label(pd.Timestamp(month)) for month in triangle.index[[0, -1]])
    by_age = "; ".join(f"{age}: {money_label(float(dollars))}" for age, dollars in mean.items())
    described = f"One line per month of first denial, {first} to {final}. Average by age: {by_age}."
    return finish(ax, _growth(mean), described)


def _growth(mean: pd.Series) -> str:
    """How much comes on average, and by when nine tenths of it have come."""
    whole = float(mean.iloc[-1])
    if whole <= 0:
        return "Nothing of any month’s denials has come"
    age = int(mean[mean >= 0.9 * whole].index.min())
    plural = "" if age == 1 else "s"
    came = f"On average {money_label(whole)} of a month’s denials came"
    return f"{came}, most of it within {age} month{plural}" if age else came


def _comparison(forecast: float, came: float) -> str:
    if came <= 0:
        return f"Forecast {money_label(forecast)}, nothing came"
    off = forecast / came - 1
    if abs(off) < 0.005:
        return "Forecasts came true to the percent"
    return f"Forecasts were {percent_label(abs(off))} too {'high' if off > 0 else 'low'}"
