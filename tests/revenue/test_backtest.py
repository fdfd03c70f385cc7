"""backtest: past forecasts see nothing later; and the development triangle."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import chainladder
import numpy as np
import pandas as pd
import pytest

from j2311_analytics import (
    Assumptions,
    Claims,
    backtest,
    link_episodes,
    make_sample,
    read_835,
    read_claims,
    recovery_triangle,
)

AS_OF = Assumptions(as_of=date(2026, 10, 31))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("world") / "sample"
    return make_sample(folder, months=8, claims=240, seed=31, future=True)


def without_appeals(claims: Claims) -> Claims:
    """The sample's export records an appeal only once it is decided, under its old date."""
    names = ["appeal_date", "appeal_level", "appeal_outcome", "appeal_decision_date"]
    lines = claims.lines
    return replace(
        claims, lines=lines.assign(**{n: lines[n].mask(lines[n].notna()) for n in names})
    )


def test_a_forecast_cannot_see_the_future(world: Path) -> None:
    now = without_appeals(read_claims(world / "claims.csv"))
    known = backtest(read_835(world / "835"), now, months=1, assumptions=AS_OF)
    # The year that follows is in the same folder, some of it in files that sort first.
    whole = read_835([world / "future" / "835", world / "835"])
    later = without_appeals(read_claims(world / "future" / "claims.csv"))
    told = backtest(whole, later, months=1, assumptions=AS_OF)
    assert len(known.rows) > 10
    for name in ("rows", "cells", "calibration", "scores"):
        left, right = getattr(known, name), getattr(told, name)
        assert left.to_csv(index=False) == right.to_csv(index=False), name


def test_forecast_and_realised_add_up_and_realised_is_what_was_allowed_since(world: Path) -> None:
    era, claims = read_835(world / "835"), read_claims(world / "claims.csv")
    found = backtest(era, claims, months=2, assumptions=AS_OF)
    scores = found.scores.set_index("measure")["value"]
    rows = found.rows
    assert set(rows["month"]) == {"2026-08", "2026-09"}
    assert scores["realised"] == pytest.approx(rows["realised_amount"].sum())
    assert scores["forecast"] == pytest.approx(rows["recoverable_amount"].sum())
    assert 0 < scores["brier"] < 0.25
    assert scores["error"] < scores["error_folklore_rate"]
    assert found.calibration["episodes"].sum() == len(rows)
    now = link_episodes(era, claims, assumptions=AS_OF)
    keys = ["claim_id", "line_control", "hcpcs"]
    both = rows.merge(now[[*keys, "allowed"]], on=keys, suffixes=("", "_now"))
    assert len(both) == len(rows)
    gain = (both["allowed_now"] - both["allowed"]).clip(lower=0)
    assert (gain - both["realised_amount"]).abs().max() < 0.005


def test_months_must_be_positive() -> None:
    era = read_835(b"ST*835*1~BPR*I*0*C*************20261005~SE*3*1~")
    with pytest.raises(ValueError, match=r"^months must be 1 or more; got 0$"):
        backtest(era, months=0)


def test_the_triangle_is_that_of_chainladder(world: Path) -> None:
    episodes = link_episodes(
        read_835(world / "835"), read_claims(world / "claims.csv"), assumptions=AS_OF
    )
    found = recovery_triangle(episodes, assumptions=AS_OF)
    denied = episodes[episodes["first_denied_on"].notna()]
    rows = pd.DataFrame(
        {
            "first": denied["first_denied_on"],
            "came": denied["resolved_on"].fillna(denied["last_activity_on"]),
            "dollars": denied["recovered_amount"],
        }
    )
    # Its valuation date is the last date that it sees.
    last = pd.DataFrame({"first": [AS_OF.as_of], "came": [AS_OF.as_of], "dollars": [0.0]})
    rows = pd.concat([rows, last.astype(rows.dtypes)])
    triangle = chainladder.Triangle(
        rows, origin="first", development="came", columns=["dollars"], cumulative=False
    )
    assert len(found) > 6
    known = triangle.incr_to_cum().to_frame()
    assert known.index.tolist() == found.index.tolist()
    assert known.columns.tolist() == [age + 1 for age in found.columns]
    # It leaves what lies before the first dollar of a month empty.
    gap = np.abs(found.to_numpy() - known.fillna(0.0).to_numpy())
    assert np.nanmax(gap) < 1e-9
    increments = found.diff(axis=1).fillna(found[[0]])
    gap = np.abs(increments.to_numpy() - triangle.to_frame().fillna(0.0).to_numpy())
    assert np.nanmax(gap) < 1e-9


def test_the_triangle_is_what_adding_one_denial_at_a_time_gives(world: Path) -> None:
    episodes = link_episodes(
        read_835(world / "835"), read_claims(world / "claims.csv"), assumptions=AS_OF
    )
    found = recovery_triangle(episodes, assumptions=AS_OF)
    months = found.index
    for start in months:
        for age in found.columns:
            until = start + pd.DateOffset(months=age + 1)
            if until > pd.Timestamp("2026-11-01"):
                assert pd.isna(found.loc[start, age])
                continue
            total = 0.0
            for row in episodes.itertuples():
                first = row.first_denied_on
                if pd.isna(first) or first.to_period("M") != start.to_period("M"):
                    continue
                came_on = row.last_activity_on if pd.isna(row.resolved_on) else row.resolved_on
                total += row.recovered_amount if came_on < until else 0.0
            assert found.loc[start, age] == pytest.approx(total, abs=1e-9)
    assert found.to_numpy(na_value=0).max() > 0
