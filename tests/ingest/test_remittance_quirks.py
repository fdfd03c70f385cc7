"""Each quirk of senders, clearinghouses and disks: these segments, those rows."""

from __future__ import annotations

import gzip
import io
import time
import warnings
import zipfile
from pathlib import Path

import pandas as pd
import pytest
from small_files import claim, interchange, line, remittance

from j2311_analytics import AnalyticsWarning, Remittance, X12Error, balance, read_835, scan_835
from j2311_analytics.ingest.tokens import member_token


def quiet(source: object) -> Remittance:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AnalyticsWarning)
        return read_835(source)  # type: ignore[arg-type]


def era_of(*segments: str) -> Remittance:
    return quiet(interchange(remittance(*segments)))


def found(era: Remittance) -> list[tuple[str, str]]:
    return list(era.issues[["segment_id", "problem"]].itertuples(index=False, name=None))


# What a claim may carry


def test_names_in_a_claim_fill_their_own_columns_and_gb_is_passed_over() -> None:
    era = era_of(
        "CLP*A*1*1*1",
        "NM1*QC*1*PHINAME*A****MI*PHIID0001",
        "NM1*IL*1*PHINAME*B****MI*PHIID0002",
        "NM1*74*1*PHINAME*****C*PHIID0003",
        "NM1*82*1*DOC*C****XX*1888888886",
        "NM1*TT*2*SOUTH HEALTH*****PI*S1",
        "NM1*PR*2*FIRST HEALTH*****PI*F1",
        "NM1*GB*1*PHINAME*D****MI*PHIID0004",
    )
    only = era.claims.iloc[0]
    assert only["member_token"] == member_token("PHIID0002")
    assert only["corrected_member_token"] == member_token("PHIID0003")
    assert only["rendering_npi"] == "1888888886"
    assert (only["forwarded_to"], only["corrected_priority_payer"]) == (
        "SOUTH HEALTH",
        "FIRST HEALTH",
    )
    assert era.issues.empty


def test_the_patients_id_serves_where_no_subscriber_is_named() -> None:
    era = era_of("CLP*A*1*1*1", "NM1*QC*1*PHINAME*A****MI*PHIID0001", "NM1*IL*1*PHINAME*B")
    assert era.claims["member_token"].tolist() == [member_token("PHIID0001")]


def test_references_dates_and_amounts_of_a_claim_and_of_a_line_are_kept_apart() -> None:
    era = era_of(
        "CLP*A*1*9*9",
        *("REF*F8*OLD1", "REF*G1*AUTH1", "REF*CE*CLASS", "REF*1L*GROUP", "REF*EA*MRN", "REF*BB*B1"),
        *("DTM*232*20260901", "DTM*233*20260903", "DTM*050*20260910", "DTM*036*20261231"),
        *("AMT*I*1.25", "AMT*AU*9", "QTY*CA*3", "PER*CX**TE*8005551234"),
        "SVC*HC:J2311*9*9",
        *("REF*6R*L1", "REF*G1*AUTH2", "REF*HPI*1888888886", "REF*LU*11", "AMT*B6*8", "QTY*ZK*1"),
    )
    head, only = era.claims.iloc[0], era.lines.iloc[0]
    assert head[["original_control_number", "authorization", "contract_class"]].tolist() == [
        *("OLD1", "AUTH1", "CLASS")
    ]
    dates = head[["statement_from", "statement_to", "received_date", "coverage_expires"]]
    assert [f"{day:%Y%m%d}" for day in dates] == ["20260901", "20260903", "20260910", "20261231"]
    assert head["interest"] == 1.25
    assert only[["line_control", "authorization", "rendering_npi"]].tolist() == [
        *("L1", "AUTH2", "1888888886")
    ]
    assert only["allowed"] == 8
    assert era.issues.empty


def test_where_a_segment_comes_twice_what_is_said_first_stands() -> None:
    era = era_of("CLP*A*1*9*9", "REF*G1", "REF*G1*ONE", "REF*G1*TWO", "DTM*050*20260910")
    assert era.claims["authorization"].tolist() == ["ONE"]


