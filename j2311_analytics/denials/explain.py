"""A denial in two plain sentences: what the payer said, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from j2311_analytics import codes
from j2311_analytics.denials.next_action import WAIT, record_first
from j2311_analytics.denials.verdicts import CORRECT, PAYER

_VERDICTS = {
    "supports_appeal": "the claim's own data supports an appeal",
    "supports_correction": "the claim's own data asks for a correction",
    "payer_is_right": "the claim's own data agrees with the payer",
    "needs_records": "records outside the claim must decide",
    "no_claim_data": "there is no claim to compare it with",
}


def explain_denial(denial: pd.Series | Mapping[str, Any]) -> str:
    """Tell a denial in two sentences, in our own words.

    Args:
        denial: A row of table `denials`, or a mapping with its columns: payer, hcpcs,
            denied_on, denied_amount, group_code, carc, rarc, cause, finding,
            action, and `verdict` where `weigh_evidence` gave one. Any but cause may be
            missing.

    Returns:
        What the payer said; what it means for the drug and what to do.

    Raises:
        KeyError: if the denial has no cause.

    Example:
        >>> print(explain_denial({
        ...     "payer": "North Health", "hcpcs": "J2311", "denied_amount": 1846.8,
        ...     "group_code": "CO", "carc": "29", "cause": "timely_filing"}))
        North Health refused $1,846.80 of J2311 with CO-29 (claim filed past deadline). For \
J2311 it means that the payer counts the claim as sent too late: look for the payer's own \
acceptance of the first sending.
    """
    row = {name: value for name, value in dict(denial).items() if not pd.isna(value)}
    return f"{_said(row)} {_means(row)}"


def _said(row: Mapping[str, Any]) -> str:
    amount = f"${row['denied_amount']:,.2f} of " if "denied_amount" in row else ""
    on = f" on {row['denied_on']:%Y-%m-%d}" if "denied_on" in row else ""
    words = f"{row.get('payer', 'The payer')} refused {amount}{_code(row)}{on}"
    if "carc" not in row:
        return f"{words} without a reason code."
    reason = f"{row['group_code']}-{row['carc']}" if "group_code" in row else row["carc"]
    said = _spoken(codes.lookup("carc", "code", "meaning").get(row["carc"], "in no code table"))
    if "rarc" in row:
        remark = codes.lookup("rarc", "code", "meaning").get(row["rarc"], "in no code table")
        said += f"; remark {row['rarc']}: {_spoken(remark)}"
    return f"{words} with {reason} ({said})."


def _means(row: Mapping[str, Any]) -> str:
    table = codes.load("cause").set_index("cause")
    cause = row["cause"] if row["cause"] in table.index else "unknown_code"
    means = str(table.loc[cause, "means"])
    usual = str(table.loc[cause, "next_step"])
    next_step = _step(row, cause, usual, str(table.loc[cause, "without_appeal"]))
    if "finding" in row:
        # Where the code itself is in doubt, that comes before the payer's reason.
        return (
            f"Look at the code first: {row['finding']}; beyond that it means that {means}: "
            f"{next_step}."
        )
    verdict = _VERDICTS.get(row.get("verdict", ""), "")
    aside = f", and {verdict}" if verdict else ""
    return f"For {_code(row)} it means that {means}{aside}: {next_step}."


def _step(row: Mapping[str, Any], cause: str, usual: str, without_appeal: str) -> str:
    """What to do: the verdict goes before what the cause usually asks for."""
    verdict = row.get("verdict", "")
    if row.get("action") == WAIT:
        return "wait for the payer's decision and send nothing"
    if verdict == CORRECT:
        return "correct the claim and send it again"
    step = usual
    # A code in doubt is looked at first, and never appealed as it is.
    if (verdict == PAYER or "finding" in row) and without_appeal:
        step = without_appeal
    first = record_first(pd.Series([cause]), pd.Series([verdict], dtype="str")).iloc[0]
    return step if pd.isna(first) else f"get {first} first, then {step}"


def _code(row: Mapping[str, Any]) -> str:
    return str(row.get("hcpcs", "the service"))


def _spoken(meaning: str) -> str:
    """A meaning inside a sentence: no capital, unless its first word is an abbreviation."""
    first = meaning.split(" ")[0]
    return meaning if first.isupper() else meaning[:1].lower() + meaning[1:]
