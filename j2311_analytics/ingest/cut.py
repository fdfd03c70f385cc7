"""A chunk cut into segments and elements, all at once.

Positions of separators are found in one scan. A segment is a row number; where its
elements begin and end comes from arithmetic on those positions, and values are
taken from the bytes only for the elements that a table needs.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from j2311_analytics.ingest.canonical_text import CUT_OFF, ELEMENT, FILE, TERMINATOR
from j2311_analytics.ingest.chunks import PAD, Chunk
from j2311_analytics.ingest.segment_ids import shown_id

Array = npt.NDArray[Any]
Spans = tuple[Array, Array]

_SEPARATOR_LIMIT = TERMINATOR + 1
_KNOWN = """
    FILE CUT_OFF ISA GS ST SE GE IEA BPR TRN N1 REF DTM LX CLP CAS NM1 MIA MOA AMT SVC LQ PLB
    TA1 NTE CUR N3 N4 PER RDM TS2 TS3 QTY K3
    BHT HL PRV SBR PAT DMG CLM DTP CL1 PWK CN1 CR1 CR2 CR3 CR4 CR5 CR6 CR7 CR8 CRC HI HCP OI
    SV1 SV2 SV3 SV4 SV5 SV6 SV7 PS1 HSD MEA LIN CTP SVD FRM TOO DN1 DN2 UR IMM ISB ISE
""".split()  # noqa: SIM905
KIND = {name: place + 1 for place, name in enumerate(_KNOWN)}
UNKNOWN, SKIPPED = 0, 255
_SLOTS = 1 << 14
_FACTOR = np.uint32(0x85EBCA6B)


def _folded(words: Array) -> Array:
    """Words with letters in upper case; what is no letter stays apart from every letter."""
    return folded(words, np.uint32(0x40404040))


def folded(words: Array, sixth: Any) -> Array:
    """Words of bytes with ASCII letters in upper case, and other bytes never equal to one.

    Args:
        words: Numbers made of bytes.
        sixth: Bit 6 of each byte, which marks letters.

    Example:
        >>> int(folded(np.array([ord("a")], np.uint32), np.uint32(0x40))[0]) == ord("A")
        True
    """
    kept: Array = words & sixth
    kept >>= sixth.dtype.type(1)
    np.invert(kept, out=kept)
    kept &= words
    return kept


def _keyed(words: Array) -> Array:
    """Folded words, their fourth byte one more: the two separators then differ in one bit."""
    keyed: Array = _folded(words) + np.uint32(1 << 24)
    return keyed


def _slot(words: Array) -> Array:
    slots: Array = ((words & np.uint32(0xFFFFFF)) * _FACTOR) >> np.uint32(18)
    return slots


# By the length of an id: its bytes, and the separator that ends it.
_ID_MASK = np.array([0, 0xFF, 0xFFFF, 0xFFFFFF, 0xFFFFFFFF], np.uint32)
_ID_END = np.array([ELEMENT << 8 * length for length in range(4)] + [0], np.uint32)


def _kind_tables() -> tuple[Array, Array, Array]:
    """By hash of its first three bytes, a segment id's kind and how to tell it surely."""
    kinds = np.zeros(_SLOTS, np.uint8)
    keys = np.zeros(_SLOTS, np.uint32)
    masks = np.full(_SLOTS, 0xFFFFFFFF, np.uint32)
    for name, kind in KIND.items():
        written = {"FILE": FILE, "CUT_OFF": CUT_OFF}.get(name, name.encode())
        # After two letters a separator decides the hash; after three either one does for both.
        for end in (ELEMENT, TERMINATOR):
            word = _keyed(np.frombuffer((written + bytes([end]) + b"\0")[:4], "<u4"))
            slot = int(_slot(word)[0])
            assert kinds[slot] in (0, kind), f"two segment ids share a slot: {name}"
            masks[slot] = 0xFFFFFF if len(written) == 2 else 0xFEFFFFFF
            keys[slot] = word[0] & masks[slot]
            kinds[slot] = kind
    return kinds, keys, masks


_KINDS, _KEYS, _MASKS = _kind_tables()


