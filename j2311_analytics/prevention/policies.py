"""Payers' own rules, as the practice wrote them down: one CSV file per payer.

A row is one requirement of one payer for one code (or all), with its dates and
where it was read. Nothing about a payer is built in.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from j2311_analytics import codes
from j2311_analytics.prevention.lines import Mask, among, of_kind
from j2311_analytics.tables import conform, empty

COLUMNS = ("payer_id", "payer", "hcpcs", "requirement", "value", "valid_from", "valid_to", "source")
NEEDED = COLUMNS[:5]
CHANNELS = ("buy_and_bill", "white_bagging", "specialty_pharmacy", "pharmacy_benefit")
_YES_NO = "yes or no"
_NUMBER = "a whole number"
# What a value must be, by requirement; the meanings are in docs/prevention.md.
REQUIREMENTS = {
    "authorization": _YES_NO,
    "step_therapy": "the words of the treatments to be tried first, with ; between",
    "counselling": _YES_NO,
    "min_days": _NUMBER,
    "early_days": _NUMBER,
    "max_per_year": _NUMBER,
    "max_units": _NUMBER,
    "places": "places of service in two digits, with ; between",
    "network": "the 10-digit NPIs in the network, with ; between",
    "channel": f"one of {', '.join(CHANNELS)}",
    "carve_out": "the payer who is responsible",
    "discount_modifier": "modifiers with ; between",
    "waste_modifiers": _YES_NO,
    "ndc": _YES_NO,
    "filing_days": _NUMBER,
}
NO_POLICIES = empty("policies")


def read_policies(source: str | Path) -> pd.DataFrame:
    """Read payer policies from a CSV file, or from every CSV file of a folder.

    Args:
        source: A file, or a folder such as `settings/policies`. Columns: payer_id or
            payer (a part of its name), hcpcs (empty for every drug code), requirement,
            value, and, if known, valid_from, valid_to (2026-01-31) and source.

    Returns:
        Table `policies`, a later row winning over an earlier one, a code over all codes.

    Raises:
        FileNotFoundError: if there is no such file or folder.
        ValueError: naming the file, the row and what to change.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> text = "payer_id,payer,hcpcs,requirement,value\\n12345,,J2315,authorization,maybe\\n"
        >>> _ = (folder / "north.csv").write_text(text)
        >>> read_policies(folder)
        Traceback (most recent call last):
        ValueError: north.csv, row 2: authorization must be yes or no; got 'maybe'
    """
    path = Path(source)
    if not path.exists():
        raise FileNotFoundError(f"{path} does not exist; check the path of the policies")
    files = sorted(path.glob("*.csv")) if path.is_dir() else [path]
    parts = [_read(file) for file in files]
    return conform(pd.concat(parts, ignore_index=True), "policies") if parts else NO_POLICIES


def required(lines: pd.DataFrame, policies: pd.DataFrame, requirement: str) -> pd.Series:
    """What the payer of each drug line requires on the day of service; missing if nothing.

    Args:
        lines: From `prepare`.
        policies: Table `policies`.
        requirement: One of `REQUIREMENTS`.

    Returns:
        The value as text, indexed like `lines`.

    Example:
        >>> required(pd.DataFrame({"kind": pd.Series(dtype="category")}), NO_POLICIES, "ndc").size
        0
    """
    value = np.full(len(lines), None, dtype=object)
    rows = policies[policies["requirement"] == requirement]
    if len(rows):
        drug = of_kind(lines, "drug", "unclassified")
        # A rule for all codes first, so that the code's own rule is laid over it.
        ordered = rows.sort_values("hcpcs", key=lambda c: c.notna(), kind="stable")
        for row in ordered.to_dict("records"):
            applies = drug & at_payer(lines, row)
            if pd.notna(row["hcpcs"]):
                applies &= among(lines["hcpcs"], [str(row["hcpcs"])])
            applies &= _in_force(lines["service_from"], row["valid_from"], row["valid_to"])
            value[applies] = row["value"]
    return pd.Series(value, index=lines.index)


def at_payer(lines: pd.DataFrame, policy: Mapping[Hashable, Any]) -> Mask:
    """Lines of a policy's payer, by its id where the policy has one, else by a part of its name."""
    if pd.notna(policy["payer_id"]):
        return among(lines["payer_id"], [str(policy["payer_id"])])
    part = str(policy["payer"]).casefold()
    names = [c for c in lines["payer_name"].cat.categories if part in str(c).casefold()]
    return among(lines["payer_name"], names)


def _in_force(day: pd.Series, first: pd.Timestamp, last: pd.Timestamp) -> Mask:
    applies = np.ones(len(day), dtype=bool)
    if pd.notna(first):
        applies &= (day >= first).to_numpy()
    if pd.notna(last):
        applies &= (day <= last).to_numpy()
    return applies


def _read(file: Path) -> pd.DataFrame:
    table = pd.read_csv(file, dtype="str", keep_default_na=False, encoding="utf-8-sig")
    missing = [name for name in NEEDED if name not in table.columns]
    unknown = [str(name) for name in table.columns if name not in COLUMNS]
    if missing or unknown:
        wrong = f"lacks {', '.join(missing)}" if missing else f"has {', '.join(unknown)}"
        raise ValueError(
            f"{file.name} needs the columns {', '.join(NEEDED)} and may have "
            f"{', '.join(COLUMNS[5:])}; it {wrong}"
        )
    table = table.reindex(columns=list(COLUMNS), fill_value="")
    table = table.apply(lambda column: column.str.strip())
    for number, row in enumerate(table.to_dict("records"), start=2):
        for problem in _problems({str(name): str(value) for name, value in row.items()}):
            raise ValueError(f"{file.name}, row {number}: {problem}")
    read: pd.DataFrame = table.assign(hcpcs=table["hcpcs"].str.upper(), file=file.name)
    return read


def _problems(row: dict[str, str]) -> Iterator[str]:
    """What is wrong with a row, in words."""
    name, value = row["requirement"], row["value"]
    if not row["payer_id"] and not row["payer"]:
        yield "give a payer_id or a part of the payer's name"
    if name not in REQUIREMENTS:
        yield f"unknown requirement {name!r}; known are {', '.join(REQUIREMENTS)}"
    elif not _fits(name, value):
        yield f"{name} must be {REQUIREMENTS[name]}; got {value!r}"
    if row["hcpcs"] and not (len(row["hcpcs"]) == 5 and row["hcpcs"].isalnum()):
        yield f"hcpcs must be a code such as J2315, or empty; got {row['hcpcs']!r}"
    days = [row[name] for name in ("valid_from", "valid_to")]
    for day in days:
        if day and not _is_day(day):
            yield f"dates are written 2026-01-31; got {day!r}"
    if all(days) and days[0] > days[1]:
        yield f"valid_from {days[0]} lies after valid_to {days[1]}"


def _fits(requirement: str, value: str) -> bool:
    kind, items = REQUIREMENTS[requirement], value.split(";")
    if kind == _YES_NO:
        return value in ("yes", "no")
    if kind == _NUMBER:
        return value.isascii() and value.isdigit() and int(value) > 0
    if requirement == "channel":
        return value in CHANNELS
    if requirement == "places":
        known = set(codes.load("place_of_service")["code"])
        return all(item in known for item in items)
    if requirement == "network":
        return all(len(item) == 10 and item.isascii() and item.isdigit() for item in items)
    if requirement == "discount_modifier":
        return all(len(item) == 2 and item.isalnum() and item.isupper() for item in items)
    return all(item.strip() for item in items)


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
