"""Which later decision follows which denied one, among decisions that agree on a key.

Each step looks at few candidates, so that thousands of lines under one claim id and
date take time in proportion to their number.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

# Later than any date, so that an undated decision comes before none.
UNDATED = 2**62


class Decision(NamedTuple):
    """What linking needs to know of one decided row; texts are numbers, -1 where missing."""

    row: int
    node: int
    claim: int
    claim_id: int
    payer: int
    date: int
    hcpcs: int
    denied: bool
    duplicate: bool
    modifiers: int
    charge_cents: int


Look = tuple[object, ...]


class Union:
    """Sets of nodes that grow together (union-find); the smallest node is the root."""

    def __init__(self, nodes: int) -> None:
        self.parent = list(range(nodes))

    def find(self, node: int) -> int:
        """The root of a node."""
        while self.parent[node] != node:
            self.parent[node] = self.parent[self.parent[node]]
            node = self.parent[node]
        return node

    def join(self, one: int, other: int) -> int:
        """Make two sets one; its root."""
        first, second = sorted((self.find(one), self.find(other)))
        self.parent[second] = first
        return first

    def roots(self) -> np.ndarray:
        """The root of every node."""
        root = np.array(self.parent, dtype="int64")
        while (root[root] != root).any():
            root = root[root]
        return root


class Followers:
    """Decisions of one group, in order of time, and the joins between them.

    Args:
        decisions: Ordered by date and row, without reversals.
        joined: The services so far.
        across: Only another claim id can be followed.
    """

    def __init__(self, decisions: list[Decision], joined: Union, *, across: bool) -> None:
        self.decisions = decisions
        self.joined = joined
        self.across = across
        self.claims_of: dict[int, dict[int, None]] = {}
        self.nodes_of: dict[int, dict[int, None]] = {}
        for one in decisions:
            self.claims_of.setdefault(one.node, {})[one.claim] = None
            self.nodes_of.setdefault(one.claim, {})[one.node] = None
        self.mates: dict[tuple[int, ...], tuple[int, set[int]]] = {}
        self.joins = 0
        self.found: dict[Look, dict[Look, list[Decision]]] = {}
        self.queues: dict[Look, deque[int]] = {}

    def join(self) -> list[tuple[int, str]]:
        """Join each service to the one denied predecessor it follows.

        Returns:
            Row and reason of each link that was not sure enough to make.
        """
        unsure: list[tuple[int, str]] = []
        first = {one.node: one for one in reversed(self.decisions)}
        for later in (one for one in self.decisions if first[one.node] is one):
            fits = self._fits(later)
            if len(fits) == 1:
                self._join(fits.pop(), later.node)
            elif fits:
                unsure.append((later.row, "more than one denied predecessor fits"))
        return unsure

    def _join(self, root: int, node: int) -> None:
        own = tuple(self.claims_of[node])
        mates = self._mates(own)
        mates.add(self.joined.join(root, node))
        self.joins += 1
        self.mates[own] = (self.joins, mates)

    def _mates(self, own: tuple[int, ...]) -> set[int]:
        """Services that one decision holds side by side: they are never the same."""
        known_at, mates = self.mates.get(own, (-1, set()))
        if known_at != self.joins:
            mates = {self.joined.find(node) for claim in own for node in self.nodes_of[claim]}
            self.mates[own] = (self.joins, mates)
        return mates

    def _fits(self, later: Decision) -> set[int]:
        """Services that may be followed (two at most): of the same look, else code, else any."""
        if later.date == UNDATED:
            return set()
        for level in _levels(later):
            fits = self._alive(later, level)
            if fits:
                return fits
        return set()

    def _alive(self, later: Decision, level: Look) -> set[int]:
        own = tuple(self.claims_of[later.node])
        mates = self._mates(own)
        when = (later.date, later.payer if later.duplicate else None)
        claim_id = later.claim_id if self.across else None
        key = (own, when, claim_id, level)
        if key not in self.queues:
            alike = self._predecessors(later, when).get(level, [])
            self.queues[key] = deque(one.node for one in alike if one.claim_id != claim_id)
        queue, seen, fits = self.queues[key], [], set[int]()
        # Whoever became a mate stays one: it leaves the queue for good.
        while queue and len(fits) < 2:
            node = queue.popleft()
            root = self.joined.find(node)
            if root not in mates:
                seen.append(node)
                fits.add(root)
        queue.extendleft(reversed(seen))
        return fits

    def _predecessors(self, later: Decision, when: Look) -> dict[Look, list[Decision]]:
        """Latest decision of each service before, if the later may follow it, by its levels.

        A duplicate denial says itself that the same payer decided the service before.
        """
        if when not in self.found:
            latest = {one.node: one for one in self.decisions if _before(one, later)}
            found: dict[Look, list[Decision]] = {}
            for one in latest.values():
                if one.payer == later.payer if later.duplicate else one.denied:
                    for level in _levels(one):
                        found.setdefault(level, []).append(one)
            self.found[when] = found
        return self.found[when]


def _before(one: Decision, later: Decision) -> bool:
    return one.date < later.date or (later.duplicate and one.date == later.date)


def _levels(one: Decision) -> Iterator[Look]:
    """From the most to the least that must agree."""
    if one.hcpcs >= 0:
        yield one.hcpcs, one.modifiers, one.charge_cents
        yield (one.hcpcs,)
    yield ()
