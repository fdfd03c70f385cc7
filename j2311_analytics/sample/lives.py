"""Tells each claim's life: the first decision, and what can follow a payment."""

from __future__ import annotations

from j2311_analytics.sample import decisions
from j2311_analytics.sample.afterwards import follow_denial
from j2311_analytics.sample.causes import Reason, draw_cause, draw_reason, plain_reason
from j2311_analytics.sample.contradictions import contradict
from j2311_analytics.sample.dice import Dice
from j2311_analytics.sample.disorder import HARD, USUAL, disturb
from j2311_analytics.sample.ledger import Ledger
from j2311_analytics.sample.model import Decision, Submission, World
from j2311_analytics.sample.plans import Plan, draw_plans
from j2311_analytics.sample.refusals import deny
from j2311_analytics.sample.settings import HABITS
from j2311_analytics.sample.world import build_world

RESEND_DAYS = (10, 30)
ANSWER_DAYS = (8, 20)
TAKEBACK_DAYS = (60, 200)
HOLD_DAYS = (14, 40)
LONG_HOLD_DAYS = (85, 120)
CORRECTED_PERCENT = 40
DEFERRED_PERCENT = 50
INTEREST_CENTS = (35, 980)
SECOND_CAUSES = ("not_covered", "prior_authorization", "eligibility")


def live(
    months: int,
    claims: int,
    seed: int,
    last_month: str,
    *,
    hard: bool = False,
    contradictions: bool = False,
) -> World:
    """A whole world, from its first visit to the end of its future."""
    dice = Dice(seed)
    world = build_world(dice, months, claims, last_month)
    ledger = Ledger(world, dice)
    for number, plan in enumerate(draw_plans(dice, world)):
        _tell(ledger, number, plan)
    disturb(world, seed, HARD if hard else USUAL)
    if contradictions:
        contradict(world, seed, claims)
    return world


def _tell(ledger: Ledger, number: int, plan: Plan) -> None:
    visit = ledger.world.visits[number]
    payer = visit.patient.payer
    submission = ledger.send(visit, payer, visit.submitted)
    day = ledger.payday(payer, visit.submitted + ledger.dice.between(*HABITS.pay_days))
    if plan.event == "denied":
        _deny(ledger, submission, day, plan)
    elif plan.event in ("pended", "pended_denied", "held_long"):
        _pend(ledger, submission, day, plan)
    elif plan.event == "suspected":
        results = [decisions.write_to_contract(line) for line in submission.lines]
        ledger.decide(submission, day, results, status="1")
    elif plan.event == "split":
        results = ledger.paid_results(submission, deductible=True)
        ledger.decide(submission, day, results[:1], status="1")
        if results[1:]:
            ledger.decide(submission, day, results[1:], status="1")
    elif plan.event != "lost":
        _pay(ledger, submission, day, plan)


def _deny(ledger: Ledger, submission: Submission, day: int, plan: Plan) -> None:
    dice, payer = ledger.dice, submission.payer
    cause = plan.cause or draw_cause(dice, payer)
    if cause == "duplicate" and plan.event != "denied":
        cause = "documentation"
    denial = deny(
        ledger, submission, day, draw_reason(dice, payer, cause, plan.wording), plan.shape
    )
    if cause == "duplicate":
        # Nothing else was ever decided about it, so that it is open like any other denial.
        denial.kind = "duplicate"
    elif plan.duplicate_beside or (
        plan.event == "denied" and dice.percent(HABITS.duplicate_beside_percent)
    ):
        _bill_again(ledger, denial)
    follow_denial(ledger, denial, plan)


def _pend(ledger: Ledger, submission: Submission, day: int, plan: Plan) -> None:
    held = ledger.decide(
        submission, day, [decisions.hold(line) for line in submission.lines], status="1"
    )
    held.kind = "pended"
    wait = LONG_HOLD_DAYS if plan.event == "held_long" else HOLD_DAYS
    later = ledger.payday(submission.payer, day + ledger.dice.between(*wait))
    if plan.event == "pended_denied":
        _deny(ledger, submission, later, plan)
    else:
        ledger.decide(submission, later, ledger.paid_results(submission), status="1")


