"""What the hub reports of segments: who entered and left, when the next one is due, what a change would change."""

from __future__ import annotations

import json
from datetime import datetime

import attrs

from unified_profile.model.membership_rows import MembershipChangeRow
from unified_profile.model.times import from_micros
from unified_profile.segments import Segment

ENTERED, EXITED = "entered", "exited"


@attrs.frozen
class Entered:
    """That a profile became a member of a segment.

    Attributes:
        segment: The segment.
        profile: The profile id.
        at: When it became true: for what time alone brought the computed instant, to the microsecond, however late it
            was noticed; for a fact that came late the time at which it would have been so had it come at once.
        because: The conditions that decided, in words; they hold no value of the person.
        cause: ``"fact"``, ``"time"``, ``"definition"`` (segments or rules were changed, or history was read for the
            first time).
        told_at: When it was noticed.
        position: Where it stands in the log; hand it to ``membership_changes(after=...)`` to go on.

    .. versionadded:: 0.1
    """

    segment: str
    profile: str
    at: datetime
    because: tuple[str, ...]
    cause: str
    told_at: datetime
    position: int


@attrs.frozen
class Exited:
    """That a profile is no member of a segment any more; its parts are those of ``Entered``.

    *cause* may be ``"gone"`` too: the profile was merged into another, or nothing is left of it.

    .. versionadded:: 0.1
    """

    segment: str
    profile: str
    at: datetime
    because: tuple[str, ...]
    cause: str
    told_at: datetime
    position: int


def change_of(row: MembershipChangeRow, /) -> Entered | Exited:
    """Return what a row tells."""
    body = json.loads(row.body)
    kind = Entered if row.kind == ENTERED else Exited
    return kind(
        row.segment, row.profile, from_micros(row.at_us), tuple(body["because"]), body["cause"],
        from_micros(row.told_us), row.position,
    )  # fmt: skip


@attrs.frozen
class SegmentStatus:
    """A segment that the hub keeps memberships of, and how far history has been read for it.

    Attributes:
        segment: The segment as it was defined.
        defined_at: When.
        filled: Whether everybody has been looked at since. Until then some members are missing.

    .. versionadded:: 0.1
    """

    segment: Segment
    defined_at: datetime
    filled: bool


@attrs.frozen
class DueReport:
    """What time alone brought.

    Attributes:
        entered: How many memberships began.
        exited: How many ended.
        next_at: When somebody is to be looked at next, if no fact comes; None: never. Sleep until then.

    .. versionadded:: 0.1
    """

    entered: int
    exited: int
    next_at: datetime | None


@attrs.frozen
class SegmentChange:
    """What another definition of a segment would change, as of now; nothing was changed.

    Attributes:
        segment: The name.
        enter: Ids of those who would become members.
        leave: Ids of those who would cease to be.
        stay: How many are members either way.
        unknown: Of how many the new rule says neither true nor false, denied values included.

    .. versionadded:: 0.1
    """

    segment: str
    enter: tuple[str, ...]
    leave: tuple[str, ...]
    stay: int
    unknown: int
