"""Who was who, as known at a moment: the facts around a person that were known by then, told again from the start.

The raw neighborhood of a person (everything reachable through facts, judgements and links known by then) is loaded and
replayed into a store of its own, under the rules that were in force. What comes out is exactly what the engine said
then, whatever was learned, merged or severed since.
"""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

import attrs

from unified_profile.errors import InvalidInputError, UnknownNameError, UnknownProfileError
from unified_profile.hub.arguments import LONGEST
from unified_profile.hub.asking import answered
from unified_profile.hub.driver import Plan, run
from unified_profile.hub.ingest import REBUILD, Setting, Told, take
from unified_profile.hub.setup import Setup
from unified_profile.hub.statements import MODEL, STATEMENT_KINDS, linked
from unified_profile.hub.whose import (
    GONE,
    UNKNOWN,
    UNUSABLE,
    Belongings,
    Who,
    belongings,
    find,
    machine_linked,
    settled,
)
from unified_profile.identity.bundles import placed, spoken_of, statement_key
from unified_profile.identity.namespaces import IdentityRules
from unified_profile.identity.working import bundles_with
from unified_profile.model.codec import decode
from unified_profile.model.facts import Judgement, ModelAdopted, Severance
from unified_profile.model.redaction import hidden
from unified_profile.model.rows import AnchorRow, FactRow, StatementRow
from unified_profile.model.times import to_micros
from unified_profile.model.values import Identifier
from unified_profile.model.views import Link
from unified_profile.storage.commands import Find, Get, Load, Scan
from unified_profile.storage.memory import MemoryStore
from unified_profile.storage.tables import ANCHORS, FACTS, META, STATEMENTS

_PAGE = 10_000


@attrs.frozen
class Then:
    """Somebody as known at a moment: under which id, with what, and whether no machine link held that together."""

    profile: str
    owned: Belongings
    proven: bool


@attrs.frozen
class Around:
    """What was ever reachable from somebody: the facts, and the nodes (None: everybody's)."""

    facts: Sequence[FactRow]
    nodes: frozenset[str] | None = attrs.field(repr=hidden)


@attrs.frozen
class Retold:
    """What was known at a moment around somebody, told again: a store of its own, and whom to ask it for."""

    store: MemoryStore
    rules: IdentityRules
    meant: Identifier
    nodes: frozenset[str] | None = attrs.field(repr=hidden)


def retold(who: Who, setup: Setup, known_at: datetime, /) -> Plan[Retold]:
    """Return what was known around *who* at *known_at*.

    Under other identity rules than those of now the whole log is told again, which takes its time and memory.

    Raises:
        UnknownProfileError: If nobody could be known under it then.
    """
    limit = to_micros(known_at)
    said = yield from _said(limit)
    rules = rules_at(said, setup.rules, limit)
    links = yield from _links(limit)
    try:
        meant = yield from _start(who, rules, limit)
    except UnknownNameError:  # a kind of identifier of which nobody had heard by then
        raise UnknownProfileError(because=UNKNOWN) from None
    if rules.fingerprint == setup.rules.fingerprint:
        near = yield from around(meant.node, rules)
    else:
        near = Around((yield from _log()), None)
    known = [row for row in near.facts if row.recorded_us <= limit]
    store = replayed((*known, *said), rules, tenant=setup.tenant, links=links)
    return Retold(store, rules, meant, near.nodes)


def as_known(who: Who, setup: Setup, known_at: datetime, /) -> Plan[Then]:
    """Return *who* as known at *known_at*: exactly what a hub would have said that had been told nothing since.

    Raises:
        UnknownProfileError: If nobody was known under it then.
    """
    then = yield from retold(who, setup, known_at)
    store, rules = then.store, then.rules
    home = run(store, setup.tenant, lambda: find([then.meant], rules))[0]
    if home.profile is None:
        raise UnknownProfileError(because=home.because if isinstance(who, Identifier) else GONE)
    scratch = home.profile
    found = run(store, setup.tenant, lambda: belongings([scratch], rules))
    linked_by_machine = run(store, setup.tenant, lambda: machine_linked(found))
    anchors = yield from anchors_of(then.nodes)
    name = named(found[scratch], anchors, rules, to_micros(known_at))
    return Then(
        name or (who if isinstance(who, str) else unnamed(found[scratch])), found[scratch], not linked_by_machine
    )


