"""What of each service stands: its money, its state, and the day that settled it."""

from __future__ import annotations

import numpy as np
import pandas as pd


def add_money(episodes: pd.DataFrame) -> None:
    """Add what is open, written off and recovered, in place."""
    # Where only a reversal is known, nothing is in force either.
    undone = episodes["undone"].fillna(False).astype(bool) | episodes["current_row"].isna()
    episodes["undone"] = undone
    not_shifted = (episodes["denied_cents"] - episodes["shifted_cents"]).clip(lower=0)
    written_off = episodes["export_written_off_cents"].clip(lower=0, upper=not_shifted)
    episodes["written_off_cents"] = written_off
    episodes["open_cents"] = (
        episodes["denied_cents"] - episodes["shifted_cents"] - episodes["written_off_cents"]
    )
    for name in ("allowed", "paid"):
        episodes[f"{name}_cents"] += episodes[f"other_{name}_cents"]
    episodes["patient_share_cents"] += episodes["other_share_cents"]
    episodes["contract_allowed_cents"] = episodes["allowed_cents"] + episodes["added_back_cents"]
    ever_denied = episodes["first_row"].notna()
    first_stands = episodes["current_row"] == episodes["first_row"]
    first_stands &= episodes["resolved_by"].isna()
    counts = ever_denied & ~first_stands & ~undone
    for name, since in (("recovered", "allowed"), ("recovered_paid", "paid")):
        gain = (episodes[f"{since}_cents"] - episodes[f"first_{since}_cents"]).clip(lower=0)
        episodes[f"{name}_cents"] = gain.where(counts, 0)


def state(episodes: pd.DataFrame) -> pd.Series:
    """Where each service stands; nothing but its money and its decisions is looked at."""
    open_now = episodes["open_cents"] > 0
    denied = episodes["denied_cents"] > 0
    recovered = episodes["recovered_cents"] > 0
    ever_denied = episodes["first_row"].notna()
    conditions = [
        episodes["undone"],
        open_now & recovered,
        open_now,
        denied & (episodes["written_off_cents"] >= episodes["shifted_cents"]),
        denied,
        (episodes["pended_cents"] > 0),
        ever_denied & (episodes["allowed_cents"] > 0),
    ]
    states = [
        "reversed",
        "partly_recovered",
        "open",
        "written_off",
        "patient_responsibility",
        "pended",
        "recovered",
    ]
    number = np.select(conditions, np.arange(len(states), dtype="int8"), np.int8(len(states)))
    found = pd.Categorical.from_codes(number, categories=pd.Index([*states, "paid"]))
    return pd.Series(found, index=episodes.index)


def resolved_on(episodes: pd.DataFrame) -> pd.Series:
    """The day that settled each service; missing where it is not settled."""
    days = pd.DataFrame(
        {
            "recovered": episodes["other_on"].fillna(episodes["current_on"]),
            "written_off": episodes["written_off_on"],
            "patient_responsibility": episodes["current_on"],
        }
    )
    found = pd.Series(pd.NaT, index=episodes.index, dtype="datetime64[us]")
    for name in days.columns:
        found = found.mask(episodes["state"] == name, days[name])
    return found
