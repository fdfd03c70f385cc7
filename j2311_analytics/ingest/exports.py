"""Reading claim exports: any practice system's CSV, Excel, Parquet or DataFrame."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from j2311_analytics.errors import count_of
from j2311_analytics.ingest.cells import Sheet
from j2311_analytics.ingest.claim_fields import Issue, issue, read_fields
from j2311_analytics.ingest.mapping_file import read_columns
from j2311_analytics.ingest.reason_rows import join_reasons
from j2311_analytics.ingest.sheets import open_file, open_table
from j2311_analytics.ingest.titles import (
    REQUIRED,
    Match,
    check_columns,
    listed,
    match_titles,
    settle,
)
from j2311_analytics.ingest.wide import arrange
from j2311_analytics.tables import TABLES, conform, empty

Export = str | os.PathLike[str] | pd.DataFrame

SUFFIXES = (".csv", ".txt", ".tsv", ".xlsx", ".xlsm", ".parquet")
# Fields that become tokens instead of columns.
_PEOPLE = ("member_id", "patient_id", "patient_name", "patient_dob")
_TOTAL = r"^\s*(?:(?:grand|sub|report|page|claim|column)[ -]?)?totals?\b|^\s*(?:sum|count)\s*:?\s*$"
_SUBMISSION = ["claim_id", "frequency", "submitted_date"]


@dataclass(frozen=True)
class Claims:
    """Claim lines, what was odd about them, and how columns were recognised.

    `docs/tables.md` describes every column of the tables `claim_lines`, `issues`
    and `mapping`. In `mapping`, a field that is not in `lines` was recognised but
    is not used, or became a token. The other tables are filled by `read_837`: `claims`,
    `payers`, `diagnoses`, `prior_payments` and `prior_adjustments`; they are empty for an
    export.

    Example:
        >>> sheet = pd.DataFrame({"Claim": ["A"], "CPT": "J2311", "Fee": "5", "DOS": "1/5/26"})
        >>> read_exports(sheet).mapping["field"].tolist()
        ['claim_id', 'hcpcs', 'charge', 'service_from']
    """

    lines: pd.DataFrame
    issues: pd.DataFrame
    mapping: pd.DataFrame
    claims: pd.DataFrame = field(default_factory=lambda: empty("sent_claims"))
    payers: pd.DataFrame = field(default_factory=lambda: empty("claim_payers"))
    diagnoses: pd.DataFrame = field(default_factory=lambda: empty("claim_diagnoses"))
    prior_payments: pd.DataFrame = field(default_factory=lambda: empty("prior_payments"))
    prior_adjustments: pd.DataFrame = field(default_factory=lambda: empty("prior_adjustments"))


def read_exports(
    source: Export | Iterable[Export],
    *,
    columns: Mapping[str, str] | str | os.PathLike[str] | None = None,
    sheet: str | None = None,
    skip: Collection[Path] = frozenset(),
) -> Claims:
    """Read claim exports into canonical claim lines.

    Args:
        source: What `read_claims` takes, apart from 837s.
        columns: The same.
        sheet: The same.
        skip: Files of a folder that are read by another reader.

    Raises:
        FileNotFoundError: as `read_claims` does.
        ValueError: the same.

    Example:
        >>> sheet = pd.DataFrame({"Claim": ["A"], "CPT": "J2311-JZ", "Fee": "$5", "DOS": "1/5/26"})
        >>> read_exports(sheet).lines[["hcpcs", "modifier_1", "charge"]].values.tolist()
        [['J2311', 'JZ', 5.0]]
    """
    given = check_columns(read_columns(columns))
    exports, issues = _find(source, skip)
    parts, mappings, failures = [], [], []
    for name, export in exports:
        try:
            lines, found, mapping = _read_export(name, export, given, sheet)
        except ValueError as error:
            if len(exports) == 1:
                raise
            failures.append(error)
            issues.append(issue(name, "unreadable", str(error)) | {"severity": "error"})
            continue
        parts.append(lines)
        issues += found
        mappings.append(mapping)
    if not parts:
        raise failures[0]
    _check_used(given, mappings)
    lines, overlaps = _later_wins(parts)
    return _claims(lines, [*issues, *overlaps], mappings)


def _find(
    source: Export | Iterable[Export], skip: Collection[Path]
) -> tuple[list[tuple[str, Export]], list[Issue]]:
    if isinstance(source, pd.DataFrame):
        return [("<DataFrame>", source)], []
    if not isinstance(source, str | os.PathLike):
        found = [_find(item, skip) for item in source]
        exports = [export for several, _ in found for export in several]
        if not exports:
            raise ValueError("the list of claim exports is empty; name at least one file")
        return exports, [row for _, rows in found for row in rows]
    path = Path(source)
    if not path.exists():
        raise FileNotFoundError(f"{path} does not exist; check the path of the file or folder")
    if not path.is_dir():
        return ([] if path in skip else [(path.name, path)]), []
    names = {file.relative_to(path).as_posix(): file for file in sorted(path.rglob("*"))}
    # Hidden files, and the lock files that Excel leaves beside an open workbook.
    seen = {
        name: file
        for name, file in names.items()
        if file.is_file() and file not in skip and not file.name.startswith((".", "~$"))
    }
    exports = [(name, file) for name, file in seen.items() if file.suffix.lower() in SUFFIXES]
    if not exports and not skip:
        raise FileNotFoundError(f"{path} holds no claim export ({', '.join(SUFFIXES)})")
    other = [name for name in seen if name not in dict(exports)]
    return exports, [issue(n, "not_read", "not a claim export by its suffix") for n in other]


def _read_export(
    name: str, export: Export, given: Mapping[str, str], sheet_name: str | None
) -> tuple[pd.DataFrame, list[Issue], pd.DataFrame]:
    file, matches, cells, issues = _read_text(name, export, given, sheet_name)
    titles = {match.field: match.title for match in reversed(matches)}
    issues += _blanks(cells, titles, file)
    lines, unreadable = read_fields(cells, titles, file)
    lines, joined = join_reasons(lines)
    issues += _joined_rows(joined, file)
    mapping = pd.DataFrame(
        [{"file": file, "column": m.title, "field": m.field, "step": m.step} for m in matches]
    )
    return _number_lines(lines), [*issues, *unreadable], mapping


def _read_text(
    name: str, export: Export, given: Mapping[str, str], sheet_name: str | None
) -> tuple[str, list[Match], pd.DataFrame, list[Issue]]:
    """Name of file or sheet, its columns, their text and issues; the file is let go."""
    if isinstance(export, pd.DataFrame):
        sheet = open_table(export)
    else:
        sheet = open_file(Path(export), name, given, sheet_name)
    matches, doubled = settle(match_titles(sheet.titles, given), sheet.name)
    cells, issues = _rows(sheet, matches)
    return sheet.name, matches, cells, [*_doubled(doubled, sheet.name), *issues]


def _rows(sheet: Sheet, matches: Sequence[Match]) -> tuple[pd.DataFrame, list[Issue]]:
    """Text of the claim lines: no totals, no repeated titles, no torn or empty rows."""
    known = {column.name for column in TABLES["claim_lines"]} | set(_PEOPLE)
    used = [match for match in matches if match.field in known]
    loaded = sheet.load([match.position for match in used])
    cells = arrange(loaded.frame(sheet.first_row), used)
    title = next(sheet.titles[m.position].strip() for m in used if m.field == "claim_id")
    repeated = cells["claim_id"].str.strip() == title
    undated = cells[_empty(cells["service_from"])]
    total = undated["claim_id"].str.match(_TOTAL, case=False)
    no_line = undated[total | _empty(undated["hcpcs"])]
    blank = _empty(no_line["claim_id"]) & _empty(no_line["charge"])
    issues = [
        *_left_out(sheet, cells.index[repeated], "repeated_header", "repeating the titles"),
        *_left_out(
            sheet, no_line.index[~blank], "totals_row", "of totals or notes (no date of service)"
        ),
        *_left_out(
            sheet,
            pd.Index(loaded.torn),
            "torn_row",
            "with more cells than titles (a delimiter inside a cell?)",
        ),
    ]
    if repeated.any() or len(no_line):
        cells = cells[~repeated & ~cells.index.isin(no_line.index)]
    return cells, issues


def _empty(cells: pd.Series) -> pd.Series:
    return cells.str.strip() == ""


def _left_out(sheet: Sheet, rows: pd.Index, problem: str, what: str) -> list[Issue]:
    if not len(rows):
        return []
    was = "was" if len(rows) == 1 else "were"
    message = f"{count_of(len(rows), 'row')} {what} {was} left out, first row {rows[0]}"
    found = issue(sheet.name, problem, message, row=int(rows[0]))
    return [found | {"severity": "error"} if problem == "torn_row" else found]


def _doubled(doubled: Mapping[str, Sequence[str]], file: str) -> list[Issue]:
    return [
        issue(
            file,
            "ambiguous_column",
            f"{' and '.join(map(repr, titles))} could each be {name}, so neither was taken; "
            f"say which one counts, columns={{{titles[0]!r}: {name!r}}}",
            title=titles[0],
        )
        for name, titles in doubled.items()
    ]


def _blanks(cells: pd.DataFrame, titles: Mapping[str, str], file: str) -> list[Issue]:
    found = []
    for name in REQUIRED:
        rows = cells.index[_empty(cells[name])]
        if len(rows):
            message = f"{count_of(len(rows), 'line')} without {name}, first in row {rows[0]}"
            found.append(
                issue(file, "missing_value", message, row=int(rows[0]), title=titles[name])
            )
    return found


def _joined_rows(rows: pd.Index, file: str) -> list[Issue]:
    if not len(rows):
        return []
    was = "was" if len(rows) == 1 else "were"
    message = (
        f"{count_of(len(rows), 'row')} with a further reason of a line {was} joined to it, "
        f"first row {rows[0]}"
    )
    return [issue(file, "joined_rows", message, row=int(rows[0]))]


def _number_lines(lines: pd.DataFrame) -> pd.DataFrame:
    """Line numbers where the export has none: the position within the claim as sent."""
    given = lines.get("line_number")
    keys = [lines[name] for name in _SUBMISSION if name in lines]
    if given is not None and given.notna().all():
        return lines.assign(_numbered=True)
    position = lines.groupby(keys, dropna=False, sort=False).cumcount() + 1
    number = position if given is None else given.fillna(position)
    return lines.assign(line_number=number, _numbered=False)


def _check_used(given: Mapping[str, str], mappings: Sequence[pd.DataFrame]) -> None:
    seen = pd.concat(mappings)["column"].tolist()
    unused = [title for title in given if title not in seen]
    if unused:
        raise ValueError(
            f"columns names {', '.join(map(repr, unused))}, but there is no such title. "
            f"Columns seen: {listed(list(dict.fromkeys(seen)))}"
        )


def _later_wins(parts: Sequence[pd.DataFrame]) -> tuple[pd.DataFrame, list[Issue]]:
    """Lines of all files, each line once, as its latest file has it."""
    if len(parts) == 1:
        return parts[0], []
    files = [part.assign(_file=number) for number, part in enumerate(parts)]
    lines = pd.concat(files, ignore_index=True)
    keys = [name for name in _SUBMISSION if name in lines] + _line_key(lines)
    latest = lines.groupby(keys, dropna=False, sort=False)["_file"].transform("max")
    kept = lines["_file"] == latest
    if kept.all():
        return lines, []
    message = f"{count_of(int((~kept).sum()), 'line')} stood in a later file, too; the later counts"
    return lines[kept], [issue("", "overlap", message)]


def _line_key(lines: pd.DataFrame) -> list[str]:
    """What tells the lines of one claim apart in all of the files."""
    if "line_control" in lines and lines["line_control"].replace("", None).notna().all():
        return ["line_control"]
    if lines["_numbered"].all():
        return ["line_number"]
    # A file with some lines of a claim counts them differently: compare by content.
    same = [name for name in ("hcpcs", "modifier_1", "service_from") if name in lines]
    keys = [*(name for name in _SUBMISSION if name in lines), *same]
    lines["_again"] = lines.groupby(["_file", *keys], dropna=False, sort=False).cumcount()
    return [*same, "_again"]


def _claims(
    lines: pd.DataFrame, issues: Sequence[Issue], mappings: Sequence[pd.DataFrame]
) -> Claims:
    return Claims(
        lines=conform(lines, "claim_lines"),
        issues=conform(pd.DataFrame(list(issues)), "issues") if issues else empty("issues"),
        mapping=conform(pd.concat(mappings), "mapping"),
    )
