"""What the sheets of the workbook hold: their columns, rows, totals and explanations."""

from __future__ import annotations

import pandas as pd

from j2311_analytics.report.analysis import MonthAnalysis
from j2311_analytics.report.checks import check_listings, in_force_cents
from j2311_analytics.report.closing_sheets import (
    appeal_listing,
    beside_listings,
    close_listings,
    movement_listing,
)
from j2311_analytics.report.figures import waterfall_steps
from j2311_analytics.report.kpis import benchmarks
from j2311_analytics.report.last_month import last_month_listing
from j2311_analytics.report.listing import MOST_ROWS, Field, Listing, fields_of
from j2311_analytics.report.matched import reconciliation_listings
from j2311_analytics.report.moved import changes_listings
from j2311_analytics.report.prevention import prevention_listings
from j2311_analytics.report.weighed import weighed_fields, with_evidence
from j2311_analytics.report.words import code_words, definitions, measure_name, sentence
from j2311_analytics.report.work_sheets import action_listing, group_listings, kept_listing

CONTENTS = (
    ("Summary", "Totals up to the as-of date and for the month, measures, the waterfall"),
    ("Payer × cause", "Denied, open and recoverable dollars of each payer and cause"),
    ("Action list", "Every open denial in order of work; Owner to Note are yours to fill in"),
    ("Work groups", "Open denials by what one action fixes; the best use of the hours, if given"),
    ("Notes kept", "Notes whose denial is no longer open, or that match no service"),
    ("Changes", "Denial rates that moved beyond chance, since when; codes never seen before"),
    ("Close", "From one close to the next, age of what is open, reserve, appeals by outcome"),
    ("Last forecast", "What the end of the month before expected of the month, and what came"),
    ("Movements", "What moved in the month, service by service; why and by which file restated"),
    ("Appeals", "Every appeal: level, sent, outcome, days"),
    (
        "Beside denials",
        "Underpayments, suspected and secondary denials, takebacks, credits …",
    ),
    ("Denials", "Every denial ever made on these codes, in force or not, the latest first"),
    ("Exceptions", "What was odd, out of balance or not linked; nothing is dropped silently"),
    ("Assumptions", "Every setting behind the figures"),
    ("Prevention", "What to fix first, what checks before billing would have caught"),
    ("Reconciliation", "Claims without an answer, answers without a claim, billed to unexplained"),
    ("Checks", "What was read, whether it balances, and whether this workbook adds up"),
)
# Name in the table, title, width, and how it is shown where its kind does not say it.
DENIALS = (
    ("claim_id", "Claim id", 16, ""),
    ("line_control", "Line control", 16, ""),
    ("payer_control_number", "Payer's claim number", 18, ""),
    ("payer", "Payer", 38, ""),
    ("payer_id", "Payer id", 12, ""),
    ("line_of_business", "Line of business", 18, "words"),
    ("hcpcs", "Code", 8, ""),
    ("modifiers", "Modifiers", 10, ""),
    ("units", "Units", 8, ""),
    ("service_from", "Service date", 12, ""),
    ("denied_on", "Denied on", 12, ""),
    ("charge", "Charge", 13, ""),
    ("denied_amount", "Denied", 13, ""),
    ("shifted_to_patient", "Owed by patient", 12, ""),
    ("extent", "Extent", 9, ""),
    ("origin", "Origin", 13, "words"),
    ("cause", "Cause", 24, "words"),
    ("cause_basis", "Decided by", 32, ""),
    ("other_causes", "Other causes", 20, "words"),
    ("group_code", "Group", 7, ""),
    ("carc", "CARC", 7, ""),
    ("rarc", "RARC", 8, ""),
    ("preventable", "Preventable", 11, ""),
    ("action", "Action", 22, "words"),
    ("stands", "In force", 9, ""),
    ("in_headline", "In headline", 9, ""),
    ("finding", "Finding", 40, "long"),
    ("file", "File", 28, ""),
    ("segment", "Segment", 9, ""),
)
CELLS = (
    ("payer_id", "Payer id", 14, ""),
    ("payer", "Payer", 38, ""),
    ("cause", "Cause", 24, "words"),
    ("episodes", "Services", 10, ""),
    ("denied_amount", "Denied", 15, ""),
    ("open_amount", "Open", 15, ""),
    ("recoverable_amount", "Recoverable", 15, ""),
    ("recoverable_low", "Range, low", 13, ""),
    ("recoverable_high", "Range, high", 13, ""),
)
EXCEPTIONS = (
    ("severity", "Severity", 10, ""),
    ("problem", "Problem", 26, "words"),
    ("file", "File", 32, ""),
    ("segment", "Segment", 9, ""),
    ("segment_id", "Segment or column", 12, ""),
    ("message", "What was seen and done", 80, "long"),
)
TOTALS = (
    ("lines", "count", "Services decided"),
    ("charge", "money", "Billed on them"),
    ("denied_lines", "count", "Services ever denied"),
    ("initial_denied_amount", "money", "Denied at first, in force or not"),
    ("denied_amount", "money", "Denied in force: open, written off, owed by patients"),
    ("open_amount", "money", "Denied and still to be worked, billed dollars"),
    ("denied_expected", "money", "Expected value refused on them"),
    ("recoverable_amount", "money", "Of it, what can be expected to come"),
    ("recoverable_low", "money", "Lower end of its range"),
    ("recoverable_high", "money", "Upper end of its range"),
    ("recovered_amount", "money", "Allowed after a first denial"),
    ("duplicate_amount", "money", "Duplicate denials, in no figure above"),
)


