"""The measures one by one: numerator, denominator, cases and range of each."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from j2311_analytics.assumptions import Assumptions
from j2311_analytics.ingest.exports import Claims
from j2311_analytics.ingest.remittance import Remittance
from j2311_analytics.matching.payers import paid_on, payer_key, payers

PRIMARY_DAYS = 28
FEWEST_CASES = 10
GROUPS = ("payer", "cause", "month", "place_of_service", "provider")
_OF_REMITS = ("payer", "place_of_service", "provider", "month")
_RANGE = 0.95
_PRIMARY = ("1", "19", "4")
Row = dict[str, object]


def group_keys(focus: pd.DataFrame, by: str) -> pd.Series:
    """The group of each service, as text; missing for services without a cause."""
    keys: pd.Series
    if by == "cause":
        keys = focus["first_cause"].where(focus["origin"] == "initial")
    elif by == "month":
        keys = focus["first_decided_on"].dt.strftime("%Y-%m").astype("str")
    elif by == "provider":
        keys = focus["rendering_npi"].fillna(focus["billing_npi"]).fillna("not named")
    else:
        keys = focus[by].fillna("not named")
    return keys


def measures(
    focus: pd.DataFrame,
    base: pd.DataFrame,
    remits: pd.DataFrame,
    *,
    whole: bool,
    yields: bool = True,
) -> list[Row]:
    """Every measure of some services.

    Args:
        focus: The services measured, with appeal_days.
        base: The services of the denominators of denial and write-off rates.
        remits: From `primary_remits`, those that count.
        whole: Whether services that were never denied are known at all.
        yields: Whether first-pass yield and clean claim rate make sense of them.
    """
    denied = focus[focus["origin"] == "initial"]
    resolved = denied[denied["resolved_on"].notna()]
    won = resolved["state"] == "recovered"
    known = base if whole else base.iloc[:0]
    in_all = known if yields else known.iloc[:0]
    hit = known.index.isin(denied.index)
    days = (resolved["resolved_on"] - resolved["first_denied_on"]).dt.days
    again = (in_all["submissions"] > 1) | (in_all["rejections"] > 0)
    dirty = (in_all["first_cause"].notna() | again).groupby(in_all["claim_id"]).any()
    written_off = known["written_off_amount"].where(known.index.isin(focus.index), 0)
    return [
        _rate("initial_denial_rate_lines", hit, "lines",
              "services first denied (not after payment) / services decided"),
        _dollars("initial_denial_rate_dollars", known["charge"].where(hit, 0), known["charge"],
                 "charges of services first denied / charges of services decided"),
        _rate("first_pass_yield", (in_all["state"] == "paid") & ~again, "lines",
              "services paid or settled on the first sending / services decided"),
        _rate("primary_denial_rate", remits["nothing_paid"], "claims",
              "zero-pay primary remits / primary remits, last 28 days (by month: of the month), "
              "claims with a focus code"),
        _rate("clean_claim_rate", ~dirty.astype("bool"), "claims",
              "claims whose focus lines were never rejected, denied nor sent again / "
              "claims decided"),
        _rate("overturn_rate_lines", won, "lines",
              "initial denials later paid / initial denials resolved"),
        _dollars("overturn_rate_dollars", resolved["charge"].where(won, 0), resolved["charge"],
                 "charges of initial denials later paid / charges of initial denials resolved"),
        _dollars("denial_write_off_rate", written_off, known["allowed"],
                 "denial write-offs (billed dollars) / net revenue allowed"),
        *_days("days_denial_to_resolution", days, "days from first denial to resolution"),
        *_days("days_denial_to_appeal", denied["appeal_days"],
               "days from first denial to first appeal"),
    ]  # fmt: skip


def primary_remits(remittance: Remittance | None, assumptions: Assumptions) -> pd.DataFrame:
    """Primary remits with a focus line up to the as-of date, duplicates out.

    Returns:
        payer, place_of_service, provider, month (of payment, as text), nothing_paid and
        recent (flags; whether it is of the last four weeks): one row per claim of a
        remittance.
    """
    if remittance is None:
        none = pd.DataFrame(columns=[*_OF_REMITS, "nothing_paid", "recent"])
        return none.astype({"nothing_paid": "bool", "recent": "bool"})
    payments = remittance.payments.assign(on=paid_on(remittance.payments))
    key = payer_key(payments["payer_id"], payments["payer_name"])
    names = payers(remittance, assumptions=assumptions).set_index("payer_key")["payer"]
    payments["payer"] = key.map(names)
    as_of = pd.Timestamp(assumptions.as_of) if assumptions.as_of else payments["on"].max()
    claims = remittance.claims.merge(
        payments[["transaction", "on", "payer", "payee_npi"]], on="transaction"
    )
    lines = remittance.lines
    focused = lines["billed_hcpcs"].fillna(lines["hcpcs"]).isin(assumptions.focus)
    duplicate = remittance.adjustments.loc[remittance.adjustments["carc"] == "18", "claim"]
    claims["recent"] = claims["on"] > as_of - pd.Timedelta(days=PRIMARY_DAYS)
    claims["month"] = claims["on"].dt.strftime("%Y-%m").astype("str")
    chosen = claims["on"] <= as_of
    chosen &= claims["claim_status"].isin(_PRIMARY)
    chosen &= claims["claim"].isin(lines.loc[focused, "claim"])
    chosen &= ~claims["claim"].isin(duplicate)
    claims["provider"] = claims["rendering_npi"].fillna(claims["payee_npi"])
    found = claims.loc[chosen, [*_OF_REMITS]].fillna("not named")
    return found.assign(nothing_paid=claims["paid"] == 0, recent=claims["recent"])


def days_to_appeal(
    services: pd.DataFrame,
    claims: Claims | None,
    appeals: pd.DataFrame | None,
    assumptions: Assumptions,
) -> pd.Series:
    """Days from the first denial to the first appeal on record; missing without one."""
    if appeals is not None:
        sent = appeals[["episode", "sent_on"]].merge(services[["episode", "first_denied_on"]])
        sent = sent[sent["sent_on"] >= sent["first_denied_on"]]
        first = sent.groupby("episode")["sent_on"].min()
        appealed = first.reindex(services["episode"]).set_axis(services.index)
    elif claims is not None:
        appealed = _first_appeal(services, claims, assumptions)
    else:
        return pd.Series(np.nan, index=services.index)
    days = (pd.to_datetime(appealed) - services["first_denied_on"]).dt.days
    return days.where(days >= 0)


def _first_appeal(services: pd.DataFrame, claims: Claims, assumptions: Assumptions) -> pd.Series:
    """The first appeal noted under the claim that was decided first."""
    sent = claims.lines.dropna(subset=["appeal_date"])
    if assumptions.as_of is not None:
        sent = sent[sent["appeal_date"] <= pd.Timestamp(assumptions.as_of)]
    billed = ["claim_id", "service_from", "hcpcs"]
    first = sent.groupby(billed)["appeal_date"].min()
    keys = pd.MultiIndex.from_frame(services[billed])
    return pd.Series(first.reindex(keys).to_numpy(), index=services.index)


def _rate(name: str, hits: pd.Series | np.ndarray, base: str, words: str) -> Row:
    """A share of counts with Wilson's range."""
    number, of = int(np.sum(hits)), len(hits)
    low, high = np.nan, np.nan
    if of:
        interval = stats.binomtest(number, of).proportion_ci(_RANGE, method="wilson")
        low, high = interval.low, interval.high
    value = number / of if of else np.nan
    return {
        "kpi": name,
        "value": value,
        "numerator": number,
        "denominator": of,
        "cases": of,
        "low": low,
        "high": high,
        "unit": "ratio",
        "base": base,
        "definition": words,
    }


