"""Denials, the evidence on them and the episodes they belong to, from one history."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from j2311_analytics.assumptions import Assumptions
from j2311_analytics.denials.acknowledged import Told, told_before
from j2311_analytics.denials.episodes import episodes_in
from j2311_analytics.denials.evidence import evidence_in
from j2311_analytics.denials.find import denials_in
from j2311_analytics.denials.history import History, build_history
from j2311_analytics.ingest.acknowledgements import ClaimStatuses
from j2311_analytics.ingest.exports import Claims
from j2311_analytics.ingest.remittance import Remittance


class Followed(NamedTuple):
    """Tables of one analysis that agree with each other."""

    history: History
    denials: pd.DataFrame
    evidence: pd.DataFrame
    episodes: pd.DataFrame
    told: Told


def follow(
    remittance: Remittance | None,
    claims: Claims | None,
    acknowledgements: ClaimStatuses | None,
    assumptions: Assumptions,
) -> Followed:
    """Find denials, weigh them, and carry cause, finding and verdict to the episodes."""
    history = build_history(remittance, claims, assumptions)
    denials = denials_in(history, assumptions)
    evidence = evidence_in(history, denials, claims, acknowledgements, assumptions)
    told = told_before(history, claims, acknowledgements)
    episodes = episodes_in(history, claims, denials, assumptions, told, evidence)
    return Followed(history, denials, evidence, episodes, told)
