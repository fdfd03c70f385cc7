"""Policy files: what is read, and what each mistake is answered with."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from j2311_analytics import read_policies, read_settings, read_unit_limits

HEAD = "payer_id,payer,hcpcs,requirement,value,valid_from,valid_to,source\n"
EXAMPLE = Path(__file__).resolve().parent.parent.parent / "data" / "policies"


def policy(folder: Path, row: str, head: str = HEAD) -> Path:
    path = folder / "north.csv"
    path.write_text(f"{head}{row}\n", encoding="utf-8")
    return path


def test_the_example_is_read() -> None:
    found = read_policies(EXAMPLE)
    assert set(found["file"]) == {"harborline.csv"}
    assert found.loc[found["requirement"] == "places", "value"].tolist() == ["11;22;49;57"]
    assert found["hcpcs"].isna().sum() == 2


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (",,J2315,ndc,yes,,,", "give a payer_id or a part of the payer's name"),
        ("N,,J2315,colour,yes,,,", "unknown requirement 'colour'; known are authorization, "),
        ("N,,J2315,authorization,maybe,,,", "authorization must be yes or no; got 'maybe'"),
        ("N,,J2315,min_days,soon,,,", "min_days must be a whole number; got 'soon'"),
        ("N,,J2315,min_days,0,,,", "min_days must be a whole number; got '0'"),
        ("N,,J2315,places,office,,,", "places must be places of service in two digits"),
        ("N,,J2315,network,123,,,", "network must be the 10-digit NPIs in the network"),
        ("N,,J2315,channel,mail,,,", "channel must be one of buy_and_bill, white_bagging"),
        ("N,,J2315,discount_modifier,tb,,,", "discount_modifier must be modifiers with ; between"),
        ("N,,2315,ndc,yes,,,", "hcpcs must be a code such as J2315, or empty; got '2315'"),
        ("N,,J2315,ndc,yes,1/1/26,,", "dates are written 2026-01-31; got '1/1/26'"),
        (
            "N,,J2315,ndc,yes,2026-02-01,2026-01-01,",
            "valid_from 2026-02-01 lies after valid_to 2026-01-01",
        ),
    ],
)
def test_a_mistake_names_the_file_the_row_and_what_to_change(
    row: str, said: str, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=rf"^north\.csv, row 2: {re.escape(said)}"):
        read_policies(policy(tmp_path, row))


def test_missing_and_unknown_columns_are_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"needs the columns payer_id, .*; it lacks value$"):
        read_policies(policy(tmp_path, "N,,J2315,ndc", "payer_id,payer,hcpcs,requirement\n"))
    with pytest.raises(ValueError, match=r"it has colour$"):
        read_policies(policy(tmp_path, "", HEAD.replace("source", "colour")))


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="check the path of the policies"):
        read_policies(tmp_path / "none")


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("J2315,lots,1", "max_units must be a number of units, such as 380"),
        ("J2315,380,4", "adjudication_indicator must be 1, 2 or 3"),
        ("J2315,380,1\nJ2315,380,1", "the code stands in an earlier row, too"),
    ],
)
def test_unit_limits_are_checked(row: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "unit_limits.csv"
    path.write_text(f"hcpcs,max_units,adjudication_indicator\n{row}\n", encoding="utf-8")
    with pytest.raises(ValueError, match=rf"^unit_limits\.csv, row \d: {re.escape(said)}$"):
        read_unit_limits(path)


def test_the_settings_folder_brings_both(tmp_path: Path) -> None:
    (tmp_path / "policies").mkdir()
    policy(tmp_path / "policies", "N,,J2315,ndc,yes,,,")
    limits = "hcpcs,max_units,adjudication_indicator\nJ2315,380,3\n"
    (tmp_path / "unit_limits.csv").write_text(limits, encoding="utf-8")
    given = read_settings(tmp_path)
    assert given.policies is not None
    assert given.policies["requirement"].tolist() == ["ndc"]
    assert given.unit_limits is not None
    assert given.unit_limits["max_units"].tolist() == [380]
