"""One month's analysis: every table and figure that the report shows, nothing written."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pandas as pd

from j2311_analytics.assumptions import Assumptions
from j2311_analytics.denials.followed import follow
from j2311_analytics.drugs.family import same_drug
from j2311_analytics.ingest.acknowledgements import ClaimStatuses
from j2311_analytics.ingest.exports import Claims
from j2311_analytics.ingest.remittance import Remittance
from j2311_analytics.matching.balance import balance
from j2311_analytics.matching.payers import paid_on, payers
from j2311_analytics.matching.reconcile import Reconciliation, reconcile
from j2311_analytics.report.beside import beside_headline
from j2311_analytics.report.exceptions import list_exceptions
from j2311_analytics.report.family import drug_codes_seen
from j2311_analytics.report.kpis import denial_trend, kpis
from j2311_analytics.report.work import Work, lost_notes, plan_work
from j2311_analytics.revenue.value import recoverable_by, value_denials
from j2311_analytics.tables import cents

CELL = ["payer_id", "payer", "cause"]


@dataclass(frozen=True)
class MonthAnalysis:
    """Everything a month's report shows.

    Args:
        month: Such as "2026-10".
        assumptions: With `as_of` set to the last day of the month.
        codes_shown: The focus codes, or the drug's family where the focus has no lines.
        note: A sentence for the reader where something is unusual; else empty.
        remittance: What was read, all months.
        claims: The claim export, or None.
        denials: Table `denials`.
        evidence: Table `evidence`, one row per denial.
        episodes: Table `episodes`; `focus` marks `codes_shown`.
        recoverable: Table `recoverable`, focus only.
        work: The action list with notes, its groups and the plan for the hours.
        family: The focus codes and the other codes of the same drug, side by side.
        beside: Dollars beside the headline: duplicates, suspected denials, takebacks.
        by_cell: Denied, open and recoverable dollars by payer and cause.
        kpis: Table `kpis`.
        trend: Denial rate by month with control limits.
        checks: Table `balance`.
        reconciliation: From `reconcile`: what ties out, and what has no answer.
        payers: Every payer with all its names.
        exceptions: Everything odd, out of balance or not linked.
        metrics: The content of metrics.json.

    Example:
        >>> MonthAnalysis.__dataclass_params__.frozen
        True
    """

    month: str
    assumptions: Assumptions
    codes_shown: tuple[str, ...]
    note: str
    remittance: Remittance
    claims: Claims | None
    denials: pd.DataFrame
    evidence: pd.DataFrame
    episodes: pd.DataFrame
    recoverable: pd.DataFrame
    work: Work
    family: pd.DataFrame
    beside: pd.DataFrame
    by_cell: pd.DataFrame
    kpis: pd.DataFrame
    trend: pd.DataFrame
    checks: pd.DataFrame
    reconciliation: Reconciliation
    payers: pd.DataFrame
    exceptions: pd.DataFrame
    metrics: dict[str, Any]

    @property
    def headline(self) -> str:
        """The one sentence of the report.

        Example:
            >>> MonthAnalysis.headline.fget is not None
            True
        """
        return headline(self.metrics["totals"])


def analyse_month(
    remittance: Remittance,
    claims: Claims | None = None,
    *,
    month: str,
    assumptions: Assumptions = Assumptions(),
    fee_schedule: pd.DataFrame | None = None,
    hours: float | None = None,
    notes: pd.DataFrame | None = None,
    acknowledgements: ClaimStatuses | None = None,
) -> MonthAnalysis:
    """Analyse the inventory of denials at the end of a month.

    Args:
        remittance: What `read_835` returned, with as much history as there is.
        claims: What `read_claims` returned, if anything.
        month: "2026-10"; nothing after its last day is used.
        assumptions: Focus codes, priors, costs.
        fee_schedule: The user's contract rates, as in `value_denials`.
        hours: Hours there are to work open denials; the best set is marked.
        notes: What analysts wrote into the action list before, from `read_notes`.
        acknowledgements: What `read_acknowledgements` or `read_277` returned: claims
            rejected before a decision, and proof of timely filing.

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
    as_of = month_end(month)
    _check_month(month, as_of, remittance)
    asked = assumptions.focus
    assumptions, note = _with_lines(remittance, claims, assumptions.with_as_of(as_of))
    history, denials, evidence, episodes = follow(remittance, claims, acknowledgements, assumptions)
    valued = value_denials(episodes, assumptions=assumptions, fee_schedule=fee_schedule)
    family = drug_codes_seen(episodes, valued, assumptions)
    valued = valued[valued["focus"]].reset_index(drop=True)
    valued["rank"] = range(1, len(valued) + 1)
    work = plan_work(valued, episodes, hours=hours, notes=notes, assumptions=assumptions)
    checks = balance(remittance)
    beside = beside_headline(history, denials, remittance, assumptions)
    measures = kpis(episodes, remittance=remittance, claims=claims, assumptions=assumptions)
    by_cell = cells(episodes, valued, assumptions)
    arrived = _first_denied_in(month, episodes)
    return MonthAnalysis(
        month=month,
        assumptions=assumptions,
        codes_shown=assumptions.focus,
        note=note or _nothing_new(arrived, month, assumptions),
        remittance=remittance,
        claims=claims,
        denials=denials,
        evidence=evidence,
        episodes=episodes,
        recoverable=valued,
        work=work,
        family=family,
        beside=beside,
        by_cell=by_cell,
        kpis=measures,
        trend=denial_trend(episodes, assumptions=assumptions),
        checks=checks,
        reconciliation=reconcile(
            remittance, claims, acknowledgements=acknowledgements, assumptions=assumptions
        ),
        payers=payers(remittance, assumptions=assumptions),
        exceptions=list_exceptions(
            remittance, claims, checks, denials, episodes, lost_notes(work), acknowledgements
        ),
        metrics={
            **_about(month, asked, assumptions),
            **_block(episodes[episodes["focus"]], valued, by_cell, assumptions),
            "this_month": _month_block(arrived, valued, assumptions),
            "beside": {f"{row.key}_amount": row.amount for row in beside.itertuples()},
            "kpis": _rounded(measures),
            "reconciliation": _reconciliation(remittance, checks),
        },
    )


