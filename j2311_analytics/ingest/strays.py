"""Interchanges within another: their own header is lost, and so are their delimiters.

Where two files were copied together and the second lost its ISA, its claims stand in a
long stretch without the delimiters at hand. Such stretches are searched for the
beginning of a group, a transaction set or a claim that tells others.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice

from j2311_analytics.errors import X12Error
from j2311_analytics.ingest.delimiters import (
    BARE,
    WINDOW,
    Delimiters,
    find_delimiters,
    window_at,
)

# Text without the delimiters at hand is searched so far.
REACH = 64 * 1024
# No segment is so long, nor an element.
_STRETCH = 2000
# A claim is not shorter than this.
_SHORTEST = 16
# So many places of one stretch, and of a text, are looked at: noise must not take hours.
_TRIES, _TRIES_IN_ALL = 4, 40


@dataclass(frozen=True)
class Stray:
    """Where other delimiters begin.

    Args:
        place: The place in the text.
        marks: The delimiters; None where they cannot be told before more text is there.
        encoding: The encoding of what follows.

    Example:
        >>> Stray(5, None, "utf-8").place
        5
    """

    place: int
    marks: Delimiters | None
    encoding: str


def find_strays(
    text: bytes,
    span: tuple[int, int],
    marks: Delimiters | None,
    encoding: str = "utf-8",
    *,
    is_last: bool = True,
) -> Iterator[Stray]:
    """The places of a span, which holds no other ISA, where other delimiters begin.

    Args:
        text: The file's text, or the part of it that has come in.
        span: Where the search begins and ends; before the text's end an ISA follows.
        marks: The delimiters at hand; None if they could not be told.
        encoding: Their encoding.
        is_last: Whether no more text follows this one.

    Yields:
        Strays in their order; nothing behind one that waits for more text.

    Example:
        >>> text = b"SE*4*1~" + b"CLP|A|4|90|0||12|C1'SVC|HC:J2311|90|0'"
        >>> [one.place for one in find_strays(text, (0, 46), Delimiters("*", ":", "~"))]
        [7]
    """
    begin, end = span
    while True:
        stray = _next(text, begin, end, marks, encoding, is_last)
        if stray is None:
            return
        yield stray
        if stray.marks is None:
            return
        begin, marks, encoding = stray.place, stray.marks, stray.encoding


def _next(
    text: bytes, begin: int, end: int, marks: Delimiters | None, encoding: str, is_last: bool
) -> Stray | None:
    closed = is_last or end < len(text)
    both = sorted({marks.element, marks.terminator}) if marks else []
    runs: list[Iterable[tuple[int, int]]] = [
        _stretches(text, begin, end, mark.encode(encoding), closed) for mark in both
    ]
    found = (_first(text, stretches, marks, is_last) for stretches in runs or [[(begin, end)]])
    return min(filter(None, found), key=lambda stray: stray.place, default=None)


def _stretches(
    text: bytes, begin: int, end: int, mark: bytes, closed: bool
) -> Iterator[tuple[int, int]]:
    """Long stretches of the text without a mark; of any length where nothing follows."""
    while begin + _STRETCH <= end:
        place = text.rfind(mark, begin, begin + _STRETCH)
        if place < 0:
            place = text.find(mark, begin, end)
            place = end if place < 0 else place
            # A part may have been cut before or behind the blanks of a segment's end.
            start = place - len(text[begin:place].lstrip(b" \t\r\n"))
            if place - start >= _STRETCH:
                yield start, place
        begin = place + len(mark)
    place = text.rfind(mark, begin, end)
    begin = begin if place < 0 else place + len(mark)
    if closed and end - begin >= _SHORTEST:
        yield begin, end


def _first(
    text: bytes, stretches: Iterable[tuple[int, int]], marks: Delimiters | None, is_last: bool
) -> Stray | None:
    """The first place of some stretches that tells other delimiters."""
    for bare in islice(_candidates(text, stretches), _TRIES_IN_ALL):
        place = bare.start()
        window, encoding = window_at(text, place)
        if not is_last and place + WINDOW > len(text):
            return Stray(place, None, encoding)
        with suppress(X12Error):
            told = find_delimiters(window, "")
            if marks is None or _others(told, marks):
                return Stray(place, told, encoding)
    return None


def _candidates(text: bytes, stretches: Iterable[tuple[int, int]]) -> Iterator[re.Match[bytes]]:
    for begin, end in stretches:
        yield from islice(BARE.finditer(text, begin, min(end, begin + REACH)), _TRIES)


def _others(told: Delimiters, marks: Delimiters) -> bool:
    return (told.element, told.terminator) != (marks.element, marks.terminator)
