"""A large file in pieces, with and without writing them to Parquet.

python -m benchmarks.streaming [--gigabytes 1] [--pairs 3]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import j2311_analytics
from benchmarks.make_file import write_file
from benchmarks.runs import Job, run_pairs
from benchmarks.tables import write


def main(arguments: list[str] | None = None) -> None:
    """Make the file, run the pairs and write one result."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.streaming")
    parser.add_argument("--gigabytes", type=float, default=1)
    parser.add_argument("--pairs", type=int, default=3)
    options = parser.parse_args(arguments)
    if not hasattr(j2311_analytics, "scan_835"):
        print("streaming: left out, this version has no scan_835")
        return
    with tempfile.TemporaryDirectory() as temporary:
        python, path, small = Path(sys.executable), Path(temporary) / "a.835", Path(temporary) / "b"
        size = write_file(path, round(options.gigabytes * 1e9))
        write_file(small, 5000)
        written, read = Job("stream_to_parquet", python, path), Job("stream", python, path)
        write("streaming", run_pairs("streaming", written, read, small, options.pairs, size))


if __name__ == "__main__":
    main()
