"""Columns of amounts and quantities from the spans of a cut.

Usual amounts are computed for a whole column at once on 8-byte words; every other
one is read by the same plain functions of `elements` that a person would use.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from j2311_analytics.ingest.cut import Array, Cut, Spans, words_at
from j2311_analytics.ingest.elements import read_cents, read_number
from j2311_analytics.tables import dollars

MISSING = np.iinfo(np.int64).min
_EXACT = 10**15

# For each length, the bytes that hold the digits of a word that ends in them.
_TAIL_MASK = np.array([(2**64 - 1) & ~((1 << 64 - 8 * n) - 1) for n in range(9)], "u8")
_MINUS = ord("-")
_ONE = np.uint64(7)
_ALL_ZEROS, _ABOVE_NINE = np.uint64(0x3030303030303030), np.uint64(0x7676767676767676)
_HIGH_BITS, _FULL_BYTE = np.uint64(0x8080808080808080), np.uint64(0xFF)
# What the digits before count for, by how much they lie before, and the bits of the sums.
_TOGETHER = tuple(
    (np.uint64(factor), np.uint64(shift), np.uint64(kept))
    for factor, shift, kept in (
        (10, 8, 0x00FF00FF00FF00FF),
        (100, 16, 0x0000FFFF0000FFFF),
        (10000, 32, 0xFFFFFFFF),
    )
)
# A decimal point among digits from which "0" has been taken away.
_POINT = np.uint64(ord(".") ^ ord("0"))
# The byte before the last two digits, and the one before the last.
_TWO_LEFT, _ONE_LEFT = np.uint64(1 << 40), np.uint64(1 << 48)
# Without decimals, with one, with two.
_IN_CENTS = np.array([100, 10, 1])


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


def in_dollars(amounts: Array) -> Array:
    """Whole cents as dollars, NaN where missing.

    Example:
        >>> in_dollars(np.array([1250, MISSING])).tolist()
        [12.5, nan]
    """
    values: Array = amounts / 100.0
    missing = amounts == MISSING
    if missing.any():
        values[missing] = np.nan
    # The missing one is its own absolute, so never large.
    large = np.flatnonzero(np.abs(amounts) >= _EXACT)
    if large.size:
        values[large] = dollars(pd.Series(amounts[large])).to_numpy()
    return values


def _read(cut: Cut, spans: Spans, places: Array, read: Callable[[str], Any]) -> list[Any]:
    if not places.size:
        return []
    starts, ends = (side.take(places).tolist() for side in spans)
    pairs = zip(starts, ends, strict=True)
    return [read(cut.buffer[start:end].decode("utf-8", "replace")) for start, end in pairs]


def _short_amounts(data: Array, spans: Spans) -> tuple[Array, Array]:
    """Cents of amounts of at most eight characters and a sign; places of those left over."""
    starts, ends = spans
    lengths = ends - starts
    is_written = lengths > 0
    if 2 * np.count_nonzero(is_written) < lengths.size:
        values = np.full(lengths.size, MISSING)
        written = np.flatnonzero(is_written)
        few, left = _short_amounts(data, (starts.take(written), ends.take(written)))
        values[written] = few
        return values, written.take(left)
    values, usual = _unsigned(data, lengths, ends)
    left = np.flatnonzero(is_written & ~usual)
    if left.size:
        signed = data.take(starts.take(left)) == _MINUS
        negative = left[signed]
        amounts, usual = _unsigned(data, lengths.take(negative) - 1, ends.take(negative))
        values[negative] = -amounts
        signed[signed] = usual
        left = left[~signed]
    return values, left


def _unsigned(data: Array, lengths: Array, ends: Array) -> tuple[Array, Array]:
    """Cents of amounts of one to eight characters without a sign, and which are such.

    The last eight bytes are taken as one number; the decimal point is closed up, and
    pairs, fours and eights of digits are added at once.
    """
    fits = (lengths > 0) & (lengths <= 8)
    known = lengths if fits.all() else np.where(fits, lengths, 0)
    digits = words_at(data, ends - 8)
    digits ^= _ALL_ZEROS
    digits &= _TAIL_MASK.take(known)
    point = _not_digits(digits)
    two, one, none = point == _TWO_LEFT, point == _ONE_LEFT, point == 0
    digits ^= point * _POINT
    fits &= two | one | none
    fits &= digits & (point * _FULL_BYTE) == 0
    # What stands before the point moves up a byte: 255 times as much is added to it.
    point -= ~none
    point &= digits
    point *= _FULL_BYTE
    digits += point
    for factor, shift, kept in _TOGETHER:
        higher = digits >> shift
        digits *= factor
        digits += higher
        digits &= kept
    values = digits.view(np.int64)
    values *= _IN_CENTS.take(two.view(np.int8) * np.int8(2) + one)
    if not fits.all():
        values[~fits] = MISSING
    return values, fits


def _not_digits(digits: Array) -> Array:
    """One in the place of what is no digit: a point, or nothing."""
    found: Array = digits + _ABOVE_NINE
    found |= digits
    found &= _HIGH_BITS
    found >>= _ONE
    return found
