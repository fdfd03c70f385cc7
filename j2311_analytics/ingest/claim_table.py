"""The `claims` table of a chunk: one row per CLP, with what stands before its lines.

Source of positions and qualifiers: ASC X12 005010X221A1, loop 2100.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from j2311_analytics.ingest.amounts import cents, in_dollars
from j2311_analytics.ingest.columns import codes, texts
from j2311_analytics.ingest.context import Context, Segments, first_of, first_value
from j2311_analytics.ingest.cut import Array, Spans
from j2311_analytics.ingest.payment_table import BAD_DATE
from j2311_analytics.ingest.tokens import member_tokens

_DATES = {
    "232": "statement_from",
    "233": "statement_to",
    "050": "received_date",
    "036": "coverage_expires",
}
_REFERENCES = {
    "F8": "original_control_number",
    "G1": "authorization",
    "CE": "contract_class",
}


def claim_columns(context: Context) -> dict[str, Any]:
    """Columns of `claims`, keys counted from 1 in this chunk."""
    cut, rows = context.cut, context.claim_rows
    amounts = {
        name: amount_column(context, rows, place)
        for name, place in (("charge", 3), ("paid", 4), ("patient_share", 5))
    }
    return {
        "claim": np.arange(1, rows.size + 1),
        "transaction": context.sets_of(rows),
        "segment": context.numbers(rows),
        "segments": context.segments_of(rows),
        "claim_id": texts(cut, cut.spans(rows, 1)),
        "claim_status": texts(cut, cut.spans(rows, 2)),
        **amounts,
        "filing_indicator": codes(cut, cut.spans(rows, 6)),
        "payer_control_number": texts(cut, cut.spans(rows, 7)),
        "place_of_service": texts(cut, cut.spans(rows, 8)),
        "frequency": texts(cut, cut.spans(rows, 9)),
        **_names(context),
        **_references(context),
        **_dates(context),
        "interest": _interest(context),
    }


def amount_column(
    context: Segments, rows: Array, position: int | Array, spans: Spans | None = None
) -> Array:
    """Dollars at a position; one that cannot be read is missing and listed.

    Args:
        context: The chunk's segments.
        rows: Which of them.
        position: The element.
        spans: Where it stands, if that is known already.
    """
    amounts, bad = cents(context.cut, spans or context.cut.spans(rows, position))
    report_bad(context, rows, position, bad, "bad_amount", "an amount")
    return in_dollars(amounts)


def report_bad(
    context: Segments, rows: Array, position: int | Array, bad: Array, problem: str, what: str
) -> None:
    """List values that could not be read, by their position."""
    if not bad.any():
        return
    positions = np.broadcast_to(position, rows.shape)
    for place in np.unique(positions[bad]).tolist():
        message = f"element {place:02d} is not {what} that can be read; it is missing"
        context.report(rows[bad & (positions == place)], "error", problem, message)


def _names(context: Context) -> dict[str, Any]:
    cut, count = context.cut, context.claim_rows.size
    names = context.coded("NM1")

    def of(code: str, position: int) -> pa.Array:
        rows, owners = names.of_claims(code, anywhere=True)
        return texts(cut, first_of(owners, cut.spans(rows, position), count))

    # The subscriber's id is the one that claims carry; a patient's is second best.
    member = pc.coalesce(of("IL", 9), of("QC", 9))
    return {
        "member_token": member_tokens(member),
        "corrected_member_token": member_tokens(of("74", 9)),
        "rendering_npi": of("82", 9),
        "forwarded_to": of("TT", 3),
        "corrected_priority_payer": of("PR", 3),
    }


def _references(context: Context) -> dict[str, Any]:
    cut, count = context.cut, context.claim_rows.size
    found = {}
    for code, name in _REFERENCES.items():
        rows, owners = context.coded("REF").of_claims(code)
        found[name] = texts(cut, first_of(owners, cut.spans(rows, 2), count))
    return found


def _dates(context: Context) -> dict[str, Any]:
    count, dates = context.claim_rows.size, context.coded("DTM")
    days, bad = context.days
    found = {}
    for code, name in _DATES.items():
        places = dates.in_claims(code)
        context.report(dates.rows[places[bad.take(places)]], "warning", "bad_date", BAD_DATE)
        owners, values = dates.claims.take(places), days.take(places)
        found[name] = first_value(owners, values, count, np.datetime64("NaT"))
    return found


def _interest(context: Context) -> Array:
    rows, owners = context.coded("AMT").of_claims("I")
    return first_value(owners, amount_column(context, rows, 2), context.claim_rows.size, np.nan)
