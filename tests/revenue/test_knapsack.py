"""The best set of lines within some minutes, against trying every set."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from j2311_analytics.revenue import knapsack
from j2311_analytics.revenue.knapsack import Group, choose

WORTH = st.lists(st.integers(-300, 5_000), min_size=1, max_size=4)
GROUPS = st.lists(
    st.builds(
        lambda set_up, cost, minutes, values: Group(
            set_up, cost, minutes, np.array(sorted(values, reverse=True))
        ),
        st.integers(0, 40),
        st.integers(0, 2_000),
        st.integers(1, 50),
        WORTH,
    ),
    min_size=1,
    max_size=3,
)


def brute_force(groups: list[Group], minutes: int) -> int:
    """The most that any set of lines brings: every subset of every line is tried."""
    lines = [(n, value) for n, group in enumerate(groups) for value in group.values]
    best = 0
    for mask in product([False, True], repeat=len(lines)):
        chosen = [line for line, taken in zip(lines, mask, strict=True) if taken]
        begun = {n for n, _ in chosen}
        time = sum(groups[n].set_up_minutes for n in begun)
        time += sum(groups[n].minutes for n, _ in chosen)
        if time <= minutes:
            worth = sum(value for _, value in chosen)
            best = max(best, worth - sum(groups[n].set_up_cost for n in begun))
    return best


def spent(groups: list[Group], lines: tuple[int, ...]) -> tuple[int, int]:
    """Minutes and value of a choice."""
    pairs = list(zip(groups, lines, strict=True))
    minutes = sum(g.set_up_minutes + k * g.minutes for g, k in pairs if k)
    value = sum(int(g.values[:k].sum()) - g.set_up_cost for g, k in pairs if k)
    return minutes, value


@given(GROUPS, st.integers(0, 200))
def test_no_set_of_lines_is_better(groups: list[Group], minutes: int) -> None:
    found = choose(groups, minutes)
    assert found.value == found.bound == brute_force(groups, minutes)
    assert spent(groups, found.lines)[0] <= minutes
    assert spent(groups, found.lines)[1] == found.value
    assert found.value_with_more == brute_force(groups, minutes + 60)


@given(GROUPS, st.integers(0, 200))
def test_counted_coarsely_it_still_fits_and_says_how_far_off_it_can_be(
    groups: list[Group], minutes: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(knapsack, "MOST_CELLS", 40)
        found = choose(groups, minutes)
    assert found.value <= brute_force(groups, minutes) <= found.bound
    assert spent(groups, found.lines)[0] <= minutes
    assert spent(groups, found.lines)[1] == found.value


def test_a_costly_set_up_is_worth_it_only_for_many() -> None:
    many = Group(30, 1_000, 5, np.array([400] * 10))
    one = Group(10, 100, 10, np.array([600]))
    assert choose([many, one], 20).lines == (0, 1)
    assert choose([many, one], 80).lines == (10, 0)
    assert choose([many, one], 100).lines == (10, 1)


def test_nothing_to_do_and_no_time_bring_nothing() -> None:
    assert choose([], 100).value == 0
    assert choose([Group(5, 0, 5, np.array([100]))], 0).lines == (0,)
    assert choose([Group(5, 0, 5, np.array([-100]))], 100).lines == (0,)
