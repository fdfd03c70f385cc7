"""Writes the practice's claim export: one row per service line sent, as CSV and as a workbook."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from openpyxl import Workbook
from openpyxl.cell import Cell as OpenCell
from openpyxl.cell import WriteOnlyCell
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from j2311_analytics.sample.model import Appeal, Line, Service, Submission, Visit, World

Cell = str | int | float | date | None
Row = list[Cell]
SHEET = "Claims"
TITLES = (
    "Claim ID", "Line #", "Line Control", "Payer", "Payer ID", "Financial Class",
    "Claim Filing Indicator", "Member ID", "MRN", "Patient Name", "DOB", "CPT/HCPCS", "Mod 1",
    "Mod 2", "Units", "Charge", "Svc Dt From", "Svc Dt To", "POS", "Dx 1", "Dx 2", "NDC",
    "NDC Qty", "NDC UOM", "Auth #", "Rendering NPI", "Billing NPI", "Frequency",
    "Original Ref No", "Submitted Date", "Write Off Amount", "Write Off Date", "Appeal Date",
    "Appeal Level", "Appeal Outcome", "Appeal Decision Date",
)  # fmt: skip
# The canonical fields of the same columns; None where truth must not hold them.
FIELDS: tuple[str | None, ...] = (
    "claim_id", "line_number", "line_control", "payer_name", "payer_id", "financial_class",
    "filing_indicator", None, None, None, None, "hcpcs", "modifier_1",
    "modifier_2", "units", "charge", "service_from", "service_to", "place_of_service",
    "diagnosis_1", "diagnosis_2", "ndc", "ndc_quantity", "ndc_unit", "authorization",
    "rendering_npi", "billing_npi", "frequency", "original_control_number", "submitted_date",
    "written_off_amount", "written_off_on", "appeal_date", "appeal_level", "appeal_outcome",
    "appeal_decision_date",
)  # fmt: skip
# Only where contradictions are planted: what the practice knows of authorizations and pointers.
MORE_TITLES = (
    "Auth From", "Auth To", "Auth Units", "Authorized CPT", "Authorized Provider", "Referral #",
    "Dx Pointer",
)  # fmt: skip
MORE_FIELDS = (
    "auth_from", "auth_to", "auth_units", "auth_hcpcs", "auth_npi", "referral",
    "diagnosis_pointers",
)  # fmt: skip
MONEY = ("Charge", "Write Off Amount")


@dataclass(frozen=True)
class Work:
    """What the practice noted about a service by a day: given up, and appealed."""

    written_off: dict[Service, tuple[int, int]]
    appeals: dict[Service, Appeal]


def export_rows(world: World, upto: int) -> list[Row]:
    """Every line sent by a day, in the order sent; the practice's notes are on its last row."""
    sent = exported(world, upto)
    work = _work(world, upto)
    last = {line.service: s for s in sent for line in s.lines}
    return [
        [
            *_claim_cells(world, s, line),
            *_work_cells(work, line.service, upto, last[line.service] is s),
            *(_more_cells(s.visit) if world.planted else ()),
        ]
        for s in sent
        for line in s.lines
    ]


def titles(world: World) -> tuple[str, ...]:
    """The export's column titles."""
    return (*TITLES, *MORE_TITLES) if world.planted else TITLES


def canonical_fields(world: World) -> tuple[str | None, ...]:
    """The canonical field of each column; None where truth must not hold it."""
    return (*FIELDS, *MORE_FIELDS) if world.planted else FIELDS


def exported(world: World, upto: int) -> list[Submission]:
    """The claims that the export holds, in its order."""
    sent = [s for s in world.submissions if s.day <= upto and s.visit.exported]
    return sorted(sent, key=lambda submission: (submission.day, submission.claim_id))


