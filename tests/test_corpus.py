"""Public sample files, where they are at hand: counts and cents against their truth."""

from __future__ import annotations

import csv
import warnings
from pathlib import Path

import pytest

from j2311_analytics import (
    AnalyticsWarning,
    X12Error,
    balance,
    read_277,
    read_835,
    read_837,
    read_999,
)
from j2311_analytics.tables import cents

CORPUS = Path(__file__).resolve().parent.parent.parent / "shared" / "corpus"
FILES = sorted((CORPUS / "835").glob("*")) if CORPUS.exists() else []


def figures(path: Path) -> dict[str, int]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AnalyticsWarning)
        era = read_835(path)
    failing = balance(era).query("difference_cents != 0")["level"].value_counts()
    from_heads = era.remarks["source"].isin(["MIA", "MOA"])
    return {
        "n_st": len(era.payments),
        "claims": len(era.claims),
        "service_lines": len(era.lines),
        "cas_triplets": len(era.adjustments),
        "plb_adjustments": len(era.provider_adjustments),
        "lq_remarks": int((~from_heads).sum()),
        "moa_mia_remarks": int(from_heads.sum()),
        "charge_cents": cents(era.claims["charge"]).sum(),
        "paid_cents": cents(era.claims["paid"]).sum(),
        "patient_resp_cents": cents(era.claims["patient_share"]).sum(),
        "line_charge_cents": cents(era.lines["charge"]).sum(),
        "line_paid_cents": cents(era.lines["paid"]).sum(),
        "cas_cents": cents(era.adjustments["amount"]).sum(),
        "bpr_cents": cents(era.payments["payment_amount"]).sum(),
        "plb_cents": cents(era.provider_adjustments["amount"]).sum(),
        "n_unbalanced_lines": failing.get("line", 0),
        "n_unbalanced_claims": failing.get("claim", 0),
        "n_st_bpr_bad": failing.get("transaction", 0),
        "n_reversals": (era.claims["claim_status"] == "22").sum(),
        "n_denied": (era.claims["claim_status"] == "4").sum(),
        "orphan_cas": era.adjustments["claim"].isna().sum(),
    }


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_counts_and_cents_equal_the_truth(path: Path) -> None:
    with (CORPUS / "truth835.csv").open(encoding="utf-8") as file:
        truth = {row["file"]: row for row in csv.DictReader(file)}[f"835/{path.name}"]
    found = figures(path)
    assert {name: int(value) for name, value in found.items()} == {
        name: int(truth[name]) for name in found
    }


def claim_files() -> list[dict[str, str]]:
    if not CORPUS.exists():
        return []
    with (CORPUS / "truth837.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("truth", claim_files(), ids=lambda row: row["file"])
def test_claims_equal_the_truth(truth: dict[str, str]) -> None:
    if truth["variant"] == "D":
        with pytest.raises(X12Error, match="dental 837D"):
            read_837(CORPUS / truth["file"])
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AnalyticsWarning)
        claims = read_837(CORPUS / truth["file"])
    institutional = claims.lines["revenue_code"].notna()
    charges = cents(claims.lines["charge"]).fillna(0)
    found = {
        "claims": len(claims.claims),
        "claim_charge_cents": cents(claims.claims["charge"]).sum(),
        "sv1_lines": (~institutional).sum(),
        "sv1_charge_cents": charges[~institutional].sum(),
        "sv2_lines": institutional.sum(),
        "sv2_charge_cents": charges[institutional].sum(),
        "n_hi_dx": len(claims.diagnoses),
        "n_ndc": claims.lines["ndc"].notna().sum(),
        "bad_amounts": (claims.issues["problem"] == "bad_amount").sum(),
    }
    assert {name: int(value) for name, value in found.items()} == {
        name: int(truth[name]) for name in found
    }


def acknowledgements(kind: str) -> list[dict[str, str]]:
    if not CORPUS.exists():
        return []
    with (CORPUS / "truth_ack.csv").open(encoding="utf-8") as file:
        return [row for row in csv.DictReader(file) if (row["kind"] == "277") == (kind == "277")]


@pytest.mark.parametrize("truth", acknowledgements("277"), ids=lambda row: row["file"])
def test_statuses_equal_the_truth(truth: dict[str, str]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AnalyticsWarning)
        acks = read_277(CORPUS / truth["file"])
    of_claims = acks.statuses["segment"].nunique()
    found = {
        "n_st": len(acks.transactions),
        "is_277ca": (acks.transactions["kind"] == "277CA").sum(),
        "n_hl": acks.transactions["levels"].sum(),
        "n_stc": of_claims + acks.batches["segment"].nunique(),
        "stc_composites": len(acks.statuses) + len(acks.batches),
        "stc_patient": of_claims,
        "claims": acks.transactions["claims"].sum(),
    }
    assert {name: int(value) for name, value in found.items()} == {
        name: int(truth[name]) for name in found
    }


@pytest.mark.parametrize("truth", acknowledgements("999"), ids=lambda row: row["file"])
def test_answers_equal_the_truth(truth: dict[str, str]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AnalyticsWarning)
        acks = read_999(CORPUS / truth["file"])
    levels = acks.errors["level"]
    letter = "ik" if truth["kind"] == "999" else "ak"
    found = {
        "n_ak1": len(acks.groups),
        "n_ak2": acks.sets["set"].nunique(),
        f"n_{letter}3": (levels == "segment").sum(),
        f"n_{letter}4": (levels == "element").sum(),
        "n_ctx": acks.errors["contexts"].sum(),
        "n_ak9": acks.groups["code"].notna().sum(),
        "set_codes": " ".join(acks.sets["code"].dropna()),
        "group_codes": " ".join(acks.groups["code"].dropna()),
    }
    assert {name: str(value) for name, value in found.items()} == {
        name: truth[name] for name in found
    }
