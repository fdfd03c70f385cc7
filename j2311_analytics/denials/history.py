"""The whole history of every service, from which denials and episodes are read off."""

from __future__ import annotations

import weakref
from dataclasses import dataclass

import pandas as pd

from j2311_analytics.assumptions import Assumptions
from j2311_analytics.denials.adjudications import IDS, Adjudications, from_remittance
from j2311_analytics.denials.claim_facts import identity_words, lines_behind
from j2311_analytics.denials.classify import classify, leading_causes, row_sums
from j2311_analytics.denials.export_decisions import from_export
from j2311_analytics.denials.grouping import as_categories, in_text, joined
from j2311_analytics.denials.life import decide
from j2311_analytics.denials.next_action import WAIT
from j2311_analytics.denials.remark_flags import WAITING, first_flagged
from j2311_analytics.denials.services import link_services, patient_of
from j2311_analytics.denials.takebacks import no_takebacks, takebacks_in
from j2311_analytics.ingest.exports import Claims
from j2311_analytics.ingest.remittance import Remittance
from j2311_analytics.tables import as_text

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
_IDENTITY = ["claim_id", "line_control", "hcpcs", "units", "ndc", "service_from", "date"]


@dataclass(frozen=True)
class History:
    """Every decided line with its cause, its service and whether it is in force.

    Args:
        rows: One per decided line, in order of time within its service; texts of
            few values are categories.
        unsure: Links between claims that were not sure enough to make: row, reason.
        takebacks: Money taken back outside claims, by the service that it names.
        as_of: Nothing later is in the rows.
    """

    rows: pd.DataFrame
    unsure: pd.DataFrame
    takebacks: pd.DataFrame
    as_of: pd.Timestamp


def build_history(
    remittance: Remittance | None, claims: Claims | None, assumptions: Assumptions
) -> History:
    """Decide, classify and link every line up to the as-of date.

    With a remittance its decisions count; without one, or with one that holds no
    payment, those that the export itself carries. The last history is kept for as long
    as the remittance (else the export) it was built from: denials and episodes of the
    same data are read off one history.

    Raises:
        ValueError: if neither a remittance nor claims are given.
    """
    if remittance is None and claims is None:
        raise ValueError("give a remittance (read_835), claims (read_claims), or both")
    if remittance is not None and remittance.payments.empty and claims is not None:
        remittance = None
    known = _LAST.get("history")
    if known is None or not known.is_of(remittance, claims, assumptions):
        _LAST.clear()
        known = _Known(_build(remittance, claims, assumptions), remittance, claims, assumptions)
        _LAST["history"] = known
        weakref.finalize(remittance or claims, _LAST.clear)
    return known.history


class _Known:
    """A history and what it was built from, as it was then.

    Copies of frames share their values until one of them is changed in place.
    """

    def __init__(
        self,
        history: History,
        remittance: Remittance | None,
        claims: Claims | None,
        assumptions: Assumptions,
    ) -> None:
        self.history = history
        self.assumptions = assumptions
        self.frames = [frame.copy(deep=False) for frame in _frames(remittance, claims)]

    def is_of(
        self, remittance: Remittance | None, claims: Claims | None, assumptions: Assumptions
    ) -> bool:
        """Whether it was built from the same values and settings."""
        frames = _frames(remittance, claims)
        return (
            assumptions == self.assumptions
            and len(frames) == len(self.frames)
            and all(one.equals(other) for one, other in zip(frames, self.frames, strict=True))
        )


_LAST: dict[str, _Known] = {}


def _frames(remittance: Remittance | None, claims: Claims | None) -> list[pd.DataFrame]:
    frames = [] if claims is None else [claims.lines]
    if remittance is not None:
        names = ("payments", "claims", "lines", "adjustments", "remarks", "provider_adjustments")
        frames += [getattr(remittance, name) for name in names]
    return frames


def _build(
    remittance: Remittance | None, claims: Claims | None, assumptions: Assumptions
) -> History:
    if remittance is not None:
        decided = from_remittance(remittance, claims, assumptions)
    elif claims is not None:
        decided = from_export(claims, assumptions)
    reasons = classify(decided, assumptions)
    rows = _compact(decided.rows, row_sums(decided, reasons), leading_causes(reasons))
    rows["remarks"] = as_categories(_remarks(decided, rows).reindex(rows["row"])).array
    rows["action"] = _with_waits(rows)
    rows["duplicate"] = (rows["cause"] == "duplicate") & (rows["paid_cents"] <= 0)
    as_of = decided.as_of
    del decided, reasons
    rows["patient"] = patient_of(rows, claims)
    del rows["member_token"]
    links = link_services(rows, claims)
    rows["service"] = links.service.to_numpy()
    if claims is None:
        # Only what a claim export tells is ever compared by patient: of a million rows it is large.
        del rows["patient"]
    rows = decide(rows)
    rows["finding"] = _findings(rows, claims)
    return History(rows, links.unsure, _takebacks(remittance, rows, as_of), as_of)


def _compact(rows: pd.DataFrame, sums: pd.DataFrame, causes: pd.DataFrame) -> pd.DataFrame:
    """One frame of all three, with its texts as categories: a million rows stay small."""
    names = {str(name) for name in rows.select_dtypes(["str", "object"])} - set(IDS)
    texts = {name: as_categories(as_text(rows[name])) for name in names}
    place = causes.index.get_indexer(pd.Index(rows["row"]))
    why = {
        name: as_categories(causes[name].astype("str")).array.take(place, allow_fill=True)
        for name in _CAUSES
    }
    return rows.assign(**texts, **{name: sums[name] for name in map(str, sums)}, **why)


def _with_waits(rows: pd.DataFrame) -> pd.Series:
    """What the codes ask for; a remark that says to wait goes before any reason code."""
    texts = rows["remarks"].cat.categories
    waits = texts[first_flagged(texts.to_series(), WAITING).notna()]
    if waits.empty:
        return rows["action"]
    action = rows["action"].cat.add_categories(WAIT)
    return action.mask(rows["remarks"].isin(waits) & action.notna(), WAIT)


def is_denial(rows: pd.DataFrame) -> pd.Series:
    """Which decided rows are denials; a reversal and an estimate are none."""
    denial: pd.Series = (rows["denied_cents"] > 0) & ~rows["reversal"] & ~rows["estimate"]
    return denial


def _findings(rows: pd.DataFrame, claims: Claims | None) -> pd.Series:
    """What speaks against the code billed, of each denial."""
    denials = in_text(rows.loc[is_denial(rows), _IDENTITY]).rename(columns={"date": "denied_on"})
    words = identity_words(denials, claims, lines_behind(denials, claims))
    return as_categories(words.reindex(rows.index))


def _takebacks(
    remittance: Remittance | None, rows: pd.DataFrame, as_of: pd.Timestamp
) -> pd.DataFrame:
    if remittance is None:
        return no_takebacks()
    return takebacks_in(remittance, rows, as_of)


def _remarks(decided: Adjudications, rows: pd.DataFrame) -> pd.Series:
    """Every remark of each denied row, the line's before the claim's, as one text."""
    denied = rows.loc[rows["denied_cents"] > 0, "row"]
    remarks = decided.remarks[decided.remarks["row"].isin(denied)]
    remarks = remarks.drop_duplicates(["row", "rarc"])
    return joined(remarks["rarc"], remarks["row"], " ")
