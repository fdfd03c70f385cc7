"""X12 envelopes: where interchanges begin, and their segments.

`read_segments` is the plain way to
read a small file; large remittances and claims go through `cut`. Source: ASC X12
interchange control structure (ISA, 106 characters).
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from j2311_analytics.errors import X12Error
from j2311_analytics.ingest.delimiters import BARE, Delimiters, find_delimiters, window_at

TRAILERS = ("SE", "GE", "IEA")
_JOINED = re.compile(rb"IEA(?P<e>[^A-Za-z0-9\s])\d+(?P=e)\d+\Z", re.IGNORECASE)
_WIDE = re.compile(rb"[\xc2-\xf4][\x80-\xbf]{1,3}")
# Control characters carry no text; line breaks are deleted unless they cut segments.
CONTROLS = frozenset(range(32)) | {127}
# All bits of a letter but the one that tells its case.
_CASE = np.uint8(0xDF)


@dataclass(frozen=True)
class Segment:
    """One segment: its number in the file, its id and its elements (id first).

    Example:
        >>> Segment(1, "CLP", ["CLP", "A", "1"], ":", True).get(2)
        '1'
    """

    number: int
    id: str
    elements: list[str]
    component: str
    terminated: bool

    def get(self, position: int) -> str:
        """The element at a position, stripped; empty where it is not there.

        Example:
            >>> Segment(1, "SE", ["SE"], ":", True).get(9)
            ''
        """
        return self.elements[position].strip(" ") if position < len(self.elements) else ""


def encoding_of(data: bytes) -> str:
    """The wide encoding of a file's beginning, told by its mark or its zero bytes.

    Returns:
        "utf-16", "utf-16-le", "utf-16-be", or "" for one byte per character.

    Example:
        >>> encoding_of("ISA*".encode("utf-16")), encoding_of(b"ISA*")
        ('utf-16', '')
    """
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") and b"\0" in data[2:10]:
        return "utf-16"
    if len(data) >= 4 and data[1:8:2].strip(b"\0") == b"" and data[0:1] != b"\0":
        return "utf-16-le"
    if len(data) >= 4 and data[0:8:2].strip(b"\0") == b"" and data[1:2] != b"\0":
        return "utf-16-be"
    return ""


def decode(data: bytes) -> str:
    """Text of bytes, whatever their encoding; no byte is lost.

    UTF-8 first; bytes that are not UTF-8 are read one to one (Latin-1), because
    practice systems write those.

    Example:
        >>> decode("ISA*".encode("utf-16")), decode(bytes([0xE9]))
        ('ISA*', 'é')
    """
    wide = encoding_of(data)
    return data.decode(wide, errors="replace") if wide else as_text(data).removeprefix("\ufeff")


def as_text(data: bytes) -> str:
    """Text of one segment: UTF-8, else Latin-1.

    Example:
        >>> as_text("é".encode()) == as_text("é".encode("latin-1"))
        True
    """
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def find_headers(data: bytes) -> list[int]:
    """Places of the ISA segments in the bytes of a file, or of a part of it.

    "ISA" may also be a name inside a segment; there it follows the element
    separator, or a letter. Two files copied together can leave no terminator
    between an IEA and the next ISA.

    Example:
        >>> find_headers(b"ISA*00*..~N1*PR*ISA*XV~IEA*1*1~ISA*00*")
        [0, 31]
    """
    # Letter by letter, in either case: quicker than a search for the words.
    folded = np.frombuffer(data, np.uint8) & _CASE
    places = np.flatnonzero(folded[:-3] == ord("I"))
    for distance, letter in ((1, "S"), (2, "A")):
        places = places[folded.take(places + distance) == ord(letter)]
    return [
        place
        for place in places.tolist()
        if data[place : place + 3] in (b"ISA", b"isa") and _is_header(data, place)
    ]


def _is_header(data: bytes, place: int) -> bool:
    # One byte, or several of UTF-8.
    wide = _WIDE.match(data, place + 3)
    mark = wide[0] if wide else data[place + 3 : place + 4]
    width = len(mark)
    if not mark or mark.isalnum() or mark in b"\r\n":
        return False
    before = data[max(0, place - 40) : place]
    if before[-1:].isalnum():
        return _JOINED.search(before) is not None
    qualifier = data[place + 3 + width : place + 5 + width]
    is_header = data.startswith(mark, place + 5 + width) and (
        qualifier.isalnum() or qualifier == b"  "
    )
    return is_header and not before.endswith(mark)


def find_bare(data: bytes, headers: list[int]) -> int | None:
    """Place of the first GS, ST, HL or CLP of a file that begins without an ISA.

    Text before the first ISA is a letterhead or a mail header, unless it is X12
    itself.

    Example:
        >>> find_bare(b"ST*835*1~BPR*I*0~", [])
        0
    """
    end = headers[0] if headers else len(data)
    bare = BARE.search(data, 0, end)
    if bare is None:
        return None
    place = bare.start()
    mark = next(mark for mark in bare.groups() if mark)
    if headers and data.count(mark, place, end) <= 20:
        return None
    return place


NOT_X12 = (
    "this is not an X12 file (no ISA, GS or ST segment); remove it from the folder "
    "or fetch the 835 again"
)


def read_segments(data: bytes, file: str) -> Iterator[Segment]:
    """Yield the segments of a file, numbered from 1 over all its interchanges.

    Args:
        data: The file's bytes.
        file: Its name, for the error.

    Yields:
        Segments; the last of an interchange has `terminated` False where the file
        ends in the middle of it.

    Raises:
        X12Error: if the file holds no X12 at all, or an ISA that is not complete.

    Example:
        >>> [s.id for s in read_segments(b"ST*835*1~BPR*I*0~SE*3*1~", "a.835")]
        ['ST', 'BPR', 'SE']
    """
    wide = encoding_of(data)
    data = data.decode(wide, errors="replace").encode() if wide else data
    data = data.replace(codecs.BOM_UTF8, b"")
    starts = find_headers(data)
    bare = find_bare(data, starts)
    starts = starts if bare is None else [bare, *starts]
    if not starts:
        raise X12Error(NOT_X12, file=file)
    number, marks = 0, None
    for start, end in zip(starts, [*starts[1:], len(data)], strict=True):
        window, encoding = window_at(data, start)
        marks = find_delimiters(window, file, marks)
        for segment in _cut(data[start:end], marks, encoding, number):
            number = segment.number
            yield segment


def _cut(chunk: bytes, marks: Delimiters, encoding: str, number: int) -> Iterator[Segment]:
    pieces = chunk.split(marks.terminator.encode(encoding))
    for position, piece in enumerate(pieces):
        body = clean(as_text(piece.replace(b"\r", b"").replace(b"\n", b"")), marks)
        if not body.strip(" "):
            continue
        number += 1
        elements = body.split(marks.element)
        name = elements[0].strip(" ").upper()
        yield Segment(number, name, elements, marks.component, position < len(pieces) - 1)


def clean(text: str, marks: Delimiters) -> str:
    """Text of a segment without control characters, and without padding around it.

    Example:
        >>> clean(" SE*3\\t", Delimiters("*", ":", "~"))
        'SE*3'
    """
    kept = (marks.element, marks.component)
    text = (
        "".join(" " if ord(mark) in CONTROLS and mark not in kept else mark for mark in text)
        if not text.isprintable()
        else text
    )
    return text if marks.element == " " else text.strip(" ")
