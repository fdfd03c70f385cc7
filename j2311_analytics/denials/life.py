"""Which decision of a payer is in force: reversals, corrections, duplicates.

A reversal (CLP02 = 22) cancels the decision it reverses; a later decision of the
same service by the same payer replaces the earlier one with or without it. A
duplicate denial replaces nothing while another decision of the service is found.
"""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from j2311_analytics.denials.grouping import values_by


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
    """Mark what is in force.

    Args:
        rows: Decided rows with service, payer_key, date, reversal, duplicate,
            denied_cents, allowed_cents and payer control numbers.

    Returns:
        The rows in order of time, plus cancelled (flag), beside (flag: a duplicate
        denial beside another decision), in_force (flag), undone (flag: the last
        decision of this service and payer was reversed and not yet corrected),
        first_payer (flag), resolved_by (row of another payer's decision that settles a
        denial of the first), origin.
    """
    # An undated decision cannot be the latest: it goes first.
    rows = rows.sort_values(["service", "date", "row"], kind="stable", na_position="first")
    rows = rows.reset_index(drop=True)
    rows["cancelled"] = rows["row"].isin(_cancelled(rows))
    decisions = ~rows["reversal"] & ~rows["estimate"]
    rows["beside"] = _beside(rows, decisions)
    running = decisions & ~rows["beside"]
    last = rows[running].groupby(["service", "payer_key"])["row"].transform("last")
    is_last = rows["row"].isin(last)
    rows["in_force"] = (is_last & ~rows["cancelled"]) | (rows["beside"] & ~rows["cancelled"])
    rows["undone"] = is_last & rows["cancelled"]
    rows["first_payer"] = rows["payer_key"] == rows["service"].map(_first_payer(rows, decisions))
    rows["resolved_by"] = _resolved_by(rows)
    rows["origin"] = _origin(rows, running)
    return rows


def _cancelled(rows: pd.DataFrame) -> set[int]:
    """Rows that a reversal cancels: the same money with the other sign, nearest before."""
    touched = rows[rows["service"].isin(rows.loc[rows["reversal"], "service"])]
    keys = zip(touched["service"], touched["payer_key"], strict=True)
    groups = values_by(touched, keys, _Decision)
    cancelled: set[int] = set()
    for group in groups.values():
        for reversal in group:
            if reversal.reversal:
                cancelled |= _cancelled_by(reversal, group, cancelled)
    return cancelled


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


def _beside(rows: pd.DataFrame, decisions: pd.Series) -> pd.Series:
    """Duplicate denials of a service that the payer has decided otherwise too."""
    other = decisions & ~rows["duplicate"]
    decided = other.groupby([rows["service"], rows["payer_key"]]).transform("any")
    standing = rows[decisions & ~rows["cancelled"]]
    first = rows["row"].isin(standing.drop_duplicates(["service", "payer_key"])["row"])
    only_duplicates = ~decided & ~first
    return rows["duplicate"] & decisions & (decided | only_duplicates)


def _first_payer(rows: pd.DataFrame, decisions: pd.Series) -> pd.Series:
    """The payer billed first: earliest decision, those made as a later payer last."""
    ordered = rows[decisions | rows["reversal"]].sort_values(
        ["service", "reversal", "later_payer", "date", "row"], kind="stable"
    )
    return ordered.drop_duplicates("service").set_index("service")["payer_key"]


def _resolved_by(rows: pd.DataFrame) -> pd.Series:
    """Where the first payer refused all, what another payer allows settles the service."""
    in_force = rows["in_force"] & ~rows["beside"]
    settling = rows[in_force & ~rows["first_payer"] & (rows["allowed_cents"] > 0)]
    settled_by = settling.drop_duplicates("service", keep="last").set_index("service")["row"]
    refused = in_force & rows["first_payer"]
    refused &= (rows["denied_cents"] > 0) & (rows["paid_cents"] <= 0)
    return rows["service"].map(settled_by).where(refused).astype("Int64")


def _origin(rows: pd.DataFrame, running: pd.Series) -> pd.Series:
    """post_payment where the payer had paid the service before it denied it.

    A duplicate denial takes nothing back, so it is never one.
    """
    paid = running & (rows["denied_cents"] <= 0) & (rows["allowed_cents"] > 0)
    paid_before = paid.groupby([rows["service"], rows["payer_key"]]).cumsum() > 0
    post = paid_before & (rows["denied_cents"] > 0) & ~rows["duplicate"]
    return pd.Series("initial", index=rows.index).mask(post, "post_payment")
