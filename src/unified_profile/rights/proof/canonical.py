"""One way to write an entry or a receipt as bytes (RFC 8785), so that whoever checks it hashes the same ones."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from unified_profile.errors import InvalidInputError, MissingExtraError
from unified_profile.model import Json


def canonical(value: Json, /) -> bytes:
    """Return *value* in the canonical form of RFC 8785 (JCS).

    >>> canonical({"b": [1, 2.0], "a": "é"}).decode()
    '{"a":"é","b":[1,2]}'

    Raises:
        InvalidInputError: If it cannot be written so: numbers beyond 2**53, NaN, half a surrogate pair.
        MissingExtraError: If the extra ``crypto`` is not installed.
    """
    try:
        import rfc8785
    except ImportError:
        raise MissingExtraError(extra="crypto", package="rfc8785") from None
    try:
        return rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, TypeError, ValueError, AttributeError, RecursionError):
        pass
    raise InvalidInputError(field="entry", reason="has no canonical form", hint="text, numbers, lists and objects")


def read_strictly(text: str | bytes, /, *, field: str = "json") -> Any:
    """Return the JSON in *text*; an object that names a key twice is refused, because readers disagree on which counts.

    Raises:
        InvalidInputError: If it is no JSON, or names a key twice.
    """
    if isinstance(text, (str, bytes, bytearray)):
        try:
            return json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
        except (ValueError, RecursionError):
            pass
    where = field if isinstance(field, str) else "json"
    raise InvalidInputError(field=where, reason="not JSON, or with a key twice", hint="send what was written")


def _once(pairs: list[tuple[str, Any]]) -> Mapping[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(name)
