"""Cells that hold reason codes: "CO-16", "PR 96 N130", "16/N519", "04"."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from j2311_analytics.ingest.service import reason_code

_TOKEN = re.compile(r"[\s,;:/|*+&()-]+")
_PARTS = re.compile(
    r"(?P<group>CO|OA|PI|PR|CR)?(?:(?P<rarc>MA?\d{1,3}|N\d{1,4})|(?P<carc>[ABDPWY]?\d{1,3}))?(?:\.0+)?"
)


class Reasons(NamedTuple):
    """Group codes, CARCs and RARCs of one cell, each separated by spaces.

    Groups stand once where they are all the same, else one for each CARC.

    Example:
        >>> Reasons("CO", "16", "N519").carc
        '16'
    """

    group_code: str | None
    carc: str | None
    rarc: str | None


@lru_cache(maxsize=65536)
def read_reasons(text: str) -> Reasons:
    """Read the codes of a cell, up to the first word that is none.

    Example:
        >>> read_reasons("PR 96 N130")
        Reasons(group_code='PR', carc='96', rarc='N130')
        >>> read_reasons("CO-045, PR2 Deductible 20 percent")
        Reasons(group_code='CO PR', carc='45 2', rarc=None)
    """
    group = ""
    groups: list[str] = []
    carcs: list[str] = []
    rarcs: list[str] = []
    for token in _TOKEN.split(text.upper().strip()):
        found = _PARTS.fullmatch(token)
        if not found:
            break
        group = found["group"] or group
        if found["carc"]:
            carcs.append(reason_code(found["carc"]))
            groups.append(group)
        if found["rarc"] and found["rarc"] not in rarcs:
            rarcs.append(found["rarc"])
    same = len(set(groups)) == 1 or not all(groups)
    shown = [group] if same or not groups else groups
    return Reasons(" ".join(shown) or None, " ".join(carcs) or None, " ".join(rarcs) or None)


def read_group(text: str) -> str | None:
    """The group code of a cell of group codes.

    Example:
        >>> read_group("co - contractual obligation"), read_group("CO")
        ('CO', 'CO')
    """
    return read_reasons(text).group_code


def read_carcs(text: str) -> str | None:
    """The CARCs of a cell, without leading zeros.

    Example:
        >>> read_carcs("04"), read_carcs("4.0"), read_carcs("CO-97; CO-B7")
        ('4', '4', '97 B7')
    """
    return read_reasons(text).carc


def read_rarcs(text: str) -> str | None:
    """The RARCs of a cell.

    Example:
        >>> read_rarcs("N519, MA130")
        'N519 MA130'
    """
    return read_reasons(text).rarc
