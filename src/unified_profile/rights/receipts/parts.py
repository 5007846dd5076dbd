"""How the forms of receipts are read again: strictly, and with the path of whatever is not as it was written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from unified_profile.errors import InvalidInputError
from unified_profile.model import Json
from unified_profile.rights.parties import texts


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


def listed(names: Iterable[str], /) -> list[Json]:
    """Return *names* as a JSON list."""
    return [*names]
