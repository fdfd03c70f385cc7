"""The whole analysis against worlds whose truth is known: to the cent."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from j2311_analytics import (
    Assumptions,
    analyse_month,
    balance,
    find_denials,
    link_episodes,
    make_sample,
    read_835,
    read_claims,
)

MONEY = [
    "charge",
    "initial_denied_amount",
    "denied_amount",
    "open_amount",
    "written_off_amount",
    "shifted_amount",
    "allowed",
    "paid",
    "patient_share",
    "recovered_amount",
]
ASSUMED = Assumptions(as_of=date(2026, 10, 31))
COMMITTED = Path(__file__).resolve().parent.parent / "data" / "sample"


@pytest.fixture(scope="module", params=["committed", 5, 6, "hard"])
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    if request.param == "committed":
        return COMMITTED
    folder = tmp_path_factory.mktemp("world") / "sample"
    hard = request.param == "hard"
    return make_sample(folder, claims=500, seed=21 if hard else request.param, hard=hard)


def truth(world: Path, name: str) -> pd.DataFrame:
    table = pd.read_csv(world / "truth" / f"{name}.csv", dtype="str")
    money = [column for column in table.columns if column in MONEY]
    return table.assign(**{column: table[column].astype("float64") for column in money})


def test_every_file_balances_and_nothing_is_odd(world: Path) -> None:
    era = read_835(world / "835")
    assert (balance(era)["difference_cents"] == 0).all()
    assert era.issues.empty


def test_denied_dollars_by_payer_and_cause_equal_the_truth_to_the_cent(world: Path) -> None:
    era, export = read_835(world / "835"), read_claims(world / "claims.csv")
    analysis = analyse_month(era, export, month="2026-10")
    keys = ["payer_id", "payer", "cause"]
    known = truth(world, "by_payer_and_cause").set_index(keys)[["denied_amount", "open_amount"]]
    found = analysis.by_cell.set_index(keys)[["denied_amount", "open_amount"]]
    pd.testing.assert_frame_equal(found.sort_index(), known.sort_index(), check_index_type=False)
    totals = pd.read_csv(world / "truth" / "totals.csv").iloc[0]
    for name, value in analysis.metrics["totals"].items():
        if name in totals:
            assert value == totals[name], name


def test_every_episode_equals_the_truth(world: Path) -> None:
    era, export = read_835(world / "835"), read_claims(world / "claims.csv")
    found = link_episodes(era, export, assumptions=ASSUMED)
    known = truth(world, "episodes")
    keys = ["claim_id", "line_control", "hcpcs"]
    names = ["payer_id", "first_cause", "cause", "state", "origin", "recovered_from", *MONEY]
    both = known[[*keys, *names]].merge(found[[*keys, *names]], on=keys, suffixes=("_true", ""))
    assert len(both) == len(known) == len(found)
    for name in names:
        left, right = both[name], both[f"{name}_true"]
        same = (left == right) | (left.isna() & right.isna())
        assert same.all(), (name, both.loc[~same, [*keys, name, f"{name}_true"]].head())


def test_every_denial_ever_made_equals_the_truth(world: Path) -> None:
    found = find_denials(
        read_835(world / "835"), read_claims(world / "claims.csv"), assumptions=ASSUMED
    )
    known = truth(world, "denials")
    names = ["file", "claim_id", "cause", "carc", "extent", "origin", "denied_amount", "stands"]
    left = found.assign(stands=found["stands"].map({True: "1", False: "0"}))[names]
    right = known[names]
    order = [name for name in names if name != "denied_amount"] + ["denied_amount"]
    pd.testing.assert_frame_equal(
        left.sort_values(order).reset_index(drop=True),
        right.sort_values(order).reset_index(drop=True),
    )


def test_the_workbook_export_gives_the_same_lines(world: Path) -> None:
    csv, xlsx = read_claims(world / "claims.csv"), read_claims(world / "claims.xlsx")
    pd.testing.assert_frame_equal(csv.lines, xlsx.lines)
