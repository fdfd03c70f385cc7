"""A small control for notebooks: what the open denials would bring if work changed."""

from __future__ import annotations

from typing import Any

import pandas as pd

from j2311_analytics.report.analysis import MonthAnalysis
from j2311_analytics.report.palette import cause_label
from j2311_analytics.report.words import cents_text, range_text
from j2311_analytics.revenue.what_if import what_if

MOST_DAYS, MOST_HOURS = 60, 200


def what_if_control(analysis: MonthAnalysis) -> Any:
    """Sliders for `what_if`: a cause and how much of it is fixed, days sooner, hours.

    Args:
        analysis: From `analyse_month`.

    Returns:
        A widget to show in a notebook; its table follows the sliders.

    Example:
        >>> from j2311_analytics import analyse_month, read_835
        >>> era = read_835(b"ST*835*1~BPR*I*0*C*************20261005~SE*3*1~")
        >>> len(what_if_control(analyse_month(era, month="2026-10")).children)
        5
    """
    import ipywidgets

    rows = analysis.recoverable
    by_cause = rows.groupby("cause")["recoverable_amount"].sum().sort_values(ascending=False)
    choices = [(cause_label(str(cause)), str(cause)) for cause in by_cause.index]
    wide = {"style": {"description_width": "10em"}, "layout": {"width": "32em"}}
    cause = ipywidgets.Dropdown(options=[("no cause", ""), *choices], description="Fix", **wide)
    share = ipywidgets.IntSlider(50, 0, 100, 10, description="Losses won, %", **wide)
    days = ipywidgets.IntSlider(0, 0, MOST_DAYS, 7, description="Days sooner", **wide)
    hours = ipywidgets.IntSlider(MOST_HOURS, 0, MOST_HOURS, 5, description="Hours of work", **wide)
    table = ipywidgets.HTML()

    def follow(_change: object = None) -> None:
        found = what_if(
            rows,
            analysis.episodes,
            fix={cause.value: share.value / 100} if cause.value else None,
            days_sooner=days.value,
            hours=hours.value if hours.value < MOST_HOURS else None,
            assumptions=analysis.assumptions,
        )
        table.value = scenarios_html(found)

    for slider in (cause, share, days, hours):
        slider.observe(follow, names="value")
    follow()
    return ipywidgets.VBox([cause, share, days, hours, table])


def scenarios_html(table: pd.DataFrame) -> str:
    """Table `what_if` as HTML.

    Example:
        >>> from j2311_analytics.tables import empty
        >>> "Scenario" in scenarios_html(empty("what_if"))
        True
    """
    shown = pd.DataFrame(
        {
            "Scenario": table["scenario"],
            "Denials worked": table["episodes"],
            "Recoverable": table["recoverable_amount"].map(cents_text),
            "Range": [
                range_text(low, high)
                for low, high in zip(
                    table["recoverable_low"], table["recoverable_high"], strict=True
                )
            ],
            "Change": table["change"].map(cents_text),
        }
    )
    return shown.to_html(index=False, border=0)
