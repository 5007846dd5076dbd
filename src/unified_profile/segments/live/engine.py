"""The live engine: told of events and traits one by one, it says who enters and leaves segments, and when time will."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import islice
from typing import Any

import attrs

from unified_profile.errors import InvalidInputError, PurposeDeniedError, UnknownNameError
from unified_profile.expressions import Subject
from unified_profile.expressions.values import LAST_US
from unified_profile.model import Event, Json, Membership
from unified_profile.model.times import aware, from_micros, to_micros
from unified_profile.segments.live.counts import micros_of
from unified_profile.segments.live.index import NOBODY, Index
from unified_profile.segments.live.keeping import NO_ONE, Keeping, Standing
from unified_profile.segments.live.turns import Turn
from unified_profile.segments.segment import Segment


class LiveSegments(Keeping):
    """Segments of one purpose, kept up for many people in memory.

    Each event is led by an index to the conditions that it can touch. A condition such as "at least 3 in 30 days" keeps
    the three newest times of a person and nothing else; any other kind keeps the events that it reads, and is worked
    out from them. For each condition of a person at most one timer runs, so that what time ends, it ends at the exact
    instant: every call first does what is due. Time never goes back: a *now* that is earlier than one before is taken
    as that one.

    >>> from datetime import UTC, timedelta
    >>> from unified_profile.segments import events
    >>> live = LiveSegments([Segment("regulars", events("Paid").count().within(days=30) >= 1, purpose="service")])
    >>> paid = Event(id="e1", source="shop", name="Paid", occurred_at=datetime(2026, 1, 1, tzinfo=UTC))
    >>> [(turn.segment, turn.member) for turn in live.tell("p1", paid)]
    [('regulars', True)]
    >>> str(live.next_at)
    '2026-01-31 00:00:00.000001+00:00'
    >>> [(turn.profile, turn.member, turn.at.day) for turn in live.due(datetime(2026, 3, 1, tzinfo=UTC))]
    [('p1', False, 31)]

    Args:
        segments: Segments, all of one purpose; they may refer to each other.

    Raises:
        InvalidRulesError: If they do not fit each other.
        PurposeDeniedError: If they are for several purposes.
        UnknownNameError: If one refers to a segment that is not among them.

    .. versionadded:: 0.1
    """

    def __init__(self, segments: Iterable[Segment]) -> None:
        super().__init__(Index(segments))
        purposes = {segment.purpose for segment in self._index.segments}
        if len(purposes) > 1:
            raise PurposeDeniedError(code="other_purpose", purpose=min(purposes))
        self._purpose = next(iter(purposes), "")
        self._places = {segment.name: place for place, segment in enumerate(self._index.segments)}
        self._kept = frozenset().union(*(leaf.names for leaf in self._index.leaves if leaf.count is None))

    def __repr__(self) -> str:
        """Show numbers only."""
        return f"LiveSegments({len(self._places)} segments, {len(self._people)} people)"

    def tell(self, profile: str, event: Event, now: datetime | None = None, /) -> list[Turn]:
        """Take in an event of *profile*; return who entered and left because of it, and because of time before it.

        An event may be late, early or told twice. *now* is when it came: when it happened, if not said.
        """
        at = micros_of(event)
        told = at if now is None else to_micros(aware(now, field="now"))
        self._now = max(self._now, told)
        turns = self._ring() if self._timers and self._timers[0][0] <= self._now else []
        standing = self._people.get(profile)
        if standing is None:
            standing = self._met(profile, turns)
        touching = self._index.touched(event.type, event.name)
        if touching is not NOBODY:
            self._take(standing, event, at, touching, turns)
        return turns

    def put(self, subject: Subject, now: datetime, /) -> list[Turn]:
        """Take *subject* for all that is known of its profile from now on: after a merge, a correction, a consent.

        Raises:
            InvalidInputError: If it names no profile, or *now* has no time zone.
            PurposeDeniedError: If it was prepared for another purpose.
        """
        if not isinstance(subject, Subject) or not subject.profile:
            raise InvalidInputError(field="subject", reason="names no profile", hint="Subject(..., profile=...)")
        if subject.purpose and subject.purpose != self._purpose:
            raise PurposeDeniedError(code="other_purpose", purpose=self._purpose)
        self._now = max(self._now, to_micros(aware(now, field="now")))
        turns = self._ring()
        standing = self._people.get(subject.profile) or self._met(subject.profile, turns)
        counted = [(leaf.number, leaf.count) for leaf in self._index.leaves if leaf.count is not None]
        standing.shut = frozenset(number for number, count in counted if count.shut(subject))
        standing.places = {number: count.history(subject, self._now) for number, count in counted}
        if "*" not in self._kept:
            held = [event for event in subject.events if event.name in self._kept]
            subject = attrs.evolve(subject, events=held)
        standing.subject = subject
        touched: set[int] = set()
        for leaf in self._index.leaves:
            if self._weigh(standing, leaf, self._now):
                touched.update(leaf.segments)
        self._turn(standing, touched, self._now, turns)
        return turns

    def traits(self, profile: str, traits: Mapping[str, Json], now: datetime, /) -> list[Turn]:
        """Take *traits* for the values of *profile* from now on, the others staying; None is a value, not a gap."""
        self._now = max(self._now, to_micros(aware(now, field="now")))
        turns = self._ring()
        standing = self._people.get(profile) or self._met(profile, turns)
        standing.subject = attrs.evolve(standing.subject, traits={**standing.subject.traits, **traits})
        touched: set[int] = set()
        for number in {number for name in traits for number in self._index.of_trait.get(name, ())}:
            if self._weigh(standing, self._index.leaves[number], self._now):
                touched.update(self._index.leaves[number].segments)
        self._turn(standing, touched, self._now, turns)
        return turns

    def due(self, now: datetime, /) -> list[Turn]:
        """Return what time alone has changed up to *now*, in the order in which it did."""
        self._now = max(self._now, to_micros(aware(now, field="now")))
        return self._ring()

    def drop(self, profile: str, /) -> list[Turn]:
        """Forget *profile*; return the segments that it leaves by that."""
        turns = self._ring()
        standing = self._people.pop(profile, None)
        if standing is not None:
            turns += [
                Turn(segment.name, profile, member=False, at_us=self._now)
                for segment, inside in zip(self._index.segments, standing.members, strict=True)
                if inside
            ]
        return turns

    @property
    def next_at(self) -> datetime | None:
        """When a timer rings next: no membership changes before, if nothing more is told."""
        while self._timers:
            at, number, profile = self._timers[0]
            standing = self._people.get(profile)
            if standing is not None and standing.armed.get(number) == at:
                return from_micros(at) if at <= LAST_US else None
            heapq.heappop(self._timers)
        return None

    def members(self, segment: str, /) -> list[str]:
        """Return the members of a segment by id.

        Raises:
            UnknownNameError: If there is no such segment.
        """
        place = self._place(segment)
        return sorted(name for name, standing in self._people.items() if standing.members[place])

    def membership(self, profile: str, segment: str, /) -> Membership:
        """Return how *profile* stands in a segment as of the last *now*, because of what and until when.

        Raises:
            UnknownNameError: If there is no such segment.
        """
        place = self._place(segment)
        standing = self._people.get(profile) or Standing(profile, NO_ONE, self._empty, [])
        rule = self._index.rules[place]
        answer = self._index.programs[place](standing.values)
        steps = self._index.steps(rule, lambda number: self._steps(standing, number), self._now)
        following = next(islice(steps, 1, None), None)
        since = standing.since.get(place) if answer is True else None
        return Membership(
            segment,
            profile,
            answer,
            self._index.because(place, standing.values),
            None if since is None else from_micros(since),
            None if following is None or following[0] > LAST_US else from_micros(following[0]),
        )

    def state(self, profile: str, /) -> dict[str, Any]:
        """Return what the engine keeps of *profile*, for a check or a picture: counts and answers, and no values."""
        standing = self._people.get(profile)
        if standing is None:
            return {}
        return {
            "times": {self._index.leaves[number].rule.said(): len(kept) for number, kept in standing.places.items()},
            "events": len(standing.subject.events),
            "timers": len(standing.armed),
        }

    def _place(self, segment: str) -> int:
        if segment not in self._places:
            raise UnknownNameError(kind="segment", name=segment, known=self._places)
        return self._places[segment]
