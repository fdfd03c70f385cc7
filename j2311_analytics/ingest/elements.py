"""Values of X12 elements: amounts, quantities, dates and ids.

A value that cannot be read is missing, never 0, and the caller lists it.
"""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache

_AMOUNT = re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d*)(?:\.\d*)?")
_DATE = re.compile(r"(\d{4})(\d\d)(\d\d)")
MAX_DIGITS = 15


@lru_cache(maxsize=65536)
def read_cents(text: str) -> int | None:
    """Dollars as whole cents; None where it is not an amount.

    Accepts `1,250.00`, `.5`, `+3` and `-0`. More than 15 digits, or a fraction of
    a cent, is not an amount that can be trusted.

    Example:
        >>> read_cents("1,250.00"), read_cents(".5"), read_cents("250USD")
        (125000, 50, None)
    """
    digits = sum(character.isdigit() for character in text)
    if not digits or not text.isascii() or not _AMOUNT.fullmatch(text):
        return None
    whole, _, fraction = text.replace(",", "").lstrip("+-").partition(".")
    fraction = fraction.rstrip("0")
    if len(whole.lstrip("0")) + len(fraction) > MAX_DIGITS or len(fraction) > 2:
        return None
    cents = int(whole or "0") * 100 + int(fraction.ljust(2, "0"))
    return -cents if text.startswith("-") else cents


@lru_cache(maxsize=65536)
def read_number(text: str) -> float | None:
    """A quantity; None where it is not a number of at most 15 digits.

    Example:
        >>> read_number("380"), read_number(".5"), read_number("x")
        (380.0, 0.5, None)
    """
    digits = sum(character.isdigit() for character in text)
    if not 0 < digits <= MAX_DIGITS or not text.isascii() or not _AMOUNT.fullmatch(text):
        return None
    return float(text.replace(",", "")) + 0.0


@lru_cache(maxsize=65536)
def read_date(text: str) -> date | None:
    """A date written CCYYMMDD; None where it is not one.

    Example:
        >>> read_date("20261031")
        datetime.date(2026, 10, 31)
    """
    match = _DATE.fullmatch(text) if text.isascii() else None
    if not match:
        return None
    try:
        return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return None


def capitals(text: str) -> str:
    """A code in upper case; letters beyond ASCII stay as they are.

    Example:
        >>> capitals("jz"), capitals("é")
        ('JZ', 'é')
    """
    if text.isascii():
        return text.upper()
    return "".join(mark.upper() if mark.isascii() else mark for mark in text)


def read_ndc(text: str) -> str:
    """An NDC as 11 digits; empty where it is not one.

    Hyphens show where a 10-digit code needs its zero; without them a shorter code
    is ambiguous and is not guessed.

    Example:
        >>> read_ndc("65757-300-01"), read_ndc("6575730001")
        ('65757030001', '')
    """
    parts = text.strip().split("-")
    if len(parts) == 3 and all(part.isdigit() for part in parts):
        widths = tuple(len(part) for part in parts)
        if widths in ((4, 4, 2), (5, 3, 2), (5, 4, 1), (5, 4, 2)):
            return parts[0].zfill(5) + parts[1].zfill(4) + parts[2].zfill(2)
        return ""
    digits = "".join(parts)
    return digits if len(digits) == 11 and digits.isdigit() else ""
