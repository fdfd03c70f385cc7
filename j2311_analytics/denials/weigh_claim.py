"""The payer's reason against the claim line as it was sent.

Each function takes the denied lines of its cause, with the columns of `claim_lines`
and of the denial, and returns verdict and facts. What cannot be told from the claim
is left to the records.
"""

from __future__ import annotations

import pandas as pd

from j2311_analytics.denials.identity import DIAGNOSES, expected_diagnosis
from j2311_analytics.denials.verdicts import (
    APPEAL,
    CORRECT,
    PAYER,
    day,
    first_case,
    number,
    of_units,
)
from j2311_analytics.drugs.administration import has_administration
from j2311_analytics.drugs.dose import is_usual_dose, is_whole_vials, vial_units
from j2311_analytics.drugs.drug_codes import is_drug
from j2311_analytics.drugs.modifiers import has_modifier, is_wastage, wrong_on_drug
from j2311_analytics.drugs.ndc import UNITS, ndc_fits_code, ndc_units

# The number is there but does not reach this service: extend or correct it.
_AUTH_TO_MEND = ("198", "284", "296", "302")
_MODIFIER_RULE_FROM = pd.Timestamp("2023-07-01")
_SAYS_MISSING = ("N822",)
_REBATE = "211"
_LIST_MARKS = r"[,;:|\s]+"


def weigh_authorization(lines: pd.DataFrame) -> pd.DataFrame:
    """The payer has seen the number on the claim: only one that fits in all respects appeals."""
    has = lines["authorization"].notna()
    units = lines["units"]
    early = lines["service_from"] < lines["auth_from"]
    late = lines["service_from"] > lines["auth_to"]
    short = lines["auth_units"] < units
    code_known = lines["auth_hcpcs"].notna()
    code = _in_list(lines["hcpcs"], lines["auth_hcpcs"])
    provider = lines["auth_npi"]
    provider_known = provider.notna() & lines["rendering_npi"].notna()
    own = (provider == lines["rendering_npi"]) | (provider == lines["billing_npi"])
    spent = lines["authorized_before"] + units > lines["auth_units"]
    known = lines[["auth_from", "auth_to", "auth_units"]].notna().all(axis=1)
    span = day(lines["auth_from"]) + " to " + day(lines["auth_to"])
    return first_case(
        lines.index,
        [
            (
                lines["carc"].isin(_AUTH_TO_MEND),
                CORRECT,
                "the payer says how the authorization falls short: correct or extend it",
            ),
            (~has, PAYER, "there is no authorization number on the claim"),
            (
                early | late,
                PAYER,
                "the authorization is for " + span + ", not for the service date",
            ),
            (short, PAYER, "fewer units are authorized than the " + number(units) + " billed"),
            (code_known & ~code, PAYER, "another code is authorized: " + lines["auth_hcpcs"]),
            (provider_known & ~own, PAYER, "another provider is authorized"),
            (
                known & code_known & provider_known & ~spent,
                APPEAL,
                "the authorization on the claim fits in dates (" + span + "), units, code and "
                "provider",
            ),
        ],
        "there is a number on the claim, and not all of its dates, units, code and provider are "
        "known to fit",
    )


def weigh_referral(lines: pd.DataFrame) -> pd.DataFrame:
    """A referral that is not on the claim was not there for the payer to find."""
    missing = lines["referral"].isna()
    cases = [(missing, PAYER, "there is no referral number on the claim")]
    return first_case(lines.index, cases, "the referral's dates and visits are not in the claim")


def weigh_diagnosis(lines: pd.DataFrame) -> pd.DataFrame:
    """Whether a diagnosis that the drug is for is on the claim, and the line points to it."""
    present = expected_diagnosis(lines, DIAGNOSES)
    pointed = expected_diagnosis(_pointed(lines), DIAGNOSES)
    told = lines["diagnosis_pointers"].notna() | lines["diagnosis_2"].isna()
    return first_case(
        lines.index,
        [
            (
                present & told & pointed,
                APPEAL,
                "a diagnosis that " + lines["hcpcs"] + " is for is on the claim, and the line "
                "points to it",
            ),
            (
                present & told & ~pointed,
                CORRECT,
                "a diagnosis that " + lines["hcpcs"] + " is for is on the claim, but the line "
                "does not point to it",
            ),
            (
                ~present,
                CORRECT,
                "no diagnosis that " + lines["hcpcs"] + " is for is on the claim: correct only "
                "if the signed chart supports one",
            ),
        ],
        "which diagnosis supports the line is not in the claim data",
    )


