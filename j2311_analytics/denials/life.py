"""Which decision of a payer is in force: reversals, corrections, duplicates.

A reversal (CLP02 = 22) cancels the decision it reverses; a later decision of the
same service by the same payer replaces the earlier one with or without it. A
duplicate denial replaces nothing while another decision of the service is found.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from j2311_analytics.denials.grouping import in_order, numbered, values_by

_ON_THE_WAY = ["claim", "transaction", "original_control_number", "later_payer", "cancelled"]


class _Decision(NamedTuple):
    """What pairing a reversal needs to know of one decided row."""

    row: int
    date: pd.Timestamp
    transaction: int
    payer_control_number: str
    charge_cents: int
    paid_cents: int
    reversal: bool
    duplicate: bool


def decide(rows: pd.DataFrame) -> pd.DataFrame:
    """Mark what is in force. The frame given is used up.

    Args:
        rows: Decided rows with service, payer_key, date, reversal, duplicate,
            denied_cents, allowed_cents and payer control numbers.

    Returns:
        The rows in order of time within their service, plus beside (flag: a duplicate
        denial beside another decision), in_force (flag), undone (flag: the last
        decision of this service and payer was reversed and not yet corrected),
        first_payer (flag), resolved_by (row of another payer's decision that settles a
        denial of the first), origin.
    """
    # An undated decision cannot be the latest: it goes first, as the smallest number.
    day = rows["date"].to_numpy().view("int64")
    order = np.lexsort([rows["row"].to_numpy(), day, rows["service"].to_numpy()])
    rows = in_order(rows, order)
    party = pd.Series(numbered([rows["service"], rows["payer_key"]]), index=rows.index)
    rows["cancelled"] = rows["row"].isin(_cancelled(rows, party))
    decisions = ~rows["reversal"] & ~rows["estimate"]
    rows["beside"] = _beside(rows, party, decisions)
    running = decisions & ~rows["beside"]
    is_last = running & ~party.where(running).duplicated(keep="last")
    rows["in_force"] = (is_last | rows["beside"]) & ~rows["cancelled"]
    rows["undone"] = is_last & rows["cancelled"]
    rows["first_payer"] = party.isin(_first_parties(rows, party, decisions))
    rows["resolved_by"] = _resolved_by(rows)
    rows["origin"] = _origin(rows, party, running)
    # What only linking and deciding needed: of a million rows it is large.
    return rows.drop(columns=_ON_THE_WAY)


def _cancelled(rows: pd.DataFrame, party: pd.Series) -> set[int]:
    """Rows that a reversal cancels: the same money with the other sign, nearest before."""
    touched = party.isin(party[rows["reversal"]])
    rows, party = rows.loc[touched, [*_Decision._fields]], party[touched]
    only_one = _only_one_before(rows, party)
    cancelled = set(rows.loc[only_one, "row"])
    left = ~party.isin(party[only_one])
    groups = values_by(rows[left], party[left], _Decision)
    for group in groups.values():
        for reversal in group:
            if reversal.reversal:
                cancelled |= _cancelled_by(reversal, group, cancelled)
    return cancelled


def _only_one_before(rows: pd.DataFrame, party: pd.Series) -> pd.Series:
    """The one decision that a single reversal can be of: an earlier payment holds no other."""
    reversals = rows[rows["reversal"]].set_axis(party[rows["reversal"]])
    single = reversals[~reversals.index.duplicated(keep=False)]
    place = single.index.get_indexer(pd.Index(party))
    date, transaction = (single[name].take(place).array for name in ("date", "transaction"))
    before = ~rows["reversal"] & (rows["transaction"] != transaction) & ~(rows["date"] > date)
    before &= place >= 0
    alone: pd.Series = before & ~party.where(before).duplicated(keep=False)
    return alone


def _cancelled_by(reversal: _Decision, group: list[_Decision], gone: set[int]) -> set[int]:
    open_ones = [
        one
        for one in group
        if not one.reversal and one.row not in gone and not one.date > reversal.date
    ]
    before = [one for one in open_ones if one.transaction != reversal.transaction]
    # Within one payment a reversal stands before its correction and after its original.
    beside = [
        one
        for one in open_ones
        if one.transaction == reversal.transaction and one.row < reversal.row
    ]
    exact = _mirrored(before, reversal)
    named = [one for one in exact if one.payer_control_number == reversal.payer_control_number]
    first_hand = [one for one in exact if not one.duplicate]
    fits = named or first_hand or exact or before or _mirrored(beside, reversal)
    return {fits[-1].row} if fits else set()


def _mirrored(decisions: list[_Decision], reversal: _Decision) -> list[_Decision]:
    """Decisions whose money the reversal repeats with the other sign."""
    return [
        one
        for one in decisions
        if one.charge_cents == -reversal.charge_cents and one.paid_cents == -reversal.paid_cents
    ]


def _beside(rows: pd.DataFrame, party: pd.Series, decisions: pd.Series) -> pd.Series:
    """Duplicate denials of a service that the payer has decided otherwise too."""
    duplicate = rows["duplicate"] & decisions
    decided = party.isin(party[decisions & ~rows["duplicate"]])
    standing = party[decisions & ~rows["cancelled"]]
    # Where there are duplicates only, the first that was not cancelled is the decision.
    first = party.index.isin(standing.index[~standing.duplicated()])
    return duplicate & (decided | ~first)


def _first_parties(rows: pd.DataFrame, party: pd.Series, decisions: pd.Series) -> pd.Series:
    """The payer billed first: earliest decision, those made as a later payer last."""
    names = ["service", "reversal", "later_payer", "date", "row"]
    told = rows.loc[decisions | rows["reversal"], names]
    # An undated decision cannot be the first either.
    told["date"] = told["date"].fillna(pd.Timestamp.max.floor("D"))
    order = np.lexsort([told[name].to_numpy() for name in reversed(names)])
    first = told.iloc[order].drop_duplicates("service")
    return party.loc[first.index]


def _resolved_by(rows: pd.DataFrame) -> pd.Series:
    """Where the first payer refused all, what another payer allows settles the service."""
    in_force = rows["in_force"] & ~rows["beside"]
    settles = in_force & ~rows["first_payer"] & (rows["allowed_cents"] > 0)
    settling = rows.loc[settles, ["service", "row"]]
    settled_by = settling.drop_duplicates("service", keep="last").set_index("service")["row"]
    refused = in_force & rows["first_payer"]
    refused &= (rows["denied_cents"] > 0) & (rows["paid_cents"] <= 0)
    return rows["service"].map(settled_by).where(refused).astype("Int64")


def _origin(rows: pd.DataFrame, party: pd.Series, running: pd.Series) -> pd.Series:
    """post_payment where the payer had paid the service before it denied it.

    A duplicate denial takes nothing back, so it is never one.
    """
    paid = running & (rows["denied_cents"] <= 0) & (rows["allowed_cents"] > 0)
    denied = (rows["denied_cents"] > 0) & ~rows["duplicate"]
    either = (paid | denied) & party.isin(party[paid]) & party.isin(party[denied])
    paid_before = paid[either].groupby(party[either]).cumsum() > 0
    post = denied & paid_before.reindex(rows.index, fill_value=False)
    origin = pd.Categorical.from_codes(
        post.to_numpy().astype("int8"), pd.Index(["initial", "post_payment"])
    )
    return pd.Series(origin, index=rows.index)
