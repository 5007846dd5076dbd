"""The conditions of one purpose, answered for a person from what is kept beside them and from events that are added."""

from __future__ import annotations

import json
from bisect import bisect_right, insort
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from unified_profile.expressions import Kleene
from unified_profile.expressions.course import Step
from unified_profile.hub.memberships_held import Known
from unified_profile.hub.memberships_planned import PurposePlan
from unified_profile.hub.subjects import happened
from unified_profile.model.codec import decode
from unified_profile.model.facts import Event, EventType
from unified_profile.model.rows import FactRow
from unified_profile.segments.live.counts import Place


class Added(NamedTuple):
    """An event that came to a person: what counting it needs, and its row for whoever needs more."""

    at_us: int
    type: EventType
    name: str
    row: FactRow

    def __repr__(self) -> str:
        """Show nothing of it."""
        return "Added()"


class NotCounted(Exception):  # no error: it says that more has to be looked at
    """The newest times are not enough."""


class Conditions:
    """The conditions of one purpose while events are added: the times that grew, and the segments that rest on them."""

    __slots__ = ("known", "places", "plan", "touched")

    def __init__(self, plan: PurposePlan, known: Known, touched: set[int]) -> None:
        self.plan = plan
        self.known = known
        self.touched = touched
        self.places: dict[int, list[Place]] = {}

    def times(self, number: int) -> list[Place]:
        """Return the times that a condition counts; none where there are none, or nothing may be known."""
        if self.known.closed:
            return []
        return self.places.get(number) or self.known.places.get(number) or []

    def add(self, added: Sequence[Added], tenant: str) -> None:
        """Add events to the times of the conditions that count them."""
        for one in added:
            counting, reading = self.plan.touched(one.type, one.name)
            if reading:
                raise NotCounted
            event: Event | None = None
            for number, count, segments in counting:
                if count.clause is not None:
                    if event is None:
                        fact = decode(one.row, tenant=tenant)
                        assert isinstance(fact, Event)  # noqa: S101  # its kind was looked at
                        event = happened(fact)
                    if count.clause(event, 0) is not True:
                        continue
                found = self.places.get(number)
                if found is None:
                    found = self.places[number] = [*self.known.places.get(number, ())]
                insort(found, (one.at_us, ""))
                self.touched.update(segments)

    def answers(self, numbers: Iterable[int], at_us: int) -> tuple[list[Kleene], dict[int, int]]:
        """Return the answers of conditions at a moment since the last look, and when they change by time."""
        answers, wakes = list((self.plan.closed if self.known.closed else self.plan.open).answers), {}
        others, leaves = self.known.others, self.plan.index.leaves
        wake: int | None
        for number in numbers:
            if number in others:
                answers[number], wake = others[number]
            elif (count := leaves[number].count) is not None and (found := self.times(number)):
                answers[number], wake = count.answer(found, at_us)
            else:
                continue
            if wake is not None:
                wakes[number] = wake
        return answers, wakes

    def steps(self, place: int, start_us: int) -> Iterator[Step]:
        """Yield the answer of a segment at a moment since the last look, and every later one."""

        def of(number: int) -> Iterator[Step]:
            count, other, found = (
                self.plan.index.leaves[number].count,
                self.known.others.get(number),
                self.times(number),
            )
            if count is not None and other is None and found:
                return count.steps(found, start_us)
            base = self.plan.closed if self.known.closed else self.plan.open
            return iter(((start_us, base.answers[number] if other is None else other[0]),))

        return self.plan.index.steps(self.plan.index.rules[place], of, start_us)

    def keep(self, now_us: int) -> None:
        """Keep the newest of the times that grew."""
        for number, found in self.places.items():
            count = self.plan.index.leaves[number].count
            excess = 0
            if count is not None and len(found) > count.keep:
                past = len(found) if found[-1][0] <= now_us else bisect_right(found, (now_us + 1,))
                excess = max(0, past - count.keep)  # what is still ahead is not among the newest yet
            self.known.count(number, found[excess:])


def added_from(row: FactRow, /) -> tuple[Added, bool, str]:
    """Return the event of *row*, whether it tells of traits, and which account it speaks of."""
    body = json.loads(row.body)
    type_ = EventType(body["type"]) if "type" in body else EventType.TRACK
    return Added(row.occurred_us, type_, body.get("name", ""), row), bool(body.get("traits")), body.get("account", "")
