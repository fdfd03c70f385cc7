"""weigh_evidence: this denial and this claim, that verdict."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import pandas as pd
import pytest
from small_files import claim, interchange, line, remittance

from j2311_analytics import (
    Assumptions,
    find_denials,
    link_episodes,
    read_277,
    read_835,
    read_claims,
    weigh_evidence,
)
from j2311_analytics.assumptions import WindowOverride

APPEAL, CORRECT, PAYER, RECORDS, NO_CLAIM = (
    "supports_appeal",
    "supports_correction",
    "payer_is_right",
    "needs_records",
    "no_claim_data",
)
# A claim as it should be: one kit of depot naltrexone, given and documented in full.
RIGHT = {
    "Claim ID": "A",
    "Line Control": "A1",
    "Payer": "North",
    "Payer ID": "NORTH1",
    "MRN": "M1",
    "CPT": "J2315",
    "Units": "380",
    "Charge": "100",
    "DOS": "2026-09-01",
    "POS": "11",
    "Dx 1": "F10.20",
    "Dx Pointer": "1",
    "NDC": "65757-0300-01",
    "NDC Qty": "1",
    "NDC UOM": "UN",
    "Auth #": "PA1",
    "Auth From": "2026-08-01",
    "Auth To": "2026-12-31",
    "Auth Units": "760",
    "Authorized CPT": "J2315",
    "Authorized Provider": "1400001370",
    "Rendering NPI": "1400001370",
    "Submitted Date": "2026-09-03",
}
GIVEN = {"CPT": "96372", "Line Control": "A2", "Units": "1", "Charge": "10", "NDC": ""}
BARE = {name: "" for name in RIGHT if name.startswith(("Auth", "NDC", "Dx"))}


class Case(NamedTuple):
    """One denial with its claim: what is written, what was sent, and the verdict expected."""

    name: str
    cas: str
    verdict: str
    change: dict[str, str] = MappingProxyType({})  # type: ignore[assignment]
    remarks: tuple[str, ...] = ()
    code: str = "J2315"
    filing: str = "12"
    payer_id: str = "NORTH1"
    others: tuple[dict[str, str], ...] = ()
    earlier: tuple[tuple[str, str, str], ...] = ()
    given: bool = True
    sent: bool = True
    rule: str = ""
    answer: tuple[str, ...] = ()
    denied: int = 1


GIVEN_ROW = {**BARE, **GIVEN}
NO_AUTH = {name: "" for name in RIGHT if name.startswith("Auth") and name != "Auth #"}


def auth(name: str, verdict: str, change: dict[str, str] | None = None, **more: Any) -> Case:
    return Case(f"authorization {name}", "CO*197*100", verdict, change or {}, **more)


def before(on: str, **change: str) -> dict[str, str]:
    """The line of an earlier claim, B, of the same patient."""
    return {"Claim ID": "B", "Line Control": "B1", "DOS": on, **change}


AUTHORIZATION = [
    auth("fits in every way", APPEAL),
    auth("ended before the day", PAYER, {"Auth To": "2026-08-31"}),
    auth("begins after the day", PAYER, {"Auth From": "2026-09-02"}),
    auth("is for the day alone", APPEAL, {"Auth From": "2026-09-01", "Auth To": "2026-09-01"}),
    auth("has too few units", PAYER, {"Auth Units": "379"}),
    auth("has just enough units", APPEAL, {"Auth Units": "380"}),
    auth("is for another code", PAYER, {"Authorized CPT": "J0570"}),
    auth("lists the code", APPEAL, {"Authorized CPT": "96372, J2315"}),
    auth("is another provider's", PAYER, {"Authorized Provider": "1400001407"}),
    auth("has no number", PAYER, {"Auth #": ""}),
    auth("is only a number", RECORDS, NO_AUTH),
    auth("has unknown dates", RECORDS, {"Auth From": "", "Auth To": ""}),
    auth("has unknown units", RECORDS, {"Auth Units": ""}),
    auth("has an unknown code", RECORDS, {"Authorized CPT": ""}),
    auth("has an unknown provider", RECORDS, {"Authorized Provider": ""}),
    auth("was used up before", RECORDS, {"Auth Units": "759"}, others=(before("2026-08-04"),)),
    auth("was used before", APPEAL, others=(before("2026-08-04"),)),
    *(
        Case(f"the payer says {code}", f"CO*{code}*100", CORRECT)
        for code in ("198", "284", "296", "302")
    ),
    auth(
        "on the last sending before the denial",
        APPEAL,
        {"Submitted Date": "2026-09-30"},
        others=(
            {"Submitted Date": "2026-09-02", "Auth To": "2026-08-02"},
            {"Submitted Date": "2026-10-20", "Auth To": "2026-08-02", "Frequency": "7"},
        ),
    ),
]
DX, MODIFIER, UNITS, NDC = "CO*11*100", "CO*4*100", "CO*151*100", "CO*16*100"
LINE = [
    Case("diagnosis pointed to", DX, APPEAL),
    Case("not pointed to", DX, CORRECT, {"Dx 1": "F32.9", "Dx 2": "F10.20", "Dx Pointer": "1"}),
    Case("by letter", DX, APPEAL, {"Dx 1": "F32.9", "Dx 2": "F10.20", "Dx Pointer": "B"}),
    Case("pointers unknown", DX, RECORDS, {"Dx 2": "F32.9", "Dx Pointer": ""}),
    Case("diagnosis missing", DX, CORRECT, {"Dx 1": "F32.9"}),
    Case("25 on the drug", MODIFIER, CORRECT, {"Mod 1": "25"}),
    Case("therapy modifier on the drug", MODIFIER, CORRECT, {"Mod 1": "GP"}),
    Case("nothing to be said", MODIFIER, RECORDS),
    Case("JZ beside part of a vial", MODIFIER, CORRECT, {"Mod 1": "JZ", "Units": "300"}),
    Case("JW beside a whole vial", MODIFIER, CORRECT, {"Mod 1": "JW"}),
    Case("JZ for Medicare", MODIFIER, APPEAL, {"Mod 1": "JZ"}, filing="MB"),
    Case("neither for Medicare", MODIFIER, CORRECT, filing="MB"),
    Case("both", MODIFIER, CORRECT, {"Mod 1": "JZ", "Mod 2": "JW"}, filing="MB"),
    Case("units of the dose", UNITS, APPEAL),
    Case("a tenth of the units", UNITS, CORRECT, {"Units": "38"}),
    Case("one unit", UNITS, CORRECT, {"Units": "1"}),
    Case("two kits by the drug number", UNITS, CORRECT, {"NDC Qty": "2"}),
    Case("no quantity", UNITS, RECORDS, {"NDC Qty": ""}),
    Case("drug number missing", NDC, CORRECT, {"NDC": ""}, ("M119",)),
    Case("drug number right", NDC, APPEAL, {}, ("M119",)),
    Case("quantity missing", NDC, CORRECT, {"NDC Qty": ""}, ("M119",)),
    Case("unit missing", NDC, CORRECT, {"NDC UOM": ""}, ("M119",)),
    Case("quantity of two", NDC, CORRECT, {"NDC Qty": "2"}, ("M119",)),
    Case("drug number unknown", NDC, RECORDS, {"NDC": "00409-1212-01"}, ("M119",)),
    Case("rebate program", "CO*211*100", RECORDS),
    Case("the procedure is on the claim", "CO*107*100", APPEAL),
    Case("no referral", "CO*288*100", PAYER),
    Case("a referral", "CO*288*100", RECORDS, {"Referral #": "R1"}),
    Case("coverage", "CO*27*100", RECORDS),
    Case("medical need", "CO*50*100", RECORDS),
]


def often(name: str, verdict: str, on: str, event: str = "paid", **more: Any) -> Case:
    change = more.pop("sent_as", {})
    return Case(
        f"last dose {name}",
        more.pop("cas", "CO*119*100"),
        verdict,
        others=(before(on, **change),),
        earlier=((event, on.replace("-", ""), change.get("CPT", "J2315")),),
    )


FREQUENCY = [
    often("28 days ago", APPEAL, "2026-08-04"),
    often("27 days ago", RECORDS, "2026-08-05"),
    often("21 days ago", RECORDS, "2026-08-11"),
    often("20 days ago", PAYER, "2026-08-12"),
    often("20 days ago, taken back", RECORDS, "2026-08-12", "reversed"),
    often("was only wastage", RECORDS, "2026-08-12", "JW", sent_as={"Mod 1": "JW"}),
    often("was another patient's", RECORDS, "2026-08-12", sent_as={"MRN": "other"}),
    often("was another drug", RECORDS, "2026-08-12", sent_as={"CPT": "J0577"}),
    often("does not matter to a lifetime limit", RECORDS, "2026-07-01", cas="CO*149*100"),
    Case("no dose before", "CO*119*100", RECORDS),
]
LATE = "CO*29*100"
TIMELY = [
    Case("accepted on the last day", LATE, APPEAL, answer=("payer", "A2", "20261001")),
    Case("accepted a day late", LATE, PAYER, answer=("payer", "A2", "20261002")),
    Case("received with the trace", LATE, APPEAL, answer=("payer", "A1", "20260903", "P7")),
    Case("received without it", LATE, RECORDS, answer=("payer", "A1", "20260903")),
    Case("a clearinghouse's", LATE, RECORDS, answer=("clearinghouse", "A2", "20260903")),
    Case("rejected", LATE, RECORDS, answer=("payer", "A3", "20260903", "P7")),
    Case("no window", LATE, RECORDS, answer=("payer", "A2", "20260903"), payer_id="SOUTH1"),
    Case("the export's date alone", LATE, RECORDS),
    Case("sent late by our own date", LATE, PAYER, {"Submitted Date": "2026-10-02"}),
    Case("late, whatever the code", LATE, PAYER,
         {"Submitted Date": "2026-10-02", "CPT": "J2311"}, code="J2311"),
]  # fmt: skip
DUPLICATE = [
    Case("denied before", "OA*18*100", CORRECT, earlier=(("denied", "20260901", "J2315"),),
         denied=2),
    Case("paid before", "OA*18*100", PAYER, earlier=(("paid", "20260901", "J2315"),)),
    Case("never decided", "OA*18*100", RECORDS),
]  # fmt: skip


def bundle(on: str, **change: str) -> tuple[dict[str, str], ...]:
    return ({**BARE, **before(on, **{"CPT": "G2073", **change})},)


BUNDLING = [
    Case("nothing else", "CO*97*100", APPEAL),
    Case("a bundle six days before", "CO*97*100", PAYER, others=bundle("2026-08-26")),
    Case("a bundle a week before", "CO*97*100", APPEAL, others=bundle("2026-08-25")),
    Case("another drug's", "CO*97*100", RECORDS, others=bundle("2026-08-26", CPT="G2069")),
    Case("another patient's", "CO*97*100", APPEAL, others=bundle("2026-08-26", MRN="other")),
    Case("a facility", "CO*97*100", RECORDS, {"POS": "22"}),
]
REMARKS = [
    *(auth(f"and {r}", CORRECT, remarks=(r,), rule="remark")
      for r in ("MA130", "N142", "N517", "N798", "N704")),
    *(auth(f"and {r}", PAYER, remarks=(r,), rule="remark") for r in ("N211", "MA44", "N83")),
    *(auth(f"and {r}", RECORDS, remarks=(r,), rule="remark") for r in ("N185", "N938", "N779")),
    auth("and MA01", APPEAL, remarks=("MA01",), rule="prior_authorization"),
    auth("and two", RECORDS, remarks=("MA130", "N185"), rule="remark"),
    Case("no appeal, but units to correct", UNITS, CORRECT, {"Units": "38"}, ("N211",)),
]  # fmt: skip
NO_NDC = {"NDC": "", "NDC Qty": "", "NDC UOM": ""}


def doubted(name: str, code: str, change: dict[str, str]) -> Case:
    return auth(f"and {name}", CORRECT, {"CPT": code, "Authorized CPT": code, **change},
                code=code, rule="code identity")  # fmt: skip


IDENTITY = [
    doubted("a naltrexone product", "J2311", {}),
    doubted("380 units of naloxone", "J2311", NO_NDC),
    doubted("a naloxone product", "J2315", {"NDC": "84571-0140-02"}),
    doubted("the count of a 1 mg code", "J2313", {"Units": "5", **NO_NDC}),
    doubted("a code that has ended", "J2310", {"Units": "2", **NO_NDC}),
    doubted("nothing that names the drug", "J3490", {"Units": "1", **NO_NDC}),
    auth("but the drug is alone", RECORDS, given=False, rule="code identity"),
    auth("but no claim", NO_CLAIM, sent=False, rule="no claim data"),
]
CASES = [
    *AUTHORIZATION, *LINE, *FREQUENCY, *TIMELY, *DUPLICATE, *BUNDLING, *REMARKS, *IDENTITY,
]  # fmt: skip
CONFIRMED = Assumptions(window_overrides=(WindowOverride("NORTH1", 30, None, None, None),))


def rows_of(number: int, case: Case) -> list[dict[str, str]]:
    """The export's rows of a case, under ids of its own."""
    own = {"MRN": f"M{number}", "Claim ID": f"{number}A"}
    rows = [{**RIGHT, **own, **case.change}] if case.sent else []
    rows += [{**RIGHT, **own, **row} for row in case.others]
    if case.given and case.sent:
        sent = {"Submitted Date": rows[0]["Submitted Date"]}
        rows.append({**RIGHT, **own, **BARE, **GIVEN, **sent})
    for row in rows:
        if row["Claim ID"] == "B":
            row["Claim ID"] = f"{number}B"
        if row["MRN"] == "other":
            row["MRN"] = f"M{number}X"
    return rows


