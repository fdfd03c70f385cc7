"""What becomes of a denial: corrected, appealed, billed elsewhere, given up or left lying."""

from __future__ import annotations

from dataclasses import dataclass, replace

from j2311_analytics.sample import decisions
from j2311_analytics.sample.causes import (
    CAUSES,
    Method,
    chance_of_recovery,
    draw_cause,
    draw_reason,
)
from j2311_analytics.sample.ledger import Ledger, number_lines
from j2311_analytics.sample.model import (
    Appeal,
    Decision,
    Line,
    Result,
    Stage,
    Submission,
    WriteOff,
)
from j2311_analytics.sample.plans import Fate, Plan
from j2311_analytics.sample.refusals import deny, shifted_cents, uphold
from j2311_analytics.sample.settings import HABITS, Payer

LEAST_SPREAD = 10
SENT_PERCENT = (30, 60)
REVERSED_APPEAL_PERCENT = 60
SAME_CLAIM_ID_PERCENT = 60
RECODED = "J2315"


@dataclass(frozen=True)
class Odds:
    """Chances of what ends a stage; they add up to less than one.

    Example:
        >>> Odds(0.5, 0.1, 0.1, 0.2).win
        0.5
    """

    win: float
    part: float
    again: float
    write_off: float


def follow_denial(ledger: Ledger, denial: Decision, plan: Plan) -> None:
    """Tell the life of a claim from its first denial on."""
    cause = _cause(denial)
    payer = denial.payer
    if denial.kind == "duplicate":
        if ledger.dice.percent(HABITS.write_off_percent):
            _write_off(ledger, denial, denial.day + _patience(ledger))
        return
    if any(shifted_cents(r, payer) for r in denial.results):
        return
    odds = _odds(chance_of_recovery(payer, cause), first=True)
    later = chance_of_recovery(payer, cause) * HABITS.second_chance_percent / 100
    _note_stage(ledger, denial, cause, odds, later)
    fate = plan.fate or _draw_fate(ledger, odds)
    _end_stage(ledger, denial, cause, fate, plan.method)


