"""Finding files: paths, folders, globs, archives, bytes and open files.

Every source becomes a stream of `SourceFile`. A file that cannot be opened is
yielded with its problem instead of its bytes, so that one bad file never stops
the rest.
"""

from __future__ import annotations

import glob
import gzip
import io
import os
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, cast

from j2311_analytics.errors import X12Error

Source = str | os.PathLike[str] | bytes | BinaryIO | Iterable[str | os.PathLike[str]]

MAX_UNPACKED = 8 * 1024**3
MAX_RATIO = 1000
READ_SIZE = 1024**2
# Files from here on are read block by block instead of whole.
LARGE = 8 * 1024**2
# Archives within an archive; deeper ones are bombs more often than not.
_NESTED = 1
_TOO_DEEP = "an archive within archives within an archive; unpack it first"
_TOO_LARGE = "the archive unpacks to far more than it should; refused"
_DAMAGED = "the archive, or this member of it, is damaged or encrypted; fetch it again"
_UNREADABLE = (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, OSError, EOFError)
_NOT_DATA = {"thumbs.db", "desktop.ini"}


@dataclass(frozen=True)
class SourceFile:
    """One file's name and content, or the reason why it could not be opened.

    Args:
        name: Relative to the source; `a.zip!b.835` inside an archive.
        content: The content, unpacked, or how to open it where it is large; empty
            where there is a problem.
        problem: Empty, or what is wrong and what to do.
        limit: Bytes that an archive may unpack to.

    Example:
        >>> SourceFile("a.835", b"ISA").digest[:6]
        '92f122'
    """

    name: str
    content: bytes | Callable[[], BinaryIO]
    problem: str = ""
    limit: int = sys.maxsize

    @property
    def data(self) -> bytes:
        """The whole content.

        Raises:
            X12Error: if an archive turns out to be damaged or too large.

        Example:
            >>> SourceFile("a", b"ISA").data
            b'ISA'
        """
        return self.content if isinstance(self.content, bytes) else b"".join(self.blocks(READ_SIZE))

    @property
    def digest(self) -> str:
        """SHA-256 of the content; equal content counts once.

        Example:
            >>> SourceFile("a", b"x").digest == SourceFile("b", b"x").digest
            True
        """
        found = sha256()
        for block in self.blocks(READ_SIZE):
            found.update(block)
        return found.hexdigest()

    def blocks(self, size: int) -> Iterator[bytes]:
        """Yield the content in blocks of `size` bytes, at least one.

        Raises:
            X12Error: if an archive turns out to be damaged or too large.

        Example:
            >>> list(SourceFile("a", b"ISA").blocks(2))
            [b'IS', b'A']
        """
        if isinstance(self.content, bytes):
            for start in range(0, max(len(self.content), 1), size):
                yield self.content[start : start + size]
            return
        total = 0
        try:
            with self.content() as stream:
                while block := stream.read(size):
                    total += len(block)
                    if total > self.limit:
                        raise X12Error(_TOO_LARGE, file=self.name)
                    yield block
        except _UNREADABLE as error:
            raise X12Error(_DAMAGED, file=self.name) from error


def open_sources(source: Source) -> Iterator[SourceFile]:
    """Yield every file of a source, in a fixed order.

    Args:
        source: A path, a folder (read with its subfolders), a glob, an iterable of
            those, bytes, or an open binary file; plain, .gz or .zip.

    Yields:
        Files in sorted order; hidden files are passed over.

    Raises:
        FileNotFoundError: if a path does not exist, a folder holds no file, or a
            glob finds none.
        TypeError: for anything else.

    Example:
        >>> [file.name for file in open_sources(b"ISA")]
        ['<bytes>']
    """
    if isinstance(source, bytes | bytearray | memoryview):
        yield from _unpack("<bytes>", bytes(source))
    elif isinstance(source, str | os.PathLike):
        for name, path in _paths(os.fspath(source)):
            yield from _from_disk(name, path)
    elif hasattr(source, "read"):
        yield from _from_stream(cast(BinaryIO, source))
    elif isinstance(source, Iterable):
        for item in source:
            yield from open_sources(item)
    else:
        raise TypeError(
            "a source is a path, a folder, a glob, a list of those, bytes or an open "
            f"binary file; got {type(source).__name__}"
        )


def _paths(source: str) -> list[tuple[str, Path]]:
    path = Path(source)
    if path.is_dir():
        found = [(item.relative_to(path).as_posix(), item) for item in _walk(path)]
        if not found:
            raise FileNotFoundError(f"the folder {source} holds no file; put the 835 files in it")
        return found
    if path.exists():
        return [(path.name, path)]
    matches = sorted(glob.glob(source, recursive=True)) if glob.has_magic(source) else []  # noqa: PTH207
    if not matches:
        raise FileNotFoundError(f"{source} does not exist; check the path of the file or folder")
    return [pair for match in matches for pair in _paths(match)]


