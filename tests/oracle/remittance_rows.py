"""Rows of the 835 tables, collected while segments go by.

Amounts are whole cents here; `read_835` turns them into dollars. Source of
positions and qualifiers: ASC X12 005010X221A1 implementation guide, and 4010
where it differs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from payment_head import HEAD_SEGMENTS, PaymentHead

from j2311_analytics.ingest.envelope import Envelope
from j2311_analytics.ingest.findings import Findings
from j2311_analytics.ingest.service import Service, reason_code
from j2311_analytics.ingest.tokens import member_token
from j2311_analytics.ingest.x12 import Segment
from j2311_analytics.tables import REMITTANCE_TABLES

Row = dict[str, Any]

_MIA_REMARKS = (5, 20, 21, 22, 23)
_MOA_REMARKS = (3, 4, 5, 6, 7)
_CLAIM_DATES = {
    "232": "statement_from",
    "233": "statement_to",
    "050": "received_date",
    "036": "coverage_expires",
}
_CLAIM_REFERENCES = {"F8": "original_control_number", "G1": "authorization", "CE": "contract_class"}
_LINE_REFERENCES = {"6R": "line_control", "G1": "authorization", "HPI": "rendering_npi"}
_READ_ELSEWHERE = frozenset(
    ["TA1", "NTE", "CUR", "N3", "N4", "PER", "RDM", "TS2", "TS3", "QTY", "K3"]
)
_TRAILERS = ("SE", "GE", "IEA")


class RemittanceRows:
    """Collects rows while segments go by; knows which claim and line they belong to."""

    def __init__(self) -> None:
        self.rows: dict[str, list[Row]] = {table: [] for table in REMITTANCE_TABLES}
        self.findings = Findings(self.rows["issues"])
        self.envelope = Envelope(self.findings)
        self.handlers: dict[str, Callable[[Segment], None]] = {
            "ST": self._start_set,
            "REF": self._reference,
            "DTM": self._date,
            "LX": self._header,
            "CLP": self._claim,
            "CAS": self._adjustment,
            "NM1": self._name,
            "MIA": self._claim_remarks,
            "MOA": self._claim_remarks,
            "AMT": self._amount,
            "SVC": self._line,
            "LQ": self._line_remark,
            "PLB": self._provider_adjustment,
            "SE": self._end_set,
        }
        self.start_file("")

    def start_file(self, name: str) -> None:
        """Forget where the last file stood."""
        self.findings.start_file(name)
        self.envelope.start_file()
        self.payment: PaymentHead | None = None
        self.claim: Row | None = None
        self.line: Row | None = None
        self.claim_before_header: Row | None = None
        self.skipping = False
        self.other_sets: set[str] = set()

    def take(self, segment: Segment) -> None:
        """Give one segment to its handler."""
        self.envelope.count(segment)
        if not segment.terminated and segment.id not in _TRAILERS:
            message = "the file ends inside this segment; it was left out"
            self.findings.add(segment, "error", "truncated", message)
        elif segment.id in ("ISA", "GS", "GE", "IEA"):
            if segment.id != "GS":
                self._close_set(segment)
            self.envelope.take(segment)
        elif segment.id == "ST" or not self.skipping:
            self._take_known(segment)
        elif segment.id == "SE":
            self.skipping = False

    def end_file(self) -> None:
        """List what is missing at the end of the file."""
        self.envelope.end_file(open_set=self.payment is not None)

    def _take_known(self, segment: Segment) -> None:
        if segment.id not in ("ST", "SE"):
            self._extend_spans(segment)
        handler = self.handlers.get(segment.id)
        if segment.id in HEAD_SEGMENTS and self.claim is None:
            self._take_head(segment)
        elif handler is not None:
            handler(segment)
        elif segment.id not in HEAD_SEGMENTS and segment.id not in _READ_ELSEWHERE:
            self.findings.unknown(segment)

    def _take_head(self, segment: Segment) -> None:
        if self.payment is not None:
            self.payment.take(segment, self.findings)
        elif segment.id == "BPR":
            self.findings.stray(segment)

    def _extend_spans(self, segment: Segment) -> None:
        # LX and PLB stand between claims and belong to none.
        if segment.id in ("CLP", "SVC", "LX", "PLB"):
            return
        owner = self.line or self.claim
        if owner is not None:
            owner["segments"] = segment.number - owner["segment"] + 1

    def _close_set(self, segment: Segment) -> None:
        if self.payment is not None:
            message = "the transaction before has no SE segment"
            self.findings.add(segment, "warning", "missing_se", message)
        self.payment = self.claim = self.line = self.claim_before_header = None
        self.skipping = False

    def _start_set(self, segment: Segment) -> None:
        self._close_set(segment)
        self.envelope.open_set()
        kind = segment.get(1)
        if kind != "835":
            self.skipping = True
            self.other_sets.add(kind if kind.isdigit() and len(kind) == 3 else "unknown")
            message = "not an 835; this transaction was not read"
            self.findings.add(segment, "warning", "other_set", message)
            return
        number = len(self.rows["payments"]) + 1
        self.payment = PaymentHead(number, segment, self.findings.file, self.envelope.guide)
        self.rows["payments"].append(self.payment.row)

    def _end_set(self, segment: Segment) -> None:
        if self.payment is None:
            return
        self.envelope.close_set(segment)
        if segment.get(2) and segment.get(2) != self.payment.row["control_number"]:
            self.findings.add(segment, "warning", "se_control", "SE and ST control numbers differ")
        self.payment = self.claim = self.line = self.claim_before_header = None

    def _reference(self, segment: Segment) -> None:
        qualifier, value = segment.get(1).upper(), segment.get(2)
        if self.line is not None:
            field = _LINE_REFERENCES.get(qualifier)
            if field:
                self.line.setdefault(field, value)
        elif self.claim is not None:
            field = _CLAIM_REFERENCES.get(qualifier)
            if field:
                self.claim.setdefault(field, value)

    def _date(self, segment: Segment) -> None:
        qualifier = segment.get(1)
        if self.line is not None:
            if qualifier in ("472", "150", "151"):
                self._line_date(segment, qualifier)
        elif self.claim is not None:
            field = _CLAIM_DATES.get(qualifier)
            if field:
                self.claim[field] = self.findings.day(segment, 2)

    def _line_date(self, segment: Segment, qualifier: str) -> None:
        assert self.line is not None
        if segment.get(5).upper() == "RD8" or "-" in segment.get(2):
            first, _, last = (segment.get(6) or segment.get(2)).partition("-")
            self.line["service_from"] = self.findings.checked_day(segment, first)
            self.line["service_to"] = self.findings.checked_day(segment, last)
            return
        # Some payers put the format before the date, as the 837 does.
        position = 3 if segment.get(2).upper() == "D8" else 2
        day = self.findings.day(segment, position)
        if qualifier in ("472", "150"):
            self.line["service_from"] = day
        if qualifier in ("472", "151"):
            self.line["service_to"] = day

    # Claims

    def _header(self, _segment: Segment) -> None:
        self.claim_before_header = self.claim
        self.claim = self.line = None

    def _claim(self, segment: Segment) -> None:
        self.line = self.claim_before_header = None
        if self.payment is None:
            self.findings.stray(segment)
            self.claim = None
            return
        self.claim = {
            "claim": len(self.rows["claims"]) + 1,
            "transaction": self.payment.row["transaction"],
            "segment": segment.number,
            "segments": 1,
            "claim_id": segment.get(1),
            "claim_status": segment.get(2),
            "charge": self.findings.cents(segment, 3),
            "paid": self.findings.cents(segment, 4),
            "patient_share": self.findings.cents(segment, 5),
            "filing_indicator": segment.get(6).upper(),
            "payer_control_number": segment.get(7),
            "place_of_service": segment.get(8),
            "frequency": segment.get(9),
        }
        self.rows["claims"].append(self.claim)

    def _adjustment(self, segment: Segment) -> None:
        for start in range(2, max(len(segment.elements), 3), 3):
            code, amount = segment.get(start), segment.get(start + 1)
            if not code and not amount:
                continue
            if self.claim is None:
                message = "an adjustment outside any claim; it is in no balance"
                self.findings.add(segment, "error", "orphan_adjustment", message)
            if not code:
                self.findings.add(
                    segment, "warning", "missing_carc", "an adjustment without a reason code"
                )
            self.rows["adjustments"].append(
                {
                    "claim": self.claim["claim"] if self.claim else None,
                    "line": self.line["line"] if self.line else None,
                    "segment": segment.number,
                    "group_code": segment.get(1).upper(),
                    "carc": reason_code(code),
                    "amount": self.findings.cents(segment, start + 1),
                    "quantity": self.findings.number(segment, start + 2),
                }
            )

    def _name(self, segment: Segment) -> None:
        if self.claim is None:
            return
        entity, name, identity = segment.get(1).upper(), segment.get(3), segment.get(9)
        if entity in ("IL", "QC"):
            # The subscriber's id is the one that claims carry; a patient's is second best.
            if identity and (entity == "IL" or "member_token" not in self.claim):
                self.claim["member_token"] = member_token(identity)
        elif entity == "74" and identity:
            self.claim["corrected_member_token"] = member_token(identity)
        elif entity == "82":
            self.claim["rendering_npi"] = identity
        elif entity == "TT":
            self.claim["forwarded_to"] = name
        elif entity == "PR":
            self.claim["corrected_priority_payer"] = name

    def _claim_remarks(self, segment: Segment) -> None:
        positions = _MIA_REMARKS if segment.id == "MIA" else _MOA_REMARKS
        for position in positions:
            if segment.get(position):
                self._remark(segment, None, segment.id, segment.get(position))

    def _amount(self, segment: Segment) -> None:
        qualifier = segment.get(1).upper()
        if self.line is not None and qualifier == "B6":
            self.line["allowed"] = self.findings.cents(segment, 2)
        elif self.line is None and self.claim is not None and qualifier == "I":
            self.claim["interest"] = self.findings.cents(segment, 2)

    # Lines

    def _line(self, segment: Segment) -> None:
        if self.claim is None and self.claim_before_header is not None:
            message = "a line follows an LX with no CLP between; taken to the claim before"
            self.findings.add(segment, "warning", "line_after_lx", message)
            self.claim = self.claim_before_header
        if self.claim is None:
            self.findings.stray(segment)
            return
        paid_as = Service.of(segment.get(1), segment.component)
        billed_as = Service.of(segment.get(6), segment.component) if segment.get(6) else paid_as
        units = self.findings.number(segment, 5)
        billed_units = self.findings.number(segment, 7)
        units = 1.0 if units is None and not segment.get(5) else units
        self.line = {
            "line": len(self.rows["lines"]) + 1,
            "claim": self.claim["claim"],
            "segment": segment.number,
            "segments": 1,
            "code_system": paid_as.system,
            "hcpcs": paid_as.hcpcs,
            **{f"modifier_{n + 1}": value for n, value in enumerate(paid_as.modifiers)},
            "revenue_code": segment.get(4) or paid_as.revenue_code,
            "ndc": paid_as.ndc,
            "charge": self.findings.cents(segment, 2),
            "paid": self.findings.cents(segment, 3),
            "units": units,
            "billed_units": billed_units if segment.get(7) else units,
            "billed_hcpcs": billed_as.hcpcs or paid_as.hcpcs,
        }
        self.rows["lines"].append(self.line)

    def _line_remark(self, segment: Segment) -> None:
        qualifier = segment.get(1).upper()
        if self.claim is None:
            self.findings.stray(segment)
        elif segment.get(2):
            source = "LQ" if qualifier == "HE" else qualifier
            self._remark(segment, self.line, source, segment.get(2))

    def _remark(self, segment: Segment, line: Row | None, source: str, rarc: str) -> None:
        if self.claim is None:
            self.findings.stray(segment)
            return
        self.rows["remarks"].append(
            {
                "claim": self.claim["claim"],
                "line": line["line"] if line else None,
                "segment": segment.number,
                "source": source,
                "rarc": rarc.upper(),
            }
        )

    def _provider_adjustment(self, segment: Segment) -> None:
        self.claim = self.line = self.claim_before_header = None
        if self.payment is None:
            self.findings.stray(segment)
            return
        for start in range(3, max(len(segment.elements), 4), 2):
            if not segment.get(start) and not segment.get(start + 1):
                continue
            reason, _, reference = segment.get(start).partition(segment.component)
            self.rows["provider_adjustments"].append(
                {
                    "transaction": self.payment.row["transaction"],
                    "segment": segment.number,
                    "provider_id": segment.get(1),
                    "fiscal_date": self.findings.day(segment, 2),
                    "reason": reason.strip().upper(),
                    "reference": reference.strip(),
                    "amount": self.findings.cents(segment, start + 1),
                }
            )
