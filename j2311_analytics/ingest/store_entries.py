"""Entries of the store on disk: written whole or not at all, and checked before use.

An entry is a folder with one Parquet file per table and `entry.json`, which names
the contents read, the version that read them, the token key's fingerprint and the
SHA-256 of each Parquet file. The folder is named for the SHA-256 of `entry.json`,
so that one changed bit anywhere in an entry shows.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq

from j2311_analytics.ingest.remittance import Remittance
from j2311_analytics.ingest.row_groups import RowGroups
from j2311_analytics.ingest.store_rows import Tables, split_by_content, stored_schema
from j2311_analytics.ingest.tokens import key_fingerprint
from j2311_analytics.tables import REMITTANCE_TABLES

# Raise it when stored rows change their meaning while their columns stay the same.
SCHEMA_VERSION = 1

State = Literal["good", "damaged", "other version", "other key"]
_HEAD = "entry.json"
_DAY = 24 * 60 * 60


@dataclass(frozen=True)
class Entry:
    """One entry: its folder, what it was read from, and whether it can be used.

    Args:
        folder: Where it lies.
        state: "good" as far as `entry.json` tells; the tables are checked by `load`.
        contents: SHA-256 of each file content in it, in the order of its numbers, and
            why it could not be read, or "".
        checksums: SHA-256 of each Parquet file by table.
    """

    folder: Path
    state: State
    contents: dict[str, str]
    checksums: dict[str, str]


def list_entries(parent: Path) -> list[Entry]:
    """Every finished entry in a folder, in a fixed order."""
    folders = [item for item in sorted(parent.iterdir()) if not item.name.startswith(".")]
    entries = [read_entry(folder) for folder in folders if folder.is_dir()]
    # One that another run has just removed is not damaged but gone.
    return [entry for entry in entries if entry.folder.is_dir()]


def read_entry(folder: Path) -> Entry:
    """Read and judge the `entry.json` of a folder."""
    try:
        text = (folder / _HEAD).read_bytes()
        if _name_for(text) != folder.name:
            return Entry(folder, "damaged", {}, {})
        head = json.loads(text)
    except (OSError, ValueError):
        return Entry(folder, "damaged", {}, {})
    made_by = head.get("made_by")
    state: State = "good" if made_by == _version() else "other version"
    if head.get("key") != key_fingerprint():
        state = "other key"
    if state != "good":
        return Entry(folder, state, {}, {})
    return Entry(folder, state, head["contents"], head["checksums"])


def is_intact(entry: Entry) -> bool:
    """Whether every Parquet file is the one that was written."""
    try:
        return all(
            _checksum(entry.folder / f"{table}.parquet") == entry.checksums[table]
            for table in REMITTANCE_TABLES
        )
    except OSError:
        return False


def load(entry: Entry) -> Tables | None:
    """The entry's tables; None where it is damaged, or was removed meanwhile."""
    if not is_intact(entry):
        return None
    try:
        return {
            table: pq.ParquetFile(entry.folder / f"{table}.parquet").read()
            for table in REMITTANCE_TABLES
        }
    except (OSError, pa.ArrowException):
        return None


def discard(entry: Entry) -> None:
    """Remove an entry; others see it whole or not at all."""
    away = entry.folder.with_name(f".removed-{entry.folder.name}-{os.getpid()}")
    try:
        entry.folder.rename(away)
    except OSError:
        # Another run was faster.
        return
    shutil.rmtree(away, ignore_errors=True)


def write_entry(
    parent: Path, contents: Sequence[str], pieces: Iterable[Remittance], *, keep: bool
) -> tuple[Entry, Tables | None]:
    """Write an entry piece by piece, in the memory of one piece.

    Args:
        parent: The folder of entries.
        contents: SHA-256 of each file content that the pieces are read from.
        pieces: Tables in which each content's hash stands as the name of its file;
            keys go on counting from piece to piece, and no claim is torn.
        keep: True also returns the tables as stored.

    Returns:
        The entry, and its tables or None.
    """
    draft = Path(tempfile.mkdtemp(prefix=".writing-", dir=parent))
    try:
        _clear_abandoned(parent, draft)
        entry = _write_head(draft, _write_tables(draft, contents, pieces))
        tables = load(entry) if keep else None
        if keep and tables is None:
            raise OSError(f"what was written to {parent} cannot be read back; check the disk")
        folder = _publish(draft, parent)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    return Entry(folder, "good", entry.contents, entry.checksums), tables


def _write_tables(
    draft: Path, contents: Sequence[str], pieces: Iterable[Remittance]
) -> dict[str, str]:
    """Write every table; returns why each content could not be read, or ""."""
    numbers = {content: number for number, content in enumerate(contents)}
    failures = dict.fromkeys(contents, "")
    transactions: dict[int, int] = {}
    with ExitStack() as stack:
        writers = {
            table: stack.enter_context(_parquet_writer(draft / f"{table}.parquet", table))
            for table in REMITTANCE_TABLES
        }
        for piece in pieces:
            failed = piece.issues[piece.issues["problem"] == "unreadable"]
            for content, message in zip(failed["file"], failed["message"], strict=True):
                failures[content] = message
            for table, rows in split_by_content(piece, numbers, transactions).items():
                if len(rows):
                    writers[table].add(rows)
    return failures


@contextmanager
def _parquet_writer(path: Path, table: str) -> Iterator[RowGroups]:
    with path.open("wb") as file:
        with pq.ParquetWriter(file, stored_schema(table), compression="zstd") as writer:
            groups = RowGroups(writer)
            yield groups
            groups.write()
        file.flush()
        os.fsync(file.fileno())


def _write_head(draft: Path, failures: dict[str, str]) -> Entry:
    checksums = {table: _checksum(draft / f"{table}.parquet") for table in REMITTANCE_TABLES}
    head = {
        "made_by": _version(),
        "key": key_fingerprint(),
        "contents": failures,
        "checksums": checksums,
    }
    with (draft / _HEAD).open("wb") as file:
        file.write(json.dumps(head, indent=1).encode())
        file.flush()
        os.fsync(file.fileno())
    return Entry(draft, "good", failures, checksums)


def _publish(draft: Path, parent: Path) -> Path:
    """Give a finished draft its name; from then on it is an entry."""
    _sync_folder(draft)
    folder = parent / _name_for((draft / _HEAD).read_bytes())
    try:
        draft.rename(folder)
    except OSError:
        if not folder.is_dir():
            raise
        # Another run has written the same entry.
        shutil.rmtree(draft)
    _sync_folder(parent)
    return folder


def _clear_abandoned(parent: Path, draft: Path) -> None:
    """Remove drafts of runs that were killed: those a day older than this one."""
    # Both times are the disk's: the clock of this machine may differ from it.
    now = draft.stat().st_mtime
    for folder in parent.glob(".*"):
        with suppress(OSError):
            if now - folder.stat().st_mtime > _DAY:
                shutil.rmtree(folder)


def _version() -> dict[str, Any]:
    """What an entry depends on besides the content: rows of another version are not used."""
    schemas = [
        f"{table}.{field.name}: {field.type}"
        for table in REMITTANCE_TABLES
        for field in stored_schema(table)
    ]
    return {
        "schema": SCHEMA_VERSION,
        "columns": hashlib.sha256("\n".join(schemas).encode()).hexdigest()[:16],
        "package": metadata.version("j2311-analytics"),
    }


def _name_for(head: bytes) -> str:
    return hashlib.sha256(head).hexdigest()[:32]


def _checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync_folder(folder: Path) -> None:
    """Make names in a folder last through a power cut, where the system can."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