def to_csv(titles: Iterable[str], rows: Iterable[Row]) -> str:
    """Rows as CSV text with American dates and two decimals for money."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    names = list(titles)
    writer.writerow(names)
    money = [name in MONEY for name in names]
    for row in rows:
        writer.writerow([_plain(c, m) for c, m in zip(row, money, strict=True)])
    return out.getvalue()


def write_workbook(path: Path, names: Iterable[str], rows: Iterable[Row]) -> None:
    """The same rows as a workbook, with real numbers and dates, codes as text."""
    book = Workbook(write_only=True)
    # Fixed, because a workbook otherwise carries the day on which it was made.
    book.properties.created = book.properties.modified = datetime(2000, 1, 1)
    sheet = book.create_sheet(SHEET)
    assert isinstance(sheet, WriteOnlyWorksheet)
    sheet.append(list(names))
    for row in rows:
        sheet.append([_dated(sheet, c) if isinstance(c, date) else c for c in row])
    book.save(path)


def canonical_rows(world: World, rows: Iterable[Row]) -> list[Row]:
    """The same rows as canonical claim lines: ISO dates, plain codes, nothing personal."""
    names = canonical_fields(world)
    kept = [n for n, name in enumerate(names) if name]
    return [[_canonical(str(names[n]), row[n]) for n in kept] for row in rows]


def _claim_cells(world: World, submission: Submission, line: Line) -> Row:
    visit, service, payer = submission.visit, line.service, submission.payer
    patient = visit.patient
    modifiers = (*service.modifiers, None, None)[:2]
    diagnoses = (*(_dotted(c) for c in visit.diagnoses or patient.diagnoses), None)[:2]
    day = date.fromordinal(visit.day)
    return [
        submission.claim_id, line.number, line.control, world.name_of(payer, submission.day),
        payer.export_id, payer.financial_class, payer.claim_indicator, patient.member_of(payer),
        patient.mrn, f"{patient.last}, {patient.first}", patient.born, line.hcpcs, *modifiers,
        service.units, service.charge / 100, day, day, visit.place, *diagnoses,
        _hyphened(service.ndc), int(service.ndc_quantity) if service.ndc_quantity else None,
        service.ndc_unit or None, visit.authorization or None, visit.rendering_npi,
        world.billing_npi, submission.frequency, submission.original_icn or None,
        date.fromordinal(submission.day),
    ]  # fmt: skip


def _work(world: World, upto: int) -> Work:
    written_off: dict[Service, tuple[int, int]] = {}
    for item in sorted(world.write_offs, key=lambda w: w.day):
        if item.day <= upto:
            written_off[item.service] = (item.cents, item.day)
    appeals = {
        service: appeal
        for appeal in sorted(world.appeals, key=lambda a: a.sent)
        if appeal.sent <= upto
        for service in appeal.services
    }
    return Work(written_off, appeals)


def _work_cells(work: Work, service: Service, upto: int, is_last: bool) -> Row:
    cells: Row = [None] * 6
    if not is_last:
        return cells
    if service in work.written_off:
        cents, day = work.written_off[service]
        cells[:2] = [cents / 100, date.fromordinal(day)]
    if service in work.appeals:
        appeal = work.appeals[service]
        cells[2:4] = [date.fromordinal(appeal.sent), appeal.level]
        if appeal.decided <= upto:
            cells[4:] = [appeal.outcome, date.fromordinal(appeal.decided)]
    return cells


def _more_cells(visit: Visit) -> Row:
    auth = visit.auth
    own: Row = [None] * 5
    if auth:
        days = (date.fromordinal(auth.first), date.fromordinal(auth.last))
        own = [*days, auth.units, auth.hcpcs, auth.npi]
    return [*own, visit.referral or None, visit.pointers or None]


def _dotted(code: str) -> str:
    return f"{code[:3]}.{code[3:]}" if len(code) > 3 else code


def _hyphened(ndc: str) -> str | None:
    return f"{ndc[:5]}-{ndc[5:9]}-{ndc[9:]}" if ndc else None


def _plain(cell: Cell, is_money: bool) -> str:
    if cell is None:
        return ""
    if isinstance(cell, date):
        return f"{cell:%m/%d/}{cell.year:04d}"
    return f"{cell:.2f}" if is_money else str(cell)


def _canonical(name: str, cell: Cell) -> Cell:
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float):
        return f"{cell:.2f}"
    if isinstance(cell, str) and name == "ndc":
        return cell.replace("-", "")
    if isinstance(cell, str) and name.startswith("diagnosis"):
        return cell.replace(".", "")
    return cell


def _dated(sheet: WriteOnlyWorksheet, day: date) -> OpenCell:
    cell = WriteOnlyCell(sheet, value=datetime(day.year, day.month, day.day))
    cell.number_format = "mm/dd/yyyy"
    return cell
