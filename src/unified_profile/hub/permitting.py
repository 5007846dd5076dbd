"""What the hub does when values leave the house: it decides, binds the decision to one use, and decides again then."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import timedelta

import attrs

from unified_profile.consent.permits import (
    DISCLOSED,
    LONGEST,
    Bound,
    Disclosure,
    Permit,
    Release,
    bound_in,
    disclosed_body,
    disclosure,
)
from unified_profile.consent.view import PurposeView
from unified_profile.errors import InvalidInputError, PermitError, PurposeDeniedError
from unified_profile.hub import reading
from unified_profile.hub.arguments import many, name
from unified_profile.hub.courses import Course, reading as reads, writing as writes
from unified_profile.hub.door import batches
from unified_profile.hub.driver import Plan
from unified_profile.hub.reading import Moment, Person, moment
from unified_profile.hub.setup import Setup
from unified_profile.hub.still_there import still_there
from unified_profile.hub.whose import Who, find
from unified_profile.model.facts import ConsentRecord
from unified_profile.model.rows import ChangeRow, PermitRow
from unified_profile.model.times import from_micros, to_micros
from unified_profile.model.views import Permission
from unified_profile.storage.commands import Changes, Commit, Delete, Expect, Find, Get, Load, Put
from unified_profile.storage.tables import CHANGES, FACTS, PERMITS

_PAGE = 500
_GONE = "profile_gone"
_OTHER = "profile_changed"


def bound_to(setup: Setup, /, *, action: str, purpose: str, channel: str, recipient: str, brand: str) -> Bound:
    """Check for what, where and to whom values shall leave.

    Raises:
        InvalidInputError: If one of them is no name.
        UnknownNameError: If the purpose is not registered.
    """
    reading.asked(setup, purpose, channel, brand)
    return Bound(action, purpose, channel, brand, name(recipient, "recipient"))


def permit(setup: Setup, who: Who | Iterable[Who], /, *, bound: Bound, valid: timedelta) -> Course[Permit]:
    """See ``Hub.permit``."""
    if not isinstance(valid, timedelta) or not timedelta(0) < valid <= LONGEST:
        raise InvalidInputError(field="valid", reason="not longer than nothing and at most a week", hint="15 minutes?")
    asked = [who] if isinstance(who, str) or not isinstance(who, Iterable) else list(many(who, "who"))
    made = yield from writes(lambda: _issued(asked, setup, bound, valid))
    if not made.people:
        raise PurposeDeniedError(code=next(iter(made.denied), "nobody"), purpose=bound.purpose)
    return made


def release(setup: Setup, given: Permit | str, /, *, bound: Bound) -> Course[Release]:
    """See ``Hub.release``."""
    made = yield from writes(lambda: _used(given.id if isinstance(given, Permit) else given, setup, bound))
    if isinstance(made, str):
        raise PermitError(code=made)
    if not made.views:  # what was decided stays decided: the permit is used up
        raise PermitError(code=next(iter(made.dropped.values()), _GONE))  # of the erased, not even the id is left
    return made


def disclosures(setup: Setup, who: Who, /) -> Course[list[Disclosure]]:
    """See ``Hub.disclosures``."""

    def plan() -> Plan[list[Disclosure]]:
        profile = yield from reading.resolved(who, setup)
        (rows,) = (yield Load((Find(CHANGES, "profile", [profile]),))) or ([],)
        found = [row for row in rows if row.kind == DISCLOSED]
        return [disclosure(row.profile, row.body, row.at_us, row.position) for row in sorted(found, key=_position)]

    return (yield from reads(plan))


def _position(row: ChangeRow) -> int:
    return row.position


def _issued(who: Sequence[Who], setup: Setup, bound: Bound, valid: timedelta) -> Plan[Permit]:
    """Decide for everybody, and keep a permit for those who allow it."""
    when = moment(setup, None, None)
    granted: dict[str, None] = {}
    denied: Counter[str] = Counter()
    position = 0
    for some in batches(who, _PAGE):
        found = yield from reading.people(some, setup, when)
        position = max(position, (yield from _last(found)))
        for person in found:
            answer = _permission(person, setup, when, bound)
            if answer.granted:
                granted[person.profile.id] = None
            else:
                denied[answer.code] += 1
    made = Permit(
        f"pmt_{secrets.token_hex(16)}", bound, tuple(granted), dict(denied.most_common()), when.now, when.now + valid,
        position,
    )  # fmt: skip
    if granted:
        yield from still_there(granted)
        until = to_micros(made.until)
        rows = [PermitRow(made.id, "", made.to_body(), until), *(PermitRow(made.id, one, "", until) for one in granted)]
        yield Commit(Changes(puts=[Put(PERMITS, rows)]))
    return made


def _permission(person: Person, setup: Setup, when: Moment, bound: Bound) -> Permission:
    return reading.permission_of(person, setup, when, **_use(bound))


def _use(bound: Bound) -> dict[str, str]:
    return {
        "purpose": bound.purpose, "channel": bound.channel, "brand": bound.brand, "recipient": bound.recipient,
    }  # fmt: skip


def _last(found: Sequence[Person]) -> Plan[int]:
    """Return the position in the log of the newest consent of these people."""
    ids = [(fact.id,) for person in found for fact in person.facts if isinstance(fact, ConsentRecord)]
    if not ids:
        return 0
    (rows,) = (yield Load((Get(FACTS, ids),))) or ([],)
    return max((row.position for row in rows), default=0)


def _used(permit: str, setup: Setup, bound: Bound) -> Plan[Release | str]:
    """Use a permit up and return what it lets out now; or why it cannot be used."""
    when = moment(setup, None, None)
    rows: list[PermitRow] = []
    if isinstance(permit, str) and permit.isprintable() and 0 < len(permit) <= 200:  # a longer one was never made
        (rows,) = (yield Load((Find(PERMITS, "permit", [permit]),))) or ([],)
    head = next((row for row in rows if not row.profile), None)
    if head is None:
        return "used_or_unknown"
    other = bound_in(head.body).difference(bound)
    if other:
        return other  # and it stays: who asks for the wrong thing does not take the right one away
    spent = Changes(
        deletes=[Delete(PERMITS, [(permit, row.profile) for row in rows])],
        expects=[Expect(PERMITS, (permit, ""), head)],  # of two who use it at once, one finds nothing
    )
    if when.now >= from_micros(head.until_us):
        yield Commit(spent)
        return "expired"
    views: list[PurposeView] = []
    dropped: dict[str, str] = {}
    for some in batches(sorted(row.profile for row in rows if row.profile), _PAGE):
        seen, gone = yield from _decided_anew(some, setup, when, bound)
        views += [one for one in seen if one.permission.granted]
        dropped |= gone | {one.profile_id: one.permission.code for one in seen if not one.permission.granted}
    yield from still_there(one.profile_id for one in views)
    told = left_to(bound, views, when)
    yield Commit(attrs.evolve(spent, puts=[Put(CHANGES, told)] if told else []))
    return Release(bound, tuple(views), dropped, when.now)


def _decided_anew(
    ids: Sequence[str], setup: Setup, when: Moment, bound: Bound
) -> Plan[tuple[list[PurposeView], dict[str, str]]]:
    """Return *ids* as they may be seen now, and those that are somebody else by now, or nobody, with why.

    A profile that merged into another is not the one that was decided on.
    """
    found = yield from find(ids, setup.rules)
    now = {one: who.profile for one, who in zip(ids, found, strict=True)}
    gone = {one: _GONE if profile is None else _OTHER for one, profile in now.items() if profile != one}
    people = yield from reading.people([one for one in ids if one not in gone], setup, when)
    return [seen_by(person, setup, when, bound) for person in people], gone


def seen_by(person: Person, setup: Setup, when: Moment, bound: Bound, /) -> PurposeView:
    """Return *person* as they may be seen for what *bound* says, by whom it says."""
    return reading.view_of(person, setup, when, **_use(bound))


def left_to(bound: Bound, views: Sequence[PurposeView], when: Moment, /) -> list[ChangeRow]:
    """Return what is kept of *views* having left: whose, for what, to whom and when."""
    now_us, body = to_micros(when.now), disclosed_body(bound)
    return [ChangeRow(DISCLOSED, one.profile_id, now_us, body) for one in views]
