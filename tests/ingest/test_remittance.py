"""read_835: given these segments, expect these rows."""

from __future__ import annotations

import gzip
import io
import warnings
import zipfile
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_files import claim, interchange, line, remittance

from j2311_analytics import AnalyticsWarning, X12Error, read_835
from j2311_analytics.ingest.tokens import member_token
from j2311_analytics.tables import REMITTANCE_TABLES, TABLES, cents

ONE = remittance(
    *claim("A1", *line(cas=["CO*45*20", "PR*2*16"], paid="64", control="L1"), paid="64"), paid="64"
)


def quiet(source: object, **options: object):  # type: ignore[no-untyped-def]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AnalyticsWarning)
        return read_835(source, **options)


def problems(data: bytes) -> list[str]:
    return quiet(data).issues["problem"].tolist()


def same(one: object, other: object) -> None:
    for table in REMITTANCE_TABLES:
        left, right = getattr(one, table), getattr(other, table)
        if table in ("payments", "issues"):
            left, right = left.drop(columns="file"), right.drop(columns="file")
        pd.testing.assert_frame_equal(left, right)


def test_a_plain_claim_fills_every_table_with_the_types_of_the_schema() -> None:
    era = read_835(interchange(ONE))
    for table in REMITTANCE_TABLES:
        assert list(getattr(era, table).columns) == [column.name for column in TABLES[table]]
    paid = era.payments.iloc[0]
    assert (paid["payer_name"], paid["payer_id"], paid["payee_npi"]) == (
        "NORTH HEALTH",
        "NORTH1",
        "1999999984",
    )
    assert paid["payment_date"] == pd.Timestamp("2026-10-05")
    only = era.lines.iloc[0]
    assert (only["hcpcs"], only["units"], only["charge"], only["paid"]) == ("J2311", 380, 100, 64)
    assert only["line_control"] == "L1"
    assert era.adjustments[["group_code", "carc", "amount"]].values.tolist() == [
        ["CO", "45", 20.0],
        ["PR", "2", 16.0],
    ]
    assert era.issues.empty


def test_the_payer_id_is_the_plan_id_else_the_submitter_id_else_the_trace_company() -> None:
    head = "ST*835*1~BPR*I*0*C~TRN*1*T*1777~"
    with_all = head + "N1*PR*NORTH*XV*PLAN~REF*2U*SUBM~SE*6*1~"
    without_plan = head + "N1*PR*NORTH~REF*2U*SUBM~SE*6*1~"
    without_both = head + "N1*PR*NORTH~SE*5*1~"
    ids = [
        quiet(text.encode()).payments["payer_id"].iloc[0]
        for text in (with_all, without_plan, without_both)
    ]
    assert ids == ["PLAN", "SUBM", "1777"]


def test_a_cas_holds_up_to_six_triplets_and_gaps_are_skipped_not_shifted() -> None:
    cas = "CO*45*1**253*2**97*3**16*4**B7*5**197*6*1"
    era = quiet(interchange(remittance(*claim("A", *line(cas=[cas, "PR****3*7"])))))
    assert era.adjustments["carc"].tolist() == ["45", "253", "97", "16", "B7", "197", "3"]
    assert era.adjustments["amount"].tolist() == [1, 2, 3, 4, 5, 6, 7]
    assert era.adjustments["quantity"].dropna().tolist() == [1.0]


def test_claim_level_and_line_level_adjustments_are_told_apart() -> None:
    segments = claim("A", "CAS*CO*29*100", "SVC*HC:J2311*100*100")
    era = quiet(interchange(remittance(*segments)))
    assert era.adjustments["line"].isna().tolist() == [True]
    assert era.adjustments["claim"].tolist() == [1]


def test_remarks_come_from_lq_mia_and_moa_in_all_their_positions() -> None:
    segments = claim("A", "MIA*0****M1***************M2*M3*M4*M5", "MOA***N1*N2*N3*N4*N5")
    segments += line(remarks=["M127"])
    era = quiet(interchange(remittance(*segments, "LQ*RX*70")))
    assert era.remarks[["source", "rarc"]].values.tolist() == [
        *[["MIA", code] for code in ("M1", "M2", "M3", "M4", "M5")],
        *[["MOA", code] for code in ("N1", "N2", "N3", "N4", "N5")],
        ["LQ", "M127"],
        ["RX", "70"],
    ]
    assert era.remarks["line"].isna().sum() == 10


def test_provider_adjustments_hold_six_pairs_and_keep_their_sign() -> None:
    plb = "PLB*1999999984*20261231*WO:ICN1*10*L6*-2*72:X*-3*FB:Y*4*CS*5*J1*6"
    era = quiet(interchange(remittance(*claim("A"), plb=[plb])))
    assert era.provider_adjustments["reason"].tolist() == ["WO", "L6", "72", "FB", "CS", "J1"]
    assert era.provider_adjustments["amount"].tolist() == [10, -2, -3, 4, 5, 6]
    assert era.provider_adjustments["reference"].iloc[0] == "ICN1"


