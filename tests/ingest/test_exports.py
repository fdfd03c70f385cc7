"""Claim exports of any shape become the same canonical lines, or are refused with the fix."""

from __future__ import annotations

import csv
import io
import warnings
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from j2311_analytics import tables
from j2311_analytics.errors import AnalyticsWarning
from j2311_analytics.ingest.claim_files import read_claims
from j2311_analytics.ingest.exports import Claims
from j2311_analytics.ingest.tokens import member_token, patient_token
from j2311_analytics.sample import make_sample

HEADER = ["Claim #", "CPT", "Mod", "Units", "Billed", "Svc Dt From", "POS", "Dx1", "NDC", "Auth"]
ROWS = [
    ["007", "J2311", "JZ", "5", "120.50", "01/05/2026", "11", "F11.20", "12345-6789-01", "E11"],
    ["007", "96372", "59", "1", "40.00", "01/05/2026", "11", "F11.20", "", "1E5"],
    ["0012", "J2315", "", "380", "1500.00", "02/28/2026", "22", "F10.20", "65757-0300-01", ""],
]


def text_of(rows: list[list[str]], delimiter: str = ",") -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(rows)
    return out.getvalue()


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Claims]:
    """Write content to a file and read it; no warning unless the test expects issues."""

    def read_content(content: str | bytes, name: str = "may.csv", **options: object) -> Claims:
        data = content.encode() if isinstance(content, str) else content
        (tmp_path / name).write_bytes(data)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", AnalyticsWarning)
            return read_claims(tmp_path / name, **options)  # type: ignore[arg-type]

    return read_content


@pytest.fixture
def plain(read: Callable[..., Claims]) -> pd.DataFrame:
    return read(text_of([HEADER, *ROWS])).lines


def workbook(
    *sheets: tuple[str, list[list[object]]], formats: dict[str, str] | None = None
) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets:
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
        for cell, form in (formats or {}).items():
            sheet[cell].number_format = form
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


# What comes out


def test_lines_have_the_tables_columns_and_nothing_is_guessed(plain: pd.DataFrame) -> None:
    assert plain.columns.tolist() == tables.columns("claim_lines")
    first = plain.iloc[0].dropna().to_dict()
    assert first == {
        "claim_id": "007",
        "line_number": 1,
        "hcpcs": "J2311",
        "modifier_1": "JZ",
        "units": 5.0,
        "charge": 120.5,
        "service_from": pd.Timestamp("2026-01-05"),
        "place_of_service": "11",
        "diagnosis_1": "F1120",
        "ndc": "12345678901",
        "authorization": "E11",
    }
    assert plain["line_number"].tolist() == [1, 2, 1]
    assert plain["authorization"].fillna("").tolist() == ["E11", "1E5", ""]


def test_a_clean_export_has_no_issues_and_no_warning(tmp_path: Path) -> None:
    (tmp_path / "may.csv").write_text(text_of([HEADER, *ROWS]))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        claims = read_claims(tmp_path / "may.csv")
    assert claims.issues.empty
    assert claims.issues.dtypes.equals(tables.empty("issues").dtypes)


def test_the_mapping_shows_every_column(read: Callable[..., Claims]) -> None:
    header = ["Claim", "CPT", "Fee", "Svc Dt From", "Patient Name", "Shoe size", "Weird"]
    mapping = read(
        text_of([header, ["A", "J2311", "5", "1/5/26", "", "", "3"]]), columns={"Weird": "units"}
    ).mapping
    assert mapping.fillna("").values.tolist() == [
        ["may.csv", "Claim", "claim_id", "exact"],
        ["may.csv", "CPT", "hcpcs", "exact"],
        ["may.csv", "Fee", "charge", "exact"],
        ["may.csv", "Svc Dt From", "service_from", "abbreviations"],
        ["may.csv", "Patient Name", "patient_name", "exact"],
        ["may.csv", "Shoe size", "", "left over"],
        ["may.csv", "Weird", "units", "given"],
    ]


