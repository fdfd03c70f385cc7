"""The payer's reason against what was decided before: frequency, duplicates, bundling."""

from __future__ import annotations

import pandas as pd

from j2311_analytics.denials.verdicts import APPEAL, CORRECT, PAYER, RECORDS, day, first_case
from j2311_analytics.drugs.administration import is_administration
from j2311_analytics.drugs.drug_codes import drug_of_code, is_bundle, is_drug, mapped
from j2311_analytics.drugs.family import drug_family
from j2311_analytics.drugs.modifiers import has_modifier, is_wastage
from j2311_analytics.errors import count_of

# Lifetime maximums count what no single practice can see.
_LIFETIME = ("35", "149")
# A weekly bundle covers seven days, and payers differ in which of them is its date.
_WEEK = pd.Timedelta(days=6)
_FACILITY = ("19", "21", "22", "23")


def weigh_frequency(lines: pd.DataFrame, decided: pd.DataFrame) -> pd.DataFrame:
    """Days since the last paid, not reversed administration; wastage lines left out.

    Args:
        lines: Denied lines with patient, hcpcs and service_from.
        decided: Decided rows with patient, in_force, paid_cents, modifiers.
    """
    before = _last_paid(lines, decided)
    gap = (lines["service_from"] - before).dt.days
    usual = mapped(lines["hcpcs"], "interval_days")
    earliest = mapped(lines["hcpcs"], "earliest_days")
    days = gap.map(lambda count: count_of(count, "day"), na_action="ignore").astype("str")
    since = days.fillna("days") + " after the last paid one on " + day(before)
    return first_case(
        lines.index,
        [
            (lines["carc"].isin(_LIFETIME), RECORDS, "a lifetime limit is not in the claim data"),
            (gap >= usual, APPEAL, "given " + since + ", and the usual interval is over"),
            (gap < earliest, PAYER, "given only " + since),
            (gap.notna(), RECORDS, "given " + since + ": whether that is enough is the policy's"),
        ],
        "no earlier paid administration is in these files; another provider is possible",
    )


def weigh_duplicate(lines: pd.DataFrame, decided: pd.DataFrame) -> pd.DataFrame:
    """What the same payer decided before about the same service.

    Args:
        lines: Denied lines with denial, service, payer_key and denied_on.
        decided: Decided rows: row, service, payer_key, date, in_force, allowed_cents.
    """
    others = decided[~decided["reversal"] & ~decided["duplicate"] & ~decided["estimate"]]
    pairs = lines[["denial", "service", "payer_key", "denied_on"]].reset_index(names="place")
    names = ["row", "service", "payer_key", "date", "in_force", "allowed_cents", "denied_cents"]
    pairs = pairs.merge(others[names], on=["service", "payer_key"])
    pairs = pairs[(pairs["row"] != pairs["denial"]) & ~(pairs["date"] > pairs["denied_on"])]
    paid = pairs[pairs["in_force"] & (pairs["allowed_cents"] > 0) & (pairs["denied_cents"] <= 0)]
    denied = pairs[pairs["denied_cents"] > 0]
    paid_on = paid.groupby("place")["date"].max().reindex(lines.index)
    denied_on = denied.groupby("place")["date"].max().reindex(lines.index)
    return first_case(
        lines.index,
        [
            (
                lines.index.to_series().isin(paid["place"]),
                PAYER,
                "the payer had paid this service on " + day(paid_on),
            ),
            (
                lines.index.to_series().isin(denied["place"]),
                CORRECT,
                "the payer had denied this service on " + day(denied_on) + ": correct that claim",
            ),
        ],
        "no earlier decision that stands is in these files",
    )


