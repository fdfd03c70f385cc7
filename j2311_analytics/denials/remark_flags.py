"""Remarks with a rule of their own, by the flags that `codes/rarc.csv` gives them."""

from __future__ import annotations

import pandas as pd

from j2311_analytics import codes

NEW_CLAIM = (
    "unprocessable_new_claim_no_appeal",
    "new_claim_not_replacement",
    "void_then_new_claim",
    "no_appeal_resubmit_corrected",
)
WAITING = ("do_not_resubmit", "auto_reprocess", "wait_original")
FINAL = ("no_appeal", "appeal_late")


def first_flagged(remarks: pd.Series, flags: tuple[str, ...]) -> pd.Series:
    """The first of each line's remarks that carries one of the flags.

    Args:
        remarks: Remarks of each line, separated by spaces.
        flags: Values of `action_flag`.

    Example:
        >>> first_flagged(pd.Series(["M60 N185", "M60"]), WAITING).isna().tolist()
        [False, True]
    """
    table = codes.load("rarc")
    carries = table["action_flag"].str.split(";").map(lambda own: not set(flags).isdisjoint(own))
    chosen = set(table.loc[carries, "code"])
    answers = {
        text: next((one for one in text.split() if one in chosen), None)
        for text in remarks.dropna().unique()
    }
    return remarks.map(answers).astype("str")
