"""Mistakes that billers make, as changes to a clean claim, each with the rule it breaks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

Row = dict[str, str]
LEFT_OUT = "left out"


@dataclass(frozen=True)
class Mistake:
    """One mistake: which line it happens to, and what it changes there.

    Args:
        rule: The rule that must find it.
        at: Code of the line it happens to.
        change: Column and new value; `left out` removes the line itself.
        only: Filing indicator of the claims it can happen to; empty for any.
        seen_at: Code of the line where it is found, where that is another.

    Example:
        >>> MISTAKES[0].rule
        'modifier_25_on_drug'
    """

    rule: str
    at: str
    change: tuple[tuple[str, str], ...]
    only: str = ""
    seen_at: str = ""

    def fits(self, rows: list[Row]) -> bool:
        """Whether it can happen to a claim."""
        right_payer = not self.only or rows[0]["filing_indicator"] == self.only
        return right_payer and any(row["hcpcs"] == self.at for row in rows)

    def applied(self, rows: list[Row]) -> list[Row]:
        """The claim with the mistake in it."""
        return [
            self._changed(row) if row["hcpcs"] == self.at else row
            for row in rows
            if not (row["hcpcs"] == self.at and self.change[0][0] == LEFT_OUT)
        ]

    def line(self, rows: list[Row]) -> str:
        """Number of the line where it is to be found."""
        code = self.seen_at or self.at
        return next(row["line_number"] for row in rows if row["hcpcs"] == code)

    def _changed(self, row: Row) -> Row:
        changes = {name: _meant(value, row) for name, value in self.change}
        return {**row, **changes}


def _meant(value: str, row: Row) -> str:
    """A value, or a day so many days from the service."""
    if not value.startswith("day "):
        return value
    return (date.fromisoformat(row["service_from"]) + timedelta(int(value[4:]))).isoformat()


def _mistake(rule: str, at: str, *, only: str = "", seen_at: str = "", **change: str) -> Mistake:
    return Mistake(rule, at, tuple(change.items()), only, seen_at)


DRUG, GIVING, VISIT = "J2315", "96372", "99214"
MISTAKES = (
    _mistake("modifier_25_on_drug", DRUG, modifier_2="25"),
    _mistake("modifier_25_missing", VISIT, modifier_1=""),
    _mistake("modifier_therapy_on_drug", DRUG, modifier_2="GP"),
    _mistake("modifier_59_on_drug", DRUG, modifier_2="XU"),
    _mistake("modifier_59_on_evaluation", VISIT, modifier_2="59"),
    _mistake("modifier_59_and_x", GIVING, modifier_1="59", modifier_2="XU"),
    _mistake("modifier_waste_missing", DRUG, only="MB", modifier_1=""),
    _mistake("modifier_jz_vials", DRUG, only="MB", units="300", dose="300", ndc_quantity=""),
    _mistake("modifier_site_on_drug", DRUG, modifier_2="LT"),
    _mistake("modifier_waste_on_other", GIVING, modifier_1="JZ"),
    _mistake("units_one_for_vial", DRUG, units="1"),
    _mistake("units_tenfold", DRUG, units="38"),
    _mistake("units_tenfold", DRUG, units="3800"),
    _mistake("units_high", DRUG, units="760"),
    _mistake("units_dose", DRUG, dose="190"),
    _mistake("units_missing", DRUG, units=""),
    _mistake("units_ndc_quantity", DRUG, ndc_quantity="380"),
    _mistake("units_ndc_unit", DRUG, ndc_unit="EA"),
    _mistake("units_ndc_quantity_missing", DRUG, ndc_quantity=""),
    _mistake("drug_ndc_mismatch", DRUG, hcpcs="J2313"),
    _mistake("drug_name_mismatch", DRUG, drug_name="Sublocade"),
    _mistake("drug_neighbour", DRUG, hcpcs="J2320", ndc=""),
    _mistake("diagnosis_unsupported", DRUG, diagnosis_1="F329", diagnosis_2=""),
    _mistake("diagnosis_abuse", DRUG, diagnosis_1="F1110"),
    _mistake("diagnosis_unspecified", DRUG, diagnosis_1="F1190"),
    _mistake("diagnosis_withdrawal", DRUG, diagnosis_2="F1123"),
    _mistake("diagnosis_opiate_use", DRUG, diagnosis_2="Z79891"),
    _mistake("diagnosis_missing", DRUG, diagnosis_1="", diagnosis_2=""),
    _mistake("code_out_of_dates", DRUG, hcpcs="J2311", ndc=""),
    _mistake("code_unclassified_specific", DRUG, hcpcs="J3490", units="1"),
    _mistake("code_administration_missing", GIVING, **{LEFT_OUT: ""}, seen_at=DRUG),
    _mistake("code_administration_wrong", GIVING, hcpcs="11981", seen_at=DRUG),
    _mistake("code_administration_doubled", GIVING, units="2"),
    _mistake("code_99211_with_injection", VISIT, hcpcs="99211", modifier_1=""),
    _mistake("code_facility_drug", DRUG, place_of_service="22"),
    _mistake("code_ndc_missing", DRUG, only="MC", ndc=""),
    _mistake("documentation_lot", DRUG, lot_number=""),
    _mistake("documentation_route_conflict", DRUG, route="SubQ"),
    _mistake("hygiene_rendering_invalid", DRUG, rendering_npi="1234567890"),
    _mistake("hygiene_place_unknown", DRUG, place_of_service="77"),
    _mistake("hygiene_member_missing", DRUG, member_id=""),
    _mistake("hygiene_dates_reversed", DRUG, service_to="day -3"),
    _mistake("hygiene_date_future", DRUG, submitted_date="day -1"),
    _mistake("hygiene_original_missing", DRUG, frequency="7"),
    _mistake("hygiene_frequency", DRUG, frequency="2"),
    _mistake("hygiene_filing_planned", DRUG, only="CI", submitted_date="day 200"),
)
