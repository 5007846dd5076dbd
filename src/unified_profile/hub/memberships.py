"""Plans that keep memberships in line with facts and time, in the same commit as what changed them.

A membership is a view: it follows from a profile's facts, from the segments and from the time it is. Whoever takes
facts away from a profile hands it to ``looked_at_again``, and whoever removes a profile drops them with ``dropped``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, TypeVar

import attrs

from unified_profile.hub.driver import Plan
from unified_profile.hub.memberships_accounts import fellows, with_fellows
from unified_profile.hub.memberships_counted import counted
from unified_profile.hub.memberships_held import KEPT, OUTSIDE, entries_in
from unified_profile.hub.memberships_planned import Planned, planned
from unified_profile.hub.memberships_seen import EVER, Entries, Onlooker, Silence
from unified_profile.hub.memberships_settled import Cause, Settled, Whole, gone, writes_of
from unified_profile.hub.memberships_touched import Passing, Touched, touched
from unified_profile.hub.reading import Moment, Person, people
from unified_profile.hub.segments_defined import Defined, State, state, under
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
_PAGE = 500


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
    ready = yield from planned(current, setup)
    found = yield from touched(seen, ready, setup, current.now_us)
    yield from settle(found, ready, setup, current, cause="fact", deserted=seen.deserted)
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
    found: Mapping[str, Touched],
    ready: Planned,
    setup: Setup,
    current: State,
    /,
    *,
    cause: Cause,
    deserted: Collection[str] = (),
) -> Plan[list[Settled]]:
    """Look at everybody in *found*, and keep what it comes to; those that are no more lose their memberships.

    *deserted* are accounts whose people changed without that.
    """
    done: list[Settled] = []
    if ready.known.accounts and (deserted or any(touch.added is None for touch in found.values())):
        found = yield from with_fellows(found, deserted, setup, current.now_us)
    names = sorted(found)
    for start in range(0, len(names), _PAGE):
        page = yield from _looked(names[start : start + _PAGE], found, ready, setup, current, cause=cause)
        if page:
            puts, deletes, expects = writes_of(page)
            yield Commit(Changes(puts=puts, deletes=deletes, expects=expects))
        done += page
    return done


def _looked(
    some: Sequence[str],
    found: Mapping[str, Touched],
    ready: Planned,
    setup: Setup,
    current: State,
    /,
    *,
    cause: Cause,
) -> Plan[list[Settled]]:
    now_us = current.now_us
    (rows,) = (yield Load((Get(STANDINGS, [(name,) for name in some]),))) or ([],)
    was: dict[str, StandingRow] = {row.profile: row for row in rows}
    page: list[Settled] = []
    whole: list[str] = []
    for name in some:
        before, added = was.get(name), found[name].added
        quick = None
        if before is not None and added is not None:
            quick = counted(added, before, ready, now_us=now_us, cause=cause, tenant=setup.tenant)
        if quick is None:
            whole.append(name)
        else:
            page.append(quick)
    if whole:
        filling = ready.known.named(current.filling)
        (live,) = (yield Load((Get(PROFILES, [(name,) for name in whole]),))) or ([],)
        looks = yield from looks_at(sorted(row.profile for row in live), ready, setup, now_us)
        for name in whole:
            look, before = looks.get(name), was.get(name)
            if look is not None:
                one = Whole(look, name, before, ready)
                page.append(one.settled(since_us=found[name].since_us, cause=cause, filling=filling))
            elif before is not None:
                page.append(gone(name, before, now_us))
    return page


def looks_at(alive: Sequence[str], ready: Planned, setup: Setup, now_us: int, /) -> Plan[dict[str, Onlooker]]:
    """Return these profiles (live ids) to be looked at as of *now_us*, by id."""
    if not alive:
        return {}
    found = yield from people(alive, setup, Moment(from_micros(now_us)))
    return (yield from informed(found, ready.known, ready.silence, setup, now_us))


def informed(
    persons: Sequence[Person], known: Defined, silence: Silence, setup: Setup, now_us: int, /
) -> Plan[dict[str, Onlooker]]:
    """Return *persons* to be looked at, by id, with what segments ask beside their facts.

    That is since when they are in other segments, and who else belongs to their accounts.
    """
    beside = (yield from fellows(persons, setup, now_us)) if known.accounts else {}
    looks = {
        one.profile.id: Onlooker(
            one, setup, now_us, silence=silence, fellows=beside.get(one.profile.id, ()), crowd=known.accounts
        )
        for one in persons
    }
    if known.entered:
        (rows,) = (yield Load((Get(STANDINGS, [(name,) for name in looks]),))) or ([],)
        kept = {row.profile: entries_in(row.body) for row in rows}
        for profile, look in looks.items():
            for name in known.entered & known.rules.keys():
                since = kept.get(profile, {}).get(name, OUTSIDE).since_us
                steps = look.steps(known.rules[name], known.segments[name].use, now_us)
                look.entered(name, Entries([(EVER, since)], steps))
    return looks


def looked_at_again(profiles: Collection[str], setup: Setup, /, *, cause: Cause = "fact") -> Plan[None]:
    """Compute all memberships of *profiles* anew, in this transaction: their facts were changed or taken away.

    Ids that have no profile any more lose their memberships, and that is published.
    """
    current = yield from in_force(setup)
    if current is None or not profiles:
        return
    ready = yield from planned(current, setup)
    yield from settle(dict.fromkeys(profiles, Touched(current.now_us)), ready, setup, current, cause=cause)
    yield Commit(current.changes())


def dropped(profiles: Collection[str], /) -> Plan[list[Delete[Any]]]:
    """Return what to delete so that nothing is left of the memberships of *profiles*: the feed of changes included."""
    names = sorted(profiles)
    tables: tuple[Table[Any], ...] = (STANDINGS, MEMBERSHIPS, TIMERS, MEMBERSHIP_CHANGES)
    found = (yield Load(tuple(Find(table, "profile", names) for table in tables))) or [[], [], [], []]
    KEPT.forget(names)
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
        ready = yield from planned(current, setup)
        wanted = {row.profile: Touched(now_us, ()) for row in ringing}
        done = yield from settle(wanted, ready, setup, current, cause="time")
        there = {one.standing.profile for one in done}
        strays = [(row.due_us, row.profile) for row in ringing if row.profile not in there]
        yield Commit(current.changes(deletes=[Delete(TIMERS, strays)] if strays else []))
    (following,) = (yield Load((Scan(TIMERS, None, 1),))) or ([],)
    return done, following[0].due_us if following else None
