"""Diagnoses: those that support the drug, those that only seem to, and the pointer.

Which diagnoses a drug is given for is in `codes/drug_diagnosis.csv`; what
contradicts a drug is in `codes/scrub_rules.csv`.
"""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from j2311_analytics import codes
from j2311_analytics.ingest.claim_fields import DIAGNOSES
from j2311_analytics.prevention.lines import (
    Mask,
    among,
    begins,
    carried,
    filled,
    hits,
    of_kind,
)

ANY = "any"
# The higher, the better a diagnosis supports the drug.
_READINGS = {"supports": 3, "abuse": 2, "unspecified": 1}


def diagnosis_findings(lines: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Drug lines whose diagnoses are missing, do not support the drug, or are not pointed to.

    Args:
        lines: From `prepare`.

    Returns:
        Rule → the lines found, with the words of their messages.
    """
    drug = of_kind(lines, "drug", "unclassified")
    given = np.logical_or.reduce([lines[name].notna().to_numpy() for name in DIAGNOSES])
    readings = [_reading(lines, name) for name in DIAGNOSES]
    best = np.max(readings, axis=0)
    asked = drug & given & (best >= 0)
    return {
        "diagnosis_missing": hits(lines, drug & ~given & _any_carried(lines)),
        "diagnosis_unsupported": hits(lines, asked & (best == 0), expected=_expected(lines)),
        "diagnosis_abuse": hits(lines, asked & (best == _READINGS["abuse"])),
        "diagnosis_unspecified": hits(lines, asked & (best == _READINGS["unspecified"])),
        **_pointers(lines, readings, best),
    }


def _any_carried(lines: pd.DataFrame) -> bool:
    return any(carried(lines[name]) for name in DIAGNOSES)


def _reading(lines: pd.DataFrame, name: str) -> np.ndarray:
    """How far one diagnosis supports the drug: 0 not at all, −1 where nothing is known."""
    table = codes.load("drug_diagnosis")
    reading = np.full(len(lines), -1)
    drug = of_kind(lines, "drug", "unclassified")
    if not filled(lines, [name]):
        return np.where(drug & among(lines["drug"], table["drug"]), 0, reading)
    for substance, rows in table.groupby("drug"):
        of_drug = drug & among(lines["drug"], [str(substance)])
        reading[of_drug] = 0
        for row in rows.itertuples():
            met = of_drug & begins(lines[name], [str(row.prefix)])
            if row.hcpcs != ANY:
                met &= among(lines["hcpcs"], [str(row.hcpcs)])
            reading[met] = np.maximum(reading[met], _READINGS[str(row.reading)])
    return reading


def _expected(lines: pd.DataFrame) -> pd.Series:
    """What the drug is given for, in words."""
    table = codes.load("drug_diagnosis")
    table = table[(table["reading"] == "supports") & (table["hcpcs"] == ANY)]
    words = table.groupby("drug")["prefix"].agg(lambda p: " or ".join(_dotted(code) for code in p))
    return lines["drug"].astype("object").map(words.to_dict())


def _dotted(prefix: str) -> str:
    return f"{prefix[:3]}.{prefix[3:]}" if len(prefix) > 3 else prefix


def _pointers(
    lines: pd.DataFrame, readings: list[np.ndarray], best: np.ndarray
) -> dict[str, pd.DataFrame]:
    """The line must point to a diagnosis that is there and supports the drug."""
    pointers = lines["diagnosis_pointers"]
    pointed, empty = np.full(len(lines), -1), np.zeros(len(lines), dtype=bool)
    for text in pointers.cat.categories:
        here = among(pointers, [text])
        for place in places_pointed(str(text)):
            pointed[here] = np.maximum(pointed[here], readings[place][here])
            empty[here] |= lines[DIAGNOSES[place]][here].isna().to_numpy()
    known: Mask = pointers.notna().to_numpy()
    return {
        "diagnosis_not_pointed": hits(lines, known & (best > 0) & (pointed < best)),
        "diagnosis_pointer_empty": hits(lines, known & empty),
    }


def places_pointed(text: str) -> list[int]:
    """Places of the diagnoses that a pointer names, from 0: letters, or numbers.

    Example:
        >>> places_pointed("AB"), places_pointed("1:12"), places_pointed("12")
        ([0, 1], [0, 11], [0, 1])
    """
    if found := re.findall(r"[A-L]", text.upper()):
        return [ord(letter) - ord("A") for letter in found]
    parts = re.findall(r"\d+", text)
    # Digits run together are one place each: at most four pointers, seldom beyond 9.
    digits = list(parts[0]) if len(parts) == 1 else parts
    return [int(part) - 1 for part in digits if 1 <= int(part) <= len(DIAGNOSES)]
