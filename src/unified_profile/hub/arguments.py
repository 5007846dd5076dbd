"""What callers pass to the hub, checked before anything is read: a slip is told by field, and never by value."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from unified_profile.errors import InvalidInputError
from unified_profile.model.times import aware
from unified_profile.model.values import Identifier

LONGEST = 200
_MOST = 1 << 60


def number(value: object, field: str, /, *, least: int = 0) -> int:
    """Return *value* if it is a whole number of at least *least*.

    >>> number(7, "limit")
    7

    Raises:
        InvalidInputError: If it is none.
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise InvalidInputError(field=field, reason=f"not a whole number from {least} upwards", hint="pass an int")
    return min(value, _MOST)


def flag(value: object, field: str, /) -> bool:
    """Return *value* if it is True or False.

    Raises:
        InvalidInputError: If it is neither.
    """
    if not isinstance(value, bool):
        raise InvalidInputError(field=field, reason=f"a {type(value).__name__}", hint="True or False")
    return value


def name(value: object, field: str, /, *, empty: bool = False) -> str:
    """Return *value* if it can be the name of something: printable text of 1 to 200 characters.

    Raises:
        InvalidInputError: If it cannot.
    """
    if not isinstance(value, str) or len(value) > LONGEST or not value.isprintable() or not (value or empty):
        raise InvalidInputError(field=field, reason=f"not printable text of 1 to {LONGEST} characters", hint="name it")
    return value


def use(purpose: object, channel: object, brand: object, /) -> None:
    """Check for what, where and by whom somebody is read.

    Raises:
        InvalidInputError: If one of them is no name.
    """
    name(purpose, "purpose")
    name(channel, "channel")
    name(brand, "brand", empty=True)


def pair(between: object, /) -> None:
    """Check that *between* is two identifiers, or nothing.

    Raises:
        InvalidInputError: If it is something else.
    """
    if between is None:
        return
    if (
        not isinstance(between, (tuple, list))
        or len(between) != 2  # the two ends
        or not all(isinstance(one, Identifier) for one in between)
    ):
        raise InvalidInputError(field="between", reason="not two Identifiers", hint="pass a pair")


def pair_of(item: object, field: str, /) -> bool:
    """Check that *item* is a pair; always true.

    Raises:
        InvalidInputError: If it is something else.
    """
    if not isinstance(item, (tuple, list)) or len(item) != 2:  # a pair has two parts
        raise InvalidInputError(field=field, reason="holds something else than pairs", hint="(person, time)")
    return True


def term(value: object, /) -> None:
    """Check that *value* is something a trait can be searched by.

    Raises:
        InvalidInputError: If it is neither text nor a finite number nor a truth value.
    """
    if not isinstance(value, (str, int, float)) or (isinstance(value, float) and not math.isfinite(value)):
        raise InvalidInputError(field="value", reason="neither text nor a finite number", hint="pass one of both")


def many(items: object, field: str, /) -> Iterable[Any]:
    """Return *items* if they can be gone through one by one.

    Raises:
        InvalidInputError: If they cannot, or are a single text or mapping.
    """
    if isinstance(items, (str, bytes, bytearray, Identifier, Mapping)):
        raise InvalidInputError(field=field, reason="a single one where many are asked for", hint="pass a list")
    if not isinstance(items, Iterable):
        raise InvalidInputError(field=field, reason=f"a {type(items).__name__}", hint="pass a list")
    return items


def names(items: object, field: str, /) -> Collection[str] | None:
    """Return *items* if they are names, or None.

    Raises:
        InvalidInputError: If they are neither.
    """
    if items is None:
        return None
    found = list(many(items, field))
    for item in found:
        name(item, field)
    return found


def called(function: object, field: str, /) -> None:
    """Check that *function* can be called, if it is given.

    Raises:
        InvalidInputError: If it cannot.
    """
    if function is not None and not callable(function):
        raise InvalidInputError(field=field, reason="cannot be called", hint="pass a function")


def told_by(clock: Callable[[], datetime], /) -> datetime:
    """Return the time that *clock* tells, in UTC.

    >>> told_by(lambda: datetime(2026, 1, 1, tzinfo=UTC)).year
    2026

    Raises:
        InvalidFactError: If it tells none, or one without a time zone.
    """
    now = clock()
    return now if type(now) is datetime and now.tzinfo is UTC else aware(now, field="clock")
