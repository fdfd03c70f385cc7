"""CSV rows of unequal length and odd quotation marks: as one reads them by hand, and as fast."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from j2311_analytics.ingest import delimited
from j2311_analytics.ingest.delimited import open_delimited

HEADER = "Claim,CPT,Fee,DOS\n"
CELLS = st.sampled_from(["A", "", " ", "007", "5", 'a "b', "two\nlines", "x,y", '5" tube', "é"])


def written(row: list[str]) -> str:
    """A row as exports write it: quoted only where it has to be, an inch mark as it is."""
    return ",".join(
        '"' + cell.replace('"', '""') + '"' if "," in cell or "\n" in cell else cell for cell in row
    )


@given(st.lists(st.lists(CELLS, min_size=1, max_size=6), min_size=1, max_size=12))
def test_rows_of_any_length_are_read_as_by_hand(rows: list[list[str]]) -> None:
    body = "".join(written(row) + "\n" for row in rows)
    by_hand = [row for row in csv.reader(io.StringIO(body, newline="")) if row]
    torn = [n for n, row in enumerate(by_hand, 2) if any(cell.strip() for cell in row[4:])]
    whole = {n: [*row, "", "", ""][:4] for n, row in enumerate(by_hand, 2) if n not in torn}
    cells = open_delimited("a.csv", (HEADER + body).encode(), {}).load(range(4))
    assert list(cells.torn) == torn
    frame = cells.frame(2)
    assert frame.index.tolist() == list(whole)
    assert frame.values.tolist() == list(whole.values())


@pytest.mark.parametrize("content", ['A,J2311,5" tube,x\nB,J2311\nC,1,2,3,4\n', "A\nB,1\n"])
def test_uneven_rows_do_not_need_the_slow_reader(
    content: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(delimited, "_slow")
    data = (HEADER + content).encode()
    assert open_delimited("a.csv", data, {}).load([0]).frame(2)[0].tolist() == ["A", "B"]


def test_an_open_quotation_mark_in_the_last_row_is_refused() -> None:
    sheet = open_delimited("a.csv", (HEADER + 'A,J2311,5,x\nB,"J2311,5,x\n').encode(), {})
    with pytest.raises(ValueError, match=r"^a\.csv: a quotation mark is opened and never closed"):
        sheet.load([0])
