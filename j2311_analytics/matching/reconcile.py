"""Everything ties out, to $0.00, or is listed: payments, claims sent, claims answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import pandas as pd

from j2311_analytics.assumptions import Assumptions
from j2311_analytics.ingest.exports import Claims
from j2311_analytics.ingest.remittance import Remittance
from j2311_analytics.matching.control_totals import control_totals, payments_tied
from j2311_analytics.matching.flow import Flow, claim_flow, remittance_flow
from j2311_analytics.matching.match import Matches, match_claims
from j2311_analytics.matching.payers import paid_on, payer_key, payers
from j2311_analytics.matching.unmatched import VOID
from j2311_analytics.tables import cents, conform, dollars, empty


class Acknowledgements(Protocol):
    """What is needed of acknowledgements (277, 999)."""

    @property
    def statuses(self) -> pd.DataFrame:
        """claim_id, category, rejected (flag), status_date."""


@dataclass(frozen=True)
class Reconciliation:
    """How what was billed, answered and paid fits together; see `docs/tables.md`.

    Args:
        control_totals: Number and dollars of everything read.
        payments: One row per payment: paid on lines, on claims, in all, at the bank.
        by_payer_and_month: Billed and adjudicated by payer and month of service.
        unanswered: Claims sent that no remittance answers, the oldest first.
        not_sent: Claims in remittances that the export does not hold.
        rejected: Claims rejected before any payer decided.
        duplicates: Claim lines sent again as if for the first time.
        steps: From billed to unexplained, for `plot_waterfall`.

    Example:
        >>> Reconciliation.__dataclass_params__.frozen
        True
    """

    control_totals: pd.DataFrame
    payments: pd.DataFrame
    by_payer_and_month: pd.DataFrame
    unanswered: pd.DataFrame
    not_sent: pd.DataFrame
    rejected: pd.DataFrame
    duplicates: pd.DataFrame
    steps: pd.DataFrame


def reconcile(
    remittance: Remittance,
    claims: Claims | None = None,
    *,
    acknowledgements: Acknowledgements | None = None,
    bank: pd.DataFrame | None = None,
    assumptions: Assumptions = Assumptions(),
) -> Reconciliation:
    """Tie payments, claims sent and claims answered to each other, in exact cents.

    Args:
        remittance: What `read_835` returned.
        claims: What `read_claims` returned; without it only the payments are tied.
        acknowledgements: Something with a table `statuses` (claim_id, category,
            rejected, status_date): claims rejected before any payer decided.
        bank: Deposits with trace_number and amount (dollars), where there are any;
            else the amount of BPR02 stands for the bank.
        assumptions: As-of date, and `call_after_days`: a claim without an answer for
            longer is one to call on.

    Returns:
        `Reconciliation`. A difference is shown as it is, never plugged.

    Raises:
        ValueError: if `bank` lacks trace_number or amount.

    Example:
        >>> from j2311_analytics import read_835
        >>> text = "ST*835*1~BPR*I*8*C~CLP*A*1*9*8~SVC*HC:J2311*9*8~CAS*CO*45*1~SE*6*1~"
        >>> reconcile(read_835(text.encode())).payments["unexplained"].tolist()
        [0.0]
    """
    as_of = _as_of(remittance, assumptions)
    dated = assumptions.with_as_of(as_of.date() if pd.notna(as_of) else None)
    totals = control_totals(remittance, claims)
    tied = payments_tied(remittance, bank)
    if claims is None:
        none = {name: empty(name) for name in ("by_payer_and_month", "unanswered")}
        none |= {name: empty(name) for name in ("not_sent", "rejected", "duplicates")}
        return Reconciliation(totals, tied, **none, steps=remittance_flow(remittance))
    matches = match_claims(remittance, claims, assumptions=dated)
    rejected = _rejected(claims, acknowledgements, as_of)
    sent = _sent(claims, matches, rejected, as_of)
    flow = claim_flow(remittance, matches, sent, dated)
    sent = _payers_of(sent, remittance, matches, dated)
    return Reconciliation(
        control_totals=totals,
        payments=tied,
        by_payer_and_month=_by_payer_and_month(sent, flow),
        unanswered=_unanswered(sent, dated.call_after_days),
        not_sent=_not_sent(remittance, matches, dated),
        rejected=rejected,
        duplicates=_duplicates(sent),
        steps=flow.steps,
    )


def _as_of(remittance: Remittance, assumptions: Assumptions) -> pd.Timestamp:
    if assumptions.as_of is not None:
        return pd.Timestamp(assumptions.as_of)
    return pd.Timestamp(paid_on(remittance.payments).max())


def _rejected(
    claims: Claims, acknowledgements: Acknowledgements | None, as_of: pd.Timestamp
) -> pd.DataFrame:
    """Claims of the export that were rejected, by their latest rejection."""
    if acknowledgements is None:
        return empty("rejected")
    statuses = acknowledgements.statuses
    bad = statuses[statuses["rejected"] & ~(statuses["status_date"] > as_of)]
    latest = bad.sort_values("status_date", kind="stable").drop_duplicates("claim_id", keep="last")
    lines = claims.lines[claims.lines["claim_id"].isin(latest["claim_id"])]
    sent = lines.groupby("claim_id")
    charge = cents(lines["charge"]).groupby(lines["claim_id"]).sum()
    known = latest[latest["claim_id"].isin(lines["claim_id"])].set_index("claim_id")
    table = known[["category", "status_date"]].assign(
        lines=sent.size(),
        charge=dollars(charge.reindex(known.index).astype("int64")),
        payer=sent["payer_name"].first(),
        submitted_date=sent["submitted_date"].min(),
    )
    return conform(table.reset_index(), "rejected")


def _sent(
    claims: Claims, matches: Matches, rejected: pd.DataFrame, as_of: pd.Timestamp
) -> pd.DataFrame:
    """Every claim line sent, with what became of it: answered, rejected, void or open."""
    lines = claims.lines.reset_index(drop=True).reset_index(names="claim_row")
    lines = lines[~(lines["submitted_date"] > as_of)]
    answered = lines["claim_row"].isin(matches.pairs["claim_row"])
    last_rejected = rejected.set_index("claim_id")["status_date"]
    refused_on = last_rejected.reindex(lines["claim_id"]).set_axis(lines.index)
    # A claim sent again after its rejection waits for an answer like any other.
    refused = refused_on.notna() & ~(lines["submitted_date"] > refused_on)
    lines["fate"] = "open"
    lines.loc[refused, "fate"] = "rejected"
    lines.loc[lines["frequency"] == VOID, "fate"] = "void"
    lines.loc[answered, "fate"] = "answered"
    lines["sent_on"] = lines["submitted_date"].fillna(lines["service_from"])
    lines["age_days"] = (as_of - lines["sent_on"]).dt.days.fillna(0).astype("int64")
    unmatched = matches.unmatched.dropna(subset=["claim_row"]).set_index("claim_row")
    lines["explanation"] = lines["claim_row"].map(unmatched["explanation"])
    return lines


def _payers_of(
    sent: pd.DataFrame, remittance: Remittance, matches: Matches, assumptions: Assumptions
) -> pd.DataFrame:
    """The export's payers tied to those of the remittances, through the pairs."""
    heads = _heads(remittance, assumptions).set_index("claim")
    pairs = matches.pairs.drop_duplicates("claim_row").set_index("claim_row")["claim"]
    own = sent["claim_row"].map(pairs)
    exported = payer_key(sent["payer_id"], sent["payer_name"])
    for name in ("payer", "payer_id"):
        answered = own.map(heads[name])
        counted = pd.DataFrame({"exported": exported, "name": answered}).dropna().value_counts()
        usual = counted.reset_index().drop_duplicates("exported").set_index("exported")["name"]
        itself = sent["payer_name" if name == "payer" else "payer_id"]
        sent[f"answering_{name}"] = exported.map(usual).astype("str").fillna(itself)
    return sent


