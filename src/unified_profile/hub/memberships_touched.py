"""Whose memberships a commit can touch, and in which segments: seen as it is written, so that nothing is read again."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Literal, TypeVar

import attrs

from unified_profile.hub.driver import Plan
from unified_profile.hub.ingest import MODEL
from unified_profile.hub.memberships_conditions import Added, added_from
from unified_profile.hub.memberships_held import KEPT
from unified_profile.hub.memberships_planned import Planned
from unified_profile.hub.setup import Setup
from unified_profile.identity.bundles import placed, spoken_of
from unified_profile.identity.working import BUNDLE, TOUCHED
from unified_profile.model.codec import decode
from unified_profile.model.facts import Retraction, Severance
from unified_profile.model.rows import ChangeRow, FactRow
from unified_profile.storage.commands import Commit, Find, Get, Load
from unified_profile.storage.tables import (
    BUNDLE_NODES,
    BUNDLES,
    CHANGES,
    FACTS,
    MEMBERSHIPS,
    META,
    NODES,
    PROFILES,
    SEVERED,
    STANDINGS,
    STATEMENTS,
)

T = TypeVar("T")
_MOVES = frozenset({"profile_merged", "profile_split", TOUCHED, BUNDLE})


class Passing:
    """What a plan writes, noted while it passes by."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.facts: list[FactRow] = []
        self.moves: list[ChangeRow] = []
        self.profiles: set[str] = set()
        self.linked: set[str] = set()
        self.model = False
        self.deserted: set[str] = set()
        """Accounts, by key, of which somebody was taken away with all that is theirs."""

    def __bool__(self) -> bool:
        """Say whether anything was written that memberships can rest on."""
        return bool(self.facts or self.moves or self.profiles or self.linked or self.model)

    def through(self, plan: Plan[T], /) -> Plan[T]:
        """Run *plan* as it is."""
        answer: list[list[Any]] | None = None
        while True:
            try:
                command = plan.send(answer)
            except StopIteration as stop:
                result: T = stop.value
                return result
            if isinstance(command, Commit):
                self._note(command)
            answer = yield command

    def _note(self, command: Commit) -> None:
        for put in command.changes.puts:
            if put.table is FACTS:
                self.facts += put.rows
            elif put.table is CHANGES:
                self.moves += [row for row in put.rows if row.kind in _MOVES]
            elif put.table is PROFILES:
                self.profiles.update(row.profile for row in put.rows)
            elif put.table is STATEMENTS:  # a link of a model makes consents unproven, even where it joins nobody
                self.linked.update(row.left for row in put.rows if row.kind == "link")
            elif put.table is META:
                self.model = self.model or any(row.name == MODEL for row in put.rows)
        for delete in command.changes.deletes:
            if delete.table is PROFILES:
                self.profiles.update(str(key[0]) for key in delete.keys)
            elif delete.table is META:
                self.model = self.model or (MODEL,) in delete.keys
            elif delete.table is STANDINGS:
                KEPT.forget({str(key[0]) for key in delete.keys})
            elif delete.table is MEMBERSHIPS:
                self.deserted.update(str(key[0]) for key in delete.keys if not str(key[0]).isprintable())


@attrs.frozen
class Touched:
    """Since when what came can have changed memberships, and the events that came; None: more came than events."""

    since_us: int
    added: tuple[Added, ...] | None = None


def touched(seen: Passing, planned: Planned, setup: Setup, now_us: int, /) -> Plan[dict[str, Touched]]:
    """Return the profiles whose memberships can have changed."""
    whole: dict[str, int] = {}

    def touch(profiles: Iterable[str], at_us: int) -> None:
        for one in profiles:
            whole[one] = min(whole.get(one, now_us), at_us)

    moved, keys = _moved(seen.moves)
    touch(seen.profiles | moved, now_us)
    noticed = {row.id: found for row in seen.facts if (found := _noticed(row, planned)) is not None}
    # Whoever signs in on a shared device, or out, may hand over what was done there, whatever the event itself says.
    shared = [f'["{space.name}",' for space in setup.rules.namespaces if space.mode == "attribute"]
    facts = [row for row in seen.facts if row.id in noticed or any(mark in row.body for mark in shared)]
    (severed,) = (yield Load((Get(SEVERED, [(row.id,) for row in facts]),))) or ([],) if facts else ([],)
    home = {row.fact: row.bundle for row in severed}
    bundle_of = {row.id: home.get(row.id, row.bundle) for row in facts if row.bundle}
    keys.update(bundle_of.values())
    (bundles,) = (yield Load((Get(BUNDLES, [(key,) for key in sorted(keys)]),))) or ([],) if keys else ([],)
    centre = {row.bundle: row.centre for row in bundles}
    devices = {device for bundle in bundles if bundle.devices for device in json.loads(bundle.devices)}
    nodes, lone = yield from _cut(seen.facts, setup)
    linked = seen.linked
    if seen.model:
        (links,) = (yield Load((Find(STATEMENTS, "kind", ["link"]),))) or ([],)
        linked = linked | {row.left for row in links}
    nodes |= linked
    owners = yield from _owners({*nodes, *(one for one in centre.values() if one is not None)})
    added: defaultdict[str, list[Added]] = defaultdict(list)
    for fact in facts:
        owner = owners.get(centre.get(bundle_of.get(fact.id, "")) or "")
        if owner is not None:
            event = noticed.get(fact.id)
            if isinstance(event, Added):
                added[owner].append(event)
            elif event is not None:
                touch([owner], fact.occurred_us)
    touch({owners[node] for node in nodes if node in owners}, now_us)
    # On a shared device one person's arrival can hand over what somebody did there before signing in.
    oldest = min((row.occurred_us for row in facts), default=now_us)
    touch((yield from _signed_in(devices | lone)), oldest)
    seen_of: dict[str, Touched] = {}
    for one in whole.keys() | added.keys():
        since = min((event.at_us for event in added.get(one, ())), default=now_us)
        if one in whole:
            seen_of[one] = Touched(min(whole[one], since))
        else:
            seen_of[one] = Touched(min(since, now_us), tuple(added[one]))
    return seen_of


