"""link_episodes: the life of a service, event by event."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from small_files import claim, interchange, line, remittance

from j2311_analytics import Assumptions, Claims, find_denials, link_episodes, read_835, read_claims

DENIED = ["CO*197*100"]
PAID = ["CO*45*36", "PR*2*14"]


def month(number: int, *segments: str, **head: str) -> str:
    return remittance(*segments, date=f"2026{number:02d}15", **head)


def denied(claim_id: str = "A", cas: list[str] = DENIED, **options: str) -> list[str]:
    return claim(claim_id, *line(cas=cas), **options)


def paid(claim_id: str = "A", **options: str) -> list[str]:
    return claim(claim_id, *line(cas=PAID, paid="50"), **{"paid": "50", **options})


def reversal_of_denial(claim_id: str = "A", cas: str = "CO*197*-100") -> list[str]:
    lines = line(charge="-100", cas=[cas])
    return claim(claim_id, *lines, status="22", charge="-100")


def reversal_of_payment(claim_id: str = "A") -> list[str]:
    lines = line(charge="-100", paid="-50", cas=["CO*45*-36", "PR*2*-14"])
    return claim(claim_id, *lines, status="22", charge="-100", paid="-50")


def export(*rows: dict[str, object]) -> Claims:
    base = {
        "Claim ID": "A",
        "Patient ID": "PHIID77",
        "CPT": "J2311",
        "Units": "380",
        "Charge": "100",
        "Date of Service": "2026-09-01",
        "Submitted Date": "2025-12-03",
        "Billing NPI": "1999999984",
    }
    return read_claims(pd.DataFrame([{**base, **row} for row in rows]))


def episodes(*sets: str, claims: Claims | None = None, **options: object) -> pd.DataFrame:
    return link_episodes(read_835(interchange(*sets)), claims, **options)  # type: ignore[arg-type]


def only(*sets: str, claims: Claims | None = None, **options: object) -> pd.Series:
    found = episodes(*sets, claims=claims, **options)
    assert len(found) == 1
    row = found.iloc[0]
    total = row["open_amount"] + row["written_off_amount"] + row["shifted_amount"]
    assert round(total, 2) == row["denied_amount"]
    return row


def test_a_paid_service_was_never_denied() -> None:
    row = only(month(1, *paid()))
    assert (row["state"], row["allowed"], row["paid"], row["patient_share"]) == ("paid", 64, 50, 14)
    assert row["denied_amount"] == 0
    assert pd.isna(row["first_denied_on"])


def test_a_service_left_to_the_deductible_is_paid() -> None:
    assert only(month(1, *claim("A", *line(cas=["PR*1*100"]))))["state"] == "paid"


def test_a_denial_in_force_is_open() -> None:
    row = only(month(1, *denied()))
    assert (row["state"], row["cause"], row["first_cause"]) == (
        "open",
        "prior_authorization",
        "prior_authorization",
    )
    assert (row["initial_denied_amount"], row["open_amount"], row["recovered_amount"]) == (
        100,
        100,
        0,
    )


def test_a_reversal_and_its_correction_recover_the_service() -> None:
    row = only(month(1, *denied()), month(3, *reversal_of_denial(), *paid()))
    assert (row["state"], row["recovered_amount"], row["recovered_paid"]) == ("recovered", 64, 50)
    assert (row["initial_denied_amount"], row["denied_amount"]) == (100, 0)
    assert (row["recovered_from"], row["resolved_on"]) == (
        "NORTH HEALTH",
        pd.Timestamp("2026-03-15"),
    )


def test_a_correction_before_its_reversal_in_the_same_payment_counts_the_same() -> None:
    row = only(month(1, *denied()), month(3, *paid(), *reversal_of_denial()))
    assert (row["state"], row["recovered_amount"]) == ("recovered", 64)


def test_a_later_decision_replaces_the_earlier_without_any_reversal() -> None:
    row = only(month(1, *denied()), month(3, *paid(number="ICN2")))
    assert (row["state"], row["recovered_amount"]) == ("recovered", 64)


def test_a_reversal_not_yet_corrected_leaves_nothing_in_force() -> None:
    row = only(month(1, *denied()), month(3, *reversal_of_denial()))
    assert (row["state"], row["denied_amount"], row["recovered_amount"]) == ("reversed", 0, 0)
    assert row["initial_denied_amount"] == 100


def test_a_second_denial_is_the_cause_and_the_first_stays_first() -> None:
    row = only(month(1, *denied()), month(3, *denied(cas=["CO*29*100"])))
    assert (row["first_cause"], row["cause"]) == ("prior_authorization", "timely_filing")
    assert (row["initial_denied_amount"], row["denied_amount"]) == (100, 100)


def test_an_upheld_appeal_keeps_the_cause_of_what_was_upheld() -> None:
    first, upheld = month(1, *denied()), month(3, *denied(cas=["CO*193*100"]))
    row = only(first, upheld)
    assert (row["state"], row["cause"], row["denied_amount"]) == (
        "open",
        "prior_authorization",
        100,
    )
    found = find_denials(read_835(interchange(first, upheld)))
    assert found["cause"].tolist() == ["prior_authorization", "appeal_outcome"]
    assert found["stands"].tolist() == [False, True]


def test_part_of_the_money_is_partly_recovered_and_open_for_the_rest() -> None:
    part = claim("A", *line(cas=["CO*45*6", "CO*151*40"], paid="54"), paid="54")
    row = only(month(1, *denied()), month(3, *part))
    assert (row["state"], row["open_amount"], row["recovered_amount"]) == (
        "partly_recovered",
        40,
        54,
    )


def test_what_a_first_partial_denial_paid_is_not_recovered() -> None:
    row = only(month(1, *claim("A", *line(cas=["CO*45*6", "CO*151*40"], paid="54"), paid="54")))
    assert (row["state"], row["recovered_amount"], row["first_allowed"]) == ("open", 0, 54)


def test_a_denial_later_left_to_the_deductible_is_recovered() -> None:
    row = only(month(1, *denied()), month(3, *claim("A", *line(cas=["CO*45*36", "PR*1*64"]))))
    assert (row["state"], row["recovered_amount"], row["recovered_paid"]) == ("recovered", 64, 0)


def test_non_coverage_the_patient_owes_is_patient_responsibility() -> None:
    row = only(month(1, *denied(cas=["PR*49*100"])))
    assert (row["state"], row["shifted_amount"], row["open_amount"]) == (
        "patient_responsibility",
        100,
        0,
    )
    assert only(month(1, *denied(cas=["PR*49*100"], filing="MC")))["state"] == "open"


def test_a_pended_line_is_pended() -> None:
    row = only(month(1, *denied(cas=["OA*133*100"])))
    assert (row["state"], row["denied_amount"]) == ("pended", 0)


def test_allowed_under_a_claim_level_denial_is_nothing() -> None:
    head = claim("A", "CAS*CO*197*50", *line(cas=PAID, paid="50"))
    row = only(month(1, *head))
    assert (row["state"], row["allowed"], row["denied_amount"]) == ("open", 0, 50)


def test_sequestration_is_added_back_to_the_contract_price_alone() -> None:
    row = only(
        month(1, *claim("A", *line(cas=["CO*45*36*", "CO*253*1", "PR*2*14"], paid="49"), paid="49"))
    )
    assert (row["allowed"], row["contract_allowed"]) == (63, 64)


def test_a_paid_service_taken_back_and_denied_is_a_denial_after_payment() -> None:
    sets = (month(1, *paid()), month(3, *reversal_of_payment(), *denied()))
    row = only(*sets)
    assert (row["state"], row["origin"], row["recovered_amount"]) == ("open", "post_payment", 0)
    assert row["first_denied_on"] == pd.Timestamp("2026-03-15")
    assert find_denials(read_835(interchange(*sets)))["origin"].tolist() == ["post_payment"]


def test_a_duplicate_denial_beside_a_payment_changes_nothing_and_is_shown_beside() -> None:
    sets = (month(1, *paid()), month(3, *denied(cas=["OA*18*100"], number="ICN2")))
    row = only(*sets)
    assert (row["state"], row["denied_amount"], row["duplicate_amount"]) == ("paid", 0, 100)
    found = find_denials(read_835(interchange(*sets)))
    assert found[["stands", "in_headline", "origin"]].values.tolist() == [[True, False, "initial"]]


def test_a_duplicate_denial_beside_a_denial_supersedes_nothing() -> None:
    row = only(month(1, *denied()), month(3, *denied(cas=["OA*18*100"], number="ICN2")))
    assert (row["cause"], row["denied_amount"], row["duplicate_amount"]) == (
        "prior_authorization",
        100,
        100,
    )


def test_an_orphan_duplicate_is_open_like_any_other() -> None:
    row = only(month(1, *denied(cas=["OA*18*100"])))
    assert (row["state"], row["cause"], row["open_amount"]) == ("open", "duplicate", 100)
    assert row["duplicate_amount"] == 0


def test_another_payers_payment_resolves_a_refusal() -> None:
    other = month(3, *paid(status="2"), payer="SOUTH PLAN", payer_id="SOUTH1")
    row = only(month(1, *denied()), other)
    assert (row["state"], row["payer_id"]) == ("recovered", "NORTH1")
    assert (row["recovered_from"], row["recovered_amount"], row["denied_amount"]) == (
        "SOUTH PLAN",
        64,
        0,
    )


def test_a_later_payers_refusal_changes_nothing_where_the_first_paid() -> None:
    other = month(3, *denied(status="2"), payer="SOUTH PLAN", payer_id="SOUTH1")
    row = only(month(1, *paid()), other)
    assert (row["state"], row["denied_amount"]) == ("paid", 0)
    found = find_denials(read_835(interchange(month(1, *paid()), other)))
    assert found["in_headline"].tolist() == [False]


def test_a_claim_sent_anew_that_names_the_old_one_is_the_same_service() -> None:
    renewed = paid("B")
    renewed.insert(2, "REF*F8*ICNA")
    row = only(month(1, *denied("A", member="PHIID1")), month(3, *renewed))
    assert (row["claim_id"], row["state"]) == ("A", "recovered")


def test_the_export_may_name_the_old_claim_instead() -> None:
    claims = export(
        {}, {"Claim ID": "B", "Original Ref No": "ICNA", "Submitted Date": "2026-10-02"}
    )
    row = only(month(1, *denied("A")), month(3, *paid("B", member="PHIID2")), claims=claims)
    assert (row["claim_id"], row["state"], row["submissions"]) == ("A", "recovered", 2)


def test_patient_date_drug_and_a_denied_predecessor_are_a_sure_link() -> None:
    assert only(month(1, *denied("A")), month(3, *paid("B")))["state"] == "recovered"


def test_without_a_denied_predecessor_it_is_another_service() -> None:
    assert len(episodes(month(1, *paid("A")), month(3, *paid("B")))) == 2


def test_another_patient_or_another_day_is_another_service() -> None:
    assert len(episodes(month(1, *denied("A")), month(3, *paid("B", member="PHIID9")))) == 2
    later = claim("B", *line(cas=PAID, paid="50", on="20260902"), paid="50")
    assert len(episodes(month(1, *denied("A")), month(3, *later))) == 2


def test_two_denied_predecessors_are_one_too_many_and_the_link_is_named_not_made() -> None:
    found = episodes(month(1, *denied("A"), *denied("B")), month(3, *paid("C")))
    assert found["claim_id"].tolist() == ["A", "B", "C"]
    links = found["finding"].str.extract(r"(link to .*?)(?:;|$)")[0]
    assert links.dropna().tolist() == [
        "link to an earlier claim not made: more than one denied predecessor fits"
    ]


def test_a_recoded_claim_of_the_same_drug_is_one_service_under_its_first_code() -> None:
    recoded = claim("B", *line("J2315", cas=PAID, paid="50"), paid="50")
    row = only(month(1, *denied("A", cas=["CO*181*100"])), month(3, *recoded))
    assert (row["hcpcs"], row["focus"], row["state"]) == ("J2311", True, "recovered")


def test_another_drug_on_the_same_day_is_another_service() -> None:
    other = claim("B", *line("J0570", cas=PAID, paid="50"), paid="50")
    assert len(episodes(month(1, *denied("A")), month(3, *other))) == 2


def test_two_lines_of_one_claim_are_two_services_each_with_its_own_life() -> None:
    first = claim("A", *line(cas=DENIED, control="1"), *line(cas=PAID, paid="50", control="2"))
    second = claim(
        "A", *line(cas=PAID, paid="50", control="2"), *line(cas=PAID, paid="50", control="1")
    )
    found = episodes(month(1, *first), month(3, *second)).set_index("line_control")
    assert found["state"].to_dict() == {"1": "recovered", "2": "paid"}


def test_a_claim_that_the_payer_split_is_not_a_later_decision_of_itself() -> None:
    part_1 = claim("A", *line(cas=DENIED, control="1"), number="ICN1")
    part_2 = claim("A", *line(cas=PAID, paid="50", control="2"), number="ICN2", paid="50")
    found = episodes(month(1, *part_1, *part_2)).set_index("line_control")
    assert found["state"].to_dict() == {"1": "open", "2": "paid"}


def test_a_write_off_is_capped_by_the_standing_denial_and_undone_by_payment() -> None:
    row = only(
        month(1, *denied()),
        claims=export({"Write Off Amount": "150", "Write Off Date": "2026-01-10"}),
    )
    assert (row["state"], row["written_off_amount"], row["open_amount"]) == ("written_off", 100, 0)
    part = claim("A", *line(cas=["CO*45*6", "CO*151*40"], paid="54"), paid="54")
    row = only(
        month(1, *denied()),
        month(3, *part),
        claims=export({"Write Off Amount": "100", "Write Off Date": "2026-02-10"}),
    )
    assert (row["state"], row["written_off_amount"], row["open_amount"]) == (
        "partly_recovered",
        0,
        40,
    )


def test_a_write_off_after_the_as_of_date_has_not_happened() -> None:
    claims = export({"Write Off Amount": "100", "Write Off Date": "2026-06-10"})
    early = only(
        month(1, *denied()), claims=claims, assumptions=Assumptions(as_of=date(2026, 5, 31))
    )
    assert early["state"] == "open"


def test_a_claim_without_lines_takes_the_exports_lines_at_their_charges() -> None:
    claims = export({"Charge": "60"}, {"CPT": "96372", "Charge": "40", "Units": "1"})
    found = episodes(month(10, *claim("A", "CAS*CO*29*100")), claims=claims).set_index("hcpcs")
    assert found["denied_amount"].to_dict() == {"J2311": 60, "96372": 40}
    assert found["focus"].to_dict() == {"J2311": True, "96372": False}


def test_a_denial_spreadsheet_alone_is_enough() -> None:
    claims = export(
        {"CARC": "CO-197", "Denied Amount": "100", "Paid": "0", "Remit Date": "2026-09-20"},
        {
            "Claim ID": "B",
            "Patient ID": "PHIID8",
            "Paid": "50",
            "Patient Resp": "14",
            "Remit Date": "2026-09-21",
        },
    )
    found = link_episodes(claims=claims).set_index("claim_id")
    assert found["state"].to_dict() == {"A": "open", "B": "paid"}
    assert found.loc["A", "cause"] == "prior_authorization"
    assert found.loc["B", "allowed"] == 64


def test_causes_changed_by_hand_are_kept() -> None:
    era = read_835(interchange(month(1, *denied())))
    changed = find_denials(era).assign(cause="referral")
    assert link_episodes(era, denials=changed)["cause"].tolist() == ["referral"]


STORY = [
    month(
        1, *denied("A"), *paid("B"), *denied("C", cas=["PR*49*100"], member="PHIID3"), trace="T1"
    ),
    month(3, *reversal_of_denial("A"), *paid("A"), trace="T2"),
    month(4, *reversal_of_payment("B"), *denied("B", cas=["CO*29*100"]), trace="T3"),
    month(5, *paid("D", member="PHIID4"), trace="T4"),
]


@pytest.mark.parametrize("order", [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1]])
def test_the_order_of_files_splitting_and_repeating_them_changes_nothing(
    order: list[int], tmp_path: Path
) -> None:
    whole = episodes(*STORY)
    for place, number in enumerate(order):
        (tmp_path / f"{place}.835").write_bytes(interchange(STORY[number]))
    (tmp_path / "again.835").write_bytes(interchange(STORY[0]))
    with pytest.warns(match="see the issues table"):
        era = read_835(tmp_path)
    found = link_episodes(era)
    keys = ["claim_id", "line_control"]
    columns = [name for name in whole.columns if name != "episode"]
    pd.testing.assert_frame_equal(
        found.sort_values(keys)[columns].reset_index(drop=True),
        whole.sort_values(keys)[columns].reset_index(drop=True),
    )


def test_standing_headline_denials_add_up_to_the_episodes() -> None:
    era = read_835(interchange(*STORY))
    found = find_denials(era)
    standing = found[found["stands"] & found["in_headline"]]["denied_amount"].sum()
    assert standing == link_episodes(era)["denied_amount"].sum() == 200


def test_a_duplicate_decided_in_the_payment_of_its_original_stands_beside_it() -> None:
    copy = denied("B", cas=["OA*18*100"], number="ICN9")
    row = only(month(1, *paid("A"), *copy))
    assert (row["state"], row["open_amount"], row["duplicate_amount"]) == ("paid", 0, 100)
    first = claim("A", *line(cas=PAID, paid="50", control="1"), paid="50")
    second = claim("A", *line(cas=["OA*18*100"], control="2"), number="ICN9")
    assert only(month(1, *first, *second))["duplicate_amount"] == 100


def test_an_orphan_duplicate_is_open_again_when_an_earlier_one_was_reversed() -> None:
    first = month(1, *denied(cas=["OA*18*100"]))
    undone = month(2, *reversal_of_denial(cas="OA*18*-100"))
    again = month(3, *denied(cas=["OA*18*100"], number="ICN9"))
    assert only(first, undone, again)["open_amount"] == 100


def test_a_reversal_takes_the_original_before_an_equal_duplicate() -> None:
    sets = [
        month(1, *denied(cas=["CO*197*100"])),
        month(2, *denied(cas=["OA*18*100"], number="ICN2")),
        month(3, *claim("A", *line(charge="-100", cas=["CO*197*-100"]), status="22",
                        charge="-100", number="ICN3")),
    ]  # fmt: skip
    row = only(*sets)
    assert (row["state"], row["open_amount"]) == ("reversed", 0)


def test_claims_without_an_id_are_told_apart_by_the_payers_own_number() -> None:
    for nameless in ("", "0"):
        found = episodes(month(1, *denied(nameless, number="I1"), *denied(nameless, number="I2")))
        assert found["denied_amount"].tolist() == [100, 100]


def test_another_payers_equal_control_number_is_another_claim() -> None:
    other = paid("B", member="PHIID2")
    other.insert(2, "REF*F8*7")
    found = episodes(
        month(1, *denied("A", number="7")), month(3, *other, payer="SOUTH", payer_id="SOUTH1")
    )
    assert found["state"].tolist() == ["open", "paid"]


def test_a_write_off_belongs_to_the_date_it_was_made_for() -> None:
    visits = [
        *claim("ACCT", *line(cas=DENIED, control="1"), number="I1"),
        *claim("ACCT", *line(cas=DENIED, control="1", on="20260929"), number="I2"),
    ]
    claims = export(
        {"Claim ID": "ACCT", "Line Control Number": "1"},
        {
            "Claim ID": "ACCT",
            "Line Control Number": "1",
            "Date of Service": "2026-09-29",
            "Write Off Amount": "100",
            "Write Off Date": "2026-10-12",
        },
    )
    found = episodes(month(10, *visits), claims=claims).set_index("service_from")["state"]
    assert found.tolist() == ["open", "written_off"]


def test_two_write_offs_of_one_service_add_up_and_repeated_rows_do_not() -> None:
    rows = [
        {"Write Off Amount": "60", "Write Off Date": "2026-01-10"},
        {"Write Off Amount": "60", "Write Off Date": "2026-01-10"},
        {"Write Off Amount": "30", "Write Off Date": "2026-01-11"},
    ]
    dated = [{**row, "Submitted Date": f"2025-12-0{n}"} for n, row in enumerate(rows, start=1)]
    row = only(month(1, *denied()), claims=export(*dated))
    assert (row["written_off_amount"], row["open_amount"]) == (90, 10)


def test_a_claim_without_lines_takes_the_lines_of_its_own_date() -> None:
    claims = export({}, {"Date of Service": "2026-09-29"})
    head = claim("A", "DTM*232*20260901", "CAS*CO*29*100")
    assert only(month(10, *head), claims=claims)["service_from"] == pd.Timestamp("2026-09-01")


def test_wastage_and_drug_lines_keep_their_lives_when_the_payer_changes_their_order() -> None:
    drug, waste = line(cas=DENIED), line("J2311:JW", charge="20", cas=["CO*45*10"], paid="10")
    first = claim("A", *drug, *waste, charge="120", paid="10")
    second = claim("A", *waste, *line(cas=PAID, paid="50"), charge="120", paid="60")
    found = episodes(month(1, *first), month(3, *second)).set_index("charge")
    assert found["state"].to_dict() == {100.0: "recovered", 20.0: "paid"}
    assert found.loc[100.0, "recovered_amount"] == 64


def test_money_that_a_denial_code_gives_back_is_no_denied_dollar() -> None:
    row = only(month(1, *claim("A", *line(cas=["CO*97*-20"], paid="120"), paid="120")))
    assert (row["state"], row["denied_amount"]) == ("paid", 0)
    row = only(month(1, *claim("A", *line(cas=["PR*204*120", "CO*197*-20"]))))
    assert (row["denied_amount"], row["shifted_amount"], row["open_amount"]) == (100, 100, 0)


def test_a_reversal_in_the_payment_of_its_original_undoes_it() -> None:
    assert only(month(1, *denied(), *reversal_of_denial()))["state"] == "reversed"
    assert only(month(1, *paid(), *reversal_of_payment()))["state"] == "reversed"


def test_an_undated_payment_is_never_the_latest() -> None:
    undated = remittance(*denied(), date="")
    assert only(undated, month(3, *paid()))["state"] == "recovered"


@pytest.mark.parametrize("order", [[0, 1], [1, 0]])
def test_decisions_of_one_day_are_ordered_by_their_payments_not_by_their_files(
    order: list[int],
) -> None:
    sets = [month(1, *denied(), trace="T1"), month(1, *paid(number="I2"), trace="T2")]
    row = only(*(sets[n] for n in order))
    assert (row["state"], row["recovered_amount"]) == ("recovered", 64)


def test_an_exports_denied_amount_counts_without_a_reason() -> None:
    decided = {"Denied Amount": "100", "Paid": "0", "Remit Date": "2026-09-20"}
    for row in (decided, {**decided, "CARC": "CO-45"}):
        found = link_episodes(claims=export(row)).iloc[0]
        assert (found["state"], found["open_amount"], found["cause"]) == (
            "open",
            100,
            "unknown_code",
        )


def two_lines(first: list[str], second: list[str], **options: str) -> list[str]:
    return claim("A", *first, *second, charge="200", **options)


def test_two_lines_of_one_decision_are_never_one_whatever_their_control_numbers() -> None:
    other = ["CO*16*100"]
    for controls in (("1", ""), ("1", "1"), ("", "")):
        lines = [line(cas=cas, control=c) for cas, c in zip((DENIED, other), controls, strict=True)]
        found = episodes(month(1, *two_lines(*lines)))
        assert found["denied_amount"].tolist() == [100, 100], controls


@pytest.mark.parametrize("before", [("1", "2"), ("", "")])
@pytest.mark.parametrize("after", [("1", "2"), ("", ""), ("11", "12")])
def test_equal_lines_pair_one_to_one_across_decisions(
    before: tuple[str, str], after: tuple[str, str]
) -> None:
    first = two_lines(*(line(cas=DENIED, control=c) for c in before))
    second = two_lines(*(line(cas=PAID, paid="50", control=c) for c in after), paid="100")
    found = episodes(month(1, *first), month(3, *second))
    assert found["state"].tolist() == ["recovered", "recovered"]
    assert found["recovered_amount"].tolist() == [64, 64]


def test_a_split_claim_without_control_numbers_is_told_by_the_payers_numbers() -> None:
    part_1 = claim("A", *line(cas=DENIED), number="N1")
    part_2 = claim("A", *line(cas=PAID, paid="50"), number="N2", paid="50")
    for parts in ((part_1, part_2), (part_2, part_1)):
        found = episodes(month(1, *parts[0], *parts[1]))
        assert sorted(found["state"]) == ["open", "paid"]


def test_drug_and_wastage_sent_anew_under_another_id_are_both_followed() -> None:
    drug, waste = (
        line("J2311:JZ", charge="80", cas=["CO*197*80"]),
        line("J2311:JW", charge="20", cas=["CO*197*20"]),
    )
    paid_drug = line("J2311:JZ", charge="80", cas=["CO*45*30"], paid="50")
    paid_waste = line("J2311:JW", charge="20", cas=["CO*45*10"], paid="10")
    found = episodes(
        month(1, *claim("A", *drug, *waste)),
        month(3, *claim("B", *paid_drug, *paid_waste, paid="60")),
    )
    assert found.set_index("charge")["recovered_amount"].to_dict() == {80.0: 50.0, 20.0: 10.0}


def test_a_claim_that_was_never_the_first_payers_belongs_to_the_next() -> None:
    forwarded = month(1, *claim("A", *line(cas=["OA*23*100"]), status="23"))
    row = only(forwarded, month(2, *denied(), payer="SOUTH", payer_id="SOUTH1"))
    assert (row["payer_id"], row["open_amount"]) == ("SOUTH1", 100)


def test_a_full_denial_with_a_patient_share_is_settled_by_another_payer() -> None:
    first = month(1, *claim("A", *line(cas=["CO*197*90", "PR*3*10"])))
    row = only(first, month(3, *paid(status="2"), payer="SOUTH", payer_id="SOUTH1"))
    assert (row["state"], row["open_amount"], row["allowed"]) == ("recovered", 0, 64)


def test_a_payment_undoes_the_write_off_even_when_it_was_taken_back() -> None:
    sets = [month(1, *denied()), month(3, *paid()), month(5, *reversal_of_payment(), *denied())]
    claims = export({"Write Off Amount": "100", "Write Off Date": "2026-02-10"})
    row = only(*sets, claims=claims)
    assert (row["state"], row["open_amount"]) == ("open", 100)


def test_a_duplicate_with_another_reason_beside_it_is_a_duplicate() -> None:
    mixed = denied(cas=["OA*18*60", "CO*16*40"], number="ICN2")
    row = only(month(1, *paid()), month(3, *mixed))
    assert (row["state"], row["duplicate_amount"]) == ("paid", 100)


def test_a_claim_level_denial_over_lines_that_already_show_it_is_taken_once() -> None:
    first = month(1, *claim("A", "CAS*CO*197*100", *line()))
    row = only(first)
    assert (row["denied_amount"], row["paid"]) == (100, 0)
    assert only(first, month(3, *paid()))["recovered_paid"] == 50


def test_a_line_without_a_date_has_that_of_its_other_decisions() -> None:
    undated = claim("A", "SVC*HC:J2311*100*50**380", "CAS*CO*45*36", "CAS*PR*2*14", paid="50")
    assert only(month(1, *denied()), month(3, *undated))["state"] == "recovered"
