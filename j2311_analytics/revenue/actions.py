"""The order of work: what to do first, what one action fixes, and what hours are worth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from j2311_analytics import codes
from j2311_analytics.assumptions import Assumptions
from j2311_analytics.errors import count_of
from j2311_analytics.revenue.deadlines import APPEAL, SECOND
from j2311_analytics.revenue.expected import payer_of
from j2311_analytics.revenue.knapsack import Choice, Group, choose
from j2311_analytics.revenue.pooling import levels
from j2311_analytics.revenue.ranges import predictive_range, predictive_ranges
from j2311_analytics.tables import cents, conform, dollars

KEYS = ["claim_id", "line_control", "hcpcs", "service_from"]
FILLED_IN = ["owner", "status", "outcome", "note"]
_ROOT_WORDS = {
    "hcpcs": " for {}",
    "rendering_npi": " of provider {}",
    "place_of_service": " at place of service {}",
}


@dataclass(frozen=True)
class WorkPlan:
    """The best use of some hours.

    Args:
        actions: Table `actions`, the chosen denials only.
        hours: Hours there are.
        hours_used: Hours that the chosen ones take.
        net_value: What they bring, less the cost of working them, in dollars.
        bound: No other choice brings more than this, in dollars.
        next_hour: What one more hour would bring, in dollars.
        low: Lower end of the predictive range of `net_value`, in dollars.
        high: Upper end of it.

    Example:
        >>> from j2311_analytics.tables import empty
        >>> WorkPlan(empty("actions"), 40.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0).net_value
        0.0
    """

    actions: pd.DataFrame
    hours: float
    hours_used: float
    net_value: float
    bound: float
    next_hour: float
    low: float
    high: float


def action_list(
    recoverable: pd.DataFrame,
    *,
    hours: float | None = None,
    notes: pd.DataFrame | None = None,
    assumptions: Assumptions = Assumptions(),
) -> pd.DataFrame:
    """The open denials in order of work, with the next step and what to gather for it.

    Denials of one payer, cause and root (`codes/cause_work.csv`), on the same route,
    form a group: what has to be found out is found out once.

    Args:
        recoverable: Table `recoverable`.
        hours: Hours there are; `in_hours` then marks the set that brings most.
        notes: Table `notes`, as `read_notes` gives it: what analysts wrote.
        assumptions: Minutes and costs of working.

    Returns:
        Table `actions`, in the order of `recoverable`: the best net value first.

    Raises:
        ValueError: if `hours` is below zero.

    Example:
        >>> from j2311_analytics.tables import empty
        >>> action_list(empty("recoverable"), hours=40).empty
        True
    """
    table = recoverable.assign(**_roots(recoverable))
    each = table["route"].isin([APPEAL, SECOND])
    table["minutes"] = np.where(each, assumptions.minutes_to_appeal, assumptions.minutes_to_correct)
    table["set_up_minutes"] = assumptions.minutes_to_set_up
    documents = codes.lookup("cause_work", "cause", "documents")
    table["documents"] = table["cause"].map(documents).astype("str")
    table["group_lines"] = table.groupby("group")["group"].transform("size").astype("int64")
    table["in_hours"] = False
    if hours is not None:
        chosen = _chosen(table, _choice(table, hours))
        table["in_hours"] = table["episode"].isin(chosen["episode"])
    table = table.assign(**dict.fromkeys(FILLED_IN))
    if notes is not None and len(notes):
        table = _with_notes(table, notes)
    return conform(table, "actions")


def best_hours(
    recoverable: pd.DataFrame, *, hours: float = 40.0, assumptions: Assumptions = Assumptions()
) -> WorkPlan:
    """Choose the denials whose work brings most in limited hours.

    A 0/1 knapsack over recoverable dollars less the cost to work, exact where it
    is not too large, where the first line of a group also takes its set-up.

    Args:
        recoverable: Table `recoverable`.
        hours: Hours there are.
        assumptions: Minutes and costs of working.

    Returns:
        The chosen denials, what they bring, a bound that nothing exceeds, and the
        value of one more hour.

    Raises:
        ValueError: if `hours` is below zero.

    Example:
        >>> from j2311_analytics.tables import empty
        >>> best_hours(empty("recoverable"), hours=40).net_value
        0.0
    """
    table = action_list(recoverable, assumptions=assumptions)
    choice = _choice(table, hours)
    chosen = _chosen(table, choice).assign(in_hours=True)
    once = chosen.drop_duplicates("group")["set_up_minutes"].sum()
    cost = float(cents(chosen["recoverable_amount"]).sum() - choice.value) / 100
    low, high = predictive_range(chosen, assumptions)
    return WorkPlan(
        actions=conform(chosen.sort_values("rank"), "actions"),
        hours=float(hours),
        hours_used=float(chosen["minutes"].sum() + once) / 60,
        net_value=choice.value / 100,
        bound=choice.bound / 100,
        next_hour=(choice.value_with_more - choice.value) / 100,
        low=round(low - cost, 2),
        high=round(high - cost, 2),
    )


def work_groups(actions: pd.DataFrame, *, assumptions: Assumptions = Assumptions()) -> pd.DataFrame:
    """Sum the action list by what one action fixes, the most worthwhile first.

    Args:
        actions: Table `actions`, or some of its rows.
        assumptions: Level of the range of each sum, number of draws and seed.

    Returns:
        Table `work_groups`, expired denials left out. The set-up counts once, so that
        `net_value` of a group is more than the sum of its lines'.

    Example:
        >>> from j2311_analytics.tables import empty
        >>> work_groups(empty("actions")).empty
        True
    """
    actions = actions[actions["state"] != "expired"]
    rows = actions.assign(**_parts(actions)).sort_values("rank", kind="stable")
    for name in ("open_amount", "recoverable_amount"):
        rows[name] = cents(rows[name])
    grouped = rows.groupby("group", sort=False)
    first = ["payer", "payer_id", "cause", "route", "root", "documents", "set_up_minutes"]
    table = grouped[[*first, "action", "set_up_cost"]].first()
    sums = ["open_amount", "recoverable_amount", "minutes", "line_cost"]
    table = table.join(grouped[sums].sum()).join(grouped.size().rename("lines"))
    table["deadline"] = grouped["deadline"].min()
    table["minutes"] += table["set_up_minutes"]
    cost = table["line_cost"] + table["set_up_cost"]
    table["net_value"] = dollars(table["recoverable_amount"] - cost)
    table["cost_to_work"] = dollars(cost)
    for name in ("open_amount", "recoverable_amount"):
        table[name] = dollars(table[name])
    table["words"] = _group_words(table)
    table["recoverable_low"], table["recoverable_high"] = _ranges(rows, table, assumptions)
    table = table.reset_index().sort_values(
        ["net_value", "group"], ascending=[False, True], kind="stable"
    )
    return conform(table, "work_groups")


def _roots(table: pd.DataFrame) -> dict[str, pd.Series]:
    """What the denials of a payer and cause share, in words and as a key."""
    by = table["cause"].map(codes.lookup("cause_work", "cause", "root_by")).fillna("claim")
    words = table["cause"].map(codes.lookup("cause_work", "cause", "root")).fillna("refusal")
    value = table["claim_id"].where(by == "claim", "").fillna("")
    for name, form in _ROOT_WORDS.items():
        here = by == name
        known = table[name].astype("str").fillna("not named")
        value = value.mask(here, known)
        words = words.mask(here, words + known.map(form.format))
    parts = [payer_of(table), table["cause"].fillna(""), table["route"].fillna(""), value]
    key = parts[0].astype("str")
    for part in parts[1:]:
        key = key + " | " + part.astype("str")
    return {"root": words.astype("str"), "group": key}


def _parts(table: pd.DataFrame) -> dict[str, pd.Series]:
    """The cost of a lone denial, in cents, split as its minutes are."""
    share = table["set_up_minutes"] / (table["set_up_minutes"] + table["minutes"])
    cost = cents(table["cost_to_work"])
    set_up = (cost * share).round().astype("int64")
    return {"set_up_cost": set_up, "line_cost": cost - set_up}


def _choice(table: pd.DataFrame, hours: float) -> Choice:
    if hours < 0:
        raise ValueError(f"hours must be 0 or more, such as 40; got {hours!r}")
    return choose(_knapsack_groups(table), int(hours * 60))


def _knapsack_groups(table: pd.DataFrame) -> list[Group]:
    rows = _ordered(table)
    firsts = rows.drop_duplicates("group")
    bounds = np.append(np.flatnonzero(~rows["group"].duplicated().to_numpy()), len(rows))
    values = rows["value"].to_numpy()
    heads = firsts[["set_up_minutes", "set_up_cost", "minutes"]].itertuples(index=False, name=None)
    return [
        Group(int(set_up), int(cost), int(minutes), values[start:end])
        for (set_up, cost, minutes), start, end in zip(heads, bounds[:-1], bounds[1:], strict=True)
    ]


def _ordered(table: pd.DataFrame) -> pd.DataFrame:
    """Groups one after the other, each with its most valuable line first."""
    rows = table.assign(**_parts(table))
    rows["value"] = cents(rows["recoverable_amount"]) - rows["line_cost"]
    # What a contract has ended is not work, whatever the rest of its group is.
    rows = rows[rows["state"] != "expired"]
    return rows.sort_values(["group", "value", "rank"], ascending=[True, False, True])


def _chosen(table: pd.DataFrame, choice: Choice) -> pd.DataFrame:
    rows = _ordered(table)
    place = rows.groupby("group").cumcount()
    wanted = pd.Series(choice.lines, index=rows["group"].unique(), dtype="int64")
    return rows[place < rows["group"].map(wanted).astype("int64")]


def _with_notes(table: pd.DataFrame, notes: pd.DataFrame) -> pd.DataFrame:
    latest = notes.dropna(subset=["episode"]).drop_duplicates("episode", keep="last")
    latest = latest.set_index("episode")[FILLED_IN]
    return table.drop(columns=FILLED_IN).join(latest, on="episode")


def _ranges(
    rows: pd.DataFrame, groups: pd.DataFrame, assumptions: Assumptions
) -> tuple[pd.Series, pd.Series]:
    """The range of each group's sum; of a lone denial its own."""
    place = levels(rows["group"], groups.index)
    many = (groups["lines"] > 1).to_numpy()[place]
    ends = predictive_ranges(rows[many], place[many], len(groups), assumptions)
    alone = rows[~many].set_index("group")
    names = ("recoverable_low", "recoverable_high")
    low, high = (
        alone[name].reindex(groups.index).fillna(pd.Series(end, index=groups.index))
        for name, end in zip(names, ends, strict=True)
    )
    return low, high


def _group_words(table: pd.DataFrame) -> pd.Series:
    count, amount = table["lines"].astype("int64"), table["recoverable_amount"].astype("float64")
    lines = count.map(lambda number: count_of(number, "line")).astype("str") + ", one "
    return lines + table["root"].astype("str") + ", " + amount.map("${:,.0f}".format).astype("str")
