"""What edi-835-parser holds: no CLP05, no PLB, no MIA or MOA, and one set a file."""

from __future__ import annotations

import warnings
from pathlib import Path

from edi_835_parser import parse

from benchmarks.adapters.amounts import total


def figures(path: Path) -> dict[str, int]:
    """Counts and sums over its claims and their services."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        sets = parse(str(path))
    payments = [one.financial_information for one in sets]
    claims = [claim for one in sets for claim in one.claims]
    services = [service for claim in claims for service in claim.services]
    adjustments = [item for service in services for item in service.adjustments]
    status = [claim.claim.status.code for claim in claims]
    return {
        "claims": len(claims),
        "service_lines": len(services),
        "cas_triplets": len(adjustments),
        "lq_remarks": sum(len(service.remarks) for service in services),
        "charge_cents": total(claim.claim.charge_amount for claim in claims),
        "paid_cents": total(claim.claim.paid_amount for claim in claims),
        "line_charge_cents": total(service.service.charge_amount for service in services),
        "line_paid_cents": total(service.service.paid_amount for service in services),
        "cas_cents": total(item.amount for item in adjustments),
        "bpr_cents": total(payment.amount_paid for payment in payments if payment),
        "n_reversals": status.count("22"),
        "n_denied": status.count("4"),
    }
