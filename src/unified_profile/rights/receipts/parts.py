"""What receipts are made of beside the consent itself: who answers for it, and how forms are read again strictly."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

import attrs

from unified_profile.errors import InvalidInputError
from unified_profile.model import Json


def _address(address: Mapping[str, str]) -> Mapping[str, str]:
    if not isinstance(address, Mapping) or not all(isinstance(one, str) for pair in address.items() for one in pair):
        raise InvalidInputError(field="address", reason="not texts by name", hint='{"addressCountry": "JP"}')
    return MappingProxyType(dict(sorted(address.items())))


@attrs.frozen(kw_only=True)
class Party:
    """A controller, and how to reach somebody there who answers.

    .. versionadded:: 0.1
    """

    name: str
    contact: str
    email: str
    phone: str
    address: Mapping[str, str] = attrs.field(converter=_address, hash=False)
    url: str = ""
    on_behalf: bool | None = None

    def __attrs_post_init__(self) -> None:
        """Refuse a party whom nobody could reach."""
        for part in ("name", "contact", "email", "phone", "url"):
            texted(getattr(self, part), f"party.{part}", empty=part == "url")
        if self.on_behalf is not None and not isinstance(self.on_behalf, bool):
            raise InvalidInputError(field="party.on_behalf", reason="neither yes nor no", hint="leave it out")


def texted(value: object, field: str, /, *, empty: bool = False) -> str:
    """Return *value* if it is text.

    Raises:
        InvalidInputError: If it is none, or empty where it must not be.
    """
    if not isinstance(value, str) or not (value or empty):
        raise InvalidInputError(field=field, reason="missing" if value in {None, ""} else "not text", hint="name it")
    return value


def texts(values: object, field: str, /) -> tuple[str, ...]:
    """Return *values* if they are texts.

    Raises:
        InvalidInputError: If they are something else.
    """
    if isinstance(values, Iterable) and not isinstance(values, (str, bytes, Mapping)):
        found = tuple(values)
        if all(isinstance(one, str) for one in found):
            return found
    raise InvalidInputError(field=field, reason="not a list of texts", hint='["email"]')


class Read:
    """A JSON object that is taken apart; what is not as it was written is told with its path, never with its value."""

    def __init__(self, value: object, path: str) -> None:
        """Take *value*, which must be an object."""
        if not isinstance(value, Mapping):
            raise InvalidInputError(field=path, reason="not an object", hint="pass what was written")
        self._left, self._path = dict(value), path

    def _at(self, name: str) -> str:
        return f"{self._path}.{name}"

    def refuse(self, name: str, reason: str) -> InvalidInputError:
        """Return the error about *name*."""
        return InvalidInputError(field=self._at(name), reason=reason, hint="pass what was written")

    def has(self, name: str) -> bool:
        """Say whether *name* is there and was not taken yet."""
        return name in self._left

    def take(self, name: str, kind: type | tuple[type, ...], usual: Any = ...) -> Any:
        """Take what stands under *name* and is of *kind*; without *usual* it must be there."""
        if name not in self._left:
            if usual is ...:
                raise self.refuse(name, "missing")
            return usual
        value = self._left.pop(name)
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is int):
            raise self.refuse(name, f"a {type(value).__name__}")
        return value

    def names(self, name: str, usual: Any = ...) -> tuple[str, ...]:
        """Take a list of texts."""
        return texts(self.take(name, list, usual), self._at(name))

    def one(self, name: str, usual: Any = ...) -> str:
        """Take a list that holds one text; an empty one is ""."""
        found = self.names(name, usual)
        if len(found) > 1:
            raise self.refuse(name, "more than one")
        return found[0] if found else ""

    def each(self, name: str, usual: Any = ...) -> list[Read]:
        """Take a list of objects."""
        found = self.take(name, list, usual)
        return [Read(one, f"{self._at(name)}.{at}") for at, one in enumerate(found)]

    def done(self) -> None:
        """Refuse what is left: who signs it must not sign what nobody reads."""
        for at, _ in enumerate(self._left):
            raise InvalidInputError(field=self._path, reason=f"field {at + 1} of the rest is not known", hint="drop it")


def plain(value: object, /) -> Any:
    """Return *value* as plain JSON values, with lists for tuples."""
    return json.loads(json.dumps(value, default=dict))


def listed(names: Iterable[str], /) -> list[Json]:
    """Return *names* as a JSON list."""
    return [*names]
