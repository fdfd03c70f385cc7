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


def _u8(number: int) -> np.uint64:
    return np.uint64(number)


def texts(cut: Cut, spans: Spans) -> pa.Array:
    """Text as written; missing where empty.

    Example:
        >>> from j2311_analytics.ingest.chunks import Chunk
        >>> from j2311_analytics.ingest.cut import cut
        >>> made = cut(Chunk(b"ST\\x1dabc\\x1e", 58))
        >>> texts(made, made.spans(made.rows("ST"), 1)).to_pylist()
        ['abc']
    """
    return text(cut.buffer, spans)


def codes(cut: Cut, spans: Spans) -> pa.Array:
    """Text in upper case (ASCII letters); missing where empty.

    Example:
        >>> from j2311_analytics.ingest.chunks import Chunk
        >>> from j2311_analytics.ingest.cut import cut
        >>> made = cut(Chunk(b"ST\\x1dabc\\x1e", 58))
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
        >>> made = cut(Chunk(b"REF\\x1d6r\\x1e", 58))
        >>> code_words(made, made.spans(made.rows("REF"), 1)) == code_word("6R")
        array([ True])
    """
    starts, ends = spans
    lengths = ends - starts
    masks = _HEAD_MASK.take(np.where(lengths < 8, lengths, 0))
    return words_at(cut.folded_bytes, starts) & masks


def code_word(code: str) -> np.uint64:
    """The number that stands for a code of at most seven characters.

    Example:
        >>> int(code_word("A"))
        65
    """
    return _u8(int.from_bytes(code.encode(), "little"))


def cents(cut: Cut, spans: Spans) -> tuple[Array, Array]:
    """Amounts as whole cents, `MISSING` where empty or unreadable, and which are unreadable.

    Example:
        >>> from j2311_analytics.ingest.chunks import Chunk
        >>> from j2311_analytics.ingest.cut import cut
        >>> made = cut(Chunk(b"BPR\\x1dI\\x1d1,250.5\\x1e", 58))
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
        >>> made = cut(Chunk(b"QTY\\x1dCA\\x1d12.375\\x1e", 58))
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
        >>> made = cut(Chunk(b"DTM\\x1d405\\x1d20261031\\x1e", 58))
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
    negative = (data.take(starts) == ord("-")) & (lengths > 0)
    lengths = lengths - negative
    fits = lengths <= 8
    lengths = np.where(fits, lengths, 0)
    words = words_at(data, ends - 8) & _TAIL_MASK.take(lengths) | _ZEROS.take(lengths)
    two = (words & _u8(0xFF << 40)) == _u8(ord(".") << 40)
    one = (words & _u8(0xFF << 48)) == _u8(ord(".") << 48)
    scale = np.where(two, 1, np.where(one, 10, 100))
    if two.any() or one.any():
        before = np.where(two, _u8((1 << 40) - 1), np.where(one, _u8((1 << 48) - 1), _u8(0)))
        after = np.where(two, _u8(0xFFFF << 48), np.where(one, _u8(0xFF << 56), ~_u8(0)))
        closed = (words & before) << _u8(8) | (words & after)
        words = np.where(two | one, closed | _u8(0x30), words)
    digits = words ^ _u8(0x3030303030303030)
    wrong = ((digits + _u8(0x7676767676767676)) | digits) & _u8(0x8080808080808080)
    pairs = (digits * _u8(10) + (digits >> _u8(8))) & _u8(0x00FF00FF00FF00FF)
    fours = (pairs * _u8(100) + (pairs >> _u8(16))) & _u8(0x0000FFFF0000FFFF)
    eights = (fours * _u8(10000) + (fours >> _u8(32))) & _u8(0xFFFFFFFF)
    values = eights.astype(np.int64) * scale
    values = np.where(negative, -values, values)
    usual = fits & (wrong == 0) & (lengths > 0)
    values[~usual] = MISSING
    return values, np.flatnonzero(~usual & (ends > starts))
