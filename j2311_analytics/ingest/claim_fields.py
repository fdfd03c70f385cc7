"""From the text of recognised columns to the typed fields of claim lines."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd

from j2311_analytics.ingest import reasons, values
from j2311_analytics.ingest.tokens import member_token, patient_token
from j2311_analytics.ingest.values import BLANK, Value, by_unique
from j2311_analytics.tables import TABLES

Issue = dict[str, object]
Reader = tuple[Callable[[str], Value], str, str]

MODIFIERS = [f"modifier_{n}" for n in range(1, 5)]
DIAGNOSES = [f"diagnosis_{n}" for n in range(1, 13)]
# Reader, type, and what it reads, in the words of the issue.
_BY_KIND: dict[str, Reader] = {
    "money": (values.read_dollars, "float64", "dollars"),
    "number": (values.read_quantity, "float64", "a number"),
    "date": (values.read_day, "datetime64[s]", "a date"),
    "optional_key": (values.read_position, "float64", "a line number"),
}
_BY_FIELD: dict[str, Reader] = {
    "hcpcs": (values.read_hcpcs, "str", "a procedure code"),
    "place_of_service": (values.read_place, "str", "a place of service"),
    "frequency": (values.read_frequency, "str", "a claim frequency"),
    "payer_sequence": (values.read_sequence, "str", "primary, secondary or tertiary"),
    "revenue_code": (values.read_revenue_code, "str", "a revenue code"),
    "ndc": (values.read_ndc, "str", "an 11-digit NDC"),
    "carc": (reasons.read_carcs, "str", "a reason code"),
    "rarc": (reasons.read_rarcs, "str", "a remark code"),
    "group_code": (reasons.read_group, "str", "a group code"),
    **dict.fromkeys(MODIFIERS, (values.read_modifiers, "str", "modifiers")),
    **dict.fromkeys(DIAGNOSES, (values.read_diagnoses, "str", "diagnosis codes")),
    **dict.fromkeys(
        ("filing_indicator", "ndc_unit", "rendering_npi", "billing_npi", "auth_npi"),
        (values.read_code, "str", "a code"),
    ),
    **dict.fromkeys(("dose", "discarded"), (values.read_milligrams, "float64", "mg")),
}
_REASONS = ("carc", "rarc", "group_code")
# Cells that may hold another field's codes as well.
_SHARED = ("hcpcs", *_REASONS)
_PERSON_SEPARATOR = "\x1f"


def read_fields(
    cells: pd.DataFrame, titles: Mapping[str, str], file: str
) -> tuple[pd.DataFrame, list[Issue]]:
    """Read every field of the claim lines from its text.

    Args:
        cells: Text, one column per field, the index the row in the source. Columns
            are taken out as they are read: a million rows are not held twice.
        titles: The title behind each field, for the issues.
        file: Its name, for the issues.

    Returns:
        Columns of the table `claim_lines` as far as the export has them, and one
        issue per column with values that could not be read. Dates are
        `datetime64[s]`, money is in dollars.

    Example:
        >>> cells = pd.DataFrame({"charge": ["$5.00", "five"]}, dtype="str")
        >>> lines, issues = read_fields(cells, {"charge": "Fee"}, "a.csv")
        >>> lines["charge"].tolist(), issues[0]["message"]
        ([5.0, nan], "1 of the values in 'Fee' is not dollars and is missing, first in row 1")
    """
    lines = _tokens(cells)
    issues: list[Issue] = []
    shared = {field: cells[field] for field in _SHARED if field in cells}
    for column in TABLES["claim_lines"]:
        field = column.name
        if field not in cells:
            continue
        text = cells.pop(field)
        reader = _BY_FIELD.get(field) or _BY_KIND.get(column.kind)
        if reader is None:
            lines[field] = _text(text)
            continue
        read, dtype, meaning = reader
        lines[field] = by_unique(text, read, dtype)
        lost = lines[field].isna()
        if field in _REASONS:
            lost &= by_unique(text, _any_reason).isna()
        issues += _unreadable(text, lost, titles.get(field, field), meaning, file)
    _take_from_neighbours(shared, lines)
    _spread(lines, MODIFIERS)
    _spread(lines, DIAGNOSES)
    return pd.DataFrame(lines, index=cells.index), issues


def issue(
    file: str, problem: str, message: str, *, row: int | None = None, title: str = ""
) -> Issue:
    """A warning as a row of the table `issues`; `row` counts rows of the sheet from 1.

    Example:
        >>> issue("a.csv", "totals_row", "one row was left out", row=9)["segment"]
        9
    """
    return {
        "file": file,
        "segment": row,
        "segment_id": title,
        "severity": "warning",
        "problem": problem,
        "message": message,
    }


def _text(cells: pd.Series) -> pd.Series:
    stripped = cells.str.strip()
    return stripped.mask(stripped.str.lower().isin(BLANK), "")


def _any_reason(text: str) -> str | None:
    found = reasons.read_reasons(text)
    return found.group_code or found.carc or found.rarc


def _unreadable(
    cells: pd.Series, missing: pd.Series, title: str, meaning: str, file: str
) -> list[Issue]:
    if not missing.any():
        return []
    places, texts = pd.factorize(cells[missing])
    blank = np.array([values.is_blank(text) for text in texts] + [True])
    lost = cells.index[missing][~blank[places]]
    if not len(lost):
        return []
    verb = "is" if len(lost) == 1 else "are"
    message = (
        f"{len(lost):,} of the values in {title!r} {verb} not {meaning} and {verb} missing, "
        f"first in row {lost[0]}"
    )
    found = issue(file, "unreadable_values", message, row=int(lost[0]), title=title)
    return [found | {"severity": "error"}]


def _take_from_neighbours(cells: Mapping[str, pd.Series], lines: dict[str, pd.Series]) -> None:
    """Codes that stand in another code's cell: "J2311-JZ", "PR 96 N130"."""
    _fill(lines, "modifier_1", cells.get("hcpcs"), values.read_hcpcs_modifiers, first=True)
    for source in _REASONS:
        _fill(lines, "group_code", cells.get(source), reasons.read_group)
        _fill(lines, "carc", cells.get(source), reasons.read_carcs)
        _fill(lines, "rarc", cells.get(source), reasons.read_rarcs)


