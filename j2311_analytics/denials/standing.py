"""What of each service stands: its money, its state, and the day that settled it."""

from __future__ import annotations

import numpy as np
import pandas as pd


def add_money(episodes: pd.DataFrame) -> None:
    """Add what is open, written off and recovered, in place.

    What only these sums need is taken out: of a million services it is large.
    """
    first, current = episodes.pop("first_row"), episodes.pop("current_row")
    ever_denied = first.notna()
    # Where only a reversal is known, nothing is in force either.
    undone = episodes["undone"].fillna(False).astype(bool) | current.isna()
    episodes["ever_denied"], episodes["undone"] = ever_denied, undone
    not_shifted = (episodes["denied_cents"] - episodes["shifted_cents"]).clip(lower=0)
    written_off = episodes.pop("export_written_off_cents").clip(lower=0, upper=not_shifted)
    episodes["written_off_cents"] = written_off
    episodes["open_cents"] = (
        episodes["denied_cents"] - episodes["shifted_cents"] - episodes["written_off_cents"]
    )
    for name in ("allowed", "paid"):
        episodes[f"{name}_cents"] += episodes.pop(f"other_{name}_cents")
    episodes["patient_share_cents"] += episodes.pop("other_share_cents")
    added_back = episodes.pop("added_back_cents")
    episodes["contract_allowed_cents"] = episodes["allowed_cents"] + added_back
    first_stands = (current == first) & episodes.pop("resolved_by").isna()
    counts = ever_denied & ~first_stands & ~undone
    allowed = episodes["allowed_cents"] - episodes["first_allowed_cents"]
    paid = episodes["paid_cents"] - episodes.pop("first_paid_cents")
    for name, gain in (("recovered", allowed), ("recovered_paid", paid)):
        episodes[f"{name}_cents"] = gain.clip(lower=0).where(counts, 0)


def state(episodes: pd.DataFrame) -> pd.Series:
    """Where each service stands; nothing but its money and its decisions is looked at."""
    open_now = episodes["open_cents"] > 0
    denied = episodes["denied_cents"] > 0
    recovered = episodes["recovered_cents"] > 0
    conditions = [
        episodes["undone"],
        open_now & recovered,
        open_now,
        denied & (episodes["written_off_cents"] >= episodes["shifted_cents"]),
        denied,
        (episodes["pended_cents"] > 0),
        episodes["ever_denied"] & (episodes["allowed_cents"] > 0),
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
    of_state, current = episodes["state"], episodes["current_on"]
    found = current.where(of_state == "patient_responsibility")
    found = found.mask(of_state == "written_off", episodes["written_off_on"])
    return found.mask(of_state == "recovered", episodes["other_on"].fillna(current))
