"""The chance that an open denial is still recovered, and when, given payer, cause and age.

Open denials are not failures: they are at risk for as long as they have been open.
Recovery competes with other ends (written off, owed by the patient, expired), and a
denial may be refused again and start anew. `docs/method.md` has the formulas.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import optimize, special, stats

from j2311_analytics.assumptions import Assumptions
from j2311_analytics.errors import count_of
from j2311_analytics.revenue.expected import payer_of
from j2311_analytics.revenue.hazards import BANDS, Hazards, fit_hazards
from j2311_analytics.revenue.pooling import Numbers
from j2311_analytics.revenue.spells import UNKNOWN_CAUSE, spells

STEP_DAYS = 7
# From here on the rates no longer change with age.
_OLDEST = int(BANDS[-1])
_AGES = _OLDEST // STEP_DAYS + 1
_AT_ONCE = 64
# What age bands, payers and causes leave unexplained of a cell, in log odds.
_UNEXPLAINED = 0.5
# Where and how heavily a normal law is weighed for a mean (Gauss and Hermite).
_POINTS, _WEIGHTS = np.polynomial.hermite_e.hermegauss(15)
_WEIGHTS = _WEIGHTS / _WEIGHTS.sum()
SPREADS = ["spread_all", "spread_payer", "spread_cause", "spread_cell"]


def recovery_chances(
    open_ones: pd.DataFrame,
    episodes: pd.DataFrame,
    as_of: pd.Timestamp,
    *,
    assumptions: Assumptions = Assumptions(),
) -> pd.DataFrame:
    """Chance of recovery within the horizon for each open denial, its range and its time.

    Args:
        open_ones: Open episodes: payer, payer_id, cause, verdict, first_denied_on,
            last_denied_on.
        episodes: All episodes up to `as_of`; those ever denied are the history.
        as_of: The day on which they are open.
        assumptions: Horizon, prior chance, weight of history.

    Returns:
        Indexed like `open_ones`: cell, age_days, chance_basis (in words, what history
        is behind it), probability, low, high (credible range), days_to_cash (expected,
        if it comes), chance_logit (most likely log odds) and the standard deviations of
        what it shares with all, with its payer, its cause and its cell: spread_all,
        spread_payer, spread_cause, spread_cell (log odds).

    Example:
        >>> from j2311_analytics.tables import empty
        >>> none = empty("episodes")
        >>> list(recovery_chances(none, none, pd.Timestamp("2026-10-31")).columns)[:4]
        ['cell', 'age_days', 'chance_basis', 'probability']
    """
    rows = _rows(open_ones, as_of)
    if rows.empty:
        names = ["probability", "low", "high", "days_to_cash", "chance_logit", *SPREADS]
        return rows[["cell", "age_days"]].assign(chance_basis="", **dict.fromkeys(names, 0.0))
    history = spells(episodes, as_of, assumptions)
    cases = rows[["payer", "cause", "verdict", "again", "age"]].drop_duplicates()
    fresh = _fresh_chance(replace(assumptions, as_of=None))
    hazards = fit_hazards(history, rows[["payer", "cause", "verdict"]], assumptions, fresh)
    chances, days = _chances(hazards, cases, assumptions.horizon_days)
    shown = cases.join(_posterior(cases, chances, assumptions)).assign(days_to_cash=days)
    return (
        rows[["cell", "age_days"]]
        .assign(chance_basis=_basis(rows, history))
        .join(
            rows.merge(shown, on=list(cases.columns), how="left")
            .set_axis(rows.index)
            .drop(columns=list(rows.columns))
        )
    )


def _basis(rows: pd.DataFrame, history: pd.DataFrame) -> pd.Series:
    """How many refusals that came to an end are behind each chance, in words."""
    ended = history[history["event"] != ""]

    def known(keys: list[str]) -> pd.Series:
        sizes = ended.groupby(keys).size().rename("size")
        found = rows[keys].merge(sizes, left_on=keys, right_index=True, how="left")["size"]
        return found.fillna(0).astype("int64")

    own, payer, cause = known(["payer", "cause"]), known(["payer"]), known(["cause"])
    words = _refusals(own) + " of this payer and cause that ended"
    borrowed = _refusals(payer) + " of this payer, " + cause.astype("str")
    words = words.mask(own == 0, borrowed + " of this cause that ended")
    others = f"{count_of(len(ended), 'refusal')} of other payers and causes that ended"
    words = words.mask((payer == 0) & (cause == 0), others)
    return words if len(ended) else words.mask(words.notna(), "assumed: no refusal has ended yet")


def _refusals(numbers: pd.Series) -> pd.Series:
    return numbers.map(lambda number: count_of(number, "refusal")).astype("str")


@lru_cache(64)
def _fresh_chance(assumptions: Assumptions) -> float:
    """The most likely chance whose law has the assumed chance as its mean.

    Without history the law is wide, so its mean lies nearer to one half than its mode.
    """
    case = pd.DataFrame({"payer": [""], "cause": [""], "verdict": [""], "again": False, "age": 0})
    none = case.iloc[:0].assign(entry=0.0, exit=0.0, event="", share=1.0, weight=1.0)

    def gap(logit: float) -> float:
        hazards = fit_hazards(none, case, assumptions, float(special.expit(logit)))
        chances, _ = _chances(hazards, case, assumptions.horizon_days)
        mean = float(_posterior(case, chances, assumptions)["probability"].iloc[0])
        return mean - assumptions.prior_recovery

    # No law is so sure that its mean comes nearer to 1 than at the upper end.
    least, most = -12.0, 12.0
    found = most if gap(most) < 0 else optimize.brentq(gap, least, most, xtol=0.01)
    return float(special.expit(found))


def cell_of(episodes: pd.DataFrame) -> pd.Series:
    """Payer and cause in one text, the cell whose history is shared.

    Example:
        >>> rows = pd.DataFrame({"payer_id": ["N1"], "payer": ["North"], "cause": ["units"]})
        >>> cell_of(rows).tolist()
        ['N1 | units']
    """
    return payer_of(episodes).str.cat(episodes["cause"].fillna(UNKNOWN_CAUSE), sep=" | ")


def _rows(open_ones: pd.DataFrame, as_of: pd.Timestamp) -> pd.DataFrame:
    first = open_ones["first_denied_on"]
    last = open_ones["last_denied_on"].fillna(first)
    age = (as_of - first).dt.days.clip(lower=0).fillna(0).astype("int64")
    since = (as_of - last).dt.days.clip(lower=0).fillna(0).astype("int64")
    part = open_ones["state"] == "partly_recovered"
    return pd.DataFrame(
        {
            "payer": payer_of(open_ones),
            "cause": open_ones["cause"].fillna(UNKNOWN_CAUSE),
            "verdict": open_ones["verdict"].fillna(""),
            "again": (last > first) | part,
            "age": since.clip(upper=_OLDEST - 1),
            "cell": cell_of(open_ones),
            "age_days": age,
        }
    )


def _chances(hazards: Hazards, cases: pd.DataFrame, horizon: int) -> tuple[Numbers, Numbers]:
    """Chance of each case under the mode and every draw, and its expected days to cash."""
    index = pd.MultiIndex.from_frame(hazards.kinds)
    first = _place(index, cases.assign(again=False))
    second = _place(index, cases.assign(again=True))
    pairs, which = np.unique(np.stack([first, second]), axis=1, return_inverse=True)
    again, age = cases["again"].to_numpy(), cases["age"].to_numpy()
    chances = np.empty((len(cases), hazards.recovered.shape[2]))
    days = np.empty(len(cases))
    for start in range(0, pairs.shape[1], _AT_ONCE):
        chosen = slice(start, start + _AT_ONCE)
        once, twice = pairs[:, chosen]
        later = _weekly(hazards, twice, horizon)
        now = _weekly(hazards, once, horizon)
        tables = (_fresh(now, later, horizon), _fresh(later, None, horizon))
        for refused, (chance, time) in enumerate(tables):
            here = np.flatnonzero((which // _AT_ONCE == start // _AT_ONCE) & (again == refused))
            row, week = which[here] - start, age[here] // STEP_DAYS
            part = (age[here] / STEP_DAYS - week)[:, None]
            chances[here] = chance[row, week] * (1 - part) + chance[row, week + 1] * part
            days[here] = time[row, week]
    return chances, days


def _place(index: pd.MultiIndex, cases: pd.DataFrame) -> NDArray[np.int64]:
    names = ["payer", "cause", "verdict", "again"]
    return np.asarray(index.get_indexer(pd.MultiIndex.from_frame(cases[names])))


def _weekly(
    hazards: Hazards, kinds: NDArray[np.int64], horizon: int
) -> tuple[Numbers, Numbers, Numbers]:
    """Share of denials open, recovered and refused again in each week of age.

    Returns:
        open at the start of each week (one week more than the others), recovered in
        it, refused again in it; kinds × weeks × (1 + draws).
    """
    weeks = np.arange(_AGES - horizon // -STEP_DAYS) * STEP_DAYS
    band = np.searchsorted(BANDS, weeks, side="right") - 1
    recovered = hazards.recovered[kinds][:, band]
    again = hazards.again[kinds][:, band, None]
    leaving = recovered + again + hazards.ended[kinds][:, band, None]
    gone = np.cumsum(leaving * STEP_DAYS, axis=1)
    still = np.exp(-np.concatenate([np.zeros_like(gone[:, :1]), gone], axis=1))
    left = (still[:, :-1] - still[:, 1:]) / leaving
    return still, recovered * left, again * left


def _fresh(
    open_now: tuple[Numbers, Numbers, Numbers],
    refused: tuple[Numbers, Numbers, Numbers] | None,
    horizon: int,
) -> tuple[Numbers, Numbers]:
    """Chance of recovery within the horizon from each week of age on, and days to it.

    Who is refused again has what is left of the horizon from then on, at the rates
    of those refused again.
    """
    still, recovered, again = open_now
    weeks = -(-horizon // STEP_DAYS)
    chance = np.zeros_like(recovered[:, :_AGES])
    time = np.zeros_like(chance[..., 0])
    for week in range(weeks):
        whole = min(1.0, (horizon - week * STEP_DAYS) / STEP_DAYS)
        middle = STEP_DAYS * (week + whole / 2)
        at = slice(week, week + _AGES)
        direct = whole * recovered[:, at]
        chance += direct
        time += direct[..., 0] * middle
        if refused is not None:
            later, later_days = _until(refused, horizon - middle)
            through = whole * again[:, at] * later[:, None]
            chance += through
            time += through[..., 0] * (middle + later_days[:, None])
    time = time / np.maximum(chance[..., 0], 1e-300)
    return chance / still[:, :_AGES], time


def _until(refused: tuple[Numbers, Numbers, Numbers], days: float) -> tuple[Numbers, Numbers]:
    """Share of those refused again that is recovered within `days`, and its mean time."""
    recovered = refused[1]
    week = np.arange(recovered.shape[1])
    part = np.clip(days / STEP_DAYS - week, 0, 1)
    came = np.einsum("kws,w->ks", recovered, part)
    middle = STEP_DAYS * (week + part / 2)
    mean = recovered[..., 0] @ (part * middle) / np.maximum(came[:, 0], 1e-300)
    return came, mean


def _posterior(cases: pd.DataFrame, chances: Numbers, assumptions: Assumptions) -> pd.DataFrame:
    """The mean chance, its credible range, and what its uncertainty is shared with."""
    odds = special.logit(np.clip(chances, 1e-9, 1 - 1e-9))
    draws = odds[:, 1:]
    spread = (np.quantile(draws, 0.8413, axis=1) - np.quantile(draws, 0.1587, axis=1)) / 2
    around = pd.DataFrame(draws - np.median(draws, axis=1)[:, None], index=cases.index)
    common = around.mean()
    by = {
        name: around.groupby(cases[name]).transform("mean") - common for name in ("payer", "cause")
    }
    own = around - common - by["payer"] - by["cause"]
    parts = np.stack(
        [np.full(len(cases), common.std()), *(part.std(axis=1) for part in [*by.values(), own])]
    )
    parts = parts * spread / np.sqrt((parts**2).sum(axis=0)).clip(min=1e-12)
    parts[-1] = np.hypot(parts[-1], _UNEXPLAINED)
    spread = np.hypot(spread, _UNEXPLAINED)
    reach = stats.norm.ppf((1 + assumptions.range_level) / 2) * spread
    table = pd.DataFrame(dict(zip(SPREADS, parts, strict=True)), index=cases.index)
    return table.assign(
        probability=special.expit(odds[:, :1] + spread[:, None] * _POINTS) @ _WEIGHTS,
        low=special.expit(odds[:, 0] - reach),
        high=special.expit(odds[:, 0] + reach),
        chance_logit=odds[:, 0],
    )
