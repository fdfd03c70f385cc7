"""What came for a service since a day, found again in what is known later."""

from __future__ import annotations

import pandas as pd

_SERVICE = ["claim_id", "line_control", "hcpcs", "service_from", "occurrence"]


def realised_since(
    recoverable: pd.DataFrame, then: pd.DataFrame, now: pd.DataFrame
) -> pd.DataFrame:
    """Dollars allowed since a day for the services that were open on it.

    Args:
        recoverable: Table `recoverable` of that day.
        then: Table `episodes` of that day, from which `recoverable` was made.
        now: Table `episodes` of a later day.

    Returns:
        Table `recoverable` in the order of `then`, with realised_amount (dollars, never
        below 0); missing where the service now counts with another one.

    Example:
        >>> from j2311_analytics.tables import empty
        >>> realised_since(empty("recoverable"), empty("episodes"), empty("episodes")).empty
        True
    """
    numbers = _numbered(then)[["episode", "occurrence"]]
    rows = recoverable.sort_values("episode").merge(numbers, on="episode")
    later = _numbered(now)[[*_SERVICE, "allowed"]]
    found = rows.merge(later, on=_SERVICE, how="left", suffixes=("", "_later"))
    gain = (found["allowed_later"] - found["allowed"]).clip(lower=0).round(2)
    return found.drop(columns=["allowed_later", "occurrence"]).assign(realised_amount=gain)


def _numbered(table: pd.DataFrame) -> pd.DataFrame:
    """Services alike in every name are told apart by their order."""
    keys = _SERVICE[:-1]
    return table.assign(occurrence=table.groupby(keys, dropna=False).cumcount())
