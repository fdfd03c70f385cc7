"""Remittances read chunk by chunk: the columns of every table, with keys that count on."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain, islice
from threading import Event
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from j2311_analytics.ingest.adjustment_tables import (
    adjustment_columns,
    provider_columns,
    remark_columns,
)
from j2311_analytics.ingest.canonical_text import COMPONENT
from j2311_analytics.ingest.chunks import CHUNK_SIZE, Chunk, Feed
from j2311_analytics.ingest.claim_table import claim_columns
from j2311_analytics.ingest.context import Context, find_context
from j2311_analytics.ingest.cut import Cut, cut
from j2311_analytics.ingest.failures import list_failures, raise_first
from j2311_analytics.ingest.issue_list import IssueList
from j2311_analytics.ingest.line_table import line_columns
from j2311_analytics.ingest.payment_table import payment_columns
from j2311_analytics.ingest.sets import SetWalker
from j2311_analytics.ingest.sources import Source

Columns = dict[str, dict[str, Any]]

_CLAIM_IDS = (b"CLP",)
_KEYS = {"payments": "transaction", "claims": "claim", "lines": "line"}


@dataclass
class Reading:
    """One pass over a source; the pieces come in order.

    Args:
        source: What `open_sources` takes.
        strict: Whether the first unreadable file ends the reading.
        chunk_size: Bytes read at once.

    Example:
        >>> reading = Reading(b"ST*835*1~BPR*I*0*C~CLP*A*1*9*0~SE*4*1~")
        >>> [len(piece["claims"]["claim"]) for piece in reading.pieces()]
        [1]
    """

    source: Source
    strict: bool = False
    chunk_size: int = CHUNK_SIZE

    def __post_init__(self) -> None:
        self.feed = Feed(self.source, _CLAIM_IDS, self.chunk_size)
        self.issues = IssueList()
        self.walker = SetWalker(self.issues)
        self.counts = dict.fromkeys(_KEYS.values(), 0)

    def pieces(self) -> Iterator[Columns]:
        """Yield the columns of every table, chunk by chunk.

        Raises:
            X12Error: if nothing could be read; with `strict`, at the first failure.

        Example:
            >>> list(Reading([]).pieces())
            []
        """
        for columns in self._columns():
            yield self._numbered(columns)
            if self.strict:
                raise_first(self.feed, self.walker)
        self.walker.end_file()
        if self.strict or not self.counts["transaction"]:
            raise_first(self.feed, self.walker)
        list_failures(self.feed, self.walker, self.issues)

    def _columns(self) -> Iterator[Columns]:
        """Columns of each chunk; a chunk on each processor where there are several.

        What stands between chunks is walked in order; cutting before it and taking
        values after it need nothing from other chunks.
        """
        chunks = self.feed.chunks()
        workers = min(pa.cpu_count(), len(_processors()))
        begun = list(islice(chunks, 2)) if workers > 1 else []
        chunks = chain(begun, chunks)
        if len(begun) < 2:
            yield from map(self._read, chunks)
            return
        del begun
        with ThreadPoolExecutor(workers) as pool:
            reading: deque[Future[Columns]] = deque()
            turn: Event | None = None
            for chunk in chunks:
                walked = Event()
                reading.append(pool.submit(self._read, chunk, turn, walked))
                turn = walked
                # Not kept when it has been read.
                del chunk
                if len(reading) > workers:
                    yield reading.popleft().result()
            while reading:
                yield reading.popleft().result()

    def _read(
        self, chunk: Chunk, turn: Event | None = None, walked: Event | None = None
    ) -> Columns:
        """Columns of one chunk, walked when it is its turn."""
        try:
            made = cut(chunk)
            if turn is not None:
                turn.wait()
            context = self._walked(made)
        finally:
            # Those behind must not wait for one that failed.
            if walked is not None:
                walked.set()
        return self._taken(context)

    def _walked(self, made: Cut) -> Context:
        place = self.walker.place
        file, before = place.file, place.number
        return find_context(made, self.walker.walk(made), self.issues, file, before)

    def _taken(self, context: Context) -> Columns:
        columns = {
            "payments": payment_columns(context),
            "claims": claim_columns(context),
            "lines": line_columns(context),
            "adjustments": adjustment_columns(context),
            "remarks": remark_columns(context),
            "provider_adjustments": provider_columns(context),
        }
        return _printable(columns) if context.cut.chunk.component == COMPONENT else columns

    def _numbered(self, columns: Columns) -> Columns:
        """Keys of a chunk made to count on from those before."""
        new = {key: columns[table][key].size for table, key in _KEYS.items()}
        optional = {"adjustments", "remarks"}
        for table, values in columns.items():
            for key, before in self.counts.items():
                if key not in values:
                    continue
                local = values[key]
                numbered = local + before
                if table in optional:
                    numbered = np.where(local == 0, 0, numbered)
                values[key] = numbered
        for key, count in new.items():
            self.counts[key] += count
        return columns


def _printable(columns: Columns) -> Columns:
    """Columns whose texts hold a space where a component separator was no printable ASCII."""
    mark = chr(COMPONENT)
    for values in columns.values():
        for name, column in values.items():
            if isinstance(column, pa.Array) and pc.any(pc.match_substring(column, mark)).as_py():
                text = pc.utf8_trim(pc.replace_substring(column, mark, " "), " ")
                values[name] = pc.if_else(pc.equal(text, ""), None, text)
    return columns


def _processors() -> set[int] | range:
    """Processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return os.sched_getaffinity(0)
    return range(os.cpu_count() or 1)
