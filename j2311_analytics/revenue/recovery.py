"""The chance that an open denial is still recovered, given payer, cause and age.

Open denials are not failures: they are at risk for as long as they have been
open. Recovery and other ends (written off, owed by the patient) are competing
hazards by age, pooled over everything (Aalen & Johansen 1978 for the estimator).
A payer and cause raises or lowers the pooled recovery hazard by a factor: what
was recovered over what the pooled hazard expected, shrunk toward the product of
the payer's and the cause's own factors (gamma-Poisson, as in indirect
standardisation: Breslow & Day 1987, chapter 2). `docs/method.md` has the formulas.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from j2311_analytics.assumptions import Assumptions
from j2311_analytics.revenue.expected import payer_of

STEP_DAYS = 7
Numbers = NDArray[np.float64]
_QUANTILES = (np.arange(15) + 0.5) / 15


@dataclass(frozen=True)
class Hazards:
    """Pooled weekly hazards of an open denial, by age.

    Args:
        recovered: Chance per step of recovery, while open.
        ended: Chance per step of any other end, while open.
        resolved: Denials that came to an end: the weight of the evidence.
    """

    recovered: Numbers
    ended: Numbers
    resolved: float


def recovery_chances(
    open_ones: pd.DataFrame,
    episodes: pd.DataFrame,
    as_of: pd.Timestamp,
    *,
    assumptions: Assumptions = Assumptions(),
) -> pd.DataFrame:
    """Chance of recovery within the horizon for each open denial, with its range.

    Args:
        open_ones: Open episodes: payer, payer_id, cause, first_denied_on.
        episodes: All episodes up to `as_of`; those ever denied are the history.
        as_of: The day on which they are open.
        assumptions: Horizon, prior chance and how strongly cells are shrunk.

    Returns:
        Indexed like `open_ones`: cell, alpha, beta (the chance's beta posterior),
        probability, low, high, age_days.

    Example:
        >>> from j2311_analytics.tables import empty
        >>> none = empty("episodes")
        >>> list(recovery_chances(none, none, pd.Timestamp("2026-10-31")).columns)
        ['cell', 'alpha', 'beta', 'probability', 'low', 'high', 'age_days']
    """
    past = outcomes(episodes, as_of)
    hazards = pooled_hazards(past, assumptions)
    factors = _cell_factors(past, hazards, assumptions)
    age = (as_of - open_ones["first_denied_on"]).dt.days.clip(lower=0).fillna(0).astype("int64")
    cell = _cell(open_ones)
    keys = pd.DataFrame({"cell": cell, "age": age // STEP_DAYS})
    moments = {
        key: _moments(hazards, factors.get(key[0], factors["prior"]), key[1], assumptions)
        for key in keys.drop_duplicates().itertuples(index=False, name=None)
    }
    pairs = [moments[key] for key in keys.itertuples(index=False, name=None)]
    found = pd.DataFrame(pairs, columns=["alpha", "beta"], index=open_ones.index, dtype="float64")
    tail = (1 - assumptions.range_level) / 2
    found.insert(0, "cell", cell)
    found["probability"] = found["alpha"] / (found["alpha"] + found["beta"])
    found["low"] = stats.beta.ppf(tail, found["alpha"], found["beta"])
    found["high"] = stats.beta.ppf(1 - tail, found["alpha"], found["beta"])
    found["age_days"] = age
    return found


def outcomes(episodes: pd.DataFrame, as_of: pd.Timestamp) -> pd.DataFrame:
    """What became of every denial so far.

    Returns:
        cell, payer, cause, step (age in weeks at the end, or now), recovered (share
        of the refused value that came), ended (1 for another end, else 0).
    """
    denied = episodes[episodes["first_denied_on"].notna() & (episodes["first_denied_on"] <= as_of)]
    came = denied["recovered_amount"] > 0
    lost = denied["state"].isin(["written_off", "patient_responsibility"])
    end = denied["resolved_on"].where(lost).fillna(denied["last_activity_on"].where(came))
    days = (end.fillna(as_of) - denied["first_denied_on"]).dt.days.clip(lower=0)
    refused = (denied["allowed"] - denied["first_allowed"]) + denied["open_amount"]
    share = (denied["recovered_amount"] / refused.where(refused > 0)).clip(0, 1)
    return pd.DataFrame(
        {
            "cell": _cell(denied),
            "payer": payer_of(denied),
            "cause": denied["cause"],
            "step": (days // STEP_DAYS).astype("int64"),
            "recovered": share.where(came, 0.0).fillna(0.0),
            "ended": (lost & ~came).astype("float64"),
        }
    )


def pooled_hazards(past: pd.DataFrame, assumptions: Assumptions) -> Hazards:
    """Weekly hazards over all payers and causes."""
    steps = int(
        assumptions.horizon_days // STEP_DAYS + 1 + past["step"].max() + 1 if len(past) else 1
    )
    recovered = np.bincount(past["step"], weights=past["recovered"], minlength=steps)
    ended = np.bincount(past["step"], weights=past["ended"], minlength=steps)
    leaving = np.bincount(past["step"], minlength=steps)
    at_risk = np.maximum(len(past) - np.concatenate([[0], np.cumsum(leaving)[:-1]]), 1.0)
    resolved = float(((past["recovered"] > 0) | (past["ended"] > 0)).sum())
    return Hazards(recovered / at_risk, ended / at_risk, resolved)


def _cell(episodes: pd.DataFrame) -> pd.Series:
    return payer_of(episodes).str.cat(episodes["cause"].fillna("unknown_code"), sep=" | ")


def _cell_factors(
    past: pd.DataFrame, hazards: Hazards, assumptions: Assumptions
) -> dict[str, tuple[float, float]]:
    """Gamma posterior (shape, rate) of each cell's factor on the recovery hazard."""
    cumulative = np.cumsum(hazards.recovered)
    exposed = past.assign(expected=cumulative[past["step"].to_numpy()])
    weight = assumptions.cell_strength
    if past.empty:
        return {"prior": (weight, weight)}

    def factor(key: str) -> pd.Series:
        sums = exposed.groupby(key)[["recovered", "expected"]].sum()
        return (sums["recovered"] + weight / 2) / (sums["expected"] + weight / 2)

    by_payer, by_cause = factor("payer"), factor("cause")
    sums = exposed.groupby(["cell", "payer", "cause"])[["recovered", "expected"]].sum()
    cells = sums.reset_index()
    centre = (cells["payer"].map(by_payer) * cells["cause"].map(by_cause)).clip(0.1, 10)
    # The prior is worth half of `cell_strength` expected recoveries, centred on the product.
    shape = weight / 2 * centre + cells["recovered"]
    rate = weight / 2 + cells["expected"]
    pairs = zip(shape.astype("float64"), rate.astype("float64"), strict=True)
    return {"prior": (weight, weight), **dict(zip(cells["cell"], pairs, strict=True))}


def _moments(
    hazards: Hazards, factor: tuple[float, float], age: int, assumptions: Assumptions
) -> tuple[float, float]:
    """Beta posterior of the chance, from the factor's gamma posterior by moments."""
    draws = stats.gamma.ppf(_QUANTILES, factor[0]) / factor[1]
    chances = np.array([_conditional(hazards, draw, age, assumptions) for draw in draws])
    known = hazards.resolved / (hazards.resolved + assumptions.prior_strength)
    mean = known * chances.mean() + (1 - known) * assumptions.prior_recovery
    mean = float(np.clip(mean, 0.001, 0.999))
    prior_variance = (
        assumptions.prior_recovery
        * (1 - assumptions.prior_recovery)
        / (assumptions.prior_strength + 1)
    )
    variance = known * chances.var() + (1 - known) * prior_variance
    strength = max(mean * (1 - mean) / max(variance, 1e-6) - 1, 1.0)
    return mean * strength, (1 - mean) * strength


def _conditional(hazards: Hazards, factor: float, age: int, assumptions: Assumptions) -> float:
    """Chance of recovery from this age on within the horizon, given open at this age."""
    span = slice(age + 1, age + 1 + assumptions.horizon_days // STEP_DAYS)
    recovered = np.minimum(hazards.recovered[span] * factor, 0.95)
    staying = np.clip(1 - recovered - hazards.ended[span], 0.0, 1.0)
    open_before = np.concatenate([[1.0], np.cumprod(staying)[:-1]])
    return float(np.sum(open_before * recovered)) if len(recovered) else 0.0
