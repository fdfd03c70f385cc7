"""Causes and episodes of a million adjudicated lines, beside reading their 835s.

    python -m benchmarks.denials [--lines 1000000] [--pairs 3]

Their clock starts when the tables are read. Memory is the peak above the tables, which
holds the results too, as a multiple of the tables.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.make_file import write_file
from benchmarks.ratios import Ratio, paired
from benchmarks.runs import Job, run_pairs
from benchmarks.tables import write

# So large are the files of `make_file`.
BYTES_PER_LINE = 195.5


def main(arguments: list[str] | None = None) -> None:
    """Make the file, run the pairs and write one result."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.denials")
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--pairs", type=int, default=3)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as temporary:
        path, small = Path(temporary) / "a.835", Path(temporary) / "b.835"
        size = write_file(path, round(options.lines * BYTES_PER_LINE))
        write_file(small, 500_000)
        found, read = (Job(name, Path(sys.executable), path) for name in ("denials", "ours"))
        rows = run_pairs("denials", found, read, small, options.pairs, size)
    write("denials", rows)
    time, memory = time_and_memory(rows)
    print(f"time {time.median:.2f} × reading, memory {memory.median:.2f} × the tables")


def time_and_memory(rows: Sequence[Mapping[str, object]]) -> tuple[Ratio, Ratio]:
    """Processor seconds per second of reading, and the peak per size of the tables."""
    one, other = (
        sorted((r for r in rows if r["side"] == side), key=lambda r: int(str(r["pair"])))
        for side in ("one", "other")
    )
    seconds = [[float(str(r["processor_seconds"])) for r in side] for side in (one, other)]
    peaks = [float(str(r["peak_mb"])) - float(str(r["before_mb"])) for r in one]
    tables = [float(str(r["frame_mb"])) for r in one]
    return paired(seconds[0], seconds[1]), paired(peaks, tables)


if __name__ == "__main__":
    main()
