"""Modifiers of a line, told apart by what they say; `codes/modifier.csv` knows them."""

from __future__ import annotations

from functools import cache

import pandas as pd

from j2311_analytics import codes


def has_modifier(modifiers: pd.Series, *wanted: str) -> pd.Series:
    """Whether a line has one of the wanted modifiers.

    Args:
        modifiers: Modifiers of each line, separated by spaces; missing means none.
        wanted: Modifiers of two characters.

    Example:
        >>> has_modifier(pd.Series(["JZ 25", None, "JW"]), "JZ", "JW").tolist()
        [True, False, True]
    """
    return _answered(modifiers, lambda have: any(one in have for one in wanted)).astype(bool)


def has_kind(modifiers: pd.Series, kind: str) -> pd.Series:
    """Whether a line has a modifier of a kind: wastage, evaluation, distinct, therapy …

    Raises:
        ValueError: for a kind that `codes/modifier.csv` does not have.

    Example:
        >>> has_kind(pd.Series(["GP", "JZ"]), "therapy").tolist()
        [True, False]
    """
    table = codes.load("modifier")
    wanted = table.loc[table["kind"] == kind, "modifier"]
    if wanted.empty:
        raise ValueError(f"no modifiers of kind {kind!r}; kinds are {sorted(set(table['kind']))}")
    return has_modifier(modifiers, *wanted)


def wrong_on_drug(modifiers: pd.Series) -> pd.Series:
    """Modifiers that do not belong on a drug line, separated by spaces; missing where none.

    25 belongs on the visit, GN, GO and GP on therapy, 59 and its kin on procedures.

    Example:
        >>> wrong_on_drug(pd.Series(["JZ 25", "JZ", "GP 59"])).tolist()
        ['25', nan, 'GP 59']
    """
    wrong = _not_for_drugs()
    found = _answered(modifiers, lambda have: " ".join(one for one in have if one in wrong))
    return found.replace("", None).astype("str")


def is_wastage(modifiers: pd.Series) -> pd.Series:
    """Whether a line reports only discarded drug (JW).

    Example:
        >>> is_wastage(pd.Series(["JW", "JZ", None])).tolist()
        [True, False, False]
    """
    return has_modifier(modifiers, "JW")


def _answered(modifiers: pd.Series, ask) -> pd.Series:  # type: ignore[no-untyped-def]
    """Each line's answer; lines are many and combinations few."""
    answers = {text: ask(text.split()) for text in modifiers.dropna().unique()}
    nothing = ask([])
    return modifiers.map({**answers}).where(modifiers.notna(), nothing)


@cache
def _not_for_drugs() -> frozenset[str]:
    table = codes.load("modifier")
    return frozenset(table.loc[table["drug_line"] == "no", "modifier"])
