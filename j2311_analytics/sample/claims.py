"""Writes the 837P files: every claim as it was sent, one file per month."""

from __future__ import annotations

from collections import defaultdict

from j2311_analytics.sample.model import Line, Submission, Visit, World
from j2311_analytics.sample.settings import BILLING_NAME, TAX_ID, Separators
from j2311_analytics.sample.x12 import Segment, component, day8, interchange, money

VERSION = "005010X222A1"
SENDER = "FERNHOLT"
CLEARING_HOUSE = "CLEARMERE"


def write_claims(world: World, upto: int) -> dict[str, str]:
    """837P files by name: a transaction set per day on which claims were sent."""
    months: dict[str, dict[int, list[Submission]]] = defaultdict(lambda: defaultdict(list))
    for submission in world.submissions:
        if submission.day <= upto and submission.visit.exported:
            month = day8(submission.day)[:6]
            months[month][submission.day].append(submission)
    files = {}
    for control, month in enumerate(sorted(months), 1):
        days = sorted(months[month].items())
        sets = [_transaction(world, day, sent, n) for n, (day, sent) in enumerate(days, 1)]
        files[f"claims_{month}.837"] = interchange(
            sets,
            Separators(newline="\n"),
            sender=SENDER,
            receiver=CLEARING_HOUSE,
            functional="HC",
            version=VERSION,
            day=days[-1][0],
            control=control,
        )
    return files


def _transaction(world: World, day: int, sent: list[Submission], number: int) -> list[Segment]:
    segments: list[Segment] = [
        ["ST", "837", f"{number:04d}", VERSION],
        ["BHT", "0019", "00", f"{day8(day)}{number:03d}", day8(day), "0900", "CH"],
        ["NM1", "41", "2", BILLING_NAME, "", "", "", "", "46", SENDER],
        ["PER", "IC", "BILLING OFFICE", "TE", "5550100200"],
        ["NM1", "40", "2", "CLEARMERE EXCHANGE", "", "", "", "", "46", CLEARING_HOUSE],
        ["HL", "1", "", "20", "1"],
        ["PRV", "BI", "PXC", "261QR0405X"],
        ["NM1", "85", "2", BILLING_NAME, "", "", "", "", "XX", world.billing_npi],
        ["N3", "12 ORCHARD LANE"],
        ["N4", "HARTSWELL", "MN", "550019901"],
        ["REF", "EI", TAX_ID],
    ]
    for n, submission in enumerate(sent, 2):
        segments += _subscriber(world, submission, n) + _claim(submission)
        for line in submission.lines:
            segments += _line(line)
    return segments


def _subscriber(world: World, submission: Submission, level: int) -> list[Segment]:
    patient, payer = submission.visit.patient, submission.payer
    born = day8(patient.born.toordinal())
    return [
        ["HL", str(level), "1", "22", "0"],
        ["SBR", "P", "18", "", "", "", "", "", "", payer.claim_indicator],
        ["NM1", "IL", "1", patient.last, patient.first, "", "", "", "MI",
         patient.member_of(payer)],
        ["N3", f"{patient.born.day} MILL ROAD"],
        ["N4", "HARTSWELL", "MN", "55001"],
        ["DMG", "D8", born, patient.sex],
        ["NM1", "PR", "2", world.name_of(payer, submission.day), "", "", "", "", "PI",
         payer.export_id],
    ]  # fmt: skip


def _claim(submission: Submission) -> list[Segment]:
    visit = submission.visit
    charge = sum(line.service.charge for line in submission.lines)
    segments: list[Segment] = [
        ["CLM", submission.claim_id, money(charge), "", "",
         component(visit.place, "B", submission.frequency), "Y", "A", "Y", "Y"],
    ]  # fmt: skip
    if visit.authorization:
        segments.append(["REF", "G1", visit.authorization])
    if visit.referral:
        segments.append(["REF", "9F", visit.referral])
    if submission.original_icn:
        segments.append(["REF", "F8", submission.original_icn])
    segments.append(["REF", "EA", visit.patient.mrn])
    first, *others = visit.diagnoses or visit.patient.diagnoses
    codes = [component("ABK", first), *(component("ABF", code) for code in others)]
    return [
        *segments,
        ["HI", *codes],
        ["NM1", "82", "1", "PROVIDER", visit.rendering_npi[-4:], "", "", "", "XX",
         visit.rendering_npi],
    ]  # fmt: skip


def _line(line: Line) -> list[Segment]:
    service = line.service
    pointers = component(*_pointers(service.visit))
    segments: list[Segment] = [
        ["LX", str(line.number)],
        ["SV1", component("HC", line.hcpcs, *service.modifiers), money(service.charge), "UN",
         str(service.units), "", "", pointers],
        ["DTP", "472", "D8", day8(service.visit.day)],
        ["REF", "6R", line.control],
    ]  # fmt: skip
    if service.ndc:
        segments.append(["LIN", "", "N4", service.ndc])
    if service.ndc_quantity:
        segments.append(["CTP", "", "", "", service.ndc_quantity, service.ndc_unit])
    return segments


def _pointers(visit: Visit) -> list[str]:
    everything = range(1, len(visit.diagnoses or visit.patient.diagnoses) + 1)
    return visit.pointers.split() or [str(n) for n in everything]
