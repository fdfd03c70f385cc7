"""Random draws that give the same numbers on every platform."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

T = TypeVar("T")


class Dice:
    """Whole-number draws from one seeded generator.

    Only uniform draws and whole-number arithmetic are used, because logarithms
    and exponentials may differ in their last bit between platforms.

    Example:
        >>> Dice(1).between(3, 3)
        3
    """

    def __init__(self, seed: int) -> None:
        self._generator = np.random.Generator(np.random.PCG64(seed))

    def between(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both included."""
        return low + int(self._generator.random() * (high - low + 1))

    def percent(self, share: float) -> bool:
        """True in `share` of a hundred draws."""
        return self._generator.random() * 100 < share

    def permille(self, share: float) -> bool:
        """True in `share` of a thousand draws."""
        return self._generator.random() * 1000 < share

    def pick(self, items: Sequence[T]) -> T:
        """One of the items, each as likely."""
        return items[self.between(0, len(items) - 1)]

    def weighted(self, items: Sequence[T], weights: Sequence[float]) -> T:
        """One of the items, as likely as its weight."""
        mark = self._generator.random() * sum(weights)
        for item, weight in zip(items, weights, strict=True):
            mark -= weight
            if mark < 0:
                return item
        return items[-1]
