"""Writes the 835 files: every line, claim and transaction balances to the cent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from j2311_analytics.sample.model import Decision, Result, Takeback, Triplet, World
from j2311_analytics.sample.settings import BILLING_NAME, PAYERS, TAX_ID, Payer
from j2311_analytics.sample.x12 import Segment, component, day8, interchange, money

VERSION = "005010X221A1"
TRIPLETS_PER_CAS = 6
SPLIT_PAYER = "bpa"


@dataclass
class Payment:
    """One transaction set: what a payer pays on a day."""

    payer: Payer
    day: int
    decisions: list[Decision] = field(default_factory=list)
    takebacks: list[Takeback] = field(default_factory=list)
    carried: int = 0
    forward: int = 0


class Placed(NamedTuple):
    """Where a decision stands: its file and its position among the file's claims, from 1."""

    file: str
    position: int


@dataclass
class Remittances:
    """The 835 files of a period, by name, and where each decision stands in them."""

    files: dict[str, str]
    placed: dict[int, Placed]
    payments: list[Payment]


def write_remittances(world: World, upto: int) -> Remittances:
    """All 835 files with payments up to a day.

    A longer period only adds files, because control numbers and carried balances
    depend on earlier days alone.
    """
    payments = list(_payments(world, upto))
    grouped: dict[str, list[Payment]] = defaultdict(list)
    for payment in payments:
        grouped[_file_name(payment)].append(payment)
    ordered = sorted(grouped, key=lambda name: (grouped[name][-1].day, name))
    files, placed = {}, {}
    for control, name in enumerate(ordered, 1):
        group = grouped[name]
        sets = [_transaction(world, p, n) for n, p in enumerate(group, 1)]
        payer = group[0].payer
        files[name] = interchange(
            sets,
            payer.separators,
            sender=payer.export_id,
            receiver=TAX_ID,
            functional="HP",
            version=VERSION,
            day=group[-1].day,
            control=control,
        )
        orders = [d.order for p in group for d in p.decisions]
        placed.update({order: Placed(name, n) for n, order in enumerate(orders, 1)})
    return Remittances(files, placed, payments)


def _payments(world: World, upto: int) -> Iterator[Payment]:
    found: dict[tuple[int, str], Payment] = {}
    for decision in world.decisions:
        if decision.day <= upto:
            key = (decision.day, decision.payer.key)
            found.setdefault(key, Payment(decision.payer, decision.day)).decisions.append(decision)
    for item in world.takebacks:
        if item.day <= upto:
            key = (item.day, item.payer.key)
            found.setdefault(key, Payment(item.payer, item.day)).takebacks.append(item)
    owed = dict.fromkeys((payer.key for payer in PAYERS), 0)
    for key in sorted(found):
        for payment in _halves(found[key]):
            payment.carried = owed[payment.payer.key]
            payment.forward = max(0, -_net(payment))
            owed[payment.payer.key] = payment.forward
            yield payment


