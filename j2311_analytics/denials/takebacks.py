"""Money that payers take back outside any claim (PLB), and the service it names.

Source of the codes and their signs: ASC X12 005010X221A1, PLB03-1, and a payer's
guide for WO, 72 and FB (codes/plb_reason.csv).
"""

from __future__ import annotations

import pandas as pd

from j2311_analytics.denials.claim_level import share
from j2311_analytics.denials.grouping import in_text
from j2311_analytics.ingest.remittance import Remittance
from j2311_analytics.matching.payers import paid_on, payer_key
from j2311_analytics.tables import cents

TAKEN = ("WO", "72")
CARRIED = "FB"
_COLUMNS = {
    "service": "int64",
    "reason": "str",
    "amount_cents": "int64",
    "date": "datetime64[us]",
    "payer": "str",
    "file": "str",
    "segment": "int64",
}


def takebacks_in(remittance: Remittance, rows: pd.DataFrame, as_of: pd.Timestamp) -> pd.DataFrame:
    """Provider adjustments that name a claim, shared out to its services by what they paid.

    Args:
        remittance: What `read_835` returned.
        rows: Decided rows of a history, with their service.
        as_of: Nothing later is used.

    Returns:
        service, reason, amount_cents (positive: taken from the practice), date, payer,
        file, segment. The reference is the payer's claim number or the claim id.
    """
    payments = remittance.payments.assign(date=paid_on(remittance.payments))
    payments["payer_key"] = payer_key(payments["payer_id"], payments["payer_name"])
    names = ["transaction", "date", "payer_key", "file"]
    given = remittance.provider_adjustments
    given = given[given["reason"].isin([*TAKEN, CARRIED]) & given["reference"].notna()]
    if given.empty:
        return no_takebacks()
    given = given.merge(payments.loc[~(payments["date"] > as_of), names], on="transaction")
    given = given.reset_index(names="adjustment")
    given["key"] = given["reference"].str.upper().str.split().str[0]
    found = given.merge(_named(rows, given["key"]), on=["payer_key", "key"])
    found = found.drop_duplicates(["adjustment", "service"])
    whole = cents(found["amount"])
    found["amount_cents"] = share(whole, found["paid_cents"], found["adjustment"])
    return found.reindex(columns=list(_COLUMNS)).astype(_COLUMNS)


def taken_back(takebacks: pd.DataFrame) -> pd.Series:
    """Cents taken from each service; what is only carried to another payment is not."""
    found = takebacks[takebacks["reason"].isin(TAKEN)]
    return found.groupby("service")["amount_cents"].sum().rename("takeback_cents")


def no_takebacks() -> pd.DataFrame:
    """What `takebacks_in` returns where there are none."""
    return pd.DataFrame(columns=list(_COLUMNS)).astype(_COLUMNS)


def _named(rows: pd.DataFrame, keys: pd.Series) -> pd.DataFrame:
    """Services under each number that an adjustment may name, and the most they were paid."""
    parts = []
    for name in ("payer_control_number", "claim_id"):
        key = rows[name].str.upper()
        chosen = key.isin(keys)
        part = rows.loc[chosen, ["service", "payer_key", "payer", "paid_cents"]]
        parts.append(in_text(part).assign(key=key[chosen]))
    both = pd.concat(parts)
    both["paid_cents"] = both["paid_cents"].clip(lower=0)
    by = ["payer_key", "key", "service"]
    return both.groupby(by, as_index=False, sort=False).agg(
        payer=("payer", "last"), paid_cents=("paid_cents", "max")
    )
