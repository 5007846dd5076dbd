"""The rare way: bundles are looked at anew because what their identifiers may do has changed.

A value turned out to be shared (or no longer is), a fact was severed from an identifier, facts went away, a clerk
judged.
Edges of the affected bundles are computed again from the times of their facts, exactly as if the past had been so.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from unified_profile.identity.bundles import ALIAS, Bundle, space_of, value_of
from unified_profile.identity.limits import limited
from unified_profile.identity.link import alias_pairs
from unified_profile.identity.namespaces import IdentityRules
from unified_profile.identity.settle import NEVER, Mint, Settling
from unified_profile.identity.walk import Pair
from unified_profile.identity.working import BUNDLE, Ask, Asking, Working, bundles_with, nodes_of, times_of
from unified_profile.model.rows import BundleNodeRow, BundleRow, ChangeRow, EdgeRow, NodeRow, StatementRow
from unified_profile.model.texts import compact

Times = tuple[int, int]


class Restarring:
    """One change to what identifiers may do."""

    def __init__(self, work: Working, rules: IdentityRules, *, at_us: int, mint: Mint, model: str = "") -> None:
        """Work on *work* under *rules*."""
        self.work = work
        self.rules = rules
        self.at_us = at_us
        self.mint = mint
        self.model = model
        self.bundles: dict[str, BundleRow] = {}
        self.nodes_of: dict[str, tuple[str, ...]] = {}
        self.times: dict[str, Times] = {}
        self.complete: set[str] = set()
        self.old_stars: dict[str, tuple[str, ...]] = {}
        self.refused_same: list[Pair] = []
        self.touched: set[str] = set()

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
        self.touched |= touched
        yield from self._know(touched)
        for bundle in (moved or {}).values():
            if bundle.key not in self.bundles:
                yield from self._make(bundle)
        around = {node for nodes in self.nodes_of.values() for node in nodes}
        yield from self.work.load_nodes(around | touched)
        # Whether a value is shared depends on all its bundles; a flip touches more bundles, which touch no more values.
        countable = [node for node in sorted(around) if self._may_be_shared(node)]
        yield from self._know(set(countable))
        yield from self.work.load_nodes(node for nodes in self.nodes_of.values() for node in nodes)
        for node in countable:
            self._count(node)
        affected = dict(self.bundles)
        new_stars = {key: self._star(key) for key in affected}
        old = {pair for key in affected for pair in _edges(self.old_stars[key])}
        new = {pair for key in affected for pair in _edges(new_stars[key])}
        yield from self._know({node for node, _ in old | new})
        yield from self.work.load_nodes(node for nodes in self.nodes_of.values() for node in nodes)
        stars = {key: self._star(key) for key in self.bundles}
        yield from self._edges(old | new, stars)
        self._rewrite(affected, new_stars)
        changed = {node for pair in old | new for node in pair}
        changed |= touched | {star[0] for star in (*self.old_stars.values(), *new_stars.values()) if star}
        yield from self._standing(changed)
        yield from self._settle(changed)
        self._tell(affected, new_stars)

    def _tell(self, affected: Mapping[str, BundleRow], stars: Mapping[str, tuple[str, ...]]) -> None:
        """Note whose facts moved with the centre of their bundle."""
        nodes = self.work.nodes
        profiles: set[str | None] = set()
        for key, row in affected.items():
            old, new = (star[0] if star else "" for star in (self.old_stars[key], stars[key]))
            if old != new:
                profiles.update(
                    known.profile for known in (nodes.was.get(old), nodes.now.get(new)) if known is not None
                )
                if row.devices:
                    self.work.add("change", ChangeRow(BUNDLE, "", self.at_us, json.dumps({"bundle": key})))
        self.work.touch(profiles, self.at_us)

    def _settle(self, changed: set[str]) -> Asking[None]:
        """Derive what is one by judgement, and walk everybody this reaches."""
        classes = yield from self._carried(changed)
        yield from self.work.load_nodes(sorted(classes))
        for node in sorted(classes - changed):
            row = self.work.nodes.now.get(node) or NodeRow(node, None, None, NEVER)
            if row.leaf_of is not None:
                yield from self._unleaf(row)
                self.work.nodes.put(row._replace(leaf_of=None))
        settling = Settling(self.work, self.rules, at_us=self.at_us, mint=self.mint, model=self.model)
        yield from settling.settle(sorted(changed | classes))
        self.refused_same = settling.refused_same

    # Reading what is there

    def _know(self, nodes: set[str]) -> Asking[None]:
        """Read every bundle that holds one of *nodes*, and the times of its facts."""
        wanted = sorted(nodes - self.complete)
        if not wanted:
            return
        self.complete.update(wanted)
        found = [row for row in (yield from bundles_with(wanted)) if row.bundle not in self.bundles]
        yield from self._facts([row.bundle for row in found])
        for row in found:
            self.bundles[row.bundle] = row
            self.nodes_of[row.bundle] = nodes_of(row.nodes)
        yield from self.work.load_nodes(node for row in found for node in self.nodes_of[row.bundle])
        for row in found:
            self.old_stars[row.bundle] = self._stood(row)

    def _facts(self, keys: list[str]) -> Asking[None]:
        """Read the earliest and latest time of each bundle's facts."""
        self.times.update((yield from times_of(keys)))

    def _make(self, bundle: Bundle) -> Asking[None]:
        """Take in a bundle that is not stored yet."""
        (rows,) = yield [Ask("bundle", "key", [(bundle.key,)])]
        devices = compact(bundle.devices) if bundle.devices else None
        row = rows[0] if rows else BundleRow(bundle.key, compact(bundle.nodes), None, devices)
        self.bundles[bundle.key] = row
        self.nodes_of[bundle.key] = bundle.nodes
        self.old_stars[bundle.key] = () if not rows else self._stood(row)
        yield from self._facts([bundle.key])
        yield from self.work.load_nodes(bundle.nodes)
        if not rows:
            for node in bundle.devices:
                self.work.add("bundle_node", BundleNodeRow(node, bundle.key))
            for node in bundle.nodes:
                if node not in self.work.nodes.now:
                    self.work.nodes.put(NodeRow(node, None, None, NEVER))

    # What stands now

    def _stood(self, row: BundleRow) -> tuple[str, ...]:
        """Return the star of a bundle as it was stored: its centre first."""
        if row.centre is None:
            return ()
        nodes = self.nodes_of[row.bundle]
        was = self.work.nodes.was
        others = [
            node
            for node in nodes
            if node != row.centre and (n := was.get(node)) is not None and (not n.shared or node in self.touched)
        ]
        return (row.centre, *others)

    def _star(self, key: str) -> tuple[str, ...]:
        """Return the star of a bundle as it is now; empty when no fact is left in it or nothing links."""
        if key not in self.times:
            return ()
        now = self.work.nodes.now
        return tuple(node for node in self.nodes_of[key] if node in now and not now[node].shared)

    def _one_per_person(self, node: str) -> bool:
        space = self.rules.space(node)
        return space is not None and space.one_per_person

    def _may_be_shared(self, node: str) -> bool:
        space = self.rules.space(node)
        return space is not None and space.shared_above is not None

    def _count(self, node: str) -> None:
        """Count the strong values beside *node* over all its bundles."""
        space = self.rules.namespace(space_of(node).partition("@")[0])
        beside: dict[str, set[str]] = {}
        for key, nodes in self.nodes_of.items():
            if node not in nodes or key not in self.times:
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
            first, last = self.times.get(key, (NEVER, -NEVER))
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
            if key not in self.times:
                self.work.remove("bundle", (key,))
                for node in (*self.nodes_of[key], *(json.loads(row.devices) if row.devices else ())):
                    self.work.remove("bundle_node", (node, key))
                continue
            if centre != row.centre or not self.old_stars[key]:
                self.work.add("bundle", row._replace(centre=centre))
            for node in self.nodes_of[key]:
                if node not in star:  # over-shared: no edge leads from it to the bundle
                    self.work.add("bundle_node", BundleNodeRow(node, key))

    def _standing(self, nodes: set[str]) -> Asking[None]:
        """Say of each node anew whether facts stay with it, when it was first seen, and that it is no leaf."""
        yield from self._know(set(nodes))
        centres = {star[0] for key in self.bundles if (star := self._star(key))}
        for node in sorted(nodes):
            row = self.work.nodes.now.get(node)
            if row is None:
                row = NodeRow(node, None, None, NEVER)
            if row.leaf_of is not None:
                yield from self._unleaf(row)
            first = row.first_us
            if limited(node, self.rules) is not None:
                first = min(
                    (self.times[key][0] for key, held in self.nodes_of.items() if node in held and key in self.times),
                    default=NEVER,
                )
            self.work.nodes.put(row._replace(leaf_of=None, first_us=first, centred=int(node in centres)))

    def _unleaf(self, row: NodeRow) -> Asking[None]:
        """Give a leaf the edge that it had all along."""
        yield from self.work.leaf_edge(row.node, row.leaf_of or "")

    def _carried(self, nodes: set[str]) -> Asking[set[str]]:
        """Bring alias statements in line with what is said now; return every node of a class this can change."""
        work = self.work
        aliasing = {node for key in self.bundles if key.startswith(ALIAS) for node in self.nodes_of[key]}
        judged = {node for node in nodes if (row := work.nodes.now.get(node)) is not None and row.judged} | aliasing
        # What a record carries was made one by its judgements, also by those that are taken back now.
        yield from self._know({node for node in judged if node.startswith("record:")})
        carried = {node for end in judged for node in self._carries(end) if self._one_per_person(node)}
        found = yield from self._classes(judged | carried)
        same = _in_force(work.statements.now.values(), judged)
        yield from self._know({end for pair in same for end in pair if end.startswith("record:")})
        wanted = {**self._said(same), **self._called()}
        for name in [name for name, row in work.statements.now.items() if row.kind == "alias"]:
            if name not in wanted and self._answers_for(name, judged):
                work.statements.drop(name)
        for name, alias in wanted.items():
            if name not in work.statements.now:
                work.statements.put(alias)
                found.update((alias.left, alias.right))
        found |= yield from self._classes(found)
        for node in sorted({end for alias in wanted.values() for end in (alias.left, alias.right)}):
            known = work.nodes.now.get(node) or NodeRow(node, None, None, NEVER)
            if not known.judged:
                work.nodes.put(known._replace(judged=1))
        return found

    def _classes(self, nodes: Iterable[str]) -> Asking[set[str]]:
        """Read the statements of *nodes*, follow alias classes to their end, and return all nodes of these classes."""
        work = self.work
        found: set[str] = set()
        wanted = set(nodes)
        while wanted:
            found |= wanted
            lefts, rights = yield [
                Ask("statement", "left", sorted(wanted)),
                Ask("statement", "right", sorted(wanted)),
            ]
            work.statements.seen(lefts)
            work.statements.seen(rights)
            wanted = {
                end
                for row in work.statements.now.values()
                if row.kind == "alias" and (row.left in found or row.right in found)
                for end in (row.left, row.right)
            } - found
        yield from work.load_nodes(sorted(found))
        return found

    def _said(self, same: Iterable[Pair]) -> dict[str, StatementRow]:
        """Return the aliases that judgements make: one-per-person values carried directly by both sides."""
        wanted: dict[str, StatementRow] = {}
        for left, right in same:
            carried = [*self._carries(left), *self._carries(right)]
            for one, other in alias_pairs(carried, self.rules, accepted=False):
                name = f"same:{json.dumps([left, right], ensure_ascii=False)}:{one}:{other}"
                wanted[name] = StatementRow(name, "alias", one, other, 0, self.at_us)
        return wanted

    def _called(self) -> dict[str, StatementRow]:
        """Return the aliases that alias calls make."""
        wanted: dict[str, StatementRow] = {}
        for key in self.bundles:
            if key.startswith(ALIAS) and key in self.times:
                for one, other in alias_pairs(self.nodes_of[key], self.rules, accepted=True):
                    name = f"call:{key}:{one}:{other}"
                    wanted[name] = StatementRow(name, "alias", one, other, 0, self.at_us)
        return wanted

    def _answers_for(self, name: str, judged: set[str]) -> bool:
        """Say whether everything an alias statement rests on was read, so that its absence now means it is gone."""
        if name.startswith("call:"):
            return name.split(":", 2)[1] in self.bundles
        pair, _ = json.JSONDecoder().raw_decode(name, len("same:"))
        return bool(judged.intersection(pair))

    def _carries(self, node: str) -> list[str]:
        """Return what a judged node carries directly: itself, or the identifiers of the record's facts."""
        if not node.startswith("record:"):
            return [node]
        return sorted(
            {
                other
                for key, nodes in self.nodes_of.items()
                if node in nodes and key in self.times
                for other in nodes
                if other != node
            }
        )


def _in_force(rows: Iterable[StatementRow], nodes: set[str]) -> list[Pair]:
    """Return the pairs of *nodes* whose latest judgement is SAME."""
    latest: dict[Pair, StatementRow] = {}
    for row in rows:
        if row.kind in ("same", "different", "unsure") and (row.left in nodes or row.right in nodes):
            best = latest.get((row.left, row.right))
            if best is None or (best.said_us, best.id) < (row.said_us, row.id):
                latest[row.left, row.right] = row
    return sorted(pair for pair, row in latest.items() if row.kind == "same")


def _edges(star: tuple[str, ...]) -> list[Pair]:
    return [(node, star[0]) for node in star[1:]]
