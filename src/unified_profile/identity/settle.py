"""Who is who after a change: walks only the profiles a change can reach, and gives them their ids.

The profiles whose edges changed (and everything one edge away) are walked in canonical order. If a neighbor did not
come out whole and alone, it is taken in with its own neighbors, and the walk is done again. This is exact: an untouched
profile has the same inner state at every step of a walk over everything, so what it refused stays refused.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from unified_profile.errors import ConflictError
from unified_profile.identity.bundles import strength
from unified_profile.identity.limits import dump, limited, summary_of
from unified_profile.identity.namespaces import IdentityRules
from unified_profile.identity.walk import JUDGEMENTS, Pair, Walked, effective, walk
from unified_profile.identity.working import Ask, Asking, Working, by_age
from unified_profile.model.rows import AnchorRow, ChangeRow, EdgeRow, ProfileRow, RedirectRow, StatementRow

Mint = Callable[[], str]


class Settling:
    """One change being settled."""

    def __init__(self, work: Working, rules: IdentityRules, *, at_us: int, mint: Mint, model: str) -> None:
        """Work on *work*; new ids come from *mint*, redirects are dated *at_us*."""
        self.work = work
        self.rules = rules
        self.at_us = at_us
        self.mint = mint
        self.model = model
        self.members: dict[str, set[str]] = {}
        self.loaded: set[str] = set()
        self.touching: dict[str, set[Pair]] = {}
        self.refused_same: list[Pair] = []

    def settle(self, seeds: Iterable[str], /) -> Asking[None]:
        """Decide anew about the profiles of *seeds* and whatever that reaches.

        New edges (``work.moves``) and nodes are in the working set already.
        """
        for pair in (*self.work.moves, *self.work.edges.now):
            if self.work.core_of(pair) is not None:
                self._touch(pair)
        inner = yield from self._units(seeds)
        while True:
            yield from self._load(inner)
            outer = (yield from self._units(self._beyond(inner))) - inner
            yield from self._load(outer)
            nodes = self._nodes(inner | outer)
            spoken = effective(self.work.statements.now.values(), self.rules, model=self.model)
            # In order, so that new ids are given out in an order that the facts alone decide.
            walked = walk(sorted(nodes), self._edges(nodes), spoken, self.rules, first_seen=self._first_seen(nodes))
            home = {node: index for index, part in enumerate(walked.components) for node in part}
            broken = {
                unit
                for unit in outer
                if len(walked.components[home[next(iter(self._unit(unit)))]]) != len(self._unit(unit))
                or len({home[node] for node in self._unit(unit)}) != 1
            }
            if not broken:
                break
            inner |= broken
        yield from self._conclude(inner, outer, walked)

    # What is around

    def _touch(self, pair: Pair) -> None:
        self.touching.setdefault(pair[0], set()).add(pair)
        self.touching.setdefault(pair[1], set()).add(pair)

    def _unit(self, unit: str) -> set[str]:
        """Return the nodes of a unit: a profile's members, or a floating node."""
        return self.members[unit]

    def _nodes(self, units: Iterable[str]) -> set[str]:
        return {node for unit in units for node in self._unit(unit)}

    def _units(self, nodes: Iterable[str]) -> Asking[set[str]]:
        """Return the units of *nodes*: profile ids, and nodes that float."""
        nodes = list(nodes)
        yield from self.work.load_nodes(nodes)
        found = set()
        for node in nodes:
            row = self.work.nodes.now.get(node)
            unit = node if row is None or row.profile is None else row.profile
            if unit == node:
                self.members.setdefault(unit, {node})
            found.add(unit)
        return found

    def _load(self, units: set[str]) -> Asking[None]:
        """Read members, edges and statements of *units* that were not read yet."""
        new = units - self.loaded
        if not new:
            return
        self.loaded |= new
        profiles = [unit for unit in new if unit not in self.members]
        if profiles:
            yield from self.work.load_profiles(profiles)
            (rows,) = yield [Ask("node", "profile", profiles)]
            self.work.nodes.seen(rows)
            for row in rows:
                self.members.setdefault(row.profile, set()).add(row.node)
            if any(profile not in self.members for profile in profiles):
                # A node named this profile, and now nobody does: another writer came between the two questions.
                raise ConflictError("who is who was changed while it was read; it is decided again")
        nodes = sorted(self._nodes(new))
        own, spoken_of = yield [Ask("edge", "core", nodes), Ask("edge", "node", nodes)]
        for edge in (*own, *spoken_of):
            if edge.core is not None:
                self._see(edge)
        yield from self._statements(nodes)

    def _see(self, edge: EdgeRow) -> None:
        pair = (edge.node, edge.centre)
        if pair in self.work.edges.was:
            return
        self.work.edges.seen([edge])
        self._touch(pair)

    def _statements(self, nodes: Iterable[str]) -> Asking[None]:
        """Read what was said of judged nodes, following alias classes to their end."""
        asked: set[str] = set()
        wanted = [node for node in nodes if (row := self.work.nodes.now.get(node)) is not None and row.judged]
        while wanted:
            asked.update(wanted)
            lefts, rights = yield [Ask("statement", "left", wanted), Ask("statement", "right", wanted)]
            self.work.statements.seen(lefts)
            self.work.statements.seen(rights)
            ends = {end for row in self.work.statements.now.values() if row.kind == "alias" for end in row[2:4]}
            wanted = sorted(ends - asked)

    def _beyond(self, units: set[str]) -> set[str]:
        """Return the far ends of every edge, judgement and link that touches *units*."""
        nodes = self._nodes(units)
        found = {end for node in nodes for pair in self.touching.get(node, ()) for end in pair}
        for row in self.work.statements.now.values():
            if (row.kind == "link" or row.kind in JUDGEMENTS) and (row.left in nodes or row.right in nodes):
                found.update((row.left, row.right))
        return found - nodes

    def _edges(self, nodes: set[str]) -> dict[Pair, tuple[int, int]]:
        """Return the times of all edges inside *nodes*, with what this batch adds."""
        found: dict[Pair, tuple[int, int]] = {}
        moves, edges = self.work.moves, self.work.edges.now
        for node in nodes:
            for pair in self.touching.get(node, ()):
                if pair in found or pair[0] not in nodes or pair[1] not in nodes:
                    continue
                row, move = edges.get(pair), None if pair in self.work.exact else moves.get(pair)
                if row is not None and move is not None:
                    found[pair] = (min(row.first_us, move[0]), max(row.last_us, move[1]))
                elif row is not None:
                    found[pair] = (row.first_us, row.last_us)
                elif move is not None:
                    found[pair] = move
        self.work.walked.update(found)
        return found

    def _first_seen(self, nodes: set[str]) -> dict[str, int]:
        rows = self.work.nodes.now
        return {node: rows[node].first_us for node in nodes if node in rows and rows[node].first_us < NEVER}

    # What follows

    def _conclude(self, inner: set[str], outer: set[str], walked: Walked) -> Asking[None]:
        """Give the components of *inner* their ids, and write what changed."""
        work = self.work
        nodes = sorted(self._nodes(inner))
        if not work.silent:  # else ids that callers know wait: profiles get them when all is told
            (anchored,) = yield [Ask("anchor", "node", nodes)]
            work.anchors.seen(anchored)
        by_node: dict[str, list[AnchorRow]] = {}
        for anchor in work.anchors.now.values():
            if anchor.node is not None:
                by_node.setdefault(anchor.node, []).append(anchor)
        self.refused_same = walked.refused_same
        contested = {node for pair in walked.refused for node in pair}
        mine = set(nodes)
        before = {node: row.profile for node in nodes if (row := work.nodes.now.get(node)) is not None}
        target: dict[str, str | None] = {}
        parts: dict[str, list[str | None]] = {}
        for part in walked.components:
            if part[0] not in mine:
                continue
            ids = [anchor for node in part for anchor in by_node.get(node, ())]
            profile = self._name(part, ids)
            for anchor in ids:
                target[anchor.profile] = profile
            for old in {before.get(node) for node in part} - {None}:
                parts.setdefault(str(old), []).append(profile)
            self._write(part, profile, clean=not contested.intersection(part))
        live = set(target.values())
        for unit in inner:
            if unit in work.profiles.was and unit not in live:
                work.profiles.drop(unit)
        self._publish(target, parts)
        for unit in outer:
            neighbor = work.profiles.now.get(unit)
            if neighbor is not None and neighbor.clean and contested.intersection(self._unit(unit)):
                work.profiles.put(neighbor._replace(clean=0))

    def _name(self, part: list[str], ids: list[AnchorRow]) -> str | None:
        """Return the live id of a component: its strongest, then oldest, anchored id; a new one if it has none."""
        rows = self.work.nodes.now
        if not any(node in rows and rows[node].centred for node in part):
            return None
        strongest = min(part, key=lambda node: strength(node, self.rules))
        if not ids:
            anchor = AnchorRow(self.mint(), strongest, self.at_us)
            self.work.anchors.put(anchor)
            return anchor.profile
        rank = self.rules.rank_of
        live = min(ids, key=lambda anchor: precedence(anchor, self.rules))
        if rank(strongest) < rank(live.node or ""):
            # Climbing: the id must not stay behind on a device when its owner signs in.
            self.work.anchors.put(climbed(live, strongest, self.at_us))
        return live.profile

    def _write(self, part: list[str], profile: str | None, *, clean: bool) -> None:
        """Write the rows of one component."""
        work = self.work
        quiet = clean
        for node in part:
            row = work.nodes.now.get(node)
            if row is None:
                continue
            space = limited(node, self.rules)
            quiet = quiet and not row.judged and not (space is not None and space.window is not None)
            if row.profile != profile:
                work.nodes.put(row._replace(profile=profile))
        if profile is None:
            return
        was = work.profiles.now.get(profile)
        moved = was is None or self.members.get(profile) != set(part)
        summary = dump(summary_of(part, self.rules))
        version = 1 if was is None else was.version + (1 if moved else 0)
        now = ProfileRow(profile, version, int(quiet), summary)
        if was != now:
            work.profiles.put(now)

    def _publish(self, target: dict[str, str | None], parts: dict[str, list[str | None]]) -> None:
        """Publish merges and splits, and date the redirects that changed.

        Whoever follows what is published knows where every id leads: with a merge, everything that led to the
        absorbed profile follows; what does not is named by the split of the profile that it led to.
        """
        work = self.work
        moved: dict[str, list[tuple[str, str | None]]] = {}
        known = [anchor for old in target if (anchor := work.anchors.was.get(old)) is not None]  # not minted just now
        for anchor in sorted(known, key=by_age):
            old, now = anchor.profile, target[anchor.profile]
            was = self._old_target(anchor)
            if was == now:
                continue
            work.add("redirect", RedirectRow(old, self.at_us, now))
            if was == old and now is not None:
                work.merged += 1
                work.add("change", _change("profile_merged", now, self.at_us, {"absorbed": old}))
            elif was is None or was == old or now is None or now != target.get(was, was):
                moved.setdefault(was or old, []).append((old, now))
        for old in work.by_age({*parts, *moved}):
            ids = work.by_age({piece for piece in parts.get(old, ()) if piece is not None})
            if len(ids) > 1:
                work.split += 1
            if len(ids) > 1 or old in moved:
                into = ids or work.by_age({now for _, now in moved[old] if now is not None})
                body = {"into": into, "redirects": moved.get(old, [])}
                work.add("change", _change("profile_split", old, self.at_us, body))

    def _old_target(self, anchor: AnchorRow) -> str | None:
        row = self.work.nodes.was.get(anchor.node or "")
        return None if row is None else row.profile


NEVER = 1 << 62
"""The first-seen time of a node that only a judgement names."""


def precedence(anchor: AnchorRow, rules: IdentityRules, /) -> tuple[Any, ...]:
    """Return by what an id lives on when several meet: the strongest, then the oldest, then as facts alone decide."""
    return (rules.rank_of(anchor.node or ""), *by_age(anchor))


def climbed(anchor: AnchorRow, node: str, at_us: int, /) -> AnchorRow:
    """Return the anchor moved up to *node*, remembering where it was until then."""
    past = json.loads(anchor.past) if anchor.past else []
    if past:  # never before the last time, though the clock was read by a writer that had to wait
        at_us = max(at_us, past[-1][0])
    text = json.dumps([*past, [at_us, anchor.node]], ensure_ascii=False, separators=(",", ":"))
    return anchor._replace(node=node, past=text)


def _change(kind: str, profile: str, at_us: int, body: Mapping[str, object]) -> ChangeRow:
    return ChangeRow(kind, profile, at_us, json.dumps(body, separators=(",", ":")))


def judged(statement: StatementRow, /) -> bool:
    """Say whether a statement makes its nodes judged."""
    return statement.kind in JUDGEMENTS or statement.kind in ("link", "alias")
