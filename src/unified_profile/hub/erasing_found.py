"""Everything that a store keeps of one person, table by table, and what of it an erasure takes."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import attrs

from unified_profile.hub.asking import answered
from unified_profile.hub.driver import Plan
from unified_profile.hub.setup import Setup
from unified_profile.hub.statements import names_of
from unified_profile.hub.whose import belongings, facts_of
from unified_profile.identity.bundles import placed, spoken_of, statement_key
from unified_profile.identity.working import bundles_with
from unified_profile.model.codec import decode
from unified_profile.model.facts import Fact, Judgement, Retraction, Severance
from unified_profile.model.redaction import Closed, Veiled, hidden
from unified_profile.model.rows import AnchorRow, BundleRow, FactRow, NodeRow, StatementRow
from unified_profile.model.texts import compact
from unified_profile.model.values import Identifier
from unified_profile.storage.commands import Find, Get, Load, Read
from unified_profile.storage.tables import (
    ANCHORS,
    BUNDLE_NODES,
    BUNDLES,
    FACTS,
    NODES,
    RECORD_KEYS,
    REDIRECTS,
    SEVERED,
    STATEMENTS,
    TABLES,
    Table,
)

BY_PROFILE: tuple[Table[Any], ...] = tuple(
    table
    for table in TABLES
    if "profile" in table.columns
    and table.shelf != "identity"
    and ("profile" in table.indexes or table.key[:1] == ("profile",))
)
"""The tables of views and logs about a profile: golden values, search, feed, accesses, permits, memberships, timers."""


@attrs.frozen(kw_only=True)
class Holdings(Closed):
    """One person, as stored.

    Attributes:
        profile: The live id.
        anchors: Every id that leads there, with its node.
        beside: Ids anchored at other nodes of the person's facts.
        facts: The rows of the person's facts, decoded beside.
        home: In which bundle each fact lies now.
        nodes: What the person's facts name, or what leads to the person.
        mine: Those of them that lead to the person.
        bundles: Every bundle that holds one of the nodes, or a fact of the person.
        crowded: The bundles that hold facts of others: those centered elsewhere, or lying on a shared device.
        statements: What was said of the nodes or the facts: judgements, severances, links.
        cut: The nodes that were severed from facts of others, where they still stand to be read.
        strange: The nodes that were severed from facts of the person: they are somebody else's, or nobody's.
    """

    profile: str
    anchors: tuple[AnchorRow, ...]
    beside: tuple[AnchorRow, ...]
    facts: Mapping[str, FactRow] = attrs.field(repr=hidden)
    decoded: Mapping[str, Fact] = attrs.field(repr=hidden)
    home: Mapping[str, str] = attrs.field(repr=hidden)
    nodes: Mapping[str, NodeRow] = attrs.field(repr=hidden)
    mine: frozenset[str] = attrs.field(repr=hidden)
    bundles: Mapping[str, BundleRow] = attrs.field(repr=hidden)
    contents: Mapping[str, frozenset[str]] = attrs.field(repr=hidden)
    statements: tuple[StatementRow, ...] = attrs.field(repr=hidden)
    cut: frozenset[str] = attrs.field(repr=hidden)
    strange: frozenset[str] = attrs.field(repr=hidden)

    @property
    def ids(self) -> tuple[str, ...]:
        """Every profile id that leads there, the live one first."""
        return (self.profile, *sorted(one.profile for one in self.anchors if one.profile != self.profile))

    def named_by_others(self) -> frozenset[str]:
        """Return the nodes that facts of others name: they are not the person's alone."""
        found: set[str] = set()
        for key, row in self.bundles.items():
            if key not in self.contents or not self.contents[key] <= self.facts.keys():
                found.update(json.loads(row.nodes))
        return frozenset((found | self.cut) & self.nodes.keys())

    def emptied(self, going: Iterable[str]) -> set[str]:
        """Return the bundles in which no fact is left once *going* are gone."""
        gone = set(going)
        return {key for key, held in self.contents.items() if held and held <= gone}


def holdings(profile: str, setup: Setup, /) -> Plan[Holdings]:
    """Return everything that is kept of *profile*, a live id."""
    owned = (yield from belongings([profile], setup.rules))[profile]
    facts = Veiled({row.id: row for row in owned.facts})
    centred, about = yield from loaded(Find(BUNDLES, "centre", owned.nodes), Find(STATEMENTS, "left", list(facts)))
    strange = {row.right for row in about if row.kind.startswith("sever")}
    spoken = {*owned.nodes, *(node for row in centred for node in json.loads(row.nodes))}
    names = sorted(spoken | strange)
    bundles = Veiled({row.bundle: row for row in (yield from answered(bundles_with(names)))})
    rows, anchors, lefts, rights, moved = yield from loaded(
        Get(NODES, [(node,) for node in names]),
        Find(ANCHORS, "node", names),
        Find(STATEMENTS, "left", names),
        Find(STATEMENTS, "right", names),
        Get(SEVERED, [(name,) for name in facts]),
    )
    home = Veiled({row.id: row.bundle for row in facts.values()} | {row.fact: row.bundle for row in moved})
    further = sorted(set(home.values()) - bundles.keys())
    if further:
        (lying,) = yield from loaded(Get(BUNDLES, [(key,) for key in further]))
        bundles.update((row.bundle, row) for row in lying)
    contents = yield from _contents(bundles, home, frozenset(owned.nodes))
    mine = frozenset(owned.nodes)
    said = {row.id: row for row in (*lefts, *rights, *about)}
    cuts = [row for row in said.values() if row.kind.startswith("sever") and row.left not in facts]
    (others,) = yield from loaded(Get(FACTS, [(name,) for name in sorted({row.left for row in cuts})]))
    there = {
        row.id: {node for one in spoken_of(decode(row, tenant=setup.tenant)) for node in nodes_of(one, setup)}
        for row in others
    }
    return Holdings(
        profile=profile,
        anchors=tuple(row for row in anchors if row.node in mine),
        beside=tuple(row for row in anchors if row.node not in mine),
        facts=facts,
        decoded=Veiled({row.id: decode(row, tenant=setup.tenant) for row in facts.values()}),
        home=home,
        nodes=Veiled({row.node: row for row in rows}),
        mine=mine,
        bundles=bundles,
        contents=contents,
        statements=tuple(said.values()),
        strange=frozenset(strange - spoken),
        cut=frozenset(row.right for row in cuts if row.right in there.get(row.left, ())),
    )