def sheet_listings(analysis: MonthAnalysis) -> dict[str, list[Listing]]:
    """Every sheet with its tables, in order.

    Args:
        analysis: From `analyse_month`.

    Returns:
        Name of the sheet, and its tables from top to bottom. Totals are values
        from `metrics`; the range of a total is its own, not a sum.

    Example:
        >>> from j2311_analytics import analyse_month, read_835
        >>> era = read_835(b"ST*835*1~BPR*I*0*C*************20261005~SE*3*1~")
        >>> list(sheet_listings(analyse_month(era, month="2026-10")))[:2]
        ['Read-me', 'Summary']
    """
    return {
        "Read-me": [_read_me(analysis)],
        "Summary": [
            _totals(analysis),
            _measures(analysis),
            _published(),
            _flow(analysis),
        ],
        "Payer × cause": [_cells(analysis)],
        "Action list": [action_listing(analysis.work, analysis.metrics["totals"])],
        "Work groups": group_listings(analysis.work),
        "Notes kept": [kept_listing(analysis.work)],
        "Changes": changes_listings(analysis.changes),
        "Close": close_listings(analysis.close),
        "Last forecast": [last_month_listing(analysis.last)],
        "Movements": [movement_listing(analysis.close)],
        "Appeals": [appeal_listing(analysis.close)],
        "Beside denials": beside_listings(analysis.close),
        "Denials": [_denials(analysis)],
        "Exceptions": [_exceptions(analysis)],
        "Assumptions": [_assumptions(analysis)],
        "Prevention": prevention_listings(analysis),
        "Reconciliation": reconciliation_listings(analysis.reconciliation),
        "Checks": check_listings(analysis),
    }


def _read_me(analysis: MonthAnalysis) -> Listing:
    words = definitions(analysis.assumptions)
    about = [
        ("Codes", ", ".join(analysis.codes_shown)),
        ("Month", f"{analysis.month}; nothing after {analysis.metrics['as_of']} is used"),
        ("Headline", analysis.headline),
        ("Note", analysis.note),
        (
            "Confidential",
            "Claim ids and dates of service are in this file: keep it where remittances are kept. "
            "Names, birth dates and member ids are not in it.",
        ),
    ]
    rows = [pair for pair in about if pair[1]]
    rows += [(f"Sheet {name}", text) for name, text in CONTENTS]
    rows += words
    about_code = code_words([*analysis.codes_shown, *analysis.metrics["focus"]])
    rows += [("The code J2311", text) for text in about_code]
    title = f"Denials of {', '.join(analysis.codes_shown)}, {analysis.month}"
    fields = [Field("what", "About", 26), Field("text", title, 110, "long")]
    return Listing(fields, pd.DataFrame(rows, columns=["what", "text"]))


