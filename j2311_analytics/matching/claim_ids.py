"""Claim ids as payers give them back: other case, zeros, prefixes and suffixes.

An id alone never makes a pair: what these keys point to must agree on the service.
"""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

LONGEST_PREFIX, LONGEST_SUFFIX = 8, 4
# Both at once only where they are short, or anything would be contained in anything.
LONGEST_OF_BOTH = 3
SHORTEST_ID = 5


def written_key(claim_id: pd.Series) -> pd.Series:
    """The id in capitals; missing where it names no claim (empty, or only zeros).

    Example:
        >>> written_key(pd.Series([" ab-7 ", "000"])).tolist()
        ['AB-7', nan]
    """
    text = claim_id.astype("str").str.strip().str.upper()
    return text.mask(text.str.strip("0") == "").astype("str")


def bare_key(claim_id: pd.Series) -> pd.Series:
    """The id without punctuation and without zeros before its number.

    Example:
        >>> bare_key(pd.Series(["00ab-007", "AB7"])).tolist()
        ['AB7', 'AB7']
    """
    text = written_key(claim_id).str.replace(r"[^0-9A-Z]", "", regex=True)
    return text.str.replace(r"^0*([A-Z]*)0*(.+)$", r"\1\2", regex=True).astype("str")


def ids_within(written: Iterable[str], known: set[str]) -> pd.DataFrame:
    """Known ids that remain of longer ones when a prefix or a suffix is taken away.

    Args:
        written: Bare ids that are not known.
        known: Bare ids of the practice's claims.

    Returns:
        written and known, one row for each that fits. What is taken away is shorter
        than what remains.

    Example:
        >>> ids_within(["1AB70023", "AB70023X", "AB7"], {"AB70023"}).values.tolist()
        [['1AB70023', 'AB70023'], ['AB70023X', 'AB70023']]
    """
    rows = [
        (text, part)
        for text in written
        for part in dict.fromkeys(_parts(text))
        if part in known and part != text
    ]
    return pd.DataFrame(rows, columns=["written", "known"], dtype="str")


def _parts(text: str) -> Iterable[str]:
    least = max(SHORTEST_ID, len(text) // 2 + 1)
    for front in range(LONGEST_PREFIX + 1):
        for back in range(LONGEST_SUFFIX + 1):
            if front and back and max(front, back) > LONGEST_OF_BOTH:
                continue
            part = text[front : len(text) - back]
            if len(part) < least:
                break
            yield part
            # What follows a prefix may start with the zeros of the practice's own id.
            if front and part[0] == "0":
                yield part.lstrip("0")
