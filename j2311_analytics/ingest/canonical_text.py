"""Text of an X12 file in one canonical form, whatever its delimiters and encoding.

Every element ends in 0x1D and every segment in 0x1E; other control characters are
spaces and line breaks are gone.
"""

from __future__ import annotations

import re
from functools import lru_cache

from j2311_analytics.ingest.delimiters import Delimiters
from j2311_analytics.ingest.x12 import CONTROLS, TRAILERS, as_text

ELEMENT, TERMINATOR, COMPONENT = 0x1D, 0x1E, 0x1F
# Ids that no file can hold: they are not UTF-8.
FILE, CUT_OFF = b"\xffF", b"\xffC"
_BEYOND_ASCII = re.compile(rb"[^\x1d-\x1f\x80-\xff]*+[\x80-\xff][^\x1d-\x1f]*+")


def canonical_text(
    text: bytes, marks: Delimiters, encoding: str, *, ends: bool
) -> tuple[bytes, int]:
    """Text in canonical form, and its component separator.

    Args:
        text: Whole segments, or with `ends` all that is left of an interchange.
        marks: Its delimiters.
        encoding: Its encoding.
        ends: Whether a segment that is not closed was cut off; it is only named.

    Example:
        >>> canonical_text(b"SE*2~", Delimiters("*", ":", "~"), "utf-8", ends=True)
        (b'SE\\x1d2\\x1e', 58)
    """
    table, deleted, component = _table(marks, encoding)
    element = marks.element.encode(encoding)
    after = text[3:40]
    if text[:3] in (b"ISA", b"isa") and not (
        after.startswith(element) or after.lstrip(b" ").startswith(element)
    ):
        # An ISA with other delimiters than what follows it still ends what went before.
        text = text[:3] + element + text[3:]
    # Nothing to delete is quicker than nothing found to delete.
    text = text.translate(table, deleted if b"\n" in text or b"\r" in text else b"")
    if not text.isascii():
        codes = (ELEMENT, component, TERMINATOR)
        given = (marks.element, marks.component, marks.terminator)
        for mark, to in zip(given, codes, strict=True):
            wide = mark.encode(encoding)
            text = text.replace(wide, bytes([to])) if len(wide) > 1 else text
        text = _as_utf8(text)
    return (_ended(text) if ends else text), component


@lru_cache(maxsize=64)
def _table(marks: Delimiters, encoding: str) -> tuple[bytes, bytes, int]:
    table = [32 if code in CONTROLS else code for code in range(256)]
    component = marks.component.encode(encoding)
    code = component[0] if len(component) == 1 and 32 <= component[0] < 127 else COMPONENT
    if len(component) == 1:
        table[component[0]] = code
    for mark, to in ((marks.element, ELEMENT), (marks.terminator, TERMINATOR)):
        if len(mark.encode(encoding)) == 1:
            table[mark.encode(encoding)[0]] = to
    deleted = bytes(set(b"\r\n") - set(marks.terminator.encode(encoding)))
    code = code if marks.component not in (marks.element, marks.terminator) else COMPONENT
    return bytes(table), deleted, code


def _as_utf8(text: bytes) -> bytes:
    """Text in UTF-8; an element that is not is taken for Latin-1, and no other with it."""
    try:
        text.decode("utf-8")
    except UnicodeDecodeError:
        return _BEYOND_ASCII.sub(lambda element: as_text(element[0]).encode(), text)
    return text


def _ended(text: bytes) -> bytes:
    """Text whose last segment is closed; one that the file's end cut off is only named."""
    place = text.rfind(b"\x1e") + 1
    last = text[place:].strip(b" ")
    if not last:
        return text[:place]
    name = last.split(b"\x1d")[0].strip(b" ").upper()
    if name.decode("latin-1") in TRAILERS:
        return text + b"\x1e"
    return text[:place] + CUT_OFF + b"\x1d" + name + b"\x1e"
