"""X12 envelopes: from the bytes of a file to its segments.

Delimiters are taken from each ISA and checked against what follows it. A
normalising step undoes odd packaging (byte-order marks, UTF-16, wrapped lines,
text before the first ISA, no ISA at all), so that there is one way to read
segments. Source: ASC X12 interchange control structure (ISA, 106 characters).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from j2311_analytics.errors import X12Error

_HEADER = re.compile(r"(?<![A-Za-z0-9])ISA(?P<e>[^A-Za-z0-9\r\n])[^\r\n]{2}(?P=e)", re.IGNORECASE)
_JOINED = re.compile(
    r"IEA(?P<e>[^A-Za-z0-9\s])\d+(?P=e)\d+(?P<isa>ISA)[^A-Za-z0-9\r\n]", re.IGNORECASE
)
_BARE = re.compile(
    r"(?<![A-Za-z0-9])(?:GS(?P<e>[^A-Za-z0-9\r\n])\w{2,4}(?P=e)|ST(?P<f>[^A-Za-z0-9\r\n])\d{3}(?P=f))",
    re.IGNORECASE,
)
_AFTER_COMPONENT = re.compile(r"[ \t\r\n]*([^\w \t\r\n])")
_ISA_SEPARATORS = (3, 6, 17, 20, 31, 34, 50, 53, 69, 76, 81, 83, 89, 99, 101, 103)


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
        return self.elements[position].strip() if position < len(self.elements) else ""


def decode(data: bytes) -> str:
    """Text of a file, whatever its encoding; no byte is lost.

    UTF-8 first; bytes that are not UTF-8 are read one to one (Latin-1), because
    practice systems write those. UTF-16 is told by its mark or by its zero bytes.

    Example:
        >>> decode("ISA*".encode("utf-16"))
        'ISA*'
    """
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", errors="replace")
    if len(data) >= 4 and data[1:8:2].strip(b"\0") == b"" and data[0:1] != b"\0":
        return data.decode("utf-16-le", errors="replace")
    if len(data) >= 4 and data[0:8:2].strip(b"\0") == b"" and data[1:2] != b"\0":
        return data.decode("utf-16-be", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def read_segments(data: bytes, file: str) -> Iterator[Segment]:
    """Yield the segments of a file, numbered from 1 over all its interchanges.

    Args:
        data: The file's bytes.
        file: Its name, for the error.

    Yields:
        Segments; the last of the file has `terminated` False where it ends in the
        middle of a segment.

    Raises:
        X12Error: if the file holds no X12 at all.

    Example:
        >>> [s.id for s in read_segments(b"ST*835*1~BPR*I*0~SE*3*1~", "a.835")]
        ['ST', 'BPR', 'SE']
    """
    text = decode(data)
    number = 0
    for start, end in _interchanges(text, file):
        chunk = text[start:end]
        marks = find_delimiters(chunk, file)
        for segment in _cut(chunk, marks, number):
            number = segment.number
            yield segment


def find_delimiters(chunk: str, file: str) -> Delimiters:
    """Delimiters of one interchange, from its ISA or, without one, from its segments.

    Raises:
        X12Error: if they cannot be told.

    Example:
        >>> find_delimiters("ST*835*1~BPR*I*0~SVC*HC:J2311*1~", "a.835")
        Delimiters(element='*', component=':', terminator='~')
    """
    if chunk[:3].upper() == "ISA":
        return _from_isa(chunk, file)
    element = chunk[2]
    # Behind an element separator, what reads like a segment's id is an element.
    following = re.search(
        rf"(?:((?!{re.escape(element)})[^\w \t\r\n])[ \t]*[\r\n]*|([\r\n]+))[ \t]*"
        rf"(?:BPR|BHT|AK1|HL|ST){re.escape(element)}",
        chunk[2:],
    )
    if following is None:
        raise X12Error("no segment terminator found; is this an X12 file?", file=file)
    terminator = following[1] or following[2][0]
    coded = re.search(
        rf"(?:SVC{re.escape(element)}[A-Z]{{2}}|STC{re.escape(element)}[A-Z]{{1,2}}\d{{1,2}})"
        rf"(?!{re.escape(element)})([^\w\s])",
        chunk,
    )
    return Delimiters(element, coded[1] if coded else ":", terminator)


def _interchanges(text: str, file: str) -> list[tuple[int, int]]:
    # "ISA" may also be a name inside a segment; there it follows the element separator.
    headers = {
        m.start() for m in _HEADER.finditer(text) if text[m.start() - 1 : m.start()] != m["e"]
    }
    # Two files copied together can leave no terminator between IEA and the next ISA.
    joined = {m.start("isa") for m in _JOINED.finditer(text)}
    starts = sorted(headers | joined)
    bare = _BARE.search(text, 0, starts[0] if starts else len(text))
    # Text before the first ISA is a letterhead or a mail header, unless it is X12 itself.
    if bare and (not starts or text.count(text[bare.start() + 2], bare.start(), starts[0]) > 20):
        starts.insert(0, bare.start())
    if not starts:
        raise X12Error(
            "this is not an X12 file (no ISA, GS or ST segment); remove it from the folder "
            "or fetch the 835 again",
            file=file,
        )
    return list(zip(starts, [*starts[1:], len(text)], strict=True))


def _from_isa(chunk: str, file: str) -> Delimiters:
    element = chunk[3]
    if len(chunk) > 105 and all(chunk[position] == element for position in _ISA_SEPARATORS):
        place = 104
    else:
        place = _after_sixteen(chunk, element, file)
    component = chunk[place]
    match = _AFTER_COMPONENT.match(chunk, place + 1)
    if match:
        return Delimiters(element, component, match[1])
    terminator = chunk[place + 1 : place + 2]
    if terminator not in ("\r", "\n", " ", "\t") or not terminator:
        # ISA16 was left out: what stands there is the terminator itself.
        return Delimiters(element, ":", component)
    lines = [line.rstrip() for line in chunk[:2000].splitlines()[1:6] if line.strip()]
    if lines and all(line.endswith(component) for line in lines):
        return Delimiters(element, ":", component)
    return Delimiters(element, component, terminator)


def _after_sixteen(chunk: str, element: str, file: str) -> int:
    place = -1
    for _ in range(16):
        place = chunk.find(element, place + 1)
        if place < 0 or place > 400:
            raise X12Error(
                "the ISA segment is not complete", file=file, segment=1, segment_id="ISA"
            )
    if place + 1 >= len(chunk):
        raise X12Error(
            "the file ends inside the ISA segment", file=file, segment=1, segment_id="ISA"
        )
    return place + 1


def _cut(chunk: str, marks: Delimiters, number: int) -> Iterator[Segment]:
    if marks.terminator not in "\r\n":
        # Wrapped lines break anywhere, even inside an element.
        chunk = chunk.replace("\r", "").replace("\n", "")
    pieces = chunk.split(marks.terminator)
    last = len(pieces) - 1
    for position, piece in enumerate(pieces):
        body = (
            piece.strip(" \t\r\n\0\x1a\ufeff")
            if marks.element != " "
            else piece.strip("\r\n\0\x1a")
        )
        if not body.strip():
            continue
        number += 1
        elements = body.split(marks.element)
        yield Segment(
            number, elements[0].strip().upper(), elements, marks.component, position < last
        )
