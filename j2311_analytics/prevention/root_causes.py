"""What denials of one payer and cause have in common, before the claim went out."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from j2311_analytics.assumptions import Assumptions
from j2311_analytics.drugs.drug_codes import is_drug
from j2311_analytics.ingest.exports import Claims
from j2311_analytics.ingest.remittance import Remittance
from j2311_analytics.prevention.decided import decided_lines
from j2311_analytics.tables import cents, conform

# What is known before a claim goes out, and the column that tells.
ATTRIBUTES = {
    "provider": "rendering_npi",
    "billing provider": "billing_npi",
    "location": "facility_name",
    "place of service": "place_of_service",
    "biller": "biller",
    "plan": "plan_name",
    "financial class": "financial_class",
}
FIELDS = (
    *("authorization", "referral", "ndc", "ndc_quantity", "modifier_1", "diagnosis_2"),
    *("rendering_npi", "original_control_number", "lot_number", "assessment"),
    *("prior_treatments", "counselling", "wastage_reason", "line_note"),
)
MISSING, THERE = "missing field", "there"
# Smaller groups cannot show anything; nor can a cause that hardly occurs.
LEAST_CLAIMS, LEAST_DENIED = 10, 5
_POSSIBLE = 0.01
_DAYS_PER_MONTH = 365.25 / 12
_CELL = ["payer_id", "payer", "cause"]
_GROUP = ["attribute", "value"]
_Z95 = 1.959964


def root_causes(
    claims: Claims,
    remittance: Remittance,
    *,
    attributes: Mapping[str, str] = ATTRIBUTES,
    false_discoveries: float = 0.05,
    denials: pd.DataFrame | None = None,
    assumptions: Assumptions = Assumptions(),
) -> pd.DataFrame:
    """Find which provider, location, biller, plan or missing field goes with a denial.

    For each payer and cause, the share of claims denied for the cause is compared
    between those with a value and the payer's others (Fisher's exact test, one-sided),
    for every value of every attribute at once. What is listed keeps the
    expected share of false discoveries below `false_discoveries` (Benjamini and
    Hochberg 1995). Going together is not causing: the list says where to look.

    Args:
        claims: The export of claims already sent.
        remittance: What the payers answered.
        attributes: Name → column of `claim_lines`, of what to look at.
        false_discoveries: Share of the findings that may be chance.
        denials: Table `denials`, if it is at hand.
        assumptions: As in `find_denials`.

    Returns:
        Table `root_causes`, "fix this first" on top: `excess_per_month` is the billed
        dollars denied each month above what the other claims' rate would bring.
        `explained_by` names a stronger finding of the same payer and cause without
        which this one would not stand; such rows come last and have no rank.

    Raises:
        ValueError: if `false_discoveries` is no share.

    Example:
        >>> from j2311_analytics import read_835, read_claims
        >>> sheet = pd.DataFrame({"Claim": ["A"], "CPT": "J2315", "Fee": "9", "DOS": "1/5/26"})
        >>> era = read_835(b"ST*835*1~BPR*I*0*C~CLP*A*1*9*9~SVC*HC:J2315*9*9~SE*5*1~")
        >>> root_causes(read_claims(sheet), era).empty
        True
    """
    lines = decided_lines(claims, remittance, denials=denials, assumptions=assumptions)
    return root_causes_in(lines, attributes=attributes, false_discoveries=false_discoveries)


def root_causes_in(
    lines: pd.DataFrame,
    *,
    attributes: Mapping[str, str] = ATTRIBUTES,
    false_discoveries: float = 0.05,
) -> pd.DataFrame:
    """Root causes among lines already decided.

    Args:
        lines: From `decided_lines`.
        attributes: As in `root_causes`.
        false_discoveries: As in `root_causes`.

    Returns:
        Table `root_causes`.

    Raises:
        ValueError: if `false_discoveries` is no share.
    """
    if not 0 < false_discoveries < 1:
        raise ValueError(f"false_discoveries must be between 0 and 1; got {false_discoveries!r}")
    lines = lines.assign(
        payer=lines["payer_name"].fillna("payer not named"),
        payer_id=lines["payer_id"].fillna(""),
    )
    units = _units(lines, attributes)
    # Where every claim is alike there is nothing to compare.
    tests = units if units.empty else _tested(_counted(lines, units))
    if tests.empty:
        return conform(pd.DataFrame(columns=_COUNTS, dtype="int64"), "root_causes")
    tests["q_value"] = adjusted(tests["p_value"].to_numpy())
    found = tests[tests["q_value"] <= false_discoveries]
    return conform(_ranked(_explained(found, lines, units), lines), "root_causes")


_COUNTS = ["claims", "denied_claims", "other_claims", "other_denied_claims"]


def adjusted(p: np.ndarray) -> np.ndarray:
    """Benjamini and Hochberg's adjusted p-values.

    Example:
        >>> adjusted(np.array([0.01, 0.04, 0.03])).round(3).tolist()
        [0.03, 0.04, 0.04]
    """
    order = np.argsort(p)[::-1]
    rank = np.arange(len(p), 0, -1)
    smallest = np.minimum.accumulate(p[order] * len(p) / rank)
    result = np.empty(len(p))
    result[order] = np.minimum(smallest, 1.0)
    return result


def _units(lines: pd.DataFrame, attributes: Mapping[str, str]) -> pd.DataFrame:
    """What is counted: one row per claim and value of an attribute.

    A claim counts once, because one reason may refuse all of its lines. A field is
    missing where a drug line lacks it.
    """
    parts = []
    for name, column in attributes.items():
        if lines[column].nunique() > 1:
            told = lines[lines[column].notna()]
            parts.append(_unit(told, name, name, told[column]))
    drug = lines[is_drug(lines["hcpcs"])]
    for column in FIELDS:
        lacking = drug[column].isna()
        if lacking.any() and not lacking.all():
            value = lacking.map({True: column, False: THERE})
            parts.append(_unit(drug, MISSING, f"{MISSING} {column}", value))
    names = ["line", "claim_id", "attribute", "compared", "value"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=names)


def _unit(lines: pd.DataFrame, attribute: str, compared: str, value: pd.Series) -> pd.DataFrame:
    frame = {"line": lines.index, "claim_id": lines["claim_id"], "attribute": attribute}
    return pd.DataFrame({**frame, "compared": compared, "value": value.astype("str")})


def _counted(lines: pd.DataFrame, units: pd.DataFrame) -> pd.DataFrame:
    """Claims and denials by payer, cause and value, and among the payer's other claims."""
    payer, side = ["payer_id", "payer"], ["compared", *_GROUP]
    rows = units.merge(lines[[*payer, "cause"]], left_on="line", right_index=True)
    claims = rows.drop_duplicates([*payer, *side, "claim_id"])
    denied = rows.dropna(subset="cause").drop_duplicates([*_CELL, *side, "claim_id"])
    counts = claims.groupby([*payer, *side]).size().rename("claims").reset_index()
    whole = claims.groupby([*payer, "compared"]).size().rename("all_claims").reset_index()
    in_cell = denied.groupby([*_CELL, *side]).size().rename("denied_claims").reset_index()
    all_in_cell = denied.groupby([*_CELL, "compared"]).size().rename("all_denied").reset_index()
    table = all_in_cell.merge(counts, on=[*payer, "compared"]).merge(whole, on=[*payer, "compared"])
    table = table.merge(in_cell, on=[*_CELL, *side], how="left")
    table["denied_claims"] = table["denied_claims"].fillna(0).astype("int64")
    table["other_claims"] = table["all_claims"] - table["claims"]
    table["other_denied_claims"] = table["all_denied"] - table["denied_claims"]
    return table[table["value"] != THERE].reset_index(drop=True)


