"""One row per claim with numbered line columns, made into one row per line."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from j2311_analytics.ingest.titles import Match


def arrange(cells: pd.DataFrame, matches: Sequence[Match]) -> pd.DataFrame:
    """Name the columns of a sheet by field, and cut rows of whole claims into lines.

    Args:
        cells: Text, columns by position, the index the row in the source.
        matches: The recognised columns.

    Returns:
        One row per line, a column per field. Rows of one claim keep its row number;
        a line with nothing in its own columns is none.

    Example:
        >>> sheet = pd.DataFrame([["A", "J2311", ""]], dtype="str")
        >>> titles = [Match(0, "Claim", "claim_id", "exact")]
        >>> titles += [Match(n, f"CPT {n}", "hcpcs", "exact", n) for n in (1, 2)]
        >>> arrange(sheet, titles).values.tolist()
        [['A', 'J2311', '1']]
    """
    shared = {match.field: cells[match.position] for match in matches if not match.line}
    numbers = sorted({match.line for match in matches if match.line})
    if not numbers:
        return pd.DataFrame(shared)
    parts = []
    for number in numbers:
        own = pd.DataFrame({m.field: cells[m.position] for m in matches if m.line == number})
        filled = own.apply(lambda column: column.str.strip() != "").any(axis=1)
        part = pd.DataFrame(shared).join(own).assign(line_number=str(number))
        parts.append(part[filled])
    lines: pd.DataFrame = pd.concat(parts).sort_index(kind="stable").fillna("")
    return lines
