"""The command line: help a biller understands, exit codes, the last line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from small_files import remits_folder

from j2311_analytics.cli import main


@pytest.fixture
def remits(tmp_path: Path) -> Path:
    return remits_folder(tmp_path)


def report(remits: Path, tmp_path: Path, *more: str) -> int:
    words = [
        "report",
        "--remits",
        str(remits),
        "--month",
        "2026-10",
        "--out",
        str(tmp_path / "out"),
    ]
    return main([*words, "--no-notebook", *more])


def test_help_says_what_each_command_does(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    assert main(["report", "--help"]) == 0
    text = capsys.readouterr().out
    assert "write the monthly report" in text
    assert "folder (or file) of 835 remittances" in text


def test_done_is_0_and_the_last_line_names_the_report_and_the_headline(
    remits: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert report(remits, tmp_path) == 0
    last = capsys.readouterr().out.strip().splitlines()[-1]
    assert re.fullmatch(
        r".*report\.html: \$\d+ recoverable \(\$\d+ to \$\d+\) of \$\d+ expected value refused; "
        r"billed \$100\.",
        last,
    )
    assert Path(last.split(": $")[0]).exists()


def test_done_with_exceptions_is_1_and_says_where_they_are(
    remits: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (remits / "scan.835").write_bytes(b"%PDF-1.7")
    assert report(remits, tmp_path) == 1
    assert re.search(r"1 exception is listed in .*exceptions\.csv", capsys.readouterr().out)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["report", "--remits", "nowhere", "--month", "2026-10"], "nowhere does not exist"),
        (["report", "--remits", "nowhere"], "--month"),
        (["frobnicate"], "invalid choice"),
        (["sample", "--out", "x", "--months", "0"], "months"),
    ],
)
def test_the_callers_mistake_is_2_with_one_clear_line(
    words: list[str],
    message: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(words) == 2
    assert message in capsys.readouterr().err


def test_ingest_tells_what_was_new_known_and_failed(
    remits: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = tmp_path / "store"
    words = ["ingest", "--remits", str(remits), "--store", str(store)]
    assert main(words) == 0
    assert capsys.readouterr().out == f"{store}: 1 new, 0 known, 0 failed.\n"
    (remits / "scan.835").write_bytes(b"%PDF-1.7")
    assert main(words) == 1
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("scan.835: this is not an X12 file")
    assert said[1] == f"{store}: 0 new, 1 known, 1 failed."
    next((store / "entries").rglob("claims.parquet")).unlink()
    (remits / "scan.835").unlink()
    assert main(words) == 0
    assert capsys.readouterr().out.splitlines() == [
        "1 entry was damaged: removed, and its files are read again.",
        f"{store}: 1 new, 0 known, 0 failed.",
    ]
    assert main([*words[:-1], str(remits)]) == 2
    assert "holds other files; give the store a new folder" in capsys.readouterr().err


def test_a_report_reads_through_the_store(
    remits: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = tmp_path / "store"
    assert report(remits, tmp_path, "--store", str(store)) == 0
    capsys.readouterr()
    assert main(["ingest", "--remits", str(remits), "--store", str(store)]) == 0
    assert capsys.readouterr().out == f"{store}: 0 new, 1 known, 0 failed.\n"


def test_another_focus_may_be_asked_for(
    remits: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert report(remits, tmp_path, "--focus", "J2315") == 0
    assert "No line carries J2315; the drug's family is shown instead: J2311." in (
        capsys.readouterr().out
    )


def test_sample_writes_a_world(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "sample"
    assert (
        main(["sample", "--out", str(out), "--months", "3", "--claims", "60", "--seed", "4"]) == 0
    )
    assert (out / "manifest.csv").exists()
    assert "Sample files written to" in capsys.readouterr().out


def test_columns_that_cannot_be_told_can_be_named_in_the_settings(
    remits: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    export, settings = tmp_path / "claims.csv", tmp_path / "settings"
    export.write_text("Claim ID,CPT,Charge,Billed Amount,DOS\nA,J2311,100,100,2026-09-01\n")
    assert report(remits, tmp_path, "--claims", str(export)) == 2
    said = capsys.readouterr().err
    assert "charge could be 'Charge' or 'Billed Amount'" in said
    assert "write it into columns.csv" in said
    settings.mkdir()
    (settings / "columns.csv").write_text("column,field\nBilled Amount,charge\n")
    assert report(remits, tmp_path, "--claims", str(export), "--settings", str(settings)) == 0
