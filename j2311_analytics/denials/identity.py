"""Lines whose own data says that the code billed is the problem.

The drug number goes first, then units, then the date. A finding names a likely code
where the data does; nothing is ever relabelled. What it knows is in
`codes/drug_codes.csv`.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from j2311_analytics.denials.grouping import joined, numbered
from j2311_analytics.denials.verdicts import of_units
from j2311_analytics.drugs.administration import drug_given_by, has_administration
from j2311_analytics.drugs.drug_codes import (
    drug_of_code,
    drug_table,
    expects_diagnosis,
    is_drug,
    is_unclassified,
    mapped,
)
from j2311_analytics.drugs.family import drug_family
from j2311_analytics.drugs.ndc import code_of_ndc, drug_of_ndc, ndc_fits_code
from j2311_analytics.drugs.units_elsewhere import other_unit_amount
from j2311_analytics.drugs.validity import code_valid_on, replacement_code
from j2311_analytics.ingest.exports import Claims
from j2311_analytics.tables import conform

DIAGNOSES = [f"diagnosis_{n}" for n in range(1, 13)]
# "About 380 units": within a twentieth of another code's vial.
_NEAR = 0.05
_OWN = ("hcpcs", "units", "ndc", "service_from")
_TEXTS = ("finding", "likely_code", "facts")
_NO_TEXT = pd.Series(dtype="str")
_OVERDOSE = ("T40",)
_DEPENDENCE = ("F10", "F11")


def code_identity(claims: Claims) -> pd.DataFrame:
    """Find lines of a claim export whose own data speaks against the code billed.

    Args:
        claims: What `read_claims` returned.

    Returns:
        Table `code_identity`, one row per finding:

        - likely_other_code: the drug number is another drug's, or about as many units as
          another code of the family has in a vial are billed;
        - outside_code_dates: the code had ended or not begun on the date of service;
        - other_unit_amount: the units fit another code's unit, such as 0.01 mg;
        - no_drug_named: an unclassified code without a drug number or a description;
        - no_administration: a drug without the procedure that gives it;
        - administration_alone: the procedure without any drug.

    Source:
        HCPCS dates and units, NDCs and administration codes of `codes/drug_codes.csv`,
        each row with its own source.

    Example:
        >>> import tempfile, pathlib
        >>> from j2311_analytics import read_claims
        >>> file = pathlib.Path(tempfile.mkdtemp(), "claims.csv")
        >>> _ = file.write_text(
        ...     "Claim ID,Payer,CPT,Units,Charge,DOS,NDC\\n"
        ...     "A,North,J2311,380,1846.80,2025-06-02,65757-0300-01\\n")
        >>> found = code_identity(read_claims(file))
        >>> found[["finding", "likely_code"]].values.tolist()[0]
        ['likely_other_code', 'J2315']
    """
    lines = claims.lines.reset_index(drop=True)
    claim = [lines["claim_id"], lines["submitted_date"]]
    lines = lines.assign(claim_key=lines.groupby(claim, dropna=False, sort=False).ngroup())
    found = findings_of(lines)
    shown = lines.loc[found["place"], ["claim_id", "line_number", "hcpcs", "service_from"]]
    table = pd.concat([found.reset_index(drop=True), shown.reset_index(drop=True)], axis=1)
    return conform(table.rename(columns={"place": "claim_row"}), "code_identity")


def findings_of(lines: pd.DataFrame) -> pd.DataFrame:
    """The same for any lines: hcpcs, units, ndc, service_from, and what else is known.

    Args:
        lines: Indexed from 0; optional columns are diagnosis_1 … 12, drug_name, line_note,
            and claim_key (what lines of one claim share; missing where the rest of the
            claim is not known).

    Returns:
        place (position in `lines`), finding, likely_code, facts (in words).
    """
    if lines.empty:
        return pd.DataFrame({"place": pd.Series(dtype="int64")} | dict.fromkeys(_TEXTS, _NO_TEXT))
    parts = [_by_look(lines)]
    if "claim_key" in lines:
        parts += [_no_administration(lines), _administration_alone(lines)]
    table = pd.concat(parts, ignore_index=True)
    return table.sort_values("place", kind="stable").reset_index(drop=True)


def _by_look(lines: pd.DataFrame) -> pd.DataFrame:
    """What a line's own data says, found once for all lines that look alike."""
    looks = lines[[name for name in (*_OWN, *DIAGNOSES) if name in lines]]
    looks = looks.assign(named=_is_named(lines))
    look = numbered([looks[name] for name in looks])
    looks = looks[~pd.Series(look).duplicated().to_numpy()].reset_index(drop=True)
    parts = [_other_code(looks), _outside_dates(looks), _other_unit(looks), _no_drug_named(looks)]
    found = pd.concat(parts, ignore_index=True).rename(columns={"place": "look"})
    places = pd.DataFrame({"look": look, "place": np.arange(len(lines))})
    places = places[places["look"].isin(found["look"])]
    return places.merge(found, on="look", sort=False).drop(columns="look")


