"""The canonical walk: edges in an order that arrival cannot change, joined unless a limit or a clerk forbids it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from unified_profile.identity.limits import Component, Limits
from unified_profile.identity.namespaces import IdentityRules
from unified_profile.model.rows import StatementRow

Pair = tuple[str, str]
JUDGEMENTS = frozenset({"same", "different", "unsure"})


class Walked(NamedTuple):
    """The components of a walk, and the pairs that were refused."""

    components: list[list[str]]
    refused: list[Pair]
    refused_same: list[Pair]


class Spoken(NamedTuple):
    """What clerks and models said, reduced to what is in force."""

    same: list[Pair]
    enemies: dict[str, set[str]]
    links: list[Pair]
    aliases: dict[str, str]


def effective(statements: Iterable[StatementRow], rules: IdentityRules, /, *, model: str) -> Spoken:
    """Reduce statements to the latest judgement of each pair, links that still count, and alias classes."""
    latest: dict[Pair, StatementRow] = {}
    links: list[StatementRow] = []
    pairs: list[Pair] = []
    for row in statements:
        if row.kind in JUDGEMENTS:
            pair = (row.left, row.right)
            best = latest.get(pair)
            if best is None or (best.said_us, best.id) < (row.said_us, row.id):
                latest[pair] = row
        elif row.kind == "link" and row.model == model:
            links.append(row)
        elif row.kind == "alias":
            pairs.append((row.left, row.right))
    same = sorted(
        (row for row in latest.values() if row.kind == "same"), key=lambda row: (-row.said_us, row.left, row.right)
    )
    enemies: dict[str, set[str]] = {}
    for row in latest.values():
        if row.kind == "different":
            enemies.setdefault(row.left, set()).add(row.right)
            enemies.setdefault(row.right, set()).add(row.left)
    step = rules.weight_step
    open_links = [
        row for row in links if (row.left, row.right) not in latest or latest[row.left, row.right].kind != "unsure"
    ]
    open_links.sort(key=lambda row: (-round(row.weight / step), row.left, row.right))
    return Spoken(
        [(row.left, row.right) for row in same],
        enemies,
        [(row.left, row.right) for row in open_links],
        classes(pairs),
    )


class Growing:
    """Classes of nodes that grow pair by pair, each named by its smallest node; *largest* is how many the largest has.

    >>> hanging = Growing()
    >>> for left, right in ["ab", "cd", "bd"]:
    ...     hanging.join(left, right)
    >>> hanging.largest, hanging.home()
    (4, {'a': 'a', 'b': 'a', 'c': 'a', 'd': 'a'})
    """

    def __init__(self) -> None:
        """Begin with nobody."""
        self._above: dict[str, str] = {}
        self._sizes: dict[str, int] = {}
        self.largest = 0

    def join(self, left: str, right: str, /) -> None:
        """Put the classes of two nodes together."""
        one, two = self._root(left), self._root(right)
        if one == two:
            return
        low, high = (one, two) if one < two else (two, one)
        self._above[high] = low
        self._sizes[low] += self._sizes.pop(high)
        self.largest = max(self.largest, self._sizes[low])

    def _root(self, node: str) -> str:
        above = self._above
        if node not in above:
            above[node] = node
            self._sizes[node] = 1
            self.largest = max(self.largest, 1)
            return node
        while (following := above[node]) != node:
            above[node] = node = above[following]
        return node

    def nodes(self) -> Iterable[str]:
        """Return every node that was in a pair."""
        return self._above.keys()

    def home(self) -> dict[str, str]:
        """Return the smallest node of the class of each node."""
        return {node: self._root(node) for node in self._above}


def classes(pairs: Iterable[Pair], /) -> dict[str, str]:
    """Return the smallest node of the class of each node that is in a pair."""
    growing = Growing()
    for left, right in pairs:
        growing.join(left, right)
    return growing.home()


def walk(
    nodes: Iterable[str],
    edges: Mapping[Pair, tuple[int, int]],
    spoken: Spoken,
    rules: IdentityRules,
    /,
    *,
    first_seen: Mapping[str, int],
) -> Walked:
    """Join *nodes* along *edges* ``{(node, centre): (first, last)}`` in canonical order.

    Judgements first (latest first), then edges by the rank of their weaker end and, inside one namespace, by time as
    its ``keep`` says, then machine links by weight. Edges whose ends are not both in *nodes* are passed over.
    """
    limits = Limits(rules, first_seen, spoken.aliases)
    home = {node: limits.start(node, spoken.enemies.get(node, _NONE)) for node in nodes}
    refused: list[Pair] = []

    def join(pair: Pair) -> bool:
        one, other = home.get(pair[0]), home.get(pair[1])
        if one is None or other is None or one is other:
            return True
        if _hostile(one, other, home) or not limits.allow(one, other):
            refused.append(pair)
            return False
        if len(one.nodes) < len(other.nodes):
            one, other = other, one
        one.nodes += other.nodes
        for space, values in other.spaces.items():
            one.spaces.setdefault(space, set()).update(values)
        if other.enemies:
            one.enemies = one.enemies | other.enemies
        for node in other.nodes:
            home[node] = one
        return True

    refused_same = [pair for pair in spoken.same if not join(pair)]
    for pair in sorted(edges, key=lambda pair: _order(pair, edges[pair], rules)):
        join(pair)
    for pair in spoken.links:
        join(pair)
    return Walked([component.nodes for component in {id(c): c for c in home.values()}.values()], refused, refused_same)


_NONE: set[str] = set()


def _hostile(one: Component, other: Component, home: Mapping[str, Component]) -> bool:
    if not one.enemies or not other.enemies:
        return False
    if len(one.enemies) > len(other.enemies):
        one, other = other, one
    return any(home.get(node) is other for node in one.enemies)


def _order(pair: Pair, times: tuple[int, int], rules: IdentityRules) -> tuple[int, str, int, str, str]:
    rank = rules.rank_of(pair[0])
    name = rank[1]
    space = rules.by_name.get(name)
    time = times[0] if space is None or space.keep == "first" else -times[1]
    return (*rank, time, *pair)
