"""Columns of codes, text and dates from the spans of a cut."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from j2311_analytics.ingest.cut import Array, Cut, Spans, folded, words_at
from j2311_analytics.ingest.elements import read_date

_HEAD_MASK = np.array([(1 << 8 * n) - 1 for n in range(9)], "u8")
_SIXTH_BITS = np.uint64(0x4040404040404040)
_LETTERS = 26


def texts(cut: Cut, spans: Spans) -> pa.Array:
    """Text as written; missing where empty.

    Example:
        >>> from j2311_analytics.ingest.chunks import Chunk
        >>> from j2311_analytics.ingest.cut import cut
        >>> made = cut(Chunk.of([b"ST\\x1dabc\\x1e"], 58))
        >>> texts(made, made.spans(made.rows("ST"), 1)).to_pylist()
        ['abc']
    """
    return text(cut.buffer, spans)


def codes(cut: Cut, spans: Spans) -> pa.Array:
    """Text in upper case (ASCII letters); missing where empty.

    Example:
        >>> from j2311_analytics.ingest.chunks import Chunk
        >>> from j2311_analytics.ingest.cut import cut
        >>> made = cut(Chunk.of([b"ST\\x1dabc\\x1e"], 58))
        >>> codes(made, made.spans(made.rows("ST"), 1)).to_pylist()
        ['ABC']
    """
    values = text(cut.buffer, spans)
    content = values.buffers()[2]
    if content is None or not _has_lower(np.frombuffer(content, np.uint8)):
        return values
    return pc.ascii_upper(values)


def text(buffer: bytes, spans: Spans) -> pa.Array:
    """Text between ascending places; missing where a span is empty.

    Example:
        >>> text(b"ABC", (np.array([0, 1]), np.array([1, 1]))).to_pylist()
        ['A', None]
    """
    starts, ends = spans
    again = starts[1:] < ends[:-1]
    if again.any() and (starts[1:][again] == starts[:-1][again]).all():
        # One element for several rows, as a group code for its triplets: taken once.
        new = np.append(True, ~again)
        return each_of(text(buffer, (starts[new], ends[new])), np.cumsum(new) - 1)
    count = starts.size
    lengths = ends - starts
    if not count or not lengths.any():
        return _nothing(count)
    offsets = np.empty(2 * count + 1, np.int64)
    offsets[0:-1:2], offsets[1::2] = starts, ends
    offsets[-1] = ends[-1]
    full = lengths.all()
    if not full:
        np.maximum.accumulate(offsets, out=offsets)
    whole = pa.LargeStringArray.from_buffers(2 * count, pa.py_buffer(offsets), pa.py_buffer(buffer))
    taken = pc.take(whole, _every_second(count), boundscheck=False, memory_pool=long_lived())
    if full:
        return taken
    valid = np.packbits(lengths > 0, bitorder="little")
    _, places, content = taken.buffers()
    return pa.LargeStringArray.from_buffers(count, places, content, pa.py_buffer(valid))


def each_of(values: pa.Array, places: Array | pa.Array) -> pa.Array:
    """The value at each place, in memory that lasts; a missing place gives a missing value.

    Example:
        >>> each_of(pa.array(["a", "b"]), np.array([1, 1])).to_pylist()
        ['b', 'b']
    """
    indices = places if isinstance(places, pa.Array) else pa.array(places)
    return pc.take(values, indices, boundscheck=False, memory_pool=long_lived())


@cache
def long_lived() -> pa.MemoryPool:
    """Memory for the columns of tables, apart from the short-lived arrays of chunks.

    Between those, they would keep freed space from being used again; and the usual
    pools back every large array with pages of 2 MiB, touched or not.

    Example:
        >>> long_lived().bytes_allocated() >= 0
        True
    """
    try:
        return pa.jemalloc_memory_pool()
    except NotImplementedError:
        return pa.default_memory_pool()


def code_words(cut: Cut, spans: Spans) -> Array:
    """Codes of at most seven characters as numbers to compare with `code_word`.

    A longer value is 0 and equals no code; an empty one is 0 as well.

    Example:
        >>> from j2311_analytics.ingest.chunks import Chunk
        >>> from j2311_analytics.ingest.cut import cut
        >>> made = cut(Chunk.of([b"REF\\x1d6r\\x1e"], 58))
        >>> code_words(made, made.spans(made.rows("REF"), 1)) == code_word("6R")
        array([ True])
    """
    starts, ends = spans
    lengths = ends - starts
    if (lengths > 7).any():
        lengths = np.where(lengths < 8, lengths, 0)
    words = words_at(cut.bytes, starts) & _HEAD_MASK.take(lengths)
    return folded(words, _SIXTH_BITS)


def code_word(code: str) -> np.uint64:
    """The number that stands for a code of at most seven characters.

    Example:
        >>> int(code_word("A"))
        65
    """
    return np.uint64(int.from_bytes(code.encode(), "little"))


def days(cut: Cut, spans: Spans) -> tuple[Array, Array]:
    """Dates as `datetime64[us]`, NaT where empty or unreadable, and which are unreadable.

    Example:
        >>> from j2311_analytics.ingest.chunks import Chunk
        >>> from j2311_analytics.ingest.cut import cut
        >>> made = cut(Chunk.of([b"DTM\\x1d405\\x1d20261031\\x1e"], 58))
        >>> days(made, made.spans(made.rows("DTM"), 2))[0].astype(str).tolist()
        ['2026-10-31T00:00:00.000000']
    """
    starts, ends = spans
    lengths = ends - starts
    is_written = lengths == 8
    full = bool(is_written.all())
    places, words = pd.factorize(words_at(cut.bytes, starts if full else starts[is_written]))
    known = np.array([_day(int(word)) for word in words], "datetime64[us]")
    if full:
        values = known.take(places) if starts.size else known
    else:
        values = np.full(starts.size, np.datetime64("NaT"), "datetime64[us]")
        values[is_written] = known[places]
    return values, np.isnat(values) & (lengths > 0)


def mapped(values: pa.Array, change: Callable[[str], str | None]) -> pa.Array:
    """Text changed by a function, called once for each different value; none for missing.

    Example:
        >>> mapped(pa.array(["a", "b", "a"], pa.large_string()), str.upper).to_pylist()
        ['A', 'B', 'A']
    """
    if values.null_count == len(values):
        return values
    encoded = pc.dictionary_encode(values, memory_pool=long_lived())
    changed = [change(value) or None for value in encoded.dictionary.to_pylist()]
    return each_of(pa.array(changed, pa.large_string()), encoded.indices)


@lru_cache(maxsize=65536)
def _day(word: int) -> Any:
    day = read_date(word.to_bytes(8, "little").decode("latin-1"))
    return np.datetime64("NaT" if day is None else day.isoformat(), "us")


def _has_lower(data: Array) -> bool:
    return bool((data - np.uint8(ord("a")) < _LETTERS).any())


_NOTHING = [pa.nulls(1, pa.large_string())]


def _nothing(count: int) -> pa.Array:
    """Missing text; all such columns share one piece of memory."""
    # Chunks are taken side by side: what another thread puts there may be shorter.
    shared = _NOTHING[0]
    if len(shared) < count:
        _NOTHING[0] = shared = pa.nulls(2 * count, pa.large_string())
    return shared.slice(0, count)


_EVERY_SECOND = [pa.array(np.arange(0, 2, 2))]


def _every_second(count: int) -> pa.Array:
    shared = _EVERY_SECOND[0]
    if len(shared) < count:
        _EVERY_SECOND[0] = shared = pa.array(np.arange(0, 4 * count, 2))
    return shared.slice(0, count)
