"""What a payer would have allowed for a service, from what it allowed before."""

from __future__ import annotations

import numpy as np
import pandas as pd

from j2311_analytics.assumptions import Assumptions
from j2311_analytics.errors import count_of
from j2311_analytics.revenue.fees import scheduled
from j2311_analytics.tables import cents, dollars

_SETTLED = ("paid", "recovered")
_PLACE = ["payer_key", "hcpcs", "place"]
# Relative uncertainty where an amount is borrowed: at least so much, and where only a
# share of the charge is known.
_BORROWED, _OF_CHARGE, _ASSUMED = 0.10, 0.25, 0.40


def expected_allowed(
    wanted: pd.DataFrame,
    episodes: pd.DataFrame,
    *,
    assumptions: Assumptions = Assumptions(),
    fee_schedule: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Expected allowed amount of services, and how it was found.

    In this order, the first that knows the service: the user's fee schedule; the
    payer's median per unit of that code in the same place of service and year; in the
    same place in recent paid history; anywhere in recent history; over all history;
    the class of payer's; every payer's; the share of charges that this payer allows;
    that all payers allow; the assumed share. Never more than the charge.

    Args:
        wanted: Services to value: payer_id, payer, payer_class, hcpcs, units,
            place_of_service, charge, service_from.
        episodes: Table `episodes`, whose paid services are the history.
        assumptions: How recent, how many, and the assumed share.
        fee_schedule: Contract rates, as `read_fee_schedule` returns them.

    Returns:
        Indexed like `wanted`: expected_allowed (dollars), expected_basis (words),
        expected_paid and expected_patient_share (dollars, its parts) and
        amount_spread (relative standard deviation of
        what will be allowed around it).

    Example:
        >>> from j2311_analytics.tables import empty
        >>> one = empty("episodes").reindex([0]).assign(charge=100.0, units=2.0)
        >>> expected_allowed(one, empty("episodes"))["expected_allowed"].tolist()
        [50.0]
    """
    history = _history(episodes)
    wanted = _keyed(wanted)
    found = pd.DataFrame(
        {"amount": np.nan, "basis": pd.Series(None, index=wanted.index, dtype="str")},
        index=wanted.index,
    ).assign(spread=np.nan)
    if fee_schedule is not None:
        amount, words = scheduled(wanted, fee_schedule)
        _fill(found, amount, words, 0.0)
    recent = history[history["age_days"] <= assumptions.recent_days]
    enough, own, code = assumptions.min_paid_lines, ["payer_key", "hcpcs"], ["hcpcs"]
    _per_unit(found, wanted, history, [*_PLACE, "year"], enough, "payer's own, same place and year")
    _per_unit(found, wanted, recent, _PLACE, enough, "payer's own, same place, recent")
    _per_unit(found, wanted, recent, own, enough, "payer's own, recent")
    _per_unit(found, wanted, history, own, 1, "payer's own, all history")
    _per_unit(found, wanted, history, ["payer_class", *code], enough, "same class of payer")
    _per_unit(found, wanted, history, code, 1, "all payers")
    _share_of_charge(found, wanted, history, assumptions)
    charge = cents(wanted["charge"])
    amount = cents(found["amount"]).clip(upper=charge)
    paid = (amount * _paid_share(wanted, history)).round().astype("int64")
    return pd.DataFrame(
        {
            "expected_allowed": dollars(amount),
            "expected_basis": found["basis"],
            "expected_paid": dollars(paid),
            "expected_patient_share": dollars(amount - paid),
            "amount_spread": found["spread"],
        }
    )


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
    paid = _keyed(episodes[settled & ~elsewhere])
    paid["per_unit"] = paid["allowed"] / paid["units"]
    paid["age_days"] = (paid["service_from"].max() - paid["service_from"]).dt.days
    return paid


def _keyed(services: pd.DataFrame) -> pd.DataFrame:
    return services.assign(
        payer_key=payer_of(services),
        place=services["place_of_service"].fillna(""),
        year=services["service_from"].dt.year,
    )


def _per_unit(
    found: pd.DataFrame,
    wanted: pd.DataFrame,
    history: pd.DataFrame,
    keys: list[str],
    enough: int,
    words: str,
) -> None:
    if found["amount"].notna().all():
        return
    grouped = history.groupby(keys)["per_unit"]
    medians = grouped.agg(["median", "size"])
    gap = (history["per_unit"] - grouped.transform("median")).abs()
    # 1.4826 times the median gap is the standard deviation of a normal law.
    medians["relative"] = (
        1.4826 * gap.groupby([history[key] for key in keys]).median() / medians["median"]
    )
    medians = medians[medians["size"] >= enough]
    known = wanted[keys].merge(medians, left_on=keys, right_index=True, how="left")
    # One more line of the same kind: its own scatter and the median's standard error.
    spread = known["relative"] * np.sqrt(1 + np.pi / 2 / known["size"])
    if keys[0] != "payer_key":
        spread = spread.clip(lower=_BORROWED)
    sizes = known["size"].fillna(0).astype("int64")
    count = sizes.map(lambda number: count_of(number, "paid line")).astype("str")
    amount = known["median"] * wanted["units"]
    _fill(found, amount, words + " median per unit of " + count, spread)


def _share_of_charge(
    found: pd.DataFrame, wanted: pd.DataFrame, history: pd.DataFrame, assumptions: Assumptions
) -> None:
    sums = history.groupby("payer_key")[["allowed", "charge"]].sum()
    sums["size"] = history.groupby("payer_key").size()
    sums = sums[sums["size"] >= assumptions.min_paid_lines]
    share = wanted["payer_key"].map(sums["allowed"] / sums["charge"])
    _fill(found, wanted["charge"] * share, "payer's own allowed share of charges", _OF_CHARGE)
    if len(history):
        overall = history["allowed"].sum() / history["charge"].sum()
        _fill(found, wanted["charge"] * overall, "overall allowed share of charges", _OF_CHARGE)
    assumed = wanted["charge"] * assumptions.prior_allowed_share
    _fill(found, assumed, "assumed share of the charge", _ASSUMED)


def _paid_share(wanted: pd.DataFrame, history: pd.DataFrame) -> pd.Series:
    """The payer's cash in what is allowed: of the payer and code, of the payer, of all."""
    share = pd.Series(np.nan, index=wanted.index)
    for keys in (["payer_key", "hcpcs"], ["payer_key"]):
        sums = history.groupby(keys)[["paid", "allowed"]].sum()
        ratio = (sums["paid"] / sums["allowed"]).rename("ratio")
        known = wanted[keys].merge(ratio, left_on=keys, right_index=True, how="left")["ratio"]
        share = share.fillna(known)
    overall = history["paid"].sum() / history["allowed"].sum() if len(history) else 1.0
    return share.fillna(overall).clip(0.0, 1.0)


def _fill(
    found: pd.DataFrame, amount: pd.Series, words: pd.Series | str, spread: pd.Series | float
) -> None:
    new = found["amount"].isna() & amount.notna()
    found.loc[new, "amount"] = amount[new]
    found.loc[new, "basis"] = words if isinstance(words, str) else words[new]
    found.loc[new, "spread"] = spread if isinstance(spread, float) else spread[new]
