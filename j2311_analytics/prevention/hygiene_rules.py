"""Claim hygiene: identifiers, dates, duplicates, corrections and the filing window."""

from __future__ import annotations

import numpy as np
import pandas as pd

from j2311_analytics import codes
from j2311_analytics.assumptions import Assumptions
from j2311_analytics.ingest.claim_fields import MODIFIERS
from j2311_analytics.prevention.lines import (
    Mask,
    among,
    carried,
    hits,
    mapped,
    of_kind,
    with_modifier,
)
from j2311_analytics.prevention.policies import required

FREQUENCIES = ("1", "7", "8")
_CORRECTIONS = ("7", "8")
_REPEATS = ("76", "77", "JW", "JZ", "59", "XE", "XP", "XS", "XU", "91")
_MANAGED = {"managed medicaid": "medicaid_managed", "managed medicare": "medicare_advantage"}
# How long before the end of the window a claim is worth a warning.
SOON_DAYS = 15


def hygiene_findings(
    lines: pd.DataFrame, policies: pd.DataFrame, assumptions: Assumptions = Assumptions()
) -> dict[str, pd.DataFrame]:
    """Lines that a payer would reject for their form, their dates or their doubles.

    Args:
        lines: From `prepare`.
        policies: Table `policies`; `filing_days` is the payer's own window.
        assumptions: Windows from the user's contracts.

    Returns:
        Rule → the lines found, with the words of their messages.
    """
    return {
        **_missing(lines),
        **_dates(lines),
        **_corrections(lines),
        **_doubles(lines),
        **_filing(lines, policies, assumptions),
    }


def is_npi(text: str) -> bool:
    """Whether a provider number has ten digits and the right check digit.

    Source: CMS, NPI check digit: the Luhn sum over 80840 and the number.

    Example:
        >>> is_npi("1234567893"), is_npi("1234567890")
        (True, False)
    """
    if len(text) != 10 or not (text.isascii() and text.isdigit()):
        return False
    digits = [int(digit) for digit in f"80840{text}"][::-1]
    doubled = [sum(divmod(2 * d, 10)) if place % 2 else d for place, d in enumerate(digits)]
    return sum(doubled) % 10 == 0


