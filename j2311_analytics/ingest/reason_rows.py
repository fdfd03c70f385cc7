"""Exports with one row per reason code, made into one row per line."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
import pandas as pd

from j2311_analytics import codes
from j2311_analytics.tables import cents

_REASONS = ("group_code", "carc", "rarc")
_LINE = ("claim_id", "hcpcs", "service_from", "charge")


def join_reasons(lines: pd.DataFrame) -> tuple[pd.DataFrame, pd.Index]:
    """Join rows of one line that differ only in their reasons and denied amount.

    Rows alike in everything are lines of their own: nothing says that they are one.
    Joined, the reasons stand in the order of their amounts, largest first. The denied
    amount is the sum over the codes that are denials, or over all where none is; an
    amount that every row repeats, and that is too large to be summed, counts once.

    Args:
        lines: Columns of the table `claim_lines`, as far as the export has them.

    Returns:
        The lines, and the index of the rows that were joined to an earlier one.

    Example:
        >>> rows = pd.DataFrame({"claim_id": "A", "charge": 9.0, "carc": ["45", "197"]})
        >>> rows["denied_amount"] = [2.0, 7.0]
        >>> join_reasons(rows)[0][["carc", "denied_amount"]].values.tolist()
        [['197 45', 7.0]]
    """
    reasons = [name for name in _REASONS if name in lines]
    if not {"carc", "rarc"} & set(reasons):
        return lines, lines.index[:0]
    # Cheap columns first: most lines are alone, and few are compared in full.
    coded = lines[reasons].replace("", None).notna().any(axis=1)
    alike = lines.duplicated([name for name in _LINE if name in lines], keep=False) & coded
    rows = lines[alike]
    if rows.empty:
        return lines, lines.index[:0]
    told = [*reasons, *(["denied_amount"] if "denied_amount" in lines else [])]
    same = [name for name in lines if name not in told]
    again = rows.groupby([*same, *told], dropna=False, sort=False).cumcount()
    keys = [*same, "_again"]
    line = rows.assign(_again=again).groupby(keys, dropna=False, sort=False).ngroup()
    joined = line.index[line.duplicated()]
    several = line.duplicated(keep=False)
    return _with_joined(lines, rows[several], line[several]).drop(index=joined), joined


class _Reason(NamedTuple):
    groups: list[str]
    carcs: list[str]
    rarcs: list[str]
    denied: int | None


def _with_joined(lines: pd.DataFrame, rows: pd.DataFrame, line: pd.Series) -> pd.DataFrame:
    """All lines, the reasons of each joined line in its first row."""
    told = [_words(rows, name) for name in _REASONS]
    denied = rows.get("denied_amount", pd.Series(np.nan, index=rows.index))
    whole = [c if known else None for c, known in zip(cents(denied), denied.notna(), strict=True)]
    charges = cents(rows["charge"]) if "charge" in rows else [0] * len(rows)
    members: dict[int, list[_Reason]] = {}
    for number, groups, carcs, rarcs, amount in zip(line, *told, whole, strict=True):
        members.setdefault(number, []).append(_Reason(groups, carcs, rarcs, amount))
    first = ~line.duplicated()
    charge_of = dict(zip(line, charges, strict=True))
    found = [_joined(reasons, charge_of[number]) for number, reasons in members.items()]
    result = lines.copy()
    for place, name in enumerate((*_REASONS, "denied_amount")):
        if name in lines:
            kind = "float64" if name == "denied_amount" else "str"
            values = pd.Series([row[place] for row in found], line.index[first], dtype=kind)
            result.loc[values.index, name] = values
    return result


def _words(rows: pd.DataFrame, name: str) -> list[list[str]]:
    if name not in rows:
        return [[]] * len(rows)
    return [text.split() for text in rows[name].fillna("")]


def _joined(
    reasons: list[_Reason], charge: int
) -> tuple[str | None, str | None, str | None, float | None]:
    """Group codes, CARCs, RARCs and denied dollars of the rows of one line."""
    ordered = sorted(reasons, key=lambda reason: -(reason.denied or 0))
    pairs: list[tuple[str, str]] = []
    for reason in ordered:
        fits = len(reason.groups) == len(reason.carcs)
        groups = reason.groups if fits else (reason.groups or [""])[:1] * len(reason.carcs)
        pairs += zip(groups, reason.carcs, strict=True)
    pairs = list(dict.fromkeys(pairs))
    groups = [group for group, _ in pairs]
    # Groups stand once where they are all the same, else one for each CARC.
    shown = groups[:1] if len(set(groups)) == 1 else groups * all(groups)
    remarks = dict.fromkeys(rarc for reason in ordered for rarc in reason.rarcs)
    return (
        " ".join(shown) or None,
        " ".join(carc for _, carc in pairs) or None,
        " ".join(remarks) or None,
        _denied(reasons, charge),
    )


def _denied(reasons: list[_Reason], charge: int) -> float | None:
    stated = [(reason, reason.denied) for reason in reasons if reason.denied is not None]
    if not stated:
        return None
    amounts = [amount for _, amount in stated]
    if len(set(amounts)) == 1 and sum(amounts) > charge:
        return amounts[0] / 100
    # A code that is in no table counts as a denial, as everywhere.
    denials = [
        amount
        for reason, amount in stated
        if _kinds().get((reason.carcs or [""])[0], "denial") == "denial"
    ]
    return sum(denials or amounts) / 100


@cache
def _kinds() -> dict[str, str]:
    return codes.lookup("carc", "code", "kind")
