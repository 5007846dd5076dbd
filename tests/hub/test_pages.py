"""Everybody is read page by page, while others go on writing."""

from datetime import UTC, datetime

import pytest

from unified_profile import Event, Hub, Identifier, MemoryStore, Purpose, Severance

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
PEOPLE = [Identifier("email", f"{number}@example.com") for number in range(5)]
ALL = (
    lambda hub: hub.profiles(purpose="service", page=2),
    lambda hub: hub.subjects(purpose="service", page=2),
)


@pytest.fixture
def hub():
    """Return a hub that was told of five people, each by one event."""
    hub = Hub(MemoryStore(), purposes=[Purpose("service", traits={"*"}, basis="contract")])
    hub.ingest(
        Event(id=f"e{number}", source="web", occurred_at=NOON, identifiers=[who]) for number, who in enumerate(PEOPLE)
    )
    return hub


@pytest.mark.parametrize("read", ALL, ids=("profiles", "subjects"))
def test_people_who_go_while_pages_are_read_are_left_out(hub, read):
    """They once ended the whole walk with an error."""
    going = read(hub)
    next(going)
    cuts = [
        Severance(id=f"s{number}", source="desk", occurred_at=NOON, fact_id=f"e{number}", identifier=who)
        for number, who in enumerate(PEOPLE)
    ]
    hub.ingest(cuts)
    assert len(list(going)) == 1  # the other one of the page that was read already
    assert list(hub.ids()) == []


@pytest.mark.parametrize("read", ALL, ids=("profiles", "subjects"))
def test_people_who_merge_while_pages_are_read_are_not_counted_for_each_of_their_ids(hub, read):
    going = read(hub)
    next(going)
    hub.ingest([Event(id="all", source="web", occurred_at=NOON, identifiers=PEOPLE)])
    assert len(list(hub.ids())) == 1
    assert len(list(going)) <= 2  # the other one of the page that was read already, and who is left
