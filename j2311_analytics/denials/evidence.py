"""Does the claim's own data support the payer's reason? As a careful biller would look.

A wrong appeal costs more than none: what cannot be told is left to the records.
"""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from j2311_analytics.assumptions import Assumptions
from j2311_analytics.denials import weigh_claim, weigh_history, weigh_sending
from j2311_analytics.denials.claim_facts import identity_of, lines_behind
from j2311_analytics.denials.grouping import in_text
from j2311_analytics.denials.history import History, build_history
from j2311_analytics.denials.identity import words_by_place
from j2311_analytics.denials.remark_flags import FINAL, NEW_CLAIM, WAITING, first_flagged
from j2311_analytics.denials.verdicts import APPEAL, CORRECT, NO_CLAIM, PAYER, RECORDS, first_case
from j2311_analytics.ingest.acknowledgements import ClaimStatuses
from j2311_analytics.ingest.exports import Claims
from j2311_analytics.ingest.remittance import Remittance
from j2311_analytics.ingest.service import join_modifiers
from j2311_analytics.tables import as_text, conform

_FROM_CLAIM: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "prior_authorization": weigh_claim.weigh_authorization,
    "referral": weigh_claim.weigh_referral,
    "diagnosis": weigh_claim.weigh_diagnosis,
    "modifier": weigh_claim.weigh_modifier,
    "units": weigh_claim.weigh_units,
    "ndc": weigh_claim.weigh_ndc,
    "missing_service": weigh_claim.weigh_missing_service,
}
_COVERAGE = ("eligibility", "coordination_of_benefits", "wrong_payer", "behavioral_carve_out")
# Findings about the company a line keeps, not about its code.
_COMPANY = ("no_administration", "administration_alone")
_WHATEVER_CODE = ("duplicate", "timely_filing", "frequency", "bundling")
_OTHERWISE = "the claim data alone cannot tell"


def weigh_evidence(
    denials: pd.DataFrame,
    claims: Claims | None = None,
    *,
    remittance: Remittance | None = None,
    acknowledgements: ClaimStatuses | None = None,
    assumptions: Assumptions = Assumptions(),
) -> pd.DataFrame:
    """Compare each denial's reason with the claim as it was sent.

    Gates go first: a remark that forbids an appeal, asks for a new claim or says to
    wait decides whatever the data says, and a line whose own data speaks against the
    code billed never supports an appeal. `docs/evidence.md` has every rule.

    Args:
        denials: What `find_denials` returned for the same data.
        claims: What `read_claims` returned; without it only the gates can decide.
        remittance: What `read_835` returned; gives what was paid and denied before.
        acknowledgements: What `read_277` returned; its acceptances prove timely filing.
        assumptions: The same as for `find_denials`; `window_overrides` (windows.csv)
            are the filing windows that count as confirmed.

    Returns:
        Table `evidence`, one row per denial, in their order: verdict
        (supports_appeal, supports_correction, payer_is_right, needs_records,
        no_claim_data), the rule that decided and the facts in words.

    Raises:
        ValueError: if neither claims nor a remittance are given, or if the denials are not
            of the same data.

    Example:
        >>> from j2311_analytics import find_denials, read_835
        >>> text = ("ST*835*1~BPR*I*0*C~CLP*A*1*9*0~SVC*HC:J2315*9*0~CAS*CO*16*9~"
        ...         "LQ*HE*MA130~SE*7*1~")
        >>> era = read_835(text.encode())
        >>> weigh_evidence(find_denials(era), remittance=era)["verdict"].tolist()
        ['supports_correction']
    """
    history = build_history(remittance, claims, assumptions)
    return evidence_in(history, denials, claims, acknowledgements, assumptions)


def evidence_in(
    history: History,
    denials: pd.DataFrame,
    claims: Claims | None,
    acknowledgements: ClaimStatuses | None,
    assumptions: Assumptions,
) -> pd.DataFrame:
    """Table `evidence` of a history already built."""
    denials = denials.reset_index(drop=True)
    if not denials["denial"].isin(history.rows["row"]).all():
        raise ValueError("give the denials that find_denials returned for the same data")
    denials["ndc"] = denials["denial"].map(_ndc_by_row(history.rows))
    behind = lines_behind(denials, claims)
    table = pd.DataFrame({"denial": denials["denial"], "claim_row": behind})
    table[["verdict", "rule", "facts"]] = _unweighed(denials)
    if claims is not None:
        decided = in_text(history.rows)
        claim_lines = _claim_lines(claims)
        lines = _as_sent(denials, behind, claim_lines, decided)
        for rule, found in _weighed(lines, decided, claim_lines, acknowledgements, assumptions):
            table.loc[found.index, ["verdict", "facts"]] = found[["verdict", "facts"]]
            table.loc[found.index, "rule"] = rule
    table = _gate_by_identity(table, denials, claims, behind)
    return conform(_gate_by_remarks(table, denials), "evidence")


