"""How one person stands in segments after events that are only added: from the newest times, without their history.

Whatever is not as simple as that (an event from before the last look that changes something, an answer that time has
overtaken, a reason that only the facts can give) is left to a look at the whole person.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from unified_profile.expressions import Kleene
from unified_profile.hub.memberships_conditions import Added, Conditions, NotCounted
from unified_profile.hub.memberships_held import KEPT, OUTSIDE, Entry, Held
from unified_profile.hub.memberships_planned import Planned, PurposePlan
from unified_profile.hub.memberships_seen import flips
from unified_profile.hub.memberships_settled import Cause, Settled, change, rows
from unified_profile.model.membership_rows import MembershipChangeRow, StandingRow


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
        self._times: list[int] = []
        self._late = False

    def settled(self, added: Sequence[Added], tenant: str) -> Settled:
        held, now_us, was = self._held, self._now_us, self._was
        for one in added:
            if one.at_us > now_us or (one.at_us <= held.first_us and self._planned.known.drawn):
                raise NotCounted
            self._late = self._late or one.at_us <= was.at_us
            self._times.append(one.at_us)
        due: list[str] = []
        if was.armed_us is not None and was.armed_us <= now_us:  # before that nothing is due
            if any(one.until_us is not None and one.until_us <= now_us for one in held.knows.values()):
                raise NotCounted
            due = [name for name, one in held.entries.items() if one.next_us is not None and one.next_us <= now_us]
        fresh: dict[str, Entry] = {}
        grown: list[Conditions] = []
        for key, plan in self._planned.plans.items():
            known = held.knows[key]
            mine = Conditions(plan, known, {plan.places[name] for name in due if name in plan.places})
            if added and not known.closed:
                mine.add(added, tenant)
                grown.append(mine)
            if mine.touched:
                self._asked(mine, fresh)
        if due and any(name not in fresh for name in due):  # not of segments that follow from one person's facts alone
            raise NotCounted
        old = {name: held.entries.get(name, OUTSIDE) for name in fresh}
        for mine in grown:
            mine.keep(now_us)
        for name, entry in fresh.items():
            held.put(name, entry)
        return rows(was.profile, was, old, held, fresh, told=self._told, now_us=now_us, partly=True)

    def _asked(self, one: Conditions, fresh: dict[str, Entry]) -> None:
        """Ask the segments that were touched."""
        plan, others, now_us = one.plan, one.known.others, self._now_us
        numbers = {number for place in one.touched for number in plan.index.asked[place]}
        for number in numbers & others.keys():
            wake = others[number][1]
            if wake is not None and wake <= now_us:
                raise NotCounted
        answers, wakes = one.answers(numbers, now_us)
        for place in one.touched:
            name = plan.names[place]
            answer, until = plan.lasting[place](answers, wakes)
            before, member = self._held.entries.get(name, OUTSIDE), answer is True
            due = before.next_us is not None and before.next_us <= now_us
            since = before.since_us
            if due or member is not before.member:
                turns = self._turns(one, place, before, member=member, due=due)
                since = turns[-1][0] if turns else since
            fresh[name] = Entry(member, since if member else None, until)

    def _turns(self, one: Conditions, place: int, before: Entry, *, member: bool, due: bool) -> list[tuple[int, bool]]:
        """Return when membership changed since the last look, and note it for the log."""
        last_us, now_us, plan = self._was.at_us, self._now_us, one.plan
        if self._late or plan.names[place] in self._planned.known.entered:
            raise NotCounted
        if not due and len(self._times) == 1:  # most often one event did it, and nothing else has happened since
            answers, wakes = one.answers(plan.index.asked[place], self._times[0])
            answer, until = plan.lasting[place](answers, wakes)
            if (answer is True) is member and (until is None or until > now_us):
                self._tell(plan, place, self._times[0], answers, inside=member)
                return [(self._times[0], member)]
        steps = one.steps(place, last_us)
        turns = flips(steps, member=before.member, begin=last_us, last_us=last_us, now_us=now_us)
        if (turns[-1][1] if turns else before.member) is not member:
            raise NotCounted
        for at_us, inside in turns:
            answers, _ = one.answers(plan.index.asked[place], at_us)
            self._tell(plan, place, at_us, answers, inside=inside)
        return turns

    def _tell(self, plan: PurposePlan, place: int, at_us: int, answers: list[Kleene], *, inside: bool) -> None:
        """Note a change for the log, with the conditions that decided at that moment."""
        if not inside and any(answers[number] is None for number in plan.index.asked[place]):
            raise NotCounted  # why something is unknown, the facts have to say
        cause: Cause = "time" if self._cause == "fact" and at_us not in self._times else self._cause
        because = plan.index.because(place, answers)
        self._told.append(
            change(plan.names[place], self._was.profile, at_us, self._now_us, because, member=inside, cause=cause)
        )
