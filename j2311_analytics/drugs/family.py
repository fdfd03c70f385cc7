"""Codes of one drug, or easily taken for it."""

from __future__ import annotations

import pandas as pd

from j2311_analytics.drugs.drug_codes import drug_table, mapped


def drug_family(hcpcs: pd.Series) -> pd.Series:
    """The drug behind a code; codes of one drug, or easily taken for it, share a family.

    Opioid antagonists (naltrexone, naloxone) are one family because J2311 is billed
    for both; any other code is a family of its own.

    Example:
        >>> drug_family(pd.Series(["J2311", "J2315", "96372"])).tolist()
        ['opioid antagonist injection', 'opioid antagonist injection', '96372']
    """
    return mapped(hcpcs, "family").astype("str").fillna(hcpcs).fillna("no code")


def same_drug(hcpcs: pd.Series, focus: tuple[str, ...]) -> pd.Series:
    """Whether each code is of the drug of one of the focus codes.

    Example:
        >>> same_drug(pd.Series(["J2315", "96372"]), ("J2311",)).tolist()
        [True, False]
    """
    return drug_family(hcpcs).isin(set(drug_family(pd.Series(list(focus))))) & hcpcs.notna()


def family_codes(focus: tuple[str, ...]) -> tuple[str, ...]:
    """The focus codes and every known code of their families, in order of the table.

    Example:
        >>> family_codes(("J2315",))
        ('J2315', 'J2311', 'J2313', 'J2310', 'J2312')
    """
    known = pd.Series(drug_table().index)
    others = known[same_drug(known, focus) & ~known.isin(focus)]
    return (*focus, *others)
