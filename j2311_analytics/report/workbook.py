"""The Excel workbook to work from: sheets, formats and printing.

Whatever comes from a file is written as text that no spreadsheet runs.
"""

from __future__ import annotations

import io
import re
import textwrap
import zipfile
from collections.abc import Sequence
from datetime import datetime, time
from pathlib import Path
from typing import Any

import pandas as pd
from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell
from openpyxl.comments import Comment
from openpyxl.formatting.rule import Rule
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet
from openpyxl.writer.excel import ExcelWriter

from j2311_analytics.report.analysis import MonthAnalysis
from j2311_analytics.report.listing import Field, Listing
from j2311_analytics.report.palette import cause_label
from j2311_analytics.report.sheets import sheet_listings

CREATOR = "j2311_analytics"
FORMATS = {
    "money": "$#,##0.00",
    "percent": "0.0%",
    "date": "yyyy-mm-dd",
    "count": "#,##0",
    "key": "0",
    "optional_key": "0",
    "number": "General",
    "whole": "#,##0",
}
TEXT_KINDS = ("text", "long", "words", "flag")
RUN_AS_FORMULA = ("=", "+", "-", "@", "\t", "\r")
SOON_DAYS = 14
FONT, DEEP = "Calibri", "0B3C5D"
HEAD_FONT = Font(name=FONT, size=11, bold=True, color="FFFFFF")
HEAD_FILL = PatternFill("solid", fgColor=DEEP)
TITLE_FONT = Font(name=FONT, size=13, bold=True, color=DEEP)
TOTAL_FONT = Font(name=FONT, size=11, bold=True)
TOTAL_BORDER = Border(top=Side("medium", color=DEEP))
NUMBER = Alignment(horizontal="right", vertical="top")
TEXT = Alignment(horizontal="left", vertical="top", indent=1)
LONG = Alignment(horizontal="left", vertical="top", indent=1, wrap_text=True)
LINE_POINTS = 15.0
# Broad sheets print on several pages side by side, else no one could read them.
PAGES_WIDE = {"Action list": 3, "Denials": 4, "Movements": 2, "Beside denials": 2}
PASSED_FILL = PatternFill("solid", bgColor="F8D7C4")
SOON_FILL = PatternFill("solid", bgColor="FFF1C9")


def write_workbook(analysis: MonthAnalysis, path: str | Path) -> Path:
    """Write the workbook.

    Args:
        analysis: From `analyse_month`.
        path: File to write, ending in .xlsx; its folder exists.

    Returns:
        The path written. Sheets: Read-me, Summary, Payer × cause, Action list,
        Work groups, Notes kept, Changes, Close, Last forecast, Movements, Appeals, Beside
        denials, Denials, Exceptions, Assumptions, Prevention, Reconciliation, Checks. Totals
        are values.
        The same analysis gives the same bytes.

    Example:
        >>> import tempfile
        >>> from j2311_analytics import analyse_month, read_835
        >>> era = read_835(b"ST*835*1~BPR*I*0*C*************20261005~SE*3*1~")
        >>> target = Path(tempfile.mkdtemp()) / "report.xlsx"
        >>> write_workbook(analyse_month(era, month="2026-10"), target).name
        'report.xlsx'
    """
    book = Workbook()
    del book["Sheet"]
    for name, listings in sheet_listings(analysis).items():
        sheet = book.create_sheet(name)
        fill_sheet(sheet, listings)
        _set_up(sheet, analysis, listings)
    _mark_deadlines(book["Action list"])
    as_of = analysis.assumptions.as_of
    assert as_of is not None
    book.properties.creator = book.properties.lastModifiedBy = CREATOR
    book.properties.title = f"Denials of {', '.join(analysis.codes_shown)}, {analysis.month}"
    book.properties.created = book.properties.modified = datetime.combine(as_of, time())
    path = Path(path)
    path.write_bytes(saved_bytes(book))
    return path


def fill_sheet(sheet: Worksheet, listings: Sequence[Listing]) -> None:
    """Write tables into a sheet, one below the other."""
    row = 1
    for listing in listings:
        if listing.title:
            _write(_cell(sheet, row, 1), listing.title, "text")
            _cell(sheet, row, 1).font = TITLE_FONT
            row += 1
        row = _write_listing(sheet, listing, row) + 2


def _write_listing(sheet: Worksheet, listing: Listing, top: int) -> int:
    """Write a table with its head in row `top`; gives its last row."""
    for column, field in enumerate(listing.fields, start=1):
        _write_head(_cell(sheet, top, column), field)
    _set_height(sheet, top, listing.fields)
    rows = listing.rows.reindex(columns=[field.name for field in listing.fields])
    kinds = listing.rows["kind"] if "kind" in listing.rows.columns else [""] * len(rows)
    row = top
    for values, own in zip(rows.itertuples(index=False, name=None), kinds, strict=True):
        row += 1
        for column, (value, field) in enumerate(zip(values, listing.fields, strict=True), start=1):
            kind = str(own) if field.kind == "by_row" else field.kind
            _write(_cell(sheet, row, column), value, kind)
        _set_height(sheet, row, listing.fields)
    if listing.title and listing.rows.empty:
        row += 1
        _write(_cell(sheet, row, 1), "none", "text")
    elif not listing.title:
        last = get_column_letter(len(listing.fields))
        # The total stays outside, so that sorting leaves it at the end.
        sheet.auto_filter.ref = f"A{top}:{last}{max(row, top + 1)}"
    if listing.total:
        row += 1
        _write_total(sheet, listing, row)
    return row


