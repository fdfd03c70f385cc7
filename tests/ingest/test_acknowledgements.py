"""Acknowledgements: claims and files accepted, and claims refused before any decision."""

from __future__ import annotations

import warnings
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from j2311_analytics import codes
from j2311_analytics.errors import AnalyticsWarning, X12Error
from j2311_analytics.ingest.acknowledgements import (
    ClaimStatuses,
    FileAnswers,
    read_277,
    read_999,
)
from j2311_analytics.tables import cents

ISA = (
    "ISA*00*          *00*          *ZZ*NORTH          *ZZ*CLINIC         "
    "*261005*1200*^*00501*000000001*0*P*:~"
)


def envelope(group: str, guide: str, *sets: str) -> str:
    gs = f"GS*{group}*NORTH*CLINIC*20261005*1200*1*X*{guide}~"
    return ISA + gs + "".join(sets) + f"GE*{len(sets)}*1~IEA*1*000000001~"


def transaction(kind: str, *segments: str) -> str:
    body = [f"ST*{kind}*0001", *segments]
    return "".join(f"{s}~" for s in [*body, f"SE*{len(body) + 1}*0001"])


HEAD = [
    "BHT*0085*08*R1*20261005*1200*TH",
    "HL*1**20*1",
    "NM1*PR*2*NORTH HEALTH*****PI*NORTH1",
    "TRN*1*PAYERTRACE",
    "DTP*050*D8*20261004",
    "HL*2*1*21*1",
    "NM1*41*2*SAMPLE CLINIC*****46*C1",
    "TRN*2*BATCH7",
    "STC*A1:20*20261005*WQ*350",
    "QTY*90*1",
    "QTY*AA*1",
    "AMT*YU*100",
    "AMT*YY*250",
    "HL*3*2*19*1",
    "NM1*85*2*SAMPLE CLINIC*****XX*1999999984",
]
ACCEPTED = [
    "HL*4*3*PT",
    "NM1*QC*1*PHINAME*PAT****MI*PHIID0001",
    "TRN*2*CLAIM-A",
    "STC*A2:20:PR*20261005*WQ*100",
    "REF*1K*ICN1",
    "DTP*472*D8*20260901",
]
REJECTED = [
    "HL*5*3*PT",
    "NM1*QC*1*PHINAME*SAM****MI*PHIID0002",
    "TRN*2*CLAIM-B",
    "STC*A7:562:85*20261005*U*250******A6:21**Free text PHINAME",
    "DTP*472*RD8*20260901-20260903",
    "SVC*HC:J2311:JZ*210*0****5",
    "STC*A7:476*20261005",
    "REF*FJ*B-1",
    "DTP*472*D8*20260902",
]


def statuses_277(*segments: str, guide: str = "005010X214") -> bytes:
    return envelope("HN", guide, transaction("277", *segments)).encode()


def quiet_277(source: object) -> ClaimStatuses:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AnalyticsWarning)
        return read_277(source)  # type: ignore[arg-type]


def quiet_999(source: object) -> FileAnswers:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AnalyticsWarning)
        return read_999(source)  # type: ignore[arg-type]


def shown(frame: pd.DataFrame, *names: str) -> list[list[object]]:
    rows = frame[[*names]].astype(object).where(frame[[*names]].notna(), None).values.tolist()
    return [[c.date().isoformat() if isinstance(c, pd.Timestamp) else c for c in r] for r in rows]


# 277: one row per status of a claim or line


def test_each_status_of_a_claim_and_line_is_a_row() -> None:
    acks = read_277(statuses_277(*HEAD, *ACCEPTED, *REJECTED))
    assert shown(
        acks.statuses,
        *("claim", "level", "claim_id", "position", "category", "status_code", "entity"),
        *("accepted", "rejected"),
    ) == [
        [1, "claim", "CLAIM-A", 1, "A2", "20", "PR", True, False],
        [2, "claim", "CLAIM-B", 1, "A7", "562", "85", False, True],
        [2, "claim", "CLAIM-B", 2, "A6", "21", None, False, True],
        [2, "line", "CLAIM-B", 1, "A7", "476", None, False, True],
    ]
    assert acks.issues.empty