def _ndc_by_row(rows: pd.DataFrame) -> pd.Series:
    return as_text(rows["ndc"]).set_axis(rows["row"])


def _unweighed(denials: pd.DataFrame) -> pd.DataFrame:
    nothing = {"verdict": NO_CLAIM, "rule": "no claim data", "facts": "no claim line was found"}
    return pd.DataFrame(nothing, index=denials.index)


def _claim_lines(claims: Claims) -> pd.DataFrame:
    lines = claims.lines.reset_index(drop=True)
    return lines.assign(
        modifiers=join_modifiers(lines),
        patient=lines["patient_token"].fillna(lines["member_token"]),
    )


def _as_sent(
    denials: pd.DataFrame, behind: pd.Series, claim_lines: pd.DataFrame, decided: pd.DataFrame
) -> pd.DataFrame:
    """The denied lines that have a claim line: its columns, and the denial's own."""
    known = behind.dropna().astype("int64")
    lines = claim_lines.loc[known].set_axis(known.index).assign(claim_row=known)
    own = ["denial", "carc", "cause", "denied_on", "payer_id"]
    lines[own] = denials.loc[known.index, own]
    row = decided.set_index("row").loc[lines["denial"]]
    for name in ("service", "payer_key", "payer_class", "patient"):
        lines[name] = row[name].set_axis(lines.index)
    first = claim_lines.groupby("claim_id")["submitted_date"].min()
    lines["first_sent"] = lines["claim_id"].map(first)
    return weigh_claim.with_mates(lines, claim_lines)


def _weighed(
    lines: pd.DataFrame,
    decided: pd.DataFrame,
    claim_lines: pd.DataFrame,
    acknowledgements: ClaimStatuses | None,
    assumptions: Assumptions,
) -> list[tuple[str, pd.DataFrame]]:
    """The comparison of each cause: its name, and verdict and facts of its denials."""

    def take(cause: str) -> pd.DataFrame:
        return lines[lines["cause"] == cause]

    found = [("records", first_case(lines.index, [], _OTHERWISE))]
    found += [(cause, weigh(take(cause))) for cause, weigh in _FROM_CLAIM.items()]
    found += [(cause, weigh_sending.weigh_coverage(take(cause), decided)) for cause in _COVERAGE]
    return [
        *found,
        ("frequency", weigh_history.weigh_frequency(take("frequency"), decided)),
        ("duplicate", weigh_history.weigh_duplicate(take("duplicate"), decided)),
        ("bundling", weigh_history.weigh_bundling(take("bundling"), decided, claim_lines)),
        (
            "timely_filing",
            weigh_sending.weigh_timely_filing(
                take("timely_filing"), decided, acknowledgements, assumptions
            ),
        ),
    ]


def _gate_by_identity(
    table: pd.DataFrame, denials: pd.DataFrame, claims: Claims | None, behind: pd.Series
) -> pd.DataFrame:
    """Where the code itself is in doubt, it is looked at first; an appeal never is."""
    found = identity_of(denials, claims, behind)
    company = found["finding"].isin(_COMPANY)
    by_code = words_by_place(found[~company]).reindex(table.index)
    alone = words_by_place(found[company]).reindex(table.index)
    # What the payer rightly says of time and repetition, another code would not change.
    settled = (table["verdict"] == PAYER) & table["rule"].isin(_WHATEVER_CODE)
    doubted, appeal = by_code.notna() & ~settled, table["verdict"] == APPEAL
    demoted = alone.notna() & appeal & ~doubted
    return table.assign(
        verdict=table["verdict"].mask(doubted, CORRECT).mask(demoted, RECORDS),
        rule=table["rule"].mask(doubted | demoted, "code identity"),
        facts=table["facts"]
        .mask(doubted, by_code + ": look at the code before anything else")
        .mask(demoted, alone + "; otherwise " + table["facts"]),
    )


def _gate_by_remarks(table: pd.DataFrame, denials: pd.DataFrame) -> pd.DataFrame:
    """Remarks with a rule of their own, whatever the data says."""
    gated = table
    for flags, verdict, words in (
        (FINAL, PAYER, "{}: there is no right of appeal"),
        (NEW_CLAIM, CORRECT, "{}: send a new or corrected claim; there is nothing to appeal"),
        (WAITING, RECORDS, "{}: wait, the payer has not finished; send nothing"),
    ):
        remark = first_flagged(denials["remarks"], flags)
        here = remark.notna()
        if verdict == PAYER:
            # No appeal does not forbid a correction that the data asks for.
            here &= gated["verdict"] != CORRECT
        facts = remark.map(words.format, na_action="ignore")
        gated = gated.assign(
            verdict=gated["verdict"].mask(here, verdict),
            rule=gated["rule"].mask(here, "remark"),
            facts=gated["facts"].mask(here, facts),
        )
    return gated
