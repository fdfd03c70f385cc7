"""A claim export of a million lines beside the least that pandas must do with it.

    python -m benchmarks.claim_export [--lines 1000000] [--pairs 5]

The other side reads the CSV as text, two columns as numbers and two as dates.
"""

from __future__ import annotations

import argparse
import csv
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.environments import ROOT
from benchmarks.ratios import Ratio, paired
from benchmarks.runs import Job, run_pairs
from benchmarks.tables import write

SAMPLE = ROOT / "data" / "sample" / "claims.csv"
# Which columns differ from copy to copy, and how many copies share a value.
COPIES = {"Claim ID": 1, "Line Control": 1, "Auth #": 1, "Member ID": 10, "MRN": 10}


def main(arguments: list[str] | None = None) -> None:
    """Make the export, run the pairs and write one result."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.claim_export")
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--pairs", type=int, default=5)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as temporary:
        export, small = Path(temporary) / "claims.csv", Path(temporary) / "small.csv"
        size = write_export(export, options.lines)
        write_export(small, 2000)
        ours, pandas = (
            Job(n, Path(sys.executable), export) for n in ("claim_export", "pandas_csv")
        )
        rows = run_pairs("claim export", ours, pandas, small, options.pairs, size)
    write("claim_export", rows)
    time, memory = time_and_memory(rows)
    print(f"time {time.median:.2f} ×, memory {memory.median:.2f} × the frame")


def time_and_memory(rows: Sequence[Mapping[str, object]]) -> tuple[Ratio, Ratio]:
    """Processor seconds of ours per second of pandas, and our peak per size of its frame."""
    sides = {
        side: sorted((r for r in rows if r["side"] == side), key=lambda r: int(str(r["pair"])))
        for side in ("one", "other")
    }
    seconds = [[float(str(r["processor_seconds"])) for r in sides[s]] for s in ("one", "other")]
    peaks = [float(str(r["peak_mb"])) - float(str(r["before_mb"])) for r in sides["one"]]
    frames = [float(str(row["frame_mb"])) for row in sides["other"]]
    return paired(seconds[0], seconds[1]), paired(peaks, frames)


def write_export(path: Path, lines: int) -> int:
    """The sample's export over and over, with other ids; its size in bytes."""
    with SAMPLE.open(encoding="utf-8", newline="") as file:
        titles, *rows = csv.reader(file)
    places = [(titles.index(title), every) for title, every in COPIES.items()]
    written = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(titles)
        for copy in range(-(-lines // len(rows))):
            for row in rows[: lines - written]:
                other = list(row)
                for place, every in places:
                    other[place] = f"{row[place]}{copy // every}" if row[place] else ""
                writer.writerow(other)
            written += min(len(rows), lines - written)
    return path.stat().st_size


if __name__ == "__main__":
    main()
