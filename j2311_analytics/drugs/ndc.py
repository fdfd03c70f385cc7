"""National drug codes: their form, their drug, and how much of it they say was given."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd

from j2311_analytics import codes
from j2311_analytics.drugs.dose import dose_to_units
from j2311_analytics.drugs.drug_codes import drug_table, is_drug, is_unclassified, mapped
from j2311_analytics.ingest.elements import read_ndc

UNITS = ("UN", "ML", "GR", "ME", "F2")
# Labeler and product; the last two digits only name the package.
_PRODUCT_DIGITS = 9
_MG_PER_GRAM = 1000


def normalise_ndc(text: pd.Series) -> pd.Series:
    """NDCs as 11 digits; missing where they are not one.

    Hyphens show where a 10-digit code needs its zero; without them it is not guessed.

    Example:
        >>> normalise_ndc(pd.Series(["65757-300-01", "0054-3686-63", "6575730001"])).tolist()
        ['65757030001', '00054368663', nan]
    """
    known = {one: read_ndc(one) or None for one in text.dropna().unique()}
    return text.map(known).astype("str")


def ndc_problem(text: pd.Series) -> pd.Series:
    """What is wrong with the form of an NDC, in words; missing where nothing is.

    Example:
        >>> ndc_problem(pd.Series(["65757-300-01", "6575730001", "0", None])).tolist()[1:]
        ['10 digits without hyphens: ambiguous', 'not 11 digits', 'missing']
    """
    digits = text.str.replace(r"\D", "", regex=True).str.len()
    problem = pd.Series("not 11 digits", index=text.index)
    problem = problem.mask(digits == 10, "10 digits without hyphens: ambiguous")
    problem = problem.mask(text.isna(), "missing")
    return problem.where(normalise_ndc(text).isna()).astype("str")


def drug_of_ndc(ndc: pd.Series) -> pd.Series:
    """The substance of an NDC (11 digits); missing where the table does not know it.

    Example:
        >>> drug_of_ndc(pd.Series(["65757030001", "84571014002", "00409121201"])).tolist()
        ['naltrexone', 'naloxone', nan]
    """
    return _product(ndc, "drug").astype("str")


def code_of_ndc(ndc: pd.Series, on: pd.Series) -> pd.Series:
    """The drug code for an NDC on a date of service; missing where none or several fit.

    Example:
        >>> on = pd.Series(pd.to_datetime(["2025-06-30", "2025-07-01"]))
        >>> code_of_ndc(pd.Series(["84571014002", "84571014002"]), on).tolist()
        ['J2311', 'J2313']
    """
    pairs = _ndc_codes()
    asked = pd.DataFrame(
        {
            "row": np.arange(len(ndc)),
            "product": ndc.str[:_PRODUCT_DIGITS].to_numpy(),
            "on": on.to_numpy(),
        }
    )
    found = asked[asked["product"].isin(pairs["product"])].merge(pairs, on="product")
    found = found[
        ~(found["on"] < found["valid_from"])
        & ~(found["on"] > found["valid_to"])
        & found["on"].notna()
    ]
    only = found.drop_duplicates("row", keep=False).set_index("row")["hcpcs"]
    return only.reindex(asked["row"]).set_axis(ndc.index).astype("str")


def ndc_fits_code(ndc: pd.Series, hcpcs: pd.Series) -> pd.Series:
    """Whether an NDC is a product of a code's drug; missing where either is not known.

    An unclassified code fits no product that has a code of its own.

    Example:
        >>> ndc = pd.Series(["65757030001", "65757030001", "00409121201"])
        >>> ndc_fits_code(ndc, pd.Series(["J2315", "J2311", "J2311"])).tolist()
        [True, False, <NA>]
    """
    pairs = _ndc_codes()
    product = ndc.str[:_PRODUCT_DIGITS].astype("str")
    listed = pd.Index(pairs["product"] + pairs["hcpcs"])
    fits = product.str.cat(hcpcs.astype("str")).isin(listed)
    has_codes = product.isin(pairs["product"])
    own_products = hcpcs.isin(pairs["hcpcs"]) | is_unclassified(hcpcs)
    other_drug = drug_of_ndc(ndc) != mapped(hcpcs, "drug").astype("str")
    other_drug &= drug_of_ndc(ndc).notna() & mapped(hcpcs, "drug").notna()
    judged = is_drug(hcpcs) & ((has_codes & own_products) | other_drug)
    return fits.astype("boolean").where(judged)


def ndc_dose(ndc: pd.Series, quantity: pd.Series, unit: pd.Series) -> pd.Series:
    """Dose in mg that an NDC quantity says was given.

    UN counts vials, kits or syringes, ML is volume, GR grams, ME milligrams. F2
    (international units) is no mass. Missing where the strength is not known.

    Example:
        >>> ndc = pd.Series(["65757030001", "84571014002", "84571014002"])
        >>> ndc_dose(ndc, pd.Series([1, 0.5, 5]), pd.Series(["UN", "ML", "ME"])).tolist()
        [380.0, 5.0, 5.0]
    """
    strength = {
        "UN": _product(ndc, "mg_per_un"),
        "ML": _product(ndc, "mg_per_ml"),
        "ME": pd.Series(1.0, index=ndc.index),
        "GR": pd.Series(float(_MG_PER_GRAM), index=ndc.index),
    }
    per_one = pd.Series(float("nan"), index=ndc.index)
    for name, amount in strength.items():
        per_one = per_one.mask(unit == name, amount)
    return (quantity * per_one).round(4)


def ndc_units(ndc: pd.Series, quantity: pd.Series, unit: pd.Series, hcpcs: pd.Series) -> pd.Series:
    """HCPCS units that an NDC quantity means under a code; missing where it cannot be told.

    A code whose unit is a dose counts one unit for each vial or syringe.

    Example:
        >>> ndc = pd.Series(["65757030001", "84571014002", "12496010001"])
        >>> code = pd.Series(["J2315", "J2313", "Q9991"])
        >>> ndc_units(ndc, pd.Series([1, 0.5, 1]), pd.Series(["UN", "ML", "UN"]), code).tolist()
        [380.0, 500.0, 1.0]
    """
    by_mass = dose_to_units(ndc_dose(ndc, quantity, unit), hcpcs)
    counted = mapped(hcpcs, "unit").eq("dose") & ~is_unclassified(hcpcs) & (unit == "UN")
    return by_mass.mask(counted.fillna(False).astype(bool), quantity.astype("float64"))


@cache
def _ndc_codes() -> pd.DataFrame:
    """One row per product and code that it may be billed under, with the code's dates."""
    table = drug_table()[["ndcs", "valid_from", "valid_to"]].explode("ndcs").dropna(subset="ndcs")
    table["product"] = table["ndcs"].astype("str").str[:_PRODUCT_DIGITS]
    table = table.reset_index()[["product", "hcpcs", "valid_from", "valid_to"]]
    return table.drop_duplicates(["product", "hcpcs"]).reset_index(drop=True)


@cache
def _products() -> pd.DataFrame:
    table = codes.load("drug_ndc").replace("", None)
    table["product"] = table["ndc"].str[:_PRODUCT_DIGITS]
    table = table.drop_duplicates("product").set_index("product")
    for name in ("mg_per_un", "mg_per_ml"):
        table[name] = pd.to_numeric(table[name])
    return table


def _product(ndc: pd.Series, column: str) -> pd.Series:
    taken: pd.Series = _products()[column].reindex(pd.Index(ndc.str[:_PRODUCT_DIGITS]))
    return taken.set_axis(ndc.index)
