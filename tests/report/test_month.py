"""run_month: a folder that is finished or is not there."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import nbformat
import openpyxl
import pandas as pd
import pytest
from small_files import remits_folder

from j2311_analytics import MonthRun, X12Error, run_month
from j2311_analytics.ingest import store as store_module
from j2311_analytics.report import month as month_module

SAMPLE = Path(__file__).resolve().parents[2] / "data" / "sample"
FILES = {
    "charts",
    "exceptions.csv",
    "inventory.csv",
    "manifest.json",
    "metrics.json",
    "report.html",
    "report.ipynb",
    "report.xlsx",
}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> MonthRun:
    out = tmp_path_factory.mktemp("runs")
    return run_month(SAMPLE / "835", SAMPLE / "claims.csv", month="2026-10", out=out)


@pytest.fixture
def remits(tmp_path: Path) -> Path:
    return remits_folder(tmp_path)


def truth() -> dict[tuple[str, str], float]:
    table = pd.read_csv(SAMPLE / "truth" / "by_payer_and_cause.csv", dtype={"payer_id": "str"})
    return dict(
        zip(
            zip(table["payer_id"], table["cause"], strict=True), table["denied_amount"], strict=True
        )
    )


def test_a_run_holds_every_file_of_the_contract(run: MonthRun) -> None:
    assert {item.name for item in run.folder.iterdir()} == FILES
    assert len(list((run.folder / "charts").glob("*.png"))) == 6
    assert run.folder.name == "001"
    assert [item.name for item in run.folder.parent.iterdir()] == ["001"]


def test_denied_dollars_by_payer_and_cause_equal_the_truth_in_every_output(run: MonthRun) -> None:
    metrics = json.loads((run.folder / "metrics.json").read_text(encoding="utf-8"))
    cells = {
        (row["payer_id"], row["cause"]): row["denied_amount"]
        for row in metrics["by_payer_and_cause"]
    }
    assert cells == truth()
    page = (run.folder / "report.html").read_text(encoding="utf-8")
    book = openpyxl.load_workbook(run.folder / "report.xlsx")
    numbers = [cell for row in book["Payer × cause"].values for cell in row]
    notebook = nbformat.read(run.folder / "report.ipynb", as_version=4)
    shown = "".join(
        output.get("data", {}).get("text/html", "")
        for cell in notebook.cells
        for output in cell.get("outputs", [])
    )
    for dollars in truth().values():
        assert f"{dollars:,.2f}" in page
        assert dollars in numbers
        assert f"{dollars:.2f}" in shown or f"{dollars}" in shown


def test_no_person_reaches_any_output(run: MonthRun, no_phi: Callable[[Path], None]) -> None:
    no_phi(run.folder)
    people = pd.read_csv(SAMPLE / "claims.csv", dtype="str")
    for file in (
        item for item in run.folder.rglob("*") if item.suffix in (".html", ".json", ".csv")
    ):
        text = file.read_text(encoding="utf-8")
        for column in ("Patient Name", "Member ID"):
            assert not [value for value in people[column].dropna().unique() if value in text]


def test_the_manifest_ties_the_report_to_its_inputs(run: MonthRun) -> None:
    manifest = json.loads((run.folder / "manifest.json").read_text(encoding="utf-8"))
    assert len(manifest["inputs"]["remits"]) == len(list((SAMPLE / "835").iterdir()))
    totals = {row["what"]: row["cents"] for row in manifest["control_totals"]}
    assert totals["Service lines in remittances: charges"] > 0
    paid = totals["Claims in remittances: paid"]
    assert paid == totals["Payments"] + totals["Provider adjustments"]
    assert manifest["headline"] == run.headline
    assert manifest["assumptions"]["as_of"] == "2026-10-31"
    assert manifest["versions"]["pandas"] == pd.__version__


def test_a_second_run_gets_its_own_folder_and_the_same_figures(
    remits: Path, tmp_path: Path
) -> None:
    runs = [
        run_month(remits, month="2026-10", out=tmp_path / "runs", notebook=False) for _ in range(2)
    ]
    assert [run.folder.name for run in runs] == ["001", "002"]
    first, second = ((run.folder / "metrics.json").read_bytes() for run in runs)
    assert first == second


def test_a_run_with_a_store_is_the_same_and_parses_nothing_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    remits = tmp_path / "remits"
    shutil.copytree(SAMPLE / "835", remits)
    shutil.copy(next(iter(sorted(remits.iterdir()))), remits / "zz_again.edi")
    (remits / "scan.835").write_bytes(b"%PDF-1.7")

    def outputs(store: Path | None, out: str) -> dict[str, bytes]:
        # A folder of runs each: a run takes the notes of the run before as an input.
        run = run_month(
            remits,
            SAMPLE / "claims.csv",
            month="2026-10",
            store=store,
            out=tmp_path / out,
            notebook=False,
        )
        names = ("report.html", "metrics.json", "manifest.json", "exceptions.csv")
        return {name: (run.folder / name).read_bytes() for name in names}

    without, first = outputs(None, "without"), outputs(tmp_path / "store", "first")

    def parsed_again(*_: object) -> None:
        raise AssertionError("a known file was parsed")

    monkeypatch.setattr(store_module, "read_835", parsed_again)
    assert without == first == outputs(tmp_path / "store", "second")


def test_the_notebook_reads_through_the_store_too(remits: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    run = run_month(remits, month="2026-10", store=store, out=tmp_path / "runs")
    book = nbformat.read(run.folder / "report.ipynb", as_version=4)
    assert f'store = "{store}"' in "".join(cell.source for cell in book.cells)
    assert len(list((store / "entries").iterdir())) == 1


def test_a_run_that_fails_leaves_nothing(
    remits: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(month_module, "write_workbook", fail)
    with pytest.raises(RuntimeError, match="disk is full"):
        run_month(remits, month="2026-10", out=tmp_path / "runs")
    assert list((tmp_path / "runs" / "2026-10").iterdir()) == []


def test_one_truncated_file_among_good_ones_is_listed_and_the_good_ones_count(
    remits: Path, tmp_path: Path
) -> None:
    good = (remits / "good.835").read_bytes()
    (remits / "cut.835").write_bytes(good.replace(b"CLP*A", b"CLP*B")[:-120])
    (remits / "scan.835").write_bytes(b"%PDF-1.7")
    run = run_month(remits, month="2026-10", out=tmp_path / "runs", notebook=False)
    listed = pd.read_csv(run.folder / "exceptions.csv")
    assert {"cut.835", "scan.835"} <= set(listed["file"])
    assert "truncated" in set(listed["problem"])
    metrics = json.loads((run.folder / "metrics.json").read_text(encoding="utf-8"))
    assert metrics["totals"]["denied_amount"] >= 100
    assert metrics["reconciliation"]["files"] == 3
    assert metrics["reconciliation"]["files_with_errors"] == 2


def test_inputs_that_make_no_sense_say_what_to_do(remits: Path, tmp_path: Path) -> None:
    out = tmp_path / "runs"
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(FileNotFoundError, match="nowhere does not exist; check the path"):
        run_month(tmp_path / "nowhere", month="2026-10", out=out)
    with pytest.raises(FileNotFoundError, match="empty holds no file; put the 835 files in it"):
        run_month(empty, month="2026-10", out=out)
    (empty / "scan.835").write_bytes(b"%PDF-1.7")
    with pytest.raises(X12Error, match=r"scan\.835: this is not an X12 file"):
        run_month(empty, month="2026-10", out=out)
    with pytest.raises(ValueError, match="the last payment in the data is dated 2026-10-05"):
        run_month(remits, month="2026-12", out=out)
    assert not out.exists()


@pytest.mark.parametrize(
    ("titles", "message"),
    [
        ("CPT,Charge,DOS", "claim_id"),
        ("Claim ID,CPT,Charge,Billed Amount,DOS", "charge"),
    ],
)
def test_an_export_whose_columns_cannot_be_told_shows_the_fix(
    remits: Path, tmp_path: Path, titles: str, message: str
) -> None:
    export = tmp_path / "claims.csv"
    export.write_text(titles + "\n" + ",".join(["1"] * len(titles.split(","))) + "\n")
    with pytest.raises(ValueError, match=r"columns=\{") as caught:
        run_month(remits, export, month="2026-10", out=tmp_path / "runs")
    assert "claims.csv" in str(caught.value)
    assert message in str(caught.value)
    assert not (tmp_path / "runs").exists()


def test_settings_change_the_report_and_are_hashed(remits: Path, tmp_path: Path) -> None:
    settings = tmp_path / "settings"
    settings.mkdir()
    (settings / "assumptions.toml").write_text("prior_recovery = 0.6\n")
    (settings / "payers.csv").write_text("payer_id,name_pattern,payer,payer_class\nNORTH1,,Mine,\n")
    (settings / "causes.csv").write_text("payer_id,carc,rarc,cause\n,197,,referral\n")
    (settings / "fee_schedule.csv").write_text(
        "payer_id,hcpcs,allowed_per_unit\nNORTH1,J2311,0.2\n"
    )
    run = run_month(remits, month="2026-10", settings=settings, out=tmp_path / "r", notebook=False)
    metrics = json.loads((run.folder / "metrics.json").read_text(encoding="utf-8"))
    row = metrics["by_payer_and_cause"][0]
    assert (row["payer"], row["cause"]) == ("Mine", "referral")
    assert metrics["totals"]["denied_expected"] == 76.0
    # A new denial would bring 0.6 of it; this one has waited for 26 days already.
    assert 0.85 < metrics["totals"]["recoverable_amount"] / (0.6 * 76.0) < 1
    manifest = json.loads((run.folder / "manifest.json").read_text(encoding="utf-8"))
    assert [item["file"] for item in manifest["inputs"]["settings"]] == sorted(
        item.name for item in settings.iterdir()
    )


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("assumptions.toml", "prior = 1", "settings that do not exist: prior"),
        ("payers.csv", "payer_id\n1\n", "payers.csv needs the columns"),
        (
            "payers.csv",
            "payer_id,name_pattern,payer,payer_class\n,,A,\n",
            "payers.csv, row 2: give",
        ),
        (
            "causes.csv",
            "payer_id,carc,rarc,cause\n,1,,nonsense\n",
            "row 2: unknown cause 'nonsense'",
        ),
        (
            "fee_schedule.csv",
            "payer_id,hcpcs,allowed_per_unit\nA,J2311,x\n",
            "row 2: allowed_per_unit",
        ),
        ("extra.csv", "a\n", "files that are not settings: extra.csv"),
    ],
)
def test_settings_that_make_no_sense_name_the_file_and_the_row(
    remits: Path, tmp_path: Path, name: str, text: str, message: str
) -> None:
    settings = tmp_path / "settings"
    settings.mkdir()
    (settings / name).write_text(text)
    with pytest.raises(ValueError, match=message):
        run_month(remits, month="2026-10", settings=settings, out=tmp_path / "runs")


def test_a_folder_that_was_read_is_left_as_it_was(remits: Path, tmp_path: Path) -> None:
    before = tmp_path / "before"
    shutil.copytree(remits, before)
    run_month(remits, month="2026-10", out=tmp_path / "runs", notebook=False)
    assert [(p.name, p.read_bytes()) for p in remits.iterdir()] == [
        (p.name, p.read_bytes()) for p in before.iterdir()
    ]
