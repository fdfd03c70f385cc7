"""What a payer would have allowed for a service, from what it allowed before."""

from __future__ import annotations

import numpy as np
import pandas as pd

from j2311_analytics.assumptions import Assumptions
from j2311_analytics.tables import cents, dollars

_SETTLED = ("paid", "recovered")


def expected_allowed(
    wanted: pd.DataFrame,
    episodes: pd.DataFrame,
    *,
    assumptions: Assumptions = Assumptions(),
    fee_schedule: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Expected allowed amount of services, and how it was found.

    In this order, the first that knows the service: the user's fee schedule; the
    payer's median per unit of that code in recent paid history; the same over all
    history; the class of payer's; every payer's; the overall share of charges that
    is allowed; the assumed share. Never more than the charge.

    Args:
        wanted: Services to value: payer_id, payer, payer_class, hcpcs, units,
            charge, service_from.
        episodes: Table `episodes`, whose paid services are the history.
        assumptions: How recent, how many, and the assumed share.
        fee_schedule: payer_id, hcpcs, allowed_per_unit in dollars, and optionally
            valid_from and valid_to.

    Returns:
        Indexed like `wanted`: expected_allowed (dollars) and expected_basis (words).

    Example:
        >>> from j2311_analytics.tables import empty
        >>> one = empty("episodes").reindex([0]).assign(charge=100.0, units=2.0)
        >>> expected_allowed(one, empty("episodes"))["expected_allowed"].tolist()
        [50.0]
    """
    history = _history(episodes)
    found = pd.DataFrame(
        {"amount": np.nan, "basis": pd.Series(None, index=wanted.index, dtype="str")},
        index=wanted.index,
    )
    if fee_schedule is not None:
        _fill(found, _scheduled(wanted, fee_schedule), "fee schedule")
    recent = history[history["age_days"] <= assumptions.recent_days]
    enough = assumptions.min_paid_lines
    payer = ["payer_key", "hcpcs"]
    wanted = wanted.assign(payer_key=payer_of(wanted))
    _per_unit(found, wanted, recent, payer, enough, "payer's own, recent")
    _per_unit(found, wanted, history, payer, 1, "payer's own, all history")
    _per_unit(found, wanted, history, ["payer_class", "hcpcs"], enough, "same class of payer")
    _per_unit(found, wanted, history, ["hcpcs"], 1, "all payers")
    _share_of_charge(found, wanted, history, assumptions)
    charge = cents(wanted["charge"])
    amount = cents(found["amount"]).clip(upper=charge)
    return pd.DataFrame({"expected_allowed": dollars(amount), "expected_basis": found["basis"]})


def payer_of(episodes: pd.DataFrame) -> pd.Series:
    """What tells one payer from another: its id, else its name.

    Example:
        >>> payer_of(pd.DataFrame({"payer_id": ["N1", None], "payer": ["North", None]})).tolist()
        ['N1', 'unnamed payer']
    """
    return episodes["payer_id"].fillna(episodes["payer"]).fillna("unnamed payer")


def _history(episodes: pd.DataFrame) -> pd.DataFrame:
    settled = episodes["state"].isin(_SETTLED) & (episodes["allowed"] > 0) & (episodes["units"] > 0)
    # What another payer paid for a refused service says nothing of the first payer's rates.
    elsewhere = episodes["recovered_from"].notna() & (
        episodes["recovered_from"] != episodes["payer"]
    )
    paid = episodes[settled & ~elsewhere].copy()
    paid["payer_key"] = payer_of(paid)
    paid["per_unit"] = paid["allowed"] / paid["units"]
    paid["age_days"] = (paid["service_from"].max() - paid["service_from"]).dt.days
    return paid


def _scheduled(wanted: pd.DataFrame, fee_schedule: pd.DataFrame) -> pd.Series:
    rates = fee_schedule.reindex(
        columns=["payer_id", "hcpcs", "allowed_per_unit", "valid_from", "valid_to"]
    )
    pairs = wanted.reset_index(names="place")[["place", "payer_id", "hcpcs", "service_from"]]
    pairs = pairs.merge(rates, on=["payer_id", "hcpcs"])
    starts, ends = pd.to_datetime(pairs["valid_from"]), pd.to_datetime(pairs["valid_to"])
    outside = (pairs["service_from"] < starts) | (pairs["service_from"] > ends)
    latest = pairs[~outside].sort_values("valid_from").drop_duplicates("place", keep="last")
    per_unit = latest.set_index("place")["allowed_per_unit"].reindex(wanted.index)
    return per_unit * wanted["units"]


def _per_unit(
    found: pd.DataFrame,
    wanted: pd.DataFrame,
    history: pd.DataFrame,
    keys: list[str],
    enough: int,
    words: str,
) -> None:
    medians = history.groupby(keys)["per_unit"].agg(["median", "size"])
    medians = medians[medians["size"] >= enough]
    known = wanted[keys].merge(medians, left_on=keys, right_index=True, how="left")
    amount = known["median"] * wanted["units"]
    _fill(found, amount, words + " median per unit of " + _count(known["size"]) + " paid lines")


def _share_of_charge(
    found: pd.DataFrame, wanted: pd.DataFrame, history: pd.DataFrame, assumptions: Assumptions
) -> None:
    if len(history):
        share = history["allowed"].sum() / history["charge"].sum()
        _fill(found, wanted["charge"] * share, "overall allowed share of charges")
    _fill(found, wanted["charge"] * assumptions.prior_allowed_share, "assumed share of the charge")


def _fill(found: pd.DataFrame, amount: pd.Series, words: pd.Series | str) -> None:
    new = found["amount"].isna() & amount.notna()
    found.loc[new, "amount"] = amount[new]
    found.loc[new, "basis"] = words if isinstance(words, str) else words[new]


def _count(sizes: pd.Series) -> pd.Series:
    return sizes.fillna(0).astype("int64").astype("str")
