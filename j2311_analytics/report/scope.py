"""Which month and which codes a report is about."""

from __future__ import annotations

import calendar
import re
from dataclasses import replace
from datetime import date

import pandas as pd

from j2311_analytics.assumptions import Assumptions
from j2311_analytics.drugs.family import same_drug
from j2311_analytics.ingest.exports import Claims
from j2311_analytics.ingest.remittance import Remittance
from j2311_analytics.report.export_only import decision_dates


def month_end(month: str) -> date:
    """The last day of a month written "2026-10".

    Raises:
        ValueError: for anything else.

    Example:
        >>> month_end("2026-02")
        datetime.date(2026, 2, 28)
    """
    match = re.fullmatch(r"(\d{4})-(\d\d)", month)
    if not match or not 1 <= int(match[2]) <= 12:
        raise ValueError(f'the month must be written like "2026-10"; got {month!r}')
    year, number = int(match[1]), int(match[2])
    return date(year, number, calendar.monthrange(year, number)[1])


def checked_end(month: str, remittance: Remittance, claims: Claims | None = None) -> date:
    """The last day of a month that the data reaches.

    Raises:
        ValueError: if the month lies outside the months paid in the data.

    Example:
        >>> from j2311_analytics import read_835
        >>> era = read_835(b"ST*835*1~BPR*I*0*C*************20261005~SE*3*1~")
        >>> checked_end("2026-10", era)
        datetime.date(2026, 10, 31)
    """
    as_of = month_end(month)
    dates = decision_dates(remittance, claims)
    first, last = dates.min(), dates.max()
    if pd.isna(last):
        raise ValueError(
            "no remittance carries a payment date, nor a claim export alone a date of decision "
            "(remit_date); a month cannot be cut off"
        )
    if as_of.replace(day=1) > last.date():
        raise ValueError(
            f"{month} lies after the data: the last payment in the data is dated "
            f"{last.date()}; choose --month {last:%Y-%m} or earlier, or add the missing 835 files"
        )
    if as_of < first.date():
        raise ValueError(
            f"{month} lies before the data: the first payment in the data is dated "
            f"{first.date()}; choose --month {first:%Y-%m} or later"
        )
    return as_of


def with_lines(
    remittance: Remittance, claims: Claims | None, assumptions: Assumptions
) -> tuple[Assumptions, str]:
    """The focus, or the drug's family where no line carries a focus code.

    Returns:
        The assumptions with that focus, and a sentence where it is not the one asked for.

    Example:
        >>> from j2311_analytics import read_835
        >>> era = read_835(b"ST*835*1~BPR*I*0*C~CLP*A*1*9*9~SVC*HC:J2315*9*9~SE*5*1~")
        >>> with_lines(era, None, Assumptions())[0].focus
        ('J2315',)
    """
    seen = set(remittance.lines["billed_hcpcs"].dropna()) | set(remittance.lines["hcpcs"].dropna())
    if claims is not None:
        seen |= set(claims.lines["hcpcs"].dropna())
    if seen & set(assumptions.focus):
        return assumptions, ""
    asked = ", ".join(assumptions.focus)
    present = pd.Series(sorted(seen), dtype="str")
    family = tuple(present[same_drug(present, assumptions.focus)])
    if not family:
        return assumptions, f"No line carries {asked}, nor another code of the same drug."
    note = f"No line carries {asked}; the drug's family is shown instead: {', '.join(family)}."
    return replace(assumptions, focus=family), note
