"""How a payer decides one claim line: paid, cut, refused or held, to the cent."""

from __future__ import annotations

from j2311_analytics.sample.causes import Reason
from j2311_analytics.sample.model import Line, Result, Triplet
from j2311_analytics.sample.settings import Payer
from j2311_analytics.sample.world import allowed_cents

CONTRACT = "45"
SEQUESTRATION = "253"
PRIOR_PAYER = "23"
PENDED = "133"


def pay(line: Line, payer: Payer, first_day: int, deductible_left: int = 0) -> tuple[Result, int]:
    """Pay a line in full as the contract says; also what is left of the deductible."""
    service = line.service
    allowed = allowed_cents(service, payer, first_day)
    owed = min(allowed, deductible_left)
    triplets = _contract(service.charge, allowed) + _share(payer, service.hcpcs, allowed, owed)
    result = _settled(line, triplets)
    return result, deductible_left - owed


def cut(line: Line, payer: Payer, first_day: int, reason: Reason, units: int) -> Result:
    """Pay only some of the units and refuse the rest."""
    service = line.service
    charge = service.charge * units // service.units
    allowed = allowed_cents(service, payer, first_day) * units // service.units
    refused = Triplet(
        reason.group, reason.carc, service.charge - charge, service.units - units, denial=True
    )
    triplets = [*_contract(charge, allowed), *_share(payer, service.hcpcs, allowed, 0), refused]
    return _settled(line, triplets, units, reason)


def refuse(line: Line, reason: Reason, contractual: int = 0) -> Result:
    """Refuse a line; `contractual` cents of the charge are written to the contract instead."""
    charge = line.service.charge
    triplets = [Triplet(reason.group, reason.carc, charge - contractual, denial=True)]
    return _settled(line, triplets + _contract(charge, charge - contractual), reason=reason)


def refuse_twice(line: Line, reason: Reason, second: Reason, first_percent: int) -> Result:
    """Refuse a line for two reasons, the first with `first_percent` of the charge.

    With 50 percent they tie, and an odd cent goes to the contract.
    """
    charge = line.service.charge
    odd = charge % 2 if first_percent == 50 else 0
    first = (charge - odd) * first_percent // 100
    triplets = [
        Triplet(reason.group, reason.carc, first, denial=True),
        Triplet(second.group, second.carc, charge - odd - first, denial=True),
    ]
    return _settled(line, triplets + _contract(charge, charge - odd), reason=reason)


def refuse_at_claim(line: Line, payer: Payer, first_day: int, reason: Reason) -> Result:
    """A line shown as paid whose payment a claim-level adjustment takes away."""
    service = line.service
    allowed = allowed_cents(service, payer, first_day)
    result = _settled(line, _contract(service.charge, allowed))
    result.taken_at_claim = allowed
    result.reason = reason
    return result


def refuse_without_lines(line: Line, reason: Reason) -> Result:
    """A line of a claim that the remittance refuses as a whole, without showing lines."""
    return Result(line, line.service.charge, [], line.service.units, reason, line.service.charge)


def hold(line: Line) -> Result:
    """A pended line: nothing decided yet."""
    return _settled(line, [Triplet("OA", PENDED, line.service.charge)])


def write_to_contract(line: Line) -> Result:
    """The whole charge on the contractual code, which breaks its rule: a suspected denial."""
    return _settled(line, _contract(line.service.charge, 0))


def pay_second(line: Line, payer: Payer, first: Result, reason: Reason | None) -> Result:
    """A secondary payer's decision: pays the patient's share of the first, or refuses it."""
    share = first.patient_share
    triplets = [Triplet("OA", PRIOR_PAYER, line.service.charge - share)]
    if reason and share:
        triplets.append(Triplet(reason.group, reason.carc, share, denial=True))
        return _settled(line, triplets, reason=reason)
    if share and payer.copay:
        triplets.append(Triplet("PR", "3", min(share, payer.copay), share=True))
    return _settled(line, triplets)


def _settled(
    line: Line, triplets: list[Triplet], units: int | None = None, reason: Reason | None = None
) -> Result:
    kept = [t for t in triplets if t.cents]
    paid = line.service.charge - sum(t.cents for t in kept)
    shown = line.service.units if units is None else units
    return Result(line, paid, kept, shown, reason if any(t.denial for t in kept) else None)


def _contract(charge: int, allowed: int) -> list[Triplet]:
    return [Triplet("CO", CONTRACT, charge - allowed)]


def _share(payer: Payer, hcpcs: str, allowed: int, deductible: int) -> list[Triplet]:
    rest = allowed - deductible
    coinsurance = rest * payer.coinsurance_percent // 100
    copay = min(payer.copay, rest - coinsurance) if hcpcs.startswith("992") else 0
    sequestration = (rest - coinsurance - copay) * payer.sequestration_percent // 100
    return [
        Triplet("PR", "1", deductible, share=True),
        Triplet("PR", "2", coinsurance, share=True),
        Triplet("PR", "3", copay, share=True),
        Triplet("CO", SEQUESTRATION, sequestration),
    ]
