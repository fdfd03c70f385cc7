"""837 files made by chance: loops in every order that senders write, packaged as 835s are."""

from __future__ import annotations

from random import Random

from generated_835 import AMOUNTS, DATES, ODD_AMOUNTS, ODD_DATES, Elements, Interchange, Maker

GUIDES = ("005010X222A1", "005010X223A2", "004010X098A1", "005010X224A2", "")


class ClaimMaker:
    """Makes the segments of one file, GS to GE; everything comes from one source of chance."""

    def __init__(self, chance: Random) -> None:
        self.chance = chance
        self.claims = self.levels = 0

    def segments(self) -> list[Elements]:
        """One or two groups with one or more sets."""
        made: list[Elements] = []
        for _ in range(self.chance.choice((1, 1, 2))):
            guide = self.chance.choice(GUIDES[:3])
            made.append(["GS", "HC", "A", "B", "20261005", "1200", "1", "X", guide])
            sets = self.chance.choice((1, 1, 2))
            for number in range(sets):
                made += self.transaction(f"{number + 1:04d}")
            made.append(["GE", str(sets), "1"])
        return made

    def transaction(self, control: str) -> list[Elements]:
        """ST to SE."""
        chance = self.chance
        guide = [] if chance.random() < 0.5 else [chance.choice(GUIDES)]
        made = [["ST", "837", control, *guide], ["BHT", "0019", "00", "1", "20261005"]]
        for _ in range(chance.choice((1, 1, 2))):
            made += self.provider()
        return [*made, ["SE", str(len(made) + 1), control]]

    def level(self, code: str) -> list[Elements]:
        """An HL; now and then it is missing."""
        self.levels += 1
        return [["HL", str(self.levels), "", code, "1"]] if self.chance.random() < 0.9 else []

    def provider(self) -> list[Elements]:
        """A billing provider and its subscribers."""
        made = [*self.level("20"), ["NM1", "85", "2", "SAMPLE", "", "", "", "", "XX", "1999999984"]]
        made += [s for s in (["REF", "EI", "990012345"], ["PRV", "BI", "PXC", "1"]) if self.maybe()]
        for _ in range(self.chance.choice((1, 2, 3))):
            made += self.subscriber()
        return made

    def subscriber(self) -> list[Elements]:
        """A subscriber, now and then a dependent, and their claims."""
        chance = self.chance
        member = f"PHIID{chance.randint(1, 9)}"
        optional = [
            ["SBR", chance.choice("PS"), "18", "", "", "", "", "", "", "CI"],
            ["NM1", "IL", "1", "PHINAME", "PAT", "", "", "", "MI", member],
            ["DMG", "D8", "19010203", "F"],
            ["NM1", "PR", "2", "PLAN", "", "", "", "", "PI", f"P{chance.randint(1, 3)}"],
        ]
        made = [*self.level("22"), *(s for s in optional if chance.random() < 0.9)]
        if chance.random() < 0.3:
            made += [*self.level("23"), ["PAT", "19"], ["NM1", "QC", "1", "PHINAME", "KID"]]
        for _ in range(chance.choice((0, 1, 1, 2))):
            made += self.claim()
        return made

    def claim(self) -> list[Elements]:
        """CLM to its last line."""
        chance = self.chance
        self.claims += 1
        place = chance.choice(("11:B:1", "13:A:7", "11::1", ""))
        made = [["CLM", f"A{self.claims}", self.amount(), "", "", place]]
        codes = ["ABK:F10.20", "ABF:K7030", "BK:3039", "ABJ:F1010", "DR:123", "", "XX"]
        optional = [
            ["DTP", "434", "RD8", "20260901-20260903"],
            ["AMT", "F5", self.amount()],
            ["REF", "G1", "PA1"],
            ["HI", *(chance.choice(codes) for _ in range(chance.randint(1, 4)))],
            ["HI", "ABF:F17210"],
        ]
        made += [segment for segment in optional if self.maybe()]
        for _ in range(chance.choice((0, 0, 1, 2))):
            made += self.other_payer()
        for number in range(chance.choice((0, 1, 1, 2, 4))):
            made += self.line(number + 1)
        return made

    def other_payer(self) -> list[Elements]:
        """Loop 2320."""
        payer = f"O{self.chance.randint(1, 3)}"
        optional = [
            ["CAS", "PR", "1", self.amount(), "", "45", self.amount()],
            ["AMT", "D", self.amount()],
            ["NM1", "PR", "2", "OTHER", "", "", "", "", "PI", payer],
            ["DTP", "573", "D8", self.date()],
        ]
        return [["SBR", "P", "18"], *(s for s in optional if self.maybe())]

    def line(self, number: int) -> list[Elements]:
        """LX, a service and what follows it."""
        chance = self.chance
        code = chance.choice(("HC:J2311:JZ", "HC:96372", "HC:J2311:::::WORDS"))
        units = chance.choice(("380", "1", "", "x"))
        if chance.random() < 0.6:
            service = ["SV1", code, self.amount(), "UN", units, "", "", "1:2"]
        elif chance.random() < 0.9:
            service = ["SV2", "0636", code, self.amount(), "UN", units]
        else:
            service = ["SV3", "AD:D0120", self.amount()]
        period = chance.choice((["RD8", "20260901-20260903"], ["D8", self.date()]))
        optional = [
            ["DTP", "472", *period],
            ["REF", "6R", f"L{self.claims}{number}"],
            ["LIN", "", "N4", "65757030001"],
            ["CTP", "", "", "", "1", "UN"],
        ]
        made = [["LX", str(number)]] if chance.random() < 0.95 else []
        made += [service, *(s for s in optional if self.maybe())]
        if chance.random() < 0.3:
            made += [
                ["SVD", "O1", self.amount(), code, "", "1"],
                ["CAS", "CO", "45", self.amount()],
            ]
        return made

    def amount(self) -> str:
        """An amount, rarely one that is none."""
        return self.chance.choice(ODD_AMOUNTS if self.chance.random() < 0.05 else AMOUNTS)

    def date(self) -> str:
        """A date, rarely one that is none."""
        return self.chance.choice(ODD_DATES if self.chance.random() < 0.05 else DATES)

    def maybe(self) -> bool:
        """True as often as not, and a little more."""
        return self.chance.random() < 0.6


def made_claim_file(chance: Random) -> bytes:
    """One 837 file in any packaging."""
    packaging = Maker(chance).packaging()
    made = Interchange(ClaimMaker(chance).segments(), packaging)
    return "".join(made.written()).encode(errors="replace")
