"""Takes the sources in, one after the other, and tells what became of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import attrs

from unified_profile import Hub, IngestReport
from unified_profile._tour.business import Source
from unified_profile.model import Fact
from unified_profile.wire import Rejected


@attrs.frozen
class Taken:
    """What became of one source: how much was read, lines that told no fact included, and how the hub took it."""

    source: Source
    read: int
    report: IngestReport


def take_in(hub: Hub, source: Source, progress: Callable[[str, int], None] | None = None) -> Taken:
    """Ingest *source*; *progress* gets its name and how much of it was taken so far."""
    count = 0

    def counted() -> Iterator[Fact | Rejected]:
        nonlocal count
        for fact in source.facts():
            count += 1
            yield fact

    def told(report: IngestReport) -> None:
        if progress is not None:
            progress(source.name, report.accepted + report.duplicates + report.n_quarantined)

    report = hub.ingest(counted(), batch_size=4_000, progress=told)
    return Taken(source, count, report)
