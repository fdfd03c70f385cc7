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
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, cast

Source = str | os.PathLike[str] | bytes | BinaryIO | Iterable[str | os.PathLike[str]]

MAX_UNPACKED = 8 * 1024**3
MAX_RATIO = 1000
READ_SIZE = 1024**2
_NOT_DATA = {"thumbs.db", "desktop.ini"}


@dataclass(frozen=True)
class SourceFile:
    """One file's name and content, or the reason why it could not be opened.

    Args:
        name: Relative to the source; `a.zip!b.835` inside an archive.
        data: The content, unpacked; empty where there is a problem.
        problem: Empty, or what is wrong and what to do.

    Example:
        >>> SourceFile("a.835", b"ISA").digest[:6]
        '92f122'
    """

    name: str
    data: bytes
    problem: str = ""

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

        Example:
            >>> list(SourceFile("a", b"ISA").blocks(2))
            [b'IS', b'A']
        """
        for start in range(0, max(len(self.data), 1), size):
            yield self.data[start : start + size]


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
        data = path.read_bytes()
    except OSError as error:
        yield SourceFile(name, b"", f"the file cannot be opened ({error.strerror})")
        return
    yield from _unpack(name, data)


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
        yield from _unzip(name, data)
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


def _unzip(name: str, data: bytes) -> Iterator[SourceFile]:
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except zipfile.BadZipFile:
        yield SourceFile(name, b"", "the .zip archive is damaged; fetch it again")
        return
    with archive:
        members = [item for item in archive.infolist() if not item.is_dir()]
        size = sum(item.file_size for item in members)
        if size > min(MAX_UNPACKED, max(len(data), 1024) * MAX_RATIO):
            yield SourceFile(
                name, b"", "the .zip archive unpacks to far more than it should; refused"
            )
            return
        for item in sorted(members, key=lambda member: member.filename):
            yield _member(archive, item, f"{name}!{item.filename}")


def _member(archive: zipfile.ZipFile, item: zipfile.ZipInfo, name: str) -> SourceFile:
    try:
        with archive.open(item) as stream:
            data = stream.read(item.file_size + 1)
    except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, OSError):
        return SourceFile(name, b"", "this member of the .zip archive is damaged or encrypted")
    if data[:2] == b"\x1f\x8b":
        return _gunzip(name, data)
    return SourceFile(name, data)