class _Bounds:
    """Separators around the elements of some rows; one element's end is the next one's start."""

    def __init__(self, separators: Array, rows: Array, first: Array, size: Array) -> None:
        sizes = size.take(rows)
        self.separators = separators
        self.rows = rows
        # Wide enough to index with: narrow ones would be widened for each element.
        self.before = first.take(rows).astype(np.intp)
        self.last = self.before + sizes
        self.least = int(sizes.min(initial=0 if not rows.size else 1 << 30))
        self.most = int(sizes.max(initial=0))
        self.places: dict[int, Array] = {}

    def around(self, position: int) -> Spans:
        if position >= self.most:
            nowhere = self._place(self.most)
            return nowhere, nowhere
        starts, ends = self._place(position) + 1, self._place(position + 1)
        # In a row that is too short both separators are its last.
        return (starts if position < self.least else np.minimum(starts, ends)), ends

    def _place(self, number: int) -> Array:
        if number not in self.places:
            index = self.before + number
            if number > self.least:
                index = np.minimum(index, self.last)
            self.places[number] = self.separators.take(index)
        return self.places[number]


@dataclass(frozen=True)
class Cut:
    """The segments of one chunk; build it with `cut`.

    Args:
        chunk: Its canonical bytes and component separator.
        buffer: Those bytes, padded.
        separators: Place of each separator, a virtual one before the first.
        first: For each segment, the index of the separator before it.
        size: Its number of elements, the id included.
        start: Place of its first byte.
        kind: What it is, as in `KIND`.
        padded: Whether spaces stand around elements.

    Example:
        >>> made = cut(Chunk.of([b"ST\\x1d835\\x1d1\\x1eSE\\x1d2\\x1e"], ord(":")))
        >>> made.size.tolist(), (made.kind == KIND["SE"]).tolist()
        ([3, 2], [False, True])
    """

    chunk: Chunk
    buffer: bytes
    separators: Array
    first: Array
    size: Array
    start: Array
    kind: Array
    padded: bool
    _rows: dict[str, Array] = field(default_factory=dict)
    _recent: list[_Bounds] = field(default_factory=list)

    @cached_property
    def bytes(self) -> Array:
        """The padded bytes as numbers.

        Example:
            >>> int(cut(Chunk.of([b"A\\x1e"], 58)).bytes[8])
            65
        """
        return np.frombuffer(self.buffer, np.uint8)

    def rows(self, name: str) -> Array:
        """Row numbers of the segments with an id.

        Example:
            >>> cut(Chunk.of([b"ST\\x1d835\\x1eSE\\x1d2\\x1e"], 58)).rows("SE").tolist()
            [1]
        """
        if name not in self._rows:
            self._rows[name] = np.flatnonzero(self.kind == KIND[name])
        return self._rows[name]

    @cached_property
    def components(self) -> Array:
        """Places of the component separator.

        Example:
            >>> cut(Chunk.of([b"SVC\\x1dHC:J2311\\x1e"], 58)).components.tolist()
            [14]
        """
        return np.flatnonzero(self.bytes == self.chunk.component)

    @cached_property
    def file_rows(self) -> Array:
        """Rows that announce another file.

        Example:
            >>> cut(Chunk.of([b"\\xffF\\x1eST\\x1d835\\x1e"], 58)).file_rows.tolist()
            [0]
        """
        return self.rows("FILE")

    def numbers(self, rows: Array, before: int) -> Array:
        """Segment numbers of rows in their files, `before` of the first having gone by.

        Example:
            >>> made = cut(Chunk.of([b"SE\\x1e\\xffF\\x1eST\\x1d835\\x1e"], 58))
            >>> made.numbers(np.array([0, 2]), 7).tolist()
            [8, 1]
        """
        origins = np.concatenate(([-1 - before], self.file_rows))
        numbers: Array = rows - origins.take(np.searchsorted(self.file_rows, rows, side="right"))
        return numbers

    def elements(self, row: int) -> list[str]:
        """The elements of one segment, id first, stripped; at least nine.

        Example:
            >>> cut(Chunk.of([b"SE\\x1d3\\x1e"], 58)).elements(0)[:3]
            ['SE', '3', '']
        """
        end = int(self.separators[self.first[row] + self.size[row]])
        text = self.buffer[int(self.start[row]) : end].decode("utf-8", "replace")
        found = [part.strip(" ") for part in text.split("\x1d")]
        return found + [""] * (9 - len(found))

    def shown_id(self, row: int) -> str:
        """Id of a segment; "?" where X12 knows none such, for it may be content.

        Example:
            >>> cut(Chunk.of([b"SE\\x1dx\\x1ewords\\x1e"], 58)).shown_id(1)
            '?'
        """
        return shown_id(self.elements(row)[1 if self.kind[row] == KIND["CUT_OFF"] else 0])

    def spans(self, rows: Array, position: int | Array) -> Spans:
        """Where an element begins and ends in each row; empty where it is not there.

        Example:
            >>> made = cut(Chunk.of([b"ST\\x1d835\\x1e"], 58))
            >>> [place.tolist() for place in made.spans(made.rows("ST"), 1)]
            [[11], [14]]
        """
        if isinstance(position, int):
            starts, ends = self._bounds(rows).around(position)
        else:
            bounds = self._bounds(rows)
            place = np.minimum(bounds.before + position, bounds.last)
            ends = self.separators.take(np.minimum(place + 1, bounds.last))
            starts = np.minimum(self.separators.take(place) + 1, ends)
        return self.trimmed(starts, ends) if self.padded else (starts, ends)

    def _bounds(self, rows: Array) -> _Bounds:
        """Where rows begin and end; those of the rows asked for last are kept."""
        if not self._recent or self._recent[0].rows is not rows:
            self._recent[:] = [_Bounds(self.separators, rows, self.first, self.size)]
        return self._recent[0]

    def trimmed(self, starts: Array, ends: Array) -> Spans:
        """Spans without the spaces around them.

        Example:
            >>> made = cut(Chunk.of([b"ST\\x1d 9 \\x1e"], 58))
            >>> [place.tolist() for place in made.trimmed(np.array([11]), np.array([14]))]
            [[12], [13]]
        """
        return _trimmed(self.bytes, starts, ends)


