"""Decisions that a claim export carries itself, for analyses without any 835."""

from __future__ import annotations

import numpy as np
import pandas as pd

from j2311_analytics import codes
from j2311_analytics.assumptions import Assumptions
from j2311_analytics.denials.adjudications import Adjudications, as_of_date, line_of_business
from j2311_analytics.ingest.exports import Claims
from j2311_analytics.ingest.service import join_modifiers
from j2311_analytics.matching.payers import payer_key
from j2311_analytics.tables import cents

_KEPT = [
    "claim_id",
    "line_control",
    "payer_control_number",
    "original_control_number",
    "place_of_service",
    "frequency",
    "member_token",
    "rendering_npi",
    "billing_npi",
    "hcpcs",
    "units",
    "service_from",
    "ndc",
    "filing_indicator",
    "payer_id",
]


def from_export(claims: Claims, assumptions: Assumptions) -> Adjudications:
    """Decided lines of an export: those with a remittance date, a reason or a payment.

    A line's denied amount is the export's own where it has one, else what was
    charged and neither paid nor owed by the patient.
    """
    lines = claims.lines.reset_index(drop=True)
    decided = lines[["remit_date", "carc", "paid", "denied_amount"]].notna().any(axis=1)
    as_of = as_of_date(lines.loc[decided, "remit_date"], assumptions)
    lines = lines[decided & ~(lines["remit_date"] > as_of)].reset_index(drop=True)
    rows = _rows(lines)
    return Adjudications(rows, _triplets(lines, rows), _remarks(lines), as_of)


def _rows(lines: pd.DataFrame) -> pd.DataFrame:
    rows = lines[_KEPT].copy()
    number = np.arange(1, len(lines) + 1)
    key = payer_key(lines["payer_id"], lines["payer_name"])
    latest = lines.assign(key=key).sort_values("remit_date").groupby("key")["payer_name"].last()
    business = line_of_business(lines["filing_indicator"]).fillna(lines["financial_class"])
    decision = [lines["claim_id"], lines["remit_date"], key]
    return rows.assign(
        row=number,
        line=pd.array(number, dtype="Int64"),
        segment=number,
        claim=lines.groupby(decision, dropna=False, sort=False).ngroup() + 1,
        transaction=lines.groupby([lines["remit_date"], key], dropna=False).ngroup() + 1,
        position=number,
        file="claim export",
        date=lines["remit_date"],
        modifiers=join_modifiers(lines),
        charge_cents=cents(lines["charge"]),
        paid_cents=cents(lines["paid"]),
        claim_status="1",
        reversal=cents(lines["charge"]) < 0,
        estimate=False,
        later_payer=False,
        payer_key=key,
        payer=key.map(latest).astype("str").fillna(lines["payer_id"]).fillna("unnamed payer"),
        line_of_business=business,
        payer_class=business,
    )


def _triplets(lines: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """The export's reasons as adjustments.

    Denied dollars fall on the first denial code. The export's own denied amount
    counts even without one; a lone contract code takes what nobody paid.
    """
    reasons = _reasons(lines, rows)
    denied = pd.Series(_denied_cents(lines).to_numpy(), index=rows["row"])
    stated = pd.Series(cents(lines["denied_amount"]).to_numpy(), index=rows["row"])
    explained = stated.index.isin(reasons.loc[reasons["denial"], "row"])
    unexplained = stated.where(~explained, 0)
    reasons["amount_cents"] = (
        reasons["row"].map(denied - unexplained).where(_bears_denied_dollars(reasons), 0)
    )
    share = pd.Series(cents(lines["patient_share"]).to_numpy(), index=rows["row"])
    parts = [
        reasons.drop(columns="denial"),
        _adjustments(unexplained[unexplained > 0], position=99),
        _adjustments(share[share != 0], position=100, group_code="PR", carc="3"),
    ]
    triplets = pd.concat(parts)
    triplets["amount_cents"] = triplets["amount_cents"].astype("int64")
    triplets["claim_level"] = False
    return triplets.sort_values(["row", "position"]).reset_index(drop=True)


def _reasons(lines: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """One row per CARC: its group, and whether it is a denial."""
    reasons = _exploded(lines, rows, "carc")
    groups = _exploded(lines, rows, "group_code")
    at_place = groups.set_index(["row", "position"])["group_code"]
    places = pd.MultiIndex.from_frame(reasons[["row", "position"]])
    own = pd.Series(at_place.reindex(places).to_numpy(), index=reasons.index, dtype="str")
    # A group that stands once is that of every code.
    reasons["group_code"] = own.fillna(
        reasons["row"].map(groups.drop_duplicates("row").set_index("row")["group_code"])
    )
    kinds = codes.lookup("carc", "code", "kind")
    reasons["denial"] = reasons["carc"].map(kinds).fillna("denial") == "denial"
    return reasons


def _bears_denied_dollars(reasons: pd.DataFrame) -> pd.Series:
    """The first denial code of each line, else its first code."""
    first = reasons[reasons["denial"]].drop_duplicates("row")
    others = reasons[~reasons["row"].isin(first["row"])].drop_duplicates("row")
    return pd.Series(reasons.index.isin([*first.index, *others.index]), index=reasons.index)


def _adjustments(
    amounts: pd.Series, *, position: int, group_code: str | None = None, carc: str | None = None
) -> pd.DataFrame:
    """One adjustment per row of `amounts`, which are cents by row."""
    frame = pd.DataFrame(
        {"row": amounts.index, "position": position, "amount_cents": amounts.to_numpy()}
    )
    for name, value in (("group_code", group_code), ("carc", carc)):
        frame[name] = pd.Series(value, index=frame.index, dtype="str")
    return frame


def _denied_cents(lines: pd.DataFrame) -> pd.Series:
    left = cents(lines["charge"]) - cents(lines["paid"]) - cents(lines["patient_share"])
    unpaid_only = left.where(cents(lines["paid"]) == 0, 0)
    return cents(lines["denied_amount"]).where(lines["denied_amount"].notna(), unpaid_only)


def _remarks(lines: pd.DataFrame) -> pd.DataFrame:
    numbered = pd.DataFrame({"row": np.arange(1, len(lines) + 1)})
    return _exploded(lines, numbered, "rarc").assign(claim_level=False)


def _exploded(lines: pd.DataFrame, rows: pd.DataFrame, column: str) -> pd.DataFrame:
    parts = lines[column].astype("str").str.split().set_axis(rows["row"]).explode().dropna()
    frame = pd.DataFrame({"row": parts.index, column: parts.to_numpy()})
    return frame.assign(position=frame.groupby("row").cumcount())
