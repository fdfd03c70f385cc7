"""Windows for filing, correcting and appealing, and the next step in words.

A contract's own window wins (windows.csv). Built-in windows are planning values by
class of payer (`codes/payer_windows.csv`): they warn and sort, and never take a
dollar away.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.tseries.holiday import USFederalHolidayCalendar

from j2311_analytics import codes
from j2311_analytics.assumptions import Assumptions
from j2311_analytics.denials.next_action import WAIT, action_after, record_first
from j2311_analytics.denials.verdicts import CORRECT, PAYER
from j2311_analytics.tables import conform

CORRECTION, APPEAL, SECOND = "corrected claim", "appeal", "second appeal"
PENDING, NO_WINDOW = "appeal sent", "no window"
CONTRACT, REGULATION = "contract", "regulation"
PLANNED = "planning value, unconfirmed"
_PASSED = "; the {} has passed, check the contract"
# What the claim itself says goes before the deadline: a wrong appeal costs more than none.
_VERDICTS = {
    "supports_appeal": "; the claim as sent supports an appeal",
    "supports_correction": "; the claim as sent asks for a correction",
    "payer_is_right": "; the claim as sent agrees with the payer",
}


@dataclass(frozen=True)
class _Window:
    """One sort of window: its name, its days, what it is counted from, and what steps in."""

    name: str
    days: str
    counts_from: str
    else_days: str = ""


# A corrected claim counts as filing where no window of its own is stated.
_WINDOWS = (
    _Window("filing", "filing_days", "service_from"),
    _Window(CORRECTION, "corrected_claim_days", "service_from", "filing_days"),
    _Window(APPEAL, "appeal_days", "denied_on"),
    _Window(SECOND, "second_level_days", "appeal_decided_on"),
)


def deadlines(episodes: pd.DataFrame, *, assumptions: Assumptions = Assumptions()) -> pd.DataFrame:
    """Every window of each service: what it is counted from, and its last day.

    Filing and corrected claims are counted from the service date, an appeal from the
    date of the denial in force, a second appeal from the decision on the first.
    `mail_days` are taken off, and a day without mail is moved as `weekend_rule` says.

    Args:
        episodes: Table `episodes`, or some of its rows.
        assumptions: Contract windows, mail days, weekend rule, as-of date.

    Returns:
        Table `deadlines`: one row per service and window that is known and has
        started.

    Example:
        >>> from j2311_analytics.tables import empty
        >>> deadlines(empty("episodes")).empty
        True
    """
    as_of = pd.Timestamp(assumptions.as_of or episodes["last_activity_on"].max())
    wide = _all_windows(episodes, assumptions)
    parts = []
    for window in _WINDOWS:
        part = episodes[["episode", "claim_id", "payer", "payer_id"]].assign(
            window=window.name,
            counts_from=window.counts_from.replace("_", " "),
            starts_on=wide[f"{window.name} starts_on"],
            days=wide[f"{window.name} days"].astype("Int64"),
            deadline=wide[f"{window.name} deadline"],
            source=wide[f"{window.name} source"],
        )
        parts.append(part.dropna(subset=["deadline"]))
    found = pd.concat(parts)
    found["days_left"] = (found["deadline"] - as_of).dt.days.astype("Int64")
    found["confirmed"] = found["source"] != PLANNED
    return conform(found.sort_values(["episode", "deadline"], kind="stable"), "deadlines")


def next_deadline(
    table: pd.DataFrame, as_of: pd.Timestamp, assumptions: Assumptions
) -> pd.DataFrame:
    """The window that each open denial runs against, and whether a contract has ended it.

    A denial whose window for corrections has passed can still be appealed. It is
    expired only where the contract's own window for its route has passed, nothing
    else is open, and neither a resubmission nor an appeal is on record.

    Args:
        table: Open episodes with action (a code), dates, submissions and appeals.
        as_of: The day from which days are counted.
        assumptions: Contract windows, mail days and weekend rule.

    Returns:
        Indexed like `table`: route, deadline_kind, deadline (date), days_left (days,
        negative where it has passed; missing where no window is known), corrections_passed
        (flag: the denial is to be appealed because its correction is late), expired (flag).

    Example:
        >>> from j2311_analytics.tables import empty
        >>> next_deadline(empty("episodes"), pd.Timestamp("2026-10-31"), Assumptions()).empty
        True
    """
    wide = _all_windows(table, assumptions)
    own = _own_route(table)
    correction_over = wide[f"{CORRECTION} deadline"] < as_of
    appeal_open = wide[f"{APPEAL} deadline"] >= as_of
    late = (own == CORRECTION) & correction_over & appeal_open & ~_never_appealed(table)
    route = own.mask(late, APPEAL)
    deadline = _pick(wide, route, "deadline").astype("datetime64[us]")
    source = _pick(wide, route, "source").astype("str")
    passed = deadline < as_of
    over = passed & (source == CONTRACT) & route.isin([CORRECTION, APPEAL])
    untouched = (table["submissions"] <= 1) & table["appeal_sent_on"].isna()
    untouched &= table["appeal_decided_on"].isna()
    kind = (route + " (" + source + ")").where(deadline.notna(), route)
    return pd.DataFrame(
        {
            "route": route,
            "deadline_kind": kind,
            "deadline": deadline,
            "days_left": (deadline - as_of).dt.days.astype("Int64"),
            "corrections_passed": late,
            "expired": over & untouched,
        },
        index=table.index,
    )


def next_step(table: pd.DataFrame) -> pd.Series:
    """The next step in words; a passed planning window is named, never final.

    Args:
        table: Open episodes with action, route, days_left, corrections_passed, expired
            and appeal_sent_on; where a `verdict` on the claim's own data is known, with
            cause, the step follows it: no appeal where that asks for a correction or
            agrees with the payer, and the record to get first where records decide.

    Returns:
        One sentence per row.

    Example:
        >>> rows = pd.DataFrame({"action": ["send_records"], "route": ["appeal"],
        ...     "deadline_kind": ["appeal (contract)"], "days_left": [9],
        ...     "corrections_passed": [False], "expired": [False], "appeal_sent_on": [pd.NaT]})
        >>> next_step(rows).tolist()
        ['Send the records that the payer asks for.']
    """
    words = codes.lookup("action_step", "action", "next_step")
    step = _asked(table).map(words).astype("str").fillna(words["investigate"])
    step = step.mask(table["corrections_passed"], words["appeal_with_records"])
    step = step.mask(table["route"] == SECOND, "Appeal again, at the next level")
    sent = pd.to_datetime(table["appeal_sent_on"]).dt.strftime("%Y-%m-%d")
    step = step.mask(table["route"] == PENDING, "Ask about the appeal sent on " + sent)
    if "verdict" in table:
        step += table["verdict"].map(_VERDICTS).astype("str").fillna("")
        first = record_first(table["cause"], table["verdict"])
        first = first.where(~table["route"].isin([PENDING]) & (table["action"] != WAIT))
        then = step.str[:1].str.lower() + step.str[1:]
        step = ("Get " + first + " first, then " + then).fillna(step)
    passed = (table["days_left"] < 0).fillna(False).astype(bool)
    step = step.mask(passed, step + _PASSED.format("planning window"))
    late = ~passed & table["corrections_passed"]
    step = step.mask(late, step + _PASSED.format("window for corrected claims"))
    return step.mask(table["expired"], "Write off: the contract's window has passed") + "."


def _asked(table: pd.DataFrame) -> pd.Series:
    """What the denial's code asks for, once the verdict has had its word."""
    if "verdict" not in table:
        return table["action"]
    return action_after(table["action"], table["verdict"])