def _walk(folder: Path) -> list[Path]:
    items = (item for item in folder.rglob("*") if item.is_file())
    return sorted(
        item
        for item in items
        if item.name.lower() not in _NOT_DATA
        and not any(part.startswith(".") for part in item.relative_to(folder).parts)
    )


def _from_disk(name: str, path: Path) -> Iterator[SourceFile]:
    try:
        if path.stat().st_size > LARGE:
            yield from _large(name, path)
            return
        data = path.read_bytes()
    except OSError as error:
        yield SourceFile(name, b"", f"the file cannot be opened ({error.strerror})")
        return
    yield from _unpack(name, data)


def _large(name: str, path: Path) -> Iterator[SourceFile]:
    """A file too large to hold: opened when it is read, block by block."""
    with path.open("rb") as file:
        begin = file.read(4)
    size = path.stat().st_size
    limit = min(MAX_UNPACKED, size * MAX_RATIO)
    if begin[:2] == b"\x1f\x8b":
        yield SourceFile(name, lambda: cast(BinaryIO, gzip.GzipFile(path)), limit=limit)
    elif begin == b"PK\x03\x04":
        yield from _unzip(name, path, size)
    else:
        yield SourceFile(name, lambda: path.open("rb"))


def _from_stream(stream: BinaryIO) -> Iterator[SourceFile]:
    data = stream.read()
    if not isinstance(data, bytes):
        raise TypeError("the open file must be binary: open it with mode 'rb'")
    # An open file's own name may be a number (a descriptor); show paths only.
    name = getattr(stream, "name", None)
    yield from _unpack(Path(name).name if isinstance(name, str) else "<stream>", data)


def _unpack(name: str, data: bytes) -> Iterator[SourceFile]:
    if data[:2] == b"\x1f\x8b":
        yield _gunzip(name, data)
    elif data[:4] == b"PK\x03\x04":
        yield from _unzip(name, io.BytesIO(data), len(data))
    else:
        yield SourceFile(name, data)


def _gunzip(name: str, data: bytes) -> SourceFile:
    limit = min(MAX_UNPACKED, max(len(data), 1024) * MAX_RATIO)
    try:
        with gzip.open(io.BytesIO(data)) as stream:
            unpacked = stream.read(limit + 1)
    except (OSError, EOFError, zlib.error):
        return SourceFile(name, b"", "the .gz archive is damaged; fetch it again")
    if len(unpacked) > limit:
        return SourceFile(name, b"", "the .gz archive unpacks to far more than it should; refused")
    return SourceFile(name, unpacked)


def _unzip(name: str, place: Path | BinaryIO, packed: int, within: int = 0) -> Iterator[SourceFile]:
    """Members of an archive; `packed` is the size of the outermost, `within` counts levels."""
    if within > _NESTED:
        yield SourceFile(name, b"", _TOO_DEEP)
        return
    try:
        archive = zipfile.ZipFile(place)
    except zipfile.BadZipFile:
        yield SourceFile(name, b"", "the .zip archive is damaged; fetch it again")
        return
    with archive:
        members = [item for item in archive.infolist() if not item.is_dir()]
        size = sum(item.file_size for item in members)
        if size > min(MAX_UNPACKED, max(packed, 1024) * MAX_RATIO):
            yield SourceFile(
                name, b"", "the .zip archive unpacks to far more than it should; refused"
            )
            return
        for item in sorted(members, key=lambda member: member.filename):
            yield from _member(archive, item, f"{name}!{item.filename}", packed, within)


def _member(
    archive: zipfile.ZipFile, item: zipfile.ZipInfo, name: str, packed: int, within: int
) -> Iterator[SourceFile]:
    if item.file_size > LARGE and archive.filename:
        path = archive.filename
        yield SourceFile(name, lambda: _open_member(path, item), limit=item.file_size)
        return
    try:
        with archive.open(item) as stream:
            data = stream.read(item.file_size + 1)
    except _UNREADABLE:
        yield SourceFile(name, b"", _DAMAGED)
        return
    if data[:4] == b"PK\x03\x04":
        yield from _unzip(name, io.BytesIO(data), packed, within + 1)
    elif data[:2] == b"\x1f\x8b":
        yield _gunzip(name, data)
    else:
        yield SourceFile(name, data)


def _open_member(path: str, item: zipfile.ZipInfo) -> BinaryIO:
    # The open member keeps its archive open until it is closed itself.
    with zipfile.ZipFile(path) as archive:
        return cast(BinaryIO, archive.open(item))
