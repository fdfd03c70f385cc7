"""Measures: numerator, denominator and what is left out."""

from __future__ import annotations

import gzip
from collections import defaultdict
from datetime import date
from pathlib import Path
from statistics import mean, median
from typing import Any

import pandas as pd
import pytest
from small_files import claim, interchange, line, remittance

from j2311_analytics import (
    Assumptions,
    benchmarks,
    denial_trend,
    find_appeals,
    kpis,
    link_episodes,
    read_835,
    read_claims,
)

DENIED, PAID = ["CO*197*100"], ["CO*45*36", "PR*2*14"]


def story() -> bytes:
    first = [
        *claim("A", *line(cas=DENIED), member="PHIID1"),
        *claim("B", *line(cas=PAID, paid="50"), paid="50", member="PHIID2"),
        *claim("C", *line(cas=PAID, paid="50"), paid="50", member="PHIID3"),
        *claim("D", *line("J2315", cas=DENIED), member="PHIID4"),
        *claim("E", *line(cas=["PR*49*100"]), member="PHIID5"),
    ]
    won = claim("A", *line(cas=PAID, paid="50"), paid="50", member="PHIID1", number="ICN2")
    return interchange(remittance(*first, date="20260901"), remittance(*won, date="20261001"))


def measured(**options: object) -> pd.DataFrame:
    era = read_835(story())
    return kpis(link_episodes(era), remittance=era, **options).set_index("kpi")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kpi", "numerator", "denominator"),
    [
        ("initial_denial_rate_lines", 2, 4),
        ("initial_denial_rate_dollars", 200, 400),
        ("first_pass_yield", 2, 4),
        ("clean_claim_rate", 2, 4),
        ("overturn_rate_lines", 1, 2),
        ("overturn_rate_dollars", 100, 200),
        ("denial_write_off_rate", 0, 192),
        ("primary_denial_rate", 0, 1),
    ],
)
def test_each_rate_has_its_base(kpi: str, numerator: float, denominator: float) -> None:
    row = measured().loc[kpi]
    assert (row["numerator"], row["denominator"]) == (numerator, denominator)
    if row["base"] == "dollars":
        # Few cases without a range give no rate of dollars.
        assert row["cases"] < 10
        assert pd.isna(row["value"])
    else:
        assert row["value"] == numerator / denominator
    assert row["definition"]


def test_rates_of_counts_have_a_wilson_range() -> None:
    row = measured().loc["initial_denial_rate_lines"]
    assert (row["low"], row["high"]) == pytest.approx((0.150, 0.850), abs=0.001)


def test_days_are_medians_of_those_resolved_or_appealed() -> None:
    row = measured().loc["median_days_denial_to_resolution"]
    assert (row["value"], row["denominator"]) == (15, 2)
    export = read_claims(
        pd.DataFrame(
            {
                "Claim ID": ["A"],
                "CPT": ["J2311"],
                "Charge": ["100"],
                "DOS": ["2026-09-01"],
                "Appeal Date": ["2026-09-11"],
            }
        )
    )
    assert measured(claims=export).loc["median_days_denial_to_appeal", "value"] == 10


def test_without_a_denominator_there_is_no_value() -> None:
    row = measured(assumptions=Assumptions()).loc["median_days_denial_to_appeal"]
    assert pd.isna(row["value"])
    episodes = link_episodes(read_835(story()), assumptions=Assumptions(focus=("J9999",)))
    assert kpis(episodes)["value"].isna().all()


def test_the_trend_counts_services_in_the_month_of_their_first_decision() -> None:
    trend = denial_trend(link_episodes(read_835(story())))
    assert trend[["lines", "denied_lines"]].values.tolist() == [[4, 2]]
    assert trend["month"].tolist() == [pd.Timestamp("2026-09-01")]
    assert (trend["lower"] >= 0).all()
    assert (trend["upper"] <= 1).all()
    assert not trend["outside"].any()


