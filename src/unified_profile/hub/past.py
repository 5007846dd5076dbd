"""Who was who, as known at a moment: the facts around a person that were known by then, told again from the start.

The raw neighborhood of a person (everything reachable through facts, judgements and links) is loaded, and what was
known of it by then is told to a store of its own, under the rules that were in force. What comes out is exactly what
the engine said then, whatever was learned, merged or severed since. Of people asked for together, those of one
neighborhood share its loading, and its telling as time goes on.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import attrs

from unified_profile.errors import InvalidInputError, UnknownNameError, UnknownProfileError
from unified_profile.hub.arguments import LONGEST
from unified_profile.hub.driver import Plan, run
from unified_profile.hub.ingest import REBUILD
from unified_profile.hub.neighborhoods import Around, around, everything, models
from unified_profile.hub.replaying import Replay
from unified_profile.hub.setup import Setup
from unified_profile.hub.still_there import UNNAMED
from unified_profile.hub.whose import (
    GONE,
    NO_ID,
    UNKNOWN,
    UNUSABLE,
    Belongings,
    Who,
    belongings,
    find,
    machine_linked,
    settled,
)
from unified_profile.identity.bundles import placed
from unified_profile.identity.namespaces import IdentityRules
from unified_profile.model.codec import decode
from unified_profile.model.facts import ModelAdopted
from unified_profile.model.redaction import hidden
from unified_profile.model.rows import AnchorRow, FactRow
from unified_profile.model.times import to_micros
from unified_profile.model.values import Identifier
from unified_profile.storage.commands import Find, Get, Load, Scan
from unified_profile.storage.memory import MemoryStore
from unified_profile.storage.tables import ANCHORS, META

_PAGE = 10_000


@attrs.frozen
class Then:
    """Somebody as known at a moment: under which id, with what, and whether no machine link held that together.

    *learned_later* says that of what had happened around them by then more was learned later than was known.
    """

    profile: str
    owned: Belongings
    proven: bool
    learned_later: bool = False


@attrs.frozen
class Nobody:
    """That nobody was known: why, and whether something had happened around it by then that was learned later."""

    error: UnknownProfileError
    learned_later: bool = False


@attrs.frozen
class Retold:
    """What was known at a moment around somebody, told again: a store of its own, and whom to ask it for."""

    store: MemoryStore
    rules: IdentityRules
    meant: Identifier
    nodes: frozenset[str] | None = attrs.field(repr=hidden)


@attrs.frozen
class _Asked:
    """One question: whom, by which node, when, under which rules; its place among the others."""

    place: int
    who: Who = attrs.field(repr=hidden)
    meant: Identifier
    limit: int
    rules: IdentityRules


def retold(who: Who, setup: Setup, known_at: datetime, /) -> Plan[Retold]:
    """Return what was known around *who* at *known_at*.

    Under other identity rules than those of now the whole log is told again, which takes its time and memory.

    Raises:
        UnknownProfileError: If nobody could be known under it then.
    """
    (found,) = yield from _meant([(who, known_at)], setup)
    if isinstance(found, UnknownProfileError):
        raise found
    near = yield from _near(found, setup)
    store = Replay(near, found.rules, setup.tenant).to(found.limit)
    return Retold(store, found.rules, found.meant, near.nodes)


def as_known(asked: Sequence[tuple[Who, datetime]], setup: Setup, /) -> Plan[list[Then | Nobody]]:
    """Return each of *asked* as known at its moment: exactly what a hub would have said that was told nothing since.

    Where nobody was known, why stands in the place of the answer.
    """
    meant = yield from _meant(asked, setup)
    found: list[Then | Nobody] = [Nobody(UnknownProfileError(because=UNKNOWN))] * len(asked)
    waiting: list[_Asked] = []
    for place, one in enumerate(meant):
        if isinstance(one, UnknownProfileError):
            found[place] = Nobody(one)
        else:
            waiting.append(one)
    waiting.sort(key=lambda one: (one.limit, one.place))
    while waiting:
        first = waiting[0]
        near = yield from _near(first, setup)
        here = [one for one in waiting if _shares(one, first, near)]
        places = {one.place for one in here}
        waiting = [one for one in waiting if one.place not in places]
        anchors = yield from anchors_of(near.nodes)
        replay = Replay(near, first.rules, setup.tenant)
        for one in here:
            found[one.place] = _then(one, replay, anchors)
    return found


def _shares(one: _Asked, first: _Asked, near: Around) -> bool:
    """Say whether *one* is answered by the neighborhood of *first*."""
    if one.rules.fingerprint != first.rules.fingerprint:
        return False
    return near.nodes is None or one.meant.node in near.nodes


def _near(one: _Asked, setup: Setup) -> Plan[Around]:
    if one.rules.fingerprint == setup.rules.fingerprint:
        return (yield from around(one.meant.node, one.rules))
    return (yield from everything())


def _then(one: _Asked, replay: Replay, anchors: Iterable[AnchorRow]) -> Then | Nobody:
    store, tenant, limit = replay.to(one.limit), replay.tenant, one.limit
    home = run(store, tenant, lambda: find([one.meant], one.rules))[0]
    happened = [fact.recorded_us for fact in replay.near.facts if fact.occurred_us <= limit]
    later = sum(recorded > limit for recorded in happened) * 2 > len(happened)
    if home.profile is None:
        later = any(recorded > limit for recorded in happened)
        return Nobody(UnknownProfileError(because=home.because if isinstance(one.who, Identifier) else GONE), later)
    scratch = home.profile
    found = run(store, tenant, lambda: belongings([scratch], one.rules))
    linked_by_machine = run(store, tenant, lambda: machine_linked(found))
    name = named(found[scratch], anchors, one.rules, one.limit)
    return Then(
        name or (one.who if isinstance(one.who, str) else unnamed(found[scratch])),
        found[scratch],
        not linked_by_machine,
        later,
    )


def _meant(asked: Sequence[tuple[Who, datetime]], setup: Setup) -> Plan[list[_Asked | UnknownProfileError]]:
    """Return by which node, and under which rules, each of *asked* is looked for; or why there is nobody to look for.

    Raises:
        RulesChangedError: If who is who is being rebuilt.
    """
    (flags,) = (yield Load((Get(META, [(REBUILD,)]),))) or ([],)
    settled(flags)
    adopted = _adopted((yield from models()))
    names = {who for who, _ in asked if isinstance(who, str) and who.isprintable() and 0 < len(who) <= LONGEST}
    (anchors,) = (yield Load((Get(ANCHORS, [(name,) for name in sorted(names)]),))) or ([],) if names else ([],)
    by_id = {anchor.profile: anchor for anchor in anchors}
    found: list[_Asked | UnknownProfileError] = []
    for place, (who, known_at) in enumerate(asked):
        limit = to_micros(known_at)
        rules = _rules_at(adopted, setup.rules, limit)
        try:
            meant = _start(who, by_id, rules, limit)
        except UnknownNameError:  # a kind of identifier of which nobody had heard by then
            meant = UnknownProfileError(because=UNKNOWN)
        found.append(_Asked(place, who, meant, limit, rules) if isinstance(meant, Identifier) else meant)
    return found


def _start(
    who: object, by_id: Mapping[str, AnchorRow], rules: IdentityRules, limit: int
) -> Identifier | UnknownProfileError:
    """Return the identifier that *who* meant at the time, in its normal form, or why there was none."""
    if isinstance(who, Identifier):
        home = placed(who, rules)
        linking = home is not None and home[0] == "link"
        return Identifier.of(home[1]) if home is not None and linking else UnknownProfileError(because=UNUSABLE)
    if not isinstance(who, str):
        raise InvalidInputError(field="who", reason="neither a profile id nor an Identifier", hint="pass one")
    if who not in by_id:
        return UnknownProfileError(because=NO_ID)
    node = anchored_at(by_id[who], limit)
    return UnknownProfileError(because=GONE) if node is None else Identifier.of(node)


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
    best: tuple[bool, Any, int, str, str] | None = None
    mine = set(owned.nodes)
    for anchor in anchors:
        node = anchored_at(anchor, limit)
        if node is not None and node in mine:
            age = (anchor.seq > limit, rules.rank_of(node), anchor.seq, node, anchor.profile)  # as `precedence` has it
            best = age if best is None else min(best, age)
    return "" if best is None else best[4]


def unnamed(owned: Belongings, /) -> str:
    """Return an id for somebody who never had one: the same whenever it is asked for."""
    text = json.dumps([fact.id for fact in owned.facts])
    return f"{UNNAMED}{hashlib.blake2b(text.encode(), digest_size=10).hexdigest()}"


def _anchors() -> Plan[list[AnchorRow]]:
    found: list[AnchorRow] = []
    while True:
        (rows,) = (yield Load((Scan(ANCHORS, (found[-1].profile,) if found else None, _PAGE),))) or ([],)
        found += rows
        if len(rows) < _PAGE:
            return found


def rules_at(said: Iterable[FactRow], now: IdentityRules, limit: int, /) -> IdentityRules:
    """Return the identity rules in force at *limit*: those adopted last by then, else those of now."""
    return _rules_at(_adopted(row for row in said if row.kind == "model"), now, limit)


def _adopted(rows: Iterable[FactRow]) -> list[tuple[int, IdentityRules]]:
    """Return the identity rules that were ever adopted, with when that was known, in order of the log."""
    found: list[tuple[int, IdentityRules]] = []
    for row in sorted(rows, key=lambda row: row.position):
        fact = decode(row, tenant="default")
        if isinstance(fact, ModelAdopted) and fact.kind == "identity":
            found.append((row.recorded_us, IdentityRules.from_json(dict(fact.body))))
    return found


def _rules_at(adopted: Iterable[tuple[int, IdentityRules]], now: IdentityRules, limit: int) -> IdentityRules:
    best = now
    for known_us, rules in adopted:
        if known_us <= limit:
            best = now if rules.fingerprint == now.fingerprint else rules
    return best
