"""Which transaction sets a reader takes, and by which segments they are told.

Source: ASC X12 005010X221A1 (835), 005010X222A1, X223A2 and X224A2 (837P, I and D),
their 4010 predecessors, and the encounter guides X298 to X300 and X323 to X325.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Wanted:
    """The kind of transaction set that a reader takes.

    Args:
        code: ST01.
        group: GS01 of its functional groups.
        first: Id of the segment that follows the ST.
        claim: Id of the segment that begins a claim.
        unmarked: Said of a set that is read although its ST01 differs.
        homeless: Said of content without an ST.
        refused: Kinds that are not read, by what their version holds.

    Example:
        >>> REMITTANCES.code
        '835'
    """

    code: str
    group: str
    first: str
    claim: str
    unmarked: str
    homeless: str
    refused: Mapping[str, str] = field(default_factory=dict)

    def refusal(self, version: str) -> str:
        """The name of the kind that a version stands for, where that is not read.

        Example:
            >>> REMITTANCES.refusal("005010X221A1")
            ''
        """
        return next((name for part, name in self.refused.items() if part in version.upper()), "")


REMITTANCES = Wanted(
    code="835",
    group="HP",
    first="BPR",
    claim="CLP",
    unmarked="not marked as an 835, yet in a remittance group and with a payment; read",
    homeless="a payment or claim without its ST segment; read as a transaction of its own",
)

PROFESSIONAL, INSTITUTIONAL = ("X222", "X098", "X298", "X323"), ("X223", "X096", "X299", "X324")
CLAIMS = Wanted(
    code="837",
    group="HC",
    first="BHT",
    claim="CLM",
    unmarked="not marked as an 837, yet in a group of claims; read",
    homeless="claims without their ST segment; read as a transaction of their own",
    refused=dict.fromkeys(("X224", "X097", "X300", "X325"), "dental 837D"),
)
