"""Rows of a frame numbered by a key, and as plain values for loops over small groups."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, TypeVar

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from j2311_analytics.tables import as_text

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
        codes, distinct = _coded(key)
        if size * distinct > _MOST:
            number, so_far = pd.factorize(number)
            size = len(so_far)
        number = number * distinct + codes
        size *= distinct
    first, _ = pd.factorize(number)
    return first


def _coded(key: pd.Series) -> tuple[np.ndarray, int]:
    """A number for each value, missing included, and how many numbers there may be."""
    if isinstance(key.dtype, pd.CategoricalDtype):
        return key.cat.codes.to_numpy("int64") + 1, len(key.cat.categories) + 1
    codes, distinct = pd.factorize(key, use_na_sentinel=False)
    return codes, max(len(distinct), 1)


def as_categories(values: pd.Series) -> pd.Series:
    """Text as categories in order of appearance: small to keep, and fast to compare.

    Example:
        >>> as_categories(pd.Series(["b", "a", None, "b"], dtype="str")).cat.codes.tolist()
        [0, 1, -1, 0]
    """
    codes, distinct = pd.factorize(values)
    kept = pd.Categorical.from_codes(codes, categories=pd.Index(distinct, dtype="str"))
    return pd.Series(kept, index=values.index)


def among(texts: pd.Series, others: pd.Series) -> pd.Series:
    """Which texts stand among others; a missing one never does.

    Where there are many others, pandas' own `isin` makes a Python value of each.

    Example:
        >>> among(pd.Series(["a", None], dtype="str"), pd.Series(["b", "a"], dtype="str")).tolist()
        [True, False]
    """
    found = pc.is_in(pa.array(texts), value_set=pa.array(others), skip_nulls=True)
    return pd.Series(found.to_numpy(zero_copy_only=False), index=texts.index)


def in_text(rows: pd.DataFrame) -> pd.DataFrame:
    """The same rows with every text as `str`."""
    texts = [str(name) for name in rows.select_dtypes("category")]
    return rows.assign(**{name: as_text(rows[name]) for name in texts})


def in_order(rows: pd.DataFrame, order: np.ndarray) -> pd.DataFrame:
    """Rows in another order, numbered anew; column by column, as a second copy is large.

    The columns are taken out of `rows`, which is empty afterwards.
    """
    taken = {
        name: rows.pop(name).take(order).reset_index(drop=True) for name in map(str, list(rows))
    }
    return pd.DataFrame(taken, copy=False)


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
