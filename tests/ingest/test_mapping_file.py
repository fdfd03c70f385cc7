"""The saved mapping of an export: proposed with reasons, kept, read again."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from j2311_analytics.cli import main
from j2311_analytics.ingest.claim_files import read_claims
from j2311_analytics.ingest.mapping_file import propose_columns, read_columns, write_columns

HEADER = "Claim #,CPT,Billed Amnt,Svc Dt From,Paid,Ins Paid,Shoe size\n"


@pytest.fixture
def export(tmp_path: Path) -> Path:
    path = tmp_path / "claims.csv"
    path.write_text(HEADER + "A,J2311,5,1/5/26,1,2,9\n")
    return path


def test_every_column_is_explained(export: Path) -> None:
    assert propose_columns(export).fillna("").values.tolist() == [
        ["Claim #", "claim_id", "exact", "a known title of claim_id"],
        ["CPT", "hcpcs", "exact", "a known title of hcpcs"],
        [
            *("Billed Amnt", "charge", "guess"),
            "like 'billed amt', a known title of charge, which no column has: check it",
        ],
        [
            *("Svc Dt From", "service_from", "abbreviations"),
            "a known title of service_from, once its words are written out",
        ],
        ["Paid", "", "in doubt", "could be paid, as could 'Ins Paid': keep one"],
        ["Ins Paid", "", "in doubt", "could be paid, as could 'Paid': keep one"],
        ["Shoe size", "", "left over", "not known, or not used"],
    ]


def test_a_saved_mapping_is_what_read_claims_goes_by(export: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no column was recognised as charge"):
        read_claims(export)
    saved = write_columns(propose_columns(export), tmp_path / "columns.csv")
    assert read_columns(saved) == {
        "Claim #": "claim_id",
        "CPT": "hcpcs",
        "Billed Amnt": "charge",
        "Svc Dt From": "service_from",
    }
    with saved.open("a") as file:
        file.write("Ins Paid,paid,\n")
    lines = read_claims(export, columns=saved).lines
    assert lines[["claim_id", "charge", "paid"]].values.tolist() == [["A", 5.0, 2.0]]


def test_titles_by_line_stay_out_of_the_file(tmp_path: Path) -> None:
    frame = pd.DataFrame([["A", "1/5/26", "J2311", "5", "96372", "6"]])
    frame.columns = ["Claim", "DOS", "CPT 1", "Fee 1", "CPT 2", "Fee 2"]
    proposal = propose_columns(frame)
    assert proposal["why"].tolist()[2:4] == ["hcpcs of line 1", "charge of line 1"]
    saved = write_columns(proposal, tmp_path / "columns.csv")
    assert read_claims(frame, columns=saved).lines["hcpcs"].tolist() == ["J2311", "96372"]


def test_files_that_do_not_fit_are_refused(tmp_path: Path, export: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"the mapping file .* make one with j2311 map"):
        read_claims(export, columns=tmp_path / "no.csv")
    path = tmp_path / "columns.csv"
    path.write_text("title,field\nA,charge\n")
    with pytest.raises(ValueError, match=r"^columns\.csv needs the columns column, field"):
        read_columns(path)
    path.write_text("column,field\nA,charge\nA,units\n")
    with pytest.raises(ValueError, match=r"^columns\.csv names 'A' twice"):
        read_columns(path)
    with pytest.raises(FileExistsError, match="exists; move it away"):
        write_columns(propose_columns(export), path)
    with pytest.raises(FileNotFoundError, match="does not exist; check the path"):
        propose_columns(tmp_path / "no.csv")


def test_the_command_line_shows_and_saves_the_proposal(
    export: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    saved = tmp_path / "columns.csv"
    assert main(["map", str(export), "--save", str(saved)]) == 1
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "Claim #      claim_id      a known title of claim_id"
    assert said[-2] == "Still to be said: which column is charge."
    assert saved.read_text().startswith("column,field,why\nClaim #,claim_id,")
    assert main(["map", str(export), "--columns", str(saved)]) == 0
    assert main(["map", str(tmp_path / "no.csv")]) == 2


def test_an_837_has_no_titles_to_map(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"ISA*00*          *")
    with pytest.raises(
        ValueError, match=r"^a\.txt: this is an X12 file; use read_837 or read_835$"
    ):
        propose_columns(tmp_path / "a.txt")
