"""Rows of the 835 tables, collected while the segments of one file go by.

The obvious reader: one segment after another, the claim and the line at hand in two
variables. Where a segment comes twice, what was said first stands. Amounts are whole
cents. Source of positions and qualifiers: ASC X12 005010X221A1, and 4010.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from oracle.envelope import Envelope
from oracle.payment_head import HEAD_SEGMENTS, PaymentHead
from oracle.plain_file import PlainSegment
from oracle.plain_values import Oddities

from j2311_analytics.ingest.elements import capitals
from j2311_analytics.ingest.segment_ids import shown_id
from j2311_analytics.ingest.service import Service, reason_code
from j2311_analytics.ingest.tokens import member_token

Row = dict[str, Any]

_REMARKS = {"MIA": (5, 20, 21, 22, 23), "MOA": (3, 4, 5, 6, 7)}
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
_ENVELOPES = ("ISA", "GS", "GE", "IEA")


class RemittanceRows:
    """Collects rows of every file; knows which claim and line a segment belongs to."""

    def __init__(self) -> None:
        self.odd = Oddities()
        self.rows: dict[str, list[Row]] = {
            "payments": [],
            "claims": [],
            "lines": [],
            "adjustments": [],
            "remarks": [],
            "provider_adjustments": [],
            "issues": self.odd.rows,
        }
        self.handlers: dict[str, Callable[[PlainSegment], None]] = {
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
            "LQ": self._listed_remark,
            "PLB": self._provider_adjustment,
        }

    def start_file(self, name: str) -> None:
        """Forget where the last file stood."""
        self.odd.file = name
        self.envelope = Envelope(self.odd)
        self.head: PaymentHead | None = None
        self.in_body = False
        self.unknown: dict[str, list[int]] = {}
        self._leave()

    def take(self, segment: PlainSegment, following: PlainSegment | None) -> None:
        """Give one segment to its handler."""
        self.envelope.last = segment
        if not segment.terminated and segment.id not in _TRAILERS:
            self._leave()
            message = "the file ends inside this segment; it was left out"
            self.odd.add(segment, "error", "truncated", message)
        elif segment.id in _ENVELOPES:
            self._leave()
            self.in_body = False
            self.envelope.control_segment(segment)
        elif segment.id == "ST":
            self._leave()
            self.in_body = False
            if self.envelope.start_set(segment, following):
                self._start_payment(segment, segment.get(2), segment.get(3))
        elif segment.id == "SE":
            self._leave()
            self.in_body = False
            self.envelope.end_set(segment)
        elif not self.envelope.skipping:
            self._take_inside(segment, following)

    def end_file(self) -> None:
        """List what is missing at the end of the file, and segments that are unknown."""
        self.envelope.end_file()
        for name, numbers in self.unknown.items():
            count = len(numbers)
            message = f"{count} such segments do not belong in an 835; none was read"
            if count == 1:
                message = "this segment does not belong in an 835; it was not read"
            self.odd.note(numbers[0], name, "warning", "unknown_segment", message)

    def finished(self) -> dict[str, list[Row]]:
        """All rows; call it once, at the end."""
        self.rows["payments"] = [head.finished() for head in self.rows["payments"]]  # type: ignore[attr-defined]
        return self.rows

    def _take_inside(self, segment: PlainSegment, following: PlainSegment | None) -> None:
        if self._is_lone_payment(segment, following):
            self.odd.stray(segment)
            return
        self._open_where_lost(segment)
        if segment.id not in ("CLP", "SVC", "LX", "PLB"):
            owner = self.line or self.claim
            if owner is not None:
                owner["segments"] += 1
        if self.head is not None and segment.id in HEAD_SEGMENTS:
            self.head.take(segment, self.odd)
        elif segment.id in self.handlers:
            self.handlers[segment.id](segment)
        elif segment.id not in HEAD_SEGMENTS | _READ_ELSEWHERE:
            self.unknown.setdefault(shown_id(segment.id), []).append(segment.number)

    def _is_lone_payment(self, segment: PlainSegment, following: PlainSegment | None) -> bool:
        """Whether a BPR outside any set has nothing of its own before the next envelope."""
        if segment.id != "BPR" or self.envelope.is_open or self.in_body or following is None:
            return False
        return following.id in (*_ENVELOPES, "ST", "SE") or not following.terminated

    def _open_where_lost(self, segment: PlainSegment) -> None:
        """A payment or claim outside any set begins one; so does a payment after claims."""
        if segment.id not in ("BPR", "CLP"):
            return
        if segment.id == "BPR" and self.in_body:
            self.envelope.close_set(segment)
            self._leave()
            self.in_body = False
        if not self.envelope.is_open:
            self.envelope.start_without_st(segment)
            self._start_payment(segment, "", "")

    def _start_payment(self, start: PlainSegment, control: str, guide: str) -> None:
        head = PaymentHead(len(self.rows["payments"]) + 1, start, self.odd.file)
        head.row["control_number"] = control
        head.row["version"] = guide or self.envelope.guide
        self.rows["payments"].append(head)  # type: ignore[arg-type]
        self.head = head
        self.transaction = head.row["transaction"]

    def _leave(self) -> None:
        """No payment head, claim or line is at hand any more."""
        self.head = None
        self.claim: Row | None = None
        self.line: Row | None = None
        self.claim_before_header: Row | None = None

    # The claim

    def _header(self, _segment: PlainSegment) -> None:
        before = self.claim
        self._leave()
        self.claim_before_header = before
        self.in_body = True

    def _claim(self, segment: PlainSegment) -> None:
        self._leave()
        self.in_body = True
        self.claim = {
            "claim": len(self.rows["claims"]) + 1,
            "transaction": self.transaction,
            "segment": segment.number,
            "segments": 1,
            "claim_id": segment.get(1),
            "claim_status": segment.get(2),
            "charge": self.odd.cents(segment, 3),
            "paid": self.odd.cents(segment, 4),
            "patient_share": self.odd.cents(segment, 5),
            "filing_indicator": capitals(segment.get(6)),
            "payer_control_number": segment.get(7),
            "place_of_service": segment.get(8),
            "frequency": segment.get(9),
        }
        self.rows["claims"].append(self.claim)

    def _reference(self, segment: PlainSegment) -> None:
        qualifier, value = capitals(segment.get(1)), segment.get(2)
        if self.line is not None:
            _first(self.line, _LINE_REFERENCES.get(qualifier), value)
        elif self.claim is not None:
            _first(self.claim, _CLAIM_REFERENCES.get(qualifier), value)

    def _date(self, segment: PlainSegment) -> None:
        qualifier = segment.get(1)
        if self.line is not None:
            if qualifier in ("472", "150", "151"):
                self._line_date(segment, qualifier)
        elif self.claim is not None and qualifier in _CLAIM_DATES:
            _first(self.claim, _CLAIM_DATES[qualifier], self.odd.day(segment, 2))

    def _line_date(self, segment: PlainSegment, qualifier: str) -> None:
        assert self.line is not None
        if capitals(segment.get(5)) == "RD8" or "-" in segment.get(2):
            first, _, last = (segment.get(6) or segment.get(2)).partition("-")
            for name, text in (("service_from", first), ("service_to", last)):
                _first(self.line, name, self.odd.checked_day(segment, text.strip(" ")))
            return
        # Some payers put the format before the date, as the 837 does.
        position = 3 if capitals(segment.get(2)) == "D8" else 2
        day = self.odd.day(segment, position)
        if qualifier in ("472", "150"):
            _first(self.line, "service_from", day)
        if qualifier in ("472", "151"):
            _first(self.line, "service_to", day)

    def _adjustment(self, segment: PlainSegment) -> None:
        for start in range(2, max(len(segment.elements), 3), 3):
            code, amount = segment.get(start), segment.get(start + 1)
            if not code and not amount:
                continue
            if self.claim is None:
                message = "an adjustment outside any claim; it is in no balance"
                self.odd.add(segment, "error", "orphan_adjustment", message)
            if not code:
                message = "an adjustment without a reason code"
                self.odd.add(segment, "warning", "missing_carc", message)
            self.rows["adjustments"].append(
                {
                    **self._owners(),
                    "segment": segment.number,
                    "group_code": capitals(segment.get(1)),
                    "carc": reason_code(code),
                    "amount": self.odd.cents(segment, start + 1),
                    "quantity": self.odd.number(segment, start + 2),
                }
            )

    def _owners(self) -> Row:
        return {
            "claim": self.claim["claim"] if self.claim else None,
            "line": self.line["line"] if self.line else None,
        }

    def _name(self, segment: PlainSegment) -> None:
        if self.claim is None:
            return
        entity, name, identity = capitals(segment.get(1)), segment.get(3), segment.get(9)
        if entity in ("IL", "QC"):
            # The subscriber's id is the one that claims carry; a patient's is second best.
            known = self.claim.setdefault("_members", {})
            _first(known, entity, identity)
            member = known.get("IL") or known.get("QC") or ""
            self.claim["member_token"] = member_token(member)
        elif entity == "74" and identity:
            known = self.claim.setdefault("_members", {})
            _first(known, entity, identity)
            self.claim["corrected_member_token"] = member_token(known[entity])
        elif entity == "82":
            _first(self.claim, "rendering_npi", identity)
        elif entity == "TT":
            _first(self.claim, "forwarded_to", name)
        elif entity == "PR":
            _first(self.claim, "corrected_priority_payer", name)

    def _claim_remarks(self, segment: PlainSegment) -> None:
        for position in _REMARKS[segment.id]:
            if segment.get(position):
                self._remark(segment, None, segment.id, segment.get(position))

    def _amount(self, segment: PlainSegment) -> None:
        qualifier = capitals(segment.get(1))
        if self.line is not None and qualifier == "B6":
            _first(self.line, "allowed", self.odd.cents(segment, 2))
        elif self.line is None and self.claim is not None and qualifier == "I":
            _first(self.claim, "interest", self.odd.cents(segment, 2))

    # Its lines

    def _line(self, segment: PlainSegment) -> None:
        if self.claim is None and self.claim_before_header is not None:
            message = "a line follows an LX with no CLP between; taken to the claim before"
            self.odd.add(segment, "warning", "line_after_lx", message)
            self.claim = self.claim_before_header
        self.head = None
        self.in_body = True
        if self.claim is None:
            self.odd.stray(segment)
            return
        paid_as = Service.of(segment.get(1), segment.component)
        billed_as = Service.of(segment.get(6), segment.component) if segment.get(6) else paid_as
        units = self.odd.number(segment, 5)
        billed_units = self.odd.number(segment, 7)
        units = 1.0 if units is None and not segment.get(5) else units
        columns = paid_as.columns()
        self.line = {
            **columns,
            "line": len(self.rows["lines"]) + 1,
            "claim": self.claim["claim"],
            "segment": segment.number,
            "segments": 1,
            "revenue_code": segment.get(4) or columns["revenue_code"],
            "charge": self.odd.cents(segment, 2),
            "paid": self.odd.cents(segment, 3),
            "units": units,
            "billed_units": billed_units if segment.get(7) else units,
            "billed_hcpcs": billed_as.hcpcs or paid_as.hcpcs,
        }
        self.rows["lines"].append(self.line)

    def _listed_remark(self, segment: PlainSegment) -> None:
        qualifier = capitals(segment.get(1))
        if self.claim is None:
            self.odd.stray(segment)
        elif segment.get(2):
            source = "LQ" if qualifier == "HE" else qualifier
            self._remark(segment, self.line, source, segment.get(2))

    def _remark(self, segment: PlainSegment, line: Row | None, source: str, rarc: str) -> None:
        if self.claim is None:
            self.odd.stray(segment)
            return
        self.rows["remarks"].append(
            {
                "claim": self.claim["claim"],
                "line": line["line"] if line else None,
                "segment": segment.number,
                "source": source,
                "rarc": capitals(rarc),
            }
        )

    def _provider_adjustment(self, segment: PlainSegment) -> None:
        self._leave()
        self.in_body = True
        if not self.envelope.is_open:
            self.odd.stray(segment)
            return
        fiscal_date = self.odd.day(segment, 2)
        for start in range(3, max(len(segment.elements), 4), 2):
            if not segment.get(start) and not segment.get(start + 1):
                continue
            reason, _, reference = segment.get(start).partition(segment.component)
            self.rows["provider_adjustments"].append(
                {
                    "transaction": self.transaction,
                    "segment": segment.number,
                    "provider_id": segment.get(1),
                    "fiscal_date": fiscal_date,
                    "reason": capitals(reason.strip(" ")),
                    "reference": reference.strip(" "),
                    "amount": self.odd.cents(segment, start + 1),
                }
            )


def _first(row: Row, name: str | None, value: Any) -> None:
    """What is said first stands; empty text and missing values say nothing."""
    if name and value not in (None, "") and row.get(name) is None:
        row[name] = value