def _about(month: str, asked: tuple[str, ...], assumptions: Assumptions) -> dict[str, Any]:
    """What the figures are about, as metrics.json says it."""
    return {
        "month": month,
        "as_of": month_end(month).isoformat(),
        "focus": list(asked),
        "codes_shown": list(assumptions.focus),
    }


def month_end(month: str) -> date:
    """The last day of a month written "2026-10".

    Raises:
        ValueError: for anything else.

    Example:
        >>> month_end("2026-02")
        datetime.date(2026, 2, 28)
    """
    match = re.fullmatch(r"(\d{4})-(\d\d)", month)
    if not match or not 1 <= int(match[2]) <= 12:
        raise ValueError(f'the month must be written like "2026-10"; got {month!r}')
    year, number = int(match[1]), int(match[2])
    return date(year, number, calendar.monthrange(year, number)[1])


def cells(
    episodes: pd.DataFrame, recoverable: pd.DataFrame, assumptions: Assumptions
) -> pd.DataFrame:
    """Denied, open and recoverable dollars of the focus codes by payer and cause.

    Returns:
        payer_id, payer, cause, episodes, denied_amount, open_amount,
        recoverable_amount, recoverable_low, recoverable_high; largest first.

    Example:
        >>> from j2311_analytics.tables import empty
        >>> cells(empty("episodes"), empty("recoverable"), Assumptions()).empty
        True
    """
    standing = _named(episodes[episodes["focus"] & (episodes["denied_amount"] > 0)])
    grouped = standing.groupby(CELL, dropna=False)
    table = pd.DataFrame({"episodes": grouped.size()})
    for name in ("denied_amount", "open_amount"):
        table[name] = (
            cents(standing[name]).groupby([standing[key] for key in CELL], dropna=False).sum() / 100
        )
    valued = recoverable_by(_named(recoverable), by=CELL, assumptions=assumptions).set_index(CELL)
    names = ["recoverable_amount", "recoverable_low", "recoverable_high"]
    table = table.join(valued[names]).fillna(dict.fromkeys(names, 0.0)).reset_index()
    return table.sort_values(
        ["recoverable_amount", "denied_amount", "payer", "cause"],
        ascending=[False, False, True, True],
    ).reset_index(drop=True)


def _named(rows: pd.DataFrame) -> pd.DataFrame:
    """A payer without an id is still a payer: missing keys would not meet in a join."""
    return rows.assign(**{key: rows[key].fillna("") for key in CELL})


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


