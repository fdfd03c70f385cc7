"""read_837 against the plain reader, over files made by chance and damaged ones.

`J2311_DAMAGED_FILES=10000 pytest tests/ingest/test_claims837_properties.py` is the long run.
"""

from __future__ import annotations

import math
import os
import warnings
from random import Random
from typing import Any

import pandas as pd
from generated_835 import damaged
from generated_837 import made_claim_file
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle.plain_837 import ClaimRows, read_plainly

from j2311_analytics import AnalyticsWarning, Claims, X12Error, read_837
from j2311_analytics.ingest.claim_pieces import ClaimReading

MANY = int(os.environ.get("J2311_DAMAGED_FILES", "40"))
seeds = st.integers(0, 2**32)
Figures = dict[str, list[Any]]


def plain(rows: ClaimRows) -> Figures:
    """What the walk found, as lists to compare."""
    owners = {id(claim): number for number, claim in enumerate(rows.claims, 1)}

    def owner(row: dict[str, Any]) -> int | None:
        return owners.get(id(row["claim"]))

    return {
        "claims": [
            (c["claim_id"], c["charge"], c["frequency"], c["subscriber"].get("payer_id", ""))
            for c in rows.claims
        ],
        "lines": [
            (owner(line), line["charge"], line["units"], line["revenue"], line.get("line_control"))
            for line in rows.lines
        ],
        "first": [
            (owner(line), (line["claim"] or {"diagnoses": []})["diagnoses"][:2])
            for line in rows.lines
        ],
        "diagnoses": [(owner(row), row["diagnosis"]) for row in rows.diagnoses],
        "payments": [(owner(row["line"]), row["payer_id"], row["paid"]) for row in rows.payments],
        "adjustments": [
            (owner(row), row["payer"].get("payer_id", ""), row["amount"])
            for row in rows.adjustments
        ],
    }


def values(frame: pd.DataFrame, *names: str) -> list[tuple[Any, ...]]:
    """Rows of a table; money in cents, what is missing None."""
    columns = []
    for name in names:
        column = frame[name]
        if name in ("charge", "amount", "paid"):
            column = (column * 100).round()
        columns.append([None if pd.isna(value) else value for value in column])
    return list(zip(*columns, strict=True))


def found(claims: Claims) -> Figures:
    """The same figures from the tables."""
    lines = claims.lines
    firsts = values(lines, "sent_claim", "diagnosis_1", "diagnosis_2")
    return {
        "claims": values(claims.claims, "claim_id", "charge", "frequency", "payer_id"),
        "lines": values(lines, "sent_claim", "charge", "units", "revenue_code", "line_control"),
        "first": [(claim, [c for c in codes if c]) for claim, *codes in firsts],
        "diagnoses": values(claims.diagnoses, "sent_claim", "diagnosis"),
        "payments": values(claims.prior_payments, "sent_claim", "payer_id", "paid"),
        "adjustments": values(claims.prior_adjustments, "sent_claim", "payer_id", "amount"),
    }


def plainly(value: Any) -> Any:
    """Nothing, an empty text and a number that is none are the same."""
    if isinstance(value, tuple | list):
        return [plainly(part) for part in value]
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    return str(value).replace("\x1f", " ").strip(" ") if isinstance(value, str) else value or 0


def check(data: bytes, size: int) -> None:
    """The engine reads what the walk reads, and as much in small chunks."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AnalyticsWarning)
        try:
            claims = read_837(data)
        except X12Error:
            return
        pieces = list(ClaimReading(data, chunk_size=size).pieces())
    expected, read = plain(read_plainly([("a.837", data)])), found(claims)
    for name, rows in expected.items():
        assert plainly(read[name]) == plainly(rows), name
    counted = sum(piece["claim_lines"]["charge"].size for piece in pieces)
    assert counted == len(claims.lines)
    segments = [n for piece in pieces for n in piece["sent_claims"]["segment"].tolist()]
    assert segments == claims.claims["segment"].tolist()


@given(seeds, st.sampled_from([500, 5000]))
@settings(max_examples=MANY)
def test_every_order_of_loops_reads_as_the_walk_reads_it(seed: int, size: int) -> None:
    check(made_claim_file(Random(seed)), size)


@given(seeds, st.sampled_from([500, 5000]))
@settings(max_examples=MANY)
def test_damaged_files_read_as_the_walk_reads_them(seed: int, size: int) -> None:
    chance = Random(seed)
    check(damaged(made_claim_file(chance), chance), size)
