"""What each rule says: the table `codes/scrub_rules.csv`, and findings put into its words."""

from __future__ import annotations

import string
from collections.abc import Mapping

import numpy as np
import pandas as pd

from j2311_analytics import codes

SEVERITIES = ("error", "warning", "note")


def rules() -> pd.DataFrame:
    """Every rule: what it is about, what it says, and where it comes from.

    Returns:
        Indexed by rule: group, severity, subject, condition, value, reach (line or
        claim), field, cause (of the denial it prevents), message, fix, valid_from,
        valid_to (dates, missing where open), source.

    Example:
        >>> rules().loc["modifier_25_on_drug", "field"]
        'modifier_1'
    """
    table = codes.load("scrub_rules").set_index("rule", drop=False)
    for name in ("valid_from", "valid_to"):
        table[name] = pd.to_datetime(table[name].replace("", None)).astype("datetime64[us]")
    return table


def in_words(found: Mapping[str, pd.DataFrame], lines: pd.DataFrame) -> pd.DataFrame:
    """Findings as rows: each hit with its rule's severity, message and fix.

    A rule outside its dates says nothing about a line of that day; lines of the
    history, and hits of a rule that is about a claim beyond its first line, are left out.

    Args:
        found: Rule → hits, with columns that the rule's message names.
        lines: From `prepare`.

    Returns:
        line (index of `lines`), rule, severity, field, message, fix, cause, reach,
        source; one row per rule and line, or per claim.

    Raises:
        KeyError: for a rule that the catalogue does not have.

    Example:
        >>> in_words({}, pd.DataFrame()).empty
        True
    """
    table = rules()
    parts = [
        _told(table.loc[[rule]].iloc[0], rows, lines) for rule, rows in found.items() if len(rows)
    ]
    names = ["line", "rule", "severity", "field", "message", "fix", "cause", "reach", "source"]
    parts = [part for part in parts if len(part)]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=names)


def _told(rule: pd.Series, rows: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    of = lines.loc[rows.index, ["checked", "claim", "service_from"]]
    kept = of["checked"].to_numpy() & _in_force(rule, of["service_from"])
    if rule["reach"] == "claim":
        first = np.zeros(len(of), dtype=bool)
        first[np.flatnonzero(kept)] = ~of["claim"][kept].duplicated().to_numpy()
        kept = first
    rows = rows[kept]
    said = {name: rule[name] for name in ("rule", "severity", "field", "cause", "reach", "source")}
    words = {name: _filled(str(rule[name]), rows, lines) for name in ("message", "fix")}
    return pd.DataFrame({"line": rows.index, **said, **words})


def _in_force(rule: pd.Series, day: pd.Series) -> np.ndarray:
    before = (day < rule["valid_from"]).to_numpy()
    after = (day > rule["valid_to"]).to_numpy()
    within: np.ndarray = ~(before | after)
    return within


def _filled(template: str, rows: pd.DataFrame, lines: pd.DataFrame) -> np.ndarray:
    """The template filled in once for each different combination of its words."""
    names = [name for _, name, _, _ in string.Formatter().parse(template) if name]
    if not names:
        return np.full(len(rows), template, dtype=object)
    parts = {
        name: _text(rows[name] if name in rows else lines.loc[rows.index, name]) for name in names
    }
    frame = pd.DataFrame(parts)
    keys = frame.groupby(names, sort=False).ngroup().to_numpy()
    unique = frame.drop_duplicates().to_numpy().tolist()
    told = [template.format(**dict(zip(names, values, strict=True))) for values in unique]
    filled: np.ndarray = pd.Series(told, dtype="object").to_numpy()[keys]
    return filled


def _text(values: pd.Series) -> np.ndarray:
    """Values as people write them: whole numbers bare, dates as 2026-01-05."""
    places, unique = pd.factorize(values)
    words = [_word(value) for value in unique]
    texts: np.ndarray = np.array([*words, "nothing"], dtype=object)[places]
    return texts


def _word(value: object) -> str:
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d}"
    return f"{value:g}" if isinstance(value, float) else str(value)
