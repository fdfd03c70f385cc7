"""Parquet files in row groups of many pieces."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

# Rows in one group, and pieces that may wait for it.
ROW_GROUP, WAITING = 65_536, 64


class RowGroups:
    """Rows of many pieces, written together.

    A writer keeps what the file's end will say of every group: with one for each piece
    its memory would grow with what is read.

    Args:
        writer: An open `pyarrow.parquet.ParquetWriter`.

    Example:
        >>> import io
        >>> import pyarrow.parquet as pq
        >>> with pq.ParquetWriter(io.BytesIO(), pa.schema([("line", "int64")])) as writer:
        ...     groups = RowGroups(writer)
        ...     groups.add(pa.table({"line": [1]}))
        ...     waiting = len(groups.waiting)
        ...     groups.write()
        >>> waiting, len(groups.waiting)
        (1, 0)
    """

    def __init__(self, writer: Any) -> None:
        self.writer = writer
        self.waiting: list[Any] = []

    def add(self, rows: Any) -> None:
        """Take rows; write when there are enough."""
        self.waiting.append(rows)
        if sum(map(len, self.waiting)) >= ROW_GROUP or len(self.waiting) == WAITING:
            self.write()

    def write(self) -> None:
        """Write what is waiting as one group."""
        if self.waiting:
            self.writer.write_table(pa.concat_tables(self.waiting))
        self.waiting = []
