"""What moved, and what the claims' own data says: on the page, in the workbook, in the metrics."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from small_files import claim, interchange, line, remittance

from j2311_analytics import Assumptions, analyse_month, read_835, read_claims
from j2311_analytics.report import moved
from j2311_analytics.report.analysis import MonthAnalysis
from j2311_analytics.report.figures import report_figures
from j2311_analytics.report.page import write_page
from j2311_analytics.report.weighed import MEANS
from j2311_analytics.report.workbook import write_workbook
from j2311_analytics.tables import cents

MONTHS = [f"2026{month:02d}" for month in range(1, 11)]
PAID = ["CO*45*36", "PR*2*14"]
OF_A_MONTH = 20


def shifted() -> MonthAnalysis:
    """NORTH denies 1 of 20 services a month, and 14 of 20 from September on; SOUTH never moves."""
    sets = []
    for month in MONTHS:
        denied = 14 if month >= "202609" else 1
        code = "CO*197*100" if month < "202610" else "CO*198*100"
        for payer, refused in (("NORTH", denied), ("SOUTH", 1)):
            segments: list[str] = []
            for number in range(OF_A_MONTH):
                name = f"{payer}{month}{number:02d}"
                lost = number < refused
                paid = "0" if lost else "50"
                cas = [code if payer == "NORTH" else "CO*29*100"] if lost else PAID
                segments += claim(name, *line(cas=cas, paid=paid), paid=paid, member=f"PHIID{name}")
            total = str(50 * (OF_A_MONTH - refused))
            sets.append(
                remittance(*segments, payer=payer, payer_id=payer, date=f"{month}15", paid=total)
            )
    return analyse_month(read_835(interchange(*sets)), month="2026-10")


@pytest.fixture(scope="module")
def analysis() -> MonthAnalysis:
    return shifted()


def test_a_shift_is_found_dated_and_told(analysis: MonthAnalysis) -> None:
    rates = analysis.changes[analysis.changes["kind"] == "rate"]
    assert set(rates["payer_id"]) == {"NORTH"}
    total = rates[rates["cause"] == "any cause"].iloc[0]
    assert (total["denied_after"], total["services_after"]) == (28, 40)
    assert total["since"] == pd.Timestamp("2026-09-15")
    new = analysis.changes[analysis.changes["kind"] == "new_code"]
    assert new[["payer_id", "code", "denied_after"]].values.tolist() == [["NORTH", "CARC 198", 14]]


def test_the_page_says_what_moved_and_how_often_that_is_a_false_alarm(
    analysis: MonthAnalysis, tmp_path: Path
) -> None:
    figures = report_figures(analysis)
    assert [figure.name for figure in figures][6:] == ["changes"]
    html = write_page(analysis, figures, tmp_path / "report.html").read_text(encoding="utf-8")
    assert "What moved beyond chance" in html
    assert "with a chance of at most 5 %" in html
    assert "NORTH: denials up from 5.0 % to 70.0 % of services since about 2026-09-15" in html
    assert ">5.0 % of 160<" in html
    assert ">70.0 % of 40<" in html
    assert ">CARC 198<" in html
    assert "never before from any payer" not in html  # the table says it in a column
    assert ">any payer<" in html


def test_a_month_in_which_nothing_moved_says_so() -> None:
    quiet = analyse_month(read_835(interchange(remittance())), month="2026-10")
    assert "changes" not in [figure.name for figure in report_figures(quiet)]
    words = moved.changes_words(quiet.changes, 0.05)
    assert words.startswith("No denial rate moved beyond chance.")


def test_the_workbook_and_the_metrics_have_every_change(
    analysis: MonthAnalysis, tmp_path: Path
) -> None:
    book = openpyxl.load_workbook(write_workbook(analysis, tmp_path / "report.xlsx"))
    rows = list(book["Changes"].values)
    assert rows[0][0] == "Denial rates that moved beyond chance"
    heads = list(rows[1])
    found = dict(zip(heads, rows[2], strict=True))
    assert (found["Payer"], found["Direction"], found["Services now"]) == ("NORTH", "up", 40)
    codes = [row for row in rows if row[2] == "CARC 198"]
    assert codes[0][3] == "Authorization limits exceeded"
    told = analysis.metrics["changes"]
    assert len(told) == len(analysis.changes)
    assert told[0]["payer_id"] == "NORTH"
    assert told[0]["since"] == "2026-09-15"
    assert told[-1]["rate_before"] is None


def weighed() -> MonthAnalysis:
    """One denial that the claim speaks against, one that it bears out, one without a claim."""
    export = pd.DataFrame(
        {
            "Claim ID": ["SHOWN", "BORNEOUT"],
            "CPT": "J2315",
            "Units": "380",
            "Charge": "100",
            "DOS": "2026-09-01",
            "Diagnosis 1": ["F11.20", "F11.20"],
            "Diagnosis Pointer": "1",
            "Payer": "NORTH HEALTH",
        }
    )
    segments = [
        *claim("SHOWN", *line("J2315", cas=["CO*11*100"]), member="PHIID1"),
        *claim("BORNEOUT", *line("J2315", cas=["CO*288*100"]), member="PHIID2"),
        *claim("UNKNOWN", *line("J2315", cas=["CO*50*100"]), member="PHIID3"),
    ]
    return analyse_month(
        read_835(interchange(remittance(*segments, date="20261005"))),
        read_claims(export),
        month="2026-10",
        assumptions=Assumptions(focus=("J2315",)),
    )


def test_verdicts_are_summed_on_the_page_and_named_line_by_line_in_the_workbook(
    tmp_path: Path,
) -> None:
    analysis = weighed()
    verdicts = analysis.metrics["verdicts"]
    assert sum(row["episodes"] for row in verdicts) == len(analysis.recoverable) == 3
    opened = cents(analysis.recoverable["open_amount"]).sum() / 100
    assert sum(row["open_amount"] for row in verdicts) == opened
    assert verdicts[-1] == {
        "verdict": "no_claim_data",
        "episodes": 1,
        "open_amount": 100.0,
        "recoverable_amount": verdicts[-1]["recoverable_amount"],
    }
    page = write_page(analysis, report_figures(analysis), tmp_path / "report.html")
    html = page.read_text(encoding="utf-8")
    for row in verdicts:
        assert f">{MEANS[row['verdict']][0]}<" in html
    sheet = openpyxl.load_workbook(write_workbook(analysis, tmp_path / "r.xlsx"))["Denials"]
    heads = [cell.value for cell in sheet[1]]
    wanted = ["Claim id", "Claim's own data says", "What was compared and found"]
    told = {
        row[0]: row[1:]
        for row in (
            [values[heads.index(name)] for name in wanted]
            for values in sheet.iter_rows(min_row=2, values_only=True)
        )
    }
    facts = analysis.evidence.set_index("denial")["facts"]
    for row in analysis.denials.itertuples():
        assert told[row.claim_id][1] == facts[row.denial]
    assert told["UNKNOWN"][0] == "No claim found"


def test_what_is_checked_before_billing_knows_the_policies() -> None:
    analysis = weighed()
    assert "policy_units" not in set(analysis.prevention.worth["rule"])
    policies = pd.DataFrame(
        {"payer_id": [None], "payer": ["NORTH"], "hcpcs": ["J2315"], "requirement": ["max_units"],
         "value": ["100"], "valid_from": pd.NaT, "valid_to": pd.NaT, "source": [None]}
    )  # fmt: skip
    with_rules = analyse_month(
        analysis.remittance,
        analysis.claims,
        month="2026-10",
        assumptions=Assumptions(focus=("J2315",)),
        policies=policies,
    )
    found = with_rules.prevention.worth
    assert "policy_units" in set(found["rule"])
