"""`read_835` done plainly: the oracle of the tests."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from oracle.plain_file import UNPRINTABLE, cut_plainly
from oracle.remittance_rows import RemittanceRows

from j2311_analytics.errors import X12Error
from j2311_analytics.tables import TABLES, conform, dollars

_ISSUE_ORDER = ["file", "place", "problem", "message"]


def read_plainly(files: Sequence[tuple[str, bytes]]) -> dict[str, pd.DataFrame]:
    """The tables of several files, by name; raises like `read_835` if nothing can be read."""
    rows = RemittanceRows()
    failures: list[X12Error] = []
    seen: dict[bytes, str] = {}
    for name, data in files:
        rows.start_file(name)
        if data in seen:
            message = f"same content as {seen[data]}; counted once"
            rows.odd.note(None, "", "warning", "duplicate_file", message)
            continue
        seen[data] = name
        failure = _read_file(rows, name, data)
        if failure is not None:
            failures.append(failure)
            rows.odd.note(None, failure.segment_id, "error", "unreadable", failure.problem)
    if failures and not rows.rows["payments"]:
        raise failures[0]
    return _frames(rows, [name for name, _ in files])


def _read_file(rows: RemittanceRows, name: str, data: bytes) -> X12Error | None:
    problems: list[X12Error] = []
    segments = list(cut_plainly(data, name, problems))
    for segment, following in zip(segments, [*segments[1:], None], strict=False):
        rows.take(segment, following)
    rows.end_file()
    if not problems and not rows.envelope.payments:
        sets = ", ".join(sorted(rows.envelope.other_sets)) or "none"
        problem = f"no 835 in this file (transaction sets found: {sets}); remove it from the folder"
        problems.append(X12Error(problem, file=name))
    return problems[0] if problems else None


def _frames(rows: RemittanceRows, names: Sequence[str]) -> dict[str, pd.DataFrame]:
    frames = {}
    for table, found in rows.finished().items():
        frame = pd.DataFrame(found, columns=[column.name for column in TABLES[table]])
        for column in TABLES[table]:
            if column.kind == "money":
                whole = pd.array([_int(value) for value in frame[column.name]], dtype="Int64")
                frame[column.name] = dollars(pd.Series(whole))
            elif column.kind == "text":
                frame[column.name] = [
                    None if value is None else _printable(value) for value in frame[column.name]
                ]
        frames[table] = conform(frame, table)
    frames["issues"] = in_order(frames["issues"], names)
    return frames


def in_order(issues: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Issues by file, segment, problem and message, as `read_835` gives them."""
    place = issues["segment"].astype("Float64").fillna(float("inf"))
    keyed = issues.assign(place=place, file_place=issues["file"].map(list(names).index))
    ordered = keyed.sort_values(["file_place", *_ISSUE_ORDER[1:]], kind="stable")
    return conform(ordered.drop(columns=["place", "file_place"]), "issues")


def _printable(value: object) -> str | None:
    """Text whose component separators, where they are no printable ASCII, are spaces."""
    return str(value).replace(UNPRINTABLE, " ").strip(" ") or None if value == value else None


def _int(value: object) -> int | None:
    return None if value is None or value != value else int(value)  # type: ignore[call-overload]
