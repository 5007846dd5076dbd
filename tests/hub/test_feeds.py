"""The two feeds of a hub share one log: each tells its own and stops for nothing else."""

from datetime import UTC, datetime

from unified_profile import Event, Hub, Identifier, MemoryStore, ProfileMerged, SourceRecord
from unified_profile.hub.reports import GoldenChange

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def told():
    """Return a hub that merged two people, and then brought the golden values up to date."""
    hub = Hub(MemoryStore())
    addresses = [Identifier("email", f"{name}@example.com") for name in ("hanako", "taro")]
    for number, address in enumerate(addresses):
        hub.ingest([SourceRecord(id=f"r{number}", source="crm", key=str(number), occurred_at=NOON,
                                 identifiers=[address], attributes={"city": "Osaka"})])  # fmt: skip
    hub.ingest([Event(id="e", source="web", occurred_at=NOON, identifiers=addresses)])
    hub.refresh()
    return hub


def test_merges_and_splits_are_told_apart_from_golden_values():
    """A consumer of merges once met the golden values of the write-back, and failed."""
    hub = told()
    assert [type(change) for change in hub.changes()] == [ProfileMerged]
    assert hub.changes(after=hub.changes()[-1].position) == []


def test_an_empty_page_of_golden_changes_means_that_there_are_no_more():
    """A page as short as the merges before it once came out empty, and write-back stopped there."""
    hub, after, seen = told(), 0, []
    while page := hub.golden_changes(after=after, limit=1):
        after = page[-1].position
        seen += page
    assert [type(change) for change in seen] == [GoldenChange]
