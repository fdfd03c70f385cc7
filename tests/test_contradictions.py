"""Planted contradictions: the verdict that is true of each, by the way it was planted."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from j2311_analytics import (
    Assumptions,
    code_identity,
    find_denials,
    make_sample,
    read_277,
    read_835,
    read_claims,
    read_settings,
    weigh_evidence,
)
from j2311_analytics.sample.contradictions import CASES

# One denial of each case: the world plants one for every twenty claims.
CLAIMS = 20 * len(CASES)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("contradictions") / "sample"
    return make_sample(folder, claims=CLAIMS, seed=77, contradictions=True)


@pytest.fixture(scope="module")
def weighed(world: Path) -> pd.DataFrame:
    era, sent = read_835(world / "835"), read_claims(world / "claims.csv")
    windows = read_settings(world / "settings").assumptions.window_overrides
    assumed = Assumptions(as_of=date(2026, 10, 31), window_overrides=windows)
    denials = find_denials(era, sent, assumptions=assumed)
    evidence = weigh_evidence(
        denials,
        sent,
        remittance=era,
        acknowledgements=read_277(world / "277"),
        assumptions=assumed,
    )
    return denials.merge(evidence, on="denial")


@pytest.fixture(scope="module")
def judged(world: Path, weighed: pd.DataFrame) -> pd.DataFrame:
    truth = pd.read_csv(world / "truth" / "evidence.csv", dtype="str")
    truth["denied_on"] = pd.to_datetime(truth["denied_on"]).astype("datetime64[us]")
    keys = ["claim_id", "hcpcs", "denied_on"]
    both = truth.merge(weighed, on=keys, how="left", suffixes=("_true", ""))
    assert len(both) == len(truth) == len(CASES)
    return both


def test_the_cause_of_every_planted_denial_is_right(judged: pd.DataFrame) -> None:
    assert judged["cause"].equals(judged["cause_true"])


@pytest.mark.parametrize("case", [case.name for case in CASES])
def test_the_verdict_is_what_is_true_of_the_case(case: str, judged: pd.DataFrame) -> None:
    row = judged.set_index("case").loc[case]
    assert row["verdict"] == row["verdict_true"], row["facts"]


def test_no_appeal_where_the_payer_was_right(judged: pd.DataFrame) -> None:
    right = judged[judged["verdict_true"] == "payer_is_right"]
    assert len(right) > 10
    assert not (right["verdict"] == "supports_appeal").any()


def test_a_naltrexone_kit_under_j2311_is_never_appealed(weighed: pd.DataFrame) -> None:
    focus = weighed[weighed["focus"]]
    assert len(focus) > 100
    assert focus["finding"].str.contains("speaks for J2315 instead of J2311").all()
    assert not (focus["verdict"] == "supports_appeal").any()


def test_identity_is_found_on_paid_lines_too(world: Path) -> None:
    sent = read_claims(world / "claims.csv")
    found = code_identity(sent)
    kits = sent.lines["hcpcs"].eq("J2311") & sent.lines["ndc"].eq("65757030001")
    other = found[found["finding"] == "likely_other_code"]
    assert set(other.loc[other["likely_code"] == "J2315", "claim_row"]) == set(kits.index[kits])


def test_planting_changes_nothing_else(world: Path, tmp_path: Path) -> None:
    plain = make_sample(tmp_path / "plain", claims=CLAIMS, seed=77)
    for name in ("by_payer_and_cause", "totals"):
        text = (plain / "truth" / f"{name}.csv").read_text()
        assert (world / "truth" / f"{name}.csv").read_text() == text
    before = set((plain / "claims.csv").read_text().splitlines()[1:])
    after = {line.rsplit(",", 7)[0] for line in (world / "claims.csv").read_text().splitlines()[1:]}
    assert before <= after
