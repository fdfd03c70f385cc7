"""What kind of adjustment each triplet is, and the cause of each denied line.

Kinds and causes come from `codes/carc.csv` and `codes/rarc.csv`; the rules that
join them are the definitions in `docs/causes.md`.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from j2311_analytics import codes
from j2311_analytics.assumptions import Assumptions
from j2311_analytics.denials.adjudications import Adjudications
from j2311_analytics.denials.grouping import joined, numbered
from j2311_analytics.tables import as_text

UNKNOWN = "unknown_code"
GENERIC = "generic"
SUSPECTED_WHOLE = ("45",)
ADDED_BACK = ("253", "104", "105")
PAID_TO_PATIENT = "100"
EXHAUSTED = ("35", "119", "149")
OUT_OF_DATE = ", although {} had {}"
_MEDICAID = ("medicaid", "medicaid_managed")


def classify(history: Adjudications, assumptions: Assumptions) -> pd.DataFrame:
    """The triplets that are denials, or may be, with their kind and cause.

    A triplet may be a denial by its CARC, because no table knows the CARC, or by the
    user's own reading. All others are what the table says, and most lines have no more.

    Returns:
        Those triplets, labelled by their place in `history.triplets`, plus kind (denial,
        contractual, patient_share, cob, pended …), cause, cause_basis, deciding_rarc,
        preventable, action, overridden (flag), shifts (flag: a PR denial that the
        patient now owes).
    """
    triplets = _reasons(history, assumptions)
    known = _carc().reindex(triplets["carc"]).set_axis(triplets.index)
    triplets = pd.concat([triplets, known], axis=1)
    unknown = triplets["kind"].isna()
    # A code that no table knows may be a denial: only money it takes away counts.
    triplets["kind"] = triplets["kind"].mask(
        unknown, np.where(triplets["amount_cents"] > 0, "denial", "informational")
    )
    triplets["category"] = triplets["category"].mask(unknown, UNKNOWN)
    triplets["needs_rarc"] = triplets["needs_rarc"].fillna(False).astype(bool)
    remark = _deciding_remarks(history)
    remarked = triplets["row"].where(triplets["needs_rarc"])
    triplets["deciding_rarc"] = remarked.map(remark["rarc"]).astype("str")
    refined = remarked.map(remark["category"]).astype("str")
    triplets["cause"] = refined.fillna(triplets["category"]).where(triplets["kind"] == "denial")
    triplets = _override(triplets, history, assumptions)
    triplets["cause_basis"] = _basis(triplets, unknown) + _out_of_date(triplets)
    triplets["shifts"] = _shifts(triplets)
    return triplets


def row_sums(history: Adjudications, reasons: pd.DataFrame) -> pd.DataFrame:
    """Cents of each kind per adjudicated row, and what is allowed in it.

    Args:
        history: Its rows and all its triplets.
        reasons: What `classify` found in it.

    Returns:
        In order of the rows: denied_cents, shifted_cents, share_cents (true patient
        share), pended_cents, added_back_cents, whole_denial (flag: a claim-level denial
        left nothing paid), allowed_cents, suspected (flag).
    """
    rows, triplets = history.rows, history.triplets
    denials = reasons[reasons["kind"] == "denial"]
    as_listed = pd.Series(True, index=triplets.index)
    as_listed.loc[reasons.index[reasons["overridden"]]] = False
    carc = triplets["carc"]
    share = carc.isin(_of_kind("patient_share")) & as_listed
    share &= (triplets["group_code"] == "PR") | (carc == PAID_TO_PATIENT)
    pended = carc.isin(_of_kind("pended")) & as_listed
    # Money that a denial code gives back is no denied dollar; a reversal mirrors its original.
    denied = _summed(denials, rows)
    denied = denied.mask(~rows["reversal"], denied.clip(lower=0))
    shifted = _summed(denials[denials["shifts"]], rows).clip(lower=0, upper=denied.clip(lower=0))
    share_cents = _summed(triplets[share], rows)
    # Allowed under a claim-level denial is 0, even where a line still shows a patient share.
    whole = (_summed(denials[denials["claim_level"]], rows) > 0) & (rows["paid_cents"] <= 0)
    return pd.DataFrame(
        {
            "denied_cents": denied,
            "shifted_cents": shifted,
            "share_cents": share_cents,
            "pended_cents": _summed(triplets[pended], rows),
            "added_back_cents": _summed(triplets[carc.isin(ADDED_BACK)], rows),
            "whole_denial": whole,
            "allowed_cents": (rows["paid_cents"] + share_cents).mask(whole, 0),
            "suspected": _suspected(rows, triplets, as_listed) & (denied == 0),
        },
        copy=False,
    )


def leading_causes(reasons: pd.DataFrame) -> pd.DataFrame:
    """The deciding triplet of each denied row, and its other causes.

    The largest triplet decides; ties go to a cause that is not generic, then to
    the earlier position.

    Returns:
        Indexed by row: group_code, carc, rarc, cause, cause_basis, other_causes,
        preventable, action.
    """
    denials = reasons[(reasons["kind"] == "denial") & (reasons["amount_cents"] > 0)]
    ranked = denials.assign(is_generic=denials["cause"] == GENERIC).sort_values(
        ["row", "amount_cents", "is_generic", "claim_level", "position"],
        ascending=[True, False, True, True, True],
        kind="stable",
    )
    first = ranked.drop_duplicates("row").set_index("row")
    rest = ranked[["row", "cause"]].drop_duplicates()
    rest = rest[rest["cause"] != rest["row"].map(first["cause"])]
    others = joined(rest["cause"], rest["row"], "; ")
    names = ["group_code", "carc", "cause", "cause_basis", "preventable", "action"]
    found = first[names].copy()
    found["rarc"] = first["deciding_rarc"]
    found["other_causes"] = others.reindex(found.index)
    return found


def _reasons(history: Adjudications, assumptions: Assumptions) -> pd.DataFrame:
    """The triplets that may be denials, with the payer and the day of their row."""
    carc = history.triplets["carc"]
    known = set(codes.load("carc")["code"])
    own_reading = {rule.carc for rule in assumptions.cause_overrides}
    may_deny = carc.isin(_of_kind("denial") | own_reading) | ~carc.isin(known)
    triplets = history.triplets[may_deny]
    place = triplets["row"].to_numpy() - 1
    said = {
        name: as_text(history.rows[name].iloc[place]).array for name in ("payer_id", "payer_class")
    }
    return triplets.assign(
        group_code=as_text(triplets["group_code"]),
        carc=as_text(triplets["carc"]),
        date=history.rows["date"].iloc[place].array,
        **said,
    )


def _of_kind(kind: str) -> set[str]:
    table = codes.load("carc")
    return set(table.loc[table["kind"] == kind, "code"])


def _summed(triplets: pd.DataFrame, rows: pd.DataFrame) -> pd.Series:
    """Cents of the triplets of each row."""
    total = np.zeros(len(rows), dtype="int64")
    np.add.at(total, triplets["row"].to_numpy() - 1, triplets["amount_cents"].to_numpy())
    return pd.Series(total, index=rows.index)


def _carc() -> pd.DataFrame:
    table = codes.load("carc").set_index("code")
    return pd.DataFrame(
        {
            "kind": table["kind"],
            "category": table["category"].replace("", None),
            "needs_rarc": table["notes"].str.contains("needs_rarc", regex=False),
            "preventable": table["preventable"],
            "action": table["recovery_action"],
            "valid_from": pd.to_datetime(table["valid_from"]),
            "deactivated_on": pd.to_datetime(table["deactivated_on"]),
        }
    )


def _deciding_remarks(history: Adjudications) -> pd.DataFrame:
    """The first remark of each row that may decide: not an alert, and with a category."""
    table = codes.load("rarc")
    alert = table["action_flag"].str.split(";").map(lambda flags: "alert" in flags)
    deciding = table[~alert & (table["category"] != "")].set_index("code")["category"]
    remarks = history.remarks.assign(category=history.remarks["rarc"].map(deciding))
    remarks = remarks.dropna(subset=["category"]).drop_duplicates("row")
    return remarks.set_index("row")[["rarc", "category"]]


def _override(
    triplets: pd.DataFrame, history: Adjudications, assumptions: Assumptions
) -> pd.DataFrame:
    """Apply the user's own reading of codes; a payer's own rule beats a general one."""
    triplets = triplets.assign(overridden=False)
    for rule in sorted(assumptions.cause_overrides, key=lambda rule: bool(rule.payer_id)):
        chosen = (triplets["carc"] == rule.carc) & (triplets["amount_cents"] > 0)
        if rule.payer_id:
            chosen &= triplets["payer_id"] == rule.payer_id
        if rule.rarc:
            named = history.remarks.loc[history.remarks["rarc"] == rule.rarc, "row"]
            chosen &= triplets["row"].isin(named)
        triplets["kind"] = triplets["kind"].mask(chosen, "denial")
        triplets["cause"] = triplets["cause"].mask(chosen, rule.cause)
        triplets["overridden"] |= chosen
    return triplets


def _basis(triplets: pd.DataFrame, unknown: pd.Series) -> pd.Series:
    names = ["group_code", "carc", "needs_rarc", "deciding_rarc", "overridden"]
    # The words are made once for each of the few combinations of codes.
    number = numbered([*(triplets[name] for name in names), unknown])
    first = ~pd.Series(number).duplicated().to_numpy()
    words = _basis_words(triplets.loc[first, names], unknown[first])
    return words.iloc[number].set_axis(triplets.index)


def _basis_words(triplets: pd.DataFrame, unknown: pd.Series) -> pd.Series:
    code = triplets["group_code"].fillna("").str.cat(triplets["carc"].fillna("?"), sep="-")
    basis = code + " alone"
    basis = basis.mask(triplets["needs_rarc"], code + " without a deciding remark")
    has_remark = triplets["deciding_rarc"].notna()
    basis = basis.mask(has_remark, code + " with remark " + triplets["deciding_rarc"].fillna(""))
    basis = basis.mask(unknown, code + " is in no code table")
    return basis.mask(triplets["overridden"], code + " by the user's causes.csv")


def _out_of_date(triplets: pd.DataFrame) -> pd.Series:
    """A code keeps its meaning on any day; a day on which it was not in force is named."""
    early = triplets["date"] < triplets["valid_from"]
    late = triplets["date"] > triplets["deactivated_on"]
    remarks = codes.load("rarc").set_index("code")
    chosen = triplets["deciding_rarc"]
    ended = pd.to_datetime(chosen.map(remarks["deactivated_on"].replace("", None)))
    words = pd.Series("", index=triplets.index)
    words = words.mask(triplets["date"] > ended, OUT_OF_DATE.format("the remark", "ended"))
    words = words.mask(early, OUT_OF_DATE.format("the code", "not begun"))
    return words.mask(late, OUT_OF_DATE.format("the code", "ended"))


def _shifts(triplets: pd.DataFrame) -> pd.Series:
    """PR denials for non-coverage or exhausted benefits; Medicaid patients are never billed."""
    own_meaning = triplets["cause"] == triplets["category"]
    final = (triplets["cause"] == "not_covered") | (
        own_meaning & ((triplets["action"] == "bill_patient") | triplets["carc"].isin(EXHAUSTED))
    )
    return (
        (triplets["kind"] == "denial")
        & (triplets["group_code"] == "PR")
        & final
        & ~triplets["payer_class"].isin(_MEDICAID)
    )


def _suspected(rows: pd.DataFrame, triplets: pd.DataFrame, as_listed: pd.Series) -> pd.Series:
    """Charges written wholly to CO-45, or wholly to a code that then reads as a denial."""
    table = codes.load("carc")
    reads = (table["category_if_zero_paid"] != "") & (table["kind"] != "denial")
    chosen = triplets["carc"].isin(set(table.loc[reads, "code"])) & as_listed
    found = triplets.loc[chosen | triplets["carc"].isin(SUSPECTED_WHOLE), ["row", "amount_cents"]]
    place = found["row"].to_numpy() - 1
    charge = rows["charge_cents"].to_numpy()
    whole = place[found["amount_cents"].to_numpy() == charge[place]]
    suspected = np.zeros(len(rows), dtype=bool)
    suspected[whole] = True
    return pd.Series(suspected & (charge > 0), index=rows.index)