def weigh_modifier(lines: pd.DataFrame) -> pd.DataFrame:
    """The reason against JW, JZ, 25 and GN, GO, GP as billed."""
    modifiers = lines["modifiers"]
    drug = is_drug(lines["hcpcs"])
    wrong = wrong_on_drug(modifiers).where(drug)
    whole = is_whole_vials(lines["units"], lines["hcpcs"])
    asked = drug & (lines["payer_class"] == "medicare")
    asked &= (lines["service_from"] >= _MODIFIER_RULE_FROM) & vial_units(lines["hcpcs"]).notna()
    jz, jw = has_modifier(modifiers, "JZ"), is_wastage(modifiers)
    visit = lines["hcpcs"].str.startswith("992").fillna(False).astype(bool)
    bare_visit = visit & lines["injection_same_day"] & ~has_modifier(modifiers, "25")
    return first_case(
        lines.index,
        [
            (wrong.notna(), CORRECT, "does not belong on a drug line: " + wrong.fillna("")),
            (bare_visit, CORRECT, "the visit beside the injection has no 25"),
            (drug & jz & jw, CORRECT, "JZ and JW contradict each other on one line"),
            (drug & jz & ~whole, CORRECT, "JZ stands beside units that are not whole vials"),
            (drug & jw & whole, CORRECT, "JW stands beside the units of a whole vial"),
            (asked & ~jz & ~jw & ~lines["wastage_beside"], CORRECT, "neither JZ nor JW is there"),
            (asked & jz & whole, APPEAL, "JZ is there, and the units are whole vials"),
            (
                visit & lines["injection_same_day"] & lines["carc"].ne("182"),
                APPEAL,
                "the visit beside the injection has its 25",
            ),
        ],
        "whether this payer wants another modifier is not in the claim data",
    )


def weigh_units(lines: pd.DataFrame) -> pd.DataFrame:
    """Units against the usual dose, the vial and what the drug number's quantity says."""
    units, hcpcs = lines["units"], lines["hcpcs"]
    by_ndc = ndc_units(lines["ndc"], lines["ndc_quantity"], lines["ndc_unit"], hcpcs)
    usual, whole = is_usual_dose(units, hcpcs), is_whole_vials(units, hcpcs)
    discarded = is_wastage(lines["modifiers"]) | lines["wastage_beside"]
    agree = (by_ndc - units).abs() < 0.5
    ndc_known = by_ndc.notna()
    told = "the drug number's quantity means " + of_units(by_ndc) + ", billed: "
    return first_case(
        lines.index,
        [
            (ndc_known & ~agree & ~discarded, CORRECT, told + number(units)),
            (
                ~usual & ~whole & ~discarded,
                CORRECT,
                of_units(units) + ", neither a usual dose nor whole vials",
            ),
            (
                ndc_known & agree & usual & whole.fillna(True),
                APPEAL,
                of_units(units) + ", the usual dose, and the drug number's quantity agrees",
            ),
        ],
        "the dose given is not in the claim data",
    )


