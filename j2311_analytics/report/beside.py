"""Dollars shown beside the headline and never in it."""

from __future__ import annotations

import pandas as pd

from j2311_analytics.assumptions import Assumptions
from j2311_analytics.denials.history import History
from j2311_analytics.ingest.remittance import Remittance
from j2311_analytics.matching.payers import paid_on
from j2311_analytics.tables import cents

DUPLICATE = "duplicate"
# Overpayments taken back, and refunds acknowledged against them (codes/plb_reason.csv).
TAKEBACKS = ("WO", "72")


def beside_headline(
    history: History, denials: pd.DataFrame, remittance: Remittance, assumptions: Assumptions
) -> pd.DataFrame:
    """What stands beside the headline, for the focus codes where a code is known.

    Args:
        history: The decided lines.
        denials: Table `denials` of the same history.
        remittance: Its provider adjustments are those of all codes.
        assumptions: Focus codes.

    Returns:
        key, what (words), number, amount (dollars): duplicate denials beside another
        decision, refusals by later payers, suspected denials (the whole charge
        written to a code that should not take it all) and takebacks outside claims.
    """
    aside = denials[denials["focus"] & denials["stands"] & ~denials["in_headline"]]
    duplicate = aside["cause"] == DUPLICATE
    rows = history.rows
    suspected = rows[
        rows["suspected"] & rows["in_force"] & rows["first_payer"]
        & rows["hcpcs"].isin(assumptions.focus)
    ]  # fmt: skip
    taken = _takebacks(remittance, history.as_of)
    found = [
        (
            "duplicate",
            "Duplicate denials beside another decision of the same service",
            cents(aside.loc[duplicate, "denied_amount"]),
        ),
        (
            "secondary",
            "Refusals by a later payer after the first one decided",
            cents(aside.loc[~duplicate, "denied_amount"]),
        ),
        (
            "suspected",
            "Suspected denials: the whole charge written to the contract",
            suspected["charge_cents"],
        ),
        ("takeback", "Taken back by payers outside claims, all codes", taken),
    ]
    table = [(key, what, len(part), int(part.sum()) / 100) for key, what, part in found]
    return pd.DataFrame(table, columns=["key", "what", "number", "amount"])


def _takebacks(remittance: Remittance, as_of: pd.Timestamp) -> pd.Series:
    payments = remittance.payments
    early = payments.loc[~(paid_on(payments) > as_of), "transaction"]
    adjustments = remittance.provider_adjustments
    chosen = adjustments["reason"].isin(TAKEBACKS) & adjustments["transaction"].isin(early)
    return cents(adjustments.loc[chosen, "amount"])
