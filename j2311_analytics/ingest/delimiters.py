"""Which characters cut an interchange: told by its ISA, or by its first segments.

Delimiters of an ISA are checked against what follows it. Source: ASC X12 interchange
control structure (ISA, 106 characters).
"""

from __future__ import annotations

import codecs
import re
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice

from j2311_analytics.errors import X12Error

WINDOW = 4096
# Where a group, set, level or claim begins; its one filled group is the element separator.
_MARK = rb" *([\xc2-\xf4][\x80-\xbf]+|[^A-Za-z0-9\r\n]) *"
BARE = re.compile(
    rb"(?<![A-Za-z0-9])(?:GS%b\w{2,4} *\1|ST%b\d{3} *\2"
    rb"|HL%b\d+ *\3 *\d* *\3 *2[0-3](?![A-Za-z0-9])"
    rb"|CLP%b[^\r\n]{1,40}?\4 *(?:\d{1,2} *\4|\4 *[-+.]?\d))" % ((_MARK,) * 4),
    re.IGNORECASE,
)
_NEXT = re.compile(rb"ISA([\xc2-\xf4][\x80-\xbf]+|[^A-Za-z0-9\r\n])(?:\w\w|  )\1", re.IGNORECASE)
_NO_TERMINATOR = "no segment terminator found; is this an X12 file?"
_INCOMPLETE = "the ISA segment is not complete"
_OF_SETS = "ST|BPR|BHT|TRN|N1"
_OF_CLAIMS = "CLP|CAS|NM1|SVC|DTM|REF|LX|MOA|PLB"
_AFTER_COMPONENT = re.compile(r"[ \t\r\n]*(_|[^\w \t\r\n])")
_WRAPPED = re.compile(r"(?:[\r\n]++(?=[^A-Za-z0-9 \t\r\n]))?")
# Possessive: a hundred blanks in a row must not be tried in every combination.
_GROUP = re.compile(
    r"([^\w \t\r\n]?)[ \t]*+([\r\n]*+)[ \t]*+"
    r"(?:GS *([^A-Za-z0-9\r\n]) *\w\w *\3|ST *([^A-Za-z0-9\r\n]) *\d{3} *\4)",
    re.IGNORECASE,
)
_ISA_SEPARATORS = (3, 6, 17, 20, 31, 34, 50, 53, 69, 76, 81, 83, 89, 99, 101, 103)
# An ISA without its padding is not shorter than this.
_SHORTEST = 40
_DAMAGED = "\ufffd"


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
        # Another file behind this one may be written in another encoding.
        following = _NEXT.search(part, 3)
        text = part[: following.start() if following else WINDOW].decode("utf-8", "replace")
    # A byte that was damaged does not make a file Latin-1.
    damaged = text.count(_DAMAGED)
    if not damaged or sum(not mark.isascii() for mark in text) > 2 * damaged:
        return part.decode("utf-8", "replace"), "utf-8"
    return part.decode("latin-1"), "latin-1"


def find_delimiters(window: str, file: str, before: Delimiters | None = None) -> Delimiters:
    """Delimiters of one interchange, from its ISA or, without one, from its segments.

    Args:
        window: The text from the interchange's first character on.
        file: The file's name, for the error.
        before: Those of the interchange before, for an ISA that tells none, or is none.

    Raises:
        X12Error: if they cannot be told.

    Example:
        >>> find_delimiters("ST*835*1~BPR*I*0~SVC*HC:J2311*1~", "a.835")
        Delimiters(element='*', component=':', terminator='~')
    """
    if window[:3].upper() == "ISA":
        try:
            marks, end = _from_isa(window, file)
        except X12Error as error:
            return _without_isa(window, file, before, error)
        marks = _checked(window, end, marks, before)
        if marks.element != marks.terminator:
            return marks
        # Elements are missing: the sixteenth separator was that of another segment.
        incomplete = X12Error(_INCOMPLETE, file=file, segment_id="ISA")
        return _without_isa(window, file, before, incomplete)
    return _from_segments(window, file)


def _without_isa(window: str, file: str, before: Delimiters | None, error: X12Error) -> Delimiters:
    """Delimiters behind an ISA that is not complete, or is a name and no ISA at all."""
    marks = _inside(window, file) or before
    if marks is None:
        raise error
    return marks


