"""Recognising the columns of a claim export by their titles.

A title is compared with the synonyms of `codes/column_synonyms.csv` as it
stands, then without spaces, then word by word after writing out the shortened
words of `codes/column_abbreviations.csv`. A new synonym is a line in the CSV.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cache, lru_cache

from j2311_analytics import codes, tables

REQUIRED = ("claim_id", "hcpcs", "charge", "service_from")
LEFT_OVER = "left over"
# Fields that differ from line to line where one row holds a whole claim.
LINE_FIELDS = {
    *("line_control", "hcpcs", "modifier_1", "modifier_2", "modifier_3", "modifier_4"),
    *("units", "charge", "service_from", "service_to", "place_of_service"),
    *("ndc", "ndc_quantity", "ndc_unit"),
    *("allowed", "paid", "patient_share", "denied_amount", "group_code", "carc", "rarc"),
}

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_NOT_WORD = re.compile(r"[\W_]+")
_LINE_FIRST = re.compile(
    r"(?:(?:service|claim) line|line|service|svc|procedure|proc|cpt|hcpcs) ?(\d{1,2}) (.+)"
)
_LINE_LAST = re.compile(r"(.*[a-z]) ?(\d{1,2})")
_IGNORED = ("of", "the")
_LONGEST_TITLE = 200
_SHOWN = 100


@dataclass(frozen=True)
class Match:
    """What one column of an export was recognised as.

    Args:
        position: The column's place in the sheet, from 0.
        title: Its title, as `columns={…}` and the mapping name it.
        field: The field; empty where the column was left over.
        step: "exact", "without spaces", "abbreviations", "given" or "left over".
        line: 0, or the line that it describes where one row holds a whole claim.

    Example:
        >>> Match(0, "Svc Dt From", "service_from", "abbreviations").line
        0
    """

    position: int
    title: str
    field: str
    step: str
    line: int = 0


def match_titles(titles: Sequence[str], columns: Mapping[str, str] | None = None) -> list[Match]:
    """Recognise every titled column of a sheet.

    Args:
        titles: The header row; columns with an empty title are passed over.
        columns: Their title → field, for what is to be taken as the user says.

    Returns:
        One `Match` per titled column, in order; equal titles are told apart as
        "Title (2)". `settle` then sees that no field is taken twice.

    Example:
        >>> [m.field for m in match_titles(["Svc Dt From", "Claim #", "Shoe size"])]
        ['service_from', 'claim_id', '']
    """
    given = columns or {}
    matches = []
    for position, (title, shown) in enumerate(zip(titles, _labels(titles), strict=True)):
        if shown in given:
            matches.append(Match(position, shown, given[shown], "given"))
        elif shown:
            matches.append(Match(position, shown, *recognise(title)))
    return _leave_to_given(_numbered_lines(matches))


@lru_cache(maxsize=20_000)
def recognise(title: str) -> tuple[str, str]:
    """The field that a title names and the step that told; empty and "left over" if none.

    Example:
        >>> recognise("Svc Dt From"), recognise("date")
        (('service_from', 'abbreviations'), ('', 'left over'))
    """
    if len(title) <= _LONGEST_TITLE:
        # Odd capitals ("cLM nBR") would be split in the wrong places.
        spellings = dict.fromkeys([normal(title), normal(title.lower())])
        for step, form in _FORMS.items():
            for words in spellings:
                field = _known(step).get(form(words))
                if field:
                    return field, step
    return "", LEFT_OVER


def normal(title: str) -> str:
    """A title in lower-case words: camelCase split, # as number, punctuation out.

    Example:
        >>> normal("Claim#"), normal("billedAmt_$"), normal("CPT/HCPCS")
        ('claim number', 'billed amt', 'cpt hcpcs')
    """
    spelled = title.replace("#", " number ").replace("%", " percent ").replace("$", "")
    return _NOT_WORD.sub(" ", _CAMEL.sub(" ", spelled).lower()).strip()


def check_columns(columns: Mapping[str, str] | None) -> dict[str, str]:
    """The user's `columns={…}`, with titles stripped, once every field is known to exist.

    Raises:
        ValueError: if a field does not exist; the message names the nearest.

    Example:
        >>> check_columns({" Inv ": "claim_id"})
        {'Inv': 'claim_id'}
    """
    for title, field in (columns or {}).items():
        if field not in fields():
            near = get_close_matches(str(field), fields(), n=1, cutoff=0.4)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise ValueError(f"columns={{{title!r}: {field!r}}}: there is no such field{hint}")
    return {label(str(title)): field for title, field in (columns or {}).items()}


def label(title: str) -> str:
    """A title as the mapping and `columns={…}` write it: line breaks and runs of spaces as one.

    Example:
        >>> label(" Billed\\n Amount ")
        'Billed Amount'
    """
    return " ".join(title.split())


@cache
def fields() -> tuple[str, ...]:
    """Every field that a column can become: those of `claim_lines`, then the others.

    Example:
        >>> "patient_dob" in fields()
        True
    """
    named = codes.load("column_synonyms")["canonical_field"]
    return tuple(dict.fromkeys([*tables.columns("claim_lines"), *named]))


def settle(matches: Sequence[Match], file: str) -> tuple[list[Match], dict[str, list[str]]]:
    """Give each field to one column, or to none.

    Args:
        matches: From `match_titles`.
        file: Its name, for the error.

    Returns:
        The matches, where the columns of an optional field with two of them are
        left over; and those fields with their titles.

    Raises:
        ValueError: if a required field has no column, or more than one; the message
            lists the columns seen and shows the `columns={…}` to pass.

    Example:
        >>> titles = ["Claim", "CPT", "Fee", "DOS", "Paid", "Ins Paid"]
        >>> settle(match_titles(titles), "a.csv")[1]
        {'paid': ['Paid', 'Ins Paid']}
    """
    count = Counter((match.field, match.line) for match in matches if match.field)
    twice = {field for (field, _), number in count.items() if number > 1}
    named = {f: [m.title for m in matches if m.field == f] for f in sorted(twice)}
    missing = [field for field in REQUIRED if field not in {m.field for m in matches}]
    doubled = [field for field in REQUIRED if field in twice]
    if missing or doubled:
        raise ValueError(_refusal(matches, file, missing, {f: named[f] for f in doubled}))
    return [_left_over(m) if m.field in twice else m for m in matches], named


def _labels(titles: Sequence[str]) -> list[str]:
    seen: Counter[str] = Counter()
    labels = []
    for title in map(label, titles):
        seen[title] += 1
        labels.append(f"{title} ({seen[title]})" if title and seen[title] > 1 else title)
    return labels


def _numbered_lines(matches: list[Match]) -> list[Match]:
    """Line numbers for columns such as "CPT 1", "Charge 1", "CPT 2": one row per claim."""
    numbered = {m.position: _numbered(m.title) for m in matches if m.step != "given"}
    codes_at = {line for field, _, line in numbered.values() if field == "hcpcs"}
    lines = set(range(1, len(codes_at) + 1))
    if not codes_at or codes_at != lines:
        return matches
    of_lines = {
        position: found
        for position, found in numbered.items()
        if found[0] in LINE_FIELDS and found[2] in lines
    }
    by_line = {field for field, _, _ in of_lines.values()}
    result = []
    for match in matches:
        if match.position in of_lines:
            field, step, line = of_lines[match.position]
            result.append(replace(match, field=field, step=step, line=line))
        else:
            # Beside columns by line, a column of the same field is the claim's total.
            result.append(_left_over(match) if match.field in by_line else match)
    return result


def _numbered(title: str) -> tuple[str, str, int]:
    words = normal(title)
    first = _LINE_FIRST.fullmatch(words)
    if first:
        return (*recognise(first[2]), int(first[1]))
    last = _LINE_LAST.fullmatch(words)
    return (*recognise(last[1]), int(last[2])) if last else ("", LEFT_OVER, 0)


def _leave_to_given(matches: list[Match]) -> list[Match]:
    given = {match.field for match in matches if match.step == "given"}
    return [_left_over(m) if m.field in given and m.step != "given" else m for m in matches]


def _left_over(match: Match) -> Match:
    return replace(match, field="", step=LEFT_OVER, line=0)


def _refusal(
    matches: Sequence[Match], file: str, missing: Sequence[str], doubled: Mapping[str, list[str]]
) -> str:
    problems = [
        f"{field} could be {_either(titles)}: say which one counts, "
        + " or ".join(f"columns={{{title!r}: {field!r}}}" for title in titles)
        for field, titles in doubled.items()
    ]
    if missing:
        shown = ", ".join(f"'title of the column': {field!r}" for field in missing)
        problems.append(
            f"no column was recognised as {' or '.join(missing)}: name it, columns={{{shown}}}"
        )
    return f"{file}: {'; '.join(problems)}. Columns seen: {listed([m.title for m in matches])}"


def listed(titles: Sequence[str]) -> str:
    """Titles for a message; of very many, the first.

    Example:
        >>> listed(["Claim", "CPT"])
        "'Claim', 'CPT'"
    """
    more = len(titles) - _SHOWN
    shown = ", ".join(map(repr, titles[:_SHOWN]))
    return f"{shown} and {more:,} more" if more > 0 else shown


def _either(titles: Sequence[str]) -> str:
    return " or ".join(repr(title) for title in titles)


def _spaceless(words: str) -> str:
    return words.replace(" ", "")


def _written_out(words: str) -> str:
    """Words in full and in a fixed order: "svc dt from" is "service from date"."""
    full = (part for word in words.split() for part in _expansions().get(word, word).split())
    return " ".join(sorted(word for word in full if word not in _IGNORED))


_FORMS: dict[str, Callable[[str], str]] = {
    "exact": str,
    "without spaces": _spaceless,
    "abbreviations": _written_out,
}


@cache
def _expansions() -> dict[str, str]:
    return codes.lookup("column_abbreviations", "token", "expansion")


@cache
def _known(step: str) -> dict[str, str]:
    """Synonyms in the form of one step → field; a form that fits two fields names none."""
    named = codes.load("column_synonyms")
    pairs = [*zip(named["synonym"], named["canonical_field"], strict=True)]
    pairs += [(field.replace("_", " "), field) for field in fields()]
    found: dict[str, set[str]] = {}
    for synonym, field in pairs:
        found.setdefault(_FORMS[step](synonym), set()).add(field)
    return {form: next(iter(names)) for form, names in found.items() if len(names) == 1}
