"""What moved beyond chance: denial rates by payer and cause, since when, and new codes.

Each rate of the last months is compared with the months before by an exact test, so
that few cases raise no alarm and no pattern of months has to be assumed
(`rate_shifts`). Each move is dated by its most likely change point.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from j2311_analytics.assumptions import Assumptions
from j2311_analytics.report.decided import decided_services
from j2311_analytics.report.palette import cause_label, percent_label
from j2311_analytics.report.rate_shifts import ANY_CAUSE, rate_shifts
from j2311_analytics.tables import conform, empty

# Days at least a twentieth as likely as the best one are plausible too.
_NEAR = np.log(20)


def detect_changes(
    episodes: pd.DataFrame,
    denials: pd.DataFrame | None = None,
    *,
    assumptions: Assumptions = Assumptions(),
) -> pd.DataFrame:
    """Find which denial rates of the focus codes moved beyond chance, and since when.

    For each payer, and each payer and cause, the share of services first denied in the
    last 1, 2, 3 and 6 months is tested against all months before. Where nothing changed,
    the chance that a month raises any alarm at all, over all payers, causes and windows,
    is at most `false_alarm_rate`; a fall must be four times less likely than a rise to be
    told. How large a payer must be for a change to be seen is in docs/changes.md.

    Args:
        episodes: Table `episodes`; each service counts in the month of its first decision.
        denials: Table `denials`; with it, codes that a payer never gave before the
            last month are listed too.
        assumptions: Focus codes, as-of date and `false_alarm_rate`.

    Returns:
        Table `changes`: rates that moved, the surest first, then new codes. `since` is
        the most likely day of the change; from `since_low` to `since_high` lie the days
        that are at least a twentieth as likely. No row means that nothing moved beyond chance.

    Example:
        >>> from j2311_analytics.tables import empty
        >>> detect_changes(empty("episodes")).empty
        True
    """
    services = _services(episodes, assumptions)
    parts = [_moved(services, assumptions)] if len(services) else []
    if denials is not None:
        parts.append(_new_codes(denials, assumptions))
    parts = [part for part in parts if len(part)]
    return conform(pd.concat(parts, ignore_index=True), "changes") if parts else empty("changes")


def change_figures(changes: pd.DataFrame) -> list[dict[str, Any]]:
    """What moved, as metrics.json has it.

    Args:
        changes: From `detect_changes`.

    Returns:
        One row per rate that moved or new code; days as text, what is missing as None.

    Example:
        >>> from j2311_analytics.tables import empty
        >>> change_figures(empty("changes"))
        []
    """
    names = ["kind", "payer_id", "payer", "cause", "code", "direction", "rate_before"]
    names += ["rate_after", "since", "false_alarm", "words"]
    shown = changes[names].assign(since=changes["since"].dt.strftime("%Y-%m-%d"))
    for name in ("rate_before", "rate_after", "false_alarm"):
        shown[name] = shown[name].round(6)
    rows = shown.astype("object").where(shown.notna(), None).to_dict("records")
    return [{str(name): value for name, value in row.items()} for row in rows]


def _services(episodes: pd.DataFrame, assumptions: Assumptions) -> pd.DataFrame:
    """One row per decided service: payer, month counted back from the last, cause of denial."""
    decided = decided_services(episodes)
    first = decided["origin"] == "initial"
    day = decided["first_decided_on"]
    last = pd.Timestamp(assumptions.as_of) if assumptions.as_of else day.max()
    services = pd.DataFrame(
        {
            "payer_id": decided["payer_id"].fillna(decided["payer"]),
            "payer": decided["payer"],
            "day": day,
            "back": (last.year - day.dt.year) * 12 + last.month - day.dt.month,
            "cause": decided["first_cause"].where(first),
        }
    )
    return services[services["back"] >= 0].reset_index(drop=True)


def _moved(services: pd.DataFrame, assumptions: Assumptions) -> pd.DataFrame:
    moved = rate_shifts(services, assumptions.false_alarm_rate, assumptions.seed)
    if moved.empty:
        return moved
    names = services.drop_duplicates("payer_id", keep="last").set_index("payer_id")["payer"]
    moved["payer"] = moved["payer_id"].map(names)
    dated = [_since(services, row) for row in moved.itertuples()]
    moved[["since", "since_low", "since_high"]] = pd.DataFrame(dated, index=moved.index)
    return _worded(moved)


def _since(services: pd.DataFrame, row: tuple[object, ...]) -> tuple[pd.Timestamp, ...]:
    """The day that splits the payer's services best into two rates, and its neighbours.

    The best split of a sequence by its likelihood (Hinkley and Hinkley, Biometrika 57, 1970).
    """
    own = services[services["payer_id"] == row.payer_id]  # type: ignore[attr-defined]
    cause = row.cause  # type: ignore[attr-defined]
    hit = own["cause"].notna() if cause == ANY_CAUSE else own["cause"] == cause
    days = hit.groupby(own["day"]).agg(["sum", "size"]).sort_index()
    denied, number = days["sum"].cumsum().to_numpy(), days["size"].cumsum().to_numpy()
    before = _log_likelihood(denied[:-1], number[:-1])
    after = _log_likelihood(denied[-1] - denied[:-1], number[-1] - number[:-1])
    both = before + after
    best = int(both.argmax())
    near = np.flatnonzero(both >= both[best] - _NEAR)
    return tuple(days.index[1:][[best, near[0], near[-1]]])


def _log_likelihood(denied: np.ndarray, number: np.ndarray) -> np.ndarray:
    from scipy.special import xlogy

    kept = number - denied
    total: np.ndarray = xlogy(denied, denied) + xlogy(kept, kept) - xlogy(number, number)
    return total


def _worded(moved: pd.DataFrame) -> pd.DataFrame:
    moved["kind"] = "rate"
    moved["rate_before"] = moved["denied_before"] / moved["services_before"]
    moved["rate_after"] = moved["denied_after"] / moved["services_after"]
    before, after = (
        moved[name].map(lambda share: percent_label(share, 1))
        for name in ("rate_before", "rate_after")
    )
    moved["words"] = (
        moved["payer"] + ": " + moved["cause"].map(_what) + " " + moved["direction"]
        + " from " + before + " to " + after + " of services since about "
        + moved["since"].dt.strftime("%Y-%m-%d")
    )  # fmt: skip
    return moved


def _what(cause: str) -> str:
    return "denials" if cause == ANY_CAUSE else f"denials for {cause_label(cause)}"


def _new_codes(denials: pd.DataFrame, assumptions: Assumptions) -> pd.DataFrame:
    """Reason and remark codes that a payer with a history gave for the first time."""
    rows = denials[denials["focus"] & denials["denied_on"].notna()]
    if rows.empty:
        return empty("changes")
    last = pd.Timestamp(assumptions.as_of) if assumptions.as_of else rows["denied_on"].max()
    month = last.to_period("M").to_timestamp()
    payer = rows["payer_id"].fillna(rows["payer"])
    rows = rows.assign(payer_id=payer)[rows["denied_on"] <= last]
    names = ["payer_id", "payer", "cause", "denied_on"]
    codes = pd.concat(
        rows.loc[rows[name].notna(), names].assign(code=f"{name.upper()} " + rows[name])
        for name in ("carc", "rarc")
    )
    first = codes.groupby(["payer_id", "code"])["denied_on"].transform("min")
    since = codes.groupby("payer_id")["denied_on"].transform("min")
    new = codes[(first >= month) & (since < month)]
    seen_elsewhere = set(codes.loc[codes["denied_on"] < month, "code"])
    table = new.groupby(["payer_id", "code"], as_index=False).agg(
        payer=("payer", "last"),
        cause=("cause", "first"),
        since=("denied_on", "min"),
        denied_after=("cause", "size"),
    )
    table["kind"] = "new_code"
    elsewhere = table["code"].isin(seen_elsewhere)
    told = np.where(elsewhere, "never before from this payer", "never before from any payer")
    table["words"] = (
        table["payer"] + ": " + table["code"] + " " + told + ", on "
        + table["denied_after"].astype("str") + " denied line"
        + np.where(table["denied_after"] == 1, "", "s")
    )  # fmt: skip
    table[["denied_before", "services_before", "services_after"]] = 0
    table["window_months"] = 1
    return table.sort_values(["denied_after", "payer_id", "code"], ascending=[False, True, True])
