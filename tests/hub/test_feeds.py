"""The two feeds of a hub share one log: each tells its own and stops for nothing else."""

from datetime import UTC, datetime

from unified_profile import (
    ConsentRecord,
    ConsentState,
    Event,
    Hub,
    Identifier,
    MemoryStore,
    ProfileMerged,
    Purpose,
    SourceRecord,
)
from unified_profile.consent import Policy
from unified_profile.hub.reports import GoldenChange

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def told():
    """Return a hub that merged two people, and then brought the golden values up to date."""
    purposes = [Purpose("service", traits={"city"}, basis="contract"), Purpose("newsletter")]
    hub = Hub(MemoryStore(), policy=Policy(purposes=purposes, processors={"crm"}))
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
    while page := hub.golden_changes(purpose="service", recipient="crm", after=after, limit=1):
        after = page[-1].position
        seen += page
    assert [type(change) for change in seen] == [GoldenChange]


def test_a_withdrawal_is_told_to_whoever_writes_back_and_leaves_nothing_to_see():
    """A CRM once went on with values of people who had said no, because no value had changed."""
    hub = Hub(MemoryStore(), policy=Policy(purposes=[Purpose("newsletter", traits={"city"})], processors={"crm"}))
    who = Identifier("email", "hanako@example.com")
    said = {
        name: ConsentRecord(
            id=name,
            source="web",
            occurred_at=NOON.replace(day=day),
            purpose="newsletter",
            state=state,
            identifiers=[who],
        )
        for day, (name, state) in enumerate([("yes", ConsentState.GIVEN), ("no", ConsentState.WITHDRAWN)], start=2)
    }
    record = SourceRecord(
        id="r", source="crm", key="1", occurred_at=NOON, identifiers=[who], attributes={"city": "Osaka", "age": 3}
    )
    hub.ingest([record, said["yes"]])
    (before,) = hub.golden_changes(purpose="newsletter", recipient="crm")
    assert before.view is not None
    assert before.view.to_dict() == {"city": "Osaka"}
    hub.ingest([said["no"]])
    (after,) = hub.golden_changes(purpose="newsletter", recipient="crm", after=before.position)
    assert after.view is not None
    assert after.view.to_dict() == {}
    assert after.view.state("city") == "denied"
