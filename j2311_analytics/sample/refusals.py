"""The ways in which a payer refuses a claim: whole lines, units, or the claim as such."""

from __future__ import annotations

from j2311_analytics.sample import decisions
from j2311_analytics.sample.causes import CAUSES, Reason, billing_patient, plain_reason
from j2311_analytics.sample.ledger import Ledger, claim_denial
from j2311_analytics.sample.model import Decision, Line, Result, Submission, Triplet
from j2311_analytics.sample.settings import HABITS, Payer

CUT_PERCENT = {"units": HABITS.cut_units_percent, "frequency": 30}
NEIGHBOUR_PERCENT = 20
FIRST_REASON_PERCENT = 70
PATIENT_PART_PERCENT = 60


def deny(
    ledger: Ledger, submission: Submission, day: int, reason: Reason, shape: str = ""
) -> Decision:
    """Refuse the lines that a reason touches and pay the others."""
    shape = shape or _shape(ledger, reason, submission)
    if shape in ("claim", "no_lines"):
        return _deny_claim(ledger, submission, day, reason, has_lines=shape == "claim")
    results = ledger.paid_results(submission)
    results[0] = _deny_lead(ledger, submission, reason, shape)
    injection_too = ledger.dice.percent(NEIGHBOUR_PERCENT)
    for n, line in enumerate(submission.lines[1:], 1):
        touched = CAUSES[reason.cause].whole_claim or (injection_too and line.hcpcs == "96372")
        if touched and line.service.charge:
            results[n] = decisions.refuse(line, reason)
    decision = ledger.decide(submission, day, results)
    decision.claim_remarks = reason.claim_remarks
    return decision


def uphold(result: Result, reason: Reason) -> Result:
    """The same decision about a line, its refusal now worded as the outcome of a review."""
    if not result.denied:
        return result
    if result.taken_at_claim:
        return decisions.refuse(result.line, reason)
    rest = [t for t in result.triplets if not t.denial]
    upheld = Triplet(reason.group, reason.carc, result.denied, denial=True)
    return Result(result.line, result.paid, [upheld, *rest], result.units, reason)


def shifted_cents(result: Result, payer: Payer) -> int:
    """The part of a refusal that the patient now owes."""
    reason = result.reason
    if reason is None or payer.medicaid:
        return 0
    plain = not reason.decider
    return sum(
        t.cents
        for t in result.triplets
        if t.denial
        and t.group == "PR"
        and (reason.cause == "not_covered" or (plain and t.carc in billing_patient()))
    )


def _shape(ledger: Ledger, reason: Reason, submission: Submission) -> str:
    dice = ledger.dice
    if reason.group == "PR" or reason.cause in ("duplicate", "appeal_outcome"):
        return "plain"
    if CAUSES[reason.cause].whole_claim and reason.group == "CO":
        if dice.percent(HABITS.claim_level_percent):
            return "claim"
        if dice.percent(HABITS.no_lines_percent):
            return "no_lines"
    if submission.lines[0].service.units > 1 and dice.percent(CUT_PERCENT.get(reason.cause, 0)):
        return "cut"
    if dice.percent(HABITS.second_reason_percent):
        return "two"
    return "beside" if dice.percent(HABITS.contractual_beside_percent) else "plain"


def _deny_claim(
    ledger: Ledger, submission: Submission, day: int, reason: Reason, *, has_lines: bool
) -> Decision:
    first_day = ledger.world.first_day
    results = [
        decisions.refuse_at_claim(line, submission.payer, first_day, reason)
        if has_lines
        else decisions.refuse_without_lines(line, reason)
        for line in submission.lines
    ]
    decision = ledger.decide(submission, day, results)
    claim_denial(decision, has_lines=has_lines)
    return decision


def _deny_lead(ledger: Ledger, submission: Submission, reason: Reason, shape: str) -> Result:
    line, first_day = submission.lines[0], ledger.world.first_day
    if shape == "cut" and line.service.units > 1:
        units = _paid_units(ledger, line)
        return decisions.cut(line, submission.payer, first_day, reason, units)
    if shape in ("two", "tie_generic", "tie_specific", "part_patient"):
        return _deny_twice(ledger, line, reason, shape)
    if shape == "beside":
        paid, _ = decisions.pay(line, submission.payer, first_day)
        contract = sum(t.cents for t in paid.triplets if t.carc == decisions.CONTRACT)
        return decisions.refuse(line, reason, contract)
    return decisions.refuse(line, reason)


def _deny_twice(ledger: Ledger, line: Line, reason: Reason, shape: str) -> Result:
    dice = ledger.dice
    if shape == "part_patient":
        second = plain_reason(dice, "prior_authorization")
        return decisions.refuse_twice(line, reason, second, PATIENT_PART_PERCENT)
    if shape == "tie_generic":
        result = decisions.refuse_twice(line, reason, Reason("generic", "CO", "A1"), 50)
        # The specific reason decides a tie even where the generic one comes first.
        result.triplets[0], result.triplets[1] = result.triplets[1], result.triplets[0]
        return result
    others = [c for c in ("prior_authorization", "modifier", "ndc") if c != reason.cause]
    second = plain_reason(dice, dice.pick(others))
    share = 50 if shape == "tie_specific" else FIRST_REASON_PERCENT
    return decisions.refuse_twice(line, reason, second, share)


def _paid_units(ledger: Ledger, line: Line) -> int:
    units = line.service.units
    return max(1, units * ledger.dice.pick((25, 50, 50, 75)) // 100)
