"""Worlds with planted mistakes and planted root causes: what is there is found, and no more."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from j2311_analytics import (
    plot_root_causes,
    read_835,
    read_claims,
    root_causes,
    rule_value,
    scrub_claims,
    suggest_policies,
)
from j2311_analytics.report.charts import alt_text
from j2311_analytics.sample.practice import Practice, Root, build_practice, write_practice

ROOT = Root("HBL60", "modifier", "facility_name", "SITE 2", lift=4)


@pytest.fixture(scope="module")
def spoiled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Practice, pd.DataFrame]:
    """A world in which a third of the claims has a mistake, and its claim lines."""
    practice = build_practice(claims=900, seed=2, mistake_percent=33)
    folder = tmp_path_factory.mktemp("spoiled")
    write_practice(practice, folder)
    claims = read_claims(folder / "claims.csv")
    return practice, scrub_claims(claims).merge(
        claims.lines[["claim_id"]].drop_duplicates(), on="claim_id"
    )


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("planted")
    write_practice(build_practice(claims=2400, seed=3, roots=(ROOT,)), folder)
    return folder


def test_planted_mistakes_are_found(spoiled: tuple[Practice, pd.DataFrame]) -> None:
    practice, findings = spoiled
    found = set(zip(findings["claim_id"], findings["rule"], strict=True))
    missed = [(claim, rule) for claim, _, rule in practice.truth if (claim, rule) not in found]
    assert len(practice.truth) > 200
    assert len(missed) <= 0.02 * len(practice.truth), missed


def test_clean_lines_have_no_errors(spoiled: tuple[Practice, pd.DataFrame]) -> None:
    practice, findings = spoiled
    wrong = {claim for claim, _, _ in practice.truth}
    clean = [row for row in practice.rows if row["claim_id"] not in wrong]
    errors = findings[(findings["severity"] == "error") & ~findings["claim_id"].isin(wrong)]
    assert errors["claim_row"].nunique() <= 0.01 * len(clean)


def test_a_planted_root_cause_is_found_and_drawn(planted: Path) -> None:
    claims, remittance = read_claims(planted / "claims.csv"), read_835(planted / "remits.835")
    found = root_causes(claims, remittance)
    first = found.iloc[0]
    assert (first["payer_id"], first["cause"], first["attribute"], first["value"]) == (
        "HBL60",
        "modifier",
        "location",
        "SITE 2",
    )
    assert first["rank"] == 1
    assert first["lift_low"] < 4 < first["lift_high"]
    assert first["excess_per_month"] > 0
    assert found["q_value"].max() <= 0.05
    ax = plot_root_causes(found)
    assert (
        ax.get_title(loc="left")
        .replace("\n", " ")
        .startswith("Fix first: location SITE 2 at HARBORLINE HEALTH PLAN, $")
    )
    assert "times" not in alt_text(ax)
    assert "× as often" in alt_text(ax)


def test_a_world_without_root_causes_shows_none(tmp_path: Path) -> None:
    write_practice(build_practice(claims=1200, seed=4), tmp_path)
    claims, remittance = read_claims(tmp_path / "claims.csv"), read_835(tmp_path / "remits.835")
    assert root_causes(claims, remittance).empty
    assert plot_root_causes(root_causes(claims, remittance)).get_title(loc="left") == (
        "No root cause stands out from chance"
    )


def test_a_rule_that_payers_mind_earns_its_keep_and_one_they_do_not_mind_does_not(
    tmp_path: Path,
) -> None:
    practice = build_practice(claims=900, seed=5, mistake_percent=60)
    denied = {(c, n): "modifier" for c, n, rule in practice.truth if rule == "modifier_25_on_drug"}
    practice.denied = denied
    write_practice(practice, tmp_path)
    claims, remittance = read_claims(tmp_path / "claims.csv"), read_835(tmp_path / "remits.835")
    worth = rule_value(claims, remittance).set_index("rule")
    minded = worth.loc["modifier_25_on_drug"]
    assert minded["flagged_lines"] == minded["flagged_denied"] == len(denied)
    assert minded["caught_amount"] == 1840.0 * len(denied)
    assert minded["false_alarm_rate"] == 0
    assert minded["other_denied"] == 0
    unminded = worth.loc["documentation_lot"]
    assert unminded["false_alarm_rate"] == 1
    assert unminded["caught_amount"] == 0
    assert set(worth.loc[worth["flagged_lines"] < 20, "verdict"]) == {"too few to tell"}
    assert unminded["flagged_lines"] < 20 or unminded["verdict"] == "does not earn its keep"


def test_a_requirement_that_answers_show_is_suggested_with_its_evidence(tmp_path: Path) -> None:
    practice = build_practice(claims=600, seed=6)
    drugs = [row for row in practice.rows if row["hcpcs"] == "J2315"]
    practice.denied = {}
    for number, row in enumerate(drugs):
        if number % 3 == 0 and row["payer_id"] == "HBL60":
            row["authorization"] = ""
            practice.denied[row["claim_id"], row["line_number"]] = "prior_authorization"
    write_practice(practice, tmp_path)
    claims, remittance = read_claims(tmp_path / "claims.csv"), read_835(tmp_path / "remits.835")
    found = suggest_policies(claims, remittance)
    assert found[["payer_id", "hcpcs", "requirement", "value"]].values.tolist() == [
        ["HBL60", "J2315", "authorization", "yes"]
    ]
    row = found.iloc[0]
    assert row["denied_lines"] == row["lines"] == len(practice.denied)
    assert row["draft"].startswith("HBL60,,J2315,authorization,yes,,,")
    told = pd.DataFrame([{"payer_id": "HBL60", "hcpcs": "J2315", "requirement": "authorization"}])
    assert suggest_policies(claims, remittance, policies=told).empty
