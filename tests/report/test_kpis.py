"""Measures: numerator, denominator and what is left out."""

from __future__ import annotations

import pandas as pd
import pytest
from small_files import claim, interchange, line, remittance

from j2311_analytics import (
    Assumptions,
    benchmarks,
    denial_trend,
    kpis,
    link_episodes,
    read_835,
    read_claims,
)

DENIED, PAID = ["CO*197*100"], ["CO*45*36", "PR*2*14"]


def story() -> bytes:
    first = [
        *claim("A", *line(cas=DENIED), member="PHIID1"),
        *claim("B", *line(cas=PAID, paid="50"), paid="50", member="PHIID2"),
        *claim("C", *line(cas=PAID, paid="50"), paid="50", member="PHIID3"),
        *claim("D", *line("J2315", cas=DENIED), member="PHIID4"),
        *claim("E", *line(cas=["PR*49*100"]), member="PHIID5"),
    ]
    won = claim("A", *line(cas=PAID, paid="50"), paid="50", member="PHIID1", number="ICN2")
    return interchange(remittance(*first, date="20260901"), remittance(*won, date="20261001"))


def measured(**options: object) -> pd.DataFrame:
    era = read_835(story())
    return kpis(link_episodes(era), remittance=era, **options).set_index("kpi")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kpi", "numerator", "denominator"),
    [
        ("initial_denial_rate_lines", 2, 4),
        ("initial_denial_rate_dollars", 200, 400),
        ("first_pass_yield", 2, 4),
        ("clean_claim_rate", 2, 4),
        ("overturn_rate_lines", 1, 2),
        ("overturn_rate_dollars", 100, 200),
        ("denial_write_off_rate", 0, 192),
        ("primary_denial_rate", 0, 1),
    ],
)
def test_each_rate_has_its_base(kpi: str, numerator: float, denominator: float) -> None:
    row = measured().loc[kpi]
    assert (row["numerator"], row["denominator"]) == (numerator, denominator)
    assert row["value"] == numerator / denominator
    assert row["definition"]


def test_rates_of_counts_have_a_wilson_range() -> None:
    row = measured().loc["initial_denial_rate_lines"]
    assert (row["low"], row["high"]) == pytest.approx((0.150, 0.850), abs=0.001)


def test_days_are_medians_of_those_resolved_or_appealed() -> None:
    row = measured().loc["median_days_denial_to_resolution"]
    assert (row["value"], row["denominator"]) == (15, 2)
    export = read_claims(
        pd.DataFrame(
            {
                "Claim ID": ["A"],
                "CPT": ["J2311"],
                "Charge": ["100"],
                "DOS": ["2026-09-01"],
                "Appeal Date": ["2026-09-11"],
            }
        )
    )
    assert measured(claims=export).loc["median_days_denial_to_appeal", "value"] == 10


def test_without_a_denominator_there_is_no_value() -> None:
    row = measured(assumptions=Assumptions()).loc["median_days_denial_to_appeal"]
    assert pd.isna(row["value"])
    episodes = link_episodes(read_835(story()), assumptions=Assumptions(focus=("J9999",)))
    assert kpis(episodes)["value"].isna().all()


def test_the_trend_counts_services_in_the_month_of_their_first_decision() -> None:
    trend = denial_trend(link_episodes(read_835(story())))
    assert trend[["lines", "denied_lines"]].values.tolist() == [[4, 2]]
    assert trend["month"].tolist() == [pd.Timestamp("2026-09-01")]
    assert (trend["lower"] >= 0).all()
    assert (trend["upper"] <= 1).all()
    assert not trend["outside"].any()


def test_benchmarks_name_their_source_and_year() -> None:
    table = benchmarks()
    assert len(table) > 30
    assert (table[["source", "year"]] != "").all().all()
