"""Records that are connected by machine links, looked at as a whole: which of the links hold is decided anew.

A resolver that refines (`Refining`) says of everybody who is connected which links hold. That is a function of their
records and of the model alone, so it does not matter who came first. A link that does not hold is kept under another
model, which nobody adopts: it counts again as soon as it holds again.
"""

from __future__ import annotations

import hashlib
import warnings
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from unified_profile.errors import LargeGroupWarning
from unified_profile.hub.arguments import many
from unified_profile.hub.driver import Plan
from unified_profile.hub.ingest import Setting
from unified_profile.hub.setup import Setup
from unified_profile.hub.statements import Said, followed, link_row
from unified_profile.identity import connecting
from unified_profile.identity.connecting import Groups, Weighed, groups
from unified_profile.identity.resolver import Resolver
from unified_profile.identity.walk import Growing
from unified_profile.model.codec import decode
from unified_profile.model.facts import SourceRecord
from unified_profile.model.redaction import Veiled
from unified_profile.model.rows import RecordKeyRow, StatementRow
from unified_profile.model.soundness import offers
from unified_profile.model.values import record_node
from unified_profile.model.views import Link
from unified_profile.storage.commands import Alone, Changes, Commit, Find, Get, Load, Put
from unified_profile.storage.tables import FACTS, RECORD_KEYS, STATEMENTS

APART = "~apart"
"""What is added to the model of a link that does not hold."""

_INSIDE = "inside:"
"""How the name of a link begins whose ends never met: it holds a group together that was looked at as a whole."""


def refines(resolver: Resolver, /) -> bool:
    """Say whether *resolver* wants to look at everybody who is connected."""
    return offers(resolver, "together")


def place(resolver: Resolver, node: str, /) -> str:
    """Return the key under which the facts of a record are found; no key of a resolver is one without a colon."""
    whole = f"{resolver.fingerprint}\x1f{node}".encode("utf-8", "surrogatepass")
    return "=" + hashlib.blake2b(whole, digest_size=16).hexdigest()


def placed(resolver: Resolver, records: Iterable[SourceRecord], /) -> list[RecordKeyRow]:
    """Return the rows by which *records* are found again."""
    return [RecordKeyRow(place(resolver, record_node(record.source, record.key)), record.id) for record in records]


def followed_whole(
    links: Sequence[Link],
    records: Mapping[str, SourceRecord],
    told: Iterable[SourceRecord],
    setup: Setup,
    setting: Setting,
    /,
    *,
    model: str,
) -> Plan[Said]:
    """Keep new *links*, decide which of those around them and around what was *told* hold, and follow these.

    *records* are facts that were read already.
    """
    resolver = _resolver(setup)
    found = Veiled[str, StatementRow]()
    for link in links:
        row = link_row(link, setting.rules, setting.now_us)
        if row is not None:
            found.setdefault(row.id, row)
    nodes = {record_node(record.source, record.key) for record in told}
    stored, near, hanging = yield from _around(nodes.union(*(row[2:4] for row in found.values())), resolver, found)
    _warn(nodes, hanging, resolver)
    changed = {name: row for name, row in found.items() if name not in stored}
    changed |= yield from _decided(Veiled({**found, **stored}), hanging, near, setup, setting, known=records)
    if not changed:
        return Said(model)
    yield Alone()
    yield Commit(Changes(puts=[Put(STATEMENTS, list(changed.values()))]))
    ends = {end for row in changed.values() for end in row[2:4]}
    return (yield from followed(ends, setting.rules, now_us=setting.now_us, mint=setting.mint, model=model))


def decided_anew(rows: Sequence[StatementRow], setup: Setup, setting: Setting, /) -> Plan[list[StatementRow]]:
    """Return the links *rows* as they stand when everybody who is connected was looked at again, and keep them so.

    Those that do not hold are left out.
    """
    now = Veiled({row.id: row for row in rows})
    if setup.resolver is not None and refines(setup.resolver):
        own = {name: row for name, row in now.items() if _of(row, setup.resolver)}
        everybody = {end for row in own.values() for end in row[2:4]}
        hanging = _groups(own.values())
        _warn(everybody, hanging, setup.resolver)
        changed = yield from _decided(own, hanging, everybody, setup, setting, known={})
        yield Commit(Changes(puts=[Put(STATEMENTS, list(changed.values()))]))
        now.update(changed)
    return [row for row in now.values() if not row.model.endswith(APART)]


def _resolver(setup: Setup) -> Any:
    """Return the resolver, whatever it offers beside its protocol."""
    return setup.resolver


def _of(row: StatementRow, resolver: Resolver) -> bool:
    return row.kind == "link" and row.model in {resolver.fingerprint, resolver.fingerprint + APART}


def _groups(rows: Iterable[StatementRow]) -> Groups:
    return groups(Weighed(row.left, row.right, row.weight) for row in rows if not row.id.startswith(_INSIDE))


def _warn(nodes: set[str], hanging: Groups, resolver: Resolver) -> None:
    """Tell how many of *nodes* are in groups that were cut."""
    if hanging.cut and (how_many := sum(hanging.home.get(node) in hanging.cut for node in nodes)):
        said = LargeGroupWarning(fingerprint=resolver.fingerprint, records=how_many, most=connecting.LARGEST_GROUP)
        warnings.warn(said, stacklevel=2)


