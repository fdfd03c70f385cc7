"""The order of work: groups that one action fixes, hours, notes."""

from __future__ import annotations

from itertools import combinations
from time import process_time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from j2311_analytics import Assumptions, action_list, best_hours, codes, work_groups
from j2311_analytics.denials.classify import UNKNOWN
from j2311_analytics.revenue.ranges import predictive_range
from j2311_analytics.tables import conform, empty

ASSUMED = Assumptions(minutes_to_set_up=20, minutes_to_correct=10, minutes_to_appeal=30)


def recoverable(*rows: dict[str, object]) -> pd.DataFrame:
    base: dict[str, object] = {
        "payer": "North",
        "payer_id": "N1",
        "hcpcs": "J2311",
        "cause": "prior_authorization",
        "state": "open",
        "route": "corrected claim",
        "place_of_service": "11",
        "rendering_npi": "1999999984",
        "service_from": "2026-08-01",
        "recoverable_amount": 100.0,
        "open_amount": 400.0,
        "cost_to_work": 30.0,
        "focus": True,
        "age_days": 30,
    }
    table = pd.DataFrame([{**base, **row} for row in rows])
    number = pd.Series(range(1, len(table) + 1))
    table = table.assign(episode=number, rank=number, claim_id="C" + number.astype("str"))
    table["net_value"] = table["recoverable_amount"] - table["cost_to_work"]
    return conform(table, "recoverable")


def brute_force(table: pd.DataFrame, minutes: int) -> float:
    """The best net dollars of any set of denials, each set tried."""
    best = 0.0
    for size in range(len(table) + 1):
        for places in combinations(range(len(table)), size):
            rows = table.iloc[list(places)]
            groups = rows["group"].nunique()
            time = rows["minutes"].sum() + groups * ASSUMED.minutes_to_set_up
            if time <= minutes:
                shared = rows.groupby("group")["set_up"].first().sum()
                best = max(best, rows["worth"].sum() - shared)
    return round(best, 2)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["prior_authorization", "units", "eligibility"]),
            st.sampled_from(["appeal", "corrected claim"]),
            st.integers(0, 20_000),
        ),
        min_size=1,
        max_size=6,
    ),
    st.integers(0, 5),
)
@settings(max_examples=15)
def test_the_hours_are_spent_as_well_as_they_can_be(
    lines: list[tuple[str, str, int]], hours: int
) -> None:
    rows = [
        {"cause": cause, "route": route, "recoverable_amount": cents / 100}
        for cause, route, cents in lines
    ]
    table = recoverable(*rows)
    plan = best_hours(table, hours=hours, assumptions=ASSUMED)
    listed = action_list(table, hours=hours, assumptions=ASSUMED)
    share = ASSUMED.minutes_to_set_up / (ASSUMED.minutes_to_set_up + listed["minutes"])
    set_up = (listed["cost_to_work"] * share).round(2)
    worth = listed["recoverable_amount"] - (listed["cost_to_work"] - set_up)
    known = listed.assign(set_up=set_up, worth=worth)
    assert plan.net_value == plan.bound == brute_force(known, hours * 60)
    more = brute_force(known, hours * 60 + 60)
    assert plan.next_hour == pytest.approx(more - plan.net_value, abs=0.005)
    assert plan.hours_used <= hours
    assert set(listed.loc[listed["in_hours"], "episode"]) == set(plan.actions["episode"])


def test_what_shares_payer_cause_and_root_is_one_group() -> None:
    table = recoverable(
        {},
        {},
        {"hcpcs": "J2315"},
        {"payer_id": "S1", "payer": "South"},
        {"cause": "eligibility"},
        {"cause": "eligibility"},
        {"cause": "enrollment", "rendering_npi": "1888888883"},
    )
    listed = action_list(table)
    assert listed["group_lines"].tolist() == [2, 2, 1, 1, 1, 1, 1]
    groups = work_groups(listed).set_index("group")
    assert groups["words"].tolist()[0] == (
        "2 lines, one missing authorization rule for J2311, $200"
    )
    assert groups["lines"].sum() == len(table)
    assert "missing provider enrollment of provider 1888888883" in set(groups["root"])


def test_the_set_up_of_a_group_is_paid_once() -> None:
    group = work_groups(action_list(recoverable({}, {}, {}), assumptions=ASSUMED)).iloc[0]
    # 20 of 30 minutes are set-up: $20 once, and $10 for each of three.
    assert (group["minutes"], group["cost_to_work"], group["net_value"]) == (50, 50.0, 250.0)


