"""What each rule is worth: how often what it flags was denied for the cause that it warns of."""

from __future__ import annotations

import numpy as np
import pandas as pd

from j2311_analytics.assumptions import Assumptions
from j2311_analytics.ingest.exports import Claims
from j2311_analytics.ingest.remittance import Remittance
from j2311_analytics.prevention.catalogue import rules
from j2311_analytics.prevention.decided import decided_lines
from j2311_analytics.prevention.scrub import scrub_claims
from j2311_analytics.tables import cents, conform

# Fewer flagged lines say nothing about a rule.
LEAST_FLAGGED = 20
_RANGE = 0.95


def rule_value(
    claims: Claims,
    remittance: Remittance,
    *,
    policies: pd.DataFrame | None = None,
    unit_limits: pd.DataFrame | None = None,
    denials: pd.DataFrame | None = None,
    assumptions: Assumptions = Assumptions(),
) -> pd.DataFrame:
    """Measure each rule on what was sent and answered before.

    Args:
        claims: The export of claims already sent.
        remittance: What the payers answered.
        policies: As in `scrub_claims`.
        unit_limits: As in `scrub_claims`.
        denials: Table `denials`, if it is at hand.
        assumptions: As in `scrub_claims`.

    Returns:
        Table `rule_value`: one row per rule that flagged an answered line, the most
        dollars first. A line counts as caught if its first denial names the rule's
        cause; a false alarm is a flagged line that was not denied at all. Rates have
        Wilson ranges of 95 %. `verdict`: "earns its keep" where the flagged are denied
        for the cause more often than the others by more than chance, "does not earn
        its keep" where there are enough to see it and they are not, else "too few to tell".

    Example:
        >>> from j2311_analytics import read_835, read_claims
        >>> era = read_835(b"ST*835*1~BPR*I*0*C*************20260110~CLP*A*1*9*0~"
        ...                b"SVC*HC:J2315*9*0~DTM*472*20260105~CAS*CO*4*9~SE*7*1~")
        >>> sheet = pd.DataFrame({"Claim": ["A"], "CPT": "J2315-25", "Fee": "9", "DOS": "1/5/26"})
        >>> worth = rule_value(read_claims(sheet), era).set_index("rule")
        >>> worth[["caught_amount", "verdict"]].astype("object").loc["modifier_25_on_drug"].tolist()
        [9.0, 'too few to tell']
    """
    answered = decided_lines(claims, remittance, denials=denials, assumptions=assumptions)
    found = scrub_claims(
        claims, policies=policies, unit_limits=unit_limits, assumptions=assumptions
    )
    table = rules()
    rows = [
        _measured(table.loc[[rule]].iloc[0], _flagged(answered, hits), answered)
        for rule, hits in found.groupby("rule")
    ]
    measured = pd.DataFrame([row for row in rows if row["flagged_lines"]])
    if measured.empty:
        return conform(pd.DataFrame(columns=_COUNTS, dtype="int64"), "rule_value")
    order = ["caught_amount", "flagged_lines", "rule"]
    return conform(measured.sort_values(order, ascending=[False, False, True]), "rule_value")


_COUNTS = ["flagged_lines", "flagged_denied", "denied_any", "other_lines", "other_denied"]


def wilson(
    successes: np.ndarray, trials: np.ndarray, level: float = _RANGE
) -> tuple[np.ndarray, np.ndarray]:
    """Wilson's range of a share, of 95 % where no other is asked; missing without trials.

    Source: Wilson 1927, "Probable inference, the law of succession, and statistical inference".

    Example:
        >>> low, high = wilson(np.array([5.0]), np.array([10.0]))
        >>> round(float(low[0]), 3), round(float(high[0]), 3)
        (0.237, 0.763)
    """
    from scipy.special import ndtri

    z = float(ndtri((1 + level) / 2))
    trials = np.where(trials > 0, trials, np.nan)
    share = successes / trials
    middle = share + z**2 / (2 * trials)
    half = z * np.sqrt(share * (1 - share) / trials + z**2 / (4 * trials**2))
    scale = 1 + z**2 / trials
    return np.clip((middle - half) / scale, 0, 1), np.clip((middle + half) / scale, 0, 1)


def _flagged(answered: pd.DataFrame, hits: pd.DataFrame) -> np.ndarray:
    """Answered lines that a rule flagged: the line, or every line of the claim."""
    by_line: np.ndarray = answered["claim_row"].isin(hits["claim_row"]).to_numpy()
    whole = hits.loc[hits["reach"] == "claim", "claim_row"]
    flagged_claims = answered.loc[answered["claim_row"].isin(whole), "claim_id"]
    return np.asarray(by_line | answered["claim_id"].isin(flagged_claims).to_numpy())


def _measured(rule: pd.Series, flagged: np.ndarray, answered: pd.DataFrame) -> dict[str, object]:
    denied = answered["cause"].notna().to_numpy()
    words = answered["causes"].fillna("").str.split()
    names = np.array([rule["cause"] in named for named in words], dtype=bool)
    caught = cents(answered["first_denied"]).to_numpy()[flagged & names].sum()
    lines = np.array([flagged.sum(), (~flagged).sum()], dtype="float64")
    hit = np.array([(flagged & names).sum(), (~flagged & names).sum()], dtype="float64")
    low, high = wilson(hit, lines)
    rate = hit / np.where(lines > 0, lines, np.nan)
    return {
        "rule": rule["rule"],
        "severity": rule["severity"],
        "cause": rule["cause"],
        "flagged_lines": int(lines[0]),
        "flagged_denied": int(hit[0]),
        "flagged_rate": rate[0],
        "flagged_low": low[0],
        "flagged_high": high[0],
        "other_lines": int(lines[1]),
        "other_denied": int(hit[1]),
        "other_rate": rate[1],
        "other_low": low[1],
        "other_high": high[1],
        "denied_any": int((flagged & denied).sum()),
        "false_alarm_rate": float((flagged & ~denied).sum() / lines[0]) if lines[0] else np.nan,
        "caught_amount": caught / 100,
        "verdict": _verdict(lines, low, high),
    }


def _verdict(lines: np.ndarray, low: np.ndarray, high: np.ndarray) -> str:
    if lines[0] < LEAST_FLAGGED or lines[1] < LEAST_FLAGGED:
        return "too few to tell"
    return "earns its keep" if low[0] > high[1] else "does not earn its keep"
