"""Which segments lie in an 835: envelopes and transaction sets, walked one by one."""

from __future__ import annotations

from oracle.plain_file import PlainSegment
from oracle.plain_values import Oddities

from j2311_analytics.ingest.elements import capitals

_NO_ST = "a payment or claim without its ST segment; read as a transaction of its own"


class Envelope:
    """Where the walk stands, and what the trailers should state."""

    def __init__(self, odd: Oddities) -> None:
        self.odd = odd
        self.last: PlainSegment | None = None
        self.interchanges = self.groups = self.groups_inside = self.sets = 0
        self.guide = self.group = self.control = ""
        self.counted_from: int | None = None
        self.is_open = self.skipping = self.body = False
        self.payments = 0
        self.other_sets: set[str] = set()

    def control_segment(self, segment: PlainSegment) -> None:
        """Read ISA, GS, GE or IEA."""
        self.close_set(segment)
        if segment.id == "ISA":
            self.interchanges += 1
            self.groups_inside = 0
        elif segment.id == "GS":
            self.groups += 1
            self.groups_inside += 1
            self.sets = 0
            self.group, self.guide = capitals(segment.get(1)), segment.get(8)
        elif segment.id == "GE":
            self._compare(segment, self.sets, "transaction sets", "ge_count")
            self.groups = max(0, self.groups - 1)
        else:
            self._compare(segment, self.groups_inside, "functional groups", "iea_count")
            self.interchanges = max(0, self.interchanges - 1)

    def start_set(self, segment: PlainSegment, following: PlainSegment | None) -> bool:
        """Begin a transaction set; whether it is an 835."""
        self.close_set(segment)
        self.sets += 1
        is_835 = segment.get(1) == "835"
        has_payment = following is not None and following.terminated and following.id == "BPR"
        if not is_835 and has_payment and self.group == "HP":
            message = "not marked as an 835, yet in a remittance group and with a payment; read"
            self.odd.add(segment, "error", "set_code", message)
            is_835 = True
        kind = segment.get(1)
        if not is_835 and not (kind.isdigit() and len(kind) == 3):
            self.other_sets.add("unknown")
            message = "names no kind of transaction; a payment or claim that follows is read"
            self.odd.add(segment, "error", "set_code", message)
            return False
        if not is_835:
            self.skipping = True
            self.other_sets.add(kind)
            message = "not an 835; this transaction was not read"
            self.odd.add(segment, "warning", "other_set", message)
            return False
        self._open(segment.get(2), segment.number)
        return True

    def start_without_st(self, segment: PlainSegment) -> None:
        """Begin a set at a payment or claim that stands outside any."""
        self._open("", None)
        self.odd.add(segment, "error", "missing_st", _NO_ST)

    def end_set(self, trailer: PlainSegment) -> None:
        """Compare the segments counted with what SE states, and the control numbers."""
        if self.is_open and self.counted_from is not None:
            counted = trailer.number - self.counted_from + 1
            self._compare(trailer, counted, "segments", "se_count")
            if trailer.get(2) and trailer.get(2) != self.control:
                message = "SE and ST control numbers differ"
                self.odd.add(trailer, "warning", "se_control", message)
        self.is_open = self.skipping = False

    def close_set(self, segment: PlainSegment) -> None:
        """End a set that has no trailer."""
        if self.is_open:
            message = "the transaction before has no SE segment"
            self.odd.add(segment, "warning", "missing_se", message)
        self.is_open = self.skipping = False

    def end_file(self) -> None:
        """List trailers that are missing at the end of the file."""
        if self.last is None:
            return
        for is_missing, problem, message in (
            (self.is_open, "missing_se", "the last transaction has no SE segment"),
            (self.groups > 0, "missing_ge", "a functional group has no GE segment"),
            (self.interchanges > 0, "missing_iea", "an interchange has no IEA segment"),
        ):
            if is_missing:
                self.odd.add(self.last, "warning", problem, message)

    def _open(self, control: str, counted_from: int | None) -> None:
        self.is_open, self.skipping = True, False
        self.payments += 1
        self.control, self.counted_from = control, counted_from

    def _compare(self, trailer: PlainSegment, counted: int, what: str, problem: str) -> None:
        stated = trailer.get(1)
        if stated and stated.lstrip("0") != str(counted).lstrip("0"):
            message = f"the trailer states another number of {what} than the {counted} read"
            self.odd.add(trailer, "warning", problem, message)