def test_what_follows_a_status_belongs_to_its_claim_or_line() -> None:
    statuses = read_277(statuses_277(*HEAD, *ACCEPTED, *REJECTED)).statuses
    names = ["payer_control_number", "service_from", "service_to", "charge"]
    assert shown(statuses.iloc[:2], *names) == [
        ["ICN1", "2026-09-01", "2026-09-01", 100.0],
        [None, "2026-09-01", "2026-09-03", 250.0],
    ]
    line = ["line", "line_control", "hcpcs", "units", "charge", "paid", "service_from"]
    assert shown(statuses.iloc[3:], *line) == [[1, "B-1", "J2311", 5.0, 210.0, 0.0, "2026-09-02"]]


def test_who_answers_and_its_trace_prove_timely_filing() -> None:
    statuses = read_277(statuses_277(*HEAD, *ACCEPTED)).statuses
    names = ["source", "source_name", "source_id", "trace", "batch", "provider_npi", "status_date"]
    assert shown(statuses, *names) == [
        ["payer", "NORTH HEALTH", "NORTH1", "PAYERTRACE", "BATCH7", "1999999984", "2026-10-05"]
    ]


def test_a_clearinghouse_is_told_from_a_payer() -> None:
    head = [s.replace("NM1*PR*", "NM1*AY*") for s in HEAD]
    assert read_277(statuses_277(*head, *ACCEPTED)).statuses["source"].tolist() == ["clearinghouse"]


def test_a_batch_has_rows_of_its_own_with_its_totals() -> None:
    acks = read_277(statuses_277(*HEAD, *ACCEPTED, *REJECTED))
    names = ["level", "category", "accepted_claims", "rejected_claims", "charge"]
    assert shown(acks.batches, *names, "accepted_charge", "rejected_charge", "rejected") == [
        ["receiver", "A1", 1.0, 1.0, 350.0, 100.0, 250.0, False]
    ]
    names = ["kind", "version", "reference", "created_on", "levels", "claims"]
    assert shown(acks.transactions, *names) == [["277CA", "005010X214", "R1", "2026-10-05", 5, 2]]


def test_a_batch_rejected_whole_is_an_issue() -> None:
    head = [s.replace("STC*A1:20*", "STC*A3:24:41*") for s in HEAD[:13]]
    acks = quiet_277(statuses_277(*head))
    assert acks.batches["rejected"].tolist() == [True]
    assert shown(acks.issues, "segment", "severity", "message") == [
        [3, "error", "a whole batch was rejected; its claims are not listed one by one"]
    ]


def test_a_status_inquiry_answer_names_the_claim_by_its_account_number() -> None:
    segments = [
        *("BHT*0010*08*R1*20261005*1200*DG", "HL*1**20*1", "NM1*PR*2*NORTH HEALTH*****PI*NORTH1"),
        *("HL*2*1*21*1", "HL*3*2*19*1", "HL*4*3*22*0", "NM1*IL*1*PHINAME*PAT****MI*PHIID0001"),
        *("TRN*2*INQUIRY1", "STC*F2:88:QC*20261001**150*0", "REF*1K*ICN1", "REF*EJ*CLAIM-A"),
        *("TRN*2*INQUIRY2", "STC*P1:20*20261001**90", "DTP*232*RD8*20260901-20260902"),
    ]
    acks = read_277(statuses_277(*segments, guide="005010X212"))
    names = ["claim_id", "claim_trace", "category", "stage", "charge", "paid"]
    assert shown(acks.statuses, *names, "accepted", "rejected") == [
        ["CLAIM-A", "INQUIRY1", "F2", "finalized", 150.0, 0.0, True, False],
        ["INQUIRY2", "INQUIRY2", "P1", "pending", 90.0, None, True, False],
    ]
    assert acks.transactions["kind"].tolist() == ["277"]


def test_a_new_level_forgets_the_one_before() -> None:
    second = ["HL*6**20*1", "NM1*AY*2*HUB", "HL*7*6*PT", "TRN*2*CLAIM-C", "STC*A1:19*20261005"]
    statuses = read_277(statuses_277(*HEAD, *ACCEPTED, *second)).statuses
    assert shown(statuses.iloc[1:], "source_name", "source_id", "trace", "batch") == [
        ["HUB", None, None, None]
    ]
    assert statuses["provider_npi"].isna().tolist() == [False, True]


