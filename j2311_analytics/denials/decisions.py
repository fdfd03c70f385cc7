"""Every decision about every service, in order of time."""

from __future__ import annotations

import pandas as pd

from j2311_analytics.assumptions import Assumptions
from j2311_analytics.denials.episodes import episode_numbers, episodes_in
from j2311_analytics.denials.grouping import in_text
from j2311_analytics.denials.history import History, build_history
from j2311_analytics.ingest.exports import Claims
from j2311_analytics.ingest.remittance import Remittance
from j2311_analytics.tables import conform, dollars

_MONEY = {
    "charge": "charge_cents",
    "denied_amount": "denied_cents",
    "allowed": "allowed_cents",
    "paid": "paid_cents",
    "patient_share": "share_cents",
}


def list_decisions(
    remittance: Remittance | None = None,
    claims: Claims | None = None,
    *,
    assumptions: Assumptions = Assumptions(),
) -> pd.DataFrame:
    """List every decision of every payer, with the file it came in.

    Args:
        remittance: What `read_835` returned.
        claims: What `read_claims` returned.
        assumptions: Focus codes and as-of date; nothing later is used.

    Returns:
        Table `decisions`, by service and date. Reversals have their own rows.

    Raises:
        ValueError: if neither a remittance nor claims are given.

    Example:
        >>> from j2311_analytics import read_835
        >>> text = "ST*835*1~BPR*I*0*C~CLP*A*1*9*0~SVC*HC:J2311*9*0~CAS*CO*197*9~SE*6*1~"
        >>> list_decisions(read_835(text.encode()))[["claim_id", "denied_amount"]].values.tolist()
        [['A', 9.0]]
    """
    history = build_history(remittance, claims, assumptions)
    return decisions_in(history, episodes_in(history, claims, None, assumptions))


def decisions_in(history: History, episodes: pd.DataFrame) -> pd.DataFrame:
    """Table `decisions` of a history already built, and its episodes."""
    rows = in_text(history.rows[~history.rows["estimate"]])
    number = rows["service"].map(episode_numbers(rows))
    service = episodes.set_index("episode").reindex(number).set_axis(rows.index)
    table = rows.assign(
        episode=number,
        decided_on=rows["date"],
        suspected=rows["suspected"] & rows["in_force"] & rows["first_payer"],
        **{name: dollars(rows[column]) for name, column in _MONEY.items()},
        **{name: service[name] for name in ("claim_id", "line_control", "hcpcs", "service_from")},
        focus=service["focus"],
    )
    return conform(table, "decisions")
