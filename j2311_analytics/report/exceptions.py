"""Everything that was odd, out of balance or not linked, in one list."""

from __future__ import annotations

import pandas as pd

from j2311_analytics.denials.classify import UNKNOWN
from j2311_analytics.denials.denial_notes import NOT_MADE
from j2311_analytics.ingest.acknowledgements import ClaimStatuses
from j2311_analytics.ingest.exports import Claims
from j2311_analytics.ingest.remittance import Remittance
from j2311_analytics.matching.balance import failed_checks
from j2311_analytics.matching.payers import paid_on
from j2311_analytics.tables import columns, conform


def list_exceptions(
    remittance: Remittance,
    claims: Claims | None,
    checks: pd.DataFrame,
    denials: pd.DataFrame,
    episodes: pd.DataFrame,
    notes: pd.DataFrame | None = None,
    acknowledgements: ClaimStatuses | None = None,
    rejected: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Gather exceptions from every step, so that nothing disappears silently.

    Args:
        remittance: What `read_835` returned.
        claims: What `read_claims` returned, or None.
        checks: Table `balance`.
        denials: Table `denials`.
        episodes: Table `episodes`.
        notes: Notes of the action list that match no service, table `issues`.
        acknowledgements: What `read_acknowledgements` returned, or None.
        rejected: Rejected claims that were joined to no later claim, and why: claim_id,
            service (missing where no later claim is known), reason.

    Returns:
        source (which step) and the columns of table `issues`, without any content of
        claims but claim ids.

    Example:
        >>> from j2311_analytics import balance, read_835
        >>> from j2311_analytics.tables import empty
        >>> era = read_835(b"ST*835*1~BPR*I*5*C*************20261005~SE*3*1~")
        >>> found = list_exceptions(era, None, balance(era), empty("denials"), empty("episodes"))
        >>> found["problem"].tolist()
        ['unbalanced_transaction']
    """
    parts = {
        "remittances": remittance.issues,
        "claim export": claims.issues if claims is not None else None,
        "acknowledgements": acknowledgements.issues if acknowledgements is not None else None,
        "balance": failed_checks(checks),
        "dates": _undated(remittance),
        "codes": _unknown_codes(denials),
        "code dates": _codes_out_of_date(denials),
        "links": _links(episodes),
        "rejected claims": _not_joined(rejected),
        "notes": notes,
    }
    frames = [
        conform(part, "issues").assign(source=source)
        for source, part in parts.items()
        if part is not None and len(part)
    ]
    names = ["source", *columns("issues")]
    if not frames:
        return pd.DataFrame(columns=names)
    return pd.concat(frames, ignore_index=True)[names]


def _unknown_codes(denials: pd.DataFrame) -> pd.DataFrame:
    unknown = denials[denials["cause"] == UNKNOWN]
    message = "reason code " + unknown["carc"].astype("str") + " is in no code table"
    return pd.DataFrame(
        {
            "file": unknown["file"],
            "segment": unknown["segment"],
            "segment_id": "CAS",
            "severity": "warning",
            "problem": UNKNOWN,
            "message": message + "; counted as a denial of unknown cause",
        }
    )


def _codes_out_of_date(denials: pd.DataFrame) -> pd.DataFrame:
    found = denials[denials["cause_basis"].str.contains("although", na=False)]
    return pd.DataFrame(
        {
            "file": found["file"],
            "segment": found["segment"],
            "segment_id": "CAS",
            "severity": "warning",
            "problem": "code_out_of_date",
            "message": found["cause_basis"] + "; read with the meaning that it had",
        }
    )


def _undated(remittance: Remittance) -> pd.DataFrame:
    payments = remittance.payments
    undated = payments[paid_on(payments).isna()]
    return pd.DataFrame(
        {
            "file": undated["file"],
            "segment": undated["segment"],
            "segment_id": "BPR",
            "severity": "warning",
            "problem": "undated_payment",
            "message": "neither BPR16 nor DTM*405 has a date; counted before every dated payment",
        }
    )


def _links(episodes: pd.DataFrame) -> pd.DataFrame:
    # Other findings are about the line's own data, not about a link.
    found = episodes[episodes["finding"].str.contains(NOT_MADE, na=False)]
    return pd.DataFrame(
        {
            "file": None,
            "segment_id": "CLP",
            "severity": "warning",
            "problem": "link_not_made",
            "message": "claim " + found["claim_id"].astype("str") + ": " + found["finding"],
        }
    )


def _not_joined(rejected: pd.DataFrame | None) -> pd.DataFrame | None:
    """Rejected claims that no later claim could be sought for; the others are links."""
    if rejected is None:
        return None
    found = rejected[rejected["service"].isna()]
    message = "claim " + found["claim_id"].astype("str") + " was rejected, and is joined to no "
    return pd.DataFrame(
        {
            "file": None,
            "segment_id": "TRN",
            "severity": "warning",
            "problem": "link_not_made",
            "message": message + "later claim: " + found["reason"].astype("str"),
        }
    )
