"""How one person stands in segments, looked at whole: what their facts say, what has changed since, and when."""

from __future__ import annotations

import json
from collections.abc import Container, Iterable
from functools import lru_cache
from typing import Any, Literal, TypeAlias

import attrs

from unified_profile.expressions import Kleene, reasons
from unified_profile.expressions.values import LAST_US
from unified_profile.hub.memberships_held import KEPT, OUTSIDE, Entry, Held, Known
from unified_profile.hub.memberships_planned import Planned, PurposePlan
from unified_profile.hub.memberships_seen import EVER, Entries, Onlooker, flips
from unified_profile.hub.segments_reports import ENTERED, EXITED
from unified_profile.model.membership_rows import MembershipChangeRow, MembershipRow, StandingRow, TimerRow
from unified_profile.storage.commands import Delete, Expect, Put
from unified_profile.storage.tables import MEMBERSHIP_CHANGES, MEMBERSHIPS, STANDINGS, TIMERS

Cause: TypeAlias = Literal["fact", "time", "definition", "gone"]
"""Why a membership changed: facts came, time passed, segments or rules were changed, the profile is no more."""


@attrs.frozen
class Settled:
    """What one profile's memberships came to: rows to write, rows that must be as they were read, rows to drop."""

    standing: StandingRow
    was: StandingRow | None
    joined: tuple[MembershipRow, ...] = ()
    left: tuple[tuple[str, str], ...] = ()
    told: tuple[MembershipChangeRow, ...] = ()
    timers: tuple[TimerRow, ...] = ()
    stopped: tuple[tuple[int, str], ...] = ()


class Whole:
    """Looks at a person in all segments."""

    def __init__(self, seen: Onlooker, profile: str, was: StandingRow | None, planned: Planned, /) -> None:
        """Begin with how they stood."""
        self._seen = seen
        self._profile = profile
        self._was = was
        self._planned = planned
        self._held = None if was is None else KEPT.take(was)

    def settled(self, *, since_us: int, cause: Cause, filling: Container[str] = ()) -> Settled:
        """Return what it comes to.

        *since_us* is the earliest moment at which a fact that came can have changed anything; the history of segments
        in *filling* is read for the first time.
        """
        seen, known, was = self._seen, self._planned.known, self._was
        old = {} if self._held is None else self._held.entries
        entries: dict[str, Entry] = {}
        told: list[MembershipChangeRow] = []
        removed = [name for name in sorted(old.keys() - known.segments.keys()) if old[name].member]
        told += [
            change(name, self._profile, seen.now_us, seen.now_us, (), member=False, cause="definition")
            for name in removed
        ]
        last_us = seen.now_us if was is None else was.at_us
        first_us = min(seen.first_us, seen.now_us)
        knows: dict[str, Known] = {}
        found: dict[str, tuple[Kleene, int | None]] = {}
        for key, plan in self._planned.plans.items():
            if was is None:  # what is seen of the first moment on is most often what is seen now
                seen.seen(plan.use, plan.permissions, max(min(last_us, since_us), first_us), traits=bool(plan.traits))
            knows[key] = looked(seen, plan, found)
        for name in known.segments:  # those referred to come first
            before = old.get(name, OUTSIDE)
            slow = name in known.slow
            if not slow and name not in found and before is OUTSIDE and name not in known.entered:
                continue
            answer, next_us = self._asked(name) if slow else found.get(name, (False, None))
            member = answer is True
            turns: list[tuple[int, bool]] = []
            if member is not before.member or (before.next_us is not None and before.next_us <= seen.now_us):
                late = name in filling
                begin = max(min(last_us, 0 if late else since_us), first_us)
                turns = self._flips(name, member=before.member, begin=begin, last_us=last_us)
                if (turns[-1][1] if turns else before.member) is not member:
                    turns.append((seen.now_us, member))
                why: Cause = "definition" if late and cause == "fact" else cause
                told += [self._told(name, at, member=inside, cause=self._why(at, last_us, why)) for at, inside in turns]
            since = turns[-1][0] if turns else before.since_us
            entries[name] = Entry(member, since if member else None, next_us)
            if name in known.entered:
                seen.entered(name, self._entries(name, before, turns))
        # Of whom a machine's guess holds together, what may be seen depends on who said it: nothing is counted of them.
        mark = self._planned.mark if seen.proven else ""
        held = Held(mark, first_us, entries, knows)
        return rows(self._profile, was, old, held, held.entries.keys() | old.keys(), told=told, now_us=seen.now_us)

    def _why(self, at_us: int, last_us: int, cause: Cause) -> Cause:
        """Return why something changed at a moment: what no fact of that moment did, time did, whoever noticed it."""
        if cause != "fact" or at_us <= last_us or at_us == self._seen.now_us or at_us in self._seen.moments:
            return cause
        return "time"

    def _asked(self, name: str) -> tuple[Kleene, int | None]:
        """Return the answer of a segment now, and when it changes by time."""
        known = self._planned.known
        steps = self._seen.steps(known.rules[name], known.segments[name].use, self._seen.now_us)
        _, answer = next(steps)
        following = next(steps, None)
        return answer, None if following is None else following[0]

    def _flips(self, name: str, *, member: bool, begin: int, last_us: int) -> list[tuple[int, bool]]:
        known = self._planned.known
        steps = self._seen.steps(known.rules[name], known.segments[name].use, begin)
        return flips(steps, member=member, begin=begin, last_us=last_us, now_us=self._seen.now_us)

    def _entries(self, name: str, before: Entry, turns: Iterable[tuple[int, bool]]) -> Entries:
        known, seen = self._planned.known, self._seen
        told = [(EVER, before.since_us), *((at, at if inside else None) for at, inside in turns)]
        return Entries(told, seen.steps(known.rules[name], known.segments[name].use, seen.now_us))

    def _told(self, name: str, at_us: int, *, member: bool, cause: Cause) -> MembershipChangeRow:
        """Return what to publish: reasons are those of the moment at which it became so."""
        known, seen = self._planned.known, self._seen
        rule = known.rules[name]
        subject = seen.piece(rule, known.segments[name].use, at_us).subject
        because = tuple(reasons(rule, subject, at_us))
        return change(name, self._profile, at_us, seen.now_us, because, member=member, cause=cause)


