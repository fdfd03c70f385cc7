"""The close of a month: how the inventory of open denials moved, to the cent."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from j2311_analytics.assumptions import Assumptions
from j2311_analytics.revenue.actions import KEYS
from j2311_analytics.revenue.deadlines import next_deadline
from j2311_analytics.revenue.spells import OPEN_STATES
from j2311_analytics.tables import cents, conform, dollars, empty

STEPS = (
    ("opening", "Opening inventory"),
    ("newly_denied", "Newly denied"),
    ("recovered", "Recovered"),
    ("written_off", "Written off"),
    ("shifted", "Owed by patients"),
    ("expired", "Expired by contract"),
    ("restated", "Restated"),
    ("closing", "Closing inventory"),
)
_LESS = ("recovered", "written_off", "shifted", "expired")
_CENTS = ("denied", "open", "written_off", "shifted", "expired", "allowed", "recovered", "initial")
LATE = "decided before the last close, in a file that came after it"
EXPORT = "the claim export, the settings or a link says otherwise than at the last close"
UNDECIDED = "taken back by the payer or held, and not decided again"
JOINED = "now counted with another claim of the same service"
NOT_PAID = "no longer denied, and nothing was allowed for it"
BACK = "open again without a new denial: a payment or write-off was undone"


@dataclass(frozen=True)
class RollForward:
    """How the inventory moved in a month.

    Args:
        steps: Table `roll_forward`; it adds up to $0.00.
        movements: Table `movements`: one row per service that moved or is open.

    Example:
        >>> RollForward(empty("roll_forward"), empty("movements")).steps.empty
        True
    """

    steps: pd.DataFrame
    movements: pd.DataFrame


def inventory(episodes: pd.DataFrame, *, assumptions: Assumptions = Assumptions()) -> pd.DataFrame:
    """What is denied, open and over, service by service, as one close hands to the next.

    Args:
        episodes: Table `episodes` as of one day.
        assumptions: That day, and the contract windows that end denials.

    Returns:
        Table `inventory`: services ever denied. `open_amount` leaves out what a
        contract has ended; that is `expired_amount`.

    Example:
        >>> inventory(empty("episodes")).empty
        True
    """
    ever = episodes[episodes["first_denied_on"].notna() | (episodes["denied_amount"] > 0)]
    as_of = pd.Timestamp(assumptions.as_of or episodes["last_activity_on"].max())
    over = next_deadline(ever, as_of, assumptions)["expired"] & ever["state"].isin(OPEN_STATES)
    return conform(
        ever.assign(
            expired_amount=ever["open_amount"].where(over, 0.0),
            open_amount=ever["open_amount"].mask(over, 0.0),
            state=ever["state"].mask(over, "expired"),
        ),
        "inventory",
    )


def roll_forward(
    opening: pd.DataFrame,
    closing: pd.DataFrame,
    *,
    since: pd.Timestamp,
    reported: pd.DataFrame | None = None,
    decisions: pd.DataFrame | None = None,
    late_files: frozenset[str] = frozenset(),
) -> RollForward:
    """Carry the inventory of open denials from one close to the next, in billed dollars.

    opening + newly denied − recovered − written off − owed by patients − expired
    ± restated = closing, for each service and in all. Restated is what no event of
    the month explains; each such row says why, and in which file the reason lies.

    Args:
        opening: Table `inventory` as of the last close, from today's data.
        closing: Table `inventory` as of this close.
        since: Day of the last close.
        reported: Table `inventory` as it was handed over then; `opening` where not given.
        decisions: claim_id, hcpcs, service_from, decided_on and file of every decision.
        late_files: Files that the last close did not know.

    Returns:
        The steps and the movements behind them.

    Example:
        >>> none = empty("inventory")
        >>> roll_forward(none, none, since=pd.Timestamp("2026-09-30")).steps["amount"].sum()
        np.float64(0.0)
    """
    rows = _side_by_side(opening, closing, opening if reported is None else reported)
    flows = _flows(rows, since)
    flows["reason"] = _reasons(rows, flows)
    moved = flows[[name for name, _ in STEPS]].any(axis=1)
    table = pd.concat([rows[[*KEYS, "payer", "payer_id", "cause"]], flows], axis=1)[moved]
    known = empty("decisions") if decisions is None else decisions
    table["file"] = _files(table, known, since, late_files)
    late = (table["reason"] == EXPORT) & table["file"].notna()
    table["reason"] = table["reason"].mask(late, LATE)
    steps = pd.DataFrame(
        {
            "step": [words for _, words in STEPS],
            "name": [name for name, _ in STEPS],
            "kind": ["total", *["change"] * (len(STEPS) - 2), "total"],
            "amount": [_signed(table, name) / 100 for name, _ in STEPS],
            "services": [int((table[name] != 0).sum()) for name, _ in STEPS],
        }
    )
    for name, _ in STEPS:
        table[name] = dollars(table[name])
    return RollForward(conform(steps, "roll_forward"), conform(table, "movements"))


def _signed(table: pd.DataFrame, name: str) -> int:
    return int(table[name].sum()) * (-1 if name in _LESS else 1)


def _side_by_side(
    opening: pd.DataFrame, closing: pd.DataFrame, reported: pd.DataFrame
) -> pd.DataFrame:
    """The three inventories by service; amounts in cents, 0 where a service is not in one."""
    parts = {"then": reported, "opening": opening, "closing": closing}
    keys = [*KEYS, "twin"]
    joined: pd.DataFrame | None = None
    for name, part in parts.items():
        # Text without rows, cut from a longer column, has no type that a merge can see.
        part = part if len(part) else empty("inventory")
        table = part.assign(twin=part.groupby(KEYS, dropna=False).cumcount())
        for column in _CENTS:
            table[f"{column}_{name}"] = cents(table[_amount(column)])
        kept = ["payer", "payer_id", "cause", "state", "first_denied_on", "denied_on"]
        table = table.rename(columns={column: f"{column}_{name}" for column in kept})
        wanted = [*(f"{c}_{name}" for c in _CENTS), *(f"{c}_{name}" for c in kept)]
        table = table[[*keys, *wanted]]
        joined = table if joined is None else joined.merge(table, on=keys, how="outer")
    assert joined is not None
    amounts = [f"{column}_{name}" for column in _CENTS for name in parts]
    joined[amounts] = joined[amounts].fillna(0).astype("int64")
    for column in ("payer", "payer_id", "cause"):
        joined[column] = (
            joined[f"{column}_closing"]
            .fillna(joined[f"{column}_opening"])
            .fillna(joined[f"{column}_then"])
        )
    return joined.drop(columns="twin")


def _amount(column: str) -> str:
    return {"initial": "initial_denied_amount", "allowed": "allowed"}.get(
        column, f"{column}_amount"
    )


def _flows(rows: pd.DataFrame, since: pd.Timestamp) -> pd.DataFrame:
    """Cents in and out of the inventory of each service; they add up by construction."""
    first_now = (rows["first_denied_on_closing"] > since) & (rows["open_opening"] == 0)
    newly = rows["initial_closing"].where(first_now, 0)
    written_off = (rows["written_off_closing"] - rows["written_off_opening"]).clip(lower=0)
    # What a contract had ended left the inventory then, not when it was written off.
    written_off -= np.minimum(written_off, rows["expired_opening"])
    shifted = (rows["shifted_closing"] - rows["shifted_opening"]).clip(lower=0)
    expired = (rows["expired_closing"] - rows["expired_opening"]).clip(lower=0)
    rest = rows["open_opening"] + newly - written_off - shifted - expired - rows["open_closing"]
    won = (rows["allowed_closing"] > rows["allowed_opening"]) | (
        rows["recovered_closing"] > rows["recovered_opening"]
    )
    recovered = rest.clip(lower=0).where(won, 0)
    more = (-rest).clip(lower=0)
    denied_now = rows["denied_on_closing"] > since
    newly += more.where(denied_now, 0)
    within = more.mask(denied_now, 0) - rest.clip(lower=0).mask(won, 0)
    before = rows["open_opening"] - rows["open_then"]
    return pd.DataFrame(
        {
            "opening": rows["open_then"],
            "newly_denied": newly,
            "recovered": recovered,
            "written_off": written_off,
            "shifted": shifted,
            "expired": expired,
            "restated": before + within,
            "closing": rows["open_closing"],
            "restated_before": before,
        }
    )


def _reasons(rows: pd.DataFrame, flows: pd.DataFrame) -> pd.Series:
    within = flows["restated"] - flows["restated_before"]
    gone = rows["state_closing"].isna()
    undecided = rows["state_closing"].isin(["reversed", "pended"])
    reason = pd.Series(np.where(within > 0, BACK, NOT_PAID), index=rows.index, dtype="str")
    reason = reason.mask(undecided & (within < 0), UNDECIDED).mask(gone, JOINED)
    reason = reason.mask(flows["restated_before"] != 0, EXPORT)
    return reason.where((flows["restated"] != 0) | (flows["restated_before"] != 0))


def _files(
    table: pd.DataFrame, decisions: pd.DataFrame, since: pd.Timestamp, late: frozenset[str]
) -> pd.Series:
    """Files that explain what was restated: late ones, else the latest of the service."""
    places = ["claim_id", "hcpcs", "service_from"]
    archive = decisions["file"].astype("str").str.split("!").str[0]
    is_late = (decisions["file"].isin(late) | archive.isin(late)) & ~(
        decisions["decided_on"] > since
    )
    late_by = decisions[is_late].groupby(places)["file"].agg(_distinct)
    in_month = decisions[decisions["decided_on"] > since].sort_values("decided_on")
    last_by = in_month.groupby(places)["file"].last()
    keys = pd.MultiIndex.from_frame(table[places])
    found = pd.Series(late_by.reindex(keys).to_numpy(), index=table.index, dtype="object")
    other = pd.Series(last_by.reindex(keys).to_numpy(), index=table.index, dtype="object")
    within = table["restated_before"] == 0
    return found.where(~within, other).where(table["reason"].notna()).astype("str")


def _distinct(files: pd.Series) -> str:
    return "; ".join(sorted(set(files)))
