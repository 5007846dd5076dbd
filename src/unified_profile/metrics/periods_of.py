"""The period in which a time falls, by its name in ISO 8601: days, weeks, months, quarters, years."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

from unified_profile.errors import InvalidInputError
from unified_profile.metrics.instants import MISSING, Instants, read_instants, require_zone
from unified_profile.statistics import is_one_of

Every = Literal["day", "week", "month", "quarter", "year"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def periods_of(times: Instants, every: Every, *, zone: str, field: str = "times") -> list[str | None]:
    """Return the name of the period in which each of *times* falls on the clocks of *zone*; ``None`` where missing.

    >>> periods_of([datetime(2026, 5, 31, 23, tzinfo=UTC), None], "month", zone="Europe/Berlin")
    ['2026-06', None]

    Raises:
        InvalidInputError: If *every* or *zone* is unknown, or the times are none.
    """
    if not is_one_of(every, _NAMES):
        raise InvalidInputError(field="every", reason=f"unknown period {every!r}", hint=", ".join(_NAMES))
    there, name = require_zone(zone), _NAMES[every]
    # Zones shift by quarters of an hour at most, so that all times of a quarter fall on one day.
    known: dict[int, str] = {}
    found: list[str | None] = []
    for micros in read_instants(times, field=field, zone=zone, dates=True).tolist():
        if micros == MISSING:
            found.append(None)
            continue
        quarter = micros // 900_000_000
        if quarter not in known:
            try:
                known[quarter] = name((_EPOCH + timedelta(minutes=15 * quarter)).astimezone(there).date())
            except OverflowError:
                raise InvalidInputError(field=field, reason="a time before the year 1 or after 9999") from None
        found.append(known[quarter])
    return found


def _week(day: date) -> str:
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02d}"


_NAMES: dict[str, Any] = {
    "day": date.isoformat,
    "week": _week,
    "month": lambda day: f"{day.year:04d}-{day.month:02d}",
    "quarter": lambda day: f"{day.year:04d}-Q{(day.month + 2) // 3}",
    "year": lambda day: f"{day.year:04d}",
}
