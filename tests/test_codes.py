"""The code tables: they load, their keys are unique, their words are from fixed lists."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest

from j2311_analytics import codes
from j2311_analytics.tables import TABLES

KEYS = {
    "benchmarks": ["metric", "year", "source"],
    "carc": ["code"],
    "cause": ["cause"],
    "claim_filing_indicator": ["code"],
    "claim_status": ["code"],
    "claim_status_category": ["code"],
    "column_abbreviations": ["token"],
    "column_synonyms": ["synonym"],
    "drug_codes": ["hcpcs"],
    "drug_diagnosis": ["drug", "hcpcs", "prefix"],
    "drug_ndc": ["ndc"],
    "entity_code": ["code"],
    "frequency_code": ["code"],
    "group_code": ["code"],
    "modifier": ["modifier"],
    "payer_windows": ["payer_class"],
    "place_of_service": ["code"],
    "plb_reason": ["code"],
    "rarc": ["code"],
    "scrub_rules": ["rule"],
    "sources": ["table"],
}
KINDS = {
    "denial",
    "contractual",
    "patient_share",
    "informational",
    "cob",
    "reversal_or_admin",
    "pended",
}
CATEGORIES = {
    "appeal_outcome",
    "behavioral_carve_out",
    "bundling",
    "coordination_of_benefits",
    "diagnosis",
    "documentation",
    "duplicate",
    "eligibility",
    "enrollment",
    "frequency",
    "generic",
    "medical_necessity",
    "missing_service",
    "modifier",
    "ndc",
    "network",
    "not_covered",
    "other_denial",
    "payment_policy",
    "pharmacy_benefit",
    "prior_authorization",
    "referral",
    "site_of_service",
    "step_therapy",
    "timely_filing",
    "units",
    "wrong_code",
    "wrong_payer",
}
ACTIONS = {
    "appeal_with_records",
    "bill_other_payer",
    "bill_patient",
    "correct_and_resubmit",
    "investigate",
    "none",
    "obtain_auth_retro",
    "send_records",
    "verify_and_rebill",
    "write_off_review",
}
REMARK_FLAGS = {
    "additional_info_requested",
    "alert",
    "appeal_allowed",
    "appeal_late",
    "auto_reprocess",
    "corrected_claim",
    "do_not_resubmit",
    "forwarded",
    "new_claim_not_replacement",
    "no_appeal",
    "no_appeal_resubmit_corrected",
    "no_patient_billing",
    "patient_liable",
    "peer_to_peer",
    "pended",
    "reversal",
    "split_claim",
    "unprocessable_new_claim_no_appeal",
    "void_then_new_claim",
    "wait_original",
}


def _words(values: pd.Series) -> set[str]:
    return {word for value in values for word in value.split(";") if word}


@pytest.mark.parametrize("table", codes.names())
def test_table_loads_as_text_without_missing_values(table: str) -> None:
    frame = codes.load(table)
    assert len(frame) > 0
    assert (frame.dtypes == "str").all()
    assert frame.notna().all(axis=None)
    padded = frame.apply(lambda column: column != column.str.strip())
    assert not padded.any(axis=None)


def test_every_table_has_a_key() -> None:
    assert set(KEYS) <= set(codes.names())


@pytest.mark.parametrize("table", codes.names())
def test_keys_are_unique(table: str) -> None:
    frame = codes.load(table)
    key = KEYS.get(table, [str(frame.columns[0])])
    assert frame[frame.duplicated(key, keep=False)].empty
    assert (frame[key] != "").all(axis=None)


def test_sources_cover_every_table() -> None:
    sources = codes.load("sources")
    assert set(sources["table"]) == set(codes.names()) - {"sources"}
    assert sources["dated"].str.fullmatch(r"\d{4}-\d\d-\d\d").all()
    assert (sources["source"] != "").all()


def test_reason_codes_use_the_fixed_words() -> None:
    carc = codes.load("carc")
    assert set(carc["kind"]) == KINDS
    assert set(carc["category"]) == CATEGORIES | {""}
    assert set(carc["category_if_zero_paid"]) <= CATEGORIES | {""}
    assert set(carc["recovery_action"]) == ACTIONS
    assert set(carc["preventable"]) == {"yes", "partly", "no"}
    assert set(carc["status"]) == {"current", "deactivated"}


def test_denials_and_only_denials_have_a_category() -> None:
    carc = codes.load("carc")
    assert ((carc["kind"] == "denial") == (carc["category"] != "")).all()
    assert (carc.loc[carc["category_if_zero_paid"] != "", "kind"] == "contractual").all()


def test_no_current_reason_code_is_without_meaning() -> None:
    carc = codes.load("carc")
    assert carc.loc[(carc["status"] == "current") & (carc["meaning"] == ""), "code"].tolist() == []


def test_reason_codes_are_all_there() -> None:
    assert codes.load("carc")["status"].value_counts().to_dict() == {
        "current": 297,
        "deactivated": 110,
    }
    assert codes.load("rarc")["status"].value_counts().to_dict() == {
        "current": 1137,
        "deactivated": 79,
    }


@pytest.mark.parametrize(
    ("code", "kind", "category"),
    [
        ("1", "patient_share", ""),
        ("45", "contractual", ""),
        ("253", "contractual", ""),
        ("16", "denial", "generic"),
        ("18", "denial", "duplicate"),
        ("29", "denial", "timely_filing"),
        ("50", "denial", "medical_necessity"),
        ("197", "denial", "prior_authorization"),
    ],
)
def test_reason_codes_that_everyone_meets(code: str, kind: str, category: str) -> None:
    row = codes.load("carc").set_index("code").loc[code]
    assert (row["kind"], row["category"]) == (kind, category)


def test_codes_that_say_little_ask_for_a_remark() -> None:
    carc = codes.load("carc")
    asking = set(carc.loc[carc["notes"].str.contains("needs_rarc"), "code"])
    assert {"16", "96", "A1", "226", "227", "252"} <= asking


def test_remarks_use_the_fixed_words() -> None:
    rarc = codes.load("rarc")
    assert set(rarc["category"]) <= CATEGORIES | {""}
    assert _words(rarc["action_flag"]) == REMARK_FLAGS
    assert set(rarc["status"]) == {"current", "deactivated"}


def test_payer_classes_with_windows_are_known() -> None:
    windows = codes.load("payer_windows")
    days = windows[["filing_days", "corrected_claim_days", "appeal_days", "second_level_days"]]
    assert days.apply(lambda column: column.str.fullmatch(r"\d*")).all(axis=None)
    assert set(windows["confirmed"]) == {"yes", "no"}


def test_drug_codes_are_well_formed() -> None:
    drugs = codes.load("drug_codes")
    assert drugs["hcpcs"].str.fullmatch(r"[A-Z0-9]\d{4}").all()
    assert all(re.fullmatch(r"\d{11}", ndc) for ndc in _words(drugs["ndc_examples"]))
    assert (drugs["unit_amount"].astype("float64") > 0).all()
    replaced = set(drugs["replaced_by"]) - {""}
    assert replaced <= set(drugs["hcpcs"])
    assert drugs.set_index("hcpcs").loc["J2311", "replaced_by"] == "J2313"


def test_rules_on_claims_use_the_fixed_words_and_name_their_source() -> None:
    rules = codes.load("scrub_rules")
    assert set(rules["severity"]) == {"error", "warning", "note"}
    assert set(rules["reach"]) == {"line", "claim"}
    assert set(rules["cause"]) <= CATEGORIES
    assert set(rules["field"]) <= {column.name for column in TABLES["claim_lines"]}
    assert (rules[["source", "message", "fix"]] != "").all(axis=None)
    assert all(
        rule.startswith(rules["group"][n].rstrip("s")[:4]) for n, rule in rules["rule"].items()
    )


def test_a_column_title_means_one_field_with_and_without_spaces() -> None:
    titles = codes.load("column_synonyms")
    assert titles["synonym"].is_unique
    fields = titles.groupby(titles["synonym"].str.replace(" ", ""))["canonical_field"].nunique()
    assert fields[fields > 1].empty


def test_load_gives_a_copy() -> None:
    frame = codes.load("group_code")
    frame.loc[:, "meaning"] = "changed"
    assert "changed" not in set(codes.load("group_code")["meaning"])


def test_an_unknown_table_lists_those_there_are() -> None:
    listed = ", ".join(codes.names())
    with pytest.raises(ValueError, match=rf"^no code table 'cark'; there are {listed}$"):
        codes.load("cark")


def test_lookup_is_a_plain_dictionary() -> None:
    names = codes.lookup("place_of_service", "code", "name")
    assert names["11"] == "Office"
    assert len(names) == len(codes.load("place_of_service"))


def test_the_page_on_causes_lists_every_cause(root: Path) -> None:
    page = (root / "docs" / "causes.md").read_text(encoding="utf-8").split("## The causes")[1]
    assert set(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)) == CATEGORIES | {"unknown_code"}
