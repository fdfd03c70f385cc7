"""835 files made by chance, with every quirk that senders are known for, and damaged ones.

A file is a list of `Interchange`s, each a list of segments (lists of elements, the
composite ones with ":" inside) and the packaging it is written with. Names and ids of
people are the suite's markers, so that a leak shows.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, field, replace
from random import Random

Elements = list[str]

AMOUNTS = ("0", "100", "100.00", "1,250.00", ".5", "+3", "-0", "-7.25", "12.", "99999.99", "0.1")
ODD_AMOUNTS = ("1234567890123456", "250USD", "1.234", "", "--1", "1e3", ".", "-", "123456789012345")
DATES = ("20260901", "20260930", "20261231", "20240229")
ODD_DATES = ("20269901", "260901", "", "2026-09-01", "00000000")
SEPARATORS = "*|^+!#;{}\x1d\x07ÿ§"
COMPONENTS = ":>^|<\\\x1f\x1cé"
TERMINATORS = "~'\x1e\n\r\x85"
WORDS = ("PHINAME", "NORTH HEALTH", "SAMPLE CLINIC", "ISA", "CLP", "MÜNSTER", "O'NEIL", "A B")


@dataclass(frozen=True)
class Packaging:
    """How an interchange is written."""

    element: str = "*"
    component: str = ":"
    terminator: str = "~"
    after: str = ""
    isa: bool = True
    short_isa: bool = False
    lower: bool = False
    padded: bool = False
    trailing: int = 0


@dataclass(frozen=True)
class Interchange:
    """Segments from GS to GE and their packaging; claims by index of their CLP."""

    segments: list[Elements]
    packaging: Packaging = field(default_factory=Packaging)

    def written(self) -> list[str]:
        """Each segment as it stands in the file, terminator and line break included."""
        how = self.packaging
        groups = sum(segment[0] == "GS" for segment in self.segments)
        body = [*self.segments, ["IEA", str(groups), "000000001"]] if how.isa else self.segments
        texts = [self._isa()] if how.isa else []
        for segment in body:
            parts = [part.replace(":", how.component) for part in segment]
            parts[0] = parts[0].lower() if how.lower else parts[0]
            parts += [""] * how.trailing
            beside = " " if how.padded else ""
            text = (beside + how.element + beside).join(parts)
            texts.append(text + beside + how.terminator + how.after)
        return texts

    def _isa(self) -> str:
        how = self.packaging
        sender = "CLEARINGHOUSE" if how.short_isa else "CLEARINGHOUSE  "
        blank = "" if how.short_isa else " " * 10
        parts = ["ISA", "00", blank, "00", blank, "ZZ", sender, "ZZ", "CLINIC".ljust(len(sender))]
        parts += ["261005", "1200", "U", "00501", "000000001", "0", "P", how.component]
        parts[0] = "isa" if how.lower else "ISA"
        return how.element.join(parts) + how.terminator + how.after


class Maker:
    """Makes files; everything comes from one source of chance."""

    def __init__(self, chance: Random) -> None:
        self.chance = chance
        self.claims = 0

    def file(self) -> list[Interchange]:
        """One file: one interchange, now and then several with other separators."""
        count = 1 if self.chance.random() < 0.8 else self.chance.randint(2, 3)
        made = [Interchange(self.groups(), self.packaging()) for _ in range(count)]
        if self.chance.random() < 0.1:
            # Without an ISA nothing tells separators of one character from text.
            plain = Packaging("*|"[self.chance.random() < 0.5], ":", "~", isa=False)
            start = self.chance.choice((0, 1)) if made[0].segments[1][0] == "ST" else 0
            return [Interchange(made[0].segments[start:], plain)]
        return made

    def packaging(self) -> Packaging:
        """Separators that differ from one another, and line breaks."""
        chance = self.chance
        if chance.random() < 0.4:
            return Packaging(after=chance.choice(("", "\n", "\r\n")))
        element = chance.choice(SEPARATORS)
        component = chance.choice([mark for mark in COMPONENTS if mark != element])
        terminator = chance.choice([m for m in TERMINATORS if m not in (element, component)])
        return Packaging(
            element,
            component,
            terminator,
            after="" if terminator in "\r\n" else chance.choice(("", "\n", "\r\n", "\r", "\n\n")),
            short_isa=chance.random() < 0.2,
            lower=chance.random() < 0.2,
            padded=chance.random() < 0.2,
            trailing=chance.choice((0, 0, 0, 2)),
        )

    def groups(self) -> list[Elements]:
        """One or two groups of transaction sets."""
        segments: list[Elements] = []
        for _ in range(self.chance.choice((1, 1, 1, 2))):
            sets = self.chance.randint(1, 3)
            guide = self.chance.choice(("005010X221A1", "004010X091A1"))
            segments.append(
                ["GS", "HP", "CLEARINGHOUSE", "CLINIC", "20261005", "1200", "1", "X", guide]
            )
            for number in range(sets):
                segments += self.transaction(f"{number + 1:04d}")
            segments.append(["GE", str(sets + self.now_and_then(0.05)), "1"])
        return segments

    def transaction(self, control: str) -> list[Elements]:
        """An 835; now and then another transaction set in its place."""
        if self.chance.random() < 0.05:
            other = [["ST", "999", control], ["AK1", "HP", "1"], ["CLP", "NOT", "1", "5", "0"]]
            return [*other, ["SE", "4", control]]
        body = self.head(control)
        for _ in range(self.chance.choice((0, 1, 2, 3, 6))):
            if self.chance.random() < 0.4:
                body += self.header()
            body += self.claim()
        body += [self.provider() for _ in range(self.chance.choice((0, 0, 1, 2)))]
        count = len(body) + 1 + self.now_and_then(0.1)
        return [*body, ["SE", str(count), control if self.chance.random() < 0.95 else "9"]]

    def head(self, control: str) -> list[Elements]:
        """ST to the payee."""
        chance = self.chance
        parts = [
            ["ST", "835", control, *chance.choice(([], ["005010X221A1"]))],
            ["BPR", "I", self.amount(), "C", "ACH", *[""] * 11, self.date()],
            ["TRN", "1", f"T{chance.randint(1, 99)}", "1555555555"],
        ]
        optional = [
            ["CUR", "PR", "USD"],
            ["REF", "EV", "X1"],
            ["DTM", "405", self.date()],
        ]
        payer = [
            ["N1", "PR", self.word(), *chance.choice(([], ["XV", "PLAN7"]))],
            ["N3", "1 MAIN ST"],
            ["N4", "TOWN", "NC", "27000"],
            ["REF", "2U", "SUBM1"],
            ["REF", "NF", "00001"],
            ["PER", "CX", "", "TE", "8005551234"],
            ["PER", "BL", self.word(), "EM", "A@B.EXAMPLE"],
            ["PER", "IC", "", "UR", "WWW.EXAMPLE.COM"],
        ]
        kind = chance.choice((["XX", "1999999984"], ["FI", "561234567"], []))
        payee = [
            ["N1", "PE", self.word(), *kind],
            ["REF", "TJ", "561111111"],
            ["REF", "HPI", "1999999984"],
            ["RDM", "BM", "X"],
        ]
        parts += [s for s in optional if chance.random() < 0.5]
        for party in (payer, payee):
            parts += [party[0], *(s for s in party[1:] if chance.random() < 0.4)]
        return parts

    def header(self) -> list[Elements]:
        """LX and its summaries."""
        made = [["LX", str(self.chance.randint(1, 9))]]
        if self.chance.random() < 0.5:
            made.append(["TS3", "1999999984", "11", "20261231", "1", self.amount()])
            made.append(["TS2", self.amount(), *[""] * 17, "5"])
        return made

    def claim(self) -> list[Elements]:
        """CLP to the last segment of its last line."""
        chance = self.chance
        self.claims += 1
        status = chance.choice(("1", "2", "3", "4", "19", "22"))
        clp = ["CLP", f"A{self.claims}", status, self.amount(), self.amount(), self.amount(), "12"]
        body = [[*clp, f"ICN{self.claims}", "11", chance.choice(("1", "7"))]]
        optional = [
            *self.adjustments(),
            ["NM1", "QC", "1", "PHINAME", "PAT", "", "", "", "MI", "PHIID0001"],
            ["NM1", "IL", "1", "PHINAME", "SUB", "", "", "", "MI", f"PHIID{chance.randint(2, 9)}"],
            ["NM1", "74", "1", "PHINAME", "", "", "", "", "C", "PHIID0009"],
            ["NM1", "82", "1", self.word(), "DOC", "", "", "", "XX", "1888888886"],
            ["NM1", "TT", "2", self.word(), "", "", "", "", "PI", "X1"],
            ["NM1", "PR", "2", self.word(), "", "", "", "", "PI", "X2"],
            ["NM1", "GB", "1", "PHINAME", "OTHER", "", "", "", "MI", "PHIID0007"],
            ["MIA", "0", "", "", "", "MA01", *[""] * 14, "M2", "", "M4", "M5"],
            ["MOA", "", "", "MA18", "", "N2", "", "N4"],
            *self.references(("1L", "CE", "EA", "BB", "F8", "G1", "6P", "28")),
            *(["DTM", code, self.date()] for code in ("232", "233", "050", "036")),
            ["PER", "CX", "", "TE", "8005551234"],
            *(["AMT", code, self.amount()] for code in ("AU", "I", "F5")),
            ["QTY", "CA", self.amount()],
        ]
        body += [segment for segment in optional if chance.random() < 0.35]
        for _ in range(chance.choice((0, 1, 1, 2, 4))):
            body += self.line()
        return body

    def line(self) -> list[Elements]:
        """SVC and what follows it."""
        chance = self.chance
        coded = ("HC:J2311", "hc:j2311:jz", "HC:J2315:JZ:25:59:KX:A DRUG", "NU:0636", "AD:D0120")
        others = ("N4:65757-0300-01", "N4:65757030001", "HP:HIPPS", "ER:ABC", "99213", "HC", "")
        service = chance.choice((*coded, *others))
        svc = ["SVC", service, self.amount(), self.amount(), chance.choice(("", "0636"))]
        svc += chance.choice(([], ["5"], ["1.5", "HC:J2311:JZ"], ["", "", "38"], [self.amount()]))
        optional = [
            chance.choice(
                (
                    ["DTM", "472", self.date()],
                    ["DTM", "472", "20260901-20260903"],
                    ["DTM", "472", "D8", "20260901"],
                    ["DTM", "472", "", "", "", "RD8", "20260901-20260903"],
                )
            ),
            ["DTM", "150", self.date()],
            ["DTM", "151", self.date()],
            *self.adjustments(),
            *self.references(("6R", "G1", "HPI", "LU", "1S", "0K")),
            *(["AMT", code, self.amount()] for code in ("B6", "KH")),
            ["QTY", "ZK", "3"],
            *(["LQ", code, "M127"] for code in ("HE", "RX", "he")),
            ["MOA", "", "", "MA67"],
            ["ZZZ", "1"],
        ]
        return [
            svc,
            *(s for s in optional if chance.random() < (0.03 if s[0] in "MOAZZZ" else 0.4)),
        ]

    def adjustments(self) -> list[Elements]:
        """Up to three CAS with up to six triplets, gaps among them."""
        chance = self.chance
        made = []
        for group in chance.sample(("CO", "PR", "OA", "pi"), chance.randint(0, 3)):
            cas = ["CAS", group]
            for _ in range(chance.choice((1, 1, 2, 6))):
                reason = chance.choice(("45", "197", "016", "b7", "0", ""))
                cas += [reason, self.amount(), chance.choice(("", "", "1"))]
            made.append(cas)
        return made

    def references(self, codes: tuple[str, ...]) -> list[Elements]:
        """REF segments, some twice."""
        chosen = [code for code in codes if self.chance.random() < 0.5]
        return [
            ["REF", code, f"{code}V{self.chance.randint(1, 99)}"] for code in chosen + chosen[:1]
        ]

    def provider(self) -> Elements:
        """PLB with up to six pairs."""
        plb = ["PLB", "1999999984", self.date()]
        for _ in range(self.chance.choice((1, 2, 6))):
            reason = self.chance.choice(("WO:ICN1", "L6", "72:X:Y", "FB:", "cs: z", ""))
            plb += [reason, self.amount()]
        return plb

    def amount(self) -> str:
        """An amount, rarely one that is none."""
        if self.chance.random() < 0.5:
            return f"{self.chance.randint(-9999, 999999) / 100:.2f}"
        return self.chance.choice(ODD_AMOUNTS if self.chance.random() < 0.08 else AMOUNTS)

    def date(self) -> str:
        """A date, rarely one that is none."""
        return self.chance.choice(ODD_DATES if self.chance.random() < 0.06 else DATES)

    def word(self) -> str:
        """A name."""
        return self.chance.choice(WORDS)

    def now_and_then(self, probability: float) -> int:
        """1 with a probability, else 0."""
        return int(self.chance.random() < probability)


def encoded(text: str, chance: Random) -> bytes:
    """A file's bytes in one of the encodings that are met."""
    coding = chance.choice(("utf-8",) * 6 + ("latin-1", "utf-8-sig", "utf-16", "utf-16-be"))
    if coding == "utf-16-be" and chance.random() < 0.5:
        return codecs.BOM_UTF16_BE + text.encode(coding)
    return text.encode(coding, errors="replace")


