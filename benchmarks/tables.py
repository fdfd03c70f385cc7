"""Results as CSV files, from which the page is made."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path

from benchmarks.environments import ROOT

RESULTS = ROOT / "benchmarks" / "results"


def write(name: str, rows: Iterable[Mapping[str, object]], folder: Path = RESULTS) -> None:
    """Write rows, all with the same columns, as `name`.csv."""
    rows = list(rows)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def read(name: str, folder: Path = RESULTS) -> list[dict[str, str]]:
    """Rows of `name`.csv; none where it was never written."""
    path = folder / f"{name}.csv"
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
