"""What the hub compares: a segment with what it would be, with what it was, and with other segments."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import combinations

from unified_profile.hub.arguments import many, name, names, number
from unified_profile.hub.courses import Course, collected, reading as reads
from unified_profile.hub.driver import Plan
from unified_profile.hub.memberships import informed
from unified_profile.hub.memberships_seen import Silence
from unified_profile.hub.reading import Moment, present
from unified_profile.hub.rebuilding import live_ids
from unified_profile.hub.segments import changes, checked, known_all, known_segment, members, statuses, up_to_date
from unified_profile.hub.segments_defined import defined
from unified_profile.hub.segments_reports import Entered, SegmentChange
from unified_profile.hub.setup import Setup
from unified_profile.model.times import aware, from_micros, to_micros
from unified_profile.segments import Segment

_PAGE = 1_000


def simulate(setup: Setup, segment: Segment, /, *, page: int) -> Course[SegmentChange]:
    """See ``Hub.simulate_segment``."""
    checked(segment)
    page = number(page, "page", least=1)
    setup.purposes[segment.purpose]
    known = yield from reads(lambda: known_all(setup))
    others = [one for one in known.segments.values() if one.name != segment.name]
    new = defined([*others, segment])
    now_us = to_micros(setup.clock())
    silence = Silence()
    answers: list[tuple[str, bool, bool | None]] = []

    def seen(ids: list[str]) -> Plan[list[tuple[str, bool, bool | None]]]:
        found = yield from present(ids, setup, Moment(from_micros(now_us)))
        looks = yield from informed(found, new, silence, setup, now_us)
        told = []
        for profile, look in looks.items():
            was: bool | None = False
            if segment.name in known.segments:
                old = known.segments[segment.name]
                was = next(look.steps(known.rules[segment.name], old.use, now_us))[1]
            told.append((profile, was is True, next(look.steps(new.rules[segment.name], segment.use, now_us))[1]))
        return told

    after = ""
    while True:
        ids = yield from reads(lambda after=after: live_ids(after, page))  # type: ignore[misc]  # bound at once
        answers += yield from reads(lambda ids=ids: seen(ids))  # type: ignore[misc]  # bound at once
        if len(ids) < page:
            break
        after = ids[-1]
    return SegmentChange(
        segment.name,
        tuple(one for one, was, answer in answers if answer is True and not was),
        tuple(one for one, was, answer in answers if was and answer is not True),
        sum(1 for _, was, answer in answers if was and answer is True),
        sum(1 for _, _, answer in answers if answer is None),
    )


def sizes(setup: Setup, segment: str, times: Iterable[datetime], /) -> Course[list[int]]:
    """See ``Hub.segment_sizes``."""
    name(segment, "segment")
    asked = [to_micros(aware(one, field="times")) for one in many(times, "times")]
    yield from reads(lambda: known_segment(segment, setup))
    yield from up_to_date(setup)
    moves: list[tuple[int, int]] = []
    after = 0
    while True:
        told = yield from changes(after=after, limit=_PAGE, segment=segment)
        moves += [(to_micros(one.at), 1 if isinstance(one, Entered) else -1) for one in told]
        if len(told) < _PAGE:
            break
        after = told[-1].position
    return [sum(step for at, step in moves if at <= limit) for limit in asked]


def overlap(setup: Setup, segments: Iterable[str] | None, /) -> Course[dict[tuple[str, str], int]]:
    """See ``Hub.segment_overlap``."""
    wanted = names(segments, "segments")
    yield from up_to_date(setup)
    if wanted is None:
        wanted = [one.segment.name for one in (yield from statuses(setup))]
    inside: dict[str, set[str]] = {}
    for one in wanted:
        inside[one] = {row.profile for row in (yield from collected(members(setup, one, page=_PAGE)))}
    pairs = [(one, one) for one in sorted(inside)] + list(combinations(sorted(inside), 2))
    return {(one, other): len(inside[one] & inside[other]) for one, other in pairs}
