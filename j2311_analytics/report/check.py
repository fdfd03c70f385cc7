"""Claims checked before they go out: from an export to a workbook with a row per finding."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

import pandas as pd
from openpyxl import Workbook
from openpyxl.utils import get_column_letter

from j2311_analytics.assumptions import Assumptions
from j2311_analytics.errors import AnalyticsWarning
from j2311_analytics.ingest.claim_files import read_claims
from j2311_analytics.prevention.scrub import charge_at_risk, scrub_claims
from j2311_analytics.report.listing import Field, Listing, fields_of
from j2311_analytics.report.settings import read_settings
from j2311_analytics.report.workbook import fill_sheet, saved_bytes

FINDINGS = (
    ("severity", "Severity", 10, ""),
    ("claim_id", "Claim id", 16, ""),
    ("line_number", "Line", 6, ""),
    ("payer", "Payer", 30, ""),
    ("hcpcs", "Code", 8, ""),
    ("service_from", "Service date", 12, ""),
    ("message", "What was found", 60, "long"),
    ("fix", "What to do", 56, "long"),
    ("amount_at_risk", "At risk, billed", 14, ""),
    ("cause", "Denial it would bring", 22, "words"),
    ("field", "Field", 20, "words"),
    ("rule", "Rule", 30, ""),
    ("source", "Where the rule comes from", 60, "long"),
)


@dataclass(frozen=True)
class ClaimCheck:
    """What a check of claims found.

    Args:
        findings: Table `findings`.
        workbook: The workbook written.

    Example:
        >>> ClaimCheck(pd.DataFrame({"severity": []}), Path("findings.xlsx")).headline
        'nothing found.'
    """

    findings: pd.DataFrame
    workbook: Path

    @property
    def headline(self) -> str:
        """How much was found, in one sentence.

        Example:
            >>> ClaimCheck.headline.fget is not None
            True
        """
        if self.findings.empty:
            return "nothing found."
        counts = self.findings["severity"].value_counts()
        parts = [
            f"{counts[name]:,} {name}{'' if counts[name] == 1 else 's'}"
            for name in ("error", "warning", "note")
            if name in counts
        ]
        claims = self.findings["claim_id"].nunique()
        errors = self.findings[self.findings["severity"] == "error"]
        risk = f"; ${charge_at_risk(errors):,.0f} billed at risk by errors" if len(errors) else ""
        return f"{', '.join(parts)} in {claims:,} claim{'' if claims == 1 else 's'}{risk}."


def check_claims(
    claims: str | Path,
    *,
    history: str | Path | None = None,
    settings: str | Path | None = None,
    as_of: str | date | None = None,
    out: str | Path = "findings.xlsx",
) -> ClaimCheck:
    """Check a claim export and write the findings into a workbook.

    Args:
        claims: The export: CSV, Excel or Parquet, or a folder of them.
        history: An export of claims sent before: looked at, never judged.
        settings: Folder with `policies/`, `unit_limits.csv`, `windows.csv`, `columns.csv`.
        as_of: Day of sending of claims that carry none.
        out: Workbook to write, ending in .xlsx; one that is there is replaced.

    Returns:
        The findings and the workbook.

    Raises:
        FileNotFoundError: if an input, or the folder of `out`, does not exist.
        ValueError: for settings or an export that make no sense.

    Example:
        >>> check_claims("no such file.csv")
        Traceback (most recent call last):
        FileNotFoundError: no such file.csv does not exist; check the path of the file or folder
    """
    target = Path(out)
    if target.suffix.lower() != ".xlsx":
        raise ValueError(f"the workbook must end in .xlsx; got {target.name!r}")
    if not target.parent.exists():
        raise FileNotFoundError(f"the folder {target.parent} of the workbook does not exist")
    given = read_settings(settings)
    assumptions = _on_day(given.assumptions, as_of)
    with warnings.catch_warnings():
        # What could not be read is missing, and missing is what the rules look for.
        warnings.simplefilter("ignore", AnalyticsWarning)
        lines = read_claims(claims, columns=given.columns)
        before = None if history is None else read_claims(history, columns=given.columns)
    findings = scrub_claims(
        lines,
        policies=given.policies,
        history=before,
        unit_limits=given.unit_limits,
        assumptions=assumptions,
    )
    return ClaimCheck(findings, write_findings(findings, target))


def write_findings(findings: pd.DataFrame, path: str | Path) -> Path:
    """Write findings as a workbook to work from: one row per finding, errors first.

    Args:
        findings: Table `findings`.
        path: File to write, ending in .xlsx; its folder exists.

    Returns:
        The path written. The same findings give the same bytes.

    Example:
        >>> import tempfile
        >>> from j2311_analytics.tables import empty
        >>> write_findings(empty("findings"), Path(tempfile.mkdtemp()) / "f.xlsx").name
        'f.xlsx'
    """
    book = Workbook()
    del book["Sheet"]
    sheet = book.create_sheet("Findings")
    # A workbook otherwise carries the moment at which it was made.
    book.properties.created = book.properties.modified = datetime(2000, 1, 1)
    done = Field("done", "Done", 10, "text", "Yours to fill in")
    fields = [*fields_of(FINDINGS, "findings"), done]
    fill_sheet(sheet, [Listing(fields, findings.assign(done=None))])
    for column, field in enumerate(fields, start=1):
        sheet.column_dimensions[get_column_letter(column)].width = field.width
    sheet.freeze_panes = "C2"
    target = Path(path)
    target.write_bytes(saved_bytes(book))
    return target


def _on_day(assumptions: Assumptions, as_of: str | date | None) -> Assumptions:
    if as_of is None:
        return assumptions
    try:
        day = as_of if isinstance(as_of, date) else date.fromisoformat(as_of)
    except ValueError:
        raise ValueError(f"the day of sending is written 2026-10-31; got {as_of!r}") from None
    return replace(assumptions, as_of=day)
