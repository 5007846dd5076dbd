"""How regularly somebody comes: in k of the last n periods, or again after a long time."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import pairwise
from typing import get_args
from zoneinfo import ZoneInfo

import attrs

from unified_profile.errors import InvalidRulesError
from unified_profile.expressions.calendars import Unit, day_begins, day_of, unit_begins, unit_of, zone_named
from unified_profile.expressions.course import Step, changes_only
from unified_profile.expressions.events import EventFilter
from unified_profile.expressions.kleene import Kleene
from unified_profile.expressions.logic import Expression
from unified_profile.expressions.sentences import again_phrase, regular_phrase
from unified_profile.expressions.shape import Language, Reads, Run, Scope, as_language
from unified_profile.expressions.stretches import Stretch, walked
from unified_profile.expressions.subject import Subject
from unified_profile.expressions.values import LAST_US, checked_duration, duration_text, micros_in
from unified_profile.model.values import Json

_MOST_PERIODS = 1_000


@attrs.frozen
class _Rhythm(Expression):
    """What both kinds have in common: the events of a filter, up to now."""

    events: EventFilter

    @property
    def scope(self) -> Scope:
        """A person."""
        return "person"

    @property
    def reads(self) -> Reads:
        """The events."""
        return self.events.reads

    @property
    def timeless(self) -> bool:
        """Never: time goes on."""
        return False

    def why(self, subject: Subject, now: int, /) -> str:
        """Return why the answer is what it is."""
        answer = self.compiled()(subject, now)
        return "denied" if answer is None else str(answer).lower()

    def _times(self) -> Callable[[Subject], list[int] | None]:
        """Return a function from a subject to the times of the events that count, in order."""
        find, clause = self.events.finder(), self.events.clause()

        def times(subject: Subject) -> list[int] | None:
            lane = find(subject)
            if lane is None or clause is None:
                return None if lane is None else lane.times
            return [at for at, event in zip(*lane, strict=True) if clause(event, 0) is True]

        return times


@attrs.frozen
class Regular(_Rhythm):
    """Whether an event fell in at least *at_least* of the last *periods* calendar units, the present one included.

    The units are those of *zone*; weeks begin on *week_start*.
    """

    at_least: int = 1
    periods: int = 1
    unit: Unit = "week"
    zone: str = attrs.field(default="UTC", kw_only=True)
    week_start: int = attrs.field(default=1, kw_only=True)

    def __attrs_post_init__(self) -> None:
        """Refuse numbers that nobody could reach, and zones that there are not."""
        numbers = (self.at_least, self.periods, self.week_start)
        if not all(type(each) is int for each in numbers) or not 1 <= self.at_least <= self.periods <= _MOST_PERIODS:
            raise InvalidRulesError(field="regular", reason="not k of n periods", hint="at_least=3, periods=4")
        if self.unit not in get_args(Unit) or not 1 <= self.week_start <= 7:
            raise InvalidRulesError(field="unit", reason="no unit of calendars", hint=", ".join(get_args(Unit)))
        if not isinstance(self.zone, str) or zone_named(self.zone) is None:
            raise InvalidRulesError(field="zone", reason="no such time zone", hint="an IANA name, e.g. 'Asia/Tokyo'")

    @property
    def _zone(self) -> ZoneInfo:
        return zone_named(self.zone) or ZoneInfo("UTC")

    def build(self) -> Run:
        """Make the function."""
        times = self._times()

        def run(subject: Subject, now: int) -> Kleene:
            found = times(subject)
            return None if found is None else self._holds(found, now)

        return run

    def _holds(self, times: list[int], now: int) -> bool:
        present = unit_of(self.unit, day_of(self._zone, now), self.week_start)
        begins = self._begin(present - self.periods + 1)
        held = set()
        for at in reversed(times[: bisect_right(times, now)]):
            if at < begins:
                break
            held.add(unit_of(self.unit, day_of(self._zone, at), self.week_start))
        return len(held) >= self.at_least

    def _begin(self, number: int) -> int:
        """Return when a unit begins."""
        return day_begins(self._zone, unit_begins(self.unit, number, self.week_start))

    def steps(self, subject: Subject, now: int, /) -> Iterator[Step]:
        """Yield the answer at *now*, when events come, and when units end."""
        found = self._times()(subject)
        if found is None:
            return iter(((now, None),))
        return changes_only((at, self._holds(found, at)) for at in (now, *self._edges(found, now)))

    def _edges(self, times: list[int], now: int) -> list[int]:
        """Return the instants after *now* at which the answer may change."""
        edges = {at for at in times if at > now}
        for at in times:
            number = unit_of(self.unit, day_of(self._zone, at), self.week_start)
            edges.add(self._begin(number + self.periods))
        return sorted(at for at in edges if now < at <= LAST_US)

    def text(self, language: Language = "en") -> str:
        """Return the condition in words."""
        events = self.events.text(as_language(language))
        return regular_phrase(events, self.at_least, self.periods, self.unit, language, zone=self.zone)

    def to_json(self) -> dict[str, Json]:
        """Return the condition as JSON data."""
        shown: dict[str, Json] = {"regular": self.events.to_json(), "at_least": self.at_least, "periods": self.periods}
        shown |= {"unit": self.unit, "zone": self.zone}
        return shown | ({"week_start": self.week_start} if self.week_start != 1 else {})


def _after(length: timedelta) -> timedelta:
    return checked_duration(length, field="after")


def _during(length: timedelta | None) -> timedelta | None:
    return None if length is None else checked_duration(length, field="during")


@attrs.frozen
class CameAgain(_Rhythm):
    """Whether an event came more than *after* its forerunner (somebody restarted), at most *during* ago."""

    after: timedelta = attrs.field(converter=_after)
    during: timedelta | None = attrs.field(default=None, converter=_during)

    def build(self) -> Run:
        """Make the function."""
        stretches = self._stretches()

        def run(subject: Subject, now: int) -> Kleene:
            found = stretches(subject)
            return None if found is None else any(start <= now and (end is None or now < end) for start, end in found)

        return run

    def _stretches(self) -> Callable[[Subject], list[Stretch] | None]:
        times, gap = self._times(), micros_in(self.after)
        lasting = None if self.during is None else micros_in(self.during)

        def stretches(subject: Subject) -> list[Stretch] | None:
            found = times(subject)
            if found is None:
                return None
            pairs = pairwise(found)
            return [(at, None if lasting is None else at + lasting + 1) for last, at in pairs if at - last > gap]

        return stretches

    def steps(self, subject: Subject, now: int, /) -> Iterator[Step]:
        """Yield the answer at *now* and whenever somebody comes again or that is long ago."""
        found = self._stretches()(subject)
        return iter(((now, None),)) if found is None else changes_only(walked(found, now))

    def text(self, language: Language = "en") -> str:
        """Return the condition in words."""
        return again_phrase(self.events.text(as_language(language)), self.after, self.during, language)

    def to_json(self) -> dict[str, Json]:
        """Return the condition as JSON data."""
        shown: dict[str, Json] = {"again": self.events.to_json(), "after": duration_text(self.after)}
        return shown | ({} if self.during is None else {"during": duration_text(self.during)})
