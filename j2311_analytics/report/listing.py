"""Tables of the workbook: their columns with explanations, rows and totals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from j2311_analytics.tables import TABLES

# What is longer is read in exceptions.csv; a sheet of Excel ends at 1,048,576 rows.
MOST_ROWS = 100_000


@dataclass(frozen=True)
class Field:
    """A column of a sheet.

    Args:
        name: Column of the listing's rows.
        title: Head of the column.
        width: Width in characters.
        kind: A kind of `tables`, or "percent", "words" (a code in words), "by_row"
            (the row's own `kind` says it).
        note: Comment of the head.

    Example:
        >>> Field("charge", "Charge", 12, "money").note
        ''
    """

    name: str
    title: str
    width: int
    kind: str = "text"
    note: str = ""


@dataclass(frozen=True)
class Listing:
    """A table in a sheet.

    Args:
        fields: Its columns.
        rows: Its rows; columns that are no field stay out.
        total: Values of the total row by field; none where nothing is summed.
        title: Line above the table, where a sheet has several.

    Example:
        >>> Listing([Field("a", "A", 9)], pd.DataFrame({"a": ["x"]})).total
        {}
    """

    fields: Sequence[Field]
    rows: pd.DataFrame
    total: dict[str, Any] = field(default_factory=dict)
    title: str = ""


def fields_of(columns: Sequence[tuple[str, str, int, str]], *tables: str) -> list[Field]:
    """Columns with kind and note from the public tables.

    Args:
        columns: Name, title, width and kind; the table's kind where it is empty.
        tables: Names in `tables.TABLES`; the first that has a column explains it.

    Returns:
        The columns.

    Raises:
        KeyError: if none of the tables has a column.

    Example:
        >>> fields_of([("charge", "Charge", 12, "")], "denials")[0].note
        'Charge of the line (dollars)'
    """
    known = {column.name: column for table in reversed(tables) for column in TABLES[table]}
    return [
        Field(
            name,
            title,
            width,
            shown or known[name].kind,
            known[name].meaning + (f" ({known[name].unit})" if known[name].unit else ""),
        )
        for name, title, width, shown in columns
    ]
