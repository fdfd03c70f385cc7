"""Looking lines up by keys, from the most to the least that must agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from j2311_analytics.matching.sides import MISSING

# Columns that must agree, in words, and how far that is trusted.
Level = tuple[tuple[str, ...], str, float]

BY_CHARGE: list[Level] = [
    (("id", "line_control", "date"), "line control number", 0.999),
    (
        ("id", "date", "hcpcs", "modifiers", "units", "charge"),
        "date, code, modifiers, units, charge",
        0.99,
    ),
    (("id", "date", "hcpcs", "modifiers", "charge"), "date, code, modifiers, charge", 0.98),
    (("id", "date", "hcpcs", "charge"), "date, code, charge", 0.97),
]
BY_LINE: list[Level] = [
    *BY_CHARGE,
    (("id", "date", "hcpcs", "modifiers"), "date, code, modifiers", 0.95),
    (("id", "date", "hcpcs"), "date, code", 0.93),
    (("id", "hcpcs", "charge"), "code, charge; no date", 0.9),
    (("id", "date", "charge"), "date, charge; no code", 0.9),
]
BY_HEAD: list[Level] = [
    (("id", "date", "charge"), "date, charge of the whole claim", 0.98),
    (("id", "date"), "date; no service lines", 0.95),
    (("id", "charge"), "charge of the whole claim; no date", 0.9),
]
MOST_TIED = 50
_COMPARED = [
    "id",
    "line_control",
    "member",
    "date",
    "hcpcs",
    "modifiers",
    "units",
    "charge",
]
_ASKED = ["answer", "claim", *_COMPARED]


@dataclass(frozen=True)
class Found:
    """What was found so far.

    Args:
        sure: answer, service, rule, trust: one service per answer.
        ties: answer, service: answers for which several fit.
    """

    sure: pd.DataFrame
    ties: pd.DataFrame

    @staticmethod
    def nothing() -> Found:
        """Before the first rule."""
        sure = pd.DataFrame(
            {
                "answer": pd.Series(dtype="int64"),
                "service": pd.Series(dtype="int64"),
                "way": pd.Series(dtype="str"),
                "rule": pd.Series(dtype="str"),
                "trust": pd.Series(dtype="float64"),
            }
        )
        return Found(sure, sure[["answer", "service"]])

    def plus(self, other: Found) -> Found:
        """This and what the next rule found."""
        return Found(
            pd.concat([self.sure, other.sure], ignore_index=True),
            pd.concat([self.ties, other.ties], ignore_index=True),
        )

    def settled(self) -> pd.Series:
        """Answers that need no further rule."""
        answers: pd.Series = pd.concat([self.sure["answer"], self.ties["answer"]])
        return answers

    def trusted(self, trust: Mapping[str, float]) -> Found:
        """The same, with the trust in each way of finding the claim taken into account."""
        ways = self.sure["way"].map(trust).astype("float64")
        return Found(self.sure.assign(trust=self.sure["trust"] * ways), self.ties)


def look_up(asked: pd.DataFrame, known: pd.DataFrame, levels: Sequence[Level], way: str) -> Found:
    """The one service that agrees with each answer, at the first level where any does.

    Args:
        asked: Rows of `Sides.answers`; an answer may stand under several ids.
        known: Rows with service and the columns that levels compare.
        levels: From the most to the least that must agree.
        way: How the claim was found, in words.
    """
    found = Found.nothing()
    asked, known = asked[_ASKED], known[[*_COMPARED, "service"]]
    for names, words, trust in levels:
        left = asked[~asked["answer"].isin(found.settled())]
        near = known[known[names[0]].isin(left[names[0]])]
        if near.empty:
            continue
        hits = _hits(left, near, list(names))
        if hits.empty:
            continue
        several = hits["several"] | hits["answer"].duplicated(keep=False)
        sure = hits.loc[~several, ["answer", "service"]]
        sure = sure.assign(way=way, rule=f"{way}: {words}", trust=trust)
        settled, ties = _settle(hits[several], left, near, list(names))
        told = settled.assign(way=way, rule=f"{way}: {words}, in order", trust=trust * 0.9)
        found = found.plus(Found(pd.concat([sure, told], ignore_index=True), ties))
    return found


def _hits(asked: pd.DataFrame, known: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """Answers that agree with at least one service, and whether with several."""
    asked = _complete(asked, names)
    # Less may agree only where the answer itself has less to compare.
    if "date" not in names:
        asked = asked[asked["date"] == MISSING]
    if not {"hcpcs", "line_control"} & set(names):
        asked = asked[asked["hcpcs"] == MISSING]
    distinct = _complete(known, names)[[*names, "service"]].drop_duplicates()
    several = distinct.duplicated(names, keep=False)
    first = distinct.assign(several=several).drop_duplicates(names)
    hits = asked[["answer", *names]].merge(first, on=names)
    # Two ids of one answer that lead to the same service are one hit.
    return hits.drop_duplicates(["answer", "service"])


def _complete(rows: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """Rows that have all of a key; units may be missing on both sides alike."""
    needed = [name for name in names if name != "units"]
    return rows[(rows[needed] != MISSING).all(axis=1)]


def _settle(
    hits: pd.DataFrame, asked: pd.DataFrame, known: pd.DataFrame, names: list[str]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Equal lines of one claim go in order where both sides have as many; the rest are ties."""
    if hits.empty:
        return hits[["answer", "service"]], hits[["answer", "service"]]
    hits = hits[["answer", *names]].drop_duplicates()
    services = known[[*names, "service"]].drop_duplicates()
    services = services[services.groupby(names)["service"].transform("size") <= MOST_TIED]
    once = hits[~hits["answer"].duplicated(keep=False)]
    once = once.merge(asked[["answer", "claim"]].drop_duplicates(), on="answer")
    numbered = services.assign(
        place=services.groupby(names).cumcount(),
        size=services.groupby(names)["service"].transform("size"),
    )
    once = once.sort_values("answer")
    group = once.groupby([*names, "claim"])["answer"]
    once = once.assign(place=group.cumcount(), size=group.transform("size"))
    settled = once.merge(numbered, on=[*names, "place", "size"])[["answer", "service"]]
    left = hits[~hits["answer"].isin(settled["answer"])]
    ties = left.merge(services, on=names, how="left")[["answer", "service"]]
    return settled, ties.fillna(MISSING).astype("int64")
