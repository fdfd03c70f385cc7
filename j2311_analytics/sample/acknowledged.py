"""Writes 277CA files: what payers and the clearinghouse said when a claim came in."""

from __future__ import annotations

from j2311_analytics.sample.model import Acknowledgement, World
from j2311_analytics.sample.settings import BILLING_NAME, PAYERS, TAX_ID, Payer
from j2311_analytics.sample.x12 import Segment, component, day8, interchange

VERSION = "005010X214"
CLEARING_HOUSE = ("CLEARMERE EXCHANGE", "CLRX")


def write_acknowledgements(world: World, upto: int) -> dict[str, str]:
    """One 277CA per payer with every answer up to a day."""
    files = {}
    for control, payer in enumerate(PAYERS, 1):
        told = [
            a for a in world.acknowledgements if a.visit.patient.payer is payer and a.day <= upto
        ]
        if told:
            sets = [_transaction(world, payer, a, n) for n, a in enumerate(told, 1)]
            files[f"{payer.key}.277"] = interchange(
                sets, payer.separators, sender=payer.export_id, receiver=TAX_ID, functional="HN",
                version=VERSION, day=max(a.day for a in told), control=control,
            )  # fmt: skip
    return files


def _transaction(world: World, payer: Payer, told: Acknowledgement, number: int) -> list[Segment]:
    day, by_payer = day8(told.day), told.source == "payer"
    name, own_id = (world.name_of(payer, told.day), payer.payer_id) if by_payer else CLEARING_HOUSE
    trace = [["TRN", "1", f"TR{told.day}{number:04d}"]] if told.trace else []
    visit = told.visit
    charge = sum(s.charge for s in visit.services)
    return [
        ["ST", "277", f"{number:04d}", VERSION],
        ["BHT", "0085", "08", f"{day}{number:04d}", day, "0900", "TH"],
        ["HL", "1", "", "20", "1"],
        ["NM1", "PR" if by_payer else "AY", "2", name, "", "", "", "", "46", own_id],
        *trace,
        ["HL", "2", "1", "21", "1"],
        ["NM1", "41", "2", BILLING_NAME, "", "", "", "", "46", TAX_ID],
        ["HL", "3", "2", "19", "1"],
        ["NM1", "85", "2", BILLING_NAME, "", "", "", "", "XX", world.billing_npi],
        ["HL", "4", "3", "PT"],
        ["NM1", "QC", "1", visit.patient.last, visit.patient.first, "", "", "", "MI",
         visit.patient.member_of(payer)],
        ["TRN", "2", visit.claim_id],
        ["STC", component(told.category, "20"), day, "WQ", f"{charge / 100:.2f}"],
        ["DTP", "472", "D8", day8(visit.day)],
    ]  # fmt: skip
