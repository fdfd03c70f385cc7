"""Denial measures after the HFMA claim-integrity definitions, each with its base.

Source: HFMA Claim Integrity Task Force, standardized denial metrics (names and
formulas); the line-level twin of each claim-level rate is stated as such.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from j2311_analytics import codes
from j2311_analytics.assumptions import Assumptions
from j2311_analytics.ingest.exports import Claims
from j2311_analytics.ingest.remittance import Remittance
from j2311_analytics.tables import conform

PRIMARY_DAYS = 28
_RANGE = 0.95


def kpis(
    episodes: pd.DataFrame,
    *,
    remittance: Remittance | None = None,
    claims: Claims | None = None,
    assumptions: Assumptions = Assumptions(),
) -> pd.DataFrame:
    """Measure denials of the focus codes.

    Args:
        episodes: Table `episodes`; rows of other codes are left out.
        remittance: Needed for the primary denial rate.
        claims: Needed for days from denial to appeal.
        assumptions: Focus codes and as-of date.

    Returns:
        Table `kpis`, one row per measure: value, numerator, denominator, 95 % range
        (Wilson for rates of counts) and the definition in words. A measure whose
        denominator is missing or 0 has no value.

    Example:
        >>> from j2311_analytics.tables import empty
        >>> kpis(empty("episodes"))["value"].isna().all()
        np.True_
    """
    focus = _decided(episodes)
    denied = focus[focus["origin"] == "initial"]
    rows = [
        *_first_decisions(focus, denied),
        _primary_denial_rate(remittance, assumptions),
        _clean_claim_rate(focus),
        *_outcomes(focus, denied),
        _median(
            "median_days_denial_to_appeal",
            _days_to_appeal(denied, claims),
            "days from first denial to first appeal",
        ),
    ]
    return conform(pd.DataFrame(rows), "kpis")


def benchmarks() -> pd.DataFrame:
    """Published benchmarks to read beside the measures, each with source and year.

    Returns:
        metric, value, unit, source, year; rows that only define a measure left out.

    Example:
        >>> {"metric", "source", "year"} <= set(benchmarks().columns)
        True
    """
    table = codes.load("benchmarks")
    table = table[table["value"] != ""].reset_index(drop=True)
    return table.assign(value=table["value"].astype("float64"))


def denial_trend(
    episodes: pd.DataFrame, *, assumptions: Assumptions = Assumptions()
) -> pd.DataFrame:
    """Initial denial rate of the focus codes by month, with control limits.

    A p-chart (Shewhart; Montgomery, Statistical Quality Control, chapter 7): limits
    are the overall rate plus or minus `limit_sigma` standard errors for the month's
    own number of services.

    Args:
        episodes: Table `episodes`.
        assumptions: Focus codes and width of the limits.

    Returns:
        One row per month of first decision: month (first day), lines, denied_lines,
        rate, center, lower, upper, outside (flag).

    Example:
        >>> from j2311_analytics.tables import empty
        >>> denial_trend(empty("episodes")).empty
        True
    """
    focus = _decided(episodes)
    month = focus["first_decided_on"].dt.to_period("M").dt.to_timestamp()
    first = focus["origin"] == "initial"
    trend = pd.DataFrame(
        {"lines": month.groupby(month).size(), "denied_lines": first.groupby(month).sum()}
    ).rename_axis("month")
    trend["rate"] = trend["denied_lines"] / trend["lines"]
    center = trend["denied_lines"].sum() / max(trend["lines"].sum(), 1)
    error = np.sqrt(center * (1 - center) / trend["lines"])
    trend["center"] = center
    trend["lower"] = (center - assumptions.limit_sigma * error).clip(lower=0)
    trend["upper"] = (center + assumptions.limit_sigma * error).clip(upper=1)
    trend["outside"] = (trend["rate"] < trend["lower"]) | (trend["rate"] > trend["upper"])
    return trend.reset_index()


def _decided(episodes: pd.DataFrame) -> pd.DataFrame:
    """Focus services that count in a rate: decided, billed, and not merely pended."""
    pended = (episodes["state"] == "pended") & episodes["first_cause"].isna()
    decided = episodes["first_decided_on"].notna() & (episodes["charge"] > 0)
    return episodes[episodes["focus"] & decided & ~pended]


def _first_decisions(focus: pd.DataFrame, denied: pd.DataFrame) -> list[dict[str, object]]:
    clean = focus[(focus["state"] == "paid") & (focus["submissions"] <= 1)]
    return [
        _rate(
            "initial_denial_rate_lines",
            len(denied),
            len(focus),
            "lines",
            "services first denied (not after payment) / services decided",
        ),
        _share(
            "initial_denial_rate_dollars",
            denied["charge"].sum(),
            focus["charge"].sum(),
            "charges of services first denied / charges of services decided",
        ),
        _rate(
            "first_pass_yield",
            len(clean),
            len(focus),
            "lines",
            "services paid or settled on the first sending / services decided",
        ),
    ]


def _outcomes(focus: pd.DataFrame, denied: pd.DataFrame) -> list[dict[str, object]]:
    resolved = denied[denied["resolved_on"].notna()]
    won = resolved[resolved["state"] == "recovered"]
    return [
        _rate(
            "overturn_rate_lines",
            len(won),
            len(resolved),
            "lines",
            "initial denials later paid / initial denials resolved",
        ),
        _share(
            "overturn_rate_dollars",
            won["charge"].sum(),
            resolved["charge"].sum(),
            "charges of initial denials later paid / charges of initial denials resolved",
        ),
        _share(
            "denial_write_off_rate",
            focus["written_off_amount"].sum(),
            focus["allowed"].sum(),
            "denial write-offs (billed dollars) / net revenue allowed",
        ),
        _median(
            "median_days_denial_to_resolution",
            (resolved["resolved_on"] - resolved["first_denied_on"]).dt.days,
            "days from first denial to resolution",
        ),
    ]


def _rate(name: str, numerator: int, denominator: int, base: str, words: str) -> dict[str, object]:
    low, high = np.nan, np.nan
    if denominator:
        test = stats.binomtest(int(numerator), int(denominator))
        interval = test.proportion_ci(_RANGE, method="wilson")
        low, high = interval.low, interval.high
    return {**_share(name, numerator, denominator, words), "base": base, "low": low, "high": high}


def _share(name: str, numerator: float, denominator: float, words: str) -> dict[str, object]:
    return {
        "kpi": name,
        "value": numerator / denominator if denominator else np.nan,
        "numerator": round(float(numerator), 2),
        "denominator": round(float(denominator), 2),
        "unit": "ratio",
        "base": "dollars",
        "definition": words,
    }


def _median(name: str, days: pd.Series, words: str) -> dict[str, object]:
    days = days.dropna()
    low, middle, high = (
        float(days.quantile(part)) if len(days) else np.nan for part in (0.25, 0.5, 0.75)
    )
    return {
        "kpi": name,
        "value": middle,
        "numerator": float(days.sum()),
        "denominator": len(days),
        "low": low,
        "high": high,
        "unit": "days",
        "base": "days",
        "definition": f"median {words}; range shown is the middle half",
    }


def _primary_denial_rate(
    remittance: Remittance | None, assumptions: Assumptions
) -> dict[str, object]:
    """Zero-pay primary remits of the last four weeks; a remit is a claim with a focus line."""
    words = "zero-pay primary remits / primary remits, last 28 days, claims with a focus code"
    if remittance is None:
        return _rate("primary_denial_rate", 0, 0, "claims", words)
    dates = remittance.payments.set_index("transaction")["payment_date"]
    as_of = pd.Timestamp(assumptions.as_of) if assumptions.as_of else dates.max()
    claims = remittance.claims.assign(on=remittance.claims["transaction"].map(dates))
    lines = remittance.lines
    focused = lines.loc[
        lines["billed_hcpcs"].fillna(lines["hcpcs"]).isin(assumptions.focus), "claim"
    ]
    recent = claims["on"].between(as_of - pd.Timedelta(days=PRIMARY_DAYS - 1), as_of)
    primary = claims["claim_status"].isin(["1", "19", "4"])
    chosen = claims[recent & primary & claims["claim"].isin(focused)]
    duplicate = remittance.adjustments.query("carc == '18'")["claim"]
    chosen = chosen[~chosen["claim"].isin(duplicate)]
    return _rate(
        "primary_denial_rate", int((chosen["paid"] == 0).sum()), len(chosen), "claims", words
    )


def _clean_claim_rate(focus: pd.DataFrame) -> dict[str, object]:
    dirty = focus["first_cause"].notna() | (focus["submissions"] > 1)
    by_claim = dirty.groupby(focus["claim_id"]).any()
    return _rate(
        "clean_claim_rate",
        int((~by_claim).sum()),
        len(by_claim),
        "claims",
        "claims whose focus lines were never denied nor sent again / claims decided",
    )


def _days_to_appeal(denied: pd.DataFrame, claims: Claims | None) -> pd.Series:
    if claims is None:
        return pd.Series(dtype="float64")
    sent = claims.lines.dropna(subset=["appeal_date"])
    billed = ["claim_id", "service_from", "hcpcs"]
    first = sent.groupby(billed)["appeal_date"].min()
    keys = pd.MultiIndex.from_frame(denied[billed])
    appealed = pd.Series(first.reindex(keys).to_numpy(), index=denied.index)
    days = (pd.to_datetime(appealed) - denied["first_denied_on"]).dt.days
    return days[days >= 0]
