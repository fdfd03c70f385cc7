"""Which drug it is: the NDC, the code, the units and the name must tell the same."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from j2311_analytics import codes
from j2311_analytics.drugs.drug_codes import drug_table
from j2311_analytics.drugs.ndc import code_of_ndc, ndc_fits_code
from j2311_analytics.prevention.lines import (
    Mask,
    among,
    any_in,
    hits,
    mapped,
    of_code,
    of_kind,
    once,
)
from j2311_analytics.prevention.unit_rules import given_units

# How near to another drug's vial units must come to point to it.
_NEAR = 0.1
_DEPOT = "J2315"
_AGONISTS = ("buprenorphine", "buprenorphine with naloxone", "methadone")
AGONIST_DAYS = 7


def drug_findings(lines: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Lines whose NDC, units or documented name point to another drug than their code.

    Args:
        lines: From `prepare`.

    Returns:
        Rule → the lines found, with the words of their messages.
    """
    return {
        "drug_ndc_mismatch": _ndc_mismatch(lines),
        "drug_units_of_another": _units_of_another(lines),
        "drug_name_mismatch": _name_mismatch(lines),
        "drug_agonist_near": _agonist_near(lines),
    }


def right_code(lines: pd.DataFrame) -> pd.Series:
    """The code that a line's NDC has on its day; missing where none or several fit."""
    return once(lines, ["ndc", "service_from"], lambda a: code_of_ndc(a["ndc"], a["service_from"]))


def _ndc_mismatch(lines: pd.DataFrame) -> pd.DataFrame:
    """The NDC belongs to another code: another drug, or another band of the same."""
    fits = once(lines, ["ndc", "hcpcs"], lambda a: ndc_fits_code(a["ndc"], a["hcpcs"]))
    wrong = of_kind(lines, "drug") & ~fits.fillna(True).to_numpy(dtype=bool)
    right = right_code(lines).fillna("another code")
    return hits(lines, wrong, seen=lines["ndc_drug"].astype("object"), right=right)


def _units_of_another(lines: pd.DataFrame) -> pd.DataFrame:
    """Naloxone's code with the units of a naltrexone kit, and no NDC that settles it.

    Source: J2311 is naloxone in the CMS files; 380 mg is the only dose of the depot.
    """
    kit = float(drug_table()["vial_units"][_DEPOT])
    drug = of_kind(lines, "drug")
    near = np.abs(given_units(lines, drug) - kit) <= _NEAR * kit
    parts = drug_table()["unit_parts"][_DEPOT]
    in_whole_mg = (of_code(lines["hcpcs"], "unit_parts") == parts).to_numpy()
    asked = drug & among(lines["code_drug"], ["naloxone"]) & in_whole_mg & near
    return hits(lines, asked & lines["ndc_drug"].isna().to_numpy())


def _name_mismatch(lines: pd.DataFrame) -> pd.DataFrame:
    """The documented name is another drug's."""
    names = lines["drug_name"].astype("category")
    known = _names()
    told = {str(name): _drug_in(str(name), known) for name in names.cat.categories}
    said = mapped(names, told).astype("str")
    by_code = lines["code_drug"].astype("str")
    differs = (said.notna() & by_code.notna() & (said != by_code)).to_numpy(dtype=bool)
    return hits(lines, of_kind(lines, "drug") & differs, said=said)


def _names() -> dict[str, str]:
    """Drugs by their own names and their products' names."""
    products = codes.load("drug_ndc")
    brands = products["product"].str.split().str[0].str.lower()
    own = {name: name for name in products["drug"]}
    return own | dict(zip(brands, products["drug"], strict=True))


def _drug_in(text: str, names: dict[str, str]) -> str | None:
    """The one drug that a text names; None where it names none or several."""
    found = {drug for name, drug in names.items() if name in text.lower()}
    return found.pop() if len(found) == 1 else None


def _agonist_near(lines: pd.DataFrame) -> pd.DataFrame:
    """Naltrexone within a week of buprenorphine or methadone for the same patient.

    Source: Vivitrol label, contraindications: opioid-free for 7 to 10 days.
    """
    blocker = of_kind(lines, "drug", "unclassified") & among(lines["drug"], ["naltrexone"])
    agonist = of_kind(lines, "drug", "bundle", "take_home") & among(lines["drug"], _AGONISTS)
    both = any_in(lines["patient"], blocker) & any_in(lines["patient"], agonist)
    days = days_to(lines, blocker & both, agonist & both)
    return hits(lines, days <= AGONIST_DAYS, days=days)


def days_to(
    lines: pd.DataFrame,
    subject: Mask,
    other: Mask,
    direction: Literal["nearest", "backward"] = "nearest",
) -> np.ndarray:
    """Days from each subject to a line of the other sort of the same patient.

    Args:
        lines: From `prepare`.
        subject: Lines asked about.
        other: Lines looked for.
        direction: "nearest", or "backward" for the last one not after the subject.

    Returns:
        Days, missing where there is none, or no date.
    """
    days = np.full(len(lines), np.nan)
    dated = lines["service_from"].notna().to_numpy()
    left = lines.loc[subject & dated, ["patient", "day"]]
    left = left.assign(place=np.flatnonzero(subject & dated)).sort_values("day")
    right = lines.loc[other & dated, ["patient", "day"]].sort_values("day")
    if left.empty or right.empty:
        return days
    right = right.assign(found=right["day"])
    joined = pd.merge_asof(left, right, on="day", by="patient", direction=direction)
    days[joined["place"]] = (joined["found"] - joined["day"]).abs()
    return days
