"""Which denial rates moved beyond chance, all payers, causes and windows of months together.

Each rate of the last months is set against the months before by an exact test. How small
a p-value must be where so many are looked at, and overlap, is learned from the same
services in shuffled order: a payer that did not change could have decided them in any
order. Source: Fisher's exact test (Agresti, Categorical Data Analysis, section 3.5);
the least p-value of many tests under shuffling (Westfall and Young, Resampling-Based
Multiple Testing, 1993, chapter 2).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

WINDOWS = (1, 2, 3, 6)
MIN_MONTHS_BEFORE = 3
ANY_CAUSE = "any cause"
# Shuffled orders; the observed one counts with them.
ORDERS = 1999
# A rise asks for work, a fall for none: a fall must be this much less likely to be told.
FALL_WEIGHT = 4.0
# Services of one claim are decided alike, which shuffling them one by one does not know.
MARGIN = 0.8
Counts = NDArray[np.int64]
Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class _Payer:
    """Services of a payer: in order of causes, and of blocks of months, the last first."""

    payer_id: str
    services: Counts
    denied: Counts


def rate_shifts(services: pd.DataFrame, rate: float, seed: int) -> pd.DataFrame:
    """Rates that moved beyond chance; of each payer and cause the window that shows it best.

    Args:
        services: One row per decided service: payer_id, back (months before the last),
            cause (of the first denial; missing without one).
        rate: Chance of any alarm where nothing changed.
        seed: Start of the shuffling.

    Returns:
        payer_id, cause, window_months, direction, denied_before, services_before,
        denied_after, services_after, p_value (exact, one-sided) and false_alarm (the
        chance that anything looks so striking where nothing changed), the surest first.
    """
    months = int(services["back"].max()) + 1 if len(services) else 0
    windows = [window for window in WINDOWS if window + MIN_MONTHS_BEFORE <= months]
    causes = sorted(services["cause"].dropna().unique())
    if not windows or not causes:
        return pd.DataFrame(columns=["payer_id", "cause", "false_alarm"])
    generator = np.random.default_rng(seed)
    least = np.ones((2, ORDERS + 1))
    parts = []
    for payer in _payers(services, windows, causes):
        orders = _shuffled(payer, generator)
        for number, cause in enumerate([ANY_CAUSE, *causes]):
            family = int(cause != ANY_CAUSE)
            chosen = slice(number - 1, number) if family else slice(None)
            denied = orders[:, chosen].sum(axis=1)
            in_all = int(payer.denied[chosen].sum())
            shift, scores = _tested(payer, denied, in_all, windows)
            least[family] = np.minimum(least[family], scores)
            parts.append(shift.assign(payer_id=payer.payer_id, cause=cause, family=family))
    shifts = pd.concat(parts, ignore_index=True)
    shifts["false_alarm"] = _false_alarms(shifts, least)
    shifts = shifts[shifts["false_alarm"] <= MARGIN * rate].sort_values("score", kind="stable")
    return shifts.drop_duplicates(["payer_id", "cause"]).drop(columns=["family", "score"])


def _payers(services: pd.DataFrame, windows: list[int], causes: list[str]) -> Iterator[_Payer]:
    """Each payer's counts; block 0 is the last month, the last block what lies before all."""
    block = np.searchsorted(windows, services["back"], side="right")
    for payer_id, rows in services.assign(block=block).groupby("payer_id", sort=True):
        sizes = np.bincount(rows["block"], minlength=len(windows) + 1)
        denied = rows[rows["cause"].notna()]
        counts = np.zeros((len(causes), len(windows) + 1), dtype="int64")
        np.add.at(counts, (np.searchsorted(causes, denied["cause"]), denied["block"]), 1)
        yield _Payer(str(payer_id), sizes, counts)


def _shuffled(payer: _Payer, generator: np.random.Generator) -> Counts:
    """Denied services by order, cause and recent block; order 0 is the one observed.

    Drawing without replacement, block after block and cause after cause.
    """
    recent = payer.services[:-1]
    orders = np.zeros((ORDERS + 1, len(payer.denied), len(recent)), dtype="int64")
    orders[0] = payer.denied[:, :-1]
    left = np.tile(payer.denied.sum(axis=1), (ORDERS, 1))
    in_all = int(payer.services.sum())
    for block, size in enumerate(recent):
        others, places = np.full(ORDERS, in_all), np.full(ORDERS, size)
        for cause in range(len(payer.denied)):
            own = left[:, cause].copy()
            drawn = generator.hypergeometric(own, others - own, places)
            orders[1:, cause, block] = drawn
            left[:, cause] -= drawn
            others, places = others - own, places - drawn
        in_all -= int(size)
    return orders


def _tested(
    payer: _Payer, denied: Counts, in_all: int, windows: list[int]
) -> tuple[pd.DataFrame, Numbers]:
    """Each window's table and p-value as observed, and the least score of every order."""
    services = int(payer.services.sum())
    recent, sizes = denied.cumsum(axis=1), payer.services[:-1].cumsum()
    rows, least = [], np.ones(len(denied))
    for place, window in enumerate(windows):
        size, seen = int(sizes[place]), int(recent[0, place])
        fewest, up, down = exact_tails(services, in_all, size)
        score = np.minimum(1.0, np.minimum(up, FALL_WEIGHT * down))
        least = np.minimum(least, score[recent[:, place] - fewest])
        rise, fall = float(up[seen - fewest]), float(down[seen - fewest])
        rows.append(
            {
                "window_months": window,
                "direction": "up" if rise <= fall else "down",
                "denied_before": in_all - seen,
                "services_before": services - size,
                "denied_after": seen,
                "services_after": size,
                "p_value": min(rise, fall),
                "score": float(score[seen - fewest]),
            }
        )
    return pd.DataFrame(rows), least


def exact_tails(services: int, denied: int, recent: int) -> tuple[int, Numbers, Numbers]:
    """Chances of as many recent denials or more, and of as many or fewer, for each number.

    Args:
        services: All services.
        denied: Denied ones among them.
        recent: Recent ones among them.

    Returns:
        The fewest recent denials there can be, then both chances from there up.
    """
    from scipy.special import gammaln

    def log_choose(whole: Any, part: Any) -> Any:
        return gammaln(whole + 1) - gammaln(part + 1) - gammaln(whole - part + 1)

    fewest = max(0, recent + denied - services)
    could = np.arange(fewest, min(denied, recent) + 1)
    log = log_choose(denied, could) + log_choose(services - denied, recent - could)
    chance: Numbers = np.exp(log - log_choose(services, recent))
    up, down = chance[::-1].cumsum()[::-1], chance.cumsum()
    return fewest, np.minimum(up, 1.0), np.minimum(down, 1.0)


def _false_alarms(shifts: pd.DataFrame, least: Numbers) -> Numbers:
    """How many of all orders show anything as striking, payers' totals and causes together.

    Totals and causes are ranked apart, so that many causes do not drown the totals.
    """
    orders = least.shape[1]
    ordered = np.sort(least, axis=1)
    ranks = np.array(
        [
            np.searchsorted(own, scores, side="right")
            for own, scores in zip(ordered, least, strict=True)
        ]
    )
    best = np.sort(ranks.min(axis=0))
    family, score = shifts["family"].to_numpy(), shifts["score"].to_numpy()
    own = np.where(
        family == 0,
        np.searchsorted(ordered[0], score, side="right"),
        np.searchsorted(ordered[1], score, side="right"),
    )
    share: Numbers = np.searchsorted(best, own, side="right") / orders
    return share
