"""What `read_835` and `balance` make of a file."""

from __future__ import annotations

import warnings
from pathlib import Path

from j2311_analytics import AnalyticsWarning, balance, read_835
from j2311_analytics.tables import cents


def figures(path: Path) -> dict[str, int]:
    """Every figure of the truth table that is compared."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AnalyticsWarning)
        era = read_835(path)
    failing = balance(era).query("difference_cents != 0")["level"].value_counts()
    from_heads = era.remarks["source"].isin(["MIA", "MOA"])
    counts = {
        "n_st": len(era.payments),
        "claims": len(era.claims),
        "service_lines": len(era.lines),
        "cas_triplets": len(era.adjustments),
        "plb_adjustments": len(era.provider_adjustments),
        "lq_remarks": (~from_heads).sum(),
        "moa_mia_remarks": from_heads.sum(),
        "charge_cents": cents(era.claims["charge"]).sum(),
        "paid_cents": cents(era.claims["paid"]).sum(),
        "patient_resp_cents": cents(era.claims["patient_share"]).sum(),
        "line_charge_cents": cents(era.lines["charge"]).sum(),
        "line_paid_cents": cents(era.lines["paid"]).sum(),
        "cas_cents": cents(era.adjustments["amount"]).sum(),
        "bpr_cents": cents(era.payments["payment_amount"]).sum(),
        "plb_cents": cents(era.provider_adjustments["amount"]).sum(),
        "n_reversals": (era.claims["claim_status"] == "22").sum(),
        "n_denied": (era.claims["claim_status"] == "4").sum(),
        "n_unbalanced_lines": failing.get("line", 0),
        "n_unbalanced_claims": failing.get("claim", 0),
        "n_st_bpr_bad": failing.get("transaction", 0),
    }
    return {name: int(value) for name, value in counts.items()}
