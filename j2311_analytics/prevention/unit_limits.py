"""The user's file of unit limits, such as CMS's Medically Unlikely Edits."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

COLUMNS = ("hcpcs", "max_units", "adjudication_indicator")


def read_unit_limits(path: str | Path) -> pd.DataFrame:
    """Read unit limits; none are built in.

    Args:
        path: CSV with hcpcs, max_units and adjudication_indicator (MAI): 1 limits each
            line, 2 and 3 limit the sum of the day.

    Returns:
        hcpcs, max_units (units), adjudication_indicator.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: naming the row and what to change.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "unit_limits.csv"
        >>> _ = path.write_text("hcpcs,max_units,adjudication_indicator\\nJ2315,380,3\\n")
        >>> read_unit_limits(path).values.tolist()
        [['J2315', 380.0, '3']]
    """
    path = Path(path)
    table = pd.read_csv(path, dtype="str", keep_default_na=False, encoding="utf-8-sig")
    missing = [name for name in COLUMNS if name not in table.columns]
    if missing:
        raise ValueError(
            f"{path.name} needs the columns {', '.join(COLUMNS)}; it lacks {', '.join(missing)}"
        )
    table = table[list(COLUMNS)].apply(lambda column: column.str.strip())
    units = pd.to_numeric(table["max_units"], errors="coerce").astype("float64")
    problems = (
        (~(units >= 0), "max_units must be a number of units, such as 380"),
        (
            ~table["adjudication_indicator"].isin(["1", "2", "3"]),
            "adjudication_indicator must be 1, 2 or 3",
        ),
        (table["hcpcs"].duplicated(), "the code stands in an earlier row, too"),
    )
    for wrong, problem in problems:
        if wrong.any():
            raise ValueError(f"{path.name}, row {int(wrong.to_numpy().argmax()) + 2}: {problem}")
    limits: pd.DataFrame = table.assign(hcpcs=table["hcpcs"].str.upper(), max_units=units)
    return limits
