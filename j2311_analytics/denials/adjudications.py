"""One row per service line per decision of a payer, from remittances or from an export.

Claim-level adjustments are brought down to the lines here, in exact cents, so
that everything after works on lines alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from j2311_analytics import codes
from j2311_analytics.assumptions import Assumptions
from j2311_analytics.denials.claim_level import lines_of_lineless, spread
from j2311_analytics.denials.grouping import as_categories, in_order, numbered
from j2311_analytics.ingest.exports import Claims
from j2311_analytics.ingest.remittance import Remittance
from j2311_analytics.ingest.service import join_modifiers
from j2311_analytics.matching.match import match_claims, own_claim_ids
from j2311_analytics.matching.payers import paid_on, payer_key, payers
from j2311_analytics.tables import as_text, cents

# Texts that differ from claim to claim: as categories they would be larger, not smaller.
IDS = (
    "claim_id",
    "payer_control_number",
    "original_control_number",
    "line_control",
)
# What every line has from its claim, and from the payment that decided it.
_HEAD_COLUMNS = [
    "claim",
    "transaction",
    "segment",
    "claim_id",
    "claim_status",
    "charge",
    "paid",
    "filing_indicator",
    "payer_control_number",
    "original_control_number",
    "place_of_service",
    "frequency",
    "member_token",
    "rendering_npi",
    "statement_from",
]
_PAYMENT_COLUMNS = ["file", "payer_key", "payer", "payer_id", "payer_class", "billing_npi"]
_CLAIM_COLUMNS = [
    "claim_id",
    "claim_status",
    "payer_control_number",
    "original_control_number",
    "place_of_service",
    "member_token",
    "rendering_npi",
    "statement_from",
    "transaction",
    "date",
    *_PAYMENT_COLUMNS,
    "line_of_business",
]
# Needed only until a row is filled and its adjustments are spread.
_ON_THE_WAY = ["claim_status", "statement_from", "position", "shown_cents", "head_paid_cents"]
# Stated, because columns of an empty or lineless remittance have no type of their own.
_ROW_TYPES = {
    "claim": "int64",
    "line": "Int64",
    "segment": "int64",
    "position": "int64",
    "line_control": "str",
    "hcpcs": "str",
    "modifiers": "str",
    "units": "float64",
    "service_from": "datetime64[us]",
    "ndc": "str",
    "line_rendering_npi": "str",
    "charge_cents": "int64",
    "shown_cents": "int64",
    "head_paid_cents": "Int64",
}


@dataclass(frozen=True)
class Adjudications:
    """Decisions of payers, line by line.

    Args:
        rows: One per service line per decision, in order of `row`, its key from 1; money
            is in cents (`charge_cents`, `paid_cents` after claim-level adjustments).
        triplets: One per adjustment that bears on a row: row, group_code, carc,
            amount_cents, position, claim_level.
        remarks: One per remark that bears on a row: row, rarc, position, claim_level.
        as_of: Nothing later is in the rows; missing where there is no date at all.
    """

    rows: pd.DataFrame
    triplets: pd.DataFrame
    remarks: pd.DataFrame
    as_of: pd.Timestamp


def as_of_date(dates: pd.Series, assumptions: Assumptions) -> pd.Timestamp:
    """The as-of date of an analysis: as assumed, else the last date in the data."""
    if assumptions.as_of is not None:
        return pd.Timestamp(assumptions.as_of)
    return pd.Timestamp(dates.max())


def line_of_business(filing_indicator: pd.Series) -> pd.Series:
    """Class of coverage behind a claim filing indicator; missing where it is unknown."""
    classes = codes.lookup("claim_filing_indicator", "code", "payer_class")
    return as_text(filing_indicator.map(classes))


def from_remittance(
    remittance: Remittance, claims: Claims | None, assumptions: Assumptions
) -> Adjudications:
    """Decisions in remittances up to the as-of date, line by line.

    The export lends its lines to claims that came without any.
    """
    heads, as_of = _heads(remittance, assumptions)
    own = _own_ids(
        remittance, claims, assumptions.with_as_of(None if pd.isna(as_of) else as_of.date())
    )
    heads = _with_own_ids(heads, own[own["line"].isna()], "claim")
    rows = _in_order(_lines_of(remittance, heads, claims), heads)
    rows = _with_own_ids(rows, own.dropna(subset=["line"]), "line")
    rows = _filled(rows)
    rows["row"] = np.arange(1, len(rows) + 1)
    triplets, rows["paid_cents"] = spread(remittance, rows)
    remarks = _remarks(remittance, rows)
    return Adjudications(rows.drop(columns=_ON_THE_WAY), triplets, remarks, as_of)


def _lines_of(remittance: Remittance, heads: pd.DataFrame, claims: Claims | None) -> pd.DataFrame:
    """Every service line, and those made for claims that came without any."""
    lines = remittance.lines
    known = lines["claim"].isin(heads["claim"])
    rows = _lines(lines if known.all() else lines[known])
    made = lines_of_lineless(heads[~heads["claim"].isin(rows["claim"])], claims)
    rows = rows if made.empty else pd.concat([rows, made], ignore_index=True)
    rows = rows.reindex(columns=list(_ROW_TYPES)).astype(_ROW_TYPES)
    for name in ("hcpcs", "modifiers", "ndc", "line_rendering_npi"):
        rows[name] = as_categories(rows[name])
    return rows


def _in_order(rows: pd.DataFrame, heads: pd.DataFrame) -> pd.DataFrame:
    """The rows in order of time, each with what its claim says."""
    place = pd.Index(heads["claim"]).get_indexer(rows["claim"])
    payment = heads["payment_order"].to_numpy()[place]
    order = np.lexsort([rows["position"].to_numpy(), rows["claim"].to_numpy(), payment])
    if (np.diff(order) != 1).any():
        rows, place = in_order(rows, order), place[order]
    said = {name: heads[name].take(place).array for name in _CLAIM_COLUMNS if name in heads}
    return rows.assign(**said)


def _heads(remittance: Remittance, assumptions: Assumptions) -> tuple[pd.DataFrame, pd.Timestamp]:
    payments = remittance.payments.copy()
    payments["date"] = paid_on(payments)
    as_of = as_of_date(payments["date"], assumptions)
    payments = payments[~(payments["date"] > as_of)]
    # Told by content, so that the order in which files are read changes nothing.
    chronological = payments.sort_values(
        ["date", "production_date", "trace_number", "control_number", "segment"],
        kind="stable",
        na_position="first",
    )
    payments["payment_order"] = pd.Series(range(len(payments)), index=chronological.index)
    payments["payer_key"] = payer_key(payments["payer_id"], payments["payer_name"])
    known = payers(remittance, assumptions=assumptions).set_index("payer_key")
    for name in ("payer", "payer_class"):
        payments[name] = payments["payer_key"].map(known[name])
    payments = payments.rename(columns={"payee_npi": "billing_npi"})
    heads = remittance.claims[[name for name in _HEAD_COLUMNS if name in remittance.claims]]
    place = pd.Index(payments["transaction"]).get_indexer(heads["transaction"])
    heads, place = heads[place >= 0].reset_index(drop=True), place[place >= 0]
    for name in (*_PAYMENT_COLUMNS, "date", "payment_order"):
        text = name in _PAYMENT_COLUMNS
        values = as_categories(payments[name].astype("str")) if text else payments[name]
        heads[name] = values.take(place).array
    for name in set(heads.select_dtypes("str")) - set(IDS):
        heads[name] = as_categories(heads[name])
    business = line_of_business(heads["filing_indicator"])
    heads["line_of_business"] = as_categories(business)
    heads["payer_class"] = as_categories(as_text(heads["payer_class"]).fillna(business))
    return heads, as_of


def _own_ids(
    remittance: Remittance, claims: Claims | None, assumptions: Assumptions
) -> pd.DataFrame:
    """The practice's own claim ids, which payers alter, of whatever the export knows."""
    names = ["claim", "line", "own_claim_id", "own_line_control"]
    if claims is None:
        types = {"claim": "int64", "line": "Int64", names[2]: "str", names[3]: "str"}
        return pd.DataFrame(columns=names).astype(types)
    matches = match_claims(remittance, claims, assumptions=assumptions)
    return own_claim_ids(matches, claims)


