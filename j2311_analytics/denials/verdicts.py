"""What a comparison of the payer's reason with the claim can come to."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from j2311_analytics.errors import count_of

APPEAL = "supports_appeal"
CORRECT = "supports_correction"
PAYER = "payer_is_right"
RECORDS = "needs_records"
NO_CLAIM = "no_claim_data"

Case = tuple[pd.Series, str, "pd.Series | str"]


def first_case(index: pd.Index, cases: Sequence[Case], otherwise: str) -> pd.DataFrame:
    """The first case that holds decides each denial; a doubtful one does not hold.

    Args:
        index: Labels of the denials.
        cases: Condition, verdict and facts, in order of precedence.
        otherwise: Facts where no case holds; records must then decide.

    Returns:
        verdict and facts, indexed by `index`.

    Example:
        >>> paid = pd.Series([True, pd.NA], dtype="boolean")
        >>> first_case(paid.index, [(paid, PAYER, "paid before")], "nothing found")
                  verdict          facts
        0  payer_is_right    paid before
        1   needs_records  nothing found
    """
    verdict = pd.Series(RECORDS, index=index, dtype="str")
    facts = pd.Series(otherwise, index=index, dtype="str")
    left = pd.Series(True, index=index)
    for holds, name, words in cases:
        here = holds.fillna(False).astype(bool) & left
        verdict, facts = verdict.mask(here, name), facts.mask(here, words)
        left &= ~here
    return pd.DataFrame({"verdict": verdict, "facts": facts})


def day(dates: pd.Series) -> pd.Series:
    """Dates as text; "an unknown day" where missing."""
    text: pd.Series = dates.dt.strftime("%Y-%m-%d").astype("str")
    return text.fillna("an unknown day")


def number(amounts: pd.Series) -> pd.Series:
    """Units as people write them."""
    text: pd.Series = amounts.map("{:g}".format, na_action="ignore").astype("str")
    return text.fillna("unknown")


def of_units(amounts: pd.Series) -> pd.Series:
    """Units with their word; "unknown units" where missing."""
    counts = amounts.map(lambda units: count_of(units, "unit"), na_action="ignore")
    text: pd.Series = counts.astype("str").fillna("unknown units")
    return text
