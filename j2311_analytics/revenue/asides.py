"""Dollars beside denials: each a table of its own, in no total of denials."""

from __future__ import annotations

import pandas as pd

from j2311_analytics import codes
from j2311_analytics.assumptions import Assumptions
from j2311_analytics.ingest.remittance import Remittance
from j2311_analytics.matching.payers import paid_on, payer_key, payers
from j2311_analytics.revenue.fees import scheduled
from j2311_analytics.tables import cents, conform, dollars

# Overpayments taken back, and refunds acknowledged against them (codes/plb_reason.csv).
TAKEBACKS = ("WO", "72", "FB")
# Findings that the code billed is not the code of what was given.
IDENTITY = ("likely_other_code", "outside_code_dates", "other_unit_amount")
_SERVICE = ["claim_id", "hcpcs", "service_from"]


def underpayments(
    episodes: pd.DataFrame,
    fee_schedule: pd.DataFrame | None,
    *,
    assumptions: Assumptions = Assumptions(),
) -> pd.DataFrame:
    """Paid services that the payer allowed less for than the user's fee schedule says.

    What is denied on the same service is not underpaid. Sequestration and payment
    reductions count as allowed.

    Args:
        episodes: Table `episodes`.
        fee_schedule: The user's contract rates; without it nothing can be said.
        assumptions: `underpaid_from`, the difference in dollars that counts.

    Returns:
        Table `underpayments`, the largest first.

    Example:
        >>> from j2311_analytics.tables import empty
        >>> underpayments(empty("episodes"), None).empty
        True
    """
    # Another payer's price says nothing about the contract of the first.
    own = episodes["recovered_from"].isna() | (episodes["recovered_from"] == episodes["payer"])
    paid = episodes[(episodes["contract_allowed"] > 0) & own]
    if fee_schedule is None:
        return conform(paid.iloc[:0], "underpayments")
    amount, basis = scheduled(paid, fee_schedule)
    capped = dollars(cents(amount).clip(upper=cents(paid["charge"])))
    table = paid.assign(expected_allowed=capped, expected_basis=basis)[amount.notna()]
    short = cents(table["expected_allowed"]) - cents(table["contract_allowed"])
    short -= cents(table["denied_amount"])
    table = table.assign(underpaid_amount=dollars(short))
    table = table[(short > 0) & (short >= round(assumptions.underpaid_from * 100))]
    return conform(_largest(table, "underpaid_amount"), "underpayments")


def suspected_denials(decisions: pd.DataFrame) -> pd.DataFrame:
    """Services whose whole charge was written to a code that should not take it all.

    Args:
        decisions: Table `decisions`.

    Returns:
        Table `suspected_denials`, the largest charge first.

    Example:
        >>> from j2311_analytics.tables import empty
        >>> suspected_denials(empty("decisions")).empty
        True
    """
    return conform(_largest(decisions[decisions["suspected"]], "charge"), "suspected_denials")


def secondary_denials(denials: pd.DataFrame) -> pd.DataFrame:
    """Refusals in force of a later payer, after the first one decided.

    Args:
        denials: Table `denials`.

    Returns:
        Table `secondary_denials`, the largest first.

    Example:
        >>> from j2311_analytics.tables import empty
        >>> secondary_denials(empty("denials")).empty
        True
    """
    later = denials["stands"] & ~denials["in_headline"] & (denials["cause"] != "duplicate")
    return conform(_largest(denials[later], "denied_amount"), "secondary_denials")


def takebacks(remittance: Remittance, *, assumptions: Assumptions = Assumptions()) -> pd.DataFrame:
    """Money taken back or carried forward outside claims, with its claim where it is named.

    Args:
        remittance: What `read_835` returned.
        assumptions: As-of date and the user's names of payers.

    Returns:
        Table `takebacks`, the latest first. A positive amount lowered the payment.

    Example:
        >>> from j2311_analytics import read_835
        >>> text = "ST*835*1~BPR*I*0*C~PLB*1*20261231*WO:A1*9.5~SE*4*1~"
        >>> takebacks(read_835(text.encode()))[["reference", "amount"]].values.tolist()
        [['A1', 9.5]]
    """
    payments = remittance.payments
    heads = payments[["transaction", "file", "payer_id"]].assign(
        paid_on=paid_on(payments),
        payer_key=payer_key(payments["payer_id"], payments["payer_name"]),
    )
    names = payers(remittance, assumptions=assumptions).set_index("payer_key")["payer"]
    heads["payer"] = heads["payer_key"].map(names)
    chosen = remittance.provider_adjustments
    chosen = chosen[chosen["reason"].isin(TAKEBACKS)].merge(heads, on="transaction")
    if assumptions.as_of is not None:
        chosen = chosen[~(chosen["paid_on"] > pd.Timestamp(assumptions.as_of))]
    claims = remittance.claims.merge(heads[["transaction", "payer_key"]], on="transaction")
    known = claims.dropna(subset=["payer_control_number"])
    known = known.drop_duplicates(["payer_key", "payer_control_number"])
    named = known.set_index(["payer_key", "payer_control_number"])["claim_id"]
    # Some payers put the patient's account or a date behind the control number.
    number = chosen["reference"].astype("str").str.split().str[0]
    keys = pd.MultiIndex.from_arrays([chosen["payer_key"], number])
    words = codes.lookup("plb_reason", "code", "meaning")
    table = chosen.assign(
        meaning=chosen["reason"].map(words), claim_id=named.reindex(keys).to_numpy()
    )
    table = table.sort_values(["paid_on", "segment"], ascending=[False, True], kind="stable")
    return conform(table, "takebacks")


