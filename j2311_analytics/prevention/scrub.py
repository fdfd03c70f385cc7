"""Claims checked before they go out."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from j2311_analytics.assumptions import Assumptions
from j2311_analytics.ingest.exports import Claims
from j2311_analytics.prevention.catalogue import in_words, rules
from j2311_analytics.prevention.code_rules import code_findings
from j2311_analytics.prevention.conditions import data_findings
from j2311_analytics.prevention.diagnosis_rules import diagnosis_findings
from j2311_analytics.prevention.documentation_rules import documentation_findings
from j2311_analytics.prevention.drug_rules import drug_findings
from j2311_analytics.prevention.hygiene_rules import hygiene_findings
from j2311_analytics.prevention.lines import prepare, total_in
from j2311_analytics.prevention.modifier_rules import modifier_findings
from j2311_analytics.prevention.policies import NO_POLICIES
from j2311_analytics.prevention.policy_rules import policy_findings
from j2311_analytics.prevention.unit_rules import unit_findings
from j2311_analytics.tables import cents, conform, dollars

_ORDER = {"error": 0, "warning": 1, "note": 2}


def scrub_claims(
    claims: Claims,
    *,
    policies: pd.DataFrame | None = None,
    history: Claims | None = None,
    unit_limits: pd.DataFrame | None = None,
    assumptions: Assumptions = Assumptions(),
) -> pd.DataFrame:
    """Check claim lines by the rules of `codes/scrub_rules.csv` and the payers' policies.

    Rules follow the NDC first and the HCPCS then, so a J2311 line may be naltrexone
    or naloxone. What an export does not carry at all is never asked for. Each rule
    names its source; `docs/prevention.md` explains those that common writing contradicts.

    Args:
        claims: What `read_claims` or `read_837` returned: the claims about to go out.
        policies: What `read_policies` returned; without it, no payer's own rule is checked.
        history: Claims sent before. They are looked at for intervals, duplicates and
            used authorizations, and never judged.
        unit_limits: What `read_unit_limits` returned: the user's file of unit limits (MUE).
        assumptions: `as_of` is the day of sending of a line without one, the contract's
            filing windows come from `window_overrides`.

    Returns:
        Table `findings`: one row per rule and line (or claim, on its first line),
        errors first. `amount_at_risk` is the billed charge that the finding puts at
        risk in dollars; two findings on one line put the same charge at risk, so use
        `charge_at_risk` for a sum.

    Example:
        >>> from j2311_analytics import read_claims
        >>> sheet = pd.DataFrame({"Claim": ["A"], "CPT": "J2315-25", "Units": "380", "Fee": "1800",
        ...                       "DOS": "1/5/26", "Dx 1": "F11.20", "POS": "11"})
        >>> found = scrub_claims(read_claims(sheet))
        >>> found[found["severity"] == "error"][["rule", "field"]].values.tolist()
        [['modifier_25_on_drug', 'modifier_1']]
    """
    lines = prepare(claims.lines, None if history is None else history.lines, assumptions)
    table = rules()
    found = data_findings(lines, table[table["condition"] != ""])
    policy = NO_POLICIES if policies is None else policies
    simple: tuple[Callable[[pd.DataFrame], dict[str, pd.DataFrame]], ...] = (
        drug_findings,
        diagnosis_findings,
        documentation_findings,
    )
    for check in simple:
        found |= check(lines)
    found |= modifier_findings(lines, policy)
    found |= code_findings(lines, policy)
    found |= unit_findings(lines, unit_limits)
    found |= policy_findings(lines, policy)
    found |= hygiene_findings(lines, policy, assumptions)
    return _table(in_words(found, lines), lines)


def charge_at_risk(findings: pd.DataFrame) -> float:
    """Billed dollars at risk in all of the findings together, each charge once.

    Args:
        findings: From `scrub_claims`, whole or in part.

    Returns:
        Dollars: a claim's whole charge where a finding is about the whole claim,
        else the charges of its lines that have a finding.

    Example:
        >>> rows = {"claim_id": "A", "claim_row": [1, 1], "reach": "line", "amount_at_risk": 5.0}
        >>> charge_at_risk(pd.DataFrame(rows))
        5.0
    """
    amounts = cents(findings["amount_at_risk"])
    whole = findings["reach"] == "claim"
    by_claim = amounts[whole].groupby(findings["claim_id"][whole]).max()
    lines = findings[~findings["claim_id"].isin(by_claim.index)].drop_duplicates("claim_row")
    return int(by_claim.sum() + amounts[lines.index].sum()) / 100


def _table(told: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """The public table: findings beside what a biller needs to find the line."""
    charge = cents(lines["charge"]).to_numpy()
    whole = total_in(lines["claim"], charge)
    place = told["line"].to_numpy(dtype="int64")
    of = lines.loc[place].reset_index(drop=True)
    at_risk = np.where(told["reach"] == "claim", whole[place], charge[place])
    table = told.assign(
        claim_id=of["claim_id"],
        line_number=of["line_number"],
        payer=of["payer_name"].astype("str"),
        payer_id=of["payer_id"].astype("str"),
        hcpcs=of["hcpcs"].astype("str"),
        service_from=of["service_from"],
        charge=of["charge"],
        amount_at_risk=dollars(pd.Series(at_risk).astype("int64")),
        claim_row=of["row"],
        order=told["severity"].map(_ORDER),
    )
    return conform(table.sort_values(["order", "claim_row", "rule"], kind="stable"), "findings")
