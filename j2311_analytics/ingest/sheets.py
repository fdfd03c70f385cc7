"""Opening claim exports: text files, Excel workbooks, Parquet files and DataFrames."""

from __future__ import annotations

import contextlib
import io
import re
import warnings
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from j2311_analytics.ingest.cells import (
    HEADER_WITHIN,
    Cells,
    Sheet,
    array_text,
    cell_text,
    check_width,
    columns_of_rows,
    find_header,
    no_header,
)
from j2311_analytics.ingest.delimited import open_delimited

MAX_UNZIPPED = 400 * 1024**2
MAX_RATIO = 200
_SMALL = 20 * 1024**2
_DIGIT_FORMAT = re.compile(r"[0-]*0[0-]*")
_REFUSED = {
    b"%PDF": "this is a PDF; export the claims as CSV or Excel instead",
    b"\xd0\xcf\x11\xe0": "an old .xls or a workbook with a password; save it as .xlsx without one",
    b"\x1f\x8b": "this is a .gz archive; unpack it first",
    b"ISA": "this is an X12 file; use read_837 or read_835",
}


def open_table(frame: pd.DataFrame) -> Sheet:
    """A DataFrame as a sheet.

    Raises:
        ValueError: above 16,384 columns.

    Example:
        >>> open_table(pd.DataFrame({"Claim": [7.0]})).load([0]).frame(1).values.tolist()
        [['7']]
    """
    check_width("<DataFrame>", frame.shape[1])

    def load(positions: Sequence[int]) -> Cells:
        return Cells(pa.table({str(p): _series_text(frame.iloc[:, p]) for p in positions}))

    return Sheet("<DataFrame>", [str(title) for title in frame.columns], 1, load)


