"""Takes facts out of a store as if they had never been told, with all that was concluded from them.

Erasure and the retention sweep both come here. Whoever is gone whole is taken out row by row, which costs by that
person alone; where something stays, who is who around it is computed anew.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import attrs

from unified_profile.hub.asking import answered, committed
from unified_profile.hub.driver import Plan
from unified_profile.hub.erasing_found import Holdings, devices_beside, keys_of, loaded, said_of
from unified_profile.hub.golden import GOLDEN
from unified_profile.hub.ingest import MODEL
from unified_profile.hub.neighborhoods import around
from unified_profile.hub.setup import Setup
from unified_profile.identity.bundles import strength
from unified_profile.identity.restar import Restarring
from unified_profile.identity.working import BUNDLE, TOUCHED, Working
from unified_profile.model.redaction import hidden
from unified_profile.model.rows import AnchorRow, ChangeRow, FactRow, StatementRow
from unified_profile.storage.commands import Changes, Commit, Delete, Find, Get, Put
from unified_profile.storage.layout import key_of, order_of
from unified_profile.storage.tables import (
    ANCHORS,
    BUNDLE_NODES,
    BUNDLES,
    CHANGES,
    EDGES,
    FACTS,
    META,
    NODES,
    PROFILES,
    STATEMENTS,
    TRAITS,
    VIEWS,
    Table,
)

ERASED = "erased"
"""The kind under which it is published that a profile is gone."""


@attrs.frozen(kw_only=True)
class Leaving:
    """What leaves: facts, the nodes that nothing names afterwards, and whether the person goes whole."""

    facts: frozenset[str]
    dead: frozenset[str] = attrs.field(repr=hidden)
    whole: bool


def leaving(found: Holdings, going: Collection[str], /) -> Leaving:
    """Return what leaves with the facts *going*."""
    gone = frozenset(going)
    emptied = found.emptied(gone)
    stays: set[str] = set()
    centred = False
    for key, row in found.bundles.items():
        if key not in emptied:
            stays.update(json.loads(row.nodes))
            centred = centred or row.centre in found.mine
    kept = found.facts.keys() - gone
    cut = {said.right for said in found.statements if said.kind.startswith("sever") and said.left in kept}
    dead = frozenset(found.nodes.keys() - stays - cut - found.cut)
    return Leaving(facts=gone, dead=dead, whole=not centred)


@attrs.frozen
class Said:
    """What was said of what leaves: rows of statements, and the facts that they come from."""

    statements: tuple[StatementRow, ...]
    facts: Mapping[str, FactRow] = attrs.field(repr=hidden)


def said_about(found: Holdings, out: Leaving, setup: Setup, /) -> Plan[Said]:
    """Return what was said of what leaves."""
    rows = [
        said
        for said in found.statements
        if said.left in out.dead or said.right in out.dead or (said.left in out.facts and said.kind.startswith("sever"))
    ]
    return Said(tuple(rows), (yield from said_of(out.dead, rows, setup)))


def taken_out(
    found: Holdings,
    out: Leaving,
    setup: Setup,
    /,
    *,
    said: Said,
    now_us: int,
    puts: Sequence[Put[Any]] = (),
    deletes: Sequence[Delete[Any]] = (),
) -> Plan[Counter[str]]:
    """Take *out* of the store, with further *puts* and *deletes*; return how many rows went, by table.

    Whoever calls it is alone.
    """
    counts: Counter[str] = Counter()
    statements, spoken = said.statements, said.facts
    moved = yield from _anchors(found, out, setup)
    hanging = yield from keys_of(sorted(out.facts), found.ids if out.whole else ())
    emptied = [found.bundles[key] for key in sorted(found.emptied(out.facts)) if key in found.bundles]
    alone_on_devices = [row for row in emptied if row.centre is None]
    gone: dict[Table[Any], list[Any]] = {
        FACTS: [*(found.facts[name] for name in sorted(out.facts)), *spoken.values()],
        STATEMENTS: list({row.id: row for row in statements}.values()),
        **hanging,
    }
    marks = yield from loaded(Find(STATEMENTS, "left", [row.id for row in statements]))
    gone[STATEMENTS] += [row for row in marks[0] if row.kind == "retraction"]
    touched = {node for row in statements for node in (row.left, row.right)} & (yield from _known(statements))
    new: list[ChangeRow] = []
    bundle_nodes: list[tuple[str, str]] = []
    (flags,) = yield from loaded(Get(META, [(MODEL,)]))
    model = flags[0].value if flags else ""
    more: list[Put[Any]] = []
    if out.whole:
        (edges,) = yield from loaded(Find(EDGES, "core", sorted(found.mine)))
        gone |= {EDGES: edges, BUNDLES: emptied, NODES: [found.nodes[node] for node in sorted(out.dead)]}
        gone[ANCHORS] = [*found.anchors, *(row for row in found.beside if row.node in out.dead)]
        bundle_nodes = [(node, row.bundle) for row in emptied for node in _all_of(row.nodes, row.devices)]
        touched |= found.nodes.keys() - out.dead
        shared = sorted(found.mine - out.dead)
        more.append(Put(NODES, [found.nodes[node]._replace(profile=None, leaf_of=None) for node in shared]))
        new += [ChangeRow(kind, one, now_us, "{}") for one in found.ids for kind in (ERASED, GOLDEN)]
    else:
        views, terms = yield from loaded(Get(VIEWS, [(found.profile,)]), Find(TRAITS, "profile", [found.profile]))
        gone |= {VIEWS: views, TRAITS: terms}  # folded again from what stays
        new.append(ChangeRow(TOUCHED, found.profile, now_us, "{}"))
        gone[BUNDLES] = alone_on_devices
        bundle_nodes = [(node, row.bundle) for row in alone_on_devices for node in _all_of(row.nodes, row.devices)]
        touched |= {node for name in out.facts for node in json.loads(_bundle_of(found, name))}
    beside = yield from devices_beside(emptied)
    new += [ChangeRow(BUNDLE, "", now_us, json.dumps({"bundle": key})) for key in beside]
    more += [Put(ANCHORS, moved), Put(CHANGES, new)]
    removed = [Delete(table, [_place(table, row) for row in rows]) for table, rows in gone.items() if rows]
    removed += [Delete(BUNDLE_NODES, bundle_nodes)] if bundle_nodes else []
    removed += [Delete(PROFILES, [(found.profile,)])] if out.whole else []
    counts.update({table.name: len(rows) for table, rows in gone.items() if rows})
    yield Commit(Changes(puts=[*(put for put in (*more, *puts) if put.rows)], deletes=[*removed, *deletes]))
    touched -= out.dead if out.whole else set()
    if touched:
        yield from _settled(touched, out, setup, now_us=now_us, model=model)
    return counts


def _settled(touched: set[str], out: Leaving, setup: Setup, *, now_us: int, model: str) -> Plan[None]:
    """Compute anew who is who around what stays."""
    work = Working()
    restarring = Restarring(work, setup.rules, at_us=now_us, mint=setup.new_id, model=model)
    yield from answered(restarring.restar(touched))
    for node in out.dead:
        work.nodes.drop(node)
    yield from committed(work.outcome())


def _known(statements: Sequence[Any]) -> Plan[set[str]]:
    """Return which ends of *statements* are nodes."""
    ends = sorted({end for row in statements for end in (row.left, row.right) if ":" in end})
    (rows,) = yield from loaded(Get(NODES, [(end,) for end in ends]))
    return {row.node for row in rows}


def _anchors(found: Holdings, out: Leaving, setup: Setup) -> Plan[list[AnchorRow]]:
    """Return the anchors that stay, but stood at a dead node, or once did."""
    near = yield from _reachable(found, out, setup)
    (rows,) = yield from loaded(Find(ANCHORS, "node", sorted(near)))
    leaving_ids = {*found.ids, *(row.profile for row in found.beside if row.node in out.dead)} if out.whole else set()
    staying = [node for node in found.mine if node not in out.dead]
    best = min(staying, key=lambda node: strength(node, setup.rules), default=None)
    changed = []
    for row in rows:
        if row.profile in leaving_ids:
            continue
        past = [one for one in json.loads(row.past or "[]") if one[1] not in out.dead]
        text = json.dumps(past, ensure_ascii=False, separators=(",", ":")) if past else None
        here = row.node not in out.dead
        now = row._replace(node=row.node if here else best if row.node in found.mine else None, past=text)
        if now != row:
            changed.append(now)
    return changed


def _reachable(found: Holdings, out: Leaving, setup: Setup) -> Plan[Collection[str]]:
    """Return every node that was ever reachable from the person: an id that is elsewhere now may have stood here."""
    if found.nodes.keys() <= out.dead and not found.statements:
        return found.nodes.keys()
    seed = next(iter(found.mine), "")
    if not seed:
        return ()
    near = yield from around(seed, setup.rules)
    return {*found.nodes, *(near.nodes or ())}


def _bundle_of(found: Holdings, name: str) -> str:
    row = found.bundles.get(found.home[name])
    return "[]" if row is None else row.nodes


def _all_of(nodes: str, devices: str | None) -> list[str]:
    return [*json.loads(nodes), *(json.loads(devices) if devices else ())]


def _place(table: Table[Any], row: Any) -> tuple[Any, ...]:
    if table.positioned:
        return (row[table.columns.index("position")],)
    return key_of(table, row)


def counted(counts: Mapping[str, int], /) -> dict[str, int]:
    """Return *counts* without what is none."""
    return {name: count for name, count in sorted(counts.items()) if count}


__all__ = ["ERASED", "Leaving", "counted", "leaving", "order_of", "taken_out"]
