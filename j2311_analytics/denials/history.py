"""The whole history of every service, from which denials and episodes are read off."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from j2311_analytics.assumptions import Assumptions
from j2311_analytics.denials.adjudications import Adjudications, from_remittance
from j2311_analytics.denials.classify import classify, leading_causes, row_sums
from j2311_analytics.denials.export_decisions import from_export
from j2311_analytics.denials.life import decide
from j2311_analytics.denials.services import link_services
from j2311_analytics.ingest.exports import Claims
from j2311_analytics.ingest.remittance import Remittance

_CAUSES = [
    "cause",
    "cause_basis",
    "other_causes",
    "preventable",
    "action",
    "carc",
    "group_code",
    "rarc",
]


@dataclass(frozen=True)
class History:
    """Every decided line with its cause, its service and whether it is in force.

    Args:
        rows: One per decided line, in order of time within its service.
        unsure: Links between claims that were not sure enough to make: row, reason.
        as_of: Nothing later is in the rows.
    """

    rows: pd.DataFrame
    unsure: pd.DataFrame
    as_of: pd.Timestamp


def build_history(
    remittance: Remittance | None, claims: Claims | None, assumptions: Assumptions
) -> History:
    """Decide, classify and link every line up to the as-of date.

    With a remittance its decisions count; without one, those that the export itself
    carries.

    Raises:
        ValueError: if neither a remittance nor claims are given.
    """
    if remittance is not None:
        decided = from_remittance(remittance, claims, assumptions)
    elif claims is not None:
        decided = from_export(claims, assumptions)
    else:
        raise ValueError("give a remittance (read_835), claims (read_claims), or both")
    triplets = classify(decided, assumptions)
    rows = decided.rows.merge(row_sums(decided, triplets).reset_index(), on="row")
    causes = leading_causes(triplets).reindex(rows["row"])
    rows[_CAUSES] = causes[_CAUSES].to_numpy()
    rows["remarks"] = rows["row"].map(_remarks(decided, rows)).astype("str")
    rows["duplicate"] = (rows["cause"] == "duplicate") & (rows["paid_cents"] <= 0)
    links = link_services(rows, claims)
    rows["service"] = rows["row"].map(links.service)
    return History(decide(rows), links.unsure, decided.as_of)


def _remarks(decided: Adjudications, rows: pd.DataFrame) -> pd.Series:
    """Every remark of each denied row, the line's before the claim's, as one text."""
    denied = rows.loc[rows["denied_cents"] > 0, "row"]
    remarks = decided.remarks[decided.remarks["row"].isin(denied)]
    return (
        remarks.drop_duplicates(["row", "rarc"]).groupby("row")["rarc"].agg(" ".join).astype("str")
    )