def _pay(ledger: Ledger, submission: Submission, day: int, plan: Plan) -> None:
    results = ledger.paid_results(submission, deductible=True)
    paid = ledger.decide(submission, day, results, status="1")
    total = sum(result.paid for result in results)
    later = day + ledger.dice.between(*TAKEBACK_DAYS)
    if plan.event in ("paid", "second_refuses"):
        _cross_over(ledger, paid, refuses=plan.event == "second_refuses")
    elif plan.event == "interest" and total:
        paid.interest = ledger.dice.between(*INTEREST_CENTS)
        ledger.take_back(paid.payer, day, "L6", paid.icn, -paid.interest)
    elif plan.event == "takeback" and total:
        ledger.take_back(paid.payer, ledger.payday(paid.payer, later), "WO", paid.icn, total)
    elif plan.event == "duplicate":
        _bill_again(ledger, paid)
    elif plan.event == "post_payment":
        _deny_after_payment(ledger, paid, ledger.payday(paid.payer, later), plan, total)
    elif plan.event == "reversed":
        _reverse_only(ledger, paid, ledger.payday(paid.payer, later))
    elif plan.event == "void":
        _void(ledger, paid)


def _bill_again(ledger: Ledger, first: Decision) -> None:
    """The practice bills the same claim again without saying so, and is told that it did."""
    old, dice = first.submission, ledger.dice
    sent = first.day + dice.between(*RESEND_DAYS)
    again = ledger.send(old.visit, old.payer, sent, claim_id=old.claim_id, lines=old.lines)
    reason = plain_reason(dice, "duplicate", "OA")
    results = [decisions.refuse(line, reason) for line in again.lines]
    day = ledger.payday(old.payer, sent + dice.between(*ANSWER_DAYS))
    ledger.decide(again, day, results).kind = "duplicate"


def _cross_over(ledger: Ledger, paid: Decision, *, refuses: bool) -> None:
    """The first payer passes the claim on, and the second one settles the patient's share."""
    visit, dice = paid.submission.visit, ledger.dice
    second = visit.patient.second
    if second is None or not (refuses or dice.percent(HABITS.crossover_percent)):
        return
    paid.status, paid.forwarded = "19", True
    reason: Reason | None = None
    if refuses or dice.percent(HABITS.secondary_denial_percent):
        reason = plain_reason(dice, dice.pick(SECOND_CAUSES))
    old = paid.submission
    passed_on = Submission(visit, old.claim_id, second, "1", "", paid.day, old.lines, old)
    results = [decisions.pay_second(r.line, second, r, reason) for r in paid.results]
    day = ledger.payday(second, paid.day + dice.between(*RESEND_DAYS))
    ledger.decide(passed_on, day, results, status="2")


def _deny_after_payment(ledger: Ledger, paid: Decision, day: int, plan: Plan, total: int) -> None:
    ledger.reverse(paid, day)
    if total and ledger.dice.percent(DEFERRED_PERCENT):
        ledger.take_back(paid.payer, day, "WO", paid.icn, -total)
        next_day = ledger.payday(paid.payer, day + 1)
        ledger.take_back(paid.payer, next_day, "WO", paid.icn, total)
    _deny(ledger, paid.submission, day, plan)


def _reverse_only(ledger: Ledger, paid: Decision, day: int) -> None:
    ledger.reverse(paid, day)
    if ledger.dice.percent(CORRECTED_PERCENT):
        later = ledger.payday(paid.payer, day + ledger.dice.between(35, 90))
        results = ledger.paid_results(paid.submission, deductible=True)
        ledger.decide(paid.submission, later, results, status="1")


def _void(ledger: Ledger, paid: Decision) -> None:
    old = paid.submission
    sent = paid.day + ledger.dice.between(*RESEND_DAYS)
    ledger.send(
        old.visit, old.payer, sent, claim_id=old.claim_id, frequency="8",
        original_icn=paid.icn, lines=old.lines,
    )  # fmt: skip
    ledger.reverse(paid, ledger.payday(old.payer, sent + ledger.dice.between(*ANSWER_DAYS)))
