"""Who answers for what is done with data: named in receipts and in the register of processing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

import attrs

from unified_profile.errors import InvalidInputError


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
        raise InvalidInputError(
            field=field, reason="missing" if value is None or isinstance(value, str) else "not text", hint="name it"
        )
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
