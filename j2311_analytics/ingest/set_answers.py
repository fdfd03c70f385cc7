"""Rows of the 999 and 997 tables, from one transaction set after another.

Source of positions: ASC X12 005010X231A1 (999) and the 997 of 4010 and 5010,
whose AK3, AK4 and AK5 the 999 calls IK3, IK4 and IK5.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Any

from j2311_analytics import codes
from j2311_analytics.ingest.findings import Findings
from j2311_analytics.ingest.transaction_sets import TransactionSet
from j2311_analytics.ingest.x12 import Segment

Row = dict[str, Any]

_CODE = re.compile(r"[A-Z]{0,2}\d{0,3}")
_SEGMENT_ID = re.compile(r"[A-Z][A-Z0-9]{1,2}")


class AnswerRows:
    """Collects rows of the 999 tables; knows which group and set an answer is about."""

    def __init__(self) -> None:
        self.groups: list[Row] = []
        self.sets: list[Row] = []
        self.errors: list[Row] = []
        self.transaction = 0
        self.set_count = 0

    def take(self, found: TransactionSet, findings: Findings) -> None:
        """Read one 999 or 997."""
        self.findings = findings
        self.found = found
        self.transaction += 1
        self.group: Row | None = None
        self.asked: Row | None = None
        self.context: list[Row] = []
        handlers = {
            "AK1": self._start_group,
            "AK2": self._start_set,
            "AK9": self._end_group,
            "CTX": self._context,
            **dict.fromkeys(("AK3", "IK3"), self._segment_error),
            **dict.fromkeys(("AK4", "IK4"), self._element_error),
            **dict.fromkeys(("AK5", "IK5"), self._answer),
        }
        for segment in found.segments:
            handler = handlers.get(segment.id)
            if handler is None:
                findings.unknown(segment)
            else:
                handler(segment)
        self._close_group(found.start)

    # Groups

    def _start_group(self, segment: Segment) -> None:
        self._close_group(segment)
        self.group = {
            "file": self.found.file,
            "transaction": self.transaction,
            "group": len(self.groups) + 1,
            "segment": segment.number,
            "kind": self.found.kind,
            "control_number": self.found.start.get(2),
            "functional_id": self._plain(segment, 1),
            "group_control": segment.get(2),
            "version": segment.get(3),
            "accepted": False,
            "rejected": False,
        }
        self.groups.append(self.group)

    def _end_group(self, segment: Segment) -> None:
        self._close_set(segment)
        if self.group is None:
            self.findings.stray(segment)
            return
        self.group |= self._verdict(segment, "group", range(5, 10)) | {
            "sets_included": self.findings.number(segment, 2),
            "sets_received": self.findings.number(segment, 3),
            "sets_accepted": self.findings.number(segment, 4),
            "answered": True,
        }
        self._check_counts(segment, self.group)
        self.group = None

    def _check_counts(self, segment: Segment, group: Row) -> None:
        sets = [row for row in self.sets if row["group"] == group["group"]]
        accepted = len({row.get("set") for row in sets if row["accepted"]})
        stated = group["sets_accepted"]
        # A group accepted whole needs no answer set by set.
        if sets and stated is not None and stated != accepted:
            message = f"AK9 states another number of accepted sets than the {accepted} answered so"
            self.findings.add(segment, "warning", "ak9_count", message)
        received = group["sets_received"]
        if received is not None and len({row.get("set") for row in sets}) > received:
            message = "more sets are answered than AK9 says were received"
            self.findings.add(segment, "warning", "ak9_count", message)

    def _close_group(self, segment: Segment) -> None:
        self._close_set(segment)
        if self.group is not None:
            message = "a functional group has no AK9; whether it was accepted is not said"
            self.findings.add(segment, "warning", "missing_ak9", message)
        self.group = None

    # Sets

    def _start_set(self, segment: Segment) -> None:
        self._close_set(segment)
        if self.group is None:
            message = "an answer stands outside any group (AK1); it is kept without one"
            self.findings.add(segment, "warning", "no_group", message)
        self.set_count += 1
        self.asked = self._place() | {
            "set": self.set_count,
            "segment": segment.number,
            "set_type": self._plain(segment, 1),
            "set_control": segment.get(2),
            "version": segment.get(3),
            "accepted": False,
            "rejected": False,
        }

    def _answer(self, segment: Segment) -> None:
        self.context = []
        if self.asked is None:
            message = "an answer without a set to answer (AK2); it is kept without one"
            self.findings.add(segment, "error", "no_set", message)
        elif self.asked.get("answered"):
            message = "a second answer for the same set; both are kept"
            self.findings.add(segment, "error", "second_answer", message)
        verdict = self._verdict(segment, "set", range(2, 7))
        self.sets.append(
            (self.asked or self._place()) | verdict | {"answer_segment": segment.number}
        )
        if self.asked is not None:
            self.asked["answered"] = True

    def _close_set(self, segment: Segment) -> None:
        asked, self.asked, self.context = self.asked, None, []
        if asked is None or asked.get("answered"):
            return
        message = "a transaction set without an answer (IK5 or AK5) before this segment"
        self.findings.add(segment, "warning", "missing_answer", message)
        self.sets.append(asked)

    # Errors

    def _segment_error(self, segment: Segment) -> None:
        place = segment.get(1).upper()
        self.context = []
        row = self._error(segment, "segment", 4)
        row["segment_id"] = place if _SEGMENT_ID.fullmatch(place) else ""
        row["segment_position"] = self.findings.number(segment, 2)
        row["loop"] = segment.get(3)

    def _element_error(self, segment: Segment) -> None:
        above = self.context[0] if self.context else {}
        if not above:
            message = "a faulty element without its segment (IK3 or AK3)"
            self.findings.add(segment, "warning", "no_segment", message)
        row = self._error(segment, "element", 3)
        for name in ("segment_id", "segment_position", "loop", "claim_id"):
            row[name] = above.get(name)
        parts = [*segment.get(1).split(segment.component), "", ""]
        for name, part in zip(("element", "component", "repetition"), parts, strict=False):
            row[name] = float(part) if part.strip().isascii() and part.strip().isdigit() else None

    def _error(self, segment: Segment, level: str, place: int) -> Row:
        code = self._plain(segment, place)
        row = self._place() | {
            "set": self.asked["set"] if self.asked else None,
            "segment": segment.number,
            "level": level,
            "code": code,
            "meaning": self._meaning(segment, level, code),
            "contexts": 0,
        }
        self.context.append(row)
        self.errors.append(row)
        return row

    def _context(self, segment: Segment) -> None:
        if not self.context:
            self.findings.stray(segment)
            return
        self.context[-1]["contexts"] += 1
        name, _, value = segment.get(1).partition(segment.component)
        if name.strip().upper() == "CLM01":
            # Other contexts name a patient or member; only the claim's id is kept.
            for row in self.context:
                row["claim_id"] = value.strip()

    # Codes

    def _place(self) -> Row:
        return {
            "file": self.found.file,
            "transaction": self.transaction,
            "group": self.group["group"] if self.group else None,
        }

    def _verdict(self, segment: Segment, level: str, places: Sequence[int]) -> Row:
        code = self._plain(segment, 1)
        known = _answers().get(code)
        if known is None:
            message = "the answer is in no code list; it counts as neither yes nor no"
            self.findings.add(segment, "warning", "unknown_answer", message)
        meaning, accepted, rejected = known or ("", "no", "no")
        errors = [error for error in (self._plain(segment, place) for place in places) if error]
        meanings = [self._meaning(segment, level, error) for error in errors]
        return {
            "code": code,
            "meaning": meaning,
            "accepted": accepted == "yes",
            "rejected": rejected == "yes",
            "errors": " ".join(errors),
            "error_meaning": "; ".join(filter(None, meanings)),
        }

    def _meaning(self, segment: Segment, level: str, code: str) -> str:
        meaning = _error_meanings().get(f"{level} {code}", "")
        if code and not meaning:
            message = "an error code that is in no code list; it is kept without a meaning"
            self.findings.add(segment, "warning", "unknown_code", message)
        return meaning

    def _plain(self, segment: Segment, place: int) -> str:
        """A code; a value that does not look like one may be data and is left out."""
        text = segment.get(place).upper()
        if _CODE.fullmatch(text):
            return text
        message = f"element {place:02d} is not a code; it is missing"
        self.findings.add(segment, "warning", "bad_code", message)
        return ""


@cache
def _answers() -> dict[str, tuple[str, str, str]]:
    table = codes.load("acknowledgement_code")
    return {
        str(code): (str(meaning), str(accepted), str(rejected))
        for code, meaning, accepted, rejected in zip(
            table["code"], table["meaning"], table["accepted"], table["rejected"], strict=True
        )
    }


@cache
def _error_meanings() -> dict[str, str]:
    return codes.lookup("acknowledgement_error", "key", "meaning")
