"""What analysts wrote into the action list, read back so that the next run keeps it."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from j2311_analytics.ingest.sheets import workbook_texts
from j2311_analytics.revenue.actions import FILLED_IN, KEYS
from j2311_analytics.revenue.spells import OPEN_STATES
from j2311_analytics.tables import conform

ACTION_LIST, KEPT = "Action list", "Notes kept"
TITLES = {
    "Claim id": "claim_id",
    "Line control": "line_control",
    "Code": "hcpcs",
    "Service date": "service_from",
    "Owner": "owner",
    "Status": "status",
    "Outcome": "outcome",
    "Note": "note",
}
HEAD_WITHIN = 20
OPEN, CLOSED, NO_SERVICE = "open", "closed", "no service"


def read_notes(path: str | Path) -> pd.DataFrame:
    """Read what analysts wrote into the action list of a report's workbook.

    Columns are found by their titles, so that rows may be sorted, filtered, moved or
    deleted, and columns added. A formula is kept as its text and never run.

    Args:
        path: A report.xlsx, as Excel or LibreOffice saved it.

    Returns:
        Table `notes`: rows with an owner, a status, an outcome or a note. `episode`
        and `found` are filled by `match_notes`.

    Raises:
        FileNotFoundError: if the file does not exist.
        ValueError: if it is no workbook, or has no action list with a claim id.

    Example:
        >>> read_notes("nowhere.xlsx")
        Traceback (most recent call last):
        FileNotFoundError: nowhere.xlsx does not exist
    """
    path = Path(path)
    sheets = workbook_texts(path, [ACTION_LIST, KEPT])
    parts = [_sheet_notes(title, rows) for title, rows in sheets.items()]
    parts = [part for part in parts if part is not None]
    if not parts:
        raise ValueError(
            f"{path.name} has no sheet {ACTION_LIST!r} with the columns Claim id, Owner, Status, "
            "Outcome and Note; take a report.xlsx of this tool"
        )
    found = pd.concat(parts, ignore_index=True)
    dates = pd.to_datetime(found["service_from"], errors="coerce", format="mixed")
    return conform(found.assign(file=path.name, service_from=dates), "notes")


def match_notes(notes: pd.DataFrame, episodes: pd.DataFrame) -> pd.DataFrame:
    """Find the service that each note is about; none is dropped.

    Args:
        notes: Table `notes`.
        episodes: Table `episodes` of today's data.

    Returns:
        Table `notes`: the notes of one service joined into one row, those without a
        service as they are. `found` says whether the service is still open.

    Example:
        >>> from j2311_analytics.tables import empty
        >>> match_notes(empty("notes"), empty("episodes")).empty
        True
    """
    matched = notes.assign(episode=_episode_of(notes, episodes))
    known = matched.dropna(subset=["episode"])
    joined = known.drop_duplicates("episode", keep="last").set_index("episode")
    for name in FILLED_IN:
        joined[name] = known.groupby("episode")[name].agg(_distinct)
    open_ones = set(episodes.loc[episodes["state"].isin(OPEN_STATES), "episode"])
    joined = joined.reset_index()
    joined["found"] = joined["episode"].isin(open_ones).map({True: OPEN, False: CLOSED})
    unknown = matched[matched["episode"].isna()].assign(found=NO_SERVICE)
    unknown = unknown.drop_duplicates([*KEYS, *FILLED_IN])
    parts = [part for part in (joined, unknown) if len(part)]
    return conform(pd.concat(parts) if parts else matched, "notes")


def previous_workbook(out: str | Path, month: str) -> Path | None:
    """The workbook of the latest run of this month, else of a month before.

    Args:
        out: Parent folder of all runs.
        month: Such as "2026-10".

    Returns:
        Its report.xlsx, or None where there is no run.

    Example:
        >>> previous_workbook("no such folder", "2026-10") is None
        True
    """
    runs = [
        (path.parent.parent.name, int(path.parent.name), path)
        for path in Path(out).glob("????-??/*/report.xlsx")
        if path.parent.name.isdigit() and path.parent.parent.name <= month
    ]
    return max(runs)[2] if runs else None


def _sheet_notes(title: str, rows: list[list[str]]) -> pd.DataFrame | None:
    """The filled rows of one sheet; None where it has no head of an action list."""
    heads = [[TITLES.get(cell.strip()) for cell in row] for row in rows[:HEAD_WITHIN]]
    fitting = [at for at, head in enumerate(heads) if "claim_id" in head]
    if not fitting or not set(FILLED_IN) & set(heads[fitting[0]]):
        return None
    place, names = fitting[0], heads[fitting[0]]
    body = [[*row, *[""] * len(names)][: len(names)] for row in rows[place + 1 :]]
    table = pd.DataFrame(body, columns=range(len(names)), dtype="str")
    # A title that stands twice counts once, the first.
    places = {name: at for at, name in reversed(list(enumerate(names))) if name}
    table = pd.DataFrame({name: table[at].str.strip() for name, at in places.items()})
    table = table.reindex(columns=[*KEYS, *FILLED_IN]).replace("", None)
    table = table.assign(sheet=title, row=range(place + 2, place + 2 + len(table)))
    return table[table[FILLED_IN].notna().any(axis=1)]


def _episode_of(notes: pd.DataFrame, episodes: pd.DataFrame) -> pd.Series:
    """By all that names a service, else by less of it where only one fits."""
    found = pd.Series(pd.NA, index=notes.index, dtype="Int64")
    for keys in (KEYS, ["claim_id", "line_control"], ["claim_id", "hcpcs", "service_from"]):
        known = episodes.dropna(subset=keys)
        alone = known[~known.duplicated(keys, keep=False)].set_index(keys)["episode"]
        same = alone.reindex(pd.MultiIndex.from_frame(notes[keys]))
        found = found.fillna(pd.Series(same.to_numpy(), index=notes.index).astype("Int64"))
    return found


def _distinct(texts: pd.Series) -> str | None:
    """Different texts of the same service side by side: none overwrites another."""
    return "; ".join(dict.fromkeys(texts.dropna())) or None
