"""What was said of each service before any payer decided: taken in, or rejected."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from j2311_analytics.denials.grouping import in_text
from j2311_analytics.denials.history import History
from j2311_analytics.denials.rejected import SentAgain, no_links, sent_again
from j2311_analytics.ingest.acknowledgements import ClaimStatuses
from j2311_analytics.ingest.exports import Claims

_SAID = [
    "file",
    "transaction",
    "claim",
    "segment",
    "status_date",
    "source",
    "source_name",
    "category",
    "category_meaning",
    "accepted",
    "rejected",
]
_OF = ["claim_id", "service", "service_from", "hcpcs", "line_control"]


@dataclass(frozen=True)
class Told:
    """What was said of each service before it was decided.

    Args:
        statuses: service, under_own_id (flag: said of a claim that was decided), and
            the columns of table `statuses` that tell what was said and where.
        again: Rejected claims by the service that they were sent again as.
    """

    statuses: pd.DataFrame
    again: SentAgain


def told_before(
    history: History, claims: Claims | None, acknowledgements: ClaimStatuses | None
) -> Told:
    """Every status of a 277 by the service it is about.

    A status of a whole claim is about each of its lines, one with a date about the
    lines of that date, one of a line about that line.

    Args:
        history: Decided rows, and the day after which nothing is used.
        claims: The claim export, or None.
        acknowledgements: What `read_277` returned, or None.
    """
    if acknowledgements is None:
        none = pd.DataFrame({name: pd.Series(dtype="object") for name in _SAID})
        types = {"service": "int64", "under_own_id": "bool"}
        return Told(none.assign(**{n: pd.Series(dtype=t) for n, t in types.items()}), no_links())
    rows = history.rows[~history.rows["estimate"]]
    again = sent_again(rows, claims, acknowledgements, history.as_of)
    lines = rows[_OF].drop_duplicates().assign(under_own_id=True)
    if claims is not None and len(again.lines):
        sent = claims.lines.reset_index(drop=True).loc[again.lines["claim_row"]]
        sent = sent.assign(service=again.lines["service"].to_numpy(), under_own_id=False)
        lines = pd.concat([in_text(lines), sent[list(lines)].drop_duplicates()])
    return Told(_statuses_of(lines, acknowledgements, history.as_of), again)


def before_decision(statuses: pd.DataFrame) -> pd.DataFrame:
    """Of each service: when the payer took it in, and how often it was rejected.

    Returns:
        Indexed by service: accepted_on (the earliest acceptance that the payer itself
        tells), rejections (claims of 277s that were rejected).
    """
    taken = statuses[statuses["accepted"].astype(bool) & (statuses["source"] == "payer")]
    # A claim that was rejected in the end was not taken in.
    taken = taken[taken["under_own_id"]]
    refused = statuses[statuses["rejected"].astype(bool)]
    refused = refused.drop_duplicates(["service", "file", "transaction", "claim"])
    accepted_on = pd.to_datetime(taken["status_date"]).astype("datetime64[us]")
    return pd.DataFrame(
        {
            "accepted_on": accepted_on.groupby(taken["service"]).min(),
            "rejections": refused.groupby("service").size(),
        }
    )


def _statuses_of(
    lines: pd.DataFrame, acknowledgements: ClaimStatuses, as_of: pd.Timestamp
) -> pd.DataFrame:
    lines = lines.rename(columns={name: f"of_{name}" for name in _OF})
    lines = lines.assign(key=lines["of_claim_id"].str.upper()).dropna(subset=["key"])
    statuses = acknowledgements.statuses
    statuses = statuses[~(statuses["status_date"] > as_of)]
    both = statuses.reset_index(names="status").assign(key=statuses["claim_id"].str.upper().array)
    both = both.merge(lines, on="key")
    last = both["service_to"].fillna(both["service_from"])
    day, dated = both["of_service_from"], both["service_from"].notna()
    fits = ~dated | day.isna() | ((day >= both["service_from"]) & (day <= last))
    controlled = both["line_control"].notna() & both["of_line_control"].notna()
    same_line = (both["hcpcs"] == both["of_hcpcs"]).where(
        ~controlled, both["line_control"] == both["of_line_control"]
    )
    fits &= (both["level"] != "line") | same_line
    found = both[fits].drop_duplicates(["status", "of_service"])
    return found.rename(columns={"of_service": "service"})[["service", "under_own_id", *_SAID]]