def test_the_range_of_a_group_is_that_of_the_sum_of_its_lines() -> None:
    law = {"chance_logit": 0.4, "amount_if_won": 170.0, "amount_spread": 0.1} | dict.fromkeys(
        ["spread_all", "spread_payer", "spread_cause", "spread_cell"], 0.3
    )
    lone = {"cause": "eligibility", "recoverable_low": 0.0, "recoverable_high": 170.0}
    table = recoverable(*[law] * 9, law | lone).assign(cell="N1 | prior_authorization")
    listed = action_list(table, assumptions=ASSUMED)
    groups = work_groups(listed.sample(frac=1, random_state=1), assumptions=ASSUMED)
    assert groups["lines"].tolist() == [9, 1]
    known = predictive_range(table.head(9), ASSUMED)
    assert tuple(groups.loc[0, ["recoverable_low", "recoverable_high"]]) == known
    assert 0 < known[0] < 900.0 < known[1] < 9 * 170.0 * 1.2
    assert groups.loc[1, ["recoverable_low", "recoverable_high"]].tolist() == [0.0, 170.0]
    # Of the hours' plan it is net of what the work costs.
    plan = best_hours(table, hours=1000, assumptions=ASSUMED)
    cost = plan.actions["recoverable_amount"].sum() - plan.net_value
    low, high = predictive_range(plan.actions, ASSUMED)
    assert (plan.low, plan.high) == pytest.approx((low - cost, high - cost))
    assert plan.low < plan.net_value < plan.high


def test_an_expired_denial_is_never_chosen_nor_in_a_group() -> None:
    table = recoverable({"state": "expired", "recoverable_amount": 0.0, "cost_to_work": 0.0}, {})
    listed = action_list(table, hours=40)
    assert listed["in_hours"].tolist() == [False, True]
    assert work_groups(listed)["lines"].tolist() == [1]
    gone = table[table["state"] == "expired"]
    assert best_hours(gone, hours=40).net_value == 0
    assert work_groups(action_list(gone)).empty


def test_every_cause_has_documents_and_a_root() -> None:
    work = codes.load("cause_work").set_index("cause")
    causes = set(codes.load("carc")["category"]) - {""} | {UNKNOWN}
    assert set(work.index) == causes
    assert (work != "").all(axis=None)
    known = {"hcpcs", "rendering_npi", "place_of_service", "payer", "claim"}
    assert set(work["root_by"]) <= known
    assert action_list(recoverable({"cause": "modifier"}))["documents"].tolist() == [
        work.loc["modifier", "documents"]
    ]
    steps = codes.load("action_step")
    ours = {"wait", "correct_as_found", "appeal_as_sent"}
    assert set(steps["action"]) == set(codes.load("carc")["recovery_action"]) | ours
    for column in ("if_appeal", "if_correction", "if_payer_is_right"):
        assert set(steps[column]) <= set(steps["action"])


def test_no_hours_no_denials_and_no_dollars_have_an_answer() -> None:
    assert action_list(empty("recoverable")).empty
    assert best_hours(empty("recoverable")).next_hour == 0
    nothing = recoverable({"recoverable_amount": 0.0}, {"recoverable_amount": 0.0})
    assert best_hours(nothing, hours=40).actions.empty
    assert best_hours(recoverable({}), hours=0).actions.empty
    with pytest.raises(ValueError, match="hours must be 0 or more, such as 40; got -1"):
        action_list(recoverable({}), hours=-1)


def test_what_analysts_wrote_is_beside_their_denial() -> None:
    notes = pd.DataFrame({"episode": [2], "owner": ["AB"], "note": ["called"], "row": [3]})
    listed = action_list(recoverable({}, {}), notes=conform(notes, "notes"))
    assert listed["owner"].tolist()[1] == "AB"
    assert listed["owner"].isna().tolist() == [True, False]


def test_ten_thousand_open_denials_are_listed_in_less_than_two_seconds() -> None:
    rng = np.random.default_rng(7)
    number = 10_000
    causes = codes.load("cause_work")["cause"].to_numpy()
    table = recoverable(*[{}] * number).assign(
        cause=rng.choice(causes, number),
        payer_id=pd.Series(rng.integers(0, 12, number)).map("P{}".format),
        recoverable_amount=rng.gamma(1.5, 300, number).round(2),
        amount_if_won=1500.0,
        chance_logit=rng.normal(-1.0, 1.0, number),
        **dict.fromkeys(["spread_all", "spread_payer", "spread_cause", "spread_cell"], 0.3),
        amount_spread=0.1,
    )
    table = table.assign(
        net_value=table["recoverable_amount"] - 30, cell=table["payer_id"] + " | " + table["cause"]
    )
    table = conform(table, "recoverable")
    start = process_time()
    listed = action_list(table, hours=40)
    plan = best_hours(table, hours=40)
    groups = work_groups(listed)
    assert process_time() - start < 2
    assert (groups.loc[groups["lines"] > 1, "recoverable_high"] > 0).all()
    assert set(plan.actions["episode"]) == set(listed.loc[listed["in_hours"], "episode"])
    assert len(listed) == number == groups["lines"].sum()
    spent = listed.loc[listed["in_hours"], "minutes"].sum()
    assert 0 < spent <= 40 * 60
