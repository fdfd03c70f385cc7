"""What to do about a denial: what its code asks for, once the verdict has had its word.

A wrong appeal costs more than none: where the claim's own data asks for a correction,
or agrees with the payer, no step is an appeal.
"""

from __future__ import annotations

import pandas as pd

from j2311_analytics import codes
from j2311_analytics.denials.verdicts import APPEAL, CORRECT, PAYER, RECORDS

WAIT = "wait"
UNKNOWN = "investigate"
# The column of action_step.csv that tells what each verdict makes of an action.
_AFTER = {APPEAL: "if_appeal", CORRECT: "if_correction", PAYER: "if_payer_is_right"}


def action_after(action: pd.Series, verdict: pd.Series) -> pd.Series:
    """The action of each denial after its verdict; `codes/action_step.csv` has the rules.

    Args:
        action: What the code of the denial asks for.
        verdict: What the claim's own data says, missing where nothing was compared.

    Returns:
        Actions of `action_step.csv`, indexed like `action`.

    Example:
        >>> action_after(pd.Series(["appeal_with_records"]), pd.Series(["payer_is_right"])).tolist()
        ['write_off_review']
    """
    found = action.astype("str").fillna(UNKNOWN)
    for name, column in _AFTER.items():
        told = found.map(codes.lookup("action_step", "action", column)).astype("str")
        found = found.mask((verdict == name).fillna(False).astype(bool), told)
    return found


def record_first(cause: pd.Series, verdict: pd.Series) -> pd.Series:
    """The record to get before anything else, where only records can decide.

    Args:
        cause: Cause of each denial.
        verdict: What the claim's own data says.

    Returns:
        The first document of the cause (`codes/cause_work.csv`), as it stands within a
        sentence; missing where no record is needed first.

    Example:
        >>> record_first(pd.Series(["units"]), pd.Series(["needs_records"])).tolist()
        ['the administration record with dose and wastage']
    """
    documents = codes.load("cause_work").set_index("cause")["documents"]
    first = documents.str.split(";").str[0]
    first = first.str[:1].str.lower() + first.str[1:]
    found = cause.map(first.to_dict()).astype("str").fillna(first["generic"])
    return found.where((verdict == RECORDS).fillna(False).astype(bool))