def weigh_bundling(
    lines: pd.DataFrame, decided: pd.DataFrame, claim_lines: pd.DataFrame
) -> pd.DataFrame:
    """All claims of the patient's day, and the week of an opioid treatment program.

    Args:
        lines: Denied lines with patient, hcpcs, service_from, place_of_service.
        decided: Decided rows with patient.
        claim_lines: Every line of the export, with patient and modifiers.
    """
    bundle, same = _bundle_near(lines, claim_lines, decided)
    drug, giving = is_drug(lines["hcpcs"]), is_administration(lines["hcpcs"])
    again = _paid_again(lines, decided)
    visit, with_25 = _visits(lines, claim_lines)
    facility = lines["place_of_service"].isin(_FACILITY)
    return first_case(
        lines.index,
        [
            (bundle & (same | giving), PAYER, "a treatment-program bundle of that week covers it"),
            (bundle, RECORDS, "a treatment-program bundle of that week may cover it"),
            (again, PAYER, "the same drug was paid on another line of that day"),
            (giving & visit & ~with_25, CORRECT, "the visit of that day has no 25"),
            (giving & visit & with_25, APPEAL, "the visit of that day has its 25"),
            (drug & facility, RECORDS, "a facility's payment may include the drug"),
            (
                drug & lines["place_of_service"].notna(),
                APPEAL,
                "no claim of that day or treatment-program week holds anything that includes the "
                "drug",
            ),
        ],
        "what includes this service is not in the claim data",
    )


def _last_paid(lines: pd.DataFrame, decided: pd.DataFrame) -> pd.Series:
    paid = decided[decided["in_force"] & ~decided["reversal"] & (decided["paid_cents"] > 0)].dropna(
        subset=["patient", "service_from"]
    )
    paid = paid[~is_wastage(paid["modifiers"])]
    given = pd.DataFrame(
        {
            "patient": paid["patient"],
            "family": drug_family(paid["hcpcs"]),
            "at": paid["service_from"],
            "before": paid["service_from"],
        }
    ).sort_values("at")
    asked = pd.DataFrame(
        {
            "patient": lines["patient"],
            "family": drug_family(lines["hcpcs"]),
            "at": lines["service_from"],
            "place": lines.index,
        }
    )
    asked = asked.dropna(subset=["patient", "at"]).sort_values("at")
    found = pd.merge_asof(
        asked, given, on="at", by=["patient", "family"], allow_exact_matches=False
    )
    return found.set_index("place")["before"].reindex(lines.index)


def _bundle_near(
    lines: pd.DataFrame, claim_lines: pd.DataFrame, decided: pd.DataFrame
) -> tuple[pd.Series, pd.Series]:
    """Whether the patient has a weekly bundle near the day, and one with the same drug."""
    names = ["patient", "hcpcs", "service_from"]
    both = pd.concat([claim_lines[names], decided[names]])
    bundles = both[is_bundle(both["hcpcs"])].drop_duplicates()
    asked = lines[names].reset_index(names="place")
    pairs = asked.merge(bundles, on="patient", suffixes=("", "_bundle"))
    near = (pairs["service_from"] - pairs["service_from_bundle"]).abs() <= _WEEK
    pairs = pairs[near & (pairs["hcpcs_bundle"] != pairs["hcpcs"])]
    same = pairs[drug_of_code(pairs["hcpcs"]) == drug_of_code(pairs["hcpcs_bundle"])]
    place = lines.index.to_series()
    return place.isin(pairs["place"]), place.isin(same["place"])


def _paid_again(lines: pd.DataFrame, decided: pd.DataFrame) -> pd.Series:
    """Whether another service of that patient, day and drug is paid and in force."""
    paid = decided[decided["in_force"] & ~decided["reversal"] & (decided["paid_cents"] > 0)]
    paid = paid[~is_wastage(paid["modifiers"])].assign(family=drug_family(paid["hcpcs"]))
    asked = lines[["patient", "service_from", "service"]].assign(
        family=drug_family(lines["hcpcs"]), place=lines.index
    )
    asked = asked.dropna(subset=["patient", "service_from"])
    pairs = asked.merge(
        paid[["patient", "service_from", "family", "service"]],
        on=["patient", "service_from", "family"],
    )
    pairs = pairs[pairs["service_x"] != pairs["service_y"]]
    return lines.index.to_series().isin(pairs["place"])


def _visits(lines: pd.DataFrame, claim_lines: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Whether the patient has a visit on the day, and one with modifier 25."""
    visits = claim_lines[claim_lines["hcpcs"].str.startswith("992").fillna(False).astype(bool)]
    key = ["patient", "service_from"]
    own = pd.MultiIndex.from_frame(lines[key])
    with_25 = visits[has_modifier(visits["modifiers"], "25")]
    known = lines["patient"].notna()
    any_visit, told = (
        known & own.isin(pd.MultiIndex.from_frame(some[key].dropna())) for some in (visits, with_25)
    )
    return any_visit, told
