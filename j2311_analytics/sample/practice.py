"""Small worlds for prevention: claims with planted mistakes, denials with planted causes.

It draws from dice of its own, so that the sample world stays what it is.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from j2311_analytics.sample.dice import Dice
from j2311_analytics.sample.mistakes import MISTAKES, Mistake
from j2311_analytics.sample.world import npi

TITLES = {
    "claim_id": "Claim ID", "line_number": "Line #", "line_control": "Line Control",
    "payer_name": "Payer", "payer_id": "Payer ID", "filing_indicator": "Claim Filing Indicator",
    "plan_name": "Plan", "member_id": "Member ID", "patient_id": "MRN", "hcpcs": "CPT/HCPCS",
    "modifier_1": "Mod 1", "modifier_2": "Mod 2", "modifier_3": "Mod 3", "units": "Units",
    "charge": "Charge", "service_from": "Svc Dt From", "service_to": "Svc Dt To",
    "place_of_service": "POS", "diagnosis_1": "Dx 1", "diagnosis_2": "Dx 2", "ndc": "NDC",
    "ndc_quantity": "NDC Qty", "ndc_unit": "NDC UOM", "authorization": "Auth #",
    "auth_from": "Auth From", "auth_to": "Auth To", "rendering_npi": "Rendering NPI",
    "billing_npi": "Billing NPI", "frequency": "Frequency",
    "original_control_number": "Original Ref No", "submitted_date": "Submitted Date",
    "facility_name": "Location", "biller": "Billed By", "drug_name": "Drug Name", "dose": "Dose",
    "route": "Route", "lot_number": "Lot Number",
}  # fmt: skip
PAYERS = (
    ("NOVERRA MEDICARE PART B", "04412", "MB"),
    ("HARBORLINE HEALTH PLAN", "HBL60", "CI"),
    ("ALDERMARCH STATE MEDICAID", "SKALD", "MC"),
)
CARCS = {"prior_authorization": "197", "diagnosis": "11", "modifier": "4", "units": "222"}
BASE_PERMILLE = 50
FIRST_DAY = date(2025, 7, 7)
Row = dict[str, str]


@dataclass(frozen=True)
class Root:
    """A planted root cause: claims of a payer with a value are denied `lift` times as often."""

    payer_id: str
    cause: str
    attribute: str
    value: str
    lift: int = 3


@dataclass
class Practice:
    """A practice's claims and what the payers said of them.

    Args:
        rows: Claim lines by column, in the order sent.
        truth: claim_id, line_number and rule of each planted mistake.
        roots: The planted root causes.
        denied: (claim_id, line_number) → cause.

    Example:
        >>> len(build_practice(claims=3, seed=1).rows) >= 6
        True
    """

    rows: list[Row] = field(default_factory=list)
    truth: list[tuple[str, str, str]] = field(default_factory=list)
    roots: tuple[Root, ...] = ()
    denied: dict[tuple[str, str], str] = field(default_factory=dict)


def build_practice(
    *, claims: int, seed: int, mistake_percent: int = 0, roots: tuple[Root, ...] = ()
) -> Practice:
    """Claims of naltrexone injections, clean but for planted mistakes, and their denials.

    Args:
        claims: Claims in all.
        seed: Start of the draws.
        mistake_percent: Share of claims with one planted mistake.
        roots: Root causes to plant among the denials.

    Returns:
        The practice; its claims are the same whatever is denied.

    Example:
        >>> practice = build_practice(claims=40, seed=1, mistake_percent=50)
        >>> bool(practice.truth)
        True
    """
    practice = Practice(roots=roots)
    dice, chance = Dice(seed * 7919 + 8), Dice(seed * 104_729 + 8)
    for number in range(claims):
        rows = _visit(dice, number, claims)
        if dice.percent(mistake_percent):
            rows = _spoiled(practice, dice, rows)
        practice.rows += rows
        _decide(practice, chance, rows)
    return practice


def write_practice(practice: Practice, folder: Path) -> None:
    """Write claims.csv and remits.835 into a folder."""
    with (folder / "claims.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(TITLES.values())
        writer.writerows([row.get(name, "") for name in TITLES] for row in practice.rows)
    (folder / "remits.835").write_text(_remittance(practice), encoding="ascii")


def _visit(dice: Dice, number: int, claims: int) -> list[Row]:
    """One patient's visit: the injection, its administration, sometimes the visit itself."""
    # Patients come every 29 days, so that no interval is short.
    patients = max(claims // 12, 1)
    patient, turn = number % patients, number // patients
    day = FIRST_DAY + timedelta(days=patient % 28 + 29 * turn)
    payer = PAYERS[patient % len(PAYERS)]
    medicare = payer[2] == "MB"
    claim = {
        "claim_id": f"PR{100_000 + number}",
        "payer_name": payer[0], "payer_id": payer[1], "filing_indicator": payer[2],
        "plan_name": f"PLAN {chr(65 + patient // 3 % 4)}",
        "member_id": f"PR{payer[1]}{patient:06d}", "patient_id": f"R{500_000 + patient}",
        "service_from": day.isoformat(), "service_to": day.isoformat(), "place_of_service": "11",
        "diagnosis_1": dice.pick(("F1120", "F1020", "F1121")), "diagnosis_2": "F329",
        "authorization": f"AU{number:06d}", "auth_from": (day - timedelta(60)).isoformat(),
        "auth_to": (day + timedelta(60)).isoformat(),
        "rendering_npi": npi(140_000_100 + 37 * dice.between(0, 5)),
        "billing_npi": npi(190_000_231), "frequency": "1",
        "submitted_date": (day + timedelta(dice.between(1, 9))).isoformat(),
        "facility_name": f"SITE {dice.between(1, 5)}", "biller": f"BILLER {dice.between(1, 5)}",
    }  # fmt: skip
    drug = {
        "hcpcs": "J2315", "modifier_1": "JZ" if medicare else "", "units": "380",
        "charge": "1840.00", "ndc": "65757-0300-01", "ndc_quantity": "1", "ndc_unit": "UN",
        "drug_name": "Vivitrol", "dose": "380", "route": "IM",
        "lot_number": f"L{dice.between(100, 999)}",
    }  # fmt: skip
    lines = [drug, {"hcpcs": "96372", "units": "1", "charge": "45.00"}]
    if dice.percent(45):
        lines.append({"hcpcs": "99214", "modifier_1": "25", "units": "1", "charge": "190.00"})
    return [
        {**claim, **line, "line_number": str(n), "line_control": f"{claim['claim_id']}L{n}"}
        for n, line in enumerate(lines, start=1)
    ]


def _spoiled(practice: Practice, dice: Dice, rows: list[Row]) -> list[Row]:
    """The claim with one mistake that can happen to it."""
    able = [mistake for mistake in MISTAKES if mistake.fits(rows)]
    mistake: Mistake = dice.pick(able)
    spoiled = mistake.applied(rows)
    claim, line = rows[0]["claim_id"], mistake.line(rows)
    practice.truth.append((claim, line, mistake.rule))
    return spoiled


def _decide(practice: Practice, chance: Dice, rows: list[Row]) -> None:
    """Deny each cause by chance, more often where a root cause is planted."""
    for cause in CARCS:
        permille = BASE_PERMILLE
        for root in practice.roots:
            if (root.payer_id, root.cause) == (rows[0]["payer_id"], cause):
                met = rows[0].get(root.attribute) == root.value
                permille *= root.lift if met else 1
        if chance.permille(permille):
            key = (rows[0]["claim_id"], rows[0]["line_number"])
            practice.denied.setdefault(key, cause)


def _remittance(practice: Practice) -> str:
    """One 835 that answers every claim: drug lines denied or paid in full."""
    segments = [
        "ISA*00*          *00*          *ZZ*PAYER          *ZZ*PRACTICE       *261031*0900"
        "*^*00501*000000001*0*P*:",
        "GS*HP*PAYER*PRACTICE*20261031*0900*1*X*005010X221A1",
    ]
    for number, (name, payer_id, indicator) in enumerate(PAYERS, start=1):
        rows = [row for row in practice.rows if row["payer_id"] == payer_id]
        body, paid = _claims(practice, rows, indicator)
        head = [
            f"ST*835*{number:04d}", f"BPR*I*{paid / 100:.2f}*C*ACH************20261031",
            f"TRN*1*T{number}*1{payer_id}", f"N1*PR*{name}*XV*{payer_id}", "N1*PE*PRACTICE*XX*"
            + npi(190_000_231), "LX*1",
        ]  # fmt: skip
        segments += [*head, *body, f"SE*{len(head) + len(body) + 1}*{number:04d}"]
    segments += [f"GE*{len(PAYERS)}*1", "IEA*1*000000001"]
    return "~\n".join(segments) + "~\n"


def _claims(practice: Practice, rows: list[Row], indicator: str) -> tuple[list[str], int]:
    by_claim: dict[str, list[Row]] = {}
    for row in rows:
        by_claim.setdefault(row["claim_id"], []).append(row)
    segments, total = [], 0
    for claim_id, lines in by_claim.items():
        body, paid, charged = [], 0, 0
        for row in lines:
            charge = round(float(row["charge"] or 0) * 100)
            cause = practice.denied.get((claim_id, row["line_number"]))
            came = 0 if cause else charge
            modifiers = "".join(f":{row[m]}" for m in ("modifier_1", "modifier_2") if row.get(m))
            money = f"{charge / 100:.2f}*{came / 100:.2f}"
            body.append(f"SVC*HC:{row['hcpcs']}{modifiers}*{money}**{row['units'] or 1}")
            body.append(f"DTM*472*{row['service_from'].replace('-', '')}")
            if cause:
                body.append(f"CAS*CO*{CARCS[cause]}*{charge / 100:.2f}")
            body.append(f"REF*6R*{row['line_control']}")
            paid, charged = paid + came, charged + charge
        status = f"CLP*{claim_id}*1*{charged / 100:.2f}*{paid / 100:.2f}**{indicator}*I{claim_id}"
        segments += [status, *body]
        total += paid
    return segments, total
