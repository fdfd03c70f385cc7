"""The workbook: its sheets, totals that tie, and text that stays text."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet
from small_files import claim, interchange, line, remittance

from j2311_analytics import analyse_month, read_835
from j2311_analytics.report import checks, sheets
from j2311_analytics.report.analysis import MonthAnalysis
from j2311_analytics.report.workbook import write_workbook
from j2311_analytics.tables import TABLES

SHEETS = [
    "Read-me",
    "Summary",
    "Payer × cause",
    "Action list",
    "Work groups",
    "Notes kept",
    "Changes",
    "Close",
    "Last forecast",
    "Movements",
    "Appeals",
    "Beside denials",
    "Denials",
    "Exceptions",
    "Assumptions",
    "Prevention",
    "Reconciliation",
    "Checks",
]
FORMULAS = ["=1+1", "+1+1", "-1+1", "@SUM(A1)"]
AMOUNTS = {
    "Denied": "denied_amount",
    "Open": "open_amount",
    "Expected value refused": "denied_expected",
    "Recoverable": "recoverable_amount",
    "Range, low": "recoverable_low",
    "Range, high": "recoverable_high",
}


def month(*segments: str, **head: str) -> MonthAnalysis:
    return analyse_month(read_835(interchange(remittance(*segments, **head))), month="2026-10")


def some_denials() -> MonthAnalysis:
    """Denials whose claim ids a spreadsheet would run, or turn into numbers."""
    segments = [
        *claim("04", *line(cas=["CO*197*100"], control="007"), member="PHIID0"),
        *claim("5E3", *line(cas=["CO*50*60.11", "CO*45*9.89"], paid="30"), paid="30"),
    ]
    for number, text in enumerate(FORMULAS):
        segments += claim(text, *line(cas=["CO*29*100"]), member=f"PHIID{number + 2}")
    return month(*segments, paid="30", payer="=CMD", payer_id="00123")


@pytest.fixture(scope="module")
def analysis() -> MonthAnalysis:
    return some_denials()


@pytest.fixture(scope="module")
def path(analysis: MonthAnalysis, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_workbook(analysis, tmp_path_factory.mktemp("book") / "report.xlsx")


@pytest.fixture(scope="module")
def book(path: Path) -> Workbook:
    return openpyxl.load_workbook(path)


def written(analysis: MonthAnalysis, folder: Path) -> Workbook:
    return openpyxl.load_workbook(write_workbook(analysis, folder / "report.xlsx"))


def column(sheet: Worksheet, title: str) -> list[object]:
    """Values under a title in the first row."""
    place = [cell.value for cell in sheet[1]].index(title)
    return [row[place] for row in sheet.iter_rows(min_row=2, values_only=True)]


def under(sheet: Worksheet, title: str) -> list[tuple[object, ...]]:
    """Rows of the table whose head starts with a title, up to the next empty row."""
    rows = list(sheet.values)
    start = [row[0] for row in rows].index(title) + 1
    length = next((n for n, row in enumerate(rows[start:]) if row[0] is None), len(rows) - start)
    return rows[start : start + length]


def test_the_sheets_and_their_order(book: Workbook) -> None:
    assert book.sheetnames == SHEETS


def test_totals_equal_the_metrics_to_the_cent(book: Workbook, analysis: MonthAnalysis) -> None:
    totals = analysis.metrics["totals"]
    for name in ("Payer × cause", "Action list"):
        titles = [cell.value for cell in book[name][1]]
        last = list(book[name].values)[-1]
        assert "Total" in last
        found = dict(zip(titles, last, strict=True))
        for title in set(AMOUNTS) & set(titles):
            assert found[title] == totals[AMOUNTS[title]], (name, title)
    summary = {row[3]: (row[1], row[2]) for row in under(book["Summary"], "Total")}
    this_month = analysis.metrics["this_month"]["totals"]
    assert summary == {key: (totals[key], this_month[key]) for key in totals}
    assert column(book["Denials"], "Denied")[-1] == totals["denied_amount"] == 560.11


def test_payer_and_cause_holds_every_cell_of_the_metrics(
    book: Workbook, analysis: MonthAnalysis
) -> None:
    rows = list(book["Payer × cause"].values)[1:-1]
    expected = [
        (row["payer_id"], row["cause"], row["episodes"], row["denied_amount"], row["open_amount"])
        for row in analysis.metrics["by_payer_and_cause"]
    ]
    assert [(row[0], row[9], row[3], row[4], row[5]) for row in rows] == expected
    assert {row[2] for row in rows} == {"prior authorization", "medical necessity", "timely filing"}


def test_the_action_list_is_ranked_and_has_room_for_the_analyst(
    book: Workbook, analysis: MonthAnalysis
) -> None:
    sheet = book["Action list"]
    titles = [cell.value for cell in sheet[1]]
    assert titles[-4:] == ["Owner", "Status", "Outcome", "Note"]
    assert column(sheet, "Rank")[:-1] == list(range(1, 7))
    assert column(sheet, "Claim id")[:-1] == analysis.recoverable["claim_id"].tolist()
    # The order is that of net value: what can be expected, less what working it costs.
    net = column(sheet, "Net value")[:-1]
    assert net == sorted(net, reverse=True)
    assert net == [
        round(recoverable - cost, 2)
        for recoverable, cost in zip(
            column(sheet, "Recoverable")[:-1], column(sheet, "Cost to work")[:-1], strict=True
        )
    ]
    for title in titles[-4:]:
        assert set(column(sheet, title)) == {None}


def test_text_that_looks_like_a_formula_is_text(book: Workbook, path: Path) -> None:
    cells = [
        cell
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if isinstance(cell.value, str) and cell.value.startswith(("=", "+", "-", "@"))
    ]
    assert {cell.value for cell in cells} == {*FORMULAS, "=CMD"}
    assert {cell.data_type for cell in cells} == {"s"}
    assert all(cell.quotePrefix for cell in cells)
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            assert b"<f>" not in archive.read(name), name


def test_tabs_and_control_characters_do_no_harm(analysis: MonthAnalysis, tmp_path: Path) -> None:
    messages = ["\t=1+1", "\r=1+1", "a\x01b", "#N/A", "TRUE", "1" * 20]
    issues = pd.DataFrame({"message": messages}).reindex(columns=analysis.exceptions.columns)
    sheet = written(replace(analysis, exceptions=issues), tmp_path)["Exceptions"]
    place = [cell.value for cell in sheet[1]].index("What was seen and done") + 1
    cells = [sheet.cell(row, place) for row in range(2, 8)]
    assert [cell.data_type for cell in cells] == ["s"] * 6
    assert [bool(cell.quotePrefix) for cell in cells] == [True, True] + [False] * 4
    assert [cell.value for cell in cells[2:]] == ["ab", "#N/A", "TRUE", "1" * 20]


def test_codes_stay_text(book: Workbook, path: Path) -> None:
    assert {"04", "5E3"} <= set(column(book["Action list"], "Claim id"))
    assert "007" in column(book["Action list"], "Line control")
    assert set(column(book["Denials"], "Payer id")[:-1]) == {"00123"}
    carc = [cell for cell in book["Denials"]["U"] if cell.row > 1 and cell.value]
    assert {(cell.data_type, cell.number_format) for cell in carc} == {("s", "@")}
    with zipfile.ZipFile(path) as archive:
        listed = [name for name in archive.namelist() if name.startswith("xl/worksheets/sheet")]
        assert len(listed) == len(SHEETS)
        for name in listed:
            assert archive.read(name).count(b'numberStoredAsText="1"') == 1


def test_columns_have_formats_and_explanations(book: Workbook) -> None:
    sheet = book["Action list"]
    formats = {cell.value: sheet.cell(2, cell.column).number_format for cell in sheet[1]}
    assert formats["Open"] == "$#,##0.00"
    assert formats["Chance"] == "0.0%"
    assert formats["Service date"] == "yyyy-mm-dd"
    notes = {cell.value: cell.comment.text for cell in sheet[1]}
    meanings = {column.name: column.meaning for column in TABLES["recoverable"]}
    assert notes["Expected value refused"] == meanings["denied_expected"] + " (dollars)"
    assert all(cell.comment for name in ("Payer × cause", "Denials") for cell in book[name][1])


def test_lists_are_ready_to_filter_and_to_print(book: Workbook) -> None:
    for name in ("Payer × cause", "Action list", "Denials", "Exceptions", "Assumptions"):
        sheet = book[name]
        assert sheet.freeze_panes is not None
        assert sheet.auto_filter.ref.startswith("A1:")
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert sheet.print_title_rows == "$1:$1"
    # Sorting the list leaves the total where it is.
    assert book["Action list"].auto_filter.ref.endswith("7")
    assert book["Action list"].max_row == 8


def test_flags_are_words_and_dates_are_dates(book: Workbook) -> None:
    assert set(column(book["Denials"], "In force")[:-1]) == {"yes"}
    assert column(book["Denials"], "Denied on")[0] == datetime(2026, 10, 5)


def test_no_person_and_no_token_is_in_it(path: Path, analysis: MonthAnalysis) -> None:
    tokens = analysis.remittance.claims["member_token"].dropna().unique()
    assert len(tokens) > 1
    with zipfile.ZipFile(path) as archive:
        content = b"".join(archive.read(name) for name in archive.namelist())
    hidden = ["PHINAME", "PHIID", *tokens]
    assert [text for text in hidden if text.encode() in content] == []


def test_the_same_month_gives_the_same_bytes_on_any_day(
    path: Path, analysis: MonthAnalysis, book: Workbook, tmp_path: Path
) -> None:
    again = write_workbook(analysis, tmp_path / "again.xlsx")
    assert again.read_bytes() == path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    properties = book.properties
    assert properties.created == properties.modified == datetime(2026, 10, 31)
    assert properties.creator == "j2311_analytics"


def test_the_workbook_proves_that_it_adds_up(book: Workbook) -> None:
    ties = under(book["Checks"], "Sum in this workbook")
    assert len(ties) == 7
    assert {(row[3], row[4]) for row in ties} == {(0, "yes")}
    assert under(book["Checks"], "File")[0][0] == "none"


def test_checks_that_fail_are_listed_in_dollars(tmp_path: Path) -> None:
    unbalanced = month(*claim("A", *line(cas=["CO*197*90"])), paid="7.50")
    sheet = written(unbalanced, tmp_path)["Checks"]
    levels = {row[0]: row[1:5] for row in under(sheet, "Balance of each")}
    assert levels["line"] == (1, 0, 1, 10)
    assert levels["transaction"] == (1, 0, 1, 7.5)
    assert [row[1:6:2] for row in under(sheet, "File")] == [
        ("line", 10, -10),
        ("claim", 10, -10),
        ("transaction", 0, 7.5),
    ]


def test_read_totals_are_those_of_the_remittance(book: Workbook) -> None:
    read = {row[0]: row[1:3] for row in under(book["Checks"], "What was read")}
    assert read["Payments"] == (1, 30)
    assert read["Claims in remittances: charges"] == (6, 600)
    assert read["Remittance files"] == (1, None)


def test_a_long_list_of_exceptions_says_where_the_rest_is(
    analysis: MonthAnalysis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheets, "MOST_ROWS", 2)
    monkeypatch.setattr(checks, "MOST_ROWS", 2)
    issues = pd.DataFrame({"message": ["one", "two", "three"]})
    issues = issues.reindex(columns=analysis.exceptions.columns)
    sheet = written(replace(analysis, exceptions=issues), tmp_path)["Exceptions"]
    assert column(sheet, "What was seen and done") == [
        "one",
        "two",
        "1 more is in exceptions.csv",
    ]


def test_a_month_without_denials_is_a_workbook_too(tmp_path: Path) -> None:
    book = written(month(), tmp_path)
    assert book.sheetnames == SHEETS
    assert list(book["Action list"].values)[1][1] == "Total"
    assert list(book["Action list"].values)[1][8] == 0


def test_the_read_me_says_what_the_sheets_are_and_that_they_are_confidential(
    book: Workbook,
) -> None:
    words = [row[0] for row in book["Read-me"].values]
    assert [f"Sheet {name}" for name in SHEETS[1:]] == [
        word for word in words if str(word).startswith("Sheet ")
    ]
    assert {"Headline", "Confidential", "Range", "The code J2311"} <= set(words)