# Any delimiter, encoding and packaging


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_text_files(
    read: Callable[..., Claims], plain: pd.DataFrame, delimiter: str, encoding: str
) -> None:
    rows = [[*HEADER, "Payer"], *([*row, "Santé, Inc"] for row in ROWS)]
    lines = read(text_of(rows, delimiter).encode(encoding), "may.txt").lines
    assert lines["payer_name"].tolist() == ["Santé, Inc"] * 3
    pd.testing.assert_frame_equal(lines.assign(payer_name=plain["payer_name"]), plain)


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_line_ends(read: Callable[..., Claims], plain: pd.DataFrame, newline: str) -> None:
    content = text_of([HEADER, *ROWS]).replace("\r\n", newline)
    pd.testing.assert_frame_equal(read(content).lines, plain)
    pd.testing.assert_frame_equal(read(content.rstrip()).lines, plain)


def test_rows_above_the_header_and_blank_lines(
    read: Callable[..., Claims], plain: pd.DataFrame
) -> None:
    above = 'Report of May\n\n"Clinic, North",,\n'
    pd.testing.assert_frame_equal(read(above + text_of([HEADER, *ROWS]) + "\n\n").lines, plain)


def test_totals_repeated_titles_and_notes_are_left_out_with_an_issue(
    read: Callable[..., Claims], plain: pd.DataFrame
) -> None:
    rows = [
        *(HEADER, ROWS[0], HEADER, ROWS[1], ROWS[2], [""] * 10),
        ["Grand Total", "", "", "386", "1660.50", "", "", "", "", ""],
        ["", "", "", "", "1660.50", "", "", "", "", ""],
        ["printed on Monday"],
    ]
    claims = read(text_of(rows))
    pd.testing.assert_frame_equal(claims.lines, plain)
    assert claims.issues[["segment", "problem", "message"]].values.tolist() == [
        [3, "repeated_header", "1 row repeating the titles was left out, first row 3"],
        [
            7,
            "totals_row",
            "3 rows of totals or notes (no date of service) were left out, first row 7",
        ],
    ]


def test_quoted_line_breaks_and_delimiters(read: Callable[..., Claims]) -> None:
    content = (
        "Claim,CPT,Fee,DOS,Payer\n"
        'A,J2311,"1,250.00",1/5/26,"Plan\nof ""Ohio"""\n'
        "B,96372,5,1/6/26,X\n"
    )
    lines = read(content).lines
    assert lines["payer_name"].tolist() == ['Plan\nof "Ohio"', "X"]
    assert lines["charge"].tolist() == [1250.0, 5.0]


def test_short_rows_are_filled_and_torn_rows_left_out(read: Callable[..., Claims]) -> None:
    content = (
        "Claim,CPT,Fee,DOS,Payer\nA,J2311,5,1/5/26\nB,J2311,1,250.00,1/5/26,X\nC,J2311,7,1/6/26,Y\n"
    )
    claims = read(content)
    assert claims.lines["claim_id"].tolist() == ["A", "C"]
    assert claims.issues[["segment", "message"]].values.tolist() == [
        [
            3,
            "1 row with more cells than titles (a delimiter inside a cell?) was left out, "
            "first row 3",
        ]
    ]


def test_titles_on_two_lines(read: Callable[..., Claims]) -> None:
    content = '"Claim\n No",CPT,"Line\nTotal",DOS\nA,J2311,5,1/5/26\n'
    claims = read(content, columns={"Line Total": "charge"})
    assert claims.lines[["claim_id", "charge"]].values.tolist() == [["A", 5.0]]


def test_a_semicolon_file_with_decimal_points_in_text(read: Callable[..., Claims]) -> None:
    lines = read("Claim;CPT;Fee;DOS\nA,1;J2311;$1,250.00;1/5/26\n").lines
    assert lines[["claim_id", "charge"]].values.tolist() == [["A,1", 1250.0]]


# Excel, Parquet, DataFrames


def test_a_workbook_with_text_gives_the_same_lines(
    read: Callable[..., Claims], plain: pd.DataFrame
) -> None:
    data = workbook(("Read me", [["Claim export"]]), ("Data", [["May"], [], HEADER, *ROWS]))
    claims = read(data, "may.xlsx")
    pd.testing.assert_frame_equal(claims.lines, plain)
    assert set(claims.mapping["file"]) == {"may.xlsx, sheet Data"}


