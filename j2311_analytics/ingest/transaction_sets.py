"""Transaction sets of one kind, out of files that may hold several kinds.

For small files, such as acknowledgements: a set is taken whole, ST to SE.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from j2311_analytics.errors import X12Error
from j2311_analytics.ingest.envelope import Envelope
from j2311_analytics.ingest.findings import Findings
from j2311_analytics.ingest.sources import Source, SourceFile, open_sources
from j2311_analytics.ingest.x12 import Segment, read_segments

# Which function reads the sets that a file holds instead.
_READERS = {
    "835": "read_835",
    "837": "read_837",
    "277": "read_277",
    "999": "read_999",
    "997": "read_999",
}
_BESIDE_SETS = frozenset(["TA1", "ISB", "ISE"])


@dataclass(frozen=True)
class TransactionSet:
    """One transaction set.

    Args:
        file: The file's name.
        start: Its ST segment.
        guide: GS08 of its group, empty without one.
        segments: What stands between ST and SE.

    Example:
        >>> TransactionSet("a.277", Segment(1, "ST", ["ST", "277"], ":", True), "", []).kind
        '277'
    """

    file: str
    start: Segment
    guide: str
    segments: list[Segment]

    @property
    def kind(self) -> str:
        """ST01, such as "277".

        Example:
            >>> TransactionSet("a", Segment(1, "ST", ["ST", "999"], ":", True), "", []).kind
            '999'
        """
        return self.start.get(1)


Take = Callable[[TransactionSet, Findings], None]


def take_sets(
    source: Source,
    kinds: Sequence[str],
    take: Take,
    *,
    errors: Literal["collect", "raise"] = "collect",
) -> list[dict[str, Any]]:
    """Give every transaction set of some kinds to a function.

    Args:
        source: A path, a folder, a glob, an iterable of those, bytes, or an open
            binary file; plain, .gz or .zip. Equal content counts once.
        kinds: ST01 of the sets wanted; the first names them in messages.
        take: Called with each set and the findings of its file.
        errors: "collect" makes an unreadable file a finding; "raise" stops there.

    Returns:
        Rows of the table `issues`.

    Raises:
        X12Error: if nothing could be read, or at the first failure with "raise".
        FileNotFoundError: if the source does not exist or holds no file.
        ValueError: for another value of `errors`.

    Example:
        >>> found = []
        >>> issues = take_sets(b"ST*999*1~AK1*HC*1~SE*3*1~", ["999"], lambda s, _: found.append(s))
        >>> [segment.id for segment in found[0].segments]
        ['AK1']
    """
    if errors not in ("collect", "raise"):
        raise ValueError(f'errors must be "collect" or "raise"; got {errors!r}')
    rows: list[dict[str, Any]] = []
    findings = Findings(rows, f"a {kinds[0]}")
    seen: dict[str, str] = {}
    failures: list[X12Error] = []
    taken = 0
    for file in open_sources(source):
        findings.start_file(file.name)
        try:
            taken += _take_file(file, kinds, take, findings, seen)
        except X12Error as error:
            if errors == "raise":
                raise
            failures.append(error)
            findings.note(error.segment, error.segment_id, "error", "unreadable", error.problem)
    if failures and not taken:
        raise failures[0]
    return rows


def _take_file(
    file: SourceFile, kinds: Sequence[str], take: Take, findings: Findings, seen: dict[str, str]
) -> int:
    if file.problem:
        raise X12Error(file.problem, file=file.name)
    if not file.data.strip():
        raise X12Error("the file is empty; fetch it again", file=file.name)
    if file.digest in seen:
        message = f"same content as {seen[file.digest]}; counted once"
        findings.note(None, "", "warning", "duplicate_file", message)
        return 0
    seen[file.digest] = file.name
    cutter = _Cutter(file.name, kinds, findings)
    for segment in read_segments(file.data, file.name):
        cutter.take(segment)
    cutter.end_file()
    if not cutter.sets:
        raise X12Error(_no_set(kinds[0], cutter.other), file=file.name)
    for found in cutter.sets:
        take(found, findings)
    return len(cutter.sets)


def _no_set(wanted: str, other: Sequence[str]) -> str:
    named = ", ".join(sorted(set(other))) or "none"
    readers = sorted({_READERS[kind] for kind in other if kind in _READERS})
    advice = f"use {' and '.join(readers)}" if readers else "remove it from the folder"
    return f"no {wanted} in this file (transaction sets found: {named}); {advice}"


class _Cutter:
    """Cuts one file into its transaction sets and checks the envelopes around them."""

    def __init__(self, file: str, kinds: Sequence[str], findings: Findings) -> None:
        self.file = file
        self.kinds = kinds
        self.findings = findings
        self.envelope = Envelope(findings)
        self.sets: list[TransactionSet] = []
        self.other: list[str] = []
        self.open: TransactionSet | None = None
        self.wanted = False
        self.outside: list[Segment] = []

    def take(self, segment: Segment) -> None:
        """Put one segment where it belongs."""
        self.envelope.count(segment)
        if not segment.terminated and segment.id not in ("SE", "GE", "IEA"):
            message = "the file ends inside this segment; it was left out"
            self.findings.add(segment, "error", "truncated", message)
        elif segment.id == "ST":
            self._start(segment)
        elif segment.id == "SE":
            self._end(segment)
        elif segment.id in ("ISA", "GS", "GE", "IEA"):
            self._close(segment)
            self.envelope.take(segment)
        elif self.open is not None:
            self.open.segments.append(segment)
        elif segment.id not in _BESIDE_SETS:
            self.outside.append(segment)

    def end_file(self) -> None:
        """List what is missing at the end of the file, and what stood outside of any set."""
        self.envelope.end_file(open_set=self.open is not None and self.wanted)
        if self.outside:
            number = len(self.outside)
            what = "this segment stands" if number == 1 else f"{number:,} segments stand"
            message = f"{what} outside any transaction set and cannot be read"
            self.findings.add(self.outside[0], "error", "stray_segment", message)

    def _start(self, segment: Segment) -> None:
        self._close(segment)
        self.envelope.open_set()
        self.open = TransactionSet(self.file, segment, self.envelope.guide, [])
        self.wanted = self.open.kind in self.kinds
        if self.wanted:
            self.sets.append(self.open)
            return
        kind = self.open.kind
        self.other.append(kind if kind.isdigit() and len(kind) == 3 else "unknown")
        message = f"not a {self.kinds[0]}; this transaction was not read"
        self.findings.add(segment, "warning", "other_set", message)

    def _end(self, segment: Segment) -> None:
        if self.open is None:
            self.outside.append(segment)
        elif self.wanted:
            self.envelope.close_set(segment)
            if segment.get(2) and segment.get(2) != self.open.start.get(2):
                message = "SE and ST control numbers differ"
                self.findings.add(segment, "warning", "se_control", message)
        self.open = None

    def _close(self, segment: Segment) -> None:
        if self.open is not None and self.wanted:
            message = "the transaction before has no SE segment"
            self.findings.add(segment, "warning", "missing_se", message)
        self.open = None