def test_headers_with_summaries_stand_between_claims_and_belong_to_none() -> None:
    summaries = ["LX*2", "TS3*1999999984*11*20261231*1*9", "TS2*1*2*3"]
    era = era_of(*claim("A", *line()), *summaries, *claim("B", *line()))
    assert era.claims["claim_id"].tolist() == ["A", "B"]
    assert era.lines["claim"].tolist() == [1, 2]
    assert era.trace(era.lines.iloc[0])["segment"].tolist() == [11, 12]
    assert era.issues.empty


def test_currency_contacts_and_addresses_of_the_head_are_no_issue() -> None:
    head = "ST*835*1~BPR*I*0*C*ACH~CUR*PR*USD~N1*PR*NORTH~N3*1 MAIN~N4*TOWN*NC*27000~"
    contacts = "PER*CX**TE*8005551234~PER*BL*DESK*EM*A@B.EXAMPLE~PER*IC**UR*WWW.EXAMPLE~RDM*BM*X~"
    era = read_835((head + contacts + "SE*11*1~").encode())
    assert era.payments["payer_name"].tolist() == ["NORTH"]
    assert era.issues.empty


def test_4010_reads_as_5010_and_names_its_guide() -> None:
    old = interchange(remittance(*claim("A", *line()))).replace(b"005010X221A1", b"004010X091A1")
    era = quiet(old)
    assert era.payments["version"].tolist() == ["004010X091A1"]
    assert (len(era.claims), len(era.lines)) == (1, 1)


def test_remarks_of_other_lists_keep_their_qualifier_and_stay_with_their_line() -> None:
    era = era_of("CLP*A*1*1*1", "SVC*HC:J2311*1*1", "LQ*he*n130", "LQ*RX*70", "LQ**N1", "LQ*HE")
    assert era.remarks[["line", "source", "rarc"]].fillna("").values.tolist() == [
        [1, "LQ", "N130"],
        [1, "RX", "70"],
        [1, "", "N1"],
    ]


def test_a_drug_paid_under_its_ndc_keeps_the_code_as_billed() -> None:
    era = era_of("CLP*A*1*9*9", "SVC*N4:65757-0300-01*9*9*0636*1*HC:J2315:JZ*380")
    only = era.lines.iloc[0]
    assert (only["ndc"], only["billed_hcpcs"], only["revenue_code"]) == (
        *("65757030001", "J2315", "0636"),
    )
    assert (only["units"], only["billed_units"]) == (1, 380)


# Envelopes


@pytest.mark.parametrize(
    ("part", "changed", "expected"),
    [
        (b"IEA*1*", b"IEA*4*", ("IEA", "iea_count")),
        (b"~GE*1*", b"~GE*4*", ("GE", "ge_count")),
        (b"*0001~GE", b"*0009~GE", ("SE", "se_control")),
        (b"GE*1*1~", b"", ("IEA", "missing_ge")),
    ],
)
def test_trailers_that_disagree_are_issues_and_no_failure(
    part: bytes, changed: bytes, expected: tuple[str, str]
) -> None:
    era = quiet(interchange(remittance(*claim("A", *line()))).replace(part, changed))
    assert found(era) == [expected]
    assert era.claims["claim_id"].tolist() == ["A"]


def test_several_groups_and_sets_count_their_own_trailers() -> None:
    sets = [remittance(*claim(name, *line())) for name in "ABC"]
    head, _, tail = interchange(*sets).partition(b"ST*835")
    body, _, trailer = (b"ST*835" + tail).partition(b"GE*3")
    first, second, third = (s.encode() for s in sets)
    group = head[head.index(b"GS*") :]
    text = head + first + second + b"GE*2*1~" + group + third + b"GE*1*1~IEA*2*000000001~"
    assert body == first + second + third
    assert trailer.startswith(b"*1~IEA")
    era = read_835(text)
    assert era.claims["transaction"].tolist() == [1, 2, 3]
    assert era.issues.empty


