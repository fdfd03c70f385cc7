"""Many small files as a folder beside one file of the same bytes.

python -m benchmarks.small_files [--files 2000] [--kilobytes 20] [--pairs 5]
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from benchmarks.make_file import write_file, write_folder
from benchmarks.runs import Job, run_pairs
from benchmarks.tables import write


def main(arguments: list[str] | None = None) -> None:
    """Make the folder and the file, run the pairs and write one result."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.small_files")
    parser.add_argument("--files", type=int, default=2000)
    parser.add_argument("--kilobytes", type=int, default=20)
    parser.add_argument("--pairs", type=int, default=5)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as temporary:
        python, place = Path(sys.executable), Path(temporary)
        folder, single, small = place / "folder", place / "single.835", place / "small.835"
        size = write_folder(folder, options.files, options.kilobytes * 1000)
        with single.open("wb") as out:
            for path in sorted(folder.iterdir()):
                with path.open("rb") as part:
                    shutil.copyfileobj(part, out)
        write_file(small, 5000)
        one, other = Job("ours", python, folder), Job("ours", python, single)
        write("small_files", run_pairs("small files", one, other, small, options.pairs, size))


if __name__ == "__main__":
    main()
