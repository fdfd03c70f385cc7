"""Who a payer is: told apart by its id, shown under its most recent name."""

from __future__ import annotations

import re

import pandas as pd

from j2311_analytics.assumptions import Assumptions
from j2311_analytics.ingest.remittance import Remittance


def payer_key(payer_id: pd.Series, payer_name: pd.Series) -> pd.Series:
    """One text per payer: its id, or its name in capitals where it has no id.

    Example:
        >>> payer_key(pd.Series(["P1", None]), pd.Series(["North", "South Plan"])).tolist()
        ['P1', 'NAME SOUTH PLAN']
    """
    name = "NAME " + payer_name.astype("str").fillna("").str.upper().str.split().str.join(" ")
    return payer_id.astype("str").fillna(name.str.strip())


def paid_on(payments: pd.DataFrame) -> pd.Series:
    """The date of each payment: BPR16, else the production date (DTM*405).

    Example:
        >>> from j2311_analytics.tables import empty
        >>> paid_on(empty("payments")).empty
        True
    """
    return payments["payment_date"].fillna(payments["production_date"])


def payers(remittance: Remittance, *, assumptions: Assumptions = Assumptions()) -> pd.DataFrame:
    """Every payer of a remittance with its names, so that a split payer is noticed.

    Args:
        remittance: What `read_835` returned.
        assumptions: Its `payer_overrides` give the user's own names and classes.

    Returns:
        One row per payer: payer_key, payer_id (missing where it has none), payer
        (the user's name, else the most recent), payer_class (the user's, else
        missing), names (all seen, "; " between), payments (count).

    Example:
        >>> from j2311_analytics import read_835
        >>> era = read_835(b"ST*835*1~BPR*I*0*C~TRN*1*9*1555~N1*PR*NORTH~SE*5*1~")
        >>> payers(era)[["payer_id", "payer"]].values.tolist()
        [['1555', 'NORTH']]
    """
    seen = remittance.payments.sort_values(["payment_date", "transaction"], kind="stable")
    seen = seen.assign(payer_key=payer_key(seen["payer_id"], seen["payer_name"]))
    table = (
        seen.groupby("payer_key", sort=True)
        .agg(
            payer_id=("payer_id", "last"),
            payer=("payer_name", "last"),
            names=("payer_name", lambda names: "; ".join(sorted(set(names.dropna())))),
            payments=("transaction", "size"),
        )
        .reset_index()
    )
    table["payer"] = table["payer"].astype("str").fillna(table["payer_id"]).fillna("unnamed payer")
    table["payer_class"] = pd.Series(None, index=table.index, dtype="str")
    return _apply_overrides(table, assumptions)


def _apply_overrides(table: pd.DataFrame, assumptions: Assumptions) -> pd.DataFrame:
    for rule in assumptions.payer_overrides:
        if rule.payer_id:
            chosen = table["payer_id"] == rule.payer_id
        else:
            chosen = table["names"].str.contains(rule.name_pattern, flags=re.IGNORECASE, regex=True)
        if rule.payer:
            table.loc[chosen, "payer"] = rule.payer
        if rule.payer_class:
            table.loc[chosen, "payer_class"] = rule.payer_class
    return table
