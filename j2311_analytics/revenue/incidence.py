"""Cumulative incidence among competing ends, without any pooling."""

from __future__ import annotations

import numpy as np
import pandas as pd

from j2311_analytics.revenue.pooling import Numbers


def cumulative_incidence(spells: pd.DataFrame) -> pd.DataFrame:
    """What share of denials has come to each end by each age, open ones counted fairly.

    The estimator of Aalen and Johansen (Scandinavian Journal of Statistics 5, 1978):
    at each age, the share still open times the ends among those at risk. A denial is
    at risk after `entry` and up to its `exit`; ends of one age share one risk set.

    Args:
        spells: exit (age in days at the end, or at the as-of date), event (kind of
            end, "" while open) and optionally entry (days from which it was under
            observation) and weight, as table `spells` has them.

    Returns:
        One row per age with an end: age (days), at_risk (summed weights), open (share
        that is still open after it) and one column per kind of end with its
        cumulative incidence. The shares of a row add up to 1.

    Raises:
        ValueError: if a denial leaves before it enters.

    Example:
        >>> ends = pd.DataFrame({"exit": [10, 20, 30], "event": ["recovered", "ended", ""]})
        >>> cumulative_incidence(ends)[["age", "recovered", "open"]].round(3).values.tolist()
        [[10.0, 0.333, 0.667], [20.0, 0.333, 0.333]]
    """
    nothing = pd.Series(0.0, index=spells.index)
    leave: Numbers = np.asarray(spells["exit"], dtype=np.float64)
    enter: Numbers = np.asarray(spells.get("entry", nothing), dtype=np.float64)
    weight: Numbers = np.asarray(spells.get("weight", nothing + 1.0), dtype=np.float64)
    event = spells["event"].to_numpy()
    if (enter > leave).any():
        raise ValueError("a spell leaves before it enters; check entry and exit")
    kinds = sorted(set(event) - {""})
    ages = np.unique(leave[event != ""])
    # At risk at an age: entered before it and not left before it.
    at_risk = _summed_below(enter, weight, ages) - _summed_below(leave, weight, ages)
    place = np.searchsorted(ages, leave)
    ends = {
        kind: np.bincount(place[event == kind], weight[event == kind], len(ages)) for kind in kinds
    }
    rates = {kind: found / at_risk for kind, found in ends.items()}
    still = np.cumprod(1 - sum(rates.values(), start=np.zeros(len(ages))))
    before = np.concatenate([[1.0], still[:-1]])[: len(ages)]
    shares = {kind: np.cumsum(before * rate) for kind, rate in rates.items()}
    return pd.DataFrame({"age": ages, "at_risk": at_risk, "open": still, **shares})


def _summed_below(values: Numbers, weight: Numbers, limits: Numbers) -> Numbers:
    """Weights of the values strictly below each limit."""
    order = np.argsort(values, kind="stable")
    total = np.concatenate([[0.0], np.cumsum(weight[order])])
    return np.asarray(total[np.searchsorted(values[order], limits, side="left")])