def test_a_workbook_with_numbers_dates_and_formats_gives_the_same_lines(
    read: Callable[..., Claims], plain: pd.DataFrame
) -> None:
    rows: list[list[object]] = [[*row] for row in ROWS]
    rows[0][0], rows[0][3:7] = 7, [5, 120.5, datetime(2026, 1, 5), 11]
    rows[1][0], rows[1][2:7] = 7, [59, 1.0, 40, 46027, 11.0]
    rows[2][8] = 65757030001
    data = workbook(
        ("Data", [HEADER, *rows]),
        formats={"A2": "000", "A3": "000", "I4": "00000-0000-00", "E2": '"$"#,##0.00'},
    )
    pd.testing.assert_frame_equal(read(data, "may.xlsx").lines, plain)


def test_the_user_chooses_the_sheet(read: Callable[..., Claims]) -> None:
    rows = [["Claim", "CPT", "Fee", "DOS"], ["A", "J2311", "5", "1/5/26"]]
    other = [["Claim", "CPT", "Fee", "DOS"], ["B", "J2311", "5", "1/5/26"]]
    data = workbook(("May", rows), ("June", other))
    assert read(data, "b.xlsx").lines["claim_id"].tolist() == ["A"]
    assert read(data, "b.xlsx", sheet="June").lines["claim_id"].tolist() == ["B"]
    with pytest.raises(
        ValueError, match=r"^b\.xlsx: there is no sheet 'July'; there are 'May', 'June'$"
    ):
        read(data, "b.xlsx", sheet="July")


def test_hidden_rows_are_kept_and_formulas_never_run(read: Callable[..., Claims]) -> None:
    book = openpyxl.Workbook()
    book.active.append(["Claim", "CPT", "Fee", "DOS"])
    book.active.append(["A", "J2311", "5", "1/5/26"])
    book.active.append(["=1+1", "J2311", "=SUM(C2:C2)", "1/5/26"])
    book.active.row_dimensions[2].hidden = True
    out = io.BytesIO()
    book.save(out)
    claims = read(out.getvalue(), "may.xlsx")
    assert claims.lines["claim_id"].fillna("").tolist() == ["A", ""]
    assert claims.issues["message"].tolist() == [
        "1 line without claim_id, first in row 3",
        "1 line without charge, first in row 3",
    ]


def test_formulas_in_text_stay_text(read: Callable[..., Claims]) -> None:
    lines = read("Claim,CPT,Fee,DOS\n=cmd|'/c calc'!A1,J2311,5,1/5/26\n").lines
    assert lines["claim_id"].tolist() == ["=cmd|'/c calc'!A1"]


@pytest.mark.parametrize("dtype", ["str", "object", "category", "string"])
def test_frames_and_parquet_give_the_same_lines(
    tmp_path: Path, plain: pd.DataFrame, dtype: str
) -> None:
    frame = pd.DataFrame(ROWS, columns=HEADER).astype(dtype)
    pd.testing.assert_frame_equal(read_claims(frame).lines, plain)
    frame.to_parquet(tmp_path / "may.parquet")
    pd.testing.assert_frame_equal(read_claims(tmp_path / "may.parquet").lines, plain)


def test_typed_frames_and_parquet_give_the_same_lines(tmp_path: Path, plain: pd.DataFrame) -> None:
    frame = pd.DataFrame(ROWS, columns=HEADER).astype({"Units": "int64", "Billed": "float64"})
    frame["Svc Dt From"] = pd.to_datetime(frame["Svc Dt From"])
    frame["POS"] = frame["POS"].astype("float64")
    frame["Mod"] = [["JZ"], ["59"], None]
    pd.testing.assert_frame_equal(read_claims(frame).lines, plain)
    frame.to_parquet(tmp_path / "may.parquet")
    pd.testing.assert_frame_equal(read_claims(tmp_path / "may.parquet").lines, plain)


