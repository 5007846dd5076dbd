"""One way of holding an instant: aware in Python, whole microseconds since 1970 (UTC) in a store."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from unified_profile.errors import InvalidFactError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_SECOND = 1_000_000


def to_micros(moment: datetime, /) -> int:
    """Return *moment* as whole microseconds since 1970 UTC.

    >>> to_micros(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC))
    1000000
    """
    gap = moment - _EPOCH
    return (gap.days * 86_400 + gap.seconds) * _SECOND + gap.microseconds


def from_micros(micros: int, /) -> datetime:
    """Return the aware UTC instant of *micros*.

    >>> from_micros(1_000_000)
    datetime.datetime(1970, 1, 1, 0, 0, 1, tzinfo=datetime.timezone.utc)
    """
    return _EPOCH + micros * _MICROSECOND


def aware(moment: object, /, *, field: str) -> datetime:
    """Return *moment* in UTC, or refuse it because nobody can know when it was.

    Raises:
        InvalidFactError: If it is not a datetime, has no offset, or falls outside the years 1 to 9999 in UTC.
    """
    if not isinstance(moment, datetime):
        raise InvalidFactError(field=field, reason="not a datetime", hint="pass an aware datetime.datetime")
    if moment.tzinfo is None or moment.utcoffset() is None:
        raise InvalidFactError(field=field, reason="has no time zone", hint="say which: value.replace(tzinfo=UTC)")
    if moment.tzinfo is UTC:
        return moment
    try:
        return moment.astimezone(UTC)
    except (OverflowError, ValueError):
        raise InvalidFactError(
            field=field, reason="falls outside the years 1 to 9999 in UTC", hint="correct the date"
        ) from None
