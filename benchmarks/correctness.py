"""How many public sample files each reader gets right.

python -m benchmarks.correctness --corpus FOLDER --truth FILE [--environments FOLDER]
"""

from __future__ import annotations

import argparse
import csv
import json
import subprocess
import tempfile
from pathlib import Path

from benchmarks.comparison import COMPARED, Figures, Tally, tally
from benchmarks.environments import OURS, PEERS, ROOT, Reader, python_of, version_of
from benchmarks.tables import write

MINUTES_PER_READER = 5


def main(arguments: list[str] | None = None) -> None:
    """Count every file with every reader and write two results."""
    options = _options(arguments)
    truth = _truth(options.truth)
    summary: list[dict[str, object]] = []
    columns: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory() as temporary:
        place = options.environments or Path(temporary)
        place.mkdir(parents=True, exist_ok=True)
        for reader in (OURS, *PEERS):
            python = python_of(reader, place)
            if python is None:
                summary.append(_not_installed(reader, len(truth)))
                continue
            found = _figures(reader, python, options.corpus)
            result = tally(found, truth)
            summary.append(_summary(reader, version_of(reader, python), result))
            columns += _columns(reader, result)
            print(f"{reader.name}: {result.right} right, {result.wrong} wrong, "
                  f"{result.refused} refused of {result.files}")  # fmt: skip
            if options.details:
                _print_details(found, truth)
    write("correctness", summary)
    write("correctness_columns", columns)


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.correctness")
    parser.add_argument("--corpus", type=Path, required=True, help="folder of 835 files")
    parser.add_argument("--truth", type=Path, required=True, help="CSV with their true figures")
    parser.add_argument("--environments", type=Path, help="folder for virtual environments")
    parser.add_argument("--details", action="store_true", help="print each difference")
    return parser.parse_args(arguments)


def _truth(path: Path) -> dict[str, Figures]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {Path(row["file"]).name: {c: int(row[c]) for c in COMPARED} for row in rows}


def _figures(reader: Reader, python: Path, corpus: Path) -> dict[str, Figures | None]:
    call = [str(python), "-m", "benchmarks.adapters", reader.adapter, str(corpus.resolve())]
    done = subprocess.run(
        call, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True,
        timeout=60 * MINUTES_PER_READER,
    )  # fmt: skip
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    return {row["file"]: row.get("figures") for row in rows}


def _summary(reader: Reader, version: str, result: Tally) -> dict[str, object]:
    return {
        "reader": reader.name,
        "version": version,
        "files": result.files,
        "right": result.right,
        "core_right": result.core_right,
        "wrong": result.wrong,
        "refused": result.refused,
        "figures": len(result.carried),
    }


def _not_installed(reader: Reader, files: int) -> dict[str, object]:
    counts = dict.fromkeys(("right", "core_right", "wrong", "refused", "figures"), "")
    return {"reader": reader.name, "version": "not installed", "files": files, **counts}


def _columns(reader: Reader, result: Tally) -> list[dict[str, object]]:
    return [
        {"reader": reader.name, "figure": name, "files_right": result.agreed.get(name, "")}
        for name in COMPARED
    ]


def _print_details(found: dict[str, Figures | None], truth: dict[str, Figures]) -> None:
    for name, figures in found.items():
        if figures is None:
            print(f"  {name}: refused")
            continue
        for figure, value in figures.items():
            if value != truth[name][figure]:
                print(f"  {name}: {figure} {value}, true {truth[name][figure]}")


if __name__ == "__main__":
    main()
