"""Prevention as the report shows it: the workbook's sheet, and the chart of root causes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from j2311_analytics.errors import count_of
from j2311_analytics.report.analysis import MonthAnalysis
from j2311_analytics.report.drawing import (
    PLAIN,
    chart_axes,
    finish,
    money_axis,
    nothing_to_show,
    require_columns,
)
from j2311_analytics.report.listing import Listing, fields_of
from j2311_analytics.report.palette import BLUE, QUIET, SKY, cause_label, money_label, name_label

ROOTS = (
    ("rank", "Fix first", 8, ""),
    ("payer", "Payer", 38, ""),
    ("cause", "Cause", 24, "words"),
    ("attribute", "What they have in common", 20, ""),
    ("value", "Value", 20, ""),
    ("excess_per_month", "A month, billed", 14, ""),
    ("lift", "Times as often", 10, ""),
    ("lift_low", "Range, low", 10, ""),
    ("lift_high", "Range, high", 10, ""),
    ("denied_claims", "Denied claims", 10, ""),
    ("claims", "Of claims", 10, ""),
    ("other_denied_claims", "Denied, others", 10, ""),
    ("other_claims", "Of other claims", 10, ""),
    ("explained_by", "Explained by", 30, ""),
)
WORTH = (
    ("severity", "Severity", 9, ""),
    ("rule", "Rule", 38, ""),
    ("cause", "Denial it warns of", 24, "words"),
    ("verdict", "Verdict", 20, ""),
    ("caught_amount", "Would have caught, billed", 20, ""),
    ("flagged_lines", "Lines flagged", 14, ""),
    ("flagged_denied", "Denied for it", 10, ""),
    ("flagged_rate", "Share", 10, "percent"),
    ("flagged_low", "Range, low", 10, "percent"),
    ("flagged_high", "Range, high", 10, "percent"),
    ("other_rate", "Share, others", 10, "percent"),
    ("false_alarm_rate", "False alarms", 10, "percent"),
)
SUGGESTED = (
    ("hcpcs", "Code", 8, ""),
    ("payer", "Payer", 38, ""),
    ("requirement", "Seems to ask for", 24, "words"),
    ("value", "Value", 20, ""),
    ("payer_id", "Payer id", 20, ""),
    ("draft", "Row to approve, with its evidence", 14, ""),
)


def prevention_listings(analysis: MonthAnalysis) -> list[Listing]:
    """The tables of the sheet Prevention: all codes, what was answered by the as-of date.

    Example:
        >>> from j2311_analytics import analyse_month, read_835
        >>> era = read_835(b"ST*835*1~BPR*I*0*C*************20261005~SE*3*1~")
        >>> [part.title for part in prevention_listings(analyse_month(era, month="2026-10"))][0]
        'Fix this first: what denials have in common'
    """
    roots, worth, suggested = analysis.prevention
    shown = {name: roots[name].round(1) for name in ("lift", "lift_low", "lift_high")}
    parts = (
        (
            "Fix this first: what denials have in common",
            ROOTS,
            roots.assign(**shown),
            "root_causes",
        ),
        ("What each rule would have caught", WORTH, worth, "rule_value"),
        ("What payers seem to ask for", SUGGESTED, suggested, "policy_suggestions"),
    )
    return [
        Listing(fields_of(fields, table), rows, title=title) for title, fields, rows, table in parts
    ]


def plot_root_causes(
    root_causes: pd.DataFrame, ax: Axes | None = None, *, max_causes: int = 10
) -> Axes:
    """Draw what to fix first: dollars a month by what the denials have in common.

    Args:
        root_causes: From `root_causes(claims, remittance)`; rows that another finding
            explains are left out.
        ax: Axes to draw in; a new figure where not given.
        max_causes: Bars to draw, the most dollars first.

    Returns:
        The axes. Each bar says how many times as often the claims are denied, with
        its 95 % range, and how many were.

    Raises:
        ValueError: if a column is missing, or `max_causes` is below 1.

    Example:
        >>> ax = plot_root_causes(pd.DataFrame({
        ...     "payer": ["North Health"], "cause": ["units"], "attribute": ["biller"],
        ...     "value": ["B 3"], "excess_per_month": [1_250.0], "lift": [3.1], "lift_low": [2.2],
        ...     "lift_high": [4.4], "claims": [200], "denied_claims": [36],
        ...     "explained_by": [None]}))
        >>> ax.get_title(loc="left")
        'Fix first: biller B 3 at North Health, $1.2k a month of units denials'
    """
    require_columns(root_causes, [*_NEEDED, "explained_by"], "root_causes(claims, remittance)")
    if max_causes < 1:
        raise ValueError("max_causes must be at least 1")
    own = root_causes[root_causes["explained_by"].isna()]
    rows = own.sort_values("excess_per_month", ascending=False, kind="stable").head(max_causes)
    if rows.empty:
        return nothing_to_show(chart_axes(ax, 7, 1), "No root cause stands out from chance")
    names = [_name(row) for row in rows.to_dict("records")]
    dollars = rows["excess_per_month"].to_numpy()
    ax = chart_axes(ax, 10, 0.5 * len(rows) + 1.5)
    ax.barh(range(len(rows)), dollars, height=0.62, color=[BLUE, *[SKY] * (len(rows) - 1)])
    for place, row in enumerate(rows.to_dict("records")):
        at = (float(dollars[place]), place)
        ax.annotate(_label(row), at, (4, 0), textcoords="offset points", va="center", **PLAIN)
    ax.set_yticks(range(len(rows)), names, **PLAIN)
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.set_xlim(0, float(np.max(dollars)) * 1.75 or 100.0)
    ax.spines["left"].set_visible(False)
    ax.axvline(0, color=QUIET, linewidth=0.8)
    money_axis(ax.xaxis, "billed dollars denied a month, above the payer's other claims' rate")
    first = rows.iloc[0]
    finding = (
        f"Fix first: {first['attribute']} {first['value']} at {name_label(str(first['payer']))}, "
        f"{money_label(float(first['excess_per_month']))} a month of "
        f"{cause_label(str(first['cause']))} denials"
    )
    told = (f"{n}: {_label(r)}" for n, r in zip(names, rows.to_dict("records"), strict=True))
    bars = "; ".join(text.replace("\n", ", ") for text in told)
    return finish(ax, finding, f"Bar chart of root causes of denials. {bars}.")


_NEEDED = [
    *("payer", "cause", "attribute", "value", "excess_per_month", "lift", "lift_low"),
    *("lift_high", "claims", "denied_claims"),
]


def _name(row: dict[Any, Any]) -> str:
    """Two short lines: what they have in common, and where."""
    where = f"{name_label(str(row['payer']), 0)}: {cause_label(str(row['cause']))}"
    return f"{row['attribute']} {row['value']}\n{where}"


def _label(row: dict[Any, Any]) -> str:
    lift = f"{row['lift']:.1f}× as often ({row['lift_low']:.1f}–{row['lift_high']:.1f})"
    counts = f"{row['denied_claims']:,} of {count_of(row['claims'], 'claim')}"
    return f"{money_label(float(row['excess_per_month']))}, {lift}, {counts}"
