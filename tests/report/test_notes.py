"""Notes in the action list: written by analysts, read back, kept, never dropped."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet
from small_files import claim, interchange, line, remittance

from j2311_analytics import analyse_month, match_notes, read_835, read_notes, run_month
from j2311_analytics.report.analysis import MonthAnalysis
from j2311_analytics.report.notes import previous_workbook
from j2311_analytics.report.workbook import write_workbook


def era(*ids: str, paid: str = "") -> bytes:
    """Refused claims; the one named in `paid` is then paid."""
    segments = [
        part for n in ids for part in claim(n, *line(cas=["CO*197*100"]), member=f"PHIID{n}")
    ]
    sets = [remittance(*segments, date="20261005")]
    if paid:
        won = claim(paid, *line(paid="60", cas=["CO*45*40"]), paid="60", member=f"PHIID{paid}")
        sets.append(remittance(*won, paid="60", date="20261020", trace="T2"))
    return interchange(*sets)


def month(data: bytes, **options: object) -> MonthAnalysis:
    return analyse_month(read_835(data), month="2026-10", **options)  # type: ignore[arg-type]


def fill(path: Path, texts: dict[tuple[str, str], object]) -> None:
    """Write into the action list as a person would: by claim id and title."""
    book = openpyxl.load_workbook(path)
    sheet = book["Action list"]
    assert isinstance(sheet, Worksheet)
    titles = {cell.value: cell.column for cell in sheet[1]}
    rows = {sheet.cell(n, titles["Claim id"]).value: n for n in range(2, sheet.max_row + 1)}
    for (claim_id, title), value in texts.items():
        sheet.cell(rows[claim_id], titles[title]).value = value  # type: ignore[assignment]
    book.save(path)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write_workbook(month(era("007", "B", "C")), tmp_path / "report.xlsx")


def test_an_untouched_action_list_has_no_notes(path: Path) -> None:
    assert read_notes(path).empty


def test_what_was_written_comes_back_and_is_written_again(path: Path, tmp_path: Path) -> None:
    fill(
        path,
        {
            ("007", "Owner"): "Ä. Bø",
            ("007", "Status"): 3,
            ("B", "Outcome"): date(2026, 11, 5),
            ("B", "Note"): '=HYPERLINK("http://x","y")',
        },
    )
    notes = read_notes(path)
    assert notes["row"].tolist() == sorted(notes["row"])
    again = month(era("007", "B", "C"), notes=notes)
    listed = again.work.actions.set_index("claim_id")
    assert listed.loc["007", ["owner", "status"]].tolist() == ["Ä. Bø", "3"]
    assert listed.loc["B", ["outcome", "note"]].tolist() == [
        "2026-11-05",
        '=HYPERLINK("http://x","y")',
    ]
    assert listed.loc["C", ["owner", "status", "outcome", "note"]].isna().all()
    second = write_workbook(again, tmp_path / "again.xlsx")
    assert (
        read_notes(second).drop(columns=["file", "row"]).equals(notes.drop(columns=["file", "row"]))
    )
    cells = [c for row in openpyxl.load_workbook(second)["Action list"].iter_rows() for c in row]
    formula = next(c for c in cells if str(c.value).startswith("=HYPER"))
    assert (formula.data_type, formula.quotePrefix) == ("s", True)


def test_sorted_moved_and_widened_lists_are_read_by_their_titles(path: Path) -> None:
    fill(path, {("B", "Note"): "mine"})
    book = openpyxl.load_workbook(path)
    sheet = book["Action list"]
    assert isinstance(sheet, Worksheet)
    rows = [list(row) for row in sheet.values]
    sheet.delete_rows(1, sheet.max_row)
    sheet.append(["a heading that someone put above"])
    for row in [rows[0], *reversed(rows[1:])]:
        sheet.append(["own column", *reversed(row)])
    book.save(path)
    found = read_notes(path)
    assert found[["claim_id", "note"]].values.tolist() == [["B", "mine"]]


def test_notes_on_what_is_closed_or_unknown_are_kept_and_listed(path: Path, tmp_path: Path) -> None:
    fill(path, {("B", "Note"): "won it", ("C", "Note"): "ours", ("007", "Note"): "who?"})
    later = month(era("B", "C", paid="B"), notes=read_notes(path))
    assert later.work.notes.set_index("note")["found"].to_dict() == {
        "won it": "closed",
        "ours": "open",
        "who?": "no service",
    }
    odd = later.exceptions[later.exceptions["problem"] == "note_without_service"]
    assert odd["message"].tolist() == [
        "the note on claim 007 matches no service; kept in Notes kept"
    ]
    second = write_workbook(later, tmp_path / "later.xlsx")
    kept = openpyxl.load_workbook(second)["Notes kept"]
    assert [row[0] for row in kept.iter_rows(min_row=2, values_only=True)] == ["B", "007"]
    again = month(era("007", "B", "C", paid="B"), notes=read_notes(second))
    assert again.work.actions.set_index("claim_id")["note"].to_dict() == {
        "007": "who?",
        "C": "ours",
    }
    assert sorted(again.work.notes["note"]) == ["ours", "who?", "won it"]


def test_two_notes_on_one_service_are_joined_not_overwritten(path: Path) -> None:
    fill(path, {("B", "Note"): "first"})
    notes = read_notes(path)
    twice = notes.loc[[0, 0]].reset_index(drop=True)
    twice.loc[1, "note"] = "second"
    found = match_notes(twice, month(era("B")).episodes)
    assert found["note"].tolist() == ["first; second"]


def test_the_next_run_takes_the_notes_of_the_run_before(
    tmp_path: Path, no_phi: Callable[[Path], None]
) -> None:
    remits, out = tmp_path / "remits", tmp_path / "runs"
    remits.mkdir()
    (remits / "a.835").write_bytes(era("007", "B", "C"))

    def run(**options: object) -> Path:
        made = run_month(remits, month="2026-10", out=out, notebook=False, **options)  # type: ignore[arg-type]
        return made.folder / "report.xlsx"

    assert previous_workbook(out, "2026-10") is None
    first = run(hours=1)
    fill(first, {("B", "Owner"): "AB"})
    second = run()
    assert previous_workbook(out, "2026-12") == second
    assert read_notes(second)["owner"].tolist() == ["AB"]
    no_phi(out)
    assert "AB" not in (second.parent / "metrics.json").read_text("utf-8")


def test_what_is_no_action_list_is_refused_by_name(tmp_path: Path, path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="does not exist"):
        read_notes(tmp_path / "none.xlsx")
    (tmp_path / "a.xlsx").write_text("Claim id,Note\n1,x\n")
    with pytest.raises(ValueError, match=r"a\.xlsx: this is no \.xlsx workbook; save it as one"):
        read_notes(tmp_path / "a.xlsx")
    (tmp_path / "b.xlsx").write_bytes(path.read_bytes()[:900])
    with pytest.raises(ValueError, match=r"b\.xlsx: the workbook is damaged"):
        read_notes(tmp_path / "b.xlsx")
    book = openpyxl.Workbook()
    book.save(tmp_path / "c.xlsx")
    with pytest.raises(ValueError, match=r"c\.xlsx has no sheet 'Action list' with the columns"):
        read_notes(tmp_path / "c.xlsx")
