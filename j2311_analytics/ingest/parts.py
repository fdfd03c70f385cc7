"""The text of one file in parts, cut where delimiters change or claims begin."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

from j2311_analytics.errors import X12Error
from j2311_analytics.ingest.canonical_text import canonical_text
from j2311_analytics.ingest.delimiters import WINDOW, Delimiters, find_delimiters, window_at
from j2311_analytics.ingest.sources import SourceFile
from j2311_analytics.ingest.strays import REACH, Stray, find_strays
from j2311_analytics.ingest.x12 import NOT_X12, encoding_of, find_bare, find_headers

# Without a claim to cut before, a block grows to this, then is cut at any segment.
_MOST = 32 * 1024**2
# An ISA that has begun is not longer than this.
_HEADER = 512
EMPTY = "the file is empty; fetch it again"
_HEAD_SEARCHED = 8 * 1024**2


def canonical(
    file: SourceFile, claim_ids: tuple[bytes, ...], size: int
) -> Iterator[tuple[bytes, int]]:
    """Yield parts of one file in canonical form, each with its component separator.

    Raises:
        X12Error: if the file is empty, holds no X12, or an ISA that is not complete;
            what came before has been yielded.

    Example:
        >>> list(canonical(SourceFile("a", b"ST*835*1~SE*2*1~"), (b"CLP",), 1000))
        [(b'ST\\x1d835\\x1d1\\x1eSE\\x1d2\\x1d1\\x1e', 58)]
    """
    part = _Parts(file.name, claim_ids)
    waiting: list[bytes] = []
    missing = 0
    for block, is_last in _blocks(file, size):
        waiting.append(block)
        missing -= len(block)
        if missing > 0 and not is_last:
            continue
        text = b"".join((part.rest, *waiting))
        waiting = []
        yield from part.take(
            text if text.isascii() else text.replace(codecs.BOM_UTF8, b""), is_last
        )
        # What could not be cut is looked at again when there is twice as much of it.
        missing = len(part.rest) if len(part.rest) == len(text) else 0
    if part.failure is not None:
        raise part.failure


def _blocks(file: SourceFile, size: int) -> Iterator[tuple[bytes, bool]]:
    """Blocks of a file as UTF-8 or one byte per character, and whether each is the last."""
    blocks = file.blocks(max(size, 64))
    waiting = next(blocks, b"")
    wide = encoding_of(waiting)
    decoder = codecs.getincrementaldecoder(wide)(errors="replace") if wide else None
    while True:
        following = next(blocks, None)
        is_last = following is None
        yield waiting if decoder is None else decoder.decode(waiting, is_last).encode(), is_last
        if following is None:
            return
        waiting = following


class _Parts:
    """Cuts the text of one file, as it comes in, where delimiters change or claims begin."""

    def __init__(self, name: str, claim_ids: tuple[bytes, ...]) -> None:
        self.name = name
        # A claim is best to cut before, else a transaction set.
        self.ids = [*claim_ids, b"ST", b"ISA"]
        self.rest = b""
        self.marks: Delimiters | None = None
        self.encoding = "utf-8"
        self.failure: X12Error | None = None
        self.is_lost = False

    def take(self, text: bytes, is_last: bool) -> Iterator[tuple[bytes, int]]:
        """Yield what can be cut off; what may go on in the text to come is the `rest`."""
        headers = find_headers(text)
        if self.marks is None and self.failure is None:
            bare = find_bare(text, headers)
            headers = headers if bare is None else [bare, *headers]
            self._require(headers, text, is_last)
        # Delimiters are told from what follows a header: one near the end waits for more.
        known = [place for place in headers if is_last or place + WINDOW <= len(text)]
        limit = headers[len(known)] if len(known) < len(headers) else len(text)
        begin, searched, ends = 0, 0, is_last or limit < len(text)
        for place in (*known, limit):
            for stray in self._strays(text, searched, place, is_last):
                if stray.marks is None:
                    limit, ends = stray.place, False
                    break
                yield from self._whole(text[begin : stray.place])
                begin, self.marks, self.encoding = stray.place, stray.marks, stray.encoding
            if place >= limit:
                break
            searched = place
            if self.marks is None or not _same(text, place, self.marks):
                yield from self._whole(text[begin:place])
                begin = place
                self._tell(text, place)
        end = self._end(text, begin, limit, ends)
        if end > begin and self.marks is not None:
            yield canonical_text(text[begin:end], self.marks, self.encoding, ends=ends)
        self.rest = text[end:]

    def _strays(self, text: bytes, begin: int, end: int, is_last: bool) -> Iterator[Stray]:
        if self.marks is not None or (self.failure is not None and not self.is_lost):
            span = begin, end
            yield from find_strays(text, span, self.marks, self.encoding, is_last=is_last)

    def _whole(self, text: bytes) -> Iterator[tuple[bytes, int]]:
        """What other delimiters follow; without any before, it is lost."""
        if self.marks is not None and text:
            yield canonical_text(text, self.marks, self.encoding, ends=True)

    def _end(self, text: bytes, begin: int, limit: int, ends: bool) -> int:
        """How far the text can be cut off."""
        if self.marks is not None:
            if ends:
                return limit
            marks = self.marks.element, self.marks.terminator
            element, terminator = (mark.encode(self.encoding) for mark in marks)
            return _cut_before(text[:limit], begin, self.ids, element, terminator)
        if self.failure is None:
            return 0
        # Nothing tells delimiters: once it has been searched for strays, it is lost.
        if not ends and not self.is_lost and limit - begin < REACH + WINDOW:
            return begin
        self.is_lost = True
        return limit if ends else max(begin, limit - _HEADER)

    def _require(self, headers: list[int], text: bytes, is_last: bool) -> None:
        if not headers and (is_last or len(text) >= _HEAD_SEARCHED):
            blank = not text.strip(b" \t\r\n\0")
            raise X12Error(EMPTY if blank else NOT_X12, file=self.name)

    def _tell(self, text: bytes, place: int) -> None:
        """The delimiters from a header on; without any before, text up to the next is lost."""
        window, encoding = window_at(text, place)
        self.is_lost = False
        try:
            self.marks = find_delimiters(window, self.name, self.marks)
            self.encoding = encoding
        except X12Error as error:
            self.failure = self.failure or error


def _same(data: bytes, place: int, marks: Delimiters) -> bool:
    """Whether a regular ISA has the delimiters at hand and follows a whole segment."""
    header = data[place : place + 106]
    given = f"{marks.element}{marks.component}{marks.terminator}".encode("latin-1", "replace")
    before = data[max(0, place - 8) : place].rstrip(b" \t\r\n")
    return (
        len(header) == 106
        and header[103:106] == given
        and header[3] == given[0]
        and before.endswith(given[2:])
        and data[place + 106 : place + 112].lstrip(b" \t\r\n")[:2] == b"GS"
    )


def _cut_before(data: bytes, begin: int, ids: list[bytes], element: bytes, end: bytes) -> int:
    """The last place where a segment of the first of these ids begins."""
    for name in ids:
        for written in (name, name.lower()):
            place = data.rfind(written + element, begin + 1)
            while place > begin:
                before = data[max(begin, place - 8) : place]
                if before.rstrip(b" \t\r\n").endswith(end) or before.endswith(end):
                    return place
                place = data.rfind(written + element, begin + 1, place)
    return _cut_long(data, begin, ids, element, end) if len(data) > _MOST else begin


def _cut_long(data: bytes, begin: int, ids: list[bytes], element: bytes, end: bytes) -> int:
    """The last place where such a segment begins with blanks around its id, else any segment."""
    pattern = rb"%b\s*+(?=(?:%b)\s*+%b)" % (re.escape(end), b"|".join(ids), re.escape(element))
    found = [match.end() for match in re.finditer(pattern, data[begin:], re.IGNORECASE)]
    return begin + found[-1] if found else data.rfind(end) + 1
