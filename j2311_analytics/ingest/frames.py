"""Public tables put together from the columns of many chunks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from j2311_analytics.ingest.columns import long_lived
from j2311_analytics.ingest.cut import Array
from j2311_analytics.tables import DTYPES, TABLES

_NUMPY = {"optional_key": "int64"}
# Room for this many chunks like the first; pages that are never used cost nothing.
_ROOM = 64


class Growing:
    """One table that chunks are added to; numbers lie in one array from the start.

    Args:
        table: Its name.
        room: Chunks like the first that there is room for; more of them are copied.

    Example:
        >>> table = Growing("remarks")
        >>> len(table.frame([]))
        0
    """

    def __init__(self, table: str, room: int = _ROOM) -> None:
        self.table = table
        self.room = room
        self.count = 0
        self.numbers: dict[str, Array] = {}
        self.texts: dict[str, list[Any]] = {}

    def add(self, columns: dict[str, Any]) -> None:
        """Add the columns of one chunk; keys that are 0 are missing.

        Example:
            >>> Growing("remarks").add({})
        """
        count = max((len(values) for values in columns.values()), default=0)
        for column in TABLES[self.table] if count else ():
            values = columns[column.name]
            if column.kind == "text":
                self.texts.setdefault(column.name, []).append(values)
            else:
                self._room(column.name, _NUMPY.get(column.kind, DTYPES[column.kind]), count)
                self.numbers[column.name][self.count : self.count + count] = values
        self.count += count

    def frame(self, names: Sequence[str]) -> pd.DataFrame:
        """The table so far, in its public types.

        Args:
            names: Names of the files, by number.

        Example:
            >>> Growing("lines").frame([]).dtypes["charge"]
            dtype('float64')
        """
        data: dict[str, Any] = {}
        for column in TABLES[self.table]:
            if column.kind == "text":
                parts = self.texts.pop(column.name, [])
                data[column.name] = _as_text(
                    [_named(part, names) for part in parts] if column.name == "file" else parts
                )
            else:
                data[column.name] = self._numbers(column.name, column.kind)
        return pd.DataFrame(data, copy=False)

    def _room(self, name: str, dtype: str, count: int) -> None:
        needed = self.count + count
        array = self.numbers.get(name)
        if array is None or array.size < needed:
            size = max(needed if array is None else needed * 2, count * self.room)
            buffer = pa.allocate_buffer(size * np.dtype(dtype).itemsize, memory_pool=long_lived())
            room = np.frombuffer(buffer, dtype)
            if array is not None:
                room[: self.count] = array[: self.count]
            self.numbers[name] = room

    def _numbers(self, name: str, kind: str) -> Any:
        array = self.numbers.pop(name, None)
        if array is None:
            return pd.Series([], dtype=DTYPES[kind]).array
        values = array[: self.count]
        if kind == "optional_key":
            return pd.arrays.IntegerArray(values, values == 0)
        return values


def _as_text(parts: list[pa.Array]) -> Any:
    whole = pa.chunked_array(parts, pa.large_string())
    dtype = pd.StringDtype("pyarrow", na_value=np.nan)
    return pd.arrays.ArrowStringArray(whole, dtype=dtype)  # type: ignore[call-arg]


def _named(files: Any, names: Sequence[str]) -> pa.Array:
    return pa.array([names[file] for file in files.tolist()], pa.large_string())
