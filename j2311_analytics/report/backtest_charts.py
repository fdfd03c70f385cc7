"""How good past forecasts were, drawn: calibration, forecast and realised, development."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

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


def plot_calibration(calibration: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw how often recovery came against the chance that was forecast.

    Args:
        calibration: `Backtest.calibration`: episodes, forecast, realised.
        ax: Axes to draw in; a new figure where not given.

    Returns:
        The axes: one point per tenth of chance, with its number of denials, and the
        line on which forecasts come true.

    Raises:
        ValueError: if a column is missing.

    Example:
        >>> tenths = pd.DataFrame({"episodes": [9, 1], "forecast": [0.1, 0.9],
        ...                        "realised": [0.1, 1.0]})
        >>> plot_calibration(tenths).get_title(loc="left")
        'Forecast 18 % on average, 19 % came (10 denials)'
    """
    names = ("episodes", "forecast", "realised")
    require_columns(calibration, names, "backtest(remittance).calibration")
    if calibration.empty:
        return nothing_to_show(chart_axes(ax, 6, 1), "No past forecast to judge")
    ax = chart_axes(ax, 6, 5.4)
    ax.plot([0, 1], [0, 1], color=REST, linewidth=1.2)
    ax.plot(calibration["forecast"], calibration["realised"], "o-", color=BLUE, markersize=7)
    for row in calibration.to_dict("records"):
        place = (row["forecast"], row["realised"])
        ax.annotate(f"{row['episodes']:,}", place, (7, -12), textcoords="offset points", **PLAIN)
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(FuncFormatter(lambda share, _: f"{share * 100:.0f} %"))
    ax.grid(True, color=GRID, linewidth=0.8)
    ax.set_xlim(0, 1.02)
    ax.set_ylim(0, 1.02)
    ax.set_xlabel("forecast chance of recovery", color=QUIET, fontsize=LABEL_SIZE)
    ax.set_ylabel("share that came", color=QUIET, fontsize=LABEL_SIZE)
    count = calibration["episodes"]
    forecast, came = (
        percent_label(float((calibration[name] * count).sum() / count.sum())) for name in names[1:]
    )
    finding = f"Forecast {forecast} on average, {came} came ({count.sum():,} denials)"
    points = "; ".join(
        f"{percent_label(f)} forecast, {percent_label(r)} came, {n:,} denials"
        for n, f, r in calibration[list(names)].itertuples(index=False)
    )
    return finish(ax, finding, f"By tenth of the forecast chance: {points}.")


def plot_forecast_vs_actual(cells: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw by month the dollars forecast and the dollars that came.

    Args:
        cells: `Backtest.cells`: month, recoverable_amount, realised_amount.
        ax: Axes to draw in; a new figure where not given.

    Returns:
        The axes: two bars per month end, each with its dollars.

    Raises:
        ValueError: if a column is missing.

    Example:
        >>> cells = pd.DataFrame({"month": ["2026-09"], "recoverable_amount": [1100.0],
        ...                       "realised_amount": [1000.0]})
        >>> plot_forecast_vs_actual(cells).get_title(loc="left").split(": ")[0]
        'Forecast $1.1k, $1.0k came'
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
    ax.set_xlabel("forecast at the end of", color=QUIET, fontsize=LABEL_SIZE)
    money_axis(ax.yaxis, "dollars on the allowed basis")
    by_month = "; ".join(
        f"{end}: {money_label(forecast)} forecast, {money_label(came)} came"
        for end, (forecast, came) in zip(ends, months.itertuples(index=False), strict=True)
    )
    return finish(ax, _comparison(*(float(months[name].sum()) for name in names)), by_month + ".")


def plot_triangle(triangle: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw how what came of each month's denials grew with age.

    Args:
        triangle: From `recovery_triangle`: months by age in months, cumulative dollars.
        ax: Axes to draw in; a new figure where not given.

    Returns:
        The axes: one line per month of first denial, the mean of all months that have
        reached an age drawn over them.

    Example:
        >>> months = pd.to_datetime(["2026-09-01", "2026-10-01"])
        >>> plot_triangle(pd.DataFrame([[100.0, 300.0], [200.0, None]], months)).get_title(
        ...     loc="left")
        'After 1 month, $300 of a month’s denials had come'
    """
    if triangle.empty or not triangle.shape[1]:
        return nothing_to_show(chart_axes(ax, 7, 1), "No denial to follow")
    ax = chart_axes(ax, 8, 4.4)
    for _, line in triangle.iterrows():
        ax.plot(triangle.columns, line, color=REST, linewidth=1, marker="o", markersize=2.5)
    mean = triangle.mean()
    ax.plot(triangle.columns, mean, color=VERMILLION, linewidth=2.2)
    # One month alone is no mean: the title speaks of the oldest age with three, if any.
    reached = triangle.notna().sum()
    age = int(reached[reached >= min(3, int(reached.max()))].index.max())
    age = age or int(triangle.columns.max())
    place = (age, float(mean[age]))
    label = {**PLAIN, "bbox": {"facecolor": "white", "edgecolor": "none", "pad": 1}}
    ax.annotate(
        f"mean {money_label(place[1])}", place, (0, -18), textcoords="offset points", **label
    )
    ax.plot(*place, "o", color=VERMILLION, markersize=6)
    money_axis(ax.yaxis, "dollars recovered so far")
    ax.set_ylim(0)
    ax.grid(True, axis="y", color=GRID, linewidth=0.8)
    ax.set_xlabel("months since the month of first denial", color=QUIET, fontsize=LABEL_SIZE)
    plural = "" if age == 1 else "s"
    finding = f"After {age} month{plural}, {money_label(place[1])} of a month’s denials had come"
    first, last = (month_label(pd.Timestamp(month)) for month in triangle.index[[0, -1]])
    return finish(ax, finding, f"One line per month of first denial, {first} to {last}, and mean.")


def _comparison(forecast: float, came: float) -> str:
    both = f"Forecast {money_label(forecast)}, {money_label(came)} came"
    if came <= 0:
        return both
    off = forecast / came - 1
    return f"{both}: {percent_label(abs(off))} too {'much' if off >= 0 else 'little'}"
