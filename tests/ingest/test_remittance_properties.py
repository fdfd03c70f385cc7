"""read_835 against the plain reader, over files made by chance and damaged ones.

`J2311_DAMAGED_FILES=10000 pytest tests/ingest/test_remittance_properties.py` is the long run.
"""

from __future__ import annotations

import io
import os
import re
import warnings
import zipfile
from collections.abc import Callable
from random import Random
from typing import TypeVar

import pandas as pd
from generated_835 import Interchange, Maker, claim_blocks, damaged, injured, made_file
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle.plain_835 import in_order, read_plainly

from j2311_analytics import AnalyticsWarning, X12Error, read_835, scan_835
from j2311_analytics.tables import REMITTANCE_TABLES

MANY = int(os.environ.get("J2311_DAMAGED_FILES", "30"))
seeds = st.integers(0, 2**32)
Tables = dict[str, pd.DataFrame]
Result = TypeVar("Result")

# Everything that a message about a file may say; only numbers and codes of X12 differ.
SAID = re.compile(
    r"""element \d\d\d? is not (an amount|a number) that can be read; it is missing
    |a date that does not exist or is not written CCYYMMDD; it is missing
    |this segment stands outside the claim or transaction it needs; it was not read
    |(this segment does|\d+ such segments do) not belong in an 835; (it was not|none was) read
    |an adjustment outside any claim; it is in no balance
    |an adjustment without a reason code
    |a line follows an LX with no CLP between; taken to the claim before
    |the trailer states another number of [a-z ]+ than the \d+ read
    |SE and ST control numbers differ
    |the (transaction before|last transaction) has no SE segment
    |a functional group has no GE segment
    |an interchange has no IEA segment
    |the file ends inside this segment; it was left out
    |not an 835; this transaction was not read
    |not marked as an 835, yet in a remittance group and with a payment; read
    |names no kind of transaction; a payment or claim that follows is read
    |a payment or claim without its ST segment; read as a transaction of its own
    |same content as [\w<>!.]+; counted once
    |no 835 in this file \(transaction sets found: [\d, ]*(none|unknown)?\);.*remove.it.*
    |this is not an X12 file \(no ISA, GS or ST segment\); .*
    |the file is empty; fetch it again
    |no segment terminator found; is this an X12 file\?
    |the ISA segment is not complete
    |the file ends inside the ISA segment""".replace("\n    |", "|")
)


def zipped(files: list[tuple[str, bytes]]) -> bytes:
    """Files in one archive: they are read as from a folder, many in one buffer."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, data in files:
            archive.writestr(name, data)
    return packed.getvalue()


def tables(remittance: object) -> Tables:
    return {table: getattr(remittance, table) for table in REMITTANCE_TABLES}


def pieces(source: bytes, size: int, names: list[str]) -> Tables:
    """The pieces of `scan_835` put together."""
    parts = [tables(piece) for piece in scan_835(source, chunk_size=size)]
    whole = {
        table: pd.concat([part[table] for part in parts], ignore_index=True)
        for table in (REMITTANCE_TABLES if parts else ())
    }
    return whole | ({"issues": in_order(whole["issues"], names)} if parts else {})


def outcome(read: Callable[[], Result]) -> Result | str:
    """What a reader gives, or its refusal in words; any other exception is a failure."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", AnalyticsWarning)
        try:
            return read()
        except X12Error as error:
            return str(error)


def same(found: Tables | str, expected: Tables | str) -> None:
    if isinstance(expected, str) or isinstance(found, str):
        assert found == expected
        return
    for table, frame in found.items():
        pd.testing.assert_frame_equal(frame, expected[table])


