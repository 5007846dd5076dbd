"""Days, weeks, months and years as a zone's calendar has them: half-open, and right across a change of the clocks."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Literal, TypeAlias
from zoneinfo import ZoneInfo

from unified_profile.expressions.values import FIRST_US, LAST_US, instant_of
from unified_profile.model.times import from_micros, to_micros

Unit: TypeAlias = Literal["day", "week", "month", "quarter", "year"]

_DATE = re.compile(r"\d{4}-\d\d-\d\d\Z", re.ASCII)
_LAST_DAY = date.max.toordinal()
_DAY = 86_400_000_000


@lru_cache(maxsize=2_000)
def zone_named(name: str, /) -> ZoneInfo | None:
    """Return the zone of an IANA *name*, None if there is none.

    >>> zone_named("Asia/Tokyo"), zone_named("../etc") is None
    (zoneinfo.ZoneInfo(key='Asia/Tokyo'), True)
    """
    try:
        return ZoneInfo(name) if 0 < len(name) <= 100 else None
    except (KeyError, OSError, ValueError):
        return None


@lru_cache(maxsize=100_000)
def day_begins(zone: ZoneInfo, day: int, /) -> int:
    """Return the first instant of a *day* (its ordinal) in *zone*, in microseconds; it may not be midnight.

    >>> from_micros(day_begins(ZoneInfo("Europe/Berlin"), date(2026, 3, 30).toordinal())).isoformat()
    '2026-03-29T22:00:00+00:00'
    """
    if day <= 1:
        return FIRST_US
    if day > _LAST_DAY:
        return LAST_US + 1
    try:
        at = to_micros(datetime.fromordinal(day).replace(tzinfo=zone).astimezone(UTC))
    except OverflowError:
        return FIRST_US if day < _LAST_DAY // 2 else LAST_US + 1
    low, high = max(FIRST_US, at - _DAY), at
    if _local(zone, max(FIRST_US, at - 1)) < day:
        return at
    while high - low > 1:  # the clocks were turned on, or back, across midnight
        middle = (low + high) // 2
        low, high = (low, middle) if _local(zone, middle) >= day else (middle, high)
    return high


def _local(zone: ZoneInfo, at: int) -> int:
    """Return the ordinal of the day that calendars in *zone* show."""
    try:
        return from_micros(at).astimezone(zone).toordinal()
    except OverflowError:
        return 1 if at < 0 else _LAST_DAY


def day_of(zone: ZoneInfo, at: int, /) -> int:
    """Return the day of an instant: the last that had begun, so that days never go back."""
    day = _local(zone, at)
    return day + 1 if day < _LAST_DAY and day_begins(zone, day + 1) <= at else day


def civil_day(value: object, zone: ZoneInfo, /) -> int | None:
    """Return the day that *value* names: an instant in *zone*, or a date as it is; None if it names none.

    >>> date.fromordinal(civil_day("2026-01-01T16:00:00Z", ZoneInfo("Asia/Tokyo"))).isoformat()
    '2026-01-02'
    """
    at = instant_of(value)
    if at is not None:
        return day_of(zone, at)
    if isinstance(value, str) and _DATE.match(value):
        try:
            return date.fromisoformat(value).toordinal()
        except ValueError:
            return None
    return None


def unit_of(unit: str, day: int, week_start: int = 1, /) -> int:
    """Return the number of the *unit* that a day lies in; numbers of following units follow each other.

    >>> unit_of("week", date(2026, 3, 29).toordinal()) - unit_of("week", date(2026, 3, 29).toordinal(), 7)
    0
    """
    if unit == "day":
        return day
    if unit == "week":
        return (day - week_start) // 7
    found = date.fromordinal(day)
    return {"month": found.year * 12 + found.month - 1, "quarter": found.year * 4 + (found.month - 1) // 3}.get(
        unit, found.year
    )


def unit_begins(unit: str, number: int, week_start: int = 1, /) -> int:
    """Return the first day of a unit by its number.

    >>> date.fromordinal(unit_begins("month", unit_of("month", date(2026, 3, 29).toordinal()))).isoformat()
    '2026-03-01'
    """
    if unit == "day":
        return number
    if unit == "week":
        return number * 7 + week_start
    months = {"month": 1, "quarter": 3}.get(unit, 12)
    year, month = divmod(number * months, 12)
    if year < 1:
        return 0
    return date(year, month + 1, 1).toordinal() if year <= date.max.year else _LAST_DAY + 1


def anniversary(day: int, year: int, leap: str, /) -> int | None:
    """Return the day in *year* that has month and day of *day*; *leap* says what becomes of 29 February.

    >>> born = date(2000, 2, 29).toordinal()
    >>> [date.fromordinal(anniversary(born, 2026, rule)).isoformat() for rule in ("feb28", "mar1")]
    ['2026-02-28', '2026-03-01']
    """
    if not 1 <= year <= date.max.year:
        return None
    found = date.fromordinal(day)
    try:
        return found.replace(year=year).toordinal()
    except ValueError:
        return {"feb28": date(year, 2, 28).toordinal(), "mar1": date(year, 3, 1).toordinal()}.get(leap)


def _hour(zone: ZoneInfo, at: int) -> int:
    return from_micros(at).astimezone(zone).hour


PARTS: dict[str, tuple[range, Callable[[int], int]]] = {
    "weekday": (range(1, 8), lambda day: (day - 1) % 7 + 1),
    "month": (range(1, 13), lambda day: date.fromordinal(day).month),
    "day": (range(1, 32), lambda day: date.fromordinal(day).day),
    "year": (range(1, 10_000), lambda day: date.fromordinal(day).year),
}
"""What can be read off a day: the values there are (Monday is 1), and how."""

HOURS = range(24)


def hour_of(value: object, zone: ZoneInfo, /) -> int | None:
    """Return the hour that clocks in *zone* showed at an instant; a date has none."""
    at = instant_of(value)
    try:
        return None if at is None else _hour(zone, at)
    except OverflowError:
        return None
