"""The development triangle: what came of each month's denials, by age."""

from __future__ import annotations

import pandas as pd

from j2311_analytics.assumptions import Assumptions
from j2311_analytics.tables import cents


def recovery_triangle(
    episodes: pd.DataFrame, *, assumptions: Assumptions = Assumptions()
) -> pd.DataFrame:
    """Dollars recovered of each month's first denials, summed up by months of age.

    Args:
        episodes: Table `episodes`.
        assumptions: As-of date; cells that lie after it are missing, not 0.

    Returns:
        Indexed by month of first denial (month start); one column per age in months
        (0 is the month itself), cumulative dollars.

    Example:
        >>> from j2311_analytics.tables import empty
        >>> recovery_triangle(empty("episodes")).empty
        True
    """
    denied = episodes[episodes["first_denied_on"].notna()]
    if denied.empty:
        return pd.DataFrame()
    as_of = pd.Timestamp(assumptions.as_of or episodes["last_activity_on"].max())
    cohort = denied["first_denied_on"].dt.to_period("M")
    came_on = denied["resolved_on"].fillna(denied["last_activity_on"]).dt.to_period("M")
    start, last = cohort.min(), as_of.to_period("M")
    months = pd.period_range(start, last, freq="M")
    age = (came_on.dt.year - cohort.dt.year) * 12 + came_on.dt.month - cohort.dt.month
    came = denied["recovered_amount"] > 0
    amounts = cents(denied["recovered_amount"][came]).groupby([cohort[came], age[came]]).sum()
    table = amounts.unstack(fill_value=0).reindex(index=months, columns=range(len(months)))
    table = table.fillna(0).cumsum(axis=1) / 100
    oldest = pd.Series(range(len(months) - 1, -1, -1), index=months)
    for months_old in range(len(months)):
        table[months_old] = table[months_old].where(oldest >= months_old)
    table.index = months.to_timestamp()
    return table.rename_axis(index="month", columns="age")
