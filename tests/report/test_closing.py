"""The close in the report: it ties to the headline, and hands on to the next month."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from small_files import claim, interchange, line, remittance

from j2311_analytics import Assumptions, analyse_month, read_835, run_month
from j2311_analytics.report.closing import BESIDE, previous_close
from j2311_analytics.report.settings import read_settings
from j2311_analytics.revenue.asides import (
    credit_balances,
    drug_cost_at_risk,
    repayment_exposure,
    takebacks,
    underpayments,
)
from j2311_analytics.tables import cents, columns, conform


def refused(claim_id: str, day: str, *more: str, **head: str) -> bytes:
    segments = claim(claim_id, *line(cas=["CO*197*100"]), member=f"PHIID{claim_id}")
    return interchange(remittance(*segments, *more, date=day, **head))


def test_a_close_hands_on_and_the_next_says_which_file_came_late(tmp_path: Path) -> None:
    remits, out = tmp_path / "remits", tmp_path / "runs"
    remits.mkdir()
    (remits / "september.835").write_bytes(refused("A", "20260915"))

    def close(month: str) -> dict[str, float]:
        run = run_month(remits, month=month, out=out, notebook=False)
        figures = json.loads((run.folder / "metrics.json").read_text("utf-8"))["close"]
        assert isinstance(figures, dict)
        return figures

    assert previous_close(out, "2026-10") is None
    first = close("2026-09")
    assert (first["opening"], first["newly_denied"], first["closing"]) == (0, 100, 100)
    (remits / "late.835").write_bytes(refused("B", "20260920", trace="T2"))
    (remits / "october.835").write_bytes(refused("C", "20261006", trace="T3"))
    second = close("2026-10")
    steps = [second[name] for name in ("opening", "newly_denied", "restated", "closing")]
    assert steps == [100, 100, 100, 300]
    book = openpyxl.load_workbook(out / "2026-10" / "001" / "report.xlsx")
    rows = [row for row in book["Movements"].values if row[0] == "B"]
    assert rows[0][-2:] == (
        "decided before the last close, in a file that came after it",
        "late.835",
    )
    handed = previous_close(out, "2026-11")
    assert handed is not None
    assert handed.inventory["claim_id"].tolist() == ["A", "B", "C"]
    assert list(handed.inventory.columns) == columns("inventory")


def test_another_code_is_not_compared_with() -> None:
    analysis = analyse_month(read_835(refused("A", "20261005")), month="2026-10")
    assert analysis.close.compared.startswith("No earlier close was found")
    assert set(analysis.close.beside) == set(BESIDE)
    steps = analysis.close.steps.set_index("name")["amount"]
    assert steps["closing"] == analysis.metrics["totals"]["open_amount"]
    assert analysis.close.ageing[["age_band", "open_amount"]].values.tolist() == [["0–30", 100.0]]
    reserve = analysis.close.reserve.iloc[-1]
    left = reserve["denied_expected"] - reserve["recoverable_amount"]
    assert reserve["reserve_amount"] == pytest.approx(left)
    assert reserve["reserve_low"] <= reserve["reserve_amount"] <= reserve["reserve_high"]


def paid(**more: object) -> pd.DataFrame:
    row = {
        "episode": 1,
        "claim_id": "A",
        "payer": "North",
        "payer_id": "N1",
        "hcpcs": "J2311",
        "focus": True,
        "units": 10.0,
        "charge": 100.0,
        "service_from": "2026-07-01",
        "state": "paid",
        "contract_allowed": 40.0,
        "denied_amount": 0.0,
        "paid": 40.0,
        "submissions": 1,
        "rejections": 0,
        **more,
    }
    return conform(pd.DataFrame([row]), "episodes")


RATES = pd.DataFrame({"payer_id": ["N1"], "hcpcs": ["J2311"], "allowed_per_unit": [5.0]})


@pytest.mark.parametrize(
    ("episodes", "expected"),
    [
        (paid(), [10.0]),
        (paid(contract_allowed=50.0), []),
        (paid(contract_allowed=49.5), []),
        (paid(denied_amount=6.0), [4.0]),
        (paid(payer_id="S1"), []),
        (paid(charge=45.0), [5.0]),
        (paid(recovered_from="South"), []),
    ],
)
def test_underpaid_is_what_the_schedule_allows_beyond_what_was_allowed_or_denied(
    episodes: pd.DataFrame, expected: list[float]
) -> None:
    assert underpayments(episodes, RATES)["underpaid_amount"].tolist() == expected
    assert underpayments(episodes, None).empty


def test_takebacks_name_their_claim() -> None:
    plb = ["PLB*1999999984*20261231*WO:ICNA*25*L6:X*-1", "PLB*1999999984*20261231*72:ELSE 9*5"]
    part = claim("A", *line(paid="60", cas=["CO*45*40"]), paid="60")
    era = read_835(interchange(remittance(*part, paid="31", plb=plb)))
    found = takebacks(era, assumptions=Assumptions())
    assert found[["reason", "amount"]].values.tolist() == [["WO", 25.0], ["72", 5.0]]
    assert found["claim_id"].fillna("").tolist() == ["A", ""]


def test_two_payers_that_both_paid_leave_a_credit() -> None:
    row = {
        "episode": 1, "claim_id": "A", "payer": "North", "focus": True, "first_payer": True,
        "segment": 1, "reversal": False, "in_force": True, "suspected": False,
        "allowed": 80.0, "paid": 80.0,
    }  # fmt: skip
    second = {**row, "payer": "South", "paid": 30.0, "allowed": 30.0}
    gone = {**row, "payer": "East", "in_force": False}
    decisions = conform(pd.DataFrame([row, second, gone]), "decisions")
    found = credit_balances(decisions)
    assert found[["payers", "credit_amount"]].values.tolist() == [[2, 30.0]]


def test_a_paid_line_whose_code_is_in_doubt_may_have_to_be_repaid() -> None:
    identity = pd.DataFrame(
        {
            "claim_id": ["A", "A"],
            "hcpcs": "J2311",
            "service_from": pd.to_datetime(["2026-07-01"] * 2),
            "finding": ["likely_other_code", "no_administration"],
            "facts": ["the drug number is of naltrexone", "no procedure gives it"],
        }
    )
    found = repayment_exposure(paid(), identity)
    assert found[["paid", "finding"]].values.tolist() == [
        [40.0, "the drug number is of naltrexone"]
    ]
    assert repayment_exposure(paid(paid=0.0), identity).empty
    assert repayment_exposure(paid(finding="units fit another code")).shape[0] == 1
    assert repayment_exposure(paid(finding="link to an earlier claim not made: two fit")).empty


def test_the_cost_of_drugs_is_that_of_their_day() -> None:
    rows = pd.DataFrame(
        {
            "episode": [1, 2], "claim_id": ["A", "B"], "payer": "North", "payer_id": "N1",
            "hcpcs": "J2311", "focus": True, "units": [10.0, 10.0], "age_days": 1, "rank": 1,
            "service_from": pd.to_datetime(["2026-01-05", "2026-07-01"]),
            "denied_expected": 90.0, "recoverable_amount": 20.0,
        }
    )  # fmt: skip
    costs = pd.DataFrame(
        {"hcpcs": ["J2311"] * 2, "cost_per_unit": [3.0, 4.0], "valid_from": [None, "2026-06-01"]}
    )
    found = drug_cost_at_risk(conform(rows, "recoverable"), costs)
    assert found[["episodes", "acquisition_cost", "uncovered_amount"]].values.tolist() == [
        [2, 70.0, 30.0]
    ]


def test_drug_costs_are_a_file_of_the_settings(tmp_path: Path) -> None:
    (tmp_path / "drug_costs.csv").write_text("hcpcs,cost_per_unit\nJ2311,3.10\n")
    costs = read_settings(tmp_path).drug_costs
    assert costs is not None
    assert cents(costs["cost_per_unit"]).tolist() == [310]
    (tmp_path / "drug_costs.csv").write_text("hcpcs,cost_per_unit\nJ2311,much\n")
    with pytest.raises(ValueError, match=r"drug_costs\.csv, row 2: cost_per_unit must be dollars"):
        read_settings(tmp_path)
