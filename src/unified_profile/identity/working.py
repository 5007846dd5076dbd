"""The working set of one decision: rows as they were read, rows as they should be, and the difference.

Engines ask for rows by ``Ask`` and never see a store. What they read is remembered, so that a commit can check that
the decision still rests on it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Iterable, Sequence
from functools import lru_cache
from typing import Any, Generic, NamedTuple, TypeAlias, TypeVar

from unified_profile.model.rows import AnchorRow, BundleRow, ChangeRow, EdgeRow, NodeRow, ProfileRow, StatementRow

R = TypeVar("R", bound="tuple[Any, ...]")
T = TypeVar("T")
Key: TypeAlias = "tuple[Any, ...]"


ALONE = "alone"
"""The table of an ``Ask`` that asks for nothing but to be alone: nobody else may write until the decision is kept."""


TOUCHED = "profile_touched"
"""The kind of change that says that facts moved to or from a profile, whatever became of its id."""
BUNDLE = "bundle_touched"
"""The kind of change that says that the facts of a bundle with shared devices got another centre, or lost theirs."""


class Ask(NamedTuple):
    """A question to whoever holds the rows: those of *table* whose *by* is among *values* (``key``: whole keys)."""

    table: str
    by: str
    values: Sequence[Any]


Asking: TypeAlias = Generator[list[Ask], list[list[Any]], T]


class Draft(Generic[R]):
    """The rows of one table: as read, and as they should become."""

    def __init__(self, key: Callable[[R], Any]) -> None:
        """Start with nothing known."""
        self.key = key
        self.was: dict[Any, R | None] = {}
        self.now: dict[Any, R] = {}

    def seen(self, rows: Iterable[R], /) -> None:
        """Take rows as read; what was decided about them meanwhile stays."""
        for row in rows:
            key = self.key(row)
            if key not in self.was:
                self.was[key] = row
                self.now[key] = row

    def absent(self, keys: Iterable[Any], /) -> None:
        """Note that these were asked for; whichever was not read is not there."""
        for key in keys:
            if key not in self.was:
                self.was[key] = None

    def unknown(self, keys: Iterable[Any], /) -> list[Any]:
        """Return those of *keys* that were not asked for yet."""
        return [key for key in dict.fromkeys(keys) if key not in self.was]

    def put(self, row: R, /) -> None:
        """Decide that *row* stands under its key."""
        key = self.key(row)
        self.was.setdefault(key, None)
        self.now[key] = row

    def drop(self, key: Any, /) -> None:
        """Decide that nothing stands under *key*."""
        self.now.pop(key, None)

    def changed(self) -> list[R]:
        """Return the rows to write."""
        was = self.was
        return [row for key, row in self.now.items() if was[key] is not row and was[key] != row]

    def dropped(self) -> list[Any]:
        """Return the keys to delete."""
        return [key for key, row in self.was.items() if row is not None and key not in self.now]


class Outcome(NamedTuple):
    """What a decision writes: rows and deleted keys by table, and the rows it rests on; *new* were not there before."""

    puts: dict[str, list[Any]]
    deletes: dict[str, list[Key]]
    expects: list[tuple[str, Key, Any]]
    new: dict[str, list[Any]]
    merged: int = 0
    split: int = 0

    def __repr__(self) -> str:
        """Show the tables only: keys are made of identifiers."""
        puts = sorted({*self.puts, *self.new})
        return f"Outcome(puts={puts}, deletes={sorted(self.deletes)}, expects={len(self.expects)})"


class Working:
    """Everything one decision has read and wants."""

    def __init__(self, *, silent: bool = False) -> None:
        """Start with nothing known; when *silent*, nothing is published and no redirect is dated (a rebuild)."""
        self.silent = silent
        self.nodes: Draft[NodeRow] = Draft(lambda row: row[0])
        self.profiles: Draft[ProfileRow] = Draft(lambda row: row[0])
        self.anchors: Draft[AnchorRow] = Draft(lambda row: row[0])
        self.edges: Draft[EdgeRow] = Draft(lambda row: (row[0], row[1]))
        self.statements: Draft[StatementRow] = Draft(lambda row: row[0])
        self.added: dict[str, list[Any]] = {}
        self.made: dict[str, list[Any]] = {}
        self.removed: dict[str, list[Key]] = {}
        # Times that facts of this batch add to edges; merged by the store, so nothing is read for them.
        self.moves: dict[tuple[str, str], tuple[int, int]] = {}
        # Edges whose times were computed anew and replace what is stored.
        self.exact: set[tuple[str, str]] = set()
        self.walked: set[tuple[str, str]] = set()
        self.merged = 0
        self.split = 0

    def add(self, table: str, row: Any, /) -> None:
        """Write *row* to a table that is never read here."""
        if self.silent and table in ("change", "redirect"):
            return
        self.added.setdefault(table, []).append(row)

    def make(self, table: str, row: Any, /) -> None:
        """Write *row*, under whose key nothing was found."""
        self.made.setdefault(table, []).append(row)

    def touch(self, profiles: Iterable[str | None], at_us: int, /) -> None:
        """Note that facts moved to or from *profiles*."""
        for name in self.by_age({name for name in profiles if name is not None}):
            self.add("change", ChangeRow(TOUCHED, name, at_us, "{}"))

    def by_age(self, profiles: Iterable[str], /) -> list[str]:
        """Return *profiles*, the oldest first, as far as their anchors are known."""
        anchors = self.anchors
        known = {name: anchors.was.get(name) or anchors.now.get(name) for name in profiles}
        return sorted(known, key=lambda name: (0, name) if (row := known[name]) is None else (1, *by_age(row)))

    def remove(self, table: str, key: Key, /) -> None:
        """Delete *key* from a table that is never read here."""
        self.removed.setdefault(table, []).append(key)

    def load_nodes(self, nodes: Iterable[str], /) -> Asking[None]:
        """Read the rows of *nodes* that are not known yet."""
        wanted = self.nodes.unknown(nodes)
        if wanted:
            (rows,) = yield [Ask("node", "key", [(node,) for node in wanted])]
            self.nodes.seen(rows)
            self.nodes.absent(wanted)

    def unit(self, node: str, /) -> str:
        """Return the profile of a node (of its home, for a leaf), or the node itself."""
        row = self.nodes.now.get(node)
        if row is not None and row.leaf_of is not None:
            row = self.nodes.now.get(row.leaf_of)
        return node if row is None or row.profile is None else row.profile

    def load_profiles(self, profiles: Iterable[str], /) -> Asking[None]:
        """Read the rows and own anchors of *profiles* that are not known yet."""
        wanted = self.profiles.unknown(profiles)
        if wanted:
            keys = [(profile,) for profile in wanted]
            rows, anchors = yield [Ask("profile", "key", keys), Ask("anchor", "key", keys)]
            self.profiles.seen(rows)
            self.profiles.absent(wanted)
            self.anchors.seen(anchors)

    def leaf_edge(self, node: str, centre: str, /) -> Asking[None]:
        """Read the times of a leaf's only edge from its facts: leaves have no edge of their own in a store."""
        pair = (node, centre)
        if pair in self.edges.was:
            return
        yield [Ask(ALONE, "", ())]
        held = yield from bundles_with([node])
        times = yield from times_of([row.bundle for row in held])
        self.edges.absent([pair])
        if times:
            first = min(first for first, _ in times.values())
            last = max(last for _, last in times.values())
            self.edges.put(EdgeRow(node, centre, centre, first, last))

    def outcome(self) -> Outcome:
        """Return the difference between what was read and what should be."""
        puts: dict[str, list[Any]] = {name: list(rows) for name, rows in self.added.items()}
        deletes: dict[str, list[Key]] = {name: list(keys) for name, keys in self.removed.items()}
        expects: list[tuple[str, Key, Any]] = [("profile", (key,), row) for key, row in self.profiles.was.items()]
        changed = self.nodes.changed()
        expects += [("node", (node.node,), self.nodes.was[node.node]) for node in changed]
        known = {node.node for node in changed}
        for key, was in self.nodes.was.items():
            if was is not None and was.profile is None and was.leaf_of is None and key not in known:
                expects.append(("node", (key,), was))
        for edge in self.walked:
            if edge not in self.moves or self.edges.was.get(edge) is not None:
                expects.append(("edge", edge, self.edges.was.get(edge)))
        anchors = self.anchors.changed()
        fresh = [row for row in changed if self.nodes.was[row.node] is None]
        new = {**self.made, "node": fresh} if fresh else self.made
        expects += [("anchor", (row.profile,), self.anchors.was[row.profile]) for row in anchors]
        for name, rows, gone in (
            ("node", [row for row in changed if self.nodes.was[row.node] is not None], self.nodes.dropped()),
            ("profile", self.profiles.changed(), self.profiles.dropped()),
            ("anchor", anchors, self.anchors.dropped()),
            ("statement", self.statements.changed(), self.statements.dropped()),
        ):
            if rows:
                puts.setdefault(name, []).extend(rows)
            if gone:
                deletes.setdefault(name, []).extend((key,) for key in gone)
        self._edges(puts, deletes)
        self._lowered(puts, deletes)
        return Outcome(puts, deletes, expects, new, self.merged, self.split)

    def _edges(self, puts: dict[str, list[Any]], deletes: dict[str, list[Key]]) -> None:
        """Write edges: added times are merged by the store, computed ones replace."""
        rows: list[EdgeRow] = []
        for key, (first, last) in self.moves.items():
            if key in self.exact:
                continue
            row = self.edges.now.get(key)
            core = row.core if row is not None else self.core_of(key)
            if core is None:
                continue  # a leaf: its edge is read off its facts when it is needed
            earliest, latest = (first, last) if row is None else (min(first, row.first_us), max(last, row.last_us))
            rows.append(EdgeRow(key[0], key[1], core, earliest, latest))
        moved = {key for key in self.moves if key not in self.exact}
        for row in self.edges.changed():
            key = (row.node, row.centre)
            if key in self.exact:
                deletes.setdefault("edge", []).append(key)
            if key not in moved:
                rows.append(row)
        for key in self.edges.dropped():
            deletes.setdefault("edge", []).append(key)
        if rows:
            puts.setdefault("edge", []).extend(rows)

    def _lowered(self, puts: dict[str, list[Any]], deletes: dict[str, list[Key]]) -> None:
        """A first-seen time that moved later must replace, not merge: delete before put."""
        for row in puts.get("node", ()):
            was = self.nodes.was[row.node]
            if was is not None and was.first_us < row.first_us:
                deletes.setdefault("node", []).append((row.node,))

    def core_of(self, edge: tuple[str, str], /) -> str | None:
        """Return the core column of an edge: None while its node is a leaf."""
        row = self.nodes.now.get(edge[0])
        return None if row is not None and row.leaf_of is not None else edge[1]


