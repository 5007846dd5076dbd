"""What a live engine tells: that somebody entered a segment or left it, when that became true, and because of what."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from unified_profile.model.times import from_micros


class Turn(NamedTuple):
    """That a profile entered a segment (*member* True) or left it.

    *at* is the instant at which it became true: the computed one where time alone did it, the event's where an event
    did. *because* holds the conditions that decided, in words.

    .. versionadded:: 0.1
    """

    segment: str
    profile: str
    member: bool
    at_us: int
    because: tuple[str, ...] = ()

    @property
    def at(self) -> datetime:
        """The instant at which it became true."""
        return from_micros(self.at_us)
