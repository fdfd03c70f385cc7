"""The chart behind a drug line: what should be documented, and what the export shows missing.

An item is asked for only where the export carries its column at all: an export
without lot numbers says nothing about lot numbers.
"""

from __future__ import annotations

import pandas as pd

from j2311_analytics.prevention.lines import (
    Mask,
    any_in,
    carried,
    hits,
    of_kind,
    with_modifier,
)

# Item → the column that shows it.
ITEMS = {
    "documentation_drug_name": "drug_name",
    "documentation_dose": "dose",
    "documentation_route": "route",
    "documentation_site": "injection_site",
    "documentation_time": "administered_at",
    "documentation_assessment": "assessment",
    "documentation_prior_treatments": "prior_treatments",
    "documentation_contraindications": "contraindications",
    "documentation_lot": "lot_number",
}
_ROUTES = {"naltrexone": ("im", "intramuscular", "gluteal")}
_NO_ROUTE = ("oral", "po", "by mouth", "subq", "sc", "sq", "iv", "intravenous", "nasal")


def documentation_findings(lines: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Drug lines whose documentation lacks an item that the export carries.

    Args:
        lines: From `prepare`.

    Returns:
        Rule → the lines found.
    """
    drug = of_kind(lines, "drug", "unclassified") & ~with_modifier(lines, ["JW"])
    found = {
        rule: hits(lines, drug & carried(lines[column]) & lines[column].isna().to_numpy())
        for rule, column in ITEMS.items()
    }
    # What an unclassified code stands for is code_unclassified_undescribed.
    name = found["documentation_drug_name"]
    found["documentation_drug_name"] = name[of_kind(lines.loc[name.index], "drug")]
    return found | _wastage(lines, drug) | {"documentation_route_conflict": _route(lines, drug)}


def _wastage(lines: pd.DataFrame, drug: Mask) -> dict[str, pd.DataFrame]:
    """Discarded drug is documented with its amount and reason, and only then billed as JW."""
    wasted = of_kind(lines, "drug") & with_modifier(lines, ["JW"])
    amount, reason = lines["discarded"], lines["wastage_reason"]
    silent = carried(amount) & ~(amount > 0).to_numpy()
    silent |= carried(reason) & reason.isna().to_numpy()
    on_day = any_in(lines["visit"], wasted)
    claimed_none = drug & with_modifier(lines, ["JZ"]) & (amount > 0).to_numpy() & ~on_day
    return {
        "documentation_wastage": hits(lines, wasted & silent),
        "documentation_wastage_jz": hits(lines, claimed_none),
    }


def _route(lines: pd.DataFrame, drug: Mask) -> pd.DataFrame:
    """A depot that goes into the muscle, documented as given in another way.

    Source: Vivitrol label: intramuscular, gluteal.
    """
    text = lines["route"].astype("category")
    names = [c for c in text.cat.categories if _is_other_route(str(c))]
    other = text.isin(names).to_numpy()
    into_muscle = lines["drug"].isin(list(_ROUTES)).to_numpy()
    return hits(lines, drug & into_muscle & other)


def _is_other_route(text: str) -> bool:
    words = set(text.lower().replace("/", " ").replace("-", " ").split())
    joined = text.lower()
    if words & set(_ROUTES["naltrexone"]) or "intramuscular" in joined:
        return False
    return bool(words & set(_NO_ROUTE)) or joined.startswith(("subcut", "intraven"))