def credit_balances(decisions: pd.DataFrame) -> pd.DataFrame:
    """Services for which payers together paid more than any of them allows.

    Args:
        decisions: Table `decisions`.

    Returns:
        Table `credit_balances`, the largest first.

    Example:
        >>> from j2311_analytics.tables import empty
        >>> credit_balances(empty("decisions")).empty
        True
    """
    standing = decisions[decisions["in_force"] & ~decisions["reversal"]]
    standing = standing.assign(paid=cents(standing["paid"]), allowed=cents(standing["allowed"]))
    grouped = standing.groupby("episode")
    names = ["claim_id", "line_control", "hcpcs", "focus", "service_from"]
    table = grouped[names].first()
    table["payers"] = grouped["payer"].nunique()
    table["paid"], table["allowed"] = grouped["paid"].sum(), grouped["allowed"].max()
    over = table["paid"] - table["allowed"]
    table = table[over > 0].assign(credit_amount=dollars(over[over > 0]))
    table = table.assign(paid=dollars(table["paid"]), allowed=dollars(table["allowed"]))
    return conform(_largest(table.reset_index(), "credit_amount"), "credit_balances")


def repayment_exposure(
    episodes: pd.DataFrame, identity: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Paid services whose own data says that the code billed is not the right one.

    Args:
        episodes: Table `episodes`.
        identity: Findings about lines of the claim export: claim_id, hcpcs,
            service_from, finding and facts; without them, what `finding` of the
            episodes says beside links that were not made.

    Returns:
        Table `repayment_exposure`, the largest payment first.

    Example:
        >>> from j2311_analytics.tables import empty
        >>> repayment_exposure(empty("episodes")).empty
        True
    """
    paid = episodes[episodes["paid"] > 0]
    if identity is None:
        link = paid["finding"].astype("str").str.startswith("link to an earlier claim")
        table = paid[paid["finding"].notna() & ~link.fillna(False).astype(bool)]
    else:
        of_code = identity[identity["finding"].isin(IDENTITY)]
        facts = of_code.groupby(_SERVICE)["facts"].agg(_joined)
        keys = pd.MultiIndex.from_frame(paid[_SERVICE])
        found = pd.Series(facts.reindex(keys).to_numpy(), index=paid.index, dtype="str")
        table = paid.assign(finding=found)[found.notna()]
    return conform(_largest(table, "paid"), "repayment_exposure")


def drug_cost_at_risk(recoverable: pd.DataFrame, drug_costs: pd.DataFrame | None) -> pd.DataFrame:
    """What the practice paid for drugs whose payment is open, by payer and code.

    Args:
        recoverable: Table `recoverable`.
        drug_costs: The user's hcpcs, cost_per_unit (dollars) and, if rates changed,
            valid_from; without it nothing can be said.

    Returns:
        Table `drug_cost_at_risk`, the largest cost first.

    Example:
        >>> from j2311_analytics.tables import empty
        >>> drug_cost_at_risk(empty("recoverable"), None).empty
        True
    """
    if drug_costs is None:
        return conform(recoverable.iloc[:0].assign(episodes=0), "drug_cost_at_risk")
    rates = drug_costs.reindex(columns=["hcpcs", "cost_per_unit", "valid_from"])
    rates = rates.assign(valid_from=pd.to_datetime(rates["valid_from"]))
    pairs = recoverable.merge(rates, on="hcpcs")
    pairs = pairs[~(pairs["valid_from"] > pairs["service_from"])]
    pairs = pairs.sort_values("valid_from", na_position="first", kind="stable")
    rows = pairs.drop_duplicates("episode", keep="last")
    rows = rows.assign(
        cost=(rows["units"] * rows["cost_per_unit"] * 100).round().astype("int64"),
        refused=cents(rows["denied_expected"]),
        coming=cents(rows["recoverable_amount"]),
        number=1,
    )
    keys = ["payer_id", "payer", "hcpcs"]
    rows[keys] = rows[keys].fillna("")
    sums = rows.groupby(keys)[["number", "units", "cost", "refused", "coming"]].sum().reset_index()
    table = sums.assign(
        episodes=sums["number"],
        acquisition_cost=dollars(sums["cost"]),
        denied_expected=dollars(sums["refused"]),
        recoverable_amount=dollars(sums["coming"]),
        uncovered_amount=dollars((sums["cost"] - sums["coming"]).clip(lower=0)),
    )
    return conform(_largest(table, "acquisition_cost"), "drug_cost_at_risk")


def _largest(table: pd.DataFrame, name: str) -> pd.DataFrame:
    return table.sort_values(name, ascending=False, kind="stable")


def _joined(facts: pd.Series) -> str:
    return "; ".join(dict.fromkeys(facts.dropna()))
