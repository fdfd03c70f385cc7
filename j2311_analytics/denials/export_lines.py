"""Which service each line of the claim export belongs to."""

from __future__ import annotations

import numpy as np
import pandas as pd


def service_of(lines: pd.DataFrame, rows: pd.DataFrame) -> pd.Series:
    """The service of each export line: by claim id and line control, else by what was billed.

    Args:
        lines: Lines of the export, table `claim_lines`.
        rows: Decided rows of a history, with their service.

    Returns:
        Indexed like `lines`; missing where no one service fits.
    """
    service = pd.Series(np.nan, index=lines.index)
    # A claim id may be the patient's account, used for many dates: the date goes first.
    for key in (
        ["claim_id", "line_control", "service_from"],
        ["claim_id", "line_control"],
        ["claim_id", "service_from", "hcpcs"],
    ):
        known = rows.dropna(subset=key)
        only_one = known.groupby(key)["service"].nunique() == 1
        alike = known.drop_duplicates(key).set_index(key)["service"][only_one]
        same = alike.reindex(pd.MultiIndex.from_frame(lines[key])).to_numpy()
        service = service.fillna(pd.Series(same, index=lines.index))
    return service
