"""Any X12 file as a stream of chunks in one canonical form.

In a chunk every element ends in 0x1D and every segment in 0x1E, whatever the
file's own delimiters; other control characters are spaces and line breaks are
gone. Many small files share one chunk, each announced by a `FILE` segment; a large
file is cut before a claim, so that memory does not grow with it.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain, islice

from j2311_analytics.errors import X12Error
from j2311_analytics.ingest.sources import Source, SourceFile, open_sources
from j2311_analytics.ingest.x12 import (
    CONTROLS,
    NOT_X12,
    TRAILERS,
    WINDOW,
    Delimiters,
    as_text,
    encoding_of,
    find_bare,
    find_delimiters,
    find_headers,
    window_at,
)

ELEMENT, TERMINATOR, COMPONENT = 0x1D, 0x1E, 0x1F
# Ids that no file can hold: its own control characters have become spaces.
FILE, CUT_OFF = b"\x7fF", b"\x7fC"
PAD = b" " * 7 + bytes([TERMINATOR])
CHUNK_SIZE = 5 * 1024**2 // 4
# Without a claim to cut before, a block grows to this, then is cut at any segment.
_MOST = 32 * 1024**2
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
                yield Chunk.of(waiting, component)
                waiting, size, component = [], 0, 0
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
            yield from canonical(file, self.claim_ids, self.chunk_size)
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
    rest, marks, encoding, broken = b"", None, "utf-8", None
    for block, is_last in _blocks(file, size):
        rest = rest + block if rest else block
        found = find_headers(rest)
        # Delimiters are told from what follows a header; wait for it.
        headers = [place for place in found if is_last or place + WINDOW <= len(rest)]
        if marks is None:
            bare = find_bare(rest, found)
            headers = headers if bare is None else [bare, *headers]
            waits = not headers or headers[0] + WINDOW > len(rest)
            if waits and not is_last and len(rest) < _HEAD_SEARCHED:
                continue
            if not headers:
                blank = not rest.strip(b" \t\r\n\0")
                raise X12Error(
                    "the file is empty; fetch it again" if blank else NOT_X12, file=file.name
                )
            rest, headers = rest[headers[0] :], [place - headers[0] for place in headers]
        begin = 0
        for place in headers:
            if marks is not None and broken is None and _same(rest, place, marks):
                continue
            if marks is not None and place > begin and broken is None:
                yield _canonical(rest[begin:place], marks, encoding, ends=True)
            begin = place
            try:
                window, encoding = window_at(rest, place)
                marks, broken = find_delimiters(window, file.name), None
            except X12Error as error:
                marks, broken = marks or Delimiters("*", ":", "~"), error
        assert marks is not None
        end = len(rest) if is_last or broken else _cut_before(rest, begin, marks, claim_ids)
        if broken is not None:
            pass
        elif end > begin:
            yield _canonical(rest[begin:end], marks, encoding, ends=is_last)
        rest = rest[end:]
    if broken is not None:
        raise broken


def _blocks(file: SourceFile, size: int) -> Iterator[tuple[bytes, bool]]:
    """Blocks of a file as UTF-8 or one byte per character, and whether each is the last."""
    blocks = file.blocks(size)
    waiting = next(blocks, b"")
    wide = encoding_of(waiting)
    decoder = codecs.getincrementaldecoder(wide)(errors="replace") if wide else None
    while True:
        following = next(blocks, None)
        block = waiting if decoder is None else decoder.decode(waiting).encode()
        yield block if block.isascii() else block.replace(codecs.BOM_UTF8, b""), following is None
        if following is None:
            return
        waiting = following


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


def _cut_before(data: bytes, begin: int, marks: Delimiters, claim_ids: tuple[bytes, ...]) -> int:
    """The last place where a claim, else a transaction set, begins."""
    element, terminator = marks.element.encode(), marks.terminator.encode()
    for name in (*claim_ids, b"ST", b"ISA"):
        for written in (name, name.lower()):
            place = data.rfind(written + element, begin + 1)
            while place > begin:
                before = data[max(begin, place - 8) : place]
                if before.rstrip(b" \t\r\n").endswith(terminator) or before.endswith(terminator):
                    return place
                place = data.rfind(written + element, begin + 1, place)
    return data.rfind(terminator) + 1 if len(data) > _MOST else begin


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
    text = text.translate(table, deleted)
    if not text.isascii():
        for mark, to in ((marks.element, ELEMENT), (marks.terminator, TERMINATOR)):
            wide = mark.encode(encoding)
            text = text.replace(wide, bytes([to])) if len(wide) > 1 else text
        text = _as_utf8(text)
    return (_ended(text) if ends else text), component


def _as_utf8(text: bytes) -> bytes:
    try:
        text.decode("utf-8")
    except UnicodeDecodeError:
        parts = text.split(b"\x1e")
        return b"\x1e".join(part if part.isascii() else as_text(part).encode() for part in parts)
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
