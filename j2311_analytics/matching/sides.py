"""Both sides of a match in one shape: what payers answered, and what the practice sent.

Whatever is compared becomes a whole number here, with -1 where it is missing, so
that a million lines are joined on numbers and never on text.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from j2311_analytics.assumptions import Assumptions
from j2311_analytics.ingest.exports import Claims
from j2311_analytics.ingest.remittance import Remittance
from j2311_analytics.matching.claim_ids import bare_key, written_key
from j2311_analytics.matching.payers import paid_on, payer_key
from j2311_analytics.tables import cents

MISSING = -1
_OF_HEADS = [
    "claim",
    "transaction",
    "claim_id",
    "claim_status",
    "charge",
    "payer_control_number",
    "original_control_number",
    "frequency",
    "member_token",
    "statement_from",
    "received_date",
]
TEXTS = ("id", "bare", "line_control", "hcpcs", "modifiers", "member")
_MODIFIERS = [f"modifier_{number}" for number in range(1, 5)]
_OF_LINES = [
    "claim",
    "line",
    "line_control",
    "hcpcs",
    "billed_hcpcs",
    *_MODIFIERS,
    "service_from",
    "charge",
    "billed_units",
]
_THOUSANDTHS = 1000
# CLP02 says as which payer one decided: first, second or third; others may be any.
_DECIDED_AS = {"1": "P", "19": "P", "2": "S", "20": "S", "3": "T", "21": "T"}


@dataclass(frozen=True)
class Sides:
    """What is matched, in whole numbers.

    Args:
        answers: One row per service line, and per claim without lines (`lined` False).
        sent: One row per claim line sent; `service` numbers the lines that are one
            line sent several times.
        claims_sent: One row per claim sent; its rows are those with the same `sending`.
    """

    answers: pd.DataFrame
    sent: pd.DataFrame
    claims_sent: pd.DataFrame


def both_sides(remittance: Remittance, claims: Claims, assumptions: Assumptions) -> Sides:
    """Everything up to the as-of date that can be matched."""
    answers, sent = _answers(remittance), _sent(claims)
    if assumptions.as_of is not None:
        last = pd.Timestamp(assumptions.as_of)
        answers = answers[~(answers["paid_on"] > last)].reset_index(drop=True)
        sent = sent[~(sent["submitted"] > last)].reset_index(drop=True)
    for name in TEXTS:
        answers[name], sent[name] = _numbered(answers[name], sent[name])
    answers["answer"] = np.arange(len(answers))
    lines = sent["line_control"].where(sent["line_control"] >= 0, -2 - sent["line_number"])
    sent["service"] = sent.groupby([sent["id"], lines, sent["date"]], sort=False).ngroup()
    sent["sending"] = sent.groupby(
        ["id", "frequency", "submitted", "order"], dropna=False, sort=False
    ).ngroup()
    return Sides(answers, sent, _claims_sent(sent))


def _answers(remittance: Remittance) -> pd.DataFrame:
    payments = remittance.payments.assign(paid_on=paid_on(remittance.payments))
    payments["payer"] = payer_key(payments["payer_id"], payments["payer_name"])
    # Joined are only the columns compared: of a million lines all of them are large.
    heads = remittance.claims.reindex(columns=_OF_HEADS)
    heads = heads.merge(payments[["transaction", "paid_on", "payer"]], on="transaction")
    lines = remittance.lines.reindex(columns=_OF_LINES)
    lines["line"] = lines["line"].astype("Int64")
    lined = lines.merge(heads, on="claim", suffixes=("", "_head"))
    alone = heads[~heads["claim"].isin(lines["claim"])]
    rows = pd.concat([lined.assign(lined=True), alone.assign(lined=False)], ignore_index=True)
    if "line" not in rows:
        rows["line"] = pd.array([pd.NA] * len(rows), dtype="Int64")
    rows["lined"] = rows["lined"].astype("bool")
    found = pd.DataFrame(
        {
            **{name: rows[name] for name in ("claim", "line", "lined", "claim_id", "payer")},
            "id": written_key(rows["claim_id"]),
            "bare": bare_key(rows["claim_id"]),
            "line_control": rows["line_control"].astype("str").str.strip().str.upper(),
            "hcpcs": rows["billed_hcpcs"].fillna(rows["hcpcs"]),
            "hcpcs_shown": rows["billed_hcpcs"].fillna(rows["hcpcs"]),
            "modifiers": _set_of_modifiers(rows),
            "member": rows["member_token"],
            "date": _day(rows["service_from"].fillna(rows["statement_from"])),
            "service_from": rows["service_from"].fillna(rows["statement_from"]),
            "charge": cents(rows["charge"]).abs(),
            "units": _units(rows["billed_units"]),
            "number": rows["payer_control_number"],
            "names": rows["original_control_number"],
            "paid_on": rows["paid_on"],
            "received": rows["received_date"],
            "frequency": rows["frequency"],
            "order": rows["claim_status"].map(_DECIDED_AS).astype("str"),
        }
    )
    return found.sort_values(["claim", "line"], kind="stable").reset_index(drop=True)


def _sent(claims: Claims) -> pd.DataFrame:
    lines = claims.lines
    return pd.DataFrame(
        {
            "row": np.arange(len(lines)),
            "claim_id": lines["claim_id"],
            "id": written_key(lines["claim_id"]),
            "bare": bare_key(lines["claim_id"]),
            "line_control": lines["line_control"].astype("str").str.strip().str.upper(),
            "control_length": lines["line_control"].astype("str").str.len().fillna(0),
            "line_number": lines["line_number"].fillna(0).astype("int64"),
            "hcpcs": lines["hcpcs"],
            "modifiers": _set_of_modifiers(lines),
            "member": lines["member_token"],
            "date": _day(lines["service_from"]),
            "charge": cents(lines["charge"]).abs(),
            "units": _units(lines["units"]),
            "number": lines["payer_control_number"],
            "names": lines["original_control_number"],
            "submitted": lines["submitted_date"],
            "frequency": lines["frequency"],
            "order": lines["payer_sequence"],
        }
    )


def _claims_sent(sent: pd.DataFrame) -> pd.DataFrame:
    """Each claim as it was sent once: its first date and its whole charge."""
    first = sent.drop_duplicates("sending").set_index("sending")
    grouped = sent.groupby("sending")
    found = first.assign(date=grouped["date"].min(), charge=grouped["charge"].sum())
    # A claim, however often sent, is what a claim without lines is matched with.
    return found.assign(service=found["id"]).reset_index()


def _set_of_modifiers(lines: pd.DataFrame) -> pd.Series:
    """Modifiers in one order, because payers do not keep ours."""
    columns = lines[_MODIFIERS].astype("str").fillna("")
    joined = columns["modifier_1"].str.cat(columns.iloc[:, 1:], sep=" ")
    several = joined.unique()
    return joined.map({text: " ".join(sorted(text.split())) for text in several}).astype("str")


def _units(units: pd.Series) -> pd.Series:
    return (units.abs() * _THOUSANDTHS).round().fillna(MISSING).astype("int64")


def _day(dates: pd.Series) -> pd.Series:
    days = dates.astype("datetime64[us]").astype("int64") // 86_400_000_000
    return days.where(dates.notna(), MISSING)


def _numbered(one: pd.Series, other: pd.Series) -> tuple[pd.Series, pd.Series]:
    """The same number for the same text on both sides."""
    numbers, _ = pd.factorize(pd.concat([one.astype("str"), other.astype("str")]))
    return (
        pd.Series(numbers[: len(one)], index=one.index),
        pd.Series(numbers[len(one) :], index=other.index),
    )
