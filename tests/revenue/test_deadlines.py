"""Deadlines: which window, counted from which day, and what may end a denial."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from j2311_analytics import Assumptions, deadlines, value_denials
from j2311_analytics.assumptions import WindowOverride
from j2311_analytics.tables import conform

AS_OF = date(2026, 10, 31)
ASSUMED = Assumptions(as_of=AS_OF, mail_days=0, weekend_rule="none")
CONTRACT = replace(ASSUMED, window_overrides=(WindowOverride("N1", 90, 60, 30, 45),))


def denial(**more: object) -> dict[str, object]:
    return {
        "payer": "North",
        "payer_id": "N1",
        "payer_class": "commercial",
        "hcpcs": "J2311",
        "focus": True,
        "units": 380.0,
        "charge": 1900.0,
        "service_from": "2026-08-01",
        "first_denied_on": "2026-09-01",
        "denied_on": "2026-09-01",
        "last_activity_on": "2026-09-01",
        "state": "open",
        "denied_amount": 1900.0,
        "open_amount": 1900.0,
        "cause": "prior_authorization",
        "action": "obtain_auth_retro",
        "submissions": 1,
        "rejections": 0,
        **more,
    }


def episodes(*rows: dict[str, object]) -> pd.DataFrame:
    table = pd.DataFrame(list(rows)).assign(episode=range(1, len(rows) + 1))
    return conform(table, "episodes")


def valued(assumptions: Assumptions = ASSUMED, **more: object) -> pd.Series:
    return value_denials(episodes(denial(**more)), assumptions=assumptions).iloc[0]


def test_each_window_is_counted_from_its_own_date() -> None:
    row = denial(appeal_sent_on="2026-09-10", appeal_decided_on="2026-10-01")
    found = deadlines(episodes(row), assumptions=CONTRACT).set_index("window")
    assert found["starts_on"].dt.strftime("%m-%d").to_dict() == {
        "corrected claim": "08-01",
        "appeal": "09-01",
        "filing": "08-01",
        "second appeal": "10-01",
    }
    assert found["days"].to_dict() == {
        "corrected claim": 60,
        "appeal": 30,
        "filing": 90,
        "second appeal": 45,
    }
    assert (found["deadline"] - found["starts_on"]).dt.days.tolist() == found["days"].tolist()
    assert (found["deadline"] - pd.Timestamp(AS_OF)).dt.days.tolist() == found["days_left"].tolist()


def test_the_contract_goes_first_field_by_field_then_a_regulation_then_planning_values() -> None:
    silent = replace(ASSUMED, window_overrides=(WindowOverride("N1", None, None, 30, None),))
    rows = episodes(denial(), denial(payer_id="M1", payer_class="medicare"))
    found = deadlines(rows, assumptions=silent).set_index(["payer_id", "window"])
    assert found["source"].to_dict() == {
        ("N1", "filing"): "planning value, unconfirmed",
        ("N1", "corrected claim"): "planning value, unconfirmed",
        ("N1", "appeal"): "contract",
        ("M1", "appeal"): "regulation",
        ("M1", "filing"): "regulation",
        ("M1", "corrected claim"): "regulation",
    }
    assert found["confirmed"].tolist() == (found["source"].str.len() < 15).tolist()


def test_a_window_for_filing_bounds_corrections_where_none_is_stated() -> None:
    filing = replace(ASSUMED, window_overrides=(WindowOverride("N1", 45, None, None, None),))
    found = deadlines(episodes(denial()), assumptions=filing).set_index("window")
    assert found.loc["corrected claim", ["days", "source"]].tolist() == [45, "contract"]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [("before", "2026-10-09"), ("after", "2026-10-13"), ("none", "2026-10-10")],
)
def test_a_weekend_before_a_holiday_moves_the_deadline(rule: str, expected: str) -> None:
    # 10 October 2026 is a Saturday, and Monday the 12th is Columbus Day.
    assumed = replace(CONTRACT, weekend_rule=rule)
    row = denial(service_from="2026-08-11")
    found = deadlines(episodes(row), assumptions=assumed).set_index("window")
    assert found.loc["corrected claim", "deadline"] == pd.Timestamp(expected)


@given(st.dates(date(2024, 1, 1), date(2027, 12, 31)), st.sampled_from(["before", "after"]))
def test_every_deadline_is_a_working_day_near_its_window(day: date, rule: str) -> None:
    assumed = replace(CONTRACT, weekend_rule=rule)
    found = deadlines(episodes(denial(service_from=day)), assumptions=assumed)
    row = found[found["window"] == "filing"].iloc[0]
    end = pd.Timestamp(day) + pd.Timedelta(days=90)
    assert row["deadline"].weekday() < 5
    away = (row["deadline"] - end).days * (1 if rule == "after" else -1)
    assert 0 <= away <= 4


def test_mail_days_are_taken_off() -> None:
    row = valued(replace(CONTRACT, mail_days=5), action="appeal_with_records")
    assert row["deadline"] == pd.Timestamp("2026-09-26")


def test_a_late_correction_becomes_an_appeal_while_that_is_open() -> None:
    row = valued(service_from="2026-05-01")
    assert (row["route"], row["deadline_kind"]) == (
        "appeal",
        "appeal (planning value, unconfirmed)",
    )
    assert row["action"] == (
        "Appeal with the medical record; the window for corrected claims has passed, "
        "check the contract."
    )
    assert row["recoverable_amount"] > 0


def test_planning_windows_that_have_all_passed_only_warn() -> None:
    row = valued(service_from="2025-01-01", denied_on="2025-02-01", first_denied_on="2025-02-01")
    assert row["state"] == "open"
    assert row["action"].endswith("; the planning window has passed, check the contract.")
    assert row["recoverable_amount"] > 0


def test_a_contracts_window_ends_a_denial_that_nobody_has_worked() -> None:
    row = valued(CONTRACT)
    assert row["state"] == "expired"
    assert row["action"] == "Write off: the contract's window has passed."
    worthless = ["recoverable_amount", "recoverable_low", "recoverable_high", "amount_if_won"]
    assert row[worthless].tolist() == [0.0] * 4
    assert (row["recovery_probability"], row["cost_to_work"], row["net_value"]) == (0, 0, 0)
    assert row["open_amount"] == 1900.0
    assert row["denied_expected"] > 0


@pytest.mark.parametrize(
    "on_record",
    [
        {"submissions": 2},
        {"appeal_sent_on": "2026-09-20"},
        {"appeal_sent_on": "2026-09-20", "appeal_decided_on": "2026-10-20"},
        {"appeal_decided_on": "2026-10-20"},
    ],
)
def test_a_denial_with_a_resubmission_or_an_appeal_on_record_never_expires(
    on_record: dict[str, object],
) -> None:
    row = valued(CONTRACT, **on_record)
    assert row["state"] == "open"
    assert row["recoverable_amount"] > 0


def test_a_correction_past_the_contract_is_not_over_while_an_appeal_is_open() -> None:
    row = valued(CONTRACT, denied_on="2026-10-20")
    assert (row["state"], row["route"], row["days_left"]) == ("open", "appeal", 19)


def test_a_denial_for_another_payer_or_the_patient_has_no_window_here() -> None:
    for action in ("bill_other_payer", "bill_patient"):
        row = valued(CONTRACT, action=action)
        assert (row["state"], row["deadline_kind"]) == ("open", "no window")
        assert pd.isna(row["deadline"])


def test_an_appeal_on_its_way_is_asked_about_and_one_lost_goes_to_the_next_level() -> None:
    waiting = valued(action="appeal_with_records", appeal_sent_on="2026-10-05")
    assert waiting["action"] == "Ask about the appeal sent on 2026-10-05."
    assert pd.isna(waiting["days_left"])
    lost = valued(
        CONTRACT,
        action="appeal_with_records",
        appeal_sent_on="2026-09-05",
        appeal_decided_on="2026-10-01",
        appeal_level="1",
    )
    assert (lost["route"], lost["days_left"]) == ("second appeal", 15)
    assert lost["action"] == "Appeal again, at the next level."
    over = valued(
        CONTRACT,
        action="appeal_with_records",
        appeal_sent_on="2026-09-05",
        appeal_decided_on="2026-10-01",
        appeal_level="2",
    )
    assert over["route"] == "no window"


def test_all_expired_is_a_table_of_nothing_to_win() -> None:
    found = value_denials(episodes(*[denial()] * 5), assumptions=CONTRACT)
    assert found["state"].tolist() == ["expired"] * 5
    assert found["recoverable_amount"].sum() == 0
    assert np.isfinite(found["net_value"]).all()


def test_a_weekend_rule_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="weekend_rule must be before, after or none; got 'never'"):
        Assumptions(weekend_rule="never")
