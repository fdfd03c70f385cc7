"""Families, dates, modifiers and the giving of a drug."""

from __future__ import annotations

import pandas as pd
import pytest

from j2311_analytics import codes
from j2311_analytics.drugs.administration import (
    administration_codes,
    drug_given_by,
    has_administration,
    is_administration,
    needs_administration,
)
from j2311_analytics.drugs.drug_codes import drug_of_code, is_bundle
from j2311_analytics.drugs.family import drug_family, family_codes, same_drug
from j2311_analytics.drugs.modifiers import has_kind, has_modifier, is_wastage, wrong_on_drug
from j2311_analytics.drugs.validity import code_valid_on, replacement_code


def test_the_family_of_an_antagonist_holds_naloxone_and_naltrexone_by_needle() -> None:
    assert set(family_codes(("J2311",))) == {"J2310", "J2311", "J2312", "J2313", "J2315"}
    assert family_codes(("J2426",)) == ("J2426",)
    assert family_codes(("Z9999",)) == ("Z9999",)


def test_a_missing_code_is_no_ones_drug() -> None:
    code = pd.Series([None, "J2320", "J2311"], dtype="str")
    assert drug_family(code).tolist()[:2] == ["no code", "J2320"]
    assert same_drug(code, ("J2315",)).tolist() == [False, False, True]


def test_the_family_is_one_although_the_drugs_differ() -> None:
    assert drug_of_code(pd.Series(["J2311", "J2315"])).tolist() == ["naloxone", "naltrexone"]


@pytest.mark.parametrize(
    ("code", "on", "valid"),
    [
        ("J2311", "2022-12-31", False),
        ("J2311", "2023-01-01", True),
        ("J2311", "2025-06-30", True),
        ("J2311", "2025-07-01", False),
        ("J2313", "2025-06-30", False),
        ("J2315", "2040-01-01", True),
        ("J2311", None, None),
        ("99213", "2025-01-01", None),
    ],
)
def test_a_code_has_its_days(code: str, on: str | None, valid: bool | None) -> None:
    found = code_valid_on(pd.Series([code]), pd.to_datetime(pd.Series([on]))).iloc[0]
    assert (None if pd.isna(found) else bool(found)) is valid


def test_a_code_that_ended_names_its_successor() -> None:
    table = codes.load("drug_codes")
    ended = table.loc[table["valid_to"] != "", "hcpcs"]
    assert replacement_code(ended).notna().all()


def test_modifiers_are_found_whatever_their_order() -> None:
    modifiers = pd.Series(["25 JZ", "JZ", None, "", "JW"], dtype="str")
    assert has_modifier(modifiers, "JZ", "JW").tolist() == [True, True, False, False, True]
    assert is_wastage(modifiers).tolist() == [False, False, False, False, True]
    assert has_modifier(pd.Series([None, None], dtype="str"), "JZ").tolist() == [False, False]


@pytest.mark.parametrize("modifier", ["25", "59", "XU", "GN", "GO", "GP"])
def test_what_belongs_on_other_lines_is_wrong_on_a_drug(modifier: str) -> None:
    assert wrong_on_drug(pd.Series([f"JZ {modifier}"])).tolist() == [modifier]


@pytest.mark.parametrize("modifier", ["JW", "JZ", "KX", "JB", "TB"])
def test_what_belongs_on_a_drug_is_not_wrong(modifier: str) -> None:
    assert wrong_on_drug(pd.Series([modifier])).isna().all()


def test_modifiers_are_told_apart_by_kind() -> None:
    assert has_kind(pd.Series(["GP", "XE", None], dtype="str"), "distinct").tolist() == [
        False,
        True,
        False,
    ]
    with pytest.raises(ValueError, match=r"^no modifiers of kind 'colour'; kinds are \['anatomy'"):
        has_kind(pd.Series(["GP"]), "colour")


@pytest.mark.parametrize(
    ("drug", "given_by", "met"),
    [
        ("J2315", "96372", True),
        ("J0570", "96372", False),
        ("J0570", "G0516", True),
        ("J0570", "11982", False),  # only takes an implant out
        ("J0571", "96372", None),  # by mouth
        ("J3490", "96372", None),  # not known how it is given
    ],
)
def test_a_drug_is_given_by_its_own_procedures(drug: str, given_by: str, met: bool | None) -> None:
    found = has_administration(pd.Series([drug, given_by]), pd.Series(["A", "A"])).iloc[0]
    assert (None if pd.isna(found) else bool(found)) is met


def test_a_procedure_on_another_claim_gives_nothing() -> None:
    code = pd.Series(["J2315", "96372"], index=[5, 2])
    claim = pd.Series(["A", "B"], index=[5, 2])
    assert has_administration(code, claim).fillna(True).tolist() == [False, True]
    assert drug_given_by(code, claim).fillna(True).tolist() == [True, False]


def test_every_way_of_giving_is_in_the_table_as_one() -> None:
    table = codes.load("drug_codes")
    ways = {w for text in table["administration"] for w in text.split(";")} - {"", "none"}
    assert is_administration(pd.Series(sorted(ways))).all()
    assert set(table["kind"]) == {"drug", "unclassified", "bundle", "take_home", "administration"}


def test_drugs_by_mouth_need_no_giving_and_unclassified_ones_are_not_known() -> None:
    code = pd.Series(["J0571", "J0575", "J2315", "J3490", "99213"])
    needed = needs_administration(code)
    assert needed.dropna().tolist() == [False, False, True]
    assert needed.isna().tolist() == [False, False, False, True, True]
    assert administration_codes(code).map(len).tolist() == [0, 0, 1, 0, 0]


def test_bundles_are_the_weekly_codes() -> None:
    code = pd.Series([f"G{number}" for number in range(2066, 2080)])
    assert code[is_bundle(code)].tolist() == [f"G{number}" for number in range(2067, 2076)]
