"""read_837: what each segment becomes, odd files, and the plain reader's rows."""

from __future__ import annotations

import gzip
import io
import warnings
import zipfile
from pathlib import Path

import pandas as pd
import pytest
from small_claims import INSTITUTIONAL, claim, claim_set, interchange, line, subscriber

from j2311_analytics import AnalyticsWarning, Claims, X12Error, read_837
from j2311_analytics.ingest.claim_pieces import ClaimReading
from j2311_analytics.ingest.tokens import member_token, patient_token
from j2311_analytics.tables import CLAIM_TABLES, TABLES

ONE = claim_set(*subscriber(), *claim("A1", *line()))


def quiet(data: object) -> Claims:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AnalyticsWarning)
        return read_837(data)  # type: ignore[arg-type]


def only(frame: pd.DataFrame) -> dict[str, object]:
    """The values of a single row that are there."""
    assert len(frame) == 1
    return frame.iloc[0].dropna().to_dict()


def test_a_line_carries_what_its_segments_and_its_claim_say() -> None:
    segments = line(
        1,
        "J2311:JZ:25",
        charge="1846.80",
        details=[
            "REF*6R*L1",
            "NTE*ADD*LEFT GLUTEAL",
            "LIN**N4*65757030001",
            "CTP****1*UN",
        ],
    )
    head = ["REF*G1*PA1", "REF*9F*RF1", "REF*F8*ICN0", "NM1*82*1*DOC*A****XX*1400001370"]
    data = claim_set(*subscriber(), *claim("A1", *head, *segments, place="11:B:7", charge="1846.8"))
    found = only(read_837(interchange(data)).lines)
    assert found == {
        "claim_id": "A1",
        "line_number": 1,
        "line_control": "L1",
        "payer_name": "NORTH HEALTH",
        "payer_id": "NORTH1",
        "filing_indicator": "CI",
        "payer_sequence": "P",
        "member_token": member_token("PHIID0001"),
        "patient_token": patient_token("", "PHINAME PAT", "19010203"),
        "hcpcs": "J2311",
        "modifier_1": "JZ",
        "modifier_2": "25",
        "units": 380.0,
        "charge": 1846.8,
        "service_from": pd.Timestamp("2026-09-01"),
        "service_to": pd.Timestamp("2026-09-01"),
        "place_of_service": "11",
        "diagnosis_1": "F1020",
        "diagnosis_pointers": "1",
        "ndc": "65757030001",
        "ndc_quantity": 1.0,
        "ndc_unit": "UN",
        "authorization": "PA1",
        "referral": "RF1",
        "rendering_npi": "1400001370",
        "billing_npi": "1999999984",
        "frequency": "7",
        "original_control_number": "ICN0",
        "submitted_date": pd.Timestamp("2026-10-05"),
        "line_note": "LEFT GLUTEAL",
        "sent_claim": 1,
    }


def test_a_claim_carries_what_stands_before_its_lines() -> None:
    head = [
        "DTP*435*DT*202608311030",
        "AMT*F5*20",
        "REF*D9*CH77",
        "REF*EA*MRN 1",
        "NTE*ADD*SEEN TWICE",
        "NM1*DN*1*DOC*B****XX*1400001371",
    ]
    data = claim_set(*subscriber(), *claim("A1", *head, *line()))
    found = only(read_837(interchange(data)).claims)
    assert found["kind"] == "professional"
    assert (found["charge"], found["lines"], found["segment"]) == (100.0, 1, 16)
    assert (found["billing_tax_id"], found["taxonomy"]) == ("990012345", "261QR0405X")
    assert (found["clearinghouse_id"], found["note"]) == ("CH77", "SEEN TWICE")
    assert (found["patient_paid"], found["referring_npi"]) == (20.0, "1400001371")
    assert found["admitted_on"] == pd.Timestamp("2026-08-31")
    assert found["patient_token"] == patient_token("mrn-1")
    assert not found["dependent"]


