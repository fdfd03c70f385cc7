"""`j2311 check`: what it says, how it ends, and the workbook with a row per finding."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from j2311_analytics.cli import main

HEAD = "Claim,Payer,Payer ID,Member ID,Patient Name,DOB,CPT,Mod 1,Units,Fee,DOS,POS,Dx 1,Sent\n"
PERSON = "North Health,NORTH,PHIID1,PHINAME ONE,1901-02-03"
REST = "3/2/26,11,F11.20,3/5/26"
CLEAN = f"A,{PERSON},J2315,,380,1800,{REST}\nA,{PERSON},96372,,1,40,{REST}\n"
WRONG = CLEAN.replace("J2315,,380", "J2315,25,380")


def export(folder: Path, rows: str) -> str:
    path = folder / "claims.csv"
    path.write_text(HEAD.replace("Sent", "Submitted Date") + rows, encoding="utf-8")
    return str(path)


def check(folder: Path, rows: str, *more: str) -> int:
    return main(["check", export(folder, rows), "--out", str(folder / "found.xlsx"), *more])


def test_clean_claims_end_with_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(tmp_path, CLEAN) == 0
    assert capsys.readouterr().out.endswith("found.xlsx: nothing found.\n")
    assert openpyxl.load_workbook(tmp_path / "found.xlsx")["Findings"].max_row == 1


def test_findings_end_with_1_and_each_is_a_row(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], no_phi: Callable[[str | Path], None]
) -> None:
    assert check(tmp_path, WRONG) == 1
    said = capsys.readouterr().out
    assert said.endswith("found.xlsx: 1 error in 1 claim; $1,800 billed at risk by errors.\n")
    head, row = openpyxl.load_workbook(tmp_path / "found.xlsx")["Findings"].iter_rows(
        values_only=True
    )
    found = dict(zip(head, row, strict=True))
    assert found["Severity"] == "error"
    assert found["Claim id"] == "A"
    assert found["Rule"] == "modifier_25_on_drug"
    assert found["What was found"] == ("25 stands on the drug line J2315; it belongs on the visit.")
    assert found["At risk, billed"] == 1800
    assert found["Where the rule comes from"].startswith("CMS NCCI Policy Manual")
    no_phi(tmp_path / "found.xlsx")


def test_the_same_findings_give_the_same_workbook(tmp_path: Path) -> None:
    check(tmp_path, WRONG)
    first = hashlib.sha256((tmp_path / "found.xlsx").read_bytes()).hexdigest()
    check(tmp_path, WRONG)
    assert hashlib.sha256((tmp_path / "found.xlsx").read_bytes()).hexdigest() == first


def test_policies_of_the_settings_folder_count(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    policies = tmp_path / "settings" / "policies"
    policies.mkdir(parents=True)
    rule = "payer_id,payer,hcpcs,requirement,value\n,north,J2315,places,12;49\n"
    (policies / "north.csv").write_text(rule, encoding="utf-8")
    assert check(tmp_path, CLEAN, "--settings", str(tmp_path / "settings")) == 1
    assert "1 error in 1 claim" in capsys.readouterr().out


def test_history_is_looked_at_and_not_judged(tmp_path: Path) -> None:
    before = tmp_path / "before"
    before.mkdir()
    old = export(
        before, WRONG.replace("\nA", "\nB").replace("A,", "B,", 1).replace("3/2/26", "2/20/26")
    )
    assert check(tmp_path, CLEAN, "--history", old) == 1
    sheet = openpyxl.load_workbook(tmp_path / "found.xlsx")["Findings"]
    rules = [row[11] for row in sheet.iter_rows(min_row=2, values_only=True)]
    assert rules == ["policy_interval_short"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["check", "missing.csv"], "missing.csv does not exist"),
        (["check", "missing.csv", "--out", "found.csv"], "the workbook must end in .xlsx"),
        (["check", "missing.csv", "--as-of", "31.10.2026"], "the day of sending is written"),
    ],
)
def test_a_callers_mistake_ends_with_2(
    words: list[str],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(words) == 2
    assert said in capsys.readouterr().err
