"""Dollars that can still be recovered, one open denial at a time and summed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from j2311_analytics.assumptions import Assumptions
from j2311_analytics.revenue.deadlines import next_deadline, next_step
from j2311_analytics.revenue.expected import expected_allowed
from j2311_analytics.revenue.ranges import predictive_ranges
from j2311_analytics.revenue.recovery import recovery_chances
from j2311_analytics.revenue.spells import OPEN_STATES
from j2311_analytics.tables import cents, columns, conform, dollars, empty

_SUMMED = (
    "denied_amount",
    "denied_expected",
    "open_amount",
    "recoverable_amount",
    "recoverable_paid",
)


def value_denials(
    episodes: pd.DataFrame,
    *,
    assumptions: Assumptions = Assumptions(),
    fee_schedule: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Put a defensible figure on each open denial.

    Recoverable = (expected allowed, capped at the charge, less what is already
    allowed) × chance of recovery within the horizon, given payer, cause and age.

    Args:
        episodes: Table `episodes`, all codes; history comes from it too.
        assumptions: As-of date, horizon, priors, costs.
        fee_schedule: Contract rates, as `read_fee_schedule` returns them; they go
            before the payer's own history.

    Returns:
        Table `recoverable`: one row per open episode, best net value first. Money
        is on the allowed basis (payer's payment plus the patient share with it).

    Example:
        >>> value_denials(empty("episodes")).empty
        True
    """
    open_ones = episodes[episodes["state"].isin(OPEN_STATES) & (episodes["open_amount"] > 0)]
    if open_ones.empty:
        return empty("recoverable")
    as_of = _as_of(episodes, assumptions)
    table = open_ones.join(
        expected_allowed(open_ones, episodes, assumptions=assumptions, fee_schedule=fee_schedule)
    )
    table = table.join(recovery_chances(open_ones, episodes, as_of, assumptions=assumptions))
    table["denied_expected"] = _refused_value(table)
    table = table.join(next_deadline(table, as_of, assumptions))
    table["cost_to_work"] = _cost(table, assumptions)
    table = _without_expired(table)
    table["recoverable_amount"] = (table["denied_expected"] * table["probability"]).round(2)
    cash = table["expected_paid"] / table["expected_allowed"].where(table["expected_allowed"] > 0)
    table["recoverable_paid"] = (table["recoverable_amount"] * cash.fillna(0.0)).round(2)
    table["net_value"] = table["recoverable_amount"] - table["cost_to_work"]
    tail = (1 - assumptions.range_level) / 2
    # A single denial comes or does not: its range ends at nothing or at all.
    table["recoverable_low"] = table["amount_if_won"].where(table["probability"] > 1 - tail, 0.0)
    table["recoverable_high"] = table["amount_if_won"].where(table["probability"] > tail, 0.0)
    table["action"] = next_step(table)
    table = table.sort_values(
        ["net_value", "days_left", "episode"], ascending=[False, True, True], kind="stable"
    )
    table["rank"] = np.arange(1, len(table) + 1)
    table = table.rename(
        columns={
            "probability": "recovery_probability",
            "low": "probability_low",
            "high": "probability_high",
        }
    )
    return conform(table, "recoverable")


def recoverable_by(
    recoverable: pd.DataFrame,
    by: Sequence[str] = ("payer", "cause"),
    *,
    assumptions: Assumptions = Assumptions(),
) -> pd.DataFrame:
    """Sum what is recoverable over any columns, with the range of each sum.

    The range is of the sum, not a sum of ranges: denials of one payer and cause
    share the uncertainty of their chance, and each comes or does not.

    Args:
        recoverable: Table `recoverable` or any rows of it.
        by: Columns to group by; none for the total.
        assumptions: Level of the range, number of draws and seed.

    Returns:
        The `by` columns, then table `recoverable_by`, largest first; one row where
        `by` is empty.

    Raises:
        ValueError: if a column does not exist.

    Example:
        >>> recoverable_by(empty("recoverable"), by=[])["recoverable_amount"].tolist()
        [0.0]
    """
    by = [by] if isinstance(by, str) else list(by)
    missing = [name for name in by if name not in recoverable.columns]
    if missing:
        raise ValueError(f"no column {missing} to group by; choose from {columns('recoverable')}")
    number: NDArray[np.int64] = np.zeros(len(recoverable), dtype=np.int64)
    count = 1
    if by:
        groups = recoverable.groupby(by, dropna=False, sort=True)
        number, count = np.asarray(groups.ngroup(), dtype=np.int64), groups.ngroups
    summed = pd.DataFrame({name: cents(recoverable[name]) for name in _SUMMED})
    sums = summed.groupby(number).sum().reindex(range(count), fill_value=0) / 100
    sums["recoverable_low"], sums["recoverable_high"] = predictive_ranges(
        recoverable, number, count, assumptions
    )
    sums.insert(0, "episodes", np.bincount(number, minlength=count))
    firsts = np.unique(number, return_index=True)[1]
    for place, name in enumerate(by):
        sums.insert(place, name, recoverable[name].iloc[firsts].to_numpy())
    table = sums[[*by, *columns("recoverable_by")]]
    table = table.sort_values("recoverable_amount", ascending=False, kind="stable")
    return table.reset_index(drop=True)


def _as_of(episodes: pd.DataFrame, assumptions: Assumptions) -> pd.Timestamp:
    if assumptions.as_of is not None:
        return pd.Timestamp(assumptions.as_of)
    return pd.Timestamp(episodes["last_activity_on"].max())


def _refused_value(table: pd.DataFrame) -> pd.Series:
    """Expected value refused; the part written off or owed by the patient left out.

    Never more than what was denied: the rest of a gap is underpayment, not denial.
    """
    gap = (cents(table["expected_allowed"]) - cents(table["allowed"])).clip(lower=0)
    still_open = table["open_amount"] / table["denied_amount"]
    refused = (gap * still_open.clip(0, 1)).round()
    return dollars(refused.clip(upper=cents(table["open_amount"])))


def _without_expired(table: pd.DataFrame) -> pd.DataFrame:
    """A denial that a contract has ended brings nothing, and takes no work."""
    over = table["expired"]
    nothing = ["probability", "low", "high", "cost_to_work"]
    return table.assign(
        amount_if_won=table["denied_expected"].mask(over, 0.0),
        state=table["state"].mask(over, "expired"),
        **{name: table[name].mask(over, 0.0) for name in nothing},
    )


def _cost(table: pd.DataFrame, assumptions: Assumptions) -> pd.Series:
    appeal = table["deadline_kind"].str.startswith("appeal")
    return pd.Series(
        np.where(appeal, assumptions.cost_to_appeal, assumptions.cost_to_correct),
        index=table.index,
    )
