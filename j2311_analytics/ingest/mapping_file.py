"""The saved mapping of an export's titles: proposed, explained, written and read again."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from pathlib import Path

import pandas as pd

from j2311_analytics import codes
from j2311_analytics.ingest.sheets import open_file, open_table
from j2311_analytics.ingest.titles import REQUIRED, Match, check_columns, match_titles, normal
from j2311_analytics.tables import conform

NEEDED = ("column", "field")
_WHY = {
    "exact": "a known title of {field}",
    "without spaces": "a known title of {field}, apart from its spaces",
    "abbreviations": "a known title of {field}, once its words are written out",
    "given": "as columns says",
}
_ALIKE = 0.7


def propose_columns(
    source: str | os.PathLike[str] | pd.DataFrame,
    *,
    columns: Mapping[str, str] | str | os.PathLike[str] | None = None,
    sheet: str | None = None,
) -> pd.DataFrame:
    """Propose which column of a claim export is which field, and say why.

    Unlike `read_claims`, it refuses no sheet for a title that is missing or in doubt.

    Args:
        source: One CSV, text, Excel or Parquet file, or a DataFrame.
        columns: `{"Their title": "field"}` or a saved mapping file, where known.
        sheet: The sheet of a workbook; the one best recognised where not given.

    Returns:
        One row per titled column: column, field (missing where it is left over or in
        doubt), step and why. Step "guess" is the title most like a required field that
        no title names: check it.

    Raises:
        FileNotFoundError: if the file does not exist.
        ValueError: if it cannot be read, has no header row, or `columns` names a field
            that does not exist.

    Example:
        >>> titles = ["Claim", "CPT", "Billed Amnt", "DOS", "Shoe size"]
        >>> found = propose_columns(pd.DataFrame(columns=titles))
        >>> found.set_index("column").loc["Billed Amnt", ["field", "step"]].tolist()
        ['charge', 'guess']
    """
    given = check_columns(read_columns(columns))
    if isinstance(source, pd.DataFrame):
        found = open_table(source)
    else:
        path = Path(source)
        if not path.exists():
            raise FileNotFoundError(f"{path} does not exist; check the path of the file")
        found = open_file(path, path.name, given, sheet)
    matches = match_titles(found.titles, given)
    guesses = _guesses(matches)
    rows = [_explained(match, matches, guesses) for match in matches]
    return conform(pd.DataFrame(rows, columns=["column", "field", "step", "why"]), "proposal")


def write_columns(proposal: pd.DataFrame, path: str | os.PathLike[str]) -> Path:
    """Write the proposed titles as a mapping file, to be checked and kept.

    Titles by line ("CPT 1") are left to `read_claims`, which recognises them together.

    Args:
        proposal: From `propose_columns`.
        path: Where to write; `columns.csv` in the settings folder is read by `j2311 report`.

    Raises:
        FileExistsError: if there is a file already.

    Example:
        >>> import tempfile
        >>> frame = pd.DataFrame(columns=["Claim", "CPT", "Fee", "DOS"])
        >>> path = write_columns(propose_columns(frame), Path(tempfile.mkdtemp(), "columns.csv"))
        >>> read_columns(path)["Fee"]
        'charge'
    """
    if Path(path).exists():
        raise FileExistsError(f"{path} exists; move it away or choose another name")
    kept = proposal[proposal["field"].notna() & (proposal["step"] != "by line")]
    kept[["column", "field", "why"]].to_csv(path, index=False, lineterminator="\n")
    return Path(path)


def read_columns(
    columns: Mapping[str, str] | str | os.PathLike[str] | None,
) -> Mapping[str, str] | None:
    """A mapping as it is, or from a saved mapping file with the titles column and field.

    Raises:
        FileNotFoundError: if the file does not exist.
        ValueError: if it lacks a column or names a title twice.

    Example:
        >>> read_columns({"Inv": "claim_id"})
        {'Inv': 'claim_id'}
    """
    if columns is None or isinstance(columns, Mapping):
        return columns
    path = Path(columns)
    if not path.exists():
        raise FileNotFoundError(f"the mapping file {path} does not exist; make one with j2311 map")
    table = pd.read_csv(path, dtype="str", keep_default_na=False, encoding="utf-8-sig")
    missing = [name for name in NEEDED if name not in table.columns]
    if missing:
        raise ValueError(
            f"{path.name} needs the columns {', '.join(NEEDED)}; it lacks {', '.join(missing)}"
        )
    titles = table["column"].str.strip()
    if titles.duplicated().any():
        twice = titles[titles.duplicated()].iloc[0]
        raise ValueError(f"{path.name} names {twice!r} twice; keep one of them")
    return dict(zip(titles, table["field"].str.strip(), strict=True))


def _explained(
    match: Match, matches: Sequence[Match], guesses: Mapping[str, tuple[str, str]]
) -> dict[str, str]:
    row = {"column": match.title, "field": match.field, "step": match.step}
    count = Counter((other.field, other.line) for other in matches)
    if match.field and count[match.field, match.line] > 1:
        others = [m.title for m in matches if m.field == match.field and m is not match]
        why = f"could be {match.field}, as could {' and '.join(map(repr, others))}: keep one"
        return row | {"field": "", "step": "in doubt", "why": why}
    if match.line:
        return row | {"step": "by line", "why": f"{match.field} of line {match.line}"}
    if match.field:
        return row | {"why": _WHY[match.step].format(field=match.field)}
    if match.title in guesses:
        field, synonym = guesses[match.title]
        why = f"like {synonym!r}, a known title of {field}, which no column has: check it"
        return row | {"field": field, "step": "guess", "why": why}
    return row | {"why": "not known, or not used"}


def _guesses(matches: Sequence[Match]) -> dict[str, tuple[str, str]]:
    """The title most like each required field that no title names."""
    recognised = {match.field for match in matches}
    free = [match.title for match in matches if not match.field]
    named = codes.load("column_synonyms")
    found = {}
    for field in REQUIRED:
        synonyms = named.loc[named["canonical_field"] == field, "synonym"]
        alike = [
            (SequenceMatcher(None, normal(title), synonym).ratio(), title, synonym)
            for title in free
            for synonym in synonyms
            if title not in found
        ]
        if field not in recognised and alike and max(alike)[0] >= _ALIKE:
            _, title, synonym = max(alike)
            found[title] = (field, synonym)
    return found
