"""Only what somebody decided can be taken back; a retraction of anything else is not swallowed."""

from datetime import UTC, datetime

import pytest

from unified_profile import (
    ConsentRecord,
    ConsentState,
    Event,
    Hub,
    Identifier,
    Judgement,
    MemoryStore,
    Retraction,
    SourceRecord,
    Verdict,
)

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
WHO = [Identifier("email", "hanako@example.com")]
OTHER = Identifier("email", "mori@example.com")
RECORD = SourceRecord(id="f", source="crm", key="1", occurred_at=NOON, identifiers=WHO)
EVENT = Event(id="f", source="app", occurred_at=NOON, name="Viewed", identifiers=WHO)
CONSENT = ConsentRecord(
    id="f", source="app", occurred_at=NOON, purpose="news", state=ConsentState.GIVEN, identifiers=WHO
)
BACK = Retraction(id="r", source="desk", occurred_at=NOON, fact_id="f")


@pytest.mark.parametrize(
    "fact", (RECORD, EVENT, CONSENT, Retraction(id="f", source="desk", occurred_at=NOON, fact_id="x"))
)
@pytest.mark.parametrize("together", (True, False))
def test_a_retraction_of_what_cannot_be_taken_back_waits_with_the_reason(fact, together):
    hub = Hub(MemoryStore())
    reports = [hub.ingest([fact, BACK])] if together else [hub.ingest([fact]), hub.ingest([BACK])]
    assert sum(report.accepted for report in reports) == 1
    (waits,) = hub.quarantined()
    assert waits.field == "fact_id"
    assert "only judgements, severances and adopted models can be taken back" in waits.reason
    assert hub.replay().accepted == 0
    assert hub.quarantined() == [waits]


def test_one_that_came_before_its_fact_was_taken_and_stays_taken():
    """Nobody can know yet what it is about."""
    hub = Hub(MemoryStore())
    assert hub.ingest([BACK]).accepted == 1
    assert hub.ingest([EVENT]).accepted == 1
    again = hub.ingest([BACK])
    assert (again.duplicates, hub.quarantined()) == (1, [])


def test_a_judgement_is_taken_back():
    hub = Hub(MemoryStore())
    hub.ingest([RECORD, SourceRecord(id="g", source="crm", key="2", occurred_at=NOON, identifiers=[OTHER])])
    said = Judgement(id="j", source="desk", occurred_at=NOON, verdict=Verdict.SAME, left=WHO[0], right=OTHER)
    assert hub.ingest([said]).merged == 1
    assert hub.ingest([Retraction(id="r", source="desk", occurred_at=NOON, fact_id="j")]).split == 1
    assert hub.quarantined() == []
