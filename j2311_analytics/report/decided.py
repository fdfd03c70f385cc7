"""Which services count in a rate."""

from __future__ import annotations

import pandas as pd


def decided_services(episodes: pd.DataFrame) -> pd.DataFrame:
    """Focus services that count in a rate: decided, billed, and not merely pended.

    Args:
        episodes: Table `episodes`.

    Returns:
        Its rows that count. A service that was only rejected has no episode, and a
        reversal alone or an estimate decides nothing.

    Example:
        >>> from j2311_analytics.tables import empty
        >>> decided_services(empty("episodes")).empty
        True
    """
    pended = (episodes["state"] == "pended") & episodes["first_cause"].isna()
    decided = episodes["first_decided_on"].notna() & (episodes["charge"] > 0)
    return episodes[episodes["focus"] & decided & ~pended]
