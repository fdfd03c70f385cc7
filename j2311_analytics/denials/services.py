"""Which decisions are about the same service.

One service is billing provider + patient + service date + drug given. Decisions
under one claim id belong together by their line; a claim sent anew belongs to the
service it replaces only when the link is sure: its payer control number is named,
or patient, date, drug and a denied predecessor all agree and only one fits.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from j2311_analytics.denials.followers import UNDATED, Decision, Followers, Union
from j2311_analytics.denials.grouping import numbered, values_by
from j2311_analytics.denials.places import places_among_equals
from j2311_analytics.drugs.family import drug_family
from j2311_analytics.ingest.exports import Claims

_LINKING = [
    "row",
    "claim",
    "claim_id",
    "billing_npi",
    "payer_key",
    "payer_control_number",
    "original_control_number",
    "date",
    "service_from",
    "hcpcs",
    "modifiers",
    "charge_cents",
    "duplicate",
    "reversal",
]


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
    nodes = rows[_LINKING].assign(
        date=_day(rows["date"]),
        service_from=_day(rows["service_from"]),
        patient=patient_of(rows, claims),
        family=drug_family(rows["hcpcs"]),
        denied=rows["denied_cents"] > 0,
        node=_nodes(rows),
    )
    joined = Union(int(nodes["node"].max()) + 1 if len(nodes) else 0)
    # Under one claim id, a line recoded to the same drug after a denial is one service.
    unsure = _join_followers(nodes, ["billing_npi", "claim_id", "service_from", "family"], joined)
    _join_named(nodes, joined, claims)
    unsure += _join_followers(nodes, ["billing_npi", "patient", "service_from", "family"], joined)
    root = joined.roots()[nodes["node"]]
    number = pd.Series(pd.factorize(root)[0] + 1, index=nodes["row"])
    return Links(number, pd.DataFrame(unsure, columns=["row", "reason"]))


def _day(dates: pd.Series) -> pd.Series:
    """Dates as whole numbers, which loops compare fast; a missing date is UNDATED."""
    return dates.astype("int64").mask(dates.isna(), UNDATED)


def patient_of(rows: pd.DataFrame, claims: Claims | None) -> pd.Series:
    """The export's patient where the claim id tells one, else the member."""
    token = rows["member_token"].astype("str")
    if claims is None:
        return token
    known = claims.lines.dropna(subset=["patient_token"]).drop_duplicates("claim_id")
    by_claim = known.set_index("claim_id")["patient_token"]
    known_patient = rows["claim_id"].map(by_claim).astype("str").fillna(token)
    return known_patient.replace("", None).astype("str")


def _nodes(rows: pd.DataFrame) -> pd.Series:
    """Number the lines of each claim id: same date, code and place among equal lines."""
    # An empty claim id, or 0, names no claim: then only the payer's own number does.
    claim_id = rows["claim_id"].fillna("").str.upper()
    nameless = claim_id.str.strip("0") == ""
    if nameless.any():
        number = rows["payer_control_number"].fillna(rows["claim"].astype("str"))
        claim_id = claim_id.mask(nameless, "#" + number)
    keys = [rows["billing_npi"], claim_id, rows["service_from"], rows["hcpcs"]]
    group = pd.Series(numbered(keys), index=rows.index)
    place = places_among_equals(rows, group)
    return pd.Series(numbered([group, place]), index=rows.index)


def _join_named(nodes: pd.DataFrame, joined: Union, claims: Claims | None) -> None:
    """A claim that names an earlier payer control number continues that claim."""
    named = _named_predecessors(nodes, claims)
    earlier = nodes[nodes["payer_control_number"].isin(named["number"])]
    by_number = values_by(earlier, earlier["payer_control_number"], Decision)
    naming = nodes[nodes["claim"].isin(named["claim"])]
    by_claim = values_by(naming, naming["claim"], Decision)
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


def _join_pairs(before: list[Decision], after: list[Decision], joined: Union) -> None:
    """Join lines of two claims one to one: same date and code, else same drug, in order."""
    roots = {joined.find(one.node) for one in before}
    taken: set[int] = set()
    for column in ("hcpcs", "family"):
        alike: dict[tuple[str, int], list[int]] = {}
        for one in reversed(before):
            alike.setdefault((getattr(one, column), one.service_from), []).append(one.node)
        for later in after:
            sure = isinstance(getattr(later, column), str) and later.service_from != UNDATED
            if not sure or joined.find(later.node) in roots:
                continue
            left = alike.get((getattr(later, column), later.service_from), [])
            while left and left[-1] in taken:
                left.pop()
            if left:
                taken.add(left[-1])
                roots.add(joined.join(left[-1], later.node))


def _join_followers(nodes: pd.DataFrame, key: list[str], joined: Union) -> list[tuple[int, str]]:
    """Within equal keys, join each later service to the one denied predecessor it follows."""
    across = "claim_id" not in key
    told = nodes[key[1]].notna() & (nodes["service_from"] != UNDATED) & ~nodes["reversal"]
    group = pd.Series(numbered([nodes[name] for name in key]), index=nodes.index)[told]
    chosen = group.index[group.isin(_with_followers(nodes, group, across=across))]
    known = nodes.loc[chosen].sort_values(["date", "row"])
    unsure: list[tuple[int, str]] = []
    for decisions in values_by(known, group.loc[known.index], Decision).values():
        unsure += Followers(decisions, joined, across=across).join()
    return unsure


def _with_followers(nodes: pd.DataFrame, group: pd.Series, *, across: bool) -> set[int]:
    """Groups in which anything can follow anything: a denial, and another node or claim."""
    refused = (nodes["denied"] | nodes["duplicate"]).loc[group.index]
    group = group[group.isin(group[refused])]
    told = nodes.loc[group.index, "claim_id" if across else "node"]
    pairs = pd.DataFrame({"group": group, "told": told}).drop_duplicates()
    return set(pairs.loc[pairs["group"].duplicated(), "group"])
