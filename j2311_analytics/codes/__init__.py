"""Dated code tables in our own words, shipped with the package as CSV files.

Every value is text; an empty cell is an empty string. `sources.csv` gives the
date and source of each table.
"""

from __future__ import annotations

from functools import cache
from importlib import resources

import pandas as pd


def load(table: str) -> pd.DataFrame:
    """Return a copy of a code table, such as `carc`, `rarc` or `drug_codes`.

    Args:
        table: The file's name without `.csv`.

    Returns:
        The table as text, one row per code.

    Raises:
        ValueError: if there is no such table; the message lists those there are.

    Example:
        >>> load("carc").set_index("code").loc["197", "category"]
        'prior_authorization'
    """
    return _read(table).copy()


def names() -> list[str]:
    """Names of the code tables.

    Example:
        >>> "plb_reason" in names()
        True
    """
    folder = resources.files(__name__)
    return sorted(item.name[:-4] for item in folder.iterdir() if item.name.endswith(".csv"))


def lookup(table: str, key: str, value: str) -> dict[str, str]:
    """A plain dictionary from one column of a code table to another.

    Example:
        >>> lookup("place_of_service", "code", "name")["11"]
        'Office'
    """
    frame = _read(table)
    return dict(zip(frame[key], frame[value], strict=True))


@cache
def _read(table: str) -> pd.DataFrame:
    if table not in names():
        raise ValueError(f"no code table {table!r}; there are {', '.join(names())}")
    with resources.files(__name__).joinpath(f"{table}.csv").open(encoding="utf-8") as file:
        return pd.read_csv(file, dtype="str", keep_default_na=False)
