"""The side of the asynchronous hub where facts come in. Each method follows the course that ``Hub`` follows."""

from __future__ import annotations

from collections.abc import AsyncIterable, Callable, Iterable

from unified_profile.aio.following import AsyncFollower, traced
from unified_profile.hub import telling
from unified_profile.hub.door import PayloadReader
from unified_profile.hub.reports import IngestReport, Quarantined
from unified_profile.model.views import Link


class FactsIn(AsyncFollower):
    """Takes facts and payloads in."""

    @traced
    async def ingest(
        self,
        items: Iterable[object] | AsyncIterable[object],
        /,
        *,
        source: str = "",
        reader: PayloadReader | None = None,
        batch_size: int = 1_000,
        progress: Callable[[IngestReport], None] | None = None,
    ) -> IngestReport:
        """Take facts or payloads in; see ``Hub.ingest``."""
        course = telling.ingest(
            self.setup, items, source=source, reader=reader, batch_size=batch_size, progress=progress
        )
        report = await self._do(course, items)
        self._done("ingested", accepted=report.accepted, quarantined=report.n_quarantined)
        return report

    @traced
    async def link(self, links: Iterable[Link], /) -> IngestReport:
        """Take machine links of a record model; see ``Hub.link``."""
        return await self._do(telling.link(self.setup, links))

    @traced
    async def quarantined(self, *, limit: int = 1_000) -> list[Quarantined]:
        """Return what waits for a fix; see ``Hub.quarantined``."""
        return await self._do(telling.quarantined(limit))

    @traced
    async def discard(self, ids: Iterable[str], /) -> int:
        """Delete from the quarantine what waits under *ids*; see ``Hub.discard``."""
        return await self._do(telling.discard(self.setup, ids))

    @traced
    async def replay(
        self, *, reader: PayloadReader | None = None, source: str = "", limit: int = 10_000
    ) -> IngestReport:
        """Try everything in the quarantine again; see ``Hub.replay``."""
        return await self._do(telling.replay(self.setup, reader=reader, source=source, limit=limit))