def test_interchanges_that_differ_in_the_component_separator_alone() -> None:
    one = interchange(remittance(*claim("A", "SVC*HC:J2311:JZ*9*9")))
    other = interchange(remittance(*claim("B", "SVC*HC:J2311:JW*9*9"))).replace(b":", b">")
    for size in (64, 10_000):
        pieces = [piece.lines for piece in scan_835(one + other, chunk_size=size)]
        assert pd.concat(pieces)["modifier_1"].tolist() == ["JZ", "JW"]


@pytest.mark.parametrize("mark", ["ÿ", "§", "│", "\x1d", " "])
@pytest.mark.parametrize("coding", ["utf-8", "latin-1"])
def test_any_character_may_separate_elements(mark: str, coding: str) -> None:
    text = interchange(remittance(*claim("A", "SVC*HC:J2311:JZ*9*9"))).decode()
    text = text.replace("NORTH HEALTH", "NORTH").replace("SAMPLE CLINIC", "CLINIC")
    if coding == "latin-1" and mark == "│":
        pytest.skip("not a Latin-1 character")
    era = quiet(2 * text.replace("*", mark).encode(coding))
    assert era.claims["claim_id"].tolist() == ["A", "A"]
    assert era.lines["modifier_1"].tolist() == ["JZ", "JZ"]


@pytest.mark.parametrize("mark", ["é", "\x1f", "\x1c"])
def test_a_component_separator_that_cannot_be_printed_never_stays_in_a_value(mark: str) -> None:
    plb = "PLB*1999999984*20261231*WO:ICN1:X*10"
    text = interchange(remittance(*claim("A", "SVC*HC:J2311:JZ*9*9"), plb=[plb])).decode()
    era = quiet(text.replace(":", mark).encode())
    assert era.lines["modifier_1"].tolist() == ["JZ"]
    assert era.provider_adjustments[["reason", "reference"]].values.tolist() == [["WO", "ICN1 X"]]


def test_blanks_around_ids_and_elements_are_no_part_of_them() -> None:
    text = interchange(remittance(*claim("A", *line(cas=["CO*45*20"])))).decode()
    isa, body = text[:106], text[106:]
    for head in ("", isa):
        era = quiet((head + body.replace("*", " * ").replace("~", " ~\n ")).encode())
        assert era.claims["claim_id"].tolist() == ["A"]
        assert era.adjustments[["carc", "amount"]].values.tolist() == [["45", 20.0]]


def test_lower_case_without_an_envelope() -> None:
    era = quiet(remittance(*claim("A", *line())).lower().encode())
    assert era.lines["hcpcs"].tolist() == ["J2311"]


# Damage


def test_claims_whose_beginning_of_the_file_is_lost_are_read() -> None:
    two = remittance(*claim("A", *line()), *claim("B", *line()))
    era = quiet(two[two.index("NM1*QC") :].encode())
    assert era.claims["claim_id"].tolist() == ["B"]
    assert ("CLP", "missing_st") in found(era)


@pytest.mark.parametrize(
    "damage", [(b"ISA*00*", b"ISA*00"), (b"*^*00501*", b"*"), (b"*P*:~", b"~")]
)
def test_an_isa_that_is_not_complete_is_told_by_the_group_behind_it(
    damage: tuple[bytes, bytes],
) -> None:
    era = quiet(interchange(remittance(*claim("A", *line()))).replace(*damage))
    assert era.claims["claim_id"].tolist() == ["A"]


def test_a_name_that_becomes_a_header_by_damage_loses_no_claim() -> None:
    segments = [*claim("A", *line()), *claim("B", *line())]
    segments.insert(1, "ISA*JO*PHINAME")
    era = era_of(*segments)
    assert era.claims["claim_id"].tolist() == ["A", "B"]


def test_a_payment_outside_any_transaction_is_no_transaction() -> None:
    text = interchange(remittance(*claim("A", *line())))
    era = quiet(text.replace(b"~GS*", b"~BPR*I*9*C*ACH~GS*"))
    assert len(era.payments) == 1
    assert found(era)[0] == ("BPR", "stray_segment")


