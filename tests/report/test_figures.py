"""The report's pictures: what they say is computed, and the waterfall adds up."""

from __future__ import annotations

import pandas as pd
import pytest
from matplotlib import pyplot
from small_files import claim, interchange, line, remittance

from j2311_analytics import Claims, analyse_month, read_835, read_claims
from j2311_analytics.report.analysis import MonthAnalysis
from j2311_analytics.report.figures import Figure, report_figures, waterfall_steps
from j2311_analytics.tables import cents

NAMES = [
    "recoverable_heatmap",
    "recoverable_by_payer",
    "cause_pareto",
    "waterfall",
    "denial_trend",
    "reconciliation",
]
PAID = ["CO*45*36.01", "PR*2*14.03"]


def export() -> Claims:
    """A claim whose denial was written off in part."""
    row = {
        "Claim ID": "WRITTENOFF",
        "CPT": "J2311",
        "Units": "380",
        "Charge": "100.03",
        "Date of Service": "2026-09-01",
        "Denial Write Off": "33.34",
        "Write Off Date": "2026-10-01",
    }
    return read_claims(pd.DataFrame([row]))


def every_fate() -> MonthAnalysis:
    """Services that were paid, denied, paid in part, written off, shifted, won and reversed."""
    september = [
        *claim("PAID", *line(cas=PAID, paid="49.96"), paid="49.96", member="PHIID1"),
        *claim("OPEN", *line(cas=["CO*197*100"]), member="PHIID2"),
        *claim(
            "PART",
            *line(cas=["CO*45*20", "CO*50*50.07"], paid="29.93"),
            paid="29.93",
            member="PHIID3",
        ),
        *claim(
            "WRITTENOFF",
            *line(charge="100.03", cas=["CO*29*100.03"]),
            charge="100.03",
            member="PHIID4",
        ),
        *claim("SHIFTED", *line(cas=["PR*96*100"]), member="PHIID5"),
        *claim("WON", *line(cas=["CO*16*100"]), member="PHIID6"),
        *claim("UNDONE", *line(cas=["CO*22*100"]), member="PHIID7"),
    ]
    october = [
        *claim("WON", *line(cas=PAID, paid="49.96"), paid="49.96", member="PHIID6"),
        *claim(
            "UNDONE",
            *line(charge="-100", cas=["CO*22*-100"]),
            charge="-100",
            status="22",
            member="PHIID7",
        ),
    ]
    data = interchange(
        remittance(*september, date="20260915", paid="79.89"),
        remittance(*october, date="20261015", paid="49.96"),
    )
    return analyse_month(read_835(data), export(), month="2026-10")


def nothing() -> MonthAnalysis:
    return analyse_month(read_835(interchange(remittance())), month="2026-10")


@pytest.fixture(scope="module")
def analysis() -> MonthAnalysis:
    return every_fate()


@pytest.fixture(scope="module")
def figures(analysis: MonthAnalysis) -> dict[str, Figure]:
    return {figure.name: figure for figure in report_figures(analysis)}


def step(analysis: MonthAnalysis, name: str) -> float:
    return float(waterfall_steps(analysis).set_index("step").loc[name, "amount"])


def test_the_waterfall_adds_up_to_the_cent(analysis: MonthAnalysis) -> None:
    steps = waterfall_steps(analysis)
    running = 0
    for amount, kind in zip(cents(steps["amount"]), steps["kind"], strict=True):
        if kind == "total" and running:
            assert amount == running
        running = amount if kind == "total" else running + amount
    assert steps["kind"].iloc[0] == steps["kind"].iloc[-1] == "total"


def test_every_step_of_the_waterfall_is_what_its_name_says(analysis: MonthAnalysis) -> None:
    assert step(analysis, "billed") == 700.03
    assert step(analysis, "never denied") == -100
    assert step(analysis, "billed on services ever denied") == 600.03
    assert step(analysis, "allowed by now") == -(29.93 + 63.99)
    assert step(analysis, "reversed or pended") == -100
    assert step(analysis, "contract write-off and other") == -56.01
    assert step(analysis, "denied in force") == 350.10
    assert step(analysis, "written off") == -33.34
    assert step(analysis, "owed by patients") == -100
    assert step(analysis, "still open") == 216.76


def test_the_waterfalls_totals_are_those_of_the_metrics(analysis: MonthAnalysis) -> None:
    totals = analysis.metrics["totals"]
    for name, key in {
        "billed": "charge",
        "denied in force": "denied_amount",
        "still open": "open_amount",
        "expected value refused": "denied_expected",
        "recoverable": "recoverable_amount",
    }.items():
        assert step(analysis, name) == totals[key]


def test_six_pictures_the_primary_one_first(figures: dict[str, Figure]) -> None:
    assert list(figures) == NAMES
    for figure in figures.values():
        assert figure.png.startswith(b"\x89PNG\r\n")
        assert len(figure.alt) > 40
        assert figure.caption.endswith(".")
        assert "nan" not in figure.caption + figure.alt


def test_captions_are_computed(figures: dict[str, Figure], analysis: MonthAnalysis) -> None:
    totals = analysis.metrics["totals"]
    assert f"${totals['recoverable_amount']:,.0f}" in figures["recoverable_heatmap"].caption
    assert "prior authorization: $100 billed on 1 service." in figures["cause_pareto"].caption
    assert figures["waterfall"].caption.startswith("Of $700 billed, $600 was denied at some time")
    assert "NORTH HEALTH is expected to bring the most" in figures["recoverable_by_payer"].caption
    assert "7 services first decided in Sep 2026, 6 were denied" in figures["denial_trend"].caption


def test_no_picture_names_a_claim(figures: dict[str, Figure]) -> None:
    texts = " ".join(figure.caption + figure.alt for figure in figures.values())
    assert not {"WRITTENOFF", "SHIFTED", "UNDONE"} & set(texts.replace(",", " ").split())


def test_the_same_month_gives_the_same_bytes(
    figures: dict[str, Figure], analysis: MonthAnalysis
) -> None:
    assert {figure.name: figure for figure in report_figures(analysis)} == figures


def test_no_figure_stays_open(analysis: MonthAnalysis) -> None:
    before = pyplot.get_fignums()
    report_figures(analysis)
    assert pyplot.get_fignums() == before


def test_a_month_without_denials_has_its_pictures_too() -> None:
    figures = report_figures(nothing())
    assert [figure.name for figure in figures] == NAMES
    assert figures[0].caption == "Nothing is open that can be expected to come."
    assert waterfall_steps(nothing())["amount"].eq(0).all()
