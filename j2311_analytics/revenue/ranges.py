"""The predictive range of a sum of open denials."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from j2311_analytics.assumptions import Assumptions
from j2311_analytics.revenue.expected import payer_of
from j2311_analytics.revenue.pooling import Numbers

# Up to so many denials each is drawn; of more, their sum is normal around its expectation.
_EACH = 200
_FEWER_DRAWS = 1000
Columns = dict[str, NDArray[Any]]
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
    low, high = predictive_ranges(rows, np.zeros(len(rows), dtype=np.int64), 1, assumptions)
    return float(low[0]), float(high[0])


def predictive_ranges(
    rows: pd.DataFrame, groups: NDArray[np.int64], count: int, assumptions: Assumptions
) -> tuple[Numbers, Numbers]:
    """The predictive range of each group's sum.

    Args:
        rows: Rows of table `recoverable`.
        groups: The number of each row's group.
        count: How many groups there are.
        assumptions: Level of the range, number of draws and seed.

    Returns:
        Low and high ends, in dollars, one per group; 0 where nothing can come.

    Example:
        >>> from j2311_analytics.tables import empty
        >>> none = np.empty(0, dtype=np.int64)
        >>> predictive_ranges(empty("recoverable"), none, 1, Assumptions())
        (array([0.]), array([0.]))
    """
    low, high = np.zeros(count), np.zeros(count)
    worth = (rows["amount_if_won"] > 0).to_numpy()
    table = _named(rows[worth], groups[worth])
    tail = (1 - assumptions.range_level) / 2
    for number, part in _parts(table, "group"):
        total = _totals(part, assumptions)
        low[number] = np.quantile(total, tail, method="inverted_cdf")
        # A sum cannot fall below nothing: where that is the lower end, the upper tail is whole.
        above = tail if low[number] > 0 else 2 * tail
        high[number] = np.quantile(total, 1 - above, method="inverted_cdf")
    return low.round(2), high.round(2)


def _parts(table: Columns, name: str) -> Iterator[tuple[int, Columns]]:
    """The rows of each value of a column, by which the rows are sorted."""
    values = table[name]
    edges = [0, *(np.flatnonzero(values[1:] != values[:-1]) + 1), len(values)]
    for start, end in pairwise(edges if len(values) else []):
        yield values[start], {key: column[start:end] for key, column in table.items()}


def _totals(table: Columns, assumptions: Assumptions) -> Numbers:
    """Draws of one sum."""
    exact = len(table["group"]) <= _EACH
    draws = assumptions.sample_draws if exact else min(assumptions.sample_draws, _FEWER_DRAWS)
    seed = assumptions.seed
    total, variance = np.zeros(draws), np.zeros(draws)
    # Rows of one cell and price share all draws but their claim's. No BLAS here: its
    # threads cost more than they save, and sums must not depend on them.
    for _, part in _parts(table, "shared"):
        names = [f"chance of {name} {part[name][0]}" for name in _SHARED]
        shared = np.stack([_normal(name, seed, draws) for name in names])
        spread = np.einsum("rs,sd->rd", part["spreads"], shared)
        chance = special.expit(part["logit"][:, None] + spread)
        # Most often one spread of amounts for all of them.
        spreads, place = np.unique(part["amount_spread"], return_inverse=True)
        price = _normal(f"price {part['price'][0]}", seed, draws)
        factor = np.exp(spreads[:, None] * price)
        if exact:
            won = _uniforms(part["claim"], seed, draws) < chance
            for number, moved in enumerate(factor):
                here = place == number
                total += moved * np.einsum("r,rd->d", part["amount"][here], won[here])
            continue
        expected = factor[place] * chance
        total += np.einsum("r,rd->d", part["amount"], expected)
        with_claim = part["amount"] * part["claim_amount"]
        variance += np.einsum("r,rd->d", with_claim, expected * (1 - chance))
    if not exact:
        rest = _normal("claims", seed, draws)
        total = (total + np.sqrt(variance) * rest).clip(0.0, table["amount"].sum())
    return total


def _named(rows: pd.DataFrame, groups: NDArray[np.int64]) -> Columns:
    """What each row shares its draws with, by name; in an order of its own."""
    payer, cell = payer_of(rows), rows["cell"]
    price = payer.str.cat(rows["hcpcs"].fillna(""), sep=" | ")
    claim = rows["claim_id"].fillna("").str.cat(cell, sep=" | ")
    number = {"cell": _numbers(cell), "price": _numbers(price), "claim": _numbers(claim)}
    by_claim = rows["amount_if_won"].groupby([groups, number["claim"]])
    names = ["chance_logit", "amount_if_won", "amount_spread", *(f"spread_{n}" for n in _SHARED)]
    table = {
        "group": groups,
        "shared": number["cell"] * (number["price"].max(initial=0) + 1) + number["price"],
        "all": np.full(len(rows), ""),
        "payer": payer.to_numpy(),
        "cause": rows["cause"].fillna("").to_numpy(),
        "cell": cell.to_numpy(),
        "price": price.to_numpy(),
        "claim": claim.to_numpy(),
        "claim_amount": by_claim.transform("sum").to_numpy(),
        "logit": rows["chance_logit"].to_numpy(),
        "amount": rows["amount_if_won"].to_numpy(),
        "amount_spread": rows["amount_spread"].to_numpy(),
        "spreads": rows[[f"spread_{name}" for name in _SHARED]].to_numpy(),
    }
    keys = [groups, table["shared"], number["claim"], *(rows[name].to_numpy() for name in names)]
    order = np.lexsort(keys[::-1])
    return {name: column[order] for name, column in table.items()}


def _numbers(names: pd.Series) -> NDArray[np.int64]:
    return pd.factorize(names, sort=True)[0]


def _uniforms(names: NDArray[np.object_], seed: int, draws: int) -> Numbers:
    """Draws that depend on each row's name and the seed alone, rows by draws."""
    known, place = np.unique(names, return_inverse=True)
    return np.stack([_uniform(f"claim {name}", seed, draws) for name in known])[place]


def _uniform(name: str, seed: int, draws: int) -> Numbers:
    digest = hashlib.blake2b(f"{seed} {name}".encode(), digest_size=8).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest, "big"))).random(draws)


@lru_cache(1024)
def _normal(name: str, seed: int, draws: int) -> Numbers:
    return np.asarray(special.ndtri(_uniform(name, seed, draws)))
