"""The composites SVC01 and SVC06 of many lines at once, as `Service` reads one.

Rows whose composite is written with a separator other than the declared one, or
without any, are read one by one.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from j2311_analytics.ingest.columns import code_word, code_words, codes, mapped
from j2311_analytics.ingest.cut import Array, Cut, Spans
from j2311_analytics.ingest.elements import read_ndc
from j2311_analytics.ingest.service import Service

_MODIFIERS = tuple(f"modifier_{n}" for n in range(1, 5))


def services(cut: Cut, rows: Array, position: int | Array = 1) -> dict[str, pa.Array]:
    """Code system, code, modifiers, revenue code and NDC of SVC01, or of another element.

    Example:
        >>> from j2311_analytics.ingest.chunks import Chunk
        >>> from j2311_analytics.ingest.cut import cut
        >>> made = cut(Chunk.of([b"SVC\\x1dHC:J2311:JZ\\x1d9\\x1e"], 58))
        >>> services(made, made.rows("SVC"))["modifier_1"].to_pylist()
        ['JZ']
    """
    spans = cut.spans(rows, position)
    parts, odd = components(cut, spans, 6)
    systems, code = codes(cut, parts[0]), codes(cut, parts[1])
    words = code_words(cut, parts[0])
    is_ndc, is_revenue = words == code_word("N4"), words == code_word("NU")
    other = is_ndc | is_revenue
    found = {
        "code_system": systems,
        "hcpcs": _only(code, ~other),
        **{name: codes(cut, part) for name, part in zip(_MODIFIERS, parts[2:], strict=True)},
        "revenue_code": _only(code, is_revenue),
        "ndc": mapped(_only(code, is_ndc), read_ndc),
    }
    return _with_odd(cut, spans, odd, found)


def billed_codes(cut: Cut, rows: Array, paid_as: pa.Array) -> pa.Array:
    """The code of SVC06, where there is one, else that of SVC01.

    Example:
        >>> from j2311_analytics.ingest.chunks import Chunk
        >>> from j2311_analytics.ingest.cut import cut
        >>> made = cut(Chunk.of([b"SVC\\x1dHC:J2315\\x1d9\\x1d9\\x1d\\x1d1\\x1dHC:J2311\\x1e"], 58))
        >>> billed_codes(made, made.rows("SVC"), pa.array(["J2315"], pa.large_string())).to_pylist()
        ['J2311']
    """
    spans = cut.spans(rows, 6)
    if not (spans[1] > spans[0]).any():
        return paid_as
    parts, odd = components(cut, spans, 2)
    words = code_words(cut, parts[0])
    other = (words == code_word("N4")) | (words == code_word("NU"))
    billed = {"hcpcs": _only(codes(cut, parts[1]), ~other)}
    return pc.coalesce(_with_odd(cut, spans, odd, billed)["hcpcs"], paid_as)


def components(cut: Cut, spans: Spans, count: int) -> tuple[list[Spans], Array]:
    """Spans of the first components, and places of composites without a separator.

    Example:
        >>> from j2311_analytics.ingest.chunks import Chunk
        >>> from j2311_analytics.ingest.cut import cut
        >>> made = cut(Chunk.of([b"SVC\x1dHC:J2311\x1e"], 58))
        >>> [place.tolist() for place, _ in components(made, made.spans(made.rows("SVC"), 1), 2)[0]]
        [[12], [15]]
    """
    starts, ends = spans
    marks = np.append(cut.components, np.iinfo(np.int64).max)
    before = np.searchsorted(marks, starts)
    parts: list[Spans] = []
    begin = starts
    while len(parts) < count and (begin < ends).any():
        mark = marks.take(np.minimum(before + len(parts), marks.size - 1))
        end = np.minimum(mark, ends)
        parts.append((np.minimum(begin, end), end))
        begin = np.minimum(end + 1, ends)
    parts += [(ends, ends)] * (count - len(parts))
    odd = np.flatnonzero((parts[0][1] == ends) & (ends > starts))
    if cut.padded:
        parts = [cut.trimmed(*part) for part in parts]
    return parts, odd


def _only(values: pa.Array, kept: Array) -> pa.Array:
    if kept.all():
        return values
    if not kept.any():
        return pa.nulls(len(values), values.type)
    return pc.if_else(pa.array(kept), values, pa.scalar(None, values.type))


def _with_odd(cut: Cut, spans: Spans, odd: Array, found: dict[str, Any]) -> dict[str, Any]:
    if not odd.size:
        return found
    starts, ends = spans
    component = chr(cut.chunk.component)
    read = [
        Service.of(cut.buffer[int(starts[place]) : int(ends[place])].decode(), component)
        for place in odd.tolist()
    ]
    columns = {name: values.to_pylist() for name, values in found.items()}
    for place, service in zip(odd.tolist(), read, strict=True):
        values = service.columns()
        for name in columns:
            columns[name][place] = values[name] or None
    return {name: pa.array(values, pa.large_string()) for name, values in columns.items()}