def test_separators_wrapped_lines_and_files_without_isa() -> None:
    text = statuses_277(*HEAD, *ACCEPTED, *REJECTED).decode()
    plain = read_277(text.encode()).statuses
    other = text.translate(str.maketrans("*:~", "|>'"))
    wrapped = "\r\n".join(text[n : n + 80] for n in range(0, len(text), 80))
    bare = transaction("277", *HEAD, *ACCEPTED, *REJECTED)
    for variant in (other, wrapped, text.replace("~", "~\n"), text.lower().replace("isa", "ISA")):
        found = quiet_277(variant.encode()).statuses
        assert len(found) == len(plain)
        assert found["category"].tolist() == plain["category"].tolist()
    # Without ISA and GS, each segment comes two numbers earlier.
    plain = plain.assign(segment=plain["segment"] - 2)
    pd.testing.assert_frame_equal(read_277(bare.encode()).statuses, plain)
    pd.testing.assert_frame_equal(read_277(bare.replace(":", "|").encode()).statuses, plain)


def test_several_interchanges_and_duplicates(tmp_path: Path) -> None:
    one, two = statuses_277(*HEAD, *ACCEPTED), statuses_277(*HEAD, *REJECTED)
    (tmp_path / "a.277").write_bytes(one + two)
    (tmp_path / "b.277").write_bytes(one + two)
    acks = quiet_277(tmp_path)
    assert acks.statuses["claim"].tolist() == [1, 2, 2, 2]
    assert acks.statuses["transaction"].tolist() == [1, 2, 2, 2]
    assert shown(acks.issues, "file", "problem") == [["b.277", "duplicate_file"]]


def test_what_is_odd_is_an_issue_without_content() -> None:
    odd = [
        *("HL*4*3*PT", "STC*ZZ:1*PHINAME*WQ*ten"),
        *("HL*5*3*PT", "TRN*2*CLAIM-D"),
        *("HL*6*3*99", "STC**20261005", "XYZ*PHIID"),
    ]
    acks = quiet_277(statuses_277(*HEAD, *odd))
    assert acks.issues["problem"].tolist() == [
        *("claim_without_id", "bad_date", "bad_amount", "unknown_category"),
        *("claim_without_status", "unknown_level", "missing_category", "no_level"),
        "unknown_segment",
    ]
    assert "PHI" not in acks.issues.to_csv()
    assert shown(acks.statuses, "claim_id", "category", "category_meaning", "charge") == [
        [None, "ZZ", None, None]
    ]
    assert not acks.statuses[["accepted", "rejected"]].any(axis=None)


@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        (("SE*23*", "SE*21*"), "se_count"),
        (("*0001~GE", "*0002~GE"), "se_control"),
        (("GE*1*", "GE*2*"), "ge_count"),
        (("IEA*1*", "IEA*2*"), "iea_count"),
        (("SE*23*0001~", ""), "missing_se"),
        (("~GE*1*1~IEA*1*000000001~", "~"), "missing_ge"),
        (("DTP*472*D8*20260901~SE*23*0001~GE*1*1~IEA*1*000000001~", "DTP*47"), "truncated"),
        (("IEA", "STC*A2~IEA"), "stray_segment"),
    ],
)
def test_wrong_envelopes_are_issues_and_never_stop_the_reading(
    damage: tuple[str, str], problem: str
) -> None:
    text = statuses_277(*HEAD, *ACCEPTED).decode()
    assert damage[0] in text
    acks = quiet_277(text.replace(*damage).encode())
    assert acks.statuses["claim_id"].tolist() == ["CLAIM-A"]
    assert problem in acks.issues["problem"].tolist()


def test_categories_say_which_rejections_were_never_adjudicated() -> None:
    table = codes.load("claim_status_category").set_index("code")
    rejected = set(table.index[(table["is_rejection"] == "yes") & (table["deactivated_on"] == "")])
    assert rejected == {"A3", "A6", "A7", "A8"}
    assert table.loc["F2", "is_rejection"] == "no"


