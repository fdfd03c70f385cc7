"""Codes: their dates, unclassified ones, the giving of the drug, bundles and the NDC."""

from __future__ import annotations

import numpy as np
import pandas as pd

from j2311_analytics.drugs.drug_codes import drug_table
from j2311_analytics.drugs.validity import code_valid_on, replacement_code
from j2311_analytics.prevention.drug_rules import days_to, right_code
from j2311_analytics.prevention.lines import (
    Mask,
    among,
    any_in,
    begins,
    carried,
    hits,
    of_code,
    of_kind,
    once,
    total_in,
    with_modifier,
)
from j2311_analytics.prevention.policies import at_payer, required

_INJECTION = "96372"
# A bundle covers its first day and the six that follow.
BUNDLE_DAYS = 6
# First letters of codes that may be for a drug or vaccine that the drug table does not know.
_OTHER_DRUGS = ("J", "Q", "S", "C", "903", "904", "905", "906", "907")


def code_findings(lines: pd.DataFrame, policies: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Lines whose code, companion code or NDC is wrong or missing.

    Args:
        lines: From `prepare`.
        policies: Table `policies`: who asks for the NDC, and who buys the drug.

    Returns:
        Rule → the lines found, with the words of their messages.
    """
    day = ["hcpcs", "service_from"]
    valid = once(lines, day, lambda a: code_valid_on(a["hcpcs"], a["service_from"]))
    known = lines["kind"].notna() & ~of_kind(lines, "evaluation", "other")
    outside = ~valid.fillna(True).to_numpy(dtype=bool) & known.to_numpy()
    later = once(lines, ["hcpcs"], lambda a: replacement_code(a["hcpcs"]).fillna("another code"))
    now = right_code(lines).fillna(later)
    return {
        "code_out_of_dates": hits(lines, outside, now=now),
        **_unclassified(lines),
        **_administration(lines, policies),
        "code_bundle_week": _in_bundle_week(lines),
        **_ndc(lines, policies),
    }


def _unclassified(lines: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Unclassified codes: one unit, described, and never for a drug with its own code."""
    here = of_kind(lines, "unclassified")
    right = right_code(lines)
    named = lines["drug_name"].notna() | lines["line_note"].notna()
    silent = (carried(lines["drug_name"]) or carried(lines["line_note"])) & ~named.to_numpy()
    no_ndc = carried(lines["ndc"]) & lines["ndc"].isna().to_numpy()
    return {
        "code_unclassified_specific": hits(lines, here & right.notna().to_numpy(), right=right),
        "code_unclassified_units": hits(lines, here & (lines["units"] > 1).to_numpy()),
        "code_unclassified_undescribed": hits(lines, here & (silent | no_ndc)),
    }


def _administration(lines: pd.DataFrame, policies: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The procedure that gives the drug: there, the right one, and once for each drug.

    Source: CPT's definition of 96372; `administration` in `codes/drug_codes.csv`.
    """
    giving = of_kind(lines, "administration")
    drug = of_kind(lines, "drug") & ~with_modifier(lines, ["JW"])
    given, needs = _given_by_right_code(lines, drug)
    on_day = any_in(lines["visit"], giving)
    other_needs = any_in(
        lines["visit"], needs | of_kind(lines, "unclassified") | _other_drug(lines)
    )
    by_mouth = drug & ~needs & of_code(lines["hcpcs"], "needs_administration").notna().to_numpy()
    injection = among(lines["hcpcs"], [_INJECTION])
    times = total_in(lines["claim"], lines["units"].fillna(1).to_numpy() * injection)
    drugs = _drugs_injected(lines)
    bought_elsewhere = any_in(lines["visit"], _from_pharmacy(lines)) | _by_policy(lines, policies)
    any_drug = of_kind(lines, "drug", "unclassified", "bundle") | _other_drug(lines)
    lone = injection & ~any_in(lines["visit"], any_drug) & ~bought_elsewhere
    return {
        "code_administration_missing": hits(lines, needs & ~on_day),
        "code_administration_wrong": hits(
            lines, (needs & on_day & ~given) | (by_mouth & on_day & ~other_needs)
        ),
        "code_administration_alone": hits(lines, lone),
        "code_administration_doubled": hits(
            lines, injection & (times > np.maximum(drugs, 1)), times=times, drugs=drugs
        ),
    }


def _given_by_right_code(lines: pd.DataFrame, drug: Mask) -> tuple[Mask, Mask]:
    """Which drug lines have a procedure that gives them that day, and which need one."""
    given, needs = np.zeros(len(lines), dtype=bool), np.zeros(len(lines), dtype=bool)
    for ways, rows in drug_table().groupby("administration"):
        of_these = drug & among(lines["hcpcs"], rows.index)
        if of_these.any() and ways:
            needs |= of_these
            giving = [str(way) for way in ways]  # type: ignore[union-attr]
            given |= of_these & any_in(lines["visit"], among(lines["hcpcs"], giving))
    return given, needs


def _other_drug(lines: pd.DataFrame) -> Mask:
    return begins(lines["hcpcs"], _OTHER_DRUGS) & of_kind(lines, "other")


def _drugs_injected(lines: pd.DataFrame) -> np.ndarray:
    """Different drugs on each line's claim."""
    drug = of_kind(lines, "drug", "unclassified") | _other_drug(lines)
    first = ~lines.loc[drug, ["claim", "hcpcs", "day"]].duplicated().to_numpy()
    counted = np.zeros(len(lines), dtype=bool)
    counted[np.flatnonzero(drug)[first]] = True
    return total_in(lines["claim"], counted)


def _from_pharmacy(lines: pd.DataFrame) -> Mask:
    words = ("pharm", "white", "special", "patient")
    names = [
        c for c in lines["drug_source"].cat.categories if any(w in str(c).lower() for w in words)
    ]
    return among(lines["drug_source"], names)


def _by_policy(lines: pd.DataFrame, policies: pd.DataFrame) -> Mask:
    """Payers under whose policy some drug is not bought by the practice."""
    rows = policies[(policies["requirement"] == "channel") & (policies["value"] != "buy_and_bill")]
    found = np.zeros(len(lines), dtype=bool)
    for row in rows.to_dict("records"):
        found |= at_payer(lines, row)
    return found


def _in_bundle_week(lines: pd.DataFrame) -> pd.DataFrame:
    """A drug for opioid use within the week that a treatment program's bundle covers.

    Source: CMS, opioid treatment program payment (42 CFR 410.67): bundles are weekly.
    """
    bundle = of_kind(lines, "bundle")
    opioid = [d for d in lines["drug"].cat.categories if d in _BUNDLED]
    drug = of_kind(lines, "drug") & among(lines["drug"], opioid)
    drug &= any_in(lines["patient"], bundle)
    days = days_to(lines, drug, bundle, "backward")
    return hits(lines, days <= BUNDLE_DAYS, days=days)


_BUNDLED = ("naltrexone", "buprenorphine", "buprenorphine with naloxone", "methadone")


def _ndc(lines: pd.DataFrame, policies: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The NDC: its form, and whether one is asked for.

    Source: Social Security Act, section 1927 (Medicaid drug rebate); 21 CFR 207.33 for its form.
    """
    drug = of_kind(lines, "drug", "unclassified")
    ndc = lines["ndc"]
    malformed = [c for c in ndc.cat.categories if not (len(str(c)) == 11 and str(c).isdigit())]
    told = required(lines, policies, "ndc")
    medicaid = among(lines["payer_class"], ["medicaid", "managed medicaid"])
    asked = np.where(told.notna(), (told == "yes").to_numpy(), medicaid).astype(bool)
    missing = drug & asked & ndc.isna().to_numpy() & carried(ndc)
    return {
        "code_ndc_missing": hits(lines, missing & ~of_kind(lines, "unclassified")),
        "code_ndc_format": hits(lines, drug & among(ndc, malformed)),
    }
