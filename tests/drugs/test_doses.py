"""Doses, units, vials and NDC quantities: exact, and missing where nothing is known."""

from __future__ import annotations

from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from j2311_analytics import codes
from j2311_analytics.drugs.dose import (
    dose_to_units,
    is_usual_dose,
    is_whole_vials,
    units_to_dose,
    vials_opened,
)
from j2311_analytics.drugs.drug_codes import drug_table, is_drug, mapped, parts_of
from j2311_analytics.drugs.ndc import (
    code_of_ndc,
    ndc_dose,
    ndc_fits_code,
    ndc_problem,
    ndc_units,
    normalise_ndc,
)
from j2311_analytics.drugs.units_elsewhere import other_unit_amount

TABLE = codes.load("drug_codes").set_index("hcpcs")
BY_MASS = TABLE.index[TABLE["unit"] == "mg"]
VIVITROL, ZIMHI, SUBLOCADE = "65757030001", "84571014002", "12496010001"


def one(value: object, dtype: str | None = None) -> pd.Series:
    return pd.Series([value], dtype=dtype)


@given(code=st.sampled_from(list(BY_MASS)), thousandths=st.integers(1, 10_000_000))
def test_a_dose_is_units_times_the_unit_amount_to_the_last_decimal(
    code: str, thousandths: int
) -> None:
    units = Decimal(thousandths) / 1000
    dose = units_to_dose(one(float(units)), one(code)).iloc[0]
    assert dose == float(units * Decimal(TABLE.loc[code, "unit_amount"]))


@given(code=st.sampled_from(list(BY_MASS)), units=st.integers(1, 1_000_000))
def test_whole_units_come_back_from_their_dose(code: str, units: int) -> None:
    dose = units_to_dose(one(float(units)), one(code))
    assert dose_to_units(dose, one(code)).iloc[0] == units


@pytest.mark.parametrize("code", TABLE.index[TABLE["unit"] != "mg"])
def test_a_unit_that_is_no_mass_has_no_dose(code: str) -> None:
    assert units_to_dose(one(1.0), one(code)).isna().all()
    assert dose_to_units(one(1.0), one(code)).isna().all()


@pytest.mark.parametrize("code", ["99213", "", None])
def test_a_code_not_in_the_table_has_no_dose_vial_or_validity(code: str | None) -> None:
    code_column = one(code, "str")
    assert units_to_dose(one(380.0), code_column).isna().all()
    assert is_whole_vials(one(380.0), code_column).isna().all()
    assert not is_drug(code_column).any()


@pytest.mark.parametrize(
    ("code", "units", "opened", "whole"),
    [
        ("J2315", 380.0, 1, True),
        ("J2315", 300.0, 1, False),
        ("J2315", 381.0, 2, False),
        ("J2315", 760.0, 2, True),
        ("J2313", 500.0, 1, True),
        ("J2313", 5.0, 1, False),
        ("J0570", 4.0, 4, True),
    ],
)
def test_vials(code: str, units: float, opened: int, whole: bool) -> None:
    assert vials_opened(one(units), one(code)).iloc[0] == opened
    assert bool(is_whole_vials(one(units), one(code)).iloc[0]) is whole


@pytest.mark.parametrize(
    ("code", "units", "amount"),
    [
        ("J2313", 5.0, 1.0),  # the old 1 mg count
        ("J2312", 2.0, 1.0),
        ("J2311", 500.0, 0.01),
        ("J2315", 38_000.0, 0.01),
        ("J2315", 380.0, None),
        ("J2311", 5.0, None),
        ("J2315", 38.0, None),  # a slip, but of no other code's unit
        ("96372", 500.0, None),
        ("J3490", 380.0, None),
    ],
)
def test_units_that_fit_another_codes_unit_amount(
    code: str, units: float, amount: float | None
) -> None:
    found = other_unit_amount(one(units), one(code)).iloc[0]
    assert (None if pd.isna(found) else found) == amount


def test_a_rod_counted_in_mg_is_no_number_of_rods() -> None:
    # 4 rods of 74.2 mg hold 296.8 mg.
    assert other_unit_amount(one(296.8), one("J0570")).iloc[0] == 1.0


