"""Each remittance line finds its claim line, or is listed with the reason."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from small_files import claim, interchange, line, remittance

from j2311_analytics import Matches, make_sample, match_claims, read_835, read_claims

Pair = tuple[str, int, int, int]


def matched(answers: list[list[str]], rows: list[dict[str, object]], **head: str) -> Matches:
    segments = [segment for answer in answers for segment in answer]
    era = read_835(interchange(remittance(*segments, **head)))  # type: ignore[arg-type]
    return match_claims(era, read_claims(pd.DataFrame(rows)))


def sent(claim_id: str, code: str = "J2311", **other: object) -> dict[str, object]:
    row = {"Claim ID": claim_id, "CPT": code, "Charge": "100", "DOS": "2026-09-01", "Units": "380"}
    return {**row, **other}


def ids(matches: Matches) -> list[str]:
    return matches.pairs["claim_id"].tolist()


@pytest.fixture(scope="module", params=[31, 32, 33, "committed"])
def hard_world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    if request.param == "committed":
        return Path(__file__).resolve().parents[2] / "data" / "sample"
    folder = tmp_path_factory.mktemp("hard") / "w"
    return make_sample(folder, claims=700, seed=request.param, hard=True)


def test_a_hard_world_is_matched_as_it_truly_is(hard_world: Path) -> None:
    era = read_835(hard_world / "835")
    matches = match_claims(era, read_claims(hard_world / "claims.csv"))
    found, true = found_pairs(era.claims, era, matches), true_pairs(hard_world)
    assert len(true) > 1500
    assert not found - true
    assert len(found & true) >= 0.995 * len(true)
    alone = pd.read_csv(hard_world / "truth" / "alone.csv")
    rows = matches.unmatched["claim_row"].dropna() + 1
    assert sorted(rows) == sorted(alone["export_row"].dropna().astype(int))
    left = matches.unmatched["side"] == "remittance"
    assert left.sum() == alone["line_position"].notna().sum()
    assert matches.unmatched["explanation"].notna().all()


def true_pairs(world: Path) -> set[Pair]:
    table = pd.read_csv(world / "truth" / "pairs.csv").fillna({"line_position": 0})
    names = ["file", "claim_position", "line_position", "export_row"]
    return {(f, int(c), int(n), int(row)) for f, c, n, row in table[names].itertuples(index=False)}


def found_pairs(heads: pd.DataFrame, era: object, matches: Matches) -> set[Pair]:
    payments, lines = era.payments, era.lines  # type: ignore[attr-defined]
    files = heads["transaction"].map(payments.set_index("transaction")["file"])
    place = heads.groupby(files).cumcount() + 1
    of_claim = dict(zip(heads["claim"], zip(files, place, strict=True), strict=True))
    numbers = (lines.groupby("claim").cumcount() + 1).set_axis(lines["line"])
    pairs = matches.pairs
    at = pairs["line"].map(numbers).fillna(0).astype(int)
    return {
        (*of_claim[number], int(position), int(row) + 1)
        for number, position, row in zip(pairs["claim"], at, pairs["claim_row"], strict=True)
    }


@pytest.mark.parametrize(
    "written", ["AB70023", "ab70023", "00AB70023", "AB0070023", "HX-AB70023", "01AB70023",
                "AB70023A", "AB70023-01"],
)  # fmt: skip
def test_an_altered_claim_id_is_known(written: str) -> None:
    assert ids(matched([claim(written, *line())], [sent("AB70023"), sent("AB70024")])) == [
        "AB70023"
    ]


def test_an_altered_id_needs_the_same_service() -> None:
    found = matched([claim("HX-AB70023", *line("96372"))], [sent("AB70023")])
    assert found.pairs.empty
    assert found.unmatched["reason"].tolist() == ["claim_not_sent", "not_answered"]


def test_two_ids_inside_one_are_not_guessed() -> None:
    rows = [sent("AB70023"), sent("AB700231")]
    found = matched([claim("AB700231X", *line())], rows)
    assert found.pairs.empty
    assert found.unmatched["reason"].tolist() == ["several_lines_fit", *["perhaps_answered"] * 2]


def test_the_line_control_number_of_a_merged_claim_leads_home() -> None:
    rows = [
        sent("A1", **{"Line Control": "A1L00001"}),
        sent("B7", "96372", **{"Line Control": "B7L00001"}),
    ]
    both = [*line(), *line("96372", control="B7L00001")]
    found = matched([claim("A1", *both, charge="200")], rows)
    assert ids(found) == ["A1", "B7"]


def test_a_short_line_control_number_says_nothing_without_its_claim() -> None:
    rows = [sent("A1", **{"Line Control": "1"})]
    assert matched([claim("ZZZZZZ", *line(control="1"))], rows).pairs.empty


def test_equal_lines_of_one_claim_go_in_order_and_one_of_two_is_not_guessed() -> None:
    rows = [sent("A1"), sent("A1")]
    both = matched([claim("A1", *line(), *line(), charge="200")], rows)
    assert both.pairs["claim_row"].tolist() == [0, 1]
    one = matched([claim("A1", *line())], rows)
    assert one.unmatched["reason"].tolist() == ["several_lines_fit", *["perhaps_answered"] * 2]


def test_a_split_claim_has_each_line_answered_by_its_part() -> None:
    rows = [sent("A1"), sent("A1", "96372")]
    parts = [claim("A1", *line(), number="X"), claim("A1", *line("96372"), number="Y")]
    assert matched(parts, rows).pairs["claim_row"].tolist() == [0, 1]


def test_the_sending_is_told_by_the_day_it_was_received() -> None:
    again = {"Submitted Date": "2026-09-20", "Frequency": "7"}
    rows = [sent("A1", **{"Submitted Date": "2026-09-02", "Frequency": "1"}), sent("A1", **again)]
    told = [*claim("A1")[:2], "DTM*050*20260921", *line()]
    found = matched([told], rows)
    assert found.pairs["claim_row"].tolist() == [1]
    assert found.unmatched["reason"].tolist() == ["other_sending_answered"]


def test_of_two_sendings_a_day_apart_the_frequency_tells() -> None:
    rows = [
        sent("A1", **{"Submitted Date": "2026-09-20", "Frequency": "1"}),
        sent("A1", **{"Submitted Date": "2026-09-21", "Frequency": "7"}),
    ]
    answer = [*claim("A1")[:2], "DTM*050*20260921", *line()]
    assert matched([answer], rows).pairs["claim_row"].tolist() == [0]


def test_a_sending_that_nothing_tells_is_not_guessed() -> None:
    rows = [sent("A1", **{"Submitted Date": day}) for day in ("2026-09-02", "2026-09-20")]
    found = matched([claim("A1", *line())], rows)
    assert found.pairs.empty
    assert found.unmatched["reason"].iloc[0] == "several_sendings_fit"


def test_a_payer_control_number_leads_to_a_claim_under_another_id() -> None:
    rows = [sent("NEW1", **{"Original Ref No": "ICN9"})]
    answer = claim("7777777", *line())
    answer.insert(2, "REF*F8*ICN9")
    assert ids(matched([answer], rows)) == ["NEW1"]


def test_an_earlier_visit_of_the_account_is_not_this_one() -> None:
    rows = [sent("ACC1", **{"Line Control": "1", "DOS": "2026-08-01"})]
    found = matched([claim("ACC1", *line(control="1"))], rows)
    assert found.unmatched["reason"].tolist() == ["line_not_sent", "not_answered"]


def test_a_claim_without_lines_answers_every_line_of_the_claim() -> None:
    rows = [sent("A1"), sent("A1", "96372")]
    assert matched([claim("A1", charge="200")], rows).pairs["claim_row"].tolist() == [0, 1]


def test_ids_of_zeros_name_no_claim() -> None:
    assert matched([claim("0", *line())], [sent("0")]).pairs.empty


@pytest.mark.parametrize("status", ["1", "2"])
def test_a_claim_sent_to_two_payers_is_answered_by_each_for_its_own(status: str) -> None:
    orders = {"Primary": "2026-09-02", "Secondary": "2026-09-20"}
    rows = [
        sent("C1", **{"Payer Sequence": order, "Submitted Date": on})
        for order, on in orders.items()
    ]
    # A late correction of the first payer comes after the claim went to the second.
    answer = claim("C1", *line(control="L1"), status=status)
    pairs = matched([answer], rows, date="2026-10-05".replace("-", "")).pairs
    assert pairs["claim_row"].tolist() == [int(status) - 1]