def check(files: list[tuple[str, bytes]], size: int) -> None:
    """Whole and in pieces, the engine reads what the plain reader reads, and tells no content."""
    alone = len(files) == 1
    source = files[0][1] if alone else zipped(files)
    named = [("<bytes>" if alone else f"<bytes>!{name}", data) for name, data in files]
    expected = outcome(lambda: read_plainly(named))
    whole = outcome(lambda: tables(read_835(source)))
    same(whole, expected)
    same(outcome(lambda: pieces(source, size, [name for name, _ in named])), expected)
    messages = [whole.partition(": ")[2]] if isinstance(whole, str) else whole["issues"]["message"]
    for message in messages:
        assert SAID.fullmatch(message), message


@given(seeds, st.sampled_from([64, 500, 5000]))
@settings(max_examples=20)
def test_every_quirk_reads_as_the_plain_reader_reads_it(seed: int, size: int) -> None:
    check([("a.835", made_file(Random(seed)))], size)


@given(seeds, st.sampled_from([64, 500, 5000]))
@settings(max_examples=MANY)
def test_damaged_files_read_as_the_plain_reader_reads_them(seed: int, size: int) -> None:
    chance = Random(seed)
    check([("a.835", damaged(made_file(chance), chance))], size)


@given(seeds, st.sampled_from([500, 5000, 100_000]))
@settings(max_examples=8)
def test_many_small_files_in_one_buffer_read_as_one_by_one(seed: int, size: int) -> None:
    chance = Random(seed)
    made = [made_file(chance) for _ in range(chance.randint(2, 8))]
    made = [damaged(data, chance) if chance.random() < 0.5 else data for data in made]
    made.append(made[0])
    check([(f"{number}.835", data) for number, data in enumerate(made)], size)


@given(seeds)
@settings(max_examples=MANY)
def test_every_claim_that_stays_whole_beside_an_injury_is_read(seed: int) -> None:
    chance = Random(seed)
    data, blocks = claim_blocks(chance)
    hurt = injured(data, chance)
    era = outcome(lambda: read_835(hurt))
    for claim_id, lines, block in blocks:
        if block not in hurt:
            continue
        assert not isinstance(era, str), era
        found = era.claims[era.claims["claim_id"] == claim_id]
        assert (found["claim"].map(era.lines["claim"].value_counts()).fillna(0) >= lines).any()


@given(seeds, st.integers(1, 3))
@settings(max_examples=15)
def test_trace_lists_exactly_the_segments_of_each_line_and_claim(seed: int, files: int) -> None:
    chance = Random(seed)
    made = [Interchange(Maker(chance).groups()) for _ in range(files)]
    data = ["".join(one.written()).encode() for one in made]
    era = outcome(
        lambda: read_835(zipped([(f"{n}.835", text) for n, text in enumerate([*data, data[0]])]))
    )
    assert not isinstance(era, str)
    expected = [
        (f"<bytes>!{number}.835", owned)
        for number, interchange in enumerate(made)
        for owned in owned_segments(interchange.segments)
    ]
    owners = pd.concat([era.claims, era.lines]).sort_values(["segment"], kind="stable")
    files_of = era.claims.merge(era.payments[["transaction", "file"]], on="transaction")
    file_of = files_of.set_index("claim")["file"]
    order = owners.assign(file=owners["claim"].map(file_of)).sort_values(["file", "segment"])
    traced = [era.trace(row) for _, row in order.iterrows()]
    assert [(t["file"].unique().tolist(), t["segment"].tolist()) for t in traced] == [
        ([name], owned) for name, owned in expected
    ]


def owned_segments(segments: list[list[str]]) -> list[list[int]]:
    """Numbers of the segments of each claim's head and of each line, in the file's order."""
    owned: list[list[int]] = []
    is_835 = is_open = False
    # The ISA is the first segment of the file.
    for number, segment in enumerate(segments, start=2):
        name = segment[0]
        if name == "ST":
            is_835 = segment[1] == "835"
        if name in ("ST", "SE", "LX", "PLB", "GE", "GS"):
            is_open = False
        elif name in ("CLP", "SVC") and is_835:
            is_open = True
            owned.append([number])
        elif is_open:
            owned[-1].append(number)
    return owned
