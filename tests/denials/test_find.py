"""find_denials: given this remittance, expect these denials."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest
from small_files import claim, interchange, line, remittance

from j2311_analytics import Assumptions, codes, find_denials, read_835
from j2311_analytics.assumptions import CauseOverride

DEFAULT = Assumptions()
CARC = codes.load("carc")
REMARKS = codes.load("rarc")


def denials(*segments: str, assumptions: Assumptions = DEFAULT) -> pd.DataFrame:
    return find_denials(read_835(interchange(remittance(*segments))), assumptions=assumptions)


def one(*segments: str, assumptions: Assumptions = DEFAULT) -> pd.Series:
    found = denials(*segments, assumptions=assumptions)
    assert len(found) == 1
    return found.iloc[0]


@pytest.mark.parametrize(
    "code", list(CARC[CARC["kind"] == "denial"].itertuples()), ids=lambda c: c.code
)
def test_every_denial_code_alone_gives_its_own_cause(code) -> None:  # type: ignore[no-untyped-def]
    found = one(*claim("A", *line(cas=[f"CO*{code.code}*100"])))
    assert (found["cause"], found["denied_amount"]) == (code.category, 100)
    assert (found["preventable"], found["action"]) == (code.preventable, code.recovery_action)


@pytest.mark.parametrize("code", CARC[CARC["kind"] != "denial"]["code"])
def test_no_other_code_is_ever_a_denial(code: str) -> None:
    assert denials(*claim("A", *line(cas=[f"CO*{code}*100"]))).empty


DECIDING = REMARKS[
    (REMARKS["category"] != "") & ~REMARKS["action_flag"].str.split(";").map(lambda f: "alert" in f)
]


@pytest.mark.parametrize("code", CARC[CARC["notes"].str.contains("needs_rarc")
                                      & (CARC["kind"] == "denial")]["code"])  # fmt: skip
def test_every_code_that_needs_a_remark_takes_each_deciding_one(code: str) -> None:
    segments = [
        segment
        for number, rarc in enumerate(DECIDING["code"])
        for segment in claim(f"A{number}", *line(cas=[f"CO*{code}*100"], remarks=[rarc]))
    ]
    assert denials(*segments)["cause"].tolist() == DECIDING["category"].tolist()


def test_alerts_and_remarks_without_a_cause_never_decide() -> None:
    alert = REMARKS[REMARKS["action_flag"].str.contains("alert") & (REMARKS["category"] != "")]
    silent = REMARKS[REMARKS["category"] == ""]
    remarks = [alert["code"].iloc[0], silent["code"].iloc[0]]
    found = one(*claim("A", *line(cas=["CO*16*100"], remarks=remarks)))
    assert (found["cause"], found["cause_basis"]) == ("generic", "CO-16 without a deciding remark")
    assert pd.isna(found["rarc"])


def test_the_lines_remark_goes_before_the_claims() -> None:
    segments = claim("A", "MOA***M127", *line(cas=["CO*16*100"], remarks=["M53"]))
    found = one(*segments)
    assert (found["cause"], found["rarc"]) == ("units", "M53")
    assert found["cause_basis"] == "CO-16 with remark M53"
    assert one(*claim("A", "MOA***M127", *line(cas=["CO*16*100"])))["rarc"] == "M127"


def test_a_specific_code_keeps_its_cause_whatever_the_remark_says() -> None:
    assert one(*claim("A", *line(cas=["CO*197*100"], remarks=["M53"])))["cause"] == (
        "prior_authorization"
    )


def test_the_largest_triplet_decides_then_any_cause_before_generic_then_the_earlier() -> None:
    largest = one(*claim("A", *line(cas=["CO*197*40**29*60"])))
    assert (largest["cause"], largest["other_causes"]) == ("timely_filing", "prior_authorization")
    assert largest["denied_amount"] == 100
    assert one(*claim("A", *line(cas=["CO*16*50**197*50"])))["cause"] == "prior_authorization"
    assert one(*claim("A", *line(cas=["CO*29*50**197*50"])))["cause"] == "timely_filing"


def test_contract_patient_share_and_other_payers_are_never_denied_dollars() -> None:
    lines = line(cas=["CO*45*20**253*1", "PR*1*9", "OA*23*30", "CO*197*40"])
    assert one(*claim("A", *lines))["denied_amount"] == 40


def test_an_unknown_code_on_money_taken_is_a_denial_of_unknown_cause() -> None:
    found = one(*claim("A", *line(cas=["CO*Z99*100"])))
    assert (found["cause"], found["cause_basis"]) == ("unknown_code", "CO-Z99 is in no code table")
    assert denials(*claim("A", *line(cas=["CO*Z99*-100"]))).empty


def test_extent_is_partial_where_something_was_paid() -> None:
    assert one(*claim("A", *line(cas=["CO*151*40"], paid="60"), paid="60"))["extent"] == "partial"
    assert one(*claim("A", *line(cas=["CO*197*100"])))["extent"] == "full"


def test_zero_payment_and_status_4_alone_are_no_denials() -> None:
    assert denials(*claim("A", *line(cas=["PR*1*100"]))).empty
    assert denials(*claim("A", *line(cas=["CO*45*100"]), status="4")).empty


def test_a_claim_level_denial_is_spread_by_what_lines_show_as_paid() -> None:
    segments = claim(
        "A",
        "CAS*CO*197*100",
        *line(charge="90", cas=["CO*45*10"], paid="80"),
        *line("96372", charge="20", paid="20"),
        charge="110",
    )
    found = denials(*segments)
    assert found["denied_amount"].tolist() == [80, 20]
    assert found["extent"].tolist() == ["full", "full"]
    assert found["cause"].tolist() == ["prior_authorization"] * 2


def test_a_spread_keeps_every_cent() -> None:
    lines = [segment for _ in range(3) for segment in line(charge="33.34", paid="33.34")]
    found = denials(*claim("A", "CAS*CO*197*100.02", *lines, charge="100.02"))
    assert found["denied_amount"].tolist() == [33.34] * 3
    lines = [segment for _ in range(3) for segment in line(charge="1", paid="1")]
    found = denials(*claim("A", "CAS*CO*197*1", *lines, charge="3", paid="2"))
    assert sorted(found["denied_amount"]) == [0.33, 0.33, 0.34]


def test_a_claim_without_lines_is_one_denial_of_its_own() -> None:
    found = one(*claim("A", "CAS*CO*29*100"))
    assert found["denied_amount"] == 100
    assert pd.isna(found["line"])
    assert pd.isna(found["hcpcs"])
    assert not found["focus"]


def test_medicaid_patients_are_never_billed_and_curable_reasons_stay_open() -> None:
    def shifted(cas: str, filing: str = "12") -> float:
        return one(*claim("A", *line(cas=[cas]), filing=filing))["shifted_to_patient"]

    assert shifted("PR*49*100") == 100
    assert shifted("PR*204*100") == 100
    assert shifted("PR*35*100") == 100
    assert shifted("PR*49*100", filing="MC") == 0
    assert shifted("CO*49*100") == 0
    for curable in ("16", "22", "27", "31", "197", "252"):
        assert shifted(f"PR*{curable}*100") == 0


def test_a_deciding_remark_can_make_non_coverage_curable() -> None:
    found = one(*claim("A", *line(cas=["PR*96*100"], remarks=["M53"])))
    assert (found["cause"], found["shifted_to_patient"]) == ("units", 0)


def test_focus_codes_are_chosen_by_assumption_and_every_code_is_there() -> None:
    segments = claim("A", *line(cas=["CO*197*100"]), *line("J2315", cas=["CO*197*100"]))
    assert denials(*segments)["focus"].tolist() == [True, False]
    other = Assumptions(focus=("J2315",))
    assert denials(*segments, assumptions=other)["focus"].tolist() == [False, True]


def test_the_code_as_billed_counts_where_the_payer_changed_it() -> None:
    segments = claim("A", "SVC*HC:J2315*100*0**1*HC:J2311*380", "CAS*CO*197*100")
    found = one(*segments)
    assert (found["hcpcs"], found["units"]) == ("J2311", 380)


def test_nothing_after_the_as_of_date_is_used() -> None:
    early = remittance(*claim("A", *line(cas=["CO*197*100"])), date="20260930")
    late = remittance(*claim("B", *line(cas=["CO*197*100"])), date="20261001")
    era = read_835(interchange(early, late))
    found = find_denials(era, assumptions=Assumptions(as_of=date(2026, 9, 30)))
    assert found["claim_id"].tolist() == ["A"]
    assert len(find_denials(era)) == 2


def test_the_users_reading_of_a_code_wins_and_a_payers_own_before_a_general_one() -> None:
    rules = (
        CauseOverride(payer_id="NORTH1", carc="197", rarc="", cause="referral"),
        CauseOverride(payer_id="", carc="197", rarc="", cause="network"),
        CauseOverride(payer_id="", carc="16", rarc="MA13", cause="eligibility"),
    )
    chosen = Assumptions(cause_overrides=rules)
    found = one(*claim("A", *line(cas=["CO*197*100"])), assumptions=chosen)
    assert (found["cause"], found["cause_basis"]) == ("referral", "CO-197 by the user's causes.csv")
    remark = one(*claim("A", *line(cas=["CO*16*100"], remarks=["MA13"])), assumptions=chosen)
    assert remark["cause"] == "eligibility"


def test_every_denial_can_be_traced_to_its_segments() -> None:
    data = interchange(remittance(*claim("A", *line(cas=["CO*197*100"], control="L1"))))
    era = read_835(data)
    numbers = era.trace(find_denials(era).iloc[0])["segment"]
    ids = [data.decode().split("~")[number - 1].split("*")[0] for number in numbers]
    assert ids == ["SVC", "DTM", "CAS", "REF"]


def test_nothing_to_read_says_what_to_give() -> None:
    with pytest.raises(ValueError, match="give a remittance"):
        find_denials()


@pytest.mark.parametrize("code", ["35", "119", "149"])
def test_exhausted_benefits_are_the_patients(code: str) -> None:
    assert one(*claim("A", *line(cas=[f"PR*{code}*100"])))["shifted_to_patient"] == 100


def test_a_code_keeps_its_meaning_on_a_day_on_which_it_was_not_in_force() -> None:
    # 38 ended on 2013-01-01; M78 on 2006-05-18.
    found = one(*claim("A", *line(cas=["CO*38*100"])))
    assert found["cause"] == "network"
    assert found["cause_basis"] == "CO-38 alone, although the code had ended"
    found = one(*claim("A", *line(cas=["CO*16*100"], remarks=["M78"])))
    assert found["cause"] == "modifier"
    assert found["cause_basis"] == "CO-16 with remark M78, although the remark had ended"


def test_history_is_read_by_the_codes_of_its_day() -> None:
    old = remittance(*claim("A", *line(cas=["CO*38*100"], on="20121101")), date="20121201")
    found = find_denials(read_835(interchange(old))).iloc[0]
    assert (found["cause"], found["cause_basis"]) == ("network", "CO-38 alone")
    early = remittance(*claim("A", *line(cas=["CO*235*100"], on="20000101")), date="20000201")
    assert find_denials(read_835(interchange(early))).empty


def test_every_remark_of_the_line_and_its_claim_is_kept() -> None:
    found = one(*claim("A", "MOA***MA01*M53", *line(cas=["CO*197*100"], remarks=["N130", "M53"])))
    assert found["remarks"] == "N130 M53 MA01"
