"""What openx12 holds.

Its patient responsibility is the sum of PR adjustments, not CLP05; it keeps PLB
and LQ as raw segments only, and one payment amount a file. None of these is compared
but the payment amount, which it offers as the file's.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from openx12 import x835

from benchmarks.adapters.amounts import total
from benchmarks.adapters.texts import text_of


def figures(path: Path) -> dict[str, int]:
    """Counts and sums over its claims and their services."""
    era = x835.parse(text_of(path))
    claims = era.claims
    services = [service for claim in claims for service in claim["services"]]
    adjustments = [
        item
        for owner in [*claims, *services]
        for item in owner.get("adjustments", [])
        if _is_there(item)
    ]
    status = [claim["claim_status"] for claim in claims]
    return {
        "claims": len(claims),
        "service_lines": len(services),
        "cas_triplets": len(adjustments),
        "charge_cents": total(claim["total_claim_charge"] for claim in claims),
        "paid_cents": total(claim["claim_payment_amount"] for claim in claims),
        "line_charge_cents": total(s["line_item_charge_amount"] for s in services),
        "line_paid_cents": total(s["line_item_payment_amount"] for s in services),
        "cas_cents": total(item["amount"] for item in adjustments),
        "bpr_cents": total([era.payment_amount]),
        "n_reversals": status.count("22"),
        "n_denied": status.count("4"),
    }


def _is_there(adjustment: dict[str, Any]) -> bool:
    """Not the empty triplet of a gap."""
    return bool(adjustment["reason"] or adjustment["amount"])