def _heads(remittance: Remittance, assumptions: Assumptions) -> pd.DataFrame:
    payments = remittance.payments.assign(paid_on=paid_on(remittance.payments))
    payments["key"] = payer_key(payments["payer_id"], payments["payer_name"])
    known = payers(remittance, assumptions=assumptions).set_index("payer_key")
    payments["payer"] = payments["key"].map(known["payer"]).astype("str")
    names = ["transaction", "file", "payer", "payer_id", "paid_on"]
    return remittance.claims.merge(payments[names], on="transaction")


def _by_payer_and_month(sent: pd.DataFrame, flow: Flow) -> pd.DataFrame:
    month = sent["service_from"].dt.strftime("%Y-%m")
    charge = cents(sent["charge"])
    parts = {"billed": charge}
    for fate in ("answered", "open", "rejected", "void"):
        parts[fate] = charge.where(sent["fate"] == fate, 0)
    for name in ("adjudicated", "paid"):
        parts[name] = sent["claim_row"].map(flow.by_row[name]).fillna(0).astype("int64")
    keys = [sent["answering_payer"], sent["answering_payer_id"], month]
    titles = ["payer", "payer_id", "month"]
    grouped = pd.DataFrame(parts).groupby([k.rename(t) for k, t in zip(keys, titles, strict=True)],
                                          dropna=False)  # fmt: skip
    table = grouped.sum().apply(dollars).assign(lines=grouped.size()).reset_index()
    return conform(table.rename(columns={"open": "unanswered"}), "by_payer_and_month")


