"""Which provider, subscriber, claim, line and payer each segment of an 837 belongs to.

The loops of an 837 are told by the segments that open them (HL, CLM, SBR, LX, SV1,
SV2, SVD); which of them was opened last before a segment owns it. A file without HL
segments is read by its NM1 and SBR segments. Source: ASC X12 005010X222A1 and
005010X223A2, loops 2000 to 2430, and 4010 where it differs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from j2311_analytics.ingest.columns import code_word, code_words
from j2311_analytics.ingest.context import NOBODY, Segments
from j2311_analytics.ingest.cut import KIND, Array, Cut
from j2311_analytics.ingest.issue_list import IssueList
from j2311_analytics.ingest.sets import Sets

READ = """
    FILE CUT_OFF ISA GS ST SE GE IEA TA1 ISB ISE BHT REF NM1 N3 N4 PER HL PRV CUR SBR PAT DMG CLM
    DTP CL1 PWK CN1 AMT K3 NTE CR1 CR2 CR3 CR4 CR5 CR6 CR7 CR8 CRC HI QTY HCP CAS OI MIA MOA LX
    SV1 SV2 SV3 SV4 SV5 SV6 SV7 PS1 HSD MEA LIN CTP SVD LQ FRM TOO DN1 DN2 UR IMM
""".split()  # noqa: SIM905
# What a claim in the next chunk may need of its providers and people.
_CARRIED = ("BHT", "HL", "NM1", "SBR", "PAT", "DMG", "REF", "PRV")
_ORPHAN = "a service line outside any claim; kept without a claim id"
_DENTAL = "a dental service line (SV3); it was not read"


@dataclass(frozen=True)
class ClaimPlaces(Segments):
    """Owners of the segments of one chunk of 837s; build it with `find_places`.

    Each array has one number per segment: the loop it stands in, counted from 0 in
    the chunk, or `NOBODY`.

    Args:
        carried: Segments at the beginning that were in an earlier chunk, too.
        header: The BHT before the segment.
        provider: Billing provider.
        subscriber: Subscriber.
        patient: Patient who is not the subscriber.
        claim: Claim.
        is_head: Whether it belongs to the claim itself: no other payer's, no line's.
        other: Other payer of a claim (loop 2320).
        line: Service line.
        decision: A payer's decision on a line (SVD).
        claim_rows: Rows of the CLM segments.
        other_rows: Rows of the SBR segments of other payers.
        line_rows: Rows of the SV1 and SV2 segments.
        decision_rows: Rows of the SVD segments of lines.
        number_rows: For each line, the row of its LX, or -1.

    Example:
        >>> ClaimPlaces.__dataclass_params__.frozen
        True
    """

    carried: int
    header: Array
    provider: Array
    subscriber: Array
    patient: Array
    claim: Array
    is_head: Array
    other: Array
    line: Array
    decision: Array
    claim_rows: Array
    other_rows: Array
    line_rows: Array
    decision_rows: Array
    number_rows: Array

    def report(self, rows: Array, severity: str, problem: str, message: str) -> None:
        """List an issue for each row; carried ones were listed before."""
        super().report(rows[rows >= self.carried], severity, problem, message)

    def of(self, owners: Array, rows: Array, *, head: bool = False) -> Array:
        """Owners of rows; with `head` only of those that belong to the claim itself."""
        found = owners.take(rows)
        return np.where(self.is_head.take(rows), found, NOBODY) if head else found

    def to_carry(self) -> bytes:
        """The segments that the next chunk needs of the loops still open."""
        if not self.claim.size:
            return b""
        last = [owners[-1] for owners in (self.header, self.provider, self.subscriber)]
        last.append(self.patient[-1])
        kept = _is(self.cut.kind, *_CARRIED) & (self.claim == NOBODY)
        kept &= self.header == last[0]
        for owners, owner in zip(
            (self.provider, self.subscriber, self.patient), last[1:], strict=True
        ):
            kept &= (owners == NOBODY) | (owners == owner)
        cut = self.cut
        rows = np.flatnonzero(kept)
        ends = cut.separators.take(cut.first.take(rows) + cut.size.take(rows)) + 1
        starts = cut.start.take(rows)
        spans = zip(starts.tolist(), ends.tolist(), strict=True)
        return b"".join(cut.buffer[start:end] for start, end in spans)


@dataclass(frozen=True)
class _Marks:
    """For each segment, the last row up to it that opened a loop, or -1."""

    end: Array
    provider: Array
    subscriber: Array
    patient: Array
    claim: Array
    closed: Array
    header: Array
    line: Array


def find_places(
    cut: Cut, sets: Sets, issues: IssueList, file: int, before: int, carried: int = 0
) -> ClaimPlaces:
    """Find the owners of a chunk's segments; list those without one.

    Args:
        cut: The segments.
        sets: What `SetWalker.walk` found in them.
        issues: Where odd segments are listed.
        file: Number of the file at the chunk's beginning.
        before: Segments of that file before the chunk, less those carried.
        carried: Segments at the beginning that were in an earlier chunk, too.
    """
    kind = cut.kind
    starts, marks = _marks(cut)
    inside = marks.claim > marks.closed
    is_line = _is(kind, "SV1", "SV2") & sets.is_open(np.arange(kind.size))
    begun = np.maximum(marks.claim, np.maximum(marks.closed, marks.header))
    in_line = (marks.line > begun) & _taken(is_line, marks.line)
    past_head = np.maximum(marks.header, marks.line)
    svd = _is(kind, "SVD") & in_line
    other = _is(kind, "SBR") & inside
    last_decision, last_other = _last(svd), _last(other)
    open_other = inside & (last_other > np.maximum(marks.claim, past_head))
    places = ClaimPlaces(
        cut,
        sets,
        issues,
        file,
        before,
        carried,
        header=_number(_is(kind, "BHT"), _last(_is(kind, "BHT")) >= marks.end, zero=True),
        provider=_number(starts[0], marks.provider > marks.end),
        subscriber=_number(starts[1], marks.subscriber > np.maximum(marks.end, marks.provider)),
        patient=_number(
            starts[2],
            marks.patient > np.maximum(np.maximum(marks.end, marks.provider), marks.subscriber),
        ),
        claim=_number(_is(kind, "CLM"), inside),
        is_head=inside & (marks.claim > np.maximum(past_head, last_other)),
        other=_number(other, open_other),
        line=_number(is_line, in_line),
        decision=_number(svd, in_line & (last_decision > marks.line)),
        claim_rows=np.flatnonzero(_is(kind, "CLM")),
        other_rows=np.flatnonzero(other),
        line_rows=np.flatnonzero(is_line),
        decision_rows=np.flatnonzero(svd),
        number_rows=np.where(marks.header > marks.claim, marks.header, -1)[is_line],
    )
    _list_odd(places, inside, is_line)
    return places


def _list_odd(places: ClaimPlaces, inside: Array, is_line: Array) -> None:
    kind = places.cut.kind
    places.report(np.flatnonzero(is_line & ~inside), "error", "stray_segment", _ORPHAN)
    places.report(np.flatnonzero(_is(kind, "SV3")), "error", "dental_line", _DENTAL)
    places.stray(np.flatnonzero(_is(kind, "SVD") & (places.decision == NOBODY)))
    places.stray(np.flatnonzero(_is(kind, "HI") & (places.claim == NOBODY)))
    places.report_unknown(READ)


def _marks(cut: Cut) -> tuple[list[Array], _Marks]:
    """Where providers, subscribers and patients begin, and the last rows of everything."""
    kind = cut.kind
    end = _last(((kind >= KIND["FILE"]) & (kind <= KIND["IEA"])) | _is(kind, "BHT"))
    provider, subscriber, patient = (_coded(cut, "HL", 3, code) for code in ("20", "22", "23"))
    claim = _last(_is(kind, "CLM"))
    header, line = _last(_is(kind, "LX")), _last(_is(kind, "SV1", "SV2", "SV3"))
    closed = np.maximum(end, _last(_is(kind, "HL")))
    # A subscriber after service lines opens a new loop, though its HL is missing.
    is_sbr = _is(kind, "SBR")
    new = is_sbr & ((claim <= closed) | (np.maximum(header, line) > claim))
    closed = np.maximum(closed, _last(new))
    outside = claim <= closed
    recent = np.maximum(end, claim)
    provider = provider | (_coded(cut, "NM1", 1, "85") & outside & (_last(provider) <= end))
    recent = np.maximum(recent, _last(provider))
    # The first SBR after an HL belongs to it; another one opens a loop of its own.
    before = np.append(-1, _last(is_sbr)[:-1])[: is_sbr.size]
    used = np.maximum(np.maximum(recent, before), _last(patient))
    subscriber = subscriber | (new & (_last(subscriber) <= used))
    insured = _coded(cut, "NM1", 1, "IL") & outside
    subscriber = subscriber | (insured & (_last(subscriber) <= recent))
    person = _coded(cut, "NM1", 1, "QC") & outside
    patient = patient | (person & (_last(patient) <= np.maximum(recent, _last(subscriber))))
    starts = [provider, subscriber, patient]
    begun = [_last(mask) for mask in starts]
    return starts, _Marks(end, begun[0], begun[1], begun[2], claim, closed, header, line)


def _is(kind: Array, *names: str) -> Array:
    table = np.zeros(256, bool)
    table[[KIND[name] for name in names]] = True
    found: Array = table.take(kind)
    return found


def _coded(cut: Cut, name: str, position: int, code: str) -> Array:
    """Segments of an id whose element is a code."""
    found = np.zeros(cut.kind.size, bool)
    rows = cut.rows(name)
    found[rows[code_words(cut, cut.spans(rows, position)) == code_word(code)]] = True
    return found


def _last(mask: Array) -> Array:
    found: Array = np.maximum.accumulate(np.where(mask, np.arange(mask.size), -1))
    return found


def _number(mask: Array, inside: Array, *, zero: bool = False) -> Array:
    counted = np.cumsum(mask) - 1
    if zero:
        inside = inside & (counted >= 0)
    return np.where(inside, counted, NOBODY)


def _taken(mask: Array, rows: Array) -> Array:
    found: Array = mask.take(rows) & (rows >= 0)
    return found
