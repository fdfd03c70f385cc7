"""Claims rejected before any decision, and the claim that was sent in their place.

A rejected claim was never decided under its own id. Its service is joined to a later
claim only when patient, date, drug and provider agree, charge or units too, the later
claim was sent after the rejection, and nothing else fits.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from j2311_analytics.denials.export_lines import service_of
from j2311_analytics.drugs.family import drug_family
from j2311_analytics.ingest.acknowledgements import ClaimStatuses
from j2311_analytics.ingest.exports import Claims
from j2311_analytics.ingest.service import join_modifiers
from j2311_analytics.tables import cents

_NO_EXPORT = "there is no claim export to find its patient in"
_NOT_HELD = "the claim export does not hold it"
_NO_PATIENT = "the claim export names no patient for it"
_UNDATED = "its rejection has no date"
_UNLIKE = "a later claim of that day agrees with it in neither charge nor units"
_SAME_DAY = "the claim that may replace it was sent on the day of the rejection"
_SEVERAL = "more than one later claim fits"
_COMPETING = "another rejected claim fits the same later claim"
_VOID = "8"
_LOOK = ["hcpcs", "modifiers", "charge_cents", "units"]
_KEY = ["patient", "service_from", "family"]
# How much of a later line agrees: everything, else the code, else the drug.
_WHOLE, _CODE, _DRUG, _UNFIT = range(4)


@dataclass(frozen=True)
class SentAgain:
    """Which service each rejected line became, and what could not be joined.

    Args:
        lines: claim_row (position in the export) and service; every sending of a line.
        unsure: claim_id, service (of the claim that it may belong to, where there is
            one) and reason of each link not made.
    """

    lines: pd.DataFrame
    unsure: pd.DataFrame


def sent_again(
    rows: pd.DataFrame,
    claims: Claims | None,
    acknowledgements: ClaimStatuses,
    as_of: pd.Timestamp,
) -> SentAgain:
    """Join each claim that was rejected and never decided to the service it was sent again as.

    Args:
        rows: Decided rows of a history.
        claims: The claim export, which alone knows patients and when a claim was sent.
        acknowledgements: What `read_277` returned.
        as_of: Nothing later is used.
    """
    told = _told(acknowledgements, as_of)
    if told.empty:
        return no_links()
    key = rows["claim_id"].str.upper()
    own = rows[key.isin(told["key"])].assign(key=key)[["key", "service_from"]]
    if claims is None:
        return SentAgain(_no_lines(), _unsure([_never_decided(told, own, _NO_EXPORT)]))
    sent = _sent(claims, told, as_of)
    unheld = _never_decided(told[~told["key"].isin(sent["key"])], own, _NOT_HELD)
    refused, left = _refused(sent, told, own)
    fits, doubts = _sure(_pairs(refused, _later(sent, refused, claims, rows), rows))
    lines = refused.merge(fits[["line", "service"]], on="line")[["claim_row", "service"]]
    return SentAgain(lines, _unsure([unheld, left, doubts]))


def no_links() -> SentAgain:
    """What `sent_again` returns where nothing was rejected."""
    return SentAgain(_no_lines(), _unsure([]))


def _no_lines() -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype="int64") for name in ("claim_row", "service")})


def _unsure(parts: list[pd.DataFrame]) -> pd.DataFrame:
    names = ["claim_id", "service", "reason"]
    found = [part.reindex(columns=names).astype({"service": "Int64"}) for part in parts]
    found.append(pd.DataFrame(columns=names).astype({"service": "Int64"}))
    return pd.concat(found, ignore_index=True).drop_duplicates(ignore_index=True)


def _told(acknowledgements: ClaimStatuses, as_of: pd.Timestamp) -> pd.DataFrame:
    """Every status of a claim id that was ever rejected.

    Returns:
        claim_id, key (its capitals), service_from and service_to (missing where not
        told), bad (flag), refused_on and taken_on (the day, by what was said).
    """
    names = ["claim_id", "key", "service_from", "service_to", "bad", "refused_on", "taken_on"]
    told = acknowledgements.statuses
    told = told[told["claim_id"].notna() & ~(told["status_date"] > as_of)]
    told = told.assign(key=told["claim_id"].str.upper(), bad=told["rejected"].astype(bool))
    told = told[told["key"].isin(told.loc[told["bad"], "key"])]
    day = told["status_date"]
    return told.assign(
        service_to=told["service_to"].fillna(told["service_from"]),
        refused_on=day.where(told["bad"]),
        taken_on=day.where(told["accepted"].astype(bool)),
    )[names]


def _never_decided(told: pd.DataFrame, own: pd.DataFrame, reason: str) -> pd.DataFrame:
    """Claim ids that were rejected last and never decided, with a reason not to join them."""
    left = told[~told["key"].isin(own["key"])]
    last = left.groupby("claim_id", as_index=False)[["refused_on", "taken_on"]].max()
    return last[~(last["taken_on"] > last["refused_on"])].assign(reason=reason)


def _sent(claims: Claims, told: pd.DataFrame, as_of: pd.Timestamp) -> pd.DataFrame:
    """The export's lines of every patient whose claim was rejected, ready to compare."""
    lines = claims.lines.reset_index(drop=True).reset_index(names="claim_row")
    patient = lines["patient_token"].fillna(lines["member_token"])
    key = lines["claim_id"].str.upper()
    refused = key.isin(told["key"])
    near = refused | (patient.isin(patient[refused]) & patient.notna())
    void = lines["frequency"].eq(_VOID).fillna(False).astype(bool)
    chosen = near & ~void & ~(lines["submitted_date"] > as_of)
    lines = lines[chosen].assign(patient=patient, key=key)
    return lines.assign(
        family=drug_family(lines["hcpcs"]),
        modifiers=join_modifiers(lines),
        charge_cents=cents(lines["charge"]).where(lines["charge"].notna()).astype("Int64"),
        sent_on=lines["submitted_date"],
    )


