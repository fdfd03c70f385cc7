"""Runs of the store in processes of their own, some of which stop dead.

As a program: SOURCE STORE STEP ingests a folder, and is killed at the given call that
makes something last on the disk; 0 lets it run to its end.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any


def start_ingest(source: Path, store: Path, step: int = 0) -> subprocess.Popen[bytes]:
    """Start to ingest a folder; the caller waits for the process or kills it."""
    call = [sys.executable, "-W", "ignore", __file__, str(source), str(store), str(step)]
    return subprocess.Popen(call, stderr=subprocess.PIPE)


def finish(run: subprocess.Popen[bytes]) -> tuple[int, bytes]:
    """Exit code and what was said on the error stream."""
    _, errors = run.communicate(timeout=240)
    return run.returncode, errors


def _ingest(source: str, store: str, step: int) -> None:
    from j2311_analytics import open_store
    from j2311_analytics.ingest import store as store_module

    store_module._GROUP_BYTES = 4000
    left = step

    def dying(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*given: Any) -> Any:
            nonlocal left
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return function(*given)

        return call

    os.fsync, Path.rename = dying(os.fsync), dying(Path.rename)  # type: ignore[method-assign]
    print("begins", file=sys.stderr, flush=True)
    open_store(store).ingest(source)


if __name__ == "__main__":
    _ingest(sys.argv[1], sys.argv[2], int(sys.argv[3]))
