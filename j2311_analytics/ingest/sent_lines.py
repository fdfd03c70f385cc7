"""Canonical claim lines of a chunk of 837s: one row per SV1 or SV2.

Source of positions and qualifiers: ASC X12 005010X222A1 and 005010X223A2, loops
2400 and 2410, and their 4010 predecessors.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from j2311_analytics.ingest.amounts import numbers
from j2311_analytics.ingest.claim_facts import Facts, chosen, chosen_numbers, facts, joined
from j2311_analytics.ingest.claim_places import ClaimPlaces
from j2311_analytics.ingest.claim_table import amount_column
from j2311_analytics.ingest.columns import codes, mapped, texts
from j2311_analytics.ingest.context import NOBODY, first_of
from j2311_analytics.ingest.cut import KIND, Array
from j2311_analytics.ingest.elements import read_ndc
from j2311_analytics.ingest.line_table import number_column
from j2311_analytics.ingest.services import components, services
from j2311_analytics.tables import TABLES

_OF_CLAIM = (
    "claim_id",
    "payer_sequence",
    "payer_name",
    "payer_id",
    "filing_indicator",
    "member_token",
    "patient_token",
    "billing_npi",
    "frequency",
    "original_control_number",
    "place_of_service",
    "authorization",
    "referral",
    "rendering_npi",
)
_SECOND_DRUG = "a further drug (LIN) on a line; the first is kept"
_BAD_NDC = "a drug code that is not an NDC of 11 digits; it is missing"


def sent_line_columns(
    places: ClaimPlaces, claims: dict[str, Any], diagnoses: list[pa.Array]
) -> dict[str, Any]:
    """Columns of `claim_lines`; the claim's key counts from 1 in this chunk, 0 for none.

    Args:
        places: The chunk's segments and their owners.
        claims: The columns of `sent_claims`.
        diagnoses: For each claim its first, second … diagnosis.
    """
    cut, rows = places.cut, places.line_rows
    of_claim = places.claim.take(rows)
    institutional = (cut.kind.take(rows) == KIND["SV2"]).astype(np.int64)
    service = services(cut, rows, 1 + institutional)
    revenue = texts(cut, _only(cut.spans(rows, 1), institutional == 1))
    found = {name: chosen(claims[name], of_claim) for name in _OF_CLAIM}
    submitted = chosen_numbers(claims["submitted_date"], of_claim)
    begins, ends = _dates(places, claims, of_claim)
    own = _own(places)
    claim_note = chosen(claims["note"], of_claim)
    place = texts(cut, _only(cut.spans(rows, 5), institutional == 0))
    found |= {
        **service,
        **{f"diagnosis_{n}": chosen(codes, of_claim) for n, codes in enumerate(diagnoses, 1)},
        "sent_claim": of_claim + 1,
        "line_number": _numbers(places, of_claim),
        "revenue_code": pc.coalesce(revenue, service["revenue_code"]),
        "charge": amount_column(places, rows, 2 + institutional),
        "units": number_column(places, rows, 4 + institutional),
        "service_from": begins,
        "service_to": ends,
        "submitted_date": submitted,
        "diagnosis_pointers": _pointers(places, institutional),
        **_drug(places, service["ndc"]),
        "line_control": own["6R"],
        "line_note": pc.coalesce(_words(places, institutional, own["note"]), claim_note),
        "authorization": pc.coalesce(own["G1"], found["authorization"]),
        "referral": pc.coalesce(own["9F"], found["referral"]),
        "rendering_npi": pc.coalesce(own["82"], found["rendering_npi"]),
        "place_of_service": pc.coalesce(place, found["place_of_service"]),
    }
    return filled("claim_lines", found, rows.size)


def filled(table: str, columns: dict[str, Any], count: int) -> dict[str, Any]:
    """Columns of a table, those that a file does not have being missing.

    Example:
        >>> filled("remarks", {}, 1)["rarc"].to_pylist()
        [None]
    """
    missing = {
        "text": pa.nulls(count, pa.large_string()),
        "date": np.full(count, np.datetime64("NaT"), "datetime64[us]"),
        "optional_key": np.zeros(count, np.int64),
    }
    number = np.full(count, np.nan)
    return {
        column.name: columns.get(column.name, missing.get(column.kind, number))
        for column in TABLES[table]
    }


def _only(spans: tuple[Array, Array], kept: Array) -> tuple[Array, Array]:
    starts, ends = spans
    return starts, np.where(kept, ends, starts)


def _facts(places: ClaimPlaces, name: str) -> Facts:
    return facts(places, name, places.line, places.line_rows.size)


def _own(places: ClaimPlaces) -> dict[str, pa.Array]:
    """References, the doctor and the note of the line itself."""
    references, names, notes = (_facts(places, name) for name in ("REF", "NM1", "NTE"))
    found = {code: references.text(2, references.among(code)) for code in ("6R", "G1", "9F")}
    doctor = names.among("82") & names.among("XX", "", position=8)
    return found | {"82": names.text(9, doctor), "note": notes.text(2)}


def _words(places: ClaimPlaces, institutional: Array, notes: pa.Array) -> pa.Array:
    """What was given in the sender's words (SV101-7), and the line's note."""
    cut = places.cut
    parts, _ = components(cut, cut.spans(places.line_rows, 1 + institutional), 7)
    return joined(texts(cut, parts[6]), notes, by="; ")


def _dates(places: ClaimPlaces, claims: dict[str, Any], of_claim: Array) -> tuple[Array, Array]:
    """The line's dates of service, else those of the claim's statement."""
    begins, ends = _facts(places, "DTP").dates("472")
    missing = np.isnat(begins)
    first = chosen_numbers(claims["statement_from"], of_claim)
    last = chosen_numbers(claims["statement_to"], of_claim)
    return np.where(missing, first, begins), np.where(missing, last, ends)


def _numbers(places: ClaimPlaces, of_claim: Array) -> Array:
    """LX01, else the position in the claim where a claim's numbers are not distinct."""
    rows = places.number_rows
    cut = places.cut
    given, _ = numbers(cut, cut.spans(np.maximum(rows, 0), 1))
    wrong = (rows < 0) | ~(given >= 1) | (given % 1 != 0)
    frame = pd.DataFrame({"sent_claim": of_claim, "number": given})
    frame["wrong"] = wrong | frame.duplicated(keep=False).to_numpy()
    position = frame.groupby("sent_claim").cumcount().to_numpy() + 1
    broken = frame.groupby("sent_claim")["wrong"].transform("any").to_numpy()
    return np.where(broken, position, np.nan_to_num(given)).astype(np.int64)


