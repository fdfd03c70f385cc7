"""837s read chunk by chunk: the columns of every table, with keys that count on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from j2311_analytics.ingest.chunks import CHUNK_SIZE, PAD, Chunk, Feed
from j2311_analytics.ingest.claim_diagnoses import diagnosis_columns
from j2311_analytics.ingest.claim_payers import (
    claim_payer_columns,
    prior_adjustment_columns,
    prior_payment_columns,
)
from j2311_analytics.ingest.claim_places import ClaimPlaces, find_places
from j2311_analytics.ingest.context import NOBODY
from j2311_analytics.ingest.cut import Array, cut
from j2311_analytics.ingest.failures import list_failures, raise_first
from j2311_analytics.ingest.issue_list import IssueList
from j2311_analytics.ingest.sent_claims import Tokens, sent_claim_columns
from j2311_analytics.ingest.sent_lines import sent_line_columns
from j2311_analytics.ingest.sets import SetWalker
from j2311_analytics.ingest.sources import Source
from j2311_analytics.ingest.wanted import CLAIMS

Columns = dict[str, dict[str, Any]]

_MOST_TOKENS = 200_000
_NO_LINES = "a claim without service lines; it is in no line table"
_OTHER_SUM = "the charges of the lines do not add up to the claim's"


@dataclass
class ClaimReading:
    """One pass over a source of 837s; the pieces come in order.

    Args:
        source: What `open_sources` takes.
        strict: Whether the first unreadable file ends the reading.
        chunk_size: Bytes read at once.

    Example:
        >>> reading = ClaimReading(b"ST*837*1~BHT*0019*00*1~CLM*A*9~LX*1~SV1*HC:J2311*9~SE*6*1~")
        >>> [len(piece["claim_lines"]["charge"]) for piece in reading.pieces()]
        [1]
    """

    source: Source
    strict: bool = False
    chunk_size: int = CHUNK_SIZE
    tokens: Tokens = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.feed = Feed(self.source, (CLAIMS.claim.encode(),), self.chunk_size)
        self.issues = IssueList("an 837")
        self.walker = SetWalker(self.issues, CLAIMS)
        self.counts = {"sent_claim": 0, "transaction": 0}
        self.sets = 0

    def pieces(self) -> Iterator[Columns]:
        """Yield the columns of every table, chunk by chunk.

        Raises:
            X12Error: if nothing could be read; with `strict`, at the first failure.

        Example:
            >>> list(ClaimReading([]).pieces())
            []
        """
        carried = b""
        for chunk in self.feed.chunks():
            places, versions = self._places(chunk, carried)
            yield self._numbered(self._taken(places, versions), len(versions) - 1)
            carried = places.to_carry() if self.walker.place.is_open else b""
            if self.strict:
                raise_first(self.feed, self.walker)
        self.walker.end_file()
        if self.strict or not self.counts["transaction"]:
            raise_first(self.feed, self.walker)
        list_failures(self.feed, self.walker, self.issues)

    def _places(self, chunk: Chunk, carried: bytes) -> tuple[ClaimPlaces, list[str]]:
        """Owners of a chunk's segments, after those carried from chunks before it."""
        place = self.walker.place
        again = carried.count(b"\x1e")
        place.number -= again
        file, before, version = place.file, place.number, place.version
        made = cut(Chunk(PAD + carried + chunk.data[len(PAD) :], chunk.component))
        sets = self.walker.walk(made)
        places = find_places(made, sets, self.issues, file, before, again)
        return places, [version, *sets.version]

    def _taken(self, places: ClaimPlaces, versions: list[str]) -> Columns:
        if len(self.tokens) > _MOST_TOKENS:
            self.tokens.clear()
        claims = sent_claim_columns(places, self.tokens, versions)
        diagnoses, of_claims = diagnosis_columns(places)
        lines = sent_line_columns(places, claims, of_claims)
        payers = claim_payer_columns(places, claims, self.tokens)
        payments = prior_payment_columns(places, lines["line_number"])
        # Other payers stand after the claim's own in `payers`.
        others = payers["payer_id"].filter(payers["position"] > 1)
        adjustments = prior_adjustment_columns(
            places, (payments["payer_id"], others), lines["line_number"]
        )
        claims["lines"] = np.bincount(
            lines["sent_claim"][lines["sent_claim"] > 0] - 1, minlength=places.claim_rows.size
        )
        _check(places, claims, lines)
        return {
            "sent_claims": claims,
            "claim_lines": lines,
            "claim_payers": payers,
            "claim_diagnoses": diagnoses,
            "prior_payments": payments,
            "prior_adjustments": adjustments,
        }

    def _numbered(self, columns: Columns, sets: int) -> Columns:
        """Keys of a chunk made to count on from those before; 0 is none."""
        new = {"sent_claim": columns["sent_claims"]["sent_claim"].size, "transaction": sets}
        for values in columns.values():
            for key, before in self.counts.items():
                if key in values:
                    local = values[key]
                    values[key] = (
                        np.where(local == 0, 0, local + before)
                        if key == "sent_claim"
                        else local + before
                    )
        for key, count in new.items():
            self.counts[key] += count
        return columns


def _check(places: ClaimPlaces, claims: dict[str, Any], lines: dict[str, Any]) -> None:
    """List claims without lines, and those whose lines do not add up to them."""
    rows, count = places.claim_rows, places.claim_rows.size
    places.report(rows[claims["lines"] == 0], "warning", "no_lines", _NO_LINES)
    claim = lines["sent_claim"] - 1
    known = ~np.isnan(lines["charge"]) & (claim != NOBODY)
    whole = np.bincount(claim[known], _cents(lines["charge"][known]), minlength=count)
    stated = ~np.isnan(claims["charge"]) & (claims["lines"] > 0)
    wrong = stated & (np.where(stated, _cents(np.nan_to_num(claims["charge"])), 0) != whole)
    places.report(rows[wrong], "warning", "line_sum", _OTHER_SUM)


def _cents(amounts: Array) -> Array:
    rounded: Array = np.rint(amounts * 100)
    return rounded