def _check_month(month: str, as_of: date, remittance: Remittance) -> None:
    dates = paid_on(remittance.payments)
    first, last = dates.min(), dates.max()
    if pd.isna(last):
        raise ValueError("no remittance carries a payment date; a month cannot be cut off")
    if as_of.replace(day=1) > last.date():
        raise ValueError(
            f"{month} lies after the data: the last payment in the data is dated "
            f"{last.date()}; choose --month {last:%Y-%m} or earlier, or add the missing 835 files"
        )
    if as_of < first.date():
        raise ValueError(
            f"{month} lies before the data: the first payment in the data is dated "
            f"{first.date()}; choose --month {first:%Y-%m} or later"
        )


def _with_lines(
    remittance: Remittance, claims: Claims | None, assumptions: Assumptions
) -> tuple[Assumptions, str]:
    """The focus, or the drug's family where no line carries a focus code."""
    seen = set(remittance.lines["billed_hcpcs"].dropna()) | set(remittance.lines["hcpcs"].dropna())
    if claims is not None:
        seen |= set(claims.lines["hcpcs"].dropna())
    if seen & set(assumptions.focus):
        return assumptions, ""
    asked = ", ".join(assumptions.focus)
    present = pd.Series(sorted(seen), dtype="str")
    family = tuple(present[same_drug(present, assumptions.focus)])
    if not family:
        return assumptions, f"No line carries {asked}, nor another code of the same drug."
    note = f"No line carries {asked}; the drug's family is shown instead: {', '.join(family)}."
    return replace(assumptions, focus=family), note


def _first_denied_in(month: str, episodes: pd.DataFrame) -> pd.DataFrame:
    last = pd.Timestamp(month_end(month))
    arrived = episodes["first_denied_on"].between(last.replace(day=1), last)
    return episodes[episodes["focus"] & arrived]


def _nothing_new(arrived: pd.DataFrame, month: str, assumptions: Assumptions) -> str:
    if len(arrived):
        return ""
    return f"No {', '.join(assumptions.focus)} line was first denied in {month}."


def _month_block(
    arrived: pd.DataFrame, valued: pd.DataFrame, assumptions: Assumptions
) -> dict[str, Any]:
    theirs = valued[valued["episode"].isin(arrived["episode"])]
    return _block(arrived, theirs, cells(arrived, theirs, assumptions), assumptions)


def _rounded(measures: pd.DataFrame) -> dict[str, float | None]:
    pairs = zip(measures["kpi"], measures["value"], strict=True)
    return {name: None if pd.isna(value) else round(float(value), 6) for name, value in pairs}


def _block(
    episodes: pd.DataFrame,
    recoverable: pd.DataFrame,
    by_cell: pd.DataFrame,
    assumptions: Assumptions,
) -> dict[str, Any]:
    total = recoverable_by(recoverable, by=[], assumptions=assumptions).iloc[0]
    totals: dict[str, Any] = {
        "lines": len(episodes),
        "charge": _dollars(episodes["charge"]),
        "denied_lines": int(episodes["first_cause"].notna().sum()),
        "initial_denied_amount": _dollars(episodes["initial_denied_amount"]),
        "denied_amount": _dollars(episodes["denied_amount"]),
        "denied_expected": _dollars(recoverable["denied_expected"]),
        "open_amount": _dollars(episodes["open_amount"]),
        "recovered_amount": _dollars(episodes["recovered_amount"]),
        "duplicate_amount": _dollars(episodes["duplicate_amount"]),
        "recoverable_amount": _dollars(recoverable["recoverable_amount"]),
        "recoverable_low": float(total["recoverable_low"]),
        "recoverable_high": float(total["recoverable_high"]),
    }
    return {"totals": totals, "by_payer_and_cause": by_cell.to_dict("records")}


def _dollars(amounts: pd.Series) -> float:
    return int(cents(amounts).sum()) / 100


def _reconciliation(remittance: Remittance, checks: pd.DataFrame) -> dict[str, int]:
    failed = checks[checks["difference_cents"] != 0]
    errors = remittance.issues[remittance.issues["severity"] == "error"]
    read = set(remittance.payments["file"]) | set(remittance.issues["file"].dropna())
    above_lines = failed[failed["level"] != "line"]
    return {
        "files": len(read),
        "files_with_errors": int(errors["file"].nunique()),
        "unbalanced": len(failed),
        "unexplained_cents": int(above_lines["difference_cents"].abs().sum()),
    }