def made_file(chance: Random) -> bytes:
    """One file as a sender may write it: letterhead, wrapped lines, padding at its end."""
    made = Maker(chance).file()
    text = "".join(part for interchange in made for part in interchange.written())
    odd = chance.random()
    first = made[0].packaging
    if odd < 0.1 and not {first.terminator, first.element, first.component} & {"\r", "\n"}:
        text = "\r\n".join(text[at : at + 80] for at in range(0, len(text), 80))
    elif odd < 0.15:
        text = "From: payer@example.com\r\n\r\n" + text
    elif odd < 0.2:
        text += "\r\n   \r\n\x1a\0\0"
    return encoded(text, chance)


def claim_blocks(chance: Random) -> tuple[bytes, list[tuple[str, int, bytes]]]:
    """A file and its claims: the id, how many lines, and the bytes from CLP to its last segment."""
    made = Maker(chance).file()
    coding = chance.choice(("utf-8", "utf-8", "latin-1"))
    blocks: list[tuple[str, int, bytes]] = []
    texts: list[str] = []
    for interchange in made:
        written = interchange.written()
        start = len(written) - len(interchange.segments) - interchange.packaging.isa
        texts += written[:start]
        is_open = is_835 = False
        for segment, text in zip(interchange.segments, written[start:], strict=False):
            if segment[0] == "ST":
                is_835 = segment[1] == "835"
            if segment[0] in ("CLP", "LX", "PLB", "SE", "ST", "GE", "GS"):
                is_open = segment[0] == "CLP" and is_835
                if is_open:
                    # With the terminator before it: glued to another segment it is not whole.
                    before = texts[-1].encode(coding, errors="replace")[-4:]
                    blocks.append((segment[1], 0, before))
            if is_open:
                name, lines, data = blocks[-1]
                data += text.encode(coding, errors="replace")
                blocks[-1] = (name, lines + (segment[0] == "SVC"), data)
            texts.append(text)
        texts += written[start + len(interchange.segments) :]
    return "".join(texts).encode(coding, errors="replace"), blocks