def test_other_kinds_are_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "a.277").write_bytes(statuses_277(*HEAD, *ACCEPTED))
    (tmp_path / "b.999").write_bytes(answers(*GOOD))
    (tmp_path / "c.835").write_bytes(b"ST*835*1~BPR*I*0~SE*3*1~")
    acks = quiet_277(tmp_path)
    assert len(acks.statuses) == 1
    assert acks.issues.loc[acks.issues["problem"] == "unreadable", "message"].tolist() == [
        "no 277 in this file (transaction sets found: 999); use read_999",
        "no 277 in this file (transaction sets found: 835); use read_835",
    ]
    with pytest.raises(X12Error, match=r"^a\.277: no 999 in this file .*; use read_277$"):
        read_999(tmp_path / "a.277")
    with pytest.raises(X12Error, match=r"^b\.999: no 277"):
        read_277(tmp_path, errors="raise")
    with pytest.raises(ValueError, match='errors must be "collect" or "raise"'):
        read_277(b"", errors="ignore")  # type: ignore[arg-type]


def test_a_277_beside_another_kind_is_read() -> None:
    both = envelope(
        "HN", "005010X214", transaction("999", *GOOD), transaction("277", *HEAD, *ACCEPTED)
    )
    acks = quiet_277(both.encode())
    assert acks.statuses["claim_id"].tolist() == ["CLAIM-A"]
    assert acks.issues["problem"].tolist() == ["other_set"]


# 999 and 997: one row per group, set and error

GOOD = ["AK1*HC*77*005010X222A1", "AK2*837*0021*005010X222A1", "IK5*A", "AK9*A*1*1*1"]
BAD = [
    *("AK1*HC*77", "AK2*837*0021", "IK3*CLM*22*2300*8", "CTX*CLM01:CLAIM-A"),
    *("CTX*SITUATIONAL TRIGGER*CLM*43", "IK4*5:3:1*1325*7*PHINAME", "IK5*R*5*I5"),
    *("AK2*837*0022", "IK5*E", "AK9*P*2*2*1*5"),
]


def answers(*segments: str, kind: str = "999") -> bytes:
    return envelope("FA", "005010X231A1", transaction(kind, *segments)).encode()


def test_an_accepted_file() -> None:
    found = read_999(answers(*GOOD))
    names = ["functional_id", "group_control", "version", "code", "accepted", "rejected"]
    assert shown(found.groups, *names) == [["HC", "77", "005010X222A1", "A", True, False]]
    names = ["set_type", "set_control", "code", "meaning", "accepted", "rejected"]
    assert shown(found.sets, *names) == [["837", "0021", "A", "Accepted", True, False]]
    assert found.errors.empty
    assert found.issues.empty


@pytest.mark.parametrize("kind", ["999", "997"])
def test_errors_by_place_code_and_claim(kind: str) -> None:
    letter = {"999": "I", "997": "A"}[kind]
    segments = [s.replace("IK", f"{letter}K") for s in BAD]
    found = read_999(answers(*segments, kind=kind))
    names = ["code", "accepted", "rejected", "sets_included", "sets_accepted", "error_meaning"]
    assert shown(found.groups, *names) == [
        ["P", False, False, 2.0, 1.0, "Set count in GE is wrong"]
    ]
    names = ["set_control", "code", "errors", "error_meaning", "accepted", "rejected"]
    assert shown(found.sets, *names) == [
        ["0021", "R", "5 I5", "Segments in error; Segments in error under the guide", False, True],
        ["0022", "E", None, None, True, False],
    ]
    names = ["set", "level", "segment_id", "segment_position", "loop", "element", "component"]
    assert shown(found.errors, *names, "code", "meaning", "claim_id", "contexts") == [
        [
            *(1, "segment", "CLM", 22.0, "2300", None, None),
            *("8", "Faulty elements in the segment", "CLAIM-A", 2),
        ],
        [
            *(1, "element", "CLM", 22.0, "2300", 5.0, 3.0),
            *("7", "Code is not in its list", "CLAIM-A", 0),
        ],
    ]
    assert found.issues.empty
    for table in (found.groups, found.sets, found.errors):
        assert "PHI" not in table.to_csv()


def test_a_group_answered_whole_needs_no_sets() -> None:
    found = read_999(answers("AK1*HC*77", "AK9*R*3*3*0*2"))
    assert shown(found.groups, "code", "rejected", "error_meaning") == [
        ["R", True, "Version of the group is not taken"]
    ]
    assert found.sets.empty


