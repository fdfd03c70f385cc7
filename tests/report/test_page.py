"""The page: self-contained, sums only, to the cent, readable by everyone."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest
from small_files import claim, interchange, line, remittance

from j2311_analytics import Assumptions, analyse_month, read_835
from j2311_analytics.report import evidence, grids
from j2311_analytics.report.analysis import MonthAnalysis
from j2311_analytics.report.figures import report_figures
from j2311_analytics.report.kpis import benchmarks
from j2311_analytics.report.page import write_page
from j2311_analytics.report.words import OTHER_BASE, SAME_BASE

HOSTILE = "<script src=//evil>&\"'</script>"
VOID = {"meta", "img", "br"}


class Page(HTMLParser):
    """What a browser would see: tags with their attributes, texts, and open tags."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.texts: list[str] = []
        self.open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.tags if name == tag]


def two_payers(code: str = "J2311") -> MonthAnalysis:
    north = [
        *claim("CLAIMA", *line(code, cas=["CO*197*100"], control="LINEA"), member="PHIID1"),
        *claim("CLAIMB", *line(code, cas=["CO*45*36", "PR*2*14"], paid="50"), paid="50"),
    ]
    south = claim("CLAIMC", *line(code, charge="77.31", cas=["CO*29*77.31"]), charge="77.31")
    data = interchange(
        remittance(*north, paid="50", date="20260915"),
        remittance(*south, payer=HOSTILE, payer_id="S1", date="20261015"),
    )
    return analyse_month(read_835(data), month="2026-10", assumptions=Assumptions(focus=(code,)))


def written(analysis: MonthAnalysis, folder: Path) -> str:
    page = write_page(analysis, report_figures(analysis), folder / "report.html")
    return page.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def analysis() -> MonthAnalysis:
    return two_payers()


@pytest.fixture(scope="module")
def html(analysis: MonthAnalysis, tmp_path_factory: pytest.TempPathFactory) -> str:
    return written(analysis, tmp_path_factory.mktemp("page"))


@pytest.fixture(scope="module")
def page(html: str) -> Page:
    return Page(html)


def test_the_page_loads_nothing(html: str, page: Page) -> None:
    assert "http://" not in html
    assert "https://" not in html
    assert "@import" not in html
    assert "url(" not in html
    forbidden = {"script", "link", "iframe", "object", "embed", "form", "base"}
    assert not forbidden & {tag for tag, _ in page.tags}
    assert {image["src"].split(",")[0] for image in page.all("img")} == {"data:image/png;base64"}
    assert all(link["href"].startswith("#") for link in page.all("a"))
    policy = next(meta["content"] for meta in page.all("meta") if "http-equiv" in meta)
    assert policy.startswith("default-src 'none';")


def test_links_lead_to_sections(page: Page) -> None:
    ids = {section["id"] for section in page.all("section")}
    assert {link["href"][1:] for link in page.all("a")} <= ids


