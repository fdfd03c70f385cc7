"""From billed dollars to unexplained ones, in exact cents."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from j2311_analytics import codes
from j2311_analytics.assumptions import Assumptions
from j2311_analytics.errors import count_of
from j2311_analytics.ingest.remittance import Remittance
from j2311_analytics.matching.match import Matches
from j2311_analytics.matching.payers import paid_on, payer_key
from j2311_analytics.tables import cents, conform, dollars

GROUPS = {"PR": "patient", "CO": "contract"}
WORDS = {
    "paid": "paid",
    "patient": "owed by patients",
    "contract": "contract and denied (CO)",
    "other": "other reductions (OA, PI)",
}


@dataclass(frozen=True)
class Flow:
    """Where billed dollars went.

    Args:
        steps: Table `reconciliation_steps`.
        by_row: By position in the export: adjudicated and paid, in cents.
    """

    steps: pd.DataFrame
    by_row: pd.DataFrame


def claim_flow(
    remittance: Remittance, matches: Matches, sent: pd.DataFrame, assumptions: Assumptions
) -> Flow:
    """What became of every claim line sent, by the first payer's last decision on it.

    Args:
        remittance: What `read_835` returned.
        matches: From `match_claims` for the same data.
        sent: Claim lines with claim_row, charge, fate and age_days.
        assumptions: Its `call_after_days`.
    """
    decisions = _decisions(_pieces(remittance), matches.pairs)
    final = _final(decisions, remittance).set_index("claim_row")
    charge = cents(sent["charge"]).set_axis(sent["claim_row"])
    fate = sent["fate"].set_axis(sent["claim_row"])
    late = (sent["age_days"] > assumptions.call_after_days).set_axis(sent["claim_row"])
    standing = final[~final["reversal"]]
    taken_back = charge.reindex(final.index[final["reversal"]])
    changed = int(standing["charge"].sum()) - int(charge.reindex(standing.index).sum())
    days = count_of(assumptions.call_after_days, "day")
    rows = [
        ("billed", int(charge.sum()), "total"),
        ("void requests", -int(charge[fate == "void"].sum()), "change"),
        ("rejected before a decision", -int(charge[fate == "rejected"].sum()), "change"),
        (f"no answer up to {days}", -int(charge[(fate == "open") & ~late].sum()), "change"),
        (f"no answer past {days}", -int(charge[(fate == "open") & late].sum()), "change"),
        ("taken back", -int(taken_back.sum()), "change"),
        ("charges that payers changed", changed, "change"),
    ]
    by_row = standing.rename(columns={"charge": "adjudicated"})[["adjudicated", "paid"]]
    return Flow(_steps([*rows, *_settled(standing)]), by_row)


def remittance_flow(remittance: Remittance) -> pd.DataFrame:
    """The same steps where there are no claims: from what payers adjudicated.

    Example:
        >>> from j2311_analytics import read_835
        >>> text = "ST*835*1~BPR*I*8*C~CLP*A*1*9*8~SVC*HC:J2311*9*8~CAS*CO*45*1~SE*6*1~"
        >>> remittance_flow(read_835(text.encode()))["amount"].tolist()
        [9.0, -8.0, 0.0, -1.0, 0.0, 0.0]
    """
    return _steps(_settled(_pieces(remittance)))


def _steps(rows: list[tuple[str, int, str]]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["step", "amount", "kind"])
    return conform(table.assign(amount=dollars(table["amount"])), "reconciliation_steps")


def _settled(pieces: pd.DataFrame) -> list[tuple[str, int, str]]:
    adjudicated = int(pieces["charge"].sum())
    sums = {name: int(pieces[name].sum()) for name in WORDS}
    return [
        ("adjudicated", adjudicated, "total"),
        *((WORDS[name], -amount, "change") for name, amount in sums.items()),
        ("unexplained", adjudicated - sum(sums.values()), "total"),
    ]


def _pieces(remittance: Remittance) -> pd.DataFrame:
    """Cents of each service line, and of each claim without any: charge, paid, reductions.

    What is taken from a whole claim is taken from its first line.
    """
    lines, heads = remittance.lines, remittance.claims
    alone = heads[~heads["claim"].isin(lines["claim"])]
    pieces = pd.concat([lines[["claim", "line", "charge", "paid"]],
                        alone[["claim", "charge", "paid"]]], ignore_index=True)  # fmt: skip
    pieces["line"] = pieces["line"].astype("Int64")
    pieces["charge"], pieces["paid"] = cents(pieces["charge"]), cents(pieces["paid"])
    first = ~pieces["claim"].duplicated()
    general = remittance.adjustments[remittance.adjustments["line"].isna()].dropna(subset=["claim"])
    own = remittance.adjustments.dropna(subset=["line"])
    taken = pieces["claim"].map(_sums(general, "claim")).fillna(0).astype("int64")
    # Lines that add up to what the claim paid already show it without the claim's part.
    whole = cents(heads["paid"]).set_axis(heads["claim"])
    net = pieces.groupby("claim")["paid"].transform("sum") == pieces["claim"].map(whole)
    pieces["paid"] -= taken.where(first & ~net, 0)
    for name in ("patient", "contract", "other"):
        at_line = pieces["line"].map(_sums(own[_class(own) == name], "line"))
        at_claim = pieces["claim"].map(_sums(general[_class(general) == name], "claim"))
        pieces[name] = at_line.fillna(0).astype("int64")
        pieces[name] += at_claim.where(first).fillna(0).astype("int64")
    return pieces


def _class(adjustments: pd.DataFrame) -> pd.Series:
    return adjustments["group_code"].map(GROUPS).astype("str").fillna("other")


def _sums(adjustments: pd.DataFrame, key: str) -> pd.Series:
    sums: pd.Series = cents(adjustments["amount"]).groupby(adjustments[key].astype("int64")).sum()
    return sums


def _decisions(pieces: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    """Cents of each claim in the remittances that bear on each row of the export."""
    amounts = ["charge", "paid", "patient", "contract", "other"]
    lined = pairs.dropna(subset=["line"])[["claim_row", "line"]]
    own = lined.merge(pieces.dropna(subset=["line"]), on="line")
    alone = pairs[pairs["line"].isna()][["claim_row", "claim"]]
    whole = alone.merge(pieces[pieces["line"].isna()], on="claim")
    # A claim without lines has its dollars once, on the first of its rows.
    later = whole["claim"].duplicated()
    whole[amounts] = whole[amounts].mask(later, 0)
    both = pd.concat([own, whole], ignore_index=True)
    return both.groupby(["claim_row", "claim"], as_index=False)[amounts].sum()


def _final(decisions: pd.DataFrame, remittance: Remittance) -> pd.DataFrame:
    """The decision in force of the payer that decided first, for each row of the export.

    Where everything was taken back, it is the last reversal.
    """
    payments = remittance.payments.assign(paid_on=paid_on(remittance.payments))
    payments["payer_key"] = payer_key(payments["payer_id"], payments["payer_name"])
    heads = remittance.claims.merge(
        payments[["transaction", "paid_on", "payer_key"]], on="transaction"
    )
    status = codes.load("claim_status").set_index("code")
    heads["reversal"] = heads["claim_status"].map(status["is_reversal"]).eq("yes")
    names = ["claim", "paid_on", "payer_key", "reversal", "payer_control_number"]
    told = decisions.merge(heads[names], on="claim")
    told = told.sort_values(["claim_row", "paid_on", "claim"], na_position="first")
    first = told.drop_duplicates("claim_row").set_index("claim_row")["payer_key"]
    own = told[told["payer_key"] == told["claim_row"].map(first)]
    # A reversal undoes the earliest decision under its number that still stands.
    keys = ["claim_row", "payer_control_number"]
    undone = own.groupby(keys, dropna=False)["reversal"].transform("sum")
    place = own.groupby([*keys, "reversal"], dropna=False).cumcount()
    rank = (~own["reversal"] & (place >= undone)).astype("int64")
    ranked = own.assign(rank=rank - (~own["reversal"] & (place < undone)).astype("int64"))
    ranked = ranked.sort_values(["claim_row", "rank"], kind="stable")
    return ranked.drop_duplicates("claim_row", keep="last").drop(columns="rank")
