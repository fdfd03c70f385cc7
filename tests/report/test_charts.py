"""Pictures say what they found, in dollars that add up, for any size of practice."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from pathlib import Path

import matplotlib
import pandas as pd
import pytest
from matplotlib import pyplot
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image

from j2311_analytics.report.charts import (
    alt_text,
    money_label,
    plot_cause_pareto,
    plot_denial_trend,
    plot_recoverable_by_payer,
    plot_recoverable_heatmap,
    plot_waterfall,
    save_chart,
)
from j2311_analytics.report.palette import cause_label, ink_on, name_label, range_label

Plot = Callable[..., Axes]

HEAT = ["payer", "cause", "episodes", "recoverable_amount"]
PAYERS = ["payer", "recoverable_amount", "recoverable_low", "recoverable_high"]
TREND = ["month", "lines", "denied_lines", "rate", "center", "lower", "upper", "outside"]


@pytest.fixture(autouse=True)
def _no_figure_left() -> Iterator[None]:
    yield
    pyplot.close("all")


def frame(columns: list[str], *rows: tuple[object, ...]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=columns)


def heat(*rows: tuple[object, ...]) -> pd.DataFrame:
    return frame(HEAT, *rows)


def causes(**dollars: float) -> pd.DataFrame:
    return frame(["cause", "open_amount"], *dollars.items())


def steps(*rows: tuple[object, ...]) -> pd.DataFrame:
    return frame(["step", "amount", "kind"], *rows)


def trend(*rates: float, lower: float = 0.12, upper: float = 0.25) -> pd.DataFrame:
    """Months up to Oct 2026 of 200 lines each."""
    months = pd.date_range(end="2026-10-01", periods=len(rates), freq="MS")
    rows = [
        (m, 200, round(200 * r), r, 0.18, lower, upper, not lower <= r <= upper)
        for m, r in zip(months, rates, strict=True)
    ]
    return frame(TREND, *rows)


HEATED = heat(
    ("North Health", "prior_authorization", 12, 41_200.0),
    ("North Health", "ndc", 1, 0.0),
    ("Lake Plan", "units", 3, 54_800.0 - 14_800.0),
    ("Lake Plan", "prior_authorization", 2, 14_800.0),
)
BARS = frame(PAYERS, ("Lake Plan", 950.0, 100.0, 1_100.0), ("North", 12_300.0, 8_000.0, 17_000.0))
STEPS = steps(
    ("billed", 9_000.0, "total"),
    ("allowed", -8_000.0, "change"),
    ("denied", 1_000.0, "total"),
    ("late denials", 500.0, "change"),
    ("recovered", -300.0, "change"),
    ("open", 1_200.0, "total"),
    ("recoverable", 950.0, "total"),
)
CHARTS: list[tuple[Plot, pd.DataFrame]] = [
    (plot_recoverable_heatmap, HEATED),
    (plot_cause_pareto, causes(units=70.0, ndc=20.0, modifier=10.0)),
    (plot_recoverable_by_payer, BARS),
    (plot_waterfall, STEPS),
    (plot_denial_trend, trend(0.2, 0.31, 0.21)),
]
every_chart = pytest.mark.parametrize(
    ("plot", "data"), CHARTS, ids=[plot.__name__ for plot, _ in CHARTS]
)


def title(ax: Axes) -> str:
    return ax.get_title(loc="left").replace("\n", " ")


def texts(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.texts]


def cells(ax: Axes) -> dict[tuple[str, str], str]:
    """Label of each cell by payer and cause."""
    rows = [t.get_text().replace("\n", " ") for t in ax.get_yticklabels()]
    columns = [t.get_text().replace("\n", " ") for t in ax.get_xticklabels()]
    return {
        (rows[int(t.get_position()[1])], columns[int(t.get_position()[0])]): t.get_text()
        for t in ax.texts
    }


# --- every chart ---------------------------------------------------------------------------


@every_chart
def test_the_frame_is_left_as_it_was(plot: Plot, data: pd.DataFrame) -> None:
    before = data.copy(deep=True)
    plot(data)
    pd.testing.assert_frame_equal(data, before)


@every_chart
def test_given_axes_are_used_and_no_figure_is_made(plot: Plot, data: pd.DataFrame) -> None:
    ax = Figure(figsize=(8, 4)).add_subplot()
    assert plot(data, ax) is ax
    assert plot(data, ax=ax) is ax
    assert pyplot.get_fignums() == []


@every_chart
def test_the_style_of_the_session_is_left_alone(plot: Plot, data: pd.DataFrame) -> None:
    before = dict(matplotlib.rcParams)
    plot(data)
    assert dict(matplotlib.rcParams) == before


@every_chart
def test_an_empty_frame_gives_a_chart_that_says_so(plot: Plot, data: pd.DataFrame) -> None:
    ax = plot(data.head(0))
    assert title(ax) == (
        "No denial rate: no lines in these months"
        if plot is plot_denial_trend
        else "No open denials"
    )
    assert alt_text(ax) == f"{title(ax)}."


@every_chart
def test_a_missing_column_is_named_with_what_makes_it(plot: Plot, data: pd.DataFrame) -> None:
    lacking = data.columns[1]
    with pytest.raises(ValueError, match=rf"^the frame has no column '{lacking}'; .+ makes one"):
        plot(data.drop(columns=lacking))


@every_chart
def test_the_finding_is_the_title_and_opens_the_text_alternative(
    plot: Plot, data: pd.DataFrame
) -> None:
    ax = plot(data)
    assert alt_text(ax).startswith(f"{title(ax)}. ")
    assert not title(ax).endswith(".")


@every_chart
def test_no_chart_has_a_legend_or_a_frame(plot: Plot, data: pd.DataFrame) -> None:
    ax = plot(data)
    assert ax.get_legend() is None
    assert not ax.spines["top"].get_visible()
    assert not ax.spines["right"].get_visible()


@every_chart
def test_dollars_are_never_set_as_a_formula(plot: Plot, data: pd.DataFrame) -> None:
    ax = plot(data)
    shown = [t for t in ax.findobj(Text) if isinstance(t, Text) and t.get_text().count("$") > 1]
    assert [t.get_text() for t in shown if t.get_parse_math()] == []


@every_chart
def test_the_same_chart_gives_the_same_file(plot: Plot, data: pd.DataFrame, tmp_path: Path) -> None:
    first = save_chart(plot(data), tmp_path / "a.png")
    second = save_chart(plot(data.sample(frac=1, random_state=1).sort_index()), tmp_path / "b.png")
    assert first == tmp_path / "a.png"
    assert first.read_bytes() == second.read_bytes()


@every_chart
def test_the_file_holds_the_text_alternative_and_no_date(
    plot: Plot, data: pd.DataFrame, tmp_path: Path
) -> None:
    ax = plot(data)
    with Image.open(save_chart(ax, tmp_path / "chart.png")) as image:
        image.load()
        described = {k: str(v) for k, v in image.info.items() if isinstance(v, str)}
        assert described == {"Description": alt_text(ax)}
        assert image.info["dpi"] == pytest.approx((150, 150), abs=0.1)


def test_the_text_alternative_survives_a_copy() -> None:
    ax = plot_cause_pareto(causes(units=950.0))
    assert alt_text(pickle.loads(pickle.dumps(ax.figure)).axes[0]) == alt_text(ax)


def test_a_chart_is_written_as_png_only(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"a chart is written as \.png; got 'chart\.pdf'"):
        save_chart(plot_cause_pareto(causes(units=1.0)), tmp_path / "chart.pdf")


def test_a_long_title_is_wrapped_and_stays_inside_the_figure() -> None:
    name = "The Mutual Assurance and Benevolent Company of Ohio"
    ax = plot_recoverable_heatmap(
        heat((name, "coordination_of_benefits", 1, 5.0), ("B", "x", 1, 1))
    )
    assert title(ax) == f"$5 of $6 recoverable sits with {name} for coordination of benefits"
    assert "\n" in ax.get_title(loc="left")
    (written,) = [t for t in ax.get_children() if isinstance(t, Text) and "sits" in t.get_text()]
    assert written.get_window_extent().x1 <= ax.figure.bbox.x1


# --- payer × cause -------------------------------------------------------------------------


def test_the_heatmap_says_where_the_most_is_recoverable() -> None:
    ax = plot_recoverable_heatmap(HEATED)
    assert (
        title(ax) == "$41.2k of $96.0k recoverable sits with North Health for prior authorization"
    )
    assert alt_text(ax).endswith(
        "Heatmap of dollars recoverable by payer and cause. Largest: North Health, prior "
        "authorization: $41.2k; Lake Plan, units: $40.0k; Lake Plan, prior authorization: "
        "$14.8k; North Health, NDC: $0."
    )


def test_cells_have_dollars_and_are_blank_without_open_denials() -> None:
    assert cells(plot_recoverable_heatmap(HEATED)) == {
        ("Lake Plan", "prior authorization"): "$14.8k",
        ("Lake Plan", "units"): "$40.0k",
        ("Lake Plan", "all causes"): "$54.8k",
        ("North Health", "prior authorization"): "$41.2k",
        ("North Health", "NDC"): "$0",
        ("North Health", "all causes"): "$41.2k",
        ("all payers", "prior authorization"): "$56.0k",
        ("all payers", "units"): "$40.0k",
        ("all payers", "NDC"): "$0",
        ("all payers", "all causes"): "$96.0k",
    }


def test_the_order_of_rows_does_not_matter(tmp_path: Path) -> None:
    one = save_chart(plot_recoverable_heatmap(HEATED), tmp_path / "one.png")
    two = save_chart(plot_recoverable_heatmap(HEATED[::-1]), tmp_path / "two.png")
    assert one.read_bytes() == two.read_bytes()


def test_rows_of_the_same_payer_and_cause_are_added_up() -> None:
    ax = plot_recoverable_heatmap(heat(("North", "units", 1, 10.1), ("North", "units", 1, 20.2)))
    assert title(ax) == "All $30 recoverable sits with North for units"


def test_a_row_without_open_denials_is_left_out() -> None:
    ax = plot_recoverable_heatmap(heat(("North", "units", 1, 10.0), ("Lake", "ndc", 0, 0.0)))
    assert {payer for payer, _ in cells(ax)} == {"North", "all payers"}


@pytest.mark.parametrize(
    ("episodes", "expected"),
    [
        (1, "No dollars recoverable in 1 open denial"),
        (9, "No dollars recoverable in 9 open denials"),
    ],
)
def test_open_denials_worth_nothing_say_so(episodes: int, expected: str) -> None:
    assert title(plot_recoverable_heatmap(heat(("North", "units", episodes, 0.0)))) == expected


def test_a_missing_payer_or_cause_keeps_its_dollars() -> None:
    ax = plot_recoverable_heatmap(heat((None, "units", 1, 10.0), ("North", None, 1, 5.0)))
    assert cells(ax)["all payers", "all causes"] == "$15"
    assert cells(ax)["payer not named", "units"] == "$10"
    assert cells(ax)["North", "no cause"] == "$5"


def test_another_column_of_dollars_can_be_drawn() -> None:
    ax = plot_recoverable_heatmap(
        HEATED.rename(columns={"recoverable_amount": "open_amount"}), value="open_amount"
    )
    assert title(ax).startswith("$41.2k of $96.0k still open sits with North Health")


def test_the_rest_is_gathered_and_sums_stay_exact() -> None:
    # Payer p has p·100 + c dollars for cause c.
    data = heat(*((f"P{p}", f"c{c}", 1, p * 100.0 + c) for p in range(1, 7) for c in range(1, 6)))
    shown = cells(plot_recoverable_heatmap(data, max_payers=2, max_causes=1))
    assert shown["P6", "c5"] == "$605"
    assert shown["P6", "4 other causes"] == "$2.4k"
    assert shown["4 other payers", "c5"] == "$1.0k"
    assert shown["4 other payers", "all causes"] == "$5.1k"
    assert shown["all payers", "4 other causes"] == "$8.5k"
    assert shown["all payers", "all causes"] == "$10.6k"
    assert data["recoverable_amount"].sum() == 10_590


def test_one_payer_alone_is_not_gathered() -> None:
    data = heat(*((f"P{p}", "units", 1, p) for p in (1, 2, 3)))
    assert ("P1", "units") in cells(plot_recoverable_heatmap(data, max_payers=2))


def test_the_title_never_names_the_gathered_rest() -> None:
    data = heat(("A", "units", 1, 10.0), *((f"P{p}", "units", 1, 9.0) for p in range(5)))
    ax = plot_recoverable_heatmap(data, max_payers=1)
    assert title(ax) == "$10 of $55 recoverable sits with A for units"
    assert cells(ax)["5 other payers", "units"] == "$45"


def test_at_least_one_payer_and_cause_is_named() -> None:
    with pytest.raises(ValueError, match="must be at least 1"):
        plot_recoverable_heatmap(HEATED, max_payers=0)


def test_every_label_can_be_read_on_its_cell() -> None:
    for step in range(101):
        colour = matplotlib.colormaps["Blues"](step / 100)
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour[:3]]
        cell = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
        ink = 1.0 if ink_on(colour) == "white" else 0.0
        assert (max(cell, ink) + 0.05) / (min(cell, ink) + 0.05) >= 4.5


@pytest.mark.parametrize("scale", [0.01, 1.0, 1e6])
def test_a_large_practice_is_drawn(scale: float) -> None:
    data = heat(
        *(
            (f"{p} " + "Long Name " * 12, f"c{c}", 2, scale * p * c)
            for p in range(30)
            for c in range(28)
        )
    )
    ax = plot_recoverable_heatmap(data)
    assert len(ax.get_yticks()) == 12
    assert len(ax.get_xticks()) == 14


# --- causes --------------------------------------------------------------------------------


def test_the_pareto_counts_the_few_causes() -> None:
    ax = plot_cause_pareto(
        causes(units=10.0, prior_authorization=600.0, ndc=200.0, modifier=150.0, other_denial=40.0)
    )
    assert title(ax) == "2 of 5 causes hold 80 % of open denied dollars"
    assert [t.get_text() for t in ax.get_yticklabels()] == [
        "prior authorization",
        "NDC",
        "modifier",
        "other denial",
        "units",
    ]
    assert texts(ax) == [
        *["$600", "$200", "$150", "$40", "$10"],
        *["cumulative", "60 %", "80 %", "95 %", "99 %", "100 %"],
    ]
    assert ax.get_xlabel() == "open denied dollars"
    colours = [patch.get_facecolor() for patch in ax.patches]
    assert colours[0] == colours[1] != colours[2] == colours[4]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (causes(units=4.0, ndc=1.0), "1 of 2 causes holds 80 % of open denied dollars"),
        (causes(units=999.0, ndc=1.0), "1 of 2 causes holds >99 % of open denied dollars"),
        (causes(units=950.0), "All $950 of open denied dollars has one cause: units"),
        (causes(units=0.0, ndc=0.0), "No open denied dollars in 2 causes"),
        (causes(units=-5.0), "No open denied dollars in 1 cause"),
    ],
)
def test_the_pareto_title_fits_few_causes(data: pd.DataFrame, expected: str) -> None:
    assert title(plot_cause_pareto(data)) == expected


def test_the_pareto_draws_denied_dollars_too() -> None:
    data = causes(units=3.0, ndc=1.0).rename(columns={"open_amount": "denied_amount"})
    ax = plot_cause_pareto(data, value="denied_amount")
    assert title(ax) == "2 of 2 causes hold 100 % of denied dollars"


# --- payers --------------------------------------------------------------------------------


def test_payers_have_their_range_as_label_and_line() -> None:
    ax = plot_recoverable_by_payer(BARS)
    assert title(ax) == "North holds $12.3k of $13.2k recoverable"
    assert texts(ax) == ["$12.3k (8–17k)", "$950 (0.1–1.1k)"]
    lines = [segment[:, 0].tolist() for segment in ax.collections[0].get_segments()]
    assert lines == [[8_000.0, 17_000.0], [100.0, 1_100.0]]


def test_one_payer_holds_all() -> None:
    assert title(plot_recoverable_by_payer(BARS.head(1))) == "Lake Plan holds all $950 recoverable"


def test_no_dollars_with_a_payer() -> None:
    data = frame(PAYERS, ("North", 0.0, 0.0, 0.0))
    assert title(plot_recoverable_by_payer(data)) == "No recoverable dollars with 1 payer"


def test_payers_beyond_the_maximum_are_one_bar_without_a_range() -> None:
    data = frame(PAYERS, *((f"P{n}", 100.0 + n, 50.0, 150.0) for n in range(5)))
    ax = plot_recoverable_by_payer(data, max_payers=3)
    assert [t.get_text() for t in ax.get_yticklabels()] == ["P4", "P3", "P2", "2 other payers"]
    assert texts(ax)[-1] == "$201"
    assert title(ax) == "P4 holds $104 of $510 recoverable"
    with pytest.raises(ValueError, match="max_payers must be at least 1"):
        plot_recoverable_by_payer(data, max_payers=0)


# --- from billed to recoverable ------------------------------------------------------------


def test_the_waterfall_says_what_became_of_the_first_total() -> None:
    ax = plot_waterfall(STEPS)
    assert title(ax) == "Of $9.0k billed, $950 is recoverable"
    assert texts(ax) == ["$9.0k", "−$8.0k", "$1.0k", "+$500", "−$300", "$1.2k", "$950"]
    assert [(b.get_y(), b.get_height()) for b in ax.patches] == [
        (0, 9_000),
        (9_000, -8_000),
        (0, 1_000),
        (1_000, 500),
        (1_500, -300),
        (0, 1_200),
        (0, 950),
    ]


def test_bars_are_connected_except_where_a_total_begins_anew() -> None:
    segments = plot_waterfall(STEPS).collections[0].get_segments()
    assert [(s[0, 1], round(s[0, 0])) for s in segments] == [
        (9_000, 0),
        (1_000, 1),
        (1_000, 2),
        (1_500, 3),
        (1_200, 4),
    ]


def test_equal_totals_are_connected() -> None:
    ax = plot_waterfall(steps(("denied", 10.0, "total"), ("open", 10.0, "total")))
    assert len(ax.collections[0].get_segments()) == 1


def test_a_total_that_does_not_follow_is_refused() -> None:
    data = steps(("billed", 100.0, "total"), ("paid", -40.0, "change"), ("open", 60.01, "total"))
    with pytest.raises(ValueError, match=r"^the steps before 'open' lead to 60\.00, not 60\.01$"):
        plot_waterfall(data)


def test_cents_that_floats_cannot_hold_still_follow() -> None:
    data = steps(("a", 0.3, "total"), ("b", -0.1, "change"), ("c", 0.2, "total"))
    assert title(plot_waterfall(data)) == "Of $0.30 a, $0.20 is c"


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="kind is 'total' or 'change'; got"):
        plot_waterfall(steps(("billed", 100.0, "sum")))


def test_the_waterfall_of_one_total_and_of_none() -> None:
    assert title(plot_waterfall(STEPS.head(1))) == "$9.0k billed"
    assert title(plot_waterfall(steps(("paid", -5.0, "change")))) == "The steps add up to −$5"


# --- month by month ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (trend(0.21), "was 21.0 %, within its usual limits (12–25 %)"),
        (trend(0.2, 0.31), "was 31.0 %, above its usual limits (12–25 %)"),
        (trend(0.05), "was 5.0 %, below its usual limits (12–25 %)"),
        (trend(0.253, upper=0.254), "was 25.3 %, within its usual limits (12.0–25.4 %)"),
        (trend(0.21, lower=float("nan"), upper=float("nan")), "was 21.0 % (42 of 200 lines)"),
    ],
)
def test_the_trend_says_whether_the_last_month_was_usual(data: pd.DataFrame, expected: str) -> None:
    assert title(plot_denial_trend(data)) == f"Denial rate in Oct 2026 {expected}"


def test_months_outside_and_the_last_are_labelled() -> None:
    ax = plot_denial_trend(trend(0.2, 0.31, 0.05, 0.21))
    assert texts(ax) == ["average 18.0 %\nusual limits\n12–25 %", "31.0 %", "5.0 %", "21.0 %"]
    assert alt_text(ax).endswith(
        "Line chart of the denial rate by month. Jul 2026: 20.0 %; Aug 2026: 31.0 % (outside); "
        "Sep 2026: 5.0 % (outside); Oct 2026: 21.0 %."
    )


def test_limits_step_with_the_months() -> None:
    data = trend(0.2, 0.2).assign(lower=[0.1, 0.15], upper=[0.3, 0.25])
    bands = [
        (round(b.get_y(), 2), round(b.get_height(), 2)) for b in plot_denial_trend(data).patches
    ]
    assert bands == [(0.1, 0.2), (0.15, 0.1)]


def test_a_month_without_lines_is_a_gap_and_the_last_rate_counts() -> None:
    data = trend(0.2, 0.2, 0.21, 0.2).drop(index=1)
    data.loc[3, ["rate", "center", "lower", "upper"]] = float("nan")
    ax = plot_denial_trend(data)
    assert title(ax).startswith("Denial rate in Sep 2026 was 21.0 %")
    assert [t.get_text() for t in ax.get_xticklabels()] == ["Jul\n2026", "Aug", "Sep", "Oct"]
    assert pd.isna(ax.lines[0].get_ydata()[1])


def test_a_month_is_there_once() -> None:
    with pytest.raises(ValueError, match="the month 2026-10 is there twice"):
        plot_denial_trend(pd.concat([trend(0.2), trend(0.3)]))


def test_many_months_name_every_few_and_label_the_farthest_of_a_run() -> None:
    ax = plot_denial_trend(trend(*[0.2] * 30, 0.3, 0.35, 0.31, *[0.2] * 3))
    assert len(ax.get_xticks()) == 18
    assert texts(ax)[1:] == ["35.0 %", "20.0 %"]


# --- words ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "label"),
    [
        (0, "$0"),
        (-0.001, "$0"),
        (0.4, "$0.40"),
        (0.999, "$1"),
        (950, "$950"),
        (999.49, "$999"),
        (999.5, "$1.0k"),
        (12_345, "$12.3k"),
        (999_949, "$999.9k"),
        (999_950, "$1.0M"),
        (1_234_567, "$1.2M"),
        (2.5e9, "$2.5B"),
        (-12_345, "−$12.3k"),
        (float("nan"), "–"),
    ],
)
def test_money_label(amount: float, label: str) -> None:
    assert money_label(amount) == label


def test_range_label() -> None:
    assert range_label(8_000, 17_000) == "8–17k"
    assert range_label(0, 1_000) == "0–1.0k"
    assert range_label(float("nan"), 5) == "range not known"


def test_cause_label() -> None:
    assert cause_label("coordination_of_benefits") == "coordination of benefits"
    assert cause_label("ndc") == "NDC"


def test_long_names_keep_both_ends() -> None:
    names = [
        f"Blue Cross Blue Shield of the Northern Lakes and Plains {kind}" for kind in ("HMO", "PPO")
    ]
    short = [name_label(name) for name in names]
    assert [len(name) <= 52 for name in short] == [True, True]
    assert short[0] != short[1]
    assert short[0].startswith("Blue Cross Blue Shield")
    assert max(map(len, name_label(names[0], 30).split("\n"))) <= 30