def _with_own_ids(rows: pd.DataFrame, own: pd.DataFrame, key: str) -> pd.DataFrame:
    if own.empty:
        return rows
    own = own.drop_duplicates(key)
    known = pd.Index(own[key].astype("int64"))
    place = known.get_indexer(pd.Index(rows[key].fillna(0).astype("int64")))
    for name in ("claim_id", "line_control"):
        if name in rows:
            texts = own[f"own_{name}"].astype("str").array.take(place, allow_fill=True)
            ours, said = pd.Series(texts, index=rows.index), rows[name]
            rows[name] = ours.fillna(said) if name == "claim_id" else said.fillna(ours)
    return rows


def _lines(lines: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "claim": lines["claim"],
            "line": lines["line"].astype("Int64"),
            "segment": lines["segment"],
            "position": lines["line"],
            "line_control": lines["line_control"],
            "hcpcs": lines["billed_hcpcs"].fillna(lines["hcpcs"]),
            "modifiers": join_modifiers(lines),
            "units": lines["billed_units"],
            "service_from": lines["service_from"],
            "ndc": lines["ndc"],
            "line_rendering_npi": lines["rendering_npi"],
            "charge_cents": cents(lines["charge"]),
            "shown_cents": cents(lines["paid"]),
        }
    )


def _filled(rows: pd.DataFrame) -> pd.DataFrame:
    """Lines inherit the claim's date and provider where they have none of their own."""
    rows["service_from"] = rows["service_from"].fillna(rows["statement_from"])
    # Else the one date that other decisions of the same claim and code have.
    if rows["service_from"].isna().any():
        rows["service_from"] = rows["service_from"].fillna(_only_date(rows))
    if rows["line_rendering_npi"].notna().any():
        own, general = as_text(rows["line_rendering_npi"]), as_text(rows["rendering_npi"])
        rows["rendering_npi"] = as_categories(own.fillna(general))
    status = codes.load("claim_status").set_index("code")
    rows["reversal"] = rows["claim_status"].map(status["is_reversal"]).eq("yes")
    rows["estimate"] = rows["claim_status"].eq("25")
    level = rows["claim_status"].map(status["payer_level"])
    # Status 23 says that the claim was never this payer's to decide.
    rows["later_payer"] = level.isin(["secondary", "tertiary", "none"])
    return rows.drop(columns=["line_rendering_npi"])


