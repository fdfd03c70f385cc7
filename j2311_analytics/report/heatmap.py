"""The primary chart: recoverable dollars by payer and by cause."""

from __future__ import annotations

from typing import Any

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.patches import Rectangle

from j2311_analytics.errors import count_of
from j2311_analytics.report.drawing import (
    PLAIN,
    chart_axes,
    finish,
    letter_size,
    name_slots,
    nothing_to_show,
    require_columns,
)
from j2311_analytics.report.palette import (
    PALE,
    QUIET,
    SEQUENTIAL,
    cause_label,
    ink_on,
    money_label,
    name_label,
)
from j2311_analytics.tables import cents

MADE_BY = 'recoverable_by(recoverable, by=["payer", "cause"])'
WORDS = {
    "recoverable_amount": "recoverable",
    "open_amount": "still open",
    "denied_amount": "denied",
    "denied_expected": "expected value refused",
}


def plot_recoverable_heatmap(
    by_payer_and_cause: pd.DataFrame,
    ax: Axes | None = None,
    *,
    value: str = "recoverable_amount",
    max_payers: int = 10,
    max_causes: int = 12,
) -> Axes:
    """Draw dollars by payer (rows) and cause (columns), the largest first.

    Args:
        by_payer_and_cause: From `recoverable_by(recoverable, by=["payer", "cause"])`:
            payer, cause, episodes (open denials) and `value` (dollars); rows of the
            same payer and cause are added up, a missing amount counts as 0.
        ax: Axes to draw in; a new figure where not given.
        value: Column of dollars to draw.
        max_payers: Payers named; the rest is one row, so that sums stay exact.
        max_causes: Causes named; the rest is one column.

    Returns:
        The axes. A cell without open denials is blank; the last row and column
        are totals; the title names the largest cell.

    Raises:
        ValueError: if a column is missing, or a maximum is below 1.

    Example:
        >>> ax = plot_recoverable_heatmap(pd.DataFrame({
        ...     "payer": ["North Health", "North Health", "Lake Plan"],
        ...     "cause": ["prior_authorization", "units", "units"],
        ...     "episodes": [12, 3, 1],
        ...     "recoverable_amount": [41_200.0, 9_800.0, 45_000.0],
        ... }))
        >>> ax.get_title(loc="left")
        '$45.0k of $96.0k recoverable sits with Lake Plan for units'
    """
    require_columns(by_payer_and_cause, ["payer", "cause", "episodes", value], MADE_BY)
    if min(max_payers, max_causes) < 1:
        raise ValueError("max_payers and max_causes must be at least 1")
    tidy = _tidy(by_payer_and_cause, value)
    if tidy.empty:
        return nothing_to_show(chart_axes(ax, 7, 1), "No open denials")
    tidy, payers, other_payers = _gathered(tidy, "payer", max_payers)
    tidy, causes, other_causes = _gathered(tidy, "cause", max_causes)
    cells = tidy.groupby(["payer", "cause"])["cents"].sum().unstack().loc[payers, causes]
    width, height = 0.8 * (len(causes) + 1) + 2.4, 0.42 * (len(payers) + 1) + 1.6
    ax = chart_axes(ax, max(width, 7.0), height)
    named = cells.drop(index=other_payers, columns=other_causes)
    _draw_cells(ax, cells / 100, named.shape)
    _draw_totals(ax, cells.fillna(0) / 100)
    words = WORDS.get(value, value.replace("_", " "))
    ax.set_xlabel(
        f"Dollars {words}; blank where no denial is open", loc="left", color=QUIET, fontsize=9
    )
    return finish(ax, _finding(named, tidy, words), _description(named, words))


def _tidy(frame: pd.DataFrame, value: str) -> pd.DataFrame:
    """Payer, cause, open denials and cents, without rows that hold neither."""
    tidy = pd.DataFrame(
        {
            "payer": frame["payer"].astype("str").fillna("payer not named"),
            "cause": frame["cause"].astype("str").fillna("no cause").map(cause_label),
            "episodes": frame["episodes"].fillna(0).astype("int64"),
            "cents": cents(frame[value]),
        }
    )
    return tidy[(tidy["episodes"] > 0) | (tidy["cents"] != 0)]


