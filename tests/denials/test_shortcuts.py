"""What is settled at once, without looking row by row, is what the looking would settle."""

from __future__ import annotations

from random import Random

import pandas as pd
import pytest
from small_files import claim, interchange, remittance

from j2311_analytics import find_denials, link_episodes, read_835
from j2311_analytics.denials import history, life, places, services

FILES = 4


def payments(chance: Random) -> bytes:
    """A file of payments about few claim ids, dates and codes, so that they collide."""
    sets = []
    for number in range(chance.randint(2, 5)):
        segments: list[str] = []
        for _ in range(chance.randint(10, 30)):
            status = chance.choice(["1", "1", "2", "4", "22", "22"])
            sign = "-" if status == "22" else ""
            lines = [f"REF*F8*P{chance.randint(1, 6)}"] if chance.random() < 0.3 else []
            for _ in range(chance.randint(1, 3)):
                lines += line(chance, sign)
            segments += claim(
                chance.choice("ABCDEFGH"), *lines, status=status, charge=sign + "10",
                number=f"P{chance.randint(1, 6)}",
                member=chance.choice(["PHIID0001", "PHIID0002"]),
            )  # fmt: skip
        day = chance.choice(["20261005", "20261005", "20261020", "20261103"])
        payer = chance.choice(["NORTH1", "NORTH1", "SOUTH1"])
        sets.append(remittance(*segments, date=day, payer_id=payer, trace=f"T{number}"))
    return interchange(*sets)


def line(chance: Random, sign: str) -> list[str]:
    """A service line, paid or denied, perhaps as a duplicate."""
    code = chance.choice(["J2311", "J2311", "J2315", "99213"])
    denied = chance.choice(["197", "18", ""])
    paid = "0" if denied else sign + "10"
    segments = [f"SVC*HC:{code}*{sign}10*{paid}", f"DTM*472*2026090{chance.randint(1, 2)}"]
    if denied:
        segments.append(f"CAS*CO*{denied}*{sign}10")
    if chance.random() < 0.5:
        segments.append(f"REF*6R*{chance.randint(1, 2)}")
    return segments


def tables(data: bytes) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Denials and episodes, from a history of their own."""
    history._LAST.clear()
    era = read_835(data)
    return find_denials(era), link_episodes(era)


def look_row_by_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(life, "_only_one_before", lambda _, party: party < 0)
    monkeypatch.setattr(places, "_wholly_split", lambda _, __: set())
    monkeypatch.setattr(services, "_not_yet_one", lambda _, named: named)
    monkeypatch.setattr(services, "_with_followers", lambda _, group, **__: set(group))


@pytest.mark.filterwarnings("ignore")
def test_shortcuts_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    files = [payments(Random(seed)) for seed in range(FILES)]
    at_once = [tables(data) for data in files]
    look_row_by_row(monkeypatch)
    for found, data in zip(at_once, files, strict=True):
        for one, other in zip(found, tables(data), strict=True):
            pd.testing.assert_frame_equal(one, other, check_exact=True)


@pytest.mark.filterwarnings("ignore")
def test_these_payments_take_every_shortcut(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = dict.fromkeys(("reversals", "splits", "names"), 0)
    only_one, split, not_yet = life._only_one_before, places._wholly_split, services._not_yet_one

    def counted_reversals(rows: pd.DataFrame, party: pd.Series) -> pd.Series:
        found = only_one(rows, party)
        taken["reversals"] += int(found.sum())
        return found

    def counted_splits(rows: pd.DataFrame, group: pd.Series) -> set[int]:
        found = split(rows, group)
        taken["splits"] += len(found)
        return found

    def counted_names(nodes: pd.DataFrame, named: pd.DataFrame) -> pd.DataFrame:
        found = not_yet(nodes, named)
        taken["names"] += len(named) - len(found)
        return found

    monkeypatch.setattr(life, "_only_one_before", counted_reversals)
    monkeypatch.setattr(places, "_wholly_split", counted_splits)
    monkeypatch.setattr(services, "_not_yet_one", counted_names)
    for seed in range(FILES):
        tables(payments(Random(seed)))
    assert all(taken.values()), taken
