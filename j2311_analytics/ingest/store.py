"""The store: what was read from remittances, kept so that no file is parsed twice.

The store is a copy. Everything in it can be read again from the files, so anything
about it that is in doubt is read again and never used.
"""

from __future__ import annotations

import gzip
import io
import os
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from j2311_analytics.errors import AnalyticsWarning, X12Error, count_of, odd_things
from j2311_analytics.ingest.remittance import Remittance, read_835
from j2311_analytics.ingest.sources import Source, SourceFile, open_sources
from j2311_analytics.ingest.store_entries import (
    Entry,
    discard,
    is_intact,
    list_entries,
    load,
    write_entry,
)
from j2311_analytics.ingest.store_rows import Placed, Tables, join, noted

# Small files share an entry: opening thousands of Parquet files takes longer than parsing.
_GROUP_BYTES = 32 * 1024**2
_ARCHIVE_MARKS = (b"\x1f\x8b", b"PK\x03\x04")
_ANCHOR = ("anchor", b"ST*835*1~BPR*I*0*C*NON~SE*3*1~")
_ENTRIES = "entries"


@dataclass(frozen=True)
class Ingested:
    """What became of each file of a source.

    Args:
        new: Files that were parsed now.
        known: Files whose content was in the store, or twice in the source.
        failed: Files that cannot be read, or not to their end, with the reason.
        notes: Sentences about entries that could not be used.

    Example:
        >>> Ingested(("a.835",), (), (), ()).new
        ('a.835',)
    """

    new: tuple[str, ...]
    known: tuple[str, ...]
    failed: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Store:
    """A folder that keeps what was read; `open_store` makes one.

    Args:
        folder: Where it lies.

    Example:
        >>> store = open_store("store")
        >>> store.ingest(b"ST*835*1~BPR*I*0*C*NON~SE*3*1~").new
        ('<bytes>',)
        >>> store.ingest(b"ST*835*1~BPR*I*0*C*NON~SE*3*1~").known
        ('<bytes>',)
    """

    folder: Path

    def ingest(self, source: Source) -> Ingested:
        """Parse the files of a source that are new and keep their tables.

        Args:
            source: As for `read_835`.

        Returns:
            Which files were new, known or failed. It may be stopped at any moment
            and run again; several runs may work on one store at once.

        Raises:
            FileNotFoundError: if the source does not exist or holds no file.
            ValueError: if the store lies inside the source.

        Example:
            >>> open_store("store").ingest(b"not an 835").failed
            (('<bytes>', 'this is not an X12 file (no ISA, GS or ST segment); remove ...'),)
        """
        return _Walk(self.folder, keep=False).through(source).told()

    def read(
        self, source: Source, *, errors: Literal["collect", "raise"] = "collect"
    ) -> Remittance:
        """The same tables as `read_835(source)`; only new files are parsed, and kept.

        Args:
            source: As for `read_835`.
            errors: "collect" makes an unreadable file a row in `issues`; "raise"
                raises for the first.

        Raises:
            X12Error: if nothing could be read, or for the first failure with "raise".
            FileNotFoundError: if the source does not exist or holds no file.
            ValueError: for another value of `errors`, or if the store lies inside the
                source.

        Example:
            >>> text = b"ST*835*1~BPR*I*0*C~CLP*A*1*9*0~SVC*HC:J2311*9*0~SE*5*1~"
            >>> open_store("store").read(text).lines["hcpcs"].tolist()
            ['J2311']
        """
        if errors not in ("collect", "raise"):
            raise ValueError(f'errors must be "collect" or "raise"; got {errors!r}')
        remittance = _Walk(self.folder, keep=True).through(source).joined()
        issues = remittance.issues
        failures = issues[issues["problem"] == "unreadable"].astype("object")
        if len(failures) and (errors == "raise" or remittance.payments.empty):
            first = failures.where(failures.notna(), None).iloc[0]
            raise X12Error(
                first["message"],
                file=first["file"],
                segment=first["segment"],
                segment_id=first["segment_id"] or "",
            )
        if len(issues):
            warnings.warn(
                f"{odd_things(len(issues))} or not understood while reading; see the issues table",
                AnalyticsWarning,
                stacklevel=2,
            )
        return remittance


