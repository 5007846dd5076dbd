"""Plans that keep memberships in line with facts and time, in the same commit as what changed them.

A membership is a view: it follows from a profile's facts, from the segments and from the time it is. Whoever takes
facts away from a profile hands it to ``looked_at_again``, and whoever removes a profile drops them with ``dropped``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, TypeVar

import attrs

from unified_profile.hub.driver import Plan
from unified_profile.hub.memberships_seen import Onlooker
from unified_profile.hub.memberships_settled import Cause, Settled, gone, settled, writes_of
from unified_profile.hub.memberships_touched import Passing, Touched, touched
from unified_profile.hub.reading import Moment, Person, people
from unified_profile.hub.segments_defined import EVERY, Defined, State, definitions, state, under
from unified_profile.hub.setup import Setup
from unified_profile.model.membership_rows import StandingRow
from unified_profile.model.times import from_micros, to_micros
from unified_profile.storage.commands import Alone, Changes, Commit, Delete, Find, Get, Key, Load, Scan
from unified_profile.storage.tables import (
    MEMBERSHIP_CHANGES,
    MEMBERSHIPS,
    PROFILES,
    STANDINGS,
    TIMERS,
    Table,
)

T = TypeVar("T")
_PAGE = 200


def followed(plan: Callable[[], Plan[T]], setup: Setup, /) -> Callable[[], Plan[T]]:
    """Return *plan* with what it does to memberships, kept or lost together with it."""

    def whole() -> Plan[T]:
        seen = Passing()
        result = yield from seen.through(plan())
        if seen:
            yield from _keep_up(seen, setup)
        return result

    return whole


def _keep_up(seen: Passing, setup: Setup) -> Plan[None]:
    """Bring the memberships of everybody that a commit touched up to date."""
    current = yield from in_force(setup)
    if current is None:
        return
    known = yield from definitions(current.token)
    found = yield from touched(seen, known, setup, current.now_us)
    yield from settle(found, known, setup, current.now_us, cause="fact")
    yield Commit(current.changes())


def in_force(setup: Setup, /) -> Plan[State | None]:
    """Return what is kept about all segments, at the time it is; None where there are none.

    Where purposes, policy or profile rules are others than those that memberships were computed under, everybody has
    to be looked at again.
    """
    known = yield from state()
    if known is None or not known.token:
        return None
    now_us = max(to_micros(setup.clock()), known.now_us)
    asked = under(setup)
    if asked != known.under:
        return attrs.evolve(known.begun(), under=asked, now_us=now_us)
    return attrs.evolve(known, now_us=now_us)


def settle(
    found: Mapping[str, Touched], known: Defined, setup: Setup, now_us: int, /, *, cause: Cause
) -> Plan[list[Settled]]:
    """Look at everybody in *found*, and keep what it comes to; those that are no more lose their memberships."""
    done: list[Settled] = []
    names = sorted(found)
    for start in range(0, len(names), _PAGE):
        some = names[start : start + _PAGE]
        page = yield from _looked(some, found, known, setup, now_us=now_us, cause=cause)
        if page:
            puts, deletes, expects = writes_of(page)
            yield Commit(Changes(puts=puts, deletes=deletes, expects=expects))
        done += page
    return done


def _looked(
    some: Sequence[str], found: Mapping[str, Touched], known: Defined, setup: Setup, /, *, now_us: int, cause: Cause
) -> Plan[list[Settled]]:
    keys = [(name,) for name in some]
    live, rows = (yield Load((Get(PROFILES, keys), Get(STANDINGS, keys)))) or ([], [])
    was: dict[str, StandingRow] = {row.profile: row for row in rows}
    alive = sorted(row.profile for row in live)
    persons = yield from people_at(alive, setup, now_us)
    page: list[Settled] = []
    for name in some:
        person, before = persons.get(name), was.get(name)
        if person is None:
            if before is not None:
                page.append(gone(name, before, now_us))
            continue
        touch = found[name]
        which = known.named((EVERY,) if before is None else touch.names)
        look = Onlooker(person, setup, now_us)
        page.append(settled(look, name, before, which, known, since_us=touch.since_us, cause=cause))
    return page


def people_at(alive: Sequence[str], setup: Setup, now_us: int, /) -> Plan[dict[str, Person]]:
    """Return these profiles (live ids) as of *now_us*, by id."""
    if not alive:
        return {}
    found = yield from people(alive, setup, Moment(from_micros(now_us)))
    return {person.profile.id: person for person in found}


def looked_at_again(profiles: Collection[str], setup: Setup, /, *, cause: Cause = "fact") -> Plan[None]:
    """Compute all memberships of *profiles* anew, in this transaction: their facts were changed or taken away.

    Ids that have no profile any more lose their memberships, and that is published.
    """
    current = yield from in_force(setup)
    if current is None or not profiles:
        return
    known = yield from definitions(current.token)
    every = Touched(frozenset({EVERY}), current.now_us)
    yield from settle(dict.fromkeys(profiles, every), known, setup, current.now_us, cause=cause)
    yield Commit(current.changes())


def dropped(profiles: Collection[str], /) -> Plan[list[Delete[Any]]]:
    """Return what to delete so that nothing is left of the memberships of *profiles*: the feed of changes included."""
    names = sorted(profiles)
    tables: tuple[Table[Any], ...] = (STANDINGS, MEMBERSHIPS, TIMERS, MEMBERSHIP_CHANGES)
    found = (yield Load(tuple(Find(table, "profile", names) for table in tables))) or [[], [], [], []]
    keys: tuple[list[Key], ...] = (
        [(row.profile,) for row in found[0]],
        [(row.segment, row.profile) for row in found[1]],
        [(row.due_us, row.profile) for row in found[2]],
        [(row.position,) for row in found[3]],
    )
    return [Delete(table, some) for table, some in zip(tables, keys, strict=True) if some]


def due(setup: Setup, until_us: int, limit: int, /) -> Plan[tuple[list[Settled], int | None]]:
    """Look at the *limit* profiles whose time came first, up to *until_us*; return them, and when the next is due."""
    yield Alone()
    current = yield from in_force(setup)
    if current is None:
        return [], None
    now_us = current.now_us
    (rows,) = (yield Load((Scan(TIMERS, None, limit),))) or ([],)
    ringing = [row for row in rows if row.due_us <= min(until_us, now_us)]
    done: list[Settled] = []
    if ringing:
        known = yield from definitions(current.token)
        nothing = Touched(frozenset(), now_us)
        wanted = {row.profile: nothing for row in ringing}
        done = yield from settle(wanted, known, setup, now_us, cause="time")
        there = {one.standing.profile for one in done}
        strays = [(row.due_us, row.profile) for row in ringing if row.profile not in there]
        yield Commit(current.changes(deletes=[Delete(TIMERS, strays)] if strays else []))
    (following,) = (yield Load((Scan(TIMERS, None, 1),))) or ([],)
    return done, following[0].due_us if following else None
