"""The head of an 835: what was paid, when, by whom and to whom."""

from __future__ import annotations

from typing import Any

from oracle.plain_file import PlainSegment
from oracle.plain_values import Oddities

from j2311_analytics.ingest.elements import capitals

HEAD_SEGMENTS = frozenset(["BPR", "TRN", "N1", "REF", "DTM"])


class PaymentHead:
    """One row of `payments`, filled while its segments go by; what is said first stands."""

    def __init__(self, number: int, start: PlainSegment, file: str) -> None:
        self.party = ""
        self.ids: dict[str, Any] = {}
        self.row: dict[str, Any] = {
            "file": file,
            "transaction": number,
            "segment": start.number,
        }

    def take(self, segment: PlainSegment, odd: Oddities) -> None:
        """Read one segment of the head."""
        if segment.id == "BPR":
            self._first(self.row, "payment_amount", odd.cents(segment, 2))
            self._first(self.row, "method", segment.get(4))
            self._first(self.row, "payment_date", odd.day(segment, 16))
        elif segment.id == "TRN":
            self._first(self.row, "trace_number", segment.get(2))
            self._first(self.ids, "trace", segment.get(3))
        elif segment.id == "DTM" and segment.get(1) == "405":
            self._first(self.row, "production_date", odd.day(segment, 2))
        elif segment.id == "N1":
            self._party(segment)
        elif segment.id == "REF":
            place = {
                ("PR", "2U"): "submitter",
                ("PE", "TJ"): "tax_id_reference",
                ("PE", "HPI"): "npi_reference",
            }.get((self.party, capitals(segment.get(1))))
            if place:
                self._first(self.ids, place, segment.get(2))

    def finished(self) -> dict[str, Any]:
        """The row, each id from the best of its places."""
        for field, places in (
            ("payer_id", ("plan", "submitter", "trace")),
            ("payee_npi", ("npi", "npi_reference")),
            ("payee_tax_id", ("tax_id", "tax_id_reference")),
        ):
            found = [self.ids[place] for place in places if place in self.ids]
            self.row[field] = found[0] if found else None
        return self.row

    def _party(self, segment: PlainSegment) -> None:
        self.party = capitals(segment.get(1))
        qualifier = capitals(segment.get(3))
        if self.party in ("PR", "PE"):
            name = "payer_name" if self.party == "PR" else "payee_name"
            self._first(self.row, name, segment.get(2))
        place = {("PR", "XV"): "plan", ("PE", "XX"): "npi", ("PE", "FI"): "tax_id"}
        if (self.party, qualifier) in place:
            self._first(self.ids, place[self.party, qualifier], segment.get(4))

    @staticmethod
    def _first(row: dict[str, Any], name: str, value: Any) -> None:
        if value not in (None, "") and row.get(name) is None:
            row[name] = value
