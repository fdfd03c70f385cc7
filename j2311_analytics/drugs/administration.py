"""Which procedures give a drug, and whether a claim holds one."""

from __future__ import annotations

import pandas as pd

from j2311_analytics.drugs.drug_codes import drug_table, mapped


def is_administration(hcpcs: pd.Series) -> pd.Series:
    """Whether a code is the giving of a drug, such as 96372.

    Example:
        >>> is_administration(pd.Series(["96372", "J2315"])).tolist()
        [True, False]
    """
    return mapped(hcpcs, "kind").eq("administration").fillna(False).astype(bool)


def administration_codes(hcpcs: pd.Series) -> pd.Series:
    """Codes that may give each drug, as a tuple; empty for drugs by mouth and unknown ones.

    Example:
        >>> administration_codes(pd.Series(["J2315", "J0571"])).tolist()
        [('96372',), ()]
    """
    found = mapped(hcpcs, "administration")
    return found.where(found.notna(), pd.Series([()] * len(found), index=found.index))


def needs_administration(hcpcs: pd.Series) -> pd.Series:
    """Whether a drug is given by a procedure; missing where the table does not know.

    Example:
        >>> needs_administration(pd.Series(["J2315", "J0571", "J3490"])).tolist()
        [True, False, <NA>]
    """
    return mapped(hcpcs, "needs_administration").astype("boolean")


def has_administration(hcpcs: pd.Series, group: pd.Series) -> pd.Series:
    """Whether a procedure that gives the line's drug is in the same group.

    Args:
        hcpcs: Code of each line.
        group: What lines must share, such as a claim, or a patient and date.

    Returns:
        Missing for lines whose code is no drug, or needs no giving.

    Example:
        >>> code = pd.Series(["J2315", "96372", "J0570", "96372"])
        >>> has_administration(code, pd.Series([1, 1, 2, 2])).tolist()
        [True, <NA>, False, <NA>]
    """
    asked = needs_administration(hcpcs).fillna(False).astype(bool)
    table = drug_table()["administration"]
    pairs = table.explode().dropna()
    giving = pd.DataFrame({"group": group, "given_by": hcpcs})
    giving = giving[hcpcs.isin(set(pairs))].drop_duplicates()
    drugs = pd.DataFrame({"group": group, "hcpcs": hcpcs})[asked].reset_index(names="row")
    ways = pairs.rename("given_by").rename_axis("hcpcs").reset_index()
    met = drugs.merge(ways, on="hcpcs").merge(giving, on=["group", "given_by"])
    return pd.Series(hcpcs.index.isin(met["row"]), index=hcpcs.index).astype("boolean").where(asked)


def drug_given_by(hcpcs: pd.Series, group: pd.Series) -> pd.Series:
    """Whether a drug that a procedure gives is in the same group.

    Returns:
        Missing for lines that are no administration.

    Example:
        >>> drug_given_by(pd.Series(["J2315", "96372", "96372"]), pd.Series([1, 1, 2])).tolist()
        [<NA>, True, False]
    """
    giving = is_administration(hcpcs)
    # An unclassified drug may be given by any procedure.
    drug = mapped(hcpcs, "kind").isin(["drug", "unclassified"])
    met = group.isin(set(group[drug].dropna()))
    return met.astype("boolean").where(giving)