def test_an_institutional_claim_has_revenue_codes_a_bill_type_and_statement_dates() -> None:
    segments = [
        "CLM*I1*950***13:A:1*Y*A*Y*Y",
        "DTP*434*RD8*20260901-20260903",
        "HI*ABK:F1020:::::::Y",
        "HI*ABJ:F1010",
        "HI*ABF:K7030:::::::N*ABF:F17210",
        "NM1*71*1*DOC*C****XX*1400001372",
        "LX*1",
        "SV2*0636*HC:J2311:JZ*900*UN*380",
        "DTP*472*D8*20260902",
        "LX*2",
        "SV2*0250**50*UN*1",
    ]
    data = claim_set(*subscriber(), *segments, version=INSTITUTIONAL)
    claims = read_837(interchange(data, version=INSTITUTIONAL))
    assert claims.lines["revenue_code"].tolist() == ["0636", "0250"]
    assert claims.lines["hcpcs"].tolist()[0] == "J2311"
    assert claims.lines["hcpcs"].isna().tolist() == [False, True]
    assert claims.lines["place_of_service"].isna().all()
    assert claims.lines["service_from"].astype(str).tolist() == ["2026-09-02", "2026-09-01"]
    assert claims.lines["service_to"].astype(str).tolist() == ["2026-09-02", "2026-09-03"]
    assert claims.lines["rendering_npi"].tolist() == ["1400001372"] * 2
    assert (
        claims.lines[["diagnosis_1", "diagnosis_2", "diagnosis_3"]].values.tolist()
        == [["F1020", "K7030", "F17210"]] * 2
    )
    found = only(claims.claims)
    assert (found["kind"], found["bill_type"]) == ("institutional", "131")
    assert claims.diagnoses["role"].tolist() == ["principal", "admitting", "other", "other"]
    assert claims.diagnoses["present_on_admission"].fillna("").tolist() == ["Y", "", "N", ""]


def test_a_dependent_is_the_patient_and_the_member_is_the_subscriber() -> None:
    dependent = ["HL*3*2*23*0", "PAT*19", "NM1*QC*1*PHINAME*KID", "DMG*D8*19010203*M"]
    people = [*subscriber(children=1), *dependent, *claim("A1", *line())]
    other = [*subscriber(4, member="PHIID0002"), *claim("B2", *line())]
    claims = read_837(interchange(claim_set(*people, *other)))
    assert claims.claims["dependent"].tolist() == [True, False]
    assert claims.lines["member_token"].tolist() == [
        member_token("PHIID0001"),
        member_token("PHIID0002"),
    ]
    assert claims.lines["patient_token"].tolist() == [
        patient_token("", "PHINAME KID", "19010203"),
        patient_token("", "PHINAME PAT", "19010203"),
    ]


def test_what_earlier_payers_decided_is_kept_by_payer_and_line() -> None:
    other = [
        "SBR*P*18*******MB",
        "CAS*PR*1*21.89**2*15",
        "AMT*D*63.11",
        "AMT*EAF*36.89",
        "AMT*A8*5",
        "NM1*IL*1*PHINAME*PAT****MI*PHIID0009",
        "NM1*PR*2*FIRST PLAN*****PI*FIRST",
        "DTP*573*D8*20260920",
        "REF*F8*ICN9",
    ]
    decision = [
        "SVD*FIRST*63.11*HC:J2311:JZ**380",
        "CAS*CO*45*10",
        "CAS*PR*1*21.89**2*5",
        "DTP*573*D8*20260921",
        "AMT*EAF*26.89",
    ]
    segments = claim("A1", *other, *line(), *line(2, details=decision), charge="200")
    claims = read_837(interchange(claim_set(*subscriber(order="S"), *segments)))
    shown = ["position", "payer_sequence", "payer_id", "paid", "patient_share", "not_covered"]
    assert claims.payers[shown].iloc[1].tolist() == [2, "P", "FIRST", 63.11, 36.89, 5.0]
    assert claims.payers["payer_id"].tolist() == ["NORTH1", "FIRST"]
    assert claims.payers["member_token"].tolist() == [
        member_token("PHIID0001"),
        member_token("PHIID0009"),
    ]
    assert claims.payers["payer_control_number"].tolist()[1] == "ICN9"
    payment = only(claims.prior_payments)
    assert (payment["line_number"], payment["payer_id"], payment["paid"]) == (2, "FIRST", 63.11)
    assert (payment["hcpcs"], payment["units"]) == ("J2311", 380.0)
    assert (payment["patient_share"], str(payment["decided_on"])[:10]) == (26.89, "2026-09-21")
    shown = ["line_number", "payer_id", "group_code", "carc", "amount"]
    adjustments = claims.prior_adjustments[shown]
    assert adjustments.astype(object).where(adjustments.notna(), None).values.tolist() == [
        [None, "FIRST", "PR", "1", 21.89],
        [None, "FIRST", "PR", "2", 15.0],
        [2, "FIRST", "CO", "45", 10.0],
        [2, "FIRST", "PR", "1", 21.89],
        [2, "FIRST", "PR", "2", 5.0],
    ]
    # The payer of the claim itself is the second one.
    assert claims.lines["payer_sequence"].tolist() == ["S", "S"]
    assert claims.lines["authorization"].isna().all()


