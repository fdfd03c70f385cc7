"""last_forecast: what the end of the month before expected, and what came in the month."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from small_files import claim, interchange, line, remittance

from j2311_analytics import (
    Assumptions,
    LastForecast,
    Remittance,
    analyse_month,
    backtest,
    last_forecast,
    link_episodes,
    make_sample,
    read_835,
    read_claims,
    recoverable_by,
    value_denials,
)
from j2311_analytics.report.last_month import last_month_grid, last_month_words
from j2311_analytics.revenue.known_by import known_by

AS_OF = Assumptions(as_of=date(2026, 10, 31))
FORECAST = ["payer", "cause", "episodes", "recoverable_amount", "recoverable_high"]


def era_of(*october: str, november: bool = False) -> Remittance:
    """A and B are denied in September; what October brings is given."""
    september = [
        *claim("A", *line(cas=["CO*197*100"]), member="PHIID1"),
        *claim("B", *line(cas=["CO*29*100"]), member="PHIID2"),
    ]
    sets = [remittance(*september, date="20260920")]
    if october:
        sets.append(remittance(*october, date="20261020", paid="50"))
    if november:
        later = claim("B", *line(cas=["CO*45*20"], paid="80"), paid="80", member="PHIID2")
        sets.append(remittance(*later, date="20261105", paid="80"))
    return read_835(interchange(*sets))


PAID_A = claim("A", *line(cas=["CO*45*36", "PR*2*14"], paid="50"), paid="50", member="PHIID1")
DENIED_C = claim("C", *line(cas=["CO*197*100"]), member="PHIID3")


def compared(era: Remittance) -> LastForecast:
    return last_forecast(era, None, link_episodes(era, assumptions=AS_OF), assumptions=AS_OF)


def test_what_came_is_what_was_allowed_in_the_month_for_services_open_before_it() -> None:
    last = compared(era_of(*PAID_A, *DENIED_C, november=True))
    assert (last.made_on, last.until) == (date(2026, 9, 30), date(2026, 10, 31))
    by_cause = last.cells.set_index("cause")
    # Paid 50 and the patient's 14 came for A; C was denied later; November is not awaited.
    assert by_cause["realised_amount"].to_dict() == {"prior_authorization": 64, "timely_filing": 0}
    assert by_cause["episodes"].sum() == 2
    gap = (last.cells["realised_amount"] - last.cells["recoverable_amount"]).round(2)
    assert last.cells["difference_amount"].tolist() == gap.tolist()


def test_the_forecast_is_the_same_whatever_the_month_brought() -> None:
    quiet, busy = compared(era_of()), compared(era_of(*PAID_A, *DENIED_C, november=True))
    for name in ("cells", "total"):
        left, right = getattr(quiet, name)[FORECAST], getattr(busy, name)[FORECAST]
        assert left.to_csv(index=False) == right.to_csv(index=False)


def test_covered_says_whether_what_came_lies_within_the_range() -> None:
    for table in (compared(era_of(*PAID_A)).cells, compared(era_of(*PAID_A)).total):
        low, high, came = (
            table[name] for name in ("recoverable_low", "recoverable_high", "realised_amount")
        )
        assert table["covered"].tolist() == ((low <= came) & (came <= high)).tolist()


def test_the_first_month_and_a_month_with_nothing_open_say_so() -> None:
    only_october = read_835(interchange(remittance(*DENIED_C, date="20261020")))
    first = last_month_words(compared(only_october), AS_OF)
    assert first == (
        "This is the first month of the data: no decision is dated 2026-09-30 or before, so "
        "there was nothing to forecast from."
    )
    settled = [remittance(*PAID_A, date="20260920", paid="50"), remittance(date="20261020")]
    quiet = compared(read_835(interchange(*settled)))
    assert last_month_words(quiet, AS_OF) == (
        "Nothing was open at the end of September, so there was nothing to forecast."
    )
    assert (len(quiet.cells), len(quiet.total), last_month_grid(quiet).rows) == (0, 0, ())


def test_the_words_name_forecast_range_and_what_came() -> None:
    last = compared(era_of(*PAID_A))
    words, total = last_month_words(last, AS_OF), last.total.iloc[0]
    assert f"${total['recoverable_amount']:,.2f}" in words
    assert "$64.00 came, which lies " in words
    assert "for 2 services open then" in words


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_sample(tmp_path_factory.mktemp("w") / "sample", months=8, claims=200, seed=5)


def test_a_whole_world_agrees_with_the_forecast_made_then(world: Path) -> None:
    era, claims = read_835(world / "835"), read_claims(world / "claims.csv")
    analysis = analyse_month(era, claims, month="2026-10")
    last = analysis.last
    # The same figures, made on the files cut off at the end of September.
    then = Assumptions(as_of=date(2026, 9, 30), horizon_days=31)
    seen = known_by(era, claims, pd.Timestamp("2026-09-30"))
    lone = analyse_month(*seen, month="2026-09", assumptions=then)
    valued = value_denials(lone.episodes, assumptions=lone.assumptions)
    own = recoverable_by(valued[valued["focus"]], by=[], assumptions=lone.assumptions)
    names = ["episodes", "recoverable_amount", "recoverable_low", "recoverable_high"]
    assert last.not_followed == 0
    assert last.total[names].to_dict("records") == own[names].to_dict("records")
    # What came: as the backtest, which is written for any month, finds it.
    rows = backtest(era, claims, months=1, assumptions=AS_OF).rows
    came = rows.loc[rows["focus"], "realised_amount"].sum()
    assert last.total["realised_amount"].iloc[0] == pytest.approx(came)
    assert came > 0
    assert round(last.cells["realised_amount"].sum(), 2) == last.total["realised_amount"].iloc[0]
    told = analysis.metrics["last_month"]
    assert told["totals"]["realised_amount"] == last.total["realised_amount"].iloc[0]
    assert (told["made_on"], len(told["by_payer_and_cause"])) == ("2026-09-30", len(last.cells))
