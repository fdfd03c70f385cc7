"""The order of work as the page and the workbook show it."""

from __future__ import annotations

from typing import Any

import pandas as pd

from j2311_analytics.errors import count_of
from j2311_analytics.report.grids import Grid, grid, records
from j2311_analytics.report.listing import Field, Listing, fields_of
from j2311_analytics.report.notes import CLOSED, NO_SERVICE, OPEN
from j2311_analytics.report.words import cause_text, cents_text
from j2311_analytics.report.work import Work

MOST_GROUPS = 8
# Name in the table, title, width, and how it is shown where its kind does not say it.
ACTION = (
    ("rank", "Rank", 6, ""),
    ("claim_id", "Claim id", 16, ""),
    ("line_control", "Line control", 16, ""),
    ("payer", "Payer", 38, ""),
    ("cause", "Cause", 24, "words"),
    ("hcpcs", "Code", 8, ""),
    ("service_from", "Service date", 12, ""),
    ("age_days", "Age, days", 8, ""),
    ("open_amount", "Open", 13, ""),
    ("denied_expected", "Expected value refused", 13, ""),
    ("recovery_probability", "Chance", 9, "percent"),
    ("recoverable_amount", "Recoverable", 13, ""),
    ("recoverable_low", "Range, low", 12, ""),
    ("recoverable_high", "Range, high", 12, ""),
    ("cost_to_work", "Cost to work", 12, ""),
    ("net_value", "Net value", 13, ""),
    ("deadline_kind", "Window", 28, "long"),
    ("deadline", "Deadline", 12, ""),
    ("days_left", "Days left", 8, ""),
    ("action", "Next step", 44, "long"),
    ("verdict", "Claim's own data", 18, "words"),
    ("documents", "To gather", 44, "long"),
    ("root", "What it shares", 30, "long"),
    ("group_lines", "Lines that share it", 10, ""),
    ("in_hours", "In the hours", 9, ""),
)
TO_FILL_IN = (
    ("owner", "Owner", 14),
    ("status", "Status", 14),
    ("outcome", "Outcome", 16),
    ("note", "Note", 32),
)
GROUPS = (
    ("words", "Lines, what they share, recoverable", 52, "long"),
    ("payer", "Payer", 38, ""),
    ("cause", "Cause", 24, "words"),
    ("lines", "Lines", 9, ""),
    ("open_amount", "Open", 15, ""),
    ("recoverable_amount", "Recoverable", 15, ""),
    ("recoverable_low", "Range, low", 12, ""),
    ("recoverable_high", "Range, high", 12, ""),
    ("cost_to_work", "Cost to work", 13, ""),
    ("net_value", "Net value", 15, ""),
    ("minutes", "Minutes", 9, ""),
    ("deadline", "First deadline", 12, ""),
    ("action", "Next step", 44, "long"),
    ("documents", "To gather", 44, "long"),
)
KEPT = (
    ("claim_id", "Claim id", 16, ""),
    ("line_control", "Line control", 16, ""),
    ("hcpcs", "Code", 8, ""),
    ("service_from", "Service date", 12, ""),
    ("found", "Service", 14, ""),
    ("owner", "Owner", 14, "long"),
    ("status", "Status", 14, "long"),
    ("outcome", "Outcome", 16, "long"),
    ("note", "Note", 60, "long"),
)


def plan_words(work: Work) -> str:
    """What the hours bring, in two sentences; empty without hours.

    Example:
        >>> from j2311_analytics.report.work import plan_work
        >>> from j2311_analytics.tables import empty
        >>> plan_words(plan_work(empty("recoverable"), empty("episodes"), hours=40))[:34]
        'In 40 hours, work the 0 denials th'
    """
    plan = work.plan
    if plan is None:
        return ""
    exact = "" if plan.bound == plan.net_value else f" (at most {cents_text(plan.bound)})"
    return (
        f"In {plan.hours:g} hours, work the {count_of(len(plan.actions), 'denial')} that the "
        f"action list marks: {cents_text(plan.net_value)}{exact} can be expected after the cost "
        f"of working them, in {plan.hours_used:,.1f} hours. One more hour would bring "
        f"{cents_text(plan.next_hour)}."
    )