def _trimmed(data: Array, starts: Array, ends: Array) -> Spans:
    starts, ends = starts.copy(), ends.copy()
    loose = np.flatnonzero((starts < ends) & (data.take(starts) == 32))
    while loose.size:
        starts[loose] += 1
        loose = loose[(starts[loose] < ends[loose]) & (data.take(starts[loose]) == 32)]
    loose = np.flatnonzero((starts < ends) & (data.take(ends - 1) == 32))
    while loose.size:
        ends[loose] -= 1
        loose = loose[(starts[loose] < ends[loose]) & (data.take(ends[loose] - 1) == 32)]
    return starts, ends


def words_at(data: Array, places: Array, dtype: str = "<u8") -> Array:
    """The bytes from each place on as one number.

    Example:
        >>> words_at(np.frombuffer(b"AB" + bytes(8), np.uint8), np.array([0]), "<u2").tolist()
        [16961]
    """
    width = np.dtype(dtype).itemsize
    whole: Array = np.ndarray((data.size - width + 1,), dtype, data, strides=(1,))
    return whole[places]


def cut(chunk: Chunk) -> Cut:
    """Cut a chunk into segments.

    Example:
        >>> cut(Chunk.of([b"ST\\x1d835\\x1e\\x1eSE\\x1d2\\x1e"], 58)).start.tolist()
        [8, 16]
    """
    buffer = chunk.data
    data = np.frombuffer(buffer, np.uint8)
    places = np.flatnonzero(data < _SEPARATOR_LIMIT)
    ends = np.flatnonzero(data.take(places) == TERMINATOR).astype(np.int32)
    separators = places.astype(np.int32)
    first, ends = ends[:-1], ends[1:]
    size = ends - first
    start = separators.take(first) + 1
    kind = _kinds(data, start)
    padded = _is_padded(data, separators, ends, kind, chunk.component)
    if padded:
        stop = separators.take(first + 1)
        start, stop = _trimmed(data, start, stop)
        kind = _kinds(data, start, stop - start)
    blank = (size == 1) & (start == separators.take(ends))
    if blank.any():
        first, size, start, kind = (a[~blank] for a in (first, size, start, kind))
    return Cut(chunk, buffer, separators, first, size, start, kind, padded)


def _kinds(data: Array, start: Array, length: Array | None = None) -> Array:
    """What segments are, by the bytes at their start; by their id alone where it is padded."""
    words = words_at(data, start, "<u4")
    if length is not None:
        words = words & _ID_MASK.take(length, mode="clip") | _ID_END.take(length, mode="clip")
    words = _keyed(words)
    slots = _slot(words).astype(np.intp)
    found = (words & _MASKS.take(slots)) == _KEYS.take(slots)
    kinds: Array = _KINDS.take(slots) * found
    return kinds


def _is_padded(data: Array, separators: Array, ends: Array, kind: Array, component: int) -> bool:
    """Whether a space stands beside a separator, outside the fixed widths of an ISA."""
    spaces = np.flatnonzero(data[8:-8] == 32) + 8
    before, after = data.take(spaces - 1), data.take(spaces + 1)
    beside = (before < _SEPARATOR_LIMIT) | (after < _SEPARATOR_LIMIT)
    beside |= (before == component) | (after == component)
    beside |= spaces == len(PAD)
    hits = spaces[beside]
    if not hits.size:
        return False
    owners = np.searchsorted(separators.take(ends), hits)
    owners = owners[owners < kind.size]
    return bool((kind.take(owners) != KIND["ISA"]).any())
