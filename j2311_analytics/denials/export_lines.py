"""Which service each line of the claim export belongs to, and what it says of it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from j2311_analytics.denials.grouping import among, in_text, numbered
from j2311_analytics.ingest.exports import Claims
from j2311_analytics.tables import cents

_SENT = ["submitted_date", "line_control", "written_off_amount", "written_off_on"]
_TOLD = ["claim_id", "line_control", "service_from", "hcpcs"]


def service_of(lines: pd.DataFrame, rows: pd.DataFrame) -> pd.Series:
    """The service of each export line: by claim id and line control, else by what was billed.

    Args:
        lines: Lines of the export, table `claim_lines`.
        rows: Decided rows of a history, with their service.

    Returns:
        Indexed like `lines`; missing where no one service fits.
    """
    service = pd.Series(np.nan, index=lines.index)
    known = rows.loc[among(rows["claim_id"], lines["claim_id"]), [*_TOLD, "service"]]
    both = pd.concat([in_text(known), lines[_TOLD]], ignore_index=True)
    # Texts become numbers once; keys of whole numbers are quick to make and to find.
    codes = {name: pd.Series(pd.factorize(both[name])[0]) for name in _TOLD}
    # A claim id may be the patient's account, used for many dates: the date goes first.
    for key in (
        ["claim_id", "line_control", "service_from"],
        ["claim_id", "line_control"],
        ["claim_id", "service_from", "hcpcs"],
    ):
        told = both[key].notna().all(axis=1)
        number = pd.Series(numbered([codes[name] for name in key])).where(told)
        decided = pd.DataFrame({"key": number, "service": both["service"]}).dropna()
        decided = decided.drop_duplicates()
        only_one = decided[~decided["key"].duplicated(keep=False)].set_index("key")["service"]
        same = number.iloc[len(known) :].map(only_one).set_axis(lines.index)
        service = service.fillna(same)
    return service


def sendings_and_write_offs(
    rows: pd.DataFrame, claims: Claims | None, as_of: pd.Timestamp, rejected: pd.DataFrame
) -> pd.DataFrame:
    """First sending, number of sendings and write-offs, from the export's lines.

    Args:
        rows: Decided rows of a history.
        claims: The export, or None.
        as_of: Nothing later is used.
        rejected: claim_row and service of lines that were rejected and sent again
            under another id: sendings of that service, and nothing else.
    """
    if claims is None:
        return pd.DataFrame(
            {
                "first_submitted_on": pd.Series(dtype="datetime64[us]"),
                "sendings": pd.Series(dtype="int64"),
                "export_line_control": pd.Series(dtype="str"),
                "written_off_on": pd.Series(dtype="datetime64[us]"),
                "export_written_off_cents": pd.Series(dtype="int64"),
            }
        )
    service = service_of(claims.lines, rows)
    # Of an export's many columns a copy is large.
    lines = claims.lines[_SENT].assign(service=service).dropna(subset=["service"])
    lines = lines[~(lines["submitted_date"] > as_of)]
    written_off = lines[(lines["written_off_amount"] > 0) & ~(lines["written_off_on"] > as_of)]
    # A payment undoes the write-offs before it, even if it was taken back later.
    paid = rows[(rows["paid_cents"] > 0) & ~rows["reversal"]].groupby("service")["date"].max()
    paid_on = paid.reindex(written_off["service"]).to_numpy()
    undone = written_off["written_off_on"].to_numpy() < paid_on
    written_off = written_off[~undone]
    # An export repeats a write-off on every sending of the line.
    written_off = written_off.drop_duplicates(["service", "written_off_amount", "written_off_on"])
    amount = cents(written_off["written_off_amount"])
    grouped = lines.groupby("service")
    sent = grouped["submitted_date"]
    if len(rejected):
        days = claims.lines["submitted_date"].iloc[rejected["claim_row"]]
        days = pd.concat([lines["submitted_date"], days], ignore_index=True)
        sent = days.groupby(pd.concat([lines["service"], rejected["service"]]).to_numpy())
    return pd.DataFrame(
        {
            "first_submitted_on": sent.min(),
            "sendings": sent.size(),
            # Payers that do not echo the line control number leave it to the export.
            "export_line_control": grouped["line_control"].first(),
            "written_off_on": written_off.groupby("service")["written_off_on"].max(),
            "export_written_off_cents": amount.groupby(written_off["service"]).sum(),
        }
    )
