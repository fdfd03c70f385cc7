"""What is true of the world as of a day, told from its events and never read back from files."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from j2311_analytics.sample.model import Decision, Result, Service, World
from j2311_analytics.sample.refusals import shifted_cents
from j2311_analytics.sample.settings import HABITS, Payer

UPHELD = "appeal_outcome"


@dataclass(eq=False)
class Ruling:
    """A decision's part about one service."""

    decision: Decision
    result: Result

    @property
    def cause(self) -> str:
        """The cause of its refusal; empty where nothing was refused."""
        reason = self.result.reason
        return reason.cause if reason and self.result.denied else ""


@dataclass
class History:
    """All that was decided about a service by a day, and what is in force."""

    service: Service
    rulings: list[Ruling] = field(default_factory=list)
    duplicates: list[Ruling] = field(default_factory=list)
    force: dict[str, Ruling | None] = field(default_factory=dict)
    beside: bool = False

    @property
    def first_payer(self) -> Payer:
        """The payer billed first."""
        return self.service.visit.patient.payer

    def in_force(self, ruling: Ruling) -> bool:
        """Whether this ruling still counts; a duplicate does until it is reversed.

        Another payer's money settles what the first payer refused.
        """
        payer = ruling.decision.payer
        if payer is self.first_payer and ruling.result.denied and self.other_payment():
            return ruling in self.duplicates
        return ruling in self.duplicates or self.force.get(payer.key) is ruling

    def other_payment(self) -> Ruling | None:
        """Another payer's money for a service that the first payer refuses."""
        first = self.force.get(self.first_payer.key)
        if first is None or not first.result.denied:
            return None
        for name, ruling in self.force.items():
            other = ruling and name != self.first_payer.key
            if other and ruling and ruling.result.allowed and not ruling.result.denied:
                return ruling
        return None

    def origin(self, ruling: Ruling) -> str:
        """`post_payment` where the payer first accepted the service and then refused it."""
        if ruling.decision.kind == "duplicate":
            return "initial"
        same = [r for r in self.rulings if r.decision.payer is ruling.decision.payer]
        decided = [r.result for r in same if r.decision.kind == "final"]
        accepted = decided[0].allowed and not decided[0].denied
        return "post_payment" if accepted else "initial"


@dataclass(frozen=True)
class Episode:
    """The state of one service as of a day; money in cents."""

    service: Service
    state: str
    origin: str
    first: Ruling | None
    cause: str
    initial: int
    denied: int
    written_off: int
    shifted: int
    allowed: int
    paid: int
    patient_share: int
    recovered: int
    recovered_from: Payer | None

    @property
    def focus(self) -> bool:
        """Whether its first-billed code is the focus code."""
        return self.service.hcpcs == HABITS.focus

    @property
    def open(self) -> int:
        """Refused cents that are neither written off nor the patient's."""
        return self.denied - self.written_off - self.shifted


def histories(world: World, upto: int) -> dict[Service, History]:
    """The history of every service that was adjudicated by a day."""
    found: dict[Service, History] = {}
    by_decision: dict[tuple[int, int], Ruling] = {}
    for decision in world.decisions:
        if decision.day > upto:
            break
        for n, result in enumerate(decision.results):
            service = result.line.service
            history = found.setdefault(service, History(service))
            ruling = Ruling(decision, result)
            by_decision[decision.order, n] = ruling
            undoes = decision.undoes
            undone = by_decision[undoes.order, n] if undoes else None
            _apply(history, ruling, undone)
    for history in found.values():
        _settle_duplicates(history)
    return found


def episodes(world: World, upto: int) -> dict[Service, Episode]:
    """The state of every adjudicated service as of a day."""
    given_up: dict[Service, int] = defaultdict(int)
    for item in world.write_offs:
        if item.day <= upto:
            given_up[item.service] += item.cents
    found = histories(world, upto)
    return {s: _episode(history, given_up.get(s, 0)) for s, history in found.items()}


def _apply(history: History, ruling: Ruling, undone: Ruling | None) -> None:
    key, kind = ruling.decision.payer.key, ruling.decision.kind
    if kind == "reversal":
        if history.force.get(key) is undone:
            history.force[key] = None
        return
    if kind == "duplicate":
        history.duplicates.append(ruling)
        return
    history.rulings.append(ruling)
    history.force[key] = ruling


def _settle_duplicates(history: History) -> None:
    key = history.first_payer.key
    history.beside = key in history.force
    if history.duplicates and not history.beside:
        history.rulings += history.duplicates
        history.force[key] = history.duplicates[-1]


def _episode(history: History, given_up: int) -> Episode:
    payer = history.first_payer
    now = history.force.get(payer.key)
    refusals = [r for r in history.rulings if r.decision.payer is payer and r.result.denied]
    first = refusals[0] if refusals else None
    other = history.other_payment()
    ruling = other or now
    denied = now.result.denied if now and not other else 0
    shifted = shifted_cents(now.result, payer) if now and denied else 0
    allowed = ruling.result.allowed if ruling else 0
    won = max(0, allowed - first.result.allowed) if first else 0
    written_off = min(given_up, denied - shifted)
    return Episode(
        service=history.service,
        state=_state(now, bool(first), denied, denied - shifted - written_off, written_off, won),
        origin=history.origin(first) if first else "",
        first=first,
        cause=_latest_cause(refusals),
        initial=first.result.denied if first else 0,
        denied=denied,
        written_off=written_off,
        shifted=shifted,
        allowed=allowed,
        paid=ruling.result.kept if ruling else 0,
        patient_share=ruling.result.patient_share if ruling else 0,
        recovered=won,
        recovered_from=ruling.decision.payer if ruling and won else None,
    )


def _state(
    now: Ruling | None, refused: bool, denied: int, still_open: int, written_off: int, won: int
) -> str:
    if now is None:
        return "reversed"
    if now.decision.kind == "pended":
        return "pended"
    if still_open:
        return "partly_recovered" if won else "open"
    if denied:
        return "written_off" if written_off else "patient_responsibility"
    return "recovered" if refused else "paid"


def _latest_cause(refusals: list[Ruling]) -> str:
    causes = [r.cause for r in refusals]
    of_payer = [cause for cause in causes if cause != UPHELD]
    return (of_payer or causes or [""])[-1]