def sets_of(number: int, case: Case) -> list[str]:
    """The 835 of a case: what was decided before, then the denial."""
    sets = [_earlier(number, *event) for event in case.earlier]
    units = {**RIGHT, **case.change}["Units"]
    lines = line(case.code, control="A1", units=units, cas=[case.cas], remarks=case.remarks)
    last = claim(f"{number}A", *lines, filing=case.filing, member=f"PHIID{number}")
    return [*sets, remittance(*last, payer_id=case.payer_id, trace=f"T{number}")]


def _earlier(number: int, event: str, on: str, code: str) -> str:
    member, same_claim = f"PHIID{number}", on == "20260901"
    claim_id, control = (f"{number}A", "A1") if same_claim else (f"{number}B", "B1")
    trace = f"E{number}"
    if event == "denied":
        lines = line(code, control=control, on=on, cas=["CO*50*100"])
        return remittance(*claim(claim_id, *lines, member=member), date="20260920", trace=trace)
    billed = f"{code}:JW" if event == "JW" else code
    lines = line(billed, control=control, paid="100", on=on)
    first = claim(claim_id, *lines, paid="100", member=member)
    text = remittance(*first, paid="100", date="20260910", trace=trace)
    if event == "reversed":
        back = line(code, control=control, charge="-100", paid="-100", on=on)
        undone = claim(claim_id, *back, status="22", charge="-100", paid="-100", member=member)
        text += remittance(*undone, paid="-100", date="20260920", trace=f"R{number}")
    return text


