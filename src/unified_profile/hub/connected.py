"""Records that are connected by machine links, looked at as a whole: which of the links hold is decided anew.

A resolver that refines (`Refining`) says of everybody who is connected which links hold. That is a function of their
records and of the model alone, so it does not matter who came first. A link that does not hold is kept under another
model, which nobody adopts: it counts again as soon as it holds again.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from unified_profile.hub.arguments import many
from unified_profile.hub.driver import Plan
from unified_profile.hub.ingest import Setting
from unified_profile.hub.setup import Setup
from unified_profile.hub.statements import Said, followed, link_row
from unified_profile.identity.resolver import Resolver
from unified_profile.identity.walk import classes
from unified_profile.model.codec import decode
from unified_profile.model.facts import SourceRecord
from unified_profile.model.redaction import Veiled
from unified_profile.model.rows import RecordKeyRow, StatementRow
from unified_profile.model.soundness import offers
from unified_profile.model.views import Link
from unified_profile.storage.commands import Alone, Changes, Commit, Find, Get, Load, Put
from unified_profile.storage.tables import FACTS, RECORD_KEYS, STATEMENTS

MOST_CONNECTED = 1_000
"""Records connected by links beyond which nobody is looked at as a whole: all links hold."""

APART = "~apart"
"""What is added to the model of a link that does not hold."""


def refines(resolver: Resolver, /) -> bool:
    """Say whether *resolver* wants to look at everybody who is connected."""
    return offers(resolver, "together")


def place(resolver: Resolver, node: str, /) -> str:
    """Return the key under which the facts of a record are found; no key of a resolver is one without a colon."""
    whole = f"{resolver.fingerprint}\x1f{node}".encode("utf-8", "surrogatepass")
    return "=" + hashlib.blake2b(whole, digest_size=16).hexdigest()


def placed(resolver: Resolver, records: Iterable[SourceRecord], /) -> list[RecordKeyRow]:
    """Return the rows by which *records* are found again."""
    return [RecordKeyRow(place(resolver, record.node.node), record.id) for record in records]


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
    nodes = {record.node.node for record in told}
    stored = yield from _around(nodes.union(*(row[2:4] for row in found.values())), resolver, found)
    changed = {name: row for name, row in found.items() if name not in stored}
    changed |= yield from _decided({**found, **stored}, records, setup, setting)
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
        changed = yield from _decided(own, {}, setup, setting)
        yield Commit(Changes(puts=[Put(STATEMENTS, list(changed.values()))]))
        now.update(changed)
    return [row for row in now.values() if not row.model.endswith(APART)]


def _resolver(setup: Setup) -> Any:
    """Return the resolver, whatever it offers beside its protocol."""
    return setup.resolver


def _of(row: StatementRow, resolver: Resolver) -> bool:
    return row.kind == "link" and row.model in {resolver.fingerprint, resolver.fingerprint + APART}


def _around(nodes: set[str], resolver: Resolver, found: Mapping[str, StatementRow]) -> Plan[dict[str, StatementRow]]:
    """Return the stored links that *nodes* hang on, by *found* links too, those of these links, and so on."""
    stored = Veiled[str, StatementRow]()
    asked: set[str] = set()
    wanted = nodes
    while wanted:
        asked |= wanted
        names = sorted(wanted)
        lefts, rights = (yield Load((Find(STATEMENTS, "left", names), Find(STATEMENTS, "right", names)))) or ([], [])
        stored.update({row.id: row for row in (*lefts, *rights) if _of(row, resolver)})
        home = classes((row.left, row.right) for row in (*found.values(), *stored.values()))
        sizes = Counter(home.values())
        wanted = {node for node, root in home.items() if node not in asked and sizes[root] <= MOST_CONNECTED}
    return stored


def _decided(
    links: Mapping[str, StatementRow], known: Mapping[str, SourceRecord], setup: Setup, setting: Setting
) -> Plan[dict[str, StatementRow]]:
    """Return those of *links* that hold now and did not, or the other way round, and what was added to them."""
    resolver = _resolver(setup)
    home = classes((row.left, row.right) for row in links.values())
    sizes = Counter(home.values())
    nodes = {place(resolver, node): node for node, root in home.items() if 2 < sizes[root] <= MOST_CONNECTED}
    if not nodes:
        return {}
    (held,) = (yield Load((Find(RECORD_KEYS, "key", sorted(nodes)),))) or ([],)
    there = {row.fact: known[row.fact] for row in held if row.fact in known}
    (rows,) = (yield Load((Get(FACTS, [(row.fact,) for row in held if row.fact not in there]),))) or ([],)
    for row in rows:
        fact = decode(row, tenant=setup.tenant)
        if isinstance(fact, SourceRecord):
            there[row.id] = fact
    seen = {fact.node.node for fact in there.values()}
    blind = {home[node] for node in nodes.values() if node not in seen}  # kept before records could be found again
    whole = {node for node in nodes.values() if home[node] not in blind}
    records = [fact for _, fact in sorted(there.items()) if fact.node.node in whole]
    holding = many(resolver.together(records), "resolver.together") if records else []
    hold = Veiled[tuple[str, str], StatementRow]()
    for link in holding:
        row = link_row(link, setting.rules, setting.now_us)
        if row is not None:
            hold[row.left, row.right] = row
    changed = Veiled[str, StatementRow]()
    for name, row in links.items():
        if row.left in whole:
            model = resolver.fingerprint if (row.left, row.right) in hold else resolver.fingerprint + APART
            if row.model != model:
                changed[name] = row._replace(model=model)
    known_pairs = {(row.left, row.right) for row in links.values()}
    changed.update({row.id: row for pair, row in hold.items() if pair not in known_pairs})
    return changed
