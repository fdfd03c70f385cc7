"""835 files of any size, written from the synthetic world's remittances.

    python -m benchmarks.make_file OUT --megabytes 50

Claims come from several worlds of the package's own sample generator. Where the file
is larger than what they hold, they come again under other ids, so that claim ids, control
numbers, member ids and line control numbers repeat only where one world repeats them: a
reversal, a second payer, the next visit. Every transaction balances.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from itertools import count
from pathlib import Path
from typing import NamedTuple

from j2311_analytics.sample.lives import live
from j2311_analytics.sample.remittances import write_remittances

WORLDS = 6
CLAIMS_PER_WORLD = 3000
MONTHS = 3
CLAIMS_PER_SET = 1000
# Stands in every id until a claim is written, because no X12 text here holds it.
MARK = "\x00"
# Segments whose element at this position is an id that must differ from claim to claim.
IDS = {"CLP": (1, 7), "NM1*QC": (9,), "REF*6R": (2,), "REF*F8": (2,)}
HEAD = (
    "ISA*00*          *00*          *ZZ*SAMPLEPAYER    *ZZ*SAMPLECLINIC   "
    "*261031*1200*^*00501*{control:09d}*0*P*:~"
    "GS*HP*SAMPLEPAYER*SAMPLECLINIC*20261031*1200*{control}*X*005010X221A1~"
)
TAIL = "GE*{sets}*{control}~IEA*1*{control:09d}~"
SET_HEAD = (
    "ST*835*{number:09d}~"
    "BPR*I*{paid}*C*ACH*CCP*01*091000019*DA*4410077*1555555555**01*091000022*DA*88120*20261031~"
    "TRN*1*T{control}N{number:09d}*1555555555~"
    "DTM*405*20261031~"
    "N1*PR*SAMPLE HEALTH PLAN*XV*60012~"
    "N3*100 MARKET SQUARE~"
    "N4*HARTSWELL*MN*55001~"
    "N1*PE*SAMPLE CLINIC*XX*1999999984~"
)


class Claim(NamedTuple):
    """The segments of one claim, with marks in its ids, and what it pays."""

    text: str
    segments: int
    paid: Decimal


def main() -> None:
    """Write one file."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.make_file")
    parser.add_argument("out", type=Path)
    parser.add_argument("--megabytes", type=float, default=50)
    parser.add_argument("--claims-per-set", type=int, default=CLAIMS_PER_SET)
    options = parser.parse_args()
    size = round(options.megabytes * 1e6)
    print(write_file(options.out, size, claims_per_set=options.claims_per_set), "bytes")


def write_file(path: Path, size: int, *, claims_per_set: int = CLAIMS_PER_SET) -> int:
    """Write one interchange of about `size` bytes; the bytes written."""
    with path.open("w", encoding="ascii", newline="") as file:
        written = file.write(HEAD.format(control=1))
        claims = _claims()
        for number in count(1):
            text = _set(claims, number, 1, claims_per_set, size - written)
            written += file.write(text)
            if written >= size:
                break
        return written + file.write(TAIL.format(sets=number, control=1))


def write_folder(folder: Path, files: int, size: int) -> int:
    """Write `files` interchanges of about `size` bytes each; the bytes of all."""
    folder.mkdir(parents=True)
    claims = _claims()
    written = 0
    for control in range(1, files + 1):
        body = _set(claims, 1, control, CLAIMS_PER_SET, size - len(HEAD) - len(TAIL))
        text = HEAD.format(control=control) + body + TAIL.format(sets=1, control=control)
        (folder / f"{control:05d}.835").write_text(text, encoding="ascii", newline="")
        written += len(text)
    return written


def _set(claims: Iterator[Claim], number: int, control: int, most: int, room: int) -> str:
    """One balanced transaction set: at most `most` claims, or as many as fill the room."""
    taken: list[Claim] = []
    length = len(SET_HEAD)
    while len(taken) < most and (length < room or not taken):
        taken.append(next(claims))
        length += len(taken[-1].text)
    paid = sum((claim.paid for claim in taken), Decimal(0))
    head = SET_HEAD.format(number=number, control=control, paid=f"{paid:.2f}")
    body = "".join(f"LX*{n}~{claim.text}" for n, claim in enumerate(taken, 1))
    segments = head.count("~") + sum(claim.segments + 1 for claim in taken) + 1
    return f"{head}{body}SE*{segments}*{number:09d}~"


def _claims() -> Iterator[Claim]:
    """Claims without end: all worlds, then all again with the next id."""
    for copy in count(1):
        for claim in _world_claims():
            yield claim._replace(text=claim.text.replace(MARK, f"{copy:04d}"))


@cache
def _world_claims() -> tuple[Claim, ...]:
    return tuple(claim for seed in range(1, WORLDS + 1) for claim in _claims_of(seed))


def _claims_of(seed: int) -> Iterator[Claim]:
    world = live(MONTHS, CLAIMS_PER_WORLD, seed, "2026-10")
    for text in write_remittances(world, world.last_day).files.values():
        claim: list[list[str]] = []
        for segment in _segments(text):
            if segment[0] in ("CLP", "LX", "PLB", "SE"):
                if claim:
                    yield _claim(claim, seed)
                claim = []
            if segment[0] == "CLP" or claim:
                claim.append(segment)


def _segments(text: str) -> Iterator[list[str]]:
    """Elements of each segment, with ":" between components whatever the payer writes."""
    element, component, terminator = text[3], text[104], text[105]
    for segment in text.split(terminator):
        body = segment.strip("\r\n")
        # The separators of the new file are in no value of the world.
        yield [value.replace(component, ":") for value in body.split(element)]


def _claim(segments: list[list[str]], seed: int) -> Claim:
    for segment in segments:
        kind = segment[0] if segment[0] in IDS else "*".join(segment[:2])
        for position in IDS.get(kind, ()):
            if len(segment) > position and segment[position]:
                segment[position] += f"W{seed}{MARK}"
    text = "".join("*".join(segment) + "~" for segment in segments)
    return Claim(text, len(segments), Decimal(segments[0][4] or "0"))


if __name__ == "__main__":
    main()