def test_claim_lines_read_again_are_the_same(tmp_path: Path, plain: pd.DataFrame) -> None:
    lines = plain.assign(member_token="ab" * 16)
    lines.to_parquet(tmp_path / "lines.parquet")
    lines.to_csv(tmp_path / "lines.csv", index=False)
    for source in (lines, tmp_path / "lines.parquet", tmp_path / "lines.csv"):
        pd.testing.assert_frame_equal(read_claims(source).lines, lines)


def test_the_callers_frame_is_not_changed() -> None:
    frame = pd.DataFrame(ROWS, columns=HEADER)
    before = frame.copy()
    read_claims(frame)
    pd.testing.assert_frame_equal(frame, before)


# Cells that hold more, or less, than one value


def one(read: Callable[..., Claims], **cells: str) -> pd.Series:
    row = {"Claim": "A", "CPT": "J2311", "Fee": "5", "DOS": "1/5/26"} | cells
    return read(text_of([list(row), list(row.values())])).lines.iloc[0].dropna()


def test_lists_in_one_cell_are_spread(read: Callable[..., Claims]) -> None:
    line = one(read, Modifiers="25 59;JZ", Diagnoses="F11.20, F10.20; Z79.899")
    assert line.filter(like="modifier").tolist() == ["25", "59", "JZ"]
    assert line.filter(like="diagnosis").tolist() == ["F1120", "F1020", "Z79899"]


def test_modifiers_beside_the_code_come_first_and_once(read: Callable[..., Claims]) -> None:
    line = one(read, CPT="99213-25", Mod="59", **{"Mod 2": "25"})
    assert line["hcpcs"] == "99213"
    assert line.filter(like="modifier").tolist() == ["25", "59"]


def test_reason_codes_in_one_cell(read: Callable[..., Claims]) -> None:
    line = one(read, CARC="CO-16 N519")
    assert line[["group_code", "carc", "rarc"]].tolist() == ["CO", "16", "N519"]


def test_own_columns_of_reason_codes_win(read: Callable[..., Claims]) -> None:
    line = one(read, **{"Group Code": "PR", "Denial Code": "016", "RARC": "N130, MA130"})
    assert line[["group_code", "carc", "rarc"]].tolist() == ["PR", "16", "N130 MA130"]


def test_unreadable_values_are_missing_and_counted_without_their_content(
    read: Callable[..., Claims],
) -> None:
    rows = [
        ["Claim", "CPT", "Fee", "DOS", "NDC", "Paid", "Denial Code"],
        ["A", "J2311", "five", "1/5/26", "1.23E+10", "1234567890123456", "PHINAME"],
        ["A", "J2311", "PHIID", "PHINAME", "6575730001", "N/A", "N519"],
    ]
    claims = read(text_of(rows))
    assert claims.lines[["charge", "ndc", "paid"]].isna().all(axis=None)
    assert claims.issues[["segment", "segment_id", "message"]].values.tolist() == [
        [2, "Fee", "2 of the values in 'Fee' are not dollars and are missing, first in row 2"],
        [3, "DOS", "1 of the values in 'DOS' is not a date and is missing, first in row 3"],
        [
            2,
            "NDC",
            "2 of the values in 'NDC' are not an 11-digit NDC and are missing, first in row 2",
        ],
        [2, "Paid", "1 of the values in 'Paid' is not dollars and is missing, first in row 2"],
        [
            2,
            "Denial Code",
            "1 of the values in 'Denial Code' is not a reason code and is missing, first in row 2",
        ],
    ]


def test_two_columns_for_an_optional_field_are_an_issue(read: Callable[..., Claims]) -> None:
    content = text_of(
        [
            ["Claim", "CPT", "Fee", "DOS", "Paid", "Ins Paid"],
            ["A", "J2311", "5", "1/5/26", "1", "2"],
        ]
    )
    claims = read(content)
    assert claims.lines["paid"].isna().all()
    assert claims.issues["message"].tolist() == [
        "'Paid' and 'Ins Paid' could each be paid, so neither was taken; say which one counts, "
        "columns={'Paid': 'paid'}"
    ]
    assert read(content, columns={"Ins Paid": "paid"}).lines["paid"].tolist() == [2.0]


