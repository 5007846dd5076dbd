"""What a run of the tour is about: sources, rules, purposes, segments. The sample declares one; own files make one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import TypeAlias

import attrs

from unified_profile.hub.setup import Setup
from unified_profile.model import Fact
from unified_profile.segments import Segment
from unified_profile.wire import Rejected
from unified_profile.wire.mappings import ColumnGuess

Facts: TypeAlias = Callable[[], Iterator[Fact | Rejected]]
"""Reads the facts of a source, and the lines that cannot be read."""


@attrs.frozen
class Source:
    """One file: what it is called as a source, where it is, what its lines tell, how its columns were taken."""

    name: str
    file: str
    tells: str
    facts: Facts
    guesses: tuple[ColumnGuess, ...] = ()
    reading: Mapping[str, str] = attrs.field(factory=dict, eq=False)
    """What each column or field is read as, in words."""
    statuses: tuple[tuple[str, str, int, bool], ...] = ()
    """Statuses of orders: what stands there, the event that it became, how often, and whether that is in doubt."""
    reader: str = ""
    """What reads further calls of the same kind, as it is written in Python."""


@attrs.frozen
class Asked:
    """For which purpose, on which channel and by which brand somebody is looked at."""

    purpose: str
    channel: str = "any"
    brand: str = ""


@attrs.frozen
class Audience:
    """A segment, and where its members are to be met."""

    segment: Segment
    channel: str = "any"
    brand: str = ""

    @property
    def asked(self) -> Asked:
        """What its members must permit."""
        return Asked(self.segment.purpose, self.channel, self.brand)


@attrs.frozen
class Churn:
    """When a customer counts as lost: active within *base* before the period, and not once in it.

    *period* ends now; to be active is to have one of *events*.
    """

    events: tuple[str, ...] = ("Order Completed",)
    base: timedelta = timedelta(days=365)
    period: timedelta = timedelta(days=180)


@attrs.frozen(kw_only=True)
class Business:
    """Everything that one run needs.

    Attributes:
        sources: The files.
        setup: Rules, purposes and the clock.
        seen: How one person is shown.
        compared: How the same person is shown beside it.
        covered: The cells of the report on consent.
        audiences: The segments.
        measured: The purpose that metrics are for.
        churn: When a customer is lost.
        notes: What a reader should know first.
        hint: What to do where one person was refused several numbers.
    """

    sources: tuple[Source, ...]
    setup: Setup
    seen: Asked
    compared: Asked
    covered: tuple[Asked, ...]
    audiences: tuple[Audience, ...]
    measured: Asked
    churn: Churn = Churn()
    notes: tuple[str, ...] = ()
    hint: str = ""
