"""What was known on a past day: nothing dated later is left."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from j2311_analytics.ingest.exports import Claims
from j2311_analytics.ingest.remittance import Remittance
from j2311_analytics.matching.payers import paid_on

# What an export says about an event is known from the event's date on.
_DATED = {
    "remit_date": [
        "remit_date",
        "payer_control_number",
        "allowed",
        "paid",
        "patient_share",
        "denied_amount",
        "group_code",
        "carc",
        "rarc",
    ],
    "written_off_on": ["written_off_on", "written_off_amount"],
    "appeal_decision_date": ["appeal_decision_date", "appeal_outcome"],
    "appeal_date": ["appeal_date", "appeal_level", "appeal_outcome", "appeal_decision_date"],
}


def known_by(
    remittance: Remittance, claims: Claims | None, as_of: pd.Timestamp
) -> tuple[Remittance, Claims | None]:
    """The files as they would have been read on a past day.

    Payments dated later, with all that belongs to them, and claim lines sent later
    are gone; of the other claim lines, what the export says about later events is
    missing. Keys are counted anew, so that nothing tells how much came later.

    Args:
        remittance: What `read_835` returned; an undated payment is taken as known.
        claims: What `read_claims` returned, or None.
        as_of: The day.

    Returns:
        Remittance and claims of that day.

    Example:
        >>> from j2311_analytics import read_835
        >>> era = read_835(b"ST*835*1~BPR*I*0*C*************20261005~SE*3*1~")
        >>> len(known_by(era, None, pd.Timestamp("2026-10-04"))[0].payments)
        0
    """
    payments = remittance.payments[~(paid_on(remittance.payments) > as_of)]
    heads = remittance.claims[remittance.claims["transaction"].isin(payments["transaction"])]
    lines = remittance.lines[remittance.lines["claim"].isin(heads["claim"])]

    def of_claims(table: pd.DataFrame) -> pd.DataFrame:
        return table[table["claim"].isin(heads["claim"])]

    kept = {
        "payments": payments,
        "claims": heads,
        "lines": lines,
        "adjustments": of_claims(remittance.adjustments),
        "remarks": of_claims(remittance.remarks),
        "provider_adjustments": remittance.provider_adjustments[
            remittance.provider_adjustments["transaction"].isin(payments["transaction"])
        ],
        "issues": remittance.issues[remittance.issues["file"].isin(payments["file"])],
    }
    owners = {"transaction": payments, "claim": heads, "line": lines}
    for key, owner in owners.items():
        places = {old: new for new, old in enumerate(owner[key].tolist())}
        for name, table in kept.items():
            if key in table.columns:
                moved = table[key].map(places).astype(table[key].dtype)
                kept[name] = table.assign(**{key: moved})
    kept = {name: table.reset_index(drop=True) for name, table in kept.items()}
    return Remittance(**kept), claims and _claims(claims, as_of)


def _claims(claims: Claims, as_of: pd.Timestamp) -> Claims:
    lines = claims.lines[~(claims.lines["submitted_date"] > as_of)].reset_index(drop=True)
    for date, names in _DATED.items():
        later = lines[date] > as_of
        lines = lines.assign(**{name: lines[name].mask(later) for name in names})
    return replace(claims, lines=lines)
