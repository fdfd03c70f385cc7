"""Writes events into the world: claims sent, decisions, reversals, appeals, write-offs."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import count

from j2311_analytics.sample import decisions
from j2311_analytics.sample.dice import Dice
from j2311_analytics.sample.model import (
    Decision,
    Line,
    Result,
    Submission,
    Takeback,
    Triplet,
    Visit,
    World,
)
from j2311_analytics.sample.settings import HABITS, PAYERS, Payer


class Ledger:
    """The one place that adds events to a world, in the order in which they are told."""

    def __init__(self, world: World, dice: Dice) -> None:
        self.world = world
        self.dice = dice
        self._claim_ids = len(world.visits)
        self._orders = count(1 + max((d.order for d in world.decisions), default=-1))

    def payday(self, payer: Payer, day: int) -> int:
        """The first payment day of `payer` on or after `day`.

        Example:
            >>> Ledger(World(1, 9, 9, ""), Dice(1)).payday(PAYERS[0], 1)
            4
        """
        offset = (PAYERS.index(payer) * 2 + 3) % 5 + 1
        wait = (offset - day) % payer.cycle
        # Ordinal 1 is a Monday, so that offsets 1 to 5 fall on working days.
        return day + wait

    def send(
        self,
        visit: Visit,
        payer: Payer,
        day: int,
        *,
        claim_id: str = "",
        frequency: str = "1",
        original_icn: str = "",
        lines: list[Line] | None = None,
    ) -> Submission:
        """Send a claim; without `lines` it bills every service of the visit."""
        name = claim_id or visit.claim_id
        billed = lines or lines_of(visit, name)
        submission = Submission(visit, name, payer, frequency, original_icn, day, billed)
        self.world.submissions.append(submission)
        return submission

    def new_claim_id(self) -> str:
        """The next free claim id."""
        self._claim_ids += 1
        return f"FC{2_000_000 + self._claim_ids}"

    def decide(
        self, submission: Submission, day: int, results: list[Result], *, status: str = ""
    ) -> Decision:
        """Record a decision; the status is drawn where the story does not set it."""
        order = next(self._orders)
        decision = Decision(
            order=order,
            day=day,
            submission=submission,
            payer=submission.payer,
            status=status or self._status(results),
            icn=f"{date.fromordinal(day):%y%j}{submission.payer.key.upper()}{order:06d}",
            kind="final",
            results=results,
            original_icn=submission.original_icn if self.dice.percent(70) else "",
            echo=self.dice.percent(HABITS.echo_percent),
        )
        self.world.decisions.append(decision)
        return decision

    def reverse(self, decision: Decision, day: int) -> Decision:
        """Undo a decision: the same claim and control number, every amount negated."""
        undone = replace(
            decision,
            order=next(self._orders),
            day=day,
            status="22",
            kind="reversal",
            undoes=decision,
            original_icn="",
            interest=0,
            forwarded=False,
        )
        self.world.decisions.append(undone)
        return undone

    def take_back(self, payer: Payer, day: int, reason: str, reference: str, cents: int) -> None:
        """Record a provider-level adjustment; positive cents lower the payment."""
        self.world.takebacks.append(Takeback(payer, day, reason, reference, cents))

    def paid_results(self, submission: Submission, *, deductible: bool = False) -> list[Result]:
        """Every line paid as the contract says."""
        left = submission.visit.deductible if deductible else 0
        results = []
        for line in submission.lines:
            result, left = decisions.pay(line, submission.payer, self.world.first_day, left)
            results.append(result)
        return results

    def _status(self, results: list[Result]) -> str:
        refused = all(r.denied and not r.kept for r in results if r.line.service.charge)
        return "4" if refused and self.dice.percent(60) else "1"


def lines_of(visit: Visit, claim_id: str) -> list[Line]:
    """Every service of a visit as a claim of this id bills it."""
    return number_lines(claim_id, [Line(s, 0, "", s.hcpcs) for s in visit.services])


def number_lines(claim_id: str, lines: list[Line]) -> list[Line]:
    """The same lines, numbered for a claim of this id."""
    return [Line(line.service, n, f"{claim_id}L{n}", line.hcpcs) for n, line in enumerate(lines, 1)]


def claim_denial(decision: Decision, *, has_lines: bool) -> None:
    """Move what the lines' results lost at claim level into the claim's own adjustment."""
    reason = next(r.reason for r in decision.results if r.reason)
    total = sum(r.taken_at_claim for r in decision.results)
    decision.claim_triplets = [Triplet(reason.group, reason.carc, total, denial=True)]
    decision.has_lines = has_lines
    extra = (*reason.claim_remarks, *reason.remarks)
    decision.claim_remarks = tuple(dict.fromkeys(extra))
