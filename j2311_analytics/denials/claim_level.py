"""Claim-level adjustments brought down to lines, in exact cents.

With service lines, an adjustment of the whole claim is spread by what each line
still shows as paid (SVC03). Without, it falls on the claim export's lines at
their charges, or on one line made for the claim where no export knows it.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from j2311_analytics.denials.grouping import as_categories, in_order
from j2311_analytics.ingest.exports import Claims
from j2311_analytics.ingest.remittance import Remittance
from j2311_analytics.ingest.service import join_modifiers
from j2311_analytics.tables import cents

# No key is negative.
_NO_LINE = -1
_EXPORT_COLUMNS = ["line_control", "hcpcs", "units", "service_from", "ndc"]


def lines_of_lineless(heads: pd.DataFrame, claims: Claims | None) -> pd.DataFrame:
    """Lines for claims that came without service lines.

    Args:
        heads: The claims without lines: claim, claim_id, date, segment, frequency.
        claims: The export, which may know their lines.

    Returns:
        Rows shaped like those of service lines; `line` is missing.
    """
    known = _export_lines(heads, claims)
    alone = heads[~heads["claim"].isin(known["claim"])]
    made = pd.DataFrame(
        {
            "claim": alone["claim"],
            "position": 0,
            "charge_cents": cents(alone["charge"]),
            "service_from": alone["statement_from"],
        }
    )
    rows = pd.concat([known, made], ignore_index=True)
    if rows.empty:
        return pd.DataFrame()
    rows["line"] = pd.array([pd.NA] * len(rows), dtype="Int64")
    rows["segment"] = rows["claim"].map(heads.set_index("claim")["segment"])
    # A claim without lines pays by its head alone: shares are taken by charge.
    weights = rows["charge_cents"].abs()
    paid = rows["claim"].map(cents(heads["paid"]).set_axis(heads["claim"]))
    rows["shown_cents"] = 0
    rows["head_paid_cents"] = share(paid, weights, rows["claim"])
    reversed_ones = rows["claim"].isin(heads.loc[heads["claim_status"] == "22", "claim"])
    rows.loc[reversed_ones, "charge_cents"] = -weights[reversed_ones]
    return rows


def spread(remittance: Remittance, rows: pd.DataFrame) -> tuple[pd.DataFrame, pd.Series]:
    """Adjustments by row, claim-level ones spread, and what each row is paid in the end.

    Returns:
        The triplets (row, group_code, carc, amount_cents, position, claim_level)
        and the paid cents of each row; together they keep every cent of the claim.
    """
    adjustments = remittance.adjustments[["claim", "line", "group_code", "carc", "amount"]]
    # Codes are few: from here on they are compared and moved as numbers.
    coded = {name: as_categories(adjustments[name]) for name in ("group_code", "carc")}
    adjustments = adjustments.assign(**coded)
    own = adjustments["line"].notna()
    general = _general(adjustments[~own], rows)
    triplets = _of_lines(adjustments if own.all() else adjustments[own], rows)
    if not general.empty:
        triplets = pd.concat([triplets, general[list(triplets)]], ignore_index=True)
    if not triplets["row"].is_monotonic_increasing:
        keys = [triplets[name].to_numpy() for name in ("position", "claim_level", "row")]
        triplets = in_order(triplets, np.lexsort(keys))
    paid = rows["shown_cents"]
    if not general.empty:
        taken = rows["row"].map(general.groupby("row")["amount_cents"].sum()).fillna(0)
        paid = paid - taken.astype("int64").mask(_is_net(remittance, rows, taken != 0), 0)
    paid = paid.where(rows["line"].notna(), rows["head_paid_cents"].fillna(0))
    return triplets, paid.astype("int64")


def _of_lines(adjustments: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Adjustments of single lines."""
    # One more, which is no line either: then there is always one to compare with.
    line = np.append(rows["line"].to_numpy("int64", na_value=_NO_LINE), _NO_LINE)
    # Lines and adjustments both stand nearly in order of the file: no table of keys is needed.
    order = np.argsort(line, kind="stable")
    asked = adjustments["line"].to_numpy("int64")
    place = order[np.searchsorted(line, asked, sorter=order).clip(max=line.size - 1)]
    known = line[place] == asked
    if not known.all():
        adjustments, place = adjustments[known], place[known]
    return pd.DataFrame(
        {
            "group_code": adjustments["group_code"].array,
            "carc": adjustments["carc"].array,
            "row": rows["row"].to_numpy()[place],
            "amount_cents": cents(adjustments["amount"]).array,
            "position": adjustments.index,
            "claim_level": False,
        },
        copy=False,
    )


