"""Every assumption of the analysis in one frozen, validated dataclass.

Each report prints all of them. Prices, unit limits and a payer's policy are
never here: they are the user's inputs, read from the settings folder.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field, fields, replace
from datetime import date
from pathlib import Path
from typing import Any


def _setting(default: Any, meaning: str, unit: str = "") -> Any:
    return field(default=default, metadata={"meaning": meaning, "unit": unit})


@dataclass(frozen=True)
class Assumptions:
    """Settings of an analysis; refuses values that make no sense.

    Raises:
        ValueError: naming the setting and what it must be.

    Example:
        >>> Assumptions(focus=("J2315",)).focus
        ('J2315',)
        >>> Assumptions(range_level=90)
        Traceback (most recent call last):
        ValueError: range_level must be between 0.5 and 0.999, such as 0.9; got 90
    """

    focus: tuple[str, ...] = _setting(("J2311",), "Codes that the report is about")
    as_of: date | None = _setting(
        None, "Nothing after this day is used; the last payment date where not given"
    )
    horizon_days: int = _setting(365, "Recovery counts if it comes within this time", "days")
    range_level: float = _setting(0.90, "Probability covered by every range")
    prior_recovery: float = _setting(
        0.40,
        "Chance of recovery of a new denial where there is no history at all: "
        "the mean of a wide range",
    )
    prior_strength: float = _setting(
        4.0, "Weight of that assumption, in denials of an even chance followed", "denials"
    )
    history_days: int = _setting(1095, "Denials are followed within this time", "days")
    half_life_days: int = _setting(
        730, "A denial this much older counts half as much for the chance", "days"
    )
    recent_days: int = _setting(
        365, "Paid history this recent sets the expected allowed amount", "days"
    )
    min_paid_lines: int = _setting(
        3, "Paid lines needed before a payer's own history sets the amount", "lines"
    )
    prior_allowed_share: float = _setting(
        0.5, "Allowed share of the charge assumed where nothing was ever paid"
    )
    call_after_days: int = _setting(
        45, "A claim without an answer for longer is one to call the payer about", "days"
    )
    mail_days: int = _setting(5, "Days before a deadline that an answer must leave", "days")
    weekend_rule: str = _setting(
        "before",
        "A deadline on a weekend or federal holiday moves to the working day before or after "
        "it, or stays (none)",
    )
    cost_to_correct: float = _setting(
        25.0, "Cost of correcting and resending a claim (MGMA estimate)", "dollars"
    )
    cost_to_appeal: float = _setting(
        43.84, "Cost of an appeal (Premier survey, 2022 claims)", "dollars"
    )
    minutes_to_set_up: int = _setting(
        15, "Minutes to find out what one root takes, once for all its denials (a guess)", "minutes"
    )
    minutes_to_correct: int = _setting(
        10, "Minutes for each corrected claim besides (a guess)", "minutes"
    )
    minutes_to_appeal: int = _setting(30, "Minutes for each appeal besides (a guess)", "minutes")
    underpaid_from: float = _setting(
        1.0, "A service paid less than the fee schedule by this much is underpaid", "dollars"
    )
    limit_sigma: float = _setting(3.0, "Width of control limits, in standard errors")
    false_alarm_rate: float = _setting(
        0.05, "Chance that a month in which no denial rate changed raises any alarm"
    )
    sample_draws: int = _setting(4000, "Draws behind the range of a sum", "draws")
    seed: int = _setting(2311, "Start of the random draws behind ranges")
    cause_overrides: tuple[CauseOverride, ...] = _setting(
        (), "The user's own reading of codes (causes.csv)"
    )
    payer_overrides: tuple[PayerOverride, ...] = _setting(
        (), "The user's own payer names and classes (payers.csv)"
    )
    window_overrides: tuple[WindowOverride, ...] = _setting(
        (), "Windows from the user's contracts (windows.csv)"
    )

    def __post_init__(self) -> None:
        if isinstance(self.focus, str):
            object.__setattr__(self, "focus", (self.focus,))
        object.__setattr__(self, "focus", tuple(code.strip().upper() for code in self.focus))
        if not self.focus or not all(self.focus):
            raise ValueError('focus must name at least one code, such as ("J2311",)')
        if self.as_of is not None and type(self.as_of) is not date:
            raise ValueError(
                f"as_of must be a date, such as date(2026, 10, 31); got {self.as_of!r}"
            )
        self._require_between("range_level", 0.5, 0.999, "0.9")
        self._require_between("prior_recovery", 0.001, 0.999, "0.4")
        self._require_between("false_alarm_rate", 0.0001, 0.5, "0.05")
        self._require_between("prior_allowed_share", 0.001, 1, "0.5")
        for name in (
            "horizon_days",
            "history_days",
            "half_life_days",
            "recent_days",
            "min_paid_lines",
            "sample_draws",
            "call_after_days",
        ):
            self._require_between(name, 1, 1_000_000, "100")
        for name in ("prior_strength", "limit_sigma"):
            self._require_between(name, 0.01, 10_000, "4")
        for name in ("cost_to_correct", "cost_to_appeal", "mail_days", "underpaid_from"):
            self._require_between(name, 0, 100_000, "25")
        for name in ("minutes_to_set_up", "minutes_to_correct", "minutes_to_appeal"):
            self._require_between(name, 0 if name == "minutes_to_set_up" else 1, 10_000, "15")
        if self.weekend_rule not in ("before", "after", "none"):
            raise ValueError(
                f"weekend_rule must be before, after or none; got {self.weekend_rule!r}"
            )

    def _require_between(self, name: str, low: float, high: float, such_as: str) -> None:
        value = getattr(self, name)
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or not low <= value <= high
        ):
            raise ValueError(
                f"{name} must be between {low:g} and {high:g}, such as {such_as}; got {value!r}"
            )

    def with_as_of(self, as_of: date | None) -> Assumptions:
        """The same assumptions with another as-of date.

        Example:
            >>> Assumptions().with_as_of(date(2026, 10, 31)).as_of
            datetime.date(2026, 10, 31)
        """
        return replace(self, as_of=as_of)

    def rows(self) -> Iterator[tuple[str, str, str, str]]:
        """Name, value, unit and meaning of every assumption, for printing.

        Example:
            >>> next(Assumptions().rows())
            ('focus', 'J2311', '', 'Codes that the report is about')
        """
        for item in fields(self):
            value = getattr(self, item.name)
            shown = "; ".join(map(_words, value)) if isinstance(value, tuple) else str(value)
            yield item.name, shown or "none", item.metadata["unit"], item.metadata["meaning"]


def _words(value: object) -> str:
    """A code as it is; a row of a settings file by what it fills in."""
    if isinstance(value, str):
        return value
    filled = {name: part for name, part in vars(value).items() if part not in ("", None)}
    return " ".join(f"{name}={part}" for name, part in filled.items())


@dataclass(frozen=True)
class CauseOverride:
    """The user's reading of a code: for a payer (or all, if empty) a CARC, with a
    remark or without, has this cause.

    Example:
        >>> CauseOverride(payer_id="", carc="197", rarc="", cause="referral").cause
        'referral'
    """

    payer_id: str
    carc: str
    rarc: str
    cause: str


@dataclass(frozen=True)
class PayerOverride:
    """The user's name and class for a payer, found by its id or by a name pattern.

    Example:
        >>> PayerOverride(payer_id="12345", name_pattern="", payer="North", payer_class="").payer
        'North'
    """

    payer_id: str
    name_pattern: str
    payer: str
    payer_class: str


@dataclass(frozen=True)
class WindowOverride:
    """Windows in days that a contract with a payer states; None where it is silent.

    Example:
        >>> WindowOverride("12345", 180, None, 180, None).appeal_days
        180
    """

    payer_id: str
    filing_days: int | None
    corrected_claim_days: int | None
    appeal_days: int | None
    second_level_days: int | None


def read_assumptions(path: str | Path) -> Assumptions:
    """Read `assumptions.toml`: one `name = value` line per setting.

    Raises:
        FileNotFoundError: if the file does not exist.
        ValueError: for a setting that does not exist, or a value that makes no sense.

    Example:
        >>> read_assumptions("missing.toml")
        Traceback (most recent call last):
        FileNotFoundError: ...
    """
    text = Path(path).read_text(encoding="utf-8")
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{Path(path).name} is not valid TOML: {error}") from None
    known = {item.name for item in fields(Assumptions)}
    unknown = sorted(set(values) - known)
    if unknown:
        raise ValueError(
            f"{Path(path).name} has settings that do not exist: {', '.join(unknown)}; "
            f"known are {', '.join(sorted(known))}"
        )
    if isinstance(values.get("focus"), list):
        values["focus"] = tuple(values["focus"])
    return Assumptions(**values)
