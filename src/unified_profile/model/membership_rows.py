"""The rows in which segments and memberships are stored: views of people, which can be dropped and computed again."""

from __future__ import annotations

from typing import NamedTuple


class SegmentRow(NamedTuple):
    """A segment as it was defined; *body* is its JSON form."""

    name: str
    body: str
    fingerprint: str
    defined_us: int


class StandingRow(NamedTuple):
    """How a profile stood in all segments at *at_us*.

    *body* is a JSON object. Its ``in`` is ``{segment: [member, since_us, next_us]}`` of the segments that it is in, or
    may be in by time alone; nothing changes before *next_us*. ``known`` is what the segments' conditions say of it, by
    purpose, so that an event is counted without reading the others again; ``mark`` says under which definitions and
    rules that was worked out, ``first`` when its first fact happened. *armed_us* is when its timer rings: never later
    than the first *next_us*.
    """

    profile: str
    at_us: int
    armed_us: int | None
    body: str

    def __repr__(self) -> str:
        """Show the id only: what a person is in says something about them."""
        return f"StandingRow(profile={self.profile!r})"


class MembershipRow(NamedTuple):
    """That *profile* is in *segment* since *since_us*.

    Where segments ask about all people of an account, *segment* may also be an account's key, which begins with a tab.
    """

    segment: str
    profile: str
    since_us: int

    def __repr__(self) -> str:
        """Show the id only."""
        return f"MembershipRow(profile={self.profile!r})"


class TimerRow(NamedTuple):
    """That *profile* has to be looked at again at *due_us*."""

    due_us: int
    profile: str


class MembershipChangeRow(NamedTuple):
    """That *profile* entered or left *segment* at *at_us*, learned at *told_us*; *body* is a JSON object with why."""

    kind: str
    segment: str
    profile: str
    at_us: int
    told_us: int
    body: str
    position: int = 0

    def __repr__(self) -> str:
        """Show kind and position."""
        return f"MembershipChangeRow(kind={self.kind!r}, position={self.position})"
