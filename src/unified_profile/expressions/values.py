"""What a value is and what a rule may compare it with: kinds without coercion, exact instants and durations."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, TypeAlias

from unified_profile.errors import InvalidRulesError
from unified_profile.model.times import aware, from_micros, to_micros

Scalar: TypeAlias = str | int | float | bool
Constant: TypeAlias = Scalar | datetime | timedelta | tuple[Scalar, ...] | None
"""What a rule compares with: one scalar, several of one kind, an instant, a duration, or nothing."""

Kind: TypeAlias = Literal["missing", "null", "flag", "number", "text", "moment", "list", "object", "other"]

FIRST_US = to_micros(datetime.min.replace(tzinfo=UTC))
LAST_US = to_micros(datetime.max.replace(tzinfo=UTC))
LONGEST_TEXT = 10_000
MOST_VALUES = 10_000
_LARGEST = 10**38
_EXACT_FLOAT = 2**53
_MICROSECOND = timedelta(microseconds=1)
_SECOND = 1_000_000
_UNITS = ((86_400 * _SECOND, "day"), (3_600 * _SECOND, "hour"), (60 * _SECOND, "minute"), (_SECOND, "second"))

_INSTANT = re.compile(
    r"\d{4}-\d\d-\d\d[Tt](?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)\Z",
    re.ASCII,
)
_DURATION = re.compile(r"PT(?=\d)(?:(\d{1,12})H)?(?:(\d{1,12})M)?(?:(\d{1,12})(?:\.(\d{1,6}))?S)?\Z", re.ASCII)


class Absent:
    """The type of `MISSING`."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Name the state."""
        return "MISSING"


MISSING = Absent()
"""The state of a trait or property that nobody ever told; null is another state."""


class Moment(int):
    """An instant in microseconds since 1970 UTC, kept apart from numbers."""

    __slots__ = ()


def kind_of(value: object, /) -> Kind:
    """Return what *value* is. ``True`` is a flag, never a number; NaN and infinity are no number either.

    >>> kind_of(True), kind_of(1), kind_of("1"), kind_of(float("nan"))
    ('flag', 'number', 'text', 'other')
    """
    if value is None:
        return "null"
    if value is MISSING:
        return "missing"
    for types, kind in _KINDS:
        if isinstance(value, types):
            return "other" if isinstance(value, float) and not math.isfinite(value) else kind
    return "other"


_KINDS: tuple[tuple[tuple[type, ...], Kind], ...] = (
    ((str,), "text"),
    ((bool,), "flag"),
    ((Moment,), "moment"),
    ((int, float), "number"),
    ((list, tuple), "list"),
    ((dict,), "object"),
)


def typed_key(value: object, /) -> tuple[str, object]:
    """Return a key under which ``1`` and ``True`` differ and ``1`` and ``1.0`` agree.

    >>> typed_key(1) == typed_key(True), typed_key(1) == typed_key(1.0)
    (False, True)
    """
    if isinstance(value, tuple):
        return ("several", tuple(typed_key(each) for each in value))
    kind = kind_of(value)
    return (kind if kind != "other" else type(value).__name__, value)


def instant_of(value: object, /) -> int | None:
    """Return the instant that *value* names, in microseconds, or None where it names none.

    A text must be a full RFC 3339 instant with its offset: a date alone, or a time without offset, is no instant,
    because nobody can know when it was. Digits below the microsecond are cut off.

    >>> instant_of("1970-01-01T09:00:01+09:00")
    1000000
    >>> instant_of("1970-01-01") is None
    True
    """
    if isinstance(value, Moment):
        return int(value)
    if not isinstance(value, str) or not _INSTANT.match(value):
        return None
    try:
        moment = datetime.fromisoformat(value.upper())
    except ValueError:
        return None
    micros = to_micros(moment)
    return micros if FIRST_US <= micros <= LAST_US else None


def instant_text(moment: datetime, /) -> str:
    """Return *moment* as RFC 3339 text in UTC.

    >>> instant_text(datetime(2026, 1, 1, tzinfo=UTC))
    '2026-01-01T00:00:00Z'
    """
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def micros_in(length: timedelta, /) -> int:
    """Return *length* in microseconds."""
    return length // _MICROSECOND


def duration_text(length: timedelta, /) -> str:
    """Return *length* as ISO 8601 text in hours, minutes and seconds: elapsed time, whatever the calendar says.

    >>> duration_text(timedelta(days=30)), duration_text(timedelta(seconds=90.5))
    ('PT720H', 'PT1M30.5S')
    """
    seconds, micros = divmod(micros_in(length), _SECOND)
    hours, rest = divmod(seconds, 3_600)
    minutes, seconds = divmod(rest, 60)
    fraction = f".{micros:06d}".rstrip("0") if micros else ""
    text = (
        (f"{hours}H" if hours else "")
        + (f"{minutes}M" if minutes else "")
        + (f"{seconds}{fraction}S" if seconds or micros else "")
    )
    return f"PT{text or '0S'}"


