"""All benchmarks, and the page of their results.

python -m benchmarks --corpus FOLDER --truth FILE [--environments FOLDER]
"""

from __future__ import annotations

import argparse
import tempfile

from benchmarks import (
    claim_export,
    correctness,
    denials,
    open_denials,
    page,
    small_files,
    speed,
    streaming,
)


def main() -> None:
    """Run everything at its published size."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("--corpus", required=True, help="folder of 835 files")
    parser.add_argument("--truth", required=True, help="CSV with their true figures")
    parser.add_argument("--environments", help="folder for virtual environments")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        place = ["--environments", options.environments or temporary]
        correctness.main(["--corpus", options.corpus, "--truth", options.truth, *place])
        speed.main(place)
    small_files.main([])
    streaming.main([])
    claim_export.main([])
    denials.main([])
    open_denials.main([])
    page.main()


if __name__ == "__main__":
    main()
