"""Doses, HCPCS units and vials, in exact decimals.

A dose is mg; units are HCPCS units. Units may have three decimals, as the claim
form allows; mg four.
"""

from __future__ import annotations

import pandas as pd

from j2311_analytics.drugs.drug_codes import PARTS_PER_MG, mapped

_UNIT_DECIMALS = 1000


def units_to_dose(units: pd.Series, hcpcs: pd.Series) -> pd.Series:
    """Dose in mg that a number of units means under a code.

    Missing where the code's unit is not a mass (a dose band, a week, a service).

    Example:
        >>> units_to_dose(pd.Series([500.0, 4.0]), pd.Series(["J2313", "J0570"])).tolist()
        [5.0, 296.8]
    """
    thousandths = _whole(units * _UNIT_DECIMALS)
    parts = thousandths * mapped(hcpcs, "unit_parts")
    return parts.astype("Float64").astype("float64") / (_UNIT_DECIMALS * PARTS_PER_MG)


def dose_to_units(dose: pd.Series, hcpcs: pd.Series) -> pd.Series:
    """Units of a code that a dose in mg makes; whole where the dose is whole units.

    Missing where the code's unit is not a mass.

    Example:
        >>> dose_to_units(pd.Series([5.0, 296.8]), pd.Series(["J2313", "J0570"])).tolist()
        [500.0, 4.0]
    """
    parts = _whole(dose * PARTS_PER_MG).astype("Float64")
    return (parts / mapped(hcpcs, "unit_parts")).astype("float64")


def vial_units(hcpcs: pd.Series) -> pd.Series:
    """Units in one single-dose vial, kit or syringe of a code; missing where not known.

    Example:
        >>> vial_units(pd.Series(["J2315", "J2313"])).tolist()
        [380.0, 500.0]
    """
    return mapped(hcpcs, "vial_units")


def vials_opened(units: pd.Series, hcpcs: pd.Series) -> pd.Series:
    """Whole vials that must be opened to give so many units.

    Example:
        >>> vials_opened(pd.Series([380.0, 381.0]), pd.Series(["J2315", "J2315"])).tolist()
        [1.0, 2.0]
    """
    vials = _whole(units * _UNIT_DECIMALS) / _whole(vial_units(hcpcs) * _UNIT_DECIMALS)
    return -((-vials.astype("Float64").astype("float64")) // 1)


def is_whole_vials(units: pd.Series, hcpcs: pd.Series) -> pd.Series:
    """Whether units are exactly one or more vials; missing where the vial is not known.

    Given and discarded units together must be, for a single-dose drug.

    Example:
        >>> code = pd.Series(["J2315", "J2315", "99213"])
        >>> is_whole_vials(pd.Series([760.0, 38.0, 1.0]), code).tolist()
        [True, False, <NA>]
    """
    billed = _whole(units * _UNIT_DECIMALS)
    vial = _whole(vial_units(hcpcs) * _UNIT_DECIMALS)
    return (billed % vial == 0) & (billed > 0)


def is_usual_dose(units: pd.Series, hcpcs: pd.Series) -> pd.Series:
    """Whether units lie within those of a usual dose; missing where none is known.

    Example:
        >>> is_usual_dose(pd.Series([380.0, 38.0]), pd.Series(["J2315", "J2315"])).tolist()
        [True, False]
    """
    least, most = mapped(hcpcs, "least_units"), mapped(hcpcs, "most_units")
    return ((units >= least) & (units <= most)).astype("boolean").mask(least.isna() | units.isna())


def _whole(values: pd.Series) -> pd.Series:
    return values.astype("Float64").round().astype("Int64")
