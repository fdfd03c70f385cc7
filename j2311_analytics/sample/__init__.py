"""A synthetic world of claims and remittances, with the truth it was drawn from.

It shares only code tables with the analysis, so that its truth can judge it.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

from j2311_analytics.sample.acknowledged import write_acknowledgements
from j2311_analytics.sample.answers import (
    alone,
    by_payer_and_cause,
    denials,
    episode_table,
    evidence,
    pairs,
    totals,
)
from j2311_analytics.sample.claims import write_claims
from j2311_analytics.sample.contradictions import windows
from j2311_analytics.sample.exports import (
    Row,
    canonical_fields,
    canonical_rows,
    export_rows,
    titles,
)
from j2311_analytics.sample.files import Folder
from j2311_analytics.sample.lives import live
from j2311_analytics.sample.model import World
from j2311_analytics.sample.outcomes import outcomes
from j2311_analytics.sample.remittances import Remittances, write_remittances
from j2311_analytics.sample.truth import episodes

__all__ = ["make_sample"]

README = """\
A made-up practice: no person, payer, claim or number in this folder is real.

Made by
    j2311 sample --out FOLDER {command}

835/        remittances up to {as_of}
837/        professional claims as they were sent, one file per month
claims.csv  the practice's claim export, one row per service line sent
claims.xlsx the same rows as a workbook
truth/      what is true as of {as_of}, from the events themselves; file names
            there are relative to 835/, money is dollars, a position counts from 1
manifest.csv  every file with the SHA-256 of its content: of the unpacked content
            for .gz, of the cells written as claims.csv for .xlsx
{later}"""
WINDOWS = (
    "payer_id",
    "filing_days",
    "corrected_claim_days",
    "appeal_days",
    "second_level_days",
)
LATER = """\
future/     the twelve months after: remittances, and the export at their end
truth/outcomes.csv  what each denial open on {as_of} brought by {end}; true_chance
            is the world's own, given payer, cause and age
"""


def make_sample(
    out: str | Path,
    *,
    months: int = 18,
    claims: int = 1200,
    seed: int = 1,
    last_month: str = "2026-10",
    future: bool = False,
    hard: bool = False,
    contradictions: bool = False,
) -> Path:
    """Write a sample world: 835s, 837s, a claim export and the truth behind them.

    Args:
        out: Folder to write; made where it does not exist. An earlier sample in
            it is replaced.
        months: Months of service, the last of which is `last_month`.
        claims: Original claims over the whole period.
        seed: Start of the random draws; the same seed gives the same content.
        last_month: Last month of the data, such as "2026-10".
        future: Also write the twelve months that follow, and what came of the
            denials open at the end of `last_month`. Nothing else changes by it.
        hard: Make matching hard: many claim ids altered by payers, line control
            numbers left out, claims split, merged, never answered or not exported.
            Otherwise all of these happen too, but seldom.
        contradictions: Also plant denials whose claims contradict or confirm the payer's
            reason, with 277CA answers, confirmed windows and the true verdicts. Nothing
            else changes by it; a world of less than nine months has none.

    Returns:
        The folder.

    Raises:
        ValueError: if `months`, `claims` or `last_month` make no sense.
        FileExistsError: if the folder holds something that is not a sample.

    Example:
        >>> import tempfile
        >>> folder = make_sample(tempfile.mkdtemp(), months=3, claims=9)
        >>> sorted(item.name for item in folder.iterdir())[:3]
        ['835', '837', 'README.txt']
    """
    world = live(months, claims, seed, last_month, hard=hard, contradictions=contradictions)
    folder = Folder(Path(out))
    folder.clear()
    written = write_remittances(world, world.as_of)
    _write_remittances(folder, "835", written)
    for name, content in write_claims(world, world.as_of).items():
        folder.text(f"837/{name}", content, rows=content.count("\nCLM*"))
    rows = export_rows(world, world.as_of)
    folder.table("claims.csv", titles(world), rows)
    folder.workbook("claims.xlsx", titles(world), rows)
    _write_truth(folder, world, written)
    fields = [name for name in canonical_fields(world) if name]
    folder.table("truth/claim_lines.csv", fields, canonical_rows(world, rows))
    if world.planted:
        _write_evidence(folder, world)
    if future:
        _write_future(folder, world, written)
    command = f"--months {months} --claims {claims} --seed {seed} --last-month {last_month}"
    command += " --hard" * hard + " --contradictions" * contradictions
    _write_readme(folder, world, command, future=future)
    folder.manifest()
    return folder.root


def _write_remittances(folder: Folder, place: str, written: Remittances) -> None:
    counts = dict.fromkeys(written.files, 0)
    for file, _ in written.placed.values():
        counts[file] += 1
    for name, content in written.files.items():
        folder.text(f"{place}/{name}", content, rows=counts[name])


def _write_truth(folder: Folder, world: World, written: Remittances) -> None:
    found = episodes(world, world.as_of)
    tables = {
        "denials": denials(world, world.as_of, written),
        "episodes": episode_table(world, world.as_of, found),
        "by_payer_and_cause": by_payer_and_cause(found, written, world),
        "totals": totals(world, world.as_of, found),
        "pairs": pairs(world, world.as_of, written),
        "alone": alone(world, world.as_of, written),
    }
    for name, (names, rows) in tables.items():
        folder.table(f"truth/{name}.csv", names, rows)


def _write_evidence(folder: Folder, world: World) -> None:
    """The verdicts that are true, and what only they need: 277CA files and confirmed windows."""
    names, rows = evidence(world, world.as_of)
    folder.table("truth/evidence.csv", names, rows)
    for name, content in write_acknowledgements(world, world.as_of).items():
        folder.text(f"277/{name}", content, rows=content.count("STC"))
    confirmed: list[Row] = [[payer_id, days, None, None, None] for payer_id, days in windows()]
    folder.table("settings/windows.csv", WINDOWS, confirmed)


def _write_future(folder: Folder, world: World, written: Remittances) -> None:
    later = write_remittances(world, world.last_day)
    new = {name: text for name, text in later.files.items() if name not in written.files}
    placed = {order: spot for order, spot in later.placed.items() if spot.file in new}
    _write_remittances(folder, "future/835", Remittances(new, placed, []))
    folder.table("future/claims.csv", titles(world), export_rows(world, world.last_day))
    names, rows = outcomes(world)
    folder.table("truth/outcomes.csv", names, rows)


def _write_readme(folder: Folder, world: World, command: str, *, future: bool) -> None:
    as_of = date.fromordinal(world.as_of).isoformat()
    end = date.fromordinal(world.last_day).isoformat()
    text = README.format(
        command=f"{command} --future" if future else command,
        as_of=as_of,
        later=LATER.format(as_of=as_of, end=end) if future else "",
    )
    folder.text("README.txt", text, rows=0)
