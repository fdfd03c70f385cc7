"""The package's own exception and its one warning class.

Messages name the file, the segment number and the segment id. They never hold
the content of a file, because remittances and claims are health information.
"""

from __future__ import annotations


class AnalyticsWarning(UserWarning):
    """One summary of what was odd but readable; the rows are in an `issues` table.

    Example:
        >>> issubclass(AnalyticsWarning, UserWarning)
        True
    """


class X12Error(Exception):
    """A file that cannot be read as X12, or not as the transaction set expected.

    Args:
        problem: What is wrong and what to do, in words; never content of the file.
        file: Name of the file, relative to the source that was read.
        segment: Number of the segment in its file, counted from 1.
        segment_id: The segment's id, such as "CLP".

    Example:
        >>> raise X12Error("the file ends inside a segment", file="a.835", segment=7)
        Traceback (most recent call last):
        j2311_analytics.errors.X12Error: a.835, segment 7: the file ends inside a segment
    """

    def __init__(
        self,
        problem: str,
        *,
        file: str = "",
        segment: int | None = None,
        segment_id: str = "",
    ) -> None:
        self.problem = problem
        self.file = file
        self.segment = segment
        self.segment_id = segment_id
        place = ", ".join(
            part
            for part in (
                file,
                f"segment {segment}" if segment is not None else "",
                segment_id,
            )
            if part
        )
        super().__init__(f"{place}: {problem}" if place else problem)