def _gathered(tidy: pd.DataFrame, key: str, most: int) -> tuple[pd.DataFrame, list[str], list[str]]:
    """Names by falling dollars; beyond `most`, and never for one name alone, as one.

    Gives the rows renamed, all names, and the name of the rest (none or one).
    """
    sums = tidy.groupby(key)["cents"].sum().sort_index()
    names = list(sums.sort_values(ascending=False, kind="stable").index)
    if len(names) <= most + 1:
        return tidy, names, []
    other = f"{len(names) - most} other {key}s"
    named = tidy[key].where(tidy[key].isin(names[:most]), other)
    return tidy.assign(**{key: named}), [*names[:most], other], [other]


def _draw_cells(ax: Axes, dollars: pd.DataFrame, named: tuple[int, int]) -> None:
    """Cells with their dollars; coloured where named, pale where others are gathered."""
    amounts = dollars.to_numpy(float)
    most = np.nanmax(amounts[: named[0], : named[1]], initial=1.0)
    norm = Normalize(0, float(most), clip=True)
    colours = matplotlib.colormaps[SEQUENTIAL]
    size = letter_size(ax, dollars.shape[1] + 1, 8)
    for (row, column), amount in np.ndenumerate(amounts):
        if not np.isnan(amount):
            is_named = row < named[0] and column < named[1]
            colour = colours(float(norm(amount))) if is_named else PALE
            ax.add_patch(Rectangle((column + 0.02, row + 0.04), 0.96, 0.92, color=colour))
            _write(ax, column, row, amount, fontsize=size, color=ink_on(colour))


def _draw_totals(ax: Axes, dollars: pd.DataFrame) -> None:
    """Totals of rows and columns beside the cells, and the names of both."""
    rows, columns = dollars.shape
    size = letter_size(ax, columns + 1, 8)
    for row, amount in enumerate(dollars.sum(axis=1)):
        _write(ax, columns, row, amount, fontsize=size, fontweight="bold")
    for column, amount in enumerate([*dollars.sum(), dollars.to_numpy().sum()]):
        _write(ax, column, rows, amount, fontsize=size, fontweight="bold")
    ax.set(xlim=(0, columns + 1), ylim=(rows + 1, 0))
    ax.spines[:].set_visible(False)
    ax.xaxis.tick_top()
    ax.tick_params(length=0)
    name_slots(ax, [*dollars.columns, "all causes"], shift=0.5)
    payers = [name_label(payer, 30) for payer in [*dollars.index, "all payers"]]
    ax.set_yticks(np.arange(rows + 1) + 0.5, payers, **PLAIN)


def _write(ax: Axes, column: int, row: int, amount: float, **style: Any) -> None:
    ax.text(
        column + 0.5,
        row + 0.5,
        money_label(amount),
        **{**PLAIN, "ha": "center", "va": "center", **style},
    )


def _ranked(named: pd.DataFrame) -> list[tuple[str, str, int]]:
    """Payer, cause and cents of each named cell, the most cents first."""
    cells = [
        (str(payer), str(cause), int(amount))
        for cause in named
        for payer, amount in named[cause].dropna().items()
    ]
    return sorted(cells, key=lambda cell: -cell[2])


def _finding(named: pd.DataFrame, tidy: pd.DataFrame, words: str) -> str:
    """Where the most dollars sit; the rest, gathered, is no place to send anyone."""
    total, count = int(tidy["cents"].sum()), int(tidy["episodes"].sum())
    payer, cause, amount = next(iter(_ranked(named)), ("", "", 0))
    if total <= 0 or amount <= 0:
        return f"No dollars {words} in {count_of(count, 'open denial')}"
    whole = money_label(total / 100)
    part = f"All {whole}" if amount == total else f"{money_label(amount / 100)} of {whole}"
    return f"{part} {words} sits with {name_label(payer)} for {cause}"


def _description(named: pd.DataFrame, words: str) -> str:
    """The largest cells in words."""
    cells = [
        f"{payer}, {cause}: {money_label(amount / 100)}"
        for payer, cause, amount in _ranked(named)[:5]
    ]
    return f"Heatmap of dollars {words} by payer and cause. Largest: {'; '.join(cells)}."
