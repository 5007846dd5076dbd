"""Where identifiers of a payload belong: a namespace and, where equal values differ in meaning, its scope."""

from __future__ import annotations

import re
from typing import Final

import attrs

from unified_profile.errors import InvalidFactError, InvalidRulesError
from unified_profile.model import Identifier

EXTERNAL = "external_id"
KNOWN_EXTERNAL_IDS: Final = {
    "email": "email",
    "phone": "phone",
    "customer_number": "customer_number",
    "login": "login",
    "loyalty_card": "loyalty_card",
    "session_id": "session_id",
    "external_id": EXTERNAL,
    "device_id": "device_id",
    "ios.id": "device_id",
    "android.id": "device_id",
}
"""The types of ``context.externalIds`` that are namespaces of their own; others are scopes of ``external_id``."""
_NO_SCOPE_CHARACTER = re.compile(r"[^A-Za-z0-9_.-]+")


@attrs.frozen
class Space:
    """A namespace and its scope, in which a value stands for one person."""

    namespace: str
    scope: str = ""

    def identifier(self, value: str, /) -> Identifier:
        """Return the identifier of *value* in this space."""
        return Identifier(self.namespace, value, self.scope)


def space_of(text: object, /, *, field: str) -> Space:
    """Return the space that *text* names: ``namespace`` or ``namespace@scope``.

    >>> space_of("customer_number@kawa", field="user_id")
    Space(namespace='customer_number', scope='kawa')

    Raises:
        InvalidRulesError: If it names none.
    """
    if isinstance(text, str) and len(text) <= 200:
        namespace, at, scope = text.partition("@")
        try:
            Identifier(namespace, "x", scope)
        except InvalidFactError:
            pass
        else:
            if bool(at) == bool(scope):
                return Space(namespace, scope)
    raise InvalidRulesError(
        field=field, reason="not the name of a namespace", hint="for example 'user_id' or 'customer_number@brand'"
    )


def external_space(kind: str, encoding: str, /) -> Space:
    """Return the space of an external id of a *kind* that is not declared; a hash is never taken for the plain value.

    >>> external_space("crm.id", "none")
    Space(namespace='external_id', scope='crm.id')
    """
    scope = kind if encoding in {"", "none"} else f"{kind}.{encoding}"
    return Space(EXTERNAL, _NO_SCOPE_CHARACTER.sub("_", scope)[:100])
