"""The events of one episode, in order of time, each with its place in a file."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import Any

import pandas as pd

from j2311_analytics.assumptions import Assumptions
from j2311_analytics.denials.acknowledged import Told, told_before
from j2311_analytics.denials.appeal_record import appeal_record
from j2311_analytics.denials.episodes import UPHELD, episode_numbers
from j2311_analytics.denials.export_lines import service_of
from j2311_analytics.denials.grouping import in_text
from j2311_analytics.denials.history import History, build_history
from j2311_analytics.denials.takebacks import CARRIED
from j2311_analytics.ingest.acknowledgements import ClaimStatuses
from j2311_analytics.ingest.exports import Claims
from j2311_analytics.ingest.remittance import Remittance
from j2311_analytics.tables import cents, conform

PRACTICE = "practice"
EXPORT = "claim export"
# On one day: what the practice did, what was said of it, what was decided, what was booked.
_ORDER = {
    "sent": 0,
    "sent again": 0,
    "replacement sent": 0,
    "void requested": 0,
    "appealed": 0,
    "rejected": 1,
    "accepted": 1,
    "status": 1,
    "taken back": 3,
    "carried forward": 3,
    "appeal decided": 4,
    "written off": 5,
}
_DECISION = 2
_FREQUENCIES = {"7": "replacement sent", "8": "void requested"}


def episode_timeline(
    episode: int | pd.Series,
    remittance: Remittance | None = None,
    claims: Claims | None = None,
    *,
    acknowledgements: ClaimStatuses | None = None,
    assumptions: Assumptions = Assumptions(),
) -> pd.DataFrame:
    """List everything that happened to one service, the earliest first.

    Args:
        episode: The number of the episode in `link_episodes` of the same data, or its
            row.
        remittance: What `read_835` returned.
        claims: What `read_claims` returned: sendings, appeals, write-offs.
        acknowledgements: What `read_277` returned: acceptances and rejections.
        assumptions: Nothing after its as-of date is listed.

    Returns:
        Table `timeline`, one row per event; money in dollars. No row holds a name, a
        birth date or a member id.

    Raises:
        ValueError: if there is no such episode, or neither a remittance nor claims
            are given.

    Example:
        >>> from j2311_analytics import read_835
        >>> text = "ST*835*1~BPR*I*0*C~CLP*A*1*9*0~SVC*HC:J2311*9*0~CAS*CO*197*9~SE*6*1~"
        >>> episode_timeline(1, read_835(text.encode()))[["event", "words", "segment"]].values
        array([['denied', '$9.00 denied: prior authorization (CO-197 alone)', 4]], dtype=object)
    """
    number = int(episode["episode"]) if isinstance(episode, pd.Series) else int(episode)
    history = build_history(remittance, claims, assumptions)
    rows = history.rows[~history.rows["estimate"]]
    numbers = episode_numbers(rows)
    if number not in set(numbers):
        raise ValueError(f"there is no episode {number}; there are {len(numbers)}, from 1")
    service = int(numbers.index[numbers == number][0])
    told = told_before(history, claims, acknowledgements)
    rows = in_text(rows[rows["service"] == service])
    events = [
        *_decisions(rows),
        *_takebacks(history, service),
        *_statuses(told.statuses[told.statuses["service"] == service]),
        *_export_events(rows, claims, _rejected_lines(told, service), history.as_of),
    ]
    table = pd.DataFrame(events).sort_values(["date", "order"], kind="stable", na_position="first")
    return conform(table, "timeline")


def _event(date: Any, event: str, who: str, words: str, **more: Any) -> dict[str, Any]:
    order = _ORDER.get(event, _DECISION)
    return {"date": date, "event": event, "who": who, "words": words, "order": order, **more}


def _decisions(rows: pd.DataFrame) -> Iterator[dict[str, Any]]:
    for row in rows.sort_values(["date", "row"], na_position="first").to_dict("records"):
        event, amount, words = _decision(row)
        yield _event(
            row["date"],
            event,
            row["payer"],
            words,
            amount=amount / 100,
            claim_id=row["claim_id"],
            file=row["file"],
            segment=row["segment"],
        )


def _decision(row: dict[Hashable, Any]) -> tuple[str, int, str]:
    """What a decision is, its cents and its words."""
    denied, paid, share = row["denied_cents"], row["paid_cents"], row["share_cents"]
    reason = f"{str(row['cause']).replace('_', ' ')} ({row['cause_basis']})"
    if row["reversal"]:
        was = f"payment of {_money(-paid)}" if paid else f"denial of {_money(-denied)}"
        return "reversed", paid, f"the {was} was reversed"
    if row["beside"]:
        words = f"{_money(denied)} denied as a duplicate, which changes nothing"
        return "duplicate denial", denied, words
    if denied > 0 and row["cause"] == UPHELD:
        return "denial upheld", denied, f"the denial of {_money(denied)} was upheld"
    if denied > 0 and paid > 0:
        words = f"{_money(paid)} paid, {_money(denied)} denied: {reason}"
        return "partly denied", denied, words
    if denied > 0:
        late = " after it had been paid" if row["origin"] == "post_payment" else ""
        return "denied", denied, f"{_money(denied)} denied{late}: {reason}"
    if row["pended_cents"] > 0:
        return "pended", row["pended_cents"], f"{_money(row['pended_cents'])} held for a decision"
    if paid > 0:
        rest = f"; the patient owes {_money(share)}" if share > 0 else ""
        return "paid", paid, f"{_money(paid)} paid{rest}"
    if share > 0:
        return "left to the patient", share, f"all {_money(share)} allowed is the patient's share"
    return "nothing paid", 0, "nothing paid and nothing denied"


def _takebacks(history: History, service: int) -> Iterator[dict[str, Any]]:
    found = history.takebacks
    for row in found[found["service"] == service].to_dict("records"):
        amount = row["amount_cents"]
        event = "carried forward" if row["reason"] == CARRIED else "taken back"
        done = "taken from" if amount > 0 else "given back to"
        words = f"{_money(abs(amount))} {done} a payment (PLB {row['reason']})"
        place = {name: row[name] for name in ("file", "segment")}
        yield _event(row["date"], event, row["payer"], words, amount=amount / 100, **place)


def _statuses(statuses: pd.DataFrame) -> Iterator[dict[str, Any]]:
    for row in statuses.drop_duplicates(["file", "segment", "category"]).to_dict("records"):
        event = "rejected" if row["rejected"] else "accepted" if row["accepted"] else "status"
        who = row["source"] if pd.notna(row["source"]) else "receiver"
        meaning = row["category_meaning"]
        words = f"{row['category']}: {meaning}" if pd.notna(meaning) else str(row["category"])
        place = {name: row[name] for name in ("file", "segment")}
        yield _event(row["status_date"], event, who, words, **place)


def _rejected_lines(told: Told, service: int) -> pd.Series:
    """Positions in the export of lines rejected under another id."""
    lines = told.again.lines
    return lines.loc[lines["service"] == service, "claim_row"]


def _export_events(
    rows: pd.DataFrame, claims: Claims | None, rejected: pd.Series, as_of: pd.Timestamp
) -> Iterator[dict[str, Any]]:
    if claims is None:
        return
    lines = claims.lines[service_of(claims.lines, rows).notna()]
    sent = pd.concat([lines, claims.lines.iloc[rejected]])
    sent = sent.dropna(subset=["submitted_date"]).sort_values("submitted_date", kind="stable")
    sent = sent[~(sent["submitted_date"] > as_of)].drop_duplicates(["claim_id", "submitted_date"])
    for n, row in enumerate(sent.to_dict("records")):
        event = _FREQUENCIES.get(str(row["frequency"]), "sent again" if n else "sent")
        words = f"claim {row['claim_id']}, {_money(round(row['charge'] * 100))} charged"
        about = {"claim_id": row["claim_id"], "amount": row["charge"], "file": EXPORT}
        yield _event(row["submitted_date"], event, PRACTICE, words, **about)
    for row in appeal_record(rows, claims, as_of).to_dict("records"):
        level = f"level {row['level']}" if pd.notna(row["level"]) else "level not noted"
        if pd.notna(row["sent_on"]):
            yield _event(row["sent_on"], "appealed", PRACTICE, level, file=EXPORT)
            if pd.notna(row["decided_on"]):
                words = f"{level}: {row['outcome']}"
                who = str(rows["payer"].iloc[0])
                yield _event(row["decided_on"], "appeal decided", who, words, file=EXPORT)
    given_up = lines[(lines["written_off_amount"] > 0) & ~(lines["written_off_on"] > as_of)]
    given_up = given_up.drop_duplicates(["written_off_amount", "written_off_on"])
    amounts = cents(given_up["written_off_amount"])
    for date, amount in zip(given_up["written_off_on"], amounts, strict=True):
        words = f"{_money(amount)} written off as denied"
        yield _event(date, "written off", PRACTICE, words, amount=amount / 100, file=EXPORT)


def _money(amount: int) -> str:
    return f"${amount / 100:,.2f}"
