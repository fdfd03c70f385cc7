"""Appeals: as the export notes them, and as a payer's answer tells."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
from small_files import claim, interchange, line, remittance

from j2311_analytics import (
    Assumptions,
    appeals_by,
    find_appeals,
    link_episodes,
    read_835,
    read_claims,
)

SAMPLE = Path(__file__).resolve().parents[2] / "data" / "sample"
ASSUMED = Assumptions(as_of=date(2026, 10, 31))


def test_every_appeal_in_the_export_is_found_once() -> None:
    era, export = read_835(SAMPLE / "835"), read_claims(SAMPLE / "claims.csv")
    found = find_appeals(era, export, assumptions=ASSUMED)
    noted = pd.read_csv(SAMPLE / "claims.csv", dtype="str").dropna(subset=["Appeal Date"])
    # Some lines of the export were never answered, and so have no service to appeal.
    assert 0.95 * len(noted) <= found["sent_on"].notna().sum() <= len(noted)
    assert found["outcome"].eq("waiting").sum() == noted["Appeal Outcome"].isna().sum()
    waits = found[found["outcome"] == "waiting"]
    assert ((pd.Timestamp("2026-10-31") - waits["sent_on"]).dt.days == waits["days"]).all()
    grouped = appeals_by(found)
    assert grouped["appeals"].sum() == len(found)
    episodes = link_episodes(era, export, assumptions=ASSUMED).set_index("episode")
    last = found.sort_values(["sent_on", "decided_on"]).groupby("episode")["outcome"].last()
    assert (episodes.loc[last.index, "appeal_outcome"] == last).all()


def test_nothing_after_the_as_of_date_is_known() -> None:
    early = Assumptions(as_of=date(2026, 3, 31))
    era, export = read_835(SAMPLE / "835"), read_claims(SAMPLE / "claims.csv")
    found = find_appeals(era, export, assumptions=early)
    assert found["sent_on"].max() <= pd.Timestamp("2026-03-31")
    assert not (found["decided_on"] > pd.Timestamp("2026-03-31")).any()
    undecided = found["decided_on"].isna()
    assert (found.loc[undecided, "outcome"] == "waiting").all()


def test_an_answer_that_only_upholds_tells_of_an_appeal() -> None:
    first = remittance(*claim("A", *line(cas=["CO*197*100"])), date="20260901")
    answer = remittance(*claim("A", *line(cas=["CO*193*100"])), date="20261005")
    found = find_appeals(read_835(interchange(first, answer)))
    assert found[["claim_id", "outcome", "cause"]].values.tolist() == [
        ["A", "upheld", "prior_authorization"]
    ]
    assert found["decided_on"].tolist() == [pd.Timestamp("2026-10-05")]
    assert found["sent_on"].isna().all()
    assert appeals_by(found)["level"].tolist() == ["not noted"]