def looked(seen: Onlooker, plan: PurposePlan, found: dict[str, tuple[Kleene, int | None]], /) -> Known:
    """Look at a person for one purpose; add to *found* the segments whose answer is not that of somebody new."""
    now_us = seen.now_us
    piece = seen.seen(plan.use, plan.permissions, now_us, traits=bool(plan.traits))
    base = plan.closed if piece.closed else plan.open
    answers, wakes = list(base.answers), {}
    others: dict[int, tuple[Kleene, int | None]] = {}
    places = {}
    touched = set(base.inside)
    reading = {leaf.number: leaf for leaf in base.always}
    subject = piece.subject
    if not piece.closed:
        for key in {(event.type, event.name) for event in subject.events}:
            counting, more = plan.touched(*key)
            reading.update((leaf.number, leaf) for leaf in more)
            for number, count, _ in counting:
                if number not in places:
                    places[number] = count.history(subject, now_us)
                    answers[number], wake = count.answer(places[number], now_us)
                    if wake is not None:
                        wakes[number] = wake
    for number, leaf in reading.items():
        steps = leaf.rule.steps(subject, now_us)
        answer = next(steps)[1]
        following = next(steps, None)
        wake = None if following is None or following[0] > LAST_US else following[0]
        if wake is not None:
            wakes[number] = wake
        if wake is not None or answer is not base.answers[number]:
            others[number] = (answer, wake)
        answers[number] = answer
    leaves = plan.index.leaves
    for number in {*wakes, *(n for n in (*places, *others) if answers[n] is not base.answers[n])}:
        touched.update(leaves[number].segments)
    for place in touched:
        answer, until = plan.lasting[place](answers, wakes)
        if answer is True or until is not None:
            found[plan.names[place]] = (answer, until)
    return Known(piece.until_us, others, places, closed=piece.closed)


