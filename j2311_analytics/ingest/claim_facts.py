"""Values of the segments of an 837, by the loop that owns them.

Source: ASC X12 005010X222A1 and 005010X223A2: NM1, REF, DTP, AMT and NTE are told
apart by the qualifier in their first element.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from j2311_analytics.ingest.claim_places import ClaimPlaces
from j2311_analytics.ingest.claim_table import amount_column
from j2311_analytics.ingest.columns import code_word, code_words, codes, days, texts
from j2311_analytics.ingest.context import NOBODY, first_of, first_value
from j2311_analytics.ingest.cut import Array, Spans
from j2311_analytics.ingest.payment_table import BAD_DATE

_DAY, _PERIOD = 8, 17
# Dates with a time (DT) and ranges (RD8) begin with eight digits.
_DATED = (_DAY, 12, 14, _PERIOD)


@dataclass(frozen=True)
class Facts:
    """Segments of one id with the loops that own them, counted from 0, or `NOBODY`.

    Args:
        places: The chunk's segments.
        rows: Rows of the segments.
        owners: The owner of each.
        count: Number of owners.

    Example:
        >>> Facts.__dataclass_params__.frozen
        True
    """

    places: ClaimPlaces
    rows: Array
    owners: Array
    count: int

    def among(self, *names: str, position: int = 1) -> Array:
        """Whether each segment has one of some codes, in its first element or another."""
        cut = self.places.cut
        words = code_words(cut, cut.spans(self.rows, position))
        found: Array = np.isin(words, [code_word(name) for name in names])
        return found

    def spans(self, position: int, among: Array | None = None) -> Spans:
        """For each owner, the place of its first value that is not empty."""
        return first_of(self.owners, self.places.cut.spans(self.rows, position), self.count, among)

    def text(self, position: int, among: Array | None = None) -> pa.Array:
        """For each owner its first value, as written."""
        return texts(self.places.cut, self.spans(position, among))

    def code(self, position: int, among: Array | None = None) -> pa.Array:
        """For each owner its first value, in upper case."""
        return codes(self.places.cut, self.spans(position, among))

    def dollars(self, qualifier: str, position: int = 2) -> Array:
        """For each owner the first amount with a qualifier."""
        kept = self.among(qualifier) & (self.owners != NOBODY)
        amounts = amount_column(self.places, self.rows[kept], position)
        return first_value(self.owners[kept], amounts, self.count, np.nan)

    def dates(self, *qualifiers: str) -> tuple[Array, Array]:
        """For each owner the first and the last day of its first period with a qualifier."""
        kept = self.among(*qualifiers) & (self.owners != NOBODY)
        begins, ends = periods(self.places, self.rows[kept])
        owners, no_day = self.owners[kept], np.datetime64("NaT")
        return (
            first_value(owners, begins, self.count, no_day),
            first_value(owners, ends, self.count, no_day),
        )


def facts(places: ClaimPlaces, name: str, owners: Array, count: int) -> Facts:
    """The segments of an id that some loops own.

    Args:
        places: The chunk's segments.
        name: The segment's id.
        owners: For each segment of the chunk its owner, or `NOBODY`.
        count: Number of owners.
    """
    rows = places.cut.rows(name)
    return Facts(places, rows, owners.take(rows), count)


def periods(places: ClaimPlaces, rows: Array) -> tuple[Array, Array]:
    """First and last day of DTP segments: a day (D8, DT) or a range (RD8)."""
    starts, ends = places.cut.spans(rows, 3)
    # Some write the date where its format belongs.
    bare = np.flatnonzero(starts == ends)
    if bare.size:
        starts, ends = starts.copy(), ends.copy()
        starts[bare], ends[bare] = places.cut.spans(rows[bare], 2)
    length = ends - starts
    dated = np.isin(length, _DATED)
    stop = np.where(dated, starts + _DAY, ends)
    last_start = np.where(length == _PERIOD, ends - _DAY, starts)
    last_stop = np.where(length == _PERIOD, ends, stop)
    first, bad = days(places.cut, (starts, stop))
    last, worse = days(places.cut, (last_start, last_stop))
    places.report(rows[bad | worse], "warning", "bad_date", BAD_DATE)
    return first, last


def word(text: str | None) -> pa.Scalar:
    """A text to stand in a column of texts.

    Example:
        >>> word("a").as_py()
        'a'
    """
    return pa.scalar(text, pa.large_string())


def joined(first: pa.Array, then: pa.Array, by: str = "") -> pa.Array:
    """Texts of two columns, put together row by row; missing where both are.

    Example:
        >>> parts = [pa.array(texts, pa.large_string()) for texts in (["a", None], ["b", None])]
        >>> joined(*parts, by="; ").to_pylist()
        ['a; b', None]
    """
    return pc.coalesce(pc.binary_join_element_wise(first, then, word(by)), first, then)


def chosen(values: pa.Array, owners: Array) -> pa.Array:
    """The value of each owner; missing where there is none.

    Example:
        >>> chosen(pa.array(["a", "b"]), np.array([1, -1])).to_pylist()
        ['b', None]
    """
    return values.take(pa.array(owners, mask=owners < 0))


def chosen_numbers(values: Array, owners: Array) -> Array:
    """The number or date of each owner; missing where there is none.

    Example:
        >>> chosen_numbers(np.array([1.5]), np.array([0, -1])).tolist()
        [1.5, nan]
    """
    missing = np.array([np.nan]) if values.dtype.kind == "f" else np.array(["NaT"], values.dtype)
    found: Array = np.concatenate((values, missing)).take(owners)
    return found


def rank(owners: Array) -> Array:
    """Position of each row among those of its owner, from 1; rows of an owner lie together.

    Example:
        >>> rank(np.array([0, 0, 3])).tolist()
        [1, 2, 1]
    """
    order = np.arange(owners.size)
    new = np.ones(owners.size, bool)
    new[1:] = owners[1:] != owners[:-1]
    found: Array = order - np.maximum.accumulate(np.where(new, order, 0)) + 1
    return found