def test_benchmarks_name_their_source_and_year() -> None:
    table = benchmarks()
    assert len(table) > 30
    assert (table[["source", "year", "base", "setting"]] != "").all().all()
    by_name = table.drop_duplicates("metric").set_index("metric")
    assert by_name.loc["initial_denial_rate_claim_value_kodiak", "base"] == "dollars"
    assert by_name.loc["denials_overturned_premier", ["base", "setting"]].tolist() == [
        "denials",
        "hospital",
    ]
    assert by_name.loc["clean_claim_rate_target", "setting"] == "practice"


def plainly(
    rows: list[dict[str, Any]], base: list[dict[str, Any]]
) -> dict[str, tuple[float, float]]:
    """Numerator and denominator of each measure, counted one service after another."""
    denied = [row for row in rows if row["origin"] == "initial"]
    resolved = [row for row in denied if not pd.isna(row["resolved_on"])]
    won = [row for row in resolved if row["state"] == "recovered"]
    first = [row for row in base if row["state"] == "paid" and row["submissions"] <= 1]
    dirty: dict[str, bool] = defaultdict(bool)
    for row in base:
        dirty[row["claim_id"]] |= not pd.isna(row["first_cause"]) or row["submissions"] > 1
    return {
        "initial_denial_rate_lines": (len(denied), len(base)),
        "initial_denial_rate_dollars": (
            sum(row["charge"] for row in denied),
            sum(row["charge"] for row in base),
        ),
        "first_pass_yield": (len(first), len(base)),
        "clean_claim_rate": (list(dirty.values()).count(False), len(dirty)),
        "overturn_rate_lines": (len(won), len(resolved)),
        "overturn_rate_dollars": (
            sum(row["charge"] for row in won),
            sum(row["charge"] for row in resolved),
        ),
        "denial_write_off_rate": (
            sum(row["written_off_amount"] for row in rows),
            sum(row["allowed"] for row in base),
        ),
    }


def counted(row: dict[str, Any]) -> bool:
    only_pended = row["state"] == "pended" and pd.isna(row["first_cause"])
    return row["focus"] and row["charge"] > 0 and not only_pended


GROUP_OF = {
    "payer": lambda row: row["payer"],
    "cause": lambda row: row["first_cause"] if row["origin"] == "initial" else None,
    "month": lambda row: f"{row['first_decided_on']:%Y-%m}",
    "place_of_service": lambda row: row["place_of_service"],
    "provider": lambda row: row["rendering_npi"],
}


@pytest.fixture(scope="module")
def sample(root: Path) -> tuple[Any, Any, pd.DataFrame, Assumptions]:
    assumed = Assumptions(as_of=date(2026, 10, 31))
    era = read_835(root / "data" / "sample" / "835")
    export = read_claims(root / "data" / "sample" / "claims.csv")
    return era, export, link_episodes(era, export, assumptions=assumed), assumed


