"""Dates within which a drug code may be billed."""

from __future__ import annotations

import pandas as pd

from j2311_analytics.drugs.drug_codes import drug_table, mapped


def code_valid_on(hcpcs: pd.Series, on: pd.Series) -> pd.Series:
    """Whether a drug code is within its dates; missing where code or date is not known.

    A code without a date in the table is open on that side.

    Example:
        >>> code = pd.Series(["J2311", "J2311", "J2315", "99213"])
        >>> on = pd.Series(pd.to_datetime(["2025-06-30", "2025-07-01", "2026-01-01", "2026-01-01"]))
        >>> code_valid_on(code, on).tolist()
        [True, False, True, <NA>]
    """
    early = on < mapped(hcpcs, "valid_from")
    late = on > mapped(hcpcs, "valid_to")
    known = hcpcs.isin(drug_table().index) & on.notna()
    return (~early & ~late).astype("boolean").where(known)


def replacement_code(hcpcs: pd.Series) -> pd.Series:
    """The code that took a code's place; missing where none did.

    Example:
        >>> replacement_code(pd.Series(["J2311", "J2315"])).tolist()
        ['J2313', nan]
    """
    return mapped(hcpcs, "replaced_by").astype("str")
