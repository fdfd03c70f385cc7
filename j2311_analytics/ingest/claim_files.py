"""Reading claims of either kind: exports of a practice system, and 837s, told by content."""

from __future__ import annotations

import gzip
import os
import warnings
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import pandas as pd

from j2311_analytics.errors import AnalyticsWarning, count_of
from j2311_analytics.ingest.claim_fields import issue
from j2311_analytics.ingest.claims837 import read_837
from j2311_analytics.ingest.exports import SUFFIXES, Claims, Export, read_exports
from j2311_analytics.ingest.x12 import decode, find_bare, find_headers
from j2311_analytics.tables import conform

_HEAD = 4096
_UNREADABLE = (OSError, EOFError, zipfile.BadZipFile, gzip.BadGzipFile, RuntimeError)
_LINE = ["claim_id", "frequency", "submitted_date", "payer_id", "line_number"]


def read_claims(
    source: Export | Iterable[Export],
    *,
    columns: Mapping[str, str] | str | os.PathLike[str] | None = None,
    sheet: str | None = None,
) -> Claims:
    """Read claims, exported or as they were sent, into canonical claim lines.

    Args:
        source: A CSV, text, Excel or Parquet file, an 837 file (plain, .gz or .zip), a
            folder of them (with its subfolders, by name), a DataFrame, or a list of those;
            what a file holds is told by its content. Where exports overlap (same
            claim id, frequency, date sent and line), the later wins; so it does
            where 837s do. A claim that stands in an export counts as it stands there.
        columns: `{"Their title": "field"}` for titles of exports that are not recognised,
            or not as meant, or a saved mapping file (CSV with the titles column and
            field; `j2311 map` writes one).
        sheet: The sheet of a workbook; the one best recognised where not given.

    Returns:
        `Claims`. Money is in dollars, dates are dates, codes are text. Values that
        could not be read are missing and counted in `issues`, rows that are no claim
        lines (totals, repeated titles) are left out and counted there, too.

    Raises:
        FileNotFoundError: if a path does not exist or a folder holds no claims.
        ValueError: if the only export cannot be read, lacks a required column (claim_id,
            hcpcs, charge, service_from) or has two for one, or if `columns` names a
            field or title that does not exist. Among several files, an unreadable
            one is an issue, unless none can be read.
        X12Error: if there are only 837s and none can be read.

    Example:
        >>> sheet = pd.DataFrame({"Claim": ["A"], "CPT": "J2311-JZ", "Fee": "$5", "DOS": "1/5/26"})
        >>> read_claims(sheet).lines[["hcpcs", "modifier_1", "charge"]].values.tolist()
        [['J2311', 'JZ', 5.0]]
    """
    single = isinstance(source, str | os.PathLike | pd.DataFrame)
    items: list[Export] = [source] if single else list(source)  # type: ignore[arg-type, list-item]
    files = [file for item in items for file in _files(item)]
    sent = [file for file in files if is_x12(file)]
    if not sent:
        claims = read_exports(source if single else items, columns=columns, sheet=sheet)
        return _warned(claims, "the claim export")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AnalyticsWarning)
        claims = _latest(read_837([str(file) for file in sent]))
        tables = any(file.suffix.lower() in SUFFIXES for file in files if file not in sent)
        if tables or any(isinstance(item, pd.DataFrame) for item in items):
            exported = read_exports(items, columns=columns, sheet=sheet, skip=frozenset(sent))
            claims = _together(exported, claims)
    return _warned(claims, "the claims")


def _warned(claims: Claims, what: str) -> Claims:
    if len(claims.issues):
        warnings.warn(
            f"{count_of(len(claims.issues), 'thing')} odd or unclear in {what}; see Claims.issues",
            AnalyticsWarning,
            stacklevel=3,
        )
    return claims


def is_x12(path: Path) -> bool:
    """Whether a file, or the first member of an archive, begins as X12 does.

    Example:
        >>> is_x12(Path("nowhere.837"))
        False
    """
    try:
        head = _head(path)
    except _UNREADABLE:
        return False
    text = decode(head).encode()
    headers = find_headers(text)
    bare = find_bare(text, headers)
    first = headers[0] if headers else bare
    # A letter or a mail header may stand before the first segment, but no table.
    return first is not None and b"," not in text[: min(first, bare if bare is not None else first)]


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if head[:2] == b"\x1f\x8b":
        with gzip.open(path) as file:
            return file.read(_HEAD)
    if head[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(path) as archive:
            names = [info.filename for info in archive.infolist() if not info.is_dir()]
            if "[Content_Types].xml" in names:
                return b""
            with archive.open(names[0]) if names else path.open("rb") as member:
                return member.read(_HEAD)
    return head


def _files(item: Export) -> list[Path]:
    if isinstance(item, pd.DataFrame):
        return []
    path = Path(item)
    if not path.is_dir():
        return [path] if path.is_file() else []
    # Hidden files, and the lock files that Excel leaves beside an open workbook.
    shown = (file for file in sorted(path.rglob("*")) if not file.name.startswith((".", "~$")))
    return [file for file in shown if file.is_file()]


def _latest(claims: Claims) -> Claims:
    """Lines that stand in several 837s once, as the latest has them."""
    files = claims.claims.set_index("sent_claim")["file"]
    order = pd.Series(range(files.nunique()), index=files.drop_duplicates())
    lines = claims.lines.assign(_file=claims.lines["sent_claim"].map(files).map(order))
    known = lines["_file"].notna() & lines["claim_id"].notna()
    latest = lines[known].groupby(_LINE, dropna=False, sort=False)["_file"].transform("max")
    old = lines.index[known][(lines.loc[known, "_file"] < latest).to_numpy()]
    if not len(old):
        return claims
    message = f"{count_of(len(old), 'line')} stood in a later file, too; the later counts"
    return replace(
        claims,
        lines=claims.lines.drop(index=old).reset_index(drop=True),
        issues=_more(claims.issues, issue("", "overlap", message)),
    )


def _together(exported: Claims, sent: Claims) -> Claims:
    """Claims of an export, and those of 837s that the export does not have."""
    again = sent.lines["claim_id"].isin(exported.lines["claim_id"].dropna())
    issues = pd.concat([exported.issues, sent.issues], ignore_index=True)
    if again.any():
        message = (
            f"{count_of(int(again.sum()), 'line')} of 837s belong to claims that an export has, "
            "too; the export counts"
        )
        issues = _more(issues, issue("", "overlap", message))
    lines = pd.concat([exported.lines, sent.lines[~again]], ignore_index=True)
    return replace(
        sent,
        lines=conform(lines, "claim_lines"),
        issues=conform(issues, "issues"),
        mapping=exported.mapping,
    )


def _more(issues: pd.DataFrame, row: dict[str, object]) -> pd.DataFrame:
    return pd.concat([issues, conform(pd.DataFrame([row]), "issues")], ignore_index=True)
