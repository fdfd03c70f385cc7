"""The life of each billed service, from its first decision to the as-of date.

Every state is derived from the decisions in force and the export's write-offs;
none is stored, so a later month only adds events.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from pandas.api.extensions import take

from j2311_analytics.assumptions import Assumptions
from j2311_analytics.denials.acknowledged import Told, before_decision, told_before
from j2311_analytics.denials.appeal_record import appeal_record, last_appeals
from j2311_analytics.denials.denial_notes import findings, noted, with_own_causes
from j2311_analytics.denials.export_lines import sendings_and_write_offs
from j2311_analytics.denials.history import History, build_history
from j2311_analytics.denials.standing import add_money, resolved_on, state
from j2311_analytics.denials.takebacks import taken_back
from j2311_analytics.ingest.acknowledgements import ClaimStatuses
from j2311_analytics.ingest.exports import Claims
from j2311_analytics.ingest.remittance import Remittance
from j2311_analytics.tables import conform, dollars

UPHELD = "appeal_outcome"
_DENIED = [
    "service",
    "row",
    "date",
    "cause",
    "action",
    "origin",
    "denied_cents",
    "allowed_cents",
    "paid_cents",
    "finding",
]
_CURRENT = [
    "row",
    "date",
    "denied_cents",
    "shifted_cents",
    "pended_cents",
    "allowed_cents",
    "paid_cents",
    "share_cents",
    "whole_denial",
    "added_back_cents",
    "suspected",
    "resolved_by",
]
_DOLLARS = {
    "charge": "charge",
    "initial_denied": "initial_denied_amount",
    "denied": "denied_amount",
    "open": "open_amount",
    "written_off": "written_off_amount",
    "shifted": "shifted_amount",
    "first_allowed": "first_allowed",
    "allowed": "allowed",
    "contract_allowed": "contract_allowed",
    "paid": "paid",
    "patient_share": "patient_share",
    "recovered": "recovered_amount",
    "recovered_paid": "recovered_paid",
    "duplicate": "duplicate_amount",
    "takeback": "takeback_amount",
}


_AS_TOLD = (
    "first_submitted_on",
    "accepted_on",
    "appeal_level",
    "appeal_sent_on",
    "appeal_outcome",
    "appeal_decided_on",
    "verdict",
)
_ON_THE_WAY = ["suspected", "ever_denied", "undone", "other_on", "own_finding", "pended_cents"]


def link_episodes(
    remittance: Remittance | None = None,
    claims: Claims | None = None,
    *,
    denials: pd.DataFrame | None = None,
    evidence: pd.DataFrame | None = None,
    acknowledgements: ClaimStatuses | None = None,
    assumptions: Assumptions = Assumptions(),
) -> pd.DataFrame:
    """Follow each billed service through denial, correction, appeal and write-off.

    One service is one episode: billing provider, patient, service date and drug
    given, however often it was billed and under whatever claim id. Links that are
    not sure are named in `finding` and not made.

    Args:
        remittance: What `read_835` returned.
        claims: What `read_claims` returned: patients, submissions, write-offs.
        denials: What `find_denials` returned for the same data; causes changed in it
            by hand are kept.
        evidence: What `weigh_evidence` returned; gives each episode the verdict on its
            latest denial.
        acknowledgements: What `read_277` returned: when the payer took the claim in, and
            how often it was rejected before any decision, which is no denial. A claim
            that was only rejected joins the claim sent in its place, where that is sure.
        assumptions: Focus codes and as-of date.

    Returns:
        Table `episodes`, one row per service, all codes; money in dollars. States:
        open, partly_recovered, recovered, patient_responsibility, written_off,
        reversed, pended, paid. `denied_amount` = `open_amount` +
        `written_off_amount` + `shifted_amount`.

    Raises:
        ValueError: if neither a remittance nor claims are given.

    Example:
        >>> from j2311_analytics import read_835
        >>> text = "ST*835*1~BPR*I*0*C~CLP*A*1*9*0~SVC*HC:J2311*9*0~CAS*CO*197*9~SE*6*1~"
        >>> link_episodes(read_835(text.encode()))[["state", "open_amount"]].values.tolist()
        [['open', 9.0]]
    """
    history = build_history(remittance, claims, assumptions)
    told = told_before(history, claims, acknowledgements)
    return episodes_in(history, claims, denials, assumptions, told, evidence)


def episodes_in(
    history: History,
    claims: Claims | None,
    denials: pd.DataFrame | None,
    assumptions: Assumptions,
    told: Told | None = None,
    evidence: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Table `episodes` of a history already built."""
    told = told or told_before(history, claims, None)
    rows = history.rows.drop(columns=["payer_control_number", "ndc"])
    if rows["estimate"].any():
        rows = rows[~rows["estimate"]]
    rows = with_own_causes(rows, denials)
    episodes = _identity(rows)
    # One by one: each part is given up before the next is made.
    _add(episodes, _first_denial(rows, denials, evidence))
    _add(episodes, _current(rows))
    _add(episodes, _others(rows))
    _add(episodes, sendings_and_write_offs(rows, claims, history.as_of, told.again.lines))
    _add(episodes, last_appeals(appeal_record(rows, claims, history.as_of)))
    _add(episodes, before_decision(told.statuses))
    _add(episodes, taken_back(history.takebacks).to_frame())
    add_money(episodes)
    episodes["state"] = state(episodes)
    episodes["resolved_on"] = resolved_on(episodes)
    episodes["finding"] = findings(rows, history, told.again.unsure, episodes["own_finding"])
    return _public(episodes, assumptions)