def _start(who: Who, rules: IdentityRules, limit: int) -> Plan[Identifier]:
    """Return the identifier that *who* meant at the time, in its normal form."""
    if isinstance(who, Identifier):
        home = placed(who, rules)
        if home is None or home[0] != "link":
            raise UnknownProfileError(because=UNUSABLE)
        return Identifier.of(home[1])
    if not isinstance(who, str):
        raise InvalidInputError(field="who", reason="neither a profile id nor an Identifier", hint="pass one")
    known = who.isprintable() and 0 < len(who) <= LONGEST
    (anchors,) = (yield Load((Get(ANCHORS, [(who,)]),))) or ([],) if known else ([],)
    if not anchors:
        raise UnknownProfileError(because=UNKNOWN)
    node = anchored_at(anchors[0], limit)
    if node is None:
        raise UnknownProfileError(because=GONE)
    return Identifier.of(node)


def anchored_at(anchor: AnchorRow, limit: int, /) -> str | None:
    """Return the node that held an id at *limit*: an id climbs to stronger nodes over time."""
    for until, node in json.loads(anchor.past or "[]"):
        if limit < until:
            held: str = node
            return held
    return anchor.node


def anchors_of(nodes: Collection[str] | None, /) -> Plan[list[AnchorRow]]:
    """Return the ids that are anchored in *nodes*; all if None."""
    if nodes is None:
        return (yield from _anchors())
    (anchors,) = (yield Load((Find(ANCHORS, "node", sorted(nodes)),))) or ([],)
    return anchors


def named(owned: Belongings, anchors: Iterable[AnchorRow], rules: IdentityRules, limit: int, /) -> str:
    """Return the id under which these belongings lived at *limit*: of the ids that were anchored in them, the best.

    An id that climbed since is anchored at a node that was reachable from them at some time. Of facts that came in
    later than they say, nobody had made a profile yet: then the best id of today counts ("" if there is none).
    """
    best: tuple[bool, Any, int, str] | None = None
    mine = set(owned.nodes)
    for anchor in anchors:
        node = anchored_at(anchor, limit)
        if node is not None and node in mine:
            age = (anchor.seq > limit, rules.rank_of(node), anchor.seq, anchor.profile)
            best = age if best is None else min(best, age)
    return "" if best is None else best[3]


def unnamed(owned: Belongings, /) -> str:
    """Return an id for somebody who never had one: the same whenever it is asked for."""
    text = json.dumps([fact.id for fact in owned.facts])
    return f"then_{hashlib.blake2b(text.encode(), digest_size=10).hexdigest()}"


def _anchors() -> Plan[list[AnchorRow]]:
    found: list[AnchorRow] = []
    while True:
        (rows,) = (yield Load((Scan(ANCHORS, (found[-1].profile,) if found else None, _PAGE),))) or ([],)
        found += rows
        if len(rows) < _PAGE:
            return found


def _log() -> Plan[list[FactRow]]:
    """Return every fact that links."""
    found: list[FactRow] = []
    after = 0
    while True:
        (rows,) = (yield Load((Scan(FACTS, (after,), _PAGE),))) or ([],)
        found += [row for row in rows if row.kind not in STATEMENT_KINDS]
        if len(rows) < _PAGE:
            return found
        after = rows[-1].position


def around(node: str, rules: IdentityRules, /) -> Plan[Around]:
    """Return all that was ever reachable from *node*, by identifiers, judgements and links."""
    ties, severed = yield from _ties(rules)
    nodes: set[str] = set()
    bundles: set[str] = set()
    wanted = {node}
    while wanted:
        nodes |= wanted
        batch = sorted(wanted)
        found = yield from answered(bundles_with(batch))
        lefts, rights = (yield Load((Find(STATEMENTS, "left", batch), Find(STATEMENTS, "right", batch)))) or ([], [])
        bundles |= {row.bundle for row in found}
        reached = {other for row in found for other in _spoken(row.nodes, row.devices)}
        reached |= {end for row in (*lefts, *rights) if row.kind == "link" for end in (row.left, row.right)}
        reached |= {end for tie in ties if wanted & tie for end in tie}
        wanted = reached - nodes
    (facts,) = (yield Load((Find(FACTS, "bundle", sorted(bundles)),))) or ([],)
    moved = [row for row, tie in severed if tie & nodes]
    return Around(list({row.id: row for row in (*facts, *moved)}.values()), frozenset(nodes))


