"""Every constant of the sample world: its payers, prices, rates and habits."""

from __future__ import annotations

import csv
from dataclasses import dataclass, fields
from importlib import resources
from typing import Literal

IdKind = Literal["XV", "2U", "TRN03"]


@dataclass(frozen=True)
class Separators:
    """Delimiters of one payer's files.

    Example:
        >>> Separators().element
        '*'
    """

    segment: str = "~"
    element: str = "*"
    component: str = ":"
    repetition: str = "^"
    newline: str = ""


@dataclass(frozen=True)
class Payer:
    """One payer: who it is, how it pays, how often it refuses and how it writes files.

    Args:
        names: Names it uses over time, all under one id.
        id_kind: Where its remittances give the id.
        remit_indicator: CLP06; `claim_indicator`: SBR09.
        unit_price: Cents allowed per unit of the focus drug.
        rate_percent: Allowed share of the charge of anything else.
        denial_percent: Share of focus claims it refuses at first.
        chance_percent: How much easier than usual it overturns.
        slowness: Days added to the usual spread of its decisions.
        cycle: Days between its payment dates.

    Example:
        >>> PAYERS[0].remit_indicator
        'MB'
    """

    key: str
    payer_id: str
    id_kind: IdKind
    names: tuple[str, ...]
    export_id: str
    remit_indicator: str
    claim_indicator: str
    financial_class: str
    patients: int
    unit_charge: int
    unit_price: int
    rate_percent: int
    coinsurance_percent: int
    copay: int
    sequestration_percent: int
    denial_percent: int
    chance_percent: int
    slowness: int
    cycle: int
    emphasis: tuple[str, ...]
    separators: Separators
    ending: str
    one_file_per_month: bool

    @property
    def medicaid(self) -> bool:
        """Whether its patients may never be billed."""
        return self.remit_indicator == "MC"


_BREAKS = {"LF": "\n", "CRLF": "\r\n", "NONE": ""}


def _payer(row: dict[str, str]) -> Payer:
    """A payer from a row of payers.csv, whose columns are the fields' names."""
    numbers = {f.name: int(row[f.name]) for f in fields(Payer) if f.type == "int"}
    marks = [_BREAKS.get(mark, mark) for mark in row["separators"].split()]
    special = {
        "names": tuple(row["names"].split("; ")),
        "emphasis": tuple(row["emphasis"].split("; ")),
        "separators": Separators(*marks),
        "one_file_per_month": row["one_file_per_month"] == "yes",
    }
    return Payer(**{**row, **numbers, **special})  # type: ignore[arg-type]


def _payers() -> tuple[Payer, ...]:
    path = resources.files("j2311_analytics.sample").joinpath("payers.csv")
    with path.open(encoding="utf-8") as file:
        return tuple(_payer(row) for row in csv.DictReader(file))


PAYERS = _payers()


@dataclass(frozen=True)
class Drug:
    """A billable code with its usual charge and drug details.

    Example:
        >>> DRUGS["J2315"].units
        380
    """

    hcpcs: str
    units: int
    charge: int
    ndc: str = ""
    ndc_quantity: str = ""
    ndc_unit: str = ""
    priced_per_unit: bool = False


DRUGS: dict[str, Drug] = {
    "J2311": Drug("J2311", 380, 0, "65757030001", "1", "UN", True),
    "J2315": Drug("J2315", 380, 0, "65757030001", "1", "UN", True),
    "J2313": Drug("J2313", 500, 21_000, "84571014002", "1", "UN"),
    "J2310": Drug("J2310", 2, 9_000, "54288012410", "1", "UN"),
    "G2073": Drug("G2073", 1, 120_000),
    "J0570": Drug("J0570", 4, 612_000, "", "", "", False),
    "J3490": Drug("J3490", 1, 18_500, "00409121201", "1", "ML", False),
    "96372": Drug("96372", 1, 4_800),
    "99213": Drug("99213", 1, 15_600),
    "99214": Drug("99214", 1, 22_100),
    "99215": Drug("99215", 1, 30_200),
    "G9903": Drug("G9903", 1, 0),
}


@dataclass(frozen=True)
class Habits:
    """Rates, delays and money of the world; percentages and permille are whole numbers.

    Example:
        >>> Habits().focus
        'J2311'
    """

    focus: str = "J2311"
    focus_percent: int = 60
    visit_gap: int = 28
    least_patients: int = 20
    secondary_percent: int = 28
    other_denial_percent: int = 8
    lost_permille: int = 6
    submit_days: tuple[int, int] = (1, 6)
    pay_days: tuple[int, int] = (7, 31)
    echo_percent: int = 92
    drift_permille_per_quarter: int = 4
    noise_permille: int = 8
    deductible_percent: int = 9
    deductible_cents: tuple[int, int] = (5_000, 170_000)
    remark_route_percent: int = 26
    alert_percent: int = 28
    moa_percent: int = 15
    shifted_percent: int = 45
    curable_to_patient_percent: int = 14
    contractual_beside_percent: int = 22
    second_reason_percent: int = 8
    claim_level_percent: int = 9
    no_lines_percent: int = 7
    cut_units_percent: int = 60
    crossover_percent: int = 70
    secondary_denial_percent: int = 12
    post_payment_permille: int = 14
    reversed_permille: int = 6
    void_permille: int = 5
    takeback_permille: int = 8
    interest_permille: int = 20
    duplicate_permille: int = 8
    suspected_permille: int = 5
    pended_permille: int = 10
    split_permille: int = 8
    duplicate_beside_percent: int = 6
    first_wait: int = 20
    upheld_percent: int = 60
    interim_percent: int = 14
    part_percent: int = 6
    write_off_percent: int = 55
    write_off_wait: int = 60
    write_off_spread: int = 110
    second_chance_percent: int = 45
    future_months: int = 12


HABITS = Habits()
BILLING_NAME = "FERNHOLT RECOVERY CLINIC"
TAX_ID = "990012345"
UNKNOWN_CARC = "999"
