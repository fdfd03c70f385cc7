"""The `payments` table of a chunk: one row per 835, from the segments of its head.

Source of positions and qualifiers: ASC X12 005010X221A1, table 1 (BPR, TRN, DTM*405,
N1*PR, N1*PE).
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
    days,
    in_dollars,
    texts,
)
from j2311_analytics.ingest.context import NOBODY, Context, first_of, first_value
from j2311_analytics.ingest.cut import Array, Spans


def payment_columns(context: Context) -> dict[str, Any]:
    """Columns of `payments`, keys counted from 1 in this chunk."""
    cut, sets = context.cut, context.sets
    count = sets.opens.size
    pay, pay_set = _head_rows(context, "BPR")
    amounts, bad = cents(cut, cut.spans(pay, 2))
    context.report(pay[bad], "error", "bad_amount", _BAD_AMOUNT)
    paid_on, bad = days(cut, cut.spans(pay, 16))
    context.report(pay[bad], "warning", "bad_date", BAD_DATE)
    made, made_set = _head_rows(context, "DTM")
    is_production = code_words(cut, cut.spans(made, 1)) == code_word("405")
    made, made_set = made[is_production], made_set[is_production]
    produced_on, bad = days(cut, cut.spans(made, 2))
    context.report(made[bad], "warning", "bad_date", BAD_DATE)
    trace, trace_set = _head_rows(context, "TRN")
    return {
        "file": np.array(sets.file, np.int64),
        "transaction": np.arange(1, count + 1),
        "segment": np.array(sets.number, np.int64),
        "control_number": _strings(sets.control),
        "version": _strings(sets.version),
        **_parties(context, first_of(trace_set, cut.spans(trace, 3), count)),
        "method": texts(cut, first_of(pay_set, cut.spans(pay, 4), count)),
        "payment_amount": in_dollars(_first_amount(pay_set, amounts, count)),
        "payment_date": first_value(pay_set, paid_on, count, np.ones(pay.size, bool)),
        "trace_number": texts(cut, first_of(trace_set, cut.spans(trace, 2), count)),
        "production_date": first_value(made_set, produced_on, count, np.ones(made.size, bool)),
    }


_BAD_AMOUNT = "element 02 is not an amount that can be read; it is missing"
BAD_DATE = "a date that does not exist or is not written CCYYMMDD; it is missing"


def _head_rows(context: Context, name: str) -> tuple[Array, Array]:
    rows = context.cut.rows(name)
    owners = context.heads_of(rows)
    return rows[owners != NOBODY], owners[owners != NOBODY]


def _parties(context: Context, trace_ids: Spans) -> dict[str, Any]:
    """Payer and payee; the payer's id is N1*PR with XV, else REF*2U, else TRN03."""
    cut, count = context.cut, context.sets.opens.size
    rows, owner = _head_rows(context, "N1")
    party = code_words(cut, cut.spans(rows, 1))
    kind = code_words(cut, cut.spans(rows, 3))
    references, reference_owner = _head_rows(context, "REF")
    # A reference belongs to the party named last before it in the same head.
    before = np.searchsorted(rows, references) - 1
    same = (before >= 0) & (np.append(owner, NOBODY).take(before) == reference_owner)
    of_party = np.where(same, np.append(party, 0).take(before), 0)
    qualifier = code_words(cut, cut.spans(references, 1))
    is_payer, is_payee = party == code_word("PR"), party == code_word("PE")

    def named(position: int, among: Array) -> pa.Array:
        return texts(cut, first_of(owner, cut.spans(rows, position), count, among))

    def referred(party_code: str, code: str) -> pa.Array:
        among = (of_party == code_word(party_code)) & (qualifier == code_word(code))
        return texts(cut, first_of(reference_owner, cut.spans(references, 2), count, among))

    plan = named(4, is_payer & (kind == code_word("XV")))
    npi = named(4, is_payee & (kind == code_word("XX")))
    tax_id = named(4, is_payee & (kind == code_word("FI")))
    return {
        "payer_name": named(2, is_payer),
        "payer_id": pc.coalesce(plan, referred("PR", "2U"), texts(cut, trace_ids)),
        "payee_name": named(2, is_payee),
        "payee_npi": pc.coalesce(npi, referred("PE", "HPI")),
        "payee_tax_id": pc.coalesce(tax_id, referred("PE", "TJ")),
    }


def _first_amount(owners: Array, amounts: Array, count: int) -> Array:
    from j2311_analytics.ingest.columns import MISSING

    places = np.flatnonzero(amounts != MISSING)[::-1]
    chosen = np.full(count, MISSING)
    chosen[owners.take(places)] = amounts.take(places)
    return chosen


def _strings(values: list[str]) -> pa.Array:
    return pa.array([value or None for value in values], pa.large_string())
