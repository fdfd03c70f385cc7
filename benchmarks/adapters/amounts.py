"""Whole cents from whatever type a reader gives an amount in."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation


def cents(value: object) -> int:
    """An amount in cents; 0 for a missing one, NaN or text that is no number.

    Text may have commas between thousands: a reader that hands out text leaves
    reading it as a number to its caller.

    Example:
        >>> cents(12.5), cents("-0.05"), cents("1,250.00"), cents(None)
        (1250, -5, 125000, 0)
    """
    try:
        amount = Decimal(str(value).replace(",", "")) * 100
    except InvalidOperation:
        return 0
    return int(amount.quantize(Decimal(1), ROUND_HALF_EVEN)) if amount.is_finite() else 0


def total(values: Iterable[object]) -> int:
    """Sum of amounts in cents.

    Example:
        >>> total([1.1, 2.2])
        330
    """
    return sum(map(cents, values))
