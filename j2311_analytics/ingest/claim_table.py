"""The `claims` table of a chunk: one row per CLP, with what stands before its lines.

Source of positions and qualifiers: ASC X12 005010X221A1, loop 2100.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from j2311_analytics.ingest.columns import (
    cents,
    code_word,
    code_words,
    codes,
    days,
    in_dollars,
    texts,
)
from j2311_analytics.ingest.context import NOBODY, Context, Segments, first_of, first_value
from j2311_analytics.ingest.cut import Array
from j2311_analytics.ingest.payment_table import BAD_DATE
from j2311_analytics.ingest.tokens import member_token

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


def claim_columns(context: Context, tokens: dict[str, str]) -> dict[str, Any]:
    """Columns of `claims`, keys counted from 1 in this chunk.

    Args:
        context: The chunk's segments and their owners.
        tokens: Tokens of the member ids met so far; new ones are added.
    """
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
        **_names(context, tokens),
        **_references(context),
        **_dates(context),
        "interest": _interest(context),
    }


def amount_column(context: Segments, rows: Array, position: int | Array) -> Array:
    """Dollars at a position; one that cannot be read is missing and listed."""
    amounts, bad = cents(context.cut, context.cut.spans(rows, position))
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


def _head(context: Context, name: str) -> tuple[Array, Array]:
    """Rows of an id at claim level, and their claims."""
    rows = context.cut.rows(name)
    owners = np.where(context.lines_of(rows) == NOBODY, context.claims_of(rows), NOBODY)
    kept = owners != NOBODY
    return rows[kept], owners[kept]


def _names(context: Context, tokens: dict[str, str]) -> dict[str, Any]:
    cut, count = context.cut, context.claim_rows.size
    rows = cut.rows("NM1")
    owners = context.claims_of(rows)
    entity = code_words(cut, cut.spans(rows, 1))

    def of(code: str, position: int) -> pa.Array:
        spans = cut.spans(rows, position)
        return texts(cut, first_of(owners, spans, count, entity == code_word(code)))

    # The subscriber's id is the one that claims carry; a patient's is second best.
    member = pc.coalesce(of("IL", 9), of("QC", 9))
    return {
        "member_token": _tokens(member, tokens),
        "corrected_member_token": _tokens(of("74", 9), tokens),
        "rendering_npi": of("82", 9),
        "forwarded_to": of("TT", 3),
        "corrected_priority_payer": of("PR", 3),
    }


def _tokens(members: pa.Array, tokens: dict[str, str]) -> pa.Array:
    if members.null_count == len(members):
        return members
    found = []
    for member in members.to_pylist():
        token = tokens.get(member)
        if token is None:
            token = tokens[member] = member_token(member) if member else ""
        found.append(token or None)
    return pa.array(found, pa.large_string())


def _references(context: Context) -> dict[str, Any]:
    cut, count = context.cut, context.claim_rows.size
    rows, owners = _head(context, "REF")
    qualifier, spans = code_words(cut, cut.spans(rows, 1)), cut.spans(rows, 2)
    return {
        name: texts(cut, first_of(owners, spans, count, qualifier == code_word(code)))
        for code, name in _REFERENCES.items()
    }


def _dates(context: Context) -> dict[str, Any]:
    cut, count = context.cut, context.claim_rows.size
    rows, owners = _head(context, "DTM")
    qualifier = code_words(cut, cut.spans(rows, 1))
    values, bad = days(cut, cut.spans(rows, 2))
    known = np.isin(qualifier, [code_word(code) for code in _DATES])
    context.report(rows[bad & known], "warning", "bad_date", BAD_DATE)
    return {
        name: first_value(owners, values, count, qualifier == code_word(code))
        for code, name in _DATES.items()
    }


def _interest(context: Context) -> Array:
    rows, owners = _head(context, "AMT")
    kept = code_words(context.cut, context.cut.spans(rows, 1)) == code_word("I")
    return first_dollars(
        owners[kept], amount_column(context, rows[kept], 2), context.claim_rows.size
    )


def first_dollars(owners: Array, amounts: Array, count: int) -> Array:
    """For each owner the first amount that is not missing."""
    chosen = np.full(count, np.nan)
    places = np.flatnonzero(~np.isnan(amounts))[::-1]
    chosen[owners.take(places)] = amounts.take(places)
    return chosen