def injured(data: bytes, chance: Random) -> bytes:
    """A file with one injury."""
    return chance.choice(INJURIES)(data, chance)


def damaged(data: bytes, chance: Random) -> bytes:
    """A file with one to three injuries, as wires, disks and people cause them."""
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        data = injured(data, chance)
    return data


def _flip(data: bytes, chance: Random) -> bytes:
    place = chance.randrange(len(data) or 1)
    return data[:place] + bytes([chance.randrange(256)]) + data[place + 1 :]


def _many_flips(data: bytes, chance: Random) -> bytes:
    for _ in range(chance.randint(2, 20)):
        data = _flip(data, chance)
    return data


def _cut_end(data: bytes, chance: Random) -> bytes:
    return data[: chance.randrange(len(data) + 1)]


def _cut_begin(data: bytes, chance: Random) -> bytes:
    return data[chance.randrange(len(data) + 1) :]


def _drop(data: bytes, chance: Random) -> bytes:
    place = chance.randrange(len(data) + 1)
    return data[:place] + data[place + chance.choice((1, 2, 10, 200)) :]


def _insert(data: bytes, chance: Random) -> bytes:
    place = chance.randrange(len(data) + 1)
    noise = (
        b"\n",
        b"\0",
        b" " * 9,
        b"~",
        b"*",
        b"ISA*",
        b"~CLP*",
        b"~ST*835*1~",
        b"\xff\xfe",
        b"~~",
    )
    return data[:place] + chance.choice(noise) + data[place:]