def _tested(table: pd.DataFrame) -> pd.DataFrame:
    """The one-sided exact test of each row that could show anything at all."""
    from scipy.stats import hypergeom

    enough = (table["claims"] >= LEAST_CLAIMS) & (table["other_claims"] >= LEAST_CLAIMS)
    table = table[enough & (table["all_denied"] >= LEAST_DENIED)].reset_index(drop=True)
    if table.empty:
        return table
    everyone, all_denied = table["all_claims"].to_numpy(), table["all_denied"].to_numpy()
    claims, denied = table["claims"].to_numpy(), table["denied_claims"].to_numpy()
    p = hypergeom.sf(denied - 1, everyone, all_denied, claims)
    most = np.minimum(claims, all_denied)
    # What no outcome could make significant is no test (Tarone 1990).
    possible = hypergeom.sf(most - 1, everyone, all_denied, claims) <= _POSSIBLE
    kept = np.flatnonzero(possible)
    return _with_lift(table.assign(p_value=p).iloc[kept].reset_index(drop=True))


def _with_lift(table: pd.DataFrame) -> pd.DataFrame:
    """Rates, and their ratio with its 95 % range (Katz, with half a case added)."""
    k, n = table["denied_claims"], table["claims"]
    other_k, other_n = table["other_denied_claims"], table["other_claims"]
    lift = ((k + 0.5) / (n + 0.5)) / ((other_k + 0.5) / (other_n + 0.5))
    error = np.sqrt(1 / (k + 0.5) - 1 / (n + 0.5) + 1 / (other_k + 0.5) - 1 / (other_n + 0.5))
    return table.assign(
        rate=k / n,
        other_rate=other_k / other_n,
        lift=lift,
        lift_low=lift * np.exp(-_Z95 * error),
        lift_high=lift * np.exp(_Z95 * error),
    )


