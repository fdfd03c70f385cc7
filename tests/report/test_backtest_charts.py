"""plot_calibration, plot_forecast_vs_actual and plot_triangle."""

from __future__ import annotations

import pandas as pd
import pytest
from matplotlib import pyplot
from scipy import stats

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
    assert ax.get_title(loc="left") == "Forecast 20 % on average, 25 % came (40 forecasts)"
    drawn = ax.lines[1].get_xydata()
    assert drawn.tolist() == [[0.1, 0.2], [0.5, 0.4]]  # type: ignore[union-attr]
    assert "10 % forecast, 20 % came, 30 forecasts" in alt_text(ax)


def test_bars_are_the_sums_of_each_month() -> None:
    ax = plot_forecast_vs_actual(CELLS)
    assert [bar.get_height() for bar in ax.patches] == [750.0, 250.0, 1000.0, 1000.0]  # type: ignore[attr-defined]
    assert ax.get_title(loc="left").replace("\n", " ").endswith("Forecasts were 50 % too low")


def test_each_share_has_wilsons_range() -> None:
    ends = plot_calibration(TENTHS).collections[0].get_segments()  # type: ignore[attr-defined]
    for (low, high), came, of in zip(ends, [6, 4], [30, 10], strict=True):
        found = stats.binomtest(came, of).proportion_ci(0.9, method="wilson")
        assert (low[1], high[1]) == pytest.approx((found.low, found.high), abs=1e-3)


def test_the_triangle_shows_every_month_and_the_average_growth_never_falls() -> None:
    wide = TRIANGLE.assign(**{"3": [400.0, None, None]}).set_axis(range(4), axis=1)
    ax = plot_triangle(pd.concat([wide] * 3))
    # Mean of 100, 200, 0; then of 200 and 300; then of 100; then nothing more.
    assert ax.lines[9].get_ydata().tolist() == [100.0, 350.0, 450.0, 450.0]  # type: ignore[union-attr]
    assert ax.get_title(loc="left").replace("\n", " ") == (
        "On average $450 of a month’s denials came, most of it within 2 months"
    )


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
