"""data/sample is what its own command makes, byte for byte, and small."""

from __future__ import annotations

import csv
import gzip
import re
import shlex
from pathlib import Path

import openpyxl
import pytest

from j2311_analytics.cli import main

SAMPLE = Path(__file__).resolve().parent.parent / "data" / "sample"


@pytest.fixture(scope="module")
def again(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample made anew by the command in its README."""
    folder = tmp_path_factory.mktemp("again") / "sample"
    command = re.search(r"^ +j2311 (sample .*)$", (SAMPLE / "README.txt").read_text(), re.MULTILINE)
    assert command
    assert main(shlex.split(command[1].replace("FOLDER", str(folder)))) == 0
    return folder


def content(path: Path) -> object:
    if path.suffix == ".gz":
        return gzip.decompress(path.read_bytes())
    if path.suffix == ".xlsx":
        book = openpyxl.load_workbook(path)
        return {sheet.title: list(sheet.values) for sheet in book}
    return path.read_bytes()


def files(folder: Path) -> list[str]:
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def test_its_own_command_makes_the_same_files(again: Path) -> None:
    assert files(again) == files(SAMPLE)
    for name in files(SAMPLE):
        assert content(again / name) == content(SAMPLE / name), name


def test_it_is_small_and_its_manifest_lists_every_file() -> None:
    assert sum((SAMPLE / name).stat().st_size for name in files(SAMPLE)) < 3_000_000
    with (SAMPLE / "manifest.csv").open(encoding="utf-8") as file:
        listed = {row["file"] for row in csv.DictReader(file)}
    assert listed == set(files(SAMPLE)) - {"manifest.csv"}


def test_make_sample_writes_it() -> None:
    made_by = re.search(
        r"j2311 sample --out FOLDER (.*)$", (SAMPLE / "README.txt").read_text(), re.M
    )
    makefile = (SAMPLE.parent.parent / "Makefile").read_text()
    assert made_by
    in_make = re.search(r"j2311 sample --out data/sample (.*)$", makefile, re.M)
    assert in_make
    assert in_make[1] in made_by[1]
