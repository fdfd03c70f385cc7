"""The benchmarks' own arithmetic, and the page made from their results."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from PIL import Image

from benchmarks import denials, page
from benchmarks.adapters.amounts import cents, total
from benchmarks.comparison import CORE, tally
from benchmarks.make_file import write_file, write_folder
from benchmarks.ratios import Ratio, order, paired
from benchmarks.runs import megabytes_a_second, memory_per_input, speed
from benchmarks.tables import read
from j2311_analytics import balance, read_835


def run(pair: int, side: str, seconds: float, peak: float = 300) -> dict[str, object]:
    return {"pair": pair, "side": side, "seconds": seconds, "before_mb": 100, "peak_mb": peak,
            "bytes": 50_000_000}  # fmt: skip


def test_a_ratio_is_the_median_of_the_pairs_not_of_the_sides() -> None:
    # Medians of the sides would give 4 / 4 = 1.
    assert paired([1, 4, 20], [4, 2, 5]) == Ratio(2.0, 0.25, 4.0, 3)


def test_pairs_take_turns() -> None:
    assert [order(pair)[0] for pair in range(4)] == [0, 1, 0, 1]


@pytest.mark.parametrize(("a", "b"), [([], []), ([1.0], [1.0, 2.0]), ([1.0], [0.0])])
def test_pairs_that_are_none_are_refused(a: list[float], b: list[float]) -> None:
    with pytest.raises(ValueError, match=r"must be positive|at least one"):
        paired(a, b)


def test_speed_is_above_1_where_the_first_takes_less_time() -> None:
    rows = [run(1, "one", 2), run(1, "other", 6), run(2, "other", 4), run(2, "one", 2)]
    assert speed(rows) == Ratio(2.5, 2.0, 3.0, 2)
    assert megabytes_a_second(rows, "one") == [25, 25]


def test_memory_is_what_the_file_added() -> None:
    rows = [run(1, "one", 2, peak=250), run(1, "other", 6, peak=100)]
    assert memory_per_input(rows, "one") == [3.0]
    assert memory_per_input(rows, "other") == [0.0]


def test_a_file_is_right_only_if_every_figure_carried_is() -> None:
    truth = {name: {"claims": 2, "cas_cents": 500} for name in "abcd"}
    found = {
        "a": {"claims": 2, "cas_cents": 500},
        "b": {"claims": 2, "cas_cents": 499},
        "c": {"claims": 3, "cas_cents": 500},
        "d": None,
    }
    result = tally(found, truth)
    assert (result.right, result.core_right, result.wrong, result.refused) == (1, 2, 2, 1)
    assert result.carried == ("claims", "cas_cents")
    assert result.agreed == {"claims": 2, "cas_cents": 2}


def test_a_figure_not_carried_is_not_held_against_a_reader() -> None:
    truth = {"a": {"claims": 2, "lq_remarks": 7}}
    assert tally({"a": {"claims": 2}}, truth).right == 1
    assert "lq_remarks" not in tally({"a": {"claims": 2}}, truth).carried


def test_a_file_the_reader_never_named_counts_as_refused() -> None:
    assert tally({}, {"a": {"claims": 2}}).refused == 1
    with pytest.raises(ValueError, match="1 files are not in the truth table"):
        tally({"b": {"claims": 1}}, {"a": {"claims": 2}})


def test_amounts_of_every_type_become_whole_cents() -> None:
    values = [1.1, "1,250.00", Decimal("-0.05"), None, float("nan"), "250USD"]
    assert [cents(value) for value in values] == [110, 125_000, -5, 0, 0, 0]
    assert total([0.1] * 10) == 100


def test_a_made_file_balances_and_repeats_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("benchmarks.make_file.WORLDS", 1)
    monkeypatch.setattr("benchmarks.make_file.CLAIMS_PER_WORLD", 60)
    # Larger than its one world, so that claims come again.
    size = write_file(tmp_path / "made.835", 300_000, claims_per_set=100)
    assert size == (tmp_path / "made.835").stat().st_size
    era = read_835(tmp_path / "made.835")
    assert len(era.payments) > 1
    assert era.issues.empty
    assert (balance(era)["difference_cents"] == 0).all()
    ids = ["claim_id", "payer_control_number", "claim_status"]
    assert not era.claims.duplicated(ids).any()
    assert write_folder(tmp_path / "folder", 3, 4000) > 3 * 3000
    assert len(read_835(tmp_path / "folder").payments) == 3


def test_the_page_and_its_chart_are_of_these_results() -> None:
    assert page.text() == page.PAGE.read_text(encoding="utf-8"), "run python -m benchmarks.page"
    with Image.open(page.CHART) as chart:
        assert chart.info["Source"] == page.digest(), "run python -m benchmarks.page"


def test_every_reader_carries_claims_lines_and_their_money() -> None:
    carried = {(row["reader"], row["figure"]) for row in read("correctness_columns")
               if row["files_right"]}  # fmt: skip
    readers = [row["reader"] for row in read("correctness") if row["right"]]
    assert {(reader, figure) for reader in readers for figure in CORE} <= carried


def test_causes_are_timed_against_reading_and_weighed_against_the_tables() -> None:
    rows = [
        {"side": "one", "pair": "1", "processor_seconds": 6, "before_mb": 90, "peak_mb": 290,
         "frame_mb": 100},
        {"side": "other", "pair": "1", "processor_seconds": 3, "before_mb": 0, "peak_mb": 900,
         "frame_mb": 0},
    ]  # fmt: skip
    time, memory = denials.time_and_memory(rows)
    assert (time.median, memory.median) == (2.0, 2.0)