def _inside(window: str, file: str) -> Delimiters | None:
    """Delimiters told by segments that stand anywhere in the text."""
    data = window.encode()
    bare = BARE.search(data)
    with suppress(X12Error):
        return None if bare is None else _from_segments(data[bare.start() :].decode(), file)
    return None


def _from_segments(window: str, file: str) -> Delimiters:
    bare = BARE.match(window.encode())
    if bare is None:
        raise X12Error(_NO_TERMINATOR, file=file)
    element = next(mark for mark in bare.groups() if mark).decode()
    # Behind an element separator, what reads like a segment's id is an element.
    following = re.finditer(
        rf"(?:((?!{re.escape(element)})[^\w \t\r\n])[ \t]*+[\r\n]*+|([\r\n]++))[ \t]*+"
        rf"(?:BPR|BHT|AK1|HL|ST|SE|TRN|N1|{_OF_CLAIMS}) *{re.escape(element)}",
        window[2:],
        re.IGNORECASE,
    )
    # One of the first may be noise.
    ends = Counter(match[1] or match[2][0] for match in islice(following, 5))
    if not ends:
        raise X12Error(_NO_TERMINATOR, file=file)
    coded = re.search(
        rf"(?:(?:SV[C1-3]|HI){re.escape(element)}[A-Z]{{2,3}}|STC{re.escape(element)}[A-Z]{{1,2}}\d{{1,2}})"
        rf"(?!{re.escape(element)})([^\w \t\r\n])",
        window,
        re.IGNORECASE,
    )
    return Delimiters(element, coded[1] if coded else ":", ends.most_common(1)[0][0])


def _checked(window: str, end: int, marks: Delimiters, before: Delimiters | None) -> Delimiters:
    """Delimiters that agree with the group that follows the ISA."""
    # Where elements of the ISA are missing, its sixteenth separator may be the group's.
    bare = BARE.search(window.encode(), _SHORTEST)
    swallowed = bare is not None and bare.start() < len(window[:end].encode())
    # Noise behind the ISA does not make it untrue; a terminator that ends nothing does.
    if not swallowed and _ends_segments(window[end:], marks.terminator, marks.element):
        return marks
    group = _GROUP.search(window, _SHORTEST)
    if group and bare is not None and len(window[: group.start()].encode()) > bare.end():
        # Claims stand before it: it is the group of another interchange.
        return _inside(window[_SHORTEST:], "") or marks
    terminator = (group[1] or group[2][:1]) if group else ""
    element = (group[3] or group[4]) if group else ""
    if not (group and terminator and _ends_segments(window[group.end() :], terminator, element)):
        follows = re.match(rf"[ \t\r\n]*\w{{2,3}} *{re.escape(marks.element)}", window[end:])
        return _inside(window[_SHORTEST:], "") or (None if follows else before) or marks
    component = window[group.start() - 1]
    if component.isalnum() or component in " \r\n" or component == element:
        component = ":"
    return Delimiters(element, component, terminator)


def _ends_segments(window: str, terminator: str, element: str) -> bool:
    """Whether the first segments of a transaction set stand behind such a terminator."""
    ids = rf"{re.escape(terminator)}\s*(?:{_OF_SETS}) *{re.escape(element)}"
    return re.search(ids, window, re.IGNORECASE) is not None


def _from_isa(window: str, file: str) -> tuple[Delimiters, int]:
    element = window[3]
    if len(window) > 105 and all(window[position] == element for position in _ISA_SEPARATORS):
        place = 104
    else:
        place = _after_sixteen(window, element, file)
    # A line break is no component separator: lines were wrapped before it.
    place = _WRAPPED.match(window, place).end()  # type: ignore[union-attr]
    component = window[place]
    if component in "\r\n":
        raise X12Error(_INCOMPLETE, file=file, segment_id="ISA")
    match = _AFTER_COMPONENT.match(window, place + 1)
    if match:
        return Delimiters(element, component, match[1]), match.end()
    terminator = window[place + 1 : place + 2]
    if terminator not in ("\r", "\n", " ", "\t") or not terminator:
        # ISA16 was left out: what stands there is the terminator itself.
        if component.isalnum() or component.isspace():
            raise X12Error(_INCOMPLETE, file=file, segment_id="ISA")
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
            raise X12Error(_INCOMPLETE, file=file, segment_id="ISA")
    if place + 1 >= len(window):
        raise X12Error("the file ends inside the ISA segment", file=file, segment_id="ISA")
    return place + 1
