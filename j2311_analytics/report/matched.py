"""The reconciliation as the report shows it: the page's tables, the workbook's sheet."""

from __future__ import annotations

import pandas as pd

from j2311_analytics.matching.reconcile import Reconciliation
from j2311_analytics.report.grids import Grid, grid
from j2311_analytics.report.listing import MOST_ROWS, Listing, fields_of
from j2311_analytics.report.words import cents_text, sentence
from j2311_analytics.tables import cents, dollars

STEPS = (("step", "Step", 40, ""), ("amount", "Dollars", 16, ""))
MONTHS = (
    ("payer", "Payer", 40, ""),
    ("payer_id", "Payer id", 16, ""),
    ("month", "Month of service", 12, ""),
    ("lines", "Lines", 12, ""),
    ("billed", "Billed", 14, ""),
    ("answered", "Answered", 14, ""),
    ("unanswered", "Unanswered", 14, ""),
    ("rejected", "Rejected", 14, ""),
    ("void", "To void", 14, ""),
    ("adjudicated", "Adjudicated", 14, ""),
    ("paid", "Paid", 14, ""),
)
UNANSWERED = (
    ("payer", "Payer", 40, ""),
    ("claim_id", "Claim id", 16, ""),
    ("frequency", "Frequency", 12, ""),
    ("submitted_date", "Sent on", 12, ""),
    ("service_from", "Service date", 14, ""),
    ("lines", "Lines", 14, ""),
    ("charge", "Charge", 14, ""),
    ("age_days", "Age, days", 14, ""),
    ("call_on", "Call on it", 14, ""),
    ("explanation", "What is known", 14, ""),
)
NOT_SENT = (
    ("payer", "Payer", 40, ""),
    ("claim_id", "Claim id", 16, ""),
    ("payer_control_number", "Payer's claim number", 12, ""),
    ("payment_date", "Paid on", 12, ""),
    ("lines", "Lines", 14, ""),
    ("unmatched_charge", "Charge without a match", 14, ""),
    ("paid", "Paid on the claim", 14, ""),
    ("explanation", "What is known", 14, ""),
)
REJECTED = (
    ("payer", "Payer", 40, ""),
    ("claim_id", "Claim id", 16, ""),
    ("category", "Category", 12, ""),
    ("status_date", "Rejected on", 12, ""),
    ("lines", "Lines", 14, ""),
    ("charge", "Charge", 14, ""),
)
DUPLICATES = (
    ("payer", "Payer", 40, ""),
    ("claim_id", "Claim id", 16, ""),
    ("hcpcs", "Code", 12, ""),
    ("service_from", "Service date", 12, ""),
    ("submitted_date", "Sent again on", 14, ""),
    ("charge", "Charge", 14, ""),
    ("answered", "Answered", 14, ""),
)
OFF = (
    ("payer_name", "Payer", 40, ""),
    ("trace_number", "Trace number", 16, ""),
    ("payment_date", "Paid on", 12, ""),
    ("payment_amount", "Payment", 12, ""),
    ("lines_difference", "Lines to claims", 14, ""),
    ("claims_difference", "Claims to payment", 14, ""),
    ("bank_difference", "Payment to bank", 14, ""),
)


def steps_grid(found: Reconciliation) -> Grid:
    """From billed to unexplained, for the page.

    Example:
        >>> from j2311_analytics import read_835, reconcile
        >>> steps_grid(reconcile(read_835(b"ST*835*1~BPR*I*0*C~SE*3*1~"))).rows[-1].texts
        ('Unexplained', '$0.00')
    """
    steps = found.steps
    rows = zip(steps["step"].map(sentence), steps["amount"].map(cents_text), strict=True)
    caption = "All codes, all months, by the last decision of the payer that decided first"
    heads = ["Step", ">Dollars"]
    return grid(caption, heads, rows, strong=list(steps["kind"] == "total"), narrow=True)


def payers_grid(found: Reconciliation) -> Grid:
    """Billed and adjudicated dollars by payer, for the page.

    Example:
        >>> from j2311_analytics import read_835, reconcile
        >>> payers_grid(reconcile(read_835(b"ST*835*1~BPR*I*0*C~SE*3*1~"))).rows
        ()
    """
    names = ["billed", "adjudicated", "paid", "unanswered"]
    table = found.by_payer_and_month
    keys = table["payer"].astype("str").fillna("payer not named")
    sums = pd.DataFrame({name: cents(table[name]).groupby(keys).sum() for name in names})
    shown = sums.apply(dollars).map(cents_text).reset_index()
    heads = ["Payer", ">Billed", ">Adjudicated", ">Paid", ">No answer"]
    return grid("Billed and adjudicated by payer", heads, shown.itertuples(index=False, name=None))


def reconciliation_listings(found: Reconciliation) -> list[Listing]:
    """The tables of the sheet Reconciliation.

    Example:
        >>> from j2311_analytics import read_835, reconcile
        >>> found = reconcile(read_835(b"ST*835*1~BPR*I*0*C~SE*3*1~"))
        >>> reconciliation_listings(found)[0].title
        'From billed to unexplained'
    """
    steps = found.steps.drop(columns="kind").assign(step=found.steps["step"].map(sentence))
    off = found.payments[found.payments["unexplained"] != 0]
    parts = (
        ("From billed to unexplained", STEPS, steps, "reconciliation_steps"),
        ("Payments that do not tie out", OFF, off, "payments_tied"),
        ("Claims sent, no remittance yet", UNANSWERED, found.unanswered, "unanswered"),
        ("Remittances without a claim", NOT_SENT, found.not_sent, "not_sent"),
        ("Rejected before a decision", REJECTED, found.rejected, "rejected"),
        ("Lines sent again as originals", DUPLICATES, found.duplicates, "duplicates"),
        ("By payer and month", MONTHS, found.by_payer_and_month, "by_payer_and_month"),
    )
    return [
        Listing(fields_of(fields, table), rows.head(MOST_ROWS), title=title)
        for title, fields, rows, table in parts
    ]
