"""Column titles: every synonym in any dress becomes its field; doubt is refused with the fix."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from j2311_analytics import codes, tables
from j2311_analytics.ingest.titles import (
    REQUIRED,
    check_columns,
    fields,
    match_titles,
    normal,
    recognise,
    settle,
)

NAMED = codes.load("column_synonyms")
SYNONYMS = list(zip(NAMED["synonym"], NAMED["canonical_field"], strict=True))
ABBREVIATIONS = codes.lookup("column_abbreviations", "token", "expansion")

DRESSES = {
    "lower": str.lower,
    "upper": str.upper,
    "title": str.title,
    "camel": lambda t: "".join(word.capitalize() for word in t.split()),
    "snake": lambda t: t.replace(" ", "_"),
    "dotted": lambda t: t.replace(" ", ". ") + ":",
    "slashes": lambda t: f"  {t.replace(' ', ' / ')} ",
    "dollars": lambda t: f"{t} ($)",
    "lines": lambda t: t.replace(" ", "\n"),
    "together": lambda t: t.replace(" ", ""),
}


@pytest.mark.parametrize("dress", DRESSES)
def test_every_synonym_is_recognised_in_any_dress(dress: str) -> None:
    wrong = {s: recognise(DRESSES[dress](s)) for s, f in SYNONYMS}
    assert {s: wrong[s] for s, f in SYNONYMS if wrong[s][0] != f} == {}


def test_every_field_is_recognised_by_its_own_name() -> None:
    assert [field for field in fields() if recognise(field)[0] != field] == []
    assert set(tables.columns("claim_lines")) <= set(fields())


def shortenings(synonym: str) -> list[str]:
    """The synonym with one run of words shortened, in every listed way."""
    spaced = f" {synonym} "
    return [
        spaced.replace(f" {full} ", f" {short} ").strip()
        for short, full in ABBREVIATIONS.items()
        if f" {full} " in spaced
    ]


def test_every_synonym_is_recognised_with_listed_abbreviations() -> None:
    tried = [(short, field) for synonym, field in SYNONYMS for short in shortenings(synonym)]
    assert len(tried) > 300
    assert [(s, f, recognise(s)) for s, f in tried if recognise(s)[0] != f] == []


@given(seed=st.integers(0, 10**9))
def test_shuffled_sheets_map_right(seed: int) -> None:
    chance = random.Random(seed)
    by_field: dict[str, list[str]] = {}
    for synonym, field in SYNONYMS:
        by_field.setdefault(field, []).append(synonym)
    chosen = [(chance.choice(names), field) for field, names in by_field.items()]
    chance.shuffle(chosen)
    titles = [DRESSES[chance.choice(list(DRESSES))](synonym) for synonym, _ in chosen]
    matches, doubled = settle(match_titles(titles), "a.csv")
    assert [match.field for match in matches] == [field for _, field in chosen]
    assert doubled == {}


@pytest.mark.parametrize(
    ("title", "field", "step"),
    [
        ("Svc Dt From", "service_from", "abbreviations"),
        ("Claim #", "claim_id", "exact"),
        ("ClaimID", "claim_id", "exact"),
        ("CLAIMID", "claim_id", "without spaces"),
        ("Clm Nbr", "claim_id", "exact"),
        ("Pt DOB", "patient_dob", "abbreviations"),
        ("cLM nBR", "claim_id", "exact"),
        ("Patient Account Number", "patient_id", "exact"),
        ("CLP01", "claim_id", "exact"),
    ],
)
def test_the_earlier_step_wins(title: str, field: str, step: str) -> None:
    assert recognise(title) == (field, step)


@pytest.mark.parametrize("title", ["date", "Code", "AMOUNT", "ID", "Insurance ID", "", "x" * 999])
def test_titles_that_say_too_little_are_left_over(title: str) -> None:
    assert recognise(title) == ("", "left over")


def test_normal_form() -> None:
    assert normal(" billedAmt_$ ") == "billed amt"
    assert normal("Inv#") == "inv number"
    assert normal("Coins%") == "coins percent"


def test_no_form_of_a_synonym_fits_two_fields() -> None:
    for form in (str, lambda t: t.replace(" ", "")):
        by_form: dict[str, set[str]] = {}
        for synonym, field in SYNONYMS:
            by_form.setdefault(form(synonym), set()).add(field)
        assert {k: v for k, v in by_form.items() if len(v) > 1} == {}


TITLES = ["Claim", "CPT", "Fee", "DOS"]


def test_missing_required_fields_are_named_with_the_fix() -> None:
    with pytest.raises(ValueError, match=r".") as error:
        settle(match_titles(["Ticket", "CPT", "DOS"]), "may.csv")
    assert str(error.value) == (
        "may.csv: no column was recognised as claim_id or charge: name it, "
        "columns={'title of the column': 'claim_id', 'title of the column': 'charge'}. "
        "Columns seen: 'Ticket', 'CPT', 'DOS'"
    )


def test_two_columns_for_a_required_field_are_refused_with_the_fix() -> None:
    with pytest.raises(ValueError, match=r".") as error:
        settle(match_titles([*TITLES, "Billed Amount"]), "may.csv")
    assert str(error.value) == (
        "may.csv: charge could be 'Fee' or 'Billed Amount': say which one counts, "
        "columns={'Fee': 'charge'} or columns={'Billed Amount': 'charge'}. "
        "Columns seen: 'Claim', 'CPT', 'Fee', 'DOS', 'Billed Amount'"
    )


@pytest.mark.parametrize("field", REQUIRED)
def test_two_equal_titles_are_in_doubt_too(field: str) -> None:
    title = dict(zip(REQUIRED, ["Claim", "CPT", "Fee", "DOS"], strict=True))[field]
    with pytest.raises(ValueError, match=re.escape(f"columns={{'{title} (2)': '{field}'}}")):
        settle(match_titles([*TITLES, title]), "may.csv")


def test_the_user_decides_between_two_columns() -> None:
    matches = match_titles([*TITLES, "Billed Amount"], {"Billed Amount": "charge"})
    taken = {match.title: (match.field, match.step) for match in matches}
    assert taken["Billed Amount"] == ("charge", "given")
    assert taken["Fee"] == ("", "left over")


def test_two_columns_for_an_optional_field_are_both_left_over() -> None:
    matches, doubled = settle(match_titles([*TITLES, "Paid", "Ins Paid"]), "may.csv")
    assert doubled == {"paid": ["Paid", "Ins Paid"]}
    assert [match.field for match in matches[4:]] == ["", ""]


def test_unknown_fields_are_refused_with_the_nearest() -> None:
    with pytest.raises(ValueError, match=r".") as error:
        check_columns({"Ticket": "claimid"})
    assert str(error.value) == (
        "columns={'Ticket': 'claimid'}: there is no such field; did you mean 'claim_id'?"
    )


def test_numbered_titles_are_lines_only_where_codes_are_numbered_from_one() -> None:
    wide = match_titles(["Claim", "DOS", "Total Charge", "CPT 1", "Chg1", "Line 2 CPT", "Chg2"])
    assert [(m.field, m.line) for m in wide] == [
        *(("claim_id", 0), ("service_from", 0), ("", 0)),
        *(("hcpcs", 1), ("charge", 1), ("hcpcs", 2), ("charge", 2)),
    ]
    assert [(m.field, m.line) for m in match_titles(["CPT4", "Dx 2", "Mod 2"])] == [
        ("hcpcs", 0),
        ("diagnosis_2", 0),
        ("modifier_2", 0),
    ]
