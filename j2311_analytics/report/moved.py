"""What moved beyond chance, as the report shows it: words, tables, sheet and metrics."""

from __future__ import annotations

import pandas as pd

from j2311_analytics import codes
from j2311_analytics.errors import count_of
from j2311_analytics.report.grids import Grid, grid, records
from j2311_analytics.report.listing import Field, Listing, fields_of
from j2311_analytics.report.palette import percent_label
from j2311_analytics.report.rate_shifts import ANY_CAUSE
from j2311_analytics.report.words import DASH, cause_text

MOST_CODES = 12
RATES = (
    ("payer", "Payer", 38, ""),
    ("cause", "Cause", 24, "words"),
    ("direction", "Direction", 10, ""),
    ("rate_before", "Before", 10, "percent"),
    ("rate_after", "Now", 10, "percent"),
    ("since", "Since about", 12, ""),
    ("since_low", "Not before", 12, ""),
    ("since_high", "Not after", 12, ""),
    ("denied_before", "Denied before", 10, ""),
    ("services_before", "Services before", 10, ""),
    ("denied_after", "Denied now", 10, ""),
    ("services_after", "Services now", 10, ""),
    ("window_months", "Last months", 10, ""),
    ("p_value", "p-value", 12, ""),
    ("false_alarm", "False alarm", 12, "percent"),
)
CODES = (
    ("payer", "Payer", 38, ""),
    ("cause", "Cause", 24, "words"),
    ("code", "Code", 12, ""),
    ("since", "First on", 12, ""),
    ("denied_after", "Denied lines", 10, ""),
    ("words", "Finding", 60, "long"),
)


def changes_words(changes: pd.DataFrame, rate: float) -> str:
    """How many rates moved, and how often nothing at all would look like that.

    Args:
        changes: From `detect_changes`.
        rate: Chance of any alarm where nothing changed.

    Returns:
        Two sentences.

    Example:
        >>> from j2311_analytics.tables import empty
        >>> changes_words(empty("changes"), 0.05)[:40]
        'No denial rate moved beyond chance. In a'
    """
    rates = int((changes["kind"] == "rate").sum())
    told = (
        f"{count_of(rates, 'denial rate')} moved beyond chance."
        if rates
        else "No denial rate moved beyond chance."
    )
    return (
        f"{told} In a month in which nothing changed, anything at all is told here with a "
        f"chance of at most {percent_label(rate)}, over all payers, causes and the last 1, 2, 3 "
        "and 6 months together. Small payers must change much to be seen."
    )


def rates_grid(changes: pd.DataFrame) -> Grid:
    """Rates that moved, the surest first, for the page.

    Args:
        changes: From `detect_changes`.

    Returns:
        One row per payer and cause.

    Example:
        >>> from j2311_analytics.tables import empty
        >>> rates_grid(empty("changes")).rows
        ()
    """
    rows = [
        (
            str(row["payer"]),
            row["cause"] if row["cause"] == ANY_CAUSE else cause_text(row["cause"]),
            f"{percent_label(row['rate_before'], 1)} of {row['services_before']:,}",
            f"{percent_label(row['rate_after'], 1)} of {row['services_after']:,}",
            f"{row['since']:%Y-%m-%d}",
            f"{row['since_low']:%Y-%m-%d} to {row['since_high']:%Y-%m-%d}",
            percent_label(row["false_alarm"], 1),
        )
        for row in records(changes[changes["kind"] == "rate"])
    ]
    heads = ["Payer", "Cause", ">Denied before", ">Denied now", ">Since about", ">Likely range"]
    return grid("Denial rates that moved", [*heads, ">Chance of a false alarm"], rows)


def codes_grid(changes: pd.DataFrame) -> Grid:
    """Codes that a payer never gave before, the most frequent first, for the page.

    Args:
        changes: From `detect_changes`.

    Returns:
        At most 12 rows; the sheet Changes has them all.

    Example:
        >>> from j2311_analytics.tables import empty
        >>> codes_grid(empty("changes")).rows
        ()
    """
    new = with_meaning(changes[changes["kind"] == "new_code"])
    rows = [
        (
            str(row["payer"]),
            str(row["code"]),
            row["meaning"] or DASH,
            "any payer" if "any payer" in row["words"] else "this payer",
            f"{row['since']:%Y-%m-%d}",
            f"{row['denied_after']:,}",
        )
        for row in records(new.head(MOST_CODES))
    ]
    heads = ["Payer", "Code", "In our words", "Never before from", "First on", ">Denied lines"]
    caption = "Codes never seen before this month"
    if len(new) > MOST_CODES:
        caption += f", the first {MOST_CODES} of {len(new):,}"
    return grid(caption, heads, rows)


def changes_listings(changes: pd.DataFrame) -> list[Listing]:
    """The tables of the sheet Changes.

    Args:
        changes: From `detect_changes`.

    Returns:
        Rates that moved, and new codes.

    Example:
        >>> from j2311_analytics.tables import empty
        >>> [part.title for part in changes_listings(empty("changes"))]
        ['Denial rates that moved beyond chance', 'Codes never seen before']
    """
    rates, new = (changes[changes["kind"] == kind] for kind in ("rate", "new_code"))
    meaning = Field("meaning", "In our words", 60, "long", "From the package's code tables")
    shown = fields_of(CODES, "changes")
    return [
        Listing(
            fields_of(RATES, "changes"),
            rates.drop(columns="kind"),
            title="Denial rates that moved beyond chance",
        ),
        Listing(
            [*shown[:3], meaning, *shown[3:]],
            with_meaning(new).drop(columns="kind"),
            title="Codes never seen before",
        ),
    ]


def with_meaning(new: pd.DataFrame) -> pd.DataFrame:
    """New codes with what they mean, in our own words; empty where the tables do not say."""
    known = {
        f"{table.upper()} {code}": meaning
        for table in ("carc", "rarc")
        for code, meaning in codes.lookup(table, "code", "meaning").items()
    }
    return new.assign(meaning=[known.get(str(code), "") for code in new["code"]])
