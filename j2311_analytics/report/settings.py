"""The settings folder: files that carry the user's own rates, contracts and readings.

All are optional: `assumptions.toml`, `payers.csv`, `fee_schedule.csv`,
`drug_costs.csv`, `windows.csv`, `causes.csv`, `columns.csv`, `unit_limits.csv` and the
folder `policies/` with a CSV file per payer. Each is validated when it is read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from j2311_analytics import codes
from j2311_analytics.assumptions import (
    Assumptions,
    CauseOverride,
    PayerOverride,
    WindowOverride,
    read_assumptions,
)
from j2311_analytics.prevention.policies import read_policies
from j2311_analytics.prevention.unit_limits import read_unit_limits
from j2311_analytics.revenue.fees import read_fee_schedule

_COLUMNS = {
    "payers.csv": ["payer_id", "name_pattern", "payer", "payer_class"],
    "windows.csv": [
        "payer_id",
        "filing_days",
        "corrected_claim_days",
        "appeal_days",
        "second_level_days",
    ],
    "causes.csv": ["payer_id", "carc", "rarc", "cause"],
    "columns.csv": ["column", "field"],
    "drug_costs.csv": ["hcpcs", "cost_per_unit"],
}
_KNOWN = {"assumptions.toml", "fee_schedule.csv", "policies", "unit_limits.csv", *_COLUMNS}


@dataclass(frozen=True)
class Settings:
    """What a settings folder holds.

    Args:
        assumptions: With the user's overrides inside.
        fee_schedule: Contract rates, from `read_fee_schedule`, or None.
        columns: The user's own column titles, or None.
        policies: Payers' own rules, table `policies`, or None.
        unit_limits: The user's unit limits, or None.
        drug_costs: What drugs cost the practice per unit in dollars, or None.

    Example:
        >>> Settings(Assumptions(), None, None).fee_schedule is None
        True
    """

    assumptions: Assumptions
    fee_schedule: pd.DataFrame | None
    columns: dict[str, str] | None
    policies: pd.DataFrame | None = None
    unit_limits: pd.DataFrame | None = None
    drug_costs: pd.DataFrame | None = None


def read_settings(
    folder: str | Path | None = None, *, focus: Sequence[str] | None = None
) -> Settings:
    """Read and check a settings folder; without one, the defaults.

    Args:
        folder: The folder, or None.
        focus: Codes that the report is about; those of the settings where not given.

    Returns:
        Assumptions with the user's overrides, the fee schedule and column titles.

    Raises:
        FileNotFoundError: if the folder does not exist.
        ValueError: naming the file, the row and what to change.

    Example:
        >>> read_settings().assumptions.focus
        ('J2311',)
    """
    given = Settings(Assumptions(), None, None) if folder is None else _read(Path(folder))
    if focus:
        given = replace(given, assumptions=replace(given.assumptions, focus=tuple(focus)))
    return given


def _read(folder: Path) -> Settings:
    if not folder.is_dir():
        raise FileNotFoundError(f"the settings folder {folder} does not exist")
    _check_names(folder)
    toml = folder / "assumptions.toml"
    assumptions = read_assumptions(toml) if toml.exists() else Assumptions()
    assumptions = replace(
        assumptions,
        payer_overrides=_payer_overrides(folder),
        window_overrides=_window_overrides(folder),
        cause_overrides=_cause_overrides(folder),
    )
    titles = _table(folder, "columns.csv")
    columns = dict(zip(titles["column"], titles["field"], strict=True)) if len(titles) else None
    rules, limits = folder / "policies", folder / "unit_limits.csv"
    return Settings(
        assumptions,
        _fee_schedule(folder),
        columns,
        read_policies(rules) if rules.exists() else None,
        read_unit_limits(limits) if limits.exists() else None,
        _drug_costs(folder),
    )


def _check_names(folder: Path) -> None:
    unknown = sorted(
        item.name
        for item in folder.iterdir()
        if item.name not in _KNOWN and not item.name.startswith(".")
    )
    if unknown:
        raise ValueError(
            f"{folder} holds files that are not settings: {', '.join(unknown)}; "
            f"settings are {', '.join(sorted(_KNOWN))}"
        )


def _table(folder: Path, name: str) -> pd.DataFrame:
    path = folder / name
    wanted = _COLUMNS[name]
    if not path.exists():
        return pd.DataFrame(columns=wanted, dtype="str")
    table = pd.read_csv(path, dtype="str", keep_default_na=False, encoding="utf-8-sig")
    missing = [column for column in wanted if column not in table.columns]
    if missing:
        raise ValueError(
            f"{name} needs the columns {', '.join(wanted)}; it lacks {', '.join(missing)}"
        )
    for column in table.columns:
        table[column] = table[column].str.strip()
    return table


def _rows(table: pd.DataFrame) -> list[dict[str, str]]:
    return [
        {str(name): str(value) for name, value in row.items()} for row in table.to_dict("records")
    ]


def _payer_overrides(folder: Path) -> tuple[PayerOverride, ...]:
    table = _table(folder, "payers.csv")
    classes = set(codes.load("payer_windows")["payer_class"])
    for number, row in enumerate(_rows(table), start=2):
        if not row["payer_id"] and not row["name_pattern"]:
            raise ValueError(f"payers.csv, row {number}: give a payer_id or a name_pattern")
        if row["payer_class"] and row["payer_class"] not in classes:
            raise ValueError(
                f"payers.csv, row {number}: unknown payer_class {row['payer_class']!r}; "
                f"known are {', '.join(sorted(classes))}"
            )
    return tuple(
        PayerOverride(row["payer_id"], row["name_pattern"], row["payer"], row["payer_class"])
        for row in _rows(table)
    )


def _window_overrides(folder: Path) -> tuple[WindowOverride, ...]:
    table = _table(folder, "windows.csv")
    rules = []
    for number, row in enumerate(_rows(table), start=2):
        days = {name: row[name] for name in _COLUMNS["windows.csv"][1:]}
        wrong = [name for name, text in days.items() if text and not text.isdigit()]
        if wrong:
            raise ValueError(f"windows.csv, row {number}: {wrong[0]} must be a number of days")
        whole = {name: int(text) if text else None for name, text in days.items()}
        rules.append(WindowOverride(row["payer_id"], **whole))
    return tuple(rules)


def _cause_overrides(folder: Path) -> tuple[CauseOverride, ...]:
    table = _table(folder, "causes.csv")
    known = set(codes.load("carc")["category"]) - {""}
    for number, row in enumerate(_rows(table), start=2):
        if row["cause"] not in known:
            raise ValueError(
                f"causes.csv, row {number}: unknown cause {row['cause']!r}; "
                f"known are {', '.join(sorted(known))}"
            )
    return tuple(
        CauseOverride(row["payer_id"], row["carc"], row["rarc"], row["cause"])
        for row in _rows(table)
    )


def _fee_schedule(folder: Path) -> pd.DataFrame | None:
    path = folder / "fee_schedule.csv"
    if not path.exists():
        return None
    schedule = read_fee_schedule(path)
    return schedule if len(schedule) else None


def _drug_costs(folder: Path) -> pd.DataFrame | None:
    table = _table(folder, "drug_costs.csv")
    if table.empty:
        return None
    costs = pd.to_numeric(table["cost_per_unit"], errors="coerce")
    wrong = costs.isna() | (costs < 0)
    if wrong.any():
        row = int(wrong.to_numpy().argmax()) + 2
        raise ValueError(
            f"drug_costs.csv, row {row}: cost_per_unit must be dollars per unit, such as 3.10"
        )
    return table.assign(cost_per_unit=costs)
