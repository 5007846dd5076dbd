"""The work of the live engine: counts, timers and answers of each person, and the turns that come of them."""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterator

import attrs

from unified_profile.expressions import Kleene, Subject
from unified_profile.expressions.course import Step
from unified_profile.model import Event
from unified_profile.segments.live.counts import Place
from unified_profile.segments.live.index import Index, Leaf, Touching
from unified_profile.segments.live.turns import Turn

NO_ONE = Subject()
_NONE: list[int] = []


class Standing:
    """What the engine knows of one profile."""

    __slots__ = ("armed", "members", "places", "profile", "shut", "since", "subject", "values")

    def __init__(self, profile: str, subject: Subject, values: list[Kleene], members: list[bool]) -> None:
        self.profile = profile
        self.subject = subject
        self.values = values
        self.members = members
        self.shut: frozenset[int] = frozenset()
        self.since: dict[int, int] = {}
        self.places: dict[int, list[Place]] = {}
        self.armed: dict[int, int] = {}


class Keeping:
    """Keeps the people of an index up to date; whoever tells it something is above."""

    def __init__(self, index: Index) -> None:
        """Begin with nobody."""
        self._index = index
        self._people: dict[str, Standing] = {}
        self._timers: list[tuple[int, int, str]] = []
        self._now = 0
        self._empty: list[Kleene] = [leaf.without for leaf in index.leaves]
        self._at_once = [place for place, program in enumerate(index.programs) if program(self._empty) is True]
        self._clocked = [leaf for leaf in index.leaves if leaf.clocked]

    def _met(self, profile: str, turns: list[Turn]) -> Standing:
        """Begin with somebody who is new."""
        standing = Standing(profile, NO_ONE, self._empty.copy(), [False] * len(self._index.segments))
        self._people[profile] = standing
        touched = {*self._at_once}
        for leaf in self._clocked:
            if self._weigh(standing, leaf, self._now):
                touched.update(leaf.segments)
        self._turn(standing, touched, self._now, turns)
        return standing

    def _take(self, standing: Standing, event: Event, at: int, touching: Touching, turns: list[Turn], /) -> None:
        counting, reading = touching
        now, values = self._now, standing.values
        touched: list[int] | None = None
        place = (at, event.id)
        shut = standing.shut
        armed, everything = standing.armed, standing.places
        for number, count, segments in counting:
            if number in shut or (count.clause is not None and count.clause(event, 0) is not True):
                continue
            places = everything.get(number)
            if places is None:
                places = everything[number] = []
            if at <= now and (not places or place > places[-1]):
                answer, wake = count.newest(places, place, now)
            elif count.add(places, place, now):
                answer, wake = count.answer(places, now)
            else:
                continue
            if wake is not None and ((rings := armed.get(number)) is None or wake < rings):
                armed[number] = wake
                heapq.heappush(self._timers, (wake, number, standing.profile))
            if answer is not values[number]:
                values[number] = answer
                touched = [*(touched or ()), *segments]
        if reading:
            standing.subject = attrs.evolve(standing.subject, events=(*standing.subject.events, event))
            for leaf in reading:
                if self._weigh(standing, leaf, now):
                    touched = [*(touched or ()), *leaf.segments]
        if touched:
            self._turn(standing, touched, min(max(at, 0), now), turns)

    def _weigh(self, standing: Standing, leaf: Leaf, at: int) -> bool:
        """Work a condition out anew as of *at*; return whether its answer is another one."""
        answer: Kleene
        wake: int | None
        if leaf.count is not None and leaf.number not in standing.shut:
            answer, wake = leaf.count.answer(standing.places.get(leaf.number, []), at)
        else:
            steps = self._steps(standing, leaf.number, at)
            answer = next(steps)[1]
            following = next(steps, None)
            wake = None if following is None else following[0]
        if wake is not None:
            armed = standing.armed.get(leaf.number)
            if armed is None or wake < armed:
                standing.armed[leaf.number] = wake
                heapq.heappush(self._timers, (wake, leaf.number, standing.profile))
        if answer is standing.values[leaf.number]:
            return False
        standing.values[leaf.number] = answer
        return True

    def _steps(self, standing: Standing, number: int, at: int | None = None) -> Iterator[Step]:
        leaf, at = self._index.leaves[number], self._now if at is None else at
        if leaf.count is None or number in standing.shut:
            return leaf.rule.steps(standing.subject, at)
        return leaf.count.steps(standing.places.get(number, []), at)

    def _ring(self) -> list[Turn]:
        """Do what is due, in order; a timer that was set before something newer came is set again."""
        turns: list[Turn] = []
        timers, now = self._timers, self._now
        while timers and timers[0][0] <= now:
            at, number, profile = heapq.heappop(timers)
            standing = self._people.get(profile)
            if standing is None or standing.armed.get(number) != at:
                continue
            del standing.armed[number]
            leaf = self._index.leaves[number]
            touched = leaf.segments if self._weigh(standing, leaf, at) else _NONE
            while timers and timers[0][0] == at and timers[0][2] == profile:
                # What happens to one person at one instant happens at once.
                _, number, _ = heapq.heappop(timers)
                if standing.armed.get(number) == at:
                    del standing.armed[number]
                    leaf = self._index.leaves[number]
                    if self._weigh(standing, leaf, at):
                        touched = [*touched, *leaf.segments]
            if touched:
                self._turn(standing, touched, at, turns)
        return turns

    def _turn(self, standing: Standing, touched: Collection[int], at: int, turns: list[Turn]) -> None:
        """Work out the segments *touched*, and note which are entered or left."""
        index, members = self._index, standing.members
        for place in sorted(set(touched)) if len(touched) > 1 else touched:
            inside = index.programs[place](standing.values) is True
            if inside is not members[place]:
                members[place] = inside
                standing.since[place] = at
                because = index.because(place, standing.values)
                turns.append(Turn(index.segments[place].name, standing.profile, inside, at, because))
