"""Claims rejected before any decision, joined to the claim sent in their place."""

from __future__ import annotations

import random
from datetime import date

import pandas as pd
import pytest
from small_files import claim, interchange, line, remittance

from j2311_analytics import (
    Assumptions,
    Claims,
    ClaimStatuses,
    Remittance,
    analyse_month,
    episode_timeline,
    link_episodes,
    read_277,
    read_835,
    read_claims,
)

SENT = {
    "Claim ID": "B",
    "Patient ID": "PHIID77",
    "Payer": "NORTH HEALTH",
    "Payer ID": "NORTH1",
    "CPT": "J2311",
    "Mod 1": "JZ",
    "Units": "380",
    "Charge": "100",
    "Date of Service": "2026-09-01",
    "Submitted Date": "2026-09-08",
    "Billing NPI": "1999999984",
    "Frequency": "1",
}
FIRST = SENT | {"Claim ID": "R", "Submitted Date": "2026-09-02"}


def sent(*rows: dict[str, str]) -> Claims:
    return read_claims(pd.DataFrame(list(rows)))


def statuses(*said: tuple[str, str, str], on: str = "20260901") -> ClaimStatuses:
    """Claim id, category and date of each status, about services of one day."""
    return read_277("".join(status(*one, on=on) for one in said).encode())


def status(claim_id: str, category: str, day: str, on: str = "20260901", by: str = "AY") -> str:
    about = f"DTP*472*D8*{on}~" if on else ""
    return (
        f"ST*277*1*005010X214~BHT*0085*08*1*{day}*1200*TH~HL*1**20*1~NM1*{by}*2*SENDER~"
        f"HL*2*1*PT~TRN*2*{claim_id}~STC*{category}:20*{day}~{about}SE*{9 if on else 8}*1~"
    )


def era(*sets: str) -> Remittance:
    return read_835(interchange(*sets))


def denied(claim_id: str = "B", *, on: str = "20260901", date: str = "20260920") -> str:
    return remittance(*claim(claim_id, *line(cas=["CO*197*100"], on=on)), date=date, trace=claim_id)


def paid(claim_id: str = "B", *, code: str = "J2311", date: str = "20261020") -> str:
    lines = line(code, cas=["CO*45*36", "PR*2*14"], paid="50")
    return remittance(*claim(claim_id, *lines, paid="50", number=f"P{claim_id}"), date=date,
                      paid="50", trace=f"P{claim_id}")  # fmt: skip


def not_made(found: pd.DataFrame) -> list[str]:
    """Links not made, without what speaks against the code billed."""
    words = "; ".join(found["finding"].dropna())
    return [one for one in words.split("; ") if one.startswith("link to an earlier claim")]


REJECTED = statuses(("R", "A7", "20260904"))
SHOWN = ["claim_id", "state", "rejections", "submissions", "first_submitted_on"]
ONE_LIFE = ["B", "open", 1, 2, pd.Timestamp("2026-09-02")]


def test_a_rejected_claim_joins_the_claim_that_was_sent_in_its_place() -> None:
    found = link_episodes(era(denied()), sent(FIRST, SENT), acknowledgements=REJECTED)
    assert found[SHOWN].values.tolist() == [ONE_LIFE]
    # A rejection is no denial, and the rejected sending refuses no money.
    assert found["denied_amount"].tolist() == [100]
    assert found["first_denied_on"].tolist() == [pd.Timestamp("2026-09-20")]


def test_its_timeline_begins_with_the_rejection() -> None:
    found = episode_timeline(1, era(denied(), paid()), sent(FIRST, SENT), acknowledgements=REJECTED)
    assert found["event"].tolist() == ["sent", "rejected", "sent again", "denied", "paid"]
    assert found["words"].iloc[0] == "claim R, $100.00 charged"
    alone = episode_timeline(1, era(denied()), sent(FIRST, SENT))
    assert alone["event"].tolist() == ["sent", "denied"]


def test_rejected_sent_again_denied_and_paid_is_one_episode_recovered() -> None:
    again = SENT | {"Claim ID": "C", "Submitted Date": "2026-10-05"}
    found = link_episodes(
        era(denied(), paid("C")), sent(FIRST, SENT, again), acknowledgements=REJECTED
    )
    assert found[SHOWN].values.tolist() == [["B", "recovered", 1, 3, pd.Timestamp("2026-09-02")]]
    assert found["recovered_amount"].tolist() == [64]


def test_rejected_sent_again_and_paid_was_never_denied() -> None:
    found = link_episodes(era(paid()), sent(FIRST, SENT), acknowledgements=REJECTED)
    assert found[["state", "rejections"]].values.tolist() == [["paid", 1]]
    assert found[["recovered_amount", "initial_denied_amount"]].sum().sum() == 0


def test_a_claim_sent_again_under_its_own_id_is_joined_by_it_as_ever() -> None:
    told = statuses(("B", "A7", "20260904"))
    rows = sent(SENT | {"Submitted Date": "2026-09-02"}, SENT)
    found = link_episodes(era(denied()), rows, acknowledgements=told)
    assert found[SHOWN].values.tolist() == [ONE_LIFE]


