"""Several events one after the other: in order, with nothing between, or in any order; within a time or one session."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Literal, TypeAlias, get_args

import attrs

from unified_profile.errors import InvalidRulesError
from unified_profile.expressions.course import Step, changes_only
from unified_profile.expressions.events import EventFilter
from unified_profile.expressions.kleene import Kleene
from unified_profile.expressions.logic import Expression
from unified_profile.expressions.sentences import path_phrase
from unified_profile.expressions.shape import Language, Reads, Run, Scope, as_language
from unified_profile.expressions.stretches import Stretch, walked
from unified_profile.expressions.subject import Subject
from unified_profile.expressions.values import checked_duration, duration_text, micros_in
from unified_profile.model.values import Json

Order: TypeAlias = Literal["ordered", "strict", "any"]
MOST_STAGES = 8
"""How many events a path may have."""


def _stages(stages: Sequence[EventFilter]) -> tuple[EventFilter, ...]:
    """Keep two to eight kinds of events."""
    found = tuple(stages)
    if not 2 <= len(found) <= MOST_STAGES or not all(isinstance(stage, EventFilter) for stage in found):
        raise InvalidRulesError(
            field="path", reason=f"not 2 to {MOST_STAGES} kinds of events", hint="events(…), events(…)"
        )
    return found


def _length(length: timedelta | None) -> timedelta | None:
    """Refuse a length that is none."""
    return None if length is None else checked_duration(length, field="path")


@attrs.frozen
class EventPath(Expression):
    """Whether events of all *stages* happened, the last at most *within* after the first.

    *order* ``"ordered"`` lets other events lie between, ``"strict"`` lets none of the person's events do so, ``"any"``
    asks for no order. Each stage is an event of its own; at one instant the ids give the order. With *session* no two
    neighboring events of the person, from the first to the last of the path, are farther apart than that. *during*
    looks only at paths that began at most that long ago.

    .. versionadded:: 0.1
    """

    stages: tuple[EventFilter, ...] = attrs.field(converter=_stages)
    within: timedelta | None = attrs.field(default=None, converter=_length)
    order: Order = "ordered"
    session: timedelta | None = attrs.field(default=None, converter=_length)
    during: timedelta | None = attrs.field(default=None, converter=_length)

    def __attrs_post_init__(self) -> None:
        """Refuse an order that there is not."""
        if self.order not in get_args(Order):
            raise InvalidRulesError(field="order", reason="unknown", hint="one of " + ", ".join(get_args(Order)))

    @property
    def scope(self) -> Scope:
        """A person."""
        return "person"

    @property
    def reads(self) -> Reads:
        """The events of all stages; every event, where what lies between matters."""
        found = Reads(events=frozenset({"*"})) if self._between else Reads()
        for stage in self.stages:
            found |= stage.reads
        return found

    @property
    def _between(self) -> bool:
        """Whether events of other kinds matter."""
        return self.order == "strict" or self.session is not None

    @property
    def timeless(self) -> bool:
        """Never: events come whose time is still ahead."""
        return False

    def build(self) -> Run:
        """Make the function."""
        stretches = self._stretches()

        def run(subject: Subject, now: int) -> Kleene:
            found = stretches(subject)
            return None if found is None else any(start <= now and (end is None or now < end) for start, end in found)

        return run

    def steps(self, subject: Subject, now: int, /) -> Iterator[Step]:
        """Yield the answer at *now* and whenever a path is completed or grows old."""
        found = self._stretches()(subject)
        return iter(((now, None),)) if found is None else changes_only(walked(found, now))

    def why(self, subject: Subject, now: int, /) -> str:
        """Return why the answer is what it is."""
        answer = self.compiled()(subject, now)
        return "denied" if answer is None else str(answer).lower()

    def _stretches(self) -> Callable[[Subject], list[Stretch] | None]:
        """Return a function from a subject to the stretches of time in which a path is there."""
        every = EventFilter((), "")
        finders = [(stage.finder(), stage.clause()) for stage in self.stages]
        find_all = every.finder()
        lasting = None if self.during is None else micros_in(self.during)

        def stretches(subject: Subject) -> list[Stretch] | None:
            fitting: list[set[tuple[int, str]]] = []
            for find, clause in finders:
                lane = find(subject)
                if lane is None:
                    return None
                pairs = zip(lane.times, lane.events, strict=True)
                fitting.append({(at, event.id) for at, event in pairs if clause is None or clause(event, 0) is True})
            if self._between:
                lane = find_all(subject)
                if lane is None:
                    return None
                places = [(at, event.id) for at, event in zip(*lane, strict=True)]
            else:
                places = sorted(set().union(*fitting))
            marks = [tuple(place in stage for stage in fitting) for place in places]
            times = [at for at, _ in places]
            ends = ((start, self._completed(times, marks, start)) for start in range(len(times)))
            return [
                (times[end], None if lasting is None else times[start] + lasting + 1)
                for start, end in ends
                if end is not None and (lasting is None or times[end] <= times[start] + lasting)
            ]

        return stretches

    def _completed(  # noqa: PLR0911  # one return a kind of order
        self, times: list[int], marks: list[tuple[bool, ...]], start: int
    ) -> int | None:
        """Return where the earliest path that begins at *start* ends, None if none does."""
        last = len(times) if self.within is None else bisect_left(times, times[start] + micros_in(self.within) + 1)
        if self.session is not None:
            gap, reach = micros_in(self.session), start + 1
            while reach < last and times[reach] - times[reach - 1] <= gap:
                reach += 1
            last = min(last, reach)
        if self.order == "strict":
            end = start + len(self.stages)
            fits = end <= last and all(marks[start + stage][stage] for stage in range(len(self.stages)))
            return end - 1 if fits else None
        if self.order == "ordered":
            stage = 0
            for place in range(start, last):
                if marks[place][stage]:
                    stage += 1
                    if stage == len(self.stages):
                        return place
                elif place == start:
                    return None
            return None
        # In any order: sets of stages that can be covered by events so far, one event a stage.
        covered, full = {0}, (1 << len(self.stages)) - 1
        for place in range(start, last):
            ways = [stage for stage, fits in enumerate(marks[place]) if fits]
            more = {done | 1 << stage for done in covered for stage in ways if not done >> stage & 1}
            covered = more if place == start else covered | more
            if not covered:
                return None
            if full in covered:
                return place
        return None

    def text(self, language: Language = "en") -> str:
        """Return the path in words."""
        stages = [stage.text(as_language(language)) for stage in self.stages]
        return path_phrase(stages, self.order, language, within=self.within, session=self.session, during=self.during)

    def to_json(self) -> dict[str, Json]:
        """Return the path as JSON data."""
        shown: dict[str, Json] = {"path": [stage.to_json() for stage in self.stages]}
        for name in ("within", "session", "during"):
            if getattr(self, name) is not None:
                shown[name] = duration_text(getattr(self, name))
        return shown | ({"order": self.order} if self.order != "ordered" else {})
