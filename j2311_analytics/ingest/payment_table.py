"""The `payments` table of a chunk: one row per 835, from the segments of its head.

Source of positions and qualifiers: ASC X12 005010X221A1, table 1 (BPR, TRN, DTM*405,
N1*PR, N1*PE).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from j2311_analytics.ingest.amounts import MISSING, cents, in_dollars
from j2311_analytics.ingest.columns import code_word, code_words, days, texts
from j2311_analytics.ingest.context import NOBODY, Context, first_of, first_value
from j2311_analytics.ingest.cut import Array, Spans


def payment_columns(context: Context) -> dict[str, Any]:
    """Columns of `payments`, keys counted from 1 in this chunk."""
    cut, sets = context.cut, context.sets
    count = sets.opens.size
    pay, pay_set = context.head_rows("BPR")
    amounts, bad = cents(cut, cut.spans(pay, 2))
    context.report(pay[bad], "error", "bad_amount", _BAD_AMOUNT)
    paid_on, bad = days(cut, cut.spans(pay, 16))
    context.report(pay[bad], "warning", "bad_date", BAD_DATE)
    made, made_set = context.head_rows("DTM")
    is_production = code_words(cut, cut.spans(made, 1)) == code_word("405")
    made, made_set = made[is_production], made_set[is_production]
    produced_on, bad = days(cut, cut.spans(made, 2))
    context.report(made[bad], "warning", "bad_date", BAD_DATE)
    trace, trace_set = context.head_rows("TRN")
    return {
        "file": np.array(sets.file, np.int64),
        "transaction": np.arange(1, count + 1),
        "segment": np.array(sets.number, np.int64),
        "control_number": _strings(sets.control),
        "version": _strings(sets.version),
        **_parties(context, first_of(trace_set, cut.spans(trace, 3), count)),
        "method": texts(cut, first_of(pay_set, cut.spans(pay, 4), count)),
        "payment_amount": in_dollars(first_value(pay_set, amounts, count, MISSING)),
        "payment_date": first_value(pay_set, paid_on, count, _NO_DAY),
        "trace_number": texts(cut, first_of(trace_set, cut.spans(trace, 2), count)),
        "production_date": first_value(made_set, produced_on, count, _NO_DAY),
    }


_BAD_AMOUNT = "element 02 is not an amount that can be read; it is missing"
_NO_DAY = np.datetime64("NaT")
BAD_DATE = "a date that does not exist or is not written CCYYMMDD; it is missing"


def _parties(context: Context, trace_ids: Spans) -> dict[str, Any]:
    """Payer and payee; the payer's id is N1*PR with XV, else REF*2U, else TRN03."""
    cut, count = context.cut, context.sets.opens.size
    rows, owner = context.head_rows("N1")
    party = code_words(cut, cut.spans(rows, 1))
    kind = code_words(cut, cut.spans(rows, 3))
    references, reference_owner = context.head_rows("REF")
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


def _strings(values: list[str]) -> pa.Array:
    return pa.array([value or None for value in values], pa.large_string())