def test_a_line_may_have_its_own_place_dates_authorization_and_doctor() -> None:
    details = ["REF*G1*PA2", "NM1*82*1*DOC*D****XX*1400001373"]
    segments = [
        "LX*1",
        "SV1*HC:J2311:::::NALTREXONE DEPOT*100*UN*380*19**2:1",
        "DTP*472*RD8*20260901-20260905",
        *details,
    ]
    head = ["REF*G1*PA1", "NM1*82*1*DOC*A****XX*1400001370"]
    data = claim_set(*subscriber(), *claim("A1", *head, *segments, diagnoses="ABK:F1020*ABF:K7030"))
    found = only(read_837(interchange(data)).lines)
    assert (found["place_of_service"], found["authorization"]) == ("19", "PA2")
    assert (found["rendering_npi"], found["diagnosis_pointers"]) == ("1400001373", "2 1")
    assert str(found["service_to"])[:10] == "2026-09-05"
    assert found["line_note"] == "NALTREXONE DEPOT"


def test_the_older_release_is_read_too() -> None:
    segments = [
        "HL*2*1*22*0",
        "SBR*P*18*******HM",
        "NM1*IL*1*PHINAME*PAT****MI*PHIID0001",
        "DMG*D8*19010203*F",
        "NM1*PR*2*NORTH HEALTH*****PI*NORTH1",
        "CLM*A1*100***11::1*Y*A*Y*Y*B",
        "HI*BK:3039*BF:30401",
        "NM1*82*1*DOC*A****24*990000001",
        *line(),
    ]
    data = claim_set(*segments, version="004010X098A1")
    claims = read_837(interchange(data, version="004010X098A1"))
    assert only(claims.claims)["kind"] == "professional"
    assert claims.diagnoses["code_system"].tolist() == ["ICD-9", "ICD-9"]
    # A tax id is no NPI.
    assert claims.lines["rendering_npi"].isna().all()
    assert claims.lines["place_of_service"].tolist() == ["11"]


def test_a_claim_without_lines_is_a_claim_and_an_issue() -> None:
    claims = quiet(interchange(claim_set(*subscriber(), *claim("A1"), *claim("B2", *line()))))
    assert claims.claims["claim_id"].tolist() == ["A1", "B2"]
    assert claims.lines["claim_id"].tolist() == ["B2"]
    assert claims.issues[["segment_id", "problem"]].values.tolist() == [["CLM", "no_lines"]]


def test_lines_that_do_not_add_up_are_listed() -> None:
    claims = quiet(interchange(claim_set(*subscriber(), *claim("A1", *line(), charge="101"))))
    assert claims.issues["problem"].tolist() == ["line_sum"]


def test_line_numbers_are_those_sent_unless_two_are_alike() -> None:
    first = claim("A1", *line(3), *line(7), charge="200")
    second = claim("B2", *line(1), *line(1), charge="200")
    lines = read_837(interchange(claim_set(*subscriber(), *first, *second))).lines
    assert lines["line_number"].tolist() == [3, 7, 1, 2]


def test_dental_claims_are_refused_by_name() -> None:
    dental = claim_set(*subscriber(), "CLM*D1*75***11:B:1", "LX*1", "SV3*AD:D0120*75",
                       version="005010X224A2")  # fmt: skip
    with pytest.raises(X12Error) as caught:
        read_837(interchange(dental, version="005010X224A2"))
    assert str(caught.value) == (
        "<bytes>: no 837 in this file (transaction sets found: dental 837D); remove it from "
        "the folder"
    )
    both = quiet(interchange(ONE, dental, version=""))
    assert both.lines["claim_id"].tolist() == ["A1"]
    assert both.issues["message"].tolist() == ["dental 837D: this kind of claim is not read"]


def test_a_dental_line_in_another_claim_is_named() -> None:
    claims = quiet(interchange(claim_set(*subscriber(), *claim("A1", "LX*1", "SV3*AD:D0120*100"))))
    assert claims.lines.empty
    assert set(claims.issues["problem"]) == {"dental_line", "no_lines"}


def test_a_line_outside_any_claim_is_kept_and_listed() -> None:
    claims = quiet(interchange(claim_set(*subscriber(), *line())))
    assert claims.claims.empty
    assert claims.lines["claim_id"].isna().tolist() == [True]
    assert claims.lines["charge"].tolist() == [100.0]
    assert claims.issues["problem"].tolist() == ["stray_segment"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (ONE.replace("~SE*", "~ZZZ*1~SE*"), "unknown_segment"),
        (ONE.replace("*100*UN", "*1OO*UN"), "bad_amount"),
        (ONE.replace("20260901", "20261399"), "bad_date"),
        (ONE.replace("~SE*", "~LIN**N4*12345~SE*"), "bad_ndc"),
        (ONE.replace("~SE*", "~LIN**N4*65757030001~LIN**N4*65757030002~SE*"), "second_drug"),
        (ONE.replace("HI*", "CAS*CO*45*1~HI*"), "orphan_adjustment"),
        (ONE.replace("ST*837", "ST*873"), "set_code"),
        (ONE[: ONE.index("~SE*") + 1], "missing_se"),
    ],
)
def test_odd_content_is_listed_and_the_rest_is_read(text: str, problem: str) -> None:
    claims = quiet(interchange(text))
    assert problem in claims.issues["problem"].tolist()
    assert claims.lines["claim_id"].tolist() == ["A1"]


