"""Balancing of remittances, in exact cents.

Source: ASC X12 005010X221A1 front matter on balancing: service line, claim and
transaction.
"""

from __future__ import annotations

import pandas as pd

from j2311_analytics.ingest.remittance import Remittance
from j2311_analytics.tables import cents, conform


def balance(remittance: Remittance) -> pd.DataFrame:
    """Every balancing check of a remittance, with its difference in cents.

    Line: charge less its adjustments is what was paid (SVC02 − ΣCAS = SVC03).
    Claim: charge less all its adjustments is what was paid (CLP03 − ΣCAS = CLP04).
    Transaction: the payment is what claims paid less provider adjustments
    (BPR02 = ΣCLP04 − ΣPLB).

    Args:
        remittance: What `read_835` returned.

    Returns:
        Table `balance`: one row per line, claim and transaction. A missing amount
        counts as 0. `difference_cents` is 0 where the check holds.

    Example:
        >>> from j2311_analytics import read_835
        >>> era = read_835(b"ST*835*1~BPR*I*0*C~CLP*A*1*9*0~CAS*CO*197*8~SE*5*1~")
        >>> balance(era).set_index("level").loc["claim", "difference_cents"]
        np.int64(-100)
    """
    parts = [_lines(remittance), _claims(remittance), _transactions(remittance)]
    rows = pd.concat(parts, ignore_index=True)
    rows["difference_cents"] = rows["reported_cents"] - rows["expected_cents"]
    return conform(rows, "balance")


def failed_checks(checks: pd.DataFrame) -> pd.DataFrame:
    """The checks of `balance` that do not hold, as rows of the `issues` table.

    Example:
        >>> from j2311_analytics import read_835
        >>> era = read_835(b"ST*835*1~BPR*I*0*C~CLP*A*1*9*0~CAS*CO*197*8~SE*5*1~")
        >>> failed_checks(balance(era))["problem"].tolist()
        ['unbalanced_claim']
    """
    failed = checks[checks["difference_cents"] != 0]
    segment_ids = {"line": "SVC", "claim": "CLP", "transaction": "ST"}
    off = (failed["difference_cents"] / 100).map("{:+,.2f}".format).astype("str")
    return conform(
        pd.DataFrame(
            {
                "file": failed["file"],
                "segment": failed["segment"],
                "segment_id": failed["level"].map(segment_ids),
                "severity": "warning",
                "problem": "unbalanced_" + failed["level"],
                "message": "reported less expected is " + off + " dollars; kept as written",
            }
        ),
        "issues",
    )


def _places(remittance: Remittance) -> pd.DataFrame:
    payments = remittance.payments[["transaction", "file"]]
    return remittance.claims[["claim", "transaction"]].merge(payments, on="transaction")


def _lines(remittance: Remittance) -> pd.DataFrame:
    lines = remittance.lines.merge(_places(remittance), on="claim")
    adjusted = _sums(remittance.adjustments, "line")
    return pd.DataFrame(
        {
            "level": "line",
            **{name: lines[name] for name in ("file", "segment", "transaction", "claim", "line")},
            "expected_cents": cents(lines["charge"]) - _at(adjusted, lines["line"]),
            "reported_cents": cents(lines["paid"]),
        }
    )


def _claims(remittance: Remittance) -> pd.DataFrame:
    claims = remittance.claims.merge(_places(remittance)[["claim", "file"]], on="claim")
    adjusted = _sums(remittance.adjustments, "claim")
    return pd.DataFrame(
        {
            "level": "claim",
            **{name: claims[name] for name in ("file", "segment", "transaction", "claim")},
            "expected_cents": cents(claims["charge"]) - _at(adjusted, claims["claim"]),
            "reported_cents": cents(claims["paid"]),
        }
    )


def _transactions(remittance: Remittance) -> pd.DataFrame:
    payments = remittance.payments
    paid = cents(remittance.claims["paid"]).groupby(remittance.claims["transaction"]).sum()
    taken = _sums(remittance.provider_adjustments, "transaction")
    expected = _at(paid, payments["transaction"]) - _at(taken, payments["transaction"])
    return pd.DataFrame(
        {
            "level": "transaction",
            **{name: payments[name] for name in ("file", "segment", "transaction")},
            "expected_cents": expected,
            "reported_cents": cents(payments["payment_amount"]),
        }
    )


def _sums(frame: pd.DataFrame, key: str) -> pd.Series:
    keyed = frame.dropna(subset=[key])
    return cents(keyed["amount"]).groupby(keyed[key].astype("int64")).sum()


def _at(sums: pd.Series, keys: pd.Series) -> pd.Series:
    return keys.map(sums).fillna(0).astype("int64")
