"""Rows of a frame as plain values by a key, for loops over many small groups."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple, TypeVar

import pandas as pd

Value = TypeVar("Value", bound=NamedTuple)


def values_by(rows: pd.DataFrame, keys: Iterable[Any], kind: type[Value]) -> dict[Any, list[Value]]:
    """Rows as named tuples of `kind`, gathered by key in order of the rows.

    Args:
        rows: A frame with a column for each field of `kind`.
        keys: The key of each row.
        kind: The named tuple to make.
    """
    found: dict[Any, list[Value]] = {}
    fields = [rows[name].tolist() for name in kind._fields]
    for key, *values in zip(keys, *fields, strict=True):
        found.setdefault(key, []).append(kind(*values))
    return found
