"""Small 835 files for tests, written the way the specification is: segment by segment."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


def remittance(
    *segments: str,
    paid: str = "0",
    date: str = "20261005",
    payer: str = "NORTH HEALTH",
    payer_id: str = "NORTH1",
    npi: str = "1999999984",
    trace: str = "T1",
    plb: Sequence[str] = (),
) -> str:
    """One transaction set: its head, the given claim segments and its trailer."""
    body = [
        "ST*835*0001",
        f"BPR*I*{paid}*C*ACH************{date}",
        f"TRN*1*{trace}*1555555555",
        f"N1*PR*{payer}*XV*{payer_id}",
        f"N1*PE*SAMPLE CLINIC*XX*{npi}",
        "LX*1",
        *segments,
        *plb,
    ]
    return "".join(f"{segment}~" for segment in [*body, f"SE*{len(body) + 1}*0001"])


def interchange(*sets: str) -> bytes:
    """A whole file around transaction sets."""
    isa = (
        "ISA*00*          *00*          *ZZ*CLEARINGHOUSE  *ZZ*CLINIC         "
        "*261005*1200*^*00501*000000001*0*P*:~"
    )
    gs = "GS*HP*CLEARINGHOUSE*CLINIC*20261005*1200*1*X*005010X221A1~"
    return (isa + gs + "".join(sets) + f"GE*{len(sets)}*1~IEA*1*000000001~").encode()


def claim(
    claim_id: str,
    *line_segments: str,
    status: str = "1",
    charge: str = "100",
    paid: str = "0",
    filing: str = "12",
    number: str = "",
    member: str = "PHIID0001",
) -> list[str]:
    """The segments of one claim: CLP, the member and the given lines."""
    return [
        f"CLP*{claim_id}*{status}*{charge}*{paid}**{filing}*{number or 'ICN' + claim_id}*11*1",
        f"NM1*QC*1*PHINAME*PAT****MI*{member}",
        *line_segments,
    ]


def line(
    code: str = "J2311",
    *,
    charge: str = "100",
    paid: str = "0",
    units: str = "380",
    on: str = "20260901",
    control: str = "",
    cas: Sequence[str] = (),
    remarks: Sequence[str] = (),
) -> list[str]:
    """The segments of one service line."""
    return [
        f"SVC*HC:{code}*{charge}*{paid}**{units}",
        f"DTM*472*{on}",
        *(f"CAS*{adjustment}" for adjustment in cas),
        *([f"REF*6R*{control}"] if control else []),
        *(f"LQ*HE*{remark}" for remark in remarks),
    ]


def remits_folder(parent: Path) -> Path:
    """A folder with one 835: claim A, a denied J2311 line of $100."""
    folder = parent / "remits"
    folder.mkdir()
    data = interchange(remittance(*claim("A", *line(cas=["CO*197*100"]))))
    (folder / "good.835").write_bytes(data)
    return folder
