"""How one person stands in segments after events that are only added: from the newest times, without their history.

Whatever is not as simple as that (an event from before the last look that changes something, an answer that time has
overtaken, a reason that only the facts can give) is left to a look at the whole person.
"""

from __future__ import annotations

import json
from bisect import bisect_right, insort
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import NamedTuple, TypeAlias

from unified_profile.expressions import Kleene
from unified_profile.expressions.course import Step
from unified_profile.hub.memberships_held import KEPT, OUTSIDE, Entry, Held, Known
from unified_profile.hub.memberships_planned import Planned, PurposePlan
from unified_profile.hub.memberships_seen import flips
from unified_profile.hub.memberships_settled import Cause, Settled, change, rows
from unified_profile.hub.subjects import happened
from unified_profile.model.codec import decode
from unified_profile.model.facts import Event, EventType
from unified_profile.model.membership_rows import MembershipChangeRow, StandingRow
from unified_profile.model.rows import FactRow
from unified_profile.segments.live.counts import CountLeaf, Place

_Places: TypeAlias = "dict[int, list[Place]]"


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


def counted(
    added: Sequence[Added], was: StandingRow, planned: Planned, /, *, now_us: int, cause: Cause, tenant: str
) -> Settled | None:
    """Return what *added* (or time alone) comes to; None if the person has to be looked at whole."""
    held = KEPT.take(was)
    if held.mark == planned.mark:
        with suppress(NotCounted):
            return _Counting(held, was, planned, now_us=now_us, cause=cause).settled(added, tenant)
    KEPT.put(was, held)
    return None


class _Counting:
    """Counts, and changes nothing before all of it is known to be enough."""

    def __init__(self, held: Held, was: StandingRow, planned: Planned, /, *, now_us: int, cause: Cause) -> None:
        self._held, self._was, self._planned = held, was, planned
        self._now_us, self._cause = now_us, cause
        self._told: list[MembershipChangeRow] = []
        self._late = False

    def settled(self, added: Sequence[Added], tenant: str) -> Settled:
        held, now_us = self._held, self._now_us
        if any(one.until_us is not None and one.until_us <= now_us for one in held.knows.values()):
            raise NotCounted
        for one in added:
            if one.at_us > now_us or (one.at_us <= held.first_us and self._planned.known.drawn):
                raise NotCounted
            self._late = self._late or one.at_us <= self._was.at_us
        due = [name for name, one in held.entries.items() if one.next_us is not None and one.next_us <= now_us]
        fresh: dict[str, Entry] = {}
        longer: list[tuple[Known, int, CountLeaf, list[Place]]] = []
        for purpose, plan in self._planned.plans.items():
            known = held.knows[purpose]
            touched = {plan.places[name] for name in due if name in plan.places}
            places: dict[int, list[Place]] = {}
            if added and not known.closed:
                touched.update(self._added(added, plan, known, places, tenant))
            if touched:
                self._asked(plan, known, places, touched, fresh)
            longer += [(known, number, _count(plan, number), found) for number, found in places.items()]
        if any(name not in fresh for name in due):  # of segments that do not follow from one person's facts alone
            raise NotCounted
        old = {name: held.entries.get(name, OUTSIDE) for name in fresh}
        for known, number, count, found in longer:
            excess = bisect_right(found, (now_us + 1,)) - count.keep  # what is still ahead is not among the newest yet
            known.count(number, found[excess:] if excess > 0 else found)
        for name, entry in fresh.items():
            held.put(name, entry)
        return rows(self._was.profile, self._was, old, held, fresh, told=self._told, now_us=now_us)

    def _added(
        self, added: Sequence[Added], plan: PurposePlan, known: Known, places: _Places, tenant: str
    ) -> Iterator[int]:
        """Add events to the times of the conditions that count them; yield the segments that rest on these."""
        for one in added:
            counting, reading = plan.touched(one.type, one.name)
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
                found = places.get(number)
                if found is None:
                    found = places[number] = [*known.places.get(number, ())]
                insort(found, (one.at_us, ""))
                yield from segments

    def _asked(
        self,
        plan: PurposePlan,
        known: Known,
        places: _Places,
        touched: set[int],
        fresh: dict[str, Entry],
    ) -> None:
        """Ask the segments *touched*."""
        base = plan.closed if known.closed else plan.open
        answers, now_us = list(base.answers), self._now_us
        wakes: dict[int, int] = {}
        for number in {number for place in touched for number in plan.index.asked[place]}:
            count = plan.index.leaves[number].count
            other = known.others.get(number)
            if other is not None:
                answers[number], wake = other
                if wake is not None and wake <= now_us:
                    raise NotCounted
            elif count is not None and not known.closed and (held := places.get(number) or known.places.get(number)):
                answers[number], wake = count.answer(held, now_us)
            else:
                continue
            if wake is not None:
                wakes[number] = wake
        for place in touched:
            name = plan.names[place]
            answer, until = plan.lasting[place](answers, wakes)
            before, member = self._held.entries.get(name, OUTSIDE), answer is True
            since = before.since_us
            if member is not before.member or (before.next_us is not None and before.next_us <= now_us):
                turns = self._turns(plan, known, places, place, before, member=member)
                since = turns[-1][0] if turns else since
            fresh[name] = Entry(member, since if member else None, until)

    def _turns(
        self,
        plan: PurposePlan,
        known: Known,
        places: _Places,
        place: int,
        before: Entry,
        *,
        member: bool,
    ) -> list[tuple[int, bool]]:
        """Return when membership changed since the last look, and note it for the log."""
        name, last_us = plan.names[place], self._was.at_us
        if self._late or name in self._planned.known.entered:
            raise NotCounted

        def of(number: int) -> Iterator[Step]:
            count, other = plan.index.leaves[number].count, known.others.get(number)
            held = places.get(number) or known.places.get(number)
            if count is not None and other is None and held and not known.closed:
                return count.steps(held, last_us)
            base = plan.closed if known.closed else plan.open
            return iter(((last_us, base.answers[number] if other is None else other[0]),))

        steps = plan.index.steps(plan.index.rules[place], of, last_us)
        turns = flips(steps, member=before.member, begin=last_us, last_us=last_us, now_us=self._now_us)
        if (turns[-1][1] if turns else before.member) is not member:
            raise NotCounted
        for at_us, inside in turns:
            answers: list[Kleene] = [None] * len(plan.index.leaves)
            for number in plan.index.asked[place]:
                answer: Kleene = None
                for moment, answer_then in of(number):
                    if moment > at_us:
                        break
                    answer = answer_then
                answers[number] = answer
            if not inside and any(answers[number] is None for number in plan.index.asked[place]):
                raise NotCounted  # why it is unknown, the facts have to say
            because = plan.index.because(place, answers)
            self._told.append(
                change(name, self._was.profile, at_us, self._now_us, because, member=inside, cause=self._cause)
            )
        return turns


def _count(plan: PurposePlan, number: int) -> CountLeaf:
    count = plan.index.leaves[number].count
    assert count is not None  # noqa: S101  # only what counts has places
    return count


def added_from(row: FactRow, /) -> tuple[Added, bool, str]:
    """Return the event of *row*, whether it tells of traits, and which account it speaks of."""
    body = json.loads(row.body)
    type_ = EventType(body["type"]) if "type" in body else EventType.TRACK
    return Added(row.occurred_us, type_, body.get("name", ""), row), bool(body.get("traits")), body.get("account", "")
