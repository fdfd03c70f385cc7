"""cumulative_incidence against lifelines, and against one that counts one age at a time."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lifelines import AalenJohansenFitter

from j2311_analytics import cumulative_incidence

ENDS = ["recovered", "ended", "again", ""]
SPELL = st.tuples(
    st.integers(1, 25), st.sampled_from(ENDS), st.integers(0, 24), st.floats(0.1, 2.0)
)


def naive(rows: list[tuple[int, str, int, float]]) -> dict[int, dict[str, float]]:
    """Aalen and Johansen by hand: walk the ages, count who is at risk and who ends."""
    still, share = 1.0, dict.fromkeys(ENDS[:3], 0.0)
    found = {}
    for age in sorted({leave for leave, event, _, _ in rows if event}):
        risk = sum(weight for leave, _, enter, weight in rows if enter < age <= leave)
        gone = 0.0
        for kind in share:
            ends = sum(w for leave, event, _, w in rows if leave == age and event == kind)
            share[kind] += still * ends / risk
            gone += ends / risk
        still *= 1 - gone
        found[age] = {**share, "open": still}
    return found


@given(st.lists(SPELL, min_size=1, max_size=40))
def test_with_ties_weights_and_late_entry_it_is_what_counting_gives(
    drawn: list[tuple[int, str, int, float]],
) -> None:
    rows = [(leave, event, min(enter, leave - 1), weight) for leave, event, enter, weight in drawn]
    table = pd.DataFrame(rows, columns=["exit", "event", "entry", "weight"])
    found = cumulative_incidence(table).set_index("age")
    known = naive(rows)
    assert found.index.tolist() == sorted(known)
    for age, shares in known.items():
        for kind, share in shares.items():
            if kind in found:
                assert found.loc[age, kind] == pytest.approx(share, abs=1e-9)
            else:
                assert share == 0.0


# An end or none for each of up to 120 spells; the order decides who leaves when.
COURSES = st.lists(st.sampled_from(ENDS), min_size=2, max_size=120).flatmap(
    lambda events: st.tuples(st.just(events), st.permutations(range(1, len(events) + 1)))
)


@settings(max_examples=40, deadline=None)
@given(COURSES, st.floats(0.25, 9.0))
def test_without_ties_it_is_lifelines_aalen_johansen(
    course: tuple[list[str], list[int]], day: float
) -> None:
    events, order = course
    exits = np.array(order) * day
    found = cumulative_incidence(pd.DataFrame({"exit": exits, "event": events})).set_index("age")
    kinds = sorted(set(events) - {""})
    assert list(found.columns) == ["at_risk", "open", *kinds]
    codes = np.array([kinds.index(event) + 1 if event else 0 for event in events])
    for number, kind in enumerate(kinds, start=1):
        fitter = AalenJohansenFitter(calculate_variance=False)
        curve = fitter.fit(exits, codes, event_of_interest=number).cumulative_density_.iloc[:, 0]
        assert np.abs(curve.reindex(found.index) - found[kind]).max() < 1e-9


def test_shares_add_up_and_open_ones_are_not_failures() -> None:
    table = pd.DataFrame({"exit": [5, 5, 9, 9, 9], "event": ["recovered", "ended", "", "", ""]})
    found = cumulative_incidence(table).iloc[-1]
    assert found["recovered"] + found["ended"] + found["open"] == pytest.approx(1.0)
    assert found["recovered"] == pytest.approx(0.2)


def test_one_that_comes_under_observation_late_is_not_at_risk_before() -> None:
    table = pd.DataFrame({"exit": [5, 9], "event": ["recovered", "ended"], "entry": [0, 6]})
    assert cumulative_incidence(table)["at_risk"].tolist() == [1.0, 1.0]


def test_a_spell_that_leaves_before_it_enters_is_refused() -> None:
    table = pd.DataFrame({"exit": [5], "event": [""], "entry": [6]})
    with pytest.raises(
        ValueError, match=r"^a spell leaves before it enters; check entry and exit$"
    ):
        cumulative_incidence(table)


def test_no_spell_gives_no_row() -> None:
    assert cumulative_incidence(pd.DataFrame({"exit": [], "event": []})).empty
