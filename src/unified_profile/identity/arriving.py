"""What a batch says of identifiers: when they were seen, beside what, and which of them belong together."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping

import attrs

from unified_profile.identity.aliases import alias_pairs
from unified_profile.identity.bundles import Bundle, space_of, value_of
from unified_profile.identity.namespaces import IdentityRules, Rank
from unified_profile.identity.settle import NEVER
from unified_profile.identity.working import Working
from unified_profile.model.rows import NodeRow
from unified_profile.model.texts import compact


@attrs.define
class Arrival:
    """What a batch brings of one bundle: its times, and how to make it when it is new."""

    make: Callable[[], Bundle]
    first_us: int
    last_us: int


@attrs.define
class Star:
    """A bundle of this batch as a star: its centre and the nodes around it."""

    centre: str
    others: tuple[str, ...]
    new: bool


class Arriving:
    """The bundles of one batch, told to the nodes that they hold."""

    def __init__(self, work: Working, rules: IdentityRules) -> None:
        """Work on *work* under *rules*."""
        self.work = work
        self.rules = rules
        self.flipped: set[str] = set()
        self.grown: set[str] = set()

    def stars(
        self, arrivals: Mapping[str, Arrival], nodes: Mapping[str, tuple[str, ...]], made: Mapping[str, Bundle]
    ) -> dict[str, Star]:
        """Return the star of every bundle that has a centre, and note the times of its edges."""
        rows, moves = self.work.nodes.now, self.work.moves
        stars: dict[str, Star] = {}
        for key, arrival in arrivals.items():
            usable = [node for node in nodes[key] if (row := rows.get(node)) is None or not row.shared]
            if not usable:
                continue
            centre, others = usable[0], tuple(usable[1:])
            stars[key] = Star(centre, others, key in made)
            first, last = arrival.first_us, arrival.last_us
            for node in others:
                pair = (node, centre)
                move = moves.get(pair)
                moves[pair] = (first, last) if move is None else (min(move[0], first), max(move[1], last))
        return stars

    def beside(self, bundle: Bundle) -> None:
        """Count the strong values beside each value that may be over-shared, and stop it when there are too many."""
        strong: list[tuple[Rank, str]] = []
        for node in bundle.nodes:
            space = self.rules.space(node)
            if space is None:
                continue
            if space.one_per_person:
                strong.append((space.rank, node))
            if space.shared_above is None or not strong or strong[0][0] >= space.rank:
                continue
            row = self.work.nodes.now.get(node) or fresh_node(node)
            if row.beside and len(strong) == 1 and row.beside == _only(strong[0][1]):
                continue  # as it mostly is
            beside: dict[str, list[str]] = json.loads(row.beside) if row.beside else {}
            grew = False
            for rank, other in strong:
                values = beside.setdefault(space_of(other), []) if rank < space.rank else []
                if rank < space.rank and value_of(other) not in values:
                    values.append(value_of(other))
                    values.sort()
                    grew = True
            if not grew:
                continue
            shared = any(len(values) > space.shared_above for values in beside.values())
            if shared and not row.shared:
                self.flipped.add(node)
            self.work.nodes.put(row._replace(beside=compact(beside), shared=int(shared)))

    def seen(self, nodes: Iterable[str], first_us: int) -> None:
        """Keep when each node was first seen."""
        rows = self.work.nodes
        for node in nodes:
            row = rows.now.get(node)
            if row is None:
                rows.put(NodeRow(node, None, None, first_us))
            elif first_us < row.first_us:
                rows.put(row._replace(first_us=first_us))

    def grow(self, made: Mapping[str, Bundle]) -> None:
        """Note alias calls and judged records that grew: what they make one is derived afterwards."""
        for bundle in made.values():
            if bundle.alias and alias_pairs(bundle.nodes, self.rules, accepted=True):
                self.grown.update(bundle.nodes)
            for node in bundle.nodes:
                row = self.work.nodes.now.get(node)
                if row is not None and row.judged and node.startswith("record:"):
                    self.grown.add(node)


def _only(node: str) -> str:
    """Return what stands beside a value that was met with *node* only; "" where a value needs quoting."""
    value = value_of(node)
    return "" if '"' in value or "\\" in value else f'{{"{space_of(node)}":["{value}"]}}'


def fresh_node(node: str, /) -> NodeRow:
    """Return the row of a node of which nothing is known yet."""
    return NodeRow(node, None, None, NEVER)
