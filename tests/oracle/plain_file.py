"""A file cut into segments the plain way: the whole text, split at its delimiters.

Where interchanges begin and which characters cut them is told by `x12`; everything
after that is done here once more, without its help.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from j2311_analytics.errors import X12Error
from j2311_analytics.ingest.delimiters import Delimiters, find_delimiters, window_at
from j2311_analytics.ingest.elements import capitals
from j2311_analytics.ingest.strays import find_strays
from j2311_analytics.ingest.x12 import NOT_X12, encoding_of, find_bare, find_headers

UNPRINTABLE = "\x1f"
CONTROLS = {chr(code) for code in (*range(32), 127)}


@dataclass(frozen=True)
class PlainSegment:
    """One segment: its number in the file, its id in capitals, and its elements."""

    number: int
    id: str
    elements: list[str]
    component: str
    terminated: bool

    def get(self, position: int) -> str:
        """The element at a position, stripped; empty where it is not there."""
        return self.elements[position] if position < len(self.elements) else ""


def cut_plainly(data: bytes, name: str, problems: list[X12Error]) -> Iterator[PlainSegment]:
    """Segments of a file; interchanges whose delimiters cannot be told go to `problems`."""
    wide = encoding_of(data)
    data = data.decode(wide, errors="replace").encode() if wide else data
    data = data.replace(b"\xef\xbb\xbf", b"")
    if not data.strip(b" \t\r\n\0"):
        problems.append(X12Error("the file is empty; fetch it again", file=name))
        return
    starts = find_headers(data)
    bare = find_bare(data, starts)
    starts = starts if bare is None else [bare, *starts]
    if not starts:
        problems.append(X12Error(NOT_X12, file=name))
        return
    number, marks, known = 0, None, None
    for start, end in zip(starts, [*starts[1:], len(data)], strict=True):
        window, encoding = window_at(data, start)
        try:
            marks = known = find_delimiters(window, name, known)
        except X12Error as error:
            problems.append(error)
            marks = None
        strays = list(find_strays(data, (start, end), marks, encoding))
        parts = [(start, marks, encoding), *((s.place, s.marks, s.encoding) for s in strays)]
        ends = [*(stray.place for stray in strays), end]
        for (begin, marks, encoding), stop in zip(parts, ends, strict=True):
            if marks is None:
                continue
            known = marks
            component = shown_component(marks.component)
            for elements, terminated in _split(data[begin:stop], marks, encoding):
                number += 1
                yield PlainSegment(number, capitals(elements[0]), elements, component, terminated)


def _split(part: bytes, marks: Delimiters, encoding: str) -> Iterator[tuple[list[str], bool]]:
    """The elements of each segment that holds anything, and whether it was closed."""
    element, component, terminator = (
        mark.encode(encoding) for mark in (marks.element, marks.component, marks.terminator)
    )
    if part[:3] in (b"ISA", b"isa") and not re.match(
        rb" *+%b|%b" % ((re.escape(element),) * 2), part[3:40]
    ):
        part = part[:3] + element + part[3:]
    # First of all: lines wrapped by length break inside a character of two bytes too.
    for line_break in {b"\r", b"\n"} - {element, component, terminator}:
        part = part.replace(line_break, b"")
    pieces = part.split(terminator)
    shown = shown_component(marks.component)
    for position, text in enumerate(pieces):
        elements = [_element(one, component, shown) for one in text.split(element)]
        if len(elements) > 1 or elements[0]:
            yield elements, position < len(pieces) - 1


def _element(raw: bytes, component: bytes, shown: str) -> str:
    """An element's text without control characters; its component separator as it is shown."""
    parts = raw.split(component) if shown == UNPRINTABLE else [raw]
    texts = ("".join(" " if mark in CONTROLS else mark for mark in _text(part)) for part in parts)
    return shown.join(texts).strip(" ")


def shown_component(component: str) -> str:
    """A component separator as it stands in elements: one sign for all that cannot be printed."""
    return component if " " < component <= "~" else UNPRINTABLE


def _text(piece: bytes) -> str:
    try:
        return piece.decode("utf-8")
    except UnicodeDecodeError:
        return piece.decode("latin-1")
