"""Why a line has no partner, on either side."""

from __future__ import annotations

import numpy as np
import pandas as pd

from j2311_analytics.ingest.exports import Claims
from j2311_analytics.matching.sides import Sides
from j2311_analytics.tables import conform, dollars

REASONS = {
    "claim_not_sent": "no claim in the export has this id or this service",
    "line_not_sent": "the claim is in the export, but no line of it fits",
    "several_lines_fit": "more than one claim line fits, and nothing tells them apart",
    "several_sendings_fit": "sent more than once, and nothing tells which sending is answered",
    "not_answered": "no remittance answers the claim",
    "line_not_answered": "the claim was answered, but this line was not",
    "other_sending_answered": "another sending of this line was answered, this one was not",
    "void_request": "a request to void; the answer is the reversal of the first sending",
    "perhaps_answered": "one of several lines or sendings that a remittance line fits",
}
VOID = "8"


def unmatched_rows(
    sides: Sides, claims: Claims, pairs: pd.DataFrame, found: pd.DataFrame, ties: pd.DataFrame
) -> pd.DataFrame:
    """Table `unmatched`.

    Args:
        sides: Both sides.
        claims: The export.
        pairs: answer and row of every pair.
        found: answer and service wherever the service is sure.
        ties: answer and service wherever several fit.
    """
    answers = _answers(sides, pairs, found, ties)
    rows = _rows(sides, claims, pairs, found, ties)
    table = pd.concat([answers, rows], ignore_index=True)
    return conform(table.assign(explanation=table["reason"].map(REASONS)), "unmatched")


def _answers(
    sides: Sides, pairs: pd.DataFrame, found: pd.DataFrame, ties: pd.DataFrame
) -> pd.DataFrame:
    left = sides.answers[~sides.answers["answer"].isin(pairs["answer"])]
    known = left["bare"].isin(sides.sent["bare"])
    reason = np.select(
        [left["answer"].isin(found["answer"]), left["answer"].isin(ties["answer"]), known],
        ["several_sendings_fit", "several_lines_fit", "line_not_sent"],
        "claim_not_sent",
    )
    return pd.DataFrame(
        {
            "side": "remittance",
            **{name: left[name] for name in ("claim", "line", "claim_id", "service_from")},
            "hcpcs": left["hcpcs_shown"],
            "charge": dollars(left["charge"]),
            "reason": reason,
        }
    )


def _rows(
    sides: Sides, claims: Claims, pairs: pd.DataFrame, found: pd.DataFrame, ties: pd.DataFrame
) -> pd.DataFrame:
    sent = sides.sent
    answered = sent["row"].isin(pairs["row"])
    services = sent.loc[answered, "service"]
    open_answers = found[~found["answer"].isin(pairs["answer"])]
    lined = set(sides.answers.loc[sides.answers["lined"], "answer"])
    tied = pd.concat([ties[["answer", "service"]], open_answers[["answer", "service"]]])
    perhaps = tied.loc[tied["answer"].isin(lined), "service"]
    heads = tied.loc[~tied["answer"].isin(lined), "service"]
    left = sent[~answered]
    reason = np.select(
        [
            left["frequency"] == VOID,
            left["service"].isin(perhaps) | left["id"].isin(heads),
            left["service"].isin(services),
            left["id"].isin(sent.loc[answered, "id"]),
        ],
        ["void_request", "perhaps_answered", "other_sending_answered", "line_not_answered"],
        "not_answered",
    )
    names = ["claim_id", "line_number", "hcpcs", "service_from", "charge", "submitted_date"]
    lines = claims.lines[names].iloc[left["row"]].reset_index(drop=True)
    return lines.assign(side="claims", claim_row=left["row"].to_numpy(), reason=reason)
