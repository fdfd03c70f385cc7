"""Adjustments, remarks and provider adjustments of a chunk.

Source of positions: ASC X12 005010X221A1 (CAS, LQ, MIA, MOA and PLB).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from j2311_analytics.ingest.claim_table import amount_column
from j2311_analytics.ingest.columns import codes, days, each_of, mapped, texts
from j2311_analytics.ingest.context import NOBODY, Context, Segments
from j2311_analytics.ingest.cut import KIND, Array, Cut, Spans
from j2311_analytics.ingest.line_table import number_column
from j2311_analytics.ingest.payment_table import BAD_DATE
from j2311_analytics.ingest.service import reason_code

_REMARKS = {"MIA": (5, 20, 21, 22, 23), "MOA": (3, 4, 5, 6, 7)}


def adjustment_columns(context: Context) -> dict[str, Any]:
    """Columns of `adjustments`: one row per reason triplet; keys from 1, 0 for none."""
    cut = context.cut
    every = cut.rows("CAS")
    places, positions, (reasons, amounts, quantities) = repeated(cut, every, first=2, step=3)
    rows = every.take(places)
    owners = context.running.take(rows)
    claims, lines = context.claim.take(owners), context.line.take(owners)
    orphan = "an adjustment outside any claim; it is in no balance"
    context.report(rows[claims == NOBODY], "error", "orphan_adjustment", orphan)
    unnamed = reasons[0] == reasons[1]
    message = "an adjustment without a reason code"
    context.report(rows[unnamed], "warning", "missing_carc", message)
    return {
        "claim": claims + 1,
        "line": lines + 1,
        "segment": context.numbers(rows),
        "group_code": of_each(codes(cut, cut.spans(every, 1)), places),
        "carc": reason_codes(context, reasons),
        "amount": amount_column(context, rows, positions + 1, amounts),
        "quantity": number_column(context, rows, positions + 2, quantities),
    }


def remark_columns(context: Context) -> dict[str, Any]:
    """Columns of `remarks`, in the order of the file; keys from 1, 0 for none."""
    cut = context.cut
    listed = cut.rows("LQ")
    stray = context.claims_of(listed) == NOBODY
    context.stray(listed[stray])
    listed = listed[~stray]
    rows, positions = [listed], [np.full(listed.size, 2)]
    for name, places in _REMARKS.items():
        of_claim = cut.rows(name)
        for place in places:
            rows.append(of_claim)
            positions.append(np.full(of_claim.size, place))
    row, position = np.concatenate(rows), np.concatenate(positions)
    order = np.lexsort((position, row)) if len(row) > listed.size else slice(None)
    row, position = row[order], position[order]
    starts, ends = cut.spans(row, position)
    kept = ends > starts
    claims = context.claims_of(row)
    context.stray(row[kept & (claims == NOBODY)])
    kept &= claims != NOBODY
    row, spans = row[kept], (starts[kept], ends[kept])
    is_listed = cut.kind.take(row) == KIND["LQ"]
    return {
        "claim": claims[kept] + 1,
        "line": np.where(is_listed, context.lines_of(row), NOBODY) + 1,
        "segment": context.numbers(row),
        "source": _sources(context, row, is_listed),
        "rarc": codes(cut, spans),
    }


def provider_columns(context: Context) -> dict[str, Any]:
    """Columns of `provider_adjustments`: one row per PLB code and amount."""
    cut = context.cut
    every = cut.rows("PLB")
    inside = context.sets.is_open(every)
    context.stray(every[~inside])
    every = every[inside]
    fiscal, bad = days(cut, cut.spans(every, 2))
    context.report(every[bad], "warning", "bad_date", BAD_DATE)
    places, positions, ((starts, ends), amounts) = repeated(cut, every, first=3, step=2)
    rows = every.take(places)
    marks = np.append(cut.components, np.iinfo(np.int64).max)
    middle = np.minimum(marks.take(np.searchsorted(marks, starts)), ends)
    reason, reference = (starts, middle), (np.minimum(middle + 1, ends), ends)
    if cut.padded:
        reason, reference = cut.trimmed(*reason), cut.trimmed(*reference)
    return {
        "transaction": context.sets_of(rows),
        "segment": context.numbers(rows),
        "provider_id": of_each(texts(cut, cut.spans(every, 1)), places),
        "fiscal_date": fiscal.take(places),
        "reason": codes(cut, reason),
        "reference": texts(cut, reference),
        "amount": amount_column(context, rows, positions + 1, amounts),
    }


def repeated(cut: Cut, rows: Array, *, first: int, step: int) -> tuple[Array, Array, list[Spans]]:
    """Each repetition that says something, in the file's order.

    Returns:
        Which of the rows it stands in, its first position, and where its elements stand.
    """
    size = cut.size.take(rows)
    found = []
    inside = np.arange(rows.size)
    position = first
    while position == first or inside.size:
        here = rows if inside.size == rows.size else rows.take(inside)
        spans = [cut.spans(here, position + element) for element in range(step)]
        said = (spans[0][1] > spans[0][0]) | (spans[1][1] > spans[1][0])
        places = np.full(inside.size, position)
        found.append(_kept(said, (inside, places, *(side for span in spans for side in span))))
        position += step
        inside = inside[size.take(inside) > position]
    parts = [np.concatenate(part) for part in zip(*found, strict=True)] if found[1:] else found[0]
    if found[1:]:
        order = np.argsort(parts[0], kind="stable")
        parts = [part.take(order) for part in parts]
    return parts[0], parts[1], list(zip(parts[2::2], parts[3::2], strict=True))


def _kept(kept: Array, parts: Sequence[Array]) -> list[Array]:
    return list(parts) if kept.all() else [part[kept] for part in parts]


def of_each(values: pa.Array, places: Array) -> pa.Array:
    """Values of segments for what is repeated in them."""
    once = places.size == len(values) and (places == np.arange(places.size)).all()
    return values if once else each_of(values, places)


def reason_codes(context: Segments, spans: Spans) -> pa.Array:
    """Reason codes, as the code list writes them."""
    values = codes(context.cut, spans)
    starts, ends = spans
    padded = (context.cut.bytes.take(starts) == ord("0")) & (ends > starts)
    return mapped(values, lambda text: reason_code(text or "")) if padded.any() else values


def _sources(context: Context, rows: Array, is_listed: Array) -> pa.Array:
    """LQ for remark codes (LQ*HE), MIA or MOA; other lists by their own qualifier."""
    own = codes(context.cut, context.cut.spans(rows, 1))
    named = mapped(own, lambda text: "LQ" if text == "HE" else text)
    if is_listed.all():
        return named
    names = named.to_pylist()
    kinds = {KIND["MIA"]: "MIA", KIND["MOA"]: "MOA"}
    of_claim = np.flatnonzero(~is_listed)
    for place, kind in zip(of_claim, context.cut.kind.take(rows[of_claim]), strict=True):
        names[int(place)] = kinds[int(kind)]
    return pa.array(names, pa.large_string())
