"""What the claims' own data says of the payers' reasons, as the report shows it."""

from __future__ import annotations

from typing import Any

import pandas as pd

from j2311_analytics.denials.next_action import action_after
from j2311_analytics.denials.verdicts import APPEAL, CORRECT, NO_CLAIM, PAYER, RECORDS
from j2311_analytics.report.grids import Grid, grid
from j2311_analytics.report.listing import Field, fields_of
from j2311_analytics.report.words import cents_text

MEANS = {
    APPEAL: ("Supports an appeal", "The claim already shows what the payer says is missing"),
    CORRECT: (
        "Supports a correction",
        "Something on the claim must be corrected; an appeal would fail",
    ),
    RECORDS: ("Needs records", "Only the chart, the policy or the payer's records can tell"),
    PAYER: ("Payer is right", "The claim agrees with the payer"),
    NO_CLAIM: ("No claim found", "No claim line was found to compare the reason with"),
}
WEIGHED = (
    ("rule", "Compared", 20, "words"),
    ("facts", "What was compared and found", 60, "long"),
)


def verdicts_grid(verdicts: list[dict[str, Any]]) -> Grid:
    """Open denials by verdict, for the page.

    Args:
        verdicts: "verdicts" of `metrics`.

    Returns:
        Services and dollars of each verdict, those to appeal first.

    Example:
        >>> one = {"verdict": "supports_appeal", "episodes": 2, "open_amount": 9.0,
        ...        "recoverable_amount": 4.5}
        >>> verdicts_grid([one]).rows[0].texts[2:]
        ('2', '$9.00', '$4.50')
    """
    rows = [
        (
            *MEANS[row["verdict"]],
            f"{row['episodes']:,}",
            cents_text(row["open_amount"]),
            cents_text(row["recoverable_amount"]),
        )
        for row in verdicts
    ]
    heads = ["The claim's own data says", "Because", ">Services", ">Still open", ">Recoverable"]
    return grid("Open denials, each reason compared with the claim as sent", heads, rows)


def weighed_fields() -> list[Field]:
    """Columns of the sheet Denials that say what the comparison came to.

    Example:
        >>> [field.title for field in weighed_fields()]
        ["Claim's own data says", 'Compared', 'What was compared and found']
    """
    note = "; ".join(f"{short}: {long}" for short, long in MEANS.values())
    said = Field("said", "Claim's own data says", 18, "text", note)
    return [said, *fields_of(WEIGHED, "evidence")]


def with_evidence(denials: pd.DataFrame, evidence: pd.DataFrame) -> pd.DataFrame:
    """Denials with said (the verdict as people read it), rule, facts and the action after it.

    Args:
        denials: Table `denials`.
        evidence: Table `evidence` of the same denials.

    Returns:
        The same rows in the same order.

    Example:
        >>> from j2311_analytics.tables import empty
        >>> "said" in with_evidence(empty("denials"), empty("evidence"))
        True
    """
    found = evidence.set_index("denial").reindex(denials["denial"]).set_axis(denials.index)
    said = found["verdict"].map({name: short for name, (short, _) in MEANS.items()})
    return denials.assign(
        said=said.astype("str"),
        rule=found["rule"],
        facts=found["facts"],
        action=action_after(denials["action"], found["verdict"]),
    )
