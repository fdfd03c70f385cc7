"""The close of a month: every dollar of the inventory accounted for, late files named."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from j2311_analytics import (
    Assumptions,
    Claims,
    Remittance,
    inventory,
    link_episodes,
    list_decisions,
    make_sample,
    read_835,
    read_claims,
    roll_forward,
)
from j2311_analytics.assumptions import WindowOverride
from j2311_analytics.tables import cents, conform, empty

SINCE, NOW = pd.Timestamp("2026-09-30"), pd.Timestamp("2026-10-31")
LESS = {"recovered", "written_off", "shifted", "expired"}
MONTHS = [date(2026, 7, 31), date(2026, 8, 31), date(2026, 9, 30), date(2026, 10, 31)]


def service(**more: object) -> dict[str, object]:
    return {
        "claim_id": "A",
        "line_control": "1",
        "hcpcs": "J2311",
        "service_from": "2026-07-01",
        "payer": "North",
        "payer_id": "N1",
        "cause": "units",
        "state": "open",
        "first_denied_on": "2026-08-05",
        "denied_on": "2026-08-05",
        "initial_denied_amount": 100.0,
        "denied_amount": 100.0,
        "open_amount": 100.0,
        "expired_amount": 0.0,
        "written_off_amount": 0.0,
        "shifted_amount": 0.0,
        "allowed": 0.0,
        "recovered_amount": 0.0,
        **more,
    }


def close_of(*rows: dict[str, object]) -> pd.DataFrame:
    return conform(pd.DataFrame(list(rows)), "inventory") if rows else empty("inventory")


def over(**more: object) -> dict[str, object]:
    return service(open_amount=0.0, denied_amount=0.0, **more)


CASES = {
    "nothing happened": (service(), service(), {}),
    "newly denied": (
        None,
        service(first_denied_on="2026-10-02", denied_on="2026-10-02"),
        {"newly_denied": 100},
    ),
    "paid": (
        service(),
        over(state="recovered", allowed=70.0, recovered_amount=70.0),
        {"recovered": 100},
    ),
    "partly paid": (
        service(),
        service(state="partly_recovered", denied_amount=40.0, open_amount=40.0, allowed=50.0),
        {"recovered": 60},
    ),
    "written off": (
        service(),
        service(state="written_off", open_amount=0.0, written_off_amount=100.0),
        {"written_off": 100},
    ),
    "owed by the patient": (
        service(),
        service(state="patient_responsibility", open_amount=0.0, shifted_amount=100.0),
        {"shifted": 100},
    ),
    "ended by the contract": (
        service(),
        service(state="expired", open_amount=0.0, expired_amount=100.0),
        {"expired": 100},
    ),
    "written off long after it expired": (
        service(state="expired", open_amount=0.0, expired_amount=100.0),
        service(state="written_off", open_amount=0.0, written_off_amount=100.0),
        {},
    ),
    "denied and written off in one month": (
        None,
        service(
            state="written_off", first_denied_on="2026-10-02", open_amount=0.0,
            written_off_amount=100.0,
        ),
        {"newly_denied": 100, "written_off": 100},
    ),
    "paid in September, taken back and denied in October": (
        over(state="paid", allowed=70.0, first_denied_on=None),
        service(first_denied_on="2026-10-02", denied_on="2026-10-02"),
        {"newly_denied": 100},
    ),
    "denied again for more": (
        service(),
        service(denied_amount=130.0, open_amount=130.0, denied_on="2026-10-09"),
        {"newly_denied": 30},
    ),
    "reversed and not decided again": (
        service(),
        over(state="reversed"),
        {"restated": -100},
    ),
    "denied no longer, and nothing allowed": (service(), over(state="paid"), {"restated": -100}),
    "a write-off withdrawn": (
        service(state="written_off", open_amount=0.0, written_off_amount=100.0),
        service(),
        {"restated": 100},
    ),
    "joined to another claim": (service(), None, {"restated": -100}),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_what_happened_to_a_service_is_the_step_it_is_in(case: str) -> None:
    before, after, expected = CASES[case]
    found = roll_forward(
        close_of(*([before] if before else [])),
        close_of(*([after] if after else [])),
        since=SINCE,
    )
    steps = found.steps.set_index("name")["amount"]
    flows = steps.drop(["opening", "closing"])
    signed = {name: -flows[name] if name in LESS else flows[name] for name in flows.index}
    assert {name: amount for name, amount in signed.items() if amount} == expected
    assert steps.drop("closing").sum() == steps["closing"]
    restated = found.movements.query("restated != 0")
    assert restated["reason"].notna().all()


@st.composite
def closes(draw: st.DrawFn) -> pd.DataFrame:
    """Any inventory at all, whether or not it could have come about."""
    amount = st.integers(0, 10_000).map(lambda cents: cents / 100)
    rows = []
    for number in range(draw(st.integers(0, 5))):
        parts = {
            name: draw(amount)
            for name in (
                "open_amount", "written_off_amount", "shifted_amount", "expired_amount",
                "allowed", "recovered_amount", "initial_denied_amount",
            )
        }  # fmt: skip
        on = draw(st.sampled_from(["2026-08-01", "2026-10-10", None]))
        state = draw(st.sampled_from(["open", "recovered", "written_off", "reversed"]))
        claim = draw(st.sampled_from(["A", "B", None])) if number % 2 else f"C{number}"
        rows.append(service(claim_id=claim, denied_on=on, first_denied_on=on, state=state, **parts))
    return close_of(*rows)


@given(closes(), closes(), closes())
@settings(max_examples=25)
def test_it_adds_up_to_the_cent_whatever_is_handed_in(
    reported: pd.DataFrame, opening: pd.DataFrame, closing: pd.DataFrame
) -> None:
    found = roll_forward(opening, closing, since=SINCE, reported=reported)
    steps = cents(found.steps.set_index("name")["amount"])
    assert steps.drop("closing").sum() == steps["closing"]
    assert steps["opening"] == cents(reported["open_amount"]).sum()
    assert steps["closing"] == cents(closing["open_amount"]).sum()
    rows = found.movements[[*steps.index]].apply(cents)
    signed = rows.assign(**{name: -rows[name] for name in LESS}).drop(columns="closing")
    assert (signed.sum(axis=1) == rows["closing"]).all()


def test_nothing_at_all_is_a_close_too() -> None:
    found = roll_forward(empty("inventory"), empty("inventory"), since=SINCE)
    assert found.movements.empty
    assert (found.steps["amount"] == 0).all()
    assert inventory(empty("episodes")).empty


World = tuple[Path, Remittance, Claims]


@pytest.fixture(scope="module", params=[31])
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = make_sample(
        tmp_path_factory.mktemp("world") / "sample", months=8, claims=160, seed=request.param
    )
    return folder, read_835(folder / "835"), read_claims(folder / "claims.csv")


def closed(era: Remittance, export: Claims, day: date, **more: object) -> pd.DataFrame:
    assumed = Assumptions(as_of=day, **more)  # type: ignore[arg-type]
    return inventory(link_episodes(era, export, assumptions=assumed), assumptions=assumed)


def test_month_after_month_each_opening_is_the_closing_before(world: World) -> None:
    folder, era, export = world
    contract = (WindowOverride("HBL60", 60, 60, 30, None),)
    inventories = [closed(era, export, day, window_overrides=contract) for day in MONTHS]
    for opening, closing, day in zip(inventories[:-1], inventories[1:], MONTHS[:-1], strict=True):
        found = roll_forward(opening, closing, since=pd.Timestamp(day))
        steps = cents(found.steps.set_index("name")["amount"])
        assert steps.drop("closing").sum() == steps["closing"]
        assert steps["opening"] == cents(opening["open_amount"]).sum()
        assert steps["closing"] == cents(closing["open_amount"]).sum()
        arrived = closing[closing["first_denied_on"] > pd.Timestamp(day)]
        assert steps["newly_denied"] >= cents(arrived["initial_denied_amount"]).sum()
        assert steps["recovered"] <= 0
        # Only what is taken back, held or withdrawn is restated where no file came late.
        assert found.movements.query("restated != 0")["reason"].notna().all()
    truth = pd.read_csv(folder / "truth" / "episodes.csv")
    still_open = cents(truth["denied_amount"] - truth["written_off_amount"]) - cents(
        truth["shifted_amount"]
    )
    last = inventories[-1]
    known = cents(last["open_amount"]).sum() + cents(last["expired_amount"]).sum()
    assert known == still_open.sum()
    assert sum(cents(part["expired_amount"]).sum() for part in inventories) > 0


def test_files_that_come_late_are_restated_and_named(world: World, tmp_path: Path) -> None:
    folder, era, export = world
    names = sorted(item.name for item in (folder / "835").iterdir())
    late = set(np.random.default_rng(5).choice(names, len(names) // 6, replace=False))
    early = tmp_path / "early"
    shutil.copytree(folder / "835", early, ignore=lambda _, files: late & set(files))
    reported = closed(read_835(early), export, MONTHS[-2])
    opening, closing = closed(era, export, MONTHS[-2]), closed(era, export, MONTHS[-1])
    decisions = list_decisions(era, export, assumptions=Assumptions(as_of=MONTHS[-1]))
    found = roll_forward(
        opening,
        closing,
        since=SINCE,
        reported=reported,
        decisions=decisions,
        late_files=frozenset(late),
    )
    steps = cents(found.steps.set_index("name")["amount"])
    assert steps.drop("closing").sum() == steps["closing"]
    assert steps["opening"] == cents(reported["open_amount"]).sum()
    on_time = roll_forward(opening, closing, since=SINCE)
    without = cents(on_time.steps.set_index("name")["amount"])
    gap = cents(opening["open_amount"]).sum() - cents(reported["open_amount"]).sum()
    assert steps["restated"] - without["restated"] == gap != 0
    restated = found.movements[found.movements["reason"].astype("str").str.startswith("decided be")]
    assert len(restated) > 0
    assert set(restated["file"].str.split("; ").explode()) <= late
    unexplained = found.movements["reason"].astype("str").str.startswith("the claim export")
    assert not unexplained.any()
