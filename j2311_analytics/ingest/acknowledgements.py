"""Reading acknowledgements: 277 claim statuses, and 999 or 997 answers to files.

What is rejected here was never adjudicated: it is a rejection, not a denial.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from j2311_analytics.errors import AnalyticsWarning, odd_things
from j2311_analytics.ingest.claim_statuses import StatusRows
from j2311_analytics.ingest.findings import Findings
from j2311_analytics.ingest.set_answers import AnswerRows
from j2311_analytics.ingest.sources import Source
from j2311_analytics.ingest.transaction_sets import TransactionSet, take_sets
from j2311_analytics.tables import TABLES, conform, dollars, empty


@dataclass(frozen=True)
class ClaimStatuses:
    """What payers and clearinghouses say of claims; `docs/tables.md` describes each column.

    `statuses` has one row per status of a claim or line, `batches` one per status of
    a whole batch or provider, `transactions` one per 277.

    Example:
        >>> read_277(b"ST*277*1~BHT*0085*08*1~SE*3*1~").statuses.empty
        True
    """

    transactions: pd.DataFrame
    batches: pd.DataFrame
    statuses: pd.DataFrame
    issues: pd.DataFrame


@dataclass(frozen=True)
class FileAnswers:
    """What a receiver says of the files it got; `docs/tables.md` describes each column.

    `groups` has one row per functional group answered, `sets` one per transaction set
    answered, `errors` one per faulty segment or element.

    Example:
        >>> read_999(b"ST*999*1~AK1*HC*7~AK9*A*1*1*1~SE*4*1~").groups["accepted"].tolist()
        [True]
    """

    groups: pd.DataFrame
    sets: pd.DataFrame
    errors: pd.DataFrame
    issues: pd.DataFrame


def read_277(source: Source, *, errors: Literal["collect", "raise"] = "collect") -> ClaimStatuses:
    """Read claim statuses (X12 277 and 277CA, releases 4010 and 5010) into tables.

    Args:
        source: A path, a folder, a glob, an iterable of those, bytes, or an open
            binary file; plain, .gz or .zip.
        errors: "collect" makes an unreadable file a row in `issues`; "raise" stops
            at the first.

    Returns:
        `ClaimStatuses`. Money is in dollars, dates are dates, codes are text. Files
        with the same content count once. `rejected` means rejected before
        adjudication, which is no denial; `accepted` means taken into adjudication,
        which proves timely filing where the `source` is the payer.

    Raises:
        X12Error: if nothing could be read, or at the first failure with "raise".
        FileNotFoundError: if the source does not exist or holds no file.
        ValueError: for another value of `errors`.

    Source:
        005010X212 (277), 005010X214 (277CA) and 004010X093 implementation guides.

    Example:
        >>> text = "ST*277*1*005010X214~HL*1**20*1~HL*2*1*PT~TRN*2*A~STC*A7:562*20261005~SE*6*1~"
        >>> read_277(text.encode()).statuses[["claim_id", "category", "rejected"]].values.tolist()
        [['A', 'A7', True]]
    """
    reader = StatusRows()
    issues = take_sets(source, ["277"], reader.take, errors=errors)
    return ClaimStatuses(
        _frame(reader.transactions, "status_transactions"),
        _frame(reader.batches, "status_batches"),
        _frame(reader.statuses, "statuses"),
        _listed(issues),
    )


def read_999(source: Source, *, errors: Literal["collect", "raise"] = "collect") -> FileAnswers:
    """Read answers to files (X12 999 and 997) into tables.

    Args:
        source: A path, a folder, a glob, an iterable of those, bytes, or an open
            binary file; plain, .gz or .zip.
        errors: "collect" makes an unreadable file a row in `issues`; "raise" stops
            at the first.

    Returns:
        `FileAnswers`. The faulty value itself, which an answer may repeat, is not
        kept: it may be data of a person.

    Raises:
        X12Error: if nothing could be read, or at the first failure with "raise".
        FileNotFoundError: if the source does not exist or holds no file.
        ValueError: for another value of `errors`.

    Source:
        005010X231A1 implementation guide (999), and the 997 of 4010 and 5010.

    Example:
        >>> text = "ST*999*1~AK1*HC*7~AK2*837*21~IK3*CLM*22**8~IK5*R*5~AK9*R*1*1*0~SE*7*1~"
        >>> read_999(text.encode()).sets[["set_control", "code", "rejected"]].values.tolist()
        [['21', 'R', True]]
    """
    reader = AnswerRows()
    issues = take_sets(source, ["999", "997"], reader.take, errors=errors)
    return FileAnswers(
        _frame(reader.groups, "acknowledged_groups"),
        _frame(reader.sets, "acknowledged_sets"),
        _frame(reader.errors, "acknowledged_errors"),
        _listed(issues),
    )


def read_acknowledgements(
    source: Source, *, errors: Literal["collect", "raise"] = "collect"
) -> ClaimStatuses:
    """Read a folder of 277s, 277CAs, 999s and 997s, told apart by content.

    Args:
        source: A path, a folder, a glob, an iterable of those, bytes, or an open
            binary file; plain, .gz or .zip.
        errors: "collect" makes an unreadable file a row in `issues`; "raise" stops
            at the first.

    Returns:
        `ClaimStatuses` of the 277s, as from `read_277`. Each file or transaction set
        that a 999 or 997 says was rejected is a row in `issues`: its claims reached
        nobody.

    Raises:
        X12Error: if nothing could be read, or at the first failure with "raise".
        FileNotFoundError: if the source does not exist or holds no file.
        ValueError: for another value of `errors`.

    Example:
        >>> text = "ST*999*1~AK1*HC*7~AK2*837*21~IK5*R*5~AK9*R*1*1*0~SE*6*1~"
        >>> import warnings
        >>> with warnings.catch_warnings(action="ignore"):
        ...     told = read_acknowledgements(text.encode())
        >>> told.issues["problem"].tolist()
        ['rejected_group', 'rejected_set']
    """
    statuses, answers = StatusRows(), AnswerRows()

    def take(found: TransactionSet, findings: Findings) -> None:
        (statuses if found.kind == "277" else answers).take(found, findings)

    issues = take_sets(source, ["277", "999", "997"], take, errors=errors)
    return ClaimStatuses(
        _frame(statuses.transactions, "status_transactions"),
        _frame(statuses.batches, "status_batches"),
        _frame(statuses.statuses, "statuses"),
        _listed([*issues, *_rejections(answers)]),
    )


def _rejections(answers: AnswerRows) -> list[dict[str, Any]]:
    """What a 999 or 997 says was rejected, as rows of the table `issues`."""
    parts = (("group", "AK1", answers.groups), ("set", "AK2", answers.sets))
    return [
        {
            "file": row["file"],
            "segment": row.get("segment"),
            "segment_id": segment_id,
            "severity": "error",
            "problem": f"rejected_{what}",
            "message": f"the receiver rejected {what} {row.get(f'{what}_control') or 'unnamed'} "
            "as it was sent; its claims were not taken in: correct it and send it again",
        }
        for what, segment_id, rows in parts
        for row in rows
        if row.get("rejected")
    ]


def _frame(rows: Sequence[dict[str, Any]], table: str) -> pd.DataFrame:
    if not rows:
        return empty(table)
    names = [column.name for column in TABLES[table]]
    frame = pd.DataFrame({name: [row.get(name) for row in rows] for name in names})
    for column in TABLES[table]:
        if column.kind == "money":
            frame[column.name] = _dollars(frame[column.name])
    return conform(frame, table)


def _dollars(amounts: pd.Series) -> pd.Series:
    whole = amounts.astype("Int64")
    return dollars(whole.fillna(0).astype("int64")).where(whole.notna().to_numpy())


def _listed(issues: Sequence[dict[str, Any]]) -> pd.DataFrame:
    if not issues:
        return empty("issues")
    warnings.warn(
        f"{odd_things(len(issues))} or not understood while reading; see the issues table",
        AnalyticsWarning,
        stacklevel=3,
    )
    return conform(pd.DataFrame(list(issues)), "issues")
