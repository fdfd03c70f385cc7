"""read_claims takes exports and 837s, told apart by what a file holds."""

from __future__ import annotations

import gzip
import warnings
import zipfile
from pathlib import Path

import pandas as pd
import pytest
from small_claims import claim, claim_set, interchange, line, subscriber

from j2311_analytics import AnalyticsWarning, Claims, analyse_month, read_835, read_claims
from j2311_analytics.ingest.claim_files import is_x12

ONE = interchange(claim_set(*subscriber(), *claim("A1", *line())))
CSV = "Claim ID,CPT,Units,Charge,DOS\nB2,J2311,380,50.00,09/02/2026\n"


def quiet(source: object) -> Claims:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AnalyticsWarning)
        return read_claims(source)  # type: ignore[arg-type]


def messages(claims: Claims) -> list[tuple[str, str]]:
    return list(zip(claims.issues["problem"], claims.issues["message"], strict=True))


def test_an_837_is_told_by_its_content_whatever_its_name(tmp_path: Path) -> None:
    (tmp_path / "claims.csv").write_bytes(ONE)
    (tmp_path / "claims.gz").write_bytes(gzip.compress(ONE))
    with zipfile.ZipFile(tmp_path / "claims.zip", "w") as archive:
        archive.writestr("sent.837", ONE)
    for file in sorted(tmp_path.iterdir()):
        assert is_x12(file)
        assert read_claims(file).lines["claim_id"].tolist() == ["A1"]


def test_a_table_is_no_837_even_where_it_speaks_of_one(tmp_path: Path) -> None:
    for text in (CSV, "Claim ID,Note\nA1,ISA*00*  was sent\n", "ST,837\n1,2\n", ""):
        (tmp_path / "a.csv").write_text(text)
        assert not is_x12(tmp_path / "a.csv")
    pd.DataFrame({"a": ["ISA*00*"]}).to_excel(tmp_path / "a.xlsx")
    assert not is_x12(tmp_path / "a.xlsx")


def test_a_folder_may_hold_both(tmp_path: Path) -> None:
    (tmp_path / "sent").mkdir()
    (tmp_path / "sent" / "a.837").write_bytes(ONE)
    (tmp_path / "b.csv").write_text(CSV)
    claims = quiet(tmp_path)
    assert claims.lines["claim_id"].tolist() == ["B2", "A1"]
    assert claims.claims["claim_id"].tolist() == ["A1"]
    assert set(claims.mapping["file"]) == {"b.csv"}
    assert claims.issues.empty


def test_a_claim_of_both_counts_as_the_export_has_it(tmp_path: Path) -> None:
    (tmp_path / "a.837").write_bytes(ONE)
    (tmp_path / "b.csv").write_text(CSV.replace("B2", "A1"))
    claims = quiet(tmp_path)
    assert claims.lines[["claim_id", "charge"]].values.tolist() == [["A1", 50.0]]
    assert messages(claims) == [
        ("overlap", "1 line of 837s belong to claims that an export has, too; the export counts")
    ]


def test_a_line_of_two_837s_counts_as_the_later_has_it(tmp_path: Path) -> None:
    (tmp_path / "a.837").write_bytes(ONE)
    (tmp_path / "b.837").write_bytes(ONE.replace(b"HC:J2311*100", b"HC:J2315*100"))
    (tmp_path / "c.837").write_bytes(ONE.replace(b"20261005*0900", b"20261012*0900"))
    claims = quiet(tmp_path)
    assert claims.lines["hcpcs"].tolist() == ["J2315", "J2311"]
    assert messages(claims) == [("overlap", "1 line stood in a later file, too; the later counts")]


def test_a_file_that_is_neither_is_listed(tmp_path: Path) -> None:
    (tmp_path / "a.837").write_bytes(ONE)
    (tmp_path / "b.835").write_bytes(b"ST*835*1~BPR*I*0*C~SE*3*1~")
    claims = quiet(tmp_path)
    assert claims.lines["claim_id"].tolist() == ["A1"]
    assert [problem for problem, _ in messages(claims)] == ["other_set", "unreadable"]


def test_the_report_from_837s_finds_the_denials_that_the_export_finds(root: Path) -> None:
    remittance = read_835(root / "data" / "sample" / "835")
    found = []
    for form in ("claims.csv", "837"):
        claims = quiet(root / "data" / "sample" / form)
        analysis = analyse_month(remittance, claims, month="2026-10")
        totals = analysis.metrics["totals"]
        found.append([totals[key] for key in ("lines", "charge", "initial_denied_amount")])
    assert found[0] == found[1]
    assert found[0][2] > 0


@pytest.mark.parametrize("source", [[], "nowhere"])
def test_nothing_to_read_says_so(source: object) -> None:
    with pytest.raises((ValueError, FileNotFoundError)):
        read_claims(source)  # type: ignore[arg-type]
