"""The history of denials as spells: from a refusal to what ended it, or to today."""

from __future__ import annotations

import pandas as pd

from j2311_analytics.assumptions import Assumptions
from j2311_analytics.revenue.deadlines import next_deadline
from j2311_analytics.revenue.expected import payer_of

OPEN_STATES = ("open", "partly_recovered")
LOST_STATES = ("written_off", "patient_responsibility", "expired")
UNKNOWN_CAUSE = "unknown_code"


def spells(
    episodes: pd.DataFrame, as_of: pd.Timestamp, assumptions: Assumptions = Assumptions()
) -> pd.DataFrame:
    """Every time that a denial stood open, as survival analysis needs it.

    A denial that is refused again starts a second spell with a clock of its own. A
    partial recovery ends the first one as recovered for the share that came, and as
    refused again for the rest.

    Args:
        episodes: Table `episodes`, nothing later than `as_of`.
        as_of: The day on which open ones are cut off.
        assumptions: How far history goes back, how fast it loses weight, and contract
            windows, which end denials.

    Returns:
        payer, cause, verdict, again (flag: refused before), entry (days from the
        refusal to the start of the history used: left truncation), exit (days to its
        end or to `as_of`), event (recovered, again, written_off, patient_responsibility,
        expired, or "" while open), share (part of the refused amount that came at a
        recovery), weight (of recent history 1, less for older).

    Example:
        >>> from j2311_analytics.tables import empty
        >>> spells(empty("episodes"), pd.Timestamp("2026-10-31")).empty
        True
    """
    denied = episodes[episodes["first_denied_on"].notna() & (episodes["first_denied_on"] <= as_of)]
    first_on, part = denied["first_denied_on"], denied["state"] == "partly_recovered"
    last = denied["last_denied_on"].fillna(first_on)
    last = last.mask(part & (last <= first_on), denied["last_activity_on"])
    again = last > first_on
    ended_on = denied["resolved_on"].fillna(denied["last_activity_on"])
    over = _expired_on(denied, as_of, assumptions)
    event = _end(denied, part).mask(over.notna(), "expired")
    end = over.fillna(ended_on).where(event != "", as_of)
    common = pd.DataFrame(
        {
            "payer": payer_of(denied),
            "cause": denied["cause"].fillna(UNKNOWN_CAUSE),
            "verdict": denied["verdict"].fillna(""),
        }
    )
    first = common.assign(
        again=False,
        start=first_on,
        end=last.where(again, end),
        event=event.mask(again, "again").mask(part, "recovered"),
        share=_share(denied, part),
    )
    second = common.assign(again=True, start=last, end=end, event=event, share=1.0)[again | part]
    found = pd.concat([first, second], ignore_index=True)
    return _observed(found, as_of, assumptions)


def _expired_on(denied: pd.DataFrame, as_of: pd.Timestamp, assumptions: Assumptions) -> pd.Series:
    """The day after the contract window that ended an open denial; missing for others."""
    nothing = pd.Series(pd.NaT, index=denied.index, dtype="datetime64[us]")
    waiting = denied[denied["state"].isin(OPEN_STATES)]
    if waiting.empty or not assumptions.window_overrides:
        return nothing
    found = next_deadline(waiting, as_of, assumptions)
    day = (found["deadline"] + pd.Timedelta(days=1)).where(found["expired"])
    return day.reindex(denied.index)


def _end(denied: pd.DataFrame, part: pd.Series) -> pd.Series:
    lost = denied["state"].isin(LOST_STATES)
    came = (denied["recovered_amount"] > 0) & ~part & ~lost
    return denied["state"].where(lost, "").mask(came, "recovered")


def _share(denied: pd.DataFrame, part: pd.Series) -> pd.Series:
    """Of the amount first refused, the part no longer refused."""
    left = denied["denied_amount"] / denied["initial_denied_amount"].where(
        denied["initial_denied_amount"] > 0
    )
    return (1 - left).clip(0.0, 1.0).where(part, 1.0).fillna(1.0)


def _observed(found: pd.DataFrame, as_of: pd.Timestamp, assumptions: Assumptions) -> pd.DataFrame:
    start_of_history = as_of - pd.Timedelta(days=assumptions.history_days)
    # A spell that ends on its first day was open during that day.
    leave = (found["end"] - found["start"]).dt.days.clip(lower=1)
    enter = (start_of_history - found["start"]).dt.days.clip(lower=0)
    age = (as_of - found["start"]).dt.days.clip(lower=0)
    table = found.assign(
        entry=enter.astype("float64"),
        exit=leave.astype("float64"),
        weight=0.5 ** (age / assumptions.half_life_days),
    )
    table = table[table["exit"] > table["entry"]]
    names = ["payer", "cause", "verdict", "again", "entry", "exit", "event", "share", "weight"]
    # Sums of floating numbers must not depend on the order of the rows that came in.
    return table[names].sort_values(names, kind="stable").reset_index(drop=True)
