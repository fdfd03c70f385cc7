"""What is known of single denials, carried to the episodes they belong to."""

from __future__ import annotations

import pandas as pd

from j2311_analytics.denials.history import History

NOT_MADE = "link to an earlier claim not made"


def with_denials(
    rows: pd.DataFrame, denials: pd.DataFrame | None, evidence: pd.DataFrame | None
) -> pd.DataFrame:
    """Decided rows with the cause, finding and verdict of the denials given.

    Args:
        rows: Decided rows.
        denials: Table `denials`, whose causes may have been changed by hand.
        evidence: Table `evidence`.

    Returns:
        The rows, with cause from the denials, own_finding and verdict.
    """
    nothing = pd.Series(None, index=rows.index, dtype="str")
    rows = rows.assign(own_finding=nothing, verdict=nothing)
    if denials is not None:
        given = denials.set_index("denial")
        rows["cause"] = rows["row"].map(given["cause"]).astype("str").fillna(rows["cause"])
        rows["own_finding"] = rows["row"].map(given["finding"]).astype("str")
    if evidence is not None:
        verdicts = evidence.set_index("denial")["verdict"]
        rows["verdict"] = rows["row"].map(verdicts).astype("str")
    return rows


def findings(rows: pd.DataFrame, history: History, own: pd.Series) -> pd.Series:
    """Links that were not sure enough to make, and what speaks against the code billed.

    Args:
        rows: Decided rows with service.
        history: Names the links not made.
        own: Finding of each service's latest denial, indexed by service.

    Returns:
        Words, indexed like `own`; missing where there is nothing.
    """
    services = rows.set_index("row")["service"]
    unsure = history.unsure.assign(service=history.unsure["row"].map(services))
    text = NOT_MADE + ": " + unsure["reason"].astype("str")
    links = text.groupby(unsure["service"]).first().reindex(own.index).astype("str")
    own = own.astype("str")
    return (links + "; " + own).fillna(links).fillna(own)
