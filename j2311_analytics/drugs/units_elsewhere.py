"""Units that make no sense under the code billed, but do under another code's unit amount.

5 units of a 0.01 mg code are the count of a 1 mg code; 38,000 units of a 1 mg
code are the count of a 0.01 mg one. Source: HCPCS unit amounts in
`codes/drug_codes.csv`.
"""

from __future__ import annotations

import pandas as pd

from j2311_analytics.drugs.dose import dose_to_units, is_usual_dose
from j2311_analytics.drugs.drug_codes import PARTS_PER_MG, drug_table, is_drug, mapped


def other_unit_amount(units: pd.Series, hcpcs: pd.Series) -> pd.Series:
    """Unit amount in mg of another code under which the units are a usual dose.

    Args:
        units: HCPCS units as billed.
        hcpcs: Code as billed.

    Returns:
        mg per unit of that other code; missing where the units fit the code billed,
        or none fits.

    Example:
        >>> code = pd.Series(["J2313", "J2315", "J2315"])
        >>> other_unit_amount(pd.Series([5.0, 38000.0, 380.0]), code).tolist()
        [1.0, 0.01, nan]
    """
    own = mapped(hcpcs, "unit_parts")
    unusual = ~is_usual_dose(units, hcpcs).fillna(True).astype(bool)
    asked = is_drug(hcpcs) & unusual & own.notna()
    found = pd.Series(float("nan"), index=units.index)
    for parts in _amounts():
        dose = units * parts / PARTS_PER_MG
        here = asked & found.isna() & (own != parts).fillna(False).astype(bool)
        found = found.mask(here & _usual(dose, hcpcs), parts / PARTS_PER_MG)
    return found


def _usual(dose: pd.Series, hcpcs: pd.Series) -> pd.Series:
    own_units = dose_to_units(dose, hcpcs).round(3)
    return is_usual_dose(own_units, hcpcs).fillna(False).astype(bool)


def _amounts() -> list[int]:
    """Unit amounts of drug codes, the commonest first."""
    table = drug_table()
    return [int(n) for n in table.loc[table["kind"] == "drug", "unit_parts"].value_counts().index]
