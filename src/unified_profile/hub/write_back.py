"""What the hub does when changed values are written back: they leave for another system, so a permit is taken and used.

Deciding, keeping what left, and handing it over are one transaction: nothing can be withdrawn in between.
"""

from __future__ import annotations

from unified_profile.consent.permits import Bound
from unified_profile.errors import UnknownNameError
from unified_profile.hub import reading
from unified_profile.hub.arguments import number
from unified_profile.hub.bulk import refresh
from unified_profile.hub.courses import Course, writing as writes
from unified_profile.hub.driver import Plan
from unified_profile.hub.golden import GOLDEN
from unified_profile.hub.permitting import left_to, seen_by
from unified_profile.hub.reading import moment
from unified_profile.hub.reports import GoldenChange
from unified_profile.hub.setup import Setup
from unified_profile.hub.still_there import still_there
from unified_profile.model.rows import ChangeRow
from unified_profile.storage.commands import Changes, Commit, Get, Load, Put, Scan
from unified_profile.storage.tables import CHANGES, PROFILES


def golden_changes(setup: Setup, /, *, bound: Bound, after: int, limit: int) -> Course[list[GoldenChange]]:
    """See ``Hub.golden_changes``."""
    after, limit = number(after, "after"), number(limit, "limit", least=1)
    declared(setup, bound.recipient)
    yield from refresh(setup)
    return (yield from writes(lambda: _changed(setup, bound, after, limit)))


def declared(setup: Setup, recipient: str, /) -> None:
    """Refuse a system that nobody declared: to it everybody is denied, and it would forget them all.

    Raises:
        UnknownNameError: If neither processors, recipients nor the register of the policy name it.
    """
    known: set[str] = set()
    if setup.policy is not None:
        known |= setup.policy.processors | (setup.policy.recipients or frozenset())
        known = known.union(*(entry.recipients for entry in setup.policy.register or ()))
    if recipient not in known:
        raise UnknownNameError(kind="declared recipient", name=recipient, known=known)


def _changed(setup: Setup, bound: Bound, after: int, limit: int) -> Plan[list[GoldenChange]]:
    """Return whose golden values changed after position *after*, one entry a profile, and keep what left."""
    when = moment(setup, None, None)
    last: dict[str, int] = {}
    while not last:  # merges, splits and disclosures stand in the same log: a page may hold nothing else
        (rows,) = (yield Load((Scan(CHANGES, (after,), limit),))) or ([],)
        if not rows:
            return []
        last = {row.profile: row.position for row in rows if row.kind == GOLDEN}
        after = rows[-1].position
    (found,) = (yield Load((Get(PROFILES, [(name,) for name in last]),))) or ([],)
    alive = sorted(row.profile for row in found)
    people = (yield from reading.people(alive, setup, when)) if alive else []
    views = {name: seen_by(person, setup, when, bound) for name, person in zip(alive, people, strict=True)}
    told: list[ChangeRow] = left_to(bound, [one for one in views.values() if one.permission.granted], when)
    if told:
        yield from still_there(row.profile for row in told)
        yield Commit(Changes(puts=[Put(CHANGES, told)]))
    return [
        GoldenChange(name, views.get(name), position)
        for name, position in sorted(last.items(), key=lambda item: item[1])
    ]
