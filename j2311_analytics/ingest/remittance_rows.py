"""Rows of the 835 tables, collected while segments go by.

Amounts are whole cents here; `read_835` turns them into dollars. Source of
positions and qualifiers: ASC X12 005010X221A1 implementation guide, and 4010
where it differs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from j2311_analytics.ingest.elements import read_cents, read_date, read_number
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
        self.handlers: dict[str, Callable[[Segment], None]] = {
            "ST": self._start_set,
            "BPR": self._payment,
            "TRN": self._trace,
            "N1": self._party,
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
        self.file = name
        self.payment: Row | None = None
        self.claim: Row | None = None
        self.line: Row | None = None
        self.claim_before_header: Row | None = None
        self.party = ""
        self.skipping = False
        self.last: Segment | None = None
        self.set_segments = 0
        self.interchanges = self.groups = self.sets = 0
        self.guide = ""
        self.other_sets: set[str] = set()
        self.unknown: dict[str, Row] = {}

    def take(self, segment: Segment) -> None:
        """Give one segment to its handler."""
        if not segment.terminated and segment.id not in _TRAILERS:
            self._problem(
                segment, "error", "truncated", "the file ends inside this segment; it was left out"
            )
            self.last = segment
            return
        self.set_segments += 1
        self.last = segment
        if segment.id in ("ISA", "GS", "GE", "IEA"):
            self._envelope(segment)
        elif segment.id == "ST" or not self.skipping:
            self._take_known(segment)
        elif segment.id == "SE":
            self.skipping = False

    def _take_known(self, segment: Segment) -> None:
        if segment.id not in ("ST", "SE"):
            self._extend_spans(segment)
        handler = self.handlers.get(segment.id)
        if handler is not None:
            handler(segment)
        elif segment.id not in _READ_ELSEWHERE:
            self._unknown_segment(segment)

    def _extend_spans(self, segment: Segment) -> None:
        # LX and PLB stand between claims and belong to none.
        if segment.id in ("CLP", "SVC", "LX", "PLB"):
            return
        owner = self.line or self.claim
        if owner is not None:
            owner["segments"] = segment.number - owner["segment"] + 1

    def end_file(self) -> None:
        """List what is missing at the end of the file."""
        if self.last is None:
            return
        if self.payment is not None:
            self._problem(
                self.last, "warning", "missing_se", "the last transaction has no SE segment"
            )
        if self.groups:
            self._problem(
                self.last, "warning", "missing_ge", "a functional group has no GE segment"
            )
        if self.interchanges:
            self._problem(self.last, "warning", "missing_iea", "an interchange has no IEA segment")

    def issue(
        self, number: int | None, segment_id: str, severity: str, problem: str, message: str
    ) -> None:
        self.rows["issues"].append(
            {
                "file": self.file,
                "segment": number,
                "segment_id": segment_id,
                "severity": severity,
                "problem": problem,
                "message": message,
            }
        )

    def _problem(self, segment: Segment, severity: str, problem: str, message: str) -> None:
        self.issue(segment.number, segment.id, severity, problem, message)

    def _unknown_segment(self, segment: Segment) -> None:
        # Ids are shown only where they look like one: other text may be content.
        name = segment.id if segment.id.isalnum() and 2 <= len(segment.id) <= 3 else "?"
        row = self.unknown.get(name)
        if row is None:
            message = "this segment does not belong in an 835; it was not read"
            self.issue(segment.number, name, "warning", "unknown_segment", message)
            self.unknown[name] = {**self.rows["issues"][-1], "count": 1}
            self.unknown[name]["row"] = self.rows["issues"][-1]
            return
        row["count"] += 1
        row["row"]["message"] = (
            f"{row['count']} such segments do not belong in an 835; they were not read"
        )

    # Envelope

    def _envelope(self, segment: Segment) -> None:
        if segment.id == "ISA":
            self._close_set(segment)
            self.interchanges += 1
        elif segment.id == "GS":
            self.groups += 1
            self.sets = 0
            self.guide = segment.get(8)
        elif segment.id == "GE":
            self._close_set(segment)
            self._count(segment, self.sets, "transaction sets", "ge_count")
            self.groups = max(0, self.groups - 1)
        else:
            self._close_set(segment)
            self.interchanges = max(0, self.interchanges - 1)

    def _count(self, segment: Segment, counted: int, what: str, problem: str) -> None:
        stated = segment.get(1)
        if stated and stated.lstrip("0") != str(counted).lstrip("0"):
            message = f"the trailer states another number of {what} than the {counted} read"
            self._problem(segment, "warning", problem, message)

    def _close_set(self, segment: Segment) -> None:
        if self.payment is not None:
            self._problem(
                segment, "warning", "missing_se", "the transaction before has no SE segment"
            )
        self.payment = self.claim = self.line = self.claim_before_header = None
        self.party = ""
        self.skipping = False

    def _start_set(self, segment: Segment) -> None:
        self._close_set(segment)
        self.sets += 1
        self.set_segments = 1
        kind = segment.get(1)
        if kind != "835":
            self.skipping = True
            self.other_sets.add(kind if kind.isdigit() and len(kind) == 3 else "unknown")
            self._problem(
                segment, "warning", "other_set", "not an 835; this transaction was not read"
            )
            return
        self.payment = {
            "file": self.file,
            "transaction": len(self.rows["payments"]) + 1,
            "segment": segment.number,
            "control_number": segment.get(2),
            "version": segment.get(3) or self.guide,
        }
        self.rows["payments"].append(self.payment)

    def _end_set(self, segment: Segment) -> None:
        if self.payment is None:
            return
        self._count(segment, self.set_segments, "segments", "se_count")
        if segment.get(2) and segment.get(2) != self.payment["control_number"]:
            self._problem(segment, "warning", "se_control", "SE and ST control numbers differ")
        self.payment = self.claim = self.line = self.claim_before_header = None
        self.party = ""

    # Payment

    def _payment(self, segment: Segment) -> None:
        if self.payment is None:
            self._stray(segment)
            return
        self.payment["payment_amount"] = self._cents(segment, 2)
        self.payment["method"] = segment.get(4)
        self.payment["payment_date"] = self._day(segment, 16)

    def _trace(self, segment: Segment) -> None:
        if self.payment is None:
            return
        self.payment.setdefault("trace_number", segment.get(2))
        self.payment.setdefault("payer_id_trace", segment.get(3))

    def _party(self, segment: Segment) -> None:
        if self.payment is None or self.claim is not None:
            return
        self.party = segment.get(1).upper()
        name, qualifier, identity = segment.get(2), segment.get(3).upper(), segment.get(4)
        if self.party == "PR":
            self.payment["payer_name"] = name
            if qualifier == "XV":
                self.payment["payer_id_plan"] = identity
        elif self.party == "PE":
            self.payment["payee_name"] = name
            field = {"XX": "payee_npi", "FI": "payee_tax_id"}.get(qualifier)
            if field:
                self.payment[field] = identity

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
        elif self.payment is not None:
            self._payment_reference(qualifier, value)

    def _payment_reference(self, qualifier: str, value: str) -> None:
        assert self.payment is not None
        if self.party == "PR" and qualifier == "2U":
            self.payment.setdefault("payer_id_submitter", value)
        elif self.party == "PE" and qualifier in ("TJ", "HPI"):
            self.payment.setdefault("payee_tax_id" if qualifier == "TJ" else "payee_npi", value)

    def _date(self, segment: Segment) -> None:
        qualifier = segment.get(1)
        if self.line is not None:
            if qualifier in ("472", "150", "151"):
                self._line_date(segment, qualifier)
        elif self.claim is not None:
            field = _CLAIM_DATES.get(qualifier)
            if field:
                self.claim[field] = self._day(segment, 2)
        elif self.payment is not None and qualifier == "405":
            self.payment["production_date"] = self._day(segment, 2)

    def _line_date(self, segment: Segment, qualifier: str) -> None:
        assert self.line is not None
        if segment.get(5).upper() == "RD8" or "-" in segment.get(2):
            first, _, last = (segment.get(6) or segment.get(2)).partition("-")
            self.line["service_from"] = self._checked_day(segment, first)
            self.line["service_to"] = self._checked_day(segment, last)
            return
        # Some payers put the format before the date, as the 837 does.
        position = 3 if segment.get(2).upper() == "D8" else 2
        day = self._day(segment, position)
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
            self._stray(segment)
            self.claim = None
            return
        self.claim = {
            "claim": len(self.rows["claims"]) + 1,
            "transaction": self.payment["transaction"],
            "segment": segment.number,
            "segments": 1,
            "claim_id": segment.get(1),
            "claim_status": segment.get(2),
            "charge": self._cents(segment, 3),
            "paid": self._cents(segment, 4),
            "patient_share": self._cents(segment, 5),
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
                self._problem(segment, "error", "orphan_adjustment", message)
            if not code:
                self._problem(
                    segment, "warning", "missing_carc", "an adjustment without a reason code"
                )
            self.rows["adjustments"].append(
                {
                    "claim": self.claim["claim"] if self.claim else None,
                    "line": self.line["line"] if self.line else None,
                    "segment": segment.number,
                    "group_code": segment.get(1).upper(),
                    "carc": reason_code(code),
                    "amount": self._cents(segment, start + 1),
                    "quantity": self._number(segment, start + 2),
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
            self.line["allowed"] = self._cents(segment, 2)
        elif self.line is None and self.claim is not None and qualifier == "I":
            self.claim["interest"] = self._cents(segment, 2)

    # Lines

    def _line(self, segment: Segment) -> None:
        if self.claim is None and self.claim_before_header is not None:
            message = "a line follows an LX with no CLP between; taken to the claim before"
            self._problem(segment, "warning", "line_after_lx", message)
            self.claim = self.claim_before_header
        if self.claim is None:
            self._stray(segment)
            return
        paid_as = Service.read(segment, 1)
        billed_as = Service.read(segment, 6) if segment.get(6) else paid_as
        units = self._number(segment, 5)
        billed_units = self._number(segment, 7)
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
            "charge": self._cents(segment, 2),
            "paid": self._cents(segment, 3),
            "units": units,
            "billed_units": billed_units if segment.get(7) else units,
            "billed_hcpcs": billed_as.hcpcs or paid_as.hcpcs,
        }
        self.rows["lines"].append(self.line)

    def _line_remark(self, segment: Segment) -> None:
        qualifier = segment.get(1).upper()
        if self.claim is None:
            self._stray(segment)
        elif segment.get(2):
            source = "LQ" if qualifier == "HE" else qualifier
            self._remark(segment, self.line, source, segment.get(2))

    def _remark(self, segment: Segment, line: Row | None, source: str, rarc: str) -> None:
        if self.claim is None:
            self._stray(segment)
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
            self._stray(segment)
            return
        for start in range(3, max(len(segment.elements), 4), 2):
            if not segment.get(start) and not segment.get(start + 1):
                continue
            reason, _, reference = segment.get(start).partition(segment.component)
            self.rows["provider_adjustments"].append(
                {
                    "transaction": self.payment["transaction"],
                    "segment": segment.number,
                    "provider_id": segment.get(1),
                    "fiscal_date": self._day(segment, 2),
                    "reason": reason.strip().upper(),
                    "reference": reference.strip(),
                    "amount": self._cents(segment, start + 1),
                }
            )

    # Values

    def _stray(self, segment: Segment) -> None:
        message = "this segment stands outside the claim or transaction it needs; it was not read"
        self._problem(segment, "error", "stray_segment", message)

    def _cents(self, segment: Segment, position: int) -> int | None:
        text = segment.get(position)
        amount = read_cents(text)
        if text and amount is None:
            message = f"element {position:02d} is not an amount that can be read; it is missing"
            self._problem(segment, "error", "bad_amount", message)
        return amount

    def _number(self, segment: Segment, position: int) -> float | None:
        text = segment.get(position)
        number = read_number(text)
        if text and number is None:
            message = f"element {position:02d} is not a number that can be read; it is missing"
            self._problem(segment, "error", "bad_number", message)
        return number

    def _day(self, segment: Segment, position: int) -> Any:
        return self._checked_day(segment, segment.get(position))

    def _checked_day(self, segment: Segment, text: str) -> Any:
        day = read_date(text.strip())
        if text.strip() and day is None:
            message = "a date that does not exist or is not written CCYYMMDD; it is missing"
            self._problem(segment, "warning", "bad_date", message)
        return day
