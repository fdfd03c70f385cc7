"""One schema for every table: types, exact cents, and frames with nothing in them."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from j2311_analytics.tables import (
    DTYPES,
    REMITTANCE_TABLES,
    TABLES,
    Column,
    cents,
    columns,
    conform,
    dollars,
    empty,
)


def amounts_of_fifteen_digits() -> st.SearchStrategy[Decimal]:
    """Amounts as a payer may write them: up to 15 digits, at most two after the point."""
    digits = st.integers(-(10**15) + 1, 10**15 - 1)
    return st.builds(lambda n, places: Decimal(n).scaleb(-places), digits, st.integers(0, 2))


@pytest.mark.parametrize("table", TABLES)
def test_every_column_is_declared_in_full(table: str) -> None:
    names = columns(table)
    assert len(set(names)) == len(names)
    for column in TABLES[table]:
        assert column.kind in DTYPES
        assert column.name.isidentifier()
        assert column.name == column.name.lower()
        assert column.meaning
        assert not column.meaning.endswith(".")
        assert column.unit == "dollars" or column.kind != "money"


@pytest.mark.parametrize("table", TABLES)
def test_empty_has_the_declared_columns_and_types(table: str) -> None:
    frame = empty(table)
    assert len(frame) == 0
    assert {name: str(kind) for name, kind in frame.dtypes.items()} == {
        c.name: DTYPES[c.kind] for c in TABLES[table]
    }


@pytest.mark.parametrize("table", TABLES)
def test_an_empty_frame_conforms_to_itself(table: str) -> None:
    pd.testing.assert_frame_equal(conform(empty(table), table), empty(table))


@pytest.mark.parametrize("table", TABLES)
def test_columns_that_are_absent_are_missing(table: str) -> None:
    needed = [c.name for c in TABLES[table] if c.kind in ("key", "count", "flag")]
    given_frame = pd.DataFrame({"other": ["x", "y"], **{name: [1, 0] for name in needed}})
    frame = conform(given_frame, table)
    assert list(frame.columns) == columns(table)
    assert frame.drop(columns=needed).isna().all(axis=None)
    assert {n: str(t) for n, t in frame.dtypes.items()} == {
        c.name: DTYPES[c.kind] for c in TABLES[table]
    }


def test_conform_gives_types_and_order_and_a_fresh_index() -> None:
    frame = conform(
        pd.DataFrame(
            {
                "rarc": ["M53", ""],
                "source": ["LQ", None],
                "line": [3.0, None],
                "claim": [1, 2],
                "segment": [9, 10],
            },
            index=[7, 7],
        ),
        "remarks",
    )
    assert list(frame.columns) == ["claim", "line", "segment", "source", "rarc"]
    assert list(frame.index) == [0, 1]
    assert frame["line"].tolist() == [3, pd.NA]
    assert frame["rarc"].isna().tolist() == [False, True]
    assert frame["source"].isna().tolist() == [False, True]


def test_conform_rounds_money_to_cents_and_has_no_negative_zero() -> None:
    frame = conform(
        pd.DataFrame(
            {"transaction": [1, 1, 1], "segment": [1, 2, 3], "amount": [0.1 + 0.2, -0.0, None]}
        ),
        "provider_adjustments",
    )
    assert frame["amount"].iloc[0] == 0.3
    assert str(frame["amount"].iloc[1]) == "0.0"
    assert pd.isna(frame["amount"].iloc[2])


def test_conform_reads_dates_and_keeps_missing_ones() -> None:
    frame = conform(
        pd.DataFrame(
            {"transaction": [1, 2], "segment": [1, 2], "payment_date": ["2026-10-31", None]}
        ),
        "payments",
    )
    assert frame["payment_date"].iloc[0] == pd.Timestamp(2026, 10, 31)
    assert frame["payment_date"].isna().tolist() == [False, True]
    assert str(frame["payment_date"].dtype) == "datetime64[us]"


def test_conform_leaves_its_input_alone() -> None:
    given_frame = pd.DataFrame({"claim": [1], "segment": [2], "rarc": [""]})
    kept = given_frame.copy()
    conform(given_frame, "remarks")
    pd.testing.assert_frame_equal(given_frame, kept)


def test_a_missing_key_column_is_named() -> None:
    with pytest.raises(ValueError, match=r"^lines needs a column 'line'; got \['claim'\]$"):
        conform(pd.DataFrame({"claim": [1]}), "lines")


def test_money_is_in_dollars_without_saying_so() -> None:
    assert Column("paid", "money", "Paid").unit == "dollars"
    assert Column("days", "count", "Days", "days").unit == "days"


def test_the_remittance_tables_exist() -> None:
    assert set(REMITTANCE_TABLES) <= set(TABLES)


def test_missing_amounts_count_as_no_cents() -> None:
    assert cents(pd.Series([None, np.nan, 1.0])).tolist() == [0, 0, 100]
    assert cents(pd.Series([], dtype="float64")).tolist() == []
    assert str(cents(pd.Series([1.0])).dtype) == "int64"


@given(st.lists(amounts_of_fifteen_digits(), max_size=20))
@example([Decimal("360287970189641"), Decimal("84437805271377.4"), Decimal("0.29")])
def test_cents_are_exact(amounts: list[Decimal]) -> None:
    shown = pd.Series([float(amount) for amount in amounts], dtype="float64")
    assert cents(shown).tolist() == [int(amount * 100) for amount in amounts]


@given(st.lists(st.integers(-(10**15) + 1, 10**15 - 1), max_size=20))
def test_dollars_and_cents_are_inverse(whole: list[int]) -> None:
    series = pd.Series(whole, dtype="int64")
    assert cents(dollars(series)).tolist() == whole
    assert dollars(series).tolist() == [float(Decimal(n) / 100) for n in whole]


@given(st.lists(amounts_of_fifteen_digits(), min_size=1, max_size=20))
@example([Decimal("360287970189641"), Decimal("84437805271377.4"), Decimal("0.29")])
def test_conform_changes_no_amount(amounts: list[Decimal]) -> None:
    shown = pd.Series([float(amount) for amount in amounts])
    frame = conform(
        pd.DataFrame({"transaction": 1, "segment": 1, "amount": shown}), "provider_adjustments"
    )
    assert frame["amount"].tolist() == [float(amount) for amount in amounts]
