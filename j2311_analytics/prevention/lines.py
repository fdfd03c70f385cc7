"""Claim lines prepared for the rules: keys, kinds of line, and the drug by its NDC first.

Codes are categories here, so that a rule looks at each different code once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from j2311_analytics import codes
from j2311_analytics.assumptions import Assumptions
from j2311_analytics.drugs import drug_codes
from j2311_analytics.drugs.ndc import drug_of_ndc
from j2311_analytics.ingest.claim_fields import DIAGNOSES, MODIFIERS

Mask = NDArray[np.bool_]
Words = dict[str, pd.Series | NDArray[np.generic]]

_CODES = (
    *("payer_id", "payer_name", "filing_indicator", "financial_class", "hcpcs", *MODIFIERS),
    *("place_of_service", *DIAGNOSES, "diagnosis_pointers", "ndc", "ndc_unit", "authorization"),
    *("auth_hcpcs", "auth_npi", "rendering_npi", "billing_npi", "frequency", "drug_source"),
)
# CPT keeps this range for evaluation and management.
_EVALUATION = (99202, 99499)
_MANAGED = ("advantage", "managed", "hmo", "mco", "replacement")


def prepare(
    lines: pd.DataFrame,
    history: pd.DataFrame | None = None,
    assumptions: Assumptions = Assumptions(),
) -> pd.DataFrame:
    """Claim lines with what the rules need to know, one row per line.

    Args:
        lines: Table `claim_lines` to be checked.
        history: Table `claim_lines` sent before; it is looked at, never judged.
        assumptions: `as_of` is the day of sending where a line has none.

    Returns:
        The columns of `claim_lines`, codes as categories, and: checked (flag), row
        (position in `lines`, -1 for history), claim (one sending of a claim), patient,
        visit (patient and day), day (days since 1970), drug_day (claim, code and day), sent
        (date), kind (drug, unclassified, administration, evaluation, bundle, take_home,
        other), drug (by NDC first, then HCPCS), code_drug, ndc_drug, vial_units, payer_class,
        professional (flag: no revenue code).

    Example:
        >>> from j2311_analytics import read_claims
        >>> sheet = pd.DataFrame({"Claim": ["A"], "CPT": "J2311", "Fee": "5", "DOS": "1/5/26",
        ...                       "NDC": "65757-0300-01"})
        >>> prepare(read_claims(sheet).lines)[["kind", "drug"]].values.tolist()
        [['drug', 'naltrexone']]
    """
    table = lines.assign(checked=True, row=np.arange(len(lines)))
    if history is not None and len(history):
        table = pd.concat([table, history.assign(checked=False, row=-1)], ignore_index=True)
    table = table.reset_index(drop=True)
    table["professional"] = table["revenue_code"].isna()
    new = {name: table[name].astype("category") for name in _CODES}
    day = table["service_from"].to_numpy().astype("datetime64[D]").astype("int64")
    sending = ["claim_id", "payer_id", "frequency", "submitted_date"]
    new["claim"] = key_of([table[name] for name in sending])
    new["patient"] = _patients(table)
    new["visit"] = key_of([new["patient"], pd.Series(day)])
    new["day"] = pd.Series(day)
    new["drug_day"] = key_of([new["claim"], new["hcpcs"], new["day"]])
    new["sent"] = table["submitted_date"].fillna(_last_day(table, assumptions))
    return table.assign(**new, **_drugs(new), **_classes(new))


def among(values: pd.Series, wanted: Iterable[str]) -> Mask:
    """Which codes are among those wanted; a missing code is not.

    Example:
        >>> among(pd.Series(["JZ", None], dtype="category"), ["JZ"]).tolist()
        [True, False]
    """
    known = values.cat.categories
    return _by_category(values, known.isin(list(wanted)) if len(known) else np.zeros(0, bool))


def begins(values: pd.Series, prefixes: Sequence[str]) -> Mask:
    """Which codes begin with one of the prefixes.

    Example:
        >>> begins(pd.Series(["F1120", "E11"], dtype="category"), ["F11"]).tolist()
        [True, False]
    """
    found = [str(code).startswith(tuple(prefixes)) for code in values.cat.categories]
    return _by_category(values, np.array(found, dtype=bool))


def mapped(values: pd.Series, mapping: Mapping[str, object]) -> pd.Series:
    """What each code stands for; missing where the mapping has none.

    Example:
        >>> mapped(pd.Series(["a", "b"], dtype="category"), {"a": 1}).tolist()
        [1, None]
    """
    found = [mapping.get(str(code)) for code in values.cat.categories]
    table = np.array([*found, None], dtype=object)
    return pd.Series(table[values.cat.codes.to_numpy()], index=values.index)


def of_code(hcpcs: pd.Series, column: str) -> pd.Series:
    """A column of the drug table for each code, looked up once per different code.

    Example:
        >>> of_code(pd.Series(["J2315", "99213"], dtype="category"), "vial_units").tolist()
        [380.0, nan]
    """
    names = pd.Series(hcpcs.cat.categories.astype("str"), dtype="str")
    return mapped(hcpcs, dict(zip(names, drug_codes.mapped(names, column), strict=True)))


def once(
    lines: pd.DataFrame, names: Sequence[str], answer: Callable[[pd.DataFrame], pd.Series]
) -> pd.Series:
    """What a function says about each line, asked once per different combination of columns.

    Args:
        lines: From `prepare`.
        names: Columns that the answer depends on.
        answer: Takes those columns as plain text, numbers and dates.

    Returns:
        The answers, indexed like `lines`.

    Example:
        >>> frame = pd.DataFrame({"a": [1.0, 1.0, 2.0]})
        >>> once(frame, ["a"], lambda unique: unique["a"] * 10).tolist()
        [10.0, 10.0, 20.0]
    """
    key = key_of([lines[name] for name in names]).to_numpy()
    _, first = np.unique(key, return_index=True)
    unique = lines[list(names)].iloc[first].reset_index(drop=True)
    text = {name: unique[name].astype("str") for name in names if unique[name].dtype == "category"}
    answers = answer(unique.assign(**text)).reset_index(drop=True)
    return answers.take(key).set_axis(lines.index)


def with_modifier(lines: pd.DataFrame, wanted: Iterable[str]) -> Mask:
    """Lines that carry one of the modifiers, at any of the four places."""
    wanted = list(wanted)
    found = np.zeros(len(lines), dtype=bool)
    for name in filled(lines, MODIFIERS):
        found |= among(lines[name], wanted)
    return found


def with_diagnosis(lines: pd.DataFrame, prefixes: Sequence[str]) -> Mask:
    """Lines on whose claim a diagnosis begins with one of the prefixes."""
    found = np.zeros(len(lines), dtype=bool)
    for name in filled(lines, DIAGNOSES):
        found |= begins(lines[name], prefixes)
    return found


def filled(lines: pd.DataFrame, names: Sequence[str]) -> list[str]:
    """Those of the columns of codes that hold any value."""
    return [name for name in names if len(lines[name].cat.categories)]


def of_kind(lines: pd.DataFrame, *kinds: str) -> Mask:
    """Lines of one of the kinds."""
    return among(lines["kind"], kinds)


def any_in(groups: pd.Series, mask: Mask) -> Mask:
    """Whether any line of the same group is marked.

    Example:
        >>> any_in(pd.Series([0, 0, 1]), np.array([True, False, False])).tolist()
        [True, True, False]
    """
    return np.asarray(total_in(groups, mask) > 0)


def total_in(groups: pd.Series, values: NDArray[np.generic]) -> NDArray[np.float64]:
    """The sum of the values over each line's group, on every line of it.

    Example:
        >>> total_in(pd.Series([0, 0, 1]), np.array([1.0, 2.0, 5.0])).tolist()
        [3.0, 3.0, 5.0]
    """
    places = groups.to_numpy()
    if not len(places):
        return np.zeros(0)
    sums = np.bincount(places, weights=values.astype("float64"))
    return np.asarray(sums[places], dtype="float64")


def hits(
    lines: pd.DataFrame, mask: Mask, **details: pd.Series | NDArray[np.generic]
) -> pd.DataFrame:
    """The marked lines, with the words that their message needs.

    Returns:
        One row per marked line, indexed as in `lines`; one column per detail.

    Example:
        >>> hits(pd.DataFrame(index=[4, 5]), np.array([False, True])).index.tolist()
        [5]
    """
    kept = {name: np.asarray(values)[mask] for name, values in details.items()}
    return pd.DataFrame(kept, index=lines.index[mask])


def key_of(parts: Sequence[pd.Series]) -> pd.Series:
    """One number for each different combination of values, counted from 0.

    Example:
        >>> key_of([pd.Series(["a", "b", "a"]), pd.Series([1, 1, 1])]).tolist()
        [0, 1, 0]
    """
    key = np.zeros(len(parts[0]), dtype="int64")
    for part in parts:
        places, unique = pd.factorize(part, use_na_sentinel=False)
        key, _ = pd.factorize(key * max(len(unique), 1) + places)
    return pd.Series(key)


def carried(values: pd.Series) -> bool:
    """Whether an export carries a column at all: an absent column is no missing answer."""
    return bool(values.notna().any())


def _by_category(values: pd.Series, wanted: Mask) -> Mask:
    if not len(wanted):
        return np.zeros(len(values), dtype=bool)
    places = values.cat.codes.to_numpy()
    return wanted[places] & (places >= 0)


def _patients(table: pd.DataFrame) -> pd.Series:
    """The patient, by the first of its tokens that the export has, else by the claim."""
    key = np.full(len(table), -1, dtype="int64")
    for name in ("patient_token", "member_token", "claim_id"):
        places, _ = pd.factorize(table[name])
        key = np.where((key < 0) & (places >= 0), places + key.max() + 1, key)
    return key_of([pd.Series(key)])


def _last_day(table: pd.DataFrame, assumptions: Assumptions) -> pd.Timestamp:
    if assumptions.as_of is not None:
        return pd.Timestamp(assumptions.as_of)
    return pd.Timestamp(table["submitted_date"].max())


def _drugs(new: Mapping[str, pd.Series]) -> dict[str, pd.Series]:
    """Kind of line, and its drug: by a known NDC first, then by the code."""
    hcpcs = new["hcpcs"]
    names = pd.Series(hcpcs.cat.categories.astype("str"), dtype="str")
    kinds = drug_codes.mapped(names, "kind").fillna(names.map(_kind))
    kind = mapped(hcpcs, dict(zip(names, kinds, strict=True)))
    by_code = of_code(hcpcs, "drug")
    products = pd.Series(new["ndc"].cat.categories.astype("str"), dtype="str")
    by_ndc = mapped(new["ndc"], dict(zip(products, drug_of_ndc(products), strict=True)))
    told = by_ndc.notna() & kind.isin(["drug", "unclassified"])
    return {
        "kind": kind.astype("category"),
        "drug": by_ndc.where(told, by_code).astype("category"),
        "code_drug": by_code.astype("category"),
        "ndc_drug": by_ndc.astype("category"),
        "vial_units": of_code(hcpcs, "vial_units").astype("float64"),
    }


def _kind(code: str) -> str:
    number = int(code) if code.isascii() and code.isdigit() else 0
    return "evaluation" if _EVALUATION[0] <= number <= _EVALUATION[1] else "other"


def _classes(new: Mapping[str, pd.Series]) -> dict[str, pd.Series]:
    """Class of coverage, from the filing indicator, else from the practice's own words."""
    by_indicator = codes.lookup("claim_filing_indicator", "code", "payer_class")
    told = mapped(new["filing_indicator"], by_indicator)
    named = new["financial_class"]
    said = mapped(
        named, {words: _class_in_words(words) for words in map(str, named.cat.categories)}
    )
    return {"payer_class": told.where(told.notna(), said).fillna("unknown").astype("category")}


def _class_in_words(words: str) -> str | None:
    """Class behind words such as "Medicare"; a managed plan is not the program itself."""
    plain = words.lower()
    for name in ("medicare", "medicaid", "tricare"):
        if name in plain:
            return f"managed {name}" if any(word in plain for word in _MANAGED) else name
    return None