def _unanswered(sent: pd.DataFrame, call_after: int) -> pd.DataFrame:
    left = sent[sent["fate"] == "open"]
    keys = [left[name] for name in ("claim_id", "frequency", "submitted_date")]
    grouped = left.groupby(keys, dropna=False, sort=False)
    table = grouped.agg(
        payer=("answering_payer", "first"),
        payer_id=("answering_payer_id", "first"),
        service_from=("service_from", "min"),
        lines=("claim_row", "size"),
        age_days=("age_days", "max"),
        explanation=("explanation", "first"),
    )
    table["charge"] = dollars(cents(left["charge"]).groupby(keys, dropna=False, sort=False).sum())
    table = table.reset_index()
    table["call_on"] = table["age_days"] > call_after
    order = table.sort_values(["age_days", "charge", "claim_id"], ascending=[False, False, True])
    return conform(order, "unanswered")


def _not_sent(remittance: Remittance, matches: Matches, assumptions: Assumptions) -> pd.DataFrame:
    left = matches.unmatched[matches.unmatched["side"] == "remittance"]
    grouped = left.groupby("claim")
    charge = cents(left["charge"]).groupby(left["claim"]).sum()
    table = _heads(remittance, assumptions).set_index("claim").join(
        pd.DataFrame(
            {
                "lines": grouped.size(),
                "unmatched_charge": dollars(charge),
                "explanation": grouped["explanation"].first(),
            }
        ),
        how="inner",
    )  # fmt: skip
    table = table.rename(columns={"paid_on": "payment_date"}).reset_index()
    return conform(table, "not_sent")


def _duplicates(sent: pd.DataFrame) -> pd.DataFrame:
    """Lines sent to the same payer again, under the same claim id, as originals."""
    first = sent[sent["frequency"].fillna("1") == "1"]
    keys = ["claim_id", "answering_payer", "line_number", "hcpcs", "service_from", "charge"]
    again = first.sort_values("sent_on", kind="stable")
    again = again[again.duplicated(keys)]
    table = again.rename(columns={"answering_payer": "payer", "answering_payer_id": "payer_id_"})
    table["answered"] = table["fate"] == "answered"
    return conform(table.drop(columns=["payer_id_"]), "duplicates")
