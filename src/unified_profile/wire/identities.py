"""Ids of facts: what arrives twice must be told by its id to be the same."""

from __future__ import annotations

import contextlib
import hashlib

from unified_profile.wire.json_values import Unfit, canonical

LONGEST_ID = 200


def _digest(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=16).hexdigest()


def fact_id(source: str, key: str, /) -> str:
    """Return the id of the fact that *source* keeps under *key*; equal keys of two sources are two facts.

    >>> fact_id("crm", "R1")
    'crm:R1'
    """
    text = f"{source}:{key}"
    return text if len(text) <= LONGEST_ID else f"fact-{_digest(text.encode())}"


def derived_id(kind: str, source: str, told: object, /) -> str:
    """Return an id for something that brought none: equal content from the same source has the same id.

    >>> derived_id("call", "web", {"event": "Signed Up", "userId": "7"})
    'call-1e064a59b98c012e24297d4122a0475f'

    Raises:
        Unfit: If *told* is not plain JSON.
    """
    content = b""
    with contextlib.suppress(TypeError, ValueError):
        content = canonical([source, told])
    if not content:
        raise Unfit
    return f"{kind}-{_digest(content)}"
