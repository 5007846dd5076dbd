"""Instants and time zones as they are written in payloads: strict where machines write them."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

from unified_profile.errors import InvalidPayloadError, InvalidRulesError

_NO_OFFSET = "has no time zone"
_ADD_OFFSET = "end it with Z or an offset such as +09:00, or say assume_tz="
_LONGEST = 64


def zone_of(zone: str | tzinfo | None, /, *, field: str = "assume_tz") -> tzinfo | None:
    """Return the time zone called *zone* (an IANA name), or *zone* itself.

    >>> zone_of("Asia/Tokyo")
    zoneinfo.ZoneInfo(key='Asia/Tokyo')

    Raises:
        InvalidRulesError: If there is no such zone.
    """
    if zone is None or isinstance(zone, tzinfo):
        return zone
    if isinstance(zone, str) and 0 < len(zone) <= _LONGEST:
        if zone.upper() in {"UTC", "Z"}:
            return UTC
        try:
            return ZoneInfo(zone)
        except (ValueError, LookupError, OSError):
            pass
    raise InvalidRulesError(field=field, reason="not a time zone", hint="an IANA name, for example 'Asia/Tokyo'")


def instant(value: object, /, *, field: str, assume_tz: tzinfo | None = None) -> datetime:
    """Return the aware UTC instant of an ISO 8601 text or a datetime.

    Digits beyond microseconds are cut off. A text without an offset is refused, unless *assume_tz* says where its
    clock stood.

    >>> instant("2026-01-31T20:00:00.5+09:00", field="sentAt")
    datetime.datetime(2026, 1, 31, 11, 0, 0, 500000, tzinfo=datetime.timezone.utc)

    Raises:
        InvalidPayloadError: If it is no such text, has no offset, or falls outside the years 1 to 9999.
    """
    return local_instant(value, field=field, assume_tz=assume_tz).astimezone(UTC)


def local_instant(value: object, /, *, field: str, assume_tz: tzinfo | None = None) -> datetime:
    """Return what ``instant`` returns, but on the clock on which it was written.

    >>> local_instant("2026-01-31T20:00:00+09:00", field="expressed_at").hour
    20

    Raises:
        InvalidPayloadError: As ``instant`` does.
    """
    moment = value if isinstance(value, datetime) else _parsed(value)
    if moment is None:
        raise InvalidPayloadError(
            field=field, reason="not an ISO 8601 date and time", hint="for example 2026-01-31T09:30:00Z"
        )
    return located(moment, field=field, assume_tz=assume_tz)


def located(moment: datetime, /, *, field: str, assume_tz: tzinfo | None = None) -> datetime:
    """Return *moment* if it has an offset; else it was read from a clock in *assume_tz*.

    Raises:
        InvalidPayloadError: If nobody can know when it was.
    """
    try:
        known = moment.utcoffset() is not None
        if not known and assume_tz is not None:
            moment, known = moment.replace(tzinfo=assume_tz), True
        if known:
            moment.astimezone(UTC)
    except (OverflowError, ValueError):
        pass
    else:
        if known:
            return moment
        raise InvalidPayloadError(field=field, reason=_NO_OFFSET, hint=_ADD_OFFSET)
    raise InvalidPayloadError(field=field, reason="falls outside the years 1 to 9999 in UTC", hint="correct the date")


def _parsed(value: object) -> datetime | None:
    if not isinstance(value, str) or len(value) > _LONGEST:
        return None
    for text in (value, value.strip().upper()):
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            continue
    return None


def iso(moment: datetime, /) -> str:
    """Return *moment* in UTC as ISO 8601, ending in ``Z``.

    >>> iso(datetime(2026, 1, 31, 20, 0, tzinfo=UTC))
    '2026-01-31T20:00:00Z'
    """
    return moment.astimezone(UTC).isoformat().removesuffix("+00:00") + "Z"
