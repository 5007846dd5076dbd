"""What was ever reachable from somebody, by facts, judgements, severed identifiers and links: what a replay needs.

What was taken back still leads somewhere: as known before, it held. So statements that were retracted keep a row, and
each is found by the nodes that it is about. A question about the past costs by the neighborhood, not by the tenant.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import attrs

from unified_profile.hub.asking import answered
from unified_profile.hub.driver import Plan
from unified_profile.hub.statements import JUDGED_ONCE, SEVERED_ONCE, STATEMENT_KINDS
from unified_profile.identity.bundles import placed, spoken_of, statement_key
from unified_profile.identity.namespaces import IdentityRules
from unified_profile.identity.walk import JUDGEMENTS
from unified_profile.identity.working import bundles_with
from unified_profile.model.codec import decode
from unified_profile.model.facts import ModelAdopted
from unified_profile.model.redaction import Veiled, hidden
from unified_profile.model.rows import FactRow, StatementRow
from unified_profile.storage.commands import Find, Get, Load, Read, Scan
from unified_profile.storage.tables import FACTS, SEVERED, STATEMENTS

_PAGE = 10_000
_SEVERANCES = frozenset({"severance", SEVERED_ONCE})
_STATED = frozenset({*JUDGEMENTS, *_SEVERANCES, JUDGED_ONCE})
_TIES = frozenset({*JUDGEMENTS, JUDGED_ONCE, "link", "alias"})


@attrs.frozen
class Around:
    """What was ever reachable from somebody: facts, statements and links of any time, and the nodes (None: all)."""

    facts: Sequence[FactRow]
    said: Sequence[FactRow]
    links: Sequence[StatementRow]
    nodes: frozenset[str] | None = attrs.field(repr=hidden)


def around(node: str, rules: IdentityRules, /) -> Plan[Around]:
    """Return all that was ever reachable from *node*; *rules* are those that the store was built under."""
    nodes: set[str] = set()
    bundles: set[str] = set()
    said = Veiled[str, StatementRow]()
    cut = Veiled[str, FactRow]()
    wanted = {node}
    while wanted:
        nodes |= wanted
        batch = sorted(wanted)
        found = yield from answered(bundles_with(batch))
        keys = sorted({row.bundle for row in found} - bundles)
        bundles.update(keys)
        lefts, rights, came = yield from _loaded(
            Find(STATEMENTS, "left", batch), Find(STATEMENTS, "right", batch), Find(SEVERED, "bundle", keys)
        )
        said.update((row.id, row) for row in (*lefts, *rights))
        names = {row.left for row in rights if row.kind in _SEVERANCES} | {row.fact for row in came}
        (facts,) = yield from _loaded(Get(FACTS, [(name,) for name in sorted(names - cut.keys())]))
        cut.update((row.id, row) for row in facts)
        reached = {other for row in found for other in _spoken(row.nodes, row.devices)}
        reached |= {end for row in (*lefts, *rights) if row.kind in _TIES for end in (row.left, row.right)}
        spoken = [one for row in facts for one in spoken_of(decode(row, tenant="default"))]
        reached |= {home[1] for one in spoken if (home := placed(one, rules)) is not None}
        wanted = reached - nodes
    (rows,) = yield from _loaded(Find(FACTS, "bundle", sorted(bundles)))
    stated = yield from _stated([row.id for row in said.values() if row.kind in _STATED])
    links = [row for row in said.values() if row.kind == "link"]
    return Around(list({row.id: row for row in (*rows, *cut.values())}.values()), stated, links, frozenset(nodes))


def everything() -> Plan[Around]:
    """Return the whole log, and all links."""
    (links,) = yield from _loaded(Find(STATEMENTS, "kind", ["link"]))
    facts: list[FactRow] = []
    said: list[FactRow] = []
    after, more = 0, True
    while more:
        (rows,) = (yield Load((Scan(FACTS, (after,), _PAGE),))) or ([],)
        for row in rows:
            (said if row.kind in STATEMENT_KINDS else facts).append(row)
        more = len(rows) == _PAGE
        after = rows[-1].position if rows else after
    return Around(facts, said, links, None)


def models() -> Plan[list[FactRow]]:
    """Return the facts that adopted rules or models, in order of the log: few, and about everybody."""
    (rows,) = yield from _loaded(Find(FACTS, "bundle", [statement_key(ModelAdopted)]))
    return sorted(rows, key=lambda row: row.position)


def _stated(names: Sequence[str]) -> Plan[list[FactRow]]:
    """Return the statements of these ids, the adopted models, and what took any of them back."""
    adopted = yield from models()
    (marks,) = yield from _loaded(Find(STATEMENTS, "left", [*names, *(row.id for row in adopted)]))
    keys = [*names, *(mark.id for mark in marks if mark.kind == "retraction")]
    (rows,) = yield from _loaded(Get(FACTS, [(name,) for name in dict.fromkeys(keys)]))
    return [*adopted, *rows]


def _loaded(*reads: Read) -> Plan[list[list[Any]]]:
    answers: list[list[Any]] | None = yield Load(reads)
    return answers or [[] for _ in reads]


def _spoken(nodes: str, devices: str | None) -> list[str]:
    return [*json.loads(nodes), *(json.loads(devices) if devices else ())]
