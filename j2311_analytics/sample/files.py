"""Puts the sample's files on disk, the same bytes everywhere, and lists them by content."""

from __future__ import annotations

import csv
import gzip
import hashlib
from collections.abc import Iterable
from pathlib import Path

from j2311_analytics.sample.exports import Row, to_csv, write_workbook

MANIFEST = ("file", "sha256", "bytes", "rows")


class Folder:
    """A folder being filled; remembers what it wrote for the manifest.

    Example:
        >>> import tempfile
        >>> folder = Folder(Path(tempfile.mkdtemp()))
        >>> folder.text("a.csv", "x\\n1\\n", rows=1)
        >>> folder.entries
        [['a.csv', 'daff832f802000e645771a60983c76c963f6ee602a6230e45237bd360e91cc1a', 4, 1]]
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.entries: list[Row] = []

    def clear(self) -> None:
        """Remove an earlier sample, as its manifest lists it, and nothing else.

        Raises:
            FileExistsError: if the folder holds files but no manifest.
        """
        manifest = self.root / "manifest.csv"
        if manifest.is_file():
            with manifest.open(encoding="utf-8", newline="") as file:
                names = [row["file"] for row in csv.DictReader(file)]
            root = self.root.resolve()
            for path in ((self.root / name).resolve() for name in [*names, manifest.name]):
                if path.is_relative_to(root):
                    path.unlink(missing_ok=True)
        elif self.root.exists() and any(self.root.iterdir()):
            raise FileExistsError(f"{self.root} is not empty; give a new or an empty folder")

    def text(self, name: str, content: str, *, rows: int) -> None:
        """Write text, compressed where the name ends in .gz; hashed as plain text."""
        data = content.encode()
        path = self._path(name)
        # A zip header otherwise carries the time and the level of its maker.
        path.write_bytes(gzip.compress(data, 9, mtime=0) if name.endswith(".gz") else data)
        self._note(name, data, rows)

    def table(self, name: str, titles: Iterable[str], rows: list[Row]) -> None:
        """Write rows as a CSV file."""
        self.text(name, to_csv(titles, rows), rows=len(rows))

    def workbook(self, name: str, titles: Iterable[str], rows: list[Row]) -> None:
        """Write rows as a workbook; hashed by its cells."""
        names = list(titles)
        write_workbook(self._path(name), names, rows)
        self._note(name, to_csv(names, rows).encode(), len(rows))

    def manifest(self) -> None:
        """Write `manifest.csv`, the last file."""
        rows = sorted(self.entries, key=lambda row: str(row[0]))
        self._path("manifest.csv").write_bytes(to_csv(MANIFEST, rows).encode())

    def _path(self, name: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def _note(self, name: str, data: bytes, rows: int) -> None:
        self.entries.append([name, hashlib.sha256(data).hexdigest(), len(data), rows])