@pytest.mark.parametrize(
    ("svc", "expected"),
    [
        ("SVC*HC:J2311:JZ:25:59:KX:NALTREXONE*1*1", ("HC", "J2311", "JZ 25 59 KX", None, None)),
        ("SVC*NU:0636*1*1", ("NU", None, "", "0636", None)),
        ("SVC*N4:65757-0300-01*1*1", ("N4", None, "", None, "65757030001")),
        ("SVC*HP:HIPPS*1*1", ("HP", "HIPPS", "", None, None)),
        ("SVC*ER:ABC*1*1*0450", ("ER", "ABC", "", "0450", None)),
        ("SVC*HC>J2311>JZ*1*1", ("HC", "J2311", "JZ", None, None)),
    ],
)
def test_the_service_composite(svc: str, expected: tuple[object, ...]) -> None:
    found = quiet(interchange(remittance(*claim("A", svc)))).lines.iloc[0]
    modifiers = " ".join(
        found[f"modifier_{n}"] for n in range(1, 5) if pd.notna(found[f"modifier_{n}"])
    )
    values = [found["code_system"], found["hcpcs"], modifiers, found["revenue_code"], found["ndc"]]
    assert tuple(None if pd.isna(value) else value for value in values) == expected


def test_units_default_to_one_and_original_units_and_code_are_kept() -> None:
    era = quiet(
        interchange(remittance(*claim("A", "SVC*HC:J2315*1*1", "SVC*HC:J2315*1*1**5*HC:J2311*38")))
    )
    assert era.lines["units"].tolist() == [1, 5]
    assert era.lines["billed_units"].tolist() == [1, 38]
    assert era.lines["billed_hcpcs"].tolist() == ["J2315", "J2311"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [("1,250.00", 1250.0), (".5", 0.5), ("+3", 3.0), ("-0", 0.0), ("12.", 12.0), ("-7.25", -7.25)],
)
def test_odd_amounts_that_are_numbers(text: str, expected: float) -> None:
    era = quiet(interchange(remittance(*claim("A", charge=text))))
    assert era.claims["charge"].tolist() == [expected]


@pytest.mark.parametrize("text", ["250USD", "1234567890123456", "1.2.3", "1e3", "12,50", "٣"])
def test_amounts_that_are_none_are_missing_and_listed_without_their_content(text: str) -> None:
    era = quiet(interchange(remittance(*claim("A", charge=text))))
    assert era.claims["charge"].isna().all()
    row = era.issues.iloc[0]
    assert (row["problem"], row["segment_id"], row["severity"]) == ("bad_amount", "CLP", "error")
    assert text not in row["message"]


def test_line_dates_are_single_days_or_ranges() -> None:
    segments = claim("A", "SVC*HC:A*1*1", "DTM*150*20260901", "DTM*151*20260903")
    segments += ["SVC*HC:B*1*1", "DTM*472*20260904"]
    era = quiet(interchange(remittance(*segments)))
    assert era.lines["service_from"].dt.day.tolist() == [1, 4]
    assert era.lines["service_to"].dt.day.tolist() == [3, 4]


def test_the_member_is_a_token_and_no_name_or_id_reaches_any_table() -> None:
    era = read_835(interchange(ONE))
    assert era.claims["member_token"].tolist() == [member_token("phi-id 0001")]
    for table in REMITTANCE_TABLES:
        text = getattr(era, table).to_csv()
        assert "PHIID0001" not in text
        assert "PHINAME" not in text


def test_claims_without_lines_are_claims() -> None:
    era = quiet(interchange(remittance(*claim("A", "CAS*CO*197*100"))))
    assert len(era.claims) == 1
    assert era.lines.empty


def relabel(data: bytes, element: str = "*", component: str = ":", terminator: str = "~") -> bytes:
    table = str.maketrans({"*": element, ":": component, "~": terminator})
    return data.decode().translate(table).encode()


