"""The head of an 835: what was paid, when, by whom and to whom."""

from __future__ import annotations

from typing import Any

from j2311_analytics.ingest.findings import Findings
from j2311_analytics.ingest.x12 import Segment

HEAD_SEGMENTS = frozenset(["BPR", "TRN", "N1", "REF", "DTM"])


class PaymentHead:
    """One row of the `payments` table, filled while its segments go by.

    The payer's id is kept from each of its three places; which one counts is
    decided when the table is made.
    """

    def __init__(self, number: int, start: Segment, file: str, guide: str) -> None:
        self.party = ""
        self.row: dict[str, Any] = {
            "file": file,
            "transaction": number,
            "segment": start.number,
            "control_number": start.get(2),
            "version": start.get(3) or guide,
        }

    def take(self, segment: Segment, findings: Findings) -> None:
        """Read one segment of the head."""
        if segment.id == "BPR":
            self.row["payment_amount"] = findings.cents(segment, 2)
            self.row["method"] = segment.get(4)
            self.row["payment_date"] = findings.day(segment, 16)
        elif segment.id == "TRN":
            self.row.setdefault("trace_number", segment.get(2))
            self.row.setdefault("payer_id_trace", segment.get(3))
        elif segment.id == "DTM" and segment.get(1) == "405":
            self.row["production_date"] = findings.day(segment, 2)
        elif segment.id == "N1":
            self._party(segment)
        elif segment.id == "REF":
            self._reference(segment.get(1).upper(), segment.get(2))

    def _party(self, segment: Segment) -> None:
        self.party = segment.get(1).upper()
        name, qualifier, identity = segment.get(2), segment.get(3).upper(), segment.get(4)
        if self.party == "PR":
            self.row["payer_name"] = name
            if qualifier == "XV":
                self.row["payer_id_plan"] = identity
        elif self.party == "PE":
            self.row["payee_name"] = name
            field = {"XX": "payee_npi", "FI": "payee_tax_id"}.get(qualifier)
            if field:
                self.row[field] = identity

    def _reference(self, qualifier: str, value: str) -> None:
        if self.party == "PR" and qualifier == "2U":
            self.row.setdefault("payer_id_submitter", value)
        elif self.party == "PE" and qualifier in ("TJ", "HPI"):
            self.row.setdefault("payee_tax_id" if qualifier == "TJ" else "payee_npi", value)
