"""Durations in ISO 8601, whose months have no length until one says from when they run."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from unified_profile.errors import InvalidPayloadError

_PARTS = re.compile(
    r"(?P<sign>-?)P(?=.)(?:(?P<years>\d{1,4})Y)?(?:(?P<months>\d{1,5})M)?(?:(?P<weeks>\d{1,6})W)?(?:(?P<days>\d{1,7})D)?"
    r"(?:T(?=.)(?:(?P<hours>\d{1,8})H)?(?:(?P<minutes>\d{1,9})M)?(?:(?P<seconds>\d{1,11}(?:[.,]\d{1,6})?)S)?)?\Z",
    re.ASCII,
)


def duration(value: object, /, *, field: str, since: datetime | None = None) -> timedelta:
    """Return the length of an ISO 8601 duration that runs from *since*.

    Years and months follow the calendar in *since*'s own time zone, and end with the month where the day is missing:
    half a year from 31 August ends on the last of February.

    >>> duration("P6M", field="duration", since=datetime(2025, 8, 31, tzinfo=UTC)).days
    181
    >>> duration("P1DT12H", field="duration")
    datetime.timedelta(days=1, seconds=43200)

    Raises:
        InvalidPayloadError: If it is no such text, if it needs *since* and has none, or if it ends after the year 9999.
    """
    if isinstance(value, timedelta):
        return value
    found = _PARTS.match(value) if isinstance(value, str) and len(value) <= 64 else None
    if found is None:
        raise InvalidPayloadError(field=field, reason="not an ISO 8601 duration", hint="for example P6M, P30D or PT1H")
    parts = found.groupdict()
    months = int(parts["years"] or 0) * 12 + int(parts["months"] or 0)
    if months and since is None:
        raise InvalidPayloadError(
            field=field, reason="has months or years and no date that they run from", hint="say it in days"
        )
    try:
        rest = timedelta(
            weeks=int(parts["weeks"] or 0),
            days=int(parts["days"] or 0),
            hours=int(parts["hours"] or 0),
            minutes=int(parts["minutes"] or 0),
        ) + _seconds(parts["seconds"])
        if since is not None and months:
            later = _months_later(since, -months if parts["sign"] else months)
            calendar = later.astimezone(UTC) - since.astimezone(UTC)
            return calendar - rest if parts["sign"] else calendar + rest
    except (OverflowError, ValueError):
        pass
    else:
        return -rest if parts["sign"] else rest
    raise InvalidPayloadError(field=field, reason="ends outside the years 1 to 9999", hint="shorten it")


def _seconds(text: str | None) -> timedelta:
    whole, _, part = (text or "0").replace(",", ".").partition(".")
    return timedelta(seconds=int(whole), microseconds=int(part.ljust(6, "0")) if part else 0)


def _months_later(since: datetime, months: int) -> datetime:
    """Return *since* moved by calendar *months*, on the last day of the month where its own is missing."""
    year, month = divmod(since.year * 12 + since.month - 1 + months, 12)
    for day in (since.day, 30, 29, 28):
        try:
            return since.replace(year=year, month=month + 1, day=day)
        except ValueError:
            if day <= 28:
                raise
    raise ValueError


def iso_duration(length: timedelta, /) -> str:
    """Return *length* in ISO 8601, in days and seconds, exactly.

    >>> iso_duration(timedelta(days=180, hours=1))
    'P180DT3600S'
    >>> iso_duration(timedelta(0))
    'P0D'
    """
    sign = "-" if length < timedelta(0) else ""
    length = abs(length)
    text = f"{sign}P{length.days}D"
    if not length.seconds and not length.microseconds:
        return text
    part = f".{length.microseconds:06d}".rstrip("0") if length.microseconds else ""
    return f"{text}T{length.seconds}{part}S"
