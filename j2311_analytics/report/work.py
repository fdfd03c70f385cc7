"""The order of work: the action list with its notes, its groups and the hours."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from j2311_analytics.assumptions import Assumptions
from j2311_analytics.report.notes import CLOSED, NO_SERVICE, match_notes
from j2311_analytics.revenue.actions import WorkPlan, action_list, best_hours, work_groups
from j2311_analytics.tables import columns, empty


@dataclass(frozen=True)
class Work:
    """What there is to work, and how far it is.

    Args:
        actions: Table `actions`, with what analysts wrote.
        groups: Table `work_groups`.
        notes: Table `notes` of the run before, each with its service.
        plan: The best use of the hours that were given; None without hours.

    Example:
        >>> Work.__dataclass_params__.frozen
        True
    """

    actions: pd.DataFrame
    groups: pd.DataFrame
    notes: pd.DataFrame
    plan: WorkPlan | None


def plan_work(
    recoverable: pd.DataFrame,
    episodes: pd.DataFrame,
    *,
    hours: float | None = None,
    notes: pd.DataFrame | None = None,
    assumptions: Assumptions = Assumptions(),
) -> Work:
    """Put the open denials in order, with the notes of the run before.

    Args:
        recoverable: Table `recoverable`, focus only.
        episodes: Table `episodes`, in which notes find their service.
        hours: Hours there are to work.
        notes: What `read_notes` returned.
        assumptions: Minutes and costs of working.

    Returns:
        The action list, its groups, the notes and the plan for the hours.

    Example:
        >>> from j2311_analytics.tables import empty
        >>> plan_work(empty("recoverable"), empty("episodes"), hours=40).plan.hours
        40.0
    """
    found = match_notes(empty("notes") if notes is None else notes, episodes)
    actions = action_list(recoverable, hours=hours, notes=found, assumptions=assumptions)
    listed = found["episode"].isin(actions["episode"]) | (found["found"] == NO_SERVICE)
    # A service open under a code that this report is not about keeps its note too.
    found["found"] = found["found"].where(listed, CLOSED)
    plan = None
    if hours is not None:
        plan = best_hours(recoverable, hours=hours, assumptions=assumptions)
    return Work(actions, work_groups(actions, assumptions=assumptions), found, plan)


def lost_notes(work: Work) -> pd.DataFrame:
    """Notes that match no service, for the list of exceptions.

    Returns:
        Table `issues`, without what the notes say.

    Example:
        >>> from j2311_analytics.tables import empty
        >>> lost_notes(plan_work(empty("recoverable"), empty("episodes"))).empty
        True
    """
    lost = work.notes[work.notes["found"] == NO_SERVICE]
    claim = lost["claim_id"].astype("str").fillna("without an id")
    table = pd.DataFrame(
        {
            "file": lost["file"],
            "segment": lost["row"].astype("Int64"),
            "segment_id": "row",
            "severity": "warning",
            "problem": "note_without_service",
            "message": "the note on claim " + claim + " matches no service; kept in Notes kept",
        }
    )
    return table.reindex(columns=columns("issues"))
