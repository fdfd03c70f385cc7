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
from j2311_analytics.report.rate_shifts import exact_tails, rate_shifts
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


@given(st.integers(1, 400), st.integers(0, 400), st.integers(0, 400))
def test_the_exact_test_is_scipys(services: int, denied: int, recent: int) -> None:
    denied, recent = min(denied, services), min(recent, services)
    fewest, up, down = exact_tails(services, denied, recent)
    law = stats.hypergeom(services, denied, recent)
    could = np.arange(law.support()[0], law.support()[1] + 1)
    assert fewest == could[0]
    assert up == pytest.approx(law.sf(could - 1), rel=1e-6)
    assert down == pytest.approx(law.cdf(could), rel=1e-6)


def plain_score(rows: pd.DataFrame, cause: str | None, window: int) -> float:
    """The smaller tail of a payer's last months, falls weighed four times."""
    hit = rows["cause"].notna() if cause is None else rows["cause"] == cause
    recent = rows["back"] < window
    law = stats.hypergeom(len(rows), int(hit.sum()), int(recent.sum()))
    seen = int((hit & recent).sum())
    return float(min(1.0, law.sf(seen - 1), 4 * law.cdf(seen)))


def plain_least(services: pd.DataFrame) -> tuple[float, float]:
    """The least score of all payers' totals, and of all their causes."""
    payers = [rows for _, rows in services.groupby("payer_id")]
    totals = [plain_score(rows, None, window) for rows in payers for window in (1, 2, 3)]
    causes = [
        plain_score(rows, cause, window)
        for rows in payers
        for cause in ("units", "eligibility")
        for window in (1, 2, 3)
    ]
    return min(totals), min(causes)


def test_the_false_alarm_is_the_share_of_shuffled_histories_as_striking() -> None:
    draw = np.random.default_rng(5)
    number = 240
    services = pd.DataFrame(
        {
            "payer_id": draw.choice(["A", "B"], number),
            "back": draw.integers(0, 7, number),
            "cause": draw.choice(["units", "eligibility", "none"], number, p=[0.1, 0.1, 0.8]),
        }
    )
    again = (services["payer_id"] == "A") & (services["back"] < 2)
    services.loc[again & (draw.random(number) < 0.3), "cause"] = "units"
    services["cause"] = services["cause"].where(services["cause"] != "none")
    observed = plain_least(services)
    shuffled = []
    for _ in range(150):
        order = services.copy()
        for _, rows in services.groupby("payer_id"):
            order.loc[rows.index, "cause"] = draw.permutation(rows["cause"].to_numpy())
        shuffled.append(plain_least(order))
    least = np.array([observed, *shuffled])
    ranks = (least[:, None, :] >= least[None, :, :]).mean(axis=1)
    best = ranks.min(axis=1)
    own = (best <= ranks[0].min()).mean()
    found = rate_shifts(services, 1.0, seed=1)
    assert found["false_alarm"].min() == pytest.approx(own, abs=0.06)
    row = found.iloc[0]
    assert row["p_value"] == pytest.approx(
        min(
            plain_score(rows, cause, int(row["window_months"]))
            for payer, rows in services.groupby("payer_id")
            for cause in [None if row["cause"] == "any cause" else row["cause"]]
            if payer == row["payer_id"]
        )
    )


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
