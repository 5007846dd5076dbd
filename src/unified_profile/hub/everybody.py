"""Who is who at this moment, of everybody: for tests of the laws, for ``simulate``, for reports."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

import attrs

from unified_profile.hub.driver import Plan, run_in
from unified_profile.identity.namespaces import IdentityRules
from unified_profile.identity.runs import OnDevice, owners
from unified_profile.model.redaction import Veiled, hidden
from unified_profile.model.rows import FactRow
from unified_profile.storage.commands import Load, Scan
from unified_profile.storage.protocols import Session
from unified_profile.storage.tables import BUNDLES, FACTS, NODES, SEVERED, Table

R = TypeVar("R", bound="tuple[Any, ...]")
LINKING = frozenset({"record", "event", "consent"})
_PAGE = 5_000


@attrs.frozen
class Partition:
    """Everybody: facts and nodes by profile id, facts of nobody, nodes without a profile."""

    facts: dict[str, frozenset[str]]
    nodes: dict[str, frozenset[str]] = attrs.field(repr=hidden)
    nobody: frozenset[str]
    floating: frozenset[str] = attrs.field(repr=hidden)

    def contents(self) -> frozenset[tuple[frozenset[str], frozenset[str]]]:
        """Return the partition without ids: two stores that were told the same have equal contents."""
        return frozenset((self.facts.get(name, frozenset()), nodes) for name, nodes in self.nodes.items())


def partition(session: Session, rules: IdentityRules, /) -> Partition:
    """Read who is who, of everybody, from a store. Memory grows with the number of facts."""
    return run_in(session, partitioned(rules))


def partitioned(rules: IdentityRules, /) -> Plan[Partition]:
    """Return who is who, of everybody."""
    profiles = Veiled[str, str]()
    rows = Veiled({row.node: row for row in (yield from _all(NODES))})
    for row in rows.values():
        home = rows.get(row.leaf_of) if row.leaf_of is not None else row
        if home is not None and home.profile is not None:
            profiles[row.node] = home.profile
    bundles = {row.bundle: row for row in (yield from _all(BUNDLES))}
    severed = {row.fact: row.bundle for row in (yield from _all(SEVERED))}
    facts: defaultdict[str, set[str]] = defaultdict(set)
    nobody: set[str] = set()
    devices = Veiled[str, list[OnDevice]]()
    anonymous = Veiled[str, str]()

    def place(fact: FactRow) -> None:
        bundle = bundles.get(severed.get(fact.id, fact.bundle))
        centre = None if bundle is None else bundle.centre
        held: list[str] = json.loads(bundle.devices) if bundle is not None and bundle.devices else []
        for device in held:
            devices.setdefault(device, []).append(OnDevice(fact.occurred_us, fact.id, centre, is_reset(fact, rules)))
        if centre is not None:
            facts[profiles[centre]].add(fact.id)
        elif held:
            anonymous[fact.id] = held[0]
        else:
            nobody.add(fact.id)

    page: list[FactRow] = []
    scan: Scan[FactRow] | None = _scan(FACTS, None)
    while scan is not None:
        (page,) = (yield Load((scan,))) or ([],)
        for fact in page:
            if fact.kind in LINKING:
                place(fact)
        scan = _following(scan, page)
    owned = {device: owners(found) for device, found in devices.items()}
    for name, device in anonymous.items():
        owner = owned[device].get(name)
        (nobody if owner is None else facts[profiles[owner]]).add(name)
    nodes: defaultdict[str, set[str]] = defaultdict(set)
    for node, profile in profiles.items():
        nodes[profile].add(node)
    floating = frozenset(
        node for node, row in rows.items() if node not in profiles and not (row.shared and not row.judged)
    )
    return Partition(_frozen(facts), _frozen(nodes), frozenset(nobody), floating)


def is_reset(fact: FactRow, rules: IdentityRules, /) -> bool:
    """Say whether an event ends who is signed in on a device."""
    return fact.kind == "event" and '"name":' in fact.body and json.loads(fact.body).get("name") in rules.resets


def everything(session: Session, table: Table[R], /) -> Iterator[R]:
    """Yield all rows of a table, page by page."""
    scan: Scan[R] | None = _scan(table, None)
    while scan is not None:
        (rows,) = session.read([scan])
        yield from rows
        scan = _following(scan, rows)


def _all(table: Table[R]) -> Plan[list[R]]:
    """Return all rows of a table."""
    found: list[R] = []
    scan: Scan[R] | None = _scan(table, None)
    while scan is not None:
        (rows,) = (yield Load((scan,))) or ([],)
        found += rows
        scan = _following(scan, rows)
    return found


def _scan(table: Table[R], after: tuple[Any, ...] | None) -> Scan[R]:
    return Scan(table, after, _PAGE)


def _following(scan: Scan[R], rows: Sequence[R]) -> Scan[R] | None:
    """Return what reads the page after *rows*; None if there is none."""
    if len(rows) < _PAGE:
        return None
    table = scan.table
    columns = table.columns
    places = [columns.index("position")] if table.positioned else [columns.index(name) for name in table.key]
    return _scan(table, tuple(rows[-1][place] for place in places))


def _frozen(found: dict[str, set[str]]) -> dict[str, frozenset[str]]:
    return {name: frozenset(items) for name, items in found.items()}