def test_issues_make_one_warning(tmp_path: Path) -> None:
    (tmp_path / "may.csv").write_text("Claim,CPT,Fee,DOS\nA,J2311,five,soon\n")
    with pytest.warns(AnalyticsWarning) as caught:
        read_claims(tmp_path / "may.csv")
    assert [str(w.message) for w in caught] == [
        "2 things odd or unclear in the claim export; see Claims.issues"
    ]
    assert caught[0].filename == __file__


def test_the_sample_world_reads_to_its_truth_from_text_and_workbook(tmp_path: Path) -> None:
    make_sample(tmp_path, months=3, claims=80, seed=5)
    from_text = read_claims(tmp_path / "claims.csv").lines
    pd.testing.assert_frame_equal(read_claims(tmp_path / "claims.xlsx").lines, from_text)
    truth = pd.read_csv(tmp_path / "truth" / "claim_lines.csv", dtype="str")
    pd.testing.assert_frame_equal(
        from_text[truth.columns], tables.conform(truth, "claim_lines")[truth.columns]
    )


# Lines of claims


def test_one_row_per_claim_becomes_one_row_per_line(read: Callable[..., Claims]) -> None:
    rows = [
        [
            "Claim",
            "DOS",
            "Dx 1",
            "Total Charge",
            "CPT1",
            "Mod1",
            "Charge1",
            "CPT2",
            "Mod2",
            "Charge2",
        ],
        ["A", "1/5/26", "F11.20", "160.50", "J2311", "JZ", "120.50", "96372", "59", "40"],
        ["B", "1/6/26", "F10.20", "1500", "J2315", "", "1500", "", "", ""],
    ]
    lines = read(text_of(rows)).lines
    shown = ["claim_id", "line_number", "hcpcs", "modifier_1", "charge", "diagnosis_1"]
    assert lines[shown].fillna("").values.tolist() == [
        ["A", 1, "J2311", "JZ", 120.5, "F1120"],
        ["A", 2, "96372", "59", 40.0, "F1120"],
        ["B", 1, "J2315", "", 1500.0, "F1020"],
    ]


def test_lines_are_numbered_within_a_claim_as_sent(read: Callable[..., Claims]) -> None:
    rows = [
        ["Claim", "CPT", "Fee", "DOS", "Frequency"],
        *(["A", "J2311", "5", "1/5/26", "1"], ["A", "96372", "5", "1/5/26", "1"]),
        *(["A", "J2311", "5", "1/5/26", "7"], ["B", "J2311", "5", "1/5/26", "1"]),
    ]
    assert read(text_of(rows)).lines["line_number"].tolist() == [1, 2, 1, 1]


def test_the_later_of_two_overlapping_files_wins(tmp_path: Path) -> None:
    header = "Claim,Line,CPT,Fee,DOS\n"
    (tmp_path / "2026-05.csv").write_text(header + "A,1,J2311,5,1/5/26\nB,1,J2311,6,1/6/26\n")
    (tmp_path / "2026-06.csv").write_text(header + "B,1,J2311,7,1/6/26\nC,1,J2311,8,1/7/26\n")
    with pytest.warns(AnalyticsWarning):
        claims = read_claims(tmp_path)
    assert claims.lines[["claim_id", "charge"]].values.tolist() == [["A", 5], ["B", 7], ["C", 8]]
    assert claims.issues["message"].tolist() == [
        "1 line stood in a later file, too; the later counts"
    ]


def test_lines_without_numbers_overlap_by_content(tmp_path: Path) -> None:
    header = "Claim,CPT,Fee,DOS\n"
    (tmp_path / "all.csv").write_text(header + "A,99213,90,1/5/26\nA,J2311,5,1/5/26\n")
    (tmp_path / "denied.csv").write_text(header + "A,J2311,5,1/5/26\n")
    with pytest.warns(AnalyticsWarning):
        lines = read_claims([tmp_path / "all.csv", tmp_path / "denied.csv"]).lines
    assert lines["hcpcs"].tolist() == ["99213", "J2311"]


