"""Columns of values from the spans of a cut: amounts, quantities, dates and codes.

Usual values are computed for a whole column at once on 8-byte words; every other
one is read by the same plain functions of `elements` that a person would use.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from j2311_analytics.ingest.cut import Array, Cut, Spans, text, words_at
from j2311_analytics.ingest.elements import read_cents, read_date, read_number
from j2311_analytics.tables import dollars

MISSING = np.iinfo(np.int64).min
_EXACT = 10**15

_TAIL_MASK = np.array([(2**64 - 1) & ~((1 << 64 - 8 * n) - 1) for n in range(9)], "u8")
_ZEROS = np.array([0x3030303030303030 & ~int(mask) for mask in _TAIL_MASK], "u8")
_HEAD_MASK = np.array([(1 << 8 * n) - 1 for n in range(9)], "u8")


_MINUS = ord("-")
_TEN, _HUNDRED, _TEN_THOUSAND = np.uint64(10), np.uint64(100), np.uint64(10000)
_BYTE, _TWO_BYTES, _FOUR_BYTES = np.uint64(8), np.uint64(16), np.uint64(32)
_ALL_ZEROS, _ZERO_FIRST = np.uint64(0x3030303030303030), np.uint64(0x30)
_ABOVE_NINE, _HIGH_BITS = np.uint64(0x7676767676767676), np.uint64(0x8080808080808080)
_PAIRS, _FOURS = np.uint64(0x00FF00FF00FF00FF), np.uint64(0x0000FFFF0000FFFF)
_EIGHTS = np.uint64(0xFFFFFFFF)
# A decimal point before the last two digits, or before the last one, and its place.
_POINT_TWO = np.uint64(ord(".") << 40), np.uint64(0xFF << 40)
_POINT_ONE = np.uint64(ord(".") << 48), np.uint64(0xFF << 48)
_FIVE_BYTES, _SIX_BYTES = np.uint64((1 << 40) - 1), np.uint64((1 << 48) - 1)
_LAST_TWO, _LAST_ONE, _NO_BYTES = np.uint64(0xFFFF << 48), np.uint64(0xFF << 56), np.uint64(0)


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
    return text(cut.folded, spans)


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
    masks = _HEAD_MASK.take(np.where(lengths < 8, lengths, 0))
    words: Array = words_at(cut.folded_bytes, starts) & masks
    return words


def code_word(code: str) -> np.uint64:
    """The number that stands for a code of at most seven characters.

    Example:
        >>> int(code_word("A"))
        65
    """
    return np.uint64(int.from_bytes(code.encode(), "little"))


def cents(cut: Cut, spans: Spans) -> tuple[Array, Array]:
    """Amounts as whole cents, `MISSING` where empty or unreadable, and which are unreadable.

    Example:
        >>> from j2311_analytics.ingest.chunks import Chunk
        >>> from j2311_analytics.ingest.cut import cut
        >>> made = cut(Chunk.of([b"BPR\\x1dI\\x1d1,250.5\\x1e"], 58))
        >>> cents(made, made.spans(made.rows("BPR"), 2))[0].tolist()
        [125050]
    """
    values, todo = _short_amounts(cut.bytes, spans)
    bad = np.zeros(values.size, bool)
    for place, found in zip(todo, _read(cut, spans, todo, read_cents), strict=True):
        values[place] = MISSING if found is None else found
        bad[place] = found is None
    return values, bad


def numbers(cut: Cut, spans: Spans) -> tuple[Array, Array]:
    """Quantities, NaN where empty or unreadable, and which are unreadable.

    Example:
        >>> from j2311_analytics.ingest.chunks import Chunk
        >>> from j2311_analytics.ingest.cut import cut
        >>> made = cut(Chunk.of([b"QTY\\x1dCA\\x1d12.375\\x1e"], 58))
        >>> numbers(made, made.spans(made.rows("QTY"), 2))[0].tolist()
        [12.375]
    """
    hundredths, todo = _short_amounts(cut.bytes, spans)
    values = np.where(hundredths == MISSING, np.nan, hundredths / 100.0)
    bad = np.zeros(values.size, bool)
    for place, found in zip(todo, _read(cut, spans, todo, read_number), strict=True):
        values[place] = np.nan if found is None else found
        bad[place] = found is None
    return values, bad


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
    values = np.full(starts.size, np.datetime64("NaT"), "datetime64[us]")
    written = np.flatnonzero(ends - starts == 8)
    places, words = pd.factorize(words_at(cut.bytes, starts.take(written)))
    known = np.array([_day(int(word)) for word in words], "datetime64[us]")
    if written.size:
        values[written] = known.take(places)
    return values, np.isnat(values) & (ends > starts)


def in_dollars(amounts: Array) -> Array:
    """Whole cents as dollars, NaN where missing.

    Example:
        >>> in_dollars(np.array([1250, MISSING])).tolist()
        [12.5, nan]
    """
    values: Array = np.where(amounts == MISSING, np.nan, amounts / 100.0)
    large = np.flatnonzero((amounts != MISSING) & (np.abs(amounts) >= _EXACT))
    if large.size:
        values[large] = dollars(pd.Series(amounts[large])).to_numpy()
    return values


def mapped(values: pa.Array, change: Callable[[str], str | None]) -> pa.Array:
    """Text changed by a function, which is called once for each different value.

    Example:
        >>> mapped(pa.array(["a", "b", "a"], pa.large_string()), str.upper).to_pylist()
        ['A', 'B', 'A']
    """
    encoded = values.dictionary_encode()
    changed = [change(value) or None for value in encoded.dictionary.to_pylist()]
    return pa.array(changed, pa.large_string()).take(encoded.indices)


@lru_cache(maxsize=65536)
def _day(word: int) -> Any:
    day = read_date(word.to_bytes(8, "little").decode("latin-1"))
    return np.datetime64("NaT" if day is None else day.isoformat(), "us")


def _read(cut: Cut, spans: Spans, places: Array, read: Callable[[str], Any]) -> list[Any]:
    starts, ends = (side.take(places).tolist() for side in spans)
    pairs = zip(starts, ends, strict=True)
    return [read(cut.buffer[start:end].decode("utf-8", "replace")) for start, end in pairs]


def _short_amounts(data: Array, spans: Spans) -> tuple[Array, Array]:
    """Cents of amounts of at most eight digits and a sign; places of those left over.

    The last eight bytes are taken as one number; the decimal point is closed up, and
    pairs, fours and eights of digits are added at once.
    """
    starts, ends = spans
    lengths = ends - starts
    written = lengths > 0
    if not written.any():
        return np.full(starts.size, MISSING), np.flatnonzero(written)
    negative = (data.take(starts) == _MINUS) & written
    lengths = lengths - negative
    fits = lengths <= 8
    lengths = np.where(fits, lengths, 0)
    words = words_at(data, ends - 8) & _TAIL_MASK.take(lengths) | _ZEROS.take(lengths)
    words, scale = _closed(words)
    digits = words ^ _ALL_ZEROS
    wrong = ((digits + _ABOVE_NINE) | digits) & _HIGH_BITS
    pairs = (digits * _TEN + (digits >> _BYTE)) & _PAIRS
    fours = (pairs * _HUNDRED + (pairs >> _TWO_BYTES)) & _FOURS
    eights = (fours * _TEN_THOUSAND + (fours >> _FOUR_BYTES)) & _EIGHTS
    values = eights.view(np.int64) * scale
    np.negative(values, out=values, where=negative)
    usual = fits & (wrong == 0) & (lengths > 0)
    values[~usual] = MISSING
    return values, np.flatnonzero(~usual & written)


def _closed(words: Array) -> tuple[Array, Array]:
    """Words without their decimal point, and what each is to be multiplied by."""
    two = (words & _POINT_TWO[1]) == _POINT_TWO[0]
    one = (words & _POINT_ONE[1]) == _POINT_ONE[0]
    before = np.where(two, _FIVE_BYTES, np.where(one, _SIX_BYTES, _NO_BYTES))
    # What follows the point stays; with none, everything does.
    after = np.where(two, _LAST_TWO, np.where(one, _LAST_ONE, ~_NO_BYTES))
    filled = np.where(two | one, _ZERO_FIRST, _NO_BYTES)
    closed = (words & before) << _BYTE | (words & after) | filled
    return closed, np.where(two, 1, np.where(one, 10, 100))
