"""A month from a claim export alone, where no remittance was read."""

from __future__ import annotations

from dataclasses import fields, replace

import pandas as pd

from j2311_analytics.assumptions import Assumptions
from j2311_analytics.ingest.exports import Claims
from j2311_analytics.ingest.remittance import Remittance
from j2311_analytics.matching.payers import paid_on, payers
from j2311_analytics.tables import empty

NOTE = (
    "Made from the claim export alone: no remittance was read. Denials are those that the export "
    "itself carries, there is nothing to balance, and measures that need remittances are blank."
)


def no_remittance() -> Remittance:
    """A remittance in which nothing was read.

    Example:
        >>> len(no_remittance().payments)
        0
    """
    return Remittance(**{table.name: empty(table.name) for table in fields(Remittance)})


def is_export_only(remittance: Remittance, claims: Claims | None) -> bool:
    """Whether decisions are those of the claim export, for want of any remittance.

    Example:
        >>> is_export_only(no_remittance(), None)
        False
    """
    return claims is not None and remittance.payments.empty


def alone_note(remittance: Remittance, claims: Claims | None) -> str:
    """What the reader must know of a month from an export alone; empty for any other.

    Example:
        >>> alone_note(no_remittance(), None)
        ''
    """
    return NOTE if is_export_only(remittance, claims) else ""


def decision_dates(remittance: Remittance, claims: Claims | None) -> pd.Series:
    """Dates of the decisions there are: of payments, else those that the export carries.

    Example:
        >>> decision_dates(no_remittance(), None).empty
        True
    """
    if claims is not None and is_export_only(remittance, claims):
        return claims.lines["remit_date"]
    return paid_on(remittance.payments)


def payers_seen(
    remittance: Remittance, claims: Claims | None, assumptions: Assumptions
) -> pd.DataFrame:
    """Every payer with its names: of the remittances, else of the claim export.

    Returns:
        As from `payers`; of an export, each day with decisions counts as one payment.

    Example:
        >>> payers_seen(no_remittance(), None, Assumptions()).empty
        True
    """
    if claims is not None and is_export_only(remittance, claims):
        days = claims.lines[["payer_id", "payer_name", "remit_date"]].drop_duplicates()
        days = days.rename(columns={"remit_date": "payment_date"})
        heads = days.assign(transaction=range(1, len(days) + 1))
        remittance = replace(remittance, payments=heads)
    return payers(remittance, assumptions=assumptions)
