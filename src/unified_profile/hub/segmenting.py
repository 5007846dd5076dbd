"""The side of the hub for segments: who is in and until when, who came and who went, who may be addressed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta

from unified_profile.consent.permits import Permit, Release
from unified_profile.expressions import Schema
from unified_profile.hub import audiences, permitting, segments, segments_compared
from unified_profile.hub.audiences import Audience
from unified_profile.hub.following import Follower
from unified_profile.hub.guarding import QUARTER
from unified_profile.hub.runner import traced
from unified_profile.hub.segments_reports import DueReport, Entered, Exited, SegmentChange, SegmentStatus
from unified_profile.hub.whose import Who
from unified_profile.model.views import Membership
from unified_profile.segments import Segment


class Segmenting(Follower):
    """Keeps memberships."""

    @traced
    def define_segment(
        self, segment: Segment, /, *, schema: Schema | None = None, progress: Callable[[int], None] | None = None
    ) -> bool:
        """Keep memberships of *segment* from now on; return whether it is new, or means something else than before.

        Everybody's history is read for it, page by page, and then each fact that comes updates the memberships that it
        can touch, in the commit that keeps it. If reading is cut short, ``fill_segments`` goes on. A segment of the
        same name is replaced: those who are in by one definition and not by the other enter and leave.

        >>> from datetime import UTC, datetime, timedelta
        >>> from unified_profile import Event, Hub, Identifier, MemoryStore, Purpose, Segment, events
        >>> today = datetime(2026, 3, 1, 12, tzinfo=UTC)
        >>> hub = Hub(
        ...     MemoryStore(),
        ...     purposes=[Purpose("service", events={"Order Completed"}, basis="contract")],
        ...     clock=lambda: today,
        ... )
        >>> recent = events("Order Completed").count().within(days=30) >= 1
        >>> hub.define_segment(Segment("recent buyers", recent, purpose="service"))
        True
        >>> order = Event(
        ...     id="e1",
        ...     source="shop",
        ...     name="Order Completed",
        ...     occurred_at=today - timedelta(days=29),
        ...     identifiers=[Identifier("user_id", "7")],
        ... )
        >>> _ = hub.ingest([order])
        >>> [str(one.next_change_at) for one in hub.members("recent buyers")]
        ['2026-03-02 12:00:00.000001+00:00']

        Args:
            segment: Name, rule and purpose.
            schema: The traits and events there are. A rule that asks for others is refused, with what may have been
                meant; without a schema a slip of a name is a condition that nobody meets.
            progress: Called with how many people have been looked at.

        Raises:
            InvalidRulesError: If it refers to itself in a circle, or to a segment of another purpose; or does not fit
                *schema*.
            UnknownNameError: If its purpose, or a segment that it refers to, is not there.
        """
        return self._do(segments.define(self.setup, segment, schema=schema, progress=progress))

    @traced
    def remove_segment(self, segment: str, /) -> None:
        """Keep no memberships of the segment of that name any more; its members leave it.

        Raises:
            InvalidRulesError: If another segment refers to it.
            UnknownNameError: If there is none.
        """
        self._do(segments.remove(self.setup, segment))

    @traced
    def fill_segments(self, *, progress: Callable[[int], None] | None = None) -> int:
        """Read history for segments where that was cut short, or where purposes, policy or profile rules are others.

        Return how many people were looked at; 0 if there was nothing to do.
        """
        return self._do(segments.fill(self.setup, progress=progress))

    @traced
    def segments(self) -> list[SegmentStatus]:
        """Return the segments that memberships are kept of, by name, and whether history has been read for them."""
        return self._do(segments.statuses(self.setup))

    @traced
    def due(self, now: datetime | None = None, /) -> DueReport:
        """End and begin the memberships whose time has come; return how many, and when the next one is due.

        Every change has the exact instant at which it became true, however late this is called. Nobody else is looked
        at. Sleep until ``next_at``, or call it as often as you like.

        Args:
            now: Until when; the time it is, if not said. Nothing later than that.

        Raises:
            InvalidInputError: If *now* is later than the hub's clock says.
        """
        return self._do(segments.due(self.setup, now))

    @traced
    def memberships(self, who: Who, /, *, purpose: str) -> dict[str, Membership]:
        """Return how *who* stands at this moment in each segment that is for *purpose*, by name.

        ``member`` is true, false or None (unknown: what the purpose may not see is), with the conditions that decided,
        since when, and the instant at which it changes if nothing more happens.

        Raises:
            UnknownProfileError: If nobody answers to it; with why.
            UnknownNameError: If the purpose is not registered.
        """
        return self._do(segments.of_person(self.setup, who, purpose=purpose))

    def members(self, segment: str, /, *, page: int = 500) -> Iterator[Membership]:
        """Yield the members of a segment in order of profile id: each since when, and until when.

        What is due is done first, so that nobody is listed whose time is over. Reasons are those of ``memberships``.

        Raises:
            UnknownNameError: If there is no such segment.
        """
        yield from self._give(segments.members(self.setup, segment, page=page))

    @traced
    def membership_changes(
        self, *, after: int = 0, limit: int = 1_000, segment: str | None = None
    ) -> list[Entered | Exited]:
        """Return who entered and who left after position *after*, in the order in which it was kept.

        The log is kept with the facts that it follows from: a consumer that remembers the last position misses nothing
        and is told nothing twice. *segment* keeps the changes of one.
        """
        return self._do(segments.changes(after=after, limit=limit, segment=segment))

    @traced
    def audience(
        self,
        segment: str,
        /,
        *,
        purpose: str,
        channel: str,
        recipient: str,
        brand: str = "",
        valid: timedelta = QUARTER,
    ) -> Audience:
        """Return a permit to address those members of a segment who permit it, good for one use (``release_audience``).

        Args:
            segment: The name of a segment.
            purpose: What for; it has to be what the segment is for.
            channel: How they would be met.
            recipient: Who gets the values: a system or a company.
            brand: Which brand asks.
            valid: How long the permit can wait; at most a week.

        Raises:
            PurposeDeniedError: If the segment is for another purpose.
            UnknownNameError: If there is no such segment or purpose.
        """
        bound = permitting.bound_to(
            self.setup, action="audience", purpose=purpose, channel=channel, recipient=recipient, brand=brand
        )
        return self._do(audiences.audience(self.setup, segment, bound=bound, valid=valid))

    @traced
    def release_audience(
        self, segment: str, permit: Permit | str, /, *, purpose: str, channel: str, recipient: str, brand: str = ""
    ) -> Release:
        """Use *permit* up, and return the values of those who still permit it and are still members.

        Everything is decided anew. ``dropped`` says who is left out and why; ``"left_segment"`` is who left since.

        Raises:
            PermitError: If it was used, is over, was given for something else, or nobody is left.
            PurposeDeniedError: If the segment is for another purpose.
        """
        bound = permitting.bound_to(
            self.setup, action="audience", purpose=purpose, channel=channel, recipient=recipient, brand=brand
        )
        return self._do(audiences.release(self.setup, segment, permit, bound=bound))

    @traced
    def simulate_segment(self, segment: Segment, /, *, page: int = 500) -> SegmentChange:
        """Return who would enter and who would leave if *segment* were defined like this; nothing is changed.

        Everybody is read once.

        Raises:
            InvalidRulesError: If it does not fit the segments that there are.
            UnknownNameError: If its purpose, or a segment that it refers to, is not there.
        """
        return self._do(segments_compared.simulate(self.setup, segment, page=page))

    @traced
    def segment_sizes(self, segment: str, /, times: Iterable[datetime]) -> list[int]:
        """Return how many members a segment had at each of *times*, as its log of changes has it now.

        Those who were erased are missing from the past too.
        """
        return self._do(segments_compared.sizes(self.setup, segment, times))

    @traced
    def segment_overlap(self, segments_: Iterable[str] | None = None, /) -> dict[tuple[str, str], int]:
        """Return how many people are in both of each pair of segments (all if None); of a pair of one: its size."""
        return self._do(segments_compared.overlap(self.setup, segments_))