def _totals(analysis: MonthAnalysis) -> Listing:
    ever, month = analysis.metrics["totals"], analysis.metrics["this_month"]["totals"]
    rows = [(words, ever[name], month[name], kind, name) for name, kind, words in TOTALS]
    fields = [
        Field("what", "Total", 50),
        Field("ever", "All months", 16, "by_row", f"Up to {analysis.metrics['as_of']}"),
        Field("month", f"First denied in {analysis.month}", 16, "by_row"),
        Field("name", "Name in metrics.json", 24),
    ]
    table = pd.DataFrame(rows, columns=["what", "ever", "month", "kind", "name"])
    return Listing(fields, table, title="Totals")


def _measures(analysis: MonthAnalysis) -> Listing:
    table = analysis.kpis.assign(
        what=analysis.kpis["kpi"].map(measure_name),
        kind=analysis.kpis["unit"].map({"ratio": "percent"}).fillna("number"),
    )
    fields = [
        Field("what", "Measure", 50),
        *fields_of(
            (
                ("value", "Value", 16, "by_row"),
                ("low", "Range, low", 16, "by_row"),
                ("high", "Range, high", 24, "by_row"),
                ("numerator", "Numerator", 14, "whole"),
                ("denominator", "Denominator", 14, "whole"),
                ("base", "Base", 9, ""),
                ("definition", "How it is counted", 60, "long"),
            ),
            "kpis",
        ),
    ]
    return Listing(fields, table, title="Measures")


def _published() -> Listing:
    """Published figures beside the measures, each with its base and setting."""
    table = benchmarks()
    fields = [
        Field("metric", "Published figure", 50),
        Field("value", "Value", 16, "number"),
        Field("unit", "Unit", 16),
        Field("base", "Base", 24),
        Field("setting", "Setting", 22),
        Field("year", "Year", 14),
        Field("source", "Source", 60, "long"),
    ]
    words = table["metric"].str.replace("_", " ").map(sentence)
    title = "Published figures: compare only where base and setting are alike"
    return Listing(fields, table.assign(metric=words), title=title)


def _flow(analysis: MonthAnalysis) -> Listing:
    fields = [Field("step", "Step", 50), Field("amount", "Dollars", 16, "money")]
    steps = waterfall_steps(analysis)
    steps = steps.drop(columns="kind").assign(step=steps["step"].map(sentence))
    return Listing(fields, steps, title="From billed to recoverable")


def _cells(analysis: MonthAnalysis) -> Listing:
    rows = pd.DataFrame(
        analysis.metrics["by_payer_and_cause"], columns=[name for name, *_ in CELLS]
    )
    fields = fields_of(CELLS, "recoverable_by", "recoverable")
    code = Field("code", "Cause in metrics.json", 22, "text", "As causes.csv writes it too")
    total = {"payer": "Total", "episodes": int(rows["episodes"].sum())}
    amounts = [name for name, *_ in CELLS[4:]]
    total.update({name: analysis.metrics["totals"][name] for name in amounts})
    return Listing([*fields, code], rows.assign(code=rows["cause"]), total)


def _denials(analysis: MonthAnalysis) -> Listing:
    rows = analysis.denials[analysis.denials["focus"]]
    rows = rows.sort_values(["denied_on", "denial"], ascending=[False, True])
    total = {"claim_id": "In force, in headline", "denied_amount": in_force_cents(rows) / 100}
    fields = fields_of(DENIALS, "denials")
    after_cause = 1 + [field.name for field in fields].index("cause_basis")
    fields[after_cause:after_cause] = weighed_fields()
    return Listing(fields, with_evidence(rows, analysis.evidence), total)


def _exceptions(analysis: MonthAnalysis) -> Listing:
    found = analysis.exceptions
    rows = found.head(MOST_ROWS)
    if len(found) > MOST_ROWS:
        left = len(found) - MOST_ROWS
        more = f"{left:,} more {'is' if left == 1 else 'are'} in exceptions.csv"
        rows = pd.concat([rows, pd.DataFrame([{"severity": "", "message": more}])])
    source = Field("source", "Where", 16, "text", "The step that found it")
    return Listing([source, *fields_of(EXCEPTIONS, "issues")], rows)


def _assumptions(analysis: MonthAnalysis) -> Listing:
    names = ["setting", "value", "unit", "meaning"]
    fields = [
        Field(name, name.capitalize(), width, kind)
        for name, width, kind in zip(
            names, (24, 40, 12, 90), ("text", "long", "text", "long"), strict=True
        )
    ]
    return Listing(fields, pd.DataFrame(analysis.assumptions.rows(), columns=names))