def episode_numbers(rows: pd.DataFrame) -> pd.Series:
    """The number that table `episodes` gives each service of decided rows."""
    services = np.sort(rows["service"].unique())
    return pd.Series(np.arange(1, len(services) + 1), index=services)


def _add(episodes: pd.DataFrame, part: pd.DataFrame) -> None:
    """Set each column of a part by service; money that it does not tell is 0.

    A column without a value that only the table shows is left to the table.
    """
    place = part.index.get_indexer(episodes.index)
    told = place >= 0
    for name in map(str, list(part)):
        column = part.pop(name)
        if name in _AS_TOLD and column.isna().all():
            continue
        if name.endswith("_cents"):
            amounts = np.zeros(len(episodes), dtype="int64")
            amounts[told] = column.fillna(0).to_numpy("int64")[place[told]]
            episodes[name] = amounts
        else:
            episodes[name] = take(column.values, place, allow_fill=True)


def _identity(rows: pd.DataFrame) -> pd.DataFrame:
    """What was first billed, and to whom."""
    date = rows["date"].fillna(pd.Timestamp.max.floor("D"))
    keys = [rows["row"], date, ~rows["first_payer"], rows["reversal"], rows["service"]]
    order = np.lexsort([key.to_numpy() for key in keys])
    first = order[~rows["service"].iloc[order].duplicated().to_numpy()]
    names = ["claim_id", "line_control", "payer", "payer_id", "payer_class", "line_of_business"]
    names += ["billing_npi", "rendering_npi", "place_of_service", "hcpcs", "units"]
    found = rows[["service", *names, "service_from", "charge_cents"]].iloc[first]
    found = found.set_index("service")
    found["charge_cents"] = found["charge_cents"].abs()
    found["units"] = found["units"].abs()
    forward = rows.loc[~rows["reversal"], ["service", "date"]]
    found["first_decided_on"] = forward.groupby("service")["date"].min()
    found["last_decision_on"] = rows.groupby("service")["date"].max()
    own = rows["first_payer"] & ~rows["reversal"]
    found["decisions"] = own.groupby(rows["service"]).sum()
    return found


def _first_denial(
    rows: pd.DataFrame, denials: pd.DataFrame | None, evidence: pd.DataFrame | None
) -> pd.DataFrame:
    """The first payer's first denial, and the latest cause that is not a mere upholding."""
    chain = rows["first_payer"] & ~rows["beside"] & ~rows["reversal"]
    denied = rows.loc[chain & (rows["denied_cents"] > 0), _DENIED]
    first = denied.drop_duplicates("service").set_index("service")
    last = denied.drop_duplicates("service", keep="last")
    own_reason = denied[denied["cause"] != UPHELD]
    latest = pd.concat([last, own_reason]).drop_duplicates("service", keep="last")
    finding = last["finding"] if denials is None else noted(last["row"], denials, "finding")
    verdict = noted(last["row"], evidence, "verdict")
    last = last.assign(own_finding=finding, verdict=verdict).set_index("service")
    latest = latest.set_index("service")
    return pd.DataFrame(
        {
            "own_finding": last["own_finding"],
            "verdict": last["verdict"],
            "first_denied_on": first["date"],
            "last_denied_on": last["date"],
            "first_cause": first["cause"],
            "cause": latest["cause"],
            "action": latest["action"],
            "origin": first["origin"],
            "first_row": first["row"],
            "initial_denied_cents": first["denied_cents"],
            "first_allowed_cents": first["allowed_cents"],
            "first_paid_cents": first["paid_cents"],
        }
    )


