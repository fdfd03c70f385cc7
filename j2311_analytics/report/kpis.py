"""Denial measures after the HFMA claim-integrity definitions, each with its base.

Source: HFMA Claim Integrity Task Force, standardized denial metrics (names and
formulas); the line-level twin of each claim-level rate is stated as such.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from j2311_analytics import codes
from j2311_analytics.assumptions import Assumptions
from j2311_analytics.ingest.exports import Claims
from j2311_analytics.ingest.remittance import Remittance
from j2311_analytics.report.decided import decided_services
from j2311_analytics.report.measures import (
    GROUPS,
    days_to_appeal,
    group_keys,
    measures,
    primary_remits,
)
from j2311_analytics.tables import conform, empty


def kpis(
    episodes: pd.DataFrame,
    *,
    by: str | None = None,
    remittance: Remittance | None = None,
    claims: Claims | None = None,
    appeals: pd.DataFrame | None = None,
    assumptions: Assumptions = Assumptions(),
) -> pd.DataFrame:
    """Measure denials of the focus codes, in all or by group.

    Numerators and denominators, each in services unless told otherwise:

    - initial denial rate: services first denied (not after payment) / services decided;
      in dollars the charges of both.
    - primary denial rate: primary remits that paid nothing / primary remits of the last
      28 days, duplicates out, in claims; by month those paid in the month; by cause none,
      since the lines of one remit may have several.
    - first-pass yield: services paid or settled on the first sending / services decided.
    - clean claim rate: claims never rejected, denied nor sent again / claims decided.
    - overturn rate: initial denials recovered / initial denials resolved; in dollars the
      charges of both.
    - denial write-off rate: denial write-offs in force (billed dollars) / allowed in force.
    - days from first denial to first appeal, and to resolution: median and mean.

    Args:
        episodes: Table `episodes`; rows of other codes are left out.
        by: "payer", "cause" (of the first denial), "month" (of the first decision),
            "place_of_service" or "provider" (rendering, else billing). By cause the
            denominators of denial and write-off rates are those of all causes, and
            yields have none.
        remittance: Needed for the primary denial rate.
        claims: Needed for days from denial to appeal where `appeals` is not given; those
            noted under the claim id that was decided first count.
        appeals: Table `appeals`, in which those of a later claim id count too.
        assumptions: Focus codes and as-of date.

    Returns:
        Table `kpis`, one row per measure and `group` (missing where not asked for):
        value, numerator, denominator, cases and 95 % range (Wilson for rates of counts,
        the linearised ratio for dollars, the middle half for days). A measure without a
        denominator has no value, nor has a rate of dollars of fewer than 10 cases. A list
        of denials alone, without any remittance, has no denominator of services.

    Raises:
        ValueError: for another value of `by`.

    Source:
        HFMA Claim Integrity Task Force, standardized denial metrics (2021).

    Example:
        >>> from j2311_analytics.tables import empty
        >>> kpis(empty("episodes"))["value"].isna().all()
        np.True_
    """
    if remittance is not None and remittance.payments.empty:
        remittance = None
    if by is not None and by not in GROUPS:
        raise ValueError(f"by must be one of {', '.join(GROUPS)}; got {by!r}")
    focus = decided_services(episodes)
    focus = focus.assign(appeal_days=days_to_appeal(focus, claims, appeals, assumptions))
    whole = remittance is not None or bool(focus["first_cause"].isna().any())
    remits = primary_remits(remittance, assumptions)
    if by != "month":
        remits = remits[remits["recent"]]
    if by is None:
        return conform(pd.DataFrame(measures(focus, focus, remits, whole=whole)), "kpis")
    keys = group_keys(focus, by)
    rows: list[dict[str, object]] = []
    for group in sorted(keys.dropna().unique()):
        part = focus[keys == group]
        base = focus if by == "cause" else part
        own = remits[remits[by] == group] if by in remits else remits.iloc[:0]
        found = measures(part, base, own, whole=whole, yields=by != "cause")
        rows += [{"group": group, **row} for row in found]
    return conform(pd.DataFrame(rows), "kpis") if rows else empty("kpis")


def benchmarks() -> pd.DataFrame:
    """Published benchmarks to read beside the measures, each with source and year.

    Returns:
        metric, value, unit, base (claims, dollars, denials …), setting (hospital,
        practice, health plan …), source, year; rows that only define a measure left out.

    Example:
        >>> {"metric", "base", "setting", "source", "year"} <= set(benchmarks().columns)
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
    focus = decided_services(episodes)
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
