"""Payers' own rules: authorizations, steps before, intervals, places, networks, channels."""

from __future__ import annotations

import numpy as np
import pandas as pd

from j2311_analytics.drugs.drug_codes import drug_table, mapped
from j2311_analytics.prevention.lines import (
    Mask,
    among,
    carried,
    hits,
    of_kind,
    with_modifier,
)
from j2311_analytics.prevention.policies import required

# A drug line that another party supplies may be billed at a cent, for information.
TOKEN_CHARGE = 0.01


def policy_findings(lines: pd.DataFrame, policies: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Drug lines that do not meet what their payer's policy asks for on that day.

    Args:
        lines: From `prepare`.
        policies: Table `policies`.

    Returns:
        Rule → the lines found, with the words of their messages.
    """
    channel = required(lines, policies, "channel")
    bought = (channel.isna() | (channel == "buy_and_bill")).to_numpy()
    return {
        **_channel(lines, channel, bought),
        **_authorization(lines, policies, bought),
        **_steps(lines, policies),
        **_intervals(lines, policies),
        **_places(lines, policies),
        **_units(lines, policies),
    }


def _channel(lines: pd.DataFrame, channel: pd.Series, bought: Mask) -> dict[str, pd.DataFrame]:
    """Who buys the drug: a drug that the practice did not buy is not charged."""
    charged = (lines["charge"] > TOKEN_CHARGE).to_numpy()
    white = (channel == "white_bagging").to_numpy()
    elsewhere = channel.isin(["specialty_pharmacy", "pharmacy_benefit"]).to_numpy()
    free = of_kind(lines, "drug", "unclassified") & ~(lines["charge"] > 0).to_numpy()
    words = {"channel": channel.str.replace("_", " ").fillna("")}
    return {
        "policy_white_bagging": hits(lines, white & charged, **words),
        "policy_channel": hits(lines, elsewhere & charged, **words),
        "policy_free_drug": hits(lines, free & bought, **words),
    }


def _authorization(
    lines: pd.DataFrame, policies: pd.DataFrame, bought: Mask
) -> dict[str, pd.DataFrame]:
    """Needed, and then matching: dates, units, code and provider, not mere presence."""
    asked = (required(lines, policies, "authorization") == "yes").to_numpy() & bought
    there = lines["authorization"].notna().to_numpy()
    has = asked & there
    day = lines["service_from"]
    early = (day < lines["auth_from"]).to_numpy()
    late = (day > lines["auth_to"]).to_numpy()
    used, over = _units_used(lines, there & of_kind(lines, "drug", "unclassified"))
    provider = lines["auth_npi"].astype("str")
    others = [lines[name].astype("str") for name in ("rendering_npi", "billing_npi")]
    known = (provider.notna() & (others[0].notna() | others[1].notna())).to_numpy()
    same = ((provider == others[0]) | (provider == others[1])).fillna(False).to_numpy(dtype=bool)
    return {
        "policy_authorization_missing": hits(lines, asked & ~there),
        "policy_authorization_dates": hits(lines, has & (early | late)),
        "policy_authorization_units": hits(lines, has & over, used=used),
        "policy_authorization_code": hits(lines, has & _other_code(lines)),
        "policy_authorization_provider": hits(lines, has & known & ~same),
    }


def _units_used(lines: pd.DataFrame, counted: Mask) -> tuple[np.ndarray, Mask]:
    """Units used under each authorization up to each line, and whether that is too many."""
    used, over = np.full(len(lines), np.nan), np.zeros(len(lines), dtype=bool)
    if not carried(lines["auth_units"]):
        return used, over
    rows = lines.loc[counted, ["patient", "hcpcs", "authorization", "units", "auth_units", "day"]]
    # One day counts once, however often its claim was sent.
    keys = ["patient", "hcpcs", "authorization"]
    rows = rows.assign(place=np.flatnonzero(counted), units=rows["units"].fillna(0))
    rows = rows.sort_values("day", kind="stable")
    once = rows.where(~rows.duplicated([*keys, "day"]))["units"].fillna(0)
    total = once.groupby([rows[k] for k in keys], observed=True, dropna=False).cumsum()
    used[rows["place"]] = total
    over[rows["place"]] = (total > rows["auth_units"]).to_numpy()
    return used, over


def _other_code(lines: pd.DataFrame) -> Mask:
    """Lines whose authorization names codes, and not theirs."""
    wrong = np.zeros(len(lines), dtype=bool)
    for text in lines["auth_hcpcs"].cat.categories:
        named = str(text).upper().replace(",", " ").replace(";", " ").split()
        wrong |= among(lines["auth_hcpcs"], [text]) & ~among(lines["hcpcs"], named)
    return wrong


def _steps(lines: pd.DataFrame, policies: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Evidence of treatments tried first, and of counselling."""
    wanted = required(lines, policies, "step_therapy")
    tried = lines["prior_treatments"].astype("str").str.lower().fillna("")
    lacking = np.zeros(len(lines), dtype=bool)
    for words in wanted.dropna().unique():
        here = (wanted == words).to_numpy()
        steps = [step.strip().lower() for step in str(words).split(";")]
        found = np.logical_and.reduce([tried[here].str.contains(s, regex=False) for s in steps])
        lacking[here] = ~found
    counselled = (required(lines, policies, "counselling") == "yes").to_numpy()
    return {
        "policy_step_therapy": hits(
            lines, lacking & carried(lines["prior_treatments"]), wanted=wanted
        ),
        "policy_counselling": hits(
            lines,
            counselled & carried(lines["counselling"]) & lines["counselling"].isna().to_numpy(),
        ),
    }


def _intervals(lines: pd.DataFrame, policies: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Days since the patient's last injection of the drug, and injections in the year.

    Without a policy, the label's interval of `codes/drug_codes.csv` counts.
    """
    since, in_year = _since_last(lines)
    least = required(lines, policies, "min_days").astype("float64").to_numpy()
    early = required(lines, policies, "early_days").astype("float64").to_numpy()
    usual_least, usual_early = _usual_intervals(lines)
    # A payer that states one of the two has spoken: the other is not added to it.
    silent = np.isnan(least) & np.isnan(early)
    least = np.where(silent, usual_least, least)
    early = np.where(silent, usual_early, early)
    most = required(lines, policies, "max_per_year").astype("float64").to_numpy()
    too_soon = since < least
    words = {"since": since, "least": least, "early": early, "most": most, "number": in_year}
    return {
        "policy_interval_short": hits(lines, too_soon, **words),
        "policy_interval_early": hits(lines, ~too_soon & (since < early), **words),
        "policy_per_year": hits(lines, in_year > most, **words),
    }


def _since_last(lines: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Days since the last day on which the patient got the drug, and which one of the year."""
    drug = of_kind(lines, "drug") & lines["service_from"].notna().to_numpy()
    drug &= ~with_modifier(lines, ["JW"]) & ~among(lines["frequency"], ["8"])
    rows = lines.loc[drug, ["patient", "drug", "day"]].assign(place=np.flatnonzero(drug))
    rows = rows.assign(drug=rows["drug"].cat.codes, year=lines.loc[drug, "service_from"].dt.year)
    days = rows.drop_duplicates(["patient", "drug", "day"]).sort_values(["patient", "drug", "day"])
    same = (days[["patient", "drug"]] == days[["patient", "drug"]].shift()).all(axis=1)
    days = days.assign(since=days["day"].diff().where(same).astype("float64"))
    days = days.assign(number=days.groupby(["patient", "drug", "year"]).cumcount() + 1)
    told = rows.merge(days.drop(columns=["place", "year"]), on=["patient", "drug", "day"])
    since, number = np.full(len(lines), np.nan), np.full(len(lines), np.nan)
    since[told["place"]], number[told["place"]] = told["since"], told["number"]
    return since, number


def days_since_last(lines: pd.DataFrame) -> np.ndarray:
    """Days since the last day on which the patient got the same drug; missing at the first.

    Args:
        lines: From `prepare`.
    """
    return _since_last(lines)[0]


def _usual_intervals(lines: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Least and usual days between doses: the code's own, else those of the drug's only depot."""
    depots = drug_table().dropna(subset=["interval_days"])
    alone = depots[~depots["drug"].duplicated(keep=False)].set_index("drug")
    drug = of_kind(lines, "drug")
    found = []
    for name in ("earliest_days", "interval_days"):
        days = mapped(lines["hcpcs"].astype("str"), name).astype("float64")
        of_drug = lines["drug"].astype("str").map(alone[name]).astype("float64")
        found.append(days.fillna(of_drug).where(drug).to_numpy())
    return found[0], found[1]


def _places(lines: pd.DataFrame, policies: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Where, by whom and under which payer the drug may be billed."""
    places = required(lines, policies, "places")
    network = required(lines, policies, "network")
    discount = required(lines, policies, "discount_modifier")
    carve_out = required(lines, policies, "carve_out")
    place = lines["place_of_service"].astype("str")
    outside = network.notna().to_numpy() & lines["rendering_npi"].notna().to_numpy()
    for name in ("rendering_npi", "billing_npi"):
        outside &= ~_listed(lines[name].astype("str"), network)
    unmarked = discount.notna().to_numpy(copy=True)
    for listed in discount.dropna().unique():
        unmarked &= ~((discount == listed).to_numpy() & with_modifier(lines, listed.split(";")))
    return {
        "policy_place": hits(
            lines,
            places.notna().to_numpy() & place.notna().to_numpy() & ~_listed(place, places),
            allowed=places.str.replace(";", ", "),
        ),
        "policy_network": hits(lines, outside),
        "policy_discount_modifier": hits(lines, unmarked, wanted=discount.str.replace(";", " or ")),
        "policy_carve_out": hits(lines, carve_out.notna().to_numpy(), other=carve_out),
    }


def _listed(values: pd.Series, lists: pd.Series) -> Mask:
    """Whether each value is in the list, separated by ;, beside it."""
    found = np.zeros(len(values), dtype=bool)
    for text in lists.dropna().unique():
        here = (lists == text).to_numpy()
        found[here] = values[here].isin(str(text).split(";")).to_numpy()
    return found


def _units(lines: pd.DataFrame, policies: pd.DataFrame) -> dict[str, pd.DataFrame]:
    most = required(lines, policies, "max_units").astype("float64").to_numpy()
    return {
        "policy_units": hits(lines, (lines["units"] > most).to_numpy(), most=most),
    }
