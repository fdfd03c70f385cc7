"""Rows of the 277 tables, from one transaction set after another.

Amounts are whole cents here. Source of positions and qualifiers: ASC X12
005010X212 and 005010X214 implementation guides, and 004010X093 where it differs.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from j2311_analytics import codes
from j2311_analytics.ingest.findings import Findings
from j2311_analytics.ingest.service import Service
from j2311_analytics.ingest.transaction_sets import TransactionSet
from j2311_analytics.ingest.x12 import Segment

Row = dict[str, Any]

_LEVELS = {
    "20": "source",
    "21": "receiver",
    "19": "provider",
    **dict.fromkeys(("22", "23", "PT"), "patient"),
}
# What a new level makes forget: what was said at its own level and below.
_SAID_FROM_HERE = {
    "source": ("source", "source_name", "source_id", "trace", "batch", "provider_npi"),
    "receiver": ("batch", "provider_npi"),
    "provider": ("provider_npi",),
}
_SOURCES = {"PR": "payer", "AY": "clearinghouse"}
_IN_ADJUDICATION = ("accepted", "pending", "finalized", "request")
_STATUS_POSITIONS = (1, 10, 11)
_COUNTS = {
    **dict.fromkeys(("90", "QA"), "accepted_claims"),
    **dict.fromkeys(("AA", "QC"), "rejected_claims"),
}
_SUMS = {"YU": "accepted_charge", "YY": "rejected_charge"}
_CLAIM_REFERENCES = {"1K": "payer_control_number", "EJ": "patient_control"}
_SERVICE_DATES = ("472", "232", "233")
_READ_ELSEWHERE = frozenset(["PER", "N1", "N3", "N4", "DMG", "INS", "PWK", "LX", "NTE", "TOO"])
_SEPARATOR = re.compile(r"[^A-Z0-9]")


class StatusRows:
    """Collects rows of the 277 tables; knows whose status is told."""

    def __init__(self) -> None:
        self.transactions: list[Row] = []
        self.batches: list[Row] = []
        self.statuses: list[Row] = []
        self.claims = 0

    def take(self, found: TransactionSet, findings: Findings) -> None:
        """Read one 277."""
        self.findings = findings
        self.shared: Row = {"file": found.file, "transaction": len(self.transactions) + 1}
        self.level = ""
        self.claim: Row | None = None
        self.line: Row | None = None
        self.batch_rows: list[Row] = []
        self.rows: list[tuple[Row, Row, Row]] = []
        before = len(self.batches)
        version = found.start.get(3) or found.guide
        transaction = self.shared | {
            "segment": found.start.number,
            "control_number": found.start.get(2),
            "version": version,
            "kind": "277CA" if "X214" in version.upper() else "277",
            "levels": sum(segment.id == "HL" for segment in found.segments),
            "claims": 0,
        }
        self.transactions.append(transaction)
        for segment in found.segments:
            self._take(segment, transaction)
        self._finish_claim()
        self._merge()
        if not transaction["claims"] and any(row["rejected"] for row in self.batches[before:]):
            message = "a whole batch was rejected; its claims are not listed one by one"
            findings.add(found.start, "error", "rejected_batch", message)

    def _take(self, segment: Segment, transaction: Row) -> None:
        if segment.id == "BHT":
            transaction["reference"] = segment.get(3)
            transaction["created_on"] = self.findings.day(segment, 4)
            if segment.get(6).upper() == "TH":
                transaction["kind"] = "277CA"
        elif segment.id == "HL":
            self._start_level(segment)
        elif segment.id == "NM1":
            self._name(segment)
        elif segment.id == "TRN":
            self._trace(segment, transaction)
        elif segment.id == "STC":
            self._status(segment)
        elif segment.id == "REF":
            self._reference(segment)
        elif segment.id in ("DTP", "DTM"):
            self._date(segment)
        elif segment.id == "SVC":
            self._start_line(segment)
        elif segment.id in ("QTY", "AMT"):
            self._total(segment)
        elif segment.id not in _READ_ELSEWHERE:
            self.findings.unknown(segment)

    def _start_level(self, segment: Segment) -> None:
        self._finish_claim()
        self.batch_rows = []
        self.level = _LEVELS.get(segment.get(3).upper(), "")
        if not self.level:
            message = "the level of this HL is not one of a 277; what it holds is kept without one"
            self.findings.add(segment, "warning", "unknown_level", message)
        for name in _SAID_FROM_HERE.get(self.level, ()):
            self.shared.pop(name, None)

    def _name(self, segment: Segment) -> None:
        entity = segment.get(1).upper()
        if self.level == "source":
            self.shared["source"] = _SOURCES.get(entity, "other")
            self.shared["source_name"] = segment.get(3)
            self.shared["source_id"] = segment.get(9)
        elif self.level == "provider" and segment.get(8).upper() == "XX":
            self.shared["provider_npi"] = segment.get(9)

    def _trace(self, segment: Segment, transaction: Row) -> None:
        if self.level == "patient":
            transaction["claims"] += 1
            self._start_claim(segment, segment.get(2))
        elif self.level == "source":
            self.shared["trace"] = segment.get(2)
        elif self.level in ("receiver", ""):
            self.shared["batch"] = segment.get(2)

    # Claims

    def _start_claim(self, segment: Segment, trace: str) -> None:
        self._finish_claim()
        self.claims += 1
        self.claim = {
            "claim": self.claims,
            "claim_trace": trace,
            "start": segment,
            "lines": 0,
            "statuses": 0,
            **self.shared,
        }

    def _finish_claim(self) -> None:
        claim, self.claim, self.line = self.claim, None, None
        if claim is not None and not claim["statuses"]:
            message = "a claim without any status; it is counted, and in no row"
            self.findings.add(claim["start"], "warning", "claim_without_status", message)

    def _start_line(self, segment: Segment) -> None:
        if self.claim is None:
            self.findings.stray(segment)
            return
        self.claim["lines"] += 1
        service = Service.of(segment.get(1), segment.component)
        # SVC07 holds the units in 5010, SVC05 in the files of some senders.
        place = 7 if segment.get(7) else 5
        self.line = {
            "line": self.claim["lines"],
            "hcpcs": service.hcpcs,
            "units": self.findings.number(segment, place),
            "charge": self.findings.cents(segment, 2),
            "paid": self.findings.cents(segment, 3),
        }

    def _reference(self, segment: Segment) -> None:
        qualifier, value = segment.get(1).upper(), segment.get(2)
        if self.line is not None:
            if qualifier in ("FJ", "6R"):
                self.line.setdefault("line_control", value)
        elif self.claim is not None and qualifier in _CLAIM_REFERENCES:
            self.claim.setdefault(_CLAIM_REFERENCES[qualifier], value)

    def _date(self, segment: Segment) -> None:
        owner = self.line if self.line is not None else self.claim
        if owner is None or segment.get(1) not in _SERVICE_DATES:
            return
        first, _, last = (segment.get(3) or segment.get(2)).partition("-")
        start = self.findings.checked_day(segment, first)
        end = self.findings.checked_day(segment, last) if last else start
        if segment.get(1) != "233":
            owner["service_from"] = start
        owner["service_to"] = end

    # Statuses

    def _status(self, segment: Segment) -> None:
        if self.level == "patient" and self.claim is None:
            self._start_claim(segment, "")
            message = "a status without the claim's id (TRN); it is kept without one"
            self.findings.add(segment, "warning", "claim_without_id", message)
        shared = {
            "segment": segment.number,
            "status_date": self.findings.day(segment, 2),
            "charge": self.findings.cents(segment, 4),
            "paid": self.findings.cents(segment, 5),
        }
        told = [place for place in _STATUS_POSITIONS if segment.get(place)]
        if not told:
            message = "a status without a category; it is kept without one"
            self.findings.add(segment, "warning", "missing_category", message)
        for position in told or [1]:
            row = shared | self._coded(segment, position)
            row["position"] = _STATUS_POSITIONS.index(position) + 1
            self._keep(segment, row)

    def _coded(self, segment: Segment, position: int) -> Row:
        parts = [*_SEPARATOR.split(segment.get(position).upper()), "", ""]
        category = parts[0]
        known = _categories().get(category)
        if known is None and category:
            message = "the status category is in no code list; it counts as neither yes nor no"
            self.findings.add(segment, "warning", "unknown_category", message)
        meaning, stage, is_rejection = known or ("", "", "no")
        rejected = is_rejection == "yes"
        return {
            "category": category,
            "category_meaning": meaning,
            "stage": stage,
            "status_code": parts[1],
            "entity": parts[2],
            "rejected": rejected,
            "accepted": stage in _IN_ADJUDICATION and not rejected,
        }

    def _keep(self, segment: Segment, row: Row) -> None:
        if self.claim is not None:
            self.claim["statuses"] += 1
            self.rows.append((self.claim, self.line or {}, row))
            return
        if not self.level:
            message = "a status outside any level; it is kept as one of a batch"
            self.findings.add(segment, "warning", "no_level", message)
        batch = self.shared | row | {"level": self.level}
        self.batch_rows.append(batch)
        self.batches.append(batch)

    def _total(self, segment: Segment) -> None:
        qualifier = segment.get(1).upper()
        if qualifier in _COUNTS and segment.id == "QTY":
            value: float | None = self.findings.number(segment, 2)
            self._set_totals(_COUNTS[qualifier], value)
        elif qualifier in _SUMS and segment.id == "AMT":
            self._set_totals(_SUMS[qualifier], self.findings.cents(segment, 2))

    def _set_totals(self, name: str, value: float | None) -> None:
        for row in self.batch_rows:
            row[name] = value

    def _merge(self) -> None:
        """References and dates follow the statuses that they belong to, so rows come last."""
        for claim, line, status in self.rows:
            row = claim | status | {"level": "line" if line else "claim"}
            if line:
                # What the line itself does not say is missing, not the claim's.
                row |= {"service_from": None, "service_to": None} | line
            row["claim_id"] = claim.get("patient_control") or claim["claim_trace"]
            self.statuses.append(row)


@cache
def _categories() -> dict[str, tuple[str, str, str]]:
    meanings = codes.lookup("claim_status_category", "code", "meaning")
    stages = codes.lookup("claim_status_category", "code", "stage")
    rejections = codes.lookup("claim_status_category", "code", "is_rejection")
    return {code: (meanings[code], stages[code], rejections[code]) for code in meanings}