def _never_appealed(table: pd.DataFrame) -> pd.Series:
    if "verdict" not in table:
        return pd.Series(False, index=table.index)
    return table["verdict"].isin([CORRECT, PAYER])


def _own_route(table: pd.DataFrame) -> pd.Series:
    """What the denial's action runs against; an appeal on record goes before it."""
    routes = codes.lookup("action_step", "action", "route")
    route = _asked(table).map(routes).astype("str").fillna("correction")
    route = route.map({"correction": CORRECTION, "appeal": APPEAL}).fillna(NO_WINDOW)
    sent, decided = table["appeal_sent_on"], table["appeal_decided_on"]
    # A denial dated after the answer to the appeal is a new one, with a window of its own.
    answered = decided.notna() & ~(table["denied_on"] > decided)
    second = answered & table["appeal_level"].astype("str").str.contains(
        "2|sec", case=False
    ).fillna(False).astype(bool)
    route = route.mask(answered & (route == APPEAL), SECOND).mask(second, NO_WINDOW)
    return route.mask(sent.notna() & decided.isna(), PENDING)


def _pick(wide: pd.DataFrame, route: pd.Series, what: str) -> pd.Series:
    """The value that belongs to each row's own window; missing where it has none."""
    found = pd.Series(None, index=route.index, dtype="object")
    for window in _WINDOWS:
        found = found.mask(route == window.name, wide[f"{window.name} {what}"])
    return found


