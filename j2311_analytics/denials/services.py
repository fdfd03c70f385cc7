"""Which decisions are about the same service.

One service is billing provider + patient + service date + drug given. Decisions
under one claim id belong together by their line; a claim sent anew belongs to the
service it replaces only when the link is sure: its payer control number is named,
or patient, date, drug and a denied predecessor all agree and only one fits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from j2311_analytics.denials.followers import UNDATED, Decision, Followers, Union
from j2311_analytics.denials.grouping import among, numbered, values_by
from j2311_analytics.denials.places import places_among_equals
from j2311_analytics.drugs.family import drug_family
from j2311_analytics.ingest.exports import Claims
from j2311_analytics.tables import as_text


class _Line(NamedTuple):
    """What joining claims by the payer's number needs to know of one decided row."""

    node: int
    payer: int
    service_from: int
    hcpcs: int
    family: int


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
        rows: `Adjudications.rows` with denied_cents, patient and duplicate (flag: the
            denial says that the service was decided before).
        claims: The export, which knows patients and which claim replaces which.

    Returns:
        The service of each row, and the links that were not sure enough to make.
    """
    nodes = _nodes(rows)
    joined = Union(int(nodes["node"].max()) + 1 if len(nodes) else 0)
    # Under one claim id, a line recoded to the same drug after a denial is one service.
    unsure = _join_followers(nodes, ["billing_npi", "claim_id", "service_from", "family"], joined)
    _join_named(nodes, _named_predecessors(rows, claims), joined)
    unsure += _join_followers(nodes, ["billing_npi", "patient", "service_from", "family"], joined)
    root = joined.roots()[nodes["node"]]
    number = pd.Series(pd.factorize(root)[0] + 1, index=nodes["row"])
    return Links(number, pd.DataFrame(unsure, columns=["row", "reason"]))


def _nodes(rows: pd.DataFrame) -> pd.DataFrame:
    """What linking needs to know of each row, in whole numbers, which loops compare fast."""
    claim_id = _number(rows["claim_id"])
    return pd.DataFrame(
        {
            **{name: rows[name] for name in ("row", "claim", "duplicate", "reversal")},
            "charge_cents": rows["charge_cents"],
            "date": _day(rows["date"]),
            "service_from": _day(rows["service_from"]),
            "billing_npi": _number(rows["billing_npi"]),
            # Of two claim ids that are missing, neither is the other.
            "claim_id": claim_id.mask(claim_id < 0, -rows["row"]),
            "payer": _number(rows["payer_key"]),
            "payer_control_number": rows["payer_control_number"],
            "patient": _number(rows["patient"]),
            "hcpcs": _number(rows["hcpcs"]),
            "modifiers": _number(rows["modifiers"]),
            "family": _family(rows["hcpcs"]),
            "denied": rows["denied_cents"] > 0,
            "node": _lines_of_claims(rows),
        },
        copy=False,
    )


def _number(texts: pd.Series) -> pd.Series:
    """The number of each text among the distinct ones; -1 where there is none."""
    if isinstance(texts.dtype, pd.CategoricalDtype):
        return texts.cat.codes
    return pd.Series(pd.factorize(texts)[0], index=texts.index)


def _day(dates: pd.Series) -> pd.Series:
    """Dates as whole numbers; a missing date is UNDATED."""
    return dates.astype("int64").mask(dates.isna(), UNDATED)


def _family(hcpcs: pd.Series) -> pd.Series:
    """Number of the drug given; lines without a code are one."""
    known = drug_family(pd.Series([*hcpcs.cat.categories, None], dtype="str"))
    # A code that is missing is behind the last one.
    return pd.Series(pd.factorize(known)[0][hcpcs.cat.codes.to_numpy()], index=hcpcs.index)


def patient_of(rows: pd.DataFrame, claims: Claims | None) -> pd.Series:
    """The export's patient where the claim id tells one, else the member."""
    if claims is None:
        return rows["member_token"]
    token = as_text(rows["member_token"])
    known = claims.lines.dropna(subset=["patient_token"]).drop_duplicates("claim_id")
    by_claim = known.set_index("claim_id")["patient_token"]
    known_patient = rows["claim_id"].map(by_claim).astype("str").fillna(token)
    return known_patient.replace("", None).astype("str")


def _lines_of_claims(rows: pd.DataFrame) -> pd.Series:
    """Number the lines of each claim id: same date, code and place among equal lines."""
    keys = [rows["billing_npi"], _claim_number(rows), rows["service_from"], rows["hcpcs"]]
    group = pd.Series(numbered(keys), index=rows.index)
    place = places_among_equals(rows, group)
    return pd.Series(numbered([group, place]), index=rows.index)