def test_a_payment_after_provider_adjustments_begins_a_transaction_of_its_own() -> None:
    first = remittance(*claim("A", *line()), plb=["PLB*1*20261231*L6*1"], trace="T1")
    second = remittance(*claim("B", *line()), trace="T2")
    torn = first[: first.index("SE*")] + second[second.index("BPR*") :]
    era = quiet(interchange(torn))
    assert era.payments["trace_number"].tolist() == ["T1", "T2"]
    assert era.claims["transaction"].tolist() == [1, 2]


def test_another_set_cut_into_pieces_stays_another_set() -> None:
    other = "ST*999*1~" + "".join(f"CLP*X{n}*1*5*0~" for n in range(40)) + "SE*42*1~"
    text = interchange(other, remittance(*claim("A", *line())))
    pieces = [piece.claims for piece in scan_835(text, chunk_size=64)]
    assert pd.concat(pieces)["claim_id"].tolist() == ["A"]


def test_one_damaged_byte_makes_no_other_element_latin_1() -> None:
    text = interchange(remittance("CLP*MÜLLER*1*9*9**12*ICN1")).replace(b"ICN1", b"IC\xff1")
    era = quiet(text)
    assert era.claims[["claim_id", "payer_control_number"]].values.tolist() == [["MÜLLER", "ICÿ1"]]


def test_what_stands_where_an_id_should_is_shown_only_if_x12_knows_it() -> None:
    era = era_of("CLP*A*1*9*9", "JOE*PHINAME", "N2*MORE")
    shown = era.issues[era.issues["problem"] == "unknown_segment"]["segment_id"].tolist()
    assert shown == ["?", "N2"]
    cut = interchange(remittance("CLP*A*1*9*9"))
    era = quiet(cut[: cut.index(b"~SE*") + 1] + b"PHINAME, JOE")
    assert "?" in era.issues[era.issues["problem"] == "truncated"]["segment_id"].tolist()


@pytest.mark.parametrize(
    "text",
    [
        interchange(remittance("CLP*A*1*9*9"))[:106] + b" " * 5000,
        b"ST*835*1~" + b" ~" * 2500,
        b"ST*835*1" + b"\n" * 5000,
        b"ISA*00*" * 3000,
        b"IEA*1*" * 9000,
        b"ISA*00*" + b"1" * 5000 + b"ST*835*CLP*A*1*2" * 90_000,
    ],
    ids=["blanks", "pairs", "breaks", "headers", "trailers", "strays"],
)
def test_no_pattern_makes_reading_slow(text: bytes) -> None:
    begin = time.process_time()
    with pytest.raises(X12Error):
        quiet(text)
    assert time.process_time() - begin < 5


# Archives


def zipped(**files: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return packed.getvalue()


ONE = interchange(remittance(*claim("A", *line())))


def test_archives_within_an_archive_are_opened_and_named() -> None:
    inner = zipped(a=ONE, b=gzip.compress(ONE.replace(b"CLP*A", b"CLP*B")))
    era = quiet(zipped(inner=inner, c=ONE.replace(b"CLP*A", b"CLP*C")))
    assert era.payments["file"].tolist() == ["<bytes>!c", "<bytes>!inner!a", "<bytes>!inner!b"]
    assert era.claims["claim_id"].tolist() == ["C", "A", "B"]


def test_archives_nested_deeper_are_refused_by_name() -> None:
    era = quiet(zipped(a=ONE, deep=zipped(deeper=zipped(deepest=ONE))))
    row = era.issues.iloc[0]
    assert (row["file"], row["problem"]) == ("<bytes>!deep!deeper", "unreadable")
    assert row["message"] == "an archive within archives within an archive; unpack it first"


def test_bombs_of_each_kind_are_refused_and_the_good_files_count(tmp_path: Path) -> None:
    zeros = bytes(40_000_000)
    (tmp_path / "bomb.gz").write_bytes(gzip.compress(zeros))
    (tmp_path / "bomb.zip").write_bytes(zipped(zeros=zeros))
    (tmp_path / "nested.zip").write_bytes(zipped(inner=zipped(zeros=zeros)))
    (tmp_path / "good.835").write_bytes(ONE)
    era = quiet(tmp_path)
    assert era.claims["claim_id"].tolist() == ["A"]
    refused = era.issues[era.issues["problem"] == "unreadable"]
    assert refused["file"].str.partition("!")[0].tolist() == ["bomb.gz", "bomb.zip", "nested.zip"]
    assert refused["message"].str.contains("unpacks to far more than it should").all()


def test_a_download_that_broke_off_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "half.gz").write_bytes(gzip.compress(ONE)[:-20])
    with pytest.raises(X12Error, match=r"half\.gz: the \.gz archive is damaged; fetch it again"):
        read_835(tmp_path / "half.gz")


