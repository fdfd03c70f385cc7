"""Colours and words of the pictures: safe for colour-blind readers, short, in dollars.

Categories use the Okabe-Ito palette (Okabe & Ito 2008, "Color Universal Design");
ordered values use one hue, ColorBrewer's Blues.
"""

from __future__ import annotations

import math
import textwrap

import pandas as pd
from matplotlib.colors import to_rgb

INK = "#1a1a1a"
QUIET = "#5a5f66"
GRID = "#e3e6e9"
REST = "#b3b9c0"
PALE = "#eef0f2"
BAND = "#dbe7f1"
BLUE = "#0072B2"
SKY = "#56B4E9"
ORANGE = "#E69F00"
GREEN = "#009E73"
VERMILLION = "#D55E00"
SEQUENTIAL = "Blues"

_UNITS = ((999.5, 1.0, "", 0), (999_950.0, 1e3, "k", 1), (999_950_000.0, 1e6, "M", 1))
_ABBREVIATIONS = {"ndc": "NDC"}
_LONGEST_NAME = 52
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def money_label(amount: float) -> str:
    """Dollars as short as a label must be.

    Args:
        amount: Dollars; a missing amount gives a dash.

    Returns:
        Whole dollars below a thousand (cents below one dollar), then one decimal
        of thousands (k), millions (M) or billions (B).

    Example:
        >>> [money_label(a) for a in (950, 12_345.67, 1_234_567, -2_000)]
        ['$950', '$12.3k', '$1.2M', '−$2.0k']
    """
    if math.isnan(amount):
        return "–"
    size = abs(amount)
    if round(size, 2) < 1:
        return f"{_sign(amount)}${size:.2f}" if round(size, 2) else "$0"
    divisor, suffix, digits = _unit(size)
    return f"{_sign(amount)}${size / divisor:,.{digits}f}{suffix}"


def range_label(low: float, high: float) -> str:
    """Both ends of a range of dollars in the unit of the upper end, without the sign.

    Args:
        low: Lower end, dollars.
        high: Upper end, dollars.

    Returns:
        Whole numbers from ten of the unit up, else one decimal.

    Example:
        >>> range_label(8_000, 17_200), range_label(800, 1_100), range_label(20, 900)
        ('8–17k', '0.8–1.1k', '20–900')
    """
    if math.isnan(low) or math.isnan(high):
        return "range not known"
    divisor, suffix, digits = _unit(abs(high))
    digits = 0 if abs(high) / divisor >= 9.95 else digits
    ends = [f"{_sign(end)}{abs(end) / divisor:,.{digits if end else 0}f}" for end in (low, high)]
    return f"{'–'.join(ends)}{suffix}"


def percent_label(share: float, digits: int = 0) -> str:
    """A share of one as percent.

    Args:
        share: Share, 0 to 1.
        digits: Decimals to show.

    Returns:
        The percentage, with a space before the sign.

    Example:
        >>> percent_label(0.21, 1)
        '21.0 %'
    """
    return f"{share * 100:.{digits}f} %"


def month_label(month: pd.Timestamp) -> str:
    """A month in words, the same whatever the machine's language.

    Args:
        month: Any date in the month.

    Returns:
        Three letters and the year.

    Example:
        >>> month_label(pd.Timestamp("2026-10-01"))
        'Oct 2026'
    """
    return f"{_MONTHS[month.month - 1]} {month.year}"


def cause_label(cause: str) -> str:
    """A cause as people read it.

    Args:
        cause: A cause of the code tables, such as prior_authorization.

    Returns:
        Its words, with spaces.

    Example:
        >>> cause_label("prior_authorization"), cause_label("ndc")
        ('prior authorization', 'NDC')
    """
    return " ".join(_ABBREVIATIONS.get(word, word) for word in cause.split("_"))


def name_label(name: str, width: int = 0) -> str:
    """A name short enough for a label: the middle goes, since names differ at the end.

    Args:
        name: Name of a payer.
        width: Letters per line; 0 for one line.

    Returns:
        At most 52 letters, in lines of at most `width`.

    Example:
        >>> name_label("Blue Cross Blue Shield of the Northern Lakes and Plains, HMO Plus")
        'Blue Cross Blue Shield of the … HMO Plus'
        >>> name_label("North Health Plan", width=12)
        'North Health\\nPlan'
    """
    name = " ".join(name.split())
    if len(name) > _LONGEST_NAME:
        start, end = name[: _LONGEST_NAME - 19], name[-16:]
        name = f"{start.rpartition(' ')[0] or start} … {end.partition(' ')[2] or end}"
    return "\n".join(textwrap.wrap(name, width)) if width else name


def ink_on(colour: tuple[float, float, float, float] | str) -> str:
    """Black or white, whichever is easier to read on a colour.

    Args:
        colour: Name of a colour, or red, green, blue and alpha from 0 to 1.

    Returns:
        The one with the higher contrast, always above 4.5 (WCAG 2.2, 1.4.3).

    Example:
        >>> ink_on("#08306b"), ink_on("white")
        ('white', 'black')
    """
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
    luminance = sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
    return "white" if 1.05 / (luminance + 0.05) > (luminance + 0.05) / 0.05 else "black"


def _sign(amount: float) -> str:
    return "−" if amount < 0 else ""


def _unit(size: float) -> tuple[float, str, int]:
    """Divisor, suffix and decimals for an amount without its sign."""
    for limit, divisor, suffix, digits in _UNITS:
        if size < limit:
            return divisor, suffix, digits
    return 1e9, "B", 1
