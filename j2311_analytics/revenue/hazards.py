"""How fast denials of each payer and cause are recovered, refused again or given up, by age.

One model per kind of end (`pooling.fit_rates`), on events and days at risk by age
band. `docs/method.md` has the formulas.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from j2311_analytics.assumptions import Assumptions
from j2311_analytics.revenue.pooling import Effects, Numbers, fit_rates, indicator, levels
from j2311_analytics.revenue.spells import LOST_STATES

# First day of each age band; within a band the rate is constant, the last has no end.
BANDS = np.array([0, 14, 28, 42, 56, 70, 84, 98, 126, 168, 224, 364])
ENDS = np.append(BANDS[1:], 100_000)
POSTERIOR_DRAWS = 100
# Without data, the rate of recovery halves from band to band once 98 days have passed,
# and denials hardly ever end otherwise.
_FADING = 0.5 ** np.clip(np.arange(len(BANDS)) - 7, 0, None)
_SELDOM = 0.001
# No draw may empty an age band at once (log of a daily rate).
_FASTEST = -1.5
# Assumed spreads on the log rate; the data change those of payers, causes and cells.
_LEVEL, _BAND_STEP, _AGAIN, _AGAIN_BAND = 10.0, 1.0, 1.0, 0.4
_PAYER, _CAUSE, _CELL, _PAYER_BAND, _CAUSE_BAND, _VERDICT = 0.4, 0.6, 0.4, 0.3, 0.5, 0.4
# A payer or cause has a pace of its own from this many events on.
_OWN_PACE = 15.0
KIND = ["payer", "cause", "verdict", "again"]


@dataclass(frozen=True)
class Hazards:
    """Daily rates of open denials by kind and age band.

    Args:
        kinds: payer, cause, verdict, again: one row per kind.
        recovered: Kinds × bands × (1 + draws): the mode, then posterior draws.
        again: Kinds × bands; 0 for those refused again already.
        ended: Kinds × bands.
        spreads: The estimated spreads behind `recovered`, for the record.
    """

    kinds: pd.DataFrame
    recovered: Numbers
    again: Numbers
    ended: Numbers
    spreads: tuple[float, ...]


def fit_hazards(
    history: pd.DataFrame, wanted: pd.DataFrame, assumptions: Assumptions, fresh_chance: float
) -> Hazards:
    """Fit the rates to history, for every kind in it and every kind wanted.

    Args:
        history: From `spells`.
        wanted: payer, cause, verdict of denials to be valued.
        assumptions: The horizon, the weight of the prior and the seed.
        fresh_chance: Most likely chance of a new denial without history: the prior.

    Returns:
        The rates; a kind without history has those of its payer and cause.

    Example:
        >>> from j2311_analytics.revenue.spells import spells
        >>> from j2311_analytics.tables import empty
        >>> none = spells(empty("episodes"), pd.Timestamp("2026-10-31"))
        >>> one = pd.DataFrame({"payer": ["N1"], "cause": ["units"], "verdict": [""]})
        >>> fit_hazards(none, one, Assumptions(), 0.4).recovered.shape
        (2, 12, 101)
    """
    both = [wanted.assign(again=flag) for flag in (False, True)]
    kinds = pd.concat([history[KIND], *[part[KIND] for part in both]])
    kinds = kinds.drop_duplicates().sort_values(KIND).reset_index(drop=True)
    place = pd.MultiIndex.from_frame(kinds).get_indexer(pd.MultiIndex.from_frame(history[KIND]))
    exposure = _days_at_risk(history, place, len(kinds))
    # The assumption is history too: so many denials, followed over the horizon. What
    # they tell is what denials of an even chance would, however low or high it is.
    followed = np.clip(np.minimum(ENDS, assumptions.horizon_days) - BANDS, 0, None)
    hazard = -np.log1p(-fresh_chance)
    daily = hazard * _FADING / (followed @ _FADING)
    even = assumptions.prior_strength * np.log(2) / hazard
    shape = (len(kinds), len(BANDS))

    def fitted(event: str, paced: bool) -> tuple[Numbers, tuple[float, ...]]:
        events = _events(history, place, len(kinds), event)
        groups = _effects(kinds, events, paced)
        rate = daily if paced else daily * _SELDOM
        assumed = followed * (even if paced else assumptions.prior_strength)
        total = np.concatenate([exposure.ravel(), assumed])
        counted = np.concatenate([events.ravel(), assumed * rate])
        baseline = np.log(np.tile(rate, len(kinds) + 1))
        used = total > 0
        rates = fit_rates(
            counted[used],
            total[used],
            baseline[used],
            [Effects(g.design[used], g.spread, g.estimated) for g in groups],
            draws=POSTERIOR_DRAWS if paced else 0,
            seed=assumptions.seed,
        )
        design = sparse.hstack([g.design for g in groups], format="csr")
        log_rates = design @ np.vstack([rates.mode, rates.draws]).T + baseline[:, None]
        daily_rates = np.exp(np.clip(log_rates[: exposure.size], -40, _FASTEST))
        return daily_rates.reshape(*shape, -1), rates.spreads

    recovered, spreads = fitted("recovered", True)
    again, _ = fitted("again", False)
    ended, _ = fitted("ended", False)
    again = np.where(kinds["again"].to_numpy()[:, None], 0.0, again[..., 0])
    return Hazards(kinds, recovered, again, ended[..., 0], spreads)


def _days_at_risk(history: pd.DataFrame, place: NDArray[np.int64], kinds: int) -> Numbers:
    entry, leave = (history[name].to_numpy()[:, None] for name in ("entry", "exit"))
    days = np.clip(np.minimum(leave, ENDS) - np.maximum(entry, BANDS), 0, None)
    total = np.zeros((kinds, len(BANDS)))
    np.add.at(total, place, days * history["weight"].to_numpy()[:, None])
    return total


def _events(history: pd.DataFrame, place: NDArray[np.int64], kinds: int, event: str) -> Numbers:
    """Weighted events; the part of a partial recovery that did not come is refused again."""
    share = history["share"].to_numpy()
    recovered = (history["event"] == "recovered").to_numpy()
    counted = {
        "recovered": recovered * share,
        "again": (history["event"] == "again").to_numpy() + recovered * (1 - share),
        "ended": history["event"].isin(LOST_STATES).to_numpy() * 1.0,
    }[event] * history["weight"].to_numpy()
    band = np.searchsorted(ENDS, history["exit"].to_numpy(), side="left")
    total = np.zeros((kinds, len(BANDS)))
    np.add.at(total, (place, band), counted)
    return total


def _effects(kinds: pd.DataFrame, events: Numbers, paced: bool) -> list[Effects]:
    """Groups of effects over kinds × bands, with rows for the assumption at the end."""
    bands = len(BANDS)
    band = np.tile(np.arange(bands), len(kinds) + 1)

    def over_bands(places: NDArray[np.int64]) -> NDArray[np.int64]:
        return np.repeat(np.append(places, -1), bands)

    again = over_bands(np.where(kinds["again"], 0, -1).astype(np.int64))
    # Each band starts from the one before it.
    steps = sparse.csr_matrix((band[:, None] > np.arange(bands - 1)[None, :]).astype("float64"))
    groups = [
        Effects(indicator(np.zeros_like(band), 1), _LEVEL, False),
        Effects(steps, _BAND_STEP, False),
        Effects(indicator(again, 1), _AGAIN, False),
        Effects(indicator(_within(again, band), bands), _AGAIN_BAND),
    ]
    spreads = {"payer": (_PAYER, _PAYER_BAND), "cause": (_CAUSE, _CAUSE_BAND)}
    for name, (spread, band_spread) in spreads.items():
        known = pd.Index(sorted(kinds[name].unique()))
        own = levels(kinds[name], known)
        groups.append(Effects(indicator(over_bands(own), len(known)), spread))
        if paced:
            enough = np.bincount(own, events.sum(axis=1), len(known)) >= _OWN_PACE
            paces = over_bands(np.where(enough[own], own, -1))
            design = indicator(_within(paces, band), len(known) * bands)
            groups.append(Effects(design, band_spread))
    verdicts = pd.Index(sorted(set(kinds["verdict"]) - {""}))
    found = over_bands(levels(kinds["verdict"], verdicts))
    groups.append(Effects(indicator(found, len(verdicts)), _VERDICT))
    cells = pd.MultiIndex.from_frame(kinds[["payer", "cause"]])
    cell, known_cells = pd.factorize(cells)
    groups.append(Effects(indicator(over_bands(cell), len(known_cells)), _CELL))
    return groups


def _within(places: NDArray[np.int64], band: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.where(places >= 0, places * len(BANDS) + band, -1)
