"""X12 envelopes: where interchanges begin, and which characters cut them.

Delimiters are taken from each ISA and checked against what follows it; a file
without ISA tells them by its first segments. `read_segments` is the plain way to
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

WINDOW = 4096
TRAILERS = ("SE", "GE", "IEA")
_JOINED = re.compile(rb"IEA(?P<e>[^A-Za-z0-9\s])\d+(?P=e)\d+\Z", re.IGNORECASE)
_BARE = re.compile(
    rb"(?<![A-Za-z0-9])(?:GS(?P<e>[^A-Za-z0-9\r\n])\w{2,4}(?P=e)|ST(?P<f>[^A-Za-z0-9\r\n])\d{3}(?P=f)"
    rb"|HL(?P<g>[^A-Za-z0-9\r\n])\d+(?P=g)\d*(?P=g)2[0-3](?![A-Za-z0-9]))",
    re.IGNORECASE,
)
_AFTER_COMPONENT = re.compile(r"[ \t\r\n]*([^\w \t\r\n])")
_GROUP = re.compile(r"([^\w\s]?)[ \t]*([\r\n]*)[ \t]*(?:GS([^\w\r\n])\w\w\3|ST([^\w\r\n])\d{3}\4)")
_ISA_SEPARATORS = (3, 6, 17, 20, 31, 34, 50, 53, 69, 76, 81, 83, 89, 99, 101, 103)
# Control characters carry no text; line breaks are deleted unless they cut segments.
CONTROLS = frozenset(range(32)) | {127}


@dataclass(frozen=True)
class Delimiters:
    """The three characters that cut an interchange.

    Example:
        >>> Delimiters("*", ":", "~").component
        ':'
    """

    element: str
    component: str
    terminator: str


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
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
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
    places = []
    # Few files hold a lower-case letter; looking for one is quicker than for a word.
    letters = np.frombuffer(data, np.uint8) - ord("a")
    for name in (b"ISA", b"isa") if (letters < 26).any() else (b"ISA",):
        place = data.find(name)
        while place >= 0:
            if _is_header(data, place):
                places.append(place)
            place = data.find(name, place + 3)
    return sorted(places)


def _is_header(data: bytes, place: int) -> bool:
    width = 2 if data[place + 3 : place + 4] >= b"\xc2" else 1
    mark = data[place + 3 : place + 3 + width]
    if not mark or mark.isalnum() or mark in b"\r\n":
        return False
    before = data[max(0, place - 40) : place]
    if before[-1:].isalnum():
        return _JOINED.search(before) is not None
    return not before.endswith(mark) and data.startswith(mark, place + 5 + width)


def find_bare(data: bytes, headers: list[int]) -> int | None:
    """Place of the first GS, ST or HL of a file that begins without an ISA.

    Text before the first ISA is a letterhead or a mail header, unless it is X12
    itself.

    Example:
        >>> find_bare(b"ST*835*1~BPR*I*0~", [])
        0
    """
    end = headers[0] if headers else len(data)
    bare = _BARE.search(data, 0, end)
    if bare is None:
        return None
    place = bare.start()
    if headers and data.count(data[place + 2 : place + 3], place, end) <= 20:
        return None
    return place


def window_at(data: bytes, place: int) -> tuple[str, str]:
    """Text that follows a place, enough to tell delimiters by, and its encoding.

    Example:
        >>> window_at(b"..ISA*", 2)
        ('ISA*', 'utf-8')
    """
    part = data[place : place + WINDOW]
    try:
        return codecs.utf_8_decode(part, "strict", len(data) <= place + WINDOW)[0], "utf-8"
    except UnicodeDecodeError:
        return part.decode("latin-1"), "latin-1"


def find_delimiters(window: str, file: str) -> Delimiters:
    """Delimiters of one interchange, from its ISA or, without one, from its segments.

    Args:
        window: The text from the interchange's first character on.
        file: The file's name, for the error.

    Raises:
        X12Error: if they cannot be told.

    Example:
        >>> find_delimiters("ST*835*1~BPR*I*0~SVC*HC:J2311*1~", "a.835")
        Delimiters(element='*', component=':', terminator='~')
    """
    if window[:3].upper() == "ISA":
        marks, end = _from_isa(window, file)
        return _checked(window, end, marks)
    element = window[2]
    # Behind an element separator, what reads like a segment's id is an element.
    following = re.search(
        rf"(?:((?!{re.escape(element)})[^\w \t\r\n])[ \t]*[\r\n]*|([\r\n]+))[ \t]*"
        rf"(?:BPR|BHT|AK1|HL|ST|SE|TRN|N1){re.escape(element)}",
        window[2:],
    )
    if following is None:
        raise X12Error("no segment terminator found; is this an X12 file?", file=file)
    terminator = following[1] or following[2][0]
    coded = re.search(
        rf"(?:(?:SV[C1-3]|HI){re.escape(element)}[A-Z]{{2,3}}|STC{re.escape(element)}[A-Z]{{1,2}}\d{{1,2}})"
        rf"(?!{re.escape(element)})([^\w\s])",
        window,
    )
    return Delimiters(element, coded[1] if coded else ":", terminator)


def _checked(window: str, end: int, marks: Delimiters) -> Delimiters:
    """Delimiters that agree with the group that follows the ISA."""
    after = window[end:].lstrip(" \t\r\n")
    if re.match(rf"\w{{2,3}}{re.escape(marks.element)}", after):
        return marks
    group = _GROUP.search(window, 90)
    if group is None or not (group[1] or group[2]):
        return marks
    terminator = group[1] or group[2][0]
    component = window[group.start() - 1]
    if component.isalnum() or component in " \r\n" or component == marks.element:
        component = ":"
    return Delimiters(group[3] or group[4], component, terminator)


def _from_isa(window: str, file: str) -> tuple[Delimiters, int]:
    element = window[3]
    if len(window) > 105 and all(window[position] == element for position in _ISA_SEPARATORS):
        place = 104
    else:
        place = _after_sixteen(window, element, file)
    component = window[place]
    match = _AFTER_COMPONENT.match(window, place + 1)
    if match:
        return Delimiters(element, component, match[1]), match.end()
    terminator = window[place + 1 : place + 2]
    if terminator not in ("\r", "\n", " ", "\t") or not terminator:
        # ISA16 was left out: what stands there is the terminator itself.
        return Delimiters(element, ":", component), place + 1
    lines = [line.rstrip() for line in window[:2000].splitlines()[1:6] if line.strip()]
    if lines and all(line.endswith(component) for line in lines):
        return Delimiters(element, ":", component), place + 1
    return Delimiters(element, component, terminator), place + 2


def _after_sixteen(window: str, element: str, file: str) -> int:
    place = -1
    for _ in range(16):
        place = window.find(element, place + 1)
        if place < 0 or place > 400:
            raise X12Error("the ISA segment is not complete", file=file, segment_id="ISA")
    if place + 1 >= len(window):
        raise X12Error("the file ends inside the ISA segment", file=file, segment_id="ISA")
    return place + 1


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
    number = 0
    for start, end in zip(starts, [*starts[1:], len(data)], strict=True):
        window, encoding = window_at(data, start)
        for segment in _cut(data[start:end], find_delimiters(window, file), encoding, number):
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
