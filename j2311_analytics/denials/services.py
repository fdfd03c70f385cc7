"""Which decisions are about the same service.

One service is billing provider + patient + service date + drug given. Decisions
under one claim id belong together by their line; a claim sent anew belongs to the
service it replaces only when the link is sure: its payer control number is named,
or patient, date, drug and a denied predecessor all agree and only one fits.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import pandas as pd

from j2311_analytics.denials.grouping import values_by
from j2311_analytics.denials.places import places_among_equals
from j2311_analytics.drugs.family import drug_family
from j2311_analytics.ingest.exports import Claims


@dataclass(frozen=True)
class Links:
    """The service of every decided row, and what could not be linked.

    Args:
        service: Indexed by row: number of the service.
        unsure: One row per link not made: row (first of the later claim), reason.
    """

    service: pd.Series
    unsure: pd.DataFrame


def link_services(rows: pd.DataFrame, claims: Claims | None) -> Links:
    """Group decided rows into services.

    Args:
        rows: `Adjudications.rows` with denied_cents and duplicate (flag: the denial
            says that the service was decided before).
        claims: The export, which knows patients and which claim replaces which.

    Returns:
        The service of each row, and the links that were not sure enough to make.
    """
    nodes = rows.assign(
        patient=_patient(rows, claims),
        family=drug_family(rows["hcpcs"]),
        denied=rows["denied_cents"] > 0,
        node=_nodes(rows),
    )
    joined = _Union(nodes["node"].unique())
    # Under one claim id, a line recoded to the same drug after a denial is one service.
    unsure = _join_followers(nodes, ["billing_npi", "claim_id", "service_from", "family"], joined)
    _join_named(nodes, joined, claims)
    unsure += _join_followers(nodes, ["billing_npi", "patient", "service_from", "family"], joined)
    root = nodes["node"].map(joined.find)
    number = pd.Series(pd.factorize(root)[0] + 1, index=nodes["row"])
    return Links(number, pd.DataFrame(unsure, columns=["row", "reason"]))


class _Decision(NamedTuple):
    """What linking needs to know of one decided row."""

    row: int
    node: int
    claim: int
    claim_id: str
    payer_key: str
    date: pd.Timestamp
    service_from: pd.Timestamp
    hcpcs: str
    family: str
    denied: bool
    duplicate: bool
    modifiers: str
    charge_cents: int


class _Union:
    """Sets of nodes that grow together (union-find)."""

    def __init__(self, nodes: Iterable[int]) -> None:
        self.parent = {int(node): int(node) for node in nodes}

    def find(self, node: int) -> int:
        while self.parent[node] != node:
            self.parent[node] = self.parent[self.parent[node]]
            node = self.parent[node]
        return node

    def join(self, one: int, other: int) -> None:
        first, second = sorted((self.find(one), self.find(other)))
        self.parent[second] = first


def _patient(rows: pd.DataFrame, claims: Claims | None) -> pd.Series:
    """The export's patient where the claim id tells one, else the member."""
    token = rows["member_token"].astype("str")
    if claims is None:
        return token
    known = claims.lines.dropna(subset=["patient_token"]).drop_duplicates("claim_id")
    by_claim = known.set_index("claim_id")["patient_token"]
    return rows["claim_id"].map(by_claim).astype("str").fillna(token).replace("", None)


def _nodes(rows: pd.DataFrame) -> pd.Series:
    """Number the lines of each claim id: same date, code and place among equal lines."""
    # An empty claim id, or 0, names no claim: then only the payer's own number does.
    nameless = rows["claim_id"].fillna("0").str.strip("0") == ""
    number = rows["payer_control_number"].fillna(rows["claim"].astype("str"))
    claim_id = rows["claim_id"].fillna("").str.upper()
    rows = rows.assign(claim_key=claim_id.mask(nameless, "#" + number))
    key = ["billing_npi", "claim_key", "service_from", "hcpcs"]
    place = places_among_equals(rows)
    return rows.groupby([*key, place], dropna=False, sort=False).ngroup()


