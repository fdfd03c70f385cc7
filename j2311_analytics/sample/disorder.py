"""What makes matching hard: ids that payers alter, claims split or merged, answers that never came.

Told after the lives, with dice of its own, so that everything else stays the same.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count

from j2311_analytics.sample.dice import Dice
from j2311_analytics.sample.ledger import number_lines
from j2311_analytics.sample.model import Decision, Submission, Visit, World

SEED_STEP = 7_919


@dataclass(frozen=True)
class Disorder:
    """How often each thing happens, in a thousand claims (lines for `unechoed`).

    Args:
        altered: The payer writes our claim id in its own way.
        unechoed: The payer leaves out our line control number.
        renumbered: The practice's id is a number with leading zeros.
        merged: Two of our claims come back as one.
        split: One of our claims comes back as two.
        unanswered: No answer ever comes.
        unexported: The answer comes, but the claim is in no export.

    Example:
        >>> HARD.altered > USUAL.altered
        True
    """

    altered: int
    unechoed: int
    renumbered: int
    merged: int
    split: int
    unanswered: int
    unexported: int


USUAL = Disorder(
    altered=12, unechoed=15, renumbered=20, merged=6, split=4, unanswered=4, unexported=5
)
HARD = Disorder(
    altered=350, unechoed=400, renumbered=250, merged=70, split=60, unanswered=40, unexported=40
)


def disturb(world: World, seed: int, disorder: Disorder) -> None:
    """Alter, split, merge and lose, as often as `disorder` says."""
    dice = Dice(seed + SEED_STEP)
    plain = _plain_visits(world)
    answers: dict[int, list[Decision]] = {}
    free = count(1 + max((decision.order for decision in world.decisions), default=0))
    for visit in world.visits:
        renumbered = dice.permille(disorder.renumbered)
        decision = plain.get(visit)
        if decision is not None:
            if renumbered:
                _renumber(visit, decision)
            answers[decision.order] = _disturb_plain(world, dice, decision, disorder, free)
    world.decisions = [d for one in world.decisions for d in answers.get(one.order, [one])]
    for decision in world.decisions:
        _rewrite(dice, decision, disorder)
    world.decisions.sort(key=lambda decision: (decision.day, decision.order))


def _plain_visits(world: World) -> dict[Visit, Decision]:
    """Visits that were billed once, and decided once, with nothing refused or taken back."""
    sent = Counter(submission.visit for submission in world.submissions)
    decided: dict[Visit, list[Decision]] = defaultdict(list)
    for decision in world.decisions:
        decided[decision.submission.visit].append(decision)
    mentioned = {item.reference for item in world.takebacks}
    return {
        visit: found[0]
        for visit, found in decided.items()
        if len(found) == sent[visit] == 1
        and found[0].kind == "final"
        and found[0].icn not in mentioned
        and not any(result.denied for result in found[0].results)
    }


def _disturb_plain(
    world: World, dice: Dice, decision: Decision, disorder: Disorder, free: Iterator[int]
) -> list[Decision]:
    """What the payer answers instead of one plain decision."""
    rates = (disorder.merged, disorder.split, disorder.unanswered, disorder.unexported)
    merged, split, unanswered, unexported = (dice.permille(rate) for rate in rates)
    several = len(decision.results) > 1
    if merged and several:
        _merge(world, decision)
    elif split and several:
        return [decision, _split(decision, next(free))]
    elif unanswered:
        return []
    elif unexported:
        decision.submission.visit.exported = False
    return [decision]


def _renumber(visit: Visit, decision: Decision) -> None:
    """Give a claim billed once an id that starts with zeros."""
    submission = decision.submission
    visit.claim_id = submission.claim_id = f"00{45_000_000 + 7 * visit.number}"
    submission.lines = number_lines(visit.claim_id, submission.lines)
    for result, line in zip(decision.results, submission.lines, strict=True):
        result.line = line


def _merge(world: World, decision: Decision) -> None:
    """What was one claim was sent as two, and the payer answers both as the first."""
    first = decision.submission
    name = f"FC{3_000_000 + first.visit.number}"
    moved = number_lines(name, first.lines[1:])
    first.lines = first.lines[:1]
    for result, line in zip(decision.results[1:], moved, strict=True):
        result.line = line
    second = Submission(first.visit, name, first.payer, "1", "", first.day, moved)
    world.submissions.append(second)
    decision.merged = (second,)


def _split(decision: Decision, order: int) -> Decision:
    """The payer answers the first line, and the others under another control number."""
    other = replace(
        decision, order=order, icn=f"{decision.icn}B", results=decision.results[1:], interest=0
    )
    decision.results = decision.results[:1]
    return other


def _rewrite(dice: Dice, decision: Decision, disorder: Disorder) -> None:
    """How the payer writes the claim id, and which line control numbers it leaves out."""
    visit = decision.submission.visit
    altered = dice.permille(disorder.altered)
    style = dice.between(0, len(STYLES) - 1)
    silent = frozenset(
        result.line for result in decision.results if dice.permille(disorder.unechoed)
    )
    if not visit.exported:
        decision.echo = True
        return
    decision.silent = silent
    if altered:
        decision.shown_id = STYLES[style](decision.submission.claim_id)
    if decision.undoes is not None:
        decision.shown_id = decision.undoes.shown_id


def _prefixed(claim_id: str) -> str:
    return f"01{claim_id}"


def _lettered(claim_id: str) -> str:
    return f"HX-{claim_id}"


def _suffixed(claim_id: str) -> str:
    return f"{claim_id}A"


def _numbered(claim_id: str) -> str:
    return f"{claim_id}-01"


def _padded(claim_id: str) -> str:
    return claim_id.zfill(len(claim_id) + 4)


def _cut(claim_id: str) -> str:
    return claim_id.lstrip("0")


def _lowered(claim_id: str) -> str:
    return claim_id.lower()


STYLES = (_prefixed, _lettered, _suffixed, _numbered, _padded, _cut, _lowered)
