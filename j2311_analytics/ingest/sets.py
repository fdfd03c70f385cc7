"""Interchanges, groups and transaction sets of a chunk: which segments are to be read.

Trailers that do not agree are listed and never stop the reading: the claims inside
are whole. Claims or a payment without their ST are read as a set of their own.
Source: ASC X12 control segments (ISA, GS, ST, SE, GE, IEA).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from j2311_analytics.errors import X12Error
from j2311_analytics.ingest.cut import KIND, SKIPPED, Array, Cut
from j2311_analytics.ingest.issue_list import IssueList
from j2311_analytics.ingest.segment_ids import shown_id
from j2311_analytics.ingest.wanted import REMITTANCES, Wanted

_NAMES = {kind: name for name, kind in KIND.items()}
_ISA, _GS, _ST, _SE, _GE, _IEA = (KIND[name] for name in ("ISA", "GS", "ST", "SE", "GE", "IEA"))
_IN_BODY = np.zeros(256, bool)
_IN_BODY[[KIND[name] for name in ("LX", "SVC", "PLB")]] = True
NO_CODE = "names no kind of transaction; a payment or claim that follows is read"
STRAY = "this segment stands outside the claim or transaction it needs; it was not read"


@dataclass
class Place:
    """Where the reading stands between two chunks.

    Example:
        >>> Place().is_open
        False
    """

    file: int = -1
    number: int = 0
    is_open: bool = False
    skipping: bool = False
    counted_from: int | None = None
    control: str = ""
    guide: str = ""
    version: str = ""
    group: str = ""
    open_interchanges: int = 0
    open_groups: int = 0
    groups: int = 0
    sets: int = 0
    taken: int = 0
    other_sets: set[str] = field(default_factory=set)
    last: tuple[int, str] | None = None
    failures: dict[int, X12Error] = field(default_factory=dict)


@dataclass(frozen=True)
class Sets:
    """The sets to read that begin in a chunk, and the bounds of its segments.

    Args:
        opens: Row where each set begins.
        file: File number of each set.
        number: Segment number of its beginning.
        control: ST02.
        version: ST03, else GS08.
        bounds: Rows of the boundaries, in order.
        bound_open: Whether such a set is open after each.
        was_open: Whether one was open before the first.

    Example:
        >>> Sets(np.array([0]), [0], [1], ["1"], [""], np.array([0]), np.array([True]), False).file
        [0]
    """

    opens: Array
    file: list[int]
    number: list[int]
    control: list[str]
    version: list[str]
    bounds: Array
    bound_open: Array
    was_open: bool

    def is_open(self, rows: Array) -> Array:
        """Whether each row lies in a set that is read.

        Example:
            >>> made = Sets(np.array([0]), [0], [1], [""], [""], np.array([0]), np.array([True]),
            ...             False)
            >>> made.is_open(np.array([3])).tolist()
            [True]
        """
        after = np.concatenate(([self.was_open], self.bound_open))
        found: Array = after.take(np.searchsorted(self.bounds, rows, side="right"))
        return found


class SetWalker:
    """Walks the control segments of one chunk after another.

    Args:
        issues: Where what is odd about them is listed.
        wanted: The sets to read.

    Example:
        >>> SetWalker(IssueList()).place.file
        -1
    """

    def __init__(self, issues: IssueList, wanted: Wanted = REMITTANCES) -> None:
        self.place = Place()
        self.issues = issues
        self.wanted = wanted
        self.first, self.claim = KIND[wanted.first], KIND[wanted.claim]

    def walk(self, cut: Cut) -> Sets:
        """The sets that begin in a chunk; segments of other sets become `SKIPPED`.

        Example:
            >>> from j2311_analytics.ingest.chunks import Chunk
            >>> from j2311_analytics.ingest.cut import cut
            >>> made = cut(Chunk.of([b"ST\\x1d835\\x1d7\\x1e"], 58))
            >>> SetWalker(IssueList()).walk(made).control
            ['7']
        """
        self.was_open = self.place.is_open
        self.opens: list[tuple[int, int, int, str, str]] = []
        self.before = self.place.number
        rows, starters = _bounds(cut.kind, self.first, self.claim)
        after = np.append(starters, cut.kind.size)
        following = after.take(np.searchsorted(starters, rows, side="right")).tolist()
        numbers = cut.numbers(rows, self.before)
        kinds = cut.kind.take(rows).tolist()
        self.bounds: list[tuple[int, bool]] = []
        places = [*rows.tolist(), cut.kind.size]
        if self.place.skipping:
            cut.kind[: places[0]] = SKIPPED
        self._implicit(cut, int(after[0]), places[0])
        for index, (row, number) in enumerate(zip(places, numbers.tolist(), strict=False)):
            self._bound(cut, row, kinds[index], number)
            self.bounds.append((row, self.place.is_open))
            if self.place.skipping:
                cut.kind[row + 1 : places[index + 1]] = SKIPPED
            self._implicit(cut, following[index], places[index + 1])
        self._remember(cut, cut.kind.size)
        return self._sets()

    def end_file(self) -> None:
        """List the trailers that the file before lacks, and a file without any set to read."""
        place = self.place
        if place.file < 0:
            return
        if place.last is not None:
            missing = [
                (place.is_open, "missing_se", "the last transaction has no SE segment"),
                (place.open_groups > 0, "missing_ge", "a functional group has no GE segment"),
                (place.open_interchanges > 0, "missing_iea", "an interchange has no IEA segment"),
            ]
            for is_missing, problem, message in missing:
                if is_missing:
                    self._issue(*place.last, "warning", problem, message)
        if not place.taken:
            sets = ", ".join(sorted(place.other_sets)) or "none"
            place.failures[place.file] = X12Error(
                f"no {self.wanted.code} in this file (transaction sets found: {sets}); "
                "remove it from the folder"
            )

    def _issue(self, number: int, name: str, severity: str, problem: str, message: str) -> None:
        self.issues.add(self.place.file, number, name, severity, problem, message)

    def _bound(self, cut: Cut, row: int, kind: int, number: int) -> None:
        place, name = self.place, _NAMES[kind]
        if name == "FILE":
            self._start_file(cut, row)
            return
        found = cut.elements(row)
        if name == "CUT_OFF":
            message = "the file ends inside this segment; it was left out"
            self._issue(number, shown_id(found[1]), "error", "truncated", message)
        elif name == "SE":
            self._end_set(number, found)
        elif name == self.wanted.first:
            if not place.skipping:
                self._close_set(number, name)
                self._open(row, number, "", place.guide, counted=False)
                self._issue(number, name, "error", "missing_st", self.wanted.homeless)
        else:
            self._close_set(number, name)
            self._envelope(cut, row, name, number, found)

    def _start_file(self, cut: Cut, row: int) -> None:
        self._remember(cut, row)
        self.end_file()
        old = self.place
        self.place = Place(file=old.file + 1, failures=old.failures)

    def _remember(self, cut: Cut, end: int) -> None:
        """Keep number and id of the last segment before a row."""
        if end:
            number = int(cut.numbers(np.array([end - 1]), self.before)[0])
            self.place.number = number
            self.place.last = (number, cut.shown_id(end - 1)) if number else None

    def _envelope(self, cut: Cut, row: int, name: str, number: int, found: list[str]) -> None:
        place = self.place
        if name == "ISA":
            place.open_interchanges += 1
            place.groups = 0
        elif name == "GS":
            place.open_groups += 1
            place.groups += 1
            place.sets = 0
            place.group, place.guide = found[1].upper(), found[8]
        elif name == "ST":
            self._start_set(cut, row, number, found)
        elif name == "GE":
            self._compare(number, name, found[1], place.sets, "transaction sets", "ge_count")
            place.open_groups = max(0, place.open_groups - 1)
        else:
            self._compare(number, name, found[1], place.groups, "functional groups", "iea_count")
            place.open_interchanges = max(0, place.open_interchanges - 1)

    def _start_set(self, cut: Cut, row: int, number: int, found: list[str]) -> None:
        place, wanted = self.place, self.wanted
        place.sets += 1
        version = found[3] or place.guide
        follows = row + 1 < cut.kind.size and cut.kind[row + 1] == self.first
        refused = wanted.refusal(version) if found[1] == wanted.code else ""
        if refused:
            place.skipping = True
            place.other_sets.add(refused)
            message = f"{refused}: this kind of claim is not read"
            self._issue(number, "ST", "warning", "other_set", message)
        elif found[1] == wanted.code or (follows and place.group == wanted.group):
            if found[1] != wanted.code:
                self._issue(number, "ST", "error", "set_code", wanted.unmarked)
            self._open(row, number, found[2], version, counted=True)
        elif not (found[1].isdigit() and len(found[1]) == 3):
            # What kind of set it was is told by what follows.
            place.other_sets.add("unknown")
            self._issue(number, "ST", "error", "set_code", NO_CODE)
        else:
            place.skipping = True
            place.other_sets.add(found[1])
            message = f"not an {wanted.code}; this transaction was not read"
            self._issue(number, "ST", "warning", "other_set", message)

    def _open(self, row: int, number: int, control: str, version: str, *, counted: bool) -> None:
        place = self.place
        place.is_open, place.skipping = True, False
        place.taken += 1
        place.control, place.version = control, version
        place.counted_from = number if counted else None
        self.opens.append((row, place.file, number, control, version))

    def _implicit(self, cut: Cut, row: int, end: int) -> None:
        """Open a set for a payment or claim that stands outside any."""
        place = self.place
        if row >= end or place.is_open or place.skipping:
            return
        number = int(cut.numbers(np.array([row]), self.before)[0])
        name = _NAMES[int(cut.kind[row])]
        is_alone = row + 1 == end < cut.kind.size and cut.kind[end] != KIND["FILE"]
        if name == self.wanted.first and is_alone:
            # Without anything of its own before the next envelope it is no transaction.
            self._issue(number, name, "error", "stray_segment", STRAY)
            return
        self._open(row, number, "", place.guide, counted=False)
        self._issue(number, name, "error", "missing_st", self.wanted.homeless)
        self.bounds.append((row, True))

    def _end_set(self, number: int, found: list[str]) -> None:
        place = self.place
        if place.is_open:
            if place.counted_from is not None:
                counted = number - place.counted_from + 1
                self._compare(number, "SE", found[1], counted, "segments", "se_count")
            if found[2] and found[2] != place.control and place.counted_from is not None:
                message = "SE and ST control numbers differ"
                self._issue(number, "SE", "warning", "se_control", message)
        place.is_open = place.skipping = False

    def _close_set(self, number: int, name: str) -> None:
        if self.place.is_open:
            message = "the transaction before has no SE segment"
            self._issue(number, name, "warning", "missing_se", message)
        self.place.is_open = self.place.skipping = False

    def _compare(
        self, number: int, name: str, stated: str, counted: int, what: str, problem: str
    ) -> None:
        if stated and stated.lstrip("0") != str(counted).lstrip("0"):
            message = f"the trailer states another number of {what} than the {counted} read"
            self._issue(number, name, "warning", problem, message)

    def _sets(self) -> Sets:
        parts = zip(*self.opens, strict=True) if self.opens else ((), (), (), (), ())
        rows, files, numbers, controls, versions = (list(part) for part in parts)
        return Sets(
            np.array(rows, np.int64),
            files,
            numbers,
            controls,
            versions,
            np.array([row for row, _ in self.bounds], np.int64),
            np.array([is_open for _, is_open in self.bounds], bool),
            self.was_open,
        )


def _bounds(kind: Array, first: int, claim: int) -> tuple[Array, Array]:
    """Rows of control segments, and of payments (BPR; BHT of an 837) and claims.

    A payment after claims, lines or provider adjustments of the same set is a boundary
    too: the segments between two sets were lost.
    """
    control = np.flatnonzero((kind >= KIND["FILE"]) & (kind <= _IEA))
    starters = np.flatnonzero((kind == first) | (kind == claim))
    payments = starters[kind[starters] == first]
    if not payments.size:
        return control, starters
    body = np.flatnonzero((kind == claim) | _IN_BODY.take(kind))
    begun = np.sort(np.concatenate((control, payments)))
    last_begun = np.searchsorted(begun, payments) - 1
    last_body = np.searchsorted(body, payments) - 1
    last_begun = np.where(last_begun < 0, -1, np.append(begun, -1).take(last_begun))
    last_body = np.where(last_body < 0, -2, np.append(body, -2).take(last_body))
    again = payments[last_body > last_begun]
    return (np.sort(np.concatenate((control, again))) if again.size else control), starters
