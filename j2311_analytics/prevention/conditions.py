"""Rules that are data: which lines meet a condition written in `codes/scrub_rules.csv`.

A row names its subject (codes, kinds of line, or `drug:` and a drug), a condition
and the values of the condition. A new such rule is a row and nothing else.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from j2311_analytics.prevention.lines import (
    Mask,
    among,
    any_in,
    begins,
    hits,
    of_kind,
    with_diagnosis,
    with_modifier,
)

CONDITIONS = ("modifier", "diagnosis", "place", "same_day")
KINDS = ("drug", "unclassified", "administration", "evaluation", "bundle", "take_home", "other")


def data_findings(lines: pd.DataFrame, rules: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Lines that meet the condition of each rule that is data.

    Args:
        lines: From `prepare`.
        rules: Rows of `codes/scrub_rules.csv` with a condition.

    Returns:
        Rule → the lines found, with `seen`, the value that was met.

    Example:
        >>> from j2311_analytics import read_claims
        >>> from j2311_analytics.prevention.lines import prepare
        >>> sheet = pd.DataFrame({"Claim": ["A"], "CPT": "J2315-25", "Fee": "5", "DOS": "1/5/26"})
        >>> rule = {"rule": "r", "subject": "drug", "condition": "modifier", "value": "25"}
        >>> found = data_findings(prepare(read_claims(sheet).lines), pd.DataFrame([rule]))
        >>> found["r"]["seen"].tolist()
        ['25']
    """
    found = {}
    for rule in rules.itertuples():
        subject = subjects(lines, str(rule.subject))
        seen = _seen(lines, str(rule.condition), str(rule.value).split(";"), subject)
        found[str(rule.rule)] = hits(lines, subject & (seen != ""), seen=seen)
    return found


def subjects(lines: pd.DataFrame, subject: str) -> Mask:
    """Lines that a rule is about.

    Example:
        >>> subjects(pd.DataFrame({"hcpcs": pd.Series(["J2315"], dtype="category")}), "J2315").all()
        np.True_
    """
    names = subject.split(";")
    kinds = [name for name in names if name in KINDS]
    drugs = [name.removeprefix("drug:") for name in names if name.startswith("drug:")]
    chosen = among(lines["hcpcs"], [name for name in names if name not in kinds])
    if kinds:
        chosen |= of_kind(lines, *kinds)
    if drugs:
        chosen |= of_kind(lines, "drug", "unclassified") & among(lines["drug"], drugs)
    return chosen


def _seen(lines: pd.DataFrame, condition: str, values: list[str], subject: Mask) -> pd.Series:
    """The first value met by each line; empty where none is."""
    seen = np.full(len(lines), "", dtype=object)
    for value in values[::-1]:
        seen[_met(lines, condition, value, subject)] = value
    return pd.Series(seen, index=lines.index)


def _met(lines: pd.DataFrame, condition: str, value: str, subject: Mask) -> Mask:
    if condition == "modifier":
        return with_modifier(lines, [value])
    if condition == "diagnosis":
        return with_diagnosis(lines, [value])
    if condition == "place":
        # On an institutional claim the facility itself bills.
        here = among(lines["place_of_service"], [value])
        here &= lines["professional"].to_numpy()
        return here
    if condition == "same_day":
        return any_in(lines["visit"], begins(lines["hcpcs"], [value]) & ~subject)
    raise ValueError(f"no condition {condition!r}; there are {', '.join(CONDITIONS)}")