@pytest.mark.parametrize(
    "odd",
    [
        relabel(interchange(ONE), "|", "^", "~"),
        relabel(interchange(ONE), "^", ">", "\n"),
        relabel(interchange(ONE), "+", "|", "'"),
        interchange(ONE).replace(b"~", b"~\r\n"),
        interchange(ONE).replace(b"~", b"~\n\n"),
        interchange(ONE).replace(b"~", b"\r"),
        interchange(ONE).replace(b"~", b"\r\n"),
        b"\xef\xbb\xbf" + interchange(ONE),
        interchange(ONE).decode().encode("utf-16"),
        interchange(ONE).decode().encode("utf-16-le"),
        b"\n".join(interchange(ONE)[n : n + 80] for n in range(0, len(interchange(ONE)), 80)),
        b"From: clearinghouse\r\n\r\n" + interchange(ONE),
        interchange(ONE).replace(b"          ", b""),
        interchange(ONE)[:-1],
        interchange(ONE) + b"\r\n   \r\n\x1a",
        interchange(ONE).lower().replace(b"north health", b"NORTH HEALTH"),
    ],
    ids=lambda data: repr(data[:12]),
)
def test_odd_packaging_reads_the_same(odd: bytes) -> None:
    plain, strange = read_835(interchange(ONE)), quiet(odd)
    for table in ("claims", "lines", "adjustments"):
        left, right = getattr(plain, table), getattr(strange, table)
        upper = {name: right[name].str.upper() for name in right.select_dtypes("str").columns}
        pd.testing.assert_frame_equal(
            left,
            right.assign(**upper).assign(
                **{name: right[name] for name in right.columns if name.endswith("token")}
            ),
        )
    assert not (strange.issues["severity"] == "error").any()


def test_no_envelope_at_all_reads_from_st_onward() -> None:
    same(read_835(ONE.encode()), _without_version(read_835(interchange(ONE))))


def _without_version(era):  # type: ignore[no-untyped-def]
    from dataclasses import replace

    def shifted(frame: pd.DataFrame) -> pd.DataFrame:
        return frame.assign(segment=frame["segment"] - 2)

    payments = shifted(era.payments).assign(version=pd.Series([None], dtype="str"))
    moved = {name: shifted(getattr(era, name)) for name in ("claims", "lines", "adjustments")}
    return replace(era, payments=payments, **moved)


def test_two_files_copied_together_with_other_separators_are_both_read() -> None:
    both = interchange(ONE) + relabel(interchange(ONE.replace("A1", "B2")), "|", "^", "\n")
    assert quiet(both).claims["claim_id"].tolist() == ["A1", "B2"]


def test_a_name_that_looks_like_a_header_is_not_one() -> None:
    text = interchange(ONE).replace(b"PHINAME*PAT", b"ISA*JO")
    assert read_835(text).claims["claim_id"].tolist() == ["A1"]


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (interchange(ONE).replace(b"SE*14", b"SE*99"), "se_count"),
        (interchange(ONE).replace(b"GE*1", b"GE*7"), "ge_count"),
        (interchange(ONE).split(b"SE*14")[0], "missing_se"),
        (interchange(ONE).split(b"IEA*")[0], "missing_iea"),
        (interchange(ONE).replace(b"LX*1~", b"LX*1~ZZZ*1~"), "unknown_segment"),
        (interchange(ONE).replace(b"LX*1~", b"LX*1~CAS*CO*45*1~"), "orphan_adjustment"),
        (interchange(ONE).replace(b"20260901", b"20269901"), "bad_date"),
    ],
)
def test_odd_content_is_listed_and_the_rest_is_read(data: bytes, problem: str) -> None:
    assert problem in problems(data)
    assert quiet(data).claims["claim_id"].tolist() == ["A1"]


def test_a_file_cut_inside_a_segment_keeps_what_came_before() -> None:
    two = interchange(remittance(*claim("A1", *line()), *claim("B2", *line())))
    cut = two[: two.index(b"SVC*HC:J2311*100*0**380~DTM*472*20260901~SE") + 9]
    era = quiet(cut)
    assert era.claims["claim_id"].tolist() == ["A1", "B2"]
    assert len(era.lines) == 1
    row = era.issues[era.issues["problem"] == "truncated"].iloc[0]
    assert (row["severity"], row["segment_id"]) == ("error", "SVC")


def test_one_summary_warning_names_the_issues_table() -> None:
    with pytest.warns(AnalyticsWarning, match="1 thing was odd or not understood"):
        read_835(interchange(ONE).replace(b"SE*14", b"SE*99"))