def _explained(found: pd.DataFrame, lines: pd.DataFrame, units: pd.DataFrame) -> pd.DataFrame:
    """Which findings fall away once the claims of a stronger one are left out."""
    found = found.sort_values([*_CELL, "p_value", *_GROUP]).reset_index(drop=True)
    explained = pd.Series([None] * len(found), dtype="str")
    for key, cell in found.groupby(_CELL, sort=False):
        if len(cell) > 1:
            of_payer = (lines["payer_id"] == key[0]) & (lines["payer"] == key[1])
            explained[cell.index] = _explained_in(cell, lines[of_payer], units)
    return found.assign(explained_by=explained)


def _explained_in(cell: pd.DataFrame, lines: pd.DataFrame, units: pd.DataFrame) -> list[str | None]:
    """Strongest first: each must stand without the claims of those that stood before it."""
    from scipy.stats import hypergeom

    denied = set(lines.loc[lines["cause"] == cell["cause"].iloc[0], "claim_id"])
    here = units[units["line"].isin(lines.index)]
    told: list[str | None] = []
    gone: set[str] = set()
    stood = ""
    for row in cell.itertuples():
        side = here[here["compared"] == row.compared]
        everyone = set(side["claim_id"]) - gone
        claims = set(side.loc[side["value"] == row.value, "claim_id"]) - gone
        refused = len(claims & denied)
        p = hypergeom.sf(refused - 1, len(everyone), len(everyone & denied), len(claims))
        if not stood or p <= _POSSIBLE:
            told.append(None)
            stood = stood or f"{row.attribute} {row.value}"
            gone |= claims
        else:
            told.append(stood)
    return told


def _ranked(found: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """Dollars a month above the other claims' rate, the most first."""
    days = (lines["service_from"].max() - lines["service_from"].min()).days + 1
    months = max(days / _DAYS_PER_MONTH, 1.0)
    by_cell = lines.assign(cents=cents(lines["first_denied"])).groupby(_CELL)
    each = by_cell["cents"].sum() / 100 / by_cell["claim_id"].nunique()
    average = each.reindex(pd.MultiIndex.from_frame(found[_CELL])).fillna(0.0).to_numpy()
    excess = found["denied_claims"] - found["claims"] * found["other_rate"]
    dollars = (excess.clip(lower=0) * average / months).round(2)
    table = found.assign(excess_per_month=dollars, own=found["explained_by"].isna())
    order = ["own", "excess_per_month", *_CELL, *_GROUP]
    table = table.sort_values(order, ascending=[False, False] + [True] * 5).reset_index(drop=True)
    rank = pd.Series(range(1, len(table) + 1), dtype="Int64").where(table["own"])
    return table.assign(rank=rank)
