"""Who watches a hub is told of every operation, and can break none."""

import logging
from datetime import UTC, datetime

import pytest

from unified_profile import Hub, Identifier, MemoryStore, SourceRecord, UnknownProfileError

WHO = Identifier("email", "hanako@example.com")
RECORD = SourceRecord(id="r", source="crm", key="7", occurred_at=datetime(2026, 5, 1, tzinfo=UTC), identifiers=[WHO])


def broken(name, measures):
    """Fail, as a trace exporter may."""
    raise RuntimeError(name)


def test_a_hook_that_fails_is_logged_and_what_was_kept_is_reported(caplog):
    """It once made a batch that was kept look like one that was lost."""
    hub = Hub(MemoryStore(), hooks=[broken])
    assert hub.ingest([RECORD]).accepted == 1
    assert "a hook failed after ingest" in caplog.text


def test_a_hook_hears_of_errors_by_name():
    heard = []
    hub = Hub(MemoryStore(), hooks=[lambda name, measures: heard.append((name, measures["error"]))])
    with pytest.raises(UnknownProfileError):
        hub.resolve(WHO)
    assert heard == [("resolve", "UnknownProfileError")]


def test_operations_are_logged_without_a_hook_and_without_a_personal_value(caplog):
    caplog.set_level(logging.DEBUG, logger="unified_profile")
    hub = Hub(MemoryStore())
    hub.ingest([RECORD])
    hub.resolve(WHO)
    assert {record.args[0] for record in caplog.records} >= {"ingest", "ingested", "resolve"}
    assert "hanako" not in caplog.text
