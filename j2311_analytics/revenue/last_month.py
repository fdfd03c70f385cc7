"""Last month's forecast against what came in the month that followed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from j2311_analytics.assumptions import Assumptions
from j2311_analytics.denials.followed import follow
from j2311_analytics.ingest.exports import Claims
from j2311_analytics.ingest.remittance import Remittance
from j2311_analytics.revenue.known_by import known_by
from j2311_analytics.revenue.realised import realised_since
from j2311_analytics.revenue.value import recoverable_by, value_denials
from j2311_analytics.tables import cents, conform, dollars, empty

CELL = ["payer_id", "payer", "cause"]
NO_DATA = "no decision is dated before the month"
NOTHING_OPEN = "nothing was open at the end of the month before"


@dataclass(frozen=True)
class LastForecast:
    """What was expected at the end of the month before, and what came since.

    Args:
        made_on: Last day of the month before; nothing later was used.
        until: Day up to which payments were awaited.
        cells: Table `last_forecast` by payer and cause, the largest forecast first.
        total: The same in one row, with a range of its own; none where nothing was
            forecast.
        not_followed: Services forecast that now count with another one; in no figure.
        missing: Why there is nothing to compare; empty where there is.

    Example:
        >>> LastForecast.__dataclass_params__.frozen
        True
    """

    made_on: date
    until: date
    cells: pd.DataFrame
    total: pd.DataFrame
    not_followed: int
    missing: str


def last_forecast(
    remittance: Remittance,
    claims: Claims | None,
    episodes: pd.DataFrame,
    *,
    assumptions: Assumptions = Assumptions(),
    fee_schedule: pd.DataFrame | None = None,
) -> LastForecast:
    """Forecast the month as on the last day of the month before, and compare.

    The forecast sees only what was known on that day; its horizon ends on the as-of
    date. What came is what payers have allowed since for the services open then.

    Args:
        remittance: What `read_835` returned.
        claims: What `read_claims` returned, if anything.
        episodes: Table `episodes` as of today; what came is read off it.
        assumptions: With `as_of`, the last day of a month; focus, priors, settings.
        fee_schedule: As in `value_denials`.

    Returns:
        The comparison, focus codes only.

    Raises:
        ValueError: if `assumptions.as_of` is not set.

    Example:
        >>> from j2311_analytics import link_episodes, read_835
        >>> era = read_835(b"ST*835*1~BPR*I*0*C*************20261005~SE*3*1~")
        >>> today = Assumptions(as_of=date(2026, 10, 31))
        >>> last_forecast(era, None, link_episodes(era), assumptions=today).missing
        'no decision is dated before the month'
    """
    if assumptions.as_of is None:
        raise ValueError("last_forecast needs assumptions.as_of, the last day of a month")
    made_on = assumptions.as_of.replace(day=1) - timedelta(days=1)
    then = replace(
        assumptions.with_as_of(made_on),
        horizon_days=min((assumptions.as_of - made_on).days, assumptions.horizon_days),
    )
    seen, export = known_by(remittance, claims, pd.Timestamp(made_on))
    none = empty("last_forecast")
    if _nothing_known(remittance, seen, export):
        return LastForecast(made_on, assumptions.as_of, none, none, 0, NO_DATA)
    before = follow(seen, export, None, then).episodes
    valued = value_denials(before, assumptions=then, fee_schedule=fee_schedule)
    rows = realised_since(valued[valued["focus"]], before, episodes)
    lost = int(rows["realised_amount"].isna().sum())
    rows = rows.dropna(subset=["realised_amount"])
    if rows.empty:
        return LastForecast(made_on, assumptions.as_of, none, none, lost, NOTHING_OPEN)
    rows = rows.assign(came=cents(rows["realised_amount"]), **_named(rows))
    cells = recoverable_by(rows, by=CELL, assumptions=then)
    came = rows.groupby(CELL)["came"].sum().reindex(pd.MultiIndex.from_frame(cells[CELL]))
    return LastForecast(
        made_on,
        assumptions.as_of,
        _compared(cells, came),
        _compared(recoverable_by(rows, by=[], assumptions=then), [rows["came"].sum()]),
        lost,
        "",
    )


def last_month_figures(last: LastForecast) -> dict[str, Any]:
    """The comparison for metrics.json.

    Args:
        last: From `last_forecast`.

    Returns:
        made_on, until, totals (None where nothing was forecast), by_payer_and_cause.

    Example:
        >>> none = empty("last_forecast")
        >>> first = LastForecast(date(2026, 9, 30), date(2026, 10, 31), none, none, 0, NO_DATA)
        >>> last_month_figures(first)["totals"] is None
        True
    """
    rows = last.cells.assign(**_named(last.cells))
    totals = last.total.drop(columns=CELL).to_dict("records")
    return {
        "made_on": str(last.made_on),
        "until": str(last.until),
        "totals": totals[0] if totals else None,
        "by_payer_and_cause": rows.to_dict("records"),
    }


def _named(rows: pd.DataFrame) -> dict[str, pd.Series]:
    """A payer without an id is still a payer: missing keys would not meet in a join."""
    return {key: rows[key].fillna("") for key in CELL}


def _nothing_known(whole: Remittance, seen: Remittance, export: Claims | None) -> bool:
    """Whether no payer had decided anything; an export counts where it is all there is."""
    if len(whole.payments) or export is None:
        return seen.payments.empty
    return bool(export.lines["remit_date"].isna().all())


def _compared(forecast: pd.DataFrame, came: ArrayLike) -> pd.DataFrame:
    """Forecast sums beside what came, in cents."""
    realised = pd.Series(np.asarray(came, dtype="int64"), index=forecast.index)
    table = forecast.assign(
        realised_amount=dollars(realised),
        difference_amount=dollars(realised - cents(forecast["recoverable_amount"])),
    )
    low, high = table["recoverable_low"], table["recoverable_high"]
    return conform(
        table.assign(covered=table["realised_amount"].between(low, high)), "last_forecast"
    )