def _around(
    nodes: set[str], resolver: Resolver, found: Mapping[str, StatementRow]
) -> Plan[tuple[dict[str, StatementRow], set[str], Groups]]:
    """Return the stored links of everybody in the groups of *nodes*, by *found* links too, who that is, and how."""
    stored = Veiled[str, StatementRow]()
    asked: set[str] = set()
    near = nodes
    growing = Growing()
    _grow(growing, found.values())
    hanging: Groups | None = None
    while wanted := near - asked:
        asked |= wanted
        names = sorted(wanted)
        lefts, rights = (yield Load((Find(STATEMENTS, "left", names), Find(STATEMENTS, "right", names)))) or ([], [])
        rows = {row.id: row for row in (*lefts, *rights) if _of(row, resolver)}
        _grow(growing, rows.values())
        stored.update(rows)
        if growing.largest > connecting.LARGEST_GROUP:
            hanging = _groups({**found, **stored}.values())
            near = _near(nodes, hanging, stored)
        else:  # nothing has to be cut: everybody who was read hangs together with one of *nodes*
            near = nodes.union(growing.nodes())
    return stored, near, hanging or Groups(growing.home(), frozenset())


def _grow(growing: Growing, rows: Iterable[StatementRow]) -> None:
    for row in rows:
        if not row.id.startswith(_INSIDE):
            growing.join(row.left, row.right)


def _near(nodes: set[str], hanging: Groups, stored: Mapping[str, StatementRow]) -> set[str]:
    """Return everybody whose group new links can change, as far as is known.

    In a group that grows too large others come apart: those who were in one group with *nodes* before.
    """
    if hanging.cut:
        nodes = nodes | _together_with(nodes, _groups(stored.values()).home)
    return nodes | _together_with(nodes, hanging.home)


def _together_with(nodes: set[str], home: Mapping[str, str]) -> set[str]:
    roots = {home[node] for node in nodes if node in home}
    return {node for node, root in home.items() if root in roots}


def _decided(
    links: Mapping[str, StatementRow],
    hanging: Groups,
    near: set[str],
    setup: Setup,
    setting: Setting,
    /,
    *,
    known: Mapping[str, SourceRecord],
) -> Plan[dict[str, StatementRow]]:
    """Return those of *links* around *near* that hold now and did not, or the other way round, and what was added.

    *hanging* are the groups of *links*; the facts that are *known* are not read again.
    """
    resolver = _resolver(setup)
    home, cut = hanging
    sizes = Counter(home.values())
    nodes = {place(resolver, node): node for node, root in home.items() if node in near and sizes[root] > 2}
    there = yield from _records(nodes, known, setup)
    named = Veiled({id_: record_node(fact.source, fact.key) for id_, fact in sorted(there.items())})
    seen = set(named.values())
    blind = {home[node] for node in nodes.values() if node not in seen}  # kept before records could be found again
    parts: dict[str, list[SourceRecord]] = {}
    for id_, node in named.items():
        fact, root = there[id_], home.get(node)
        if root is not None and root not in blind:
            parts.setdefault(root if root in cut else "", []).append(fact)
    hold = Veiled[tuple[str, str], StatementRow]()
    for part in parts.values():  # what was cut out of a larger group is looked at by itself
        for link in many(resolver.together(part), "resolver.together"):
            row = link_row(link, setting.rules, setting.now_us)
            if row is not None:
                hold[row.left, row.right] = row
    changed = Veiled[str, StatementRow]()
    for name, row in links.items():
        one, two = home.get(row.left), home.get(row.right)
        if one != two:  # a group too large was cut between them
            holds = False
        elif one in cut and sizes[one] == 2:
            holds = True
        elif one is None or one in blind or sizes[one] < 3:
            continue
        else:
            holds = (row.left, row.right) in hold
        model = resolver.fingerprint if holds else resolver.fingerprint + APART
        if row.model != model and (row.left in near or row.right in near):
            changed[name] = row._replace(model=model)
    known_pairs = {(row.left, row.right) for row in links.values()}
    inside = [row for pair, row in hold.items() if pair not in known_pairs]
    changed.update({_INSIDE + row.id: row._replace(id=_INSIDE + row.id) for row in inside})
    return changed


def _records(
    nodes: Mapping[str, str], known: Mapping[str, SourceRecord], setup: Setup
) -> Plan[dict[str, SourceRecord]]:
    """Return the facts of the records *nodes*, given by the keys under which they are found; *known* are read."""
    if not nodes:
        return {}
    (held,) = (yield Load((Find(RECORD_KEYS, "key", sorted(nodes)),))) or ([],)
    there = {row.fact: known[row.fact] for row in held if row.fact in known}
    (rows,) = (yield Load((Get(FACTS, [(row.fact,) for row in held if row.fact not in there]),))) or ([],)
    for row in rows:
        fact = decode(row, tenant=setup.tenant)
        if isinstance(fact, SourceRecord):
            there[row.id] = fact
    return there
