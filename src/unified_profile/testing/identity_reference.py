"""Who is who, computed the slow and obvious way from whole sets, so that a fast engine has something to be checked by.

Nothing here is incremental and nothing is shared with the engine. It is meant for some dozens of facts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Set as AbstractSet
from datetime import timedelta
from itertools import combinations
from typing import TypeAlias

import attrs

from unified_profile.identity.namespaces import IdentityRules
from unified_profile.model import (
    ConsentRecord,
    Event,
    EventType,
    Fact,
    Identifier,
    Judgement,
    Link,
    Retraction,
    Severance,
    SourceRecord,
    Verdict,
)
from unified_profile.model.times import to_micros
from unified_profile.model.values import RECORD

Linking: TypeAlias = SourceRecord | Event | ConsentRecord
Node: TypeAlias = str
Pair: TypeAlias = "tuple[Node, Node]"
Strength: TypeAlias = "tuple[int, str, Node]"


@attrs.frozen
class ReferencePartition:
    """Who is who, as plain sets that can be compared with ``==``.

    Attributes:
        profiles: For every person the ids of the facts (those that came by a device run too) and the nodes.
        nobody: Ids of linking facts that belong to no profile.
        floating: Nodes of the graph (usable in a fact, judged or linked) without a profile.
        refused_same: Pairs that a clerk called the same and that lie apart nevertheless.
        conflicts: ``(node, center)`` for every identifier that could not go where a fact's star wanted it.
    """

    profiles: frozenset[tuple[frozenset[str], frozenset[Node]]]
    nobody: frozenset[str]
    floating: frozenset[Node]
    refused_same: frozenset[Pair]
    conflicts: frozenset[Pair]


def reference(
    facts: Iterable[Fact], rules: IdentityRules, *, links: Iterable[Link] = (), model: str = ""
) -> ReferencePartition:
    """Return who is who among *facts* under *rules*; only *links* of *model* count.

    Of several facts with one id the first is taken: they are the same fact by promise.

    >>> from datetime import UTC, datetime
    >>> visit = Event(
    ...     id="e1",
    ...     source="web",
    ...     occurred_at=datetime(2026, 1, 1, tzinfo=UTC),
    ...     identifiers=[Identifier("email", "Taro@Example.com"), Identifier("device_id", "d1")],
    ... )
    >>> [sorted(nodes) for _, nodes in reference([visit], IdentityRules()).profiles]
    [['device_id:d1', 'email:taro@example.com']]
    """
    by_id: dict[str, Fact] = {}
    for fact in facts:
        by_id.setdefault(fact.id, fact)
    return _Reference(by_id, rules, links, model).partition()


class _Reference:
    """One computation over one set of facts; each method is one sentence of the specification."""

    def __init__(self, by_id: Mapping[str, Fact], rules: IdentityRules, links: Iterable[Link], model: str) -> None:
        self.rules = rules
        self.linking = [f for f in by_id.values() if isinstance(f, (SourceRecord, Event, ConsentRecord))]
        withdrawn = {f.fact_id for f in by_id.values() if isinstance(f, Retraction)}
        severed = {
            (f.fact_id, rules.normalized(f.identifier))
            for f in by_id.values()
            if isinstance(f, Severance) and f.id not in withdrawn
        }
        self.at = {f.id: to_micros(f.occurred_at) for f in self.linking}
        self.present: dict[str, set[Identifier]] = {}
        for fact in self.linking:
            said = fact.identifiers + (fact.previous if isinstance(fact, Event) else ())
            found = {rules.normalized(x) for x in said}
            self.present[fact.id] = {x for x in found if x is not None and (fact.id, x) not in severed}
        seen = {x for present in self.present.values() for x in present}
        self.shared = {x for x in seen if self._over_shared(x)}
        self.centers: dict[str, Node] = {}
        self.others: dict[str, set[Identifier]] = {}
        for fact in self.linking:
            usable = {x for x in self.present[fact.id] if self._mode(x) == "link" and x not in self.shared}
            if isinstance(fact, SourceRecord):
                self.centers[fact.id] = fact.node.node
            elif usable:
                self.centers[fact.id] = min(usable, key=self._strength).node
            self.others[fact.id] = {x for x in usable if x.node != self.centers.get(fact.id)}
        self.first_seen: dict[Node, int] = {
            x.node: min(self.at[f.id] for f in self.linking if x in self.present[f.id]) for x in seen
        }
        judgements = [f for f in by_id.values() if isinstance(f, Judgement) and f.id not in withdrawn]
        self.verdicts = self._effective(judgements)
        self.different = {pair for pair, said in self.verdicts.items() if said.verdict is Verdict.DIFFERENT}
        self.links: dict[Pair, int] = {}
        for link in links:
            pair = self._pair(link.left, link.right)
            if link.model == model and pair and not self._unsure(pair):
                steps = round(link.weight / rules.weight_step)
                self.links[pair] = max(steps, self.links.get(pair, steps))
        self.classes = self._alias_classes()

    def _mode(self, x: Identifier) -> str:
        return "link" if x.namespace == RECORD else self.rules.namespace(x.namespace).mode

    def _strength(self, x: Identifier) -> Strength:
        """Order nodes from the strongest: records, then by priority, name of the namespace, and node."""
        return (*self.rules.rank_of(x.node), x.node)

    def _one_per_person(self, x: Identifier) -> bool:
        return x.namespace != RECORD and self.rules.namespace(x.namespace).one_per_person

    def _over_shared(self, x: Identifier) -> bool:
        """Say whether more than the allowed values of one stronger one-per-person space occur beside *x*."""
        most = None if x.namespace == RECORD else self.rules.namespace(x.namespace).shared_above
        if most is None:
            return False
        beside: dict[str, set[str]] = defaultdict(set)
        for y in (y for present in self.present.values() if x in present for y in present):
            stronger = self.rules.rank_of(y.node) < self.rules.rank_of(x.node)
            if stronger and self._one_per_person(y) and self._mode(y) == "link":
                beside[y.space].add(y.value)
        return any(len(values) > most for values in beside.values())

    def _pair(self, left: Identifier, right: Identifier) -> Pair | None:
        """Return the sorted nodes of two different usable ends, or None."""
        ends = [self.rules.normalized(end) for end in (left, right)]
        nodes = sorted({x.node for x in ends if x is not None and self._mode(x) == "link"})
        return (nodes[0], nodes[1]) if len(nodes) == 2 else None

    def _effective(self, judgements: Iterable[Judgement]) -> dict[Pair, Judgement]:
        """Of all judgements on a pair the latest stands; ties go to the greater id."""
        verdicts: dict[Pair, Judgement] = {}
        for said in sorted(judgements, key=lambda j: (j.occurred_at, j.id)):
            pair = self._pair(said.left, said.right)
            if pair:
                verdicts[pair] = said
        return verdicts

    def _unsure(self, pair: Pair) -> bool:
        return pair in self.verdicts and self.verdicts[pair].verdict is Verdict.UNSURE

    def _carried(self, node: Node) -> set[Identifier]:
        """What a judged node carries directly: itself, or what the facts that name that record say."""
        found = {Identifier.of(node)}
        if not node.startswith(f"{RECORD}:"):
            return found
        for fact in self.linking:
            own = isinstance(fact, SourceRecord) and fact.node.node == node
            if own or any(x.node == node for x in self.present[fact.id]):
                found |= {x for x in self.present[fact.id] if self._mode(x) == "link"}
        return found

    def _alias_classes(self) -> dict[Node, frozenset[Node]]:
        """Return for each aliased value all values that count as one with it."""
        groups: list[set[Identifier]] = []
        for fact in self.linking:
            if isinstance(fact, Event) and fact.type is EventType.ALIAS:
                accepting = {x for x in self.present[fact.id] if x.namespace != RECORD}
                groups.append({x for x in accepting if self.rules.namespace(x.namespace).alias == "accept"})
        for (left, right), said in self.verdicts.items():
            if said.verdict is Verdict.SAME:
                groups.append(self._carried(left) | self._carried(right))
        classes: dict[Node, frozenset[Node]] = {}
        for group in groups:
            for a, b in combinations(sorted(x for x in group if self._one_per_person(x)), 2):
                if a.space == b.space:
                    one = classes.get(a.node, frozenset({a.node})) | classes.get(b.node, frozenset({b.node}))
                    classes.update(dict.fromkeys(one, one))
        return classes

    def _allowed(self, nodes: AbstractSet[Node]) -> bool:
        """Say whether *nodes* may be one person."""
        if any(a in nodes and b in nodes for a, b in self.different):
            return False
        spaces: dict[str, set[Node]] = defaultdict(set)
        for node in nodes:
            spaces[Identifier.of(node).space].add(node)
        for space, members in spaces.items():
            name = space.partition("@")[0]
            rule = None if name == RECORD else self.rules.namespace(name)
            if rule is None or rule.limit is None:
                continue
            if rule.window is None:
                if len({self.classes.get(node, frozenset({node})) for node in members}) > rule.limit:
                    return False
            else:
                times = sorted(self.first_seen[node] for node in members if node in self.first_seen)
                span = rule.window // timedelta(microseconds=1)
                if any(later - sooner < span for sooner, later in zip(times, times[rule.limit :], strict=False)):
                    return False
        return True

    def _edges(self) -> list[Pair]:
        """Return ``(node, center)`` of all stars in the order in which they are decided."""
        told: dict[tuple[Identifier, Node], list[int]] = defaultdict(list)
        for fact in self.linking:
            for x in self.others[fact.id]:
                told[x, self.centers[fact.id]].append(self.at[fact.id])

        def turn(edge: tuple[Identifier, Node]) -> tuple[object, ...]:
            x, center = edge
            latest = x.namespace != RECORD and self.rules.namespace(x.namespace).keep == "latest"
            time = -max(told[edge]) if latest else min(told[edge])
            return (*self.rules.rank_of(x.node), time, x.node, center)

        return [(x.node, center) for x, center in sorted(told, key=turn)]

    def _signed_in(self, fact: Linking) -> Node | None:
        """Return whose an anonymous *fact* is: of those signed in on its strongest shared device."""
        devices = {x for x in self.present[fact.id] if self._mode(x) == "attribute"}
        if not devices:
            return None
        device = min(devices, key=self._strength)
        run = sorted((f for f in self.linking if device in self.present[f.id]), key=lambda f: (self.at[f.id], f.id))
        until = run.index(fact)
        before, after = run[:until], run[until:]
        for earlier in reversed(before):
            if self._resets(earlier):
                return None
            if earlier.id in self.centers:
                return self.centers[earlier.id]
        for later in after:
            if later.id in self.centers:
                return self.centers[later.id]
            if self._resets(later):
                return None
        return None

    def _resets(self, fact: Linking) -> bool:
        return isinstance(fact, Event) and fact.name in self.rules.resets

    def partition(self) -> ReferencePartition:
        """Walk all edges in order and collect what came out."""
        same = {pair: said for pair, said in self.verdicts.items() if said.verdict is Verdict.SAME}
        edges = self._edges()
        walk = sorted(same, key=lambda pair: (-to_micros(same[pair].occurred_at), pair))
        walk += edges
        walk += sorted(self.links, key=lambda pair: (-self.links[pair], pair))
        nodes = {end for pair in (*self.verdicts, *edges, *self.links) for end in pair} | set(self.centers.values())
        component: dict[Node, frozenset[Node]] = {node: frozenset({node}) for node in nodes}
        for a, b in walk:
            joined = component[a] | component[b]
            if self._allowed(joined):
                component.update(dict.fromkeys(joined, joined))
        owners = {f.id: self.centers.get(f.id) or self._signed_in(f) for f in self.linking}
        people: dict[frozenset[Node], set[str]] = {component[center]: set() for center in self.centers.values()}
        for fact_id, owner in owners.items():
            if owner:
                people[component[owner]].add(fact_id)
        return ReferencePartition(
            profiles=frozenset((frozenset(ids), whole) for whole, ids in people.items()),
            nobody=frozenset(fact_id for fact_id, owner in owners.items() if not owner),
            floating=frozenset(node for node in nodes if component[node] not in people),
            refused_same=frozenset((a, b) for a, b in same if component[a] is not component[b]),
            conflicts=frozenset((x, center) for x, center in edges if component[x] is not component[center]),
        )