# Tracing and balancing


def test_an_adjustment_outside_any_claim_has_nothing_to_trace() -> None:
    era = quiet(interchange(remittance("CAS*CO*45*1", *claim("A", *line()))))
    with pytest.raises(ValueError, match="names no line or claim"):
        era.trace(era.adjustments.iloc[0])


def test_every_balance_equals_one_summed_by_hand() -> None:
    plb = ["PLB*1*20261231*WO:X*5*L6*-1"]
    segments = [*claim("A", *line(cas=["CO*45*20", "PR*2*16"], paid="64"), paid="64")]
    segments += claim("B", "CAS*CO*29*40", *line(cas=["CO*45*20"], paid="40"), paid="40")
    segments += claim("C", *line(cas=["CO*45*20.01"], paid="80"), paid="80")
    era = quiet(interchange(remittance(*segments, plb=plb, paid="180")))
    checks = balance(era).groupby("level")["difference_cents"].apply(list).to_dict()
    # B's line leaves what its claim-level denial takes; C is a cent off; 184 − 4 = 180.
    assert checks == {"line": [0, -4000, 1], "claim": [0, 0, 1], "transaction": [0]}


def test_an_id_with_a_component_separator_behind_it_is_another_id() -> None:
    text = (
        "ISA*00*" + " " * 10 + "*00*" + " " * 10 + "*ZZ*" + "A".ljust(15) + "*ZZ*" + "B".ljust(15)
    )
    text += "*261005*1200*U*00501*000000001*0*P*\x1f~GS*HP*A*B*20261005*1200*1*X*005010X221A1~"
    text += "ST*835*1~BPR*I*5~CLP*A*1*5*5~REF\x1f*G1*X~SE*5*1~GE*1*1~IEA*1*000000001~"
    era = read_835(text.encode())
    assert era.claims["authorization"].isna().all()
    assert era.issues["problem"].tolist() == ["unknown_segment"]


def test_an_isa_that_lost_elements_leaves_the_delimiters_to_the_segments() -> None:
    era = read_835(
        b"isa*00*          *00* I * 5 * C * ACH *  *  *  *  *  *  *  *  *  *  *  * 20260901 \x1e"
        b"st * 835 * 1 \x1ebpr * I * 5 \x1eclp * A * 1 * 5 * 5 \x1ese * 4 * 1 \x1e"
    )
    assert era.claims["claim_id"].tolist() == ["A"]
    assert era.claims["paid"].tolist() == [5.0]


def test_an_isa_wrapped_before_its_component_separator_tells_it() -> None:
    text = "ISA!00!!00!!ZZ!A!ZZ!B!261005!1200!U!00501!000000001!0!P!\r\n>\x1e\n"
    text += "GS!HP!A!B!20261005!1200!1!X!005010X221A1\x1e\nST!835!1\x1e\nBPR!I!5\x1e\n"
    text += "CLP!A!1!5!5\x1e\nSVC!HC>J2311!5!5\x1e\nSE!5!1\x1e\nGE!1!1\x1e\nIEA!1!000000001\x1e\n"
    era = read_835(text.encode())
    assert era.lines["hcpcs"].tolist() == ["J2311"]
    assert era.lines["segment"].tolist() == [6]


ISA = (
    "ISA*00*          *00*          *ZZ*A              *ZZ*B              "
    "*261005*1200*^*00501*000000001*0*P*:~"
)