def duration_of(text: object, /, *, field: str = "value") -> timedelta:
    """Return the elapsed time that ISO 8601 *text* names.

    >>> duration_of("PT24H")
    datetime.timedelta(days=1)

    Raises:
        InvalidRulesError: If it is no duration, or one in days, which have no fixed length without a time zone.
    """
    found = _DURATION.match(text) if isinstance(text, str) else None
    if not found:
        raise InvalidRulesError(
            field=field,
            reason="not a duration of hours, minutes and seconds",
            hint="30 times 24 hours is 'PT720H'; days and longer have no fixed length without a time zone",
        )
    hours, minutes, seconds, fraction = found.groups(default="0")
    try:
        return timedelta(
            hours=int(hours), minutes=int(minutes), seconds=int(seconds), microseconds=int(fraction.ljust(6, "0"))
        )
    except OverflowError:
        raise InvalidRulesError(field=field, reason="longer than can be counted", hint="shorten it") from None


def spoken_duration(length: timedelta, /) -> tuple[int | float, str]:
    """Return *length* in the largest unit that divides it, with the unit's English name in the singular.

    >>> spoken_duration(timedelta(days=30)), spoken_duration(timedelta(minutes=90))
    ((30, 'day'), (90, 'minute'))
    """
    micros = micros_in(length)
    for size, name in _UNITS:
        if micros % size == 0 and micros:
            return micros // size, name
    return micros / _SECOND, "second"


def checked_scalar(value: object, /, *, field: str = "value") -> Scalar:
    """Return *value* as a rule keeps it: plain, finite, of bounded size; a whole float becomes an int.

    Raises:
        InvalidRulesError: If it is null, a structure, NaN, infinite or too large.
    """
    kind = kind_of(value)
    if kind == "text":
        text = str(value)
        if len(text) > LONGEST_TEXT:
            raise InvalidRulesError(field=field, reason=f"longer than {LONGEST_TEXT} characters", hint="shorten it")
        return text
    if isinstance(value, bool):
        return value
    if isinstance(value, (int, float)) and kind == "number":
        return _checked_number(value, field=field)
    if kind == "null":
        raise InvalidRulesError(field=field, reason="null compares with nothing", hint="ask with .null() or .missing()")
    raise InvalidRulesError(
        field=field,
        reason=f"a {type(value).__name__} is no value to compare with",
        hint="pass text, a finite number, True or False",
    )


def _checked_number(value: float, /, *, field: str) -> int | float:
    """Return a finite *value* in its one form."""
    if isinstance(value, int) and abs(value) > _LARGEST:
        raise InvalidRulesError(field=field, reason="has more than 38 digits", hint="shorten it")
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT_FLOAT:
        return int(value)
    return float(value) if isinstance(value, float) else int(value)


def checked_scalars(values: object, /, *, field: str = "value") -> tuple[Scalar, ...]:
    """Return *values* as a tuple of scalars of one kind.

    Raises:
        InvalidRulesError: If they are no list, too many, or of several kinds.
    """
    if not isinstance(values, (list, tuple, set, frozenset)):
        raise InvalidRulesError(field=field, reason="not a list of values", hint="pass a list or a tuple")
    if len(values) > MOST_VALUES:
        raise InvalidRulesError(field=field, reason=f"more than {MOST_VALUES} values", hint="ask for list membership")
    found = {typed_key(scalar): scalar for scalar in (checked_scalar(each, field=field) for each in values)}
    if len({kind for kind, _ in found}) > 1:
        raise InvalidRulesError(field=field, reason="values of several kinds", hint="join one condition per kind")
    # A set of names has no order: sorted, so that equal rules are equal and have one fingerprint.
    return tuple(found[key] for key in sorted(found, key=_sorting))


def _sorting(key: tuple[str, object]) -> Any:
    """Return what values of one kind are sorted by."""
    return key[1]


def checked_instant(value: object, /, *, field: str = "value") -> datetime:
    """Return *value*, an aware datetime or RFC 3339 text, as a UTC datetime.

    Raises:
        InvalidRulesError: If it is no instant.
    """
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise InvalidRulesError(field=field, reason="has no time zone", hint="say which: value.replace(tzinfo=UTC)")
        return aware(value, field=field)
    micros = instant_of(value)
    if micros is None:
        raise InvalidRulesError(field=field, reason="not an instant", hint="e.g. '2026-01-01T00:00:00Z'")
    return from_micros(micros)


def checked_duration(value: object, /, *, field: str = "value", zero: bool = False) -> timedelta:
    """Return *value*, a timedelta or ISO 8601 text, as a positive length (zero only where *zero* allows it).

    Raises:
        InvalidRulesError: If it is no duration, negative, or zero where that has no meaning.
    """
    length = value if isinstance(value, timedelta) else duration_of(value, field=field)
    if length < timedelta() or (not zero and not length):
        raise InvalidRulesError(field=field, reason="not a positive length", hint="turn it around")
    return length
