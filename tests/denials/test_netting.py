"""Netting is invariant: however the same payments reach us, the episodes are the same."""

from __future__ import annotations

import random
import re
import warnings
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from j2311_analytics import (
    AnalyticsWarning,
    Assumptions,
    Claims,
    Remittance,
    link_episodes,
    make_sample,
    read_835,
    read_claims,
)

KEYS = ["claim_id", "line_control", "hcpcs", "service_from", "charge", "payer_id"]
ASSUMED = Assumptions(as_of=date(2026, 10, 31))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("world") / "sample"
    return make_sample(folder, claims=120, months=6, seed=77)


@pytest.fixture(scope="module")
def claims(world: Path) -> Claims:
    return read_claims(world / "claims.csv")


@pytest.fixture(scope="module")
def texts(world: Path) -> list[str]:
    """Each file as one text, without the line breaks that some payers write."""
    import gzip

    found = []
    for path in sorted((world / "835").iterdir()):
        data = path.read_bytes()
        text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode()
        found.append(text if text[105] in "\r\n" else text.replace("\r", "").replace("\n", ""))
    return found


def split_sets(text: str) -> list[str]:
    """A file as one file for each of its transaction sets."""
    element, end = text[3], text[105]
    first = text.index(f"ST{element}835")
    last = text.rindex(f"GE{element}")
    sets = re.split(f"(?=(?<={re.escape(end)})ST{re.escape(element)}835)", text[first:last])
    return [text[:first] + one + text[last:] for one in sets]


def read(texts: list[str]) -> Remittance:
    """Read texts as files in their order; what is odd, such as a repeated file, is no matter."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore", AnalyticsWarning)
        for number, text in enumerate(texts):
            (Path(folder) / f"{number:04d}.835").write_text(text, newline="")
        return read_835(folder)


def episodes(texts: list[str], claims: Claims | None) -> pd.DataFrame:
    found = link_episodes(read(texts), claims, assumptions=ASSUMED).drop(columns="episode")
    return found.sort_values([*KEYS, *found.columns.difference(KEYS)]).reset_index(drop=True)


@settings(
    max_examples=6,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(seed=st.integers(0, 2**16), export=st.booleans())
def test_order_splitting_and_repeating_files_change_nothing(
    seed: int, export: bool, texts: list[str], claims: Claims
) -> None:
    own = claims if export else None
    draw = random.Random(seed)
    parts = [one for text in texts for one in (split_sets(text) if draw.random() < 0.5 else [text])]
    parts += draw.sample(parts, 5)
    draw.shuffle(parts)
    pd.testing.assert_frame_equal(episodes(parts, own), episodes(texts, own))


def test_a_file_is_really_split(texts: list[str]) -> None:
    parts = [split_sets(text) for text in texts]
    assert max(map(len, parts)) > 1
    whole = read(texts)
    assert len(read([one for part in parts for one in part]).payments) == len(whole.payments)


@settings(max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(month=st.integers(2, 5))
def test_months_that_come_late_end_in_the_same_episodes(
    month: int, texts: list[str], claims: Claims
) -> None:
    """What was known early is what the same data tell as of that day."""
    day = date(2026, 4 + month, 30)
    early = Assumptions(as_of=day)
    dates = [re.search(r"\D(20\d{6})\D", text[text.index("BPR") :]) for text in texts]
    known = [text for text, found in zip(texts, dates, strict=True)
             if found and found[1] <= f"{day:%Y%m%d}"]  # fmt: skip
    columns = ["claim_id", "hcpcs", "state", "denied_amount", "open_amount", "recovered_amount"]
    one = link_episodes(read(known), claims, assumptions=early)[columns]
    other = link_episodes(read(texts), claims, assumptions=early)[columns]
    pd.testing.assert_frame_equal(
        one.sort_values(columns).reset_index(drop=True),
        other.sort_values(columns).reset_index(drop=True),
    )
    late = [text for text in texts if text not in known]
    pd.testing.assert_frame_equal(episodes([*late, *known], claims), episodes(texts, claims))