def words_by_place(found: pd.DataFrame) -> pd.Series:
    """The findings of each line as one text, indexed by place."""
    return joined(found["facts"], found["place"], "; ")


def _found(chosen: pd.Series, finding: str, facts: pd.Series, likely: pd.Series) -> pd.DataFrame:
    place = np.flatnonzero(chosen.to_numpy())
    return pd.DataFrame(
        {
            "place": place,
            "finding": pd.Series(finding, index=range(len(place)), dtype="str"),
            "likely_code": likely[chosen].astype("str").to_numpy(),
            "facts": facts[chosen].astype("str").to_numpy(),
        }
    )


def _is_named(lines: pd.DataFrame) -> pd.Series:
    """Whether a line says by number or in words which drug it is for."""
    told = lines["ndc"].notna()
    for name in ("drug_name", "line_note"):
        if name in lines:
            told |= lines[name].notna()
    return told


def _other_code(lines: pd.DataFrame) -> pd.DataFrame:
    hcpcs, ndc = lines["hcpcs"], lines["ndc"]
    fits = ndc_fits_code(ndc, hcpcs)
    by_ndc = (~fits).fillna(False).astype(bool)
    # Where the drug number fits the code, odd units are a question of units alone.
    by_units = _vial_of_another(lines) & ~fits.fillna(False).astype(bool)
    units_code = _code_by_units(lines).where(by_units)
    likely = code_of_ndc(ndc, lines["service_from"]).where(by_ndc).fillna(units_code)
    drug = "the drug number is of " + drug_of_ndc(ndc).fillna("another drug")
    count = "about as many units as a vial of " + units_code.fillna("") + " are billed"
    facts = drug.where(by_ndc, count).mask(by_ndc & by_units, drug + ", " + count)
    facts = facts.mask(_dependence(lines), facts + _DIAGNOSIS_WORDS)
    facts += ", which speaks for " + likely.fillna("another code") + " instead of " + hcpcs
    return _found(by_ndc | by_units, "likely_other_code", facts, likely)


_DIAGNOSIS_WORDS = ", and the diagnosis is alcohol or opioid dependence without overdose"


def _code_by_units(lines: pd.DataFrame) -> pd.Series:
    """Another code of the family whose vial is about the units billed."""
    table = drug_table()
    vials = table.loc[table["family"].notna(), ["vial_units", "drug"]].dropna()
    family, drug = drug_family(lines["hcpcs"]), drug_of_code(lines["hcpcs"])
    found = pd.Series(None, index=lines.index, dtype="str")
    for code, row in vials.iterrows():
        near = (lines["units"] - row["vial_units"]).abs() <= _NEAR * row["vial_units"]
        same_family = family == drug_family(pd.Series([code])).iloc[0]
        here = near & same_family & (drug != row["drug"]) & found.isna()
        found = found.mask(here.fillna(False), str(code))
    return found