def _pieces(data: bytes) -> tuple[bytes, list[bytes]]:
    mark = max((b"~", b"\n", b"'", b"\x1e", b"\r"), key=data.count)
    return mark, data.split(mark)


def _repeat_segments(data: bytes, chance: Random) -> bytes:
    mark, pieces = _pieces(data)
    place = chance.randrange(len(pieces))
    run = pieces[place : place + chance.choice((1, 1, 2, 9))]
    return mark.join([*pieces[:place], *run, *pieces[place:]])


def _drop_segments(data: bytes, chance: Random) -> bytes:
    mark, pieces = _pieces(data)
    place = chance.randrange(len(pieces))
    return mark.join(pieces[:place] + pieces[place + chance.choice((1, 1, 2, 9)) :])


def _move_segment(data: bytes, chance: Random) -> bytes:
    mark, pieces = _pieces(data)
    moved = pieces.pop(chance.randrange(len(pieces)))
    pieces.insert(chance.randrange(len(pieces) + 1), moved)
    return mark.join(pieces)


def _absurd_element(data: bytes, chance: Random) -> bytes:
    parts = data.split(b"*")
    values = (b"9" * 40, b"-" + b"9" * 15, b"1" + b"0" * 400, b"NaN", b"Infinity", b"\xd9\xa3", b"")
    parts[chance.randrange(len(parts))] = chance.choice(values)
    return b"*".join(parts)


def _twice(data: bytes, chance: Random) -> bytes:
    other = made_file(chance)
    return data + other if chance.random() < 0.5 else data + b"\r\n" + data


def _behead(data: bytes, chance: Random) -> bytes:
    """Without the beginning of one interchange, its ISA wholly or in part."""
    begins = [match.start() for match in re.finditer(rb"isa", data, re.IGNORECASE)]
    place = chance.choice(begins or [0])
    return data[:place] + data[place + chance.randint(1, 400) :]


INJURIES = (
    _flip,
    _many_flips,
    _cut_end,
    _cut_begin,
    _drop,
    _insert,
    _repeat_segments,
    _drop_segments,
    _move_segment,
    _absurd_element,
    _twice,
    _behead,
)

__all__ = ["Interchange", "Maker", "Packaging", "damaged", "encoded", "made_file", "replace"]