def _only_date(rows: pd.DataFrame) -> pd.Series:
    """The one date of all decisions of a claim id and code; missing where there are several."""
    told = rows.loc[rows["claim_id"].notna() & rows["hcpcs"].notna()]
    key = pd.Series(numbered([told["claim_id"], told["hcpcs"]]), index=told.index)
    date = told["service_from"]
    asked = key.isin(key[date.isna()])
    dates = date[asked].groupby(key[asked])
    return dates.transform("min").where(dates.transform("nunique") == 1)


def _remarks(remittance: Remittance, rows: pd.DataFrame) -> pd.DataFrame:
    """Remarks that can explain a line: its own first, then its claim's."""
    remarks = remittance.remarks[remittance.remarks["source"].isin(["LQ", "MIA", "MOA"])]
    remarks = remarks.reset_index(names="position")[["claim", "line", "rarc", "position"]]
    own = remarks.dropna(subset=["line"])
    own = own.merge(rows.loc[rows["line"].isin(own["line"]), ["line", "row"]], on="line")
    general = remarks[remarks["line"].isna()]
    general = general.merge(
        rows.loc[rows["claim"].isin(general["claim"]), ["claim", "row"]], on="claim"
    )
    both = pd.concat([own.assign(claim_level=False), general.assign(claim_level=True)])
    return both.sort_values(["row", "claim_level", "position"])[
        ["row", "rarc", "position", "claim_level"]
    ].reset_index(drop=True)
