"""The side of the hub where facts come in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from unified_profile.errors import InvalidInputError
from unified_profile.hub import quarantine, records
from unified_profile.hub.arguments import called, many, number
from unified_profile.hub.door import PayloadReader, batches
from unified_profile.hub.reports import IngestReport, Quarantined
from unified_profile.hub.runner import Runner, traced
from unified_profile.hub.taking import reader_of, taking
from unified_profile.model.times import to_micros
from unified_profile.model.views import Link


class FactsIn(Runner):
    """Takes facts and payloads in, and keeps what could not be taken."""

    @traced
    def ingest(
        self,
        items: Iterable[object],
        /,
        *,
        source: str = "",
        reader: PayloadReader | None = None,
        rejected: list[Any] | None = None,
        batch_size: int = 1_000,
        progress: Callable[[IngestReport], None] | None = None,
    ) -> IngestReport:
        """Take facts or payloads in; each batch is kept whole before the next is read.

        Idempotent by fact id. What cannot be taken goes to the quarantine with its reason, and nothing handed in is
        lost. A generator of any length streams in bounded memory.

        Args:
            items: Facts, or payloads (mappings, JSON text) to be read by *reader*.
            source: Reads payloads as coming from this source; short for ``reader=wire.Reader(source=...)``.
            reader: Turns payloads into facts.
            rejected: The list in which a file reader collects lines it could not read; they are quarantined too.
            batch_size: How many items one commit holds.
            progress: Called with the report so far after each batch.
        """
        if isinstance(items, (str, bytes, bytearray, Mapping)):
            raise InvalidInputError(field="items", reason="a single payload", hint="pass a list: hub.ingest([payload])")
        many(items, "items")
        number(batch_size, "batch_size", least=1)
        called(progress, "progress")
        if rejected is not None and not isinstance(rejected, list):
            raise InvalidInputError(field="rejected", reason="not a list", hint="the list that the file reader fills")
        reader = reader_of(source, reader, self.setup)
        report = IngestReport()
        for batch in batches(items, batch_size):
            if rejected:
                batch += rejected  # noqa: PLW2901  # lines that the reader met while it made this batch
                rejected.clear()
            report += self._take(batch, reader)
            if progress is not None:
                progress(report)
        if rejected:
            report += self._take(list(rejected), reader)
            rejected.clear()
        self._done("ingested", accepted=report.accepted, quarantined=len(report.quarantined))
        return report

    def _take(self, batch: Sequence[object], reader: PayloadReader | None) -> IngestReport:
        return self._run(taking(batch, self.setup, reader))

    @traced
    def link(self, links: Iterable[Link], /) -> IngestReport:
        """Take machine links of a record model; they count while that model is the adopted one."""
        found = tuple(many(links, "links"))
        return self._run(lambda: records.linked_report(found, self.setup, to_micros(self.setup.clock())))

    @traced
    def quarantined(self, *, limit: int = 1_000) -> list[Quarantined]:
        """Return what waits for a fix, oldest id first, without what was handed in."""
        number(limit, "limit")
        return self._read(lambda: quarantine.waiting(limit))

    @traced
    def replay(self, *, reader: PayloadReader | None = None, source: str = "", limit: int = 10_000) -> IngestReport:
        """Try everything in the quarantine again, after rules or readers were fixed; what is taken leaves it."""
        number(limit, "limit")
        held = self._read(lambda: quarantine.held(limit))
        reader = reader_of(source, reader, self.setup)
        report = IngestReport()
        for one in held:
            report += self._run(taking([one.item], self.setup, reader, held=one.row))
        return report