def gone(profile: str, was: StandingRow, now_us: int, /) -> Settled:
    """Return what becomes of the memberships of a profile that is no more."""
    members = [name for name, one in KEPT.take(was).entries.items() if one.member]
    told = [change(name, profile, now_us, now_us, (), member=False, cause="gone") for name in members]
    stopped = () if was.armed_us is None else ((was.armed_us, profile),)
    nothing = StandingRow(profile, now_us, None, "")
    return Settled(nothing, was, (), tuple((name, profile) for name in members), tuple(told), (), stopped)


def change(
    name: str, profile: str, at_us: int, now_us: int, because: tuple[str, ...], /, *, member: bool, cause: Cause
) -> MembershipChangeRow:
    """Return the row that tells that somebody entered or left."""
    return MembershipChangeRow(ENTERED if member else EXITED, name, profile, at_us, now_us, _body(because, cause))


@lru_cache(maxsize=10_000)
def _body(because: tuple[str, ...], cause: Cause) -> str:
    return json.dumps({"because": because, "cause": cause}, ensure_ascii=False)


def rows(
    profile: str,
    was: StandingRow | None,
    old: dict[str, Entry],
    held: Held,
    names: Iterable[str],
    *,
    told: list[MembershipChangeRow],
    now_us: int,
    partly: bool = False,
) -> Settled:
    """Return the rows that differ; a timer that rings no later than needed is left as it is.

    *names* are the segments that were looked at; *partly* says that there are others, which stay as they were.
    """
    joined: list[MembershipRow] = []
    left: list[tuple[str, str]] = []
    for name in names:
        before, after = old.get(name, OUTSIDE), held.entries.get(name, OUTSIDE)
        if after.member:
            if not before.member or before.since_us != after.since_us:
                joined.append(MembershipRow(name, profile, now_us if after.since_us is None else after.since_us))
        elif before.member:
            left.append((name, profile))
    before_us = None if was is None else was.armed_us
    if partly and before_us is not None and before_us > now_us:  # only what was looked at can want it earlier
        nexts = (held.entries[name].next_us for name in names if name in held.entries)
        armed: int | None = min((before_us, *(one for one in nexts if one is not None)))
    else:
        wake = held.wake_us()
        stays = before_us is not None and wake is not None and now_us < before_us <= wake
        armed = before_us if stays else wake
    timers: tuple[TimerRow, ...] = ()
    stopped: tuple[tuple[int, str], ...] = ()
    if armed != before_us:
        timers = () if armed is None else (TimerRow(armed, profile),)
        stopped = () if before_us is None else ((before_us, profile),)
    standing = StandingRow(profile, now_us, armed, held.text())
    KEPT.put(standing, held)
    return Settled(standing, was, tuple(joined), tuple(left), tuple(told), timers, stopped)


def writes_of(found: Iterable[Settled], /) -> tuple[list[Put[Any]], list[Delete[Any]], list[Expect[Any]]]:
    """Return what keeps *found*."""
    some = list(found)
    puts: list[Put[Any]] = [
        Put(STANDINGS, [one.standing for one in some if one.standing.body]),
        Put(MEMBERSHIPS, [row for one in some for row in one.joined]),
        Put(TIMERS, [row for one in some for row in one.timers]),
        Put(MEMBERSHIP_CHANGES, sorted((row for one in some for row in one.told), key=_in_time)),
    ]
    deletes: list[Delete[Any]] = [
        Delete(STANDINGS, [(one.standing.profile,) for one in some if not one.standing.body]),
        Delete(MEMBERSHIPS, [key for one in some for key in one.left]),
        Delete(TIMERS, [key for one in some for key in one.stopped]),
    ]
    expects: list[Expect[Any]] = [Expect(STANDINGS, (one.standing.profile,), one.was) for one in some]
    return [put for put in puts if put.rows], [one for one in deletes if one.keys], expects


def _in_time(row: MembershipChangeRow) -> tuple[int, str, str]:
    return row.at_us, row.profile, row.segment