def _write_head(cell: Cell, field: Field) -> None:
    _write(cell, field.title, "text")
    side = "left" if field.kind in TEXT_KINDS else "right"
    cell.font, cell.fill = HEAD_FONT, HEAD_FILL
    indent = 1 if side == "left" else 0
    cell.alignment = Alignment(horizontal=side, vertical="center", wrap_text=True, indent=indent)
    if field.note:
        cell.comment = Comment(field.note, CREATOR, height=70, width=260)


def _set_height(sheet: Worksheet, row: int, fields: Sequence[Field]) -> None:
    """Room for every line: a spreadsheet sets it only where a person edits the row."""
    lines = 1
    for cell, field in zip(sheet[row], fields, strict=False):
        if cell.alignment.wrap_text and isinstance(cell.value, str):
            lines = max(lines, len(textwrap.wrap(cell.value, max(field.width - 1, 4))))
    if lines > 1:
        sheet.row_dimensions[row].height = lines * LINE_POINTS


def _write_total(sheet: Worksheet, listing: Listing, row: int) -> None:
    for column, field in enumerate(listing.fields, start=1):
        cell = _cell(sheet, row, column)
        value = listing.total.get(field.name)
        _write(cell, value, "text" if isinstance(value, str) else field.kind)
        cell.font, cell.border = TOTAL_FONT, TOTAL_BORDER


def _cell(sheet: Worksheet, row: int, column: int) -> Cell:
    cell = sheet.cell(row, column)
    assert isinstance(cell, Cell)
    return cell


def _write(cell: Cell, value: Any, kind: str) -> None:
    """Write a value as its kind; what is missing stays empty."""
    cell.alignment = LONG if kind == "long" else TEXT if kind in TEXT_KINDS else NUMBER
    if pd.isna(value) or value == "":
        return
    if kind == "flag":
        _write_text(cell, "yes" if value else "no")
    elif kind == "date":
        cell.value = pd.Timestamp(value).date()
    elif kind in ("count", "key", "optional_key"):
        cell.value = int(value)
    elif kind in ("money", "number", "whole", "percent"):
        cell.value = round(float(value), 2 if kind == "money" else 6)
    else:
        _write_text(cell, cause_label(str(value)) if kind == "words" else str(value))
    if kind in FORMATS:
        cell.number_format = FORMATS[kind]


def _write_text(cell: Cell, text: str) -> None:
    """Write text as text: never as a formula, a number or an error value."""
    cell.value = ILLEGAL_CHARACTERS_RE.sub("", text)
    cell.data_type = "s"
    cell.number_format = "@"
    if text.startswith(RUN_AS_FORMULA):
        cell.quotePrefix = True


def _set_up(sheet: Worksheet, analysis: MonthAnalysis, listings: Sequence[Listing]) -> None:
    """Widths, frozen head and printing."""
    for listing in listings:
        for column, field in enumerate(listing.fields, start=1):
            size = sheet.column_dimensions[get_column_letter(column)]
            size.width = max(size.width if size.customWidth else 0, field.width)
    if not listings[0].title:
        sheet.freeze_panes = {"Action list": "C2", "Denials": "B2"}.get(sheet.title, "A2")
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_LETTER
    sheet.page_setup.fitToWidth = PAGES_WIDE.get(sheet.title, 1)
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    if not listings[0].title:
        sheet.print_title_rows = "1:1"
    if sheet.title in PAGES_WIDE:
        sheet.print_title_cols = "A:B"
    footer = sheet.oddFooter
    assert footer is not None
    footer.left.text = f"{', '.join(analysis.codes_shown)}, {analysis.month}: confidential"
    footer.center.text, footer.right.text = "&A", "&P of &N"


def _mark_deadlines(sheet: Worksheet) -> None:
    """Colour days left: passed, and soon."""
    titles = [cell.value for cell in sheet[1]]
    letter = get_column_letter(titles.index("Days left") + 1)
    cells = f"{letter}2:{letter}{max(sheet.max_row, 2)}"
    known = f"ISNUMBER({letter}2)"
    for condition, fill in (
        (f"AND({known},{letter}2<0)", PASSED_FILL),
        (f"AND({known},{letter}2>=0,{letter}2<={SOON_DAYS})", SOON_FILL),
    ):
        style = DifferentialStyle(fill=fill)
        rule = Rule(type="expression", formula=[condition], dxf=style)
        sheet.conditional_formatting.add(cells, rule)


def saved_bytes(book: Workbook) -> bytes:
    """The workbook's bytes, without the clock in them.

    `Workbook.save` stamps the time of saving; its writer does not.
    """
    written, fixed = io.BytesIO(), io.BytesIO()
    ExcelWriter(book, zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED)).save()
    with zipfile.ZipFile(written) as source, zipfile.ZipFile(fixed, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if name.startswith("xl/worksheets/sheet"):
                content = _without_warnings(content)
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            target.writestr(entry, content, zipfile.ZIP_DEFLATED)
    return fixed.getvalue()


def _without_warnings(sheet: bytes) -> bytes:
    """Keep Excel from offering to turn codes such as 04 into numbers.

    openpyxl cannot write `ignoredErrors` (ECMA-376, part 1, 18.3.1.51); it stands
    after the page's footer and before drawings.
    """
    used = re.search(rb'<dimension ref="([A-Z0-9:]+)"', sheet)
    if used is None:
        return sheet
    ignored = b'<ignoredErrors><ignoredError sqref="%s" numberStoredAsText="1"/></ignoredErrors>'
    place = re.search(rb"<drawing|<legacyDrawing|<tableParts|</worksheet>", sheet)
    assert place is not None
    return sheet[: place.start()] + ignored % used[1] + sheet[place.start() :]
