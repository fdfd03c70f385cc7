"""Would it have come true? The forecast of past months against what came since."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from j2311_analytics.assumptions import Assumptions
from j2311_analytics.denials.episodes import link_episodes
from j2311_analytics.ingest.exports import Claims
from j2311_analytics.ingest.remittance import Remittance
from j2311_analytics.matching.payers import paid_on
from j2311_analytics.revenue.known_by import known_by
from j2311_analytics.revenue.realised import realised_since
from j2311_analytics.revenue.value import recoverable_by, value_denials

# The share of denials that trade articles call recoverable (Change Healthcare 2017).
FOLKLORE_RATE = 0.63
BASELINES = ("flat_rate", "folklore_rate", "last_year")


@dataclass(frozen=True)
class Backtest:
    """Forecasts of past months and what came.

    Args:
        rows: One per month end and service open then: month, payer, cause, the columns
            of `recoverable`, realised_amount (dollars allowed since) and the baselines
            flat_rate, folklore_rate, last_year (dollars).
        cells: By month, payer and cause: episodes, recoverable_amount and its range,
            realised_amount, covered (flag), and the baselines.
        calibration: By tenth of the forecast chance: episodes, forecast (mean chance),
            realised (share that came).
        scores: measure and value: coverage, brier, error (Σ |forecast − realised| over
            cells, dollars) and the errors of the baselines.

    Example:
        >>> Backtest.__dataclass_params__.frozen
        True
    """

    rows: pd.DataFrame
    cells: pd.DataFrame
    calibration: pd.DataFrame
    scores: pd.DataFrame


def backtest(
    remittance: Remittance,
    claims: Claims | None = None,
    *,
    months: int = 6,
    least: int = 5,
    assumptions: Assumptions = Assumptions(),
    fee_schedule: pd.DataFrame | None = None,
) -> Backtest:
    """Forecast each past month as if living then, and compare with what came by now.

    Each forecast uses only what was known on the month's last day, and its horizon
    ends at the as-of date (at most `horizon_days`).

    Args:
        remittance: What `read_835` returned.
        claims: What `read_claims` returned, if anything.
        months: How many month ends before the as-of date.
        least: Open services that a cell needs to count for coverage.
        assumptions: As-of date, horizon, priors.
        fee_schedule: As in `value_denials`.

    Returns:
        Forecast, realised, calibration and scores.

    Raises:
        ValueError: if no payment carries a date, or months is below 1.

    Example:
        >>> from j2311_analytics import read_835
        >>> era = read_835(b"ST*835*1~BPR*I*0*C*************20261005~SE*3*1~")
        >>> backtest(era, months=1).rows.empty
        True
    """
    if months < 1:
        raise ValueError(f"months must be 1 or more; got {months}")
    now = pd.Timestamp(assumptions.as_of or paid_on(remittance.payments).max())
    if pd.isna(now):
        raise ValueError("no remittance carries a payment date; give assumptions.as_of")
    ends = pd.date_range(end=now - pd.Timedelta(days=1), periods=months, freq="ME")
    later = _since(remittance, claims, now, assumptions)
    rows = []
    for end in ends:
        horizon = min(assumptions.horizon_days, (now - end).days)
        then = replace(assumptions, as_of=end.date(), horizon_days=horizon)
        until = end + pd.Timedelta(days=horizon)
        known = later if until == now else _since(remittance, claims, until, assumptions)
        rows.append(_month(*known_by(remittance, claims, end), known, then, fee_schedule))
    table = pd.concat(rows, ignore_index=True)
    cells = _cells(table, assumptions)
    return Backtest(table, cells, _calibration(table), _scores(table, cells, least))


def _since(
    remittance: Remittance, claims: Claims | None, day: pd.Timestamp, assumptions: Assumptions
) -> pd.DataFrame:
    """Table `episodes` as it is on a day."""
    known = known_by(remittance, claims, day)
    return link_episodes(*known, assumptions=assumptions.with_as_of(day.date()))


def _month(
    remittance: Remittance,
    claims: Claims | None,
    later: pd.DataFrame,
    then: Assumptions,
    fee_schedule: pd.DataFrame | None,
) -> pd.DataFrame:
    episodes = link_episodes(remittance, claims, assumptions=then)
    valued = value_denials(episodes, assumptions=then, fee_schedule=fee_schedule)
    found = realised_since(valued, episodes, later)
    flat = _rate(episodes)
    year_ago = pd.Timestamp(f"{then.as_of:%Y-%m-%d}") - pd.Timedelta(days=365)
    old = episodes[episodes["first_denied_on"] <= year_ago]
    by_cell = old.groupby(["payer", "cause"])[["recovered_amount", "initial_denied_amount"]].sum()
    rates = (by_cell["recovered_amount"] / by_cell["initial_denied_amount"]).rename("rate")
    cell = found[["payer", "cause"]].merge(
        rates, left_on=["payer", "cause"], right_index=True, how="left"
    )["rate"]
    return found.assign(
        month=f"{then.as_of:%Y-%m}",
        flat_rate=(flat * found["open_amount"]).round(2),
        folklore_rate=(FOLKLORE_RATE * found["open_amount"]).round(2),
        last_year=(cell.fillna(flat) * found["open_amount"]).round(2),
    )


def _rate(episodes: pd.DataFrame) -> float:
    denied = float(episodes["initial_denied_amount"].sum())
    return float(episodes["recovered_amount"].sum()) / denied if denied else 0.0


def _cells(rows: pd.DataFrame, assumptions: Assumptions) -> pd.DataFrame:
    by = ["month", "payer", "cause"]
    found = recoverable_by(rows, by=by, assumptions=assumptions)
    sums = rows.groupby(by, dropna=False)[["realised_amount", *BASELINES]].sum().round(2)
    found = found.merge(sums.reset_index(), on=by).sort_values(by).reset_index(drop=True)
    covered = found["realised_amount"].between(found["recoverable_low"], found["recoverable_high"])
    return found.assign(covered=covered)


def _calibration(rows: pd.DataFrame) -> pd.DataFrame:
    known = rows.dropna(subset=["realised_amount"])
    tenth = np.minimum((known["recovery_probability"] * 10).astype("int64"), 9)
    came = (known["realised_amount"] > 0).astype("float64")
    table = known.assign(came=came).groupby(tenth)
    return pd.DataFrame(
        {
            "episodes": table.size(),
            "forecast": table["recovery_probability"].mean(),
            "realised": table["came"].mean(),
        }
    ).reset_index(drop=True)


def _scores(rows: pd.DataFrame, cells: pd.DataFrame, least: int) -> pd.DataFrame:
    counted = cells[cells["episodes"] >= least]
    known = rows.dropna(subset=["realised_amount"])
    came = (known["realised_amount"] > 0).astype("float64")
    forecasts = {"error": "recoverable_amount", **{f"error_{n}": n for n in BASELINES}}
    values = {
        "cells": float(len(counted)),
        "coverage": float(counted["covered"].mean()) if len(counted) else np.nan,
        "brier": float(((known["recovery_probability"] - came) ** 2).mean()),
        "forecast": float(cells["recoverable_amount"].sum()),
        "realised": float(cells["realised_amount"].sum()),
        **{
            name: float((cells[column] - cells["realised_amount"]).abs().sum())
            for name, column in forecasts.items()
        },
    }
    return pd.DataFrame({"measure": list(values), "value": list(values.values())})