def _dollars(name: str, part: pd.Series, whole: pd.Series, words: str) -> Row:
    """A share of dollars; its range from the linearised ratio (Cochran, Sampling Techniques)."""
    numerator, denominator, cases = float(part.sum()), float(whole.sum()), len(whole)
    value = low = high = np.nan
    if denominator and cases >= FEWEST_CASES:
        value = numerator / denominator
        rest = part - value * whole
        error = np.sqrt((rest**2).sum() * cases / (cases - 1)) / denominator
        width = float(stats.norm.ppf(0.5 + _RANGE / 2) * error)
        low, high = max(0.0, value - width), value + width
    return {"kpi": name, "value": value, "numerator": round(numerator, 2),
            "denominator": round(denominator, 2), "cases": cases, "low": low, "high": high,
            "unit": "ratio", "base": "dollars", "definition": words}  # fmt: skip


def _days(name: str, days: pd.Series, words: str) -> list[Row]:
    """Median and mean of days, with the middle half of the cases."""
    days = days.dropna()
    low, middle, high = (
        float(days.quantile(part)) if len(days) else np.nan for part in (0.25, 0.5, 0.75)
    )
    row = {"numerator": float(days.sum()), "denominator": len(days), "cases": len(days),
           "low": low, "high": high, "unit": "days", "base": "days"}  # fmt: skip
    values = {"median": middle, "mean": float(days.mean()) if len(days) else np.nan}
    return [
        {
            "kpi": f"{kind}_{name}",
            "value": value,
            "definition": f"{kind} {words}; range shown is the middle half",
            **row,
        }
        for kind, value in values.items()
    ]