def _missing(lines: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Identifiers without which a claim is not taken in."""
    found = {}
    for rule, column in (
        ("hygiene_member_missing", "member_token"),
        ("hygiene_payer_missing", "payer_name"),
        ("hygiene_rendering_missing", "rendering_npi"),
        ("hygiene_billing_missing", "billing_npi"),
        ("hygiene_place_missing", "place_of_service"),
    ):
        found[rule] = hits(lines, carried(lines[column]) & lines[column].isna().to_numpy())
    for rule, column in (
        ("hygiene_rendering_invalid", "rendering_npi"),
        ("hygiene_billing_invalid", "billing_npi"),
    ):
        wrong = [c for c in lines[column].cat.categories if not is_npi(str(c))]
        found[rule] = hits(lines, among(lines[column], wrong))
    places = set(codes.load("place_of_service")["code"])
    unknown = [c for c in lines["place_of_service"].cat.categories if c not in places]
    # Some codes only report and carry no charge; a drug without one is policy_free_drug.
    charged = of_kind(lines, "administration", "evaluation", "bundle")
    charge = lines["charge"]
    no_charge = charge.isna() | (charge < 0) | ((charge == 0) & charged)
    return found | {
        "hygiene_place_unknown": hits(
            lines, among(lines["place_of_service"], unknown) & lines["professional"].to_numpy()
        ),
        "hygiene_code_missing": hits(lines, lines["hcpcs"].isna().to_numpy()),
        "hygiene_charge_missing": hits(lines, no_charge.to_numpy()),
    }


def _dates(lines: pd.DataFrame) -> dict[str, pd.DataFrame]:
    first, last = lines["service_from"], lines["service_to"]
    several = (last > first).to_numpy() & of_kind(lines, "drug", "administration", "evaluation")
    return {
        "hygiene_date_missing": hits(lines, first.isna().to_numpy()),
        "hygiene_date_future": hits(lines, (first > lines["sent"]).to_numpy()),
        "hygiene_dates_reversed": hits(lines, (last < first).to_numpy()),
        "hygiene_date_range": hits(lines, several),
    }


def _corrections(lines: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Frequency and the payer's number of the claim that is corrected.

    Source: NUBC frequency codes; CLM05-3 and REF*F8 in 005010X222A1.
    """
    frequency = lines["frequency"]
    odd = [c for c in frequency.cat.categories if c not in FREQUENCIES]
    correcting = among(frequency, _CORRECTIONS)
    names_it = lines["original_control_number"].notna().to_numpy()
    return {
        "hygiene_frequency": hits(lines, among(frequency, odd) & lines["professional"].to_numpy()),
        "hygiene_original_missing": hits(lines, correcting & ~names_it),
        "hygiene_original_unasked": hits(lines, among(frequency, ["1"]) & names_it),
    }


def _doubles(lines: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The same service twice: within a claim, or sent before under another original claim."""
    original = ~among(lines["frequency"], _CORRECTIONS)
    judged = original & lines["hcpcs"].notna().to_numpy() & lines["service_from"].notna().to_numpy()
    same = ["visit", "hcpcs", *MODIFIERS, "rendering_npi", "payer_id"]
    rows = lines.loc[judged].assign(place=np.flatnonzero(judged))
    rows = rows.sort_values(["submitted_date", "place"], na_position="last", kind="stable")
    key = rows.groupby(same, observed=True, dropna=False, sort=False).ngroup()
    within = rows.groupby([key, rows["claim"]]).cumcount() > 0
    # A line that the export shows as denied may be sent anew.
    live = rows[~((rows["denied_amount"] > 0) | rows["carc"].notna())]
    earliest = live[~key[live.index].duplicated()].set_index(key[live.index].drop_duplicates())
    order = pd.Series(np.arange(len(rows)), index=rows.index)
    first = earliest[["claim", "submitted_date"]].reindex(key).set_index(rows.index)
    rank = pd.Series(order[live.index].groupby(key[live.index]).first()).reindex(key)
    again = (first["claim"] != rows["claim"]) & (order.to_numpy() > rank.to_numpy())
    sent = first["submitted_date"].dt.strftime("%Y-%m-%d").fillna("no date")
    repeat = with_modifier(lines, ["76", "77"])
    twice = _marked(lines, rows.index[again]) & ~repeat
    return {
        "hygiene_duplicate": hits(lines, twice, day=sent.reindex(lines.index)),
        "hygiene_duplicate_line": hits(
            lines, _marked(lines, rows.index[within]) & ~with_modifier(lines, _REPEATS)
        ),
    }


def _marked(lines: pd.DataFrame, index: pd.Index) -> Mask:
    marked: Mask = lines.index.isin(index)
    return marked


def _filing(
    lines: pd.DataFrame, policies: pd.DataFrame, assumptions: Assumptions
) -> dict[str, pd.DataFrame]:
    """The payer's window for the first filing, counted from the service date."""
    days, sure = filing_days(lines, policies, assumptions)
    waited = (lines["sent"] - lines["service_from"]).dt.days.to_numpy("float64", na_value=np.nan)
    left = days - waited
    original = ~among(lines["frequency"], _CORRECTIONS)
    unsent = lines["submitted_date"].isna().to_numpy()
    words = {"window": days, "left": left, "waited": waited}
    return {
        "hygiene_filing_late": hits(lines, original & (left < 0) & sure, **words),
        "hygiene_filing_planned": hits(lines, original & (left < 0) & ~sure, **words),
        "hygiene_filing_soon": hits(
            lines, original & (left >= 0) & (left <= SOON_DAYS) & unsent, **words
        ),
    }


def filing_days(
    lines: pd.DataFrame, policies: pd.DataFrame, assumptions: Assumptions
) -> tuple[np.ndarray, Mask]:
    """Days that each line's payer gives for the first filing, and whether that is sure.

    A policy comes first, then the contract's window; the planning value of the payer's
    class (`codes/payer_windows.csv`) is not sure.
    """
    windows = codes.load("payer_windows").set_index("payer_class")["filing_days"]
    planned = {str(name): float(days) for name, days in windows.items() if days}
    for managed, same in _MANAGED.items():
        planned[managed] = planned[same]
    known = mapped(lines["payer_class"], planned).astype("float64")
    days = known.fillna(planned["unknown"]).to_numpy()
    sure = np.zeros(len(lines), dtype=bool)
    for rule in assumptions.window_overrides:
        if rule.filing_days is not None:
            here = among(lines["payer_id"], [rule.payer_id])
            days, sure = np.where(here, float(rule.filing_days), days), sure | here
    told = required(lines, policies, "filing_days").astype("float64").to_numpy()
    return np.where(np.isnan(told), days, told), sure | ~np.isnan(told)