def open_store(folder: str | os.PathLike[str]) -> Store:
    """Open a store, or make one where there is none.

    Args:
        folder: A new or empty folder, or one that a store was made in. What the store
            makes is readable by you alone (mode 0700).

    Raises:
        ValueError: if the folder holds something else.
        NotADirectoryError: if it is a file.

    Example:
        >>> open_store("store").folder.name
        'store'
    """
    path = Path(folder)
    if path.exists() and not path.is_dir():
        raise NotADirectoryError(f"{path} is a file; a store needs a folder of its own")
    if path.is_dir() and not (path / _ENTRIES).is_dir() and _is_used(path):
        raise ValueError(
            f"{path} holds other files; give the store a new folder, or one that was a store before"
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.mkdir(mode=0o700, exist_ok=True)
    # The folder itself may be the user's own, with rights of his choice; this one is ours.
    (path / _ENTRIES).mkdir(mode=0o700, exist_ok=True)
    (path / _ENTRIES).chmod(0o700)
    return Store(path)


def _is_used(folder: Path) -> bool:
    return any(not item.name.startswith(".") for item in folder.iterdir())


class _Walk:
    """One walk through a source: each file is found in the store or put into it."""

    def __init__(self, folder: Path, *, keep: bool) -> None:
        self.folder = folder
        self.parent = folder / _ENTRIES
        self.keep = keep
        self.names: list[str] = []
        self.seen: dict[str, str] = {}
        self.new: list[str] = []
        self.known: list[str] = []
        self.failed: list[tuple[str, str]] = []
        self.notes: list[tuple[int, str, str, str]] = []
        self.unused: Counter[str] = Counter()
        # New files by content, with their position in the source and their bytes.
        self.group: dict[str, tuple[int, bytes]] = {}
        self.group_bytes = 0
        self.entries: dict[str, Entry] = {}
        self.tables: dict[Path, Tables | None] = {}
        # Each entry that is used, and the position in the source of each content in it.
        self.found: dict[Path, tuple[Entry, dict[str, int]]] = {}
        for entry in list_entries(self.parent):
            if entry.state == "good":
                self.entries.update(dict.fromkeys(entry.contents, entry))
            else:
                self._put_aside(entry)

    def through(self, source: Source) -> _Walk:
        """Go through every file; returns itself."""
        _require_apart(source, self.folder)
        for file in open_sources(source):
            self.names.append(file.name)
            self._take(file, len(self.names) - 1)
        self._write_group()
        return self

    def told(self) -> Ingested:
        """What became of each file."""
        notes = []
        for state, count in sorted(self.unused.items()):
            entries = count_of(count, "entry was", "entries were")
            notes.append(f"{entries} {_TOLD[state]}")
        return Ingested(tuple(self.new), tuple(self.known), tuple(self.failed), tuple(notes))

    def joined(self) -> Remittance:
        """The tables of the whole source."""
        placed = []
        for folder, (entry, found) in self.found.items():
            places = np.array([found.get(content, -1) for content in entry.contents])
            placed.append(Placed(self.tables[folder] or {}, places))
        return join([*placed, noted(self.notes)], self.names)

    def _take(self, file: SourceFile, position: int) -> None:
        problem = file.problem or ("" if file.data.strip() else "the file is empty; fetch it again")
        if problem:
            self.failed.append((file.name, problem))
            self.notes.append((position, "error", "unreadable", problem))
            return
        content = file.digest
        if content in self.seen:
            self.known.append(file.name)
            message = f"same content as {self.seen[content]}; counted once"
            self.notes.append((position, "warning", "duplicate_file", message))
            return
        self.seen[content] = file.name
        entry = self.entries.get(content)
        if entry is not None and self._is_usable(entry):
            self._find(entry, content, position, self.known)
            return
        self.group[content] = (position, file.data)
        self.group_bytes += len(file.data)
        if self.group_bytes >= _GROUP_BYTES:
            self._write_group()

    def _find(self, entry: Entry, content: str, position: int, fine: list[str]) -> None:
        _, found = self.found.setdefault(entry.folder, (entry, {}))
        found[content] = position
        if entry.contents[content]:
            self.failed.append((self.names[position], entry.contents[content]))
        else:
            fine.append(self.names[position])

    def _is_usable(self, entry: Entry) -> bool:
        """Check an entry, once a walk; a damaged one is removed."""
        if entry.folder not in self.tables:
            tables = load(entry) if self.keep else ({} if is_intact(entry) else None)
            self.tables[entry.folder] = tables
            if tables is None:
                self._put_aside(Entry(entry.folder, "damaged", {}, {}))
        return self.tables[entry.folder] is not None

    def _put_aside(self, entry: Entry) -> None:
        self.unused[entry.state] += 1
        if entry.state != "other key":
            discard(entry)

    def _write_group(self) -> None:
        group, self.group, self.group_bytes = self.group, {}, 0
        for entry, tables in self._written({content: data for content, (_, data) in group.items()}):
            self.tables[entry.folder] = tables
            for content in entry.contents:
                self._find(entry, content, group[content][0], self.new)

    def _written(self, group: dict[str, bytes]) -> Iterator[tuple[Entry, Tables | None]]:
        if not group:
            return
        piece = _read_contents(group)
        if len(group) > 1 and piece.adjustments["claim"].isna().any():
            # An adjustment outside any claim does not tell its file, unless read alone.
            contents = list(group)
            for half in (contents[: len(contents) // 2], contents[len(contents) // 2 :]):
                yield from self._written({content: group[content] for content in half})
            return
        yield write_entry(self.parent, list(group), [piece], keep=self.keep)


_TOLD = {
    "damaged": "damaged: removed, and its files are read again",
    "other version": "made by another version: removed, and its files are read again",
    "other key": "made with another token key: left alone and not used",
}


class _Named(io.BytesIO):
    """Bytes under a name, so that every row tells which content it was read from."""

    def __init__(self, name: str, data: bytes) -> None:
        super().__init__(data)
        self.name = name


def _read_contents(group: dict[str, bytes]) -> Remittance:
    """Read contents by their hashes, which stand as the names of their files."""
    with warnings.catch_warnings():
        # `Store.read` gives one summary of the whole source.
        warnings.simplefilter("ignore", AnalyticsWarning)
        try:
            return read_835(_streams(group))
        except X12Error:
            # Not one can be read. Beside one that can, their issues are told all the same.
            read = read_835([_Named(*_ANCHOR), *_streams(group)])  # type: ignore[list-item]
    return replace(read, payments=read.payments[read.payments["file"] != _ANCHOR[0]])


def _streams(group: dict[str, bytes]) -> list[Any]:
    return [_Named(content, _as_it_was(data)) for content, data in group.items()]


def _as_it_was(data: bytes) -> bytes:
    """Content that looks like an archive came out of one: it must not be unpacked again."""
    return gzip.compress(data, 0) if data.startswith(_ARCHIVE_MARKS) else data


def _require_apart(source: Source, store: Path) -> None:
    """Refuse a store inside the source: its files would be read as remittances."""
    if isinstance(source, str | os.PathLike):
        folder = Path(source)
        inside = folder.is_dir() and store.resolve().is_relative_to(folder.resolve())
        if inside and not _is_hidden(store.resolve().relative_to(folder.resolve())):
            raise ValueError(
                f"the store {store} lies inside {folder}, where its files would be read as "
                "remittances; put it elsewhere"
            )
    elif isinstance(source, list | tuple):
        for item in source:
            _require_apart(item, store)


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)
