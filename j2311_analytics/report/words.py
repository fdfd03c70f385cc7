"""Words and figures as the page and the workbook write them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from j2311_analytics.assumptions import Assumptions
from j2311_analytics.errors import count_of
from j2311_analytics.matching.reconcile import Reconciliation
from j2311_analytics.report.palette import cause_label, percent_label
from j2311_analytics.tables import cents

MEASURES = {
    "initial_denial_rate_lines": "Initial denial rate, services",
    "initial_denial_rate_dollars": "Initial denial rate, dollars",
    "primary_denial_rate": "Primary denial rate, last 28 days",
    "first_pass_yield": "First-pass yield",
    "clean_claim_rate": "Clean claim rate",
    "overturn_rate_lines": "Denials overturned, services",
    "overturn_rate_dollars": "Denials overturned, dollars",
    "denial_write_off_rate": "Denial write-offs against net revenue",
    "median_days_denial_to_appeal": "Days from denial to appeal",
    "median_days_denial_to_resolution": "Days from denial to resolution",
    "mean_days_denial_to_appeal": "Days from denial to appeal, mean",
    "mean_days_denial_to_resolution": "Days from denial to resolution, mean",
}
# Beside a measure stands only a published figure counted on the measure's own base.
SAME_BASE = {
    "initial_denial_rate_dollars": "initial_denial_rate_claim_value_kodiak_q3",
    "clean_claim_rate": "clean_claim_rate_target",
}
OTHER_BASE = {
    "initial_denial_rate_claims_kodiak": ("Initial denials", "claims"),
    "initial_denial_rate_private_payers_premier": ("Initial denials, private payers", "claims"),
    "initial_denial_rate_medicare_advantage_premier": (
        "Initial denials, Medicare Advantage",
        "claims",
    ),
    "initial_denial_rate_managed_medicaid_premier": ("Initial denials, managed Medicaid", "claims"),
    "in_network_denial_rate_marketplace_kff": ("Denials, marketplace plans", "in-network claims"),
    "denials_overturned_premier": ("Denials overturned", "denied claims"),
    "denials_recoverable_change_healthcare": ("Denials that can be recovered", "denials"),
    "days_per_review_round_low_premier": ("Length of a review, short", "review rounds"),
    "days_per_review_round_high_premier": ("Length of a review, long", "review rounds"),
}
CODE_WORDS = (
    "J2311 is often asked for as injectable naltrexone, 1 mg. In the CMS files J2311 named an "
    "injectable naloxone product, and it has ended; the code of the monthly depot injection of "
    "naltrexone is J2315.",
    "This report works on the code as it was billed and never relabels a claim. Where the drug "
    "number, units near 380, the diagnosis or the date on a claim speak against J2311, the code "
    "itself is a likely reason for the denial: check it before sending anything again.",
)
DASH = "–"


def definitions(assumptions: Assumptions) -> list[tuple[str, str]]:
    """What the report's words mean, each in two sentences.

    Args:
        assumptions: Gives the horizon and the level of ranges.

    Returns:
        Word and meaning, in the order of reading.

    Example:
        >>> definitions(Assumptions())[0][0]
        'Denied'
    """
    level = percent_label(assumptions.range_level)
    return [
        (
            "Denied",
            "What a payer refused with a reason code that is a denial; contract write-offs, the "
            "patient's own share and another payer's payment are not. A service counts once, "
            "under its latest denial, however often it was sent.",
        ),
        (
            "Still open",
            "Denied, and neither written off nor owed by the patient. It is in billed dollars, "
            "so it is more than a payer would pay.",
        ),
        (
            "Expected value refused",
            "What the payers would have allowed for the open services, from what they allowed "
            "before for the same code. What they have already allowed is taken off.",
        ),
        (
            "Recoverable",
            "Expected value refused times the chance that it comes within "
            f"{assumptions.horizon_days} days, given payer, cause and age. It counts the payer's "
            "payment and the patient share that comes with it.",
        ),
        (
            "Range",
            f"With a probability of {level} the sum that comes lies in it. Ranges of rows do not "
            "add up to the range of the total, because not all rows go well or badly at once.",
        ),
        (
            "Recovered",
            "What payers allowed after they had first denied a service. What a first, partial "
            "denial had already paid is not in it.",
        ),
    ]


def code_words(codes: Iterable[str]) -> tuple[str, ...]:
    """What to know about J2311, where a report is about it.

    Args:
        codes: Codes asked for or shown.

    Returns:
        Paragraphs; none where J2311 is not among the codes.

    Example:
        >>> code_words(["J2315"])
        ()
    """
    return CODE_WORDS if "J2311" in set(codes) else ()


def measure_name(kpi: str) -> str:
    """A measure's name as people read it.

    Args:
        kpi: Name in table `kpis`.

    Returns:
        Its words; for a name without words of its own, the name with spaces.

    Example:
        >>> measure_name("first_pass_yield"), measure_name("days_to_post")
        ('First-pass yield', 'Days to post')
    """
    return MEASURES.get(kpi, kpi.replace("_", " ").capitalize())


def measure_text(value: float, unit: str) -> str:
    """A measure's value as people read it.

    Args:
        value: Ratio, or days; may be missing.
        unit: "ratio", or the unit to write behind the number, such as "days".

    Returns:
        Percent with one decimal, or the number with its unit.

    Example:
        >>> measure_text(0.2027, "ratio"), measure_text(38.0, "days")
        ('20.3 %', '38 days')
    """
    if pd.isna(value):
        return DASH
    return percent_label(value, 1) if unit == "ratio" else count_of(round(value), unit[:-1])


def cents_text(amount: float) -> str:
    """Dollars to the cent.

    Args:
        amount: Dollars; may be missing.

    Returns:
        Such as "$1,234.50", with a minus sign where it is below zero.

    Example:
        >>> cents_text(-1234.5), cents_text(float("nan"))
        ('−$1,234.50', '–')
    """
    if pd.isna(amount):
        return DASH
    return f"{'−' if round(amount, 2) < 0 else ''}${abs(amount):,.2f}"


def dollars_text(amount: float) -> str:
    """Dollars without cents.

    Args:
        amount: Dollars; may be missing.

    Returns:
        Such as "$1,235".

    Example:
        >>> dollars_text(1234.56)
        '$1,235'
    """
    if pd.isna(amount):
        return DASH
    return f"{'−' if round(amount) < 0 else ''}${abs(amount):,.0f}"


def range_text(low: float, high: float) -> str:
    """A range of dollars without cents.

    Args:
        low: Lower end, dollars.
        high: Upper end, dollars.

    Returns:
        Both ends in words.

    Example:
        >>> range_text(0, 1476.71)
        '$0 to $1,477'
    """
    return f"{dollars_text(low)} to {dollars_text(high)}"


def cause_text(cause: Any) -> str:
    """A cause in words, also where there is none.

    Args:
        cause: Cause of a denial; may be missing.

    Returns:
        Its words.

    Example:
        >>> cause_text("prior_authorization"), cause_text(None)
        ('prior authorization', 'no cause')
    """
    return "no cause" if pd.isna(cause) or not cause else cause_label(str(cause))


def sentence(words: str) -> str:
    """Words with a capital at the start.

    Args:
        words: Any words.

    Returns:
        The same words; only the first letter changes.

    Example:
        >>> sentence("NDC missing"), sentence("still open")
        ('NDC missing', 'Still open')
    """
    return words[:1].upper() + words[1:]


def payer_names(names: pd.Series, ids: pd.Series) -> pd.Series:
    """Payers' names, with the id where two payers share one.

    Args:
        names: Names; may be missing or empty.
        ids: Payer ids, indexed alike.

    Returns:
        A name for each row.

    Example:
        >>> payer_names(pd.Series(["NORTH", "NORTH", None]), pd.Series(["1", "2", "3"])).tolist()
        ['NORTH (1)', 'NORTH (2)', 'payer not named']
    """
    names = names.astype("str").replace("", None).fillna("payer not named")
    ids = ids.astype("str").replace("", None).fillna("no id")
    shared = ids.groupby(names).transform("nunique") > 1
    return names.mask(shared, names + " (" + ids + ")")


def reconciliation_words(found: Reconciliation) -> str:
    """What the reconciliation comes to, in one sentence or two.

    Example:
        >>> from j2311_analytics import read_835, reconcile
        >>> reconciliation_words(reconcile(read_835(b"ST*835*1~BPR*I*0*C~SE*3*1~")))
        'Every dollar adjudicated is explained.'
    """
    if found.payments.empty:
        return "No remittance was read, so that nothing is tied to one."
    last = float(found.steps["amount"].iloc[-1])
    ties = "Every dollar adjudicated is explained."
    if last:
        ties = f"{cents_text(last)} adjudicated is unexplained."
    late = found.unanswered[found.unanswered["call_on"]]
    if found.unanswered.empty:
        return ties
    return (
        f"{ties} {count_of(len(found.unanswered), 'claim')} sent had no answer yet, "
        f"{len(late):,} of them for so long that the payer should be called "
        f"({cents_text(cents(late['charge']).sum() / 100)})."
    )