def _moved(moves: Iterable[ChangeRow]) -> tuple[set[str], set[str]]:
    """Return the profiles between which facts moved, and the bundles whose facts got another centre."""
    profiles: set[str] = set()
    bundles: set[str] = set()
    for row in moves:
        body: Mapping[str, Any] = json.loads(row.body)
        if row.kind == BUNDLE:
            bundles.add(body["bundle"])
            continue
        profiles.update((row.profile, *body.get("into", ())))
        profiles.update([body["absorbed"]] if "absorbed" in body else ())
        profiles.update(one for pair in body.get("redirects", ()) for one in pair if one is not None)
    return profiles, bundles


def _noticed(row: FactRow, planned: Planned) -> Added | Literal["whole"] | None:
    """Return what a fact can do to memberships by what it says: an event that may be counted, more, or nothing."""
    if row.kind != "event":
        return "whole" if row.kind == "consent" or (row.kind == "record" and planned.records) else None
    event, tells, account = added_from(row)
    what = planned.noticed(event.type, event.name)
    if what == "whole" or (tells and planned.traits) or (account and planned.known.accounts):
        return "whole"
    return event if what else None


def _cut(facts: Iterable[FactRow], setup: Setup) -> Plan[tuple[set[str], set[str]]]:
    """Return the nodes and the devices of all that severances among *facts* (or what took them back) are about."""
    names: set[str] = set()
    for row in facts:
        if row.kind in ("severance", "retraction"):
            fact = decode(row, tenant=setup.tenant)
            if isinstance(fact, (Severance, Retraction)):
                names.add(fact.fact_id)
    if not names:
        return set(), set()
    (rows,) = (yield Load((Get(FACTS, [(name,) for name in sorted(names)]),))) or ([],)
    found = [decode(row, tenant=setup.tenant) for row in rows]
    further = [fact.fact_id for fact in found if isinstance(fact, Severance)]
    (more,) = (yield Load((Get(FACTS, [(name,) for name in further]),))) or ([],) if further else ([],)
    found += [decode(row, tenant=setup.tenant) for row in more]
    nodes: set[str] = set()
    devices: set[str] = set()
    for fact in found:
        for identifier in spoken_of(fact):
            placement = placed(identifier, setup.rules)
            if placement is not None:
                (devices if placement[0] == "attribute" else nodes).add(placement[1])
    return nodes, devices


def _signed_in(devices: Collection[str]) -> Plan[set[str]]:
    """Return everybody who ever signed in on *devices*."""
    if not devices:
        return set()
    (links,) = (yield Load((Find(BUNDLE_NODES, "node", sorted(devices)),))) or ([],)
    (bundles,) = (yield Load((Get(BUNDLES, [(link.bundle,) for link in links]),))) or ([],)
    owners = yield from _owners({row.centre for row in bundles if row.centre is not None})
    return set(owners.values())


def _owners(nodes: Collection[str]) -> Plan[dict[str, str]]:
    """Return the profile of each of *nodes*; a leaf's is that of its home."""
    if not nodes:
        return {}
    (rows,) = (yield Load((Get(NODES, [(node,) for node in sorted(nodes)]),))) or ([],)
    leaves = sorted({row.leaf_of for row in rows if row.leaf_of is not None})
    (homes,) = (yield Load((Get(NODES, [(node,) for node in leaves]),))) or ([],) if leaves else ([],)
    home = {row.node: row.profile for row in homes}
    found = {row.node: row.profile if row.leaf_of is None else home.get(row.leaf_of) for row in rows}
    return {node: profile for node, profile in found.items() if profile is not None}
