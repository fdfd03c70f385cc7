"""What was odd in a file, and the values that were read around it.

Messages hold the segment's number and id, never its content.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from j2311_analytics.ingest.elements import read_cents, read_date, read_number
from j2311_analytics.ingest.segment_ids import shown_id
from j2311_analytics.ingest.x12 import Segment


class Findings:
    """Collects rows of the `issues` table for one file after another."""

    def __init__(self, rows: list[dict[str, Any]], kind: str = "an 835") -> None:
        self.rows = rows
        self.kind = kind
        self.start_file("")

    def start_file(self, name: str) -> None:
        """Name the file that findings are about from here on."""
        self.file = name
        self.unknown_ids: dict[str, tuple[dict[str, Any], int]] = {}

    def note(
        self, number: int | None, segment_id: str, severity: str, problem: str, message: str
    ) -> dict[str, Any]:
        """List one finding, by segment number and id."""
        row = {
            "file": self.file,
            "segment": number,
            "segment_id": segment_id,
            "severity": severity,
            "problem": problem,
            "message": message,
        }
        self.rows.append(row)
        return row

    def add(self, segment: Segment, severity: str, problem: str, message: str) -> None:
        """List one finding about a segment."""
        self.note(segment.number, shown_id(segment.id), severity, problem, message)

    def stray(self, segment: Segment) -> None:
        """List a segment that stands where it cannot be read."""
        message = "this segment stands outside the claim or transaction it needs; it was not read"
        self.add(segment, "error", "stray_segment", message)

    def unknown(self, segment: Segment) -> None:
        """List segments of an unknown id, once for each id and file."""
        name = shown_id(segment.id)
        row, count = self.unknown_ids.get(name, (None, 0))
        if row is None:
            message = f"this segment does not belong in {self.kind}; it was not read"
            row = self.note(segment.number, name, "warning", "unknown_segment", message)
        else:
            row["message"] = (
                f"{count + 1} such segments do not belong in {self.kind}; none was read"
            )
        self.unknown_ids[name] = (row, count + 1)

    def cents(self, segment: Segment, position: int) -> int | None:
        """An amount in cents; one that cannot be read is missing and listed."""
        text = segment.get(position)
        amount = read_cents(text)
        if text and amount is None:
            message = f"element {position:02d} is not an amount that can be read; it is missing"
            self.add(segment, "error", "bad_amount", message)
        return amount

    def number(self, segment: Segment, position: int) -> float | None:
        """A quantity; one that cannot be read is missing and listed."""
        text = segment.get(position)
        number = read_number(text)
        if text and number is None:
            message = f"element {position:02d} is not a number that can be read; it is missing"
            self.add(segment, "error", "bad_number", message)
        return number

    def day(self, segment: Segment, position: int) -> date | None:
        """The date at a position; one that cannot be read is missing and listed."""
        return self.checked_day(segment, segment.get(position))

    def checked_day(self, segment: Segment, text: str) -> date | None:
        """A date from text of a segment; one that cannot be read is missing and listed."""
        day = read_date(text.strip())
        if text.strip() and day is None:
            message = "a date that does not exist or is not written CCYYMMDD; it is missing"
            self.add(segment, "warning", "bad_date", message)
        return day
