"""Permits: what leaves the house leaves once, to whom it was allowed for, and only if it still is when it leaves."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta

import attrs

from unified_profile.consent.view import PurposeView
from unified_profile.errors import InvalidInputError
from unified_profile.model.redaction import Closed, closed, hidden
from unified_profile.model.times import from_micros, to_micros

ACTIONS = ("export", "audience", "trigger")
"""What a permit can be for: a file or call for another system, a list of people to address, one message."""

BOUND = ("action", "purpose", "channel", "brand", "recipient")
"""What has to be the same when a permit is used as when it was asked for."""

DISCLOSED = "disclosed"
"""The kind under which what left is kept among the changes of a store."""

LONGEST = timedelta(days=7)
"""How long a permit can wait at most; what was decided longer ago has to be decided again."""


@attrs.frozen
class Bound:
    """What a permit is for; its parts are names, so that nothing personal is in it."""

    action: str
    purpose: str
    channel: str
    brand: str
    recipient: str

    def __attrs_post_init__(self) -> None:
        """Refuse what is no action, and a recipient without a name."""
        if self.action not in ACTIONS:
            raise InvalidInputError(field="action", reason="unknown", hint="one of " + ", ".join(ACTIONS))

    def difference(self, other: Bound, /) -> str:
        """Return the code of the first part in which they differ, or nothing.

        >>> mine = Bound("export", "news", "email", "", "mailer")
        >>> mine.difference(attrs.evolve(mine, recipient="broker"))
        'other_recipient'
        """
        return next((f"other_{part}" for part in BOUND if getattr(self, part) != getattr(other, part)), "")


@closed
@attrs.frozen
class Permit(Closed):
    """A decision to let something out, good for one use; made by ``hub.permit``, used by ``hub.release``.

    It holds ids and names, no values. ``id`` alone is enough to use it, from any process over the same store, so it is
    not shown. It cannot be copied into two: the second use finds nothing.

    Attributes:
        id: What stands for it in the store.
        bound: Action, purpose, channel, brand and recipient; all must be the same when it is used.
        people: The profiles that it is for: those that permitted it then.
        denied: How many of those asked for did not permit it, by reason code.
        issued_at: When it was decided.
        until: When it is over; half-open.
        position: The position in the log of the last consent that it was decided on (0: none).

    .. versionadded:: 0.1
    """

    id: str = attrs.field(repr=hidden)
    bound: Bound
    people: tuple[str, ...] = attrs.field(repr=hidden)
    denied: Mapping[str, int]
    issued_at: datetime
    until: datetime
    position: int = 0

    def to_body(self) -> str:
        """Return the JSON text that the store keeps."""
        parts = {part: getattr(self.bound, part) for part in BOUND}
        body = {**parts, "issued_us": to_micros(self.issued_at), "position": self.position}
        return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def bound_in(body: str, /) -> Bound:
    """Return what the permit of a stored *body* is for."""
    held = json.loads(body)
    return Bound(*(held[part] for part in BOUND))


@closed
@attrs.frozen
class Release(Closed):
    """What a used permit let out: the people who still permit it, as its purpose may see them; the rest by reason.

    Attributes:
        bound: What it was for.
        views: Those who still permit it. Quiet hours, caps and the like stand in ``permission.obligations`` of each.
        dropped: Ids of those who do not any more, with the reason code.
        at: When it was decided anew.

    .. versionadded:: 0.1
    """

    bound: Bound
    views: tuple[PurposeView, ...] = attrs.field(repr=hidden)
    dropped: Mapping[str, str]
    at: datetime


@attrs.frozen
class Disclosure:
    """That values of a profile left: for what, to whom, when. What has to be told to them later is told to these.

    .. versionadded:: 0.1
    """

    profile: str
    bound: Bound
    at: datetime
    position: int


def disclosed_body(bound: Bound, /) -> str:
    """Return the JSON text under which a disclosure is kept."""
    return json.dumps({part: getattr(bound, part) for part in BOUND}, ensure_ascii=False, separators=(",", ":"))


def disclosure(profile: str, body: str, at_us: int, position: int, /) -> Disclosure:
    """Return a disclosure as it was kept."""
    return Disclosure(profile, bound_in(body), from_micros(at_us), position)
