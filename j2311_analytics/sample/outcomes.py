"""What became of the open denials later, and the world's own chance that it would."""

from __future__ import annotations

from datetime import date

from j2311_analytics.sample.answers import Table
from j2311_analytics.sample.exports import Row
from j2311_analytics.sample.model import Line, Service, Stage, World
from j2311_analytics.sample.settings import HABITS
from j2311_analytics.sample.truth import Episode, episodes
from j2311_analytics.sample.world import allowed_cents

OUTCOMES = (
    "claim_id", "line_control", "payer_id", "hcpcs", "focus", "cause", "state", "first_denied_on",
    "age_days", "charge", "denied_amount", "open_amount", "allowed", "true_expected_allowed",
    "true_chance", "true_recoverable", "later_allowed", "later_allowed_on", "final_state",
)  # fmt: skip


def outcomes(world: World) -> Table:
    """Every service open at the end of the last month: what it brought within the future."""
    now = episodes(world, world.as_of)
    waiting = {s: e for s, e in now.items() if e.open}
    gained = _first_gains(world, waiting)
    final = episodes(world, world.last_day)
    first = world.first_billed()
    rows = [_row(world, e, final[s], gained.get(s), first[s]) for s, e in waiting.items()]
    return OUTCOMES, sorted(rows, key=lambda row: (str(row[0]), str(row[1])))


def chance_within(stage: Stage, age: int, horizon: int) -> float:
    """The chance of money within `horizon` days, for a denial still open at `age` days.

    Exact for one payer and cause: the waiting time is the sum of two uniform
    draws, rounded up to the payer's next payment day.

    Example:
        >>> from j2311_analytics.sample.settings import PAYERS
        >>> stage = Stage(None, PAYERS[0], "units", 0, 30, 0.5, 0.0, 0.0, 0.0)
        >>> chance_within(stage, 0, 365)
        0.5
    """
    cycle = stage.payer.cycle
    days = age + horizon
    first = _by_day(HABITS.first_wait, stage.spread, cycle, days)
    given_up = _by_day(HABITS.write_off_wait, HABITS.write_off_spread, 1, days)
    still_open = 1 - (stage.win + stage.again) * first[age] - stage.write_off * given_up[age]
    won = stage.win * (first[days] - first[age])
    if stage.again:
        won += (
            stage.again
            * stage.win_again
            * sum((first[t] - first[t - 1]) * first[days - t] for t in range(age + 1, days + 1))
        )
    return won / still_open if still_open > 0 else 0.0


def _by_day(wait: int, spread: int, cycle: int, days: int) -> list[float]:
    """Probability, for each day, that `wait` and two draws up to `spread` are over by then."""
    ways = [0] * (days + 1)
    for extra in range(2 * spread + 1):
        day = -(-(wait + extra) // cycle) * cycle
        if day <= days:
            ways[day] += min(extra, 2 * spread - extra) + 1
    total, found = 0, []
    for count in ways:
        total += count
        found.append(total / (spread + 1) ** 2)
    return found


def _first_gains(world: World, waiting: dict[Service, Episode]) -> dict[Service, int]:
    """The first later day on which more was allowed than at the end of the last month."""
    days: dict[Service, list[int]] = {service: [] for service in waiting}
    for decision in world.decisions:
        if world.as_of < decision.day <= world.last_day:
            for result in decision.results:
                if result.line.service in days and decision.sign > 0 and result.allowed:
                    days[result.line.service].append(decision.day)
    return {service: min(d for d in found) for service, found in days.items() if found}


def _row(
    world: World,
    now: Episode,
    final: Episode,
    gained: int | None,
    billed: tuple[str, Line],
) -> Row:
    service, payer = now.service, now.service.visit.patient.payer
    claim_id, line = billed
    assert now.first is not None
    stage = _stage(world, service)
    age = world.as_of - now.first.decision.day
    expected = allowed_cents(service, payer, world.first_day)
    chance = 0.0
    if stage:
        chance = chance_within(stage, world.as_of - stage.start, world.last_day - world.as_of)
    later = max(0, final.allowed - now.allowed)
    return [
        claim_id, line.control, payer.payer_id,
        service.hcpcs, int(now.focus), now.cause, now.state,
        date.fromordinal(now.first.decision.day).isoformat(), age,
        *(f"{c / 100:.2f}" for c in (
            service.charge, now.denied, now.open, now.allowed, expected,
        )),
        f"{chance:.6f}", f"{chance * max(0, expected - now.allowed) / 100:.2f}",
        f"{later / 100:.2f}",
        date.fromordinal(gained).isoformat() if gained and later else None, final.state,
    ]  # fmt: skip


def _stage(world: World, service: Service) -> Stage | None:
    """The stage that this service was in at the end of the last month."""
    found = [s for s in world.stages if s.visit is service.visit and s.start <= world.as_of]
    return max(found, key=lambda s: s.start) if found else None