def relabel(data: bytes, element: str, component: str, terminator: str) -> bytes:
    table = str.maketrans({"*": element, ":": component, "~": terminator})
    return data.decode().translate(table).encode()


@pytest.mark.parametrize(
    "odd",
    [
        relabel(interchange(ONE), "|", "^", "~"),
        relabel(interchange(ONE), "~", "^", "_"),
        relabel(interchange(ONE), "+", "|", "\n"),
        interchange(ONE).replace(b"~", b"~\r\n"),
        interchange(ONE).replace(b"~", b" ~\r\n    "),
        interchange(ONE).replace(b"~", b"\r"),
        b"\xef\xbb\xbf" + interchange(ONE),
        interchange(ONE).decode().encode("utf-16"),
        b"\n".join(interchange(ONE)[n : n + 80] for n in range(0, len(interchange(ONE)), 80)),
        interchange(ONE)[:-1],
        gzip.compress(interchange(ONE), mtime=0),
        ONE.encode(),
        ONE[ONE.index("HL*1") : ONE.index("~SE*") + 1].encode(),
    ],
    ids=lambda data: repr(data[:12]),
)
def test_odd_packaging_reads_the_same(odd: bytes) -> None:
    plain, strange = read_837(interchange(ONE)).lines, quiet(odd).lines
    if strange["submitted_date"].isna().all():
        plain["submitted_date"] = strange["submitted_date"]
    pd.testing.assert_frame_equal(plain, strange)


def test_folders_archives_and_the_same_content_twice(tmp_path: Path) -> None:
    (tmp_path / "a.837").write_bytes(interchange(ONE))
    (tmp_path / "b.txt").write_bytes(interchange(ONE))
    with zipfile.ZipFile(tmp_path / "c.zip", "w") as archive:
        archive.writestr("d.837", interchange(ONE.replace("CLM*A1", "CLM*C3")))
    (tmp_path / "e.835").write_bytes(b"ST*835*1~BPR*I*0*C~SE*3*1~")
    claims = quiet(tmp_path)
    assert claims.claims["file"].tolist() == ["a.837", "c.zip!d.837"]
    assert claims.lines["claim_id"].tolist() == ["A1", "C3"]
    assert claims.lines["sent_claim"].tolist() == [1, 2]
    assert claims.issues[["file", "problem"]].values.tolist() == [
        ["b.txt", "duplicate_file"],
        ["e.835", "other_set"],
        ["e.835", "unreadable"],
    ]
    with pytest.raises(X12Error, match=r"e\.835: no 837 in this file"):
        read_837(tmp_path, errors="raise")
    assert len(read_837(io.BytesIO(interchange(ONE))).lines) == 1
    with pytest.raises(ValueError, match='errors must be "collect" or "raise"'):
        read_837(b"", errors="ignore")  # type: ignore[arg-type]


def test_no_name_birth_date_or_member_id_is_kept() -> None:
    claims = read_837(interchange(ONE))
    for name in CLAIM_TABLES:
        text = getattr(claims, name).to_csv()
        assert not any(mark in text for mark in ("PHIID0001", "PHINAME", "1901"))


@pytest.mark.parametrize("size", [1, 300, 700, 5000])
def test_a_file_read_in_small_chunks_gives_the_same_tables(size: int) -> None:
    people = [
        [*subscriber(n, member=f"PHIID{n:04d}"), *claim(f"A{n}", *line()), *claim(f"B{n}", *line())]
        for n in range(2, 30)
    ]
    data = interchange(claim_set(*(s for person in people for s in person)), ONE)
    assert len(list(ClaimReading(data, chunk_size=300).pieces())) > 5
    whole = list(ClaimReading(data).pieces())
    pieces = list(ClaimReading(data, chunk_size=size).pieces())
    for table in CLAIM_TABLES.values():
        for column in TABLES[table]:
            read = [
                [value for piece in some for value in _plain(piece[table][column.name])]
                for some in (whole, pieces)
            ]
            assert read[0] == read[1], (table, column.name)


def _plain(values: object) -> list[str]:
    return [str(value) for value in values.tolist()]  # type: ignore[attr-defined]
