"""Small claims and the findings expected of them: the specification of every rule."""

from __future__ import annotations

from collections import Counter

import pytest
from prevention.cases import Case, findings_of, read_cases

from j2311_analytics import codes

CASES = read_cases()


@pytest.fixture(scope="module")
def found() -> dict[str, list[str]]:
    return findings_of(CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.shows)
def test_the_claim_has_the_findings_expected(case: Case, found: dict[str, list[str]]) -> None:
    assert found[case.shows] == sorted(case.findings)


def test_rows_of_the_table_are_told_apart_by_what_they_show() -> None:
    assert len({case.shows for case in CASES}) == len(CASES)


def test_every_rule_fires_somewhere_and_the_table_says_so() -> None:
    fired = {rule for case in CASES for rule in case.findings}
    assert fired == set(codes.load("scrub_rules")["rule"])


def test_the_table_is_long_enough_and_half_of_it_is_clean() -> None:
    clean = Counter(not case.findings for case in CASES)
    assert len(CASES) >= 120
    assert clean[True] >= clean[False]
