"""What metrics are made of: columns of the events of those people whose data a purpose may use, and who is left out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

import attrs

from unified_profile.errors import InvalidInputError
from unified_profile.expressions.subject import Subject
from unified_profile.hub import reading
from unified_profile.hub.arguments import name, names
from unified_profile.hub.courses import Course, everyone, poured
from unified_profile.hub.reading import Person, moment
from unified_profile.hub.setup import Setup
from unified_profile.hub.subjects import subject_of
from unified_profile.model.facts import Event
from unified_profile.model.redaction import Closed, hidden

OWN = ("profile", "occurred_at", "channel", "brand")
"""Columns that every event has beside its properties."""


@attrs.frozen(repr=True, eq=False)
class Answers(Closed, Mapping[str, list[Any]]):
    """Columns of equal length, a row per event (or case), for the functions of `unified_profile.metrics`.

    The columns ``profile``, ``occurred_at``, ``channel`` and ``brand`` are always there; the others are properties,
    ``None`` where an event has none of that name. The rows stand in order of person, time and id.

    Attributes:
        people: How many people permit the purpose, with an event or without.
        denied: How many do not; nothing of theirs is in any row.

    .. versionadded:: 0.1
    """

    _columns: dict[str, list[Any]] = attrs.field(repr=hidden)
    people: int
    denied: int

    def __getitem__(self, column: str) -> list[Any]:
        return self._columns[column]

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)


def answers(
    setup: Setup, event: str, properties: Iterable[str], /, *, purpose: str, channel: str, brand: str,
    as_of: datetime | None, known_at: datetime | None, page: int,
) -> Course[Answers]:  # fmt: skip
    """See ``Hub.answers``."""
    wanted = _wanted(properties)
    _permitted(setup, event, "event", purpose=purpose, channel=channel, brand=brand)

    def rows(one: Subject) -> list[tuple[Any, ...]]:
        told = [each for each in one.events if each.name == event]
        told.sort(key=_order)
        return [(one.profile, *_own(each), *(_scalar(each.properties.get(key)) for key in wanted)) for each in told]

    return (
        yield from _gathered(
            setup, rows, (*OWN, *wanted), purpose=purpose, channel=channel, brand=brand,
            as_of=as_of, known_at=known_at, page=page,
        )
    )  # fmt: skip


def cases(
    setup: Setup, opened: str, done: str, /, *, key: str, properties: Iterable[str], purpose: str, channel: str,
    brand: str, as_of: datetime | None, known_at: datetime | None, page: int,
) -> Course[Answers]:  # fmt: skip
    """See ``Hub.cases``."""
    wanted = _wanted(properties, "opened", "done", "key")
    name(key, "key")
    _permitted(setup, opened, "opened", purpose=purpose, channel=channel, brand=brand)
    _permitted(setup, done, "done", purpose=purpose, channel=channel, brand=brand)

    def rows(one: Subject) -> list[tuple[Any, ...]]:
        begun: dict[Any, Event] = {}
        ends: dict[Any, datetime] = {}
        # Both beginnings and ends are looked at in order, so that an end before the beginning ends nothing.
        for each in sorted(one.events, key=lambda each: (each.occurred_at, each.name != opened, each.id)):
            case = _case(each.properties.get(key))
            if case is None:
                continue
            if each.name == opened:
                begun.setdefault(case, each)
            if each.name == done and case in begun:
                ends.setdefault(case, each.occurred_at)
        return [
            (
                one.profile, *_own(each), *(_scalar(each.properties.get(column)) for column in wanted),
                each.occurred_at, ends.get(case), _scalar(each.properties.get(key)),
            )
            for case, each in begun.items()
        ]  # fmt: skip

    return (
        yield from _gathered(
            setup, rows, (*OWN, *wanted, "opened", "done", "key"), purpose=purpose, channel=channel, brand=brand,
            as_of=as_of, known_at=known_at, page=page,
        )
    )  # fmt: skip


def _gathered(
    setup: Setup, rows: Callable[[Subject], list[tuple[Any, ...]]], columns: tuple[str, ...], /, *, purpose: str,
    channel: str, brand: str, as_of: datetime | None, known_at: datetime | None, page: int,
) -> Course[Answers]:  # fmt: skip
    """Go through everybody once, and count whom the purpose may not use instead of telling of them."""
    when = moment(setup, as_of, known_at)
    found: dict[str, list[Any]] = {column: [] for column in columns}
    people = denied = 0

    def seen(one: Person) -> Subject:
        return subject_of(one, setup, when, purpose=purpose, channel=channel, brand=brand)

    def take(subjects: Iterable[Subject]) -> None:
        nonlocal people, denied
        for one in subjects:
            if not one.permissions[purpose, channel].granted:
                denied += 1
                continue
            people += 1
            for row in rows(one):
                for column, value in zip(columns, row, strict=True):
                    found[column].append(value)

    yield from poured(everyone(setup, when, None, page, seen), take)
    return Answers(found, people, denied)


def _wanted(properties: Iterable[str], *more: str) -> tuple[str, ...]:
    wanted = tuple(names(properties, "properties") or ())
    taken = {*OWN, *more}
    if len(set(wanted)) < len(wanted) or taken & set(wanted):
        raise InvalidInputError(
            field="properties", reason="a name stands twice", hint=f"{', '.join(sorted(taken))} are always there"
        )
    return wanted


def _permitted(setup: Setup, event: str, field: str, /, *, purpose: str, channel: str, brand: str) -> None:
    """Refuse events that the purpose has not declared: an empty table would look like silence."""
    reading.asked(setup, purpose, channel, brand)
    name(event, field)
    if not setup.purposes[purpose].allows_event(event):
        raise InvalidInputError(
            field=field, reason="an event that the purpose does not need", hint="declare it: Purpose(..., events={...})"
        )


def _own(event: Event) -> tuple[Any, ...]:
    return event.occurred_at, event.channel or None, event.brand or None


def _order(event: Event) -> tuple[datetime, str]:
    return event.occurred_at, event.id


def _scalar(value: Any) -> Any:
    return value if isinstance(value, (str, int, float)) else None


def _case(value: Any) -> Any:
    """Return what tells cases apart: ``1`` and ``"1"`` are two, and so are ``1`` and ``True``."""
    found = _scalar(value)
    return None if found is None else (isinstance(found, bool), found)
