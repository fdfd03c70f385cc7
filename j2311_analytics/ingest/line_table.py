"""The `lines` table of a chunk: one row per SVC, with the segments that follow it.

Source of positions and qualifiers: ASC X12 005010X221A1, loop 2110.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from j2311_analytics.ingest.amounts import numbers
from j2311_analytics.ingest.claim_table import amount_column, report_bad
from j2311_analytics.ingest.columns import code_word, long_lived, texts
from j2311_analytics.ingest.context import NOBODY, Context, Segments, first_of, first_value
from j2311_analytics.ingest.cut import Array, Spans
from j2311_analytics.ingest.elements import read_date
from j2311_analytics.ingest.payment_table import BAD_DATE
from j2311_analytics.ingest.services import billed_codes, services

_REFERENCES = {"6R": "line_control", "G1": "authorization", "HPI": "rendering_npi"}


def line_columns(context: Context) -> dict[str, Any]:
    """Columns of `lines`, keys counted from 1 in this chunk."""
    cut, rows = context.cut, context.line_rows
    paid_as = services(cut, rows)
    units, billed_units = _units(context)
    revenue_code = pc.coalesce(
        texts(cut, cut.spans(rows, 4)), paid_as["revenue_code"], memory_pool=long_lived()
    )
    return {
        "line": np.arange(1, rows.size + 1),
        "claim": context.line_claims + 1,
        "segment": context.numbers(rows),
        "segments": context.segments_of(rows),
        **paid_as,
        "revenue_code": revenue_code,
        "charge": amount_column(context, rows, 2),
        "paid": amount_column(context, rows, 3),
        "units": units,
        "billed_units": billed_units,
        "billed_hcpcs": billed_codes(cut, rows, paid_as["hcpcs"]),
        **_references(context),
        **_dates(context),
        "allowed": _allowed(context),
    }


def number_column(
    context: Segments, rows: Array, position: int | Array, spans: Spans | None = None
) -> Array:
    """Quantities at a position; one that cannot be read is missing and listed.

    Args:
        context: The chunk's segments.
        rows: Which of them.
        position: The element.
        spans: Where it stands, if that is known already.
    """
    values, bad = numbers(context.cut, spans or context.cut.spans(rows, position))
    report_bad(context, rows, position, bad, "bad_number", "a number")
    return values


def _units(context: Context) -> tuple[Array, Array]:
    """Units paid, 1 where the element is missing, and units billed, else those paid."""
    cut, rows = context.cut, context.line_rows
    written = cut.spans(rows, 5)
    paid = number_column(context, rows, 5)
    paid[written[0] == written[1]] = 1.0
    stated = cut.spans(rows, 7)
    is_stated = stated[0] < stated[1]
    if not is_stated.any():
        return paid, paid
    return paid, np.where(is_stated, number_column(context, rows, 7), paid)


def _references(context: Context) -> dict[str, pa.Array]:
    cut, count = context.cut, context.line_rows.size
    found = {}
    for code, name in _REFERENCES.items():
        rows, owners = context.coded("REF").of_lines(code)
        found[name] = texts(cut, first_of(owners, cut.spans(rows, 2), count))
    return found


def _dates(context: Context) -> dict[str, Array]:
    cut, count = context.cut, context.line_rows.size
    dates = context.coded("DTM")
    day, of_first, of_last = (dates.first == code_word(code) for code in ("472", "150", "151"))
    known = np.flatnonzero((day | of_first | of_last) & (dates.lines != NOBODY))
    rows, owners = dates.rows.take(known), dates.lines.take(known)
    is_first, is_last = ~of_last.take(known), ~of_first.take(known)
    first = context.days[0].take(known)
    last = first.copy()
    for place in np.flatnonzero(np.isnat(first) | (cut.size.take(rows) > 4)).tolist():
        values = [_element(context, int(rows[place]), k) for k in range(2, 7)]
        begins, ends, is_range, wrong = _written_otherwise(values)
        first[place], last[place] = begins, ends
        is_first[place] |= is_range
        is_last[place] |= is_range
        for _ in range(wrong):
            context.report(rows[place : place + 1], "warning", "bad_date", BAD_DATE)
    return {
        "service_from": _of_lines(owners, first, count, is_first),
        "service_to": _of_lines(owners, last, count, is_last),
    }


def _of_lines(owners: Array, values: Array, count: int, among: Array) -> Array:
    if not among.all():
        owners, values = owners[among], values[among]
    return first_value(owners, values, count, np.datetime64("NaT"))


def _element(context: Context, row: int, position: int) -> str:
    starts, ends = context.cut.spans(np.array([row]), position)
    return context.cut.buffer[int(starts[0]) : int(ends[0])].decode("utf-8", "replace")


def _written_otherwise(elements: list[str]) -> tuple[Any, Any, bool, int]:
    """Dates of a DTM that is a range, or has its format first as the 837 does.

    Returns:
        First and last day, whether it is a range, and how many could not be read.
    """
    text, _, _, form, period = elements
    if form.upper() == "RD8" or "-" in text:
        begins, _, ends = (period or text).partition("-")
        parts = [begins.strip(" "), ends.strip(" ")]
    else:
        parts = [elements[1] if text.upper() == "D8" else text] * 2
    is_range = form.upper() == "RD8" or "-" in text
    found = [read_date(part) for part in parts]
    wrong = [bool(part) and day is None for part, day in zip(parts, found, strict=True)]
    days_found = [np.datetime64("NaT" if day is None else day.isoformat()) for day in found]
    return days_found[0], days_found[1], is_range, sum(wrong) if is_range else int(wrong[0])


def _allowed(context: Context) -> Array:
    rows, owners = context.coded("AMT").of_lines("B6")
    return first_value(owners, amount_column(context, rows, 2), context.line_rows.size, np.nan)