def _pointers(places: ClaimPlaces, institutional: Array) -> pa.Array:
    """Positions of the diagnoses that a line points to; letters count as A = 1."""
    cut = places.cut
    spans = _only(cut.spans(places.line_rows, 7), institutional == 0)
    component = chr(cut.chunk.component)

    def read(text: str | None) -> str | None:
        parts = [part.strip().upper() for part in (text or "").split(component)]
        letters = [str(ord(p) - 64) if len(p) == 1 and "A" <= p <= "L" else p for p in parts]
        return " ".join(filter(str.isdigit, letters)) or None

    return mapped(texts(cut, spans), read)


def _drug(places: ClaimPlaces, named: pa.Array) -> dict[str, Any]:
    """The drug of LIN and its quantity of CTP."""
    cut, count = places.cut, places.line_rows.size
    drugs, quantities = _facts(places, "LIN"), _facts(places, "CTP")
    is_ndc = drugs.among("N4", position=2) & (drugs.owners != NOBODY)
    owners = drugs.owners[is_ndc]
    again = np.zeros(owners.size, bool)
    again[1:] = owners[1:] == owners[:-1]
    places.report(drugs.rows[is_ndc][again], "warning", "second_drug", _SECOND_DRUG)
    written = drugs.text(3, is_ndc)
    ndc = mapped(written, lambda text: read_ndc(text) or None if text else None)
    first = drugs.rows[is_ndc][~again]
    lost = pc.and_(pc.is_valid(written), pc.is_null(ndc)).to_numpy(zero_copy_only=False)
    places.report(
        first[np.isin(owners[~again], np.flatnonzero(lost))], "error", "bad_ndc", _BAD_NDC
    )
    owned = quantities.owners != NOBODY
    amounts = number_column(places, quantities.rows[owned], 4)
    quantity = np.full(count, np.nan)
    quantity[quantities.owners[owned][::-1]] = amounts[::-1]
    units, _ = components(cut, cut.spans(quantities.rows, 5), 1)
    return {
        "ndc": pc.coalesce(ndc, named),
        "ndc_quantity": quantity,
        "ndc_unit": codes(cut, first_of(quantities.owners, units[0], count)),
    }
