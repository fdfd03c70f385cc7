"""Paired ratios: what two things measured turn about say of each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Ratio:
    """The median of paired ratios with the lowest and the highest."""

    median: float
    lowest: float
    highest: float
    pairs: int


def order(pair: int) -> tuple[int, int]:
    """Which of the two goes first in a pair: turn about, so that drift favours neither.

    Example:
        >>> [order(pair) for pair in range(3)]
        [(0, 1), (1, 0), (0, 1)]
    """
    return (0, 1) if pair % 2 == 0 else (1, 0)


def paired(numerators: Sequence[float], denominators: Sequence[float]) -> Ratio:
    """The ratio of each pair, and their median and range.

    Raises:
        ValueError: without pairs, with one side longer, or with a denominator that
            is not positive.

    Example:
        >>> paired([2.0, 9.0, 4.0], [1.0, 3.0, 4.0])
        Ratio(median=2.0, lowest=1.0, highest=3.0, pairs=3)
    """
    if not numerators or len(numerators) != len(denominators):
        raise ValueError("pairs need as many of the one as of the other, and at least one")
    if min(denominators) <= 0:
        raise ValueError("a measurement must be positive")
    ratios = [a / b for a, b in zip(numerators, denominators, strict=True)]
    return Ratio(median(ratios), min(ratios), max(ratios), len(ratios))
