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
from j2311_analytics.ingest.exports import Claims
from j2311_analytics.ingest.remittance import Remittance
from j2311_analytics.ingest.service import join_modifiers
from j2311_analytics.matching.match import match_claims, own_claim_ids
from j2311_analytics.matching.payers import paid_on, payer_key, payers
from j2311_analytics.tables import cents

_CLAIM_COLUMNS = [
    "claim",
    "claim_id",
    "claim_status",
    "filing_indicator",
    "payer_control_number",
    "original_control_number",
    "place_of_service",
    "frequency",
    "member_token",
    "rendering_npi",
    "statement_from",
    "file",
    "transaction",
    "date",
    "payer_key",
    "payer",
    "payer_id",
    "payer_class",
    "line_of_business",
    "billing_npi",
    "payment_order",
]
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
        rows: One per service line per decision; `row` is its key, money is in cents
            (`charge_cents`, `paid_cents` after claim-level adjustments).
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
    return filing_indicator.map(classes).astype("str")


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
    heads = _with_own_ids(heads, own[own["line"].isna()].drop(columns="line"), ["claim"])
    lines = remittance.lines[remittance.lines["claim"].isin(heads["claim"])]
    lineless = heads[~heads["claim"].isin(lines["claim"])]
    made = lines_of_lineless(lineless, claims)
    rows = pd.concat([_lines(lines), made], ignore_index=True)
    rows = rows.reindex(columns=list(_ROW_TYPES)).astype(_ROW_TYPES)
    rows = _in_order(rows, heads)
    rows = _with_own_ids(rows, own.dropna(subset=["line"]), ["claim", "line"])
    rows = _filled(rows)
    rows["row"] = np.arange(1, len(rows) + 1)
    triplets, rows = spread(remittance, rows)
    return Adjudications(rows, triplets, _remarks(remittance, rows), as_of)


def _in_order(rows: pd.DataFrame, heads: pd.DataFrame) -> pd.DataFrame:
    """The rows in order of time, each with what its claim says."""
    place = pd.Index(heads["claim"]).get_indexer(rows["claim"])
    payment = heads["payment_order"].to_numpy()[place]
    order = np.lexsort([rows["position"].to_numpy(), rows["claim"].to_numpy(), payment])
    if (np.diff(order) != 1).any():
        rows, place = rows.iloc[order].reset_index(drop=True), place[order]
    names = [name for name in _CLAIM_COLUMNS if name not in ("claim", "payment_order")]
    said: pd.DataFrame = heads[names].iloc[place].reset_index(drop=True)
    return pd.concat([rows, said], axis=1)


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
    names = ["transaction", "file", "date", "payer_key", "payer", "payer_id", "payer_class"]
    names.append("payment_order")
    heads = remittance.claims.merge(payments[[*names, "billing_npi"]], on="transaction")
    heads["line_of_business"] = line_of_business(heads["filing_indicator"])
    heads["payer_class"] = heads["payer_class"].fillna(heads["line_of_business"])
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


def _with_own_ids(rows: pd.DataFrame, own: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    if own.empty:
        return rows
    rows = rows.merge(own.drop_duplicates(keys), on=keys, how="left")
    rows["claim_id"] = rows["own_claim_id"].fillna(rows["claim_id"])
    if "line_control" in rows:
        rows["line_control"] = rows["line_control"].fillna(rows["own_line_control"])
    return rows.drop(columns=["own_claim_id", "own_line_control"])


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
        dates = rows.groupby(["claim_id", "hcpcs"])["service_from"]
        only_date = dates.transform("min").where(dates.transform("nunique") == 1)
        rows["service_from"] = rows["service_from"].fillna(only_date)
    rows["rendering_npi"] = rows["line_rendering_npi"].fillna(rows["rendering_npi"])
    status = codes.load("claim_status").set_index("code")
    rows["reversal"] = rows["claim_status"].map(status["is_reversal"]).eq("yes")
    rows["estimate"] = rows["claim_status"].eq("25")
    level = rows["claim_status"].map(status["payer_level"])
    # Status 23 says that the claim was never this payer's to decide.
    rows["later_payer"] = level.isin(["secondary", "tertiary", "none"])
    return rows.drop(columns=["line_rendering_npi"])


def _remarks(remittance: Remittance, rows: pd.DataFrame) -> pd.DataFrame:
    """Remarks that can explain a line: its own first, then its claim's."""
    remarks = remittance.remarks[remittance.remarks["source"].isin(["LQ", "MIA", "MOA"])]
    remarks = remarks.reset_index(names="position")[["claim", "line", "rarc", "position"]]
    own = remarks.dropna(subset=["line"]).merge(rows[["line", "row"]].dropna(), on="line")
    general = remarks[remarks["line"].isna()].merge(rows[["claim", "row"]], on="claim")
    both = pd.concat([own.assign(claim_level=False), general.assign(claim_level=True)])
    return both.sort_values(["row", "claim_level", "position"])[
        ["row", "rarc", "position", "claim_level"]
    ].reset_index(drop=True)