def open_file(path: Path, name: str, given: Mapping[str, str], sheet: str | None = None) -> Sheet:
    """Open a file by what it holds, whatever its suffix.

    Args:
        path: Where it lies.
        name: Its name, for mapping and errors.
        given: Titles that the user named.
        sheet: The sheet of a workbook; the best recognised where not given.

    Returns:
        A `Sheet`.

    Raises:
        ValueError: if it is no spreadsheet, is empty, or has no header row.

    Example:
        >>> open_file(Path("nowhere.csv"), "nowhere.csv", {})
        Traceback (most recent call last):
        ValueError: nowhere.csv: the file cannot be opened (No such file or directory)
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ValueError(f"{name}: the file cannot be opened ({error.strerror})") from None
    if not data.strip():
        raise ValueError(f"{name}: the file is empty; export it again")
    for mark, problem in _REFUSED.items():
        if data.removeprefix(b"\xef\xbb\xbf").startswith(mark):
            raise ValueError(f"{name}: {problem}")
    if data[:4] == b"PK\x03\x04":
        return _open_workbook(name, data, given, sheet)
    if data[:4] == b"PAR1":
        return _open_parquet(name, data)
    if data[:2] not in (b"\xff\xfe", b"\xfe\xff") and b"\0" in data[:4096]:
        raise ValueError(f"{name}: this is neither text nor a workbook; export it as CSV or Excel")
    return open_delimited(name, data, given)


def workbook_texts(path: Path, sheets: Sequence[str]) -> dict[str, list[list[str]]]:
    """The cells of some sheets as text; a formula is its own text, never its result.

    Args:
        path: The workbook.
        sheets: Titles of the sheets wanted; those that are not there are left out.

    Returns:
        Rows of texts by sheet.

    Raises:
        FileNotFoundError: if the file does not exist.
        ValueError: if it is no workbook, is damaged, or unpacks to far more than it is.

    Example:
        >>> workbook_texts(Path("nowhere.xlsx"), ["Action list"])
        Traceback (most recent call last):
        FileNotFoundError: nowhere.xlsx does not exist
    """
    if not path.exists():
        raise FileNotFoundError(f"{path} does not exist")
    data = path.read_bytes()
    if data[:4] != b"PK\x03\x04":
        raise ValueError(f"{path.name}: this is no .xlsx workbook; save it as one")
    _refuse_bomb(path.name, data)
    with _refuse_damage(path.name):
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True)
        wanted = [sheet for sheet in book.worksheets if sheet.title in sheets]
        return {sheet.title: list(_sheet_rows(sheet)) for sheet in wanted}


def _series_text(series: pd.Series) -> pa.ChunkedArray:
    if series.dtype == object:
        texts = [cell_text(value) for value in series]
        return pa.chunked_array([texts], pa.large_string())
    values = pa.array(series, from_pandas=True)
    return array_text(values if isinstance(values, pa.ChunkedArray) else pa.chunked_array([values]))


def _open_parquet(name: str, data: bytes) -> Sheet:
    try:
        file = pq.ParquetFile(io.BytesIO(data))
    except (pa.ArrowException, OSError):
        raise ValueError(f"{name}: the Parquet file is damaged; export it again") from None
    titles = file.schema_arrow.names
    check_width(name, len(titles))

    def load(positions: Sequence[int]) -> Cells:
        try:
            table = file.read(columns=[titles[p] for p in positions])
        except (pa.ArrowException, OSError):
            raise ValueError(f"{name}: the Parquet file is damaged; export it again") from None
        return Cells(pa.table({str(p): array_text(table[titles[p]]) for p in positions}))

    return Sheet(name, titles, 1, load)


def _open_workbook(name: str, data: bytes, given: Mapping[str, str], wanted: str | None) -> Sheet:
    _refuse_bomb(name, data)
    with _refuse_damage(name):
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        found = {
            sheet.title: find_header(islice(_sheet_rows(sheet), HEADER_WITHIN), given)
            for sheet in book.worksheets
            if wanted in (None, sheet.title)
        }
    if not found:
        raise ValueError(
            f"{name}: there is no sheet {wanted!r}; there are "
            + ", ".join(repr(sheet.title) for sheet in book.worksheets)
        )
    title = max(found, key=lambda sheet: found[sheet][2])
    place, titles, _ = found[title]
    full_name = f"{name}, sheet {title}"
    if place < 0:
        raise no_header(full_name if wanted else name)

    def load(positions: Sequence[int]) -> Cells:
        rows = islice(_sheet_rows(book[title]), place + 1, None)
        with _refuse_damage(name):
            return columns_of_rows(rows, positions, len(titles), place + 2)

    return Sheet(full_name, titles, place + 2, load)


def _refuse_bomb(name: str, data: bytes) -> None:
    """Refuse by the archive's own list of sizes, before anything is unpacked."""
    with _refuse_damage(name), zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = archive.infolist()
    if not any(member.filename.lower().startswith("xl/") for member in members):
        raise ValueError(f"{name}: this archive is no Excel workbook; unpack it first")
    size = sum(member.file_size for member in members)
    if size > MAX_UNZIPPED or size > max(len(data) * MAX_RATIO, _SMALL):
        raise ValueError(
            f"{name}: the workbook unpacks to {size / 1024**2:,.0f} MB; refused. "
            "Save it as CSV, or in smaller parts"
        )


@contextlib.contextmanager
def _refuse_damage(name: str) -> Iterator[None]:
    # openpyxl raises whatever a damaged part leads to, and warns, both with cell contents.
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except Exception:
        raise ValueError(
            f"{name}: the workbook is damaged; open it in Excel and save it again"
        ) from None


def _sheet_rows(sheet: Any) -> Iterator[list[str]]:
    # The size that a workbook states may be wrong in both directions.
    sheet.reset_dimensions()
    for row in sheet.iter_rows():
        yield [_cell(cell) for cell in row]


def _cell(cell: Any) -> str:
    value = cell.value
    if value is None or cell.data_type == "e":
        return ""
    if isinstance(value, int) and not isinstance(value, bool):
        shown = cell.number_format
        # A format of zeros and hyphens is how Excel keeps leading zeros.
        if value >= 0 and len(shown) > 1 and _DIGIT_FORMAT.fullmatch(shown):
            return _filled(str(value), shown)
    return cell_text(value)


def _filled(digits: str, shown: str) -> str:
    digits = digits.zfill(shown.count("0"))
    if len(digits) > shown.count("0"):
        return digits
    source = iter(digits)
    return "".join(next(source) if mark == "0" else mark for mark in shown)
