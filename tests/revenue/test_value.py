"""value_denials and recoverable_by: expected value, chance, ranges, deadlines."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special, stats

from j2311_analytics import Assumptions, recoverable_by, value_denials
from j2311_analytics.assumptions import WindowOverride
from j2311_analytics.revenue.ranges import predictive_range
from j2311_analytics.revenue.recovery import recovery_chances
from j2311_analytics.tables import columns, conform

AS_OF = date(2026, 10, 31)
ASSUMED = Assumptions(as_of=AS_OF)


def episodes(*rows: dict[str, object]) -> pd.DataFrame:
    base: dict[str, object] = {
        "payer": "North",
        "payer_id": "N1",
        "payer_class": "commercial",
        "hcpcs": "J2311",
        "focus": True,
        "units": 380.0,
        "charge": 1900.0,
        "service_from": "2026-08-01",
        "first_decided_on": "2026-09-01",
        "last_activity_on": "2026-09-01",
        "state": "paid",
        "allowed": 0.0,
        "first_allowed": 0.0,
        "denied_amount": 0.0,
        "open_amount": 0.0,
        "recovered_amount": 0.0,
        "submissions": 1,
        "rejections": 0,
    }
    table = pd.DataFrame([{**base, **row} for row in rows])
    table["episode"] = range(1, len(table) + 1)
    return conform(table, "episodes")


def paid(allowed: float = 1368.0, **more: object) -> dict[str, object]:
    return {"state": "paid", "allowed": allowed, **more}


def open_denial(on: str = "2026-10-01", **more: object) -> dict[str, object]:
    return {
        "state": "open",
        "denied_amount": 1900.0,
        "open_amount": 1900.0,
        "first_denied_on": on,
        "last_activity_on": on,
        "cause": "prior_authorization",
        "action": "obtain_auth_retro",
        "origin": "initial",
        **more,
    }


def recovered(days: int, **more: object) -> dict[str, object]:
    start = pd.Timestamp("2026-01-01")
    end = start + pd.Timedelta(days=days)
    return {
        "state": "recovered",
        "allowed": 1368.0,
        "recovered_amount": 1368.0,
        "first_denied_on": start,
        "last_activity_on": end,
        "resolved_on": end,
        "cause": "prior_authorization",
        "origin": "initial",
        **more,
    }


def written_off(days: int, **more: object) -> dict[str, object]:
    return recovered(
        days, **{"state": "written_off", "allowed": 0.0, "recovered_amount": 0.0, **more}
    )


def only(*rows: dict[str, object], **options: object) -> pd.Series:
    found = value_denials(episodes(*rows), assumptions=ASSUMED, **options)  # type: ignore[arg-type]
    assert len(found) == 1
    assert list(found.columns) == columns("recoverable")
    return found.iloc[0]


def test_the_payers_own_recent_history_per_unit_sets_the_expected_amount() -> None:
    history = [paid(1368.0), paid(1330.0), paid(1406.0)]
    row = only(*history, open_denial(units=190.0))
    assert row["expected_allowed"] == 684.0
    assert row["expected_basis"] == (
        "payer's own, same place and year median per unit of 3 paid lines"
    )


def test_the_fee_schedule_goes_first_then_wider_history_then_shares_of_the_charge() -> None:
    schedule = pd.DataFrame({"payer_id": ["N1"], "hcpcs": ["J2311"], "allowed_per_unit": [4.0]})
    row = only(*[paid()] * 3, open_denial(), fee_schedule=schedule)
    assert (row["expected_allowed"], row["expected_basis"]) == (1520.0, "fee schedule, per unit")
    other = {"payer_id": "S1", "payer": "South"}
    row = only(*[paid(**other)] * 3, open_denial())
    assert row["expected_basis"] == "same class of payer median per unit of 3 paid lines"
    row = only(paid(**other, payer_class="medicare"), open_denial())
    assert row["expected_basis"] == "all payers median per unit of 1 paid line"
    row = only(*[paid(760.0, hcpcs="J0570")] * 3, open_denial())
    assert (row["expected_allowed"], row["expected_basis"]) == (
        760.0,
        "payer's own allowed share of charges",
    )
    row = only(paid(950.0, hcpcs="J0570", **other), open_denial())
    assert (row["expected_allowed"], row["expected_basis"]) == (
        950.0,
        "overall allowed share of charges",
    )
    row = only(open_denial())
    assert (row["expected_allowed"], row["expected_basis"]) == (
        950.0,
        "assumed share of the charge",
    )


def test_old_rates_of_a_schedule_do_not_count() -> None:
    schedule = pd.DataFrame(
        {
            "payer_id": ["N1", "N1"],
            "hcpcs": ["J2311", "J2311"],
            "allowed_per_unit": [4.0, 2.0],
            "valid_from": ["2026-01-01", "2025-01-01"],
            "valid_to": [None, "2025-12-31"],
        }
    )
    assert only(open_denial(), fee_schedule=schedule)["expected_allowed"] == 1520.0


def test_expected_never_exceeds_the_charge_and_what_is_allowed_is_taken_off() -> None:
    assert only(*[paid(2500.0)] * 3, open_denial())["expected_allowed"] == 1900.0
    part = open_denial(allowed=600.0, first_allowed=600.0, denied_amount=900.0, open_amount=900.0)
    assert only(*[paid()] * 3, part)["denied_expected"] == 768.0


def test_the_part_written_off_or_owed_by_the_patient_is_not_refused_value() -> None:
    row = only(*[paid()] * 3, open_denial(open_amount=950.0))
    assert row["denied_expected"] == 684.0


def test_recoverable_is_the_expected_share_of_the_refused_value_never_of_the_charge() -> None:
    row = only(*[paid()] * 3, open_denial("2026-10-31"))
    assert row["recoverable_amount"] == round(
        row["denied_expected"] * row["recovery_probability"], 2
    )
    assert row["recovery_probability"] == pytest.approx(ASSUMED.prior_recovery, abs=0.005)
    assert (row["recoverable_low"], row["recoverable_high"]) == (0.0, row["denied_expected"])


@pytest.mark.parametrize("chance", [0.01, 0.2, 0.6, 0.95])
def test_without_history_the_chance_of_a_new_denial_is_the_assumed_one(chance: float) -> None:
    assumed = replace(ASSUMED, prior_recovery=chance)
    fresh, waiting = (
        value_denials(episodes(open_denial(on)), assumptions=assumed).iloc[0]
        for on in ("2026-10-31", "2026-10-01")
    )
    assert fresh["recovery_probability"] == pytest.approx(chance, abs=0.005)
    # Thirty days without an answer are the only thing known, and take a little away.
    assert 0.75 * chance < waiting["recovery_probability"] < fresh["recovery_probability"]


def test_a_prior_of_more_weight_is_surer() -> None:
    widths = []
    for strength in (1.0, 4.0, 100.0):
        assumed = replace(ASSUMED, prior_strength=strength)
        row = value_denials(episodes(open_denial("2026-10-31")), assumptions=assumed).iloc[0]
        assert row["recovery_probability"] == pytest.approx(0.4, abs=0.01)
        widths.append(row["probability_high"] - row["probability_low"])
    assert widths == sorted(widths, reverse=True)
    assert widths[1] > 0.5


def test_only_open_denials_are_valued() -> None:
    rows = [paid(), recovered(30), written_off(30), open_denial(state="partly_recovered")]
    assert value_denials(episodes(*rows), assumptions=ASSUMED)["state"].tolist() == [
        "partly_recovered"
    ]


def test_history_moves_the_chance_and_age_takes_it_down() -> None:
    wins = [recovered(d) for d in range(20, 80, 2)]
    losses = [written_off(d) for d in range(20, 80, 2)]
    good = only(*wins, open_denial())["recovery_probability"]
    bad = only(*losses, open_denial())["recovery_probability"]
    assert bad < 0.25 < 0.75 < good
    mixed = [*wins, *losses]
    young = only(*mixed, open_denial("2026-10-20"))["recovery_probability"]
    old = only(*mixed, open_denial("2026-05-01"))["recovery_probability"]
    assert old < 0.4 < young < 0.6
    # The longer others lie as long without an answer, the less is left of it.
    left_lying = [open_denial("2026-05-01")] * 20
    lying = value_denials(episodes(*mixed, *left_lying), assumptions=ASSUMED)
    assert lying["recovery_probability"].max() < min(0.12, 0.5 * old)


def test_a_cell_with_its_own_history_speaks_for_itself_and_a_new_one_borrows() -> None:
    wins = [recovered(d, cause="units") for d in range(20, 80)]
    losses = [written_off(d) for d in range(20, 80)]
    rows = episodes(
        *wins, *losses, open_denial(cause="units"), open_denial(), open_denial(cause="ndc")
    )
    found = value_denials(rows, assumptions=ASSUMED).set_index("cause")["recovery_probability"]
    assert found["units"] > found["ndc"] > found["prior_authorization"]


def test_open_denials_are_not_failures() -> None:
    wins = [recovered(d) for d in range(20, 80, 4)]
    waiting = [open_denial("2026-10-25")] * 200
    rows = episodes(*wins, *waiting)
    assert value_denials(rows, assumptions=ASSUMED)["recovery_probability"].iloc[0] > 0.5


def test_edge_cases_have_sensible_chances() -> None:
    for history in (
        [],
        [recovered(30)],
        [written_off(30)],
        [recovered(30)] * 50,
        [written_off(9)] * 50,
    ):
        row = only(*history, open_denial())
        assert (
            0 < row["probability_low"] < row["recovery_probability"] < row["probability_high"] < 1
        )


def test_deadlines_are_planning_values_until_a_contract_says_otherwise() -> None:
    row = only(open_denial(action="appeal_with_records"))
    assert row["deadline_kind"] == "appeal (planning value, unconfirmed)"
    assert row["deadline"] == pd.Timestamp("2026-10-01") + pd.Timedelta(days=180 - 5)
    assert row["days_left"] == 145
    contract = Assumptions(as_of=AS_OF, window_overrides=(WindowOverride("N1", 90, 60, 30, None),))
    rows = episodes(open_denial(action="appeal_with_records"), open_denial(action="investigate"))
    found = value_denials(rows, assumptions=contract).set_index("deadline_kind")
    assert found.loc["appeal (contract)", "days_left"] == -5
    assert found.loc["corrected claim (contract)", "deadline"] == pd.Timestamp("2026-09-25")


def test_a_passed_window_warns_in_the_action_and_takes_no_dollar_away() -> None:
    row = only(*[paid()] * 3, open_denial(service_from="2025-01-01", action="correct_and_resubmit"))
    assert row["action"] == (
        "Appeal with the medical record; the window for corrected claims has passed, "
        "check the contract."
    )
    assert row["recoverable_amount"] > 0


def test_the_order_of_work_is_by_net_value() -> None:
    rows = episodes(*[paid()] * 3, open_denial(), open_denial(units=760.0, charge=3800.0))
    found = value_denials(rows, assumptions=ASSUMED)
    assert found["rank"].tolist() == [1, 2]
    assert found["net_value"].is_monotonic_decreasing


def many(number: int = 60) -> pd.DataFrame:
    causes = ["units", "prior_authorization", "generic"]
    rows = [open_denial(cause=causes[n % 3], charge=1000.0 + n) for n in range(number)]
    wins = [recovered(20 + n) for n in range(30)]
    losses = [written_off(20 + n) for n in range(30)]
    return value_denials(episodes(*wins, *losses, *rows), assumptions=ASSUMED)


def test_sums_tie_to_the_rows_and_ranges_hold_the_expected_sum() -> None:
    rows = many()
    cells = recoverable_by(rows)
    total = recoverable_by(rows, by=[]).iloc[0]
    assert round(cells["recoverable_amount"].sum(), 2) == total["recoverable_amount"]
    assert total["episodes"] == 60
    assert total["recoverable_low"] < total["recoverable_amount"] < total["recoverable_high"]
    assert total["recoverable_low"] >= cells["recoverable_low"].sum()
    assert total["recoverable_high"] < cells["recoverable_high"].sum()


def test_ranges_do_not_depend_on_the_order_of_rows() -> None:
    rows = many()
    shuffled = rows.sample(frac=1, random_state=3)
    pd.testing.assert_frame_equal(recoverable_by(rows), recoverable_by(shuffled))


def test_grouping_by_a_column_that_is_not_there_lists_those_that_are() -> None:
    with pytest.raises(ValueError, match=r"no column \['provider'\] to group by; choose from"):
        recoverable_by(many(), by=["provider"])


def test_simulated_and_normal_ranges_agree_on_large_sums() -> None:
    rows = pd.concat([many()] * 33, ignore_index=True).assign(episode=lambda f: range(len(f)))
    drawn = predictive_range(rows, ASSUMED)
    repeated = pd.concat([rows] * 2, ignore_index=True).assign(episode=lambda f: range(len(f)))
    normal = predictive_range(repeated.assign(amount_if_won=repeated["amount_if_won"] / 2), ASSUMED)
    assert np.allclose(drawn, normal, rtol=0.05)


@given(st.floats(0.02, 0.98), st.integers(1, 40))
def test_a_range_covers_about_what_it_says(chance: float, number: int) -> None:
    certain = dict.fromkeys(["spread_all", "spread_payer", "spread_cause", "spread_cell"], 0.0)
    rows = pd.DataFrame({"claim_id": [f"C{n}" for n in range(number)]}).assign(
        payer="North", payer_id="N1", cause="units", cell="N1 | units", hcpcs="J2311",
        amount_if_won=100.0, amount_spread=0.0, chance_logit=special.logit(chance), **certain,
    )  # fmt: skip
    low, high = predictive_range(rows, ASSUMED)
    law = stats.binom(number, chance)
    assert law.cdf(high / 100) - law.cdf(low / 100 - 1) >= 0.88


def test_chances_for_nothing_are_nothing() -> None:
    none = episodes(paid()).iloc[:0]
    assert recovery_chances(none, none, pd.Timestamp(AS_OF)).empty
    assert value_denials(none).empty


def test_another_payers_price_is_not_the_first_payers_history() -> None:
    elsewhere = recovered(30, recovered_from="South", allowed=10.0, recovered_amount=10.0)
    row = only(*[elsewhere] * 4, open_denial())
    assert row["expected_basis"] == "assumed share of the charge"


def test_a_spreadsheet_without_a_payer_is_valued() -> None:
    nobody = {"payer": None, "payer_id": None, "payer_class": None}
    assert only(recovered(30, **nobody), open_denial(**nobody))["recoverable_amount"] > 0
