"""The close of the month as the page and the workbook show it."""

from __future__ import annotations

import pandas as pd

from j2311_analytics.report.closing import BESIDE, Close
from j2311_analytics.report.grids import Grid, grid, records
from j2311_analytics.report.listing import MOST_ROWS, Field, Listing, fields_of
from j2311_analytics.report.words import cents_text, measure_text
from j2311_analytics.revenue.position import BANDS
from j2311_analytics.tables import TABLES, cents, dollars

WORDS = {
    "underpayments": "Paid below your fee schedule",
    "suspected_denials": "Suspected denials: the whole charge written to the contract",
    "secondary_denials": "Refused by a later payer after the first one decided",
    "takebacks": "Taken back or carried forward outside claims, all codes",
    "credit_balances": "Paid by payers together beyond what any of them allows",
    "repayment_exposure": "Paid, though the code billed is in doubt",
    "drug_cost_at_risk": "What the drugs on open denials cost you",
}
NEEDS = {"underpayments": "fee_schedule.csv", "drug_cost_at_risk": "drug_costs.csv"}
WIDTHS = {"payer": 38, "claim_id": 18, "hcpcs": 8, "step": 44}
# Sentences wrap and stand last, so that the sheet can be printed.
LONG = {"finding": 60, "meaning": 30, "expected_basis": 30, "file": 28}
FIRST = ("claim_id", "payer", "hcpcs", "service_from")
HIDDEN = {"episode", "denial", "focus", "segment", "line_control", "payer_id"}
STEPS = (("step", "Step", 44, ""), ("amount", "Dollars", 16, ""), ("services", "Services", 12, ""))
MOVEMENTS = (
    ("claim_id", "Claim id", 16, ""),
    ("line_control", "Line control", 16, ""),
    ("payer", "Payer", 38, ""),
    ("cause", "Cause", 24, "words"),
    ("hcpcs", "Code", 8, ""),
    ("service_from", "Service date", 12, ""),
    ("opening", "Opening", 13, ""),
    ("newly_denied", "Newly denied", 13, ""),
    ("recovered", "Recovered", 13, ""),
    ("written_off", "Written off", 13, ""),
    ("shifted", "Owed by patient", 13, ""),
    ("expired", "Expired", 13, ""),
    ("restated", "Restated", 13, ""),
    ("closing", "Closing", 13, ""),
    ("reason", "Why restated", 40, "long"),
    ("file", "File", 32, "long"),
)
APPEALS = (
    ("claim_id", "Claim id", 16, ""),
    ("payer", "Payer", 38, ""),
    ("cause", "Cause", 24, "words"),
    ("hcpcs", "Code", 8, ""),
    ("level", "Level", 8, ""),
    ("sent_on", "Sent on", 12, ""),
    ("outcome", "Outcome", 14, ""),
    ("decided_on", "Decided on", 12, ""),
    ("days", "Days", 8, ""),
    ("denied_amount", "Denied in force", 14, ""),
    ("recovered_amount", "Recovered", 14, ""),
)


def close_grid(close: Close) -> Grid:
    """The roll-forward, for the page.

    Example:
        >>> close_grid.__name__
        'close_grid'
    """
    rows = [
        (str(row["step"]), cents_text(row["amount"]), f"{row['services']:,}")
        for row in records(close.steps)
    ]
    strong = close.steps["name"].isin(["opening", "closing"]).tolist()
    caption = "From one close to the next in billed dollars, to the cent"
    return grid(caption, ["Step", ">Dollars", ">Services"], rows, strong=strong, narrow=True)


def ageing_grid(close: Close) -> Grid:
    """Open dollars by payer and age, for the page.

    Example:
        >>> ageing_grid.__name__
        'ageing_grid'
    """
    wide = _wide_ageing(close.ageing)
    rows = [
        (str(row["payer"]), *(cents_text(row[band]) for band in (*BANDS, "open_amount")))
        for row in records(wide)
    ]
    total = ("All payers", *(cents_text(wide[name].sum()) for name in (*BANDS, "open_amount")))
    heads = ["Payer", *(f">{band}" for band in BANDS), ">Open"]
    return grid("Open denials by days from the first denial", heads, rows, total=total)


def beside_grid(close: Close) -> Grid:
    """What stands beside denials, one row each, for the page.

    Example:
        >>> beside_grid.__name__
        'beside_grid'
    """
    rows = []
    for name, table in close.beside.items():
        amount = cents_text(dollars(pd.Series([cents(table[BESIDE[name]]).sum()])).iloc[0])
        number = f"{table['episodes'].sum() if 'episodes' in table else len(table):,}"
        # Without the user's prices nothing is known, which is not the same as nothing.
        known = name not in NEEDS or len(table)
        words = WORDS[name] if known else f"{WORDS[name]} (none, or no {NEEDS[name]})"
        rows.append((words, number, amount))
    last = close.reserve.iloc[-1]
    reserved = (
        "Reserve: expected value refused that is not expected to come",
        f"{last['episodes']:,}",
        cents_text(last["reserve_amount"]),
    )
    heads = ["What", ">Number", ">Dollars"]
    return grid("Kept apart, each with a table in the workbook", heads, [reserved, *rows])


