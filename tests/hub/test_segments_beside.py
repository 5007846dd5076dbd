"""Segments that do not follow from one person's facts: since the entry into another, and the people of an account."""

from __future__ import annotations

from typing import Any

from tests.hub.test_segments import DAY, NOW, RECENT, TICK, hub_over, names, paid, said, tale, user
from tests.hub.worlds import Clock

from unified_profile import ConsentState, Event, Hub, Identifier, MemoryStore, Segment, SourceRecord
from unified_profile.rights import ErasureTerms, KeyRing, RetentionRule, RetentionSchedule
from unified_profile.segments import events, member_of, members_all, members_any
from unified_profile.storage.commands import Scan
from unified_profile.storage.tables import MEMBERSHIPS

AGAIN = events("Paid").count().since_entry("recent") >= 2
BUYS = members_any(RECENT)


def joined(id: str, who: str, account: str = "kawa") -> Event:
    return Event(id=id, source="crm", type="group", account=account, occurred_at=NOW - DAY, identifiers=[user(who)])


def account_rows(hub: Hub) -> int:
    with hub.store.session(hub.setup.tenant) as session:
        (rows,) = session.read([Scan(MEMBERSHIPS)])
    return sum(not row.segment.isprintable() for row in rows)


def test_a_count_since_an_entry_begins_anew_with_each_entry():
    clock = Clock(NOW)
    hub = hub_over(clock=clock)
    hub.define_segment(Segment("recent", RECENT, purpose="service"))
    hub.define_segment(Segment("came again", AGAIN, purpose="service"))
    hub.ingest([paid("e1", "7")])
    assert names(hub, "came again") == set()
    clock.at += DAY
    hub.ingest([paid("e2", "7", clock.at)])
    [member] = hub.members("came again")
    assert (member.since, member.next_change_at) == (clock.at, clock.at + 30 * DAY + TICK), "until the other one ends"
    clock.at += 40 * DAY
    assert hub.due().exited == 2
    assert {one[3] for one in tale(hub) if one[0] == "Exited"} == {NOW + 31 * DAY + TICK}
    hub.ingest([paid("e3", "7", clock.at)])
    assert names(hub, "recent") == {hub.resolve(user("7"))}
    assert names(hub, "came again") == set(), "what was before this entry counts no more"
    hub.ingest([paid("e4", "7", clock.at)])
    assert names(hub, "came again") == {hub.resolve(user("7"))}


def test_who_is_not_in_the_other_segment_is_unknown():
    hub = hub_over()
    hub.define_segment(Segment("recent", RECENT, purpose="service"))
    hub.define_segment(Segment("not again", ~AGAIN, purpose="service"))
    hub.ingest([paid("e1", "7", NOW - 60 * DAY), paid("e2", "8")])
    assert names(hub, "not again") == {hub.resolve(user("8"))}
    assert hub.memberships(user("7"), purpose="service")["not again"].member is None


def test_a_change_that_is_only_tried_counts_since_the_entry_that_was():
    hub = hub_over()
    hub.define_segment(Segment("recent", RECENT, purpose="service"))
    hub.ingest([paid("e1", "7"), paid("e2", "7"), paid("e3", "8")])
    found = hub.simulate_segment(Segment("came again", AGAIN & member_of("recent"), purpose="service"))
    assert (found.enter, found.leave) == ((hub.resolve(user("7")),), ())


def test_one_of_an_account_lets_all_of_it_in_until_the_instant_at_which_that_ends():
    clock = Clock(NOW)
    hub = hub_over(clock=clock)
    hub.define_segment(Segment("account buys", BUYS, purpose="service"))
    hub.define_segment(Segment("all buy", members_all(RECENT), purpose="service"))
    hub.ingest([joined("g1", "1"), joined("g2", "2"), joined("g3", "3", "hoshi"), paid("e1", "2")])
    both = {hub.resolve(user(one)) for one in "12"}
    assert names(hub, "account buys") == both
    assert names(hub, "all buy") == set()
    assert {one.next_change_at for one in hub.members("account buys")} == {NOW + 30 * DAY + TICK}
    hub.ingest([paid("e2", "1", NOW - DAY)])
    assert names(hub, "all buy") == both
    clock.at += 60 * DAY
    hub.due()
    assert names(hub, "account buys") == names(hub, "all buy") == set()
    assert {one.at for one in hub.membership_changes() if one.segment == "all buy" and one.cause == "time"} == {
        NOW + 29 * DAY + TICK
    }


def test_people_of_an_account_who_permit_nothing_are_not_asked_and_learn_nothing():
    hub = hub_over()
    hub.define_segment(Segment("account buys", BUYS, purpose="news"))
    hub.define_segment(Segment("nobody buys", ~BUYS, purpose="news"))
    hub.ingest([joined("g1", "1"), joined("g2", "2"), paid("e1", "2")])
    hub.ingest([said("c1", "1", ConsentState.GIVEN)])
    assert names(hub, "account buys") == set()
    assert names(hub, "nobody buys") == {hub.resolve(user("1"))}
    hub.ingest([said("c2", "2", ConsentState.GIVEN)])
    assert names(hub, "account buys") == {hub.resolve(user(one)) for one in "12"}
    hub.ingest([said("w2", "2", ConsentState.WITHDRAWN)])
    assert names(hub, "account buys") == set()
    assert names(hub, "nobody buys") == {hub.resolve(user("1"))}


def test_who_leaves_an_account_by_a_merge_or_an_erasure_takes_what_they_did_along():
    terms = ErasureTerms(keys=KeyRing({"1": b"thirty-two bytes for this test.."}))
    hub = hub_over(MemoryStore(), erasure=terms)
    hub.define_segment(Segment("account buys", BUYS, purpose="service"))
    mail: dict[str, Any] = {"source": "crm", "occurred_at": NOW}
    hub.ingest([joined("g1", "1"), joined("g2", "2"), paid("e1", "2")])
    other = Identifier("email", "a@x.example")
    hub.ingest([Event(id="e9", name="Viewed", identifiers=[other], **mail)])
    hub.ingest([SourceRecord(id="r1", key="1", identifiers=[user("2"), other], **mail)])
    assert len(names(hub, "account buys")) == 2
    assert account_rows(hub) == 2
    hub.erase(hub.plan_erasure(user("2")))
    assert names(hub, "account buys") == set()
    assert account_rows(hub) == 1
    hub.remove_segment("account buys")
    assert account_rows(hub) == 0


def test_what_a_retention_takes_out_counts_no_more():
    """No fact comes, and no profile changes: only the log says that facts of somebody went."""
    clock = Clock(NOW)
    terms = ErasureTerms(keys=KeyRing({"1": b"thirty-two bytes for this test.."}))
    hub = hub_over(clock=clock, erasure=terms)
    hub.define_segment(Segment("twice", events("Paid").count() >= 2, purpose="service"))
    hub.ingest([paid("e1", "7", NOW - 300 * DAY), paid("e2", "7")])
    assert len(names(hub, "twice")) == 1
    schedule = RetentionSchedule(rules=[RetentionRule("order", "service", 200 * DAY)], events={"Paid": "order"})
    assert hub.sweep(hub.retention_plan(schedule), schedule).removed == ("e1",)
    assert names(hub, "twice") == set()
    clock.at += DAY
    hub.ingest([paid("e3", "7", clock.at)])
    assert len(names(hub, "twice")) == 1
