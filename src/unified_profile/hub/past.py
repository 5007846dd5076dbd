"""Who was who, as known at a moment: the facts around a person that were known by then, told again from the start.

The raw neighborhood of a person (everything reachable through facts, judgements and links known by then) is loaded and
replayed into a store of its own, under the rules that were in force. What comes out is exactly what the engine said
then, whatever was learned, merged or severed since.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Sequence
from datetime import datetime

from unified_profile.errors import UnknownProfileError
from unified_profile.hub.asking import answered
from unified_profile.hub.driver import Plan, run
from unified_profile.hub.ingest import Setting, Told, take
from unified_profile.hub.setup import Setup
from unified_profile.hub.statements import STATEMENT_KINDS, linked
from unified_profile.hub.whose import AFLOAT, GONE, UNKNOWN, UNUSABLE, Belongings, Who, belongings, find
from unified_profile.identity.bundles import placed, spoken_of, statement_key
from unified_profile.identity.namespaces import IdentityRules
from unified_profile.identity.working import bundles_with
from unified_profile.model.codec import decode
from unified_profile.model.facts import Judgement, ModelAdopted, Severance
from unified_profile.model.rows import AnchorRow, FactRow, StatementRow
from unified_profile.model.times import to_micros
from unified_profile.model.values import Identifier
from unified_profile.model.views import Link
from unified_profile.storage.commands import Find, Get, Load
from unified_profile.storage.memory import MemoryStore
from unified_profile.storage.tables import ANCHORS, FACTS, META, NODES, REDIRECTS, STATEMENTS


def as_known(who: Who, setup: Setup, known_at: datetime, /) -> Plan[tuple[str, Belongings]]:
    """Return the id and the belongings of *who* as known at *known_at*.

    Raises:
        UnknownProfileError: If nobody was known under it then.
    """
    limit = to_micros(known_at)
    name, node = yield from _start(who, setup.rules, limit)
    rows = [row for row in (yield from around(node, setup.rules)) if row.recorded_us <= limit]
    said = yield from _said(limit)
    rules = rules_at(said, setup.rules, limit)
    links = yield from _links(limit)
    store = replayed((*rows, *said), rules, tenant=setup.tenant, links=links)
    target = Identifier.of(node)
    home = run(store, setup.tenant, lambda: find([target], rules))[0]
    if home.profile is None:
        raise UnknownProfileError(because=home.because or UNKNOWN)
    scratch = home.profile
    owned = run(store, setup.tenant, lambda: belongings([scratch], rules))[scratch]
    return name or (yield from _named(node, owned, limit)), owned


def _start(who: Who, rules: IdentityRules, limit: int) -> Plan[tuple[str, str]]:
    """Return the id *who* led to at the time ("" for an identifier), and a node to start from."""
    if isinstance(who, Identifier):
        home = placed(who, rules)
        if home is None or home[0] != "link":
            raise UnknownProfileError(because=UNUSABLE)
        return "", home[1]
    name = yield from redirected(who, limit)
    if name is None:
        raise UnknownProfileError(because=GONE)
    (anchors,) = (yield Load((Get(ANCHORS, [(name,)]),))) or ([],)
    if not anchors:
        raise UnknownProfileError(because=UNKNOWN)
    node = anchored_at(anchors[0], limit)
    if node is None:
        raise UnknownProfileError(because=GONE)
    return name, node


def redirected(name: str, limit: int, /) -> Plan[str | None]:
    """Return where the id *name* led at *limit*, by the dated redirects (itself when it was live)."""
    seen: set[str] = set()
    current: str | None = name
    while current is not None and current not in seen:
        seen.add(current)
        (rows,) = (yield Load((Find(REDIRECTS, "profile", [current]),))) or ([],)
        past = [row for row in rows if row.since_us <= limit]
        if not past:
            return current
        current = max(past, key=lambda row: row.since_us).target
    return current


def anchored_at(anchor: AnchorRow, limit: int, /) -> str | None:
    """Return the node that held an id at *limit*: an id climbs to stronger nodes over time."""
    for until, node in json.loads(anchor.past or "[]"):
        if limit < until:
            held: str = node
            return held
    return anchor.node


def _named(node: str, owned: Belongings, limit: int) -> Plan[str]:
    """Return the id that led to these belongings at *limit*."""
    (anchors, rows) = (yield Load((Find(ANCHORS, "node", [*owned.nodes, node]), Get(NODES, [(node,)])))) or ([], [])
    for anchor in sorted(anchors, key=lambda row: row.seq):
        if anchor.seq <= limit and (yield from redirected(anchor.profile, limit)) == anchor.profile:
            named: str = anchor.profile
            return named
    for row in rows:
        if row.profile is not None:
            return (yield from redirected(row.profile, limit)) or row.profile
    raise UnknownProfileError(because=AFLOAT)


def around(node: str, rules: IdentityRules, /) -> Plan[list[FactRow]]:
    """Return the facts of everything that was ever reachable from *node*, by identifiers, judgements and links."""
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
    return list({row.id: row for row in (*facts, *moved)}.values())


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
    (rows,) = (yield Load((Find(FACTS, "bundle", [f"!{kind}" for kind in sorted(STATEMENT_KINDS)]),))) or ([],)
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
    (rows,) = (yield Load((Get(META, [("records_model",)]),))) or ([],)
    return [row.value for row in rows]
