"""What a machine linked is known since it was first linked, however often it is found again."""

from datetime import UTC, datetime, timedelta

from unified_profile import Hub, Identifier, Link, MemoryStore, ModelAdopted, Purpose, SourceRecord

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_a_link_found_again_or_rebuilt_was_known_all_the_time():
    """Each of the two once dated it anew, and the past forgot it."""
    times = [NOON]
    hub = Hub(MemoryStore(), clock=lambda: times[-1], purposes=[Purpose("service", basis="contract")])
    hub.ingest([SourceRecord(id=key, source="crm", key=key, occurred_at=NOON) for key in ("1", "2")])
    hub.ingest([ModelAdopted(id="m", source="desk", occurred_at=NOON, kind="records", fingerprint="names/1")])
    link = Link(Identifier.record("crm", "1"), Identifier.record("crm", "2"), 9.5, "names/1")
    hub.link([link])
    times.append(NOON + 2 * HOUR)
    hub.link([link])
    hub.rebuild()
    assert hub.raw(link.left, reason="a test", known_at=NOON + HOUR).n_facts == 2
