"""The predictive range of a sum of open denials."""

from __future__ import annotations

import hashlib
from functools import lru_cache

import numpy as np
import pandas as pd
from scipy import special

from j2311_analytics.assumptions import Assumptions
from j2311_analytics.revenue.expected import payer_of
from j2311_analytics.revenue.pooling import Numbers

# Up to so many denials each is drawn; of more, their sum is normal around its expectation.
_EACH = 200
_FEWER_DRAWS = 1000
_SHARED = ("all", "payer", "cause", "cell")


def predictive_range(rows: pd.DataFrame, assumptions: Assumptions) -> tuple[float, float]:
    """Dollars between which the sum will fall with the assumed probability.

    What is not known is drawn together: chances of one payer, of one cause and of one
    cell move together, and so do the prices of one payer and code; lines of one claim
    and cell come or fail together. Draws depend on these names and the seed alone,
    never on the order of rows.

    Args:
        rows: Rows of table `recoverable`.
        assumptions: Level of the range, number of draws and seed.

    Returns:
        Low and high end, in dollars.

    Example:
        >>> from j2311_analytics.tables import empty
        >>> predictive_range(empty("recoverable"), Assumptions())
        (0.0, 0.0)
    """
    rows = rows[rows["amount_if_won"] > 0]
    if rows.empty:
        return 0.0, 0.0
    total = _totals(rows, assumptions)
    tail = (1 - assumptions.range_level) / 2
    low = float(np.quantile(total, tail, method="inverted_cdf"))
    # A sum cannot fall below nothing: where that is the lower end, the upper tail is whole.
    above = tail if low > 0 else 2 * tail
    high = float(np.quantile(total, 1 - above, method="inverted_cdf"))
    return round(low, 2), round(high, 2)


def _totals(rows: pd.DataFrame, assumptions: Assumptions) -> Numbers:
    """Draws of the sum."""
    exact = len(rows) <= _EACH
    draws = assumptions.sample_draws if exact else min(assumptions.sample_draws, _FEWER_DRAWS)
    seed = assumptions.seed
    table = _named(rows)
    total, variance = np.zeros(draws), np.zeros(draws)
    # Rows of one cell and price share all draws but their claim's. No BLAS here: its
    # threads cost more than they save, and sums must not depend on them.
    for (_, price), part in table.groupby(["cell", "price"], sort=True):
        first = part.iloc[0]
        shared = np.stack([_normal(f"chance of {n} {first[n]}", seed, draws) for n in _SHARED])
        spreads = part[[f"spread_{name}" for name in _SHARED]].to_numpy()
        spread = np.einsum("rs,sd->rd", spreads, shared)
        chance = special.expit(part["chance_logit"].to_numpy()[:, None] + spread)
        moved = part["amount_spread"].to_numpy()[:, None] * _normal(f"price {price}", seed, draws)
        amount = part["amount_if_won"].to_numpy()
        factor = np.exp(moved)
        if exact:
            own = _uniforms("claim " + part["claim"], seed, draws)
            total += np.einsum("r,rd->d", amount, factor * (own < chance))
            continue
        expected = factor * chance
        total += np.einsum("r,rd->d", amount, expected)
        with_claim = amount * part["claim_amount"].to_numpy()
        variance += np.einsum("r,rd->d", with_claim, expected * (1 - chance))
    if not exact:
        rest = _normal("claims", seed, draws)
        total = (total + np.sqrt(variance) * rest).clip(0.0, table["amount_if_won"].sum())
    return total


def _named(rows: pd.DataFrame) -> pd.DataFrame:
    """What each row shares its draws with, by name; in an order of its own."""
    payer = payer_of(rows)
    claim = rows["claim_id"].fillna("").str.cat(rows["cell"], sep=" | ")
    names = ["chance_logit", "amount_if_won", "amount_spread", *(f"spread_{n}" for n in _SHARED)]
    table = rows[names].assign(
        all="",
        payer=payer,
        cause=rows["cause"].fillna(""),
        cell=rows["cell"],
        price=payer.str.cat(rows["hcpcs"].fillna(""), sep=" | "),
        claim=claim,
        claim_amount=rows["amount_if_won"].groupby(claim).transform("sum"),
    )
    return table.sort_values(["claim", "price", *names], kind="stable")


def _uniforms(names: pd.Series, seed: int, draws: int) -> Numbers:
    """Draws that depend on each row's name and the seed alone, rows by draws."""
    place, known = pd.factorize(names)
    return np.stack([_uniform(name, seed, draws) for name in known])[place]


def _uniform(name: str, seed: int, draws: int) -> Numbers:
    digest = hashlib.blake2b(f"{seed} {name}".encode(), digest_size=8).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest, "big"))).random(draws)


@lru_cache(1024)
def _normal(name: str, seed: int, draws: int) -> Numbers:
    return np.asarray(special.ndtri(_uniform(name, seed, draws)))
