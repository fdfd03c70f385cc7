"""The next step follows the verdict: over every verdict, cause and action that there is."""

from __future__ import annotations

import re

import pandas as pd
import pytest
from small_files import claim, interchange, line, remittance

from j2311_analytics import (
    Assumptions,
    codes,
    explain_denial,
    find_denials,
    link_episodes,
    read_835,
    value_denials,
    weigh_evidence,
)
from j2311_analytics.report.weighed import with_evidence
from j2311_analytics.tables import conform

CARC = codes.load("carc").query("kind == 'denial'")
VERDICTS = ["supports_appeal", "supports_correction", "payer_is_right", "needs_records",
            "no_claim_data", None]  # fmt: skip
NO_APPEAL = ("supports_correction", "payer_is_right")
# What is on its way is asked about; that tells nobody to appeal.
ASKED = re.compile(r"the appeal sent on [0-9-]{10}")
DATES = {
    "fresh": {"service_from": "2026-10-01", "denied_on": "2026-10-20"},
    "late": {"service_from": "2024-05-01", "denied_on": "2026-09-01"},
    "passed": {"service_from": "2024-05-01", "denied_on": "2024-09-01"},
}
APPEALED = {
    "never": {},
    "sent": {"appeal_sent_on": "2026-10-05"},
    "answered": {"appeal_sent_on": "2026-10-05", "appeal_decided_on": "2026-10-25",
                 "appeal_level": "1"},
}  # fmt: skip


@pytest.fixture(scope="module")
def valued() -> pd.DataFrame:
    """An open denial of each verdict × cause × kind of action × age × appeal."""
    kinds = CARC[["category", "recovery_action"]].drop_duplicates().values.tolist()
    kinds += [[cause, action] for cause, _ in kinds for action in ("wait",)]
    kinds = list(map(list, dict.fromkeys(map(tuple, kinds))))
    rows = [
        {"cause": cause, "action": action, "verdict": verdict, **dates, **appeal}
        for cause, action in kinds
        for verdict in VERDICTS
        for dates in DATES.values()
        for appeal in APPEALED.values()
    ]
    table = pd.DataFrame(rows).assign(
        episode=range(1, len(rows) + 1), payer="North", payer_id="N1", payer_class="commercial",
        hcpcs="J2315", focus=True, units=380.0, charge=1900.0, state="open", denied_amount=1900.0,
        open_amount=1900.0, submissions=1, rejections=0,
    )  # fmt: skip
    table["first_denied_on"] = table["last_activity_on"] = table["denied_on"]
    asked = table["action"].rename("asked")
    found = value_denials(conform(table, "episodes"), assumptions=Assumptions(focus=("J2315",)))
    return found.join(asked.set_axis(table["episode"]), on="episode")


def test_a_correction_or_a_payer_who_is_right_is_never_appealed(valued: pd.DataFrame) -> None:
    told = valued[valued["verdict"].isin(NO_APPEAL)]
    words = told["action"].str.replace(ASKED, "", regex=True)
    assert len(told) > 500
    assert not words.str.contains("appeal", case=False).any()
    assert not told["route"].isin(["appeal", "second appeal"]).any()


def test_where_records_decide_the_first_one_is_named(valued: pd.DataFrame) -> None:
    told = valued[(valued["verdict"] == "needs_records") & (valued["route"] != "appeal sent")]
    told = told[told["asked"] != "wait"]
    documents = codes.lookup("cause_work", "cause", "documents")
    first = told["cause"].map(documents).str.split(";").str[0]
    begins = "Get " + first.str[:1].str.lower() + first.str[1:] + " first, then "
    pairs = zip(told["action"], begins, strict=True)
    assert len(told) > 200
    assert all(step.startswith(words) for step, words in pairs)


def test_what_the_claim_supports_is_appealed_or_sent_to_who_is_asked_for(
    valued: pd.DataFrame,
) -> None:
    told = valued[valued["verdict"] == "supports_appeal"]
    asked = told["asked"].isin(["correct_and_resubmit", "investigate", "appeal_with_records"])
    routes = set(told.loc[asked, "route"])
    assert routes == {"appeal", "second appeal", "appeal sent"}


def test_a_payer_that_has_not_finished_is_waited_for(valued: pd.DataFrame) -> None:
    told = valued[(valued["asked"] == "wait") & (valued["route"] != "appeal sent")]
    assert told["action"].str.startswith("Wait for the payer's decision and send nothing").all()
    assert set(told["deadline_kind"]) == {"no window"}


@pytest.mark.parametrize("verdict", VERDICTS)
@pytest.mark.parametrize("cause", sorted(set(codes.load("cause")["cause"])))
def test_the_words_on_a_denial_follow_the_verdict_too(cause: str, verdict: str | None) -> None:
    told = explain_denial({"cause": cause, "carc": "16", "verdict": verdict})
    code = explain_denial({"cause": cause, "verdict": verdict, "finding": "the number is another"})
    if verdict in NO_APPEAL:
        assert "appeal" not in told + code
    if verdict == "needs_records":
        assert ": get the " in told or ": get " in told
        assert " first, then " in told
    # A code in doubt is never appealed as it is, whatever else is known.
    assert "appeal with" not in code
    assert "and appeal" not in code


def test_the_sheet_of_denials_shows_the_action_after_the_verdict() -> None:
    actions = sorted(set(CARC["recovery_action"]))
    for verdict in NO_APPEAL:
        denials = pd.DataFrame({"denial": range(len(actions)), "action": actions})
        evidence = pd.DataFrame({"denial": range(len(actions)), "verdict": verdict, "rule": "x",
                                 "facts": "y"})  # fmt: skip
        shown = with_evidence(denials, evidence)["action"]
        steps = shown.map(codes.lookup("action_step", "action", "next_step"))
        assert not shown.isin(["appeal_with_records", "send_records", "appeal_as_sent"]).any()
        assert not steps.str.contains("appeal", case=False).any()


@pytest.mark.parametrize("remark", ["N185", "N938"])
def test_a_remark_that_says_to_wait_sets_the_step(remark: str) -> None:
    era = read_835(
        interchange(remittance(*claim("A", *line("J2315", cas=["CO*50*100"], remarks=[remark]))))
    )
    denials = find_denials(era)
    evidence = weigh_evidence(denials, remittance=era)
    assert (denials["action"].tolist(), evidence["verdict"].tolist()) == (
        ["wait"],
        ["needs_records"],
    )
    row = value_denials(link_episodes(era, denials=denials, evidence=evidence)).iloc[0]
    assert row["action"].startswith("Wait for the payer's decision and send nothing")
    told = explain_denial(denials.merge(evidence, on="denial").iloc[0])
    assert told.endswith("wait for the payer's decision and send nothing.")