def weigh_ndc(lines: pd.DataFrame) -> pd.DataFrame:
    """The drug number against the drug, its form and its quantity."""
    ndc, unit = lines["ndc"], lines["ndc_unit"]
    fits = ndc_fits_code(ndc, lines["hcpcs"])
    by_ndc = ndc_units(ndc, lines["ndc_quantity"], unit, lines["hcpcs"])
    off = (by_ndc - lines["units"]).abs() >= 0.5
    drug = is_drug(lines["hcpcs"])
    return first_case(
        lines.index,
        [
            (drug & ndc.isna(), CORRECT, "no drug number of 11 digits is on the line"),
            (drug & ~fits, CORRECT, "the drug number is not of the drug billed"),
            (
                drug & (lines["ndc_quantity"].isna() | ~unit.isin(UNITS)),
                CORRECT,
                "the drug number has no quantity, or no unit of UN, ML, GR, ME or F2",
            ),
            (
                drug & off,
                CORRECT,
                "the quantity means " + of_units(by_ndc) + ", billed: " + number(lines["units"]),
            ),
            (
                drug & fits & by_ndc.notna() & lines["carc"].ne(_REBATE),
                APPEAL,
                "the drug number is of the drug billed, and its quantity agrees with the units",
            ),
        ],
        "the payer's list of drug numbers is not in the claim data",
    )


def weigh_missing_service(lines: pd.DataFrame) -> pd.DataFrame:
    """Whether the procedure that gives the drug is on the claim."""
    met = lines["administration_met"]
    return first_case(
        lines.index,
        [
            (~met, CORRECT, "the procedure that gives the drug is not on the claim"),
            (met, APPEAL, "the procedure that gives the drug is on the same claim"),
        ],
        "which service the payer misses is not in the claim data",
    )


def with_mates(lines: pd.DataFrame, claim_lines: pd.DataFrame) -> pd.DataFrame:
    """What other lines of the same claim, or of the same patient and day, add to a line.

    Args:
        lines: Denied lines with claim_row (position in `claim_lines`).
        claim_lines: Every line of the export, with modifiers.

    Returns:
        The lines with administration_met, injection_same_day, wastage_beside and
        authorized_before (units that earlier dates took under the same number).
    """
    whole = claim_lines
    sending = whole.groupby(["claim_id", "submitted_date"], dropna=False, sort=False).ngroup()
    at = lines["claim_row"].astype("int64")
    met = has_administration(whole["hcpcs"], sending)
    injected = set(sending[whole["hcpcs"].eq("96372").fillna(False)])
    jw = whole[is_wastage(whole["modifiers"])]
    beside = pd.MultiIndex.from_arrays([sending[jw.index], jw["hcpcs"]])
    own = pd.MultiIndex.from_arrays([sending[at], whole.loc[at, "hcpcs"]])
    return lines.assign(
        administration_met=met.loc[at].set_axis(lines.index),
        injection_same_day=sending.loc[at].isin(injected).to_numpy(),
        wastage_beside=own.isin(beside) & ~is_wastage(lines["modifiers"]).to_numpy(),
        authorized_before=_authorized_before(whole).loc[at].to_numpy(),
    )


def _authorized_before(whole: pd.DataFrame) -> pd.Series:
    """Units that earlier dates took under a patient's authorization, each date once."""
    key = ["patient", "authorization", "hcpcs", "service_from"]
    known = whole.dropna(subset=key)
    per_day = known.groupby(key)["units"].max()
    before = per_day.groupby(level=[0, 1, 2]).cumsum() - per_day
    places = pd.MultiIndex.from_frame(whole[key])
    return pd.Series(before.reindex(places).to_numpy(), index=whole.index)


def _in_list(code: pd.Series, listed: pd.Series) -> pd.Series:
    """Whether a code is among those of a list in one text."""
    text = " " + listed.str.replace(_LIST_MARKS, " ", regex=True) + " "
    pairs = zip(code.fillna("?"), text.fillna(""), strict=True)
    return pd.Series([f" {one} " in many for one, many in pairs], index=code.index)


def _pointed(lines: pd.DataFrame) -> pd.DataFrame:
    """The diagnoses that a line points to; a single diagnosis is pointed to."""
    pointers = lines["diagnosis_pointers"].str.upper()
    pointers = pointers.fillna("A").str.replace(r"[^0-9A-L]", " ", regex=True)
    kept = lines.copy()
    for place, name in enumerate(DIAGNOSES, 1):
        letter = "ABCDEFGHIJKL"[place - 1]
        here = pointers.str.contains(rf"{letter}|(?<!\d){place}(?!\d)", regex=True)
        kept[name] = lines[name].where(here)
    return kept