@pytest.mark.parametrize(
    ("segments", "problems"),
    [
        (["AK1*HC*1", "AK2*837*1", "IK5*A"], ["missing_ak9"]),
        (["AK1*HC*1", "AK2*837*1", "AK9*A*1*1*1"], ["missing_answer", "ak9_count"]),
        (["AK1*HC*1", "IK5*A", "AK9*A*1*1*1"], ["no_set"]),
        (["AK2*837*1", "IK5*A"], ["no_group"]),
        (["AK1*HC*1", "AK2*837*1", "IK5*A", "IK5*R", "AK9*A*1*1*1"], ["second_answer"]),
        (["AK1*HC*1", "AK2*837*1", "IK5*Q", "AK9*A*1*1*0"], ["unknown_answer"]),
        (["AK1*HC*1", "AK2*837*1", "IK5*A", "AK9*A*1*1*0"], ["ak9_count"]),
        (["AK1*HC*1", "AK2*837*1", "IK4*1**1", "IK5*R", "AK9*R*1*1*0"], ["no_segment"]),
        (["AK1*HC*1", "AK2*837*1", "IK3*CLM*x**99", "IK5*R", "AK9*R*1*1*0"], ["unknown_code"]),
        (["AK1*HC*1", "CTX*CLM01:A", "AK9*R*1*1*0"], ["stray_segment"]),
    ],
)
def test_odd_answers_are_issues(segments: list[str], problems: list[str]) -> None:
    found = quiet_999(answers(*segments))
    assert [p for p in found.issues["problem"] if p != "bad_number"] == problems


def test_text_where_a_code_belongs_is_left_out() -> None:
    found = quiet_999(
        answers("AK1*HC*1", "AK2*837*1", "IK3*PHINAME*1**PHINAME ANN", "IK5*R", "AK9*R*1*1*0")
    )
    assert shown(found.errors, "segment_id", "code") == [[None, None]]
    assert found.issues["problem"].tolist() == ["bad_code"]
    assert "PHI" not in found.issues.to_csv()


def test_every_code_of_the_answers_has_words() -> None:
    table = codes.load("acknowledgement_error")
    assert (table["key"] == table["level"] + " " + table["code"]).all()
    assert set(table["level"]) == {"group", "set", "segment", "element"}
    assert (table["meaning"] != "").all()


# Hostile input


@given(st.binary(max_size=200), st.integers(0, 900))
def test_damaged_bytes_never_raise_anything_but_x12error(noise: bytes, place: int) -> None:
    for data in (statuses_277(*HEAD, *ACCEPTED, *REJECTED), answers(*BAD)):
        for damaged in (data[:place] + noise + data[place:], data[:place] + noise):
            for read in (quiet_277, quiet_999):
                try:
                    issues = read(damaged).issues.to_csv()
                except X12Error as error:
                    issues = str(error)
                assert "PHINAME" not in issues
                assert "PHIID" not in issues


PARTS = [
    *HEAD,
    *ACCEPTED,
    *REJECTED,
    *BAD,
    *GOOD,
    "ST*277*1",
    "SE*1*1",
    "GS*HN",
    "HL",
    "STC",
    "AK9",
]


@given(st.lists(st.sampled_from(PARTS), max_size=25), st.sampled_from(["277", "999"]))
def test_segments_in_any_order_are_read_or_listed(segments: list[str], kind: str) -> None:
    data = envelope("HN", "005010X214", transaction(kind, *segments)).encode()
    read = quiet_277 if kind == "277" else quiet_999
    issues = read(data).issues.to_csv()
    assert "PHI" not in issues


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=8))
def test_every_cent_and_status_written_is_read(charges: list[int]) -> None:
    claims = [
        segment
        for number, charge in enumerate(charges)
        for segment in (
            f"HL*{number}**PT",
            f"TRN*2*A{number}",
            f"STC*A2:20*20261005**{charge / 100:.2f}",
        )
    ]
    statuses = read_277(statuses_277(*HEAD, *claims)).statuses
    assert cents(statuses["charge"]).tolist() == charges
    assert statuses["claim_id"].tolist() == [f"A{n}" for n in range(len(charges))]
