"""Small 837 files for tests, written the way the specification is: segment by segment."""

from __future__ import annotations

from collections.abc import Sequence

PROFESSIONAL, INSTITUTIONAL = "005010X222A1", "005010X223A2"


def interchange(*sets: str, version: str = PROFESSIONAL) -> bytes:
    """A whole file around transaction sets."""
    isa = (
        "ISA*00*          *00*          *ZZ*CLINIC         *ZZ*CLEARINGHOUSE  "
        "*261005*1200*^*00501*000000001*0*P*:~"
    )
    gs = f"GS*HC*CLINIC*CLEARINGHOUSE*20261005*1200*1*X*{version}~"
    return (isa + gs + "".join(sets) + f"GE*{len(sets)}*1~IEA*1*000000001~").encode()


def claim_set(*segments: str, sent: str = "20261005", version: str = PROFESSIONAL) -> str:
    """One transaction set: its head, the billing provider, the given segments, its trailer."""
    body = [
        f"ST*837*0001*{version}",
        f"BHT*0019*00*1*{sent}*0900*CH",
        "NM1*41*2*SAMPLE CLINIC*****46*CLINIC",
        "NM1*40*2*CLEARINGHOUSE*****46*CLEARINGHOUSE",
        "HL*1**20*1",
        "PRV*BI*PXC*261QR0405X",
        "NM1*85*2*SAMPLE CLINIC*****XX*1999999984",
        "REF*EI*990012345",
        *segments,
    ]
    return "".join(f"{segment}~" for segment in [*body, f"SE*{len(body) + 1}*0001"])


def subscriber(
    level: int = 2,
    *,
    member: str = "PHIID0001",
    payer: str = "NORTH HEALTH",
    payer_id: str = "NORTH1",
    order: str = "P",
    children: int = 0,
) -> list[str]:
    """A subscriber who is the patient, and the payer the claims are for."""
    return [
        f"HL*{level}*1*22*{children}",
        f"SBR*{order}*18*GRP1******CI",
        f"NM1*IL*1*PHINAME*PAT****MI*{member}",
        "DMG*D8*19010203*F",
        f"NM1*PR*2*{payer}*****PI*{payer_id}",
    ]


def claim(
    claim_id: str = "A1",
    *segments: str,
    charge: str = "100",
    place: str = "11:B:1",
    diagnoses: str = "ABK:F1020",
) -> list[str]:
    """The segments of one claim: its head, then the given ones."""
    return [
        f"CLM*{claim_id}*{charge}***{place}*Y*A*Y*Y",
        *([f"HI*{diagnoses}"] if diagnoses else []),
        *segments,
    ]


def line(
    number: int = 1,
    code: str = "J2311",
    *,
    charge: str = "100",
    units: str = "380",
    on: str = "20260901",
    details: Sequence[str] = (),
) -> list[str]:
    """The segments of one professional service line."""
    return [
        f"LX*{number}",
        f"SV1*HC:{code}*{charge}*UN*{units}***1",
        f"DTP*472*D8*{on}",
        *details,
    ]
