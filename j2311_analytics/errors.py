"""The package's own exception, its one warning class, and how messages count.

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


def count_of(number: float, noun: str, many: str = "") -> str:
    """A number of things, in the singular where there is just one.

    Args:
        number: How many.
        noun: What one of them is called.
        many: What several are called, where that is not the noun with an s.

    Example:
        >>> count_of(1, "row"), count_of(1200, "row"), count_of(2, "entry", "entries")
        ('1 row', '1,200 rows', '2 entries')
        >>> count_of(2.5, "hour")
        '2.5 hours'
    """
    shown = f"{int(number):,}" if float(number).is_integer() else f"{number:g}"
    return f"{shown} {noun}" if number == 1 else f"{shown} {many or noun + 's'}"


def odd_things(number: int) -> str:
    """How a warning counts what was odd.

    Example:
        >>> odd_things(1), odd_things(3)
        ('1 thing was odd', '3 things were odd')
    """
    return f"{count_of(number, 'thing')} {'was' if number == 1 else 'were'} odd"
