"""A month from a claim export alone: its own denials count, and nothing is balanced."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from j2311_analytics import (
    Claims,
    analyse_month,
    find_denials,
    list_decisions,
    make_sample,
    read_835,
    read_claims,
    run_month,
)
from j2311_analytics.cli import main

SHEET = pd.DataFrame(
    {
        "Claim ID": ["A", "A", "B", "C"],
        "Payer": ["NORTH", "NORTH", "NORTH", "SOUTH"],
        "CPT": ["J2311"] * 4,
        "DOS": ["08/20/2026", "08/20/2026", "09/01/2026", "09/20/2026"],
        "Billed": [100.0, 100.0, 100.0, 80.0],
        "Allowed": [0.0, 70.0, 0.0, 0.0],
        "Paid": [0.0, 60.0, 0.0, 0.0],
        "Patient Responsibility": [0.0, 10.0, 0.0, 0.0],
        "Denied Amount": [100.0, None, 100.0, 80.0],
        "Group Code": ["CO", None, "CO", "CO"],
        "CARC": ["197", None, "29", "16"],
        "Remit Date": ["09/10/2026", "10/12/2026", "09/25/2026", "10/20/2026"],
    }
)


def test_the_exports_own_denials_make_the_month() -> None:
    analysis = analyse_month(None, read_claims(SHEET), month="2026-10")
    totals = analysis.metrics["totals"]
    # A was denied and then paid; B and C are open.
    assert (totals["lines"], totals["denied_lines"]) == (3, 3)
    assert (totals["denied_amount"], totals["open_amount"]) == (180, 180)
    assert totals["recovered_amount"] == 70
    causes = [row["cause"] for row in analysis.metrics["by_payer_and_cause"]]
    assert sorted(causes) == ["generic", "timely_filing"]
    assert analysis.metrics["this_month"]["totals"]["initial_denied_amount"] == 80
    assert analysis.payers["payer"].tolist() == ["NORTH", "SOUTH"]
    steps = analysis.metrics["close"]
    assert (steps["opening"], steps["newly_denied"], steps["recovered"]) == (200, 80, -100)
    assert steps["closing"] == 180


def test_last_months_forecast_is_made_from_the_export_too() -> None:
    last = analyse_month(None, read_claims(SHEET), month="2026-10").last
    assert last.missing == ""
    assert last.total[["episodes", "realised_amount"]].values.tolist() == [[2, 70.0]]
    first = analyse_month(None, read_claims(SHEET), month="2026-09").last
    assert first.missing == "no decision is dated before the month"


def test_what_needs_remittances_is_blank_and_the_page_says_so(tmp_path: Path) -> None:
    source = tmp_path / "denials.csv"
    SHEET.to_csv(source, index=False)
    out = tmp_path / "runs"
    run = run_month(claims=source, month="2026-10", out=out, notebook=False)
    assert run.note == (
        "Made from the claim export alone: no remittance was read. Denials are those that the "
        "export itself carries, there is nothing to balance, and measures that need remittances "
        "are blank."
    )
    page = run.report.read_text("utf-8")
    assert "No remittance was read: there is nothing to balance." in page
    assert "from the claim export alone" in page
    metrics = json.loads((run.folder / "metrics.json").read_text("utf-8"))
    assert metrics["kpis"]["primary_denial_rate"] is None
    assert metrics["kpis"]["initial_denial_rate_lines"] is None
    assert metrics["reconciliation"]["files"] == 0
    assert (run.folder / "report.xlsx").exists()


def test_the_command_asks_for_one_of_the_two(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", "--month", "2026-10", "--out", str(tmp_path)]) == 2
    told = "j2311: give remittances (--remits), a claim export (--claims), or both\n"
    assert capsys.readouterr().err == told


def test_an_export_without_a_date_of_decision_cannot_be_cut_off() -> None:
    with pytest.raises(ValueError, match=r"nor a claim export alone a date of decision"):
        analyse_month(None, read_claims(SHEET.drop(columns="Remit Date")), month="2026-10")


def as_export(world: Path) -> tuple[Claims, float]:
    """A world's decisions as one spreadsheet, and what is denied by its remittances."""
    era, claims = read_835(world / "835"), read_claims(world / "claims.csv")
    keys = ["claim_id", "line_control", "hcpcs", "decided_on"]
    denials = find_denials(era, claims).rename(columns={"denied_on": "decided_on"})
    reasons = denials[[*keys, "group_code", "carc", "rarc"]].drop_duplicates(keys)
    decided = list_decisions(era, claims)
    decided = decided[~decided["reversal"]].merge(reasons, on=keys, how="left")
    sheet = decided.rename(columns={"payer": "payer_name", "decided_on": "remit_date"})
    denied = sheet["denied_amount"].where(sheet["denied_amount"] > 0)
    names = ["claim_id", "line_control", "payer_name", "hcpcs", "service_from", "charge"]
    names += ["allowed", "paid", "denied_amount", "group_code", "carc", "rarc", "remit_date"]
    total = analyse_month(era, claims, month="2026-10").metrics["totals"]["denied_amount"]
    return read_claims(sheet.assign(denied_amount=denied)[names]), total


def test_the_same_decisions_as_a_spreadsheet_deny_the_same_dollars(tmp_path: Path) -> None:
    world = make_sample(tmp_path / "w", months=6, claims=150, seed=12)
    export, total = as_export(world)
    own = analyse_month(None, export, month="2026-10").metrics["totals"]["denied_amount"]
    assert own == total > 0
