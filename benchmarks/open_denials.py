"""What valuing open denials and putting them in order takes, step by step.

    python -m benchmarks.open_denials [--denials 100000] [--actions 10000] [--runs 3]

Episodes are drawn at random: 12 payers, 10 causes, three codes, denials over 500 days
of which about a third are still open.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import date
from time import process_time
from typing import TypeVar

import numpy as np
import pandas as pd

from benchmarks.tables import write
from j2311_analytics import (
    Assumptions,
    action_list,
    best_hours,
    recoverable_by,
    value_denials,
    work_groups,
)
from j2311_analytics.tables import conform

AS_OF = pd.Timestamp("2026-10-31")
ASSUMED = Assumptions(as_of=date(2026, 10, 31))
CAUSES = (
    "prior_authorization", "units", "ndc", "eligibility", "medical_necessity", "timely_filing",
    "duplicate", "coding", "documentation", "coordination_of_benefits",
)  # fmt: skip
Found = TypeVar("Found")


def main(arguments: list[str] | None = None) -> None:
    """Run every step and write one result."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.open_denials")
    parser.add_argument("--denials", type=int, default=100_000, help="episodes, open ones besides")
    parser.add_argument("--actions", type=int, default=10_000, help="open denials to put in order")
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args(arguments)
    rows: list[dict[str, object]] = []

    def timed(step: str, count: int, work: Callable[[], Found]) -> Found:
        start = process_time()
        found = work()
        seconds = process_time() - start
        rows.append({"step": step, "rows": count, "processor_seconds": f"{seconds:.3f}"})
        print(f"{step}, {count:,}: {seconds:.2f} s", flush=True)
        return found

    episodes, few = draw(options.denials), draw(3 * options.actions)
    listed = value_denials(few, assumptions=ASSUMED).head(options.actions)
    for _ in range(options.runs):
        _measure(timed, episodes, listed)
    write("open_denials", rows)


def _measure(timed: Callable[..., pd.DataFrame], episodes: pd.DataFrame, few: pd.DataFrame) -> None:
    count, number = len(episodes), len(few)
    valued = timed("value_denials", count, lambda: value_denials(episodes, assumptions=ASSUMED))
    timed(
        "recoverable_by payer and cause", count, lambda: recoverable_by(valued, assumptions=ASSUMED)
    )
    timed(
        "recoverable_by nothing", count, lambda: recoverable_by(valued, by=[], assumptions=ASSUMED)
    )
    actions = timed("action_list", number, lambda: action_list(few, hours=40, assumptions=ASSUMED))
    timed("best_hours", number, lambda: best_hours(few, hours=40, assumptions=ASSUMED))
    timed("work_groups", number, lambda: work_groups(actions, assumptions=ASSUMED))


def draw(count: int, seed: int = 5) -> pd.DataFrame:
    """Made-up episodes."""
    rng = np.random.default_rng(seed)
    number = pd.Series(range(1, count + 1))
    payer = pd.Series(rng.integers(0, 12, count)).astype("str")
    state = pd.Series(rng.choice(["open", "recovered", "written_off", "paid"], count,
                                 p=[0.35, 0.3, 0.15, 0.2]))  # fmt: skip
    denied = AS_OF - pd.to_timedelta(pd.Series(rng.integers(1, 501, count)), unit="D")
    ended = (denied + pd.to_timedelta(pd.Series(rng.integers(5, 150, count)), unit="D")).clip(
        upper=AS_OF
    )
    waiting, won, never = state == "open", state == "recovered", state == "paid"
    table = pd.DataFrame(
        {
            "episode": number,
            "claim_id": "C" + (number // 2).astype("str"),
            "payer": "Payer " + payer,
            "payer_id": "P" + payer,
            "payer_class": "commercial",
            "hcpcs": rng.choice(["J2311", "J2315", "96372"], count),
            "rendering_npi": rng.choice(["1999999984", "1888888883"], count),
            "place_of_service": rng.choice(["11", "22", "49"], count),
            "cause": rng.choice(CAUSES, count),
            "verdict": rng.choice(["", "contradicted"], count),
            "state": state,
            "focus": True,
            "units": 380.0,
            "charge": 1900.0,
            "service_from": denied - pd.Timedelta(days=20),
            "first_denied_on": denied.mask(never),
            "last_activity_on": ended.mask(waiting | never, denied),
            "resolved_on": ended.mask(waiting | never),
            "allowed": 1368.0 * (won | never),
            "recovered_amount": 1368.0 * won,
            "initial_denied_amount": 1900.0 * ~never,
            "denied_amount": 1900.0 * waiting,
            "open_amount": 1900.0 * waiting,
            "submissions": 1,
            "rejections": 0,
            "action": "correct_and_resubmit",
        }
    )
    return conform(table, "episodes")


if __name__ == "__main__":
    main()
