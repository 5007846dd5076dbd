"""Coverage counts what permission answers, of everybody."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from unified_profile import (
    ConsentRecord,
    ConsentState,
    Hub,
    Identifier,
    Link,
    MemoryStore,
    ModelAdopted,
    Purpose,
    SourceRecord,
)

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
PURPOSES = [Purpose("news", traits={"city"}), Purpose("service", traits={"*"}, basis="contract")]


def told():
    """Return a hub with two records of whom a machine says that they are one: the first said no, the second yes."""
    hub = Hub(MemoryStore(), purposes=PURPOSES)
    hub.ingest([ModelAdopted(id="m", source="desk", occurred_at=NOON, kind="records", fingerprint="M")])
    for number, state in enumerate((ConsentState.WITHDRAWN, ConsentState.GIVEN)):
        who, at = [Identifier("email", f"{number}@example.com")], NOON + timedelta(days=number)
        hub.ingest([
            SourceRecord(id=f"r{number}", source="crm", key=str(number), occurred_at=at, identifiers=who),
            ConsentRecord(id=f"c{number}", source="web", occurred_at=at, purpose="news", state=state,
                          channel="email", identifiers=who),
        ])  # fmt: skip
    return hub


@pytest.mark.parametrize("linked", (False, True))
def test_coverage_agrees_with_the_permission_of_each_person(linked):
    """A later yes of a record that a machine linked once counted here, while the permission said no."""
    hub = told()
    if linked:
        assert hub.link([Link(Identifier.record("crm", "0"), Identifier.record("crm", "1"), 9.0, "M")]).merged == 1
    rows = hub.coverage(channels=["email", "sms"])
    for row in rows:
        said = Counter(hub.permission(one, purpose=row.purpose, channel=row.channel).code for one in hub.ids())
        assert (row.codes, row.people) == (said, said.total())
    assert rows[0].granted == (0 if linked else 1)
