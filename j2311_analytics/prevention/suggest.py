"""Payers' rules as their answers show them: drafts for a person to look up and approve."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from j2311_analytics.assumptions import Assumptions
from j2311_analytics.errors import count_of
from j2311_analytics.ingest.exports import Claims
from j2311_analytics.ingest.remittance import Remittance
from j2311_analytics.prevention.decided import decided_lines
from j2311_analytics.prevention.lines import of_kind, prepare
from j2311_analytics.prevention.policy_rules import days_since_last
from j2311_analytics.tables import conform

# Days between injections that a payer may ask for.
INTERVALS = (7, 14, 21, 25, 26, 27, 28, 30)
# Chance alone shows this much once in a thousand comparisons.
_LEVEL = 0.001
_LEAST_LINES, _LEAST_DENIED = 10, 5
_CODE = ["payer_id", "payer_name", "hcpcs"]


def suggest_policies(
    claims: Claims,
    remittance: Remittance,
    *,
    policies: pd.DataFrame | None = None,
    denials: pd.DataFrame | None = None,
    assumptions: Assumptions = Assumptions(),
) -> pd.DataFrame:
    """Infer where a payer seems to ask for an authorization, an interval or a place.

    Args:
        claims: The export of claims already sent.
        remittance: What the payers answered.
        policies: Those already written down; what they say is not suggested again.
        denials: Table `denials`, if it is at hand.
        assumptions: As in `find_denials`.

    Returns:
        Table `policy_suggestions`: one row per payer, code and requirement that the
        answers show (Fisher's exact test, one-sided, p ≤ 0.001), with its evidence in
        words and `draft`, the row of a policy file to approve and copy.

    Example:
        >>> from j2311_analytics import read_835, read_claims
        >>> sheet = pd.DataFrame({"Claim": ["A"], "CPT": "J2315", "Fee": "9", "DOS": "1/5/26"})
        >>> era = read_835(b"ST*835*1~BPR*I*0*C~CLP*A*1*9*9~SVC*HC:J2315*9*9~SE*5*1~")
        >>> suggest_policies(read_claims(sheet), era).empty
        True
    """
    answered = decided_lines(claims, remittance, denials=denials, assumptions=assumptions)
    lines = prepare(claims.lines, None, assumptions)
    known = lines.assign(since=days_since_last(lines)).set_index("row")
    answered["since"] = known["since"].reindex(answered["claim_row"]).to_numpy()
    drugs = known.index[of_kind(known, "drug", "unclassified")]
    answered = answered[answered["claim_row"].isin(drugs)]
    told = set() if policies is None else _told(policies)
    rows = [
        row
        for key, group in answered.groupby(_CODE, dropna=False)
        for row in _suggested(dict(zip(_CODE, key, strict=True)), group)
        if (row["payer_id"], row["hcpcs"], row["requirement"]) not in told
    ]
    table = pd.DataFrame(rows, columns=None if rows else _COUNTS)
    if not rows:
        return conform(table.astype("int64"), "policy_suggestions")
    return conform(table.sort_values("p_value", kind="stable"), "policy_suggestions")


_COUNTS = ["lines", "denied_lines", "other_lines", "other_denied_lines"]


def _told(policies: pd.DataFrame) -> set[tuple[object, object, object]]:
    names = policies[["payer_id", "hcpcs", "requirement"]].itertuples(index=False, name=None)
    return set(names)


def _suggested(key: dict[str, Any], group: pd.DataFrame) -> Iterator[dict[str, object]]:
    refused = {
        cause: (group["cause"] == cause).to_numpy()
        for cause in ("prior_authorization", "frequency", "site_of_service")
    }
    without = group["authorization"].isna().to_numpy()
    if 0 < without.sum() < len(group):
        tested = _tested(without, refused["prior_authorization"])
        yield from _row(key, "authorization", "yes", "without an authorization", tested)
    yield from _interval(key, group["since"].to_numpy(), refused["frequency"])
    yield from _places(key, group, refused["site_of_service"])


def _interval(
    key: dict[str, Any], since: np.ndarray, refused: np.ndarray
) -> Iterator[dict[str, object]]:
    """The interval that parts refused from paid injections best."""
    known = ~np.isnan(since)
    tests = [(days, _tested((since < days)[known], refused[known])) for days in INTERVALS]
    days, tested = min(tests, key=lambda test: test[1]["p_value"])
    words = f"given before day {days}"
    yield from _row(key, "min_days", str(days), words, tested)


def _places(
    key: dict[str, Any], group: pd.DataFrame, refused: np.ndarray
) -> Iterator[dict[str, object]]:
    """Places that the payer pays, where it refuses others."""
    place = group["place_of_service"]
    bad = [
        p for p in sorted(place.dropna().unique())
        if _tested((place == p).to_numpy(), refused)["p_value"] <= _LEVEL
    ]  # fmt: skip
    good = sorted(set(place.dropna()) - set(bad))
    if bad and good:
        tested = _tested(place.isin(bad).to_numpy(), refused)
        words = f"at place {' or '.join(bad)}"
        yield from _row(key, "places", ";".join(good), words, tested)


def _tested(here: np.ndarray, refused: np.ndarray) -> dict[str, float]:
    """How often refused here and elsewhere, and how likely that is by chance."""
    from scipy.stats import hypergeom

    lines, denied = int(here.sum()), int((here & refused).sum())
    p = float(hypergeom.sf(denied - 1, len(here), int(refused.sum()), lines)) if lines else 1.0
    if lines < _LEAST_LINES or denied < _LEAST_DENIED:
        p = 1.0
    return {
        "lines": lines,
        "denied_lines": denied,
        "other_lines": len(here) - lines,
        "other_denied_lines": int((~here & refused).sum()),
        "p_value": p,
    }


def _row(
    key: dict[str, Any], requirement: str, value: str, words: str, tested: dict[str, float]
) -> Iterator[dict[str, object]]:
    if tested["p_value"] > _LEVEL:
        return
    lines = count_of(tested["lines"], "line")
    evidence = (
        f"{tested['denied_lines']} of {lines} {words} were refused for it, "
        f"{tested['other_denied_lines']} of {tested['other_lines']} others"
    )
    payer_id = "" if pd.isna(key["payer_id"]) else str(key["payer_id"])
    payer = "" if payer_id or pd.isna(key["payer_name"]) else str(key["payer_name"])
    cells = [payer_id, payer, key["hcpcs"], requirement, value, "", "", f"history: {evidence}"]
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow(cells)
    yield {
        "payer_id": key["payer_id"],
        "payer": key["payer_name"],
        "hcpcs": key["hcpcs"],
        "requirement": requirement,
        "value": value,
        "evidence": evidence,
        **tested,
        "draft": out.getvalue(),
    }