def _end_stage(
    ledger: Ledger, denial: Decision, cause: str, fate: Fate, method: Method | str
) -> None:
    wait = _wait(ledger, denial.payer, cause)
    if fate in ("win", "part", "undone_write_off"):
        if fate == "undone_write_off":
            _write_off(ledger, denial, denial.day + wait // 2)
        new = _win(ledger, denial, cause, wait, method or _method(ledger, cause), fate == "part")
        if any(r.denied for r in new.results):
            _second_stage(ledger, new, cause, give_up=False)
    elif fate == "upheld":
        _second_stage(ledger, _uphold(ledger, denial, wait), cause)
    elif fate == "redenied":
        new = _redeny(ledger, denial, cause, wait)
        _second_stage(ledger, new, cause)
    elif fate == "write_off":
        _write_off(ledger, denial, denial.day + _patience(ledger))
    elif fate == "half_write_off":
        _write_off(ledger, denial, denial.day + HABITS.write_off_wait, percent=50)


def _second_stage(ledger: Ledger, denial: Decision, cause: str, *, give_up: bool = True) -> None:
    """After a second refusal, chances follow the first cause, lower than before."""
    if any(shifted_cents(r, denial.payer) for r in denial.results):
        return
    chance = chance_of_recovery(denial.payer, cause) * HABITS.second_chance_percent / 100
    odds = _odds(chance, first=False)
    odds = odds if give_up else replace(odds, write_off=0.0)
    _note_stage(ledger, denial, cause, odds, 0.0)
    _end_stage(ledger, denial, cause, _draw_fate(ledger, odds), "")


def _odds(chance: float, *, first: bool) -> Odds:
    part = chance * HABITS.part_percent / 100 if first else 0.0
    again = (1 - chance) * HABITS.interim_percent / 100 if first else 0.0
    write_off = (1 - chance - again) * HABITS.write_off_percent / 100
    return Odds(chance - part, part, again, write_off)


def _draw_fate(ledger: Ledger, odds: Odds) -> Fate:
    rest = 1 - odds.win - odds.part - odds.again - odds.write_off
    fates: tuple[Fate, ...] = ("win", "part", "upheld", "write_off", "none")
    fate = ledger.dice.weighted(fates, (odds.win, odds.part, odds.again, odds.write_off, rest))
    if fate == "upheld" and not ledger.dice.percent(HABITS.upheld_percent):
        return "redenied"
    return fate


def _note_stage(ledger: Ledger, denial: Decision, cause: str, odds: Odds, win_again: float) -> None:
    ledger.world.stages.append(
        Stage(
            visit=denial.submission.visit,
            payer=denial.payer,
            cause=cause,
            start=denial.day,
            spread=_spread(denial.payer, cause),
            win=odds.win + odds.part,
            again=odds.again,
            win_again=win_again,
            write_off=odds.write_off,
        )
    )


def _win(
    ledger: Ledger, denial: Decision, cause: str, wait: int, method: str, part: bool
) -> Decision:
    """Money comes, one way or another; returns the decision that brings it."""
    method = _possible(denial, cause, method)
    payer = denial.payer
    if method == "other":
        return _other_pays(ledger, denial, wait)
    day = ledger.payday(payer, denial.day + wait)
    sent = _sent(ledger, denial, wait)
    submission = _resend(ledger, denial, method, sent)
    if method == "appeal":
        outcome = "Partially overturned" if part else "Overturned"
        _appeal(ledger, denial, sent, day, outcome)
    if method == "reversal" or (
        method == "appeal" and ledger.dice.percent(REVERSED_APPEAL_PERCENT)
    ):
        ledger.reverse(denial, day)
    new = ledger.decide(submission, day, _won(ledger, denial, submission, part), status="1")
    if method in ("reversal", "appeal"):
        new.original_icn = denial.icn
    reason = new.results[0].reason
    new.claim_remarks = reason.claim_remarks if reason else ()
    return new


def _won(ledger: Ledger, denial: Decision, submission: Submission, part: bool) -> list[Result]:
    results = ledger.paid_results(submission)
    lead, before = submission.lines[0], denial.results[0]
    reason = before.reason
    paid_units = before.units if before.paid and not before.taken_at_claim else 0
    units = (paid_units + lead.service.units) // 2
    if part and reason and 0 < units < lead.service.units:
        first_day = ledger.world.first_day
        results[0] = decisions.cut(lead, submission.payer, first_day, reason, units)
    return results


def _possible(denial: Decision, cause: str, method: str) -> str:
    patient = denial.submission.visit.patient
    if method == "other":
        able = (
            patient.second is not None
            and denial.payer is patient.payer
            and not any(r.paid for r in denial.results if r.denied)
        )
        return "other" if able else "replace"
    if method == "recode":
        lead = denial.submission.lines[0]
        able = cause == "wrong_code" and lead.hcpcs == HABITS.focus
        return "recode" if able else "replace"
    return method


def _resend(ledger: Ledger, denial: Decision, method: str, day: int) -> Submission:
    """The claim that the new decision answers; a call or an appeal sends none."""
    old = denial.submission
    if method in ("reversal", "appeal"):
        return old
    if method == "replace":
        return ledger.send(
            old.visit, old.payer, day, claim_id=old.claim_id, frequency="7",
            original_icn=denial.icn, lines=old.lines,
        )  # fmt: skip
    name = ledger.new_claim_id()
    if method == "new_unnamed":
        lines = number_lines(name, [r.line for r in denial.results if r.denied])
        return ledger.send(old.visit, old.payer, day, claim_id=name, lines=lines)
    lines = number_lines(name, old.lines)
    if method == "recode":
        lines[0] = lines[0]._replace(hcpcs=RECODED)
    return ledger.send(
        old.visit, old.payer, day, claim_id=name, frequency="7",
        original_icn=denial.icn, lines=lines,
    )  # fmt: skip


def _other_pays(ledger: Ledger, denial: Decision, wait: int) -> Decision:
    old = denial.submission
    other = old.visit.patient.second
    assert other is not None
    lines: list[Line] = [r.line for r in denial.results if r.denied]
    name = old.claim_id
    if not ledger.dice.percent(SAME_CLAIM_ID_PERCENT):
        name = ledger.new_claim_id()
        lines = number_lines(name, lines)
    sent = _sent(ledger, denial, wait)
    submission = ledger.send(old.visit, other, sent, claim_id=name, lines=lines)
    day = ledger.payday(other, denial.day + wait)
    return ledger.decide(submission, day, ledger.paid_results(submission), status="1")


def _uphold(ledger: Ledger, denial: Decision, wait: int) -> Decision:
    day = ledger.payday(denial.payer, denial.day + wait)
    _appeal(ledger, denial, _sent(ledger, denial, wait), day, "Upheld")
    reason = draw_reason(ledger.dice, denial.payer, "appeal_outcome", "bare")
    reason = replace(reason, group="CO")
    results = [uphold(r, reason) for r in denial.results]
    return ledger.decide(denial.submission, day, results, status="1")


def _redeny(ledger: Ledger, denial: Decision, cause: str, wait: int) -> Decision:
    dice, payer = ledger.dice, denial.payer
    day = ledger.payday(payer, denial.day + wait)
    method = dice.pick(("replace", "replace", "new_named", "new_unnamed"))
    submission = _resend(ledger, denial, method, _sent(ledger, denial, wait))
    again = cause if dice.percent(50) else draw_cause(dice, payer)
    again = "documentation" if again == "duplicate" else again
    reason = draw_reason(dice, payer, again)
    return deny(ledger, submission, day, reason)


def _appeal(ledger: Ledger, denial: Decision, sent: int, decided: int, outcome: str) -> None:
    visit = denial.submission.visit
    level = "2" if any(a.visit is visit for a in ledger.world.appeals) else "1"
    services = [r.line.service for r in denial.results if r.denied]
    ledger.world.appeals.append(Appeal(visit, services, sent, level, decided, outcome))


def _write_off(ledger: Ledger, denial: Decision, day: int, percent: int = 100) -> None:
    for result in denial.results:
        cents = result.denied * percent // 100
        if cents:
            ledger.world.write_offs.append(WriteOff(result.line.service, day, cents))


def _cause(denial: Decision) -> str:
    return next(r.reason.cause for r in denial.results if r.reason)


def _method(ledger: Ledger, cause: str) -> Method:
    methods = CAUSES[cause].methods
    return ledger.dice.weighted(list(methods), list(methods.values()))


def _spread(payer: Payer, cause: str) -> int:
    return max(LEAST_SPREAD, CAUSES[cause].spread + payer.slowness)


def _wait(ledger: Ledger, payer: Payer, cause: str) -> int:
    spread = _spread(payer, cause)
    return HABITS.first_wait + ledger.dice.between(0, spread) + ledger.dice.between(0, spread)


def _patience(ledger: Ledger) -> int:
    spread = HABITS.write_off_spread
    return HABITS.write_off_wait + ledger.dice.between(0, spread) + ledger.dice.between(0, spread)


def _sent(ledger: Ledger, denial: Decision, wait: int) -> int:
    return denial.day + max(3, wait * ledger.dice.between(*SENT_PERCENT) // 100)
