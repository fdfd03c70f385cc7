"""Hostile sheets end in seconds and within 500 MB, measured in a process of their own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

pytest.importorskip("resource")

LIMIT_MB, SECONDS = 500, 60
ROW = "A,J2311,5,1/5/26\n"
SCRIPT = r"""
import pathlib, re, resource, sys, warnings
warnings.simplefilter("ignore")
from j2311_analytics import read_claims
try:
    print(len(read_claims(sys.argv[1]).lines), "lines")
except ValueError as error:
    print(error)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
peak = peak // (1024 if sys.platform != "darwin" else 1024**2)
status = pathlib.Path("/proc/self/status")
if status.exists():
    # A process that was started by a larger one inherits its ru_maxrss, but not this.
    peak = int(re.search(r"VmHWM:\s+(\d+) kB", status.read_text())[1]) // 1024
print(peak)
"""


def read_apart(path: Path) -> str:
    """What reading says, once it has kept to the limits."""
    start = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(path)],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=True,
        env=os.environ,
    )
    said, peak = done.stdout.rstrip().rsplit("\n", 1)
    assert int(peak) < LIMIT_MB
    assert time.monotonic() - start < SECONDS
    return said


def workbook_stating(path: Path, size: int) -> Path:
    """A workbook whose directory states a size for its sheet, whatever it holds."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", bytes(8 << 20))
        archive.filelist[1].file_size = size
    return path


def test_a_workbook_of_two_gigabytes(tmp_path: Path) -> None:
    said = read_apart(workbook_stating(tmp_path / "a.xlsx", 2 * 1024**3 - 1))
    assert said.startswith("a.xlsx: the workbook unpacks to 2,048 MB; refused")


def test_a_workbook_that_states_too_small_a_size(tmp_path: Path) -> None:
    said = read_apart(workbook_stating(tmp_path / "a.xlsx", 100))
    assert said == "a.xlsx: the workbook is damaged; open it in Excel and save it again"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('Claim,CPT,Fee,DOS\n"' + ROW * 1_000_000, "a.csv: a "),
        ("Claim,CPT,Fee,DOS," + "x," * 9_996 + "\n" + (ROW * 500), "500 lines"),
        ("Claim,CPT,Fee,DOS," + "x," * 20_000 + "\n" + ROW, "a.csv: 20,005 columns"),
        ("Claim,CPT,Fee,DOS\n=HYPERLINK(1),J2311,5,1/5/26\n", "1 lines"),
    ],
    ids=["open quote", "10,000 columns", "20,000 columns", "formula"],
)
def test_text_files(tmp_path: Path, content: str, said: str) -> None:
    (tmp_path / "a.csv").write_text(content)
    assert read_apart(tmp_path / "a.csv").startswith(said)
