"""The life of each billed service, from its first decision to the as-of date.

Every state is derived from the decisions in force and the export's write-offs;
none is stored, so a later month only adds events.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from j2311_analytics.assumptions import Assumptions
from j2311_analytics.denials.appeal_record import appeal_record, last_appeals
from j2311_analytics.denials.export_lines import service_of
from j2311_analytics.denials.history import History, build_history
from j2311_analytics.ingest.exports import Claims
from j2311_analytics.ingest.remittance import Remittance
from j2311_analytics.tables import cents, conform, dollars

UPHELD = "appeal_outcome"
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
}


def link_episodes(
    remittance: Remittance | None = None,
    claims: Claims | None = None,
    *,
    denials: pd.DataFrame | None = None,
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
    return episodes_in(history, claims, denials, assumptions)


def episodes_in(
    history: History,
    claims: Claims | None,
    denials: pd.DataFrame | None,
    assumptions: Assumptions,
) -> pd.DataFrame:
    """Table `episodes` of a history already built."""
    rows = history.rows[~history.rows["estimate"]].copy()
    if denials is not None:
        given = denials.set_index("denial")["cause"]
        rows["cause"] = rows["row"].map(given).astype("str").fillna(rows["cause"])
    episodes = _identity(rows)
    episodes = episodes.join(_first_denial(rows)).join(_current(rows)).join(_others(rows))
    episodes = episodes.join(_from_export(rows, claims, history.as_of))
    episodes = episodes.join(last_appeals(appeal_record(rows, claims, history.as_of)))
    episodes = _money(episodes)
    episodes["state"] = _state(episodes)
    episodes["resolved_on"] = _resolved_on(episodes)
    episodes["finding"] = _findings(rows, history)
    return _public(episodes, assumptions)


def episode_numbers(rows: pd.DataFrame) -> pd.Series:
    """The number that table `episodes` gives each service of decided rows."""
    services = np.sort(rows["service"].unique())
    return pd.Series(np.arange(1, len(services) + 1), index=services)


def _identity(rows: pd.DataFrame) -> pd.DataFrame:
    """What was first billed, and to whom."""
    forward = rows.assign(later=~rows["first_payer"]).sort_values(
        ["service", "reversal", "later", "date", "row"], kind="stable"
    )
    first = forward.drop_duplicates("service").set_index("service")
    names = ["claim_id", "line_control", "payer", "payer_id", "payer_class", "line_of_business"]
    names += ["billing_npi", "rendering_npi", "place_of_service", "hcpcs", "units"]
    found = first[[*names, "service_from", "charge_cents"]].copy()
    found["charge_cents"] = found["charge_cents"].abs()
    found["units"] = found["units"].abs()
    found["first_decided_on"] = rows[~rows["reversal"]].groupby("service")["date"].min()
    found["last_decision_on"] = rows.groupby("service")["date"].max()
    own = rows["first_payer"] & ~rows["reversal"]
    found["decisions"] = own.groupby(rows["service"]).sum()
    return found


def _first_denial(rows: pd.DataFrame) -> pd.DataFrame:
    """The first payer's first denial, and the latest cause that is not a mere upholding."""
    chain = rows[rows["first_payer"] & ~rows["beside"] & ~rows["reversal"]]
    denied = chain[chain["denied_cents"] > 0]
    first = denied.drop_duplicates("service").set_index("service")
    own_reason = denied[denied["cause"] != UPHELD]
    latest_denial = denied.drop_duplicates("service", keep="last").set_index("service")
    latest = pd.concat([latest_denial.reset_index(), own_reason])
    latest = latest.drop_duplicates("service", keep="last").set_index("service")
    return pd.DataFrame(
        {
            "first_denied_on": first["date"],
            "last_denied_on": latest_denial["date"],
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
    chain = rows[rows["first_payer"] & ~rows["beside"]]
    current = chain[chain["in_force"]].drop_duplicates("service", keep="last")
    current = current.set_index("service")
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
        }
    )


def _others(rows: pd.DataFrame) -> pd.DataFrame:
    """What settled a refusal elsewhere, reversals not yet corrected, and duplicates beside."""
    by_row = rows.set_index("row")
    settled = rows.dropna(subset=["resolved_by"]).set_index("service")["resolved_by"]
    settling = by_row.reindex(settled).set_axis(settled.index)
    chain = rows[rows["first_payer"]]
    beside = chain[chain["beside"] & chain["in_force"]]
    return pd.DataFrame(
        {
            "other_payer": settling["payer"],
            "other_on": settling["date"],
            "other_allowed_cents": settling["allowed_cents"],
            "other_paid_cents": settling["paid_cents"],
            "other_share_cents": settling["share_cents"],
            "undone": chain.groupby("service")["undone"].any(),
            "duplicate_cents": beside.groupby("service")["denied_cents"].sum(),
        }
    )


