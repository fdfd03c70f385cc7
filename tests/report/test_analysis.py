"""analyse_month: the figures of metrics.json, and months that make no sense."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from small_files import claim, interchange, line, remittance

from j2311_analytics import Remittance, analyse_month, read_835, read_claims

DENIED, PAID = ["CO*197*100"], ["CO*45*36", "PR*2*14"]


def two_months(code: str = "J2311") -> Remittance:
    september = claim("A", *line(code, cas=DENIED), member="PHIID1")
    october = [
        *claim("B", *line(code, cas=["CO*29*100"]), member="PHIID2"),
        *claim("C", *line(code, cas=PAID, paid="50"), paid="50", member="PHIID3"),
    ]
    return read_835(
        interchange(
            remittance(*september, date="20260920"),
            remittance(*october, date="20261020", paid="50"),
        )
    )


def test_metrics_have_the_shape_of_the_contract() -> None:
    metrics = analyse_month(two_months(), month="2026-10").metrics
    assert list(metrics) == [
        "month",
        "as_of",
        "focus",
        "codes_shown",
        "totals",
        "by_payer_and_cause",
        "this_month",
        "beside",
        "close",
        "changes",
        "verdicts",
        "last_month",
        "kpis",
        "reconciliation",
    ]
    assert list(metrics["totals"]) == [
        "lines",
        "charge",
        "denied_lines",
        "initial_denied_amount",
        "denied_amount",
        "denied_expected",
        "open_amount",
        "recovered_amount",
        "duplicate_amount",
        "recoverable_amount",
        "recoverable_low",
        "recoverable_high",
    ]
    assert list(metrics["by_payer_and_cause"][0]) == [
        "payer_id",
        "payer",
        "cause",
        "episodes",
        "denied_amount",
        "open_amount",
        "recoverable_amount",
        "recoverable_low",
        "recoverable_high",
    ]
    assert set(metrics["kpis"]) >= {
        "initial_denial_rate_lines",
        "initial_denial_rate_dollars",
        "primary_denial_rate",
        "first_pass_yield",
        "clean_claim_rate",
        "overturn_rate_lines",
        "overturn_rate_dollars",
        "denial_write_off_rate",
        "median_days_denial_to_appeal",
        "median_days_denial_to_resolution",
    }
    assert metrics["reconciliation"] == {
        "files": 1,
        "files_with_errors": 0,
        "unbalanced": 0,
        "unexplained_cents": 0,
    }
    assert json.loads(json.dumps(metrics, allow_nan=False)) == metrics


def test_totals_are_the_inventory_and_this_month_what_came_in() -> None:
    metrics = analyse_month(two_months(), month="2026-10").metrics
    assert (metrics["totals"]["lines"], metrics["totals"]["denied_amount"]) == (3, 200)
    assert (
        metrics["this_month"]["totals"]["lines"],
        metrics["this_month"]["totals"]["denied_amount"],
    ) == (1, 100)
    assert [row["cause"] for row in metrics["this_month"]["by_payer_and_cause"]] == [
        "timely_filing"
    ]


def test_a_month_is_cut_off_at_its_last_day() -> None:
    metrics = analyse_month(two_months(), month="2026-09").metrics
    assert (metrics["as_of"], metrics["totals"]["lines"]) == ("2026-09-30", 1)


def test_cells_add_up_to_the_totals() -> None:
    analysis = analyse_month(two_months(), month="2026-10")
    for name in ("denied_amount", "open_amount", "recoverable_amount"):
        assert round(analysis.by_cell[name].sum(), 2) == analysis.metrics["totals"][name]


def test_the_headline_is_one_sentence_of_the_totals() -> None:
    analysis = analyse_month(two_months(), month="2026-10")
    totals = analysis.metrics["totals"]
    assert analysis.headline.startswith(f"${totals['recoverable_amount']:,.0f} recoverable (")
    assert analysis.headline.endswith("expected value refused; billed $200.")


@pytest.mark.parametrize(
    ("month", "message"),
    [
        ("2026-13", 'the month must be written like "2026-10"'),
        ("October", 'the month must be written like "2026-10"'),
        ("2026-11", "the last payment in the data is dated 2026-10-20; choose --month 2026-10"),
        ("2026-08", "the first payment in the data is dated 2026-09-20; choose --month 2026-09"),
    ],
)
def test_a_month_that_makes_no_sense_says_which_does(month: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        analyse_month(two_months(), month=month)


def test_without_the_focus_the_drugs_family_is_shown_and_said() -> None:
    analysis = analyse_month(two_months("J2315"), month="2026-10")
    assert analysis.codes_shown == ("J2315",)
    assert (analysis.metrics["focus"], analysis.metrics["codes_shown"]) == (["J2311"], ["J2315"])
    assert analysis.note == "No line carries J2311; the drug's family is shown instead: J2315."
    assert analysis.metrics["totals"]["denied_amount"] == 200


def test_without_the_drug_at_all_the_report_is_empty_and_says_so() -> None:
    analysis = analyse_month(two_months("99213"), month="2026-10")
    assert analysis.note == "No line carries J2311, nor another code of the same drug."
    assert analysis.metrics["totals"]["denied_amount"] == 0
    assert analysis.by_cell.empty


def test_a_month_without_new_denials_says_so() -> None:
    quiet = remittance(
        *claim("D", *line(cas=PAID, paid="50"), paid="50"), date="20261120", paid="50"
    )
    denied = remittance(*claim("A", *line(cas=DENIED), member="PHIID1"), date="20261020")
    analysis = analyse_month(read_835(interchange(denied, quiet)), month="2026-11")
    assert analysis.note == "No J2311 line was first denied in 2026-11."


def test_unknown_codes_and_links_not_made_are_exceptions() -> None:
    sets = [
        remittance(
            *claim("A", *line(cas=["CO*Z99*100"])), *claim("B", *line(cas=DENIED)), date="20261001"
        ),
        remittance(*claim("C", *line(cas=PAID, paid="50"), paid="50"), date="20261020", paid="51"),
    ]
    found = analyse_month(read_835(interchange(*sets)), month="2026-10").exceptions
    assert found[["source", "problem"]].values.tolist() == [
        ["balance", "unbalanced_transaction"],
        ["codes", "unknown_code"],
        ["links", "link_not_made"],
    ]
    assert pd.isna(found["file"].iloc[2])


@pytest.mark.parametrize(
    "segments",
    [[], ["CLP*A*1*9*0"], ["CLP*A*1*9*0", "SVC*HC:J2311*9*0"], ["CLP*A*22*-9*0"]],
    ids=["no claim", "no line", "no adjustment", "only a reversal"],
)
@pytest.mark.parametrize("with_export", [False, True])
def test_the_emptiest_remittances_are_analysed(segments: list[str], with_export: bool) -> None:
    export = None
    if with_export:
        row = {"Claim ID": ["X"], "CPT": ["J2311"], "Charge": ["9"], "DOS": ["2026-09-01"]}
        export = read_claims(pd.DataFrame(row))
    analysis = analyse_month(read_835(interchange(remittance(*segments))), export, month="2026-10")
    assert len(analysis.episodes) == (1 if segments else 0)
    assert analysis.metrics["totals"]["denied_amount"] == 0


def test_the_other_codes_of_the_drug_are_shown_beside_the_focus() -> None:
    segments = [
        *claim("A", *line(cas=DENIED), member="PHIID1"),
        *claim("B", *line("J2315", cas=PAID, paid="50"), paid="50", member="PHIID2"),
        *claim("C", *line("99213", cas=PAID, paid="50"), paid="50", member="PHIID3"),
    ]
    found = analyse_month(read_835(interchange(remittance(*segments, paid="100"))), month="2026-10")
    table = found.family[["hcpcs", "focus", "services", "denied_amount"]]
    assert table.values.tolist() == [["J2311", True, 1, 100.0], ["J2315", False, 1, 0.0]]
    assert found.family["description"].str.contains("Naloxone|Naltrexone").all()


def test_what_stands_beside_the_headline_is_totalled_apart() -> None:
    segments = [
        *claim("A", *line(cas=PAID, paid="50"), paid="50", member="PHIID1"),
        *claim("A", *line(cas=["OA*18*100"]), member="PHIID1", number="ICN2"),
        *claim("B", *line(cas=["CO*45*100"]), member="PHIID2"),
        *claim("C", *line(cas=["CO*59*100"]), member="PHIID3"),
        *claim("D", *line(cas=["CO*45*36", "CO*253*64"]), member="PHIID4"),
    ]
    plb = ["PLB*1999999984*20261231*WO:ICN9*30*72:ICN9*-10*L6*-2"]
    era = read_835(interchange(remittance(*segments, paid="32", plb=plb)))
    metrics = analyse_month(era, month="2026-10").metrics
    assert metrics["beside"] == {
        "duplicate_amount": 100.0,
        "secondary_amount": 0.0,
        "suspected_amount": 200.0,
        "takeback_amount": 20.0,
    }
    assert metrics["totals"]["denied_amount"] == 0


@pytest.mark.parametrize("name", ["NORTH HEALTH", ""])
def test_a_payer_without_an_id_keeps_its_recoverable_dollars(name: str) -> None:
    text = remittance(*claim("A", *line(cas=DENIED)))
    text = text.replace("*1555555555", "").replace("N1*PR*NORTH HEALTH*XV*NORTH1", f"N1*PR*{name}")
    analysis = analyse_month(read_835(interchange(text)), month="2026-10")
    total = analysis.metrics["totals"]["recoverable_amount"]
    assert total > 0
    assert analysis.by_cell["recoverable_amount"].sum() == total
    assert analysis.metrics["by_payer_and_cause"][0]["payer_id"] == ""


def test_an_undated_payment_is_an_exception() -> None:
    sets = [remittance(*claim("A", *line(cas=DENIED)), date=""), remittance(*claim("B"))]
    found = analyse_month(read_835(interchange(*sets)), month="2026-10").exceptions
    assert "undated_payment" in set(found["problem"])
