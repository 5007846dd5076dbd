"""The side of the hub where facts come in."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from unified_profile.hub import telling
from unified_profile.hub.door import PayloadReader
from unified_profile.hub.following import Follower
from unified_profile.hub.reports import IngestReport, Quarantined
from unified_profile.hub.runner import traced
from unified_profile.model.views import Link


class FactsIn(Follower):
    """Takes facts and payloads in, and keeps what could not be taken."""

    @traced
    def ingest(
        self,
        items: Iterable[object],
        /,
        *,
        source: str = "",
        reader: PayloadReader | None = None,
        batch_size: int = 1_000,
        progress: Callable[[IngestReport], None] | None = None,
    ) -> IngestReport:
        """Take facts or payloads in; each batch is kept whole before the next is read.

        A list or tuple is in hand, so there the next batch is made ready while a database server keeps the one before.

        Idempotent by fact id. What cannot be taken goes to the quarantine with its reason, and nothing handed in is
        lost. A generator of any length streams in bounded memory.

        Args:
            items: Facts, payloads (mappings, JSON text) to be read by *reader*, or what ``wire.read_csv`` and
                ``wire.read_jsonl`` yield, lines that they could not read included.
            source: Reads payloads as coming from this source; short for ``reader=wire.Reader(source=...)``.
            reader: Turns payloads into facts.
            batch_size: How many items one commit holds.
            progress: Called with the report so far after each batch. What it raises ends the call and goes through to
                the caller; what was reported is kept, and the same items can be handed in again.
        """
        course = telling.ingest(
            self.setup, items, source=source, reader=reader, batch_size=batch_size, progress=progress
        )
        report = self._do(course, items)
        self._done("ingested", accepted=report.accepted, quarantined=report.n_quarantined)
        return report

    @traced
    def link(self, links: Iterable[Link], /) -> IngestReport:
        """Take machine links of a record model; they count while that model is the adopted one."""
        return self._do(telling.link(self.setup, links))

    @traced
    def quarantined(self, *, limit: int = 1_000) -> list[Quarantined]:
        """Return what waits for a fix, oldest id first, without what was handed in."""
        return self._do(telling.quarantined(limit))

    @traced
    def discard(self, ids: Iterable[str], /) -> int:
        """Delete from the quarantine what waits under *ids* and shall not be tried again; return how much there was.

        After an erasure something may wait there of which nobody can know whose it is: ``verify_erasure`` names it.

        >>> from unified_profile import Hub, MemoryStore
        >>> hub = Hub(MemoryStore())
        >>> (refused,) = hub.ingest([{"type": "nonsense"}], source="web").quarantined
        >>> hub.discard([refused.id, "q_other"]), hub.quarantined()
        (1, [])

        Raises:
            InvalidInputError: If one of *ids* is no id.
        """
        return self._do(telling.discard(self.setup, ids))

    @traced
    def replay(self, *, reader: PayloadReader | None = None, source: str = "", limit: int = 10_000) -> IngestReport:
        """Try everything in the quarantine again, after rules or readers were fixed; what is taken leaves it."""
        return self._do(telling.replay(self.setup, reader=reader, source=source, limit=limit))