def test_people_become_tokens_that_meet_those_of_other_sources(
    read: Callable[..., Claims], no_phi: Callable[[str], None]
) -> None:
    rows = [
        ["Claim", "CPT", "Fee", "DOS", "Member ID", "Chart", "Patient Name", "DOB"],
        ["A", "J2311", "5", "1/5/26", "phiid-1", "PHIID7", "PHINAME, ANN", "02/03/1901"],
        ["B", "J2311", "5", "1/5/26", "PHIID1", "", "PHINAME, ANN", "1901-02-03"],
        ["C", "J2311", "5", "1/5/26", "", "", "PHINAME, ANN", "never"],
    ]
    claims = read(text_of(rows))
    member = member_token("PHIID1")
    assert claims.lines["member_token"].fillna("").tolist() == [member, member, ""]
    assert claims.lines["patient_token"].fillna("").tolist() == [
        *(patient_token("PHIID7"), patient_token("", "PHINAME, ANN", "19010203"), "")
    ]
    for table in (claims.lines, claims.issues, claims.mapping):
        no_phi(table.to_csv())


# What is refused


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("a.csv", b"", "a.csv: the file is empty; export it again"),
        ("a.csv", b"  \n", "a.csv: the file is empty; export it again"),
        (
            "a.csv",
            b"%PDF-1.7 ...",
            "a.csv: this is a PDF; export the claims as CSV or Excel instead",
        ),
        (
            "a.xlsx",
            b"\xd0\xcf\x11\xe0\xa1\xb1",
            "a.xlsx: an old .xls or a workbook with a password; save it as .xlsx without one",
        ),
        (
            "a.csv",
            b"\x00\x01\x02binary",
            "a.csv: this is neither text nor a workbook; export it as CSV or Excel",
        ),
        (
            "a.xlsx",
            b"PK\x03\x04 cut off",
            "a.xlsx: the workbook is damaged; open it in Excel and save it again",
        ),
        ("a.parquet", b"PAR1 cut off", "a.parquet: the Parquet file is damaged; export it again"),
        (
            "a.xlsx",
            workbook(("Data", [])),
            "a.xlsx: no row of column titles was found in the first 50 rows; add one, or name "
            "the titles with columns={'title of the column': 'claim_id', …}",
        ),
        (
            "a.csv",
            b"A7,PHINAME,1901-02-03\nA8,PHINAME,1901-02-03\n",
            "a.csv: no row of column titles was found in the first 50 rows; add one, or name "
            "the titles with columns={'title of the column': 'claim_id', …}",
        ),
        (
            "a.csv",
            b'Claim,CPT,Fee,DOS\nA,J2311,5,1/5/26\nB,"J2311,5,1/5/26\nC,J2311,5,1/5/26\n',
            "a.csv: a quotation mark is opened and never closed, so rows after it would be "
            "lost; save the file again from the source system",
        ),
    ],
)
def test_unreadable_files_are_refused_by_name(
    read: Callable[..., Claims], name: str, data: bytes, message: str
) -> None:
    with pytest.raises(ValueError, match=r".") as error:
        read(data, name)
    assert str(error.value) == message


def test_a_header_without_rows_gives_no_lines(read: Callable[..., Claims]) -> None:
    claims = read("Claim,CPT,Fee,DOS\n")
    assert claims.lines.empty
    assert claims.lines.dtypes.equals(tables.empty("claim_lines").dtypes)


def test_missing_paths_and_folders_without_exports(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"may\.csv does not exist; check the path"):
        read_claims(tmp_path / "may.csv")
    with pytest.raises(FileNotFoundError, match=r"holds no claim export \(\.csv, \.txt"):
        read_claims(tmp_path)
    with pytest.raises(ValueError, match=r"^the list of claim exports is empty; name at least one"):
        read_claims([])


def test_a_title_in_columns_must_exist(read: Callable[..., Claims]) -> None:
    with pytest.raises(ValueError, match=r".") as error:
        read("Claim,CPT,Fee,DOS\nA,J2311,5,1/5/26\n", columns={"Ticket": "units"})
    assert str(error.value) == (
        "columns names 'Ticket', but there is no such title. "
        "Columns seen: 'Claim', 'CPT', 'Fee', 'DOS'"
    )


