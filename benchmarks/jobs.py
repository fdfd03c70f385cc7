"""One timed job in a process of its own.

    python -m benchmarks.jobs JOB PATH WARMUP THREADS

Runs in the environment of the reader it times. The result, one JSON line, has wall and
processor seconds, the resident memory after the imports and a small warm-up, the peak, and
the size of the table where the job gives one. The peak is the kernel's high-water mark,
which a process that was started by a larger one inherits in `ru_maxrss` but not in VmHWM; so
VmHWM is used where there is one.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import json
import os
import re
import resource
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

# What a job returns is held until its memory is measured.
Job = Callable[[Any], object]
STREAM_TABLES = (
    "payments", "claims", "lines", "adjustments", "remarks", "provider_adjustments", "issues",
)  # fmt: skip


def main() -> None:
    """Run one job and print what it took."""
    name, path, warmup, threads = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4]
    warnings.simplefilter("ignore")
    prepare, job = JOBS[name]
    prepare(int(threads))
    if name == "floor":
        # Its clock starts when the text is in memory: every other reader reads its file.
        result = _measured(_split, lambda: path.read_text(encoding="ascii"))
    elif name == "denials":
        # Its clock and its memory start when the tables are there.
        job(_ours(warmup))
        result = _measured_on_tables(job, _ours(path))
    else:
        job(warmup)
        gc.collect()
        result = _measured(job, lambda: path)
    print(json.dumps(result))


def _measured(job: Job, argument: Callable[[], object]) -> dict[str, float]:
    """Time the job alone; count memory from before its argument exists."""
    before = _status("VmRSS")
    given = argument()
    processor, clock = time.process_time(), time.perf_counter()
    result = job(given)
    seconds, used = time.perf_counter() - clock, time.process_time() - processor
    peak = _status("VmHWM")
    frame = getattr(result, "memory_usage", None)
    held = float(frame(deep=True).sum()) if frame is not None else 0.0
    del result
    return {
        "seconds": round(seconds, 4),
        "processor_seconds": round(used, 4),
        "before_mb": round(before / 1e6, 1),
        "peak_mb": round(peak / 1e6, 1),
        "frame_mb": round(held / 1e6, 1),
    }


def _measured_on_tables(job: Job, remittance: Any) -> dict[str, float]:
    """Time the job alone; count memory above that of the tables, whose size is the frame."""
    gc.collect()
    importlib.import_module("pyarrow").default_memory_pool().release_unused()
    if sys.platform == "linux":
        # Memory that reading freed is given back, and the peak of reading forgotten.
        ctypes.CDLL(None).malloc_trim(0)
        Path("/proc/self/clear_refs").write_text("5")
    tables = sum(getattr(remittance, name).memory_usage(deep=True).sum() for name in STREAM_TABLES)
    measured = _measured(job, lambda: remittance)
    return {**measured, "frame_mb": round(float(tables) / 1e6, 1)}


def _status(name: str) -> int:
    """VmRSS or VmHWM in bytes; the peak so far where the system does not tell."""
    status = Path("/proc/self/status")
    if status.exists():
        found = re.search(rf"^{name}:\s+(\d+) kB", status.read_text(), re.MULTILINE)
        if found:
            return int(found[1]) * 1024
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def _limit_threads(threads: int) -> None:
    """The processors numpy and Arrow may use; must come before they are imported."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS"):
        os.environ[name] = str(threads)
    pyarrow = importlib.import_module("pyarrow")
    pyarrow.set_cpu_count(threads)
    pyarrow.set_io_thread_count(threads)


def _no_preparation(_threads: int) -> None:
    """For what uses one thread in any case."""
    gc.disable()


def _prepare_ours(threads: int) -> None:
    # A key for this run: the user's own is neither needed nor made.
    os.environ.setdefault("J2311_TOKEN_KEY", "benchmark benchmark benchmark benchmark")
    _limit_threads(threads)
    importlib.import_module("j2311_analytics")


def _split(text: str) -> object:
    return [segment.split("*") for segment in text.split("~")]


def _ours(path: Path) -> object:
    from j2311_analytics import read_835

    return read_835(path)


def _denials(remittance: Any) -> object:
    from j2311_analytics import find_denials, link_episodes

    # Both are held until the peak is read, as a report holds them.
    return find_denials(remittance), link_episodes(remittance)


def _oxedi(path: Path) -> object:
    import oxedi

    return oxedi.parse_file(path).tables.to_pandas()


def _edi_835_parser(path: Path) -> object:
    from edi_835_parser import parse

    return parse(str(path)).to_dataframe()


def _pieces(path: Path) -> Iterator[Any]:
    package: Any = importlib.import_module("j2311_analytics")
    yield from package.scan_835(path)


def _stream(path: Path) -> object:
    return sum(len(piece.claims) for piece in _pieces(path))


def _stream_to_parquet(path: Path) -> object:
    """Each table into one Parquet file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from j2311_analytics.ingest.row_groups import RowGroups

    files: dict[str, RowGroups] = {}
    claims = 0
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        for piece in _pieces(path):
            claims += len(piece.claims)
            for name in STREAM_TABLES:
                schema = files[name].writer.schema if name in files else None
                rows = pa.Table.from_pandas(getattr(piece, name), schema, preserve_index=False)
                if name not in files:
                    writer = pq.ParquetWriter(f"{folder}/{name}.parquet", rows.schema)
                    files[name] = RowGroups(writer)
                files[name].add(rows)
        for file in files.values():
            file.write()
            file.writer.close()
    return claims


def _prepare_pandas(threads: int) -> None:
    _limit_threads(threads)
    importlib.import_module("pandas")


def _claim_export(path: Path) -> object:
    from j2311_analytics import read_claims

    return read_claims(path)


def _pandas_csv(path: Path) -> object:
    """The least that any reader of claims must do: text, two numbers and two dates."""
    import pandas as pd

    frame = pd.read_csv(path, dtype="str")
    for name in ("Charge", "Units"):
        frame[name] = pd.to_numeric(frame[name])
    for name in ("Svc Dt From", "Submitted Date"):
        frame[name] = pd.to_datetime(frame[name], format="%m/%d/%Y")
    return frame


def _import_peer(module: str) -> Callable[[int], None]:
    def prepare(threads: int) -> None:
        if module == "oxedi":
            _limit_threads(threads)
            importlib.import_module("pandas")
        importlib.import_module(module)

    return prepare


JOBS: dict[str, tuple[Callable[[int], None], Job]] = {
    "floor": (_no_preparation, _split),
    "ours": (_prepare_ours, _ours),
    "denials": (_prepare_ours, _denials),
    "oxedi": (_import_peer("oxedi"), _oxedi),
    "edi_835_parser": (_import_peer("edi_835_parser"), _edi_835_parser),
    "stream": (_prepare_ours, _stream),
    "stream_to_parquet": (_prepare_ours, _stream_to_parquet),
    "claim_export": (_prepare_ours, _claim_export),
    "pandas_csv": (_prepare_pandas, _pandas_csv),
}

if __name__ == "__main__":
    main()