@pytest.mark.parametrize(
    ("text", "ndc", "problem"),
    [
        ("65757-0300-01", VIVITROL, None),
        ("65757-300-01", VIVITROL, None),
        ("0054-3686-63", "00054368663", None),
        ("50242-0040-6", "50242004006", None),
        (VIVITROL, VIVITROL, None),
        ("6575730001", None, "10 digits without hyphens: ambiguous"),
        ("65757-300-001", None, "not 11 digits"),
        ("123", None, "not 11 digits"),
        (None, None, "missing"),
    ],
)
def test_an_ndc_is_padded_by_its_hyphens_and_never_guessed(
    text: str | None, ndc: str | None, problem: str | None
) -> None:
    column = one(text, "str")
    found = normalise_ndc(column).iloc[0], ndc_problem(column).iloc[0]
    assert tuple(None if pd.isna(value) else value for value in found) == (ndc, problem)


@pytest.mark.parametrize(
    ("ndc", "quantity", "unit", "code", "units"),
    [
        (VIVITROL, 1, "UN", "J2315", 380),
        (VIVITROL, 2, "UN", "J2315", 760),
        (VIVITROL, 380, "ME", "J2315", 380),
        (VIVITROL, 0.38, "GR", "J2315", 380),
        (VIVITROL, 4, "ML", "J2315", None),  # a kit has no strength per mL
        (VIVITROL, 1, "F2", "J2315", None),
        (ZIMHI, 0.5, "ML", "J2311", 5),
        (ZIMHI, 0.5, "ML", "J2313", 500),
        (ZIMHI, 1, "UN", "J2313", 500),
        (SUBLOCADE, 1, "UN", "Q9991", 1),
        ("00409121201", 1, "ML", "J2310", None),
        (None, 1, "UN", "J2315", None),
        (VIVITROL, None, "UN", "J2315", None),
    ],
)
def test_units_that_an_ndc_quantity_means(
    ndc: str | None, quantity: float | None, unit: str, code: str, units: float | None
) -> None:
    amount = one(quantity, "float64")
    found = ndc_units(one(ndc, "str"), amount, one(unit), one(code)).iloc[0]
    assert (None if pd.isna(found) else found) == units


def test_grams_are_a_thousand_milligrams() -> None:
    assert ndc_dose(one(VIVITROL), one(1.5), one("GR")).iloc[0] == 1500


@pytest.mark.parametrize(
    ("ndc", "code", "fits"),
    [
        (VIVITROL, "J2315", True),
        ("65757030002", "J2315", True),  # another package of the same product
        (VIVITROL, "J2311", False),
        (VIVITROL, "J3490", False),  # the product has a code of its own
        (VIVITROL, "J0571", False),  # another drug
        (ZIMHI, "J2311", True),
        (ZIMHI, "J2310", False),  # another brand's code
        ("99999999999", "J2315", None),
        (VIVITROL, "99213", None),
        (None, "J2315", None),
    ],
)
def test_whether_an_ndc_is_a_product_of_the_code(
    ndc: str | None, code: str, fits: bool | None
) -> None:
    found = ndc_fits_code(one(ndc, "str"), one(code)).iloc[0]
    assert (None if pd.isna(found) else bool(found)) is fits


def test_the_code_of_an_ndc_depends_on_the_date() -> None:
    ndc = pd.Series([ZIMHI, ZIMHI, VIVITROL, "99999999999", ZIMHI])
    on = pd.Series(pd.to_datetime(["2025-06-30", "2025-07-01", "2026-01-01", "2026-01-01", None]))
    assert code_of_ndc(ndc, on).fillna("?").tolist() == ["J2311", "J2313", "J2315", "?", "?"]


def test_every_product_of_the_table_gives_whole_units_of_its_codes() -> None:
    for code, ndcs in TABLE["ndc_examples"].items():
        for ndc in filter(None, ndcs.split(";")):
            units = ndc_units(one(ndc), one(1.0), one("UN"), one(code)).iloc[0]
            assert units == int(units)
            assert bool(is_usual_dose(one(units), one(code)).iloc[0]), (code, ndc)


def test_an_amount_with_more_decimals_than_are_kept_is_refused() -> None:
    with pytest.raises(
        ValueError, match=r"^'0.00001' must be a number with at most four decimals, such as 74.2$"
    ):
        parts_of("0.00001")


def test_a_column_keeps_the_index_of_its_lines() -> None:
    code = pd.Series(["J2315", "99213"], index=[7, 3])
    for column in drug_table().columns:
        assert mapped(code, column).index.tolist() == [7, 3]
