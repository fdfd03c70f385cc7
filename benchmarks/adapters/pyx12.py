"""What pyx12's context reader finds by walking its map of the 835."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pyx12.error_handler
import pyx12.params
import pyx12.x12context

from benchmarks.adapters.amounts import cents
from benchmarks.adapters.texts import text_of

TRIPLETS = range(2, 20, 3)
PAIRS = range(3, 15, 2)
HEADS = {"MIA": (5, 20, 21, 22, 23), "MOA": (3, 4, 5, 6, 7)}


def figures(path: Path) -> dict[str, int]:
    """Counts and sums over the segments it places in the loops of its map."""
    found: Counter[str] = Counter(dict.fromkeys(NAMES, 0))
    for segment in _segments(path):
        _take(segment, found)
    return dict(found)


NAMES = (
    "n_st", "claims", "service_lines", "cas_triplets", "plb_adjustments", "lq_remarks",
    "moa_mia_remarks", "charge_cents", "paid_cents", "patient_resp_cents", "line_charge_cents",
    "line_paid_cents", "cas_cents", "bpr_cents", "plb_cents", "n_reversals", "n_denied",
)  # fmt: skip


def _segments(path: Path) -> Iterator[Any]:
    errors = pyx12.error_handler.errh_null()
    reader = pyx12.x12context.X12ContextReader(
        pyx12.params.params(), errors, StringIO(text_of(path))
    )
    for node in reader.iter_segments():
        yield node.seg_data


def _take(segment: Any, found: Counter[str]) -> None:
    name = segment.get_seg_id()
    if name == "ST":
        found["n_st"] += segment.get_value("ST01") == "835"
    elif name == "BPR":
        found["bpr_cents"] += cents(segment.get_value("BPR02"))
    elif name == "CLP":
        _take_claim(segment, found)
    elif name == "SVC":
        found["service_lines"] += 1
        found["line_charge_cents"] += cents(segment.get_value("SVC02"))
        found["line_paid_cents"] += cents(segment.get_value("SVC03"))
    elif name == "CAS":
        for reason, amount in _pairs(segment, TRIPLETS):
            found["cas_triplets"] += bool(reason or amount)
            found["cas_cents"] += cents(amount)
    elif name == "PLB":
        for reason, amount in _pairs(segment, PAIRS):
            found["plb_adjustments"] += bool(reason or amount)
            found["plb_cents"] += cents(amount)
    elif name == "LQ":
        found["lq_remarks"] += bool(segment.get_value("LQ02"))
    elif name in HEADS:
        codes = (segment.get_value(f"{name}{position:02d}") for position in HEADS[name])
        found["moa_mia_remarks"] += sum(map(bool, codes))


def _take_claim(segment: Any, found: Counter[str]) -> None:
    found["claims"] += 1
    found["charge_cents"] += cents(segment.get_value("CLP03"))
    found["paid_cents"] += cents(segment.get_value("CLP04"))
    found["patient_resp_cents"] += cents(segment.get_value("CLP05"))
    found["n_reversals"] += segment.get_value("CLP02") == "22"
    found["n_denied"] += segment.get_value("CLP02") == "4"


def _pairs(segment: Any, positions: range) -> list[tuple[str | None, str | None]]:
    name = segment.get_seg_id()
    return [
        (segment.get_value(f"{name}{n:02d}"), segment.get_value(f"{name}{n + 1:02d}"))
        for n in positions
    ]
