"""Units: billed units against the vial, the documented dose, the NDC quantity and limits."""

from __future__ import annotations

import numpy as np
import pandas as pd

from j2311_analytics.drugs.dose import units_to_dose
from j2311_analytics.drugs.ndc import UNITS as NDC_UNITS
from j2311_analytics.drugs.ndc import ndc_units
from j2311_analytics.drugs.units_elsewhere import other_unit_amount
from j2311_analytics.prevention.lines import (
    Mask,
    Words,
    among,
    carried,
    hits,
    mapped,
    of_code,
    of_kind,
    once,
    total_in,
    with_modifier,
)

# What rounding of a quantity may hide.
_CLOSE = 0.01


def unit_findings(
    lines: pd.DataFrame, unit_limits: pd.DataFrame | None = None
) -> dict[str, pd.DataFrame]:
    """Lines whose units cannot be right, or do not fit the drug beside them.

    Args:
        lines: From `prepare`.
        unit_limits: From `read_unit_limits`, or None.

    Returns:
        Rule → the lines found, with the words of their messages.
    """
    drug = of_kind(lines, "drug")
    billed = of_kind(lines, "drug", "unclassified")
    return {
        "units_missing": hits(lines, billed & ~(lines["units"] > 0).to_numpy()),
        "units_fraction": hits(lines, drug & (lines["units"] % 1 > 0).to_numpy()),
        **_against_vial(lines, drug),
        "units_dose": _against_dose(lines, drug),
        **_against_ndc(lines, drug),
        **_against_limits(lines, unit_limits),
    }


def given_units(lines: pd.DataFrame, drug: Mask) -> np.ndarray:
    """Units of a claim's drug and day without those billed as discarded."""
    counted = drug & ~with_modifier(lines, ["JW"])
    return total_in(lines["drug_day"], lines["units"].fillna(0).to_numpy() * counted)


def _against_vial(lines: pd.DataFrame, drug: Mask) -> dict[str, pd.DataFrame]:
    """One unit for a vial, slips of the decimal point, another code's scale, unusual doses."""
    given, vial = given_units(lines, drug), lines["vial_units"].to_numpy()
    least, most = (
        of_code(lines["hcpcs"], n).astype("float64") for n in ("least_units", "most_units")
    )
    discarded = with_modifier(lines, ["JW"])
    # With the NDC of another drug, that is what is wrong, not the units.
    counted = drug & (given > 0) & ~discarded & ~of_other_drug(lines)
    by_dose = counted & (of_code(lines["hcpcs"], "unit") == "dose").to_numpy()
    one = counted & (given == 1) & (vial > 1)
    asked = pd.DataFrame({"units": given, "hcpcs": lines["hcpcs"]})
    elsewhere = once(asked, ["units", "hcpcs"], _other_scale)
    slip = counted & (vial >= 10) & ((given == vial / 10) | (given == vial * 10))
    scale = counted & ~slip & elsewhere.notna().to_numpy()
    told = one | scale | slip
    words: Words = {"given": given, "vial": vial, "least": least, "most": most}
    high, low = given > most, given < least
    paired = total_in(lines["drug_day"], discarded) > 0
    return {
        "units_one_for_vial": hits(lines, one & ~scale, **words),
        "units_other_scale": hits(lines, scale, **words, amount=elsewhere),
        "units_tenfold": hits(lines, slip, **words),
        "units_doses": hits(lines, by_dose & ~told & high, **words),
        "units_high": hits(lines, counted & ~by_dose & ~told & high, **words),
        "units_low": hits(lines, counted & ~told & ~paired & low, **words),
    }


def of_other_drug(lines: pd.DataFrame) -> Mask:
    """Lines whose NDC is another drug than their code."""
    by_ndc, by_code = lines["ndc_drug"].astype("str"), lines["code_drug"].astype("str")
    return (by_ndc.notna() & by_code.notna() & (by_ndc != by_code)).to_numpy(dtype=bool)


def _other_scale(asked: pd.DataFrame) -> pd.Series:
    return other_unit_amount(asked["units"], asked["hcpcs"])


def _against_dose(lines: pd.DataFrame, drug: Mask) -> pd.DataFrame:
    """Documented mg against what the units mean."""
    asked = pd.DataFrame({"units": given_units(lines, drug), "hcpcs": lines["hcpcs"]})
    billed = once(asked, ["units", "hcpcs"], lambda a: units_to_dose(a["units"], a["hcpcs"]))
    dose = lines["dose"].to_numpy()
    counted = drug & ~with_modifier(lines, ["JW"]) & (dose > 0)
    return hits(lines, counted & (np.abs(billed.to_numpy() - dose) > _CLOSE * dose), billed=billed)


def _against_ndc(lines: pd.DataFrame, drug: Mask) -> dict[str, pd.DataFrame]:
    """NDC quantity against the billed units."""
    with_ndc = of_kind(lines, "drug", "unclassified") & lines["ndc"].notna().to_numpy()
    unit, quantity = lines["ndc_unit"], lines["ndc_quantity"].to_numpy()
    names = ["ndc", "ndc_quantity", "ndc_unit", "hcpcs"]
    meant = once(lines, names, _units_of_ndc).to_numpy("float64", na_value=np.nan)
    wrong = drug & ~of_other_drug(lines)
    wrong &= np.abs(meant - lines["units"].to_numpy()) > _CLOSE * meant
    asked = carried(lines["ndc_quantity"]) and carried(unit)
    incomplete = ~(quantity > 0) | unit.isna().to_numpy()
    return {
        "units_ndc_unit": hits(lines, with_ndc & unit.notna().to_numpy() & ~among(unit, NDC_UNITS)),
        "units_ndc_quantity_missing": hits(lines, with_ndc & asked & incomplete),
        "units_ndc_quantity": hits(lines, wrong, meant=meant),
    }


def _units_of_ndc(asked: pd.DataFrame) -> pd.Series:
    return ndc_units(asked["ndc"], asked["ndc_quantity"], asked["ndc_unit"], asked["hcpcs"])


def _against_limits(lines: pd.DataFrame, limits: pd.DataFrame | None) -> dict[str, pd.DataFrame]:
    """The user's limits: on each line (MAI 1), or on the sum of the day (MAI 2 and 3).

    Source: CMS, Medically Unlikely Edits, adjudication indicators.
    """
    if limits is None:
        return {}
    most = dict(zip(limits["hcpcs"], limits["max_units"], strict=True))
    indicator = dict(zip(limits["hcpcs"], limits["adjudication_indicator"], strict=True))
    limit = mapped(lines["hcpcs"], most).astype("float64").to_numpy()
    kind = mapped(lines["hcpcs"], indicator)
    units = lines["units"].fillna(0).to_numpy()
    names = ["claim", "rendering_npi", "hcpcs", "day"]
    day = lines.groupby(names, observed=True, dropna=False, sort=False).ngroup()
    summed = total_in(day, units)
    per_line = (kind == "1").to_numpy() & (units > limit)
    per_day = kind.isin(["2", "3"]).to_numpy() & (summed > limit)
    words: Words = {"limit": limit, "summed": summed}
    return {
        "units_over_line_limit": hits(lines, per_line, **words),
        "units_over_day_limit": hits(lines, per_day, **words),
    }
