"""Appeals on record: those the practice noted, and those only a payer's answer tells of."""

from __future__ import annotations

import numpy as np
import pandas as pd

from j2311_analytics.assumptions import Assumptions
from j2311_analytics.denials.appeal_record import appeal_record
from j2311_analytics.denials.episodes import episode_numbers, episodes_in
from j2311_analytics.denials.grouping import in_text
from j2311_analytics.denials.history import History, build_history
from j2311_analytics.ingest.exports import Claims
from j2311_analytics.ingest.remittance import Remittance
from j2311_analytics.tables import conform


def find_appeals(
    remittance: Remittance | None = None,
    claims: Claims | None = None,
    *,
    assumptions: Assumptions = Assumptions(),
) -> pd.DataFrame:
    """List every appeal: its level, when it was sent, what came of it and how long it took.

    The claim export's notes count. A payer's answer that only upholds (CARC 193 and
    kin) tells of an appeal too, where the export notes none for the service.

    Args:
        remittance: What `read_835` returned.
        claims: What `read_claims` returned, with its appeal columns.
        assumptions: Focus codes and as-of date; nothing later is used.

    Returns:
        Table `appeals`, one row per appeal, the latest first.

    Raises:
        ValueError: if neither a remittance nor claims are given.

    Example:
        >>> from j2311_analytics import read_835
        >>> find_appeals(read_835(b"ST*835*1~BPR*I*0*C~SE*3*1~")).empty
        True
    """
    history = build_history(remittance, claims, assumptions)
    return appeals_in(history, claims, episodes_in(history, claims, None, assumptions))


def appeals_in(history: History, claims: Claims | None, episodes: pd.DataFrame) -> pd.DataFrame:
    """Table `appeals` of a history already built, and its episodes."""
    rows = in_text(history.rows[~history.rows["estimate"]])
    both = appeal_record(rows, claims, history.as_of)
    both["episode"] = both["service"].map(episode_numbers(rows)).astype("int64")
    kept = ["claim_id", "payer", "payer_id", "hcpcs", "focus", "cause", "denied_amount"]
    found = both.merge(episodes[["episode", *kept, "recovered_amount"]], on="episode")
    end = found["decided_on"].fillna(history.as_of)
    found["days"] = (end - found["sent_on"]).dt.days.astype("Int64")
    found = found.sort_values(["sent_on", "decided_on", "episode"], ascending=[False, False, True])
    found["appeal"] = np.arange(1, len(found) + 1)
    return conform(found, "appeals")


def appeals_by(appeals: pd.DataFrame) -> pd.DataFrame:
    """Count appeals by level and outcome, with the days that they took.

    Args:
        appeals: Table `appeals`, or some of its rows.

    Returns:
        Table `appeals_by`: one row per level and outcome. Days run from sending to
        the decision, or to the as-of date while waiting.

    Example:
        >>> from j2311_analytics.tables import empty
        >>> appeals_by(empty("appeals")).empty
        True
    """
    named = appeals.assign(level=appeals["level"].fillna("not noted"))
    grouped = named.groupby(["level", "outcome"], sort=True)
    table = grouped.agg(
        appeals=("appeal", "size"),
        median_days=("days", "median"),
        denied_amount=("denied_amount", "sum"),
        recovered_amount=("recovered_amount", "sum"),
    )
    return conform(table.reset_index(), "appeals_by")
