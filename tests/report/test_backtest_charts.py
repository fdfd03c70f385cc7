"""plot_calibration, plot_forecast_vs_actual and plot_triangle."""

from __future__ import annotations

import pandas as pd
import pytest
from matplotlib import pyplot

from j2311_analytics import plot_calibration, plot_forecast_vs_actual, plot_triangle
from j2311_analytics.report.drawing import alt_text

TENTHS = pd.DataFrame({"episodes": [30, 10], "forecast": [0.1, 0.5], "realised": [0.2, 0.4]})
CELLS = pd.DataFrame(
    {
        "month": ["2026-08", "2026-08", "2026-09"],
        "recoverable_amount": [500.0, 250.0, 250.0],
        "realised_amount": [1000.0, 0.0, 1000.0],
    }
)
TRIANGLE = pd.DataFrame(
    [[100.0, 300.0, 400.0], [200.0, 500.0, None], [0.0, None, None]],
    index=pd.to_datetime(["2026-08-01", "2026-09-01", "2026-10-01"]),
)


@pytest.fixture(autouse=True)
def closed() -> object:
    yield
    pyplot.close("all")


def test_calibration_weighs_tenths_by_their_denials_and_says_so() -> None:
    ax = plot_calibration(TENTHS)
    assert ax.get_title(loc="left") == "Forecast 20 % on average, 25 % came (40 denials)"
    drawn = ax.lines[1].get_xydata()
    assert drawn.tolist() == [[0.1, 0.2], [0.5, 0.4]]  # type: ignore[union-attr]
    assert "10 % forecast, 20 % came, 30 denials" in alt_text(ax)


def test_bars_are_the_sums_of_each_month() -> None:
    ax = plot_forecast_vs_actual(CELLS)
    assert [bar.get_height() for bar in ax.patches] == [750.0, 250.0, 1000.0, 1000.0]  # type: ignore[attr-defined]
    assert ax.get_title(loc="left").replace("\n", " ").endswith("$2.0k came: 50 % too little")


def test_the_triangle_shows_every_month_and_the_mean_of_those_that_reached_an_age() -> None:
    ax = plot_triangle(TRIANGLE)
    assert ax.lines[3].get_ydata().tolist() == [100.0, 400.0, 400.0]  # type: ignore[union-attr]
    assert len(ax.lines) == 5


def test_without_data_each_chart_says_so_and_draws_in_the_axes_given() -> None:
    for draw, frame in (
        (plot_calibration, TENTHS.iloc[:0]),
        (plot_forecast_vs_actual, CELLS.iloc[:0]),
        (plot_triangle, pd.DataFrame()),
    ):
        _, ax = pyplot.subplots()
        assert draw(frame, ax) is ax
        assert ax.get_title(loc="left").startswith("No ")


def test_a_missing_column_is_named() -> None:
    with pytest.raises(ValueError, match="no column 'forecast'"):
        plot_calibration(TENTHS.drop(columns="forecast"))
