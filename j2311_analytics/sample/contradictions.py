"""Denials whose claim contradicts or confirms the payer, and the verdict a biller reaches.

Told after everything else, with dice and patients of their own, so that the rest of
the world stays the same. `contradictions.csv` says how each is planted and what is
true of it; nothing here looks at how it will be judged.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, fields, replace
from importlib import resources

from j2311_analytics.sample import decisions
from j2311_analytics.sample.causes import Reason
from j2311_analytics.sample.dice import Dice
from j2311_analytics.sample.ledger import Ledger
from j2311_analytics.sample.model import (
    Acknowledgement,
    Authorization,
    Decision,
    Patient,
    Planted,
    Submission,
    Visit,
    World,
)
from j2311_analytics.sample.settings import PAYERS
from j2311_analytics.sample.world import new_patient, new_service

SEED_STEP = 104_729
FIRST_PATIENT = 90_000
FIRST_VISIT = 900_000
# Denied long enough before the end that all of it is in the files.
DAYS_BEFORE_END = (110, 150)
LEAST_DAYS = 260
PER_CASE = 20
CONFIRMED_DAYS = 60
UNCONFIRMED = "tri"
NOTHING = "none"


@dataclass(frozen=True)
class Case:
    """A row of contradictions.csv; an empty value leaves the claim as it should be.

    Example:
        >>> CASES[0].verdict
        'supports_appeal'
    """

    name: str
    verdict: str
    cause: str
    carc: str
    remarks: str
    payer: str
    line: str
    services: str
    modifiers: str
    units: str
    ndc: str
    quantity: str
    diagnoses: str
    pointers: str
    place: str
    authorization: str
    referral: str
    before: str
    answer: str
    sent_after: str
    exported: str


def _cases() -> tuple[Case, ...]:
    path = resources.files("j2311_analytics.sample").joinpath("contradictions.csv")
    with path.open(encoding="utf-8") as file:
        names = [item.name for item in fields(Case)]
        return tuple(Case(**{n: row[n] for n in names}) for row in csv.DictReader(file))


CASES = _cases()


def contradict(world: World, seed: int, claims: int) -> None:
    """Plant one denial for every twenty claims, case after case; none in a short world."""
    if world.as_of - world.first_day < LEAST_DAYS:
        return
    dice = Dice(seed + SEED_STEP)
    ledger = Ledger(world, dice)
    for number in range(claims // PER_CASE):
        _plant(ledger, number, CASES[number % len(CASES)])
    world.decisions.sort(key=lambda decision: (decision.day, decision.order))


def windows() -> list[tuple[str, int]]:
    """Filing windows that the practice confirmed: payer id and days."""
    return [(payer.payer_id, CONFIRMED_DAYS) for payer in PAYERS if payer.key != UNCONFIRMED]


def _plant(ledger: Ledger, number: int, case: Case) -> None:
    dice, world = ledger.dice, ledger.world
    payer = next((p for p in PAYERS if p.key == case.payer), None) or dice.pick(PAYERS)
    patient = new_patient(dice, FIRST_PATIENT + number, payer)
    day = world.as_of - dice.between(*DAYS_BEFORE_END)
    visit = _visit(ledger, case, patient, number, day)
    _before(ledger, case, visit)
    sent = ledger.send(visit, payer, visit.submitted)
    reason = Reason(case.cause, _group(case), case.carc, remarks=tuple(case.remarks.split()))
    if case.carc == "16":
        reason = replace(reason, decider=case.remarks)
    if case.before in ("denied", "paid_same"):
        sent = _sent_again(ledger, case, sent)
    denial = _refuse(ledger, case, sent, reason)
    _answer(world, case, visit)
    line = denial.results[_place(case)].line
    world.planted.append(Planted(case.name, case.cause, case.verdict, denial, line))


def _visit(ledger: Ledger, case: Case, patient: Patient, number: int, day: int) -> Visit:
    visit = _plain_visit(ledger, patient, number, day, case.services or "J2315 96372")
    visit.submitted = day + int(case.sent_after or ledger.dice.between(1, 6))
    visit.place = case.place or "11"
    visit.diagnoses = tuple((case.diagnoses or "F1020").split())
    visit.pointers = case.pointers if case.diagnoses else "1"
    visit.referral = case.referral
    visit.exported = case.exported != "no"
    if case.authorization not in ("", NOTHING):
        visit.authorization = f"PB{8_000_000 + number}"
        visit.auth = _authorization(case.authorization, visit)
    lead, asked = visit.services[0], visit.services[_place(case)]
    if case.modifiers:
        changed = visit.services[-1] if len(visit.services) > 2 else asked
        changed.modifiers = () if case.modifiers == NOTHING else (case.modifiers,)
    lead.units = int(case.units or lead.units)
    if case.ndc:
        lead.ndc = "" if case.ndc == NOTHING else case.ndc
    if case.quantity:
        lead.ndc_quantity = "" if case.quantity == NOTHING else case.quantity
    if not lead.ndc:
        lead.ndc_quantity = lead.ndc_unit = ""
    return visit


def _plain_visit(ledger: Ledger, patient: Patient, number: int, day: int, services: str) -> Visit:
    visits = ledger.world.visits
    visit = Visit(
        number=FIRST_VISIT + len(visits),
        claim_id=f"FC{4_000_000 + len(visits)}",
        patient=patient,
        day=day,
        submitted=day + 2,
        place="11",
        rendering_npi=visits[number % len(visits)].rendering_npi,
        authorization="",
        deductible=0,
        diagnoses=("F1020",),
        pointers="1",
    )
    for code in services.split():
        visit.services.append(new_service(ledger.dice, visit, code))
    visits.append(visit)
    return visit


def _authorization(kind: str, visit: Visit) -> Authorization | None:
    """What the practice knows of the number on the claim; the kind says how it falls short."""
    if kind == "number":
        return None
    lead = visit.services[0]
    fits = Authorization(
        visit.day - 40, visit.day + 60, 3 * lead.units, lead.hcpcs, visit.rendering_npi
    )
    changes = {
        "ended": {"last": visit.day - 3},
        "not_begun": {"first": visit.day + 5},
        "few_units": {"units": lead.units // 2},
        "other_code": {"hcpcs": "J0570"},
        "other_provider": {"npi": "1999999984"},
        "used_up": {"units": lead.units + 1},
    }
    return replace(fits, **changes.get(kind, {}))  # type: ignore[arg-type]


def _before(ledger: Ledger, case: Case, visit: Visit) -> None:
    """Earlier claims of the same patient, each so many days before."""
    for event in case.before.split():
        kind, _, days = event.partition(":")
        if not days:
            continue
        services = {"bundle": "G2073", "wastage": "J2315"}.get(kind, "J2315 96372")
        earlier = _plain_visit(ledger, visit.patient, 0, visit.day - int(days), services)
        earlier.authorization, earlier.auth = visit.authorization, visit.auth
        if kind == "wastage":
            earlier.services[0].modifiers = ("JW",)
            earlier.services[0].units = 100
        paid = _pay(ledger, ledger.send(earlier, visit.patient.payer, earlier.submitted))
        if kind == "reversed":
            ledger.reverse(paid, ledger.payday(paid.payer, paid.day + 1))


def _sent_again(ledger: Ledger, case: Case, sent: Submission) -> Submission:
    """A first decision of the same claim, which is then sent a second time."""
    if case.before == "denied":
        first = _refuse(ledger, case, sent, Reason("medical_necessity", "CO", "50"))
    else:
        first = _pay(ledger, sent)
    return ledger.send(
        sent.visit, sent.payer, first.day + 10, claim_id=sent.claim_id, lines=sent.lines
    )


def _pay(ledger: Ledger, sent: Submission) -> Decision:
    day = ledger.payday(sent.payer, sent.day + 7)
    return ledger.decide(sent, day, ledger.paid_results(sent), status="1")


def _refuse(ledger: Ledger, case: Case, sent: Submission, reason: Reason) -> Decision:
    day = ledger.payday(sent.payer, sent.day + 14)
    results = ledger.paid_results(sent)
    whole = reason.cause == "duplicate"
    for n, line in enumerate(sent.lines):
        if whole or n == _place(case):
            results[n] = decisions.refuse(line, reason)
    decision = ledger.decide(sent, day, results, status="1")
    if whole:
        decision.kind = "duplicate"
    return decision


def _answer(world: World, case: Case, visit: Visit) -> None:
    if case.answer:
        source, category, days, *trace = case.answer.split()
        world.acknowledgements.append(
            Acknowledgement(visit, source, category, visit.submitted + int(days), bool(trace))
        )


def _place(case: Case) -> int:
    return int(case.line or 1) - 1


def _group(case: Case) -> str:
    return "OA" if case.cause in ("duplicate", "coordination_of_benefits") else "CO"
