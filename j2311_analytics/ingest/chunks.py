"""Any X12 file as a stream of chunks in one canonical form.

In a chunk every element ends in 0x1D and every segment in 0x1E, whatever the
file's own delimiters; other control characters are spaces and line breaks are
gone. Many small files share one chunk, each announced by a `FILE` segment; a large
file is cut before a claim, so that memory does not grow with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain, islice

from j2311_analytics.errors import X12Error
from j2311_analytics.ingest.canonical_text import FILE, TERMINATOR
from j2311_analytics.ingest.parts import canonical
from j2311_analytics.ingest.sources import Source, SourceFile, open_sources

PAD = b" " * 7 + bytes([TERMINATOR])
CHUNK_SIZE = 5 * 1024**2 // 2
# Bytes read and translated at once, which stay in the processor's cache.
BLOCK_SIZE = 256 * 1024


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
