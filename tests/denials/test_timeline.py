"""Events of one episode; acknowledgements and takebacks in the life of a service."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from small_files import claim, interchange, line, remittance

from j2311_analytics import (
    Assumptions,
    ClaimStatuses,
    Remittance,
    episode_timeline,
    link_episodes,
    plot_timeline,
    read_277,
    read_835,
    read_claims,
)

DENIED, PAID = ["CO*197*100"], ["CO*45*36", "PR*2*14"]


def denied(claim_id: str = "A", cas: list[str] = DENIED, **options: str) -> list[str]:
    return claim(claim_id, *line(cas=cas), **options)


def paid(claim_id: str = "A", **options: str) -> list[str]:
    return claim(claim_id, *line(cas=PAID, paid="50"), **{"paid": "50", **options})


def era(*sets: str) -> Remittance:
    return read_835(interchange(*sets))


def statuses(*claims: tuple[str, str, str, str]) -> ClaimStatuses:
    """Claim id, source, category, date of each status."""
    sets = [
        f"ST*277*{n}*005010X214~BHT*0085*08*{n}*{on}*1200*TH~HL*1**20*1~NM1*{source}*2*SENDER~"
        f"HL*2*1*PT~TRN*2*{claim_id}~STC*{category}:20*{on}~DTP*472*D8*20260901~SE*9*{n}~"
        for n, (claim_id, source, category, on) in enumerate(claims, start=1)
    ]
    return read_277("".join(sets).encode())


FIRST = remittance(*denied(), date="20260915", trace="T1")
LAST = remittance(*paid(number="ICN2"), date="20261115", trace="T2")


def test_the_payers_acceptance_and_every_rejection_enter_the_life() -> None:
    told = statuses(
        ("A", "AY", "A7", "20260902"),
        ("A", "AY", "A2", "20260903"),
        ("A", "PR", "A3", "20260904"),
        ("A", "PR", "A2", "20260906"),
        ("A", "PR", "A2", "20260907"),
        ("B", "PR", "A3", "20260907"),
    )
    row = link_episodes(era(FIRST), acknowledgements=told).iloc[0]
    assert (row["rejections"], row["accepted_on"]) == (2, pd.Timestamp("2026-09-06"))
    assert (row["state"], row["open_amount"]) == ("open", 100)
    early = Assumptions(as_of=date(2026, 9, 30))
    late = statuses(("A", "PR", "A2", "20261001"))
    row = link_episodes(era(FIRST), acknowledgements=late, assumptions=early).iloc[0]
    assert pd.isna(row["accepted_on"])


def test_a_status_of_another_date_is_of_another_visit() -> None:
    visits = [
        *denied("ACCT", number="I1"),
        *claim("ACCT", *line(cas=DENIED, on="20260929"), number="I2"),
    ]
    told = statuses(("ACCT", "PR", "A2", "20260905"))
    found = link_episodes(era(remittance(*visits, date="20261010")), acknowledgements=told)
    assert found.set_index("service_from")["accepted_on"].notna().tolist() == [True, False]


def test_without_acknowledgements_nothing_was_rejected() -> None:
    row = link_episodes(era(FIRST)).iloc[0]
    assert (row["rejections"], pd.isna(row["accepted_on"])) == (0, True)


def test_a_claim_that_was_only_rejected_has_no_episode() -> None:
    told = statuses(("Z", "AY", "A7", "20260902"))
    assert link_episodes(era(FIRST), acknowledgements=told)["claim_id"].tolist() == ["A"]


def test_a_takeback_alone_changes_no_state_and_is_shown_with_its_claim() -> None:
    taken = remittance(
        *paid("C", member="PHIID3"), date="20261015", plb=["PLB*1999999984*20261231*WO:ICNA*50"]
    )
    found = link_episodes(era(remittance(*paid(), date="20260915"), taken)).set_index("claim_id")
    assert found["takeback_amount"].to_dict() == {"A": 50, "C": 0}
    assert found["state"].to_dict() == {"A": "paid", "C": "paid"}


@pytest.mark.parametrize(
    ("plb", "amount"),
    [
        ("WO:A*50", 50),
        ("WO:ICNA*50*72:ICNA*-50", 0),
        ("FB:ICNA*-50", 0),
        ("WO:OTHER*50", 0),
        ("L6:ICNA*-5", 0),
    ],
)
def test_what_is_carried_forward_or_names_another_claim_is_not_taken_back(
    plb: str, amount: float
) -> None:
    head = remittance(*paid(), date="20260915", plb=[f"PLB*1999999984*20261231*{plb}"])
    assert link_episodes(era(head))["takeback_amount"].tolist() == [amount]


def test_a_takeback_of_two_lines_is_shared_by_what_they_were_paid() -> None:
    lines = [*line(paid="30", cas=["CO*45*70"]), *line("96372", paid="10", cas=["CO*45*90"])]
    head = claim("A", *lines, charge="200", paid="40")
    found = link_episodes(era(remittance(*head, plb=["PLB*1*20261231*WO:ICNA*20"])))
    assert found.set_index("hcpcs")["takeback_amount"].to_dict() == {"J2311": 15, "96372": 5}


def test_another_payers_equal_number_is_not_its_takeback() -> None:
    other = remittance(payer_id="SOUTH1", payer="SOUTH", plb=["PLB*1*20261231*WO:ICNA*20"])
    assert link_episodes(era(FIRST, other))["takeback_amount"].tolist() == [0]


def test_a_void_leaves_the_service_reversed() -> None:
    void = claim("A", *line(charge="-100", paid="-50", cas=["CO*45*-36", "PR*2*-14"]),
                 status="22", charge="-100", paid="-50", number="ICN8")  # fmt: skip
    void.insert(2, "REF*F8*ICNA")
    found = link_episodes(era(remittance(*paid(), date="20260915"), remittance(*void)))
    assert found[["state", "allowed"]].values.tolist() == [["reversed", 0]]


EXPORT = read_claims(
    pd.DataFrame(
        {
            "Claim ID": ["A", "A"],
            "Patient ID": ["PHIID77", "PHIID77"],
            "CPT": ["J2311", "J2311"],
            "Charge": ["100", "100"],
            "Date of Service": ["2026-09-01", "2026-09-01"],
            "Submitted Date": ["2026-09-02", "2026-10-01"],
            "Frequency": ["1", "7"],
            "Appeal Date": ["", "2026-10-02"],
            "Appeal Level": ["", "1"],
            "Appeal Outcome": ["", "Overturned"],
            "Appeal Decision Date": ["", "2026-11-15"],
        }
    )
)


def test_every_event_is_listed_in_order_with_its_place() -> None:
    told = statuses(("A", "AY", "A7", "20260902"), ("A", "PR", "A2", "20260904"))
    plb = remittance(date="20261120", trace="T3", plb=["PLB*1*20261231*WO:ICN2*7.5"])
    found = episode_timeline(1, era(FIRST, LAST, plb), EXPORT, acknowledgements=told)
    assert found["event"].tolist() == [
        "sent",
        "rejected",
        "accepted",
        "denied",
        "replacement sent",
        "appealed",
        "paid",
        "appeal decided",
        "taken back",
    ]
    assert found["words"].tolist()[3:] == [
        "$100.00 denied: prior authorization (CO-197 alone)",
        "claim A, $100.00 charged",
        "level 1",
        "$50.00 paid; the patient owes $14.00",
        "level 1: overturned",
        "$7.50 taken from a payment (PLB WO)",
    ]
    decided = found[found["event"].isin(["denied", "paid", "taken back"])]
    assert decided["segment"].tolist() == [11, 23, 34]
    assert decided["amount"].tolist() == [100, 50, 7.5]


@pytest.mark.parametrize(
    ("cas", "pay", "event", "words"),
    [
        (["CO*45*6", "CO*151*40"], "54", "partly denied", "$54.00 paid, $40.00 denied: units"),
        (["PR*1*100"], "0", "left to the patient", "all $100.00 allowed is the patient's share"),
        (["OA*133*100"], "0", "pended", "$100.00 held for a decision"),
        (["CO*45*100"], "0", "nothing paid", "nothing paid and nothing denied"),
        (["CO*193*100"], "0", "denial upheld", "the denial of $100.00 was upheld"),
    ],
)
def test_each_kind_of_decision_has_its_words(
    cas: list[str], pay: str, event: str, words: str
) -> None:
    found = episode_timeline(1, era(remittance(*claim("A", *line(cas=cas, paid=pay), paid=pay))))
    assert found["event"].tolist() == [event]
    assert found["words"].iloc[0].startswith(words)


def test_a_row_of_episodes_names_the_episode_too() -> None:
    both = era(remittance(*denied("A"), *paid("B", member="PHIID2")))
    found = link_episodes(both)
    for _, row in found.iterrows():
        assert episode_timeline(row, both)["claim_id"].tolist() == [row["claim_id"]]
    with pytest.raises(ValueError, match="there is no episode 3; there are 2, from 1"):
        episode_timeline(3, both)


def test_a_timeline_and_its_picture_hold_no_person(no_phi: Callable[[str | Path], None]) -> None:
    found = episode_timeline(1, era(FIRST, LAST), EXPORT)
    no_phi(found.to_csv())
    ax = plot_timeline(found)
    no_phi(ax.get_label())
    assert ax.get_title(loc="left") == "Denied on 2026-09-15, paid 61 days later: $50.00"
    assert "2026-09-15: denied $100.00 (NORTH HEALTH)" in ax.get_label()


def test_pictures_of_unusual_lives() -> None:
    alone = episode_timeline(1, era(FIRST))
    title = plot_timeline(alone).get_title(loc="left")
    assert title == "Denied on 2026-09-15, and nothing since: $100.00"
    never = plot_timeline(episode_timeline(1, era(remittance(*paid()))))
    assert never.get_title(loc="left") == "Paid on 2026-10-05: $50.00; never denied"
    undated = episode_timeline(1, era(remittance(*denied(), date="")))
    assert plot_timeline(undated).get_title(loc="left") == "No dated event"


def test_the_diagram_shows_exactly_the_states_there_are(root: Path) -> None:
    page = (root / "docs" / "life.md").read_text(encoding="utf-8")
    diagram = page.split("```mermaid\n", 1)[1].split("```", 1)[0]
    drawn = set(re.findall(r"--> (\w+)", diagram)) | set(re.findall(r"^ +(\w+) -->", diagram, re.M))
    listed = set(re.findall(r"^\| `(\w+)` \|", page, re.M))
    source = (root / "j2311_analytics" / "denials" / "standing.py").read_text(encoding="utf-8")
    state = source.split("def state", 1)[1].split("def ", 1)[0]
    derived = set(re.findall(r'^        "(\w+)",$', state, re.M)) | {"paid"}
    assert drawn == listed == derived
