"""The user's fee schedule: what a contract says that a payer allows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

COLUMNS = [
    "payer_id",
    "hcpcs",
    "place_of_service",
    "allowed_per_unit",
    "percent_of_charge",
    "percent_of_asp",
    "asp_per_unit",
    "valid_from",
    "valid_to",
]
_NEEDED = ["payer_id", "hcpcs"]
_NUMBERS = COLUMNS[3:7]
_DATES = COLUMNS[7:]


def read_fee_schedule(path: str | Path) -> pd.DataFrame:
    """Read `fee_schedule.csv`: one contract rate per row.

    A row prices a code by `allowed_per_unit` (dollars), by `percent_of_charge`, or by
    `percent_of_asp` of `asp_per_unit` (dollars; average sales prices are the user's
    input, none comes with the package). `place_of_service`, `valid_from` and
    `valid_to` may be empty: then the rate holds everywhere, or without that limit.

    Args:
        path: The file; payer_id, hcpcs and one way to price are needed.

    Returns:
        payer_id, hcpcs, place_of_service (text), allowed_per_unit, percent_of_charge,
        percent_of_asp, asp_per_unit (numbers), valid_from, valid_to (dates).

    Raises:
        FileNotFoundError: if the file does not exist.
        ValueError: naming the row and what to change.

    Example:
        >>> path = Path("fee_schedule.csv")
        >>> _ = path.write_text("payer_id,hcpcs,allowed_per_unit\\nN1,J2311,3.6\\n")
        >>> read_fee_schedule(path)["allowed_per_unit"].tolist()
        [3.6]
    """
    table = pd.read_csv(path, dtype="str", keep_default_na=False, encoding="utf-8-sig")
    name = Path(path).name
    missing = [column for column in _NEEDED if column not in table.columns]
    if missing or not set(_NUMBERS[:3]) & set(table.columns):
        raise ValueError(
            f"{name} needs the columns payer_id, hcpcs and one of allowed_per_unit, "
            "percent_of_charge, percent_of_asp"
        )
    unknown = sorted(set(table.columns) - set(COLUMNS))
    if unknown:
        raise ValueError(f"{name} has columns that are not used: {', '.join(unknown)}")
    table = table.reindex(columns=COLUMNS, fill_value="").apply(lambda column: column.str.strip())
    table["hcpcs"] = table["hcpcs"].str.upper()
    rates: pd.DataFrame = table.assign(
        **{column: pd.to_numeric(table[column], errors="coerce") for column in _NUMBERS},
        **{
            column: pd.to_datetime(table[column], format="%Y-%m-%d", errors="coerce")
            for column in _DATES
        },
    )
    _check(table, rates, name)
    return rates


def scheduled(wanted: pd.DataFrame, schedule: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """What the schedule allows for services, where it knows them.

    Of several rows that fit, the one for the place of service goes before one for any
    place, then the one that began last.

    Args:
        wanted: payer_id, hcpcs, place_of_service, units, charge, service_from.
        schedule: From `read_fee_schedule`, or any frame with payer_id, hcpcs and a way
            to price.

    Returns:
        Amount in dollars and how it was found in words; missing where no row fits.

    Example:
        >>> services = pd.DataFrame({"payer_id": ["N1"], "hcpcs": ["J2311"], "units": [380.0],
        ...     "place_of_service": ["11"], "charge": [1900.0],
        ...     "service_from": pd.to_datetime(["2026-01-05"])})
        >>> rates = pd.DataFrame({"payer_id": ["N1"], "hcpcs": ["J2311"],
        ...                       "percent_of_charge": [60.0]})
        >>> scheduled(services, rates)[0].tolist()
        [1140.0]
    """
    rates = schedule.reindex(columns=COLUMNS)
    names = ["payer_id", "hcpcs", "units", "charge", "service_from", "place_of_service"]
    pairs = wanted[names].reset_index(drop=True).reset_index(names="place")
    pairs = pairs.merge(rates, on=["payer_id", "hcpcs"], suffixes=("", "_rated"))
    starts, ends = (pd.to_datetime(pairs[name]) for name in _DATES)
    outside = (pairs["service_from"] < starts) | (pairs["service_from"] > ends)
    anywhere = pairs["place_of_service_rated"].astype("str").fillna("") == ""
    here = pairs["place_of_service_rated"] == pairs["place_of_service"]
    fits = pairs.assign(here=here, starts=starts)[~outside & (anywhere | here)]
    fits = fits.sort_values(["here", "starts"], kind="stable", na_position="first")
    best = fits.drop_duplicates("place", keep="last").set_index("place")
    ways = {
        "fee schedule, per unit": best["allowed_per_unit"] * best["units"],
        "fee schedule, percent of charge": best["percent_of_charge"] / 100 * best["charge"],
        "fee schedule, percent of ASP": (
            best["percent_of_asp"] / 100 * best["asp_per_unit"] * best["units"]
        ),
    }
    amounts = pd.DataFrame(ways).astype("float64")
    first = amounts.bfill(axis=1).iloc[:, 0]
    words = amounts.notna().idxmax(axis=1).where(first.notna())
    places = np.arange(len(wanted))
    return (
        first.reindex(places).set_axis(wanted.index),
        words.astype("str").reindex(places).set_axis(wanted.index),
    )


def _check(table: pd.DataFrame, rates: pd.DataFrame, name: str) -> None:
    """Refuse a row that cannot be read, and say which and why."""
    asked = table[_NUMBERS[:3]] != ""
    problems = {
        "give a payer_id and a hcpcs": (table[_NEEDED] == "").any(axis=1),
        "give one of allowed_per_unit, percent_of_charge, percent_of_asp": asked.sum(axis=1) != 1,
        "percent_of_asp needs asp_per_unit": asked["percent_of_asp"]
        & (table["asp_per_unit"] == ""),
        "valid_to lies before valid_from": rates["valid_to"] < rates["valid_from"],
    }
    for column in _NUMBERS:
        wrong = (table[column] != "") & ~(rates[column] >= 0)
        such_as = "4.25" if column.endswith("per_unit") else "80"
        problems[f"{column} must be a number, such as {such_as}"] = wrong
    for column in _DATES:
        wrong = (table[column] != "") & rates[column].isna()
        problems[f"{column} must be a date, such as 2026-01-01"] = wrong
    for problem, wrong in problems.items():
        if wrong.any():
            raise ValueError(f"{name}, row {int(wrong.to_numpy().argmax()) + 2}: {problem}")
