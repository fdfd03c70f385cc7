"""What the code tables say about each drug code, as typed columns."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd

from j2311_analytics import codes

# Amounts are exact whole numbers of 0.0001 mg: 0.01 mg is 100, 74.2 mg is 742,000.
PARTS_PER_MG = 10_000
_NONE = "none"


@cache
def drug_table() -> pd.DataFrame:
    """Drug codes with typed values; empty cells are missing. Not to be changed in place.

    Returns:
        Indexed by hcpcs: drug, kind (drug, unclassified, bundle, take_home,
        administration), family, unit, unit_parts (unit amount in 0.0001 mg; missing
        where a unit is not a mass), vial_units, least_units and most_units (of a usual
        dose), valid_from, valid_to, replaced_by, interval_days and earliest_days (usual and
        least days between doses of a depot), ndcs, diagnoses and administration
        (tuples), needs_administration (True, False or missing).

    Example:
        >>> drug_table().loc["J2311", ["drug", "unit", "replaced_by"]].tolist()
        ['naloxone', 'mg', 'J2313']
    """
    table = codes.load("drug_codes").set_index("hcpcs").replace("", None)
    usual = table["typical_units"].str.split("-")
    mass = table["unit"] == "mg"
    administration = table["administration"].map(_parts, na_action=None)
    return pd.DataFrame(
        {
            "drug": table["drug"],
            "kind": table["kind"],
            "family": table["family"],
            "unit": table["unit"],
            "unit_parts": table["unit_amount"].map(parts_of).where(mass).astype("Int64"),
            "vial_units": pd.to_numeric(table["vial_units"]),
            "least_units": pd.to_numeric(usual.str[0]),
            "most_units": pd.to_numeric(usual.str[-1]),
            "valid_from": pd.to_datetime(table["valid_from"]).astype("datetime64[us]"),
            "valid_to": pd.to_datetime(table["valid_to"]).astype("datetime64[us]"),
            "replaced_by": table["replaced_by"],
            "interval_days": pd.to_numeric(table["interval_days"]),
            "earliest_days": pd.to_numeric(table["earliest_days"]),
            "ndcs": table["ndc_examples"].map(_parts, na_action=None),
            "diagnoses": table["expected_dx_prefixes"].map(_parts, na_action=None),
            "administration": administration.map(lambda parts: tuple(set(parts) - {_NONE})),
            "needs_administration": (
                (table["administration"] != _NONE)
                .astype("boolean")
                .mask(table["administration"].isna())
            ),
        }
    )


def parts_of(amount: str) -> int:
    """A decimal number of mg as a whole number of 0.0001 mg, without rounding.

    Raises:
        ValueError: if the amount has more than four decimals or is no number.

    Example:
        >>> parts_of("0.01"), parts_of("74.2"), parts_of("380")
        (100, 742000, 3800000)
    """
    whole, _, rest = amount.partition(".")
    if len(rest) > 4 or not (whole + rest).isdigit():
        raise ValueError(f"{amount!r} must be a number with at most four decimals, such as 74.2")
    return int(whole + rest.ljust(4, "0"))


def mapped(values: pd.Series, column: str) -> pd.Series:
    """A column of `drug_table` for each code; missing where the code is not in it.

    Example:
        >>> mapped(pd.Series(["J2315", "99213"]), "vial_units").tolist()
        [380.0, nan]
    """
    known = drug_table()[column]
    place = known.index.get_indexer(pd.Index(values))
    taken: pd.Series = known.reset_index(drop=True).reindex(np.where(place < 0, len(known), place))
    return taken.set_axis(values.index)


def drug_of_code(hcpcs: pd.Series) -> pd.Series:
    """The substance that a code names; missing for unclassified and unknown codes.

    Example:
        >>> drug_of_code(pd.Series(["J2311", "J2315", "J3490"])).tolist()
        ['naloxone', 'naltrexone', nan]
    """
    return mapped(hcpcs, "drug").astype("str")


def is_drug(hcpcs: pd.Series) -> pd.Series:
    """Whether a code is for a drug given: its own code, or an unclassified one.

    Example:
        >>> is_drug(pd.Series(["J2311", "J3490", "96372", None])).tolist()
        [True, True, False, False]
    """
    return mapped(hcpcs, "kind").isin(["drug", "unclassified"])


def is_unclassified(hcpcs: pd.Series) -> pd.Series:
    """Whether a code stands for any drug that has no code of its own.

    Example:
        >>> is_unclassified(pd.Series(["J3490", "J2315"])).tolist()
        [True, False]
    """
    return mapped(hcpcs, "kind").eq("unclassified").fillna(False).astype(bool)


def is_bundle(hcpcs: pd.Series) -> pd.Series:
    """Whether a code is an opioid program's weekly bundle, G2067 to G2075.

    Example:
        >>> is_bundle(pd.Series(["G2073", "J2315"])).tolist()
        [True, False]
    """
    return mapped(hcpcs, "kind").eq("bundle").fillna(False).astype(bool)


def expects_diagnosis(hcpcs: pd.Series) -> pd.Series:
    """Prefixes of the diagnoses expected with each code, as a tuple; empty where none are known.

    Example:
        >>> expects_diagnosis(pd.Series(["J2315", "99213"])).tolist()
        [('F10', 'F11'), ()]
    """
    found = mapped(hcpcs, "diagnoses")
    return found.where(found.notna(), pd.Series([()] * len(found), index=found.index))


def _parts(text: str | None) -> tuple[str, ...]:
    return tuple(text.split(";")) if isinstance(text, str) else ()
