"""Everybody as known at a moment: the log up to then is told again, once for all of them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from unified_profile.hub.driver import Plan, run
from unified_profile.hub.ingest import REBUILD
from unified_profile.hub.past import Then, anchored_at, anchors_of, named, rules_at, unnamed
from unified_profile.hub.rebuilding import live_ids
from unified_profile.hub.replaying import replayed
from unified_profile.hub.setup import Setup
from unified_profile.hub.statements import STATEMENT_KINDS
from unified_profile.hub.whose import belongings, machine_linked, settled
from unified_profile.model.redaction import Veiled
from unified_profile.model.rows import AnchorRow, FactRow
from unified_profile.model.times import to_micros
from unified_profile.storage.commands import Find, Get, Load, Scan
from unified_profile.storage.tables import FACTS, META, STATEMENTS

_PAGE = 10_000
_MOST = 1 << 60


def everybody_then(setup: Setup, known_at: datetime, /) -> Plan[list[Then]]:
    """Return everybody as known at *known_at*, in order of the ids that they had.

    The log up to then is told again in memory: meant for thousands to some millions of facts.

    Raises:
        RulesChangedError: If who is who is being rebuilt.
    """
    limit = to_micros(known_at)
    links, flags = (yield Load((Find(STATEMENTS, "kind", ["link"]), Get(META, [(REBUILD,)])))) or ([], [])
    settled(flags)
    rows = yield from _log(limit)
    rules = rules_at((row for row in rows if row.kind in STATEMENT_KINDS), setup.rules, limit)
    by_then = [row for row in links if row.recorded_us <= limit]
    anchors = _by_node((yield from anchors_of(None)), limit)
    store = replayed(rows, rules, tenant=setup.tenant, links=by_then)
    ids = run(store, setup.tenant, lambda: live_ids("", _MOST))
    owned = run(store, setup.tenant, lambda: belongings(ids, rules))
    linked = run(store, setup.tenant, lambda: machine_linked(owned))
    found = []
    for name, own in owned.items():
        here = (anchor for node in own.nodes for anchor in anchors.get(node, ()))
        found.append(Then(named(own, here, rules, limit) or unnamed(own), own, name not in linked))
    return sorted(found, key=lambda then: then.profile)


def _by_node(anchors: Iterable[AnchorRow], limit: int) -> Veiled[str, list[AnchorRow]]:
    """Return the ids by the node that held them at *limit*."""
    found = Veiled[str, list[AnchorRow]]()
    for anchor in anchors:
        node = anchored_at(anchor, limit)
        if node is not None:
            found.setdefault(node, []).append(anchor)
    return found


def _log(limit: int) -> Plan[list[FactRow]]:
    """Return every fact that was known at *limit*."""
    found: list[FactRow] = []
    after = 0
    while True:
        (rows,) = (yield Load((Scan(FACTS, (after,), _PAGE),))) or ([],)
        found += [row for row in rows if row.recorded_us <= limit]
        if len(rows) < _PAGE:
            return found
        after = rows[-1].position
