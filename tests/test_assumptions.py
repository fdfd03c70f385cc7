"""Settings refuse nonsense, and say what they must be."""

from __future__ import annotations

import re
from dataclasses import FrozenInstanceError, fields
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from j2311_analytics.assumptions import Assumptions, read_assumptions


def _setting(name: str, value: Any) -> dict[str, Any]:
    return {name: value}


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"focus": ()}, 'focus must name at least one code, such as ("J2311",)'),
        ({"focus": ("J2311", " ")}, 'focus must name at least one code, such as ("J2311",)'),
        (
            {"as_of": "2026-10-31"},
            "as_of must be a date, such as date(2026, 10, 31); got '2026-10-31'",
        ),
        (
            {"as_of": datetime(2026, 10, 31, 12)},
            "as_of must be a date, such as date(2026, 10, 31); "
            "got datetime.datetime(2026, 10, 31, 12, 0)",
        ),
        (
            {"range_level": 90},
            "range_level must be between 0.5 and 0.999, such as 0.9; got 90",
        ),
        (
            {"prior_recovery": 0},
            "prior_recovery must be between 0.001 and 0.999, such as 0.4; got 0",
        ),
        (
            {"prior_recovery": "0.4"},
            "prior_recovery must be between 0.001 and 0.999, such as 0.4; got '0.4'",
        ),
        (
            {"horizon_days": 0},
            "horizon_days must be between 1 and 1e+06, such as 100; got 0",
        ),
        (
            {"min_paid_lines": True},
            "min_paid_lines must be between 1 and 1e+06, such as 100; got True",
        ),
        (
            {"prior_strength": float("nan")},
            "prior_strength must be between 0.01 and 10000, such as 4; got nan",
        ),
        (
            {"cost_to_appeal": -1},
            "cost_to_appeal must be between 0 and 100000, such as 25; got -1",
        ),
    ],
)
def test_nonsense_is_refused(setting: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        Assumptions(**setting)


def test_every_numeric_setting_refuses_a_text() -> None:
    for name, value in ((f.name, f.default) for f in fields(Assumptions)):
        if isinstance(value, int | float) and name != "seed":
            with pytest.raises(ValueError, match=f"^{name} must be between"):
                Assumptions(**_setting(name, "many"))


def test_focus_is_tidied() -> None:
    assert Assumptions(focus=(" j2315", "J2311")).focus == ("J2315", "J2311")
    assert Assumptions(focus="j2315").focus == ("J2315",)  # type: ignore[arg-type]


def test_settings_are_frozen_and_hashable() -> None:
    with pytest.raises(FrozenInstanceError):
        Assumptions().seed = 1  # type: ignore[misc]
    assert hash(Assumptions()) == hash(Assumptions())


def test_another_as_of_date_changes_nothing_else() -> None:
    changed = Assumptions(seed=7).with_as_of(date(2026, 10, 31))
    assert changed == Assumptions(seed=7, as_of=date(2026, 10, 31))


def test_rows_name_every_setting_with_its_meaning() -> None:
    rows = list(Assumptions().rows())
    assert [row[0] for row in rows] == [item.name for item in fields(Assumptions)]
    assert all(value and meaning for _, value, _, meaning in rows)
    assert ("horizon_days", "365", "days", "Recovery counts if it comes within this time") in rows


def test_settings_are_read_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "assumptions.toml"
    file.write_text('focus = ["J2315"]\nas_of = 2026-10-31\ncost_to_appeal = 60.0\n')
    assert read_assumptions(file) == Assumptions(
        focus=("J2315",), as_of=date(2026, 10, 31), cost_to_appeal=60.0
    )
    file.write_text("")
    assert read_assumptions(str(file)) == Assumptions()


def test_a_setting_that_does_not_exist_is_named_with_those_that_do(tmp_path: Path) -> None:
    file = tmp_path / "assumptions.toml"
    file.write_text("horizon = 180\ncolour = 1\n")
    known = ", ".join(sorted(item.name for item in fields(Assumptions)))
    message = f"assumptions.toml has settings that do not exist: colour, horizon; known are {known}"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        read_assumptions(file)


def test_a_file_that_is_not_toml_is_named(tmp_path: Path) -> None:
    file = tmp_path / "assumptions.toml"
    file.write_text("horizon_days: 180\n")
    with pytest.raises(ValueError, match=r"^assumptions\.toml is not valid TOML: "):
        read_assumptions(file)


def test_a_value_in_a_file_is_checked_too(tmp_path: Path) -> None:
    file = tmp_path / "assumptions.toml"
    file.write_text("range_level = 90\n")
    with pytest.raises(ValueError, match=r"^range_level must be between"):
        read_assumptions(file)
