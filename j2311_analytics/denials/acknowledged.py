"""What was said of each service before any payer decided: taken in, or rejected."""

from __future__ import annotations

import pandas as pd

from j2311_analytics.ingest.acknowledgements import ClaimStatuses

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


def statuses_of(
    rows: pd.DataFrame, acknowledgements: ClaimStatuses | None, as_of: pd.Timestamp
) -> pd.DataFrame:
    """Every status of a 277 by the service it is about.

    A status of a whole claim is about each of its lines, one with a date about the
    lines of that date, one of a line about that line.

    Args:
        rows: Decided rows of a history.
        acknowledgements: What `read_277` returned, or None.
        as_of: Nothing later is used.

    Returns:
        service and the columns of table `statuses` that tell what was said and where.
    """
    if acknowledgements is None:
        statuses = pd.DataFrame({name: pd.Series(dtype="object") for name in _SAID})
        return statuses.assign(service=pd.Series(dtype="int64"))
    lines = rows[["claim_id", "service", "service_from", "hcpcs", "line_control"]]
    lines = lines.drop_duplicates().rename(columns=lambda name: f"of_{name}")
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
    return found.rename(columns={"of_service": "service"})[["service", *_SAID]]


def before_decision(statuses: pd.DataFrame) -> pd.DataFrame:
    """Of each service: when the payer took it in, and how often it was rejected.

    Returns:
        Indexed by service: accepted_on (the earliest acceptance that the payer itself
        tells), rejections (claims of 277s that were rejected).
    """
    taken = statuses[statuses["accepted"].astype(bool) & (statuses["source"] == "payer")]
    refused = statuses[statuses["rejected"].astype(bool)]
    refused = refused.drop_duplicates(["service", "file", "transaction", "claim"])
    accepted_on = pd.to_datetime(taken["status_date"]).astype("datetime64[us]")
    return pd.DataFrame(
        {
            "accepted_on": accepted_on.groupby(taken["service"]).min(),
            "rejections": refused.groupby("service").size(),
        }
    )
