"""The rare way: bundles are looked at anew because what their identifiers may do has changed.

A value turned out to be shared (or no longer is), a fact was severed from an identifier, facts went away, a clerk
judged.
Edges of the affected bundles are computed again from the times of their facts, exactly as if the past had been so.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from unified_profile.identity.aliases import Aliasing
from unified_profile.identity.bundles import Bundle, space_of, value_of
from unified_profile.identity.limits import limited
from unified_profile.identity.namespaces import IdentityRules
from unified_profile.identity.settle import NEVER, Mint, Settling
from unified_profile.identity.surroundings import Surroundings, Times
from unified_profile.identity.walk import Pair
from unified_profile.identity.working import BUNDLE, Ask, Asking, Working
from unified_profile.model.rows import BundleNodeRow, BundleRow, ChangeRow, EdgeRow, NodeRow
from unified_profile.model.texts import compact


class Restarring:
    """One change to what identifiers may do."""

    def __init__(self, work: Working, rules: IdentityRules, *, at_us: int, mint: Mint, model: str = "") -> None:
        """Work on *work* under *rules*."""
        self.work = work
        self.rules = rules
        self.at_us = at_us
        self.mint = mint
        self.model = model
        self.near = Surroundings(work, rules)
        self.refused_same: list[Pair] = []

    def judge(self, nodes: Iterable[str], /) -> Asking[None]:
        """Settle anew what was said of *nodes* by clerks and models; their bundles are as they were."""
        nodes = set(nodes)
        yield from self.work.load_nodes(sorted(nodes))
        for node in sorted(nodes):
            row = self.work.nodes.now.get(node) or NodeRow(node, None, None, NEVER)
            if row.leaf_of is not None:
                yield from self._unleaf(row)
            self.work.nodes.put(row._replace(judged=1, leaf_of=None))
        yield from self._settle(nodes)

    def restar(self, touched: Iterable[str], /, *, moved: Mapping[str, Bundle] | None = None) -> Asking[None]:
        """Compute anew every bundle that holds one of *touched*, and settle what that changes.

        *moved* are bundles that facts were moved to in this session (a severed fact's new bundle).
        """
        touched = set(touched)
        self.near.touched |= touched
        yield from self.near.know(touched)
        for bundle in (moved or {}).values():
            if bundle.key not in self.near.bundles:
                yield from self.near.make(bundle)
        around = {node for nodes in self.near.nodes_of.values() for node in nodes}
        yield from self.work.load_nodes(around | touched)
        # Whether a value is shared depends on all its bundles; a flip touches more bundles, which touch no more values.
        countable = [node for node in sorted(around) if self._may_be_shared(node)]
        yield from self.near.know(set(countable))
        yield from self.work.load_nodes(node for nodes in self.near.nodes_of.values() for node in nodes)
        for node in countable:
            self._count(node)
        affected = dict(self.near.bundles)
        new_stars = {key: self.near.star(key) for key in affected}
        old = {pair for key in affected for pair in _edges(self.near.old_stars[key])}
        new = {pair for key in affected for pair in _edges(new_stars[key])}
        yield from self.near.know({node for node, _ in old | new})
        yield from self.work.load_nodes(node for nodes in self.near.nodes_of.values() for node in nodes)
        stars = {key: self.near.star(key) for key in self.near.bundles}
        yield from self._edges(old | new, stars)
        self._rewrite(affected, new_stars)
        changed = {node for pair in old | new for node in pair}
        changed |= touched | {star[0] for star in (*self.near.old_stars.values(), *new_stars.values()) if star}
        yield from self._standing(changed)
        yield from self._settle(changed)
        self._tell(affected, new_stars)

    def _tell(self, affected: Mapping[str, BundleRow], stars: Mapping[str, tuple[str, ...]]) -> None:
        """Note whose facts moved with the centre of their bundle."""
        nodes = self.work.nodes
        profiles: set[str | None] = set()
        for key, row in affected.items():
            old, new = (star[0] if star else "" for star in (self.near.old_stars[key], stars[key]))
            if old != new:
                profiles.update(
                    known.profile for known in (nodes.was.get(old), nodes.now.get(new)) if known is not None
                )
                if row.devices:
                    self.work.add("change", ChangeRow(BUNDLE, "", self.at_us, json.dumps({"bundle": key})))
        self.work.touch(profiles, self.at_us)

    def _settle(self, changed: set[str]) -> Asking[None]:
        """Derive what is one by judgement, and walk everybody this reaches."""
        classes = yield from Aliasing(self.work, self.rules, self.near, at_us=self.at_us).derive(changed)
        yield from self.work.load_nodes(sorted(classes))
        for node in sorted(classes - changed):
            row = self.work.nodes.now.get(node) or NodeRow(node, None, None, NEVER)
            if row.leaf_of is not None:
                yield from self._unleaf(row)
                self.work.nodes.put(row._replace(leaf_of=None))
        settling = Settling(self.work, self.rules, at_us=self.at_us, mint=self.mint, model=self.model)
        yield from settling.settle(sorted(changed | classes))
        self.refused_same = settling.refused_same

    # What stands now

    def _may_be_shared(self, node: str) -> bool:
        space = self.rules.space(node)
        return space is not None and space.shared_above is not None

    def _count(self, node: str) -> None:
        """Count the strong values beside *node* over all its bundles."""
        space = self.rules.namespace(space_of(node).partition("@")[0])
        beside: dict[str, set[str]] = {}
        for key, nodes in self.near.nodes_of.items():
            if node not in nodes or key not in self.near.times:
                continue
            for other in nodes:
                above = self.rules.space(other)
                if above is not None and above.one_per_person and above.rank < space.rank:
                    beside.setdefault(space_of(other), set()).add(value_of(other))
        above_limit = space.shared_above or 0
        shared = int(any(len(values) > above_limit for values in beside.values()))
        text = compact({name: sorted(v) for name, v in sorted(beside.items())})
        row = self.work.nodes.now.get(node) or NodeRow(node, None, None, NEVER)
        row = row._replace(beside=text if beside else None, shared=shared)
        self.work.nodes.put(row)

    def _edges(self, pairs: set[Pair], stars: Mapping[str, tuple[str, ...]]) -> Asking[None]:
        """Replace each of *pairs* by what the stars say now."""
        wanted = sorted(pairs)
        (rows,) = yield [Ask("edge", "key", wanted)]
        edges = self.work.edges
        edges.seen(rows)
        edges.absent(wanted)
        times: dict[Pair, Times] = {}
        for key, star in stars.items():
            first, last = self.near.times.get(key, (NEVER, -NEVER))
            for pair in _edges(star):
                if pair in pairs:
                    known = times.get(pair, (NEVER, -NEVER))
                    times[pair] = (min(known[0], first), max(known[1], last))
        for pair in wanted:
            self.work.exact.add(pair)
            found = times.get(pair)
            if found is None:
                edges.drop(pair)
            else:
                edges.put(EdgeRow(*pair, pair[1], *found))

    def _rewrite(self, affected: Mapping[str, BundleRow], stars: Mapping[str, tuple[str, ...]]) -> None:
        """Write bundles whose centre moved, so that every other node still leads to them."""
        for key, row in affected.items():
            star = stars[key]
            centre = star[0] if star else None
            if key not in self.near.times:
                self.work.remove("bundle", (key,))
                for node in (*self.near.nodes_of[key], *(json.loads(row.devices) if row.devices else ())):
                    self.work.remove("bundle_node", (node, key))
                continue
            if centre != row.centre or not self.near.old_stars[key]:
                self.work.add("bundle", row._replace(centre=centre))
            for node in self.near.nodes_of[key]:
                if node not in star:  # over-shared: no edge leads from it to the bundle
                    self.work.add("bundle_node", BundleNodeRow(node, key))

    def _standing(self, nodes: set[str]) -> Asking[None]:
        """Say of each node anew whether facts stay with it, when it was first seen, and that it is no leaf."""
        yield from self.near.know(set(nodes))
        centres = {star[0] for key in self.near.bundles if (star := self.near.star(key))}
        for node in sorted(nodes):
            row = self.work.nodes.now.get(node)
            if row is None:
                row = NodeRow(node, None, None, NEVER)
            if row.leaf_of is not None:
                yield from self._unleaf(row)
            first = row.first_us
            if limited(node, self.rules) is not None:
                first = min(
                    (
                        self.near.times[key][0]
                        for key, held in self.near.nodes_of.items()
                        if node in held and key in self.near.times
                    ),
                    default=NEVER,
                )
            self.work.nodes.put(row._replace(leaf_of=None, first_us=first, centred=int(node in centres)))

    def _unleaf(self, row: NodeRow) -> Asking[None]:
        """Give a leaf the edge that it had all along."""
        yield from self.work.leaf_edge(row.node, row.leaf_of or "")


def _edges(star: tuple[str, ...]) -> list[Pair]:
    return [(node, star[0]) for node in star[1:]]
