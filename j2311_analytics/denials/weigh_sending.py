"""The payer's reason against when and to whom the claim was sent."""

from __future__ import annotations

import pandas as pd

from j2311_analytics.assumptions import Assumptions
from j2311_analytics.denials.verdicts import APPEAL, PAYER, day, first_case
from j2311_analytics.ingest.acknowledgements import ClaimStatuses

_ACCEPTED, _RECEIVED = "A2", "A1"


def weigh_timely_filing(
    lines: pd.DataFrame,
    decided: pd.DataFrame,
    acknowledgements: ClaimStatuses | None,
    assumptions: Assumptions,
) -> pd.DataFrame:
    """The payer's own acceptance against a filing window that the user confirmed.

    An acceptance is a 277CA A2 of the payer, or its A1 with its own trace. A
    clearinghouse's answer and the export's date prove nothing to the payer.

    Args:
        lines: Denied lines with service, payer_id, service_from, service_to, submitted_date.
        decided: Decided rows: service and claim_id.
        acknowledgements: What `read_277` returned, or None.
        assumptions: `window_overrides` are the user's own windows.

    Source:
        FACTS on proof of timely filing: 005010X214 guide, status categories A1 and A2.
    """
    windows = {w.payer_id: w.filing_days for w in assumptions.window_overrides}
    allowed = lines["payer_id"].map(windows).astype("float64")
    last = lines["service_to"].fillna(lines["service_from"])
    deadline = last + pd.to_timedelta(allowed, unit="D")
    accepted = _first_accepted(lines, decided, acknowledgements)
    until = " and the confirmed window ended on " + day(deadline)
    return first_case(
        lines.index,
        [
            (
                accepted <= deadline,
                APPEAL,
                "the payer accepted the claim on " + day(accepted) + until,
            ),
            (accepted > deadline, PAYER, "the payer first accepted it on " + day(accepted) + until),
            (
                lines["first_sent"] > deadline,
                PAYER,
                "it was first sent on " + day(lines["first_sent"]) + until,
            ),
            (
                deadline.isna() & accepted.notna(),
                "needs_records",
                "the payer accepted the claim on " + day(accepted) + ", and its window is not "
                "confirmed: look into the contract",
            ),
        ],
        "only the practice's own date of sending is known, which proves nothing to the payer",
    )


def weigh_coverage(lines: pd.DataFrame, decided: pd.DataFrame) -> pd.DataFrame:
    """Only a 270/271 can tell; other payers that decided claims of the patient are named.

    Args:
        lines: Denied lines with patient and payer_key.
        decided: Decided rows with patient, payer_key and payer.
    """
    known = (
        decided[["patient", "payer_key", "payer"]]
        .dropna()
        .drop_duplicates(["patient", "payer_key"])
    )
    pairs = (
        lines[["patient", "payer_key"]]
        .reset_index(names="place")
        .merge(known, on="patient", suffixes=("", "_other"))
    )
    pairs = pairs[pairs["payer_key"] != pairs["payer_key_other"]]
    names = pairs.groupby("place")["payer"].agg("; ".join).astype("str").reindex(lines.index)
    asked = "coverage on the day needs an eligibility inquiry"
    others = asked + "; other payers seen for this patient: " + names.astype("str")
    return first_case(lines.index, [(names.notna(), "needs_records", others)], asked)


def _first_accepted(
    lines: pd.DataFrame, decided: pd.DataFrame, acknowledgements: ClaimStatuses | None
) -> pd.Series:
    """The payer's first acceptance of any claim that billed the service."""
    nothing = pd.Series(pd.NaT, index=lines.index, dtype="datetime64[us]")
    if acknowledgements is None:
        return nothing
    told = acknowledgements.statuses
    own_number = told["trace"].notna() | told["payer_control_number"].notna()
    proves = (told["category"] == _ACCEPTED) | ((told["category"] == _RECEIVED) & own_number)
    told = told[proves & (told["source"] == "payer")].dropna(subset=["claim_id", "status_date"])
    by_claim = told.groupby("claim_id")["status_date"].min()
    claims = decided[["service", "claim_id"]].drop_duplicates()
    taken = by_claim.reindex(claims["claim_id"]).set_axis(claims.index)
    by_service = taken.groupby(claims["service"]).min()
    return by_service.reindex(lines["service"]).set_axis(lines.index).astype("datetime64[us]")
