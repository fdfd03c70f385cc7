"""The `sent_claims` table of a chunk of 837s: one row per CLM, with its people and payer.

Source of positions and qualifiers: ASC X12 005010X222A1 and 005010X223A2, loops
2000A to 2310, and their 4010 predecessors.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from j2311_analytics.ingest.claim_facts import chosen, chosen_numbers, facts, joined, word
from j2311_analytics.ingest.claim_places import ClaimPlaces
from j2311_analytics.ingest.claim_table import amount_column
from j2311_analytics.ingest.columns import code_word, code_words, days, texts
from j2311_analytics.ingest.context import NOBODY
from j2311_analytics.ingest.cut import Array, Cut, Spans
from j2311_analytics.ingest.payment_table import BAD_DATE
from j2311_analytics.ingest.services import components
from j2311_analytics.ingest.tokens import member_token, patient_token
from j2311_analytics.ingest.wanted import INSTITUTIONAL, PROFESSIONAL

Tokens = dict[tuple[str, ...], str]

_REFERENCES = {
    "G1": "authorization",
    "9F": "referral",
    "F8": "original_control_number",
    "D9": "clearinghouse_id",
}
_NPI = ("XX", "")


def sent_claim_columns(
    places: ClaimPlaces, tokens: Tokens, versions: Sequence[str]
) -> dict[str, Any]:
    """Columns of `sent_claims`, keys counted from 1 in this chunk.

    Args:
        places: The chunk's segments and their owners.
        tokens: Tokens of the people met so far; new ones are added.
        versions: Versions of the sets: the one open before the chunk, then the others.
    """
    cut, rows = places.cut, places.claim_rows
    parts, _ = components(cut, cut.spans(rows, 5), 3)
    facility, frequency = texts(cut, parts[0]), texts(cut, parts[2])
    sets = places.sets_of(rows)
    kinds = _kinds(cut, parts[1], [versions[number] for number in sets.tolist()])
    is_bill = pc.equal(kinds, word("institutional"))
    people = _people(places, tokens)
    return {
        "sent_claim": np.arange(1, rows.size + 1),
        "file": places.file + np.searchsorted(cut.file_rows, rows, side="right"),
        "transaction": sets,
        "segment": places.numbers(rows),
        "claim_id": texts(cut, cut.spans(rows, 1)),
        "kind": kinds,
        "version": pa.array([versions[n] or None for n in sets.tolist()], pa.large_string()),
        "charge": amount_column(places, rows, 2),
        "place_of_service": pc.if_else(is_bill, word(None), facility),
        "bill_type": pc.if_else(is_bill, joined(facility, frequency), word(None)),
        "frequency": frequency,
        **_subscribers(places),
        **people,
        **_providers(places),
        **_own(places),
        "delay_reason": texts(cut, cut.spans(rows, 20)),
        "submitted_date": _submitted(places),
    }


def _kinds(cut: Cut, qualifiers: Spans, versions: Sequence[str]) -> pa.Array:
    """Professional or institutional: as CLM05-2 says, else the version of the set."""
    words = code_words(cut, qualifiers)
    named = {version: _kind(version.upper()) for version in set(versions)}
    by_version = pa.array([named[version] for version in versions], pa.large_string())
    is_bill, is_place = (pa.array(words == code_word(code)) for code in "AB")
    return pc.case_when(
        pc.make_struct(is_bill, is_place), word("institutional"), word("professional"), by_version
    )


def _kind(version: str) -> str | None:
    if any(part in version for part in PROFESSIONAL):
        return "professional"
    return "institutional" if any(part in version for part in INSTITUTIONAL) else None


def _loops(places: ClaimPlaces) -> tuple[Array, Array, Array]:
    """Owners of what stands before claims: providers, subscribers and other patients."""
    outside = places.claim == NOBODY
    subscriber = np.where(outside, places.subscriber, NOBODY)
    provider = np.where(outside & (places.subscriber == NOBODY), places.provider, NOBODY)
    return provider, subscriber, np.where(outside, places.patient, NOBODY)


def _subscribers(places: ClaimPlaces) -> dict[str, Any]:
    """The payer that the claim is for, as its subscriber loop names it."""
    _, owners, _ = _loops(places)
    count = _count(places.subscriber)
    insured, names = (facts(places, name, owners, count) for name in ("SBR", "NM1"))
    is_payer = names.among("PR")
    of_claim = places.subscriber.take(places.claim_rows)
    found = {
        "payer_sequence": insured.code(1),
        "filing_indicator": insured.code(9),
        "payer_name": names.text(3, is_payer),
        "payer_id": names.text(9, is_payer),
        "group_number": insured.text(3),
    }
    return {name: chosen(values, of_claim) for name, values in found.items()}


def _people(places: ClaimPlaces, tokens: Tokens) -> dict[str, Any]:
    """Tokens of the member, and of the patient: the subscriber, unless a patient is named."""
    _, subscribers, patients = _loops(places)
    rows = places.claim_rows
    found: dict[str, list[Any]] = {}
    for entity, owners, every in (
        ("IL", subscribers, places.subscriber),
        ("QC", patients, places.patient),
    ):
        names = facts(places, "NM1", owners, _count(every))
        # A birth date after another patient's HL is that patient's.
        own = owners if entity == "QC" else np.where(places.patient == NOBODY, owners, NOBODY)
        births = facts(places, "DMG", own, _count(every))
        among = names.among(entity)
        of_claim = every.take(rows)
        columns = [names.text(p, among) for p in (9, 3, 4)] + [births.text(2)]
        found[entity] = [chosen(column, of_claim).to_pylist() for column in columns]
    records = _head(places, "REF")
    record = records.text(2, records.among("EA")).to_pylist()
    dependent = [bool(last) for last in found["QC"][1]]
    members = [a or b for a, b in zip(found["IL"][0], found["QC"][0], strict=True)]
    insured, others = (list(zip(*found[entity][1:], strict=True)) for entity in ("IL", "QC"))
    named = [
        other if is_other else one
        for one, other, is_other in zip(insured, others, dependent, strict=True)
    ]
    return {
        "member_token": member_tokens(pa.array(members, pa.large_string()), tokens),
        "patient_token": _tokens(
            [
                ("patient", number) if number else ("person", last or "", first or "", born or "")
                for number, (last, first, born) in zip(record, named, strict=True)
            ],
            tokens,
        ),
        "dependent": np.array(dependent, bool),
    }


def member_tokens(members: pa.Array, tokens: Tokens) -> pa.Array:
    """Tokens of member ids, missing where there is none."""
    return _tokens([("member", member or "") for member in members.to_pylist()], tokens)


def _tokens(people: Sequence[tuple[str, ...]], tokens: Tokens) -> pa.Array:
    for person in set(people) - tokens.keys():
        kind, *words = person
        if kind == "member":
            tokens[person] = member_token(words[0])
        elif kind == "patient":
            tokens[person] = patient_token(words[0])
        else:
            tokens[person] = patient_token("", " ".join(words[:2]), words[2])
    return pa.array([tokens[person] or None for person in people], pa.large_string())


def _providers(places: ClaimPlaces) -> dict[str, Any]:
    owners, _, _ = _loops(places)
    count = _count(places.provider)
    names, references, codes_ = (
        facts(places, name, owners, count) for name in ("NM1", "REF", "PRV")
    )
    is_billing = names.among("85")
    npi = is_billing & names.among(*_NPI, position=8)
    taxed = is_billing & names.among("24", "34", position=8)
    of_claim = places.provider.take(places.claim_rows)
    billing = names.text(9, npi)
    person = chosen(
        pc.if_else(pc.equal(names.text(2, is_billing), word("1")), billing, word(None)), of_claim
    )
    doctors = _head(places, "NM1")
    has_npi = doctors.among(*_NPI, position=8)
    rendering = doctors.text(9, doctors.among("82") & has_npi)
    attending = doctors.text(9, doctors.among("71") & has_npi)
    referring = doctors.text(9, doctors.among("DN") & has_npi)
    tax_id = pc.coalesce(references.text(2, references.among("EI", "SY")), names.text(9, taxed))
    return {
        "billing_npi": chosen(billing, of_claim),
        "billing_tax_id": chosen(tax_id, of_claim),
        "taxonomy": chosen(codes_.code(3, codes_.among("BI")), of_claim),
        "rendering_npi": pc.coalesce(rendering, attending, person),
        "referring_npi": referring,
    }


def _own(places: ClaimPlaces) -> dict[str, Any]:
    """What the claim's own segments say: references, dates, the patient's payment, its note."""
    references, dates, amounts, notes = (
        _head(places, name) for name in ("REF", "DTP", "AMT", "NTE")
    )
    begins, ends = dates.dates("434", "472")
    return {
        **{name: references.text(2, references.among(code)) for code, name in _REFERENCES.items()},
        "statement_from": begins,
        "statement_to": ends,
        "admitted_on": dates.dates("435")[0],
        "patient_paid": amounts.dollars("F5"),
        "note": notes.text(2),
    }


def _head(places: ClaimPlaces, name: str) -> Any:
    owners = np.where(places.is_head, places.claim, NOBODY)
    return facts(places, name, owners, places.claim_rows.size)


def _submitted(places: ClaimPlaces) -> Array:
    """BHT04 of each claim's set."""
    rows = places.cut.rows("BHT")
    made, bad = days(places.cut, places.cut.spans(rows, 4))
    places.report(rows[bad], "warning", "bad_date", BAD_DATE)
    return chosen_numbers(made, places.header.take(places.claim_rows))


def _count(owners: Array) -> int:
    return int(owners.max(initial=-1)) + 1