def test_good_files_count_beside_bad_ones(tmp_path: Path) -> None:
    (tmp_path / "good.csv").write_text("Claim,CPT,Fee,DOS\nA,J2311,5,1/5/26\n")
    (tmp_path / "bad.csv").write_text("%PDF")
    (tmp_path / "notes.docx").write_text("notes")
    (tmp_path / "~$lock.xlsx").write_text("lock")
    with pytest.warns(AnalyticsWarning):
        claims = read_claims(tmp_path)
    assert len(claims.lines) == 1
    assert claims.issues[["file", "severity", "problem"]].values.tolist() == [
        ["notes.docx", "warning", "not_read"],
        ["bad.csv", "error", "unreadable"],
    ]


def test_a_workbook_that_unpacks_to_gigabytes_is_refused_before_it_is_unpacked(
    tmp_path: Path,
) -> None:
    bomb = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        with archive.open("xl/worksheets/sheet1.xml", "w") as sheet:
            for _ in range(500):
                sheet.write(bytes(1 << 20))
    with pytest.raises(ValueError, match=r"^bomb\.xlsx: the workbook unpacks to 500 MB; refused\."):
        read_claims(bomb)


def test_very_many_columns_are_not_all_listed(read: Callable[..., Claims]) -> None:
    with pytest.raises(ValueError, match=r"Columns seen: 'CPT', 'Fee', 'DOS', .* and 403 more$"):
        read(text_of([["CPT", "Fee", "DOS", *(f"x{n}" for n in range(500))]]))


def test_ten_thousand_columns_are_read_and_seventeen_thousand_refused(
    read: Callable[..., Claims],
) -> None:
    row = ["A", "J2311", "5", "1/5/26"]
    wide = text_of(
        [["Claim", "CPT", "Fee", "DOS", *(f"x{n}" for n in range(10_000))], [*row, *["1"] * 10_000]]
    )
    assert read(wide).lines["charge"].tolist() == [5.0]
    with pytest.raises(ValueError, match=r"^may\.csv: 17,004 columns, more than the 16,384"):
        read(text_of([["Claim", "CPT", "Fee", "DOS", *["x"] * 17_000], row]))


def test_a_huge_cell_is_refused(read: Callable[..., Claims]) -> None:
    content = 'Claim,CPT,Fee,DOS\n"' + "A,J2311,5,1/5/26\n" * 20_000
    with pytest.raises(ValueError, match=r"^may\.csv: a (cell is larger|quotation mark is opened)"):
        read(content)


# Exports with one row per reason code

REASON_TITLES = ["Claim", "CPT", "Fee", "DOS", "Denied Amount", "Denial Code", "RARC"]


def reason_rows(*rows: tuple[str, str, str, str]) -> str:
    """Rows of claim A's J2311 line: charge, denied amount, reason, remark."""
    return text_of(
        [REASON_TITLES, *(["A", "J2311", charge, "1/5/26", *rest] for charge, *rest in rows)]
    )


