"""Windows for correcting and appealing, and the next step in words.

Built-in windows are planning values by class of payer (`codes/payer_windows.csv`):
they warn and sort, and never take a dollar away. A contract's own window wins.
"""

from __future__ import annotations

import pandas as pd

from j2311_analytics import codes
from j2311_analytics.assumptions import Assumptions

_BY_APPEAL = frozenset(["appeal_with_records", "send_records"])
_STEPS = {
    "correct_and_resubmit": "Correct the claim and send it as a replacement",
    "appeal_with_records": "Appeal with the medical record",
    "send_records": "Send the records that the payer asks for",
    "bill_other_payer": "Bill the payer that is responsible",
    "bill_patient": "Check the plan's exclusion, then bill the patient",
    "verify_and_rebill": "Verify coverage and bill again",
    "obtain_auth_retro": "Ask for a retroactive authorization, then resubmit",
    "write_off_review": "Review for write-off",
    "investigate": "Find out what the payer needs",
    "none": "Find out what the payer needs",
}


def next_deadline(
    table: pd.DataFrame, as_of: pd.Timestamp, assumptions: Assumptions
) -> pd.DataFrame:
    """The window that comes next for each open denial.

    Corrections are counted from the service date (as filing is), appeals from the
    latest decision; `mail_days` are taken off.

    Args:
        table: Open episodes: payer_id, payer_class, action, service_from,
            last_activity_on.
        as_of: The day from which days are counted.
        assumptions: Contract windows and mail days.

    Returns:
        Indexed like `table`: deadline_kind, deadline (date), days_left (days,
        negative where it has passed; missing where no window is known).

    Example:
        >>> from j2311_analytics.tables import empty
        >>> next_deadline(empty("episodes"), pd.Timestamp("2026-10-31"), Assumptions()).empty
        True
    """
    windows = _windows(table, assumptions)
    appeal = table["action"].isin(_BY_APPEAL)
    correction = windows["corrected_claim_days"].fillna(windows["filing_days"])
    days = windows["appeal_days"].where(appeal, correction)
    start = table["last_activity_on"].where(appeal, table["service_from"])
    length = pd.to_timedelta((days - assumptions.mail_days).astype("float64"), unit="D")
    deadline = (start + length).dt.normalize()
    kind = appeal.map({True: "appeal", False: "corrected claim"})
    source = windows["contract"].map({True: "contract", False: "planning value, unconfirmed"})
    left = (deadline - as_of).dt.days.astype("Int64")
    return pd.DataFrame(
        {"deadline_kind": kind + " (" + source + ")", "deadline": deadline, "days_left": left},
        index=table.index,
    )


def next_step(table: pd.DataFrame) -> pd.Series:
    """The next step in words; a passed planning window is named, never final.

    Args:
        table: Open episodes with action and days_left.

    Returns:
        One sentence per row.

    Example:
        >>> rows = pd.DataFrame({"action": ["send_records"], "days_left": [9]})
        >>> next_step(rows).tolist()
        ['Send the records that the payer asks for.']
    """
    step = table["action"].map(_STEPS).fillna(_STEPS["investigate"])
    passed = (table["days_left"] < 0).fillna(False).astype(bool)
    return step.mask(passed, step + "; the planning window has passed, check the contract") + "."


def _windows(table: pd.DataFrame, assumptions: Assumptions) -> pd.DataFrame:
    names = ["filing_days", "corrected_claim_days", "appeal_days"]
    planned = codes.load("payer_windows").set_index("payer_class")
    planned = planned[names].apply(pd.to_numeric, errors="coerce")
    known = table["payer_class"].where(table["payer_class"].isin(planned.index), "unknown")
    windows: pd.DataFrame = planned.reindex(known).set_axis(table.index).assign(contract=False)
    for rule in assumptions.window_overrides:
        chosen = table["payer_id"] == rule.payer_id
        for name in names:
            if getattr(rule, name) is not None:
                windows.loc[chosen, name] = getattr(rule, name)
        windows.loc[chosen, "contract"] = True
    return windows
