"""Linking thousands of lines under one claim id and date takes time in proportion to them."""

from __future__ import annotations

import time

import pandas as pd
from small_files import claim, interchange, line, remittance

from j2311_analytics import Remittance, find_denials, link_episodes, read_835


def many(lines: int) -> Remittance:
    """A claim of equal lines refused, sent anew under another id and refused, then paid."""
    refused = [segment for _ in range(lines) for segment in line(cas=["CO*197*100"])]
    paid = [segment for _ in range(lines) for segment in line(paid="64", cas=["CO*45*36"])]
    charge = str(100 * lines)
    return read_835(
        interchange(
            remittance(*claim("A", *refused, charge=charge), date="20260115"),
            remittance(*claim("B", *refused, charge=charge), date="20260215"),
            remittance(*claim("B", *paid, charge=charge, paid=str(64 * lines)), date="20260315"),
        )
    )


def seconds(lines: int) -> float:
    era = many(lines)
    began = time.process_time()
    assert len(link_episodes(era)) == 2 * lines
    return time.process_time() - began


def test_four_times_the_lines_take_no_more_than_about_four_times_as_long() -> None:
    seconds(100)
    assert seconds(6000) < 9 * seconds(1500)


def test_equal_lines_sent_anew_are_listed_and_not_joined() -> None:
    found = link_episodes(many(3)).set_index(["claim_id", "line_control"])
    assert found.groupby("claim_id")["state"].unique().map(list).to_dict() == {
        "A": ["open"],
        "B": ["recovered"],
    }
    assert found["finding"].str.contains("link to an earlier claim not made").sum() == 3


def test_denials_and_episodes_follow_a_change_made_in_place() -> None:
    era = many(1)
    assert len(find_denials(era)) == 2
    era.adjustments["carc"] = era.adjustments["carc"].replace("197", "45")
    assert len(find_denials(era)) == 0
    era.lines.loc[:, "service_from"] = pd.Timestamp("2026-02-02")
    assert link_episodes(era)["service_from"].unique().tolist() == [pd.Timestamp("2026-02-02")]
