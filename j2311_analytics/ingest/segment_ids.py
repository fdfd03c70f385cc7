"""Segment ids of health-care transactions, for messages.

What stands where an id should may be a piece of a name; only ids that X12 knows are
ever shown. Source: the segments of the 005010 guides for 270 to 278, 820, 834, 835,
837, 997 and 999, and the control segments.
"""

from __future__ import annotations

_KNOWN = frozenset(
    """
    AAA ACT ADX AK1 AK2 AK3 AK4 AK5 AK9 AMT BGN BHT BPR CAS CL1 CLM CLP CN1 COB CR1 CR2 CR3
    CR5 CR6 CR7 CRC CTP CTX CUR DMG DN1 DN2 DSB DTM DTP EB EC ENT EQ FRM GE GS HCP HCR HD HI
    HL HLH HSD ICM IDC IEA III IK3 IK4 IK5 INS ISA K3 LE LIN LQ LS LUI LX MEA MIA MOA MSG N1
    N2 N3 N4 NM1 NTE NX1 OI PAT PER PLA PLB PRV PS1 PWK QTY RDM REF RMR SBR SE ST STC SV1 SV2
    SV3 SV4 SV5 SV6 SVC SVD TA1 TOO TRN TS2 TS3 UM UR
    """.split()  # noqa: SIM905
)


def shown_id(name: str) -> str:
    """A segment id as messages show it: "?" where X12 knows none such.

    Example:
        >>> shown_id("clp"), shown_id("PAT,JO")
        ('CLP', '?')
    """
    return name.upper() if name.upper() in _KNOWN else "?"
