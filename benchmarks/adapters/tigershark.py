"""What TigerShark's facade of the 835 shows: no MIA or MOA, and LQ*HE only."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tigershark.util import apply_facade_to_simple_x12
from tigershark.X12.file import genClaims
from tigershark.X12.parse import ParseError

from benchmarks.adapters.amounts import total
from benchmarks.adapters.texts import text_of

GROUPS = (
    "contractual_obligation",
    "correction_and_reversal",
    "other",
    "payor_initiated_reductions",
    "patient_responsibility",
)


def figures(path: Path) -> dict[str, int]:
    """Counts and sums over the facades of a file."""
    sets = [part for message in _messages(path) for part in getattr(message, "facades", [message])]
    claims = [claim for part in sets for claim in part.claims]
    lines = [line for claim in claims for line in claim.line_items]
    adjustments = [item for owner in [*claims, *lines] for item in _adjustments(owner)]
    provider = [item for part in sets for item in _provider_adjustments(part)]
    status = [(claim.payment_info.status_code or ("",))[0] for claim in claims]
    return {
        "n_st": len(sets),
        "claims": len(claims),
        "service_lines": len(lines),
        "cas_triplets": len(adjustments),
        "plb_adjustments": len(provider),
        "lq_remarks": sum(len(line.notes or []) for line in lines),
        "charge_cents": total(claim.payment_info.total_charge for claim in claims),
        "paid_cents": total(claim.payment_info.payment for claim in claims),
        "patient_resp_cents": total(c.payment_info.patient_responsibility for c in claims),
        "line_charge_cents": total(line.charge for line in lines),
        "line_paid_cents": total(line.payment for line in lines),
        "cas_cents": total(adjustments),
        "bpr_cents": total(p.header.financial_information.amount for p in sets if p.header),
        "plb_cents": total(provider),
        "n_reversals": status.count("22"),
        "n_denied": status.count("4"),
    }


def _messages(path: Path) -> list[Any]:
    """The whole text, as its own help does it; else interchange by interchange."""
    try:
        return [apply_facade_to_simple_x12(text_of(path).strip())]
    except (ParseError, ValueError):
        return [apply_facade_to_simple_x12(text) for text in genClaims(str(path))]


def _adjustments(owner: Any) -> Iterator[object]:
    for group in GROUPS:
        found = getattr(owner.claim_adjustments, group)
        yield from _amounts(found, "reason", "amount")


def _provider_adjustments(part: Any) -> Iterator[object]:
    for found in (part.footer.provider_adjustments or []) if part.footer else []:
        yield from _amounts(found, "reason", "amount")


def _amounts(found: Any, reason: str, amount: str) -> Iterator[object]:
    for n in range(1, 7):
        value = getattr(found, f"{amount}_{n}")
        if getattr(found, f"{reason}_{n}") or value:
            yield value
