"""Reading X12 835 remittances into tables.

Source of positions and qualifiers: ASC X12 005010X221A1 implementation guide,
and 4010 where it differs.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from j2311_analytics.errors import AnalyticsWarning, X12Error
from j2311_analytics.ingest.remittance_rows import RemittanceRows
from j2311_analytics.ingest.sources import Source, SourceFile, open_sources
from j2311_analytics.ingest.x12 import read_segments
from j2311_analytics.tables import REMITTANCE_TABLES, conform, dollars, empty

_MONEY = ("payment_amount", "charge", "paid", "patient_share", "interest", "allowed", "amount")


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
    reader = RemittanceRows()
    seen: dict[str, str] = {}
    failures: list[X12Error] = []
    for file in open_sources(source):
        try:
            _read_file(file, reader, seen)
        except X12Error as error:
            if errors == "raise":
                raise
            failures.append(error)
            reader.findings.note(
                error.segment, error.segment_id, "error", "unreadable", error.problem
            )
    if failures and not reader.rows["payments"]:
        raise failures[0]
    remittance = Remittance(
        **{table: _frame(reader.rows[table], table) for table in REMITTANCE_TABLES}
    )
    if len(remittance.issues):
        warnings.warn(
            f"{len(remittance.issues)} things were odd or not understood while reading; "
            "see the issues table",
            AnalyticsWarning,
            stacklevel=2,
        )
    return remittance


def _read_file(file: SourceFile, reader: RemittanceRows, seen: dict[str, str]) -> None:
    reader.start_file(file.name)
    if file.problem:
        raise X12Error(file.problem, file=file.name)
    if not file.data.strip():
        raise X12Error("the file is empty; fetch it again", file=file.name)
    if file.digest in seen:
        message = f"same content as {seen[file.digest]}; counted once"
        reader.findings.note(None, "", "warning", "duplicate_file", message)
        return
    seen[file.digest] = file.name
    before = len(reader.rows["payments"])
    for segment in read_segments(file.data, file.name):
        reader.take(segment)
    reader.end_file()
    if len(reader.rows["payments"]) == before:
        sets = ", ".join(sorted(reader.other_sets)) or "none"
        raise X12Error(
            f"no 835 in this file (transaction sets found: {sets}); remove it from the folder",
            file=file.name,
        )


def _frame(rows: list[dict[str, object]], table: str) -> pd.DataFrame:
    frame = pd.DataFrame.from_records(rows)
    if frame.empty:
        return empty(table)
    if table == "payments":
        frame["payer_id"] = _payer_id(frame)
    for name in set(_MONEY) & set(frame.columns):
        frame[name] = dollars(frame[name])
    return conform(frame, table)


def _payer_id(payments: pd.DataFrame) -> pd.Series:
    """N1*PR with XV, else REF*2U, else TRN03: what the payer says of itself first."""
    found = pd.Series(None, index=payments.index, dtype="str")
    for name in ("payer_id_plan", "payer_id_submitter", "payer_id_trace"):
        if name in payments:
            found = found.fillna(payments[name].astype("str").replace("", None))
    return found
