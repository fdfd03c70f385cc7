"""The page's tables that say how sound it is: measures, what was read, settings used."""

from __future__ import annotations

from typing import Any

import pandas as pd

from j2311_analytics.assumptions import Assumptions
from j2311_analytics.ingest.exports import Claims
from j2311_analytics.ingest.remittance import Remittance
from j2311_analytics.matching.control_totals import control_totals
from j2311_analytics.report.grids import Grid, grid, records
from j2311_analytics.report.kpis import benchmarks
from j2311_analytics.report.words import (
    DASH,
    OTHER_BASE,
    SAME_BASE,
    cents_text,
    dollars_text,
    measure_name,
    measure_text,
)
from j2311_analytics.tables import cents


def measures(kpis: pd.DataFrame) -> Grid:
    """The measures with range and number of cases, beside figures of the same base.

    Args:
        kpis: Table `kpis`.

    Returns:
        One row per measure.

    Example:
        >>> from j2311_analytics.tables import empty
        >>> measures(empty("kpis")).heads[0].text
        'Measure'
    """
    heads = ["Measure", ">Value", ">Range", ">Cases", "How it is counted", "Published, same base"]
    rows = [
        (
            measure_name(row["kpi"]),
            measure_text(row["value"], row["unit"]),
            _spread(row),
            _cases(row),
            str(row["definition"]),
            _same_base(row["kpi"]),
        )
        for row in records(kpis)
    ]
    return grid("Services with these codes, all months", heads, rows)


def published() -> Grid:
    """Published figures that are counted on another base than the measures.

    Returns:
        Figure, value, base, setting, year and source.

    Example:
        >>> published().rows[0].texts[:3]
        ('Initial denials', '11.8 %', 'claims')
    """
    newest = _newest_published()
    rows = [
        (
            name,
            _published_value(newest[metric]),
            base,
            str(newest[metric]["setting"]),
            *_source(newest[metric]),
        )
        for metric, (name, base) in OTHER_BASE.items()
    ]
    heads = ["Figure", ">Value", "Base", "Setting", "Year", "Source"]
    return grid("Claims of every kind", heads, rows)


def read(remittance: Remittance, claims: Claims | None) -> Grid:
    """What was read, to tie the report to its sources.

    Args:
        remittance: What `read_835` returned.
        claims: What `read_claims` returned, or None.

    Returns:
        Counts and dollars of payments, claims and lines.

    Example:
        >>> from j2311_analytics import read_835
        >>> read(read_835(b"ST*835*1~BPR*I*5*C~SE*3*1~"), None).rows[0].texts
        ('Payments', '1', '$5.00')
    """
    rows = [
        (name, f"{number:,}", cents_text(sum_cents / 100))
        for name, number, sum_cents in read_totals(remittance, claims)
    ]
    caption = "What was read, all months and all codes"
    return grid(caption, ["What", ">Number", ">Dollars"], rows, narrow=True)


def read_totals(remittance: Remittance, claims: Claims | None) -> list[tuple[str, int, int]]:
    """Number and cents of everything read.

    Args:
        remittance: What `read_835` returned.
        claims: What `read_claims` returned, or None.

    Returns:
        What, how many, and their sum in cents.

    Example:
        >>> from j2311_analytics import read_835
        >>> read_totals(read_835(b"ST*835*1~BPR*I*5*C~SE*3*1~"), None)[0]
        ('Payments', 1, 500)
    """
    table = control_totals(remittance, claims)
    columns = (table["what"], table["number"], cents(table["amount"]))
    return list(zip(*(column.tolist() for column in columns), strict=True))


def exceptions(table: pd.DataFrame) -> Grid:
    """Exceptions by problem.

    Args:
        table: `MonthAnalysis.exceptions`.

    Returns:
        How often each problem occurs, errors first.

    Example:
        >>> exceptions(pd.DataFrame(columns=["source", "severity", "problem"])).rows
        ()
    """
    sizes = table.groupby(["severity", "source", "problem"], sort=True).size()
    rows = [
        (row["problem"].replace("_", " "), row["source"], row["severity"], f"{row['size']:,}")
        for row in records(sizes.reset_index(name="size"))
    ]
    return grid("Exceptions by problem", ["Problem", "Where", "Severity", ">Number"], rows)


def payer_list(payers: pd.DataFrame) -> Grid:
    """Every payer with all the names it was seen under.

    Args:
        payers: `MonthAnalysis.payers`.

    Returns:
        One row per payer.

    Example:
        >>> payer_list(pd.DataFrame(columns=["payer", "payer_id", "names", "payments"])).rows
        ()
    """
    rows = [
        (row["payer"], _text(row["payer_id"]), _text(row["names"]), f"{row['payments']:,}")
        for row in records(payers)
    ]
    return grid("Payers of all remittances", ["Payer", "Id", "Names seen", ">Payments"], rows)


def assumption_list(assumptions: Assumptions) -> Grid:
    """Every setting behind the report.

    Args:
        assumptions: The settings used.

    Returns:
        Name, value, unit and meaning.

    Example:
        >>> assumption_list(Assumptions()).rows[0].texts[:2]
        ('focus', 'J2311')
    """
    heads = ["Setting", "Value", "Unit", "Meaning"]
    return grid("Settings used", heads, assumptions.rows())


def _spread(row: dict[str, Any]) -> str:
    if pd.isna(row["low"]) or pd.isna(row["high"]):
        return DASH
    low, high = (measure_text(row[end], row["unit"]) for end in ("low", "high"))
    return f"{low.removesuffix(' %').removesuffix(' days')} to {high}"


def _cases(row: dict[str, Any]) -> str:
    if pd.isna(row["denominator"]) or not row["denominator"]:
        return "none"
    if row["base"] == "dollars":
        return f"{dollars_text(row['numerator'])} of {dollars_text(row['denominator'])}"
    if row["unit"] == "ratio":
        return f"{row['numerator']:,.0f} of {row['denominator']:,.0f}"
    return f"{row['denominator']:,.0f}"


def _same_base(kpi: str) -> str:
    if kpi not in SAME_BASE:
        return "none"
    row = _newest_published()[SAME_BASE[kpi]]
    year, source = _source(row)
    return f"{_published_value(row)} of {row['base']} in {year}, {row['setting']}: {source}"


def _newest_published() -> dict[str, dict[str, Any]]:
    """The newest of each published figure, by its metric."""
    return {row["metric"]: row for row in records(benchmarks().sort_values("year", kind="stable"))}


def _published_value(row: dict[str, Any]) -> str:
    if row["unit"] == "percent":
        return measure_text(row["value"] / 100, "ratio")
    return measure_text(row["value"], row["unit"])


def _source(row: dict[str, Any]) -> tuple[str, str]:
    return str(row["year"]), str(row["source"]).removesuffix("; verified")


def _text(value: Any) -> str:
    return DASH if pd.isna(value) or value == "" else str(value)
