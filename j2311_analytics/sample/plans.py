"""Which stories must occur: every cause, every shape of a denial, every way it can end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from j2311_analytics.sample.causes import CAUSES, Method
from j2311_analytics.sample.dice import Dice
from j2311_analytics.sample.model import Visit, World
from j2311_analytics.sample.settings import HABITS

Shape = Literal[
    "", "plain", "two", "tie_generic", "tie_specific", "claim", "no_lines", "cut",
    "part_patient", "beside",
]  # fmt: skip
Fate = Literal[
    "", "win", "part", "upheld", "redenied", "write_off", "half_write_off",
    "undone_write_off", "none",
]  # fmt: skip
Event = Literal[
    "", "denied", "paid", "post_payment", "reversed", "void", "takeback", "interest", "duplicate",
    "suspected", "pended", "pended_denied", "held_long", "second_refuses", "split", "lost",
]  # fmt: skip


@dataclass(frozen=True)
class Plan:
    """What is settled about a claim's life before it is told; the rest is drawn.

    Args:
        needs: `second` payer, `medicaid`, `patient_pays` (not Medicaid) or nothing.
        when: `early` in the period for a story that needs time, `late` for one
            that must still be under way at its end.
        duplicate_beside: The practice bills again while the denial stands.

    Example:
        >>> Plan("denied", cause="units", shape="cut").fate
        ''
    """

    event: Event = ""
    cause: str = ""
    wording: str = ""
    shape: Shape = ""
    fate: Fate = ""
    method: Method | Literal[""] = ""
    needs: str = ""
    when: Literal["", "early", "late"] = ""
    duplicate_beside: bool = False


STORIES: tuple[Plan, ...] = (
    Plan("denied", "prior_authorization", fate="upheld", when="early"),
    Plan("denied", "medical_necessity", fate="upheld", when="early"),
    Plan("denied", "wrong_code", fate="win", method="recode", when="early"),
    Plan("denied", "wrong_code", fate="win", method="recode", when="early"),
    Plan("denied", "documentation", fate="win", method="reversal", when="early"),
    Plan("denied", "modifier", fate="win", method="replace", when="early"),
    Plan("denied", "diagnosis", fate="win", method="new_named", when="early"),
    Plan("denied", "ndc", fate="win", method="new_unnamed", when="early"),
    Plan("denied", "prior_authorization", fate="win", method="appeal", when="early"),
    Plan("denied", "eligibility", fate="win", method="other", needs="second", when="early"),
    Plan("denied", "units", shape="cut", fate="win", method="replace", when="early"),
    Plan("denied", "units", shape="cut", fate="none"),
    Plan("denied", "documentation", fate="part", when="early"),
    Plan("denied", "prior_authorization", fate="part", when="early"),
    Plan("denied", "generic", fate="redenied", when="early"),
    Plan("denied", "eligibility", wording="patient", fate="none", needs="patient_pays"),
    Plan("denied", "prior_authorization", wording="patient", shape="plain", needs="patient_pays"),
    Plan("denied", "not_covered", wording="patient", shape="plain", needs="patient_pays"),
    Plan("denied", "not_covered", wording="patient", shape="plain", needs="medicaid", fate="none"),
    Plan("denied", "not_covered", wording="patient", shape="part_patient", needs="patient_pays"),
    Plan("denied", "medical_necessity", fate="half_write_off", when="early"),
    Plan("denied", "timely_filing", fate="write_off", when="early"),
    Plan("denied", "bundling", fate="undone_write_off", when="early"),
    Plan("denied", "prior_authorization", shape="two"),
    Plan("denied", "documentation", wording="bare", shape="tie_generic"),
    Plan("denied", "frequency", wording="bare", shape="tie_specific"),
    Plan("denied", "timely_filing", shape="claim"),
    Plan("denied", "eligibility", shape="no_lines"),
    Plan("denied", "enrollment", wording="moa"),
    Plan("denied", "step_therapy", wording="remark"),
    Plan("denied", "generic", wording="alert"),
    Plan("denied", "generic", wording="bare"),
    Plan("denied", "wrong_code", fate="none", duplicate_beside=True, when="early"),
    Plan("denied", "medical_necessity", shape="beside"),
    Plan("post_payment", "documentation", when="early"),
    Plan("post_payment", "coordination_of_benefits", when="early"),
    Plan("reversed", when="early"),
    Plan("void", when="early"),
    Plan("takeback", when="early"),
    Plan("interest"),
    Plan("duplicate", when="early"),
    Plan("suspected"),
    Plan("pended", when="early"),
    Plan("held_long", when="late"),
    Plan("pended_denied", "documentation", when="early"),
    Plan("second_refuses", needs="second", when="early"),
    Plan("split"),
    Plan("lost", when="early"),
)  # fmt: skip
EARLY_SHARE = 55
SEEN_AFTER = 52
LATE_DAYS = 25


def draw_plans(dice: Dice, world: World) -> list[Plan]:
    """One plan per visit: as the payers' habits have it, with the needed stories dealt first."""
    plans = [_habit(dice, visit) for visit in world.visits]
    told = {story.cause for story in STORIES if story.event == "denied"}
    needed = [Plan("denied", name) for name, c in CAUSES.items() if c.weight and name not in told]
    needed += STORIES
    free = {
        refused: [n for n, v in enumerate(world.visits) if _suits(v, plans[n], refused)]
        for refused in (True, False)
    }
    for pile in free.values():
        _shuffle(dice, pile)
    for story in needed:
        pile = free[story.event in ("denied", "pended_denied")]
        place = next((n for n in pile if _fits(world, world.visits[n], story)), None)
        if place is not None:
            plans[place] = story
            pile.remove(place)
    return plans


