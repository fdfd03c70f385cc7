"""The predictive range of a sum of open denials."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from j2311_analytics.assumptions import Assumptions

_MANY = 2000
_GRID = 40


def predictive_range(rows: pd.DataFrame, assumptions: Assumptions) -> tuple[float, float]:
    """Dollars between which the sum will fall with the assumed probability.

    Denials of one cell share one draw of their chance; each then comes whole or not
    at all. Draws depend on the episode and the seed alone, never on the order of
    rows. Large sums use the normal law with the same mean and variance.

    Args:
        rows: cell, alpha, beta, amount_if_won (dollars) and episode.
        assumptions: Level of the range, number of draws and seed.

    Returns:
        Low and high end, in dollars.

    Example:
        >>> one = pd.DataFrame({"cell": ["a"], "alpha": [5.0], "beta": [5.0],
        ...                     "amount_if_won": [100.0], "episode": [1]})
        >>> predictive_range(one, Assumptions())
        (0.0, 100.0)
    """
    if rows.empty or not (rows["amount_if_won"] > 0).any():
        return 0.0, 0.0
    tail = (1 - assumptions.range_level) / 2
    if len(rows) > _MANY:
        return _normal_range(rows, tail)
    rows = rows.sort_values("episode", kind="stable")
    draws = assumptions.sample_draws
    total = np.zeros(draws)
    for cell, group in rows.groupby("cell", sort=True):
        shared = _uniforms(np.array([_number(str(cell))]), draws, assumptions.seed)[0]
        chances = _chances(group, shared)
        own = _uniforms(group["episode"].to_numpy(), draws, assumptions.seed + 1)
        total += ((own < chances) * group["amount_if_won"].to_numpy()[:, None]).sum(axis=0)
    low = np.quantile(total, tail, method="inverted_cdf")
    high = np.quantile(total, 1 - tail, method="inverted_cdf")
    return round(float(low), 2), round(float(high), 2)


def _chances(group: pd.DataFrame, shared: NDArray[np.float64]) -> NDArray[np.float64]:
    """Chance of each row under each shared draw, by interpolation of its quantiles."""
    grid = (np.arange(_GRID) + 0.5) / _GRID
    alpha, beta = group["alpha"].to_numpy()[:, None], group["beta"].to_numpy()[:, None]
    quantiles = np.asarray(stats.beta.ppf(grid[None, :], alpha, beta))
    return np.array([np.interp(shared, grid, row) for row in quantiles])


def _normal_range(rows: pd.DataFrame, tail: float) -> tuple[float, float]:
    alpha, beta, amount = rows["alpha"], rows["beta"], rows["amount_if_won"]
    mean = alpha / (alpha + beta)
    spread = np.sqrt(mean * (1 - mean) / (alpha + beta + 1))
    own = ((mean * (1 - mean) - spread**2) * amount**2).sum()
    shared = ((spread * amount).groupby(rows["cell"]).sum() ** 2).sum()
    width = stats.norm.ppf(1 - tail) * np.sqrt(own + shared)
    centre = (mean * amount).sum()
    low, high = max(0.0, centre - width), min(float(amount.sum()), centre + width)
    return round(float(low), 2), round(float(high), 2)


def _number(text: str) -> int:
    """A whole number from text, the same on every machine."""
    number = 0
    for character in text.encode():
        number = (number * 131 + character) % (1 << 61)
    return number


def _uniforms(keys: NDArray[np.int64], draws: int, seed: int) -> NDArray[np.float64]:
    """Uniform draws that depend on key, draw and seed alone (SplitMix64 mixing)."""
    with np.errstate(over="ignore"):
        state = keys.astype(np.uint64)[:, None] * np.uint64(0x9E3779B97F4A7C15)
        state = state + np.uint64(seed) * np.uint64(0xD1B54A32D192ED03)
        state = _mix(state) + np.arange(draws, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        return (_mix(state) >> np.uint64(11)).astype(np.float64) / float(1 << 53)


def _mix(state: NDArray[np.uint64]) -> NDArray[np.uint64]:
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return state ^ (state >> np.uint64(31))