def _join_named(nodes: pd.DataFrame, joined: _Union, claims: Claims | None) -> None:
    """A claim that names an earlier payer control number continues that claim."""
    named = _named_predecessors(nodes, claims)
    earlier = nodes[nodes["payer_control_number"].isin(named["number"])]
    by_number = values_by(earlier, earlier["payer_control_number"], _Decision)
    naming = nodes[nodes["claim"].isin(named["claim"])]
    by_claim = values_by(naming, naming["claim"], _Decision)
    for claim, number in zip(named["claim"], named["number"], strict=True):
        after = by_claim[claim]
        # A control number is the payer's own: another payer's equal number is another claim.
        same_payer = [
            one for one in by_number.get(number, []) if one.payer_key == after[0].payer_key
        ]
        _join_pairs(same_payer, after, joined)


def _named_predecessors(nodes: pd.DataFrame, claims: Claims | None) -> pd.DataFrame:
    """Pairs of a claim and the payer control number that it replaces."""
    names = ["claim", "original_control_number"]
    parts = [nodes[names]]
    if claims is not None:
        replaced = claims.lines[["claim_id", "original_control_number"]].dropna()
        own = nodes[["claim", "claim_id"]].drop_duplicates()
        parts.append(own.merge(replaced.drop_duplicates(), on="claim_id")[names])
    return pd.concat(parts).dropna().drop_duplicates().set_axis(["claim", "number"], axis=1)


def _join_pairs(before: list[_Decision], after: list[_Decision], joined: _Union) -> None:
    """Join lines of two claims one to one: same date and code, else same drug, in order."""
    taken: set[int] = set()
    for column in ("hcpcs", "family"):
        for later in after:
            if joined.find(later.node) in {joined.find(one.node) for one in before}:
                continue
            for one in before:
                same = getattr(one, column) == getattr(later, column)
                if same and one.service_from == later.service_from and one.node not in taken:
                    taken.add(one.node)
                    joined.join(one.node, later.node)
                    break


def _join_followers(nodes: pd.DataFrame, key: list[str], joined: _Union) -> list[tuple[int, str]]:
    """Within equal keys, join each later service to the one denied predecessor it follows."""
    known = nodes.dropna(subset=[*key[1:3]])
    several = known.groupby(key, dropna=False)["node"].transform("nunique") > 1
    known = known[several & ~known["reversal"]].sort_values(["date", "row"])
    number = known.groupby(key, dropna=False).ngroup()
    unsure: list[tuple[int, str]] = []
    for group in values_by(known, number, _Decision).values():
        unsure += _follow(group, joined, across="claim_id" not in key)
    return unsure


def _follow(group: list[_Decision], joined: _Union, *, across: bool) -> list[tuple[int, str]]:
    unsure: list[tuple[int, str]] = []
    for later in _first_of_each_node(group):
        own = {one.claim for one in group if one.node == later.node}
        # Services that one decision holds side by side are never the same.
        mates = {joined.find(one.node) for one in group if one.claim in own}
        earlier = [
            one
            for one in group
            if (one.date < later.date or (later.duplicate and one.date == later.date))
            and joined.find(one.node) not in mates
            and not (across and one.claim_id == later.claim_id)
        ]
        fits = {joined.find(one.node) for one in _predecessors(earlier, later)}
        if len(fits) == 1:
            joined.join(fits.pop(), later.node)
        elif len(fits) > 1:
            unsure.append((later.row, "more than one denied predecessor fits"))
    return unsure


def _first_of_each_node(group: list[_Decision]) -> list[_Decision]:
    first: dict[int, _Decision] = {}
    for one in group:
        first.setdefault(one.node, one)
    return list(first.values())


def _predecessors(earlier: list[_Decision], later: _Decision) -> list[_Decision]:
    """Latest decision of each service before, if it is a denial that the later may follow."""
    latest = {one.node: one for one in earlier}.values()
    if later.duplicate:
        # A duplicate denial says itself that the service was decided before.
        chosen = [one for one in latest if one.payer_key == later.payer_key]
    else:
        chosen = [one for one in latest if one.denied]
    same_code = [one for one in chosen if one.hcpcs == later.hcpcs]
    same_look = [
        one
        for one in same_code
        if (one.modifiers, one.charge_cents) == (later.modifiers, later.charge_cents)
    ]
    return same_look or same_code or chosen
