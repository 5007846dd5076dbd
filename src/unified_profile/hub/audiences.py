"""What the hub does when the members of a segment are to be addressed: who may be, who is held back and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta

import attrs

from unified_profile.consent.permits import Bound, Permit, Release
from unified_profile.errors import PurposeDeniedError
from unified_profile.hub import permitting, reading, segments
from unified_profile.hub.arguments import name
from unified_profile.hub.courses import Course, collected, everyone, reading as reads, writing as writes
from unified_profile.hub.driver import Plan
from unified_profile.hub.reading import Person, moment
from unified_profile.hub.setup import Setup
from unified_profile.model.values import Channel, spelled
from unified_profile.storage.commands import Changes, Commit, Delete, Find, Get, Load
from unified_profile.storage.tables import MEMBERSHIPS, PERMITS

_PAGE = 500
_LEFT = "left_segment"


@attrs.frozen
class Audience:
    """Who of a segment may be addressed, as a permit that is good for one use; and how many may not, and why.

    Held back are members only. Whoever does not permit the segment's purpose at all is no member of it, and so is not
    counted: that they would match must not be told of them.

    Attributes:
        segment: The segment.
        permit: Lets the values of those that may be addressed out, once; None if nobody may be.
        members: How many members the segment has.
        held_back: How many of them may not be addressed, by reason code.

    .. versionadded:: 0.1
    """

    segment: str
    permit: Permit | None
    members: int
    held_back: Mapping[str, int]


def audience(setup: Setup, segment: str, /, *, bound: Bound, valid: timedelta) -> Course[Audience]:
    """See ``Hub.audience``."""
    yield from _checked(setup, segment, bound)
    ids = [one.profile for one in (yield from collected(segments.members(setup, segment, page=_PAGE)))]
    when = moment(setup, None, None)
    use = {"purpose": bound.purpose, "channel": bound.channel, "brand": bound.brand, "recipient": bound.recipient}

    def decided(person: Person) -> tuple[str, str]:
        answer = reading.permission_of(person, setup, when, **use)
        return person.profile.id, "" if answer.granted else answer.code

    answers = yield from collected(everyone(setup, when, ids, _PAGE, decided))
    allowed = [one for one, code in answers if not code]
    held = Counter(code for _, code in answers if code)
    permit = (yield from permitting.permit(setup, allowed, bound=bound, valid=valid)) if allowed else None
    return Audience(segment, permit, len(answers), dict(held.most_common()))


def release(setup: Setup, segment: str, given: Permit | str, /, *, bound: Bound) -> Course[Release]:
    """See ``Hub.release_audience``."""
    yield from _checked(setup, segment, bound)
    yield from segments.up_to_date(setup)
    permit = given.id if isinstance(given, Permit) else given
    left: list[str] = []
    if isinstance(permit, str) and permit.isprintable() and permit:
        left = yield from writes(lambda: _without_those_who_left(permit, segment))
    made = yield from permitting.release(setup, given, bound=bound)
    return attrs.evolve(made, dropped={**made.dropped, **dict.fromkeys(left, _LEFT)})


def _checked(setup: Setup, segment: str, bound: Bound) -> Course[None]:
    """Refuse to use the members of a segment for what it is not for."""
    name(segment, "segment")
    known = yield from reads(lambda: segments.known_segment(segment, setup))
    if known.purpose != bound.purpose:
        raise PurposeDeniedError(code="other_purpose", purpose=bound.purpose)
    if known.channel not in {"any", Channel.of(bound.channel).name}:
        raise PurposeDeniedError(code="other_channel", purpose=bound.purpose)
    if known.brand and spelled(known.brand) != spelled(bound.brand):
        raise PurposeDeniedError(code="other_brand", purpose=bound.purpose)


def _without_those_who_left(permit: str, segment: str) -> Plan[list[str]]:
    """Take out of a permit who is no member any more; return them."""
    (rows,) = (yield Load((Find(PERMITS, "permit", [permit]),))) or ([],)
    people = sorted(row.profile for row in rows if row.profile)
    (inside,) = (yield Load((Get(MEMBERSHIPS, [(segment, one) for one in people]),))) or ([],) if people else ([],)
    left = sorted({*people} - {row.profile for row in inside})
    if left:
        yield Commit(Changes(deletes=[Delete(PERMITS, [(permit, one) for one in left])]))
    return left