@pytest.mark.parametrize(
    ("rows", "lines"),
    [
        # Each code with its own amount: contract codes are no denied dollars.
        (
            [("100", "20", "CO-45", ""), ("100", "80", "CO-197", "N54")],
            [["197 45", "CO", "N54", 80.0]],
        ),
        (
            [("100", "30", "CO-16", "N519"), ("100", "70", "PR-96", "")],
            [["96 16", "PR CO", "N519", 100.0]],
        ),
        # The line's whole amount on each row.
        (
            [("100", "100", "CO-16", "M51"), ("100", "100", "CO-16", "N290")],
            [["16", "CO", "M51 N290", 100.0]],
        ),
        ([("100", "", "CO-16", ""), ("100", "", "CO-50", "")], [["16 50", "CO", "", None]]),
        # Alike in everything: two lines.
        (
            [("100", "100", "CO-16", ""), ("100", "100", "CO-16", "")],
            [["16", "CO", "", 100.0], ["16", "CO", "", 100.0]],
        ),
        # Twice the same pair of reasons: two lines of two reasons.
        (
            [("100", "60", "CO-16", ""), ("100", "40", "CO-50", "")] * 2,
            [["16 50", "CO", "", 100.0], ["16 50", "CO", "", 100.0]],
        ),
        # Another charge, or no reason: another line.
        (
            [("100", "100", "CO-16", ""), ("90", "90", "CO-50", ""), ("100", "", "", "")],
            [["16", "CO", "", 100.0], ["50", "CO", "", 90.0], ["", "", "", None]],
        ),
    ],
)
def test_rows_that_differ_only_in_their_reasons_are_one_line(
    read: Callable[..., Claims],
    rows: list[tuple[str, str, str, str]],
    lines: list[list[object]],
) -> None:
    claims = read(reason_rows(*rows))
    found = claims.lines[["carc", "group_code", "rarc"]].fillna("")
    found["denied"] = (
        claims.lines["denied_amount"]
        .astype(object)
        .where(claims.lines["denied_amount"].notna(), None)
    )
    assert found.values.tolist() == lines
    joined = len(rows) - len(lines)
    said = claims.issues.loc[claims.issues["problem"] == "joined_rows", "message"].tolist()
    assert len(said) == (joined > 0)
    if joined:
        noun = (
            "1 row with a further reason of a line was"
            if joined == 1
            else (f"{joined} rows with a further reason of a line were")
        )
        assert said[0].startswith(f"{noun} joined to it, first row ")


def test_lines_told_apart_by_number_or_modifier_are_not_joined(read: Callable[..., Claims]) -> None:
    for title, one, two in (("Line", "1", "2"), ("Mod", "JZ", "JW"), ("Units", "1", "2")):
        content = text_of(
            [
                ["Claim", "CPT", "Fee", "DOS", "Denial Code", title],
                ["A", "J2311", "5", "1/5/26", "CO-16", one],
                ["A", "J2311", "5", "1/5/26", "CO-50", two],
                ["A", "J2311", "5", "1/5/26", "CO-97", two],
            ]
        )
        assert read(content).lines["carc"].tolist() == ["16", "50 97"]


def test_payer_order_and_revenue_codes_are_read_as_the_837_writes_them() -> None:
    rows = {"Claim": ["A", "B", "C"], "CPT": "J2311", "Fee": "5", "DOS": "1/5/26"}
    sheet = pd.DataFrame(
        {**rows, "Payer Sequence": ["Primary", "2", "soon"], "Rev Code": ["636", "0250", ""]}
    )
    with pytest.warns(AnalyticsWarning):
        claims = read_claims(sheet)
    assert claims.lines["payer_sequence"].fillna("").tolist() == ["P", "S", ""]
    assert claims.lines["revenue_code"].fillna("").tolist() == ["0636", "0250", ""]
    assert claims.issues["message"].tolist() == [
        "1 of the values in 'Payer Sequence' is not primary, secondary or tertiary and is "
        "missing, first in row 3"
    ]


def test_titles_in_two_rows_with_merged_cells(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["Claim detail report"])
    sheet.append(["Claim ID", "CPT", "Units", "Charge", "Service Date", None, "Dx"])
    sheet.append([None, None, None, None, "From", "To"])
    for cells in ("A1:G1", "A2:A3", "B2:B3", "C2:C3", "D2:D3", "E2:F2", "G2:G3"):
        sheet.merge_cells(cells)
    sheet.append(["A1", "J2311", 380, 100, datetime(2026, 9, 1), datetime(2026, 9, 2), "E11"])
    book.save(tmp_path / "a.xlsx")
    text = "Claim ID,CPT,Units,Charge,Service Date,,Dx\n,,,,From,To,\n"
    (tmp_path / "a.csv").write_text(f"{text}A1,J2311,380,100,09/01/2026,09/02/2026,E11\n")
    for name in ("a.xlsx", "a.csv"):
        claims = read_claims(tmp_path / name)
        assert claims.lines["service_from"].astype(str).tolist() == ["2026-09-01"]
        assert claims.lines["service_to"].astype(str).tolist() == ["2026-09-02"]
        assert claims.mapping["column"].tolist()[4:6] == ["Service Date From", "Service Date To"]
        assert claims.issues.empty
