"""Reading X12 837 claims into canonical claim lines."""

from __future__ import annotations

import warnings
from typing import Literal

from j2311_analytics.errors import AnalyticsWarning, odd_things
from j2311_analytics.ingest.claim_pieces import ClaimReading
from j2311_analytics.ingest.exports import Claims
from j2311_analytics.ingest.frames import Growing
from j2311_analytics.ingest.sources import Source
from j2311_analytics.tables import CLAIM_TABLES, empty


def read_837(source: Source, *, errors: Literal["collect", "raise"] = "collect") -> Claims:
    """Read professional and institutional claims (X12 837P and 837I, 4010 and 5010).

    Args:
        source: A path, a folder, a glob, an iterable of those, bytes, or an open
            binary file; plain, .gz or .zip.
        errors: "collect" makes an unreadable file a row in `issues`; "raise" stops
            at the first.

    Returns:
        `Claims`. `lines` has one row per SV1 or SV2; what an 837 does not hold, such
        as write-offs and appeals, is missing there. `claims` has one row per CLM, also
        for one without lines; `payers`, `diagnoses`, `prior_payments` and
        `prior_adjustments` hold the rest. Money is in dollars, dates are dates, codes are
        text. Files with the same content count once. Dental claims (837D) are
        not read, and said so in `issues`.

    Raises:
        X12Error: if nothing could be read, or at the first failure with "raise".
        FileNotFoundError: if the source does not exist or holds no file.
        ValueError: for another value of `errors`.

    Source:
        005010X222A1 and 005010X223A2 implementation guides, 004010X098A1 and X096A1.

    Example:
        >>> text = "ST*837*1~BHT*0019*00*1*20261005~CLM*A*9***11:B:1~LX*1~SV1*HC:J2311:JZ*9*UN*1~"
        >>> claims = read_837(f"{text}DTP*472*D8*20261001~SE*7*1~".encode())
        >>> claims.lines[["claim_id", "hcpcs", "modifier_1", "charge"]].values.tolist()
        [['A', 'J2311', 'JZ', 9.0]]
    """
    if errors not in ("collect", "raise"):
        raise ValueError(f'errors must be "collect" or "raise"; got {errors!r}')
    reading = ClaimReading(source, strict=errors == "raise")
    tables = {table: Growing(table) for table in CLAIM_TABLES.values()}
    for piece in reading.pieces():
        for table, columns in piece.items():
            tables[table].add(columns)
    names = reading.feed.names
    frames = {name: tables[table].frame(names) for name, table in CLAIM_TABLES.items()}
    claims = Claims(**frames, issues=reading.issues.frame(names), mapping=empty("mapping"))
    if len(claims.issues):
        warnings.warn(
            f"{odd_things(len(claims.issues))} or not understood while reading; "
            "see the issues table",
            AnalyticsWarning,
            stacklevel=2,
        )
    return claims
