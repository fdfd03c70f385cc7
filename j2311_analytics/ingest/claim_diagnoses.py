"""The `claim_diagnoses` table of a chunk of 837s: one row per diagnosis of an HI.

Source of qualifiers: ASC X12 code list 1270; ABK and kin are ICD-10-CM, BK and kin
ICD-9-CM.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from j2311_analytics.ingest.claim_facts import rank, word
from j2311_analytics.ingest.claim_places import ClaimPlaces
from j2311_analytics.ingest.columns import code_word, code_words, codes
from j2311_analytics.ingest.context import NOBODY
from j2311_analytics.ingest.cut import Array
from j2311_analytics.ingest.services import components

ROLES = {
    "ABK": "principal",
    "BK": "principal",
    "ABF": "other",
    "BF": "other",
    "ABJ": "admitting",
    "BJ": "admitting",
    "APR": "reason for visit",
    "PR": "reason for visit",
    "ABN": "external cause",
    "BN": "external cause",
}
# What the lines of a claim carry and point to, in the order of the claim.
_NUMBERED = ("ABK", "BK", "ABF", "BF")
MOST = 12


def diagnosis_columns(places: ClaimPlaces) -> tuple[dict[str, Any], list[pa.Array]]:
    """Columns of `claim_diagnoses`, and for each claim its first, second … diagnosis."""
    cut = places.cut
    rows, positions = _each(places)
    spans = cut.spans(rows, positions)
    parts, _ = components(cut, spans, 9)
    words = code_words(cut, parts[0])
    kept = np.isin(words, [code_word(code) for code in ROLES]) & (parts[1][1] > parts[1][0])
    claim = places.claim.take(rows)
    kept &= claim != NOBODY
    claim = claim[kept]
    parts = [(starts[kept], ends[kept]) for starts, ends in parts]
    words, rows = words[kept], rows[kept]
    qualifier = codes(cut, parts[0])
    code = pc.replace_substring(codes(cut, parts[1]), ".", "")
    numbered = np.isin(words, [code_word(name) for name in _NUMBERED])
    columns = {
        "sent_claim": claim + 1,
        "position": rank(claim),
        "segment": places.numbers(rows),
        "role": _mapped(qualifier, ROLES),
        "code_system": pc.if_else(pc.starts_with(qualifier, "A"), word("ICD-10"), word("ICD-9")),
        "diagnosis": code,
        "present_on_admission": codes(cut, parts[8]),
    }
    listed, owners = code.filter(pa.array(numbered)), claim[numbered]
    return columns, _spread(listed, owners, places.claim_rows.size)


def _each(places: ClaimPlaces) -> tuple[Array, Array]:
    """Row and position of every element of the HI segments, in the file's order."""
    cut = places.cut
    rows = cut.rows("HI")
    size = cut.size.take(rows)
    most = int(size.max(initial=1))
    pairs = [(rows[size > n], n) for n in range(1, most)]
    row = np.concatenate([np.zeros(0, np.int64), *(r for r, _ in pairs)])
    position = np.concatenate([np.zeros(0, np.int64), *(np.full(r.size, n) for r, n in pairs)])
    order = np.lexsort((position, row))
    return row[order], position[order]


def _spread(values: pa.Array, owners: Array, count: int) -> list[pa.Array]:
    position = rank(owners)
    found = []
    for number in range(1, MOST + 1):
        places = np.full(count, NOBODY)
        at = np.flatnonzero(position == number)
        places[owners[at]] = at
        found.append(values.take(pa.array(places, mask=places < 0)))
    return found


def _mapped(values: pa.Array, words: dict[str, str]) -> pa.Array:
    names = pa.array(list(words), pa.large_string())
    meanings = pa.array(list(words.values()), pa.large_string())
    return meanings.take(pc.index_in(values, value_set=names))
