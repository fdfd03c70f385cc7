"""The monthly run with acknowledgements: rejected claims, and proof of timely filing."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import openpyxl
import pandas as pd
import pytest
from small_files import claim, interchange, line, remittance

from j2311_analytics import (
    ClaimStatuses,
    MonthRun,
    analyse_month,
    read_277,
    read_835,
    read_claims,
    run_month,
)
from j2311_analytics.assumptions import Assumptions, WindowOverride
from j2311_analytics.cli import main
from j2311_analytics.report.sheets import sheet_listings

BILLED = {
    "Line Control": "L1",
    "Payer": "NORTH HEALTH",
    "Payer ID": "NORTH1",
    "CPT": "J2315",
    "Units": "380",
    "Charge": "100",
    "DOS": "2026-09-01",
    "Submitted Date": "2026-09-02",
}
REFUSED_FILE = "ST*999*1~AK1*HC*7~AK2*837*21~IK5*R*5~AK9*R*1*1*0~SE*6*1~"


def status(claim_id: str, category: str, day: str) -> str:
    return (
        f"ST*277*1*005010X214~BHT*0085*08*1~HL*1**20*1~NM1*PR*2*NORTH*****PI*NORTH1~TRN*1*T9~"
        f"HL*2*1*21*1~HL*3*2*19*1~HL*4*3*PT~TRN*2*{claim_id}~STC*{category}:20*{day}~SE*11*1~"
    )


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """LATE is refused for timely filing, and the payer took it in; BAD was rejected."""
    folder = tmp_path_factory.mktemp("files")
    (folder / "told").mkdir()
    era = interchange(remittance(*claim("LATE", *line("J2315", cas=["CO*29*100"]))))
    (folder / "late.835").write_bytes(era)
    told = status("LATE", "A2", "20260903") + status("BAD", "A3", "20260904")
    (folder / "told" / "one.txt").write_text(told)
    (folder / "told" / "two.txt").write_text(REFUSED_FILE)
    rows = [BILLED | {"Claim ID": name} for name in ("LATE", "BAD")]
    rows.append(rows[0] | {"Line Control": "L2", "CPT": "96372", "Units": "1", "Charge": "10"})
    pd.DataFrame(rows).to_csv(folder / "claims.csv", index=False)
    return folder


@pytest.fixture(scope="module")
def run(files: Path) -> MonthRun:
    return run_month(
        files / "late.835",
        files / "claims.csv",
        acknowledgements=files / "told",
        month="2026-10",
        out=files / "runs",
    )


def test_a_rejected_claim_shows_in_page_workbook_and_notebook(run: MonthRun) -> None:
    page = (run.folder / "report.html").read_text(encoding="utf-8")
    row = page.split("Rejected before a decision")[-1].split("</tr>")[0]
    assert "−$100.00" in row
    book = openpyxl.load_workbook(run.folder / "report.xlsx")
    cells = [cell for row in book["Reconciliation"].values for cell in row]
    assert "BAD" in cells[cells.index("Rejected before a decision") :]
    notebook = nbformat.read(run.folder / "report.ipynb", as_version=4)
    shown = [str(output) for cell in notebook.cells for output in cell.get("outputs", [])]
    assert any("BAD" in text and "A3" in text for text in shown)


def test_a_file_that_a_999_rejects_is_an_exception(run: MonthRun) -> None:
    found = pd.read_csv(run.folder / "exceptions.csv")
    told = found[found["source"] == "acknowledgements"]
    assert told["problem"].tolist() == ["rejected_group", "rejected_set"]
    assert set(told["file"]) == {"two.txt"}


def test_the_manifest_names_the_acknowledgements_by_hash(run: MonthRun) -> None:
    manifest = json.loads((run.folder / "manifest.json").read_text(encoding="utf-8"))
    names = [item["file"] for item in manifest["inputs"]["acknowledgements"]]
    assert names == ["one.txt", "two.txt"]


def test_the_payers_acceptance_within_a_confirmed_window_supports_the_appeal(files: Path) -> None:
    era, sent = read_835(files / "late.835"), read_claims(files / "claims.csv")
    told = read_277(files / "told" / "one.txt")
    window = WindowOverride(
        payer_id="NORTH1",
        filing_days=90,
        corrected_claim_days=None,
        appeal_days=None,
        second_level_days=None,
    )
    confirmed = Assumptions(focus=("J2315",), window_overrides=(window,))

    def shown(acknowledgements: ClaimStatuses | None) -> list[str]:
        found = analyse_month(
            era, sent, month="2026-10", assumptions=confirmed, acknowledgements=acknowledgements
        )
        listing = sheet_listings(found)["Action list"][0]
        assert "verdict" in [field.name for field in listing.fields]
        return listing.rows["verdict"].tolist()

    assert shown(told) == ["supports_appeal"]
    assert shown(None) == ["needs_records"]


def test_the_command_line_takes_acknowledgements(files: Path) -> None:
    words = ["report", "--remits", str(files / "late.835"), "--claims", str(files / "claims.csv")]
    words += ["--month", "2026-10", "--out", str(files / "cli"), "--no-notebook"]
    assert main([*words, "--acknowledgements", str(files / "told")]) == 1
    assert main([*words, "--acknowledgements", str(files / "nowhere")]) == 2
