"""Who belongs to which account, for segments that ask about all of its people: kept as memberships of the account."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from unified_profile.hub.driver import Plan
from unified_profile.hub.memberships_touched import Touched
from unified_profile.hub.reading import Moment, Person, present
from unified_profile.hub.setup import Setup
from unified_profile.model.facts import Event, EventType
from unified_profile.model.membership_rows import MembershipRow
from unified_profile.model.times import from_micros
from unified_profile.storage.commands import Changes, Commit, Delete, Find, Load, Put
from unified_profile.storage.tables import MEMBERSHIPS

_MARK = "\t"
"""What no segment's name begins with, for it cannot be printed."""


def accounts_of(person: Person, /) -> frozenset[str]:
    """Return the keys of the accounts that group calls of *person* speak of."""
    calls = (fact for fact in person.facts if isinstance(fact, Event) and fact.type is EventType.GROUP)
    return frozenset(_key(call.account) for call in calls if call.account)


def _key(account: str) -> str:
    """Return what stands for an account: ids of any length and letters become short ones."""
    return _MARK + hashlib.sha256(account.encode()).hexdigest()[:40]


def with_fellows(
    found: Mapping[str, Touched], deserted: Collection[str], setup: Setup, now_us: int, /
) -> Plan[dict[str, Touched]]:
    """Keep to which accounts those in *found* belong; return them with the people of these and of *deserted* ones."""
    whole = sorted(name for name, touch in found.items() if touch.added is None)
    persons = yield from present(whole, setup, Moment(from_micros(now_us)))
    held = yield from _rows("profile", whole)
    wanted = {(key, one.profile.id) for one in persons for key in accounts_of(one)}
    had = {(row.segment, row.profile) for row in held}
    if wanted != had:
        puts = [Put(MEMBERSHIPS, [MembershipRow(*pair, now_us) for pair in sorted(wanted - had)])]
        yield Commit(Changes(puts=puts, deletes=[Delete(MEMBERSHIPS, sorted(had - wanted))]))
    since: dict[str, int] = dict.fromkeys(deserted, now_us)
    for key, profile in wanted | had:
        since[key] = min(since.get(key, now_us), found[profile].since_us)
    more = dict(found)
    for row in (yield from _rows("segment", sorted(since))):
        other = more.get(row.profile)
        early = since[row.segment] if other is None else min(other.since_us, since[row.segment])
        more[row.profile] = Touched(early)
    return more


def fellows(persons: Sequence[Person], setup: Setup, now_us: int, /) -> Plan[dict[str, list[Person]]]:
    """Return the people of the accounts of each of *persons*, themselves included, by profile id."""
    accounts = {one.profile.id: accounts_of(one) for one in persons}
    rows = yield from _rows("segment", sorted(frozenset[str]().union(*accounts.values())))
    known = {one.profile.id: one for one in persons}
    others = sorted({row.profile for row in rows} - known.keys())
    for one in (yield from present(others, setup, Moment(from_micros(now_us)))):
        known[one.profile.id] = one
    people: defaultdict[str, set[str]] = defaultdict(set)
    for row in rows:
        people[row.segment].add(row.profile)
    return {
        name: [known[one] for one in sorted({name}.union(*(people[key] for key in keys))) if one in known]
        for name, keys in accounts.items()
        if keys
    }


def forgotten(profiles: Collection[str], /) -> Plan[None]:
    """Forget to which accounts *profiles* belong: no segment asks any more."""
    rows = yield from _rows("profile", sorted(profiles))
    if rows:
        yield Commit(Changes(deletes=[Delete(MEMBERSHIPS, [(row.segment, row.profile) for row in rows])]))


def _rows(by: str, values: Iterable[str]) -> Plan[list[MembershipRow]]:
    wanted = list(values)
    (rows,) = ((yield Load((Find(MEMBERSHIPS, by, wanted),))) or ([],)) if wanted else ([],)
    return [row for row in rows if row.segment.startswith(_MARK)]