def _halves(payment: Payment) -> list[Payment]:
    """One payer pays each rendering provider group in a transaction set of its own."""
    if payment.payer.key != SPLIT_PAYER or len(payment.decisions) < 2:
        return [payment]
    ids = sorted({d.submission.visit.rendering_npi for d in payment.decisions})
    first = set(ids[: len(ids) // 2])
    split = [
        [d for d in payment.decisions if (d.submission.visit.rendering_npi in first) is side]
        for side in (True, False)
    ]
    halves = [Payment(payment.payer, payment.day, part) for part in split if part]
    halves[-1].takebacks = payment.takebacks
    return halves


def _net(payment: Payment) -> int:
    """Payment before what is carried forward: claims less adjustments less the old balance."""
    claims = sum(_paid(d) for d in payment.decisions)
    return claims - sum(t.cents for t in payment.takebacks) - payment.carried


def _file_name(payment: Payment) -> str:
    payer = payment.payer
    text = day8(payment.day)
    return f"{payer.key}_{text[:6] if payer.one_file_per_month else text}{payer.ending}"


def _transaction(world: World, payment: Payment, number: int) -> list[Segment]:
    segments = _header(world, payment, number)
    for n, decision in enumerate(payment.decisions, 1):
        segments.append(["LX", str(n)])
        segments += _claim(decision)
    return segments + _adjustments(world, payment)


def _header(world: World, payment: Payment, number: int) -> list[Segment]:
    payer, day = payment.payer, day8(payment.day)
    amount = _net(payment) + payment.forward
    company = payer.payer_id if payer.id_kind == "TRN03" else f"19{PAYERS.index(payer):08d}"
    method = "ACH" if amount else "NON"
    bank = [
        "CCP",
        "01",
        "091000019",
        "DA",
        "4410077",
        company,
        "",
        "01",
        "091000022",
        "DA",
        "88120",
    ]
    trace = f"{payer.key.upper()}{day}{number:02d}"
    segments = [
        ["ST", "835", f"{number:04d}"],
        ["BPR", "I" if amount else "H", money(amount), "C", method,
         *(bank if amount else [""] * len(bank)), day],
        ["TRN", "1", trace, company],
        ["DTM", "405", day],
        ["N1", "PR", world.name_of(payer, payment.day), *_xv(payer)],
        ["N3", f"{100 + PAYERS.index(payer)} MARKET SQUARE"],
        ["N4", "HARTSWELL", "MN", "55001"],
    ]  # fmt: skip
    if payer.id_kind == "2U":
        segments.append(["REF", "2U", payer.payer_id])
    return [
        *segments,
        ["N1", "PE", BILLING_NAME, "XX", world.billing_npi],
        ["REF", "TJ", TAX_ID],
    ]


def _xv(payer: Payer) -> list[str]:
    return ["XV", payer.payer_id] if payer.id_kind == "XV" else []


def _claim(decision: Decision) -> list[Segment]:
    submission, visit, sign = decision.submission, decision.submission.visit, decision.sign
    patient = visit.patient
    charge = sum(r.line.service.charge for r in decision.results)
    patient_share = sum(t.cents for t in _all_triplets(decision) if t.group == "PR")
    paid = _paid(decision)
    balance = charge - sum(t.cents for t in _all_triplets(decision))
    assert paid == sign * balance, f"claim {submission.claim_id} does not balance"
    segments: list[Segment] = [
        ["CLP", decision.written_id, decision.status, money(sign * charge), money(paid),
         money(sign * patient_share) if patient_share else "", decision.payer.remit_indicator,
         decision.icn, visit.place, submission.frequency],
        *_cas(decision.claim_triplets, sign),
        ["NM1", "QC", "1", patient.last, patient.first, "", "", "", "MI",
         patient.member_of(decision.payer)],
        ["NM1", "82", "1", "", "", "", "", "", "XX", visit.rendering_npi],
    ]  # fmt: skip
    if decision.forwarded and patient.second:
        segments.append(["NM1", "TT", "2", patient.second.names[0], "", "", "", "", "PI",
                         patient.second.export_id])  # fmt: skip
    if decision.claim_remarks and decision.kind != "reversal":
        segments.append(["MOA", "", "", *decision.claim_remarks])
    segments += _references(decision)
    if decision.has_lines:
        for result in decision.results:
            segments += _line(decision, result)
    return segments


def _references(decision: Decision) -> list[Segment]:
    visit = decision.submission.visit
    segments: list[Segment] = []
    if decision.original_icn:
        segments.append(["REF", "F8", decision.original_icn])
    segments += [
        ["DTM", "232", day8(visit.day)],
        ["DTM", "233", day8(visit.day)],
        ["DTM", "050", day8(min(decision.submission.day + 1, decision.day))],
    ]
    if decision.interest:
        segments.append(["AMT", "I", money(decision.interest)])
    return segments


def _line(decision: Decision, result: Result) -> list[Segment]:
    service, sign = result.line.service, decision.sign
    assert service.charge - sum(t.cents for t in result.triplets) == result.paid
    billed = str(service.units) if result.units != service.units else ""
    segments: list[Segment] = [
        ["SVC", component("HC", result.line.hcpcs, *service.modifiers),
         money(sign * service.charge), money(sign * result.paid), "", str(result.units), "",
         billed],
        ["DTM", "472", day8(service.visit.day)],
        *_cas(result.triplets, sign),
    ]  # fmt: skip
    if decision.echo and result.line not in decision.silent:
        segments.append(["REF", "6R", result.line.control])
    shown = result.paid + sum(t.cents for t in result.triplets if t.share)
    if shown and decision.kind == "final" and decision.order % 3:
        segments.append(["AMT", "B6", money(shown)])
    if result.reason and decision.kind != "reversal" and not result.taken_at_claim:
        segments += [["LQ", "HE", code] for code in result.reason.remarks]
    return segments


def _cas(triplets: list[Triplet], sign: int) -> list[Segment]:
    segments: list[Segment] = []
    for item in triplets:
        full = segments and len(segments[-1]) >= 2 + 3 * TRIPLETS_PER_CAS
        if not segments or segments[-1][1] != item.group or full:
            segments.append(["CAS", item.group])
        quantity = str(sign * item.quantity) if item.quantity else ""
        segments[-1] += [item.carc, money(sign * item.cents), quantity]
    return segments


def _adjustments(world: World, payment: Payment) -> list[Segment]:
    items = [(t.reason, t.reference, t.cents) for t in payment.takebacks]
    if payment.carried:
        items.append(("FB", "BALANCE", payment.carried))
    if payment.forward:
        items.append(("FB", "BALANCE", -payment.forward))
    total = sum(cents for _, _, cents in items)
    claims = sum(_paid(d) for d in payment.decisions)
    assert claims - total == _net(payment) + payment.forward >= 0
    year_end = date(date.fromordinal(payment.day).year, 12, 31).toordinal()
    segments: list[Segment] = []
    for start in range(0, len(items), TRIPLETS_PER_CAS):
        parts = items[start : start + TRIPLETS_PER_CAS]
        pairs = [text for r, ref, c in parts for text in (component(r, ref), money(c))]
        segments.append(["PLB", world.billing_npi, day8(year_end), *pairs])
    return segments


def _paid(decision: Decision) -> int:
    taken = sum(t.cents for t in decision.claim_triplets)
    return decision.sign * (sum(r.paid for r in decision.results) - taken)


def _all_triplets(decision: Decision) -> list[Triplet]:
    lines = [t for r in decision.results for t in r.triplets]
    return lines + decision.claim_triplets
