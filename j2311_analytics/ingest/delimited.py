"""CSV and its relatives: any delimiter and encoding, rows above the header, torn rows."""

from __future__ import annotations

import contextlib
import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import numpy as np
import pyarrow as pa
from pyarrow import csv as arrow_csv

from j2311_analytics.ingest.cells import (
    Cells,
    Sheet,
    check_width,
    columns_of_rows,
    find_header,
    no_header,
)

_DELIMITERS = ",;\t|"
_SAMPLE = 1 << 20
_BLOCK = 1 << 24
_FEW = 10_000


def open_delimited(name: str, data: bytes, given: Mapping[str, str]) -> Sheet:
    """Find delimiter, encoding and header of a text file.

    Args:
        name: The file's name, for the errors.
        data: Its bytes.
        given: Titles that the user named.

    Returns:
        A `Sheet`.

    Raises:
        ValueError: if there is no header row, or no cell ends (an open quote).

    Example:
        >>> open_delimited("a.txt", b"Claim No;CPT\\n007;J2311\\n", {}).titles
        ['Claim No', 'CPT']
    """
    text = _utf8(data)
    delimiter, place, titles, offset = _header(text, given)
    if place < 0:
        raise no_header(name)
    check_width(name, len(titles))
    body = pa.py_buffer(text).slice(offset)
    quoted = text.count(b'"', offset)

    def load(positions: Sequence[int]) -> Cells:
        if quoted % 2 == 0 or _only_inside_cells(body, delimiter):
            # Refuses rows of unequal length, no row at all, a cell larger than a block.
            with contextlib.suppress(pa.ArrowInvalid):
                return Cells(_columns(body, len(titles), positions, delimiter, quoted > 0))
            with contextlib.suppress(pa.ArrowInvalid, csv.Error):
                return _uneven(body, len(titles), positions, delimiter, place + 2)
        return _slow(name, body, len(titles), positions, delimiter, place + 2)

    return Sheet(name, titles, place + 2, load)


def _utf8(data: bytes) -> bytes:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", errors="replace").encode()
    data = data.removeprefix(b"\xef\xbb\xbf")
    if not data.isascii():
        try:
            data.decode()
        except UnicodeDecodeError:
            return data.decode("cp1252", errors="replace").encode()
    return data


def _header(text: bytes, given: Mapping[str, str]) -> tuple[str, int, Sequence[str], int]:
    """Delimiter, the header's place, its titles, and the offset of the byte below it."""
    sample = text[:_SAMPLE].decode(errors="replace")
    found = {mark: find_header(_first_rows(sample, mark), given) for mark in _DELIMITERS}
    delimiter = max(found, key=lambda mark: found[mark][2])
    place, titles, _ = found[delimiter]
    lines = io.StringIO(sample, newline="")
    rows = _rows(lines, delimiter)
    for _ in range(place + 1):
        next(rows)
    # What the reader has taken from the sample ends with the header's line.
    end = lines.tell()
    cut_off = end == len(sample) and len(text) > _SAMPLE
    return delimiter, -1 if cut_off else place, titles, len(sample[:end].encode())


def _first_rows(sample: str, delimiter: str) -> Iterator[list[str]]:
    with contextlib.suppress(csv.Error):
        yield from _rows(io.StringIO(sample, newline=""), delimiter)


def _rows(text: Iterable[str], delimiter: str) -> Iterator[list[str]]:
    return (row for row in csv.reader(text, delimiter=delimiter) if row)


def _only_inside_cells(body: pa.Buffer, delimiter: str) -> bool:
    """Whether every line with an odd quotation mark has it inside a cell, as in 5" tube."""
    data = np.frombuffer(body, dtype=np.uint8)
    ends = np.flatnonzero((data == ord("\n")) | (data == ord("\r")))
    line_of = np.searchsorted(ends, np.flatnonzero(data == ord('"')))
    lines, marks = np.unique(line_of, return_counts=True)
    odd = lines[marks % 2 == 1]
    if len(odd) > _FEW:
        return False
    starts = [int(ends[line - 1]) + 1 if line else 0 for line in odd]
    stops = [int(ends[line]) if line < len(ends) else len(data) for line in odd]
    opened = f'{delimiter}"'.encode()
    texts = [bytes(body.slice(a, b - a)) for a, b in zip(starts, stops, strict=True)]
    return not any(text.startswith(b'"') or opened in text for text in texts)


def _columns(
    body: pa.Buffer,
    width: int,
    positions: Sequence[int],
    delimiter: str,
    quoted: bool,
    *,
    uneven: Callable[[arrow_csv.InvalidRow], str] | None = None,
) -> pa.Table:
    names = [str(position) for position in range(width)]
    wanted = [str(position) for position in positions]
    return arrow_csv.read_csv(
        pa.BufferReader(body),
        # Row numbers are known to one thread only.
        read_options=arrow_csv.ReadOptions(
            column_names=names, block_size=_BLOCK, use_threads=uneven is None
        ),
        parse_options=arrow_csv.ParseOptions(
            delimiter=delimiter, newlines_in_values=quoted, invalid_row_handler=uneven
        ),
        convert_options=arrow_csv.ConvertOptions(
            column_types=dict.fromkeys(wanted, pa.large_string()),
            include_columns=wanted,
            strings_can_be_null=False,
        ),
    )


def _uneven(
    body: pa.Buffer, width: int, positions: Sequence[int], delimiter: str, first_row: int
) -> Cells:
    """Rows of equal length at once, the others one by one, put back in their places."""
    found: list[tuple[int, str]] = []

    def keep(row: arrow_csv.InvalidRow) -> str:
        found.append((row.number - 1, row.text))
        return "skip"

    even = _columns(body, width, positions, delimiter, True, uneven=keep)
    # Strict: a quotation mark that is never closed is an error here, too.
    texts = (
        next(csv.reader(io.StringIO(t, newline=""), delimiter=delimiter, strict=True))
        for _, t in found
    )
    others = columns_of_rows(texts, positions, width, 0)
    torn = set(others.torn)
    places = np.array([place for place, _ in found], dtype=np.int64)
    whole = np.array([place for n, place in enumerate(places) if n not in torn], dtype=np.int64)
    rows = np.arange(even.num_rows + len(found))
    order = np.argsort(np.concatenate([np.setdiff1d(rows, places), whole]), kind="stable")
    table = pa.concat_tables([even, others.columns]).take(order)
    return Cells(table, [first_row + int(places[n]) for n in others.torn])


def _slow(
    name: str,
    body: pa.Buffer,
    width: int,
    positions: Sequence[int],
    delimiter: str,
    first_row: int,
) -> Cells:
    text = io.TextIOWrapper(io.BytesIO(body), encoding="utf-8", newline="")
    _refuse_open_quote(name, text, delimiter)
    text.seek(0)
    try:
        return columns_of_rows(_rows(text, delimiter), positions, width, first_row)
    except csv.Error:
        raise ValueError(
            f"{name}: a cell is larger than {csv.field_size_limit():,} characters; "
            "a quotation mark may be open; save the file again from the source system"
        ) from None


def _refuse_open_quote(name: str, text: io.TextIOWrapper, delimiter: str) -> None:
    rows = csv.reader(text, delimiter=delimiter, strict=True)
    try:
        for _ in rows:
            pass
    except csv.Error as error:
        if "unexpected end of data" in str(error):
            raise ValueError(
                f"{name}: a quotation mark is opened and never closed, so rows after it would be "
                "lost; save the file again from the source system"
            ) from None
