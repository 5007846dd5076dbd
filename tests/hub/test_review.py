"""What a clerk should look at, and what needs nobody any more."""

from datetime import UTC, datetime, timedelta

import pytest

from unified_profile import Hub, Identifier, Judgement, Link, MemoryStore, ModelAdopted, SourceRecord, Verdict

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
HANAKO, HANA = Identifier.record("crm", "1"), Identifier.record("crm", "2")


def linked():
    """Return a hub with two records that the adopted model holds for one person's."""
    hub = Hub(MemoryStore())
    hub.ingest([SourceRecord(id=key, source="crm", key=key, occurred_at=NOON) for key in ("1", "2")])
    hub.ingest([ModelAdopted(id="m", source="desk", occurred_at=NOON, kind="records", fingerprint="names/1")])
    hub.link([Link(HANAKO, HANA, 9.5, "names/1")])
    return hub


def judged(hub, verdict, hours):
    hub.ingest([Judgement(id=f"j{hours}", source="desk", occurred_at=NOON + timedelta(hours=hours), verdict=verdict,
                          left=HANA, right=HANAKO)])  # fmt: skip


def test_a_machine_link_that_nobody_judged_waits_with_its_weight():
    (item,) = linked().review(reason="a test")
    assert (item.reason, item.weight, item.left) == ("held together by a machine link", 9.5, item.right)


@pytest.mark.parametrize("verdict", (Verdict.SAME, Verdict.DIFFERENT))
def test_a_judged_pair_leaves_the_queue(verdict):
    """A link whose pair a clerk had told apart once stayed in the queue for ever."""
    hub = linked()
    judged(hub, Verdict.UNSURE, 1)
    (item,) = hub.review(reason="a test")
    assert (item.reason, item.weight) == ("a clerk was not sure", 9.5)
    judged(hub, verdict, 2)
    assert hub.review(reason="a test") == []


def test_a_clerks_word_that_a_limit_keeps_from_joining_people_comes_back_to_the_clerk():
    """The address moves, and its people stay apart: their customer numbers do not fit into one person."""
    hub = Hub(MemoryStore())
    one, other = Identifier("email", "hana@example.com"), Identifier("email", "hanako@example.com")
    for number, mail in (("1", one), ("2", other)):
        hub.ingest([SourceRecord(id=number, source="crm", key=number, occurred_at=NOON,
                                 identifiers=[Identifier("customer_number", number), mail])])  # fmt: skip
    assert hub.review(reason="a test") == []
    hub.ingest([Judgement(id="j", source="desk", occurred_at=NOON, verdict=Verdict.SAME, left=one, right=other)])
    assert len(list(hub.ids())) == 2, "the limit holds"
    assert len(hub.conflicts(reason="a test")) == 1
    (item,) = hub.review(reason="a test")
    assert item.reason == "judged the same, but a limit or another judgement keeps their people apart"
    assert {item.left, item.right} == set(hub.ids())
    assert {item.left_node, item.right_node} == {one, other}
    hub.ingest([Judgement(id="k", source="desk", occurred_at=NOON + timedelta(hours=1), verdict=Verdict.DIFFERENT,
                          left=one, right=other)])  # fmt: skip
    assert hub.review(reason="a test") == []
