"""JSON objects taken apart piece by piece, so that whatever is not as it should be is told with its path."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from unified_profile.errors import InvalidInputError, InvalidPayloadError
from unified_profile.model import Identifier, Json
from unified_profile.wire.json_values import step
from unified_profile.wire.moments import instant

_WRITTEN = "send what to_json wrote"


class Form:
    """A checked JSON object; what was taken from it is gone, so that the rest is what nobody knows."""

    __slots__ = ("_left", "_path")

    def __init__(self, value: object, path: str = "") -> None:
        """Take *value*, which must be an object."""
        if not isinstance(value, dict):
            raise InvalidPayloadError(field=path or "payload", reason="not an object", hint=_WRITTEN)
        self._left, self._path = dict(value), path

    def field(self, name: str) -> str:
        """Return the path of *name*."""
        return f"{self._path}.{name}" if self._path else name

    def refuse(self, name: str, reason: str, hint: str = _WRITTEN) -> InvalidPayloadError:
        """Return the error about *name*."""
        return InvalidPayloadError(field=self.field(name), reason=reason, hint=hint)

    def take(self, name: str, usual: Any = None) -> Any:
        """Return whatever stands under *name*."""
        return self._left.pop(name, usual)

    def text(self, name: str, usual: str | None = None) -> str:
        """Return the text under *name*; without a *usual* one it must be there."""
        value = self._left.pop(name, usual)
        if isinstance(value, str):
            return value
        raise self.refuse(name, "missing" if value is None else "not text")

    def texts(self, name: str) -> tuple[str, ...]:
        """Return the list of texts under *name*; none is an empty one."""
        value = self._left.pop(name, [])
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return tuple(value)
        raise self.refuse(name, "not a list of texts")

    def moment(self, name: str) -> datetime | None:
        """Return the instant under *name*, if it is there."""
        value = self._left.pop(name, None)
        return None if value is None else instant(value, field=self.field(name))

    def inner(self, name: str) -> Form:
        """Return the object under *name*; none is an empty one."""
        return Form(self._left.pop(name, {}), self.field(name))

    def object(self, name: str) -> dict[str, Any]:
        """Return the object under *name* as it is; none is an empty one."""
        value = self._left.pop(name, {})
        if isinstance(value, dict):
            return value
        raise self.refuse(name, "not an object")

    def each(self, name: str) -> list[Form]:
        """Return the objects of the list under *name*; none is an empty one."""
        value = self._left.pop(name, [])
        if not isinstance(value, list):
            raise self.refuse(name, "not a list")
        return [Form(item, f"{self.field(name)}.{at}") for at, item in enumerate(value)]

    def identifier(self) -> Identifier:
        """Return the identifier that this object is."""
        namespace, value, scope = self.text("namespace"), self.text("value"), self.text("scope", "")
        self.done()
        told = None
        try:
            return Identifier(namespace, value, scope)
        except InvalidInputError as error:
            told = self.refuse(error.field.rpartition(".")[2], error.reason, error.hint)
        raise told

    def done(self) -> None:
        """Refuse what is left."""
        for position, name in enumerate(self._left):
            raise InvalidPayloadError(
                field=step(self._path, name, position), reason="not a known field", hint="leave it out"
            )


def identifier_form(identifier: Identifier, /) -> dict[str, Json]:
    """Return *identifier* as a JSON object.

    >>> identifier_form(Identifier("customer_number", "7", "kawa"))
    {'namespace': 'customer_number', 'value': '7', 'scope': 'kawa'}
    """
    form: dict[str, Json] = {"namespace": identifier.namespace, "value": identifier.value}
    if identifier.scope:
        form["scope"] = identifier.scope
    return form