def appeals_grid(close: Close) -> Grid:
    """Appeals by level and outcome, for the page.

    Example:
        >>> appeals_grid.__name__
        'appeals_grid'
    """
    rows = [
        (
            str(row["level"]),
            str(row["outcome"]),
            f"{row['appeals']:,}",
            measure_text(row["median_days"], "days"),
            cents_text(row["denied_amount"]),
            cents_text(row["recovered_amount"]),
        )
        for row in records(close.appeals_by)
    ]
    heads = ["Level", "Outcome", ">Appeals", ">Median days", ">Denied in force", ">Recovered"]
    caption = "Appeals by level and outcome; days until the decision, or so far"
    return grid(caption, heads, rows)


def close_listings(close: Close) -> list[Listing]:
    """The sheet Close: roll-forward, ageing, reserve, appeals.

    Example:
        >>> close_listings.__name__
        'close_listings'
    """
    wide = _wide_ageing(close.ageing)
    aged = [Field("payer", "Payer", 44), *(Field(b, f"{b} days", 16, "money") for b in BANDS)]
    aged.append(Field("open_amount", "Open", 16, "money"))
    total = {name: dollars(pd.Series([cents(wide[name]).sum()])).iloc[0] for name in BANDS}
    total["open_amount"] = dollars(pd.Series([cents(wide["open_amount"]).sum()])).iloc[0]
    return [
        Listing(fields_of(STEPS, "roll_forward"), close.steps, title="From close to close"),
        Listing(aged, wide, {"payer": "Total", **total}, title="Age of open denials"),
        _listing("reserve", close.reserve, "Reserve for denials"),
        _listing("appeals_by", close.appeals_by, "Appeals by level and outcome"),
    ]


def movement_listing(close: Close) -> Listing:
    """The sheet Movements: what moved in the month, service by service.

    Example:
        >>> movement_listing.__name__
        'movement_listing'
    """
    amounts = [name for name, *_ in MOVEMENTS[6:14]]
    total = {
        name: dollars(pd.Series([cents(close.movements[name]).sum()])).iloc[0] for name in amounts
    }
    flows = close.movements[amounts[1:-1]].any(axis=1)
    order = close.movements.assign(still=~flows).sort_values(
        ["still", "claim_id"], kind="stable", na_position="last"
    )
    return Listing(fields_of(MOVEMENTS, "movements"), order, {"claim_id": "Total", **total})


def appeal_listing(close: Close) -> Listing:
    """The sheet Appeals.

    Example:
        >>> appeal_listing.__name__
        'appeal_listing'
    """
    return Listing(fields_of(APPEALS, "appeals"), close.appeals)


def beside_listings(close: Close) -> list[Listing]:
    """The sheet Beside denials: tables that are in no total of denials.

    Example:
        >>> beside_listings.__name__
        'beside_listings'
    """
    return [
        _listing(name, table.head(MOST_ROWS), WORDS[name]) for name, table in close.beside.items()
    ]


def _listing(name: str, table: pd.DataFrame, title: str) -> Listing:
    """A table of the sheet; what names the service stands first, in columns that line up."""
    shown = [column.name for column in TABLES[name] if column.name not in HIDDEN]
    order = [*FIRST, *(n for n in shown if n not in FIRST and n not in LONG), *LONG]
    fields = [
        (n, n.replace("_", " ").capitalize(), WIDTHS.get(n, LONG.get(n, 16)), _shown(n))
        for n in order
        if n in shown
    ]
    return Listing(fields_of(fields, name), table, title=title)


def _shown(name: str) -> str:
    return "long" if name in LONG else "words" if name == "cause" else ""


def _wide_ageing(ageing: pd.DataFrame) -> pd.DataFrame:
    """One row per payer, one column per band; payers stay in their order."""
    keys = ["payer_id", "payer"]
    named = ageing.assign(**{key: ageing[key].fillna("") for key in keys})
    wide = named.pivot_table(
        index=keys, columns="age_band", values="open_amount", aggfunc="sum", sort=False
    )
    wide = wide.reindex(columns=list(BANDS)).fillna(0.0)
    whole = sum((cents(wide[band]) for band in BANDS), start=pd.Series(0, index=wide.index))
    return wide.assign(open_amount=dollars(whole)).reset_index()
