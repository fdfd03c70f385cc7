"""`read_837` done plainly: claims, lines, diagnoses and earlier payers, walked one by one.

The walk keeps the loops that are open in plain variables. It knows nothing of tokens,
issues and rare fields, which other tests hold.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from oracle.plain_file import PlainSegment, cut_plainly
from oracle.plain_values import Oddities

from j2311_analytics.errors import X12Error
from j2311_analytics.ingest.elements import capitals

Row = dict[str, Any]

DIAGNOSES = {"ABK", "ABF", "ABJ", "APR", "ABN", "BK", "BF", "BJ", "PR", "BN"}
NUMBERED = {"ABK", "ABF", "BK", "BF"}
DENTAL = ("X224", "X097", "X300", "X325")


class ClaimRows:
    """Rows of the tables, collected while segments go by."""

    def __init__(self) -> None:
        self.claims: list[Row] = []
        self.lines: list[Row] = []
        self.diagnoses: list[Row] = []
        self.adjustments: list[Row] = []
        self.payments: list[Row] = []
        self.odd = Oddities()
        self.start_file()

    def start_file(self) -> None:
        """Forget where the last file stood."""
        self.is_open = self.skipping = False
        self.group = self.guide = ""
        self._forget()

    def _forget(self) -> None:
        """Leave every loop: another set begins, or ends."""
        self.provider: Row | None = None
        self.subscriber: Row | None = None
        self.claim: Row | None = None
        self.line: Row | None = None
        self.decision: Row | None = None
        self.other: Row | None = None
        self.had_line = self.fresh = self.used = False

    def take(self, segment: PlainSegment, following: PlainSegment | None) -> None:
        """Give one segment to what it means."""
        if not segment.terminated and segment.id not in ("SE", "GE", "IEA"):
            return
        name = segment.id
        if name in ("ISA", "GS", "GE", "IEA", "SE", "ST"):
            self._control(segment, following)
            return
        if self.skipping:
            return
        if name in ("BHT", "CLM") and not self.is_open:
            self.is_open = True
        handler = getattr(self, f"_{name.lower()}", None) if name.isascii() else None
        if handler is not None and name in HANDLED:
            handler(segment)

    def _control(self, segment: PlainSegment, following: PlainSegment | None) -> None:
        self._forget()
        self.is_open = self.skipping = False
        if segment.id == "GS":
            self.group, self.guide = capitals(segment.get(1)), segment.get(8)
        elif segment.id == "ST":
            version = segment.get(3) or self.guide
            begins = following is not None and following.terminated and following.id == "BHT"
            is_837 = segment.get(1) == "837"
            dental = is_837 and any(part in version.upper() for part in DENTAL)
            self.is_open = not dental and (is_837 or (begins and self.group == "HC"))
            self.skipping = not self.is_open

    def _bht(self, _segment: PlainSegment) -> None:
        self._forget()

    def _hl(self, segment: PlainSegment) -> None:
        self._leave_claim()
        level = capitals(segment.get(3))
        if level == "20":
            self.provider, self.subscriber = {}, None
        elif level == "22":
            self.subscriber, self.fresh, self.used = {}, True, False
        elif level == "23":
            self.used = True

    def _leave_claim(self) -> None:
        self.claim = self.line = self.decision = self.other = None
        self.had_line = False

    def _sbr(self, _segment: PlainSegment) -> None:
        if self.claim is not None and not self.had_line:
            self.other = {}
            return
        self._leave_claim()
        if self.subscriber is None or not self.fresh or self.used:
            self.subscriber, self.fresh = {}, True
        self.used = True

    def _nm1(self, segment: PlainSegment) -> None:
        entity = capitals(segment.get(1))
        if self.claim is not None:
            if self.other is not None and self.line is None and entity == "PR":
                self._keep(self.other, "payer_id", segment.get(9))
            return
        if entity == "85" and self.provider is None:
            self.provider, self.subscriber = {}, None
        if entity == "IL" and (self.subscriber is None or not self.fresh):
            self.subscriber, self.fresh, self.used = {}, True, False
        self.used |= entity == "QC"
        if entity == "PR" and self.subscriber is not None:
            self._keep(self.subscriber, "payer_id", segment.get(9))

    @staticmethod
    def _keep(row: Row, field: str, value: str) -> None:
        if value and field not in row:
            row[field] = value

    def _clm(self, segment: PlainSegment) -> None:
        self._leave_claim()
        self.fresh = False
        parts = [*segment.get(5).split(segment.component), "", ""]
        self.claim = {
            "claim_id": segment.get(1),
            "charge": self.odd.cents(segment, 2),
            "frequency": parts[2].strip(),
            "subscriber": self.subscriber if self.subscriber is not None else {},
            "diagnoses": [],
        }
        self.claims.append(self.claim)

    def _hi(self, segment: PlainSegment) -> None:
        if self.claim is None:
            return
        for element in segment.elements[1:]:
            parts = [part.strip(" ") for part in element.split(segment.component)]
            if len(parts) < 2 or capitals(parts[0]) not in DIAGNOSES or not parts[1]:
                continue
            code = capitals(parts[1]).replace(".", "")
            self.diagnoses.append({"claim": self.claim, "diagnosis": code})
            if capitals(parts[0]) in NUMBERED:
                self.claim["diagnoses"].append(code)

    def _lx(self, _segment: PlainSegment) -> None:
        self.line = self.decision = self.other = None
        self.had_line = True

    def _sv1(self, segment: PlainSegment) -> None:
        self._service(segment, 0)

    def _sv2(self, segment: PlainSegment) -> None:
        self._service(segment, 1)

    def _sv3(self, _segment: PlainSegment) -> None:
        self.line = self.decision = self.other = None
        self.had_line = True

    def _service(self, segment: PlainSegment, shift: int) -> None:
        self.other = self.decision = self.line = None
        self.had_line = True
        if not self.is_open:
            return
        self.line = {
            "claim": self.claim,
            "charge": self.odd.cents(segment, 2 + shift),
            "units": self.odd.number(segment, 4 + shift),
            "revenue": segment.get(1) if shift else "",
        }
        self.lines.append(self.line)

    def _ref(self, segment: PlainSegment) -> None:
        if self.line is not None and capitals(segment.get(1)) == "6R":
            self._keep(self.line, "line_control", segment.get(2))

    def _svd(self, segment: PlainSegment) -> None:
        if self.line is None:
            return
        paid = self.odd.cents(segment, 2)
        self.decision = {"line": self.line, "payer_id": segment.get(1), "paid": paid}
        self.payments.append(self.decision)

    def _cas(self, segment: PlainSegment) -> None:
        if self.claim is None:
            return
        opened = (self.decision, self.other, {})
        payer = next(loop for loop in opened if loop is not None)
        for start in range(2, max(len(segment.elements), 3), 3):
            if segment.get(start) or segment.get(start + 1):
                row = {
                    "claim": self.claim,
                    "payer": payer,
                    "amount": self.odd.cents(segment, start + 1),
                }
                self.adjustments.append(row)


HANDLED = frozenset(
    ["BHT", "HL", "SBR", "NM1", "CLM", "HI", "LX", "SV1", "SV2", "SV3", "REF", "SVD", "CAS"]
)


def read_plainly(files: Sequence[tuple[str, bytes]]) -> ClaimRows:
    """Rows of several files; raises X12Error where a file cannot be cut."""
    rows = ClaimRows()
    seen: set[bytes] = set()
    for name, data in files:
        if data in seen:
            continue
        seen.add(data)
        rows.start_file()
        problems: list[X12Error] = []
        segments = list(cut_plainly(data, name, problems))
        for segment, following in zip(segments, [*segments[1:], None], strict=False):
            rows.take(segment, following)
    return rows
