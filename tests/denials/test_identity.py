"""code_identity and explain_denial: what a line's own data says against its code, in words."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from small_files import claim, interchange, line, remittance

from j2311_analytics import (
    code_identity,
    codes,
    explain_denial,
    find_denials,
    read_835,
    read_claims,
)

VIVITROL, ZIMHI = "65757-0300-01", "84571-0140-02"
HEADER = "Claim ID,Payer,CPT,Units,Charge,DOS,NDC,Dx 1,Drug Name"


def findings(folder: Path, *rows: str) -> list[tuple[int, str, str]]:
    (folder / "claims.csv").write_text("\n".join([HEADER, *rows]) + "\n")
    found = code_identity(read_claims(folder / "claims.csv"))
    likely = found["likely_code"].fillna("")
    return list(zip(found["claim_row"], found["finding"], likely, strict=True))


def drug(code: str, units: int, ndc: str = "", on: str = "2025-06-02", dx: str = "F10.20") -> str:
    return f"A,North,{code},{units},100,{on},{ndc},{dx},"


GIVEN = "A,North,96372,1,10,2025-06-02,,F10.20,"


@pytest.mark.parametrize(
    ("case", "row", "expected"),
    [
        ("depot naltrexone as it should be", drug("J2315", 380, VIVITROL), []),
        ("naloxone as it should be", drug("J2311", 5, ZIMHI, dx="T40.2X1A"), []),
        ("a kit given for dependence", drug("J2311", 5, ZIMHI), []),
        ("naloxone in its new unit", drug("J2313", 500, ZIMHI, "2025-07-01", "T40.2X1A"), []),
        ("naltrexone product", drug("J2311", 380, VIVITROL), [("likely_other_code", "J2315")]),
        ("naltrexone, few units", drug("J2311", 1, VIVITROL), [("likely_other_code", "J2315")]),
        ("380 units alone", drug("J2311", 380), [("likely_other_code", "J2315")]),
        ("about 380 units", drug("J2311", 375), [("likely_other_code", "J2315")]),
        ("far from 380 units", drug("J2311", 300), []),
        ("product fits, units do not", drug("J2311", 380, ZIMHI), []),
        ("naloxone under naltrexone", drug("J2315", 5, ZIMHI), [("likely_other_code", "J2311")]),
        ("kit under no code", drug("J3490", 1, VIVITROL), [("likely_other_code", "J2315")]),
        ("last day", drug("J2311", 5, ZIMHI, "2025-06-30"), []),
        ("day after", drug("J2311", 5, ZIMHI, "2025-07-01"), [("outside_code_dates", "J2313")]),
        ("day before", drug("J2313", 500, ZIMHI, "2025-06-30"), [("outside_code_dates", "")]),
        ("old count", drug("J2313", 5, ZIMHI, "2025-07-01"), [("other_unit_amount", "")]),
        ("old count, in mg", drug("J2315", 38000, VIVITROL), [("other_unit_amount", "")]),
        ("no name", drug("J3490", 1), [("no_drug_named", "")]),
        ("a name", "A,North,J3490,1,100,2025-06-02,,F10.20,Somedrug", []),
    ],
)  # fmt: skip
def test_what_a_line_says_of_its_code(
    case: str, row: str, expected: list[tuple[str, str]], tmp_path: Path
) -> None:
    found = [
        (finding, code) for place, finding, code in findings(tmp_path, row, GIVEN) if not place
    ]
    assert found == expected, case


def test_a_drug_wants_its_procedure_and_the_procedure_a_drug(tmp_path: Path) -> None:
    alone = drug("J2315", 380, VIVITROL)
    assert findings(tmp_path, alone) == [(0, "no_administration", "")]
    assert findings(tmp_path, GIVEN) == [(0, "administration_alone", "")]
    implant = drug("J0570", 4)
    found = findings(tmp_path, implant, GIVEN)
    assert (0, "no_administration", "") in found
    by_mouth = drug("J0571", 8)
    assert findings(tmp_path, by_mouth) == []


def test_the_facts_name_the_drug_the_units_and_the_diagnosis(tmp_path: Path) -> None:
    (tmp_path / "claims.csv").write_text(f"{HEADER}\n{drug('J2311', 380, VIVITROL)}\n{GIVEN}\n")
    facts = code_identity(read_claims(tmp_path / "claims.csv"))["facts"].iloc[0]
    assert facts == (
        "the drug number is of naltrexone, about as many units as a vial of J2315 are billed, and "
        "the diagnosis is alcohol or opioid dependence without overdose, which speaks for J2315 "
        "instead of J2311"
    )


def test_the_finding_stands_on_the_denial_and_the_code_stays(tmp_path: Path) -> None:
    (tmp_path / "claims.csv").write_text(f"{HEADER}\n{drug('J2311', 380, VIVITROL)}\n{GIVEN}\n")
    lines = line("J2311", on="20250602", cas=["CO*197*100"])
    era = read_835(interchange(remittance(*claim("A", *lines))))
    found = find_denials(era, read_claims(tmp_path / "claims.csv")).iloc[0]
    assert "J2315 instead of J2311" in found["finding"]
    assert found["hcpcs"] == "J2311"
    # Without any claim, what the payer shows is enough.
    assert "J2315 instead of J2311" in find_denials(era)["finding"].iloc[0]


def test_every_denial_is_told_in_two_sentences() -> None:
    carcs = codes.load("carc").query("kind == 'denial'")["code"].tolist()
    claims = [
        segment
        for carc in carcs
        for segment in claim(f"A{carc}", *line("J2315", cas=[f"CO*{carc}*100"]))
    ]
    for denial in find_denials(read_835(interchange(remittance(*claims)))).itertuples():
        told = explain_denial(denial._asdict())
        assert told.count(". ") + told.endswith(".") == 2, told
        assert f"CO-{denial.carc} (" in told
        assert told.startswith("NORTH HEALTH refused $100.00 of J2315 on 2026-10-05 with ")


def test_every_cause_has_its_advice() -> None:
    advice = codes.load("cause")
    known = set(codes.load("carc")["category"]) | set(codes.load("rarc")["category"]) - {""}
    assert set(advice["cause"]) == (known | {"unknown_code"}) - {""}
    assert not advice["means"].str.contains(r"[.]").any()
    assert not advice["next_step"].str.contains(r"[.]").any()


def test_a_code_in_doubt_is_told_first_and_a_verdict_beside() -> None:
    row = {"hcpcs": "J2311", "carc": "197", "cause": "prior_authorization"}
    told = explain_denial({**row, "finding": "the drug number is of naltrexone"})
    assert "Look at the code first: the drug number is of naltrexone; beyond that" in told
    told = explain_denial(pd.Series({**row, "verdict": "supports_appeal", "finding": None}))
    assert ", and the claim's own data supports an appeal: compare the authorization" in told


def test_a_denial_with_nothing_but_a_cause_is_told_too() -> None:
    assert explain_denial({"cause": "units"}).startswith(
        "The payer refused the service without a reason code. For the service it means that "
    )
    with pytest.raises(KeyError):
        explain_denial({"carc": "16"})
