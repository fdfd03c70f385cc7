"""Which denials to work in limited time, where the first of a root costs most.

A group shares a set-up: its minutes and its cost are spent once, for the first
line worked. All lines of a group then take the same minutes, so the best k lines
are its k most valuable, and the whole is a multiple-choice knapsack (Kellerer,
Pferschy and Pisinger, *Knapsack Problems*, 2004, chapter 11), solved exactly by
dynamic programming over minutes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# Above this many cells of the table minutes are counted more coarsely.
MOST_CELLS = 60_000_000
Whole = NDArray[np.int64]


@dataclass(frozen=True)
class Group:
    """Lines that share a set-up.

    Args:
        set_up_minutes: Spent once, if any line is worked.
        set_up_cost: Likewise, in cents.
        minutes: Spent on each line.
        values: What each line brings less its own cost, in cents, the most first.

    Example:
        >>> Group(15, 500, 10, np.array([900])).minutes
        10
    """

    set_up_minutes: int
    set_up_cost: int
    minutes: int
    values: Whole


@dataclass(frozen=True)
class Choice:
    """The best set.

    Args:
        lines: How many lines of each group, its most valuable ones.
        value: What they bring, in cents.
        bound: No set brings more, in cents; equal to `value` where it is exact.
        value_with_more: The same with the extra minutes, in cents.

    Example:
        >>> Choice((1,), 400, 400, 400).value
        400
    """

    lines: tuple[int, ...]
    value: int
    bound: int
    value_with_more: int


def choose(groups: Sequence[Group], minutes: int, *, more: int = 60) -> Choice:
    """The set of lines that brings most within the minutes.

    Args:
        groups: Lines by root.
        minutes: Time there is.
        more: Extra minutes whose worth is asked for.

    Returns:
        How many lines of each group, and what they bring. Exact, unless the table
        would have more than `MOST_CELLS` cells: then times are rounded up for the
        set and down for the bound.

    Example:
        >>> choose([Group(15, 500, 10, np.array([900, 800]))], 30).lines
        (1,)
        >>> choose([Group(15, 500, 10, np.array([900, 800]))], 35).value
        1200
    """
    useful = [_useful(group, minutes + more) for group in groups]
    step = math.gcd(minutes, more, *(n for g in groups for n in (g.set_up_minutes, g.minutes)))
    cells = len(groups) * ((minutes + more) // step + 1)
    if cells <= MOST_CELLS:
        return _solve(groups, useful, minutes, more, step, up=True)
    step *= math.ceil(cells / MOST_CELLS)
    found = _solve(groups, useful, minutes, more, step, up=True)
    bound = _solve(groups, useful, minutes, more, step, up=False).value
    return Choice(found.lines, found.value, bound, found.value_with_more)


def _useful(group: Group, minutes: int) -> Whole:
    """What the best 1, 2, 3 … lines of a group bring together, as long as one more adds."""
    fitting = max(0, (minutes - group.set_up_minutes) // group.minutes)
    gains = group.values[:fitting]
    gains = gains[gains > 0]
    return np.cumsum(gains) - group.set_up_cost


def _solve(
    groups: Sequence[Group],
    useful: Sequence[Whole],
    minutes: int,
    more: int,
    step: int,
    *,
    up: bool,
) -> Choice:
    room = (minutes + more) // step if up else -(-(minutes + more) // step)
    best = np.zeros(room + 1, dtype=np.int64)
    taken = np.zeros((len(groups), room + 1), dtype=np.int32)
    for number, (group, gains) in enumerate(zip(groups, useful, strict=True)):
        without = best.copy()
        for count in range(1, len(gains) + 1):
            weight = _steps(group, count, step, up=up)
            if gains[count - 1] <= 0 or weight > room:
                continue
            with_it = without[: room + 1 - weight] + gains[count - 1]
            better = with_it > best[weight:]
            best[weight:][better] = with_it[better]
            taken[number, weight:][better] = count
    at = minutes // step if up else -(-minutes // step)
    lines = _traced(groups, taken, at, step, up=up)
    return Choice(lines, int(best[at]), int(best[at]), int(best[room]))


def _traced(
    groups: Sequence[Group], taken: NDArray[np.int32], at: int, step: int, *, up: bool
) -> tuple[int, ...]:
    lines = [0] * len(groups)
    for number in range(len(groups) - 1, -1, -1):
        lines[number] = int(taken[number, at])
        if lines[number]:
            at -= _steps(groups[number], lines[number], step, up=up)
    return tuple(lines)


def _steps(group: Group, count: int, step: int, *, up: bool) -> int:
    minutes = group.set_up_minutes + count * group.minutes
    return -(-minutes // step) if up else minutes // step
