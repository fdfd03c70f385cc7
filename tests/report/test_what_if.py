"""what_if: each lever moves the expected dollars as it should, and its range with them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from j2311_analytics import (
    MonthAnalysis,
    analyse_month,
    best_hours,
    read_835,
    read_claims,
    what_if,
    what_if_control,
)
from j2311_analytics.assumptions import Assumptions
from j2311_analytics.tables import empty

SAMPLE = Path(__file__).resolve().parents[2] / "data" / "sample"


@pytest.fixture(scope="module")
def analysis() -> MonthAnalysis:
    era, export = read_835(SAMPLE / "835"), read_claims(SAMPLE / "claims.csv")
    return analyse_month(era, export, month="2026-10")


def test_nothing_changed_changes_nothing(analysis: MonthAnalysis) -> None:
    table = what_if(analysis.recoverable, assumptions=analysis.assumptions)
    assert table["scenario"].tolist() == ["as it is"]
    totals = analysis.metrics["totals"]
    assert table["recoverable_amount"].tolist() == [totals["recoverable_amount"]]
    assert table["recoverable_low"].tolist() == [totals["recoverable_low"]]
    assert table["change"].tolist() == [0.0]


def test_a_cause_fixed_wins_its_share_of_what_would_be_lost(analysis: MonthAnalysis) -> None:
    rows = analysis.recoverable
    cause = rows.groupby("cause")["amount_if_won"].sum().idxmax()
    table = what_if(rows, fix={str(cause): 0.5}, assumptions=analysis.assumptions)
    here = rows[rows["cause"] == cause]
    lost = (here["amount_if_won"] * (1 - here["recovery_probability"])).sum()
    assert table["change"].iloc[-1] == pytest.approx(lost / 2, abs=len(here) * 0.01)
    assert table["recoverable_high"].iloc[-1] > table["recoverable_high"].iloc[0]
    everything = what_if(rows, fix={str(cause): 1.0}, assumptions=analysis.assumptions)
    assert everything["change"].iloc[-1] == pytest.approx(lost, abs=len(here) * 0.01)


def test_what_is_not_worked_keeps_what_came_without_work_before(analysis: MonthAnalysis) -> None:
    rows, past, assumed = analysis.recoverable, analysis.episodes, analysis.assumptions
    third = past["episode"] % 3 == 0
    appeals = {n: past[n].mask(third) for n in ("appeal_sent_on", "appeal_decided_on")}
    past = past.assign(submissions=past["submissions"].mask(third, 1), **appeals)
    sent = past["submissions"].gt(1) | past["appeal_sent_on"].notna()
    sent |= past["appeal_decided_on"].notna()
    came = past["recovered_amount"]
    share = came[~sent].sum() / came.sum()
    assert 0 < share < 1
    alone = what_if(rows, hours=2, assumptions=assumed).iloc[-1]
    table = what_if(rows, past, hours=2, assumptions=assumed).iloc[-1]
    chosen = best_hours(rows, hours=2, assumptions=assumed).actions["episode"]
    rest = rows.loc[~rows["episode"].isin(chosen), "recoverable_amount"].sum()
    assert table["recoverable_amount"] == pytest.approx(
        alone["recoverable_amount"] + share * rest, abs=0.01 * len(rows)
    )
    assert table["episodes"] == len(rows)
    assert table["recoverable_low"] <= table["recoverable_amount"] <= table["recoverable_high"]


def test_fewer_hours_bring_less_and_all_the_hours_bring_all_that_pays(
    analysis: MonthAnalysis,
) -> None:
    rows = analysis.recoverable
    few, many = (what_if(rows, hours=h, assumptions=analysis.assumptions) for h in (2, 10_000))
    assert few["change"].iloc[-1] < many["change"].iloc[-1] <= 0
    chosen = best_hours(rows, hours=2, assumptions=analysis.assumptions).actions
    assert few["episodes"].iloc[-1] == len(chosen)
    assert few["recoverable_amount"].iloc[-1] == pytest.approx(chosen["recoverable_amount"].sum())


def test_faster_work_brings_more_and_levers_add_up_to_one_row(analysis: MonthAnalysis) -> None:
    cause = str(analysis.recoverable["cause"].iloc[0])
    table = what_if(
        analysis.recoverable,
        analysis.episodes,
        fix={cause: 0.2},
        days_sooner=30,
        hours=10,
        assumptions=analysis.assumptions,
    )
    assert table["scenario"].tolist() == [
        "as it is",
        "worked 30 days sooner",
        f"20% of the losses for {cause.replace('_', ' ')} won",
        "10 hours of work",
        "all together",
    ]
    assert table["change"].iloc[1] > 0
    inside = table["recoverable_amount"].between(
        table["recoverable_low"], table["recoverable_high"]
    )
    assert inside.all()


def test_no_days_sooner_leaves_every_chance_as_it_is(analysis: MonthAnalysis) -> None:
    from j2311_analytics.revenue.what_if import _sooner

    same = _sooner(analysis.recoverable, analysis.episodes, 0, analysis.assumptions)
    assert same["recovery_probability"].tolist() == pytest.approx(
        analysis.recoverable["recovery_probability"].tolist()
    )


def test_what_makes_no_sense_is_refused(analysis: MonthAnalysis) -> None:
    rows = analysis.recoverable
    cause = str(rows["cause"].iloc[0])
    with pytest.raises(ValueError, match="no open denial has the cause 'weather'; there are"):
        what_if(rows, fix={"weather": 0.5})
    with pytest.raises(ValueError, match=r"between 0 and 1, such as 0\.5; got 50"):
        what_if(rows, fix={cause: 50})
    with pytest.raises(ValueError, match="days_sooner must be 0 or more, such as 14; got -1"):
        what_if(rows, analysis.episodes, days_sooner=-1)
    with pytest.raises(ValueError, match="days_sooner needs the episodes"):
        what_if(rows, days_sooner=14)


def test_no_open_denial_is_a_row_of_nothing() -> None:
    found = what_if(empty("recoverable"), assumptions=Assumptions(as_of=date(2026, 10, 31)))
    assert found["recoverable_amount"].tolist() == [0.0]


def test_the_control_follows_its_sliders(analysis: MonthAnalysis) -> None:
    box = what_if_control(analysis)
    cause, share, days, hours, table = box.children
    before = table.value
    assert "as it is" in before
    cause.value = cause.options[1][1]
    share.value = 80
    assert "80% of the losses" in table.value
    hours.value = 5
    assert "5 hours of work" in table.value
    assert "all together" in table.value
    days.value = 14
    assert "worked 14 days sooner" in table.value
    assert "claim" not in table.value.lower().replace("claims", "")
