"""Interchanges, groups and transaction sets: counted, and compared with their trailers.

Trailers that do not agree are listed and never stop the reading: the claims
inside are whole.
"""

from __future__ import annotations

from j2311_analytics.ingest.findings import Findings
from j2311_analytics.ingest.x12 import Segment


class Envelope:
    """Counts what the trailers of a file should state."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self.start_file()

    def start_file(self) -> None:
        """Forget the counts of the last file."""
        self.interchanges = self.groups = self.sets = self.segments = 0
        self.groups_inside = 0
        self.guide = ""
        self.last: Segment | None = None

    def count(self, segment: Segment) -> None:
        """Count a segment toward its transaction set."""
        self.segments += 1
        self.last = segment

    def take(self, segment: Segment) -> None:
        """Read ISA, GS, GE or IEA."""
        if segment.id == "ISA":
            self.interchanges += 1
            self.groups_inside = 0
        elif segment.id == "GS":
            self.groups += 1
            self.groups_inside += 1
            self.sets = 0
            self.guide = segment.get(8)
        elif segment.id == "GE":
            self._compare(segment, self.sets, "transaction sets", "ge_count")
            self.groups = max(0, self.groups - 1)
        else:
            self._compare(segment, self.groups_inside, "functional groups", "iea_count")
            self.interchanges = max(0, self.interchanges - 1)

    def open_set(self) -> None:
        """Begin a transaction set with its ST segment."""
        self.sets += 1
        self.segments = 1

    def close_set(self, trailer: Segment) -> None:
        """Compare the segments counted with what SE states."""
        self._compare(trailer, self.segments, "segments", "se_count")

    def end_file(self, *, open_set: bool) -> None:
        """List trailers that are missing at the end of the file."""
        if self.last is None:
            return
        missing = [
            (open_set, "missing_se", "the last transaction has no SE segment"),
            (self.groups > 0, "missing_ge", "a functional group has no GE segment"),
            (self.interchanges > 0, "missing_iea", "an interchange has no IEA segment"),
        ]
        for is_missing, problem, message in missing:
            if is_missing:
                self.findings.add(self.last, "warning", problem, message)

    def _compare(self, trailer: Segment, counted: int, what: str, problem: str) -> None:
        stated = trailer.get(1)
        if stated and stated.lstrip("0") != str(counted).lstrip("0"):
            message = f"the trailer states another number of {what} than the {counted} read"
            self.findings.add(trailer, "warning", problem, message)
