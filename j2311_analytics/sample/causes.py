"""Why payers refuse: how often, in which words, and how often a cause is overturned."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

from j2311_analytics import codes
from j2311_analytics.sample.dice import Dice
from j2311_analytics.sample.settings import HABITS, PAYERS, UNKNOWN_CARC, Payer

Method = Literal["reversal", "replace", "new_named", "new_unnamed", "appeal", "other", "recode"]


@dataclass(frozen=True)
class Cause:
    """A cause of denial in the world.

    Args:
        weight: How common it is among denials.
        chance: Percent of denials that are recovered in the end, before payer effects.
        spread: Days over which decisions spread.
        whole_claim: The reason touches every line of the claim.
        common: CARCs used most of the time.
        methods: Ways of recovery with their weights.

    Example:
        >>> CAUSES["timely_filing"].whole_claim
        True
    """

    weight: int
    chance: int
    spread: int
    whole_claim: bool
    common: tuple[str, ...]
    methods: dict[Method, int]


FIX: dict[Method, int] = {
    "replace": 45, "reversal": 20, "new_named": 15, "new_unnamed": 15, "appeal": 5
}  # fmt: skip
ARGUE: dict[Method, int] = {"appeal": 65, "reversal": 20, "replace": 10, "new_unnamed": 5}
BILL_OTHER: dict[Method, int] = {"other": 60, "replace": 20, "reversal": 20}
RECODE: dict[Method, int] = {"recode": 55, "replace": 20, "new_named": 15, "reversal": 10}

CAUSES: dict[str, Cause] = {
    "prior_authorization": Cause(15, 50, 50, False, ("197", "197", "198", "296"), ARGUE),
    "wrong_code": Cause(10, 80, 30, False, ("181", "189", "199", "16"), RECODE),
    "medical_necessity": Cause(8, 45, 65, False, ("50", "50", "56", "55"), ARGUE),
    "documentation": Cause(8, 78, 35, False, ("252", "226", "250", "251"), FIX),
    "not_covered": Cause(7, 22, 60, False, ("96", "204", "204", "49"), ARGUE),
    "eligibility": Cause(7, 38, 40, True, ("27", "31", "26", "177"), BILL_OTHER),
    "coordination_of_benefits": Cause(7, 68, 35, True, ("22", "22", "19", "129"), BILL_OTHER),
    "timely_filing": Cause(6, 16, 60, True, ("29",), ARGUE),
    "units": Cause(6, 66, 30, False, ("222", "154", "153", "151"), FIX),
    "generic": Cause(6, 70, 30, False, ("16", "16", "A1"), FIX),
    "ndc": Cause(4, 84, 20, False, ("211", "16"), FIX),
    "modifier": Cause(4, 84, 18, False, ("4", "182"), FIX),
    "diagnosis": Cause(4, 74, 28, False, ("11", "167", "146"), FIX),
    "bundling": Cause(3, 42, 45, False, ("97", "97", "236"), ARGUE),
    "frequency": Cause(3, 36, 45, False, ("119", "273"), ARGUE),
    "enrollment": Cause(3, 60, 55, True, ("B7", "208", "185"), FIX),
    "pharmacy_benefit": Cause(3, 26, 40, False, ("280", "292"), ARGUE),
    "payment_policy": Cause(2, 40, 45, False, ("272", "256", "95"), ARGUE),
    "network": Cause(2, 22, 50, True, ("242", "279"), ARGUE),
    "referral": Cause(2, 62, 30, True, ("288", "243", "287"), FIX),
    "site_of_service": Cause(2, 56, 30, False, ("5", "58", "171"), FIX),
    "step_therapy": Cause(2, 36, 60, False, ("B8",), ARGUE),
    "wrong_payer": Cause(2, 45, 35, True, ("109", "24"), BILL_OTHER),
    "other_denial": Cause(2, 50, 40, False, ("155", "110", "A6", "B20"), FIX),
    "duplicate": Cause(2, 0, 30, True, ("18", "18", "B13"), FIX),
    "missing_service": Cause(1, 62, 25, False, ("107", "B15"), FIX),
    "behavioral_carve_out": Cause(1, 40, 40, True, ("300", "301"), BILL_OTHER),
    "unknown_code": Cause(1, 50, 40, False, (UNKNOWN_CARC,), FIX),
    "appeal_outcome": Cause(0, 0, 40, False, ("193", "193", "285", "286"), ARGUE),
}  # fmt: skip

# Codes that say nothing alone, so that a remark decides.
CARRIERS = ("16", "16", "16", "A1", "96", "252")
NO_REMARK_ROUTE = ("duplicate", "appeal_outcome", "unknown_code", "generic")
CURABLE_TO_PATIENT = (
    "eligibility", "coordination_of_benefits", "prior_authorization", "documentation", "generic"
)  # fmt: skip
EMPHASIS = 3


@dataclass(frozen=True)
class Reason:
    """What a payer writes when it refuses, and what that truly means.

    Args:
        decider: The remark that gave the cause; empty where the CARC did.
        remarks: LQ*HE codes, `claim_remarks`: MOA codes.

    Example:
        >>> Reason("units", "CO", "222").decider
        ''
    """

    cause: str
    group: str
    carc: str
    decider: str = ""
    remarks: tuple[str, ...] = ()
    claim_remarks: tuple[str, ...] = ()


def chance_of_recovery(payer: Payer, cause: str) -> float:
    """The world's own chance that a payer overturns a first denial of this cause, in the end.

    Example:
        >>> chance_of_recovery(PAYERS[0], "modifier") > chance_of_recovery(PAYERS[0], "network")
        True
    """
    base = CAUSES[cause].chance * payer.chance_percent / 100
    wobble = (PAYERS.index(payer) * 7 + list(CAUSES).index(cause) * 5) % 9 - 4
    return 0.0 if cause == "duplicate" else min(92.0, max(4.0, base + 4 * wobble)) / 100


def draw_cause(dice: Dice, payer: Payer) -> str:
    """A cause, as common at this payer as its habits make it."""
    names = [name for name, cause in CAUSES.items() if cause.weight]
    weights = [CAUSES[n].weight * (EMPHASIS if n in payer.emphasis else 1) for n in names]
    return dice.weighted(names, weights)


def draw_reason(dice: Dice, payer: Payer, cause: str, wording: str = "") -> Reason:
    """Words for a cause. `wording` forces `remark`, `moa`, `alert`, `bare` or `patient`."""
    through_remark = wording in ("remark", "moa") or (
        not wording and cause not in NO_REMARK_ROUTE and dice.percent(HABITS.remark_route_percent)
    )
    if through_remark and deciding_remarks(cause):
        return _through_remark(dice, payer, cause, wording)
    carc = _own_code(dice, cause)
    group = _group(dice, payer, cause, wording)
    alert = wording == "alert" or (wording != "bare" and dice.percent(HABITS.alert_percent))
    return Reason(cause, group, carc, remarks=(dice.pick(alerts()),) if alert else ())


def plain_reason(dice: Dice, cause: str, group: str = "CO") -> Reason:
    """A reason whose CARC alone decides, whatever remarks stand beside it."""
    plain = [code for code in codes_of(cause) if code not in needing_remark()]
    return Reason(cause, group, dice.pick(plain))


def _through_remark(dice: Dice, payer: Payer, cause: str, wording: str) -> Reason:
    decider = dice.pick(deciding_remarks(cause))
    carc = dice.pick(CARRIERS)
    group = _group(dice, payer, cause, wording)
    if wording == "moa" or (not wording and dice.percent(HABITS.moa_percent)):
        extra = (dice.pick(alerts()),) if dice.percent(HABITS.alert_percent) else ()
        return Reason(cause, group, carc, decider, extra, ("MA01", decider))
    first = (dice.pick(alerts()),) if dice.percent(HABITS.alert_percent) else ()
    return Reason(cause, group, carc, decider, (*first, decider))


def _own_code(dice: Dice, cause: str) -> str:
    common = [code for code in CAUSES[cause].common if code in codes_of(cause)]
    return dice.pick(common) if dice.percent(72) else dice.pick(codes_of(cause))


def _group(dice: Dice, payer: Payer, cause: str, wording: str) -> str:
    share = {"not_covered": HABITS.shifted_percent}.get(cause, 0)
    if cause in CURABLE_TO_PATIENT:
        share = HABITS.curable_to_patient_percent
    if wording == "patient" or (not wording and dice.percent(share)):
        return "PR"
    if cause in ("duplicate", "coordination_of_benefits"):
        return "OA"
    return "PI" if payer.claim_indicator in ("CI", "HM") and dice.percent(10) else "CO"


@cache
def codes_of(cause: str) -> tuple[str, ...]:
    """Current CARCs that mean this cause by themselves.

    Example:
        >>> codes_of("timely_filing")
        ('29', 'B4')
    """
    if cause == "unknown_code":
        return (UNKNOWN_CARC,)
    table = codes.load("carc")
    rows = table[
        (table["status"] == "current") & (table["kind"] == "denial") & (table["category"] == cause)
    ]
    return tuple(rows["code"])


@cache
def deciding_remarks(cause: str) -> tuple[str, ...]:
    """Current remarks, no alerts, that give a generic code this cause.

    Example:
        >>> "M119" in deciding_remarks("ndc")
        True
    """
    table = codes.load("rarc")
    rows = table[
        (table["status"] == "current")
        & (table["category"] == cause)
        & ~table["action_flag"].str.contains("alert")
    ]
    return tuple(rows["code"][:12])


@cache
def alerts() -> tuple[str, ...]:
    """Remarks that only inform and never decide.

    Example:
        >>> "MA01" in alerts()
        True
    """
    table = codes.load("rarc")
    rows = table[(table["status"] == "current") & table["action_flag"].str.contains("alert")]
    return tuple(rows["code"][:60])


@cache
def needing_remark() -> frozenset[str]:
    """CARCs that say little until a remark is read."""
    table = codes.load("carc")
    return frozenset(table["code"][table["notes"].str.contains("needs_rarc")])


@cache
def billing_patient() -> frozenset[str]:
    """Denial CARCs whose next step is the patient's bill."""
    table = codes.load("carc")
    rows = table[(table["kind"] == "denial") & (table["recovery_action"] == "bill_patient")]
    return frozenset(rows["code"])