def _vial_of_another(lines: pd.DataFrame) -> pd.Series:
    # Few units fit many codes; only a count that no dose of the code itself has tells.
    own_most = mapped(lines["hcpcs"], "most_units")
    return _code_by_units(lines).notna() & (lines["units"] > own_most)


def _dependence(lines: pd.DataFrame) -> pd.Series:
    """Alcohol or opioid dependence, no overdose: what naltrexone, not naloxone, is for."""
    naloxone = drug_of_code(lines["hcpcs"]) == "naloxone"
    return naloxone & any_diagnosis(lines, _DEPENDENCE) & ~any_diagnosis(lines, _OVERDOSE)


def any_diagnosis(lines: pd.DataFrame, prefixes: tuple[str, ...]) -> pd.Series:
    """Whether any diagnosis of a line starts with one of the prefixes."""
    found = pd.Series(False, index=lines.index)
    for name in DIAGNOSES:
        if name in lines and lines[name].notna().any():
            found |= lines[name].str.startswith(prefixes).fillna(False).astype(bool)
    return found


def expected_diagnosis(lines: pd.DataFrame, columns: list[str]) -> pd.Series:
    """Whether one of the columns holds a diagnosis that the drug is for.

    Missing where the table does not know what the drug is for.
    """
    expected = expects_diagnosis(lines["hcpcs"])
    found = pd.Series(pd.NA, index=lines.index, dtype="boolean")
    for prefixes in set(expected):
        if prefixes:
            here = expected == prefixes
            own = lines[[name for name in columns if name in lines]]
            hits = own.apply(lambda column: column.str.startswith(prefixes))  # noqa: B023
            found = found.mask(here, hits.fillna(False).astype(bool).any(axis=1))
    return found


def _outside_dates(lines: pd.DataFrame) -> pd.DataFrame:
    valid = code_valid_on(lines["hcpcs"], lines["service_from"])
    outside = (~valid).fillna(False).astype(bool)
    facts = lines["hcpcs"] + " was not in force on " + lines["service_from"].dt.strftime("%Y-%m-%d")
    return _found(outside, "outside_code_dates", facts, replacement_code(lines["hcpcs"]))


def _other_unit(lines: pd.DataFrame) -> pd.DataFrame:
    amount = other_unit_amount(lines["units"], lines["hcpcs"])
    # Units that are another code's vial are that code's, not another unit of this one.
    chosen = amount.notna() & ~_vial_of_another(lines)
    units, unit = of_units(lines["units"]), amount.map("{:g}".format)
    facts = units + " of " + lines["hcpcs"] + " fit a unit of " + unit
    return _found(chosen, "other_unit_amount", facts + " mg", pd.Series(None, index=lines.index))


def _no_drug_named(lines: pd.DataFrame) -> pd.DataFrame:
    facts = lines["hcpcs"] + " stands for any drug, and neither its number nor its name is there"
    nothing = pd.Series(None, index=lines.index)
    return _found(
        is_unclassified(lines["hcpcs"]) & ~lines["named"], "no_drug_named", facts, nothing
    )


def _no_administration(lines: pd.DataFrame) -> pd.DataFrame:
    met = has_administration(lines["hcpcs"], lines["claim_key"])
    alone = is_drug(lines["hcpcs"]) & (~met).fillna(False) & lines["claim_key"].notna()
    facts = "no procedure that gives " + lines["hcpcs"] + " is on the claim"
    nothing = pd.Series(None, index=lines.index)
    return _found(alone.astype(bool), "no_administration", facts, nothing)


def _administration_alone(lines: pd.DataFrame) -> pd.DataFrame:
    met = drug_given_by(lines["hcpcs"], lines["claim_key"])
    alone = (~met).fillna(False) & lines["claim_key"].notna()
    facts = lines["hcpcs"] + " gives a drug, and no drug is on the claim"
    nothing = pd.Series(None, index=lines.index)
    return _found(alone.astype(bool), "administration_alone", facts, nothing)
