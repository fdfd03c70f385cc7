"""balance: every check in exact cents, and no plug."""

from __future__ import annotations

from small_files import claim, interchange, line, remittance

from j2311_analytics import balance, payers, read_835
from j2311_analytics.matching.balance import failed_checks


def test_a_balanced_payment_has_no_difference_and_no_exception() -> None:
    plb = ["PLB*1999999984*20261231*WO:X*10"]
    lines = line(cas=["CO*45*20", "PR*2*16"], paid="64")
    era = read_835(interchange(remittance(*claim("A", *lines, paid="64"), paid="54", plb=plb)))
    checks = balance(era)
    assert checks["level"].tolist() == ["line", "claim", "transaction"]
    assert checks["difference_cents"].tolist() == [0, 0, 0]
    assert failed_checks(checks).empty


def test_each_level_is_checked_on_its_own() -> None:
    lines = line(cas=["CO*45*19.99"], paid="80")
    era = read_835(interchange(remittance(*claim("A", *lines, paid="80"), paid="80.02")))
    checks = balance(era).set_index("level")["difference_cents"]
    assert checks.to_dict() == {"line": -1, "claim": -1, "transaction": 2}
    failed = failed_checks(balance(era))
    assert failed["problem"].tolist() == [
        "unbalanced_line",
        "unbalanced_claim",
        "unbalanced_transaction",
    ]
    assert failed["message"].iloc[2] == "reported less expected is +0.02 dollars; kept as written"


def test_claim_level_and_line_level_adjustments_add_up_once() -> None:
    segments = claim("A", "CAS*CO*197*64", *line(cas=["CO*45*36"], paid="64"))
    assert (balance(read_835(interchange(remittance(*segments))))["difference_cents"] == 0).all()


def test_tenths_of_dollars_do_not_drift() -> None:
    lines = [segment for _ in range(3) for segment in line(charge="0.1", paid="0.1")]
    era = read_835(
        interchange(remittance(*claim("A", *lines, charge="0.3", paid="0.3"), paid="0.3"))
    )
    assert (balance(era)["difference_cents"] == 0).all()


def test_a_payer_is_its_id_under_its_most_recent_name() -> None:
    era = read_835(
        interchange(
            remittance(*claim("A"), payer="NORTH HLTH", date="20260901"),
            remittance(*claim("B"), payer="NORTH HEALTH PLAN", date="20261001"),
            remittance(*claim("C"), payer="NORTH HEALTH PLAN", payer_id="OTHER"),
        )
    )
    table = payers(era).set_index("payer_id")
    assert table.loc["NORTH1", "payer"] == "NORTH HEALTH PLAN"
    assert table.loc["NORTH1", "names"] == "NORTH HEALTH PLAN; NORTH HLTH"
    assert table["payments"].to_dict() == {"NORTH1": 2, "OTHER": 1}
