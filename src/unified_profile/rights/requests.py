"""Who asks: a request about somebody's data is answered only when the caller has confirmed that they may ask."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

import attrs

from unified_profile.errors import InvalidInputError, RequesterError
from unified_profile.model.redaction import Closed, closed, hidden

RIGHTS = ("access", "portability", "rectification", "restriction", "objection")
"""What somebody can ask for here; erasure has a room of its own."""


@closed
@attrs.frozen
class RightsRequest(Closed):
    """What is to be confirmed: who is asked about, what for, and what whoever asks has shown.

    .. versionadded:: 0.1
    """

    right: str
    who: object = attrs.field(repr=hidden)
    evidence: object = attrs.field(repr=hidden)
    at: datetime


Verify = Callable[[RightsRequest], "bool | Awaitable[bool]"]
"""Says whether the requester may have what they ask for: ``True``, and nothing else, is a yes.

A hub that is awaited awaits the answer where it has to be.
"""


def question(right: str, who: object, verify: Verify, evidence: object, at: datetime, /) -> Callable[[], object]:
    """Return what asks *verify*: it is to be asked before anything is looked up.

    Raises:
        InvalidInputError: If *verify* cannot be called.
    """
    if not callable(verify):
        raise InvalidInputError(field="verify", reason="cannot be called", hint="a function that confirms who asks")
    return lambda: verify(RightsRequest(right, who, evidence, at))


def confirmed(right: str, answer: object, /) -> None:
    """Go on only if the answer was ``True``.

    Raises:
        RequesterError: If it was anything else, or the check failed: a check that fails is no confirmation.
    """
    if answer is not True:
        failed = isinstance(answer, Exception)
        raise RequesterError(code="verification_failed" if failed else "not_confirmed", right=right)
