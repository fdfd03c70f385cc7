"""Event rates with partial pooling: a Poisson model whose effects are shrunk.

log rate = Σ effects; each group of effects is normal around 0 with a spread of its
own, estimated from the data (empirical Bayes): groups with little data borrow,
groups with much speak for themselves. Piecewise exponential survival is this model
with events and days at risk by age band (Holford, Biometrics 36, 1980; Clayton,
Biometrics 47, 1991). The mode is found by Newton's method; its curvature gives the
posterior (Laplace; Breslow & Clayton, JASA 88, 1993).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import linalg, sparse
from threadpoolctl import threadpool_limits

Numbers = NDArray[np.float64]
_ROUNDS = 6
_NEWTON_STEPS = 40
_TOLERANCE = 1e-4
# Weight of the assumed spread, in effects seen: without data it stands.
_SPREAD_WEIGHT = 4.0


@dataclass(frozen=True)
class Effects:
    """One group of effects.

    Args:
        design: Rows by effects (sparse).
        spread: Assumed standard deviation of the effects on the log rate.
        estimated: Whether the data may change that.
    """

    design: sparse.csr_matrix
    spread: float
    estimated: bool = True


@dataclass(frozen=True)
class Rates:
    """A fitted model: the mode of all effects and draws from their posterior.

    Args:
        mode: One value per effect, groups one after the other.
        draws: Draws by effects.
        spreads: Standard deviation of each group, as estimated.
    """

    mode: Numbers
    draws: Numbers
    spreads: tuple[float, ...]


def indicator(places: NDArray[np.int64], size: int) -> sparse.csr_matrix:
    """Design of one effect per level; a negative place has none.

    Example:
        >>> indicator(np.array([1, -1]), 2).toarray().tolist()
        [[0.0, 1.0], [0.0, 0.0]]
    """
    rows = np.flatnonzero(places >= 0)
    return sparse.csr_matrix((np.ones(len(rows)), (rows, places[rows])), shape=(len(places), size))


def fit_rates(
    events: Numbers,
    exposure: Numbers,
    baseline: Numbers | float,
    groups: Sequence[Effects],
    *,
    draws: int = 0,
    seed: int = 0,
) -> Rates:
    """Fit event rates.

    Args:
        events: Events per row (may be fractions).
        exposure: Time at risk per row.
        baseline: Log rate of each row where every effect is 0.
        groups: Groups of effects; in the last one no row has more than one effect,
            so that its share of the equations is diagonal.
        draws: How many draws from the posterior.
        seed: Of the draws.

    Returns:
        The fitted rates.

    Example:
        >>> one = Effects(indicator(np.array([0, 0]), 1), 10.0, False)
        >>> none = Effects(indicator(np.array([-1, -1]), 1), 1.0)
        >>> rates = fit_rates(np.array([2.0, 4.0]), np.array([10.0, 20.0]), 0.0, [one, none])
        >>> round(float(np.exp(rates.mode[0])), 2)
        0.2
    """
    design = sparse.hstack([group.design for group in groups], format="csr")
    group_of = np.repeat(np.arange(len(groups)), [group.design.shape[1] for group in groups])
    seen = np.asarray(abs(design).sum(axis=0)).ravel() > 0
    spreads = np.array([group.spread for group in groups])
    mode = np.zeros(design.shape[1])
    last = int((group_of < len(groups) - 1).sum())
    # Several threads on matrices this small wait for each other longer than they work.
    with threadpool_limits(limits=1, user_api="blas"):
        for _ in range(_ROUNDS):
            precision = 1 / spreads[group_of] ** 2
            mode, solver = _newton(design, events, exposure, baseline, precision, mode, last)
            moments = mode**2 + solver.variances()
            for place, group in enumerate(groups):
                chosen = seen & (group_of == place)
                if group.estimated and chosen.any():
                    assumed = _SPREAD_WEIGHT * group.spread**2
                    total = assumed + moments[chosen].sum()
                    spreads[place] = np.sqrt(total / (_SPREAD_WEIGHT + chosen.sum()))
        normal = np.random.default_rng(seed).standard_normal((draws, design.shape[1]))
        return Rates(mode, mode + solver.scatter(normal), tuple(spreads))


def _newton(
    design: sparse.csr_matrix,
    events: Numbers,
    exposure: Numbers,
    baseline: Numbers | float,
    precision: Numbers,
    mode: Numbers,
    last: int,
) -> tuple[Numbers, _Solver]:
    for _ in range(_NEWTON_STEPS):
        expected = exposure * np.exp(np.clip(design @ mode + baseline, -40, 10))
        solver = _Solver(design, expected, precision, last)
        step = solver.solve(design.T @ (events - expected) - precision * mode)
        largest = float(np.abs(step).max(initial=0.0))
        # Far from the mode a full step could overshoot.
        mode = mode + step * min(1.0, 2.0 / max(largest, 1e-12))
        if largest < _TOLERANCE:
            break
    return mode, solver


class _Solver:
    """The curvature at a point, with the last, diagonal group eliminated (Schur)."""

    def __init__(
        self, design: sparse.csr_matrix, expected: Numbers, precision: Numbers, last: int
    ) -> None:
        head, tail = design[:, :last], design[:, last:]
        weighted = sparse.csr_matrix(head.multiply(expected[:, None]))
        self._last = last
        self._diagonal = (tail.multiply(tail).T @ expected) + precision[last:]
        cross = np.asarray((weighted.T @ tail).toarray())
        self._scaled = cross / self._diagonal
        curvature = (weighted.T @ head).toarray() + np.diag(precision[:last])
        self._factor = linalg.cholesky(curvature - self._scaled @ cross.T, lower=True)

    def solve(self, right: Numbers) -> Numbers:
        """Curvature⁻¹ × right."""
        head, tail = right[: self._last], right[self._last :]
        first = linalg.cho_solve((self._factor, True), head - self._scaled @ tail)
        return np.concatenate([first, tail / self._diagonal - self._scaled.T @ first])

    def variances(self) -> Numbers:
        """Diagonal of curvature⁻¹."""
        root = linalg.solve_triangular(self._factor, np.eye(self._last), lower=True)
        through = linalg.solve_triangular(self._factor, self._scaled, lower=True)
        own = 1 / self._diagonal + (through**2).sum(axis=0)
        return np.concatenate([(root**2).sum(axis=0), own])

    def scatter(self, normal: Numbers) -> Numbers:
        """Standard normal draws (by effects) as deviations with covariance curvature⁻¹."""
        head = linalg.solve_triangular(
            self._factor, normal[:, : self._last].T, lower=True, trans="T"
        ).T
        tail = normal[:, self._last :] / np.sqrt(self._diagonal) - head @ self._scaled
        return np.concatenate([head, tail], axis=1)


def levels(values: pd.Series, known: pd.Index) -> NDArray[np.int64]:
    """Place of each value among the known levels; -1 where it has none.

    Example:
        >>> levels(pd.Series(["b", "x"]), pd.Index(["a", "b"])).tolist()
        [1, -1]
    """
    return np.asarray(known.get_indexer(pd.Index(values)), dtype=np.int64)
