"""How one person stands in segments, what has changed since, and when: from what was kept to what is to be kept."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import takewhile
from typing import Any, Literal, NamedTuple, TypeAlias

import attrs

from unified_profile.expressions import Kleene, reasons
from unified_profile.hub.memberships_seen import Onlooker
from unified_profile.hub.segments_defined import Defined
from unified_profile.hub.segments_reports import ENTERED, EXITED
from unified_profile.model.membership_rows import MembershipChangeRow, MembershipRow, StandingRow, TimerRow
from unified_profile.storage.commands import Delete, Expect, Put
from unified_profile.storage.tables import MEMBERSHIP_CHANGES, MEMBERSHIPS, STANDINGS, TIMERS

Cause: TypeAlias = Literal["fact", "time", "definition", "gone"]
"""Why a membership changed: facts came, time passed, segments or rules were changed, the profile is no more."""

_MOST_STEPS = 1_000


class Entry(NamedTuple):
    """How a profile stands in one segment: the answer, since when, and when it changes by itself."""

    answer: Kleene
    since_us: int | None
    next_us: int | None


_OUTSIDE = Entry(answer=False, since_us=None, next_us=None)


def entries_in(body: str, /) -> dict[str, Entry]:
    """Return what the body of a standing says, by segment."""
    return {name: Entry(*parts) for name, parts in json.loads(body).items()}


def body_of(entries: Mapping[str, Entry], /) -> str:
    """Return *entries* as the body of a standing: without those that are outside and stay there."""
    kept = {name: list(one) for name, one in sorted(entries.items()) if one.answer or one.next_us is not None}
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":"))


@attrs.frozen
class Settled:
    """What one profile's memberships came to: rows to write, rows that must be as they were read, rows to drop."""

    standing: StandingRow
    was: StandingRow | None
    joined: tuple[MembershipRow, ...]
    left: tuple[tuple[str, str], ...]
    told: tuple[MembershipChangeRow, ...]
    timers: tuple[TimerRow, ...] = ()
    stopped: tuple[tuple[int, str], ...] = ()


def settled(
    seen: Onlooker,
    profile: str,
    was: StandingRow | None,
    names: Iterable[str],
    known: Defined,
    /,
    *,
    since_us: int | None = None,
    cause: Cause,
) -> Settled:
    """Look at *profile* in the segments *names*, and in those in which its time has come.

    *since_us* is the earliest moment at which a fact that came can have changed anything.
    """
    now_us = seen.now_us
    entries = {} if was is None else entries_in(was.body)
    due = {name for name, one in entries.items() if one.next_us is not None and one.next_us <= now_us}
    told: list[MembershipChangeRow] = []
    fresh: dict[str, Entry] = {}
    for name in sorted(entries.keys() - known.segments.keys()):  # somebody removed these segments
        fresh[name] = _OUTSIDE
        if entries[name].answer is True:
            body = json.dumps({"because": [], "cause": cause})
            told.append(MembershipChangeRow(EXITED, name, profile, now_us, now_us, body))
    for name in sorted({*names, *due} & known.segments.keys()):
        before = entries.get(name, _OUTSIDE)
        answer, next_us = _now_and_next(seen, name, known)
        flips: list[tuple[int, bool]] = []
        if name in due or (answer is True) is not (before.answer is True):
            last_us = now_us if was is None else was.at_us
            begin = max(min(last_us, now_us if since_us is None else since_us), min(seen.first_us, now_us))
            flips = _flips(seen, name, known, member=before.answer is True, begin=begin, last_us=last_us)
            if (flips[-1][1] if flips else before.answer is True) is not (answer is True):
                flips.append((now_us, answer is True))
        since = flips[-1][0] if flips else before.since_us
        fresh[name] = Entry(answer, since, next_us)
        told += [_told(seen, name, known, profile, at, member=member, cause=cause) for at, member in flips]
    entries |= fresh
    return _rows(profile, was, entries, fresh, told, now_us=now_us)


