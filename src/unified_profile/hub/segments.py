"""What the hub does with segments: define them, read history for them, tell who is in, who came and who went."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime

from unified_profile.errors import InvalidInputError, InvalidRulesError, UnknownNameError
from unified_profile.expressions import Schema, check, reasons
from unified_profile.hub import memberships as kept, reading, segments_filled
from unified_profile.hub.arguments import called, name, number
from unified_profile.hub.courses import Course, Page, reading as reads, writing as writes
from unified_profile.hub.driver import Plan
from unified_profile.hub.memberships_held import entries_in
from unified_profile.hub.memberships_planned import planned
from unified_profile.hub.memberships_seen import Onlooker
from unified_profile.hub.memberships_until import lasting_until
from unified_profile.hub.reading import Moment, Person
from unified_profile.hub.segments_defined import (
    Defined,
    defined,
    definitions,
    rows_of,
)
from unified_profile.hub.segments_reports import DueReport, Entered, Exited, SegmentStatus, change_of
from unified_profile.hub.setup import Setup
from unified_profile.hub.whose import Who
from unified_profile.model.membership_rows import MembershipChangeRow, MembershipRow
from unified_profile.model.times import aware, from_micros, to_micros
from unified_profile.model.views import Membership
from unified_profile.segments import Segment
from unified_profile.storage.commands import Get, Load, Scan
from unified_profile.storage.tables import MEMBERSHIP_CHANGES, MEMBERSHIPS, STANDINGS

_DUE = 200
_PAGE = 1_000


def define(
    setup: Setup, segment: Segment, /, *, schema: Schema | None, progress: Callable[[int], None] | None
) -> Course[bool]:
    """See ``Hub.define_segment``."""
    checked(segment)
    if schema is not None:
        if not isinstance(schema, Schema):
            raise InvalidRulesError(field="schema", reason=f"a {type(schema).__name__}", hint="expressions.Schema")
        check(segment.rule, schema)
    called(progress, "progress")
    changed = yield from writes(lambda: segments_filled.define(segment, setup))
    yield from fill(setup, progress=progress)
    return changed


def remove(setup: Setup, segment: str, /) -> Course[None]:
    """See ``Hub.remove_segment``."""
    name(segment, "segment")
    yield from writes(lambda: segments_filled.remove(segment))
    yield from fill(setup, progress=None)


def fill(setup: Setup, /, *, progress: Callable[[int], None] | None) -> Course[int]:
    """See ``Hub.fill_segments``."""
    called(progress, "progress")
    done = 0
    while (step := (yield from writes(lambda: segments_filled.fill(setup)))) is not None:
        if step.filling:
            done = step.done
            if progress is not None:
                progress(done)
    return done


def statuses(setup: Setup, /) -> Course[list[SegmentStatus]]:
    """See ``Hub.segments``."""

    def plan() -> Plan[list[SegmentStatus]]:
        current = yield from kept.in_force(setup)
        if current is None:
            return []
        known = yield from definitions(current.token)
        open_ = known.named(current.filling)
        return [
            SegmentStatus(known.segments[row.name], from_micros(row.defined_us), row.name not in open_)
            for row in (yield from rows_of())
        ]

    return (yield from reads(plan))


def due(setup: Setup, now: datetime | None, /) -> Course[DueReport]:
    """See ``Hub.due``."""
    clock = setup.clock()
    until = clock if now is None else aware(now, field="now")
    if until > clock:
        raise InvalidInputError(field="now", reason="later than the hub's clock says", hint="wait until it has come")
    told: Counter[str] = Counter()
    while True:
        done, following = yield from writes(lambda: kept.due(setup, to_micros(until), _DUE))
        told.update(row.kind for one in done for row in one.told)
        if following is None or following > to_micros(until):
            next_at = None if following is None else from_micros(following)
            return DueReport(told["entered"], told["exited"], next_at)


def up_to_date(setup: Setup, /) -> Course[None]:
    """Bring every membership up to date: history read, and what time brought."""
    yield from fill(setup, progress=None)
    yield from due(setup, None)


def changes(*, after: int, limit: int, segment: str | None) -> Course[list[Entered | Exited]]:
    """See ``Hub.membership_changes``."""
    after, limit = number(after, "after"), number(limit, "limit", least=1)
    if segment is not None:
        name(segment, "segment")

    def plan() -> Plan[list[Entered | Exited]]:
        found: list[MembershipChangeRow] = []
        at = after
        while len(found) < limit:
            (rows,) = (yield Load((Scan(MEMBERSHIP_CHANGES, (at,), _PAGE),))) or ([],)
            found += [row for row in rows if segment in (None, row.segment)]
            if len(rows) < _PAGE:
                break
            at = rows[-1].position
        return [change_of(row) for row in found[:limit]]

    return (yield from reads(plan))


def members(setup: Setup, segment: str, /, *, page: int) -> Course[None]:
    """See ``Hub.members``."""
    name(segment, "segment")
    page = number(page, "page", least=1)
    yield from up_to_date(setup)
    yield from reads(lambda: known_segment(segment, setup))
    after = ""
    while True:
        some = yield from reads(lambda after=after: _members(setup, segment, after, page))  # type: ignore[misc]  # bound at once
        yield Page(some)
        if len(some) < page:
            return
        after = some[-1].profile


def _members(setup: Setup, segment: str, after: str, page: int) -> Plan[list[Membership]]:
    """Return at most *page* members of a segment, in order of profile, after the profile *after*."""
    rows = yield from members_after(segment, after, page)
    current = yield from kept.in_force(setup)
    if current is None or not rows:
        return []
    ready = yield from planned(current, setup)
    if segment not in ready.known.segments:  # removed meanwhile
        return []
    until = yield from lasting_until(segment, [row.profile for row in rows], ready, setup, current.now_us)
    return [_member(row, until.get(row.profile)) for row in rows]


def members_after(segment: str, after: str, page: int, /) -> Plan[list[MembershipRow]]:
    """Return at most *page* memberships of a segment, in order of profile, after the profile *after*."""
    (rows,) = (yield Load((Scan(MEMBERSHIPS, (segment, after), page),))) or ([],)
    return [row for row in rows if row.segment == segment]


def known_segment(segment: str, setup: Setup, /) -> Plan[Segment]:
    """Return the segment of that name.

    Raises:
        UnknownNameError: If there is none.
    """
    known = yield from known_all(setup)
    if segment not in known.segments:
        raise UnknownNameError(kind="segment", name=segment, known=known.segments)
    return known.segments[segment]


def known_all(setup: Setup, /) -> Plan[Defined]:
    """Return all segments, made ready."""
    current = yield from kept.in_force(setup)
    return defined(()) if current is None else (yield from definitions(current.token))


def _member(row: MembershipRow, until_us: int | None) -> Membership:
    next_at = None if until_us is None else from_micros(until_us)
    return Membership(row.segment, row.profile, member=True, since=from_micros(row.since_us), next_change_at=next_at)


def of_person(setup: Setup, who: Who, /, *, purpose: str) -> Course[dict[str, Membership]]:
    """See ``Hub.memberships``."""
    reading.asked(setup, purpose, "any", "")

    def plan() -> Plan[dict[str, Membership]]:
        current = yield from kept.in_force(setup)
        now_us = to_micros(setup.clock()) if current is None else current.now_us
        (person,) = yield from reading.people([who], setup, Moment(from_micros(now_us)))
        if current is None:
            return {}
        ready = yield from planned(current, setup)
        known = ready.known
        (rows,) = (yield Load((Get(STANDINGS, [(person.profile.id,)]),))) or ([],)
        entries = entries_in(rows[0].body) if rows else {}
        look = (yield from kept.informed([person], known, ready.silence, setup, now_us))[person.profile.id]
        found: dict[str, Membership] = {}
        for one in sorted(known.segments.values(), key=lambda each: each.name):
            if one.purpose == purpose:
                entry = entries.get(one.name)
                since = entry.since_us if entry is not None else None
                found[one.name] = _seen(look, person, one, known, since)
        return found

    return (yield from reads(plan))


def _seen(look: Onlooker, person: Person, segment: Segment, known: Defined, since_us: int | None) -> Membership:
    """Return how a person stands in a segment at this moment, whatever has been kept of it."""
    rule = known.rules[segment.name]
    steps = look.steps(rule, segment.use, look.now_us)
    _, answer = next(steps)
    following = next(steps, None)
    subject = look.piece(rule, segment.use, look.now_us).subject
    return Membership(
        segment.name,
        person.profile.id,
        answer,
        tuple(reasons(rule, subject, look.now_us)),
        from_micros(since_us) if answer is True and since_us is not None else None,
        None if following is None else from_micros(following[0]),
    )


def checked(segment: object) -> None:
    """Refuse what is no segment."""
    if not isinstance(segment, Segment):
        raise InvalidRulesError(field="segment", reason="not a Segment", hint="see unified_profile.Segment")
