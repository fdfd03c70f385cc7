"""What every picture shares: its axes, its title, its text alternative, its file."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import FuncFormatter, MaxNLocator

from j2311_analytics.report.palette import INK, QUIET, money_label

LABEL_SIZE = 9.0
TITLE_SIZE = 12.5
# With two dollar signs in it, a text would be set as a formula.
PLAIN: dict[str, Any] = {"parse_math": False, "color": INK, "fontsize": LABEL_SIZE}


def save_chart(ax: Axes, path: str | Path) -> Path:
    """Write the figure of a chart as PNG: the same chart gives the same bytes.

    Args:
        ax: Axes that a `plot_…` function returned.
        path: File to write, ending in .png; its folder exists.

    Returns:
        The path written. The PNG has 150 dots per inch, the text alternative as
        its Description, and no date.

    Raises:
        ValueError: if the path does not end in .png.

    Example:
        >>> from j2311_analytics.report.charts import plot_cause_pareto
        >>> ax = plot_cause_pareto(pd.DataFrame({"cause": ["units"], "open_amount": [950.0]}))
        >>> save_chart(ax, "causes.png").name
        'causes.png'
    """
    path = Path(path)
    if path.suffix.lower() != ".png":
        raise ValueError(f"a chart is written as .png; got {path.name!r}")
    figure = _figure(ax)
    texts = "\n".join(text for text in map(alt_text, figure.axes) if text)
    figure.savefig(
        path,
        format="png",
        dpi=150,
        facecolor="white",
        bbox_inches="tight",
        pad_inches=0.15,
        metadata={"Description": texts, "Software": None},
    )
    return path


def alt_text(ax: Axes) -> str:
    """The text alternative of a chart, for those who cannot see it.

    Args:
        ax: Axes that a `plot_…` function returned. The text is their label
            (`Axes.get_label`), so it stays with them in copies and pickles.

    Returns:
        The finding, then what is drawn; "" for axes without a chart.

    Example:
        >>> from j2311_analytics.report.charts import plot_cause_pareto
        >>> ax = plot_cause_pareto(pd.DataFrame({"cause": ["units"], "open_amount": [950.0]}))
        >>> alt_text(ax)
        'All $950 of open denied dollars has one cause: units. Bar chart of open denied ...'
    """
    return str(ax.get_label())


def require_columns(frame: pd.DataFrame, needed: Sequence[str], made_by: str) -> None:
    """Refuse a frame that lacks a column, and say where such a frame comes from.

    Args:
        frame: Frame to draw.
        needed: Columns it must have.
        made_by: The call that makes such a frame.

    Raises:
        ValueError: if a column is missing; names it and `made_by`.

    Example:
        >>> require_columns(pd.DataFrame({"cause": []}), ["cause", "open_amount"], "f(x)")
        Traceback (most recent call last):
        ValueError: the frame has no column 'open_amount'; f(x) makes one that has; got ['cause']
    """
    missing = [column for column in needed if column not in frame.columns]
    if missing:
        names = ", ".join(map(repr, missing))
        raise ValueError(
            f"the frame has no column {names}; {made_by} makes one that has; "
            f"got {list(map(str, frame.columns))}"
        )


def chart_axes(ax: Axes | None, width: float, height: float) -> Axes:
    """Axes to draw in: those given, else those of a new figure, in the house style.

    Args:
        ax: Axes to draw in; a new figure where not given.
        width: Width of a new figure, inches.
        height: Height of a new figure, inches.

    Returns:
        Axes without top and right spines.

    Example:
        >>> chart_axes(None, 6, 3).spines["top"].get_visible()
        False
    """
    if ax is None:
        # Imported here so that drawing in given axes never touches pyplot.
        from matplotlib import pyplot

        _, ax = pyplot.subplots(figsize=(width, height), layout="constrained", facecolor="white")
    ax.set_facecolor("white")
    ax.set_axisbelow(True)
    ax.grid(False)
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[["left", "bottom"]].set_color(QUIET)
    ax.tick_params(colors=QUIET, labelcolor=INK, labelsize=LABEL_SIZE, length=0)
    return ax


def money_axis(axis: Axis, label: str) -> None:
    """Dollars on an axis: few round ticks, the unit in the label.

    There is no grid, because every bar carries its own dollars.

    Args:
        axis: `ax.xaxis` or `ax.yaxis`.
        label: What the dollars are.

    Example:
        >>> ax = chart_axes(None, 6, 3)
        >>> money_axis(ax.xaxis, "open denied dollars")
        >>> ax.get_xlabel()
        'open denied dollars'
    """
    axis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 5, 10]))
    axis.set_major_formatter(FuncFormatter(_tick))
    axis.set_label_text(label, color=QUIET, fontsize=LABEL_SIZE)


def letter_size(ax: Axes, slots: int, letters: int) -> float:
    """Size of letters that lets labels stand side by side.

    Args:
        ax: Axes the labels belong to.
        slots: Labels side by side over the width of the axes.
        letters: Letters in the widest label.

    Returns:
        Points, at most those of any label, at least 5.

    Example:
        >>> letter_size(chart_axes(None, 6, 3), slots=3, letters=8)
        9.0
    """
    inches = ax.get_position().width * _figure(ax).get_size_inches()[0] / slots
    return float(min(max(inches * 72 / (letters * 0.58), 5.0), LABEL_SIZE))


def name_slots(ax: Axes, names: Sequence[str], *, shift: float = 0.0) -> None:
    """Names along the x axis: in several lines, or slanted where there is no room.

    Args:
        ax: Axes whose ticks are set.
        names: The names, one per whole number from 0, over the width of the axes.
        shift: How far to the right of its number each name stands.

    Example:
        >>> ax = chart_axes(None, 9, 3)
        >>> name_slots(ax, ["prior authorization", "units"])
        >>> ax.get_xticklabels()[0].get_text()
        'prior\\nauthorization'
    """
    size = letter_size(ax, len(names), 13)
    places = [place + shift for place in range(len(names))]
    if size >= 6.5:
        lines = [textwrap.fill(name, 13) for name in names]
        ax.set_xticks(places, lines, **{**PLAIN, "fontsize": size})
        return
    on_top = ax.xaxis.get_ticks_position() == "top"
    slant = {"rotation": 40, "rotation_mode": "anchor", "ha": "left" if on_top else "right"}
    short = [textwrap.shorten(name, 30, placeholder="…") for name in names]
    ax.set_xticks(places, short, **{**PLAIN, **slant, "fontsize": 7.5})


def finish(ax: Axes, finding: str, description: str = "", *, pad: float = 12.0) -> Axes:
    """Write the finding as the title and attach the text alternative.

    A chart alone in its figure has its title over the whole width, from the left
    edge of its labels; a chart among others has it over its own axes.

    Args:
        ax: Axes with everything else drawn.
        finding: The title, a sentence without full stop.
        description: What is drawn, in words.
        pad: Room between title and axes, points.

    Returns:
        `ax`.

    Example:
        >>> finish(chart_axes(None, 6, 3), "No open denials").get_title(loc="left")
        'No open denials'
    """
    style = {**PLAIN, "fontsize": TITLE_SIZE, "fontweight": "bold"}
    title = ax.set_title(finding, loc="left", pad=pad, **style)
    figure = _figure(ax)
    figure.draw_without_rendering()
    left, right = ax.bbox.x0, ax.bbox.x1
    if figure.axes == [ax]:
        labels = ax.yaxis.get_tightbbox()
        left = min(left, labels.x0) if labels is not None else left
        right = figure.bbox.x1 - 0.1 * figure.dpi
        title.set_x((left - ax.bbox.x0) / ax.bbox.width)
    title.set_text(_wrapped(title, right - left))
    ax.set_label(f"{finding}. {description}".strip())
    return ax


def nothing_to_show(ax: Axes, finding: str) -> Axes:
    """Axes with a title and nothing else.

    Args:
        ax: Axes to clear of ticks and spines.
        finding: The title.

    Returns:
        `ax`.

    Example:
        >>> nothing_to_show(chart_axes(None, 6, 1), "No open denials").axison
        False
    """
    ax.set_axis_off()
    return finish(ax, finding)


def _figure(ax: Axes) -> Figure:
    figure = ax.get_figure(root=True)
    assert isinstance(figure, Figure)
    return figure


def _tick(amount: float, _: int | None = None) -> str:
    """A named function, because a chart with a lambda in it could not be pickled."""
    label = money_label(amount)
    return label.replace(".0", "") if label[-1] in "kMB" else label


def _wrapped(title: Text, width: float) -> str:
    """The title's text in lines that fit into `width` pixels, "80 %" in one piece."""
    text = title.get_text()
    letters = int(0.95 * width * len(text) / max(title.get_window_extent().width, 1.0))
    lines = textwrap.wrap(text.replace(" %", "\N{NO-BREAK SPACE}%"), max(letters, 20))
    return "\n".join(lines).replace("\N{NO-BREAK SPACE}", " ")
