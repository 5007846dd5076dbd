"""What a file reader could not take waits in the quarantine, and is taken after a fix."""

import io
from datetime import UTC, datetime

import attrs

from unified_profile import Hub, MemoryStore
from unified_profile.wire import Reader, RecordMapping, RowReader, read_csv, read_jsonl

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def test_a_row_of_a_csv_file_is_taken_after_its_mapping_was_corrected():
    """It was once kept in a form that no reader could read."""
    mapping = RecordMapping("crm", "id", identifiers={"mail": "email"}, types={"born": "date"},
                            attributes={"born": "birth_date"})  # fmt: skip
    file = io.BytesIO(b"id,mail,born\n7,taro@example.com,3/4/1990\n")
    hub = Hub(MemoryStore())
    first = hub.ingest(read_csv(file, mapping, received_at=NOON))
    assert (first.accepted, len(first.quarantined)) == (0, 1)
    second = hub.replay(reader=RowReader(attrs.evolve(mapping, dayfirst=True)))
    assert (second.accepted, hub.quarantined()) == (1, [])


def test_a_line_of_a_jsonl_file_is_taken_after_the_reader_was_corrected():
    """Here the reader learns where the clocks stood."""
    file = io.BytesIO(b'{"type": "track", "event": "Seen", "userId": "7", "timestamp": "2026-05-01T12:00:00"}\n')
    hub = Hub(MemoryStore())
    assert len(hub.ingest(read_jsonl(file, Reader(source="web"), received_at=NOON)).quarantined) == 1
    assert hub.replay(reader=Reader(source="web", assume_tz="Asia/Tokyo")).accepted == 1
