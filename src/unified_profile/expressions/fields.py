"""Where a value stands: a trait of the person, or a property or attribute of an event."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, TypeAlias, get_args

import attrs

from unified_profile.errors import InvalidRulesError
from unified_profile.expressions.shape import Reads, Scope
from unified_profile.expressions.values import LONGEST_TEXT, MISSING, Moment
from unified_profile.model.times import to_micros
from unified_profile.model.values import Json

Place: TypeAlias = Literal["trait", "property", "attribute"]
ATTRIBUTES = ("brand", "channel", "name", "occurred_at", "source", "type")
"""What can be asked of an event beside its properties."""

_LONGEST_PATH = 16


class Denial:
    """The type of `DENIED`."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Name the state."""
        return "DENIED"


DENIED = Denial()
"""The state of a value that may not be used."""


def _path(path: Sequence[str] | str) -> tuple[str, ...]:
    """Keep a name, or a path of names, as a tuple."""
    names = tuple(path) if isinstance(path, (list, tuple)) else (path,)
    if not 1 <= len(names) <= _LONGEST_PATH:
        raise InvalidRulesError(field="name", reason=f"not a path of 1 to {_LONGEST_PATH} names", hint="e.g. 'plan'")
    if not all(isinstance(name, str) and 0 < len(name) <= LONGEST_TEXT for name in names):
        raise InvalidRulesError(field="name", reason="not a text of at least one character", hint="e.g. 'plan'")
    return names


def _place(place: Place) -> Place:
    """Refuse a place that does not exist."""
    if place not in get_args(Place):
        raise InvalidRulesError(field="place", reason="unknown", hint="one of " + ", ".join(get_args(Place)))
    return place


@attrs.frozen
class Field:
    """A named value: *path* leads into objects; through a list it leads into each of its elements.

    >>> read = Field("property", ("products", "sku")).reader()
    >>> from datetime import UTC, datetime
    >>> from unified_profile.model import Event
    >>> read(
    ...     Event(
    ...         id="e",
    ...         source="shop",
    ...         occurred_at=datetime(2026, 1, 1, tzinfo=UTC),
    ...         properties={"products": [{"sku": "a"}, {"sku": "b"}]},
    ...     )
    ... )
    ['a', 'b']
    """

    place: Place = attrs.field(converter=_place)
    path: tuple[str, ...] = attrs.field(converter=_path)

    def __attrs_post_init__(self) -> None:
        """Refuse an attribute that events do not have."""
        if self.place == "attribute" and (len(self.path) > 1 or self.path[0] not in ATTRIBUTES):
            raise InvalidRulesError(
                field="attribute", reason="events have none of that name", hint="one of " + ", ".join(ATTRIBUTES)
            )

    @property
    def name(self) -> str:
        """The first name of the path: what is permitted or denied as a whole."""
        return self.path[0]

    @property
    def said(self) -> str:
        """The field as texts name it."""
        return ".".join(name if name.isprintable() else ascii(name)[1:-1] for name in self.path)

    @property
    def scope(self) -> Scope:
        """Whether it is read from a person or from an event."""
        return "person" if self.place == "trait" else "event"

    @property
    def reads(self) -> Reads:
        """What is read."""
        return Reads(traits=frozenset({self.name})) if self.place == "trait" else Reads()

    def reader(self) -> Callable[[Any], Any]:
        """Return a function from a subject (or event) to the value, `MISSING` or `DENIED`."""
        name, rest = self.path[0], self.path[1:]
        if self.place == "trait":
            return lambda subject: (
                DENIED if name in subject.denied else _walked(subject.traits.get(name, MISSING), rest)
            )
        if self.place == "property":
            return lambda event: _walked(event.properties.get(name, MISSING), rest)
        if name == "occurred_at":
            return lambda event: Moment(to_micros(event.occurred_at))
        return lambda event: str(getattr(event, name)) or MISSING

    def to_json(self) -> dict[str, Json]:
        """Return the field as JSON data: its place, and its name or path."""
        return {self.place: path_json(self.path)}


def path_json(path: tuple[str, ...], /) -> Json:
    """Return a *path* as JSON data: one name as text, more as a list."""
    return path[0] if len(path) == 1 else list(path)


def _walked(value: object, path: tuple[str, ...]) -> object:
    """Return what *path* leads to from *value*."""
    for index, name in enumerate(path):
        if isinstance(value, Mapping):
            value = value.get(name, MISSING)
        elif isinstance(value, (list, tuple)):
            return _spread(value, path[index:])
        elif value is not None:
            return MISSING
    return value


def _spread(values: Sequence[object], path: tuple[str, ...]) -> object:
    """Return what *path* leads to from each of *values*: null where it leads nowhere, missing if nowhere at all."""
    found: list[object] = []
    reached_any = not values
    for value in values:
        # A list inside a list leads nowhere: data may not decide how deep this goes.
        reached = MISSING if isinstance(value, (list, tuple)) else _walked(value, path)
        reached_any = reached_any or reached is not MISSING
        if isinstance(reached, list):
            found.extend(reached)
        else:
            found.append(None if reached is MISSING else reached)
    return found if reached_any else MISSING