def status(claim_id: str, source: str, category: str, day: str, trace: str = "") -> str:
    who = {"payer": "PR", "clearinghouse": "AY"}[source]
    own = f"TRN*1*{trace}~" if trace else ""
    return (
        f"ST*277*1*005010X214~BHT*0085*08*1~HL*1**20*1~NM1*{who}*2*X*****46*1~{own}"
        f"HL*2*1*21*1~HL*3*2*19*1~HL*4*3*PT~TRN*2*{claim_id}~STC*{category}:20*{day}~SE*11*1~"
    )


class Found(NamedTuple):
    denials: pd.DataFrame
    evidence: pd.DataFrame
    episodes: pd.DataFrame


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Found:
    """Every case in one export, one remittance and one set of acknowledgements."""
    folder = tmp_path_factory.mktemp("evidence")
    numbered = list(enumerate(CASES, 1000))
    rows = [row for number, case in numbered for row in rows_of(number, case)]
    pd.DataFrame(rows).to_csv(folder / "claims.csv", index=False)
    sent = read_claims(folder / "claims.csv")
    sets = [text for number, case in numbered for text in sets_of(number, case)]
    era = read_835(interchange(*sets))
    answers = [status(f"{number}A", *case.answer) for number, case in numbered if case.answer]
    told = read_277("".join(answers).encode())
    denials = find_denials(era, sent, assumptions=CONFIRMED)
    evidence = weigh_evidence(
        denials, sent, remittance=era, acknowledgements=told, assumptions=CONFIRMED
    )
    episodes = link_episodes(era, sent, denials=denials, evidence=evidence, assumptions=CONFIRMED)
    return Found(denials, evidence, episodes)


