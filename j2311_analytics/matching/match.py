"""Which claim line each line of a remittance answers.

Rules go from the surest to the least sure; what a rule finds is never searched
again, and where two lines fit, neither is taken. Source of the order: ASC X12
005010X221A1 on REF*6R and CLP01, which return what the claim carried.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from j2311_analytics.assumptions import Assumptions
from j2311_analytics.ingest.exports import Claims
from j2311_analytics.ingest.remittance import Remittance
from j2311_analytics.matching.claim_ids import bare_key, ids_within
from j2311_analytics.matching.keys import BY_CHARGE, BY_HEAD, BY_LINE, Found, look_up
from j2311_analytics.matching.sendings import choose_sendings
from j2311_analytics.matching.sides import Sides, both_sides
from j2311_analytics.matching.unmatched import unmatched_rows
from j2311_analytics.tables import conform

# How far each way of finding the claim is trusted; a judgement, not a measured rate.
TRUST = {
    "claim id": 1.0,
    "claim id but for zeros and case": 0.995,
    "line control number": 0.99,
    "claim id within a prefix or suffix": 0.98,
    "payer control number": 0.98,
    "member": 0.9,
}
LATE_TRUST = 0.9
SHORTEST_CONTROL = 5


@dataclass(frozen=True)
class Matches:
    """Pairs of answer and claim line, and what has no partner.

    Args:
        pairs: Table `matches`: one row per service line of a remittance and the claim
            line that it answers; per claim line for a claim without service lines.
        unmatched: Table `unmatched`: every other line of both sides, with the reason.

    Example:
        >>> from j2311_analytics.tables import empty
        >>> Matches(empty("matches"), empty("unmatched")).pairs.empty
        True
    """

    pairs: pd.DataFrame
    unmatched: pd.DataFrame


def match_claims(
    remittance: Remittance, claims: Claims, *, assumptions: Assumptions = Assumptions()
) -> Matches:
    """Tie each line of the remittances to the claim line that it answers.

    The line control number within the claim comes first, then claim id, date, code and
    modifiers (with units and charge where they tell lines apart), then payer control
    numbers (CLP07, REF*F8), then member, date, code and charge. A claim id may have
    lost or gained zeros, case, a prefix or a suffix on its way; then the service must
    agree. One claim may come back as several (split) or several as one (merged).

    Args:
        remittance: What `read_835` returned.
        claims: What `read_claims` returned.
        assumptions: Nothing after its as-of date is matched.

    Returns:
        `Matches`. Where more than one line or sending fits and nothing tells them
        apart, none is taken: the line is in `unmatched`, with that reason.

    Example:
        >>> from j2311_analytics import read_835, read_claims
        >>> text = "ST*835*1~BPR*I*0*C~CLP*00A77001*1*9*0~SVC*HC:J2311*9*0~DTM*472*20260105~SE*6*1~"
        >>> sheet = pd.DataFrame({"Claim": ["A77001"], "CPT": "J2311", "Fee": "9", "DOS": "1/5/26"})
        >>> matches = match_claims(read_835(text.encode()), read_claims(sheet))
        >>> matches.pairs[["claim_id", "rule"]].values.tolist()
        [['A77001', 'claim id but for zeros and case: date, code, modifiers, charge']]
    """
    sides = both_sides(remittance, claims, assumptions)
    lined = sides.answers["lined"]
    lines = _find(sides.answers[lined], sides.sent, by_line=True)
    heads = _find(sides.answers[~lined], sides.claims_sent, by_line=False)
    chosen = choose_sendings(lines.sure, sides.answers, sides.sent)
    whole = choose_sendings(heads.sure, sides.answers, sides.claims_sent)
    sure_lines, sure_heads = _one_each(chosen), _one_each(whole)
    of_sending = sides.sent[["sending", "row"]]
    spread = sure_heads.drop(columns="row").merge(of_sending, on="sending")
    pairs = pd.concat([sure_lines, spread], ignore_index=True)
    found = pd.concat([lines.sure, heads.sure], ignore_index=True)
    rules = found.set_index("answer")[["rule", "trust"]]
    pairs = pairs.join(rules, on="answer")
    return Matches(
        _pairs_table(pairs, sides, claims),
        unmatched_rows(sides, claims, pairs, found, pd.concat([lines.ties, heads.ties])),
    )


def own_claim_ids(matches: Matches, claims: Claims) -> pd.DataFrame:
    """The practice's own claim id and line control number of what payers answered.

    Returns:
        claim, line, own_claim_id, own_line_control: one row per matched line, and per
        matched claim without lines (its `line` is missing).
    """
    pairs = matches.pairs.drop_duplicates(["claim", "line"])
    control = claims.lines["line_control"].reset_index(drop=True)
    return pd.DataFrame(
        {
            "claim": pairs["claim"],
            "line": pairs["line"],
            "own_claim_id": pairs["claim_id"],
            "own_line_control": pairs["claim_row"].map(control),
        }
    )


def _find(answers: pd.DataFrame, known: pd.DataFrame, *, by_line: bool) -> Found:
    """The service (or, without lines, the claim) of each answer, rule by rule."""
    found = Found.nothing()
    levels = BY_LINE if by_line else BY_HEAD
    charged = BY_CHARGE if by_line else BY_HEAD[:1]
    found = found.plus(look_up(_rest(answers, found), known, levels, "claim id"))
    bare = known.assign(id=known["bare"])
    rest = _rest(answers, found)
    rule = "claim id but for zeros and case"
    found = found.plus(look_up(rest.assign(id=rest["bare"]), bare, levels, rule))
    if by_line:
        controlled = _distinct_controls(known)
        found = found.plus(
            look_up(_rest(answers, found), controlled, [_BY_CONTROL], "line control number")
        )
    rest = _within(_rest(answers, found), known)
    found = found.plus(look_up(rest, bare, charged, "claim id within a prefix or suffix"))
    for chained in _chains(answers, known, found):
        rest = _rest(chained, found)
        found = found.plus(look_up(rest, known, levels, "payer control number"))
    if by_line:
        rest = _rest(answers, found)
        open_lines = known[~known["service"].isin(found.sure["service"])]
        found = found.plus(look_up(rest, open_lines, [_BY_MEMBER], "member"))
    return found.trusted(TRUST)


_BY_CONTROL = (("line_control", "date", "hcpcs"), "line control number, date, code", 1.0)
_BY_MEMBER = (
    ("member", "date", "hcpcs", "modifiers", "charge"),
    "date, code, modifiers, charge",
    1.0,
)


def _rest(answers: pd.DataFrame, found: Found) -> pd.DataFrame:
    return answers[~answers["answer"].isin(found.settled())]


def _distinct_controls(known: pd.DataFrame) -> pd.DataFrame:
    """Lines whose control number is theirs alone: "1" or "2" says nothing without its claim."""
    services = known[["line_control", "service"]].drop_duplicates()
    alone = services[~services["line_control"].duplicated(keep=False)]
    distinct = known["line_control"].isin(alone["line_control"])
    return known[distinct & (known["control_length"] >= SHORTEST_CONTROL)]


def _within(answers: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    """Answers with an unknown id, once for each known id that theirs may contain."""
    unknown = answers[~answers["bare"].isin(known["bare"])]
    texts = bare_key(unknown["claim_id"])
    numbers = known.drop_duplicates("bare")
    ids = dict(zip(bare_key(numbers["claim_id"]), numbers["bare"], strict=True))
    fits = ids_within(texts.dropna().unique(), set(ids))
    fits["id"] = fits["known"].map(ids).astype("int64")
    asked = unknown.drop(columns="id").assign(written=texts)
    return asked.merge(fits[["written", "id"]], on="written")


def _chains(answers: pd.DataFrame, known: pd.DataFrame, found: Found) -> list[pd.DataFrame]:
    """Answers under the ids of claims that share a payer control number with them.

    In order: the export's own payer control number; an answer of the same payer and
    number that was matched; the replacement that names the number that the answer
    names; the matched answer that had that number.
    """
    ids = known.drop_duplicates("service").set_index("service")["id"]
    sure = answers.merge(found.sure[["answer", "service"]], on="answer")
    sure = sure.assign(id=sure["service"].map(ids))
    rest = _rest(answers, found)
    parts = []
    for asked, names, given in (
        ("number", ["number"], known),
        ("number", ["payer", "number"], sure),
        ("names", ["names"], known),
        ("names", ["payer", "number"], sure),
    ):
        by_name = given[[*names, "id"]].dropna().drop_duplicates()
        renamed = by_name.rename(columns={names[-1]: asked})
        open_ones = rest.drop(columns="id").dropna(subset=[asked])
        parts.append(open_ones.merge(renamed, on=[*names[:-1], asked]))
    return parts


def _one_each(chosen: pd.DataFrame) -> pd.DataFrame:
    """Answers for which one sending is left."""
    return chosen[~chosen["answer"].duplicated(keep=False)][["answer", "row", "sending", "late"]]


def _pairs_table(pairs: pd.DataFrame, sides: Sides, claims: Claims) -> pd.DataFrame:
    pairs = pairs.merge(sides.answers[["answer", "claim", "line"]], on="answer")
    pairs = pairs.sort_values(["claim", "line", "row"]).reset_index(drop=True)
    names = ["claim_id", "line_number", "line_control", "submitted_date"]
    sent = claims.lines[names].iloc[pairs["row"]].reset_index(drop=True)
    late = pairs["late"].astype("bool")
    trust = pairs["trust"].astype("float64")
    rule = pairs["rule"].astype("str")
    table = pd.concat([pairs[["claim", "line"]], sent], axis=1)
    table = table.assign(
        pair=range(1, len(pairs) + 1),
        claim_row=pairs["row"],
        rule=rule.mask(late, rule + ", sent only after the payment"),
        confidence=trust.mask(late, trust * LATE_TRUST).round(3),
    )
    return conform(table, "matches")
