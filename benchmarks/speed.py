"""Speed and memory of `read_835` beside other readers, as paired ratios.

python -m benchmarks.speed [--megabytes 50] [--pairs 7] [--environments FOLDER]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from subprocess import CalledProcessError, TimeoutExpired

from benchmarks.environments import PEERS, python_of
from benchmarks.make_file import write_file
from benchmarks.runs import Job, run_pairs, speed
from benchmarks.tables import write

# A reader this slow needs fewer pairs for the same certainty.
SLOW = {"edi_835_parser": 3}


def main(arguments: list[str] | None = None) -> None:
    """Make the files, run all pairs and write one result."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed")
    parser.add_argument("--megabytes", type=float, default=50)
    parser.add_argument("--pairs", type=int, default=7)
    parser.add_argument("--environments", type=Path, help="folder for virtual environments")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as temporary:
        place = Path(temporary)
        environments = options.environments or place / "environments"
        environments.mkdir(parents=True, exist_ok=True)
        write("speed", _compare(place, environments, options.megabytes, options.pairs))


def _compare(
    place: Path, environments: Path, megabytes: float, pairs: int
) -> list[dict[str, object]]:
    python = Path(sys.executable)
    many, single, small = place / "many.835", place / "single.835", place / "small.835"
    size = write_file(many, round(megabytes * 1e6))
    # edi-835-parser takes a file as one transaction set, and fails on a file of several.
    single_size = write_file(single, round(megabytes * 1e6), claims_per_set=sys.maxsize)
    write_file(small, 5000)
    rows = []
    for threads in (1, 2):
        ours = Job("ours", python, many, threads)
        name = f"floor, {threads} thread{'s'[: threads - 1]}"
        rows += run_pairs(name, ours, Job("floor", python, many), small, pairs, size)
    for reader in PEERS:
        if reader.adapter not in ("oxedi", "edi_835_parser"):
            continue
        found = python_of(reader, environments)
        if found is None:
            print(f"{reader.name} cannot be installed here; left out")
            continue
        path, length = (many, size) if reader.adapter == "oxedi" else (single, single_size)
        ours, peer = Job("ours", python, path), Job(reader.adapter, found, path)
        number = min(pairs, SLOW.get(reader.adapter, pairs))
        try:
            rows += run_pairs(reader.name, ours, peer, small, number, length)
        except (CalledProcessError, TimeoutExpired) as error:
            print(f"{reader.name} left out: {type(error).__name__}")
    for name in dict.fromkeys(str(row["comparison"]) for row in rows):
        ratio = speed([row for row in rows if row["comparison"] == name])
        print(f"{name}: {ratio.median:.2f} × ({ratio.lowest:.2f} to {ratio.highest:.2f})")
    return rows


if __name__ == "__main__":
    main()
