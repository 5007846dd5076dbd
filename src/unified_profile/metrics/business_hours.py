"""When somebody could have answered: opening hours, holidays and time zones, as a clock that runs only then."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

import attrs

from unified_profile.errors import InvalidInputError
from unified_profile.metrics.instants import MISSING, require_zone

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
# Zones are of no use before, and days end after.
_FIRST, _LAST = date(1850, 1, 1), date(2200, 1, 1)


def _dates(days: Iterable[object]) -> frozenset[date]:
    found = set()
    try:
        listed = list(days)
    except TypeError:
        raise InvalidInputError(field="holidays", reason="no days", hint='["2026-12-25"]') from None
    for position, day in enumerate(listed):
        try:
            found.add(day if type(day) is date else date.fromisoformat(day))  # type: ignore[arg-type]  # refused below
        except (TypeError, ValueError):
            raise InvalidInputError(field=f"holidays.{position}", reason="not a date", hint="'2026-12-25'") from None
    return frozenset(found)


@attrs.frozen
class BusinessHours:
    """Opening hours per weekday on the clocks of one zone, and the holidays on which nobody is there.

    Hours are read on the wall: where clocks change during opening hours, that day is an hour longer or shorter, as it
    was for the people who worked. ``"24:00"`` is the end of a day; hours over midnight are given as two parts. Times
    from 1850 to 2200 can be asked for.

    >>> office = BusinessHours(zone="Europe/Berlin", hours={"mon-fri": ("09:00", "17:00")}, holidays=["2026-01-01"])
    >>> from datetime import datetime, timezone
    >>> friday_noon = datetime(2026, 1, 2, 11, tzinfo=timezone.utc)
    >>> office.between(friday_noon, datetime(2026, 1, 5, 9, tzinfo=timezone.utc))
    datetime.timedelta(seconds=21600)

    Args:
        zone: The name of the time zone, as the operating system has it.
        hours: By day (``mon`` … ``sun``) or range of days (``mon-fri``): one pair of times, or several.
        holidays: Days without opening hours, as dates or in ISO form.

    Raises:
        InvalidInputError: If the zone, a day or a time is unknown, or hours end before they begin or overlap.

    .. versionadded:: 0.1
    """

    zone: str = attrs.field(kw_only=True)
    hours: Mapping[str, object] = attrs.field(kw_only=True)
    holidays: frozenset[date] = attrs.field(kw_only=True, default=frozenset(), converter=_dates)
    _week: tuple[tuple[tuple[int, int], ...], ...] = attrs.field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        """Read the hours."""
        require_zone(self.zone)
        object.__setattr__(self, "_week", _read_week(self.hours))

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Return how much opening time lies between two aware times; negative if *end* is before *start*."""
        from unified_profile.metrics.instants import one_instant

        a, b = one_instant(start, field="start"), one_instant(end, field="end")
        begins, ends, run = self._clock(min(a, b), max(a, b))
        return timedelta(microseconds=_read_clock(b, begins, ends, run) - _read_clock(a, begins, ends, run))

    def elapsed(self, start: NDArray[np.int64], end: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the opening time between columns of instants in microseconds, NaN where one is missing."""
        import numpy as np

        there = (start != MISSING) & (end != MISSING)
        found = np.full(len(start), np.nan)
        if there.any():
            begins, ends, run = (
                np.array(column, dtype=np.int64)
                for column in self._clock(
                    int(min(start[there].min(), end[there].min())), int(max(start[there].max(), end[there].max()))
                )
            )

            def read(at: NDArray[np.int64]) -> NDArray[np.int64]:
                place = np.searchsorted(begins, at, side="right") - 1
                inside = np.minimum(at, ends[place]) - begins[place]
                return np.where(place < 0, 0, run[place] + inside)

            found[there] = read(end[there]) - read(start[there]) if len(begins) else 0.0
        return found

    def _clock(self, first: int, last: int) -> tuple[list[int], list[int], list[int]]:
        """Return when each opening begins and ends, and how much time had run before it."""
        begins: list[int] = []
        ends: list[int] = []
        run: list[int] = []
        total = 0
        day, stop = ((_EPOCH + timedelta(microseconds=each)).date() for each in (first, last))
        if day < _FIRST or stop > _LAST:
            raise InvalidInputError(field="hours", reason="a time so far away has no opening hours", hint="None for it")
        day, stop = day - timedelta(days=2), stop + timedelta(days=2)
        while day <= stop:
            if day not in self.holidays:
                for opens, closes in self._week[day.weekday()]:
                    a, b = _instant(day, opens, self.zone), _instant(day, closes, self.zone)
                    if b > a:
                        begins.append(a)
                        ends.append(b)
                        run.append(total)
                        total += b - a
            day += timedelta(days=1)
        return begins, ends, run


def _read_clock(at: int, begins: list[int], ends: list[int], run: list[int]) -> int:
    place = bisect_right(begins, at) - 1
    return 0 if place < 0 else run[place] + min(at, ends[place]) - begins[place]


@cache
def _instant(day: date, minutes: int, zone: str) -> int:
    clock = datetime.combine(day, time()) + timedelta(minutes=minutes)
    return (clock.replace(tzinfo=require_zone(zone)).astimezone(UTC) - _EPOCH) // _MICROSECOND


def _read_week(hours: Mapping[str, object]) -> tuple[tuple[tuple[int, int], ...], ...]:
    if not isinstance(hours, Mapping) or not hours:
        raise InvalidInputError(field="hours", reason="none", hint='{"mon-fri": ("09:00", "17:00")}')
    week: list[list[tuple[int, int]]] = [[] for _ in _DAYS]
    for name, given in hours.items():
        many = isinstance(given, (tuple, list)) and given and not isinstance(given[0], str)
        parts: Iterable[object] = given if many else [given]  # type: ignore[assignment]  # looked at just now
        for day in _days(name):
            for part in parts:
                week[day].append(_part(part, name))
    for day, openings in enumerate(week):
        openings.sort()
        if any(one[1] > other[0] for one, other in pairwise(openings)):
            raise InvalidInputError(field=f"hours.{_DAYS[day]}", reason="openings overlap")
    return tuple(tuple(openings) for openings in week)


def _days(name: str) -> range:
    first, _, last = name.lower().partition("-") if isinstance(name, str) else ("", "", "")
    if first not in _DAYS or (last and last not in _DAYS) or (last and _DAYS.index(last) < _DAYS.index(first)):
        raise InvalidInputError(field="hours", reason="an unknown day", hint="mon, tue … or mon-fri")
    return range(_DAYS.index(first), _DAYS.index(last or first) + 1)


def _part(part: object, name: str) -> tuple[int, int]:
    try:
        opens, closes = (_minutes(each) for each in part)  # type: ignore[attr-defined]  # refused below
    except (TypeError, ValueError):
        raise InvalidInputError(
            field=f"hours.{name}", reason="not a pair of times", hint='("09:00", "17:00")'
        ) from None
    if not opens < closes:
        raise InvalidInputError(
            field=f"hours.{name}", reason="closes before it opens", hint="give hours over midnight as two parts"
        )
    return opens, closes


def _minutes(text: str) -> int:
    if text == "24:00":
        return 1440
    found = time.fromisoformat(text)
    if found.second or found.microsecond or found.tzinfo is not None:
        raise ValueError  # it would count for another time than was said
    return found.hour * 60 + found.minute