@pytest.mark.parametrize(
    ("begin", "found"),
    [
        # One separator of the ISA lost: the sixteenth that is left is the group's.
        ("isa|00|..|00|..|ZZ|A|ZZ|B|261005|1200|U|005010001|0|P|>\x1e\ngs | HP | A | B\x1e\n", "|"),
        (f"{ISA}~~GS*HP*A*B~", "*"),
        (f"{ISA[:-1]}GS*HP*A*B~", "*"),
        (f"{ISA[:-2]}:\n{ISA[70:-2]}:\nGS*HP*A*B\n", "*"),
    ],
    ids=["separator lost", "noise behind", "terminator lost", "wrapped and doubled"],
)
def test_a_damaged_isa_leaves_the_delimiters_to_what_follows(begin: str, found: str) -> None:
    end = "\n" if begin.endswith("\n") and "\x1e" not in begin else begin.rstrip("\n")[-1]
    segments = ["ST*835*1", "BPR*I*5*C", "CLP*A*1*9*5", "SVC*HC:J2311*9*5", "SE*5*1"]
    text = begin + "".join(f"{segment.replace('*', found)}{end}\n" for segment in segments)
    era = read_835(text.encode())
    assert (era.claims["claim_id"].tolist(), era.lines["paid"].tolist()) == (["A"], [5.0])


def test_a_set_whose_code_cannot_be_read_is_known_by_its_payment() -> None:
    era = read_835(ISA.encode() + b"GS*HP*A*B~ST*8~5*1~BPR*I*5*C~CLP*A*1*9*5~SE*4*1~")
    assert era.claims["claim_id"].tolist() == ["A"]
    assert {"set_code", "missing_st"} <= set(era.issues["problem"])


def test_a_file_cut_before_its_first_claim_is_known_by_it_even_without_a_status() -> None:
    era = read_835(b"NE*9~N1*PR*A~LX*1~CLP*A**9*5~SVC*HC:J2311*9*5~CLP*B**8*8~CAS*CO*45*1~")
    assert era.claims["claim_id"].tolist() == ["A", "B"]


def test_noise_before_one_segment_is_not_the_terminator() -> None:
    era = read_835(b"CLP*A*1*9*5~+CAS*CO*45*4~NM1*QC*1~CLP*B*1*8*8~CAS*CO*45*1~CLP*C*1*1*1~")
    assert era.claims["claim_id"].tolist() == ["A", "B", "C"]


def test_two_odd_bytes_at_the_beginning_do_not_make_a_file_utf_16() -> None:
    era = read_835(b"\xff\xfe" + ISA[3:].encode() + b"GS*HP*A*B~ST*835*1~BPR*I*5*C~CLP*A*1*9*5~")
    assert era.claims["claim_id"].tolist() == ["A"]


def test_a_payment_that_ends_its_file_reads_the_same_with_another_file_behind_it() -> None:
    cut_off = (ISA + "GS*HP*A*B~BPR*I*7~").encode()
    whole = b"ST*835*1~BPR*I*5*C~CLP*A*1*9*5~SE*4*1~"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.835", cut_off)
        archive.writestr("b.835", whole)
    era = read_835(packed.getvalue())
    assert era.payments["payment_amount"].tolist() == [7.0, 5.0]


def test_an_isa_without_its_last_separators_takes_no_line_break_for_one() -> None:
    text = f"{ISA[:-2]}\r\nGS*HP*A*B~\r\nST*835*1~\r\nBPR*I*5~\r\nCLP*A*1*9*5~\r\nSVC*HC:J2311*9*5~"
    assert read_835(text.encode()).lines["hcpcs"].tolist() == ["J2311"]


# An interchange whose beginning is lost stands behind another with other delimiters


def beheaded(old: str, new: str, claims: int) -> bytes:
    """An interchange, and claims of one with other delimiters whose ISA, GS and ST are lost."""
    first = interchange(remittance("CLP*A*1*9*5", "SVC*HC:J2311*9*5")).decode()
    first = first.translate(str.maketrans("*:~", old))
    lost = "N1*PE*CLINIC~" + "".join(
        f"CLP*B{number}*1*9*5**12*ICN{number}~SVC*HC:J2311*9*5~" for number in range(claims)
    )
    return (first + (lost + "SE*9*1~GE*1*1~IEA*1*1~").translate(str.maketrans("*:~", new))).encode()


