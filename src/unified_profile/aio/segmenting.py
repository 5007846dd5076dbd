"""The side of the asynchronous hub for segments. Each method follows the course that ``Hub`` follows."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from datetime import datetime, timedelta

from unified_profile.aio.following import AsyncFollower, traced
from unified_profile.consent.permits import Permit, Release
from unified_profile.expressions import Schema
from unified_profile.hub import audiences, permitting, segments, segments_compared
from unified_profile.hub.audiences import Audience
from unified_profile.hub.guarding import QUARTER
from unified_profile.hub.segments_reports import DueReport, Entered, Exited, SegmentChange, SegmentStatus
from unified_profile.hub.whose import Who
from unified_profile.model.views import Membership
from unified_profile.segments import Segment


class Segmenting(AsyncFollower):
    """Keeps memberships."""

    @traced
    async def define_segment(
        self, segment: Segment, /, *, schema: Schema | None = None, progress: Callable[[int], None] | None = None
    ) -> bool:
        """Keep memberships of *segment* from now on; see ``Hub.define_segment``."""
        return await self._do(segments.define(self.setup, segment, schema=schema, progress=progress))

    @traced
    async def remove_segment(self, segment: str, /) -> None:
        """Keep no memberships of the segment of that name any more; see ``Hub.remove_segment``."""
        await self._do(segments.remove(self.setup, segment))

    @traced
    async def fill_segments(self, *, progress: Callable[[int], None] | None = None) -> int:
        """See ``Hub.fill_segments``."""
        return await self._do(segments.fill(self.setup, progress=progress))

    @traced
    async def segments(self) -> list[SegmentStatus]:
        """See ``Hub.segments``."""
        return await self._do(segments.statuses(self.setup))

    @traced
    async def due(self, now: datetime | None = None, /) -> DueReport:
        """End and begin the memberships whose time has come; see ``Hub.due``."""
        return await self._do(segments.due(self.setup, now))

    @traced
    async def memberships(self, who: Who, /, *, purpose: str) -> dict[str, Membership]:
        """See ``Hub.memberships``."""
        return await self._do(segments.of_person(self.setup, who, purpose=purpose))

    async def members(self, segment: str, /, *, page: int = 500) -> AsyncIterator[Membership]:
        """Yield the members of a segment in order of profile id; see ``Hub.members``."""
        async for one in self._give(segments.members(self.setup, segment, page=page)):
            yield one

    @traced
    async def membership_changes(
        self, *, after: int = 0, limit: int = 1_000, segment: str | None = None
    ) -> list[Entered | Exited]:
        """See ``Hub.membership_changes``."""
        return await self._do(segments.changes(after=after, limit=limit, segment=segment))

    @traced
    async def audience(
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
        """See ``Hub.audience``."""
        bound = permitting.bound_to(
            self.setup, action="audience", purpose=purpose, channel=channel, recipient=recipient, brand=brand
        )
        return await self._do(audiences.audience(self.setup, segment, bound=bound, valid=valid))

    @traced
    async def release_audience(
        self, segment: str, permit: Permit | str, /, *, purpose: str, channel: str, recipient: str, brand: str = ""
    ) -> Release:
        """See ``Hub.release_audience``."""
        bound = permitting.bound_to(
            self.setup, action="audience", purpose=purpose, channel=channel, recipient=recipient, brand=brand
        )
        return await self._do(audiences.release(self.setup, segment, permit, bound=bound))

    @traced
    async def simulate_segment(self, segment: Segment, /, *, page: int = 500) -> SegmentChange:
        """See ``Hub.simulate_segment``."""
        return await self._do(segments_compared.simulate(self.setup, segment, page=page))

    @traced
    async def segment_sizes(self, segment: str, /, times: Iterable[datetime]) -> list[int]:
        """See ``Hub.segment_sizes``."""
        return await self._do(segments_compared.sizes(self.setup, segment, times))

    @traced
    async def segment_overlap(self, segments_: Iterable[str] | None = None, /) -> dict[tuple[str, str], int]:
        """Return how many people are in both of each pair of segments (all if None); see ``Hub.segment_overlap``."""
        return await self._do(segments_compared.overlap(self.setup, segments_))
