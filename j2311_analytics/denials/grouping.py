"""Rows of a frame numbered by a key, and as plain values for loops over small groups."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, TypeVar

import numpy as np
import pandas as pd

Value = TypeVar("Value", bound=NamedTuple)
# Products of key sizes above this would not fit whole numbers of 64 bits.
_MOST = 2**62


def numbered(keys: Sequence[pd.Series]) -> np.ndarray:
    """One number per row, the same for rows whose keys are all equal; missing equals missing.

    Numbers follow the first appearance. A groupby on whole numbers is many times
    faster than on several texts.

    Example:
        >>> keys = [pd.Series(["A", "A", None, "A"]), pd.Series([1, 2, 1, 1])]
        >>> numbered(keys).tolist()
        [0, 1, 2, 0]
    """
    number, size = np.zeros(len(keys[0]), dtype="int64"), 1
    for key in keys:
        codes, distinct = pd.factorize(key, use_na_sentinel=False)
        if size * len(distinct) > _MOST:
            number, so_far = pd.factorize(number)
            size = len(so_far)
        number = number * max(len(distinct), 1) + codes
        size *= max(len(distinct), 1)
    first, _ = pd.factorize(number)
    return first


def joined(texts: pd.Series, keys: pd.Series, separator: str) -> pd.Series:
    """The texts of each key as one, in order of the rows.

    Example:
        >>> joined(pd.Series(["a", "b", "c"]), pd.Series([2, 1, 2]), "; ").to_dict()
        {2: 'a; c', 1: 'b'}
    """
    found: dict[Any, str] = {}
    for key, text in zip(keys.tolist(), texts.tolist(), strict=True):
        found[key] = f"{found[key]}{separator}{text}" if key in found else text
    index = pd.Index(list(found), dtype=keys.dtype)
    return pd.Series(list(found.values()), index=index, dtype="str")


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