@pytest.mark.parametrize("by", [None, *GROUP_OF])
def test_every_measure_is_what_a_plain_loop_counts(
    by: str | None, sample: tuple[Any, Any, pd.DataFrame, Assumptions]
) -> None:
    era, export, episodes, assumed = sample
    found = kpis(episodes, by=by, remittance=era, claims=export, assumptions=assumed)
    rows = [row for row in episodes.to_dict("records") if counted(row)]
    groups: dict[object, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        groups[GROUP_OF[by](row) if by else None].append(row)
    if by == "cause":
        groups = {key: part for key, part in groups.items() if isinstance(key, str)}
    assert set(found["group"].dropna()) == {key for key in groups if key is not None}
    for key, part in groups.items():
        measured = found[found["group"] == key] if by else found
        measured = measured.set_index("kpi")
        base = rows if by == "cause" else part
        for name, (numerator, denominator) in plainly(part, base).items():
            row = measured.loc[name]
            if by == "cause" and name in ("first_pass_yield", "clean_claim_rate"):
                assert row["denominator"] == 0
                continue
            assert row["numerator"] == pytest.approx(numerator), (key, name)
            assert row["denominator"] == pytest.approx(denominator), (key, name)
            if not pd.isna(row["value"]):
                assert row["value"] == pytest.approx(numerator / denominator)
                assert row["low"] <= row["value"] <= row["high"]
        ended = [
            (row["resolved_on"] - row["first_denied_on"]).days
            for row in part
            if row["origin"] == "initial" and not pd.isna(row["resolved_on"])
        ]
        if ended:
            days = "days_denial_to_resolution"
            assert measured.loc[f"median_{days}", "value"] == median(ended)
            assert measured.loc[f"mean_{days}", "value"] == pytest.approx(mean(ended))


def test_the_primary_denial_rate_is_what_a_plain_loop_over_the_files_counts(
    sample: tuple[Any, Any, pd.DataFrame, Assumptions], root: Path
) -> None:
    era, _, episodes, assumed = sample
    row = kpis(episodes, remittance=era, assumptions=assumed).set_index("kpi")
    remits, unpaid = _primary_remits_counted(root, "20261004", "20261031")
    assert remits > 10
    found = row.loc["primary_denial_rate"]
    assert (found["numerator"], found["denominator"]) == (unpaid, remits)


def test_the_primary_denial_rate_of_a_month_is_that_of_its_payments(
    sample: tuple[Any, Any, pd.DataFrame, Assumptions], root: Path
) -> None:
    era, _, episodes, assumed = sample
    table = kpis(episodes, by="month", remittance=era, assumptions=assumed)
    table = table[table["kpi"] == "primary_denial_rate"].set_index("group")
    assert len(table) > 3
    for month in table.index[-3:]:
        day = month.replace("-", "")
        remits, unpaid = _primary_remits_counted(root, f"{day}01", f"{day}31")
        assert remits > 10
        sums = table.loc[month, ["numerator", "denominator"]].tolist()
        assert sums == [unpaid, remits]


def _primary_remits_counted(root: Path, first: str, last: str) -> tuple[int, int]:
    """Primary remits paid from one day to another in the sample, and those that paid nothing."""
    remits, unpaid = 0, 0
    for path in sorted((root / "data" / "sample" / "835").iterdir()):
        content = path.read_bytes()
        text = (gzip.decompress(content) if path.suffix == ".gz" else content).decode("latin-1")
        end, split = text[105], text[3]
        for claims in _claims_paid(text, end, split, first, last):
            for head, *rest in claims:
                billed = [
                    (one[6] if len(one) > 6 and one[6] else one[1])
                    for one in rest
                    if one[0] == "SVC"
                ]
                focus = any(text[104] + "J2311" in text[104] + code for code in billed)
                again = any(one[0] == "CAS" and "18" in one[2::3] for one in rest)
                if focus and not again and head[2] in ("1", "19", "4"):
                    remits += 1
                    unpaid += float(head[4]) == 0
    return remits, unpaid


@pytest.mark.parametrize("by", ["payer", "place_of_service", "provider"])
def test_the_primary_denial_rate_of_groups_adds_up_to_the_whole(
    by: str, sample: tuple[Any, Any, pd.DataFrame, Assumptions]
) -> None:
    era, _, episodes, assumed = sample
    whole = kpis(episodes, remittance=era, assumptions=assumed).set_index("kpi")
    parts = kpis(episodes, by=by, remittance=era, assumptions=assumed)
    parts = parts[parts["kpi"] == "primary_denial_rate"]
    sums = ["numerator", "denominator"]
    assert parts["denominator"].gt(0).sum() > 1
    assert parts[sums].sum().tolist() == whole.loc["primary_denial_rate", sums].tolist()


def _claims_paid(
    text: str, end: str, split: str, first: str, last: str
) -> list[list[list[list[str]]]]:
    """Of each transaction paid from one day to another: its claims' elements."""
    sets: list[list[list[list[str]]]] = []
    inside = False
    for segment in text.split(end):
        parts = segment.strip().split(split)
        if parts[0] == "BPR":
            inside = first <= parts[16] <= last
            sets.append([])
        elif inside and parts[0] == "CLP":
            sets[-1].append([parts])
        elif inside and sets[-1] and parts[0] in ("SVC", "CAS"):
            sets[-1][-1].append(parts)
    return sets


def test_days_to_appeal_are_what_a_plain_loop_counts(
    sample: tuple[Any, Any, pd.DataFrame, Assumptions],
) -> None:
    era, export, episodes, assumed = sample
    first: dict[tuple[object, ...], pd.Timestamp] = {}
    for sending in export.lines.to_dict("records"):
        sent = sending["appeal_date"]
        if not pd.isna(sent) and sent <= pd.Timestamp("2026-10-31"):
            key = (sending["claim_id"], sending["service_from"], sending["hcpcs"])
            first[key] = min(sent, first.get(key, sent))
    days = []
    for row in episodes.to_dict("records"):
        sent = first.get((row["claim_id"], row["service_from"], row["hcpcs"]))
        if counted(row) and row["origin"] == "initial" and sent is not None:
            days.append((sent - row["first_denied_on"]).days)
    days = [one for one in days if one >= 0]
    found = kpis(episodes, remittance=era, claims=export, assumptions=assumed).set_index("kpi")
    assert len(days) > 5
    assert found.loc["median_days_denial_to_appeal", "value"] == median(days)
    assert found.loc["mean_days_denial_to_appeal", "value"] == pytest.approx(mean(days))


def test_an_appeal_of_a_later_claim_counts_from_the_first_denial(tmp_path: Path) -> None:
    denied = line(cas=DENIED)
    first = remittance(*claim("A1", *denied), date="20260910")
    again = remittance(*claim("A2", *denied), date="20260925")
    (tmp_path / "claims.csv").write_text(
        "Claim ID,Original Claim ID,Member ID,Date of Service,CPT/HCPCS,Units,Charge,"
        "Submitted,Appeal Date\n"
        "A1,,PHIID0001,09/01/2026,J2311,38,100.00,09/02/2026,\n"
        "A2,A1,PHIID0001,09/01/2026,J2311,38,100.00,09/15/2026,10/01/2026\n"
    )
    era, export = read_835(interchange(first, again)), read_claims(tmp_path / "claims.csv")
    assumed = Assumptions(as_of=date(2026, 10, 31))
    episodes = link_episodes(era, export, assumptions=assumed)
    appeals = find_appeals(era, export, assumptions=assumed)
    assert len(episodes) == len(appeals) == 1
    table = kpis(episodes, claims=export, appeals=appeals, assumptions=assumed).set_index("kpi")
    assert table.loc["median_days_denial_to_appeal", "value"] == 21


def test_groups_of_payers_add_up_to_all(
    sample: tuple[Any, Any, pd.DataFrame, Assumptions],
) -> None:
    era, _, episodes, assumed = sample
    parts = kpis(episodes, by="payer", remittance=era, assumptions=assumed)
    whole = kpis(episodes, remittance=era, assumptions=assumed).set_index("kpi")
    for name in ("initial_denial_rate_lines", "primary_denial_rate", "overturn_rate_lines"):
        own = parts[parts["kpi"] == name]
        assert own["numerator"].sum() == whole.loc[name, "numerator"]
        assert own["denominator"].sum() == whole.loc[name, "denominator"]


def test_an_unknown_group_is_refused() -> None:
    episodes = link_episodes(read_835(story()))
    with pytest.raises(ValueError, match="by must be one of payer, cause, month, "):
        kpis(episodes, by="colour")


def test_a_list_of_denials_alone_has_no_denominator_of_services() -> None:
    rows = {"Claim ID": ["A", "B"], "CPT": "J2311", "Charge": "100", "DOS": "2026-09-01",
            "CARC": "CO-197", "Denied Amount": "100", "Paid": "0", "Remit Date": "2026-09-20",
            "Patient ID": ["PHIID1", "PHIID2"]}  # fmt: skip
    export = read_claims(pd.DataFrame(rows))
    found = kpis(link_episodes(claims=export), claims=export).set_index("kpi")
    for name in ("initial_denial_rate_lines", "first_pass_yield", "clean_claim_rate"):
        assert found.loc[name, "denominator"] == 0
        assert pd.isna(found.loc[name, "value"])