def groups_grid(work: Work) -> Grid:
    """Where one action fixes many, for the page.

    Example:
        >>> from j2311_analytics.report.work import plan_work
        >>> from j2311_analytics.tables import empty
        >>> groups_grid(plan_work(empty("recoverable"), empty("episodes"))).rows
        ()
    """
    many = work.groups[work.groups["lines"] > 1].head(MOST_GROUPS)
    rows = [
        (
            str(row["payer"]),
            cause_text(row["cause"]),
            str(row["words"]),
            cents_text(row["open_amount"]),
            cents_text(row["net_value"]),
            f"{row['minutes'] / 60:,.1f}",
        )
        for row in records(many)
    ]
    heads = ["Payer", "Cause", "What one action fixes", ">Still open", ">Net value", ">Hours"]
    return grid("Where one action fixes many", heads, rows)


def action_listing(work: Work, totals: dict[str, Any]) -> Listing:
    """The sheet Action list.

    Args:
        work: From `plan_work`.
        totals: Those of the metrics, for the last row.

    Returns:
        Its columns, rows and total.

    Example:
        >>> from j2311_analytics.report.work import plan_work
        >>> from j2311_analytics.tables import empty
        >>> work = plan_work(empty("recoverable"), empty("episodes"))
        >>> action_listing(work, {}).fields[-1].title
        'Note'
    """
    shown = [column for column in ACTION if work.plan is not None or column[0] != "in_hours"]
    fields = fields_of(shown, "actions")
    fields += [
        Field(name, title, width, "long", "Yours to fill in") for name, title, width in TO_FILL_IN
    ]
    summed = ["open_amount", "denied_expected", "recoverable_amount"]
    names = [*summed, "recoverable_low", "recoverable_high"]
    total = {name: totals[name] for name in names if name in totals}
    return Listing(fields, work.actions.sort_values("rank"), {"claim_id": "Total", **total})


def group_listings(work: Work) -> list[Listing]:
    """The sheet Work groups: the hours, and what one action fixes.

    Example:
        >>> from j2311_analytics.report.work import plan_work
        >>> from j2311_analytics.tables import empty
        >>> work = plan_work(empty("recoverable"), empty("episodes"))
        >>> [listing.title for listing in group_listings(work)]
        ['Where one action fixes many']
    """
    groups = Listing(
        fields_of(GROUPS, "work_groups"), work.groups, title="Where one action fixes many"
    )
    if work.plan is None:
        return [groups]
    plan = work.plan
    rows = [
        ("Hours there are", plan.hours, "number"),
        ("Hours that the marked denials take", plan.hours_used, "number"),
        ("Denials marked", len(plan.actions), "count"),
        ("What they bring, less the cost of working them", plan.net_value, "money"),
        ("No other choice brings more than", plan.bound, "money"),
        ("One more hour would bring", plan.next_hour, "money"),
    ]
    fields = [Field("what", "The hours", 52), Field("amount", "Value", 38, "by_row")]
    table = pd.DataFrame(rows, columns=["what", "amount", "kind"])
    return [Listing(fields, table, title="The best use of the hours"), groups]


def kept_listing(work: Work) -> Listing:
    """The sheet Notes kept: notes whose row is no longer in the action list.

    Example:
        >>> from j2311_analytics.report.work import plan_work
        >>> from j2311_analytics.tables import empty
        >>> kept_listing(plan_work(empty("recoverable"), empty("episodes"))).rows.empty
        True
    """
    kept = work.notes[work.notes["found"] != OPEN]
    words = {CLOSED: "no longer open", NO_SERVICE: "not found"}
    return Listing(fields_of(KEPT, "notes"), kept.assign(found=kept["found"].map(words)))
