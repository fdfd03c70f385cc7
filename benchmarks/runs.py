"""Two jobs in pairs, turn about, each run in a process of its own."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.environments import ROOT
from benchmarks.ratios import Ratio, order, paired

LONGEST_SECONDS = 900


@dataclass(frozen=True)
class Job:
    """What to run: a job of `benchmarks.jobs`, with which Python, on what."""

    name: str
    python: Path
    path: Path
    threads: int = 1


def run_pairs(
    comparison: str, one: Job, other: Job, warmup: Path, pairs: int, size: int
) -> list[dict[str, object]]:
    """Run both `pairs` times; one row per run."""
    rows: list[dict[str, object]] = []
    for pair in range(pairs):
        for which in order(pair):
            job = (one, other)[which]
            measured = _run(job, warmup)
            side = ("one", "other")[which]
            head = {"comparison": comparison, "pair": pair + 1, "side": side, "job": job.name}
            rows.append({**head, "threads": job.threads, "bytes": size, **measured})
            print(f"{comparison} {pair + 1}: {job.name} {measured['seconds']:.2f} s, "
                  f"peak {measured['peak_mb']:.0f} MB", flush=True)  # fmt: skip
    return rows


def speed(rows: Sequence[Mapping[str, object]], clock: str = "seconds") -> Ratio:
    """How many times faster the one is than the other: above 1 is faster.

    Args:
        rows: What `run_pairs` gives.
        clock: "seconds", or "processor_seconds", which other work on the machine
            lengthens less.
    """
    return paired(_values(rows, "other", clock), _values(rows, "one", clock))


def megabytes_a_second(rows: Sequence[Mapping[str, object]], side: str) -> list[float]:
    """Input per second of each run of a side."""
    chosen = [row for row in rows if row["side"] == side]
    return [float(str(row["bytes"])) / 1e6 / float(str(row["seconds"])) for row in chosen]


def memory_per_input(rows: Sequence[Mapping[str, object]], side: str) -> list[float]:
    """Peak above what was resident before the file, as a multiple of the input."""
    sizes = [float(str(row["bytes"])) / 1e6 for row in rows if row["side"] == side]
    peaks, before = _values(rows, side, "peak_mb"), _values(rows, side, "before_mb")
    return [(p - b) / size for p, b, size in zip(peaks, before, sizes, strict=True)]


def _values(rows: Sequence[Mapping[str, object]], side: str, column: str) -> list[float]:
    """Values of one side in the order of the pairs, whichever ran first."""
    chosen = sorted((int(str(r["pair"])), str(r[column])) for r in rows if r["side"] == side)
    return [float(value) for _, value in chosen]


def _run(job: Job, warmup: Path) -> dict[str, float]:
    call = [str(job.python), "-m", "benchmarks.jobs", job.name, str(job.path), str(warmup)]
    done = subprocess.run(
        [*call, str(job.threads)], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True,
        timeout=LONGEST_SECONDS,
    )  # fmt: skip
    measured: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return measured
