"""What oxedi's tables hold. It has no table of remark codes."""

from __future__ import annotations

from pathlib import Path

import oxedi

from benchmarks.adapters.amounts import total


def figures(path: Path) -> dict[str, int]:
    """Rows and sums of its five tables."""
    tables = oxedi.parse_file(path).tables.to_pandas()
    payments, claims, services = (tables[name] for name in ("payments", "claims", "services"))
    adjustments, provider = tables["adjustments"], tables["provider_adjustments"]
    # A row for an empty triplet or pair is no adjustment by the truth's convention.
    adjustments = adjustments.dropna(subset=["reason_code", "amount"], how="all")
    provider = provider.dropna(subset=["reason_code", "amount"], how="all")
    return {
        "n_st": len(payments),
        "claims": len(claims),
        "service_lines": len(services),
        "cas_triplets": len(adjustments),
        "plb_adjustments": len(provider),
        "charge_cents": total(claims["charge_amount"]),
        "paid_cents": total(claims["payment_amount"]),
        "patient_resp_cents": total(claims["patient_responsibility"]),
        "line_charge_cents": total(services["charge_amount"]),
        "line_paid_cents": total(services["payment_amount"]),
        "cas_cents": total(adjustments["amount"]),
        "bpr_cents": total(payments["total_payment_amount"]),
        "plb_cents": total(provider["amount"]),
        "n_reversals": int((claims["claim_status"] == b"22").sum()),
        "n_denied": int((claims["claim_status"] == b"4").sum()),
    }
