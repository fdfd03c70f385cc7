"""What was odd in the files of one reading, as rows of the `issues` table.

Messages hold the segment's number and id, never its content.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from j2311_analytics.tables import conform

_COLUMNS = ("file", "segment", "segment_id", "severity", "problem", "message")


class IssueList:
    """Collects issues by file number; names and order come at the end.

    Example:
        >>> found = IssueList()
        >>> found.add(0, 3, "SE", "warning", "se_count", "the count differs")
        >>> found.frame(["a.835"])["file"].tolist()
        ['a.835']
    """

    def __init__(self, kind: str = "an 835") -> None:
        self.kind = kind
        self.parts: deque[dict[str, Any]] = deque()
        self.unknown: dict[tuple[int, str], tuple[int, int]] = {}

    def add(
        self, file: int, number: int | None, name: str, severity: str, problem: str, message: str
    ) -> None:
        """List one issue.

        Example:
            >>> IssueList().add(0, None, "", "error", "unreadable", "the file is empty")
        """
        values = ([file], [-1 if number is None else number], name, severity, problem, message)
        self.parts.append(dict(zip(_COLUMNS, values, strict=True)))

    def add_rows(
        self, files: Any, numbers: Any, name: str, severity: str, problem: str, message: str
    ) -> None:
        """List the same issue for many segments.

        Example:
            >>> IssueList().add_rows([0, 0], [1, 2], "CAS", "error", "bad_amount", "missing")
        """
        if len(numbers):
            values = (files, numbers, name, severity, problem, message)
            self.parts.append(dict(zip(_COLUMNS, values, strict=True)))

    def add_unknown(self, file: int, number: int, name: str) -> None:
        """Count a segment of an unknown id: one issue for each id and file.

        Example:
            >>> IssueList().add_unknown(0, 5, "XX")
        """
        first, count = self.unknown.get((file, name), (number, 0))
        self.unknown[file, name] = first, count + 1

    def frame(self, names: Sequence[str], *, last: bool = True) -> pd.DataFrame:
        """The `issues` table in the order of files and segments; the list is empty then.

        Args:
            names: Names of the files, by number.
            last: Whether the reading ends here; unknown segments are counted until then.

        Example:
            >>> len(IssueList().frame([]))
            0
        """
        for (file, name), (first, count) in self.unknown.items() if last else ():
            message = f"this segment does not belong in {self.kind}; it was not read"
            if count > 1:
                message = f"{count} such segments do not belong in {self.kind}; none was read"
            self.add(file, first, name, "warning", "unknown_segment", message)
        self.unknown = {} if last else self.unknown
        # One by one: other threads may add to them meanwhile.
        parts = [self.parts.popleft() for _ in range(len(self.parts))]
        rows = [pd.DataFrame(part, columns=list(_COLUMNS)) for part in parts]
        if not rows:
            return conform(pd.DataFrame({"file": []}), "issues")
        # What concerns a whole file stands after what was seen in its segments.
        found = pd.concat(rows, ignore_index=True)
        found["place"] = found["segment"].where(found["segment"] >= 0, np.iinfo(np.int64).max)
        found = found.sort_values(["file", "place", "problem", "message"], kind="stable")
        found["file"] = np.array([*names, ""], object)[found["file"].to_numpy()]
        found["segment"] = found["segment"].astype("Int64").where(found["segment"] >= 0)
        return conform(found.drop(columns="place"), "issues")
