"""Patients, providers and the services that the practice bills."""

from __future__ import annotations

import calendar
from datetime import date

from j2311_analytics.sample.dice import Dice
from j2311_analytics.sample.model import Patient, Service, Visit, World
from j2311_analytics.sample.settings import DRUGS, HABITS, PAYERS, Payer

FIRST = (
    "ADA BRAM CELIA DORIN ELKE FARIS GRETA HOLT INES JORAH KETO LINA MIRO NELL ORIN PIA "
    "QUILL ROSA SVEN TAMA ULLA VITO WREN XENA YARI ZEB"
)
LAST_START = "ASH BEL COR DUN EVER FEN GAL HART IRON KEL LOW MAR NOR OAK PEN RUD"
LAST_END = "BRIDGE COMBE DALE FIELD GROVE HOLM LEY MERE RIDGE SHAW STEAD WICK"
DIAGNOSES = (
    ("F1120",), ("F1020",), ("F1120", "Z7151"), ("F1020", "F1120"), ("F1120", "F329"), ("F1021",)
)  # fmt: skip
PLACES = ("11", "11", "11", "11", "22", "49")
KINDS = ("J2315", "J0570", "J3490", "99214")
KIND_WEIGHTS = (34, 14, 20, 32)
WITHOUT_AUTHORIZATION_PERCENT = 45


def build_world(dice: Dice, months: int, claims: int, last_month: str) -> World:
    """A world with its visits, and nothing decided yet.

    Raises:
        ValueError: if `months`, `claims` or `last_month` make no sense.
    """
    first, last = _period(months, claims, last_month)
    end = _month_end(*_shift(date.fromordinal(last), HABITS.future_months))
    world = World(first, last, end, npi(190_000_231))
    providers = [npi(140_000_100 + 37 * n) for n in range(5)]
    patients = _patients(dice, claims, last - first + 1)
    for number, day in enumerate(
        sorted(_weekday(dice.between(first, last), first) for _ in range(claims))
    ):
        patient = patients[number % len(patients)]
        world.visits.append(_visit(dice, number, patient, day, providers, world))
    return world


