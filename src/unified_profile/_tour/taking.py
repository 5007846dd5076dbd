"""Takes the sources in, one after the other, and tells what became of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import attrs

from unified_profile import Hub, IngestReport
from unified_profile._tour.business import Source
from unified_profile.model import Fact


@attrs.frozen
class Taken:
    """What became of one source: how many facts it told, and how the hub took them."""

    source: Source
    read: int
    report: IngestReport


def take_in(hub: Hub, source: Source, progress: Callable[[str, int], None] | None = None) -> Taken:
    """Ingest *source*; *progress* gets its name and how much of it was taken so far."""
    rejected: list[Any] = []
    count = 0

    def counted() -> Iterator[Fact]:
        nonlocal count
        for fact in source.facts(rejected.append):
            count += 1
            yield fact

    def told(report: IngestReport) -> None:
        if progress is not None:
            progress(source.name, report.accepted + report.duplicates + len(report.quarantined))

    report = hub.ingest(counted(), rejected=rejected, batch_size=4_000, progress=told)
    # What could not even be read as a fact was quarantined too.
    unread = report.accepted + report.duplicates + len(report.quarantined) - count
    return Taken(source, count + unread, report)