def by_age(anchor: AnchorRow, /) -> tuple[int, str, str, str]:
    """Return the sort key of ids: the oldest first; of those minted at one time the facts decide, no random id."""
    return (anchor.seq, anchor.node or "", anchor.past or "", anchor.profile)


def times_of(bundles: Sequence[str], /) -> Asking[dict[str, tuple[int, int]]]:
    """Return the earliest and latest time of each bundle's facts, as severances left them; empty bundles are absent."""
    if not bundles:
        return {}
    facts, left, came = yield [
        Ask("fact", "bundle", bundles),
        Ask("severed", "was", bundles),
        Ask("severed", "bundle", bundles),
    ]
    gone = {row.fact for row in left}
    home = {row.fact: row.bundle for row in came}
    (others,) = yield [Ask("fact", "key", [(fact,) for fact in home])]
    placed = [(fact.bundle, fact.occurred_us) for fact in facts if fact.id not in gone]
    placed += [(home[fact.id], fact.occurred_us) for fact in others]
    times: dict[str, tuple[int, int]] = {}
    for key, at in placed:
        known = times.get(key)
        times[key] = (at, at) if known is None else (min(known[0], at), max(known[1], at))
    return times


def bundles_with(nodes: Sequence[str], /) -> Asking[list[BundleRow]]:
    """Return every bundle that holds one of *nodes*.

    A bundle is found by its centre. Another node of it leads there by its edge, or, if it is a leaf, by its home; one
    that does not link in it (over-shared, a device) has a row of its own.
    """
    wanted = list(dict.fromkeys(nodes))
    if not wanted:
        return []
    edges, rows, beside = yield [
        Ask("edge", "node", wanted),
        Ask("node", "key", [(node,) for node in wanted]),
        Ask("bundle_node", "node", wanted),
    ]
    centres = {*wanted, *(edge.centre for edge in edges), *(row.leaf_of for row in rows if row.leaf_of is not None)}
    keys = sorted({row.bundle for row in beside})
    centred, further = yield [Ask("bundle", "centre", sorted(centres)), Ask("bundle", "key", [(key,) for key in keys])]
    mine = set(wanted)
    found = {row.bundle: row for row in centred if not mine.isdisjoint(nodes_of(row.nodes))}
    found.update((row.bundle, row) for row in further)
    return list(found.values())


@lru_cache(maxsize=32_768)
def nodes_of(text: str, /) -> tuple[str, ...]:
    """Return the nodes of a stored bundle."""
    return tuple(json.loads(text))