def _ties(rules: IdentityRules) -> Plan[tuple[list[frozenset[str]], list[tuple[FactRow, frozenset[str]]]]]:
    """Return what held together before it was taken back: judged pairs, and facts from which something was severed."""
    said, cut = (
        yield Load(
            (
                Find(FACTS, "bundle", [statement_key(Judgement)]),
                Find(FACTS, "bundle", [statement_key(Severance)]),
            )
        )
    ) or ([], [])
    ties: list[frozenset[str]] = []
    for row in said:
        fact = decode(row, tenant="default")
        if isinstance(fact, Judgement):
            ties.append(_placed_nodes((fact.left, fact.right), rules))
    names = {fact.fact_id for row in cut if isinstance(fact := decode(row, tenant="default"), Severance)}
    (rows,) = (yield Load((Get(FACTS, [(name,) for name in sorted(names)]),))) or ([],)
    severed = [(row, _placed_nodes(spoken_of(decode(row, tenant="default")), rules)) for row in rows]
    return [*ties, *(tie for _, tie in severed)], severed


def _placed_nodes(identifiers: Iterable[Identifier], rules: IdentityRules) -> frozenset[str]:
    found = (placed(identifier, rules) for identifier in identifiers)
    return frozenset(home[1] for home in found if home is not None)


def _spoken(nodes: str, devices: str | None) -> list[str]:
    return [*json.loads(nodes), *(json.loads(devices) if devices else ())]


def _said(limit: int) -> Plan[list[FactRow]]:
    """Return every statement known at *limit*."""
    rows, flags = (
        yield Load((Find(FACTS, "bundle", [f"!{kind}" for kind in sorted(STATEMENT_KINDS)]), Get(META, [(REBUILD,)])))
    ) or ([], [])
    settled(flags)
    return [row for row in rows if row.recorded_us <= limit]


def _links(limit: int) -> Plan[list[StatementRow]]:
    (rows,) = (yield Load((Find(STATEMENTS, "kind", ["link"]),))) or ([],)
    return [row for row in rows if row.recorded_us <= limit]


def rules_at(said: Iterable[FactRow], now: IdentityRules, limit: int, /) -> IdentityRules:
    """Return the identity rules in force at *limit*: those adopted last by then, else those of now."""
    best: tuple[int, ModelAdopted] | None = None
    for row in said:
        if row.kind == "model" and row.recorded_us <= limit:
            fact = decode(row, tenant="default")
            if isinstance(fact, ModelAdopted) and fact.kind == "identity" and (best is None or best[0] <= row.position):
                best = (row.position, fact)
    return now if best is None else IdentityRules.from_json(dict(best[1].body))


def replayed(
    rows: Sequence[FactRow], rules: IdentityRules, /, *, tenant: str, links: Iterable[StatementRow] = ()
) -> MemoryStore:
    """Return a store of its own that was told *rows* under *rules*."""
    store = MemoryStore()
    count = itertools.count(1)
    setting = Setting(rules, 0, lambda: f"then_{next(count)}", tenant)
    told = [Told(decode(row, tenant=tenant), row) for row in rows]
    linking = [one for one in told if one.row.kind not in STATEMENT_KINDS]
    stated = [one for one in told if one.row.kind in STATEMENT_KINDS]
    for batch in (linking, stated):
        run(store, tenant, lambda batch=batch: take(batch, setting))  # type: ignore[misc]  # bound at once
    model = next(iter(run(store, tenant, _model)), "")
    found = [
        Link(Identifier.of(row.left), Identifier.of(row.right), row.weight, row.model)
        for row in links
        if row.model == model
    ]
    if found:
        run(store, tenant, lambda: linked(found, rules, now_us=0, mint=setting.mint, model=model))
    return store


def _model() -> Plan[list[str]]:
    (rows,) = (yield Load((Get(META, [(MODEL,)]),))) or ([],)
    return [row.value for row in rows]
