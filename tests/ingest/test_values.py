"""What a cell says, and what it does not: unreadable values are None, never guessed."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from j2311_analytics.ingest import reasons, values


@pytest.mark.parametrize(
    ("text", "dollars"),
    [
        ("1250", 1250.0),
        ("$1,250.50", 1250.5),
        ("1,234,567.89", 1234567.89),
        ("($12.50)", -12.5),
        ("$(12.50)", -12.5),
        ("-$12.50", -12.5),
        ("$ -12.50", -12.5),
        ("12.50-", -12.5),
        ("12.50 CR", -12.5),
        ("\u221212.50", -12.5),
        ("$ -", 0.0),
        ("USD 12", 12.0),
        ("0.30000000000000004", 0.3),
        ("12.345", 12.35),
        ("123456789012345", 123456789012345.0),
        ("1234567890123456", None),
        ("12345678901234567.89", None),
        ("12,50", None),
        ("1.250,00", None),
        ("1E5", None),
        ("five", None),
        ("12 13", None),
        ("٣", None),
        ("-", 0.0),
    ],
)
def test_dollars(text: str, dollars: float | None) -> None:
    assert values.read_dollars(text) == dollars


@given(cents=st.integers(-(10**13), 10**13))
def test_dollars_come_back_from_every_way_of_writing_them(cents: int) -> None:
    amount = abs(cents) / 100
    written = [f"{amount:,.2f}", f"${amount:.2f}", f"$ {amount:,.2f} "]
    if cents < 0:
        written = [form for t in written for form in (f"({t})", f"-{t}".strip(), f"{t.strip()}-")]
    assert {values.read_dollars(text.strip()) for text in written} == {cents / 100 + 0.0}


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("1/5/2026", date(2026, 1, 5)),
        ("01/05/26", date(2026, 1, 5)),
        ("1-5-2026", date(2026, 1, 5)),
        ("2026-01-05", date(2026, 1, 5)),
        ("2026/1/5", date(2026, 1, 5)),
        ("2026-01-05 00:00:00", date(2026, 1, 5)),
        ("2026-01-05T13:30:00.000Z", date(2026, 1, 5)),
        ("1/5/2026 1:30 PM", date(2026, 1, 5)),
        ("20260105", date(2026, 1, 5)),
        ("01052026", date(2026, 1, 5)),
        ("05-Jan-2026", date(2026, 1, 5)),
        ("5 JAN 26", date(2026, 1, 5)),
        ("January 5, 2026", date(2026, 1, 5)),
        ("46027", date(2026, 1, 5)),
        ("46027.5", date(2026, 1, 5)),
        ("1/5/71", date(1971, 1, 5)),
        ("13/05/2026", None),
        ("2026-02-30", None),
        ("1/5", None),
        ("4602", None),
        ("460277", None),
        ("1/5/0026", None),
        ("soon", None),
    ],
)
def test_dates(text: str, day: date | None) -> None:
    assert values.read_day(text) == day


@given(day=st.dates(date(1971, 1, 1), date(2069, 12, 31)))
def test_a_date_comes_back_from_every_way_of_writing_it(day: date) -> None:
    serial = str((day - date(1899, 12, 30)).days)
    forms = ["%m/%d/%Y", "%m/%d/%y", "%Y-%m-%d", "%Y%m%d", "%d-%b-%Y", "%Y-%m-%d %H:%M:%S"]
    texts = [day.strftime(form) for form in forms] + [serial] * (len(serial) == 5)
    assert {values.read_day(text) for text in texts} == {day}


@pytest.mark.parametrize(
    ("text", "ndc"),
    [
        ("65757030001", "65757030001"),
        ("65757-0300-01", "65757030001"),
        ("1234-5678-90", "01234567890"),
        ("12345-678-90", "12345067890"),
        ("12345-6789-0", "12345678900"),
        ("N465757030001", "65757030001"),
        ("65757030001.0", "65757030001"),
        ("6575730001", None),
        ("1.23E+10", None),
        ("123-45-6789", None),
    ],
)
def test_ndc(text: str, ndc: str | None) -> None:
    assert values.read_ndc(text) == ndc


@pytest.mark.parametrize(
    ("text", "hcpcs", "modifiers"),
    [
        ("j2311", "J2311", None),
        (" J2311 ", "J2311", None),
        ("J2311-JZ", "J2311", "JZ"),
        ("99213 25", "99213", "25"),
        ("99213 25,59", "99213", "25 59"),
        ("HC:J2311:JZ", "J2311", "JZ"),
        ("99213.0", "99213", None),
        ("99213 - Office visit, 15 min", "99213", None),
        ("0636", "0636", None),
        ("1E5", "1E5", None),
    ],
)
def test_procedure_codes(text: str, hcpcs: str, modifiers: str | None) -> None:
    assert values.read_hcpcs(text.strip()) == hcpcs
    assert values.read_hcpcs_modifiers(text.strip()) == modifiers


@pytest.mark.parametrize(
    ("text", "modifiers"),
    [
        ("25 59", "25 59"),
        ("25,59;JZ:KX", "25 59 JZ KX"),
        ("5", "05"),
        ("5.0", "05"),
        ("jz", "JZ"),
        ("25JZ", "25 JZ"),
        ("259", None),
        ("?!", None),
    ],
)
def test_modifiers(text: str, modifiers: str | None) -> None:
    assert values.read_modifiers(text) == modifiers


@pytest.mark.parametrize(
    ("text", "diagnoses"),
    [
        ("f11.20", "F1120"),
        ("F11.20, F10.20|Z79.899", "F1120 F1020 Z79899"),
        ("E11", "E11"),
        ("ABK:F1120", "F1120"),
        ("F11.20 - Opioid dependence", "F1120"),
        ("304.00", "30400"),
        ("see chart", None),
    ],
)
def test_diagnoses(text: str, diagnoses: str | None) -> None:
    assert values.read_diagnoses(text) == diagnoses


@pytest.mark.parametrize(
    ("text", "group", "carcs", "rarcs"),
    [
        ("CO-16", "CO", "16", None),
        ("CO16", "CO", "16", None),
        ("co 16", "CO", "16", None),
        ("PR 96 N130", "PR", "96", "N130"),
        ("16/N519", None, "16", "N519"),
        ("04", None, "4", None),
        ("4.0", None, "4", None),
        ("CO-97; CO-B7", "CO", "97 B7", None),
        ("CO-45, PR-2", "CO PR", "45 2", None),
        ("CO-16: missing 2 items", "CO", "16", None),
        ("MA130", None, None, "MA130"),
        ("denied", None, None, None),
    ],
)
def test_reason_codes(text: str, group: str | None, carcs: str | None, rarcs: str | None) -> None:
    assert reasons.read_reasons(text) == (group, carcs, rarcs)


@pytest.mark.parametrize(("text", "place"), [("2", "02"), ("11.0", "11"), ("Office", None)])
def test_place_of_service(text: str, place: str | None) -> None:
    assert values.read_place(text) == place


def test_a_reader_runs_once_per_different_text_and_never_on_blanks() -> None:
    seen: list[str] = []
    cells = pd.Series(["a", "", " a", "N/A", "a", None, "b"], dtype="str")
    read = values.by_unique(cells, lambda text: seen.append(text) or text.upper())
    assert read.fillna("-").tolist() == ["A", "-", "A", "-", "A", "-", "B"]
    assert seen == ["a", "a", "b"]