def _all_windows(table: pd.DataFrame, assumptions: Assumptions) -> pd.DataFrame:
    """Start, days, last day and source of every window, side by side."""
    planned = _planned(table)
    stated = _stated(table, assumptions)
    table = table.assign(denied_on=table["denied_on"].fillna(table["last_activity_on"]))
    found: dict[str, pd.Series] = {}
    for window in _WINDOWS:
        days, source = _days(planned, stated, window)
        start = table[window.counts_from]
        length = pd.to_timedelta(days - assumptions.mail_days, unit="D")
        found[f"{window.name} starts_on"] = start
        found[f"{window.name} days"] = days
        found[f"{window.name} source"] = source
        found[f"{window.name} deadline"] = _on_a_working_day(
            (start + length).dt.normalize(), assumptions.weekend_rule
        )
    return pd.DataFrame(found, index=table.index)


def _days(
    planned: pd.DataFrame, stated: pd.DataFrame, window: _Window
) -> tuple[pd.Series, pd.Series]:
    days = stated[window.days]
    if window.else_days:
        days = days.fillna(stated[window.else_days].where(planned[window.days].isna()))
    source = days.notna().map({True: CONTRACT, False: PLANNED})
    known = planned["confirmed"] == "yes"
    source = source.mask((source == PLANNED) & known, REGULATION)
    days = days.fillna(planned[window.days])
    if window.else_days:
        days = days.fillna(planned[window.else_days])
    return days.astype("float64"), source


def _planned(table: pd.DataFrame) -> pd.DataFrame:
    """Planning values of each row's class of payer."""
    windows = codes.load("payer_windows").set_index("payer_class")
    names = [window.days for window in _WINDOWS]
    windows[names] = windows[names].apply(pd.to_numeric, errors="coerce")
    known = table["payer_class"].where(table["payer_class"].isin(windows.index), "unknown")
    return windows[[*names, "confirmed"]].reindex(known).set_axis(table.index)


def _stated(table: pd.DataFrame, assumptions: Assumptions) -> pd.DataFrame:
    """Windows that the contract with each row's payer states."""
    names = [window.days for window in _WINDOWS]
    stated = pd.DataFrame(np.nan, index=table.index, columns=names)
    for rule in assumptions.window_overrides:
        for name in names:
            if getattr(rule, name) is not None:
                stated.loc[table["payer_id"] == rule.payer_id, name] = getattr(rule, name)
    return stated


def _on_a_working_day(days: pd.Series, rule: str) -> pd.Series:
    """Move days on a weekend or a federal holiday to a working day before or after."""
    known = days.dropna()
    if rule == "none" or known.empty:
        return days
    holidays = USFederalHolidayCalendar().holidays(
        known.min() - pd.Timedelta(days=9), known.max() + pd.Timedelta(days=9)
    )
    moved: NDArray[np.datetime64] = np.busday_offset(
        known.to_numpy().astype("datetime64[D]"),
        np.int64(0),
        roll="forward" if rule == "after" else "backward",
        holidays=[day.date() for day in holidays],
    )
    return pd.Series(moved.astype("datetime64[us]"), index=known.index).reindex(days.index)
