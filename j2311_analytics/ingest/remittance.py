"""Reading X12 835 remittances into tables.

Source of positions and qualifiers: ASC X12 005010X221A1 implementation guide,
and 4010 where it differs.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from j2311_analytics.errors import AnalyticsWarning, odd_things
from j2311_analytics.ingest.chunks import CHUNK_SIZE
from j2311_analytics.ingest.frames import Growing
from j2311_analytics.ingest.remittance_pieces import Reading
from j2311_analytics.ingest.sources import Source
from j2311_analytics.tables import REMITTANCE_TABLES

# Tables that are kept whole take more than a chunk does: a larger one is quicker.
_WHOLE = 4 * 1024**2
_TABLES = tuple(table for table in REMITTANCE_TABLES if table != "issues")


@dataclass(frozen=True)
class Remittance:
    """The tables of one or many 835 files; `docs/tables.md` describes each column.

    Example:
        >>> read_835(b"ST*835*1~BPR*I*0*C*NON~SE*3*1~").claims.empty
        True
    """

    payments: pd.DataFrame
    claims: pd.DataFrame
    lines: pd.DataFrame
    adjustments: pd.DataFrame
    remarks: pd.DataFrame
    provider_adjustments: pd.DataFrame
    issues: pd.DataFrame

    def trace(self, row: pd.Series) -> pd.DataFrame:
        """Source segments behind a line, claim, adjustment, remark or denial.

        Args:
            row: One row of `lines`, `claims`, `adjustments`, `remarks`, or of the
                denials found in this remittance.

        Returns:
            file and segment (number in the file), one row per segment: all segments
            of the line, or of the claim's head where the row has no line.

        Raises:
            ValueError: if the row names neither a line nor a claim of these tables.

        Example:
            >>> era = read_835(b"ST*835*1~BPR*I*0*C~CLP*A*1*9*0~SVC*HC:J2311*9*0~SE*5*1~")
            >>> era.trace(era.lines.iloc[0])["segment"].tolist()
            [4]
        """
        line = row.get("line")
        owner = self.lines if line is not None and not pd.isna(line) else self.claims
        key = "line" if owner is self.lines else "claim"
        found = owner[owner[key] == row.get(key)] if row.get(key) is not None else owner.iloc[:0]
        if found.empty and {"file", "segment"} <= set(row.index):
            files = self.claims.merge(self.payments[["transaction", "file"]], on="transaction")
            found = files[(files["file"] == row["file"]) & (files["segment"] == row["segment"])]
        if found.empty:
            raise ValueError("this row names no line or claim of this remittance")
        first = found.iloc[0]
        claim = self.claims[self.claims["claim"] == first["claim"]].iloc[0]
        payment = self.payments[self.payments["transaction"] == claim["transaction"]].iloc[0]
        numbers = range(int(first["segment"]), int(first["segment"] + first["segments"]))
        return pd.DataFrame({"file": payment["file"], "segment": list(numbers)})


def read_835(source: Source, *, errors: Literal["collect", "raise"] = "collect") -> Remittance:
    """Read remittances (X12 835, releases 4010 and 5010) into tables.

    Args:
        source: A path, a folder, a glob, an iterable of those, bytes, or an open
            binary file; plain, .gz or .zip.
        errors: "collect" makes an unreadable file a row in `issues`; "raise" stops
            at the first.

    Returns:
        A `Remittance`. Money is in dollars, dates are dates, codes are text. Files
        with the same content count once. What was odd or not understood is in
        `issues`, with one summary warning.

    Raises:
        X12Error: if nothing could be read, or at the first failure with "raise".
        FileNotFoundError: if the source does not exist or holds no file.
        ValueError: for another value of `errors`.

    Example:
        >>> text = "ST*835*1~BPR*I*0*C~CLP*A*1*9*0~SVC*HC:J2311*9*0~CAS*CO*197*9~SE*6*1~"
        >>> read_835(text.encode()).adjustments[["carc", "amount"]].values.tolist()
        [['197', 9.0]]
    """
    if errors not in ("collect", "raise"):
        raise ValueError(f'errors must be "collect" or "raise"; got {errors!r}')
    reading = Reading(source, strict=errors == "raise", chunk_size=_WHOLE)
    tables = {table: Growing(table) for table in _TABLES}
    for piece in reading.pieces():
        for table, columns in piece.items():
            tables[table].add(columns)
        # Not kept while the next one is read.
        piece.clear()
    remittance = _remittance(tables, reading)
    _warn(len(remittance.issues))
    return remittance


def scan_835(source: Source, *, chunk_size: int = CHUNK_SIZE) -> Iterator[Remittance]:
    """Read remittances piece by piece, in memory that does not grow with the files.

    Args:
        source: What `read_835` takes.
        chunk_size: Bytes read at once; claims are never torn.

    Yields:
        The tables of `read_835` in pieces that put together are the same tables: keys
        go on counting. Claims of a transaction that began in an earlier piece have
        its key; what concerns whole files is in the `issues` of the last piece.

    Raises:
        X12Error: at the end, if nothing could be read.
        FileNotFoundError: if the source does not exist or holds no file.
        ValueError: if `chunk_size` is not positive.

    Example:
        >>> text = "ST*835*1~BPR*I*0*C~CLP*A*1*9*0~CLP*B*1*9*0~SE*5*1~"
        >>> [len(piece.claims) for piece in scan_835(text.encode())]
        [2]
    """
    if chunk_size <= 0:
        raise ValueError(f"chunk_size must be a positive number of bytes; got {chunk_size}")
    reading = Reading(source, chunk_size=chunk_size)
    found = 0
    for piece in reading.pieces():
        tables = {table: Growing(table, room=1) for table in _TABLES}
        for table, columns in piece.items():
            tables[table].add(columns)
        # Not kept while the reader of the pieces has them.
        piece.clear()
        remittance = _remittance(tables, reading, last=False)
        found += len(remittance.issues)
        yield remittance
    rest = _remittance({table: Growing(table) for table in _TABLES}, reading)
    if len(rest.issues):
        yield rest
    _warn(found + len(rest.issues))


def _remittance(tables: dict[str, Growing], reading: Reading, *, last: bool = True) -> Remittance:
    names = reading.feed.names
    frames = {table: growing.frame(names) for table, growing in tables.items()}
    return Remittance(**frames, issues=reading.issues.frame(names, last=last))


def _warn(issues: int) -> None:
    if issues:
        warnings.warn(
            f"{odd_things(issues)} or not understood while reading; see the issues table",
            AnalyticsWarning,
            stacklevel=3,
        )
