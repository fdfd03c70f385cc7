"""Values of spreadsheet cells: dollars, quantities, dates and codes.

Each reader takes one cell's text and gives None where it cannot be read: a
value is never guessed. `by_unique` runs a reader once per different text.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pandas as pd

from j2311_analytics.ingest.elements import MAX_DIGITS, read_cents, read_number
from j2311_analytics.ingest.elements import read_ndc as read_plain_ndc

Value = str | float | int | date | None

BLANK = frozenset(["", "-", "--", "n/a", "#n/a", "null", "none", "nan", "nat", "<na>"])

_PLAIN = re.compile(r"[0-9]{1,13}(?:\.[0-9]{1,2})?")
_LONG_FRACTION = re.compile(r"-?(?:[0-9]{1,15}|[0-9]{1,3}(?:,[0-9]{3}){1,4})\.[0-9]{3,40}")
_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
_US = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d\d)")
_DAY_MONTH = re.compile(r"(\d{1,2})[- ]([A-Za-z]{3})[a-z]*[-, ]+(\d{4}|\d\d)")
_MONTH_DAY = re.compile(r"([A-Za-z]{3})[a-z]*\.? (\d{1,2}),? (\d{4})")
_TIME = re.compile(r"[T ]+\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?(?: ?[AaPp][Mm])?(?:Z|[+-]\d\d:?\d\d)?")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_SERIAL_START = date(1899, 12, 30)
_DAMAGE = re.compile(r"\.0+$")
_SEPARATORS = re.compile(r"[\s,;:|]+")
_SERVICE = re.compile(r"(?:HC[:*])?([A-Z0-9]\d{3}[A-Z0-9])(?:[\s:*,;/-]+(.*))?")
_MODIFIER = re.compile(r"[A-Z0-9]{2}")
_DIAGNOSIS = re.compile(r"[A-Z]\d[0-9A-Z](?:\.?[0-9A-Z]{1,4})?|\d{3}(?:\.?\d{1,2})?")
_PLACE = re.compile(r"(\d{1,2})(?:\.0+)?(?:\s*[-:]\s*.*)?")
_REVENUE = re.compile(r"(\d{3,4})(?:\.0)?(?:\s*-.*)?")
_SEQUENCES = {"PRI": "P", "SEC": "S", "TER": "T", "1": "P", "2": "S", "3": "T", "1ST": "P",
              "2ND": "S", "3RD": "T"}  # fmt: skip
_FREQUENCY = re.compile(r"0?([0-9A-Z])(?:\.0+)?(?:\s*[-:]\s*.*)?")
_FREQUENCY_WORDS = {"ORIGINAL": "1", "CORRECTED": "7", "REPLACEMENT": "7", "VOID": "8"}


def by_unique(cells: pd.Series, read: Callable[[str], Value], dtype: str = "str") -> pd.Series:
    """Read a column with a function of one cell, called once per different text.

    Args:
        cells: Text; blank cells and spellings of "no value" are missing.
        read: Gives the value of a stripped text, or None.
        dtype: The result's type.

    Returns:
        A series with the index of `cells`.

    Example:
        >>> by_unique(pd.Series(["$5", "", "x"], dtype="str"), read_dollars, "float64").tolist()
        [5.0, nan, nan]
    """
    places, unique = pd.factorize(cells)
    # One conversion: taking texts out of an Arrow array one by one is slow.
    texts = np.asarray(unique, dtype=object)
    values = [None if is_blank(text) else read(text.strip()) for text in texts]
    if dtype == "str":
        known = pd.Series([*values, None], dtype="str").array
        return pd.Series(known.take(places), index=cells.index)
    # Missing cells have place -1: the None at the end.
    array = np.array([*values, None], dtype=dtype)
    return pd.Series(array[places], index=cells.index)


def is_blank(text: str) -> bool:
    """Whether a cell says that it holds no value.

    Example:
        >>> is_blank(" N/A "), is_blank("0")
        (True, False)
    """
    return text.strip().lower() in BLANK


def read_dollars(text: str) -> float | None:
    """Dollars as people and accounting formats write them, rounded to cents.

    More than 15 digits is not an amount that can be trusted.

    Example:
        >>> [read_dollars(t) for t in ("$1,250.00", "(12.50)", "12.50-", "$ -", "12,50")]
        [1250.0, -12.5, -12.5, 0.0, None]
    """
    if _PLAIN.fullmatch(text):
        return float(text)
    bare = text.upper().replace("$", "").replace("USD", "").replace("\u2212", "-").strip()
    if bare == "-":
        return 0.0
    sign = 1
    if bare.startswith("(") and bare.endswith(")"):
        sign, bare = -1, bare[1:-1].strip()
    elif bare.endswith(("-", "CR")):
        sign, bare = -1, bare.removesuffix("-").removesuffix("CR").strip()
    if bare.startswith("-"):
        bare = "-" + bare[1:].strip()
    cents = read_cents(_to_cents(bare))
    return None if cents is None else sign * cents / 100 + 0.0


def read_quantity(text: str) -> float | None:
    """A number of units, of at most 15 digits.

    Example:
        >>> read_quantity("380.0"), read_quantity("1,000"), read_quantity("ten")
        (380.0, 1000.0, None)
    """
    if _LONG_FRACTION.fullmatch(text):
        return round(float(text.replace(",", "")), 6)
    return read_number(text)


def read_milligrams(text: str) -> float | None:
    """A dose in mg, with or without its unit.

    Example:
        >>> read_milligrams("380 mg"), read_milligrams("0.3 g"), read_milligrams("1 vial")
        (380.0, None, None)
    """
    return read_quantity(text.lower().removesuffix("mg").strip())


def read_position(text: str) -> int | None:
    """A line number, from 1.

    Example:
        >>> read_position("02"), read_position("3.0"), read_position("A1")
        (2, 3, None)
    """
    digits = _DAMAGE.sub("", text)
    plain = digits.isascii() and digits.isdigit() and len(digits) <= MAX_DIGITS
    return int(digits) or None if plain else None


def read_day(text: str) -> date | None:
    """A date: US, ISO, yyyymmdd, with a month's name, or an Excel serial number.

    Example:
        >>> [str(read_day(t)) for t in ("1/5/26", "2026-01-05", "20260105", "46027", "13/5/26")]
        ['2026-01-05', '2026-01-05', '2026-01-05', '2026-01-05', 'None']
    """
    day = _TIME.sub("", text, count=1)
    if day.isascii() and day.replace(".", "", 1).isdigit() and not day.startswith("."):
        return _from_digits(day)
    if found := _ISO.fullmatch(day):
        return _date(found[1], found[2], found[3])
    if found := _US.fullmatch(day):
        return _date(found[3], found[1], found[2])
    if found := _DAY_MONTH.fullmatch(day):
        return _date(found[3], _month(found[2]), found[1])
    if found := _MONTH_DAY.fullmatch(day):
        return _date(found[3], _month(found[1]), found[2])
    return None


def read_code(text: str) -> str:
    """A code in upper case, without the ".0" that number columns add.

    Example:
        >>> read_code("mc"), read_code("1234567893.0")
        ('MC', '1234567893')
    """
    return _DAMAGE.sub("", text.upper())


def read_hcpcs(text: str) -> str:
    """The procedure code of a cell, without modifiers or description beside it.

    Example:
        >>> read_hcpcs("j2311-JZ"), read_hcpcs("99213 - Office visit"), read_hcpcs("1E5")
        ('J2311', '99213', '1E5')
    """
    found = _SERVICE.fullmatch(read_code(text))
    return found[1] if found else read_code(text)


def read_hcpcs_modifiers(text: str) -> str | None:
    """Modifiers that stand in the procedure code's cell, separated by spaces.

    Example:
        >>> read_hcpcs_modifiers("99213 25,59"), read_hcpcs_modifiers("99213 - Office visit")
        ('25 59', None)
    """
    found = _SERVICE.fullmatch(read_code(text))
    return read_modifiers(found[2].replace("-", " ")) if found and found[2] else None


def read_modifiers(text: str) -> str | None:
    """Modifiers, separated by spaces; a digit alone has lost its zero.

    Example:
        >>> read_modifiers("25,59"), read_modifiers("5"), read_modifiers("jz25")
        ('25 59', '05', 'JZ 25')
    """
    found = []
    for token in _SEPARATORS.split(text.upper().strip(" ,;:|")):
        code = _DAMAGE.sub("", token)
        code = code.zfill(2) if code.isdigit() else code
        if len(code) % 2 or not code.isascii() or not code.isalnum():
            return None
        found += _MODIFIER.findall(code)
    return " ".join(found)


def read_diagnoses(text: str) -> str | None:
    """Diagnosis codes without dots, separated by spaces; a description is left out.

    Example:
        >>> read_diagnoses("F11.20; z79.899"), read_diagnoses("E11 Diabetes"), read_diagnoses("?")
        ('F1120 Z79899', 'E11', None)
    """
    found = []
    for token in re.split(r"[\s,;|/^-]+", text.upper().strip(" ,;|/^-")):
        code = token.rpartition(":")[2]
        if not _DIAGNOSIS.fullmatch(code):
            break
        found.append(code.replace(".", ""))
    return " ".join(found) or None


def read_place(text: str) -> str | None:
    """A place of service in two digits.

    Example:
        >>> read_place("2"), read_place("11 - Office"), read_place("Office")
        ('02', '11', None)
    """
    found = _PLACE.fullmatch(text)
    return found[1].zfill(2) if found else None


def read_frequency(text: str) -> str | None:
    """A claim frequency code: 1, 7, 8 …

    Example:
        >>> read_frequency("1.0"), read_frequency("7 - Replacement"), read_frequency("Void")
        ('1', '7', '8')
    """
    found = _FREQUENCY.fullmatch(text.upper())
    return found[1] if found else _FREQUENCY_WORDS.get(text.upper())


def read_sequence(text: str) -> str | None:
    """The place of a payer among a patient's payers as SBR01 writes it.

    Example:
        >>> read_sequence("Primary"), read_sequence("2"), read_sequence("T"), read_sequence("x1")
        ('P', 'S', 'T', None)
    """
    word = text.strip().upper().removesuffix(".0")
    known = _SEQUENCES.get(word[:3])
    return known or (word if len(word) == 1 and word in "PSTABCDEFGHU" else None)


def read_revenue_code(text: str) -> str | None:
    """A revenue code in four digits.

    Example:
        >>> read_revenue_code("636"), read_revenue_code("0250 - Pharmacy"), read_revenue_code("x")
        ('0636', '0250', None)
    """
    found = _REVENUE.fullmatch(text.strip())
    return found[1].zfill(4) if found else None


def read_ndc(text: str) -> str | None:
    """An NDC as 11 digits; None where Excel or a missing hyphen leaves it in doubt.

    Example:
        >>> read_ndc("65757-300-01"), read_ndc("N465757030001"), read_ndc("6.58E+10")
        ('65757030001', '65757030001', None)
    """
    digits = text.upper().removeprefix("N4").strip()
    return read_plain_ndc(_DAMAGE.sub("", digits)) or None


def _to_cents(amount: str) -> str:
    if not _LONG_FRACTION.fullmatch(amount):
        return amount
    # What a spreadsheet computed carries noise far behind the cents.
    return str(Decimal(amount.replace(",", "")).quantize(Decimal("0.01"), ROUND_HALF_UP))


def _from_digits(digits: str) -> date | None:
    if len(digits) == 8 and digits.isdigit():
        return _date(digits[:4], digits[4:6], digits[6:]) or _date(
            digits[4:], digits[:2], digits[2:4]
        )
    whole = digits.partition(".")[0]
    return _SERIAL_START + timedelta(days=int(whole)) if len(whole) == 5 else None


def _month(name: str) -> int:
    return _MONTHS.index(name.lower()) + 1 if name.lower() in _MONTHS else 0


def _date(year: str, month: str | int, day: str) -> date | None:
    number = int(year)
    if len(year) == 2:
        number += 2000 if number < 70 else 1900
    try:
        return date(number, int(month), int(day)) if 1900 <= number <= 2199 else None
    except ValueError:
        return None