def gone(profile: str, was: StandingRow, now_us: int, /) -> Settled:
    """Return what becomes of the memberships of a profile that is no more."""
    entries = entries_in(was.body)
    members = [name for name, one in entries.items() if one.answer]
    body = json.dumps({"because": [], "cause": "gone"})
    told = [MembershipChangeRow(EXITED, name, profile, now_us, now_us, body) for name in members]
    stopped = () if was.armed_us is None else ((was.armed_us, profile),)
    nothing = StandingRow(profile, now_us, None, "")
    return Settled(nothing, was, (), tuple((name, profile) for name in members), tuple(told), (), stopped)


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


def _steps(seen: Onlooker, name: str, known: Defined, start_us: int) -> Iterator[tuple[int, Kleene]]:
    return seen.steps(known.rules[name], known.segments[name].purpose, start_us)


def _now_and_next(seen: Onlooker, name: str, known: Defined) -> tuple[Kleene, int | None]:
    """Return the answer now, and the instant at which it changes by time alone."""
    steps = _steps(seen, name, known, seen.now_us)
    _, answer = next(steps)
    following = next(steps, None)
    return answer, None if following is None else following[0]


def _flips(
    seen: Onlooker, name: str, known: Defined, /, *, member: bool, begin: int, last_us: int
) -> list[tuple[int, bool]]:
    """Return when membership changed, up to now: each change since *last_us*, and what changed before it as one.

    What somebody learns late about the time before *last_us* was never told otherwise, so the story of that time is
    not told again: only what it came to, with the time since when.
    """
    found: list[tuple[int, bool]] = []
    edge, then, n_steps = begin, None, 0
    for at, answer in takewhile(lambda step: step[0] <= seen.now_us, _steps(seen, name, known, begin)):
        n_steps += 1
        if n_steps > _MOST_STEPS:
            return []
        inside = answer is True
        if at <= last_us:
            if then is not inside:
                edge, then = at, inside
            continue
        found.append((at, inside))
    changes = [] if then is None or then is member else [(edge, then)]
    state = member if not changes else changes[0][1]
    for at, inside in found:
        if inside is not state:
            changes.append((at, inside))
            state = inside
    return changes


def _told(
    seen: Onlooker, name: str, known: Defined, profile: str, at_us: int, /, *, member: bool, cause: Cause
) -> MembershipChangeRow:
    """Return what to publish: reasons are those of the moment at which it became so."""
    segment = known.segments[name]
    rule = known.rules[name]
    subject = seen.piece(segment.purpose, rule.reads.permissions, at_us).subject
    because = list(reasons(rule, subject, at_us))
    body = json.dumps({"because": because, "cause": cause}, ensure_ascii=False)
    kind = ENTERED if member else EXITED
    return MembershipChangeRow(kind, name, profile, at_us, seen.now_us, body)


def _rows(
    profile: str,
    was: StandingRow | None,
    entries: Mapping[str, Entry],
    fresh: Mapping[str, Entry],
    told: list[MembershipChangeRow],
    *,
    now_us: int,
) -> Settled:
    """Return the rows that differ; a timer that rings no later than needed is left as it is."""
    before = {} if was is None else entries_in(was.body)
    joined: list[MembershipRow] = []
    left: list[tuple[str, str]] = []
    for name, one in fresh.items():
        old = before.get(name, _OUTSIDE)
        if one.answer is True:
            if old.answer is not True or old != one:
                joined.append(
                    MembershipRow(name, profile, now_us if one.since_us is None else one.since_us, one.next_us)
                )
        elif old.answer is True:
            left.append((name, profile))
    wake = min((one.next_us for one in entries.values() if one.next_us is not None), default=None)
    held = None if was is None else was.armed_us
    armed = held if held is not None and held > now_us and wake is not None and held <= wake else wake
    timers: tuple[TimerRow, ...] = ()
    stopped: tuple[tuple[int, str], ...] = ()
    if armed != held:
        timers = () if armed is None else (TimerRow(armed, profile),)
        stopped = () if held is None else ((held, profile),)
    standing = StandingRow(profile, now_us, armed, body_of(entries))
    return Settled(standing, was, tuple(joined), tuple(left), tuple(told), timers, stopped)
