"""What moved beyond chance: denial rates by payer and cause, since when, and new codes.

Each rate of the last months is compared with the months before by an exact test, so
that few cases raise no alarm and no pattern of months has to be assumed. Source:
Fisher's exact test given the sums of a two-by-two table (Agresti, Categorical Data
Analysis, section 3.5), with Tarone's correction for many tables (Biometrics 46, 1990).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from j2311_analytics.assumptions import Assumptions
from j2311_analytics.report.decided import decided_services
from j2311_analytics.report.palette import cause_label, percent_label
from j2311_analytics.tables import conform, empty

WINDOWS = (1, 2, 3, 6)
MIN_MONTHS_BEFORE = 3
ANY_CAUSE = "any cause"
# Days at least a twentieth as likely as the best one are plausible too.
_NEAR = np.log(20)
_TABLE = ["denied_before", "services_before", "denied_after", "services_after"]


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
    is at most `false_alarm_rate`; half of it goes to the payers' totals and half to their
    causes.

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
    parts = [_moved(services, assumptions.false_alarm_rate)] if len(services) else []
    if denials is not None:
        parts.append(_new_codes(denials, assumptions))
    parts = [part for part in parts if len(part)]
    return conform(pd.concat(parts, ignore_index=True), "changes") if parts else empty("changes")


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


def _moved(services: pd.DataFrame, rate: float) -> pd.DataFrame:
    share = rate / 2
    totals = _tested(services, services["cause"].notna(), [ANY_CAUSE])
    causes = sorted(services["cause"].dropna().unique())
    each = [_tested(services, services["cause"] == cause, [cause]) for cause in causes]
    found = [_alarms(totals, share)]
    if each:
        found.append(_alarms(pd.concat(each, ignore_index=True), share))
    moved = pd.concat(found, ignore_index=True)
    if moved.empty:
        return moved
    dated = [_since(services, row) for row in moved.itertuples()]
    moved[["since", "since_low", "since_high"]] = pd.DataFrame(dated, index=moved.index)
    return _worded(moved.sort_values(["p_value", "payer_id", "cause"], kind="stable"))


def _tested(services: pd.DataFrame, hit: pd.Series, cause: list[str]) -> pd.DataFrame:
    """Each payer and window: the two-by-two table and its exact two-sided p-value."""
    hits = services.assign(hit=hit)
    by_month = hits.groupby(["payer_id", "back"])["hit"].agg(["sum", "size"]).reset_index()
    months = int(services["back"].max()) + 1
    parts = []
    for window in (w for w in WINDOWS if w + MIN_MONTHS_BEFORE <= months):
        after = by_month["back"] < window
        sums = {
            name: by_month[["sum", "size"]].where(side, 0).groupby(by_month["payer_id"]).sum()
            for name, side in (("before", ~after), ("after", after))
        }
        table = pd.concat([sums["before"], sums["after"]], axis=1)
        parts.append(table.set_axis(_TABLE, axis=1).assign(window_months=window).reset_index())
    if not parts:
        return pd.DataFrame(columns=["payer_id", *_TABLE, "window_months", "cause", "p_value"])
    tables = pd.concat(parts, ignore_index=True)
    tables["cause"] = cause * len(tables)
    names = services.drop_duplicates("payer_id", keep="last").set_index("payer_id")["payer"]
    tables["payer"] = tables["payer_id"].map(names)
    return tables.join(_exact(tables))


def _exact(tables: pd.DataFrame) -> pd.DataFrame:
    """p-values of Fisher's exact test (twice the smaller side), and the least that could be."""
    services = (tables["services_before"] + tables["services_after"]).to_numpy()
    denied = (tables["denied_before"] + tables["denied_after"]).to_numpy()
    after, seen = tables["services_after"].to_numpy(), tables["denied_after"].to_numpy()
    low, high = np.maximum(0, after + denied - services), np.minimum(denied, after)
    size = high - low + 1
    start = np.cumsum(size) - size
    table = np.repeat(np.arange(len(tables)), size)
    could = np.arange(size.sum()) - np.repeat(start - low, size)
    chance = _hypergeometric(could, services[table], denied[table], after[table])
    up = np.add.reduceat(np.where(could >= seen[table], chance, 0), start)
    down = np.add.reduceat(np.where(could <= seen[table], chance, 0), start)
    smallest = np.minimum(chance[start], chance[start + size - 1])
    return pd.DataFrame(
        {
            "p_value": np.minimum(1.0, 2 * np.minimum(up, down)),
            "least_p": np.minimum(1.0, 2 * smallest),
            "direction": np.where(up < down, "up", "down"),
        },
        index=tables.index,
    )


def _hypergeometric(
    seen: np.ndarray, services: np.ndarray, denied: np.ndarray, after: np.ndarray
) -> np.ndarray:
    """Chance of `seen` denials among the services after, given all sums of the table."""
    from scipy.special import gammaln

    def log_choose(whole: np.ndarray, part: np.ndarray) -> np.ndarray:
        many: np.ndarray = gammaln(whole + 1) - gammaln(part + 1) - gammaln(whole - part + 1)
        return many

    log = log_choose(denied, seen) + log_choose(services - denied, after - seen)
    chance: np.ndarray = np.exp(log - log_choose(services, after))
    return chance


def _alarms(tables: pd.DataFrame, share: float) -> pd.DataFrame:
    """The tables beyond chance; of each payer and cause the window that shows it best.

    Tables too small to reach the limit at all do not count among those tested.
    """
    if tables.empty:
        return tables
    least = np.sort(tables["least_p"].to_numpy())
    number = np.arange(1, len(least) + 1)
    can = np.searchsorted(least, share / number, side="right")
    tested = number[can <= number]
    limit = share / (tested[0] if len(tested) else len(least))
    found = tables[tables["p_value"] <= limit].sort_values("p_value", kind="stable")
    return found.drop_duplicates(["payer_id", "cause"])


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
