"""Appeals of each service, as the practice noted them or a payer's answer tells."""

from __future__ import annotations

import pandas as pd

from j2311_analytics.denials.export_lines import service_of
from j2311_analytics.ingest.exports import Claims

WAITING = "waiting"
UPHELD = "upheld"
_NOTED = ["service", "level", "sent_on", "outcome", "decided_on"]


def appeal_record(rows: pd.DataFrame, claims: Claims | None, as_of: pd.Timestamp) -> pd.DataFrame:
    """Every appeal known by a day, oldest first within its service.

    Args:
        rows: Decided rows of a history, estimates left out.
        claims: The claim export, or None.
        as_of: Nothing later is used.

    Returns:
        service, level, sent_on, outcome ("waiting" while undecided), decided_on. An
        answer that only upholds tells of an appeal where the export notes none.
    """
    noted, told = _noted(rows, claims, as_of), _told(rows)
    told = told[~told["service"].isin(noted["service"])]
    both = pd.concat([noted, told], ignore_index=True)
    return both.sort_values(["service", "sent_on", "decided_on"], kind="stable")


def last_appeals(record: pd.DataFrame) -> pd.DataFrame:
    """The latest appeal of each service, as columns of table `episodes`."""
    last = record.drop_duplicates("service", keep="last").set_index("service")
    return pd.DataFrame(
        {
            "appeal_level": last["level"],
            "appeal_sent_on": last["sent_on"],
            "appeal_outcome": last["outcome"],
            "appeal_decided_on": last["decided_on"],
        }
    )


def _noted(rows: pd.DataFrame, claims: Claims | None, as_of: pd.Timestamp) -> pd.DataFrame:
    if claims is None:
        return _typed(pd.DataFrame(columns=_NOTED))
    lines = claims.lines
    lines = lines[lines["appeal_date"].notna() & ~(lines["appeal_date"] > as_of)]
    late = lines["appeal_decision_date"] > as_of
    found = pd.DataFrame(
        {
            "service": service_of(lines, rows),
            "level": lines["appeal_level"],
            "sent_on": lines["appeal_date"],
            "outcome": lines["appeal_outcome"].str.strip().str.lower().mask(late),
            "decided_on": lines["appeal_decision_date"].mask(late),
        }
    )
    found["outcome"] = found["outcome"].fillna(WAITING)
    # An export repeats an appeal on every sending of the line; its fullest row counts.
    found = found.dropna(subset=["service"]).sort_values("decided_on", na_position="last")
    return _typed(found.drop_duplicates(["service", "level", "sent_on"]))


def _told(rows: pd.DataFrame) -> pd.DataFrame:
    answers = rows[(rows["cause"] == "appeal_outcome") & ~rows["reversal"] & rows["first_payer"]]
    found = pd.DataFrame(
        {"service": answers["service"], "outcome": UPHELD, "decided_on": answers["date"]}
    )
    return _typed(found.reindex(columns=_NOTED))


def _typed(found: pd.DataFrame) -> pd.DataFrame:
    dates = dict.fromkeys(("sent_on", "decided_on"), "datetime64[us]")
    return found.astype({"service": "int64", "level": "str", "outcome": "str", **dates})