@pytest.mark.parametrize(
    ("number", "case"), list(enumerate(CASES, 1000)), ids=[case.name for case in CASES]
)
def test_verdict(number: int, case: Case, found: Found) -> None:
    own = found.denials[found.denials["claim_id"] == f"{number}A"]
    assert len(own) == case.denied
    weighed = found.evidence.set_index("denial").loc[own["denial"].max()]
    assert weighed["verdict"] == case.verdict, weighed["facts"]
    if case.rule:
        assert weighed["rule"] == case.rule


def test_every_denial_has_a_verdict_with_its_facts(found: Found) -> None:
    assert found.evidence["denial"].tolist() == found.denials["denial"].tolist()
    assert found.evidence[["verdict", "rule", "facts"]].notna().all(axis=None)


def test_the_verdict_on_the_latest_denial_is_the_episodes(found: Found) -> None:
    latest = found.denials.merge(found.evidence, on="denial").drop_duplicates(
        "claim_id", keep="last"
    )
    verdicts = latest.set_index("claim_id")["verdict"]
    denied = found.episodes.dropna(subset=["first_denied_on"]).set_index("claim_id")
    simple = ~denied.index.duplicated(keep=False)
    assert simple.sum() > 80
    names = denied.index[simple]
    # A duplicate denial beside another decision is not the episode's latest.
    beside = {f"{n}A" for n, case in enumerate(CASES, 1000) if case in DUPLICATE[:2]}
    names = names.difference(beside)
    assert denied.loc[names, "verdict"].equals(verdicts.loc[names])