def _claim_number(rows: pd.DataFrame) -> pd.Series:
    """One number for all spellings of a claim id."""
    number, known = pd.factorize(rows["claim_id"].str.upper())
    # An empty claim id, or 0, names no claim: then only the payer's own number does.
    empty = np.append(pd.Series(known, dtype="str").str.strip("0") == "", True)[number]
    found = pd.Series(number, index=rows.index)
    nameless = rows.loc[empty, ["payer_control_number", "claim"]]
    control = nameless["payer_control_number"].fillna(nameless["claim"].astype("str"))
    found.loc[empty] = pd.factorize(control)[0] + len(known)
    return found


def _join_named(nodes: pd.DataFrame, named: pd.DataFrame, joined: Union) -> None:
    """A claim that names an earlier payer control number continues that claim."""
    named = _not_yet_one(nodes, named)
    earlier = nodes[among(nodes["payer_control_number"], named["number"])]
    by_number = values_by(earlier, earlier["payer_control_number"], _Line)
    naming = nodes[nodes["claim"].isin(named["claim"])]
    by_claim = values_by(naming, naming["claim"], _Line)
    for claim, number in zip(named["claim"], named["number"], strict=True):
        after = by_claim[claim]
        # A control number is the payer's own: another payer's equal number is another claim.
        same_payer = [one for one in by_number.get(number, []) if one.payer == after[0].payer]
        _join_pairs(same_payer, after, joined)


def _not_yet_one(nodes: pd.DataFrame, named: pd.DataFrame) -> pd.DataFrame:
    """The pairs of which some line is not yet one node with a line of what is named.

    Most corrections keep their claim id, so that nothing is left to join.
    """
    number = nodes["payer_control_number"]
    names = ["number", "payer", "node"]
    known = among(number, named["number"])
    earlier = nodes.loc[known, names[1:]].assign(number=number[known]).drop_duplicates()
    naming = nodes.loc[nodes["claim"].isin(named["claim"]), ["claim", "payer", "node"]]
    lines = named.merge(naming, on="claim").merge(earlier, on=names, how="left", indicator="known")
    return named[named["claim"].isin(lines.loc[lines["known"] == "left_only", "claim"])]


def _named_predecessors(rows: pd.DataFrame, claims: Claims | None) -> pd.DataFrame:
    """Pairs of a claim and the payer control number that it replaces."""
    names = ["claim", "original_control_number"]
    told = rows.loc[rows["original_control_number"].notna(), names]
    parts = [told]
    if claims is not None:
        replaced = claims.lines[["claim_id", "original_control_number"]].dropna()
        own = rows[["claim", "claim_id"]].drop_duplicates()
        parts.append(own.merge(replaced.drop_duplicates(), on="claim_id")[names])
    return pd.concat(parts).drop_duplicates().set_axis(["claim", "number"], axis=1)


def _join_pairs(before: list[_Line], after: list[_Line], joined: Union) -> None:
    """Join lines of two claims one to one: same date and code, else same drug, in order."""
    roots = {joined.find(one.node) for one in before}
    taken: set[int] = set()
    for column in ("hcpcs", "family"):
        alike: dict[tuple[int, int], list[int]] = {}
        for one in reversed(before):
            alike.setdefault((getattr(one, column), one.service_from), []).append(one.node)
        for later in after:
            sure = getattr(later, column) >= 0 and later.service_from != UNDATED
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
    told = (nodes[key[1]] >= 0) & (nodes["service_from"] != UNDATED) & ~nodes["reversal"]
    group = pd.Series(numbered([nodes[name] for name in key]), index=nodes.index)[told]
    chosen = group.index[group.isin(_with_followers(nodes, group, across=across))]
    known = nodes.loc[chosen].sort_values(["date", "row"])
    unsure: list[tuple[int, str]] = []
    for decisions in values_by(known, group.loc[known.index], Decision).values():
        unsure += Followers(decisions, joined, across=across).join()
    return unsure


def _with_followers(nodes: pd.DataFrame, group: pd.Series, *, across: bool) -> set[int]:
    """Groups in which anything can follow anything: another node or claim after a denial."""
    refused = (nodes["denied"] | nodes["duplicate"]).loc[group.index]
    group = group[group.isin(group[refused])]
    told = nodes.loc[group.index, "claim_id" if across else "node"].clip(lower=-1)
    pairs = pd.DataFrame({"group": group, "told": told}).drop_duplicates()
    group = group[group.isin(pairs.loc[pairs["group"].duplicated(), "group"])]
    names = ["date", "row", "node", "denied", "duplicate"]
    known = nodes.loc[group.index, names].assign(group=group).sort_values(["date", "row"])
    first = ~known.duplicated(["group", "node"])
    refused_on = known["date"].where(known["denied"], UNDATED)
    refused_on = refused_on.groupby(known["group"]).transform("min")
    late = known["duplicate"] | (known["date"] > refused_on)
    return set(known.loc[first & late, "group"])