@pytest.mark.parametrize(
    "change",
    [
        {"CPT": "J2315"},
        {"Mod 1": ""},
        {"Units": "1"},
        {"Charge": "90"},
        {"Billing NPI": ""},
        {"Payer": "SOUTH", "Payer ID": "SOUTH1"},
    ],
)
def test_what_a_biller_corrects_does_not_part_the_claims(change: dict[str, str]) -> None:
    found = link_episodes(era(denied()), sent(FIRST | change, SENT), acknowledgements=REJECTED)
    assert found[["claim_id", "rejections"]].values.tolist() == [["B", 1]]
    assert not not_made(found)


@pytest.mark.parametrize(
    "change",
    [
        {"Patient ID": "PHIID78"},
        {"Date of Service": "2026-09-02"},
        {"CPT": "96372"},
        {"Billing NPI": "1234567893"},
        {"Submitted Date": "2026-09-12"},
    ],
)
def test_another_patient_day_drug_or_provider_or_a_later_sending_is_another_service(
    change: dict[str, str],
) -> None:
    told = statuses(("R", "A7", "20260904"), on="")
    if "Submitted Date" in change:
        told = statuses(("R", "A7", "20260914"))
    found = link_episodes(era(denied()), sent(FIRST | change, SENT), acknowledgements=told)
    assert found[["claim_id", "rejections", "submissions"]].values.tolist() == [["B", 0, 1]]
    assert not not_made(found)


SECOND = SENT | {"Claim ID": "C", "Submitted Date": "2026-09-09"}
NOT_MADE = "link to an earlier claim not made: rejected claim {}: {}"


def two_services() -> Remittance:
    """Two lines of one claim, or of two claims paid apart, are never one service."""
    return era(paid("B", date="20260920"), paid("C", date="20260921"))


def test_where_two_later_claims_fit_none_is_joined_and_both_are_named() -> None:
    found = link_episodes(two_services(), sent(FIRST, SENT, SECOND), acknowledgements=REJECTED)
    assert found[["claim_id", "rejections"]].values.tolist() == [["B", 0], ["C", 0]]
    words = NOT_MADE.format("R", "more than one later claim fits")
    assert not_made(found) == [words, words]


def test_where_one_of_two_agrees_in_everything_it_is_the_later_claim() -> None:
    other = SECOND | {"Charge": "90"}
    found = link_episodes(two_services(), sent(FIRST, SENT, other), acknowledgements=REJECTED)
    assert found[["claim_id", "rejections"]].values.tolist() == [["B", 1], ["C", 0]]


def test_of_two_rejected_claims_that_compete_none_is_joined() -> None:
    told = statuses(("R", "A7", "20260904"), ("Q", "A7", "20260905"))
    other = FIRST | {"Claim ID": "Q", "Submitted Date": "2026-09-03"}
    found = link_episodes(era(denied()), sent(FIRST, other, SENT), acknowledgements=told)
    assert found[["rejections", "submissions"]].values.tolist() == [[0, 1]]
    reason = "another rejected claim fits the same later claim"
    assert not_made(found) == [NOT_MADE.format(name, reason) for name in "QR"]


def test_claims_rejected_one_after_the_other_are_one_life() -> None:
    told = statuses(("R", "A7", "20260904"), ("Q", "A3", "20260906"))
    other = FIRST | {"Claim ID": "Q", "Submitted Date": "2026-09-05"}
    found = link_episodes(era(denied()), sent(FIRST, other, SENT), acknowledgements=told)
    assert found[["rejections", "submissions"]].values.tolist() == [[2, 3]]
    assert not not_made(found)


def test_lines_of_one_rejected_claim_go_to_their_own_lines() -> None:
    """A vial and its wastage are two lines of one day, and of one drug."""
    waste = {"Mod 1": "JW", "Units": "20", "Charge": "5"}
    both = claim(
        "B",
        *line(cas=["CO*197*100"], control="B1"),
        *line(cas=["CO*197*5"], units="20", charge="5", control="B2"),
        charge="105",
    )
    found = link_episodes(
        era(remittance(*both, date="20260920")),
        sent(FIRST | {"Line Control": "R1"}, FIRST | waste | {"Line Control": "R2"},
             SENT | {"Line Control": "B1"}, SENT | waste | {"Line Control": "B2"}),
        acknowledgements=REJECTED,
    )  # fmt: skip
    assert found[["charge", "rejections", "submissions"]].values.tolist() == [
        [100, 1, 2],
        [5, 1, 2],
    ]


def test_a_service_sent_before_the_rejection_and_not_refused_is_another_one() -> None:
    """A replacement of a claim that was paid is sent after the rejection of another."""
    earlier = SENT | {"Submitted Date": "2026-09-02"}
    again = SENT | {"Submitted Date": "2026-09-30", "Frequency": "7"}
    rows = sent(earlier, FIRST, again)
    found = link_episodes(era(paid(date="20260920")), rows, acknowledgements=REJECTED)
    assert found["rejections"].tolist() == [0]


