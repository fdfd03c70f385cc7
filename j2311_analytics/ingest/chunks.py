"""Any X12 file as a stream of chunks in one canonical form.

In a chunk every element ends in 0x1D and every segment in 0x1E, whatever the
file's own delimiters; other control characters are spaces and line breaks are
gone. Many small files share one chunk, each announced by a `FILE` segment; a large
file is cut before a claim, so that memory does not grow with it.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain, islice

from j2311_analytics.errors import X12Error
from j2311_analytics.ingest.delimiters import WINDOW, Delimiters, find_delimiters, window_at
from j2311_analytics.ingest.sources import Source, SourceFile, open_sources
from j2311_analytics.ingest.x12 import (
    CONTROLS,
    NOT_X12,
    TRAILERS,
    as_text,
    encoding_of,
    find_bare,
    find_headers,
)

ELEMENT, TERMINATOR, COMPONENT = 0x1D, 0x1E, 0x1F
# Ids that no file can hold: they are not UTF-8.
FILE, CUT_OFF = b"\xffF", b"\xffC"
PAD = b" " * 7 + bytes([TERMINATOR])
CHUNK_SIZE = 5 * 1024**2 // 2
# Bytes read and translated at once, which stay in the processor's cache.
BLOCK_SIZE = 256 * 1024
# Without a claim to cut before, a block grows to this, then is cut at any segment.
_MOST = 32 * 1024**2
# An ISA that has begun is not longer than this.
_HEADER = 512
_BEYOND_ASCII = re.compile(rb"[^\x1d-\x1f\x80-\xff]*+[\x80-\xff][^\x1d-\x1f]*+")
EMPTY = "the file is empty; fetch it again"
_HEAD_SEARCHED = 8 * 1024**2


@dataclass(frozen=True)
class Chunk:
    """Whole segments in canonical form, of one file's part or of many small files.

    Args:
        data: The bytes between two pads: values are read as words of eight bytes, and
            the first pad ends in a terminator.
        component: The component separator.

    Example:
        >>> Chunk.of([b"SE\\x1d3\\x1e"], ord(":")).component
        58
    """

    data: bytes
    component: int

    @staticmethod
    def of(pieces: list[bytes], component: int) -> Chunk:
        """A chunk of pieces put together.

        Example:
            >>> len(Chunk.of([b"SE\\x1e"], 58).data)
            19
        """
        return Chunk(b"".join((PAD, *pieces, b" " * 8)), component)


@dataclass
class Feed:
    """Reads a source chunk by chunk and keeps book of its files.

    Args:
        source: What `open_sources` takes.
        claim_ids: Ids of the segments that a large file may be cut before.
        chunk_size: Bytes read at once.

    Example:
        >>> feed = Feed(b"ST*835*1~SE*2*1~", (b"CLP",))
        >>> [chunk.data.count(b"\\x1e") for chunk in feed.chunks()], feed.names
        ([4], ['<bytes>'])
    """

    source: Source
    claim_ids: tuple[bytes, ...]
    chunk_size: int = CHUNK_SIZE
    names: list[str] = field(default_factory=list)
    failures: dict[int, X12Error] = field(default_factory=dict)
    duplicates: dict[int, str] = field(default_factory=dict)

    def chunks(self) -> Iterator[Chunk]:
        """Yield the chunks of every file, in the order of the files.

        Example:
            >>> len(list(Feed(b"ST*835*1~SE*2*1~", (b"CLP",)).chunks()))
            1
        """
        waiting: list[bytes] = []
        size, component = 0, 0
        for piece, mark in self._pieces():
            other = mark and component and mark != component
            if waiting and (other or size + len(piece) > self.chunk_size):
                chunk = Chunk.of(waiting, component)
                waiting, size, component = [], 0, 0
                yield chunk
                # Not kept while the next one is read.
                del chunk
            waiting.append(piece)
            size += len(piece)
            del piece
            component = mark or component
        if waiting:
            yield Chunk.of(waiting, component)

    def _pieces(self) -> Iterator[tuple[bytes, int]]:
        seen: dict[str, str] = {}
        files = open_sources(self.source)
        first = list(islice(files, 2))
        for file in chain(first, files):
            yield from self._file(file, seen, alone=len(first) == 1)

    def _file(
        self, file: SourceFile, seen: dict[str, str], *, alone: bool
    ) -> Iterator[tuple[bytes, int]]:
        number = len(self.names)
        self.names.append(file.name)
        yield FILE + b"\x1e", 0
        try:
            if file.problem:
                raise X12Error(file.problem, file=file.name)
            if not alone:
                digest = file.digest
                if digest in seen:
                    self.duplicates[number] = seen[digest]
                    return
                seen[digest] = file.name
            yield from canonical(file, self.claim_ids, min(self.chunk_size, BLOCK_SIZE))
        except X12Error as error:
            self.failures[number] = error


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
        begin = 0
        for place in known:
            if self.marks is not None:
                if _same(text, place, self.marks):
                    continue
                if place > begin:
                    yield _canonical(text[begin:place], self.marks, self.encoding, ends=True)
            begin = place
            self._tell(text, place)
        if self.marks is None:
            # What stands before the first header that tells delimiters cannot be read.
            lost = limit if limit < len(text) else max(0, limit - _HEADER)
            self.rest = text[lost if self.failure else 0 :]
            return
        end, ends = limit, is_last or limit < len(text)
        if not ends:
            marks = self.marks.element, self.marks.terminator
            element, terminator = (mark.encode(self.encoding) for mark in marks)
            end = _cut_before(text, begin, self.ids, element, terminator)
        if end > begin:
            yield _canonical(text[begin:end], self.marks, self.encoding, ends=ends)
        self.rest = text[end:]

    def _require(self, headers: list[int], text: bytes, is_last: bool) -> None:
        if not headers and (is_last or len(text) >= _HEAD_SEARCHED):
            blank = not text.strip(b" \t\r\n\0")
            raise X12Error(EMPTY if blank else NOT_X12, file=self.name)

    def _tell(self, text: bytes, place: int) -> None:
        """The delimiters from a header on; without any before, text up to the next is lost."""
        window, encoding = window_at(text, place)
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


def _canonical(text: bytes, marks: Delimiters, encoding: str, *, ends: bool) -> tuple[bytes, int]:
    table, deleted, component = _table(marks, encoding)
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
