"""Reads the table of small claims: each row as claims, policies, limits and what is expected."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd

from j2311_analytics import Assumptions, Claims, scrub_claims
from j2311_analytics.tables import conform, empty

TABLE = Path(__file__).with_name("claims_and_findings.txt")
# Facts in short, and the columns that they are.
SHORT = {
    "claim": "claim_id",
    "patient": "patient_token",
    "member": "member_token",
    "day": "service_from",
    "to": "service_to",
    "sent": "submitted_date",
    "place": "place_of_service",
    "npi": "rendering_npi",
    "billing": "billing_npi",
    "pointers": "diagnosis_pointers",
    "auth": "authorization",
    "tried": "prior_treatments",
    "site": "injection_site",
    "time": "administered_at",
    "contra": "contraindications",
    "lot": "lot_number",
    "reason": "wastage_reason",
    "denied": "denied_amount",
    "original": "original_control_number",
}
PAYERS = {"commercial": "CI", "medicare": "MB", "medicaid": "MC", "advantage": "16"}
USUAL = {
    "claim_id": "A",
    "patient_token": "P1",
    "service_from": "2026-03-02",
    "submitted_date": "usual",
    "payer_id": "NORTH",
    "payer_name": "North Health",
    "filing_indicator": "CI",
    "place_of_service": "11",
    "rendering_npi": "1234567893",
    "diagnosis_1": "F1120",
}
# What a rule asks for only where the export carries it at all.
ASKED_IF_CARRIED = [
    *("drug_name", "dose", "route", "injection_site", "administered_at", "assessment"),
    *("prior_treatments", "contraindications", "lot_number", "discarded", "wastage_reason"),
    *("ndc", "ndc_quantity", "ndc_unit", "line_note", "auth_units", "counselling"),
    *("member_token", "payer_name", "rendering_npi", "billing_npi", "place_of_service"),
    "diagnosis_1",
]
DATES = ["service_from", "service_to", "submitted_date", "auth_from", "auth_to"]
NUMBERS = ["units", "charge", "dose", "discarded", "ndc_quantity", "auth_units", "denied_amount"]


@dataclass(frozen=True)
class Case:
    """One row of the table."""

    shows: str
    lines: str
    facts: str
    policy: str
    findings: tuple[str, ...]

    @property
    def claims(self) -> Claims:
        """The claims of the row."""
        facts = _facts(self.facts.split())
        rows = [_line(text, facts) for text in self.lines.split(";")]
        table = pd.DataFrame(rows)
        table["line_number"] = table.groupby("claim_id").cumcount() + 1
        for name in set(DATES) & set(table) - {"submitted_date"}:
            table[name] = pd.to_datetime(table[name])
        sent = table["service_from"] + pd.Timedelta(days=3)
        told = pd.to_datetime(table["submitted_date"].replace("usual", None))
        usual = table["submitted_date"] == "usual"
        table["submitted_date"] = told.where(~usual, sent)
        for name in set(NUMBERS) & set(table):
            table[name] = pd.to_numeric(table[name])
        return Claims(conform(table, "claim_lines"), empty("issues"), empty("mapping"))

    @property
    def policies(self) -> pd.DataFrame | None:
        """The payer's policy, or None."""
        if not self.policy:
            return None
        pairs = [part.split(":") for part in self.policy.split(" + ")]
        rows = [{"payer_id": "NORTH", "requirement": n, "value": v} for n, v in pairs]
        return conform(pd.DataFrame(rows), "policies")

    @property
    def unit_limits(self) -> pd.DataFrame | None:
        """The user's unit limits, or None."""
        told = _facts(self.facts.split()).get("limits")
        if not told:
            return None
        code, most, indicator = told.split(":")
        row = {"hcpcs": code, "max_units": float(most), "adjudication_indicator": indicator}
        return pd.DataFrame([row])

    @property
    def assumptions(self) -> Assumptions:
        """The day of sending, where the row names one."""
        told = _facts(self.facts.split()).get("as_of")
        return Assumptions(as_of=date.fromisoformat(told) if told else None)


def read_cases() -> list[Case]:
    """Every row of the table."""
    rows = [
        [cell.strip() for cell in line.split("|")]
        for line in TABLE.read_text(encoding="utf-8").splitlines()
        if "|" in line and not line.startswith("#")
    ]
    return [Case(*row[:4], tuple(row[4].split())) for row in rows]


def findings_of(cases: list[Case]) -> dict[str, list[str]]:
    """The rules that find something in each case.

    Cases with the same policy, limits, day and columns asked for are checked in one go, each
    with claims and patients of its own.
    """
    alike: dict[tuple[object, ...], list[tuple[Case, pd.DataFrame]]] = {}
    for case in cases:
        lines = case.claims.lines
        carried = tuple(lines[ASKED_IF_CARRIED].notna().any())
        settings = (case.policy, str(case.unit_limits), case.assumptions.as_of)
        alike.setdefault((*settings, carried), []).append((case, lines))
    found: dict[str, list[str]] = {}
    for group in alike.values():
        parts = [_own(lines, f"{number} ") for number, (_, lines) in enumerate(group)]
        lines = conform(pd.concat(parts, ignore_index=True), "claim_lines")
        first = group[0][0]
        findings = scrub_claims(
            Claims(lines, empty("issues"), empty("mapping")),
            policies=first.policies,
            unit_limits=first.unit_limits,
            assumptions=first.assumptions,
        )
        rules = findings.groupby(findings["claim_id"].str.split(" ").str[0])["rule"]
        by_case = {str(number): sorted(set(rows)) for number, rows in rules}
        for number, (case, _) in enumerate(group):
            found[case.shows] = by_case.get(str(number), [])
    return found


def _own(lines: pd.DataFrame, prefix: str) -> pd.DataFrame:
    names = ["claim_id", "patient_token", "member_token"]
    return lines.assign(**{name: prefix + lines[name] for name in names})


def _line(text: str, facts: dict[str, str]) -> dict[str, str | None]:
    code, *words = text.split()
    plain = [word for word in words if "=" not in word]
    units = next((word[1:] for word in plain if word.startswith("x")), "1")
    modifiers = [word for word in plain if not word.startswith("x")]
    row: dict[str, str | None] = {**USUAL, "hcpcs": code, "units": units, "charge": "100"}
    row |= {f"modifier_{n}": modifier for n, modifier in enumerate(modifiers, start=1)}
    row |= facts | _facts([word for word in words if "=" in word])
    if "dx" in row:
        codes = str(row.pop("dx")).split(",")
        row |= {f"diagnosis_{n}": code for n, code in enumerate(codes, start=1)}
    if "payer" in row:
        row["filing_indicator"] = PAYERS[str(row.pop("payer"))]
    # A hyphen is a cell left empty, _ stands for a space.
    return {n: None if v == "-" else str(v).replace("_", " ") for n, v in row.items()}


def _facts(words: list[str]) -> dict[str, str]:
    pairs = [word.split("=") for word in words]
    return {SHORT.get(name, name): value for name, value in pairs}
