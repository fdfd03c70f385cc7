"""Changes beyond chance: false alarms within the stated rate, planted shifts found and dated."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from j2311_analytics import Assumptions, detect_changes, plot_changes
from j2311_analytics.report.changes import _alarms, _exact
from j2311_analytics.tables import conform, empty

CAUSES = ["prior_authorization", "units", "eligibility", "medical_necessity", "timely_filing"]
FIRST = pd.Timestamp("2024-11-01")


def episodes(
    seed: int,
    months: int = 18,
    per_month: int = 60,
    payers: int = 4,
    rate: float = 0.15,
    shift: tuple[int, float] = (99, 1.0),
) -> pd.DataFrame:
    """Services of payers P0, P1 …; from month `shift[0]` on the rate of P1 is `shift[1]` times."""
    draw = np.random.default_rng(seed)
    number = draw.poisson(per_month, (payers, months))
    payer = np.repeat(np.repeat(np.arange(payers), months), number.ravel())
    month = np.repeat(np.tile(np.arange(months), payers), number.ravel())
    chance = np.where((payer == 1) & (month >= shift[0]), rate * shift[1], rate)
    denied = draw.random(len(payer)) < chance
    cause = pd.Series(np.array(CAUSES)[draw.integers(0, len(CAUSES), len(payer))]).where(denied)
    start = pd.date_range(FIRST, periods=months, freq="MS")[month]
    frame = pd.DataFrame(
        {
            "episode": np.arange(len(payer)),
            "payer_id": [f"P{number}" for number in payer],
            "payer": [f"PAYER {number}" for number in payer],
            "focus": True,
            "charge": 100.0,
            "first_decided_on": start + pd.to_timedelta(draw.integers(0, 28, len(payer)), unit="D"),
            "first_cause": cause,
            "origin": pd.Series("initial", index=cause.index).where(denied),
            "state": np.where(denied, "open", "paid"),
            "submissions": 1,
            "rejections": 0,
        }
    )
    return conform(frame, "episodes")


def month_end(number: int) -> date:
    return ((FIRST.to_period("M") + number).to_timestamp(how="end")).date()


def found_in(table: pd.DataFrame, month: int) -> pd.DataFrame:
    return detect_changes(table, assumptions=Assumptions(as_of=month_end(month)))


@given(st.lists(st.tuples(*[st.integers(1, 300)] * 2, *[st.integers(0, 300)] * 2), min_size=1))
def test_the_exact_test_is_scipys(cases: list[tuple[int, int, int, int]]) -> None:
    table = pd.DataFrame(
        [(min(x, n), n, min(y, m), m) for n, m, x, y in cases],
        columns=["denied_before", "services_before", "denied_after", "services_after"],
    )
    for row, (x, n, y, m) in zip(_exact(table).itertuples(), table.to_numpy(), strict=True):
        law = stats.hypergeom(n + m, x + y, m)
        assert row.p_value == pytest.approx(min(1, 2 * min(law.sf(y - 1), law.cdf(y))), rel=1e-6)
        ends = [law.pmf(end) for end in law.support()]
        assert row.least_p == pytest.approx(min(1, 2 * min(ends)), rel=1e-6)


def test_tables_that_can_never_reach_the_limit_do_not_count_among_those_tested() -> None:
    table = pd.DataFrame({"payer_id": list("ABC"), "cause": "units"})
    small = table.assign(p_value=[0.02, 1, 1], least_p=[0.001, 1, 1])
    assert _alarms(small, 0.025)["payer_id"].tolist() == ["A"]
    large = table.assign(p_value=[0.02, 1, 1], least_p=0.001)
    assert _alarms(large, 0.025).empty


def test_stationary_months_raise_alarms_within_the_stated_rate() -> None:
    alarms = [
        len(found_in(table, month)) > 0
        for table in map(episodes, range(6))
        for month in range(6, 18)
    ]
    assert len(alarms) == 72
    # More than 9 of 72 alarms have a chance below 1 % at the stated 5 %.
    assert sum(alarms) <= 9


def test_a_doubled_rate_at_one_payer_is_found_within_two_months_and_dated() -> None:
    runs, found, near = 8, 0, 0
    for seed in range(runs):
        table = episodes(seed, rate=0.2, shift=(14, 2.0))
        changes = found_in(table, 15)
        assert set(changes["payer_id"]) <= {"P1"}
        own = changes[changes["cause"] == "any cause"]
        found += len(own)
        for row in own.itertuples():
            assert row.direction == "up"
            near += row.since_low <= pd.Timestamp("2026-01-01") <= row.since_high
    assert found >= 0.8 * runs
    assert near >= 0.8 * found


def test_a_fall_is_found_too_and_said_in_words() -> None:
    table = episodes(3, rate=0.3, shift=(15, 0.2))
    row = found_in(table, 16).iloc[0]
    assert (row["kind"], row["payer_id"], row["direction"]) == ("rate", "P1", "down")
    assert row["words"].startswith("PAYER 1: denials down from ")
    assert row["rate_after"] == row["denied_after"] / row["services_after"]
    title = plot_changes(found_in(table, 16)).get_title(loc="left")
    assert title.startswith("Denials by PAYER 1 went down from ")


def test_the_tables_count_what_a_plain_loop_counts() -> None:
    table = episodes(1, rate=0.2, shift=(14, 3.0))
    for row in found_in(table, 15).itertuples():
        sums = {"before": [0, 0], "after": [0, 0]}
        for one in table.itertuples():
            back = (2026 - one.first_decided_on.year) * 12 + 2 - one.first_decided_on.month
            if one.payer_id == row.payer_id and back >= 0:
                side = sums["after" if back < row.window_months else "before"]
                own = row.cause in ("any cause", one.first_cause)
                side[0] += one.origin == "initial" and own
                side[1] += 1
        assert sums["before"] == [row.denied_before, row.services_before]
        assert sums["after"] == [row.denied_after, row.services_after]


def test_a_short_history_and_no_history_raise_nothing() -> None:
    assert found_in(episodes(1, months=3), 2).empty
    assert detect_changes(empty("episodes"), empty("denials")).empty


def denial(payer: str, on: str, carc: str, rarc: str | None = None) -> dict[str, object]:
    return {"payer_id": payer, "payer": payer, "denied_on": pd.Timestamp(on), "carc": carc,
            "rarc": rarc, "cause": "units", "focus": True, "denial": 1, "segment": 1,
            "stands": True, "in_headline": True}  # fmt: skip


def test_codes_that_a_payer_never_gave_before_are_listed() -> None:
    table = pd.DataFrame(
        [
            denial("A", "2026-08-03", "197"),
            denial("A", "2026-10-05", "197", "N54"),
            denial("A", "2026-10-07", "151"),
            denial("A", "2026-10-09", "151"),
            denial("B", "2026-07-01", "151"),
            denial("NEW", "2026-10-02", "50"),
        ]
    )
    assumed = Assumptions(as_of=date(2026, 10, 31))
    found = detect_changes(empty("episodes"), table, assumptions=assumed)
    assert found[["kind", "payer_id", "code"]].values.tolist() == [
        ["new_code", "A", "CARC 151"],
        ["new_code", "A", "RARC N54"],
    ]
    assert found["words"].tolist() == [
        "A: CARC 151 never before from this payer, on 2 denied lines",
        "A: RARC N54 never before from any payer, on 1 denied line",
    ]
    assert found["since"].tolist() == [pd.Timestamp("2026-10-07"), pd.Timestamp("2026-10-05")]
