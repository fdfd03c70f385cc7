"""What is known of single denials, carried to the episodes they belong to."""

from __future__ import annotations

import pandas as pd

from j2311_analytics.denials.grouping import as_categories, joined
from j2311_analytics.denials.history import History
from j2311_analytics.tables import as_text

NOT_MADE = "link to an earlier claim not made"


def with_own_causes(rows: pd.DataFrame, denials: pd.DataFrame | None) -> pd.DataFrame:
    """Decided rows with the causes of table `denials`, which may have been changed by hand."""
    if denials is None:
        return rows
    here = rows["row"].isin(denials["denial"])
    own = denials.set_index("denial")["cause"].reindex(rows.loc[here, "row"]).astype("str")
    own = own.set_axis(rows.index[here]).fillna(as_text(rows.loc[here, "cause"]))
    if (own == as_text(rows.loc[here, "cause"])).all():
        return rows
    causes = as_text(rows["cause"])
    causes.loc[own.index] = own
    return rows.assign(cause=as_categories(causes))


def noted(rows: pd.Series, table: pd.DataFrame | None, name: str) -> pd.Series:
    """What a table of denials says of each of some rows, in their order."""
    if table is None:
        return pd.Series(None, index=rows.index, dtype="str")
    return table.set_index("denial")[name].reindex(rows).astype("str").set_axis(rows.index)


def findings(
    rows: pd.DataFrame, history: History, rejected: pd.DataFrame, own: pd.Series
) -> pd.Series:
    """Links that were not sure enough to make, and what speaks against the code billed.

    Args:
        rows: Decided rows with service.
        history: Names the links not made.
        rejected: The same of claims rejected before any decision: claim_id, service,
            reason.
        own: Finding of each service's latest denial, indexed by service.

    Returns:
        Words, indexed like `own`; missing where there is nothing.
    """
    own = own.astype("str")
    rejected = rejected.dropna(subset=["service"]).astype({"service": "int64"})
    if history.unsure.empty and rejected.empty:
        return own
    named = rows.loc[rows["row"].isin(history.unsure["row"]), ["row", "service"]]
    services = named["service"].set_axis(named["row"])
    unsure = history.unsure.assign(service=history.unsure["row"].map(services))
    reasons = "rejected claim " + rejected["claim_id"].astype("str") + ": " + rejected["reason"]
    unsure = pd.concat([unsure, rejected.assign(reason=reasons)])[["service", "reason"]]
    unsure = unsure.drop_duplicates().sort_values(["service", "reason"])
    text = NOT_MADE + ": " + unsure["reason"].astype("str")
    links = joined(text, unsure["service"], "; ").reindex(own.index).astype("str")
    return (links + "; " + own).fillna(links).fillna(own)