def test_the_facts_say_why_an_appeal_was_put_back(found: Found) -> None:
    alone = next(n for n, case in enumerate(CASES, 1000) if not case.given)
    denial = found.denials.set_index("claim_id")["denial"].loc[f"{alone}A"]
    facts = found.evidence.set_index("denial")["facts"].loc[denial]
    assert facts.startswith("no procedure that gives J2315 is on the claim; otherwise the auth")


@pytest.mark.parametrize(("modifier", "verdict"), [("25", APPEAL), ("", CORRECT)])
def test_an_injection_bundled_into_a_visit_needs_25_on_the_visit(
    modifier: str, verdict: str, tmp_path: Path
) -> None:
    lines = line("96372", control="A2", charge="10", units="1", cas=["CO*97*10"])
    era = read_835(interchange(remittance(*claim("A", *lines, charge="10"))))
    visit = {**BARE, "CPT": "99214", "Line Control": "A3", "Units": "1", "Mod 1": modifier}
    rows = [RIGHT, {**RIGHT, **BARE, **GIVEN}, {**RIGHT, **visit}]
    pd.DataFrame(rows).to_csv(tmp_path / "claims.csv", index=False)
    sent = read_claims(tmp_path / "claims.csv")
    found = weigh_evidence(find_denials(era, sent), sent, remittance=era)
    assert found["verdict"].tolist() == [verdict]


def test_other_payers_of_the_patient_are_named(tmp_path: Path) -> None:
    lines = line("J2315", control="B1", paid="100", on="20260801")
    other = remittance(
        *claim("B", *lines, paid="100"), paid="100", payer="SOUTH", payer_id="SOUTH1", trace="T3"
    )
    own = remittance(*claim("A", *line("J2315", control="A1", cas=["CO*27*100"])))
    rows = [RIGHT, {**RIGHT, **before("2026-08-01", Payer="South")}]
    pd.DataFrame(rows).to_csv(tmp_path / "claims.csv", index=False)
    sent = read_claims(tmp_path / "claims.csv")
    era = read_835(interchange(other, own))
    found = weigh_evidence(find_denials(era, sent), sent, remittance=era)
    assert found["facts"].iloc[0].endswith("other payers seen for this patient: SOUTH")


def test_denials_of_other_data_are_refused() -> None:
    era = read_835(interchange(remittance(*claim("A", *line(cas=["CO*197*100"])))))
    denials = find_denials(era).assign(denial=99)
    with pytest.raises(
        ValueError, match=r"^give the denials that find_denials returned for the same data$"
    ):
        weigh_evidence(denials, remittance=era)


def test_without_a_decision_acknowledgements_prove_nothing(tmp_path: Path) -> None:
    pd.DataFrame([RIGHT]).to_csv(tmp_path / "claims.csv", index=False)
    sent = read_claims(tmp_path / "claims.csv")
    told = read_277(status("A", "payer", "A2", "20260904").encode())
    denials = find_denials(claims=sent)
    assert weigh_evidence(denials, sent, acknowledgements=told).empty