def allowed_cents(service: Service, payer: Payer, first_day: int) -> int:
    """What `payer` allows for a service, with its slow drift and small variation."""
    drug = DRUGS[service.hcpcs]
    if drug.priced_per_unit:
        base = service.units * payer.unit_price
    else:
        base = service.charge * payer.rate_percent // 100
    quarters = (service.visit.day - first_day) // 91
    permille = 1000 + HABITS.drift_permille_per_quarter * quarters + service.noise
    return min(service.charge, base * permille // 1000)


def npi(stem: int) -> str:
    """A ten-digit provider number with its check digit.

    Example:
        >>> npi(123456789)
        '1234567893'
    """
    digits = [int(d) for d in f"80840{stem:09d}"]
    doubled = [sum(divmod(2 * d, 10)) if n % 2 == 0 else d for n, d in enumerate(digits[::-1])]
    return f"{stem:09d}{-sum(doubled) % 10}"


def _period(months: int, claims: int, last_month: str) -> tuple[int, int]:
    if not 1 <= months <= 240:
        raise ValueError(f"months must be between 1 and 240, such as 18; got {months!r}")
    if not 1 <= claims <= 1_000_000:
        raise ValueError(f"claims must be between 1 and 1000000, such as 1200; got {claims!r}")
    try:
        start = date.fromisoformat(f"{last_month}-01")
    except ValueError:
        raise ValueError(f"last_month must look like 2026-10; got {last_month!r}") from None
    year, month = _shift(start, 1 - months)
    return date(year, month, 1).toordinal(), _month_end(start.year, start.month)


def _shift(day: date, months: int) -> tuple[int, int]:
    total = day.year * 12 + day.month - 1 + months
    return total // 12, total % 12 + 1


def _month_end(year: int, month: int) -> int:
    return date(year, month, calendar.monthrange(year, month)[1]).toordinal()


def _weekday(day: int, first: int) -> int:
    weekend = max(0, date.fromordinal(day).weekday() - 4)
    return day - weekend if day - weekend >= first else day


def _patients(dice: Dice, claims: int, days: int) -> list[Patient]:
    count = max(HABITS.least_patients, claims * HABITS.visit_gap // days)
    total = sum(payer.patients for payer in PAYERS)
    ladder = [payer for payer in PAYERS for _ in range(payer.patients)]
    # A stride that shares no factor with the total visits payers evenly in small worlds too.
    payers = [ladder[(n * 37) % total] for n in range(count)]
    return [new_patient(dice, number, payer) for number, payer in enumerate(payers)]


def new_patient(dice: Dice, number: int, payer: Payer) -> Patient:
    """A made-up person of a payer; the number must be new."""
    second = None
    if dice.percent(HABITS.secondary_percent):
        second = dice.pick([p for p in PAYERS if p is not payer and p.key != "tri"])
    born = date.fromordinal(date(1955, 1, 1).toordinal() + dice.between(0, 16_000))
    return Patient(
        mrn=f"M{300_000 + number}",
        last=dice.pick(LAST_START.split()) + dice.pick(LAST_END.split()),
        first=dice.pick(FIRST.split()),
        born=born,
        sex=dice.pick("FM"),
        payer=payer,
        member_id=_member_id(payer, number),
        second=second,
        second_member_id=_member_id(second, number) if second else "",
        diagnoses=dice.pick(DIAGNOSES),
    )


def _member_id(payer: Payer, number: int) -> str:
    return f"{payer.key.upper()}{(number * 7919 + 104_729) % 1_000_000:06d}{number % 10}"


def _visit(
    dice: Dice, number: int, patient: Patient, day: int, providers: list[str], world: World
) -> Visit:
    has_number = not dice.percent(WITHOUT_AUTHORIZATION_PERCENT)
    visit = Visit(
        number=number,
        claim_id=f"FC{1_000_000 + number}",
        patient=patient,
        day=day,
        submitted=min(world.as_of, day + dice.between(*HABITS.submit_days)),
        place=dice.pick(PLACES),
        rendering_npi=dice.pick(providers),
        authorization=f"PA{7_000_000 + number * 3}" if has_number else "",
        deductible=_deductible(dice, patient.payer, day),
    )
    visit.services.extend(new_service(dice, visit, code) for code in _codes(dice))
    return visit


def _deductible(dice: Dice, payer: Payer, day: int) -> int:
    early = date.fromordinal(day).month <= 3
    share = HABITS.deductible_percent * (2 if early else 1)
    owes = not payer.medicaid and dice.percent(share)
    return dice.between(*HABITS.deductible_cents) if owes else 0


def _codes(dice: Dice) -> list[str]:
    focus = dice.percent(HABITS.focus_percent)
    lead = HABITS.focus if focus else dice.weighted(KINDS, KIND_WEIGHTS)
    if lead.startswith("99"):
        return [dice.pick(("99213", "99214", "99214", "99215"))]
    found = [lead]
    if lead != "J0570":
        found.append("96372")
    if dice.percent(45):
        found.append(dice.pick(("99213", "99214", "99214", "99215")))
    if dice.percent(2):
        found.append("G9903")
    return found


def new_service(dice: Dice, visit: Visit, code: str) -> Service:
    """A service as the practice usually bills it."""
    drug = DRUGS[code]
    payer = visit.patient.payer
    charge = drug.units * payer.unit_charge if drug.priced_per_unit else drug.charge
    return Service(
        visit=visit,
        hcpcs=code,
        modifiers=_modifiers(code, payer, with_visit=bool(visit.services)),
        units=drug.units,
        charge=charge,
        noise=dice.between(-HABITS.noise_permille, HABITS.noise_permille),
        ndc=drug.ndc,
        ndc_quantity=drug.ndc_quantity,
        ndc_unit=drug.ndc_unit,
    )


def _modifiers(code: str, payer: Payer, *, with_visit: bool) -> tuple[str, ...]:
    if code.startswith("992"):
        return ("25",) if with_visit else ()
    if code in ("J2311", "J2315") and payer.claim_indicator in ("MB", "16"):
        return ("JZ",)
    return ("59",) if code == "96372" and payer.key == "bpa" else ()
