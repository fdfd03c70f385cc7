"""What was billed, answered and paid fits together to the cent, or the gap is shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from small_files import claim, interchange, line, remittance

from j2311_analytics import Assumptions, Claims, Remittance, read_835, read_claims, reconcile
from j2311_analytics.tables import cents

SAMPLE = Path(__file__).resolve().parents[2] / "data" / "sample"
AS_OF = Assumptions(as_of=date(2026, 10, 31))


@dataclass(frozen=True)
class Statuses:
    statuses: pd.DataFrame


def rejected(claim_id: str, on: str) -> Statuses:
    row = {"claim_id": claim_id, "category": "A3", "rejected": True, "status_date": on}
    return Statuses(pd.DataFrame([row]).astype({"status_date": "datetime64[us]"}))


def export(*rows: dict[str, object]) -> Claims:
    usual = {"CPT": "J2311", "Charge": "100", "DOS": "2026-09-01", "Payer": "North"}
    return read_claims(pd.DataFrame([{**usual, **row} for row in rows]))


def era(*answers: list[str], paid: str = "0", plb: tuple[str, ...] = ()) -> Remittance:
    segments = [segment for answer in answers for segment in answer]
    return read_835(interchange(remittance(*segments, paid=paid, plb=plb)))


def amounts(steps: pd.DataFrame) -> dict[str, float]:
    return dict(zip(steps["step"], steps["amount"], strict=True))


def test_the_sample_ties_out_to_the_cent() -> None:
    read, claims = read_835(SAMPLE / "835"), read_claims(SAMPLE / "claims.csv")
    found = reconcile(read, claims, assumptions=AS_OF)
    assert (found.payments["unexplained"] == 0).all()
    steps = found.steps
    level = 0
    for amount, kind in zip(cents(steps["amount"]), steps["kind"], strict=True):
        level = level + amount if kind == "change" or not level else level
        assert kind == "change" or amount == level
    assert amounts(steps)["unexplained"] == 0
    assert cents(found.by_payer_and_month["billed"]).sum() == cents(claims.lines["charge"]).sum()
    alone = pd.read_csv(SAMPLE / "truth" / "alone.csv")
    lines = pd.read_csv(SAMPLE / "truth" / "claim_lines.csv", dtype={"frequency": "str"})
    left = lines.iloc[alone["export_row"].dropna().astype(int) - 1]
    left = left[left["frequency"] != "8"]
    assert found.unanswered["lines"].sum() == len(left)
    assert cents(found.unanswered["charge"]).sum() == cents(left["charge"]).sum()
    strangers = alone.dropna(subset=["file"]).drop_duplicates(["file", "claim_position"])
    assert sorted(found.not_sent["file"]) == sorted(strangers["file"])


def test_a_difference_is_shown_and_never_plugged() -> None:
    short = line(charge="100", paid="80", cas=["CO*45*15"])
    found = reconcile(era(claim("A", *short, paid="80"), paid="79"), export({"Claim ID": "A"}))
    assert amounts(found.steps)["unexplained"] == 5
    row = found.payments.iloc[0]
    assert (row["lines_difference"], row["claims_difference"], row["unexplained"]) == (0, 1, 1)


def test_claim_level_adjustments_and_provider_adjustments_tie() -> None:
    answer = claim("A", *line(paid="90", cas=["CO*45*10"]), paid="60")
    answer.insert(1, "CAS*CO*29*30")
    plb = ("PLB*1999999984*20261231*WO:X*10",)
    found = reconcile(era(answer, paid="50", plb=plb), export({"Claim ID": "A"}))
    assert found.payments[["claim_adjustments", "unexplained"]].values.tolist() == [[30, 0]]
    assert amounts(found.steps)["unexplained"] == 0


def test_what_the_bank_received_is_compared_by_trace_number() -> None:
    read = era(claim("A", *line(paid="100"), paid="100"), paid="100")
    bank = pd.DataFrame({"trace_number": ["T1"], "amount": [99.5]})
    assert reconcile(read, bank=bank).payments["bank_difference"].tolist() == [0.5]
    assert reconcile(read, bank=bank.iloc[:0]).payments["bank_difference"].tolist() == [100]
    with pytest.raises(ValueError, match="bank needs the columns trace_number and amount"):
        reconcile(read, bank=pd.DataFrame({"sum": [1]}))


def test_only_the_decision_in_force_counts() -> None:
    first = claim("A", *line(cas=["CO*197*100"]), number="N1")
    undone = claim(
        "A", *line(charge="-100", cas=["CO*197*-100"]), status="22", charge="-100", number="N1"
    )
    anew = claim("A", *line(paid="70", cas=["CO*45*30"]), paid="70", number="N2")
    steps = amounts(reconcile(era(first, undone, anew, paid="70"), export({"Claim ID": "A"})).steps)
    assert (steps["adjudicated"], steps["paid"], steps["unexplained"]) == (100, -70, 0)
    steps = amounts(reconcile(era(first, undone), export({"Claim ID": "A"})).steps)
    assert (steps["taken back"], steps["adjudicated"]) == (-100, 0)


def test_claims_without_an_answer_are_aged_and_past_45_days_called_on() -> None:
    read = era(claim("A", *line(paid="100"), paid="100"), paid="100")
    rows = [{"Claim ID": name, "Submitted Date": day} for name, day in (
        ("A", "2026-09-02"), ("OLD", "2026-09-15"), ("NEW", "2026-09-16"), ("LATER", "2026-11-02"),
    )]  # fmt: skip
    found = reconcile(read, export(*rows), assumptions=AS_OF).unanswered
    names = ["claim_id", "age_days", "call_on"]
    assert found[names].values.tolist() == [["OLD", 46, True], ["NEW", 45, False]]
    other = Assumptions(as_of=AS_OF.as_of, call_after_days=44)
    assert reconcile(read, export(*rows), assumptions=other).unanswered["call_on"].all()


def test_a_rejected_claim_is_no_claim_to_call_on_until_it_is_sent_again() -> None:
    read = era(claim("A", *line(paid="100"), paid="100"), paid="100")
    rows = [{"Claim ID": "A"}, {"Claim ID": "R", "Submitted Date": "2026-09-02"}]
    found = reconcile(
        read, export(*rows), acknowledgements=rejected("R", "2026-09-04"), assumptions=AS_OF
    )
    assert found.unanswered.empty
    assert found.rejected[["claim_id", "category", "charge"]].values.tolist() == [["R", "A3", 100]]
    assert amounts(found.steps)["rejected before a decision"] == -100
    again = {"Claim ID": "R", "Submitted Date": "2026-09-10"}
    found = reconcile(
        read, export(*rows, again), acknowledgements=rejected("R", "2026-09-04"), assumptions=AS_OF
    )
    assert found.unanswered["lines"].tolist() == [1]


def test_a_remittance_without_a_claim_and_a_line_sent_twice_are_listed() -> None:
    read = era(claim("A", *line(paid="100"), paid="100"), claim("STRANGER", *line("96372")),
               paid="100")  # fmt: skip
    rows = [{"Claim ID": "A", "Submitted Date": day} for day in ("2026-09-02", "2026-10-20")]
    found = reconcile(read, export(*rows), assumptions=AS_OF)
    assert found.not_sent[["claim_id", "lines"]].values.tolist() == [["STRANGER", 1]]
    assert found.duplicates["submitted_date"].tolist() == [pd.Timestamp("2026-10-20")]


def test_without_claims_payments_are_tied_alone() -> None:
    read = era(claim("A", *line(paid="60", cas=["CO*45*30", "PR*2*10"]), paid="60"), paid="60")
    found = reconcile(read)
    assert amounts(found.steps) == {
        "adjudicated": 100, "paid": -60, "owed by patients": -10, "contract and denied (CO)": -30,
        "other reductions (OA, PI)": 0, "unexplained": 0,
    }  # fmt: skip
    assert found.unanswered.empty
