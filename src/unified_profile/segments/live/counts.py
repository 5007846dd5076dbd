"""Counting events in a window from the newest few of them: what a condition such as "at least 3 in 30 days" needs."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TypeAlias

import attrs

from unified_profile.expressions import Expression, Kleene, MeasureCondition, Subject
from unified_profile.expressions.course import Step, changes_only
from unified_profile.expressions.events import EventFilter
from unified_profile.expressions.values import micros_in
from unified_profile.model import Event
from unified_profile.model.times import to_micros

Place: TypeAlias = tuple[int, str]
"""When an event happened, and its id: what happened twice at once is two, what is told twice is one."""

MOST_KEPT = 1_000
"""How many times are kept at most for one condition; one that counts further is read off the history instead."""

_ORDERS = frozenset({"eq", "ne", "lt", "le", "gt", "ge", "in", "not_in"})
_THEN = datetime(2000, 1, 1, tzinfo=UTC)


class CountLeaf:
    """A condition on a number of events, answered from the newest times of a person: more of them change nothing.

    The answers for 0, 1, 2 … events are asked of the condition itself, once; from the last one on they are all alike.
    """

    __slots__ = ("answers", "clause", "drops", "keep", "names", "type", "width")

    def __init__(self, condition: MeasureCondition, keep: int) -> None:
        """Prepare *condition*, whose answer is the same from *keep* events on."""
        measure = condition.measure
        self.names = measure.events.names
        self.type = measure.events.type
        self.clause = measure.events.clause()
        self.width = None if measure.within is None else micros_in(measure.within)
        self.keep = keep
        plain = attrs.evolve(condition, measure=attrs.evolve(measure, events=EventFilter("x"), within=None))
        self.answers = tuple(plain.evaluate(_told(n), _THEN) for n in range(keep + 1))
        # For each count: the next smaller one with another answer, for that is what emptying windows come to.
        self.drops = tuple(self._drop(n) for n in range(keep + 1))

    def _drop(self, n: int) -> int:
        return next((m for m in range(n - 1, -1, -1) if self.answers[m] is not self.answers[n]), -1)

    def shut(self, subject: Subject) -> bool:
        """Say whether any event that is counted may not be used."""
        denied = subject.denied_events
        if denied == frozenset():
            return False
        return any(name in denied for name in self.names) if self.names else True

    def history(self, subject: Subject, now: int) -> list[Place]:
        """Return the newest times of a whole history."""
        lane = subject.lane(self.type, self.names)
        found = [
            (at, event.id)
            for at, event in zip(lane.times, lane.events, strict=True)
            if self.clause is None or self.clause(event, 0) is True
        ]
        past = sum(1 for at, _ in found if at <= now)
        return found[max(0, past - self.keep) :]

    def add(self, places: list[Place], place: Place, now: int) -> bool:
        """Take an event in; return whether it is new and among those that count."""
        if not places or place > places[-1]:
            places.append(place)
        else:
            index = bisect_left(places, place)
            if index < len(places) and places[index] == place:
                return False
            insort(places, place)
        excess = len(places) - self.keep
        if excess > 0:
            if places[-1][0] > now:  # what is still ahead is not among the newest yet
                excess = bisect_right(places, (now + 1,)) - self.keep
            if excess > 0:
                del places[:excess]
                return bool(places) and place >= places[0]
        return True

    def newest(self, places: list[Place], place: Place, now: int) -> tuple[Kleene, int | None]:
        """Take in an event that has happened, later than all others; return what `answer` says then.

        What has left the window is let go: time does not go back.
        """
        places.append(place)
        n, width = len(places), self.width
        if n > self.keep:
            del places[: n - self.keep]
            n = self.keep
        if width is None:
            return self.answers[n], None
        edge = now - width
        while n and places[0][0] < edge:
            del places[0]
            n -= 1
        drop = self.drops[n]
        return self.answers[n], None if drop < 0 else places[n - drop - 1][0] + width + 1

    def answer(self, places: list[Place], now: int) -> tuple[Kleene, int | None]:
        """Return the answer at *now*, and the instant at which time alone may change it."""
        ahead: int | None = None
        end = len(places)
        if end and places[-1][0] > now:
            end = bisect_left(places, (now + 1,))
            ahead = places[end][0]
        width = self.width
        if width is None:
            return self.answers[min(end, self.keep)], ahead
        edge = now - width
        start = 0 if not end or places[0][0] >= edge else bisect_left(places, (edge,), 0, end)
        n = end - start
        n = min(n, self.keep)
        drop = self.drops[n]
        if drop < 0:
            return self.answers[n], ahead
        leaves = places[end - drop - 1][0] + width + 1
        return self.answers[n], leaves if ahead is None or leaves < ahead else ahead

    def steps(self, places: list[Place], now: int) -> Iterator[Step]:
        """Yield the answer at *now* and every later one that time alone brings."""
        return changes_only(self._steps(places, now))

    def _steps(self, places: list[Place], now: int) -> Iterator[Step]:
        moment: int | None = now
        while moment is not None:
            answer, following = self.answer(places, moment)
            yield moment, answer
            moment = following


def _told(n: int) -> Subject:
    return Subject({}, [Event(id=str(i), source="x", name="x", type="track", occurred_at=_THEN) for i in range(n)])


def count_leaf(rule: Expression, /) -> CountLeaf | None:
    """Return how *rule* is counted from the newest times; None if it is another kind of condition.

    >>> from unified_profile.segments import events
    >>> leaf = count_leaf(events("Order Completed").count().within(days=30) >= 3)
    >>> leaf.keep, leaf.answers
    (3, (False, False, False, True))
    """
    if not isinstance(rule, MeasureCondition) or rule.measure.aggregate != "count" or rule.op not in _ORDERS:
        return None
    if not rule.measure.simple:  # a window that ends before now, or traits compared: read off the history
        return None
    told = rule.value if isinstance(rule.value, tuple) else (rule.value,)
    numbers = [one for one in told if isinstance(one, (int, float)) and not isinstance(one, bool)]
    if len(numbers) < len(told) or not numbers or max(numbers) >= MOST_KEPT:
        return None
    keep = max(0, int(max(numbers))) + 1
    leaf = CountLeaf(rule, keep)
    while leaf.keep and leaf.answers[-1] is leaf.answers[-2]:  # "at least 3" is decided by three, not by four
        leaf = CountLeaf(rule, leaf.keep - 1)
    return leaf


def micros_of(event: Event, /) -> int:
    """Return when *event* happened, in microseconds."""
    return to_micros(event.occurred_at)
