"""The pictures of a month's report: each with its caption, text alternative and PNG.

The page and the folder `charts/` take the same pictures from here.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from matplotlib import pyplot
from matplotlib.axes import Axes

from j2311_analytics.errors import count_of
from j2311_analytics.report.analysis import MonthAnalysis
from j2311_analytics.report.changes_chart import plot_changes
from j2311_analytics.report.charts import (
    alt_text,
    plot_cause_pareto,
    plot_denial_trend,
    plot_recoverable_by_payer,
    plot_recoverable_heatmap,
    plot_waterfall,
    save_chart,
)
from j2311_analytics.report.palette import month_label, percent_label
from j2311_analytics.report.prevention import plot_root_causes
from j2311_analytics.report.words import (
    cause_text,
    dollars_text,
    reconciliation_words,
)
from j2311_analytics.revenue.value import recoverable_by
from j2311_analytics.tables import cents

EVER_DENIED = "billed on services ever denied"
UNDECIDED = ("reversed", "pended")


@dataclass(frozen=True)
class Figure:
    """One picture of the report.

    Args:
        name: The file's name in `charts/`, without .png.
        caption: What it means, in one sentence.
        alt: What it shows, for those who cannot see it.
        png: The picture.

    Example:
        >>> Figure("cause_pareto", "Units lead.", "Bar chart of causes.", b"").name
        'cause_pareto'
    """

    name: str
    caption: str
    alt: str
    png: bytes


def report_figures(analysis: MonthAnalysis) -> list[Figure]:
    """Draw every picture of the report, the primary one first.

    Args:
        analysis: From `analyse_month`.

    Returns:
        recoverable_heatmap, recoverable_by_payer, cause_pareto, waterfall,
        denial_trend, reconciliation; changes where a rate moved beyond chance, and
        root_causes where one stands out. The same analysis gives the same bytes.

    Example:
        >>> from j2311_analytics import analyse_month, read_835
        >>> era = read_835(b"ST*835*1~BPR*I*0*C*************20261005~SE*3*1~")
        >>> [figure.name for figure in report_figures(analyse_month(era, month="2026-10"))][:2]
        ['recoverable_heatmap', 'recoverable_by_payer']
    """
    cells = _open_by(analysis, ["payer", "cause"])
    by_payer = _open_by(analysis, ["payer"])
    by_cause = _open_by(analysis, ["cause"])
    steps = waterfall_steps(analysis)
    return [
        _figure("recoverable_heatmap", _heatmap_caption(cells), plot_recoverable_heatmap(cells)),
        _figure(
            "recoverable_by_payer",
            _payer_caption(by_payer, analysis.assumptions.range_level),
            plot_recoverable_by_payer(by_payer),
        ),
        _figure("cause_pareto", _cause_caption(by_cause), plot_cause_pareto(by_cause)),
        _figure("waterfall", _waterfall_caption(steps), plot_waterfall(_drawn(steps))),
        _figure("denial_trend", _trend_caption(analysis.trend), plot_denial_trend(analysis.trend)),
        _figure(
            "reconciliation",
            reconciliation_words(analysis.reconciliation),
            plot_waterfall(_with_amount(analysis.reconciliation.steps)),
        ),
        *_found(analysis),
    ]


def waterfall_steps(analysis: MonthAnalysis) -> pd.DataFrame:
    """How billed dollars of the focus codes become recoverable dollars, to the cent.

    Args:
        analysis: From `analyse_month`.

    Returns:
        In order: step (words), amount (dollars; signed where it is a change), kind
        ("total" or "change"). Each total is the total before it plus the changes
        between. From "still open" to "expected value refused" the basis changes
        from billed to expected dollars.

    Example:
        >>> from j2311_analytics import analyse_month, read_835
        >>> era = read_835(b"ST*835*1~BPR*I*0*C*************20261005~SE*3*1~")
        >>> waterfall_steps(analyse_month(era, month="2026-10"))["step"].iloc[0]
        'billed'
    """
    focus = analysis.episodes[analysis.episodes["focus"]]
    ever = focus[focus["first_denied_on"].notna() | (focus["denied_amount"] > 0)]
    undecided = ever[ever["state"].isin(UNDECIDED)]
    billed, denied, still_open = (
        _sum(focus[name]) for name in ("charge", "denied_amount", "open_amount")
    )
    waiting = _sum(undecided["charge"]) - _sum(undecided["allowed"] + undecided["denied_amount"])
    refused = _sum(analysis.recoverable["denied_expected"])
    recoverable = _sum(analysis.recoverable["recoverable_amount"])
    ever_denied, allowed = _sum(ever["charge"]), _sum(ever["allowed"])
    rows = [
        ("billed", billed, "total"),
        ("never denied", ever_denied - billed, "change"),
        (EVER_DENIED, ever_denied, "total"),
        ("allowed by now", -allowed, "change"),
        ("reversed or pended", -waiting, "change"),
        ("contract write-off and other", denied - (ever_denied - allowed - waiting), "change"),
        ("denied in force", denied, "total"),
        ("written off", -_sum(focus["written_off_amount"]), "change"),
        ("owed by patients", -_sum(focus["shifted_amount"]), "change"),
        ("still open", still_open, "total"),
        ("charge above expected value", refused - still_open, "change"),
        ("expected value refused", refused, "total"),
        ("not expected to come", recoverable - refused, "change"),
        ("recoverable", recoverable, "total"),
    ]
    steps = pd.DataFrame(rows, columns=["step", "amount", "kind"])
    return steps.assign(amount=steps["amount"] / 100)


def _found(analysis: MonthAnalysis) -> list[Figure]:
    """Pictures of findings, where there are any."""
    changes, roots = analysis.changes, analysis.prevention.roots
    figures = []
    if (changes["kind"] == "rate").any():
        figures.append(_figure("changes", _changes_caption(changes), plot_changes(changes)))
    if roots["explained_by"].isna().any():
        figures.append(_figure("root_causes", _roots_caption(roots), plot_root_causes(roots)))
    return figures


def _open_by(analysis: MonthAnalysis, by: list[str]) -> pd.DataFrame:
    return recoverable_by(analysis.recoverable, by=by, assumptions=analysis.assumptions)


def _sum(amounts: pd.Series) -> int:
    return int(cents(amounts).sum())


def _figure(name: str, caption: str, ax: Axes) -> Figure:
    drawn = ax.get_figure(root=True)
    with tempfile.TemporaryDirectory() as folder:
        png = save_chart(ax, Path(folder) / f"{name}.png").read_bytes()
    pyplot.close(drawn)
    return Figure(name, caption, alt_text(ax), png)


def _drawn(steps: pd.DataFrame) -> pd.DataFrame:
    """The steps that get a bar: from what was ever denied, else the rest is too low to see."""
    if not steps["amount"].any():
        return steps.iloc[:0]
    seen = (steps["step"] == EVER_DENIED).cummax()
    return steps[seen & ((steps["kind"] == "total") | (steps["amount"] != 0))]


def _with_amount(steps: pd.DataFrame) -> pd.DataFrame:
    """Totals, and the changes that change something."""
    if not steps["amount"].any():
        return steps.iloc[:0]
    return steps[(steps["kind"] == "total") | (steps["amount"] != 0)]


def _heatmap_caption(cells: pd.DataFrame) -> str:
    dollars = cells["recoverable_amount"].sort_values(ascending=False)
    total = float(dollars.sum())
    if total <= 0:
        return "Nothing is open that can be expected to come."
    half = int((dollars.cumsum() < total / 2).sum()) + 1
    return (
        f"Half of the {dollars_text(total)} that can be expected to come lies in {half} of "
        f"{count_of(len(cells), 'combination')} of payer and cause: work those first."
    )


def _payer_caption(by_payer: pd.DataFrame, level: float) -> str:
    if by_payer.empty:
        return "Nothing is open that can be expected to come."
    first = by_payer.iloc[0]
    return (
        f"{first['payer']} is expected to bring the most, "
        f"{dollars_text(first['recoverable_amount'])}; with a probability of "
        f"{percent_label(level)} it will be between "
        f"{dollars_text(first['recoverable_low'])} and {dollars_text(first['recoverable_high'])}."
    )


def _cause_caption(by_cause: pd.DataFrame) -> str:
    if by_cause.empty:
        return "No denial is open."
    first = by_cause.sort_values(["open_amount", "cause"], ascending=[False, True]).iloc[0]
    return (
        f"The cause that holds the most open denials is {cause_text(first['cause'])}: "
        f"{dollars_text(first['open_amount'])} billed on "
        f"{count_of(first['episodes'], 'service')}."
    )


def _waterfall_caption(steps: pd.DataFrame) -> str:
    amounts = steps.set_index("step")["amount"].map(dollars_text)
    return (
        f"Of {amounts['billed']} billed, {amounts[EVER_DENIED]} was denied at some time, "
        f"{amounts['denied in force']} is denied now, and {amounts['recoverable']} of it can be "
        "expected to come."
    )


def _changes_caption(changes: pd.DataFrame) -> str:
    first = changes[changes["kind"] == "rate"].iloc[0]
    return (
        f"The surest: {first['words']}; the change lies between {first['since_low']:%Y-%m-%d} and "
        f"{first['since_high']:%Y-%m-%d}."
    )


def _roots_caption(roots: pd.DataFrame) -> str:
    own = roots[roots["explained_by"].isna()].sort_values("excess_per_month", ascending=False)
    first = own.iloc[0]
    return (
        f"Claims of {first['payer']} with {first['attribute']} {first['value']} are denied for "
        f"{cause_text(first['cause'])} {first['lift']:.1f} times as often as its others: "
        f"{dollars_text(first['excess_per_month'])} billed a month more."
    )


def _trend_caption(trend: pd.DataFrame) -> str:
    if trend.empty:
        return "No service with these codes was decided."
    last, outside = trend.iloc[-1], int(trend["outside"].sum())
    lie = f"{count_of(outside, 'month')} lie{'s' if outside == 1 else ''}" if outside else ""
    return (
        f"Of {count_of(last['lines'], 'service')} first decided in {month_label(last['month'])}, "
        f"{last['denied_lines']:,} were denied; over all months {percent_label(last['center'], 1)} "
        f"were, and {lie or 'no month lies'} outside the usual limits."
    )
