"""Sheets as text: a header row found among other rows, and columns below it.

Whatever the format, every value becomes the text that a person would see, so
that a leading zero, an NDC, "E11" or "1E5" is never a number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from itertools import islice, zip_longest

import pandas as pd
import pyarrow as pa

from j2311_analytics.ingest.titles import REQUIRED, label, recognise

HEADER_WITHIN = 50
MAX_COLUMNS = 16_384
_BATCH = 20_000

# Columns by position → their text, and the rows left out because they are torn.
Load = Callable[[Sequence[int]], "Cells"]


@dataclass(frozen=True)
class Cells:
    """Text of some columns.

    Args:
        columns: One text column per position, "" where a cell is empty.
        torn: Numbers of the rows left out: they hold more cells than there are titles.

    Example:
        >>> Cells(pa.table({"0": ["a"]})).frame(first_row=2).index.tolist()
        [2]
    """

    columns: pa.Table
    torn: Sequence[int] = field(default_factory=list)

    def frame(self, first_row: int) -> pd.DataFrame:
        """The columns as `str`, named by position, indexed by row number.

        Example:
            >>> Cells(pa.table({"7": ["a"]})).frame(first_row=2).columns.tolist()
            [7]
        """
        frame: pd.DataFrame = self.columns.to_pandas().astype("str")
        frame.columns = [int(name) for name in self.columns.column_names]
        numbers = pd.RangeIndex(first_row, first_row + len(frame) + len(self.torn))
        frame.index = numbers.difference(list(self.torn)) if self.torn else numbers
        return frame


@dataclass(frozen=True)
class Sheet:
    """A sheet whose titles are known and whose columns are read on demand.

    Args:
        name: File, or file and sheet.
        titles: The header row.
        first_row: Number of the row below it, counted from 1.
        load: Reads columns by position.

    Example:
        >>> Sheet("a.csv", ["Claim"], 2, lambda places: Cells(pa.table({"0": ["A"]}))).titles
        ['Claim']
    """

    name: str
    titles: Sequence[str]
    first_row: int
    load: Load


def find_header(
    rows: Iterable[Sequence[str]], given: Mapping[str, str]
) -> tuple[int, Sequence[str], int]:
    """The row with the most titles recognised, among the first rows of a sheet.

    Titles may stand in two rows, a title over several columns above and their own below
    ("Service Date" over "From" and "To"), where that makes more of them known.

    Args:
        rows: Rows as text.
        given: Titles that the user named.

    Returns:
        Its place from 0 (of two rows the lower one's), its titles, and how many fields
        were recognised; a row of fewer than two is no header, and the place is then -1.

    Example:
        >>> find_header([["Report of May"], ["Claim #", "CPT"]], {})
        (1, ['Claim #', 'CPT'], 2)
    """
    best: tuple[int, Sequence[str], int] = (-1, [], 1)
    first = list(islice(rows, HEADER_WITHIN + 1))
    for place, row in enumerate(first[:HEADER_WITHIN]):
        found = _known(row, given)
        if len(found) > best[2]:
            best = (place, row, len(found))
        for below in first[place + 1 : place + 2]:
            titles = _in_two_rows(row, below)
            together = len(_known(titles, given))
            if together > best[2]:
                best = (place + 1, titles, together)
        if found.issuperset(REQUIRED):
            break
    return best


def _known(titles: Sequence[str], given: Mapping[str, str]) -> set[str]:
    return {given.get(label(title)) or recognise(title)[0] for title in titles} - {""}


def _in_two_rows(upper: Sequence[str], lower: Sequence[str]) -> list[str]:
    """Titles of two rows; an empty cell above lies under the title to its left."""
    titles, over = [], ""
    for above, below in zip_longest(upper, lower, fillvalue=""):
        over = above.strip() or over
        titles.append(f"{over} {below.strip()}" if below.strip() else above)
    return titles


def no_header(name: str) -> ValueError:
    """The error for a sheet without a header row; it shows no cell, for cells may be data.

    Example:
        >>> print(no_header("a.csv"))
        a.csv: no row of column titles was found in the first 50 rows; add one, or name the \
titles with columns={'title of the column': 'claim_id', …}
    """
    return ValueError(
        f"{name}: no row of column titles was found in the first {HEADER_WITHIN} rows; add one, "
        "or name the titles with columns={'title of the column': 'claim_id', …}"
    )


def check_width(name: str, width: int) -> None:
    """Refuse what no spreadsheet program could have written.

    Raises:
        ValueError: above 16,384 columns.

    Example:
        >>> check_width("a.csv", 30)
    """
    if width > MAX_COLUMNS:
        raise ValueError(
            f"{name}: {width:,} columns, more than the {MAX_COLUMNS:,} of a spreadsheet; "
            "check the export"
        )


def columns_of_rows(
    rows: Iterator[Sequence[str]], positions: Sequence[int], width: int, first_row: int
) -> Cells:
    """Turn rows into columns, in batches so that few rows exist twice.

    Args:
        rows: Rows as text; a short row lacks its last cells.
        positions: The columns wanted.
        width: Number of titles; a row with text beyond them is torn.
        first_row: Number of the first row.

    Returns:
        The columns and the numbers of torn rows.

    Example:
        >>> columns_of_rows(iter([["a", "b"], ["c", "", "d"]]), [1], 2, 2).torn
        [3]
    """
    batches = []
    torn: list[int] = []
    while batch := list(islice(rows, _BATCH)):
        beyond = [any(cell.strip() for cell in row[width:]) for row in batch]
        torn += [first_row + place for place, is_torn in enumerate(beyond) if is_torn]
        whole = [row for row, is_torn in zip(batch, beyond, strict=True) if not is_torn]
        batches.append(_batch(whole, positions))
        first_row += len(batch)
    return Cells(pa.concat_tables([_batch([], positions), *batches]), torn)


def cell_text(value: object) -> str:
    """A value as text: whole floats without ".0", dates in ISO form, lists with spaces.

    Example:
        >>> [cell_text(v) for v in (5.0, 0.1 + 0.2, None, "007", date(2026, 1, 5), ["25", "59"])]
        ['5', '0.3', '', '007', '2026-01-05', '25 59']
    """
    if isinstance(value, str):
        return value
    if isinstance(value, float | Decimal):
        return "" if value != value else _number_text(value)
    if isinstance(value, datetime):
        return "" if pd.isna(value) else _moment_text(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return " ".join(cell_text(item) for item in value)
    return "" if value is None or value is pd.NA else str(value)


def array_text(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """A typed column as text, each different value converted once.

    Example:
        >>> array_text(pa.chunked_array([[1.5, None, 2.0]])).to_pylist()
        ['1.5', '', '2']
    """
    kind = values.type
    if pa.types.is_dictionary(kind):
        return array_text(values.cast(kind.value_type))
    if pa.types.is_integer(kind) or _is_text(kind):
        return values.cast(pa.large_string()).fill_null("")
    if pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_null(kind):
        return pa.chunked_array([[cell_text(v) for v in values.to_pylist()]], pa.large_string())
    coded = values.combine_chunks().dictionary_encode()
    texts = pa.array([cell_text(v) for v in coded.dictionary.to_pylist()], pa.large_string())
    return pa.chunked_array([texts.take(coded.indices).fill_null("")])


def _batch(rows: Sequence[Sequence[str]], positions: Sequence[int]) -> pa.Table:
    columns = {
        str(p): pa.array([row[p] if p < len(row) else "" for row in rows], pa.large_string())
        for p in positions
    }
    return pa.table(columns)


def _number_text(value: float | Decimal) -> str:
    if isinstance(value, Decimal):
        text = f"{value:f}"
    else:
        # 15 digits are what a spreadsheet shows; the rest is noise of binary fractions.
        text = str(int(value)) if value.is_integer() else f"{value:.15g}"
    return text.rstrip("0").rstrip(".") if "." in text and "e" not in text else text


def _moment_text(value: datetime) -> str:
    midnight = not (value.hour or value.minute or value.second or value.microsecond)
    return value.date().isoformat() if midnight else value.strftime("%Y-%m-%d %H:%M:%S")


def _is_text(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    )