def _from_export(rows: pd.DataFrame, claims: Claims | None, as_of: pd.Timestamp) -> pd.DataFrame:
    """First sending, number of sendings and write-offs, from the export's lines."""
    if claims is None:
        return pd.DataFrame(
            {
                "first_submitted_on": pd.Series(dtype="datetime64[us]"),
                "sendings": pd.Series(dtype="int64"),
                "export_line_control": pd.Series(dtype="str"),
                "written_off_on": pd.Series(dtype="datetime64[us]"),
                "export_written_off_cents": pd.Series(dtype="int64"),
            }
        )
    lines = claims.lines.assign(service=service_of(claims.lines, rows)).dropna(subset=["service"])
    lines = lines[~(lines["submitted_date"] > as_of)]
    written_off = lines[(lines["written_off_amount"] > 0) & ~(lines["written_off_on"] > as_of)]
    # A payment undoes the write-offs before it, even if it was taken back later.
    paid = rows[(rows["paid_cents"] > 0) & ~rows["reversal"]].groupby("service")["date"].max()
    paid_on = paid.reindex(written_off["service"]).to_numpy()
    undone = written_off["written_off_on"].to_numpy() < paid_on
    written_off = written_off[~undone]
    # An export repeats a write-off on every sending of the line.
    written_off = written_off.drop_duplicates(["service", "written_off_amount", "written_off_on"])
    amount = cents(written_off["written_off_amount"])
    grouped = lines.groupby("service")
    return pd.DataFrame(
        {
            "first_submitted_on": grouped["submitted_date"].min(),
            "sendings": grouped.size(),
            # Payers that do not echo the line control number leave it to the export.
            "export_line_control": grouped["line_control"].first(),
            "written_off_on": written_off.groupby("service")["written_off_on"].max(),
            "export_written_off_cents": amount.groupby(written_off["service"]).sum(),
        }
    )


def _money(episodes: pd.DataFrame) -> pd.DataFrame:
    whole = [name for name in episodes.columns if name.endswith("_cents")]
    episodes[whole] = episodes[whole].fillna(0).astype("int64")
    # Where only a reversal is known, nothing is in force either.
    undone = episodes["undone"].fillna(False).astype(bool) | episodes["current_row"].isna()
    episodes["undone"] = undone
    not_shifted = (episodes["denied_cents"] - episodes["shifted_cents"]).clip(lower=0)
    written_off = episodes["export_written_off_cents"].clip(lower=0, upper=not_shifted)
    episodes["written_off_cents"] = written_off
    episodes["open_cents"] = (
        episodes["denied_cents"] - episodes["shifted_cents"] - episodes["written_off_cents"]
    )
    for name in ("allowed", "paid"):
        episodes[f"{name}_cents"] += episodes[f"other_{name}_cents"]
    episodes["patient_share_cents"] += episodes["other_share_cents"]
    episodes["contract_allowed_cents"] = episodes["allowed_cents"] + episodes["added_back_cents"]
    ever_denied = episodes["first_row"].notna()
    first_stands = episodes["current_row"] == episodes["first_row"]
    first_stands &= episodes["resolved_by"].isna()
    counts = ever_denied & ~first_stands & ~undone
    for name, since in (("recovered", "allowed"), ("recovered_paid", "paid")):
        gain = (episodes[f"{since}_cents"] - episodes[f"first_{since}_cents"]).clip(lower=0)
        episodes[f"{name}_cents"] = gain.where(counts, 0)
    return episodes


def _state(episodes: pd.DataFrame) -> pd.Series:
    open_now = episodes["open_cents"] > 0
    denied = episodes["denied_cents"] > 0
    recovered = episodes["recovered_cents"] > 0
    ever_denied = episodes["first_row"].notna()
    conditions = [
        episodes["undone"],
        open_now & recovered,
        open_now,
        denied & (episodes["written_off_cents"] >= episodes["shifted_cents"]),
        denied,
        (episodes["pended_cents"] > 0),
        ever_denied & (episodes["allowed_cents"] > 0),
    ]
    states = [
        "reversed",
        "partly_recovered",
        "open",
        "written_off",
        "patient_responsibility",
        "pended",
        "recovered",
    ]
    return pd.Series(np.select(conditions, states, "paid"), index=episodes.index)


def _resolved_on(episodes: pd.DataFrame) -> pd.Series:
    days = pd.DataFrame(
        {
            "recovered": episodes["other_on"].fillna(episodes["current_on"]),
            "written_off": episodes["written_off_on"],
            "patient_responsibility": episodes["current_on"],
        }
    )
    found = pd.Series(pd.NaT, index=episodes.index, dtype="datetime64[us]")
    for state in days.columns:
        found = found.mask(episodes["state"] == state, days[state])
    return found


def _findings(rows: pd.DataFrame, history: History) -> pd.Series:
    services = rows.set_index("row")["service"]
    unsure = history.unsure.assign(service=history.unsure["row"].map(services))
    text = "link to an earlier claim not made: " + unsure["reason"].astype("str")
    return text.groupby(unsure["service"]).first()


def _public(episodes: pd.DataFrame, assumptions: Assumptions) -> pd.DataFrame:
    table = episodes.reset_index(drop=True)
    table = table.rename(columns={"written_off_on": "export_written_off_on"})
    for name, column in _DOLLARS.items():
        table[column] = dollars(table[f"{name}_cents"])
    last_on = table[["last_decision_on", "export_written_off_on"]].max(axis=1)
    sendings = table["sendings"].fillna(0).astype("int64")
    table = table.assign(
        episode=np.arange(1, len(table) + 1),
        focus=table["hcpcs"].isin(assumptions.focus),
        submissions=np.maximum(sendings, table["decisions"]),
        last_activity_on=last_on,
        line_control=table["line_control"].fillna(table["export_line_control"]),
        denied_on=table["current_on"].where(table["denied_cents"] > 0),
        recovered_from=table["other_payer"].where(
            table["other_payer"].notna(), table["payer"].where(table["recovered_cents"] > 0)
        ),
        written_off_on=table["export_written_off_on"].where(table["written_off_cents"] > 0),
    )
    return conform(table, "episodes")
