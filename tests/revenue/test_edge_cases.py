"""What is little, one-sided or new has a sensible answer: chances, amounts and ends."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from j2311_analytics import Assumptions, cumulative_incidence, recoverable_by, value_denials
from j2311_analytics.assumptions import WindowOverride
from j2311_analytics.revenue.fees import read_fee_schedule
from j2311_analytics.revenue.spells import spells
from j2311_analytics.tables import conform

AS_OF = date(2026, 10, 31)
ASSUMED = Assumptions(as_of=AS_OF)
PRIOR = ASSUMED.prior_recovery
HEAD = "payer_id,hcpcs,allowed_per_unit,percent_of_charge,percent_of_asp,asp_per_unit,valid_from\n"


def service(state: str, denied: str, end: str | None = None, **more: object) -> dict[str, object]:
    """A service of $1,900 refused on a day, and what became of it."""
    open_now = state == "open"
    came = 1368.0 if state == "recovered" else 0.0
    return {
        "payer": "North", "payer_id": "N1", "payer_class": "commercial", "hcpcs": "J2311",
        "units": 380.0, "charge": 1900.0, "service_from": "2026-01-02", "cause": "units",
        "origin": "initial", "action": "correct_and_resubmit", "submissions": 1,
        "rejections": 0, "focus": True, "state": state, "first_denied_on": denied,
        "denied_on": denied, "last_activity_on": end or denied, "resolved_on": end,
        "allowed": came, "recovered_amount": came, "initial_denied_amount": 1900.0,
        "denied_amount": 1900.0 * open_now, "open_amount": 1900.0 * open_now, **more,
    }  # fmt: skip


def table(*rows: dict[str, object]) -> pd.DataFrame:
    found = pd.DataFrame(rows)
    return conform(found.assign(episode=range(1, len(found) + 1)), "episodes")


def new(**more: object) -> dict[str, object]:
    return service("open", "2026-10-31", **more)


def valued(*rows: dict[str, object], assumptions: Assumptions = ASSUMED) -> pd.Series:
    """The last of the services, valued with the others as history."""
    found = value_denials(table(*rows), assumptions=assumptions)
    return found.set_index("episode").loc[len(rows)]


WON = [service("recovered", "2026-03-01", f"2026-04-{day:02}") for day in range(1, 31)]
LOST = [service("written_off", "2026-03-01", f"2026-04-{day:02}") for day in range(1, 31)]


def test_no_history_at_all_is_the_assumption_wide_and_labelled() -> None:
    row = valued(new())
    assert row["chance_basis"] == "assumed: no refusal has ended yet"
    assert row["recovery_probability"] == pytest.approx(PRIOR, abs=0.005)
    assert row["probability_low"] < 0.1 < 0.75 < row["probability_high"]
    assert (row["recoverable_low"], row["recoverable_high"]) == (0.0, row["denied_expected"])


@pytest.mark.parametrize(("outcome", "higher"), [(WON[14], True), (LOST[14], False)])
def test_one_outcome_moves_the_chance_its_way_but_not_far(
    outcome: dict[str, object], higher: bool
) -> None:
    row = valued(outcome, new())
    assert row["chance_basis"] == "1 refusal of this payer and cause that ended"
    assert (row["recovery_probability"] > PRIOR) == higher
    assert abs(row["recovery_probability"] - PRIOR) < 0.25
    assert row["probability_high"] - row["probability_low"] > 0.4


def test_all_recovered_is_nearly_sure_and_never_certain() -> None:
    row = valued(*WON, new())
    assert 0.85 < row["recovery_probability"] < 1
    assert row["probability_high"] < 1
    assert 0 < row["days_to_cash"] < 90


def test_none_recovered_is_unlikely_and_never_impossible() -> None:
    row = valued(*LOST, new())
    assert 0 < row["recovery_probability"] < 0.15
    assert row["probability_low"] > 0
    assert row["recoverable_low"] == 0


def test_a_payer_never_seen_borrows_from_its_cause_and_is_less_sure() -> None:
    stranger = {"payer": "South", "payer_id": "S1"}
    for history, higher in ((WON, True), (LOST, False)):
        known, unknown = valued(*history, new()), valued(*history, new(**stranger))
        assert unknown["chance_basis"] == ("0 refusals of this payer, 30 of this cause that ended")
        assert (unknown["recovery_probability"] > PRIOR) == higher
        width = [row["probability_high"] - row["probability_low"] for row in (known, unknown)]
        assert width[0] < width[1]
    other = valued(*WON, new(**stranger, cause="eligibility"))
    assert other["chance_basis"] == "30 refusals of other payers and causes that ended"
    assert PRIOR < other["recovery_probability"] < valued(*WON, new())["recovery_probability"]


def test_all_open_is_neither_lost_nor_as_good_as_new() -> None:
    waiting = [service("open", "2026-09-16")] * 50
    row = valued(*waiting, new())
    assert row["chance_basis"] == "assumed: no refusal has ended yet"
    # Fifty without an answer for 45 days say something of those days, little of later ones.
    assert 0.3 * PRIOR < row["recovery_probability"] < PRIOR


def test_zero_dollars_are_worth_zero() -> None:
    nothing = service("open", "2026-10-01", charge=0.0, denied_amount=0.0, open_amount=0.0)
    assert value_denials(table(nothing), assumptions=ASSUMED).empty
    # What is allowed already can reach what is expected: nothing more will come.
    whole = service("open", "2026-10-01", allowed=1368.0, denied_amount=532.0, open_amount=532.0)
    found = value_denials(table(*WON, whole), assumptions=ASSUMED)
    assert found["denied_expected"].tolist() == found["recoverable_amount"].tolist() == [0.0]
    total = recoverable_by(found, by=[], assumptions=ASSUMED).iloc[0]
    assert (total["recoverable_low"], total["recoverable_high"]) == (0.0, 0.0)


def test_the_verdict_counts_once_history_has_verdicts() -> None:
    without = [*WON, *LOST]
    plain, judged = valued(*without, new()), valued(*without, new(verdict="contradicted"))
    assert judged["recovery_probability"] == pytest.approx(plain["recovery_probability"], abs=0.03)
    won = [{**row, "verdict": "contradicted"} for row in WON]
    lost = [{**row, "verdict": "supported"} for row in LOST]
    chances = {
        verdict: valued(*won, *lost, new(verdict=verdict))["recovery_probability"]
        for verdict in ("contradicted", "supported")
    }
    assert chances["supported"] < 0.35 < 0.65 < chances["contradicted"]


CONTRACT = replace(ASSUMED, window_overrides=(WindowOverride("N1", 90, 60, 60, None),))


def test_a_denial_that_a_contract_ended_is_expired_among_the_ends() -> None:
    late = service("open", "2026-05-01", service_from="2026-04-01")
    worked = {**late, "submissions": 2}
    rows = table(late, worked, *WON[:2], LOST[0])
    past = spells(rows, pd.Timestamp(AS_OF), CONTRACT)
    assert sorted(past["event"]) == ["", "expired", "recovered", "recovered", "written_off"]
    # Sixty days from the service less five of mail end on 2026-05-26, a Tuesday.
    assert past.loc[past["event"] == "expired", "exit"].tolist() == [26.0]
    assert set(spells(rows, pd.Timestamp(AS_OF), ASSUMED)["event"]) == {
        "", "recovered", "written_off"
    }  # fmt: skip
    shares = cumulative_incidence(past.drop(columns="weight")).iloc[-1]
    assert shares["expired"] == pytest.approx(0.2)
    kinds = ["recovered", "written_off", "expired", "open"]
    assert shares[kinds].sum() == pytest.approx(1.0)


def test_an_expired_denial_counts_as_one_written_off_on_that_day() -> None:
    late = [service("open", "2026-05-01", service_from="2026-04-01")] * 30
    given_up = [service("written_off", "2026-05-01", "2026-05-27")] * 30
    fresh = new(service_from="2026-10-20")
    expired = valued(*WON, *late, fresh, assumptions=CONTRACT)
    written_off = valued(*WON, *given_up, fresh, assumptions=CONTRACT)
    assert expired["state"] == "open"
    for name in ("recovery_probability", "probability_low", "probability_high", "days_to_cash"):
        assert expired[name] == pytest.approx(written_off[name], abs=1e-9)
    assert expired["recovery_probability"] < valued(*WON, fresh)["recovery_probability"] - 0.1


def test_a_percent_of_asp_prices_by_the_users_own_asp(tmp_path: Path) -> None:
    path = tmp_path / "fee_schedule.csv"
    path.write_text(HEAD + "N1,j2311,,,106,3.5,2026-01-01\n")
    found = value_denials(
        table(*WON, new()), assumptions=ASSUMED, fee_schedule=read_fee_schedule(path)
    ).iloc[0]
    assert found["expected_basis"] == "fee schedule, percent of ASP"
    assert found["expected_allowed"] == round(1.06 * 3.5 * 380, 2)
    assert found["amount_spread"] == 0.0


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("N1,,4.25,,,,", "give a payer_id and a hcpcs"),
        (",J2311,4.25,,,,", "give a payer_id and a hcpcs"),
        ("N1,J2311,,,,,", "give one of allowed_per_unit, percent_of_charge, percent_of_asp"),
        ("N1,J2311,4.25,60,,,", "give one of allowed_per_unit, percent_of_charge, percent_of_asp"),
        ("N1,J2311,,,106,,", "percent_of_asp needs asp_per_unit"),
        ("N1,J2311,,,x,3.5,", "percent_of_asp must be a number, such as 80"),
        ("N1,J2311,-1,,,,", "allowed_per_unit must be a number, such as 4.25"),
        ("N1,J2311,4.25,,,,01/02/2026", "valid_from must be a date, such as 2026-01-01"),
    ],
)
def test_a_row_of_a_schedule_that_cannot_be_read_is_named(
    tmp_path: Path, row: str, message: str
) -> None:
    path = tmp_path / "fee_schedule.csv"
    path.write_text(HEAD + "N1,J2311,4.25,,,,\n" + row + "\n")
    with pytest.raises(ValueError, match=rf"^fee_schedule\.csv, row 3: {message}$"):
        read_fee_schedule(path)


def test_a_schedule_whose_columns_are_not_known_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "fee_schedule.csv"
    path.write_text("payer_id,hcpcs\nN1,J2311\n")
    with pytest.raises(ValueError, match=r"^fee_schedule\.csv needs the columns payer_id, hcpcs"):
        read_fee_schedule(path)
    path.write_text("payer_id,hcpcs,allowed_per_unit,price\nN1,J2311,4,5\n")
    with pytest.raises(
        ValueError, match=r"^fee_schedule\.csv has columns that are not used: price$"
    ):
        read_fee_schedule(path)
    path.write_text(
        "payer_id,hcpcs,allowed_per_unit,valid_from,valid_to\nN1,J2311,4,2026-02-01,2026-01-01\n"
    )
    with pytest.raises(ValueError, match=r"row 2: valid_to lies before valid_from$"):
        read_fee_schedule(path)