def _refused(
    sent: pd.DataFrame, told: pd.DataFrame, own: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Lines that wait under no id: rejected last, and neither decided nor sent again as such.

    Returns:
        The lines with line (the same for each sending of it), refused_on and first_sent;
        claims that cannot be joined, with the reason.
    """
    lines = sent[sent["key"].isin(told["key"])]
    undated = own.loc[own["service_from"].isna(), "key"]
    days = pd.MultiIndex.from_frame(own)
    decided = pd.MultiIndex.from_frame(lines[["key", "service_from"]]).isin(days)
    lines = lines[~decided & ~lines["key"].isin(undated)]
    lines = _with_last_word(lines, told, own)
    claim = [lines["key"], lines["service_from"]]
    lines["first_sent"] = lines.groupby(claim, dropna=False)["sent_on"].transform("min")
    last_sent = lines.groupby(claim, dropna=False)["sent_on"].transform("max")
    # Sent again under its own id, or taken in after all: it waits for its answer.
    waits = (last_sent > lines["refused_on"]) | (lines["taken_on"] > lines["refused_on"])
    lines = lines[~waits]
    look = [*claim, lines["hcpcs"], lines["modifiers"], lines["charge_cents"], lines["units"]]
    place = lines.groupby([*look, lines["sent_on"]], dropna=False).cumcount()
    lines["line"] = lines.groupby([*look, place], dropna=False).ngroup()
    undated, nameless = lines["refused_on"].isna(), lines["patient"].isna()
    left = [
        lines.loc[undated, ["claim_id"]].assign(reason=_UNDATED),
        lines.loc[nameless & ~undated, ["claim_id"]].assign(reason=_NO_PATIENT),
    ]
    known = ~undated & ~nameless & lines["service_from"].notna()
    return lines[known], pd.concat(left)


def _with_last_word(lines: pd.DataFrame, told: pd.DataFrame, own: pd.DataFrame) -> pd.DataFrame:
    """The lines that were rejected, with the last rejection and the last acceptance."""
    both = lines[["claim_row", "key", "service_from"]].merge(
        told.drop(columns="claim_id"), on="key", suffixes=("", "_told")
    )
    day, elsewhere = both["service_from"], both["key"].isin(own["key"])
    # A claim id may be the patient's account: what names no day is then about any day.
    open_day = (both["service_from_told"].isna() & ~elsewhere) | day.isna()
    about = open_day | ((day >= both["service_from_told"]) & (day <= both["service_to"]))
    words = both[about].groupby("claim_row")[["refused_on", "taken_on", "bad"]].max()
    found = lines.merge(words, left_on="claim_row", right_index=True)
    return found[found["bad"].astype(bool)]


def _later(
    sent: pd.DataFrame, refused: pd.DataFrame, claims: Claims, rows: pd.DataFrame
) -> pd.DataFrame:
    """Decided lines of the same patients, days and drugs, with their service."""
    wanted = pd.MultiIndex.from_frame(refused[_KEY])
    alike = sent[pd.MultiIndex.from_frame(sent[_KEY]).isin(wanted)]
    alike = alike[~alike["claim_row"].isin(refused["claim_row"]) & alike["sent_on"].notna()]
    own = rows[rows["claim_id"].isin(alike["claim_id"])]
    lines = claims.lines.reset_index(drop=True).loc[alike["claim_row"]]
    alike = alike.assign(service=service_of(lines, own).to_numpy())
    return alike.dropna(subset=["service"]).astype({"service": "int64"})


def _pairs(refused: pd.DataFrame, later: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Each rejected line beside each service that may be its later claim, and how it fits."""
    names = [*_KEY, "claim_id", "billing_npi", "sent_on", *_LOOK]
    last = refused.sort_values("sent_on", kind="stable").drop_duplicates("line", keep="last")
    pairs = last[[*names, "line", "refused_on", "first_sent"]].merge(
        later[[*names, "service"]], on=_KEY, suffixes=("", "_later")
    )
    npi, other = pairs["billing_npi"], pairs["billing_npi_later"]
    pairs = pairs[(npi.isna() | other.isna() | (npi == other))
                  & (pairs["sent_on_later"] >= pairs["refused_on"])]  # fmt: skip
    pairs = pairs[_free(pairs, later, rows)]
    # Of one day nothing tells which came first.
    pairs = pairs.assign(
        level=_level(pairs), same_day=pairs["sent_on_later"] == pairs["refused_on"]
    )
    order = ["line", "service", "same_day", "level"]
    return pairs.sort_values(order, kind="stable").drop_duplicates(["line", "service"])


def _free(pairs: pd.DataFrame, later: pd.DataFrame, rows: pd.DataFrame) -> pd.Series:
    """Whether the service began after the rejection, or stood refused when the claim was sent.

    A service that was sent before and not refused is another one of that day.
    """
    own = rows.loc[rows["service"].isin(pairs["service"]) & ~rows["reversal"],
                   ["service", "date", "denied_cents", "beside"]]  # fmt: skip
    began = later.groupby("service")["sent_on"].min().rename("sent").to_frame()
    began["decided"] = own.groupby("service")["date"].min()
    since = began.min(axis=1).reindex(pairs["service"]).set_axis(pairs.index)
    before = pairs[["first_sent", "service"]].reset_index(names="pair").merge(
        own[~own["beside"]], on="service"
    )  # fmt: skip
    before = before[before["date"] <= before["first_sent"]].sort_values("date", kind="stable")
    last = before.drop_duplicates("pair", keep="last").set_index("pair")["denied_cents"]
    return (since >= pairs["refused_on"]) | (last.reindex(pairs.index).fillna(0) > 0)


def _level(pairs: pd.DataFrame) -> np.ndarray:
    def same(name: str) -> pd.Series:
        return (pairs[name] == pairs[f"{name}_later"]).fillna(False).astype(bool)

    charge, units, code = same("charge_cents"), same("units"), same("hcpcs")
    whole = charge & units & code & same("modifiers")
    return np.select([whole, ~(charge | units), code], [_WHOLE, _UNFIT, _CODE], _DRUG)


def _sure(pairs: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The pairs in which each side has no other, and the doubts about the rest.

    Of what fits, only what fits best counts. Claims rejected one after the other, each
    sent after the last was rejected, are one life and do not compete.
    """
    fits = pairs[pairs["level"] != _UNFIT]
    fits = fits[fits["level"] == fits.groupby("line")["level"].transform("min")]
    several = fits["line"].duplicated(keep=False)
    late = fits["same_day"] & ~several
    alone = fits[~several & ~late].sort_values(["service", "first_sent", "line"], kind="stable")
    best = alone["level"] == alone.groupby("service")["level"].transform("min")
    sure = _in_turn(alone)
    sure |= _in_turn(alone[best & ~sure]).reindex(alone.index, fill_value=False)
    unlike = pairs[~pairs["line"].isin(fits["line"])]
    doubts = [
        fits[several].assign(reason=_SEVERAL),
        fits[late].assign(reason=_SAME_DAY),
        alone[~sure].assign(reason=_COMPETING),
        unlike.assign(reason=_UNLIKE),
    ]
    return alone[sure], pd.concat(doubts)


def _in_turn(alone: pd.DataFrame) -> pd.Series:
    """Whether the lines that fit a service were each sent after the one before was rejected."""
    ended = alone.groupby("service")["refused_on"].cummax()
    before = ended.groupby(alone["service"]).shift()
    broken = before.notna() & ~(alone["first_sent"] > before)
    return ~alone["service"].isin(alone.loc[broken, "service"])