@pytest.mark.parametrize("claims", [1, 2, 90])
@pytest.mark.parametrize(
    ("old", "new"),
    [("*:~", "|>'"), ("*:~", "|>~"), ("*:~", "*:'"), ("*:\n", "|:\x1e"), ("ÿ:§", "*:~")],
    ids=["all differ", "elements differ", "terminators differ", "line breaks", "two bytes"],
)
def test_claims_of_an_interchange_without_its_beginning_are_read(
    old: str, new: str, claims: int
) -> None:
    era = quiet(beheaded(old, new, claims))
    expected = ["A", *(f"B{number}" for number in range(claims))]
    assert era.claims["claim_id"].tolist() == expected
    assert era.lines["hcpcs"].tolist() == ["J2311"] * len(expected)
    assert era.lines["paid"].tolist() == [5.0] * len(expected)


@pytest.mark.parametrize("size", [64, 700, 5000])
def test_they_are_read_whatever_the_size_of_the_pieces(size: int) -> None:
    data = beheaded("*:~", "|>'", 90) + beheaded("+:\n", "*:~", 40)
    whole = quiet(data)
    assert len(whole.claims) == 132
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AnalyticsWarning)
        pieces = list(scan_835(data, chunk_size=size))
    pd.testing.assert_frame_equal(
        pd.concat([piece.lines for piece in pieces], ignore_index=True), whole.lines
    )


def test_claims_behind_an_isa_that_is_filled_with_digits_are_read() -> None:
    data = interchange(remittance("CLP*A*1*9*5", "SVC*HC:J2311*9*5"))
    era = quiet(data.replace(b"*00501*", b"*" + b"1" * 5000 + b"*"))
    assert era.claims["claim_id"].tolist() == ["A"]


def test_the_group_of_a_later_interchange_tells_nothing_of_this_one() -> None:
    isa = ISA.replace("*", "|").replace(":~", ">\n")
    lost = isa + "CLP|A|1|9|5\nSVC|HC>J2311|9|5\nSE|4|1\nGE|1|1\nIEA|1|1\n"
    era = quiet(lost.encode() + interchange(remittance("CLP*B*1*9*5")))
    assert era.claims["claim_id"].tolist() == ["A", "B"]


def test_an_isa_before_other_delimiters_still_ends_the_claim_before_it() -> None:
    first = interchange(remittance("CLP*A*1*9*5", "SVC*HC:J2311*9*5")).rsplit(b"SE*", 1)[0]
    other = ISA.replace("*", "|")[:100] + "GS+HP+A+B'ST+835+1'BPR+I+5'CLP+B+1+9+5'SE+4+1'"
    era = quiet(first + other.encode())
    assert era.claims["claim_id"].tolist() == ["A", "B"]
    assert era.trace(era.lines.iloc[0])["segment"].tolist() == [era.lines["segment"].iloc[0]]


def test_long_text_of_a_segment_is_no_other_interchange() -> None:
    text = "ST,835,1 CLP|A|1 " * 200
    era = era_of("CLP*A*1*9*5", f"NTE*ADD*{text}", "SVC*HC:J2311*9*5")
    assert era.claims["claim_id"].tolist() == ["A"]
    assert len(era.lines) == 1


def test_files_of_two_encodings_copied_together_keep_their_delimiters() -> None:
    segments = ("CLP*A*1*9*5", "SVC*HC:J2311*9*5")
    marked = interchange(remittance(*segments)).decode().translate(str.maketrans("*~", "ÿ\x85"))
    era = quiet(marked.encode("latin-1") + marked.replace("ÿ", "§").encode())
    assert era.claims["claim_id"].tolist() == ["A", "A"]
    assert era.lines["hcpcs"].tolist() == ["J2311", "J2311"]