def test_a_correction_rejected_after_a_denial_belongs_to_the_denied_service() -> None:
    correction = FIRST | {"Submitted Date": "2026-09-25"}
    last = SENT | {"Claim ID": "C", "Submitted Date": "2026-10-01"}
    told = statuses(("R", "A7", "20260927"))
    found = link_episodes(
        era(denied(), paid("C")), sent(SENT, correction, last), acknowledgements=told
    )
    assert found[["claim_id", "state", "rejections"]].values.tolist() == [["B", "recovered", 1]]


def test_a_claim_taken_in_after_its_rejection_waits_for_its_own_answer() -> None:
    told = statuses(("R", "A7", "20260904"), ("R", "A2", "20260906"))
    found = link_episodes(era(denied()), sent(FIRST, SENT), acknowledgements=told)
    assert (found["rejections"].tolist(), not_made(found)) == ([0], [])
    resent = FIRST | {"Submitted Date": "2026-09-06"}
    found = link_episodes(era(denied()), sent(FIRST, resent, SENT), acknowledgements=REJECTED)
    assert found["rejections"].tolist() == [0]


def test_an_acceptance_of_a_claim_rejected_in_the_end_proves_nothing() -> None:
    text = status("R", "A2", "20260903", by="PR") + status("R", "A3", "20260904", by="PR")
    found = link_episodes(
        era(denied()), sent(FIRST, SENT), acknowledgements=read_277(text.encode())
    )
    assert found["rejections"].tolist() == [1]
    assert found["accepted_on"].isna().all()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (
            {"Charge": "90", "Units": "1"},
            "a later claim of that day agrees with it in neither charge nor units",
        ),
        (
            {"Submitted Date": "2026-09-04"},
            "the claim that may replace it was sent on the day of the rejection",
        ),
    ],
)
def test_what_nearly_fits_is_named_and_not_joined(change: dict[str, str], reason: str) -> None:
    later = SENT | change
    found = link_episodes(era(denied()), sent(FIRST, later), acknowledgements=REJECTED)
    assert found["rejections"].tolist() == [0]
    assert not_made(found) == [NOT_MADE.format("R", reason)]


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        (None, "there is no claim export to find its patient in"),
        ([SENT], "the claim export does not hold it"),
        ([FIRST | {"Patient ID": ""}, SENT], "the claim export names no patient for it"),
    ],
)
def test_a_rejected_claim_without_a_patient_is_listed_with_the_reason(
    rows: list[dict[str, str]] | None, reason: str
) -> None:
    known = None if rows is None else sent(*rows)
    found = analyse_month(era(denied()), known, month="2026-09", acknowledgements=REJECTED)
    listed = found.exceptions[found.exceptions["source"] == "rejected claims"]
    assert listed["message"].tolist() == [
        f"claim R was rejected, and is joined to no later claim: {reason}"
    ]
    assert found.episodes["rejections"].tolist() == [0]


def test_a_rejected_claim_that_was_never_sent_again_is_no_exception() -> None:
    found = analyse_month(
        era(denied()),
        sent(FIRST | {"Date of Service": "2026-08-01"}, SENT),
        month="2026-09",
        acknowledgements=statuses(("R", "A7", "20260904"), on="20260801"),
    )
    assert "rejected claims" not in set(found.exceptions["source"])
    assert found.reconciliation.rejected["claim_id"].tolist() == ["R"]


def test_a_clean_claim_was_never_rejected_under_another_id_either() -> None:
    files = era(paid(date="20260920"))
    rows = sent(FIRST, SENT)
    one = analyse_month(files, rows, month="2026-09", acknowledgements=REJECTED)
    other = analyse_month(files, rows, month="2026-09")
    rates = [found.metrics["kpis"]["clean_claim_rate"] for found in (one, other)]
    assert rates == [0, 1]


@pytest.mark.parametrize("seed", range(8))
def test_order_repetition_and_delay_change_nothing(seed: int) -> None:
    """Statuses, export rows and payments in any order, twice, or some of them late."""
    draw = random.Random(seed)
    said = [
        status("R", "A7", "20260904"),
        status("Q", "A3", "20260906"),
        status("B", "A2", "20260909"),
    ]
    rows = [FIRST, FIRST | {"Claim ID": "Q", "Submitted Date": "2026-09-05"}, SENT,
            SENT | {"Claim ID": "C", "Submitted Date": "2026-10-05"}]  # fmt: skip
    sets = [denied(), paid("C")]
    whole = link_episodes(
        era(*sets), sent(*rows), acknowledgements=read_277("".join(said).encode())
    )
    for parts in (said, rows, sets):
        draw.shuffle(parts)
    told = read_277("".join([*said, draw.choice(said)]).encode())
    shuffled = link_episodes(era(*sets, draw.choice(sets)), sent(*rows), acknowledgements=told)
    names = [name for name in whole.columns if name not in ("rejections",)]
    pd.testing.assert_frame_equal(shuffled[names], whole[names])
    assert whole["rejections"].tolist() == [2]
    early = Assumptions(as_of=date(2026, 9, 30))
    known = link_episodes(era(*sets), sent(*rows), acknowledgements=told, assumptions=early)
    assert known[["state", "submissions"]].values.tolist() == [["open", 3]]
