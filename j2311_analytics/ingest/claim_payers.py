"""Payers of the claims of a chunk of 837s, and what earlier payers decided.

Source of positions and qualifiers: ASC X12 005010X222A1 and 005010X223A2, loops
2000B, 2320, 2330 and 2430.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from j2311_analytics.ingest.adjustment_tables import of_each, reason_codes, repeated
from j2311_analytics.ingest.claim_facts import chosen, facts, rank
from j2311_analytics.ingest.claim_places import ClaimPlaces
from j2311_analytics.ingest.claim_table import amount_column
from j2311_analytics.ingest.columns import codes, texts
from j2311_analytics.ingest.context import NOBODY
from j2311_analytics.ingest.cut import Array
from j2311_analytics.ingest.line_table import number_column
from j2311_analytics.ingest.sent_claims import Tokens, member_tokens
from j2311_analytics.ingest.services import services

_OF_CLAIM = (
    "payer_sequence",
    "filing_indicator",
    "payer_name",
    "payer_id",
    "group_number",
    "member_token",
)
_ORPHAN = "an adjustment outside any payer's decision; it is kept without a payer"


def claim_payer_columns(
    places: ClaimPlaces, claims: dict[str, Any], tokens: Tokens
) -> dict[str, Any]:
    """Columns of `claim_payers`: the payer that each claim is for, then the others named."""
    rows, count = places.other_rows, places.other_rows.size
    claim = places.claim.take(rows)
    outside_lines = np.where(places.line == NOBODY, places.other, NOBODY)
    names, amounts, dates, references = (
        facts(places, name, outside_lines, count) for name in ("NM1", "AMT", "DTP", "REF")
    )
    is_payer = names.among("PR")
    cut = places.cut
    others = {
        "payer_sequence": codes(cut, cut.spans(rows, 1)),
        "filing_indicator": codes(cut, cut.spans(rows, 9)),
        "payer_name": names.text(3, is_payer),
        "payer_id": names.text(9, is_payer),
        "group_number": texts(cut, cut.spans(rows, 3)),
        "member_token": member_tokens(names.text(9, names.among("IL")), tokens),
    }
    owners = np.concatenate((np.arange(places.claim_rows.size), claim))
    order = np.argsort(owners, kind="stable")
    none, missing = np.full(places.claim_rows.size, np.nan), len(places.claim_rows)
    undated = np.full(missing, np.datetime64("NaT"), "datetime64[us]")
    nothing = pa.nulls(missing, pa.large_string())
    control = references.text(2, references.among("F8"))
    return {
        "sent_claim": owners[order] + 1,
        "position": rank(owners[order]),
        **{n: _joined(claims[n], others[n], order) for n in _OF_CLAIM},
        "payer_control_number": _joined(nothing, control, order),
        "paid": np.concatenate((none, amounts.dollars("D")))[order],
        "patient_share": np.concatenate((none, amounts.dollars("EAF")))[order],
        "not_covered": np.concatenate((none, amounts.dollars("A8")))[order],
        "decided_on": np.concatenate((undated, dates.dates("573")[0]))[order],
    }


def prior_payment_columns(places: ClaimPlaces, line_numbers: Array) -> dict[str, Any]:
    """Columns of `prior_payments`: one row per SVD."""
    cut, rows = places.cut, places.decision_rows
    dates, amounts = (facts(places, n, places.decision, rows.size) for n in ("DTP", "AMT"))
    service = services(cut, rows, 3)
    revenue = texts(cut, cut.spans(rows, 4))
    return {
        "sent_claim": places.claim.take(rows) + 1,
        "line_number": line_numbers.take(places.line.take(rows)),
        "segment": places.numbers(rows),
        "payer_id": texts(cut, cut.spans(rows, 1)),
        "paid": amount_column(places, rows, 2),
        "hcpcs": service["hcpcs"],
        "revenue_code": pc.coalesce(revenue, service["revenue_code"]),
        "units": number_column(places, rows, 5),
        "patient_share": amounts.dollars("EAF"),
        "decided_on": dates.dates("573")[0],
    }


def prior_adjustment_columns(
    places: ClaimPlaces, payer_ids: tuple[pa.Array, pa.Array], line_numbers: Array
) -> dict[str, Any]:
    """Columns of `prior_adjustments`: one row per reason triplet of a CAS.

    Args:
        places: The chunk's segments and their owners.
        payer_ids: Payer of each decision on a line, and of each other payer's loop.
        line_numbers: Number of each line in its claim.
    """
    cut = places.cut
    inside = cut.rows("CAS")
    stray = places.claim.take(inside) == NOBODY
    places.stray(inside[stray])
    every = inside[~stray]
    which, positions, (reasons, amounts, quantities) = repeated(cut, every, first=2, step=3)
    rows = every.take(which)
    decision, other, line = (
        owners.take(rows) for owners in (places.decision, places.other, places.line)
    )
    places.report(
        rows[(decision == NOBODY) & (other == NOBODY)], "warning", "orphan_adjustment", _ORPHAN
    )
    numbers = np.append(line_numbers, 0)
    return {
        "sent_claim": places.claim.take(rows) + 1,
        "line_number": numbers.take(line),
        "segment": places.numbers(rows),
        "payer_id": pc.coalesce(chosen(payer_ids[0], decision), chosen(payer_ids[1], other)),
        "group_code": of_each(codes(cut, cut.spans(every, 1)), which),
        "carc": reason_codes(places, reasons),
        "amount": amount_column(places, rows, positions + 1, amounts),
        "quantity": number_column(places, rows, positions + 2, quantities),
    }


def _joined(first: pa.Array, then: pa.Array, order: Array) -> pa.Array:
    return pa.concat_arrays([first, then]).take(pa.array(order))
