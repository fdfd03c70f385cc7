"""Places taken without a check lie inside what they are taken from, whatever the file."""

from __future__ import annotations

from random import Random
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from generated_835 import damaged, made_file

from j2311_analytics import read_835
from j2311_analytics.errors import X12Error
from j2311_analytics.ingest import columns

FILES = 120


class Checked:
    """Arrow's functions, with `take` looking at every place and every text first."""

    def __init__(self) -> None:
        self.takes = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(pc, name)

    def take(self, values: pa.Array, indices: pa.Array, **options: Any) -> pa.Array:
        self.takes += 1
        places = indices.drop_null().to_numpy()
        assert ((places >= 0) & (places < len(values))).all()
        if pa.types.is_large_string(values.type):
            assert values.offset == 0
            offsets = np.frombuffer(values.buffers()[1], np.int64)
            begins, ends = offsets[places], offsets[places + 1]
            content = values.buffers()[2]
            assert (begins <= ends).all()
            assert places.size == 0 or (begins.min() >= 0 and ends.max() <= content.size)
        return pc.take(values, indices, **options)


@pytest.mark.filterwarnings("ignore")
def test_damaged_files_are_read_inside_their_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    checked = Checked()
    monkeypatch.setattr(columns, "pc", checked)
    chance = Random(835)
    for _ in range(FILES):
        data = made_file(chance)
        for _ in range(chance.randrange(4)):
            data = damaged(data, chance)
        try:
            read_835(data)
        except X12Error:
            continue
    assert checked.takes > FILES