def _general(adjustments: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Adjustments of whole claims, each line with its share."""
    found = adjustments.dropna(subset=["claim"]).drop(columns="line").reset_index(names="position")
    names = ["claim", "row", "line", "shown_cents", "charge_cents"]
    found = found.merge(rows.loc[rows["claim"].isin(found["claim"]), names], on="claim")
    whole = cents(found["amount"])
    found["amount_cents"] = share(whole, _weights(found), found["position"])
    return found.assign(claim_level=True)


def _is_net(remittance: Remittance, rows: pd.DataFrame, taken: pd.Series) -> pd.Series:
    """Lines that already add up to what the claim paid show it net of the claim's own."""
    asked = rows.loc[rows["claim"].isin(rows.loc[taken, "claim"]), ["claim", "shown_cents"]]
    shown = asked["shown_cents"].groupby(asked["claim"]).transform("sum")
    paid = cents(remittance.claims["paid"]).set_axis(remittance.claims["claim"])
    net: pd.Series = (shown == asked["claim"].map(paid)).reindex(rows.index, fill_value=False)
    return net


def share(amounts: pd.Series, weights: pd.Series, groups: pd.Series) -> pd.Series:
    """Split each group's amount over its rows by weight, to the cent.

    Args:
        amounts: Whole cents, the same in every row of a group.
        weights: Not negative; equal weights are used where all of a group are 0.
        groups: Key of the group.

    Returns:
        Whole cents whose sum in each group is the group's amount.

    Example:
        >>> one = pd.Series([0, 0, 0])
        >>> share(pd.Series([100, 100, 100]), pd.Series([1, 1, 1]), one).tolist()
        [34, 33, 33]
    """
    weights = weights.astype("float64")
    total = weights.groupby(groups).transform("sum")
    size = weights.groupby(groups).transform("size")
    part = (weights / total).where(total > 0, 1 / size)
    exact = amounts * part
    whole = np.floor(exact).astype("int64")
    left = amounts - whole.groupby(groups).transform("sum")
    rest = (exact - whole).groupby(groups).rank(method="first", ascending=False)
    given: pd.Series = (whole + (rest <= left)).astype("int64")
    return given


def _weights(general: pd.DataFrame) -> pd.Series:
    """What each line still shows as paid; charges where no line shows any or none exist."""
    sign = np.sign(general.groupby("position")["shown_cents"].transform("sum"))
    shown = (general["shown_cents"] * sign).clip(lower=0)
    any_shown = shown.groupby(general["position"]).transform("sum") > 0
    weights: pd.Series = shown.where(
        any_shown & general["line"].notna(), general["charge_cents"].abs()
    )
    return weights


def _export_lines(heads: pd.DataFrame, claims: Claims | None) -> pd.DataFrame:
    """The export's lines of each claim, from its last submission before the decision."""
    if claims is None or heads.empty:
        return pd.DataFrame({"claim": pd.Series(dtype="int64")})
    lines = claims.lines[claims.lines["claim_id"].isin(heads["claim_id"])]
    pairs = heads[["claim", "claim_id", "date", "statement_from"]].merge(lines, on="claim_id")
    late = pairs["submitted_date"] > pairs["date"]
    # A claim id may be the patient's account: the claim's own date tells which visit.
    on_date = pairs["service_from"] == pairs["statement_from"]
    dated = on_date.groupby(pairs["claim"]).transform("any")
    pairs = pairs[~late & (on_date | ~dated)]
    latest = pairs.groupby("claim")["submitted_date"].transform("max")
    pairs = pairs[pairs["submitted_date"].isna() | (pairs["submitted_date"] == latest)]
    return pd.DataFrame(
        {
            "claim": pairs["claim"],
            "position": pairs.groupby("claim").cumcount(),
            **{name: pairs[name] for name in _EXPORT_COLUMNS},
            "line_rendering_npi": pairs["rendering_npi"],
            "modifiers": join_modifiers(pairs),
            "charge_cents": cents(pairs["charge"]),
        }
    )