def _fill(
    lines: dict[str, pd.Series],
    field: str,
    cells: pd.Series | None,
    read: Callable[[str], Value],
    *,
    first: bool = False,
) -> None:
    if cells is None:
        return
    found = by_unique(cells, read)
    if not found.notna().any():
        return
    if field not in lines:
        lines[field] = found
    elif first:
        joined = (found.fillna("") + " " + lines[field].fillna("")).str.strip()
        lines[field] = joined
    else:
        lines[field] = lines[field].fillna(found)


def _spread(lines: dict[str, pd.Series], fields: Sequence[str]) -> None:
    """Lists in one cell over the numbered fields, in order, each code once."""
    present = [field for field in fields if field in lines]
    if not any(lines[field].str.contains(" ", regex=False).any() for field in present):
        return
    joined = lines[present[0]].fillna("")
    for field in present[1:]:
        joined = joined + " " + lines[field].fillna("")
    places, texts = pd.factorize(joined)
    lists = [list(dict.fromkeys(text.split())) for text in texts]
    for number, field in enumerate(fields):
        codes = pd.array([c[number] if number < len(c) else None for c in lists], dtype="str")
        lines[field] = pd.Series(codes.take(places), index=joined.index)


def _tokens(cells: pd.DataFrame) -> dict[str, pd.Series]:
    """Tokens in place of people; nothing else is made of names, birth dates and ids."""
    tokens = {}
    if "member_id" in cells:
        tokens["member_token"] = by_unique(cells.pop("member_id"), member_token)
    patient = None
    if "patient_id" in cells:
        patient = by_unique(cells.pop("patient_id"), patient_token)
    if {"patient_name", "patient_dob"} <= set(cells.columns):
        birth = by_unique(cells["patient_dob"], values.read_day, "datetime64[s]")
        people = cells["patient_name"] + _PERSON_SEPARATOR + birth.dt.strftime("%Y%m%d").fillna("")
        named = by_unique(people, lambda text: patient_token("", *text.split(_PERSON_SEPARATOR)))
        patient = named if patient is None else patient.replace("", None).fillna(named)
    if patient is not None:
        tokens["patient_token"] = patient
    return tokens
