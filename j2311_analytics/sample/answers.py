"""The truth as tables, in dollars and ISO dates: denials, episodes, sums and pairs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date

from j2311_analytics.sample.exports import Row, exported
from j2311_analytics.sample.model import Line, Service, World
from j2311_analytics.sample.remittances import Remittances
from j2311_analytics.sample.settings import HABITS
from j2311_analytics.sample.truth import Episode, History, Ruling, histories

Table = tuple[tuple[str, ...], list[Row]]

DENIALS = (
    "file", "claim_id", "line_control", "payer_id", "hcpcs", "service_from", "denied_on",
    "denied_amount", "extent", "origin", "cause", "group_code", "carc", "rarc", "stands",
    "is_duplicate_beside_another", "claim_position", "focus",
)  # fmt: skip
EPISODES = (
    "claim_id", "line_control", "payer_id", "hcpcs", "focus", "service_from", "charge",
    "first_denied_on", "first_cause", "cause", "state", "origin", "initial_denied_amount",
    "denied_amount", "open_amount", "written_off_amount", "shifted_amount", "allowed", "paid",
    "patient_share", "recovered_amount", "recovered_from", "recovered_from_id",
)  # fmt: skip
CELLS = ("payer_id", "payer", "cause", "episodes", "denied_amount", "open_amount")
EVIDENCE = (
    "claim_id", "line_control", "hcpcs", "denied_on", "case", "cause", "verdict",
)  # fmt: skip
TOTALS = (
    "lines", "charge", "denied_lines", "initial_denied_amount", "denied_amount", "open_amount",
    "recovered_amount", "duplicate_amount", "written_off_amount", "shifted_amount",
    "post_payment_lines", "post_payment_amount",
)  # fmt: skip
PAIRS = (
    "file", "claim_position", "line_position", "claim_id", "line_control", "export_claim_id",
    "export_line_number", "export_row",
)  # fmt: skip
ALONE = (
    "file", "claim_position", "line_position", "claim_id", "export_row", "export_claim_id",
    "export_line_number", "why",
)  # fmt: skip


def denials(world: World, upto: int, written: Remittances) -> Table:
    """Every refused line of every decision up to a day."""
    found = histories(world, upto)
    rows: list[tuple[int, Row]] = []
    for history in found.values():
        beside = {id(r) for r in history.duplicates} if history.beside else set()
        seen = {id(r): r for r in (*history.rulings, *history.duplicates)}
        for ruling in seen.values():
            if ruling.result.denied:
                row = _denial(history, ruling, written, id(ruling) in beside)
                rows.append((ruling.decision.order, row))
    rows.sort(key=lambda item: (str(item[1][6]), item[0], str(item[1][2])))
    return DENIALS, [row for _, row in rows]


def evidence(world: World, upto: int) -> Table:
    """What is true of each planted contradiction, from how it was planted."""
    rows: list[Row] = [
        [
            p.decision.submission.claim_id, p.line.control, p.line.hcpcs,
            date.fromordinal(p.decision.day).isoformat(), p.case, p.cause, p.verdict,
        ]
        for p in world.planted
        if p.decision.day <= upto
    ]  # fmt: skip
    return EVIDENCE, rows


def episode_table(world: World, upto: int, found: dict[Service, Episode]) -> Table:
    """Every adjudicated service in its state as of a day, by claim and line."""
    names = {d.payer.key: world.name_of(d.payer, d.day) for d in world.decisions if d.day <= upto}
    first = world.first_billed()
    rows = [_episode_row(e, names, first[s]) for s, e in found.items()]
    return EPISODES, sorted(rows, key=lambda row: (str(row[0]), str(row[1])))


def by_payer_and_cause(found: dict[Service, Episode], written: Remittances, world: World) -> Table:
    """Standing focus denials by payer and cause."""
    cells: dict[tuple[str, str], list[Episode]] = defaultdict(list)
    names: dict[str, str] = {}
    for payment in written.payments:
        names[payment.payer.payer_id] = world.name_of(payment.payer, payment.day)
    for episode in found.values():
        if episode.focus and episode.denied:
            payer = episode.service.visit.patient.payer
            cells[payer.payer_id, episode.cause].append(episode)
    rows: list[Row] = [
        [key[0], names[key[0]], key[1], len(group), _dollars(sum(e.denied for e in group)),
         _dollars(sum(e.open for e in group))]
        for key, group in sorted(cells.items())
    ]  # fmt: skip
    return CELLS, rows


def totals(world: World, upto: int, found: dict[Service, Episode]) -> Table:
    """The headline sums over focus episodes."""
    focus = [e for e in found.values() if e.focus]
    first = [e for e in focus if e.first]
    later = [e for e in focus if e.origin == "post_payment"]
    beside = sum(
        r.result.denied
        for h in histories(world, upto).values()
        if h.service.hcpcs == HABITS.focus and h.beside
        for r in h.duplicates
    )
    sums = [
        sum(e.initial for e in first), sum(e.denied for e in focus), sum(e.open for e in focus),
        sum(e.recovered for e in focus), beside, sum(e.written_off for e in focus),
        sum(e.shifted for e in focus),
    ]  # fmt: skip
    row: Row = [
        len(focus), _dollars(sum(e.service.charge for e in focus)), len(first),
        *(_dollars(s) for s in sums), len(later), _dollars(sum(e.initial for e in later)),
    ]  # fmt: skip
    return TOTALS, [row]


def pairs(world: World, upto: int, written: Remittances) -> Table:
    """Which row of the claim export each service line of the remittances answers.

    A claim that the remittance answers without service lines has a pair for each
    row, and no line_position. `export_row` counts the rows of claims.csv from 1.
    """
    rows = [
        [*place, control, claim_id, number, row]
        for *place, control, claim_id, number, row in _answered(world, upto, written)
        if row
    ]
    return PAIRS, sorted(rows, key=lambda row: (str(row[0]), row[1], row[2] or 0, row[-1]))


def alone(world: World, upto: int, written: Remittances) -> Table:
    """Service lines without a row in the export, and rows of the export without an answer."""
    found = list(_answered(world, upto, written))
    rows: list[Row] = [
        [*place, None, None, None, "not_exported"] for *place, _, _, _, row in found if not row
    ]
    answered = {row for *_, row in found}
    decided = {d.submission.visit for d in world.decisions if d.day <= upto}
    sent = [(s, line) for s in exported(world, upto) for line in s.lines]
    for row, (submission, line) in enumerate(sent, 1):
        if row not in answered:
            why = "no_answer_to_this_sending" if submission.visit in decided else "no_answer"
            rows.append([None, None, None, None, row, submission.claim_id, line.number, why])
    rows.sort(key=lambda row: (str(row[0] or "~"), row[1] or 0, row[2] or 0, row[4] or 0))
    return ALONE, rows


def _answered(world: World, upto: int, written: Remittances) -> Iterator[Row]:
    """Place and claim id in the remittances, then line and row of the export (0 where none)."""
    sent = [(s, line) for s in exported(world, upto) for line in s.lines]
    rows = {(id(s), line): row for row, (s, line) in enumerate(sent, 1)}
    for decision in world.decisions:
        if decision.day <= upto:
            file, position = written.placed[decision.order]
            for n, result in enumerate(decision.results, 1):
                line, submission = result.line, decision.submission_of(result.line)
                row = rows.get((id(submission.passes_on or submission), line), 0)
                place = n if decision.has_lines else None
                yield [
                    file, position, place, decision.written_id, line.control,
                    submission.claim_id, line.number, row,
                ]  # fmt: skip


def _denial(history: History, ruling: Ruling, written: Remittances, beside: bool) -> Row:
    decision, result = ruling.decision, ruling.result
    file, position = written.placed[decision.order]
    reason = result.reason
    assert reason is not None
    return [
        file, decision.submission.claim_id, result.line.control, decision.payer.payer_id,
        result.line.hcpcs, _iso(history.service.visit.day), _iso(decision.day),
        _dollars(result.denied), "partial" if result.kept else "full", history.origin(ruling),
        ruling.cause, reason.group, reason.carc, reason.decider or None,
        int(history.in_force(ruling)), int(beside), position,
        int(result.line.hcpcs == HABITS.focus),
    ]  # fmt: skip


def _episode_row(e: Episode, names: dict[str, str], billed: tuple[str, Line]) -> Row:
    service, first, source = e.service, e.first, e.recovered_from
    claim_id, line = billed
    return [
        claim_id, line.control,
        service.visit.patient.payer.payer_id, service.hcpcs, int(e.focus),
        _iso(service.visit.day), _dollars(service.charge),
        _iso(first.decision.day) if first else None, first.cause if first else None,
        e.cause or None, e.state, e.origin or None,
        *(_dollars(cents) for cents in (
            e.initial, e.denied, e.open, e.written_off, e.shifted, e.allowed, e.paid,
            e.patient_share, e.recovered,
        )),
        names[source.key] if source else None, source.payer_id if source else None,
    ]  # fmt: skip


def _dollars(cents: int) -> str:
    return f"{cents / 100:.2f}"


def _iso(day: int) -> str:
    return date.fromordinal(day).isoformat()
