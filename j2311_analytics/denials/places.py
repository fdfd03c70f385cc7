"""Equal lines of one claim, told apart.

Two lines of one decision with the same date and code are two services, whatever
they look like. Across decisions a line is known by its control number, else by its
look (modifiers, charge, units), else by its order.
"""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

_GROUP = ["billing_npi", "claim_key", "service_from", "hcpcs"]


class _Line(NamedTuple):
    """What telling lines apart needs to know of one decided row."""

    group: int
    claim: int
    transaction: int
    control: str
    look: int
    forward: bool
    number: str


class _Places:
    """The places of one group of equal lines, filled decision by decision."""

    def __init__(self) -> None:
        self.count = 0
        self.by_control: dict[str, int] = {}
        self.by_look: dict[int, list[int]] = {}
        self.filled: dict[tuple[int, str], set[int]] = {}

    def put(self, lines: list[_Line], *, split: bool) -> list[int]:
        """Places of one decision's lines; `split`: the payer split the claim."""
        taken = self._held_elsewhere(lines[0]) if split and lines[0].forward else set()
        found: dict[int, int] = {}
        for position, line in enumerate(lines):
            place = self.by_control.get(line.control) if line.control else None
            if place is not None and place not in taken:
                found[position] = place
                taken.add(place)
        for position, line in enumerate(lines):
            if position not in found:
                alike = (p for p in self.by_look.get(line.look, []) if p not in taken)
                place = next(alike, None)
                if place is not None:
                    found[position] = place
                    taken.add(place)
        left = iter(p for p in range(self.count) if p not in taken)
        for position, line in enumerate(lines):
            if position not in found:
                found[position] = next(left, self.count)
            self._remember(found[position], line)
        return [found[position] for position in range(len(lines))]

    def _held_elsewhere(self, line: _Line) -> set[int]:
        """Places that another part of the same split claim holds already."""
        return {
            place
            for (transaction, number), places in self.filled.items()
            if transaction == line.transaction and number != line.number
            for place in places
        }

    def _remember(self, place: int, line: _Line) -> None:
        if place == self.count:
            self.count += 1
        if line.control:
            self.by_control.setdefault(line.control, place)
        alike = self.by_look.setdefault(line.look, [])
        if place not in alike[-1:] and place not in alike:
            alike.append(place)
        if line.forward:
            self.filled.setdefault((line.transaction, line.number), set()).add(place)


def places_among_equals(rows: pd.DataFrame) -> pd.Series:
    """Number each line among those of its claim with the same date and code.

    Args:
        rows: Decided rows in order of time, with claim_key (the claim id that counts),
            duplicate and reversal.

    Returns:
        0 where a claim has one such line; else the number of the service.
    """
    group = rows.groupby(_GROUP, dropna=False, sort=False).ngroup()
    repeated = rows.groupby([group, rows["claim"]]).cumcount() > 0
    split = _split(rows, group)
    chosen = group.isin(set(group[repeated]) | split)
    if not chosen.any():
        return pd.Series(0, index=rows.index)
    numbered = pd.Series(_numbers(rows[chosen], group[chosen], split), rows.index[chosen])
    return numbered.reindex(rows.index, fill_value=0)


def _split(rows: pd.DataFrame, group: pd.Series) -> set[int]:
    """Groups in which one payment decides one claim id under several control numbers.

    A payment that also reverses corrects itself, and a duplicate denial repeats
    another line: neither is a split claim.
    """
    reversing = rows["reversal"].groupby([group, rows["transaction"]]).transform("any")
    forward = rows[~reversing & ~rows["duplicate"]]
    numbers = forward.groupby([group[forward.index], forward["transaction"]])
    several = numbers["payer_control_number"].nunique() > 1
    return set(several[several].index.get_level_values(0))


def _numbers(rows: pd.DataFrame, group: pd.Series, split: set[int]) -> list[int]:
    looks = [rows["modifiers"].fillna(""), rows["charge_cents"].abs(), rows["units"].abs()]
    lines = [
        _Line(*values)
        for values in zip(
            group.tolist(),
            rows["claim"].tolist(),
            rows["transaction"].tolist(),
            rows["line_control"].fillna("").tolist(),
            rows.groupby(looks, dropna=False).ngroup().tolist(),
            (~rows["reversal"] & ~rows["duplicate"]).tolist(),
            rows["payer_control_number"].fillna("").tolist(),
            strict=True,
        )
    ]
    decisions: dict[tuple[int, int], list[int]] = {}
    for position, line in enumerate(lines):
        decisions.setdefault((line.group, line.claim), []).append(position)
    places: dict[int, _Places] = {}
    found = [0] * len(lines)
    for (number, _), positions in decisions.items():
        known = places.setdefault(number, _Places())
        chosen = known.put([lines[p] for p in positions], split=number in split)
        for position, place in zip(positions, chosen, strict=True):
            found[position] = place
    return found
