"""Amounts, quantities and dates read with `Decimal` and `date`, and what was odd, listed."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from oracle.plain_file import PlainSegment

from j2311_analytics.ingest.segment_ids import shown_id

_NUMBER = re.compile(r"[+-]?(\d{1,3}(,\d{3})+|\d*)(\.\d*)?", re.ASCII)
_BAD_DATE = "a date that does not exist or is not written CCYYMMDD; it is missing"


class Oddities:
    """Rows of the `issues` table; a value that cannot be read is missing and listed."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []
        self.file = ""

    def note(
        self, number: int | None, name: str, severity: str, problem: str, message: str
    ) -> None:
        """List one thing by segment number and id."""
        shown = name if number is None else shown_id(name)
        values = (self.file, number, shown, severity, problem, message)
        names = ("file", "segment", "segment_id", "severity", "problem", "message")
        self.rows.append(dict(zip(names, values, strict=True)))

    def add(self, segment: PlainSegment, severity: str, problem: str, message: str) -> None:
        """List one thing about a segment."""
        self.note(segment.number, segment.id, severity, problem, message)

    def stray(self, segment: PlainSegment) -> None:
        """List a segment that stands where it cannot be read."""
        message = "this segment stands outside the claim or transaction it needs; it was not read"
        self.add(segment, "error", "stray_segment", message)

    def cents(self, segment: PlainSegment, position: int) -> int | None:
        """An amount in whole cents."""
        number = _decimal(segment.get(position))
        if number is not None:
            digits = f"{abs(number):f}".partition(".")
            fraction = digits[2].rstrip("0")
            too_long = len(digits[0].lstrip("0")) + len(fraction) > 15 or len(fraction) > 2
            number = None if too_long else number
        if number is None and segment.get(position):
            message = f"element {position:02d} is not an amount that can be read; it is missing"
            self.add(segment, "error", "bad_amount", message)
        return None if number is None else int(number * 100)

    def number(self, segment: PlainSegment, position: int) -> float | None:
        """A quantity."""
        text = segment.get(position)
        number = _decimal(text) if sum(mark.isdigit() for mark in text) <= 15 else None
        if number is None and text:
            message = f"element {position:02d} is not a number that can be read; it is missing"
            self.add(segment, "error", "bad_number", message)
        return None if number is None else float(number) + 0.0

    def day(self, segment: PlainSegment, position: int) -> date | None:
        """The date at a position."""
        return self.checked_day(segment, segment.get(position))

    def checked_day(self, segment: PlainSegment, text: str) -> date | None:
        """A date written CCYYMMDD."""
        day = _date(text)
        if text and day is None:
            self.add(segment, "warning", "bad_date", _BAD_DATE)
        return day


def _decimal(text: str) -> Decimal | None:
    if not _NUMBER.fullmatch(text) or not any(mark.isdigit() for mark in text):
        return None
    return Decimal(text.replace(",", ""))


def _date(text: str) -> date | None:
    if len(text) != 8 or not (text.isascii() and text.isdigit()):
        return None
    try:
        return datetime.strptime(text, "%Y%m%d").date()
    except ValueError:
        return None