def _current(rows: pd.DataFrame) -> pd.DataFrame:
    """The first payer's decision in force."""
    chosen = rows["first_payer"] & ~rows["beside"] & rows["in_force"]
    chosen &= ~rows["service"].where(chosen).duplicated(keep="last")
    current = rows.loc[chosen, _CURRENT].set_axis(pd.Index(rows.loc[chosen, "service"]))
    settled = current["resolved_by"].notna()
    return pd.DataFrame(
        {
            "current_row": current["row"],
            "current_on": current["date"],
            "denied_cents": current["denied_cents"].mask(settled, 0),
            "shifted_cents": current["shifted_cents"].mask(settled, 0),
            "pended_cents": current["pended_cents"],
            "allowed_cents": current["allowed_cents"].mask(settled, 0),
            "paid_cents": current["paid_cents"].mask(settled, 0),
            "patient_share_cents": current["share_cents"].mask(
                current["whole_denial"] | settled, 0
            ),
            "added_back_cents": current["added_back_cents"],
            "suspected": current["suspected"],
            "resolved_by": current["resolved_by"],
        },
        copy=False,
    )


def _others(rows: pd.DataFrame) -> pd.DataFrame:
    """What settled a refusal elsewhere, reversals not yet corrected, and duplicates beside."""
    refused = rows["resolved_by"].notna()
    settled = pd.Series(rows["resolved_by"][refused].array, index=rows["service"][refused])
    settling = rows[rows["row"].isin(settled)].set_index("row").reindex(settled)
    settling = settling.set_axis(settled.index)
    chain = rows["first_payer"]
    beside = rows.loc[chain & rows["beside"] & rows["in_force"], ["service", "denied_cents"]]
    return pd.DataFrame(
        {
            "other_payer": settling["payer"],
            "other_on": settling["date"],
            "other_allowed_cents": settling["allowed_cents"],
            "other_paid_cents": settling["paid_cents"],
            "other_share_cents": settling["share_cents"],
            "undone": pd.Series(True, index=rows.loc[chain & rows["undone"], "service"].unique()),
            "duplicate_cents": beside.groupby("service")["denied_cents"].sum(),
        }
    )


def _public(episodes: pd.DataFrame, assumptions: Assumptions) -> pd.DataFrame:
    """The table of the frame given, which is used up: a second million services is large."""
    for name in _ON_THE_WAY:
        del episodes[name]
    episodes.index = pd.RangeIndex(len(episodes))
    for name, column in _DOLLARS.items():
        episodes[column] = dollars(episodes.pop(f"{name}_cents"))
    last_on = [episodes.pop("last_decision_on"), episodes["written_off_on"]]
    sendings = episodes.pop("sendings").fillna(0).astype("int64")
    control, other = episodes.pop("line_control"), episodes.pop("other_payer")
    recovered = episodes["recovered_amount"] > 0
    changed: dict[str, pd.Series] = {
        "episode": pd.Series(range(1, len(episodes) + 1), episodes.index),
        "focus": episodes["hcpcs"].isin(assumptions.focus),
        "submissions": sendings.clip(lower=episodes.pop("decisions")),
        "rejections": episodes["rejections"].fillna(0).astype("int64"),
        "last_activity_on": pd.concat(last_on, axis=1).max(axis=1),
        "line_control": control.fillna(episodes.pop("export_line_control")),
        "denied_on": episodes.pop("current_on").where(episodes["denied_amount"] > 0),
        "recovered_from": other.where(other.notna(), episodes["payer"].where(recovered)),
        "written_off_on": episodes["written_off_on"].where(episodes["written_off_amount"] > 0),
    }
    del last_on, sendings, control, other
    for name in list(changed):
        episodes[name] = changed.pop(name)
    return conform(episodes, "episodes")
