"""Equal lines of one claim, told apart.

Two lines of one decision with the same date and code are two services, whatever
they look like. Across decisions a line is known by its control number, else by its
look (modifiers, charge, units), else by its order.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import pandas as pd

from j2311_analytics.denials.grouping import numbered


class _Line(NamedTuple):
    """What telling lines apart needs to know of one decided row."""

    group: int
    claim: int
    transaction: int
    control: str
    look: int
    forward: bool
    number: int


class _Places:
    """The places of one group of equal lines, filled decision by decision."""

    def __init__(self) -> None:
        self.count = 0
        self.by_control: dict[str, int] = {}
        # Sets that keep their order: a claim may have thousands of equal lines.
        self.by_look: dict[int, dict[int, None]] = {}
        self.filled: dict[int, dict[int, set[int]]] = {}

    def put(self, lines: list[_Line], *, split: bool) -> list[int]:
        """Places of one decision's lines; `split`: the payer split the claim."""
        taken = self._held_elsewhere(lines[0]) if split and lines[0].forward else set()
        found: dict[int, int] = {}
        for position, line in enumerate(lines):
            place = self.by_control.get(line.control) if line.control else None
            if place is not None and place not in taken:
                found[position] = place
                taken.add(place)
        alike: dict[int, Iterator[int]] = {}
        for position, line in enumerate(lines):
            if position not in found:
                known = alike.setdefault(line.look, iter(self.by_look.get(line.look, ())))
                place = next((p for p in known if p not in taken), None)
                if place is not None:
                    found[position] = place
                    taken.add(place)
        left = iter([p for p in range(self.count) if p not in taken])
        for position, line in enumerate(lines):
            if position not in found:
                found[position] = next(left, self.count)
            self._remember(found[position], line)
        return [found[position] for position in range(len(lines))]

    def _held_elsewhere(self, line: _Line) -> set[int]:
        """Places that another part of the same split claim holds already."""
        parts = self.filled.get(line.transaction, {})
        return {p for number, places in parts.items() if number != line.number for p in places}

    def _remember(self, place: int, line: _Line) -> None:
        self.count = max(self.count, place + 1)
        if line.control:
            self.by_control.setdefault(line.control, place)
        self.by_look.setdefault(line.look, {})[place] = None
        if line.forward:
            parts = self.filled.setdefault(line.transaction, {})
            parts.setdefault(line.number, set()).add(place)


def places_among_equals(rows: pd.DataFrame, group: pd.Series) -> pd.Series:
    """Number each line among those of its claim with the same date and code.

    Args:
        rows: Decided rows in order of time, with duplicate and reversal.
        group: Number of the claim id, date and code of each row.

    Returns:
        0 where a claim has one such line; else the number of the service.
    """
    repeated = pd.DataFrame({"group": group, "claim": rows["claim"]}).duplicated()
    split = _split(rows, group)
    chosen = group.isin({*group[repeated], *split})
    if not chosen.any():
        return pd.Series(0, index=rows.index)
    group = group[chosen]
    first = group.drop_duplicates()
    first_claim = group.map(rows["claim"].loc[first.index].set_axis(first))
    later = set(group[rows["claim"].loc[group.index] != first_claim])
    # What was decided once only has nothing to be told apart from.
    once = ~group.isin((later | split) - _wholly_split(rows, group[group.isin(split)]))
    again = group[~once]
    told = [
        group[once].groupby(group[once]).cumcount(),
        pd.Series(_numbers(rows.loc[again.index], again, split), again.index, dtype="int64"),
    ]
    return pd.concat(told).reindex(rows.index, fill_value=0)


def _split(rows: pd.DataFrame, group: pd.Series) -> set[int]:
    """Groups in which one payment decides one claim id under several control numbers.

    A payment that also reverses corrects itself, and a duplicate denial repeats
    another line: neither is a split claim.
    """
    payment = pd.Series(numbered([group, rows["transaction"]]), index=rows.index)
    forward = ~rows["duplicate"] & ~payment.isin(payment[rows["reversal"]])
    shared = payment.duplicated(keep=False) & forward
    names = {"payment": payment[shared], "number": rows["payer_control_number"][shared]}
    parts = pd.DataFrame(names).dropna().drop_duplicates()
    several = parts.index[parts["payment"].duplicated()]
    return set(group[several])


def _wholly_split(rows: pd.DataFrame, group: pd.Series) -> set[int]:
    """Groups that one payment decides, each decision a part under its own control number.

    No line of such a group is another, so nothing has to be told apart.
    """
    names = ["claim", "transaction", "payer_control_number"]
    distinct = rows.loc[group.index, names].groupby(group).nunique(dropna=False)
    parts = distinct["claim"] == distinct["payer_control_number"]
    forward = ~(rows["reversal"] | rows["duplicate"]).loc[group.index]
    forward = forward.groupby(group).all()
    return set(distinct.index[parts & (distinct["transaction"] == 1) & forward])


def _numbers(rows: pd.DataFrame, group: pd.Series, split: set[int]) -> list[int]:
    looks = [rows["modifiers"], rows["charge_cents"].abs(), rows["units"].abs()]
    lines = [
        _Line(*values)
        for values in zip(
            group.tolist(),
            rows["claim"].tolist(),
            rows["transaction"].tolist(),
            rows["line_control"].fillna("").tolist(),
            numbered(looks).tolist(),
            (~rows["reversal"] & ~rows["duplicate"]).tolist(),
            pd.factorize(rows["payer_control_number"])[0].tolist(),
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