def _habit(dice: Dice, visit: Visit) -> Plan:
    if dice.permille(HABITS.lost_permille):
        return Plan("lost")
    focus = visit.lead.hcpcs == HABITS.focus
    share = visit.patient.payer.denial_percent if focus else HABITS.other_denial_percent
    if dice.percent(share):
        return Plan("denied")
    rates: dict[Event, int] = {
        "post_payment": HABITS.post_payment_permille,
        "reversed": HABITS.reversed_permille,
        "void": HABITS.void_permille,
        "takeback": HABITS.takeback_permille,
        "interest": HABITS.interest_permille,
        "duplicate": HABITS.duplicate_permille,
        "suspected": HABITS.suspected_permille,
        "pended": HABITS.pended_permille,
        "split": HABITS.split_permille,
    }
    events: list[Event] = [*rates, "paid"]
    return Plan(dice.weighted(events, [*rates.values(), 1000 - sum(rates.values())]))


def _suits(visit: Visit, plan: Plan, refused: bool) -> bool:
    wanted = "denied" if refused else "paid"
    return visit.lead.hcpcs == HABITS.focus and plan.event == wanted


def _fits(world: World, visit: Visit, story: Plan) -> bool:
    patient = visit.patient
    able = {
        "": True,
        "second": patient.second is not None and not patient.payer.medicaid,
        "medicaid": patient.payer.medicaid,
        "patient_pays": not patient.payer.medicaid,
    }[story.needs]
    shares = story.event != "second_refuses" or patient.payer.coinsurance_percent > 0
    several = story.event != "split" or len(visit.services) > 1
    return able and shares and several and _in_time(world, visit, story)


def _in_time(world: World, visit: Visit, story: Plan) -> bool:
    """Late enough or early enough to be seen by the end of the last month."""
    left = world.as_of - visit.day
    if story.when == "early":
        return left * 100 >= (world.as_of - world.first_day) * (100 - EARLY_SHARE)
    return left >= SEEN_AFTER and (story.when != "late" or left <= SEEN_AFTER + LATE_DAYS)


def _shuffle(dice: Dice, items: list[int]) -> None:
    for n in range(len(items) - 1, 0, -1):
        other = dice.between(0, n)
        items[n], items[other] = items[other], items[n]
