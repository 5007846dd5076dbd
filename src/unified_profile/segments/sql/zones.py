"""What clocks of a zone showed, in SQL, from this library's own data: so that no engine's older data differs."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from unified_profile.expressions.calendars import zone_named
from unified_profile.expressions.values import FIRST_US, LAST_US
from unified_profile.model.times import from_micros
from unified_profile.segments.sql.binding import Binder, UnpushableError

_DAY = 86_400_000_000
_MOST_CHANGES = 40
# Clocks by standard time are younger than that; what still changes later changes for ever.
_FIRST_CHANGE, _FOREVER = date(1840, 1, 1), date(2120, 1, 1)
EPOCH = date(1970, 1, 1).toordinal()


def _offset(zone: ZoneInfo, at: int) -> int:
    """Return how far clocks are ahead of UTC, in microseconds."""
    try:
        offset = from_micros(at).astimezone(zone).utcoffset()
    except OverflowError:
        return 0
    return 0 if offset is None else round(offset.total_seconds() * 1_000_000)


@lru_cache(maxsize=1_000)
def changes(name: str, /) -> tuple[tuple[int, int], ...] | None:
    """Return from when clocks of a zone were how far ahead of UTC, in microseconds; None where they change for ever.

    >>> changes("UTC")
    ((-62135596800000000, 0),)
    >>> changes("Europe/Berlin") is None
    True
    """
    zone = zone_named(name)
    assert zone is not None  # noqa: S101  # checked when the rule was made
    fixed = zone.utcoffset(None)
    if fixed is not None:
        return ((FIRST_US, round(fixed.total_seconds() * 1_000_000)),)
    days = [(day.toordinal() - EPOCH) * _DAY for day in (_FIRST_CHANGE, _FOREVER)]
    found = [(FIRST_US, _offset(zone, days[0]))]
    for low, high in pairwise(range(days[0], days[1], _DAY)):
        start = low
        while _offset(zone, high) != found[-1][1]:
            end = high
            while end - start > 1:
                middle = (start + end) // 2
                start, end = (middle, end) if _offset(zone, middle) == found[-1][1] else (start, middle)
            found.append((end, _offset(zone, end)))
            start = end
            if len(found) > _MOST_CHANGES:
                return None
    return tuple(found)


def _goes_back(name: str) -> bool:
    """Say whether a day of the zone ever came twice: the clocks were set back across midnight."""
    steps = changes(name) or ()
    return any((at - 1 + before) // _DAY > (at + after) // _DAY for (_, before), (at, after) in pairwise(steps))


def local(binder: Binder, at: str, zone: str, *, days: bool) -> str:
    """Return what clocks of *zone* showed at an instant, in microseconds since the year 1, never negative.

    Raises:
        UnpushableError: If they change for ever, or (where *days* are wanted) a day came twice.
    """
    steps = changes(zone)
    if steps is None:
        raise UnpushableError("a zone whose clocks change every year")
    if days and _goes_back(zone):
        raise UnpushableError("a zone in which a day came twice")
    shifted = at
    if len(steps) > 1:
        whens = " ".join(
            f"WHEN {at} >= {binder.instant(begins)} THEN {offset}" for begins, offset in reversed(steps[1:])
        )
        shifted = f"({at} + CASE {whens} ELSE {steps[0][1]} END)"
    elif steps[0][1]:
        shifted = f"({at} + {steps[0][1]})"
    if len(steps) > 1 or steps[0][1]:
        # At both ends of time days stay what they are; hours are not there.
        low, high = (str(FIRST_US), str(LAST_US)) if days else ("NULL", "NULL")
        shifted = (
            f"(CASE WHEN {shifted} < {FIRST_US} THEN {low} WHEN {shifted} > {LAST_US} THEN {high} ELSE {shifted} END)"
        )
    return f"({shifted} - ({FIRST_US}))"


def now_in(zone: str) -> ZoneInfo:
    """Return the zone."""
    found = zone_named(zone)
    return ZoneInfo("UTC") if found is None else found


FIRST_DAY_NUMBER = date(1, 1, 1).toordinal() - EPOCH
"""The number of the first day, counted from 1970-01-01."""