def test_folders_globs_lists_archives_streams_and_bytes(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    plain = tmp_path / "in" / "a.835"
    plain.write_bytes(interchange(ONE))
    (tmp_path / "in" / "b.835.gz").write_bytes(gzip.compress(interchange(ONE.replace("A1", "B2"))))
    with zipfile.ZipFile(tmp_path / "in" / "c.zip", "w") as archive:
        archive.writestr("d/e.835", interchange(ONE.replace("A1", "C3")))
    era = read_835(tmp_path / "in")
    assert era.payments["file"].tolist() == ["a.835", "b.835.gz", "c.zip!d/e.835"]
    assert era.claims["claim_id"].tolist() == ["A1", "B2", "C3"]
    assert era.claims["claim"].tolist() == [1, 2, 3]
    assert len(read_835(str(tmp_path / "in" / "*.835")).claims) == 1
    assert len(read_835([plain, tmp_path / "in" / "c.zip"]).claims) == 2
    assert len(read_835(io.BytesIO(interchange(ONE))).claims) == 1
    with plain.open("rb") as stream:
        assert read_835(stream).payments["file"].tolist() == ["a.835"]


def test_the_same_content_twice_counts_once(tmp_path: Path) -> None:
    for name in ("a.835", "b.835"):
        (tmp_path / name).write_bytes(interchange(ONE))
    era = quiet(tmp_path)
    assert len(era.claims) == 1
    assert era.issues[["file", "problem"]].values.tolist() == [["b.835", "duplicate_file"]]


def test_one_bad_file_among_good_ones_is_listed_and_the_good_ones_count(tmp_path: Path) -> None:
    (tmp_path / "good.835").write_bytes(interchange(ONE))
    (tmp_path / "scan.835").write_bytes(b"%PDF-1.7 not an X12 file")
    (tmp_path / "empty.835").write_bytes(b"")
    (tmp_path / "bill.837").write_bytes(interchange("ST*837*1~CLM*A*1~SE*3*1~"))
    era = quiet(tmp_path)
    assert len(era.claims) == 1
    errors = era.issues[era.issues["problem"] == "unreadable"].set_index("file")["message"]
    assert errors["scan.835"].startswith("this is not an X12 file")
    assert errors["empty.835"] == "the file is empty; fetch it again"
    assert "transaction sets found: 837" in errors["bill.837"]
    with pytest.raises(X12Error, match=r"bill\.837: no 835 in this file"):
        read_835(tmp_path, errors="raise")


def test_nothing_readable_raises_and_names_the_file_but_no_content(tmp_path: Path) -> None:
    (tmp_path / "scan.835").write_bytes(b"%PDF PHINAME PHIID0001")
    with pytest.raises(X12Error) as caught:
        read_835(tmp_path)
    assert str(caught.value) == (
        "scan.835: this is not an X12 file (no ISA, GS or ST segment); remove it from the "
        "folder or fetch the 835 again"
    )


def test_missing_and_empty_sources_say_so(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="does not exist; check the path"):
        read_835(tmp_path / "nowhere")
    with pytest.raises(FileNotFoundError, match="holds no file; put the 835 files in it"):
        read_835(tmp_path)
    with pytest.raises(ValueError, match='errors must be "collect" or "raise"'):
        read_835(b"", errors="ignore")  # type: ignore[arg-type]


def test_a_damaged_or_bursting_archive_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.gz").write_bytes(b"\x1f\x8b damaged")
    with pytest.raises(X12Error, match="archive is damaged"):
        read_835(tmp_path / "a.gz")
    with zipfile.ZipFile(tmp_path / "b.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros.835", bytes(30_000_000))
    with pytest.raises(X12Error, match="unpacks to far more than it should"):
        read_835(tmp_path / "b.zip")


def test_trace_lists_the_segments_of_a_line_and_of_a_claims_head() -> None:
    era = read_835(interchange(ONE))
    segments = interchange(ONE).decode().split("~")
    numbers = era.trace(era.lines.iloc[0])["segment"]
    assert [segments[n - 1].split("*")[0] for n in numbers] == ["SVC", "DTM", "CAS", "CAS", "REF"]
    numbers = era.trace(era.claims.iloc[0])["segment"]
    assert [segments[n - 1].split("*")[0] for n in numbers] == ["CLP", "NM1"]
    with pytest.raises(ValueError, match="names no line or claim"):
        era.trace(pd.Series({"line": 99}))


amounts = st.integers(-10_000_000, 10_000_000)


@given(st.lists(st.tuples(amounts, st.lists(amounts, max_size=6)), min_size=1, max_size=5))
def test_every_cent_written_is_read(claims: list[tuple[int, list[int]]]) -> None:
    segments = []
    for number, (charge, adjustments) in enumerate(claims):
        triplets = "".join(f"*{n + 1}*{amount / 100:.2f}*" for n, amount in enumerate(adjustments))
        segments += [f"CLP*A{number}*1*{charge / 100:.2f}*0"]
        segments += [f"CAS*CO{triplets}"] if triplets else []
    era = quiet(interchange(remittance(*segments)))
    assert cents(era.claims["charge"]).tolist() == [charge for charge, _ in claims]
    assert cents(era.adjustments["amount"]).tolist() == [a for _, row in claims for a in row]


@given(st.binary(max_size=400), st.integers(0, 600))
def test_damaged_bytes_never_raise_anything_but_x12error(noise: bytes, place: int) -> None:
    data = interchange(ONE)
    for damaged in (data[:place] + noise + data[place:], data[:place] + noise):
        assert "PHIID0001" not in _refusal(damaged)


def _refusal(data: bytes) -> str:
    try:
        quiet(data)
    except X12Error as error:
        return str(error)
    return ""
