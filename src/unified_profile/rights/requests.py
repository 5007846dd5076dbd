"""Who asks: a request about somebody's data is answered only when the caller has confirmed that they may ask."""

from __future__ import annotations

from collections.abc import Callable
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


Verify = Callable[[RightsRequest], bool]
"""Says whether the requester may have what they ask for: ``True``, and nothing else, is a yes."""


def confirmed(right: str, who: object, verify: Verify, evidence: object, at: datetime, /) -> None:
    """Ask *verify*, before anything is looked up.

    Raises:
        InvalidInputError: If *verify* cannot be called.
        RequesterError: If it does not say ``True``, or fails.
    """
    if not callable(verify):
        raise InvalidInputError(field="verify", reason="cannot be called", hint="a function that confirms who asks")
    code = "not_confirmed"
    try:
        if verify(RightsRequest(right, who, evidence, at)) is True:
            return
    except Exception:  # noqa: BLE001  # a check that fails is no confirmation; what it says may name the person
        code = "verification_failed"
    raise RequesterError(code=code, right=right)
