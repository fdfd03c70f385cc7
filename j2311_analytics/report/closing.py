"""The close of a month: its tables, and what the close before handed on."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pandas as pd

from j2311_analytics.assumptions import Assumptions
from j2311_analytics.denials.appeals import appeals_by, appeals_in
from j2311_analytics.denials.decisions import decisions_in
from j2311_analytics.denials.episodes import episodes_in
from j2311_analytics.denials.history import History, build_history
from j2311_analytics.denials.identity import code_identity
from j2311_analytics.ingest.exports import Claims
from j2311_analytics.ingest.remittance import Remittance
from j2311_analytics.revenue.asides import (
    credit_balances,
    drug_cost_at_risk,
    repayment_exposure,
    secondary_denials,
    suspected_denials,
    takebacks,
    underpayments,
)
from j2311_analytics.revenue.close import inventory, roll_forward
from j2311_analytics.revenue.position import ageing, reserve
from j2311_analytics.tables import TABLES, cents, conform

# What is summed of each table that stands beside denials.
BESIDE = {
    "underpayments": "underpaid_amount",
    "suspected_denials": "charge",
    "secondary_denials": "denied_amount",
    "takebacks": "amount",
    "credit_balances": "credit_amount",
    "repayment_exposure": "paid",
    "drug_cost_at_risk": "acquisition_cost",
}
NO_CLOSE = "No earlier close was found: what files that came late changed cannot be told apart."
OTHER_CODES = "The close before is of other codes: it is not compared with."


@dataclass(frozen=True)
class Handed:
    """What the close before handed on.

    Args:
        inventory: Table `inventory` as it was then.
        late_files: Remittance files of today that it did not know.
        codes: Codes that it was about.

    Example:
        >>> Handed.__dataclass_params__.frozen
        True
    """

    inventory: pd.DataFrame
    late_files: frozenset[str]
    codes: tuple[str, ...]


@dataclass(frozen=True)
class Close:
    """The tables of a month's close; focus codes only, but for takebacks.

    Args:
        inventory: Table `inventory`: what this close hands on.
        steps: Table `roll_forward`.
        movements: Table `movements`.
        compared: What the opening inventory rests on, in words.
        ageing: Table `ageing`.
        reserve: Table `reserve`.
        appeals: Table `appeals`.
        appeals_by: Table `appeals_by`.
        beside: Tables that are no denials, by their name in `tables`.

    Example:
        >>> Close.__dataclass_params__.frozen
        True
    """

    inventory: pd.DataFrame
    steps: pd.DataFrame
    movements: pd.DataFrame
    compared: str
    ageing: pd.DataFrame
    reserve: pd.DataFrame
    appeals: pd.DataFrame
    appeals_by: pd.DataFrame
    beside: dict[str, pd.DataFrame]


@dataclass(frozen=True)
class Own:
    """What the user gives about prices.

    Args:
        fee_schedule: Contract rates, or None.
        drug_costs: What drugs cost the practice, or None.

    Example:
        >>> Own(None, None).drug_costs is None
        True
    """

    fee_schedule: pd.DataFrame | None
    drug_costs: pd.DataFrame | None


def close_month(
    history: History,
    tables: dict[str, pd.DataFrame],
    remittance: Remittance,
    claims: Claims | None,
    *,
    own: Own,
    handed: Handed | None = None,
    assumptions: Assumptions,
) -> Close:
    """Close a month: what moved, how old the rest is, and what stands beside denials.

    Args:
        history: The decided lines up to the end of the month.
        tables: denials, episodes and recoverable (focus only) of the same history.
        remittance: What was read.
        claims: The claim export, or None.
        own: The user's prices.
        handed: What the close of the month before handed on.
        assumptions: With `as_of` set to the last day of the month.

    Returns:
        Every table of the close.

    Example:
        >>> close_month.__name__
        'close_month'
    """
    episodes, valued = tables["episodes"], tables["recoverable"]
    focus = episodes[episodes["focus"]]
    decisions = decisions_in(history, episodes)
    closing = inventory(focus, assumptions=assumptions)
    before = handed if handed is not None and handed.codes == assumptions.focus else None
    since = _last_close(assumptions)
    moved = roll_forward(
        _opening(remittance, claims, assumptions, since),
        closing,
        since=pd.Timestamp(since),
        reported=before.inventory if before else None,
        decisions=decisions,
        late_files=before.late_files if before else frozenset(),
    )
    appeals = appeals_in(history, claims, episodes)
    appeals = appeals[appeals["focus"]].reset_index(drop=True)
    found = {
        "underpayments": underpayments(focus, own.fee_schedule, assumptions=assumptions),
        "suspected_denials": suspected_denials(decisions[decisions["focus"]]),
        "secondary_denials": secondary_denials(tables["denials"][tables["denials"]["focus"]]),
        "takebacks": takebacks(remittance, assumptions=assumptions),
        "credit_balances": credit_balances(decisions[decisions["focus"]]),
        "repayment_exposure": repayment_exposure(
            focus, None if claims is None else code_identity(claims)
        ),
        "drug_cost_at_risk": drug_cost_at_risk(valued, own.drug_costs),
    }
    told = f"Compared with the inventory that the close of {since:%Y-%m} handed on."
    return Close(
        closing,
        moved.steps,
        moved.movements,
        told if before else OTHER_CODES if handed else NO_CLOSE,
        ageing(valued),
        reserve(valued, assumptions=assumptions),
        appeals,
        appeals_by(appeals),
        found,
    )


def close_figures(close: Close) -> dict[str, float]:
    """The close in one figure each, for metrics.json.

    Returns:
        Dollars: the steps of the roll-forward, the reserve, and each table beside.

    Example:
        >>> close_figures.__name__
        'close_figures'
    """
    steps = dict(zip(close.steps["name"], close.steps["amount"], strict=True))
    beside = {name: _dollars(table[BESIDE[name]]) for name, table in close.beside.items()}
    reserved = float(close.reserve["reserve_amount"].iloc[-1])
    return {**steps, "reserve": reserved, **beside}


def _dollars(amounts: pd.Series) -> float:
    return int(cents(amounts).sum()) / 100


def previous_close(
    out: str | Path, month: str, files: Sequence[Mapping[str, object]] = ()
) -> Handed | None:
    """What the latest run of the month before handed on.

    Args:
        out: Parent folder of all runs.
        month: Month to close, such as "2026-10".
        files: Remittance files of today, each with file and sha256.

    Returns:
        Its inventory, files and codes, or None where there is no such run.

    Example:
        >>> previous_close("no such folder", "2026-10") is None
        True
    """
    before = (date(int(month[:4]), int(month[5:]), 1) - timedelta(days=1)).strftime("%Y-%m")
    runs = [path for path in Path(out).glob(f"{before}/*/inventory.csv") if _is_run(path.parent)]
    if not runs:
        return None
    folder = max(runs, key=lambda path: int(path.parent.name)).parent
    text = {c.name: "str" for c in TABLES["inventory"] if c.kind == "text"}
    table = pd.read_csv(
        folder / "inventory.csv",
        dtype=text,
        keep_default_na=False,
        na_values={c.name: [""] for c in TABLES["inventory"]},
    )
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    metrics = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    known = {file["sha256"] for file in manifest["inputs"]["remits"]}
    late = frozenset(str(file["file"]) for file in files if file["sha256"] not in known)
    return Handed(conform(table, "inventory"), late, tuple(metrics["codes_shown"]))


def _is_run(folder: Path) -> bool:
    names = ("manifest.json", "metrics.json")
    return folder.name.isdigit() and all((folder / name).exists() for name in names)


def _last_close(assumptions: Assumptions) -> date:
    assert assumptions.as_of is not None
    return assumptions.as_of.replace(day=1) - timedelta(days=1)


def _opening(
    remittance: Remittance, claims: Claims | None, assumptions: Assumptions, since: date
) -> pd.DataFrame:
    """The inventory as of the last close, from what is known today."""
    then = assumptions.with_as_of(since)
    history = build_history(remittance, claims, then)
    episodes = episodes_in(history, claims, None, then)
    return inventory(episodes[episodes["focus"]], assumptions=then)