def test_every_tag_is_closed_and_headings_are_in_order(page: Page) -> None:
    assert page.open == []
    levels = [int(tag[1]) for tag, _ in page.tags if tag in ("h1", "h2", "h3")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_pictures_and_tables_are_told_to_those_who_cannot_see_them(page: Page) -> None:
    assert len(page.all("img")) == 6
    assert all(len(image["alt"]) > 40 for image in page.all("img"))
    assert len(page.all("caption")) == len(page.all("table")) > 8
    assert {head.get("scope") for head in page.all("th")} == {"col", "row"}


def test_the_page_leads_with_the_headline_and_holds_the_table_to_the_cent(
    html: str, page: Page, analysis: MonthAnalysis
) -> None:
    assert analysis.headline in page.texts
    assert html.index(analysis.headline) < html.index("<table")
    rows = [*analysis.metrics["by_payer_and_cause"], analysis.metrics["totals"]]
    for row in rows:
        for name in ("denied_amount", "open_amount", "recoverable_amount"):
            assert f"${row[name]:,.2f}" in page.texts
    assert {"$77.31", "$100.00", "$177.31"} <= set(page.texts)


def test_the_page_holds_no_claim_member_or_file(html: str, analysis: MonthAnalysis) -> None:
    tokens = analysis.remittance.claims["member_token"].dropna()
    hidden = ["CLAIMA", "CLAIMB", "CLAIMC", "LINEA", "ICNCLAIM", "PHINAME", "PHIID", *tokens]
    assert [text for text in hidden if text in html] == []


def test_names_of_files_stay_out(tmp_path: Path) -> None:
    data = interchange(remittance(*claim("A", *line(cas=["CO*999*100"])), paid="1"))
    (tmp_path / "secret_clinic.835").write_bytes(data)
    analysis = analyse_month(read_835(tmp_path), month="2026-10")
    assert analysis.exceptions["file"].str.contains("secret_clinic").any()
    assert "secret_clinic" not in written(analysis, tmp_path)


def test_a_payers_name_is_text_whatever_it_says(html: str, page: Page) -> None:
    assert HOSTILE not in html
    assert HOSTILE in page.texts


def test_what_does_not_balance_is_said(tmp_path: Path) -> None:
    data = interchange(remittance(*claim("A", *line(cas=["CO*197*90"])), paid="7.50"))
    html = written(analyse_month(read_835(data), month="2026-10"), tmp_path)
    assert "3 of 3 balance checks do not balance" in html
    assert "$17.50 of claims and payments is unexplained" in html
    assert "unbalanced transaction" in html


def test_what_balances_is_said(page: Page) -> None:
    text = " ".join(page.texts)
    assert "1 remittance file read, none with an error." in text
    assert "Every file balances to $0.00" in text
    assert "Nothing was odd, out of balance or left unlinked." in text
    assert "add up to the total, $177.31" in text


def test_every_assumption_is_printed(page: Page, analysis: MonthAnalysis) -> None:
    for name, value, _, meaning in analysis.assumptions.rows():
        assert {name, value, meaning} <= set(page.texts)


def test_this_months_denials_are_told_apart(page: Page) -> None:
    text = " ".join(page.texts)
    assert "In Oct 2026, 1 service was denied for the first time: $77.31 at first" in text


def test_the_note_is_shown_where_there_is_one(
    html: str, analysis: MonthAnalysis, tmp_path: Path
) -> None:
    assert 'class="note"' not in html
    noted = written(replace(analysis, note="Something is <odd>."), tmp_path)
    assert "Something is &lt;odd&gt;." in noted


def test_what_the_code_j2311_is_stands_only_where_it_matters(html: str, tmp_path: Path) -> None:
    assert "About the code J2311" in html
    assert "About the code J2311" not in written(two_payers("J0570"), tmp_path)


def test_a_month_without_denials_is_a_page_too(tmp_path: Path) -> None:
    html = written(analyse_month(read_835(interchange(remittance())), month="2026-10"), tmp_path)
    text = " ".join(Page(html).texts)
    assert "No denial is open." in text
    assert "No service was first denied in Oct 2026." in text
    assert "nan" not in text.lower().split()


def test_the_same_month_gives_the_same_bytes(
    html: str, analysis: MonthAnalysis, tmp_path: Path
) -> None:
    assert written(analysis, tmp_path) == html


def test_published_figures_exist_and_bases_are_not_mixed(analysis: MonthAnalysis) -> None:
    known = set(benchmarks()["metric"])
    assert {*SAME_BASE.values(), *OTHER_BASE} <= known
    bases = dict(zip(analysis.kpis["kpi"], analysis.kpis["base"], strict=True))
    assert {kpi: bases[kpi] for kpi in SAME_BASE} == {
        "initial_denial_rate_dollars": "dollars",
        "clean_claim_rate": "claims",
    }
    assert not set(SAME_BASE.values()) & set(OTHER_BASE)


def test_measures_stand_with_range_cases_and_definition(analysis: MonthAnalysis) -> None:
    rows = {row.texts[0]: row.texts for row in evidence.measures(analysis.kpis).rows}
    rate = rows["Initial denial rate, services"]
    assert rate[1:4] == ("66.7 %", "20.8 to 93.9 %", "2 of 3")
    assert rate[5] == "none"
    assert rows["Clean claim rate"][5].startswith("95.0 % of claims in 2018, practice: MGMA target")
    assert rows["Days from denial to appeal"][1:4] == ("–", "–", "none")


def test_work_is_grouped_with_its_nearest_deadline(analysis: MonthAnalysis) -> None:
    open_ones = pd.concat([analysis.recoverable.head(1)] * 3, ignore_index=True).assign(
        rank=[1, 2, 3],
        deadline=pd.to_datetime(["2026-09-01", "2026-12-24", "2026-11-20"]),
        days_left=pd.array([-60, 54, 20], dtype="Int64"),
        recoverable_amount=[10.0, 20.0, 30.5],
        open_amount=[100.0, 100.0, 100.0],
        action=["Appeal; the planning window has passed, check the contract.", "x.", "y."],
    )
    table, groups = grids.work(replace(analysis, recoverable=open_ones), 12)
    assert groups == 1
    assert table.rows[0].texts[2:] == (
        "$60.50",
        "Appeal",
        "2026-11-20",
        "20",
        "1",
        "$300.00",
        "3",
    )


def test_only_the_most_worthwhile_work_is_shown(analysis: MonthAnalysis) -> None:
    table, groups = grids.work(analysis, 1)
    assert (len(table.rows), groups) == (1, 2)


def test_two_payers_of_one_name_are_told_apart(analysis: MonthAnalysis) -> None:
    block = analysis.metrics["by_payer_and_cause"]
    same = [{**row, "payer": "NORTH"} for row in block]
    table = grids.cells({**analysis.metrics, "by_payer_and_cause": same}, "Cells")
    assert {row.texts[0] for row in table.rows} == {"NORTH (NORTH1)", "NORTH (S1)"}


def test_the_codes_of_the_drugs_family_stand_beside_the_focus() -> None:
    lines = [*line("J2311", cas=["CO*197*100"]), *line("J2315", cas=["CO*197*100"])]
    data = interchange(remittance(*claim("A", *lines, charge="200")))
    analysis = analyse_month(read_835(data), month="2026-10")
    codes = [row.texts[0] for row in grids.family(analysis).rows]
    assert codes == ["J2311 (focus)", "J2315"]
