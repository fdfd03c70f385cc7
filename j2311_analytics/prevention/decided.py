"""Claim lines beside what the payers first decided about them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from j2311_analytics.assumptions import Assumptions
from j2311_analytics.denials.find import find_denials
from j2311_analytics.ingest.exports import Claims
from j2311_analytics.ingest.remittance import Remittance
from j2311_analytics.matching.match import match_claims
from j2311_analytics.matching.payers import paid_on

_KEY = ["claim_id", "line_number", "payer_id"]


def decided_lines(
    claims: Claims,
    remittance: Remittance,
    *,
    denials: pd.DataFrame | None = None,
    assumptions: Assumptions = Assumptions(),
) -> pd.DataFrame:
    """Claim lines that a payer answered, each with the first denial that answered it.

    Args:
        claims: The export.
        remittance: What the payers answered.
        denials: Table `denials`, if it is at hand.
        assumptions: As in `find_denials`.

    Returns:
        The columns of `claim_lines`, and claim_row (position in the export), cause (of
        the first denial; missing where the line was not denied), causes (all that the
        denial names, separated by spaces) and first_denied (dollars). Only the first
        sending of each line is there: what was sent again was changed by what was learned.

    Example:
        >>> from j2311_analytics import read_835, read_claims
        >>> era = read_835(b"ST*835*1~BPR*I*0*C*************20260110~CLP*A*1*9*0~"
        ...                b"SVC*HC:J2315*9*0~DTM*472*20260105~CAS*CO*197*9~SE*7*1~")
        >>> sheet = pd.DataFrame({"Claim": ["A"], "CPT": "J2315", "Fee": "9", "DOS": "1/5/26"})
        >>> decided_lines(read_claims(sheet), era)["cause"].tolist()
        ['prior_authorization']
    """
    if denials is None:
        denials = find_denials(remittance, claims, assumptions=assumptions)
    pairs = _by_then(match_claims(remittance, claims).pairs, remittance, assumptions)
    denied = _first_denials(denials, pairs)
    lines = claims.lines.reset_index(drop=True).assign(claim_row=np.arange(len(claims.lines)))
    lines = lines[lines["claim_row"].isin(pairs["claim_row"])]
    first = lines.sort_values("submitted_date", kind="stable").drop_duplicates(_KEY).sort_index()
    told = denied.reindex(first["claim_row"])
    return first.assign(
        cause=told["cause"].to_numpy(),
        causes=told["causes"].to_numpy(),
        first_denied=told["denied_amount"].fillna(0.0).to_numpy(),
    ).reset_index(drop=True)


def _by_then(pairs: pd.DataFrame, remittance: Remittance, assumptions: Assumptions) -> pd.DataFrame:
    """Answers given by the as-of date."""
    if assumptions.as_of is None:
        return pairs
    late = paid_on(remittance.payments) > pd.Timestamp(assumptions.as_of)
    later = remittance.payments.loc[late, "transaction"]
    claims = remittance.claims
    return pairs[~pairs["claim"].isin(claims.loc[claims["transaction"].isin(later), "claim"])]


def _first_denials(denials: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    """The first denial of each claim line, by its row in the export."""
    initial = denials[denials["origin"] == "initial"]
    causes = initial["cause"] + " " + initial["other_causes"].fillna("")
    initial = initial.assign(causes=causes.str.strip())
    by_line = initial[initial["line"].notna()].merge(
        pairs.loc[pairs["line"].notna(), ["line", "claim_row"]], on="line"
    )
    lineless = pairs.loc[pairs["line"].isna(), ["claim_id", "claim_row"]]
    by_claim = initial[initial["line"].isna()].merge(lineless, on="claim_id")
    both = pd.concat([by_line, by_claim], ignore_index=True)
    both = both.sort_values(["denied_on", "denial"], kind="stable").drop_duplicates("claim_row")
    return both.set_index("claim_row")[["cause", "causes", "denied_amount"]]
