"""The page that people open: one HTML file, sums only, that needs no network."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, StrictUndefined

from j2311_analytics.errors import count_of
from j2311_analytics.report import evidence, grids, matched, moved
from j2311_analytics.report.analysis import MonthAnalysis
from j2311_analytics.report.closing_sheets import ageing_grid, appeals_grid, beside_grid, close_grid
from j2311_analytics.report.export_only import is_export_only
from j2311_analytics.report.figures import Figure
from j2311_analytics.report.last_month import last_month_grid, last_month_words
from j2311_analytics.report.palette import month_label
from j2311_analytics.report.weighed import verdicts_grid
from j2311_analytics.report.words import (
    cents_text,
    code_words,
    definitions,
    dollars_text,
    range_text,
)
from j2311_analytics.report.work_sheets import groups_grid, plan_words

MOST_WORK = 12


def write_page(analysis: MonthAnalysis, figures: Sequence[Figure], path: str | Path) -> Path:
    """Write the report as one HTML file that opens from disk without a network.

    Args:
        analysis: From `analyse_month`.
        figures: From `report_figures`; kept inside the file.
        path: File to write; its folder exists.

    Returns:
        The path written. The file holds sums by payer and cause, never a claim,
        a member or the name of an input file. The same analysis gives the same bytes.

    Example:
        >>> import tempfile
        >>> from j2311_analytics import analyse_month, read_835
        >>> from j2311_analytics.report.figures import report_figures
        >>> era = read_835(b"ST*835*1~BPR*I*0*C*************20261005~SE*3*1~")
        >>> analysis = analyse_month(era, month="2026-10")
        >>> page = Path(tempfile.mkdtemp()) / "report.html"
        >>> write_page(analysis, report_figures(analysis), page).name
        'report.html'
    """
    source = resources.files("j2311_analytics.report").joinpath("page.html")
    template = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, keep_trailing_newline=True
    ).from_string(source.read_text(encoding="utf-8"))
    html = template.render(
        **_head(analysis),
        **_tables(analysis),
        figures={figure.name: _picture(figure) for figure in figures},
        definitions=definitions(analysis.assumptions),
        code_words=code_words([*analysis.codes_shown, *analysis.metrics["focus"]]),
    )
    path = Path(path)
    path.write_text(html, encoding="utf-8", newline="\n")
    return path


def _head(analysis: MonthAnalysis) -> dict[str, Any]:
    metrics, month = analysis.metrics, _month(analysis)
    files = count_of(metrics["reconciliation"]["files"], "remittance file")
    if is_export_only(analysis.remittance, analysis.claims):
        files = "the claim export alone"
    return {
        "title": f"Refused {', '.join(analysis.codes_shown)} revenue, {month}",
        "about": f"Everything decided up to {metrics['as_of']}, from {files}.",
        "headline": analysis.headline,
        "note": analysis.note,
        "cards": _cards(metrics["totals"]),
    }


def _cards(totals: dict[str, Any]) -> list[dict[str, str]]:
    cards = [
        ("Billed", "charge", f"{count_of(totals['lines'], 'service')} decided"),
        ("Denied in force", "denied_amount", "billed dollars, whatever became of them"),
        ("Still open", "open_amount", "billed dollars, to be worked"),
        ("Recovered so far", "recovered_amount", "allowed after a first denial"),
        (
            "Recoverable",
            "recoverable_amount",
            f"range {range_text(totals['recoverable_low'], totals['recoverable_high'])}, of "
            f"{dollars_text(totals['denied_expected'])} expected value refused",
        ),
    ]
    return [
        {"name": name, "amount": dollars_text(totals[key]), "aside": aside}
        for name, key, aside in cards
    ]


def _tables(analysis: MonthAnalysis) -> dict[str, Any]:
    metrics, month = analysis.metrics, _month(analysis)
    work, groups = grids.work(analysis, MOST_WORK)
    return {
        "cells": grids.cells(metrics, "Denials in force, the most recoverable first"),
        "work": work,
        "work_words": _work_words(len(work.rows), groups),
        "plan_words": plan_words(analysis.work),
        "shared": groups_grid(analysis.work),
        "verdicts": verdicts_grid(metrics["verdicts"]),
        "changes_words": moved.changes_words(
            analysis.changes, analysis.assumptions.false_alarm_rate
        ),
        "changes": moved.rates_grid(analysis.changes),
        "new_codes": moved.codes_grid(analysis.changes),
        "new": grids.cells(metrics["this_month"], f"Services first denied in {month}"),
        "new_words": _new_words(metrics["this_month"]["totals"], month),
        "last": last_month_grid(analysis.last),
        "last_words": last_month_words(analysis.last, analysis.assumptions),
        "measures": evidence.measures(analysis.kpis),
        "published": evidence.published(),
        "flow": grids.flow(analysis),
        "beside": grids.beside(analysis),
        "close": close_grid(analysis.close),
        "close_words": analysis.close.compared,
        "ageing": ageing_grid(analysis.close),
        "appeals": appeals_grid(analysis.close),
        "apart": beside_grid(analysis.close),
        "proof": _proof(analysis),
        "read": evidence.read(analysis.remittance, analysis.claims),
        "exceptions": evidence.exceptions(analysis.exceptions),
        "exception_words": _exception_words(len(analysis.exceptions)),
        "payers": evidence.payer_list(analysis.payers),
        "assumptions": evidence.assumption_list(analysis.assumptions),
        "family": grids.family(analysis),
        "reconciled": matched.steps_grid(analysis.reconciliation),
        "by_payer": matched.payers_grid(analysis.reconciliation),
    }


def _month(analysis: MonthAnalysis) -> str:
    return month_label(pd.Timestamp(f"{analysis.month}-01"))


def _picture(figure: Figure) -> dict[str, object]:
    # Bytes 16 to 19 of a PNG are its width; charts have 150 dots per inch, pages 96.
    width = int.from_bytes(figure.png[16:20], "big") * 96 // 150
    data = base64.b64encode(figure.png).decode("ascii")
    return {"data": data, "width": width, "alt": figure.alt, "caption": figure.caption}


def _work_words(shown: int, groups: int) -> str:
    if not groups:
        return "No denial is open."
    rest = f" The first {shown} of {groups} are shown." if shown < groups else ""
    return (
        "Sorted by what can be expected to come, less what working it costs. The sheet Action "
        f"list of report.xlsx lists the services behind each row.{rest}"
    )


def _new_words(totals: dict[str, Any], month: str) -> str:
    if not totals["lines"]:
        return f"No service was first denied in {month}."
    were = "was" if totals["lines"] == 1 else "were"
    span = range_text(totals["recoverable_low"], totals["recoverable_high"])
    return (
        f"In {month}, {count_of(totals['lines'], 'service')} {were} denied for the first time: "
        f"{cents_text(totals['initial_denied_amount'])} at first, "
        f"{cents_text(totals['open_amount'])} of it still open. "
        f"{cents_text(totals['recoverable_amount'])} ({span}) can be expected to come."
    )


def _proof(analysis: MonthAnalysis) -> list[dict[str, object]]:
    found = analysis.metrics["reconciliation"]
    files, errors, failed = found["files"], found["files_with_errors"], found["unbalanced"]
    checks = count_of(len(analysis.checks), "balance check")
    if is_export_only(analysis.remittance, analysis.claims):
        return [
            {"good": True, "text": "No remittance was read: there is nothing to balance."},
            dict(zip(("good", "text"), _cells_tie(analysis), strict=True)),
        ]
    lines = [
        (
            not errors,
            f"{count_of(files, 'remittance file')} read, none with an error."
            if not errors
            else f"{errors:,} of {count_of(files, 'remittance file')} could not be read in "
            "full: see Exceptions. The others count.",
        ),
        (
            not failed,
            f"Every file balances to $0.00: {checks} of lines, claims and payments."
            if not failed
            else f"{failed:,} of {checks} {'does' if failed == 1 else 'do'} not balance: "
            "see Exceptions. "
            f"{cents_text(found['unexplained_cents'] / 100)} of claims and payments is "
            "unexplained; amounts are kept as the payer wrote them.",
        ),
        _cells_tie(analysis),
    ]
    return [{"good": good, "text": text} for good, text in lines]


def _cells_tie(analysis: MonthAnalysis) -> tuple[bool, str]:
    """Whether the table by payer and cause adds up to the total."""
    total = round(analysis.metrics["totals"]["denied_amount"] * 100)
    rows = analysis.metrics["by_payer_and_cause"]
    gap = sum(round(row["denied_amount"] * 100) for row in rows) - total
    if gap:
        return False, (
            f"Denied dollars by payer and cause differ from the total by {cents_text(gap / 100)}."
        )
    return True, (
        f"Denied dollars by payer and cause add up to the total, {cents_text(total / 100)}."
    )


def _exception_words(count: int) -> str:
    if not count:
        return "Nothing was odd, out of balance or left unlinked."
    return (
        f"{count_of(count, 'exception')}, one by one in the sheet Exceptions of report.xlsx and "
        "in exceptions.csv. Nothing here was dropped silently."
    )
