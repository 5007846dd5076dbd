"""How what callers hand in becomes what a fact keeps: aware times, tuples, members of a choice; or a typed refusal."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from datetime import datetime
from typing import TypeVar

from unified_profile.errors import InvalidFactError
from unified_profile.model.times import aware
from unified_profile.model.values import Identifier

E = TypeVar("E", bound=enum.StrEnum)


def identifiers(found: Iterable[Identifier]) -> tuple[Identifier, ...]:
    """Keep any iterable of identifiers as a tuple."""
    if isinstance(found, Iterable):
        kept = tuple(found)
        for one in kept:
            if type(one) is not Identifier:
                break
        else:
            return kept
    raise InvalidFactError(field="identifiers", reason="not all are Identifiers", hint='[Identifier("email", "…")]')


def texts(found: Iterable[str]) -> tuple[str, ...]:
    """Keep any iterable of texts as a tuple; a bare string is a slip that would become its letters."""
    if isinstance(found, Iterable) and not isinstance(found, str):
        kept = tuple(found)
        if all(isinstance(one, str) for one in kept):
            return kept
    raise InvalidFactError(field="fact", reason="a field that lists texts holds something else", hint="pass a list")


def member(kind: type[E], value: object, field: str) -> E:
    """Return the member of *kind* that *value* names: what nobody can read again must not be kept."""
    found = kind._value2member_map_.get(value) if isinstance(value, str) else None
    if isinstance(found, kind):
        return found
    raise InvalidFactError(field=field, reason="not a known one", hint="one of " + ", ".join(kind))


def occurred(value: datetime) -> datetime:
    """Return when it happened, aware."""
    return aware(value, field="occurred_at")


def recorded(value: datetime | None) -> datetime | None:
    """Return when it was learned, aware, or None."""
    return None if value is None else aware(value, field="recorded_at")


def original(value: datetime | None) -> datetime | None:
    """Return when the device says that it happened, aware, or None."""
    return None if value is None else aware(value, field="original_at")


def sent(value: datetime | None) -> datetime | None:
    """Return when the device says that it sent it, aware, or None."""
    return None if value is None else aware(value, field="sent_at")


def received(value: datetime | None) -> datetime | None:
    """Return when it arrived, aware, or None."""
    return None if value is None else aware(value, field="received_at")
