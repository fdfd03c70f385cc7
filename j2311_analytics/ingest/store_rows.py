"""Rows in the store: which content each belongs to, and many entries joined into one.

A stored table has the columns of the public table without `file`, and before them
`content`: the number, within its entry, of the file content that the row was read
from. Names of files are given on reading, so the same content is found again under
another name. Keys count within an entry and are given anew on reading.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from j2311_analytics.ingest.remittance import Remittance
from j2311_analytics.tables import REMITTANCE_TABLES, columns, conform, empty

Numbers = npt.NDArray[np.int64]
Tables = dict[str, pa.Table]

# Each key, and the table that has one row for each of its values.
_OWNERS = {"transaction": "payments", "claim": "claims", "line": "lines"}


@dataclass(frozen=True)
class Placed:
    """The tables of one entry, and where in the source each of its contents stands.

    Args:
        tables: Stored tables by name.
        places: Position in the source by number of the content; −1 where the source
            does not hold it, or has it from another entry.
    """

    tables: Tables
    places: Numbers


@cache
def stored_schema(table: str) -> pa.Schema:
    """Arrow schema of a stored table.

    Example:
        >>> stored_schema("remarks").names
        ['content', 'claim', 'line', 'segment', 'source', 'rarc']
    """
    frame = empty(table).drop(columns="file", errors="ignore")
    frame.insert(0, "content", pd.Series(dtype="int32"))
    return pa.Schema.from_pandas(frame, preserve_index=False)


def split_by_content(
    piece: Remittance, numbers: Mapping[str, int], transactions: dict[int, int]
) -> Tables:
    """The stored tables of one piece.

    Args:
        piece: What was read, with each content's hash as the name of its file.
        numbers: Number of each content by its hash.
        transactions: Number of the content of each transaction. The piece's own are
            added: a later piece may go on with the claims of a transaction.

    Raises:
        ValueError: if a row does not tell its content.
    """
    named = piece.payments["file"].map(numbers)
    transactions.update(zip(piece.payments["transaction"], named, strict=True))
    of_claims = piece.claims["transaction"].map(transactions)
    by_claim = pd.Series(of_claims.to_numpy(), index=piece.claims["claim"])
    of_adjustments = piece.adjustments["claim"].map(by_claim)
    if len(numbers) == 1:
        # An adjustment outside any claim names nothing that leads to its file.
        of_adjustments = of_adjustments.fillna(0)
    contents = {
        "payments": named,
        "claims": of_claims,
        "lines": piece.lines["claim"].map(by_claim),
        "adjustments": of_adjustments,
        "remarks": piece.remarks["claim"].map(by_claim),
        "provider_adjustments": piece.provider_adjustments["transaction"].map(transactions),
        "issues": piece.issues["file"].map(numbers),
    }
    return {
        table: _stored(getattr(piece, table), table, contents[table]) for table in REMITTANCE_TABLES
    }


def _stored(frame: pd.DataFrame, table: str, contents: pd.Series) -> pa.Table:
    if contents.isna().any():
        raise ValueError(f"rows of {table} do not tell which content they were read from")
    frame = frame.assign(content=contents.astype("int32"))
    return pa.Table.from_pandas(frame, schema=stored_schema(table), preserve_index=False)


def noted(rows: Sequence[tuple[int, str, str, str]]) -> Placed:
    """An entry made of issues alone: position in the source, severity, problem, message."""
    places = np.array([row[0] for row in rows], dtype="int64")
    issues = pd.DataFrame(
        [(None, *row[1:]) for row in rows], columns=["segment", "severity", "problem", "message"]
    )
    tables = {table: stored_schema(table).empty_table() for table in REMITTANCE_TABLES}
    numbers = pd.Series(range(len(rows)), dtype="int64")
    tables["issues"] = _stored(conform(issues, "issues"), "issues", numbers)
    return Placed(tables, places)


def join(entries: Sequence[Placed], names: Sequence[str]) -> Remittance:
    """One `Remittance` of what the entries hold of a source, as one read would give it.

    Args:
        entries: At least one.
        names: Name of each file by its position in the source.
    """
    # Where each entry's keys begin once those of all entries stand one after another.
    starts = {key: _starts(entries, key, owner) for key, owner in _OWNERS.items()}
    counted: dict[str, Numbers] = {}
    frames = {}
    for table in REMITTANCE_TABLES:
        rows = [len(entry.tables[table]) for entry in entries]
        entry_of = np.repeat(np.arange(len(entries)), rows)
        stored = pa.concat_tables([entry.tables[table] for entry in entries])
        place = np.concatenate([e.places[e.tables[table]["content"].to_numpy()] for e in entries])
        taken = np.flatnonzero(place >= 0)
        taken = taken[np.argsort(place[taken], kind="stable")]
        frame = stored.drop_columns("content").to_pandas().iloc[taken].reset_index(drop=True)
        for key in [name for name in _OWNERS if name in frame.columns]:
            old = frame[key].fillna(0).to_numpy("int64") + starts[key][entry_of[taken]]
            if _OWNERS[key] == table:
                counted[key] = np.zeros(starts[key][-1], dtype="int64")
                counted[key][old] = np.arange(1, len(old) + 1)
            frame[key] = _renumbered(counted[key][old], frame[key])
        if "file" in columns(table):
            given = pd.array(list(names), dtype="str")
            frame["file"] = given.take(place[taken])
        frames[table] = frame[columns(table)]
    return Remittance(**frames)


def _starts(entries: Sequence[Placed], key: str, owner: str) -> Numbers:
    sizes = [(pc.max(entry.tables[owner][key]).as_py() or 0) + 1 for entry in entries]
    return np.array([0, *accumulate(sizes)], dtype="int64")


def _renumbered(values: Numbers, before: pd.Series) -> pd.Series:
    """New keys in place of the old; what was missing stays so."""
    keys = pd.Series(values).astype(before.dtype)
    return keys.mask(before.isna()) if before.isna().any() else keys