def _contents(
    bundles: Mapping[str, BundleRow], home: Mapping[str, str], nodes: frozenset[str]
) -> Plan[Mapping[str, frozenset[str]]]:
    """Return which facts lie in each bundle that is the person's by its center, or shared by a device.

    Of bundles that are centered elsewhere nothing is read: they hold facts of others, however many.
    """
    held: defaultdict[str, set[str]] = defaultdict(set)
    for name, key in home.items():
        held[key].add(name)
    shared = [key for key in held if key in bundles and bundles[key].centre not in nodes]
    for key, row in (yield from facts_of(sorted(shared))):
        held[key].add(row.id)
    return Veiled({key: frozenset(names) for key, names in held.items()})


def loaded(*reads: Read) -> Plan[list[list[Any]]]:
    """Return the answer to each of *reads*; none is asked that has nothing to look for."""
    wanted = [read for read in reads if _asks(read)]
    answers = iter((yield Load(tuple(wanted))) or ()) if wanted else iter(())
    return [next(answers) if _asks(read) else [] for read in reads]


def _asks(read: Read) -> bool:
    return bool(read.keys) if isinstance(read, Get) else bool(read.values) if isinstance(read, Find) else True


def said_of(dead: frozenset[str], statements: Sequence[StatementRow], setup: Setup, /) -> Plan[dict[str, FactRow]]:
    """Return the facts in which clerks said something of *dead* nodes, and what took them back.

    Statements about identifiers that link nobody have no row but their fact, so all of them are looked through: they
    are the work of people, and few.
    """
    ids = sorted({row.id for row in statements})
    found: dict[str, FactRow] = {}
    if ids:
        marks, rows = yield from loaded(Find(STATEMENTS, "left", ids), Get(FACTS, [(name,) for name in ids]))
        found.update((row.id, row) for row in rows if row.kind in ("judgement", "severance", "retraction"))
        (more,) = yield from loaded(Get(FACTS, [(row.id,) for row in marks if row.kind == "retraction"]))
        found.update((row.id, row) for row in more if row.kind == "retraction")
    keys = [statement_key(kind) for kind in (Judgement, Severance)]
    (spoken,) = yield from loaded(Find(FACTS, "bundle", keys))
    given = frozenset(compact(Identifier.of(node).value)[1:-1] for node in dead)
    for row in spoken:
        if row.id not in found and any(value in row.body for value in given):
            fact = decode(row, tenant=setup.tenant)
            if any(node in dead for one in names_of(fact) for node in nodes_of(one, setup)):
                found[row.id] = row
    wanted = [statement_key(Retraction)] if found else []
    (retractions,) = yield from loaded(Find(FACTS, "bundle", wanted))
    for row in retractions:
        fact = decode(row, tenant=setup.tenant)
        if isinstance(fact, Retraction) and fact.fact_id in found:
            found[row.id] = row
    return found


def nodes_of(identifier: Identifier, setup: Setup, /) -> tuple[str, ...]:
    """Return *identifier* as given and, if its namespace is known, in its normal form."""
    if identifier.namespace != "record" and identifier.namespace not in setup.rules.by_name:
        return (identifier.node,)
    home = placed(identifier, setup.rules)
    return (identifier.node,) if home is None else (home[1], identifier.node)


def spelled(facts: Iterable[Fact], alone: frozenset[str], setup: Setup, /) -> set[str]:
    """Return every spelling in *facts* of what is *alone* the person's."""
    found = set(alone)
    for fact in facts:
        for one in spoken_of(fact):
            nodes = nodes_of(one, setup)
            if nodes[0] in alone:
                found.update(nodes)
    return found


def keys_of(facts: Sequence[str], ids: Sequence[str], /) -> Plan[dict[Table[Any], list[Any]]]:
    """Return the rows that hang on *facts* (keys of resolvers, severances) and on profile *ids* (views and logs)."""
    tables: list[Table[Any]] = [RECORD_KEYS, SEVERED, REDIRECTS, *BY_PROFILE]
    answers = yield from loaded(
        Find(RECORD_KEYS, "fact", facts),
        Get(SEVERED, [(name,) for name in facts]),
        Find(REDIRECTS, "profile", ids),
        *(Find(table, "profile", ids) for table in BY_PROFILE),
    )
    return dict(zip(tables, answers, strict=True))


def devices_beside(bundles: Iterable[BundleRow], /) -> Plan[list[str]]:
    """Return a bundle on each of the devices of *bundles*: who owns what lies there has to be asked again."""
    devices = sorted({device for row in bundles if row.devices for device in json.loads(row.devices)})
    (rows,) = yield from loaded(Find(BUNDLE_NODES, "node", devices))
    gone = {row.bundle for row in bundles}
    first: dict[str, str] = {}
    for row in rows:
        if row.bundle not in gone:
            first.setdefault(row.node, row.bundle)
    return sorted(set(first.values()))
