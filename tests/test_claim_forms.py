"""The same claims as CSV, as a workbook and as 837 become the same canonical lines."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from j2311_analytics import Claims, match_claims, read_835, read_837, read_claims
from j2311_analytics.sample import make_sample
from j2311_analytics.tables import TABLES, conform

KEY = ["claim_id", "frequency", "submitted_date", "line_number"]
# What only the practice knows, and what only an 837 says.
NOT_SENT = {
    "financial_class", "written_off_amount", "written_off_on", "appeal_date", "appeal_level",
    "appeal_outcome", "appeal_decision_date",
}  # fmt: skip
ONLY_SENT = {"payer_sequence", "diagnosis_pointers", "sent_claim"}


@pytest.fixture(scope="module", params=[{"seed": 1}, {"seed": 58, "hard": True}], ids=str)
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_sample(tmp_path_factory.mktemp("forms") / "w", claims=500, **request.param)


def ordered(claims: Claims) -> pd.DataFrame:
    return claims.lines.sort_values(KEY).reset_index(drop=True)


def test_all_three_forms_give_the_lines_of_the_truth(world: Path) -> None:
    truth = pd.read_csv(world / "truth" / "claim_lines.csv", dtype="str")
    forms = {
        "csv": ordered(read_claims(world / "claims.csv")),
        "xlsx": ordered(read_claims(world / "claims.xlsx")),
        "837": ordered(read_837(world / "837")),
    }
    pd.testing.assert_frame_equal(forms["csv"], forms["xlsx"])
    fields = [name for name in truth.columns if name in forms["csv"]]
    assert len(fields) > 20
    for column in TABLES["claim_lines"]:
        if column.name in fields and column.kind in ("money", "number", "optional_key"):
            truth[column.name] = pd.to_numeric(truth[column.name])
        elif column.name in fields and column.kind == "date":
            truth[column.name] = pd.to_datetime(truth[column.name])
    expected = conform(truth[fields], "claim_lines").sort_values(KEY).reset_index(drop=True)
    tokens = ["member_token", "patient_token"]
    pd.testing.assert_frame_equal(expected[fields], forms["csv"][fields])
    sent = [name for name in fields if name not in NOT_SENT]
    pd.testing.assert_frame_equal(expected[sent], forms["837"][sent])
    pd.testing.assert_frame_equal(forms["csv"][tokens], forms["837"][tokens])
    for name in set(forms["csv"].columns) - set(fields) - set(tokens) - ONLY_SENT:
        assert forms["csv"][name].isna().all(), name
        assert forms["837"][name].isna().all(), name


def test_remittances_find_the_same_claim_lines_in_every_form(world: Path) -> None:
    era = read_835(world / "835")
    pairs = []
    for form in ("claims.csv", "837"):
        claims = read_claims(world / form)
        found = match_claims(era, claims).pairs
        lines = claims.lines.loc[found["claim_row"], KEY].reset_index(drop=True)
        shown = found[["claim", "line", "rule"]].reset_index(drop=True)
        pairs.append(shown.assign(**{name: lines[name] for name in KEY}))
    assert len(pairs[0]) > 1000
    pd.testing.assert_frame_equal(pairs[0], pairs[1])
