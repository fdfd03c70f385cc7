"""Which set, claim and line each segment of a chunk belongs to.

Running counts of the segments that begin or end something (CLP, SVC, LX, PLB and
the control segments) tell the owner of every other one, without walking.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from j2311_analytics.ingest.columns import code_word, code_words, days
from j2311_analytics.ingest.cut import KIND, SKIPPED, Array, Cut, Spans
from j2311_analytics.ingest.issue_list import IssueList
from j2311_analytics.ingest.sets import STRAY, Sets

NOBODY = -1
_BEGINS = np.zeros(256, bool)
_BEGINS[[kind for name, kind in KIND.items() if name in ("CLP", "SVC", "LX", "PLB")]] = True
_BEGINS[KIND["FILE"] : KIND["IEA"] + 1] = True
_IDS = {kind: name for name, kind in KIND.items()}
_READ = """
    FILE CUT_OFF ISA GS ST SE GE IEA BPR TRN N1 REF DTM LX CLP CAS NM1 MIA MOA AMT SVC LQ PLB
    TA1 NTE CUR N3 N4 PER RDM TS2 TS3 QTY K3
""".split()  # noqa: SIM905


@dataclass(frozen=True)
class Segments:
    """The segments of one chunk, numbered in their files, and where issues are listed.

    Args:
        cut: The segments.
        sets: The transaction sets that begin among them.
        issues: Where odd segments are listed.
        file: Number of the file at the chunk's beginning.
        before: Segments of that file before the chunk.

    Example:
        >>> [field for field in Segments.__dataclass_fields__][:2]
        ['cut', 'sets']
    """

    cut: Cut
    sets: Sets
    issues: IssueList
    file: int
    before: int

    def sets_of(self, rows: Array) -> Array:
        """The set of each row: 0 the one that was open before the chunk, then 1, 2 …"""
        found: Array = np.searchsorted(self.sets.opens, rows, side="right")
        return found

    def numbers(self, rows: Array) -> Array:
        """Segment numbers in the file."""
        return self.cut.numbers(rows, self.before)

    def report(self, rows: Array, severity: str, problem: str, message: str) -> None:
        """List an issue for each row."""
        if not rows.size:
            return
        files = self.file + np.searchsorted(self.cut.file_rows, rows, side="right")
        numbers = self.numbers(rows)
        kinds = self.cut.kind.take(rows)
        for kind in np.unique(kinds):
            of_kind = kinds == kind
            self.issues.add_rows(
                files[of_kind], numbers[of_kind], _IDS[int(kind)], severity, problem, message
            )

    def stray(self, rows: Array) -> None:
        """List segments that stand where they cannot be read."""
        self.report(rows, "error", "stray_segment", STRAY)

    def report_unknown(self, known: Iterable[str]) -> None:
        """List segments whose id does not belong here, once for each id and file."""
        strange = np.ones(256, bool)
        strange[[SKIPPED, *(KIND[name] for name in known)]] = False
        for row in np.flatnonzero(strange.take(self.cut.kind)).tolist():
            number = int(self.numbers(np.array([row]))[0])
            file = self.file + int(np.searchsorted(self.cut.file_rows, row, side="right"))
            self.issues.add_unknown(file, number, self.cut.shown_id(row))


@dataclass(frozen=True)
class Coded:
    """Segments of one id whose first element tells what they say: REF, DTM, AMT, NM1.

    Args:
        rows: Their rows.
        first: Their first elements, as `code_words`.
        claims: Their claims.
        lines: Their lines; `NOBODY` for those before a claim's lines.

    Example:
        >>> none = np.array([], int)
        >>> [part.size for part in Coded(none, none, none, none).of_claims("F8")]
        [0, 0]
    """

    rows: Array
    first: Array
    claims: Array
    lines: Array

    def of_claims(self, code: str, *, anywhere: bool = False) -> tuple[Array, Array]:
        """Rows with a code and their claims; `anywhere` takes those behind a line as well."""
        found = self.in_claims(code, anywhere=anywhere)
        return self.rows.take(found), self.claims.take(found)

    def in_claims(self, code: str, *, anywhere: bool = False) -> Array:
        """Places of the rows of `of_claims` among all rows."""
        kept = self.first == code_word(code)
        kept &= self.claims != NOBODY
        if not anywhere:
            kept &= self.lines == NOBODY
        return np.flatnonzero(kept)

    def of_lines(self, code: str) -> tuple[Array, Array]:
        """Rows with a code behind a line, and those lines."""
        found = np.flatnonzero((self.first == code_word(code)) & (self.lines != NOBODY))
        return self.rows.take(found), self.lines.take(found)


@dataclass(frozen=True)
class Context(Segments):
    """Owners of the segments of one chunk of 835s; build it with `find_context`.

    Args:
        begins: Rows that begin or end a claim, a line or a set.
        running: For each segment, which of those came last; -1 for none.
        claim: For each of `begins`, the claim that what follows belongs to, or `NOBODY`;
            at the end `NOBODY` for what stands before all of them.
        line: The same for lines.
        claim_rows: Rows of the claims.
        line_rows: Rows of the lines that lie in a claim.

    Example:
        >>> NOBODY
        -1
    """

    begins: Array
    running: Array
    claim: Array
    line: Array
    claim_rows: Array
    line_rows: Array
    _coded: dict[str, Coded] = field(default_factory=dict)

    def claims_of(self, rows: Array) -> Array:
        """The claim of each row, counted from 0 in this chunk, or `NOBODY`."""
        found: Array = self.claim.take(self.running.take(rows))
        return found

    def lines_of(self, rows: Array) -> Array:
        """The line of each row, counted from 0 in this chunk, or `NOBODY`."""
        found: Array = self.line.take(self.running.take(rows))
        return found

    def coded(self, name: str) -> Coded:
        """Segments of an id by their first element, with the claims and lines they are in."""
        if name not in self._coded:
            rows = self.cut.rows(name)
            owners = self.running.take(rows)
            first = code_words(self.cut, self.cut.spans(rows, 1))
            self._coded[name] = Coded(rows, first, self.claim.take(owners), self.line.take(owners))
        return self._coded[name]

    @cached_property
    def days(self) -> tuple[Array, Array]:
        """The date in each DTM as `datetime64[us]`, and whether one is unreadable."""
        return days(self.cut, self.cut.spans(self.coded("DTM").rows, 2))

    @cached_property
    def heads(self) -> tuple[Array, Array, Array]:
        """First row of each set's head, the row behind it, and the set, counted from 0.

        A set that begins with a claim has no head.
        """
        opens = self.sets.opens
        place = np.searchsorted(self.begins, opens)
        following = np.append(self.begins, (self.cut.kind.size, self.cut.kind.size))
        inside = (following.take(place) == opens) & (self.cut.kind.take(opens) != KIND["CLP"])
        return opens[inside], following.take(place[inside] + 1), np.flatnonzero(inside)

    def head_rows(self, name: str) -> tuple[Array, Array]:
        """Rows of an id in the heads of sets, and those sets, counted from 0."""
        rows = self.cut.rows(name)
        begin, end, owner = self.heads
        first = np.searchsorted(rows, begin)
        count = np.searchsorted(rows, end) - first
        skipped = np.repeat(first - np.cumsum(count) + count, count)
        return rows.take(np.arange(count.sum()) + skipped), np.repeat(owner, count)

    def segments_of(self, rows: Array) -> Array:
        """Segments from each of `begins` up to the next."""
        following = np.append(self.begins, self.cut.kind.size)
        found: Array = following.take(self.running.take(rows) + 1) - rows
        return found

    @cached_property
    def line_claims(self) -> Array:
        """The claim of each line."""
        return self.claims_of(self.line_rows)


def find_context(cut: Cut, sets: Sets, issues: IssueList, file: int, before: int) -> Context:
    """Find the owners of a chunk's segments; list those without one.

    Args:
        cut: The segments.
        sets: What `SetWalker.walk` found in them.
        issues: Where odd segments are listed.
        file: Number of the file at the chunk's beginning.
        before: Segments of that file before the chunk.
    """
    begins_here = _BEGINS.take(cut.kind)
    payments = sets.opens[cut.kind.take(sets.opens) == KIND["BPR"]]
    begins_here[payments] = True
    begins = np.flatnonzero(begins_here)
    kind = cut.kind.take(begins)
    is_claim, is_line, is_header = (kind == KIND[name] for name in ("CLP", "SVC", "LX"))
    # A line may follow an LX directly; after two of them no claim is sure.
    ends = ~(is_claim | is_line | is_header)
    ends[1:] |= is_header[1:] & is_header[:-1]
    order = np.arange(begins.size)
    last_claim = np.maximum.accumulate(np.where(is_claim, order, -1))
    last_end = np.maximum.accumulate(np.where(ends, order, -1))
    inside = last_claim > last_end
    lines = is_line & inside
    context = Context(
        cut,
        sets,
        issues,
        file,
        before,
        begins,
        np.cumsum(begins_here) - 1,
        np.append(np.where(inside & ~is_header, np.cumsum(is_claim) - 1, NOBODY), NOBODY),
        np.append(np.where(lines, np.cumsum(lines) - 1, NOBODY), NOBODY),
        begins[is_claim],
        begins[lines],
    )
    context.stray(begins[is_line & ~inside])
    after_header = lines.copy()
    after_header[1:] &= is_header[:-1]
    after_header[:1] = False
    message = "a line follows an LX with no CLP between; taken to the claim before"
    context.report(begins[after_header], "warning", "line_after_lx", message)
    context.report_unknown(_READ)
    return context


def first_of(owners: Array, spans: Spans, count: int, among: Array | None = None) -> Spans:
    """For each owner the first span that is not empty, of the rows `among`.

    Example:
        >>> spans = np.array([5, 9]), np.array([7, 11])
        >>> [side.tolist() for side in first_of(np.array([1, 1]), spans, 2)]
        [[0, 5], [0, 7]]
    """
    starts, ends = spans
    if among is None and _is_each(owners, count):
        return spans
    kept = (owners >= 0) & (ends > starts)
    if among is not None:
        kept &= among
    places = np.flatnonzero(kept)[::-1]
    chosen = np.zeros((2, count), np.int64)
    owner = owners.take(places)
    chosen[0][owner] = starts.take(places)
    chosen[1][owner] = ends.take(places)
    return chosen[0], chosen[1]


def first_value(owners: Array, values: Array, count: int, missing: Any) -> Array:
    """For each owner the first value that is not missing: a date, an amount, whole cents.

    Args:
        owners: The owner of each value, counted from 0.
        values: The values.
        count: The number of owners.
        missing: What stands for a missing value.

    Example:
        >>> days = np.array(["NaT", "2026-10-31"], "datetime64[us]")
        >>> first_value(np.array([0, 0]), days, 1, np.datetime64("NaT")).astype("M8[D]")
        array(['2026-10-31'], dtype='datetime64[D]')
    """
    if _is_each(owners, count):
        return values
    is_known = values != missing if missing == missing else values == values
    places = np.flatnonzero(is_known & (owners >= 0))[::-1]
    chosen = np.full(count, missing, values.dtype)
    chosen[owners.take(places)] = values.take(places)
    return chosen


def _is_each(owners: Array, count: int) -> bool:
    """Whether every owner has exactly one row, in order."""
    return owners.size == count and bool((owners == np.arange(count)).all())
