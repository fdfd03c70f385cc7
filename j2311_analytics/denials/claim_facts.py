"""The claim line behind each denial, and what it says beside the payer's reason."""

from __future__ import annotations

import numpy as np
import pandas as pd

from j2311_analytics.denials.grouping import among
from j2311_analytics.denials.identity import findings_of, words_by_place
from j2311_analytics.ingest.exports import Claims

_KEYS = (
    ["claim_id", "line_control", "service_from"],
    ["claim_id", "service_from", "hcpcs"],
)


def lines_behind(denials: pd.DataFrame, claims: Claims | None) -> pd.Series:
    """Position in the export of the line that each denial answers, as last sent before it.

    Args:
        denials: Table `denials`.
        claims: What `read_claims` returned, or None.

    Returns:
        Indexed like `denials`; missing where no line of the claim fits, or several do.
    """
    found = pd.Series(pd.NA, index=denials.index, dtype="Int64")
    if claims is None:
        return found
    lines = claims.lines.reset_index(drop=True).reset_index(names="claim_row")
    lines = lines[among(lines["claim_id"], denials["claim_id"])]
    for key in _KEYS:
        asked = denials[found.isna()].dropna(subset=key)
        # A void sends no line anew; it only takes one back.
        sent = lines[lines["frequency"].ne("8").fillna(True)].dropna(subset=key)
        found = found.fillna(_last_sent(asked, sent, key).reindex(found.index))
    return found


def identity_of(denials: pd.DataFrame, claims: Claims | None, behind: pd.Series) -> pd.DataFrame:
    """Identity findings of the denied lines, by the claim line, else by what the payer shows.

    Returns:
        place (label in `denials`), finding, likely_code, facts.
    """
    lines = denials.reindex(columns=["hcpcs", "units", "ndc", "service_from"])
    lines["ndc"] = lines["ndc"].astype("str")
    lines["claim_key"] = pd.Series(pd.NA, index=lines.index, dtype="Int64")
    if claims is not None:
        lines = _with_claim(lines, claims, behind)
    label = lines.index
    found = findings_of(lines.reset_index(drop=True))
    found["place"] = label[found["place"]]
    return found[found["place"].isin(denials.index)]


def identity_words(denials: pd.DataFrame, claims: Claims | None, behind: pd.Series) -> pd.Series:
    """The findings of each denied line in words; missing where there are none."""
    return words_by_place(identity_of(denials, claims, behind)).reindex(denials.index)


def _last_sent(asked: pd.DataFrame, sent: pd.DataFrame, key: list[str]) -> pd.Series:
    pairs = (
        asked[[*key, "denied_on"]]
        .reset_index(names="place")
        .merge(sent[[*key, "claim_row", "submitted_date"]], on=key)
    )
    pairs = pairs[~(pairs["submitted_date"] > pairs["denied_on"])]
    pairs = pairs.sort_values(["place", "submitted_date", "claim_row"], na_position="first")
    last = pairs.drop_duplicates("place", keep="last")
    # Two lines of one sending that look alike are not told apart.
    same = pairs.merge(last[["place", "submitted_date"]], on=["place", "submitted_date"])
    alone = last[last["place"].map(same["place"].value_counts()).eq(1)]
    return alone.set_index("place")["claim_row"].astype("Int64")


def _with_claim(lines: pd.DataFrame, claims: Claims, behind: pd.Series) -> pd.DataFrame:
    """The denied lines as sent, followed by the other lines of their claims."""
    whole = claims.lines.reset_index(drop=True)
    sending = [whole["claim_id"], whole["submitted_date"]]
    whole["claim_key"] = whole.groupby(sending, dropna=False, sort=False).ngroup()
    known = behind.dropna().astype("int64")
    own = whole.loc[known].set_axis(known.index)
    rows = own.reindex(lines.index)
    for name in ("hcpcs", "units", "ndc", "service_from"):
        rows[name] = rows[name].where(rows[name].notna(), lines[name])
    rows["claim_key"] = rows["claim_key"].astype("Int64")
    mates = whole[whole["claim_key"].isin(own["claim_key"]) & ~whole.index.isin(known)]
    mates = mates.assign(claim_key=mates["claim_key"].astype("Int64"))
    start = int(lines.index.max()) + 1 if len(lines) else 0
    return pd.concat([rows, mates.set_axis(np.arange(len(mates)) + start)])
