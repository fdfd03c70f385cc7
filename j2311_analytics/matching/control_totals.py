"""What was read, in number and dollars, and every payment tied to its parts."""

from __future__ import annotations

import pandas as pd

from j2311_analytics.ingest.exports import Claims
from j2311_analytics.ingest.remittance import Remittance
from j2311_analytics.matching.payers import paid_on
from j2311_analytics.tables import cents, conform, dollars


def control_totals(remittance: Remittance, claims: Claims | None) -> pd.DataFrame:
    """Table `control_totals`: number and dollars of everything read.

    Args:
        remittance: What `read_835` returned.
        claims: What `read_claims` returned, or None.

    Example:
        >>> from j2311_analytics import read_835
        >>> era = read_835(b"ST*835*1~BPR*I*5*C~SE*3*1~")
        >>> control_totals(era, None).head(1).values.tolist()
        [['Payments', 1, 5.0]]
    """
    parts = [
        ("Payments", remittance.payments["payment_amount"]),
        ("Claims in remittances: charges", remittance.claims["charge"]),
        ("Claims in remittances: paid", remittance.claims["paid"]),
        ("Service lines in remittances: charges", remittance.lines["charge"]),
        ("Service lines in remittances: paid", remittance.lines["paid"]),
        ("Adjustments of claims and lines", remittance.adjustments["amount"]),
        ("Provider adjustments", remittance.provider_adjustments["amount"]),
    ]
    if claims is not None:
        parts.append(("Lines of the claim export: charges", claims.lines["charge"]))
    rows = [(what, len(part), int(cents(part).sum())) for what, part in parts]
    table = pd.DataFrame(rows, columns=["what", "number", "amount"])
    return conform(table.assign(amount=dollars(table["amount"])), "control_totals")


def payments_tied(remittance: Remittance, bank: pd.DataFrame | None = None) -> pd.DataFrame:
    """Table `payments_tied`: what lines and claims add up to, and what was paid.

    Paid on lines, plus what claims without lines paid, less adjustments of whole
    claims, is what claims paid; less provider adjustments it is the payment (BPR02),
    and that is what the bank received.

    Args:
        remittance: What `read_835` returned.
        bank: Deposits with trace_number and amount, where there are any.

    Raises:
        ValueError: if `bank` lacks one of these columns.

    Example:
        >>> from j2311_analytics import read_835
        >>> payments_tied(read_835(b"ST*835*1~BPR*I*5*C~SE*3*1~"))["unexplained"].tolist()
        [5.0]
    """
    era, key = remittance, "transaction"
    heads = era.claims.set_index("claim")
    lined = heads.index.isin(era.lines["claim"])
    on_lines = cents(era.lines["paid"]).groupby(era.lines["claim"].map(heads[key])).sum()
    alone = cents(heads.loc[~lined, "paid"]).groupby(heads.loc[~lined, key]).sum()
    general = era.adjustments[era.adjustments["line"].isna()].dropna(subset=["claim"])
    general = general[general["claim"].isin(heads.index[lined])]
    taken = cents(general["amount"]).groupby(general["claim"].map(heads[key])).sum()
    on_claims = cents(era.claims["paid"]).groupby(era.claims[key]).sum()
    plb = era.provider_adjustments
    provider = cents(plb["amount"]).groupby(plb[key]).sum()
    names = ["file", key, "payer_name", "payer_id", "trace_number"]
    table = era.payments[names].assign(payment_date=paid_on(era.payments))
    sums = {
        "paid_on_lines": on_lines,
        "paid_without_lines": alone,
        "claim_adjustments": taken,
        "paid_on_claims": on_claims,
        "provider_adjustments": provider,
    }
    whole = {name: table[key].map(part).fillna(0).astype("int64") for name, part in sums.items()}
    paid = cents(era.payments["payment_amount"])
    deposited = _deposits(table, paid, bank)
    lines_off = whole["paid_on_lines"] + whole["paid_without_lines"] - whole["claim_adjustments"]
    gaps = {
        "lines_difference": lines_off - whole["paid_on_claims"],
        "claims_difference": whole["paid_on_claims"] - whole["provider_adjustments"] - paid,
        "bank_difference": paid - deposited,
    }
    whole |= {"payment_amount": paid, "bank_amount": deposited, **gaps}
    whole["unexplained"] = sum(gap.abs() for gap in gaps.values())  # type: ignore[assignment]
    return conform(table.assign(**{n: dollars(v) for n, v in whole.items()}), "payments_tied")


def _deposits(payments: pd.DataFrame, paid: pd.Series, bank: pd.DataFrame | None) -> pd.Series:
    """What the bank received for each payment; a trace number of several goes by order."""
    if bank is None:
        return paid
    lacking = [name for name in ("trace_number", "amount") if name not in bank.columns]
    if lacking:
        raise ValueError(
            f"bank needs the columns trace_number and amount; got {list(bank.columns)}"
        )
    received = cents(bank["amount"]).groupby(bank["trace_number"].astype("str")).sum()
    # One deposit may pay several remittances: what is off shows at the first of them.
    key = payments["trace_number"].astype("str")
    together = paid.groupby(key).transform("sum").fillna(paid)
    known = key.isin(received.index)
    first = known & ~key.duplicated()
    found = paid.where(known, 0)
    return found.mask(first, key.map(received) - (together - paid)).astype("int64")
