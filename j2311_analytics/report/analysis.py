"""One month's analysis: every table and figure that the report shows, nothing written."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from j2311_analytics.assumptions import Assumptions
from j2311_analytics.denials.followed import Followed, follow
from j2311_analytics.ingest.acknowledgements import ClaimStatuses
from j2311_analytics.ingest.exports import Claims
from j2311_analytics.ingest.remittance import Remittance
from j2311_analytics.matching.balance import balance
from j2311_analytics.matching.reconcile import Reconciliation, reconcile
from j2311_analytics.report.beside import beside_headline
from j2311_analytics.report.changes import change_figures, detect_changes
from j2311_analytics.report.closing import Close, Handed, Own, close_figures, close_month
from j2311_analytics.report.exceptions import list_exceptions
from j2311_analytics.report.export_only import (
    alone_note,
    is_export_only,
    no_remittance,
    payers_seen,
)
from j2311_analytics.report.family import drug_codes_seen
from j2311_analytics.report.kpis import denial_trend, kpis
from j2311_analytics.report.prevented import Prevention, prevent
from j2311_analytics.report.scope import checked_end, month_end, with_lines
from j2311_analytics.report.totals import (
    block,
    cells,
    month_block,
    reconciliation_figures,
    rounded_measures,
    verdict_figures,
)
from j2311_analytics.report.work import Work, lost_notes, plan_work
from j2311_analytics.revenue.last_month import (
    LastForecast,
    last_forecast,
    last_month_figures,
)
from j2311_analytics.revenue.value import value_denials


@dataclass(frozen=True)
class MonthAnalysis:
    """Everything a month's report shows.

    Args:
        month: Such as "2026-10".
        assumptions: With `as_of` set to the last day of the month; the focus is the drug's
            family where the codes asked for have no lines.
        note: A sentence for the reader where something is unusual; else empty.
        remittance: What was read, all months.
        claims: The claim export, or None.
        denials: Table `denials`.
        evidence: Table `evidence`, one row per denial.
        episodes: Table `episodes`; `focus` marks the codes shown.
        recoverable: Table `recoverable`, focus only.
        work: The action list with notes, its groups and the plan for the hours.
        close: What moved in the month, how old the rest is, what stands beside it.
        last: The forecast of the month before against what came.
        family: The focus codes and the other codes of the same drug, side by side.
        beside: Dollars beside the headline: duplicates, suspected denials, takebacks.
        by_cell: Denied, open and recoverable dollars by payer and cause.
        kpis: Table `kpis`.
        checks: Table `balance`.
        reconciliation: From `reconcile`: what ties out, and what has no answer.
        exceptions: Everything odd, out of balance or not linked.
        metrics: The content of metrics.json.
        policies: Payers' own rules, as `read_policies` returned them.
        unit_limits: The user's unit limits, as in `scrub_claims`.

    Example:
        >>> MonthAnalysis.__dataclass_params__.frozen
        True
    """

    month: str
    assumptions: Assumptions
    note: str
    remittance: Remittance
    claims: Claims | None
    denials: pd.DataFrame
    evidence: pd.DataFrame
    episodes: pd.DataFrame
    recoverable: pd.DataFrame
    work: Work
    close: Close
    last: LastForecast
    family: pd.DataFrame
    beside: pd.DataFrame
    by_cell: pd.DataFrame
    kpis: pd.DataFrame
    checks: pd.DataFrame
    reconciliation: Reconciliation
    exceptions: pd.DataFrame
    metrics: dict[str, Any]
    policies: pd.DataFrame | None = None
    unit_limits: pd.DataFrame | None = None

    @property
    def codes_shown(self) -> tuple[str, ...]:
        """The focus codes, or the drug's family where the focus has no lines.

        Example:
            >>> MonthAnalysis.codes_shown.fget is not None
            True
        """
        return self.assumptions.focus

    @cached_property
    def trend(self) -> pd.DataFrame:
        """Denial rate by month with control limits.

        Example:
            >>> MonthAnalysis.trend.attrname
            'trend'
        """
        return denial_trend(self.episodes, assumptions=self.assumptions)

    @cached_property
    def payers(self) -> pd.DataFrame:
        """Every payer with all its names.

        Example:
            >>> MonthAnalysis.payers.attrname
            'payers'
        """
        return payers_seen(self.remittance, self.claims, self.assumptions)

    @cached_property
    def changes(self) -> pd.DataFrame:
        """Table `changes`: denial rates that moved beyond chance, and new codes.

        Example:
            >>> MonthAnalysis.changes.attrname
            'changes'
        """
        return detect_changes(self.episodes, self.denials, assumptions=self.assumptions)

    @cached_property
    def prevention(self) -> Prevention:
        """What denials have in common, and what checks before billing are worth.

        Example:
            >>> MonthAnalysis.prevention.attrname
            'prevention'
        """
        return prevent(
            self.claims,
            self.remittance,
            denials=self.denials,
            policies=self.policies,
            unit_limits=self.unit_limits,
            assumptions=self.assumptions,
        )

    @property
    def headline(self) -> str:
        """The one sentence of the report.

        Example:
            >>> MonthAnalysis.headline.fget is not None
            True
        """
        return headline(self.metrics["totals"])


def analyse_month(
    remittance: Remittance | None,
    claims: Claims | None = None,
    *,
    month: str,
    assumptions: Assumptions = Assumptions(),
    fee_schedule: pd.DataFrame | None = None,
    hours: float | None = None,
    notes: pd.DataFrame | None = None,
    drug_costs: pd.DataFrame | None = None,
    handed: Handed | None = None,
    acknowledgements: ClaimStatuses | None = None,
    policies: pd.DataFrame | None = None,
    unit_limits: pd.DataFrame | None = None,
) -> MonthAnalysis:
    """Analyse the inventory of denials at the end of a month.

    Args:
        remittance: What `read_835` returned, with as much history as there is; None where
            a claim export that carries denials is all there is.
        claims: What `read_claims` returned, if anything.
        month: "2026-10"; nothing after its last day is used.
        assumptions: Focus codes, priors, costs.
        fee_schedule: The user's contract rates, as in `value_denials`.
        hours: Hours there are to work open denials; the best set is marked.
        notes: What analysts wrote into the action list before, from `read_notes`.
        drug_costs: What drugs cost the practice: hcpcs, cost_per_unit (dollars).
        handed: What the close of the month before handed on.
        acknowledgements: What `read_acknowledgements` or `read_277` returned: claims
            rejected before a decision, and proof of timely filing.
        policies: Payers' own rules, for what checks before billing are worth.
        unit_limits: The user's unit limits, for the same.

    Returns:
        All tables and figures of the report.

    Raises:
        ValueError: for a month that is not written like "2026-10", or that lies
            outside the months paid in the data.

    Example:
        >>> from j2311_analytics import read_835
        >>> era = read_835(b"ST*835*1~BPR*I*0*C*************20261005~SE*3*1~")
        >>> analyse_month(era, month="2026-11")
        Traceback (most recent call last):
        ValueError: ... the last payment in the data is dated 2026-10-05 ...
    """
    remittance = no_remittance() if remittance is None else remittance
    as_of = checked_end(month, remittance, claims)
    asked = assumptions.focus
    assumptions, note = with_lines(remittance, claims, assumptions.with_as_of(as_of))
    followed = follow(remittance, claims, acknowledgements, assumptions)
    history, denials, evidence, episodes, _ = followed
    every = value_denials(episodes, assumptions=assumptions, fee_schedule=fee_schedule)
    valued = _in_focus(every)
    work = plan_work(valued, episodes, hours=hours, notes=notes, assumptions=assumptions)
    tables = {"denials": denials, "episodes": episodes, "recoverable": valued}
    own = Own(fee_schedule, drug_costs)
    close = close_month(
        history, tables, remittance, claims, own=own, handed=handed, assumptions=assumptions
    )
    checks, arrived = balance(remittance), _first_denied_in(month, episodes)
    analysis = MonthAnalysis(
        month=month,
        assumptions=assumptions,
        note=note or alone_note(remittance, claims) or _nothing_new(arrived, month, assumptions),
        remittance=remittance,
        claims=claims,
        denials=denials,
        evidence=evidence,
        episodes=episodes,
        recoverable=valued,
        work=work,
        close=close,
        last=last_forecast(
            remittance, claims, episodes, assumptions=assumptions, fee_schedule=fee_schedule
        ),
        family=drug_codes_seen(episodes, every, assumptions),
        beside=beside_headline(history, denials, remittance, assumptions),
        by_cell=cells(episodes, valued, assumptions),
        kpis=kpis(episodes, remittance=remittance, appeals=close.appeals, assumptions=assumptions),
        checks=checks,
        reconciliation=_tied(remittance, claims, acknowledgements, assumptions),
        exceptions=_odd(remittance, claims, acknowledgements, checks, followed, work),
        metrics={},
        policies=policies,
        unit_limits=unit_limits,
    )
    analysis.metrics.update(_metrics(analysis, asked, arrived))
    return analysis


def headline(totals: dict[str, Any]) -> str:
    """The headline sentence from the totals of metrics.json.

    Example:
        >>> headline({"recoverable_amount": 10.4, "recoverable_low": 5, "recoverable_high": 15,
        ...           "denied_expected": 40, "open_amount": 90})
        '$10 recoverable ($5 to $15) of $40 expected value refused; billed $90.'
    """
    return (
        f"${totals['recoverable_amount']:,.0f} recoverable "
        f"(${totals['recoverable_low']:,.0f} to ${totals['recoverable_high']:,.0f}) "
        f"of ${totals['denied_expected']:,.0f} expected value refused; "
        f"billed ${totals['open_amount']:,.0f}."
    )


def _tied(
    remittance: Remittance,
    claims: Claims | None,
    acknowledgements: ClaimStatuses | None,
    assumptions: Assumptions,
) -> Reconciliation:
    """Claims tied to remittances; where there are none, no claim waits for an answer in them."""
    sent = None if is_export_only(remittance, claims) else claims
    return reconcile(remittance, sent, acknowledgements=acknowledgements, assumptions=assumptions)


def _odd(
    remittance: Remittance,
    claims: Claims | None,
    acknowledgements: ClaimStatuses | None,
    checks: pd.DataFrame,
    found: Followed,
    work: Work,
) -> pd.DataFrame:
    return list_exceptions(
        remittance,
        claims,
        checks,
        found.denials,
        found.episodes,
        lost_notes(work),
        acknowledgements,
        found.told.again.unsure,
    )


def _in_focus(every: pd.DataFrame) -> pd.DataFrame:
    """The focus of what was valued, ranked among itself."""
    valued = every[every["focus"]].reset_index(drop=True)
    return valued.assign(rank=range(1, len(valued) + 1))


def _first_denied_in(month: str, episodes: pd.DataFrame) -> pd.DataFrame:
    last = pd.Timestamp(month_end(month))
    arrived = episodes["first_denied_on"].between(last.replace(day=1), last)
    return episodes[episodes["focus"] & arrived]


def _nothing_new(arrived: pd.DataFrame, month: str, assumptions: Assumptions) -> str:
    if len(arrived):
        return ""
    return f"No {', '.join(assumptions.focus)} line was first denied in {month}."


def _metrics(
    analysis: MonthAnalysis, asked: tuple[str, ...], arrived: pd.DataFrame
) -> dict[str, Any]:
    assumptions, valued = analysis.assumptions, analysis.recoverable
    focus = analysis.episodes[analysis.episodes["focus"]]
    return {
        "month": analysis.month,
        "as_of": str(assumptions.as_of),
        "focus": list(asked),
        "codes_shown": list(assumptions.focus),
        **block(focus, valued, analysis.by_cell, assumptions),
        "this_month": month_block(arrived, valued, assumptions),
        "beside": {f"{row.key}_amount": row.amount for row in analysis.beside.itertuples()},
        "close": close_figures(analysis.close),
        "changes": change_figures(analysis.changes),
        "verdicts": verdict_figures(valued),
        "last_month": last_month_figures(analysis.last),
        "kpis": rounded_measures(analysis.kpis),
        "reconciliation": reconciliation_figures(analysis.remittance, analysis.checks),
    }
