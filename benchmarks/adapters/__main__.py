"""Counts a folder of 835 files with one reader and prints one JSON line per file.

    python -m benchmarks.adapters READER FOLDER

A file that fails gives the kind of the exception, never its words, which may hold
content of the file.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import logging
import signal
import sys
from pathlib import Path
from types import FrameType

SECONDS_PER_FILE = 20


def main() -> None:
    """Print {"file", "figures"} or {"file", "refused"} for each file."""
    reader, folder = sys.argv[1], Path(sys.argv[2])
    adapter = importlib.import_module(f"benchmarks.adapters.{reader}")
    logging.disable()
    signal.signal(signal.SIGALRM, _stop)
    for path in sorted(item for item in folder.iterdir() if item.is_file()):
        row: dict[str, object] = {"file": path.name}
        signal.alarm(SECONDS_PER_FILE)
        try:
            # Some readers print what they do not understand.
            with contextlib.redirect_stdout(io.StringIO()):
                row["figures"] = adapter.figures(path)
        except Exception as error:
            row["refused"] = type(error).__name__
        signal.alarm(0)
        print(json.dumps(row), flush=True)


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise TimeoutError


if __name__ == "__main__":
    main()
