"""What the open denials would bring if a cause were fixed, or work were faster or more."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from j2311_analytics.assumptions import Assumptions
from j2311_analytics.errors import count_of
from j2311_analytics.revenue.actions import best_hours
from j2311_analytics.revenue.recovery import recovery_chances
from j2311_analytics.revenue.value import recoverable_by
from j2311_analytics.tables import cents, conform, dollars

_SURE = 1e-6


def what_if(
    recoverable: pd.DataFrame,
    episodes: pd.DataFrame | None = None,
    *,
    fix: Mapping[str, float] | None = None,
    days_sooner: int = 0,
    hours: float | None = None,
    assumptions: Assumptions = Assumptions(),
) -> pd.DataFrame:
    """Expected dollars of the open denials under other ways of working, with ranges.

    Args:
        recoverable: Table `recoverable`.
        episodes: Table `episodes` it was made from; needed for `days_sooner`, and
            for what comes without work.
        fix: Cause → share of its losses that would come in, such as
            {"prior_authorization": 0.5} where half of what would be lost is won.
        days_sooner: Denials are worked this many days earlier: each chance is that of a
            denial so much younger, as history has it.
        hours: Hours of work there are: only the set that brings most in them is worked.
            The rest keeps that part of its chance which came in the past without a
            resubmission or an appeal on record. Without `episodes` it brings nothing,
            which overstates what staffing is worth.
        assumptions: As those of `recoverable`.

    Returns:
        Table `what_if`: the denials as they are, each change alone, and all together.

    Raises:
        ValueError: for a cause without open denials, a share outside 0 to 1, days below
            zero, or days without episodes.

    Example:
        >>> from j2311_analytics.tables import empty
        >>> what_if(empty("recoverable"))["scenario"].tolist()
        ['as it is']
    """
    _check(recoverable, episodes, fix or {}, days_sooner)
    rows, changed = [_row("as it is", recoverable, assumptions)], recoverable
    if days_sooner:
        assert episodes is not None
        changed = _sooner(recoverable, episodes, days_sooner, assumptions)
        rows.append(_row(f"worked {count_of(days_sooner, 'day')} sooner", changed, assumptions))
    for cause, share in (fix or {}).items():
        words = f"{share:.0%} of the losses for {cause.replace('_', ' ')} won"
        rows.append(_row(words, _fixed(recoverable, cause, share), assumptions))
        changed = _fixed(changed, cause, share)
    if hours is not None:
        anyway = _without_work(episodes)
        worked = _worked(recoverable, hours, anyway, assumptions)
        rows.append(_row(f"{count_of(hours, 'hour')} of work", worked, assumptions))
        changed = _worked(changed, hours, anyway, assumptions)
    if len(rows) > 2:
        rows.append(_row("all together", changed, assumptions))
    table = pd.DataFrame(rows)
    amounts = cents(table["recoverable_amount"])
    gain = amounts - amounts.iloc[0]
    return conform(table.assign(change=dollars(gain)), "what_if")


def _check(
    recoverable: pd.DataFrame, episodes: pd.DataFrame | None, fix: Mapping[str, float], days: int
) -> None:
    causes = sorted(recoverable["cause"].dropna().unique())
    for cause, share in fix.items():
        if cause not in causes:
            raise ValueError(f"no open denial has the cause {cause!r}; there are {causes}")
        if not 0 <= share <= 1:
            raise ValueError(f"the share won must be between 0 and 1, such as 0.5; got {share!r}")
    if days < 0:
        raise ValueError(f"days_sooner must be 0 or more, such as 14; got {days!r}")
    if days and episodes is None:
        raise ValueError("days_sooner needs the episodes that recoverable was made from")


def _row(words: str, rows: pd.DataFrame, assumptions: Assumptions) -> dict[str, object]:
    total = recoverable_by(rows, by=[], assumptions=assumptions).iloc[0]
    names = ["episodes", "recoverable_amount", "recoverable_low", "recoverable_high"]
    return {"scenario": words, **{name: total[name] for name in names}}


def _with_chance(rows: pd.DataFrame, chance: pd.Series) -> pd.DataFrame:
    """The same denials with other chances; what is not known about them stays as it is."""
    inside = chance.clip(_SURE, 1 - _SURE)
    return rows.assign(
        recovery_probability=chance,
        chance_logit=np.log(inside / (1 - inside)),
        recoverable_amount=(rows["amount_if_won"] * chance).round(2),
        net_value=(rows["amount_if_won"] * chance - rows["cost_to_work"]).round(2),
    )


def _fixed(rows: pd.DataFrame, cause: str, share: float) -> pd.DataFrame:
    chance = rows["recovery_probability"]
    won = chance + share * (1 - chance)
    return _with_chance(rows, chance.mask((rows["cause"] == cause) & (chance > 0), won))


def _sooner(
    rows: pd.DataFrame, episodes: pd.DataFrame, days: int, assumptions: Assumptions
) -> pd.DataFrame:
    as_of = pd.Timestamp(assumptions.as_of or episodes["last_activity_on"].max())
    open_ones = rows[["episode"]].merge(episodes, on="episode")
    latest = pd.Series(as_of, index=open_ones.index)
    younger = {}
    for name in ("first_denied_on", "last_denied_on"):
        moved = open_ones[name] + pd.Timedelta(days=days)
        younger[name] = moved.mask(moved > latest, latest)
    found = recovery_chances(open_ones.assign(**younger), episodes, as_of, assumptions=assumptions)
    chance = pd.Series(found["probability"].to_numpy(), index=rows.index)
    return _with_chance(rows, chance.mask(rows["recovery_probability"] <= 0, 0.0))


def _without_work(episodes: pd.DataFrame | None) -> float:
    """Of the dollars ever recovered, the part with no work on record behind it."""
    if episodes is None:
        return 0.0
    came = episodes[episodes["recovered_amount"] > 0]
    untouched = (came["submissions"] <= 1) & came["appeal_sent_on"].isna()
    untouched &= came["appeal_decided_on"].isna()
    total = float(came["recovered_amount"].sum())
    return float(came.loc[untouched, "recovered_amount"].sum()) / total if total else 0.0


def _worked(
    rows: pd.DataFrame, hours: float, anyway: float, assumptions: Assumptions
) -> pd.DataFrame:
    chosen = best_hours(rows, hours=hours, assumptions=assumptions).actions["episode"]
    worked = rows["episode"].isin(chosen)
    if not anyway:
        return rows[worked]
    chance = rows["recovery_probability"]
    return _with_chance(rows, chance.where(worked, chance * anyway))
