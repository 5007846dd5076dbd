"""Segments through the hub: who enters and leaves with which fact, at which instant, and who may be addressed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.hub.worlds import STORES, Clock

from unified_profile import (
    ConsentRecord,
    ConsentState,
    Event,
    Hub,
    Identifier,
    Link,
    MemoryStore,
    ModelAdopted,
    Purpose,
    Segment,
    SourceRecord,
)
from unified_profile.consent.policy import Policy
from unified_profile.consent.purposes import PurposeRegistry
from unified_profile.errors import (
    InvalidInputError,
    InvalidRulesError,
    PermitError,
    PurposeDeniedError,
    UnifiedProfileError,
    UnknownNameError,
)
from unified_profile.hub.driver import run
from unified_profile.hub.memberships import dropped, looked_at_again
from unified_profile.hub.memberships_held import KEPT
from unified_profile.hub.segments_reports import Entered, Exited
from unified_profile.profiles import ProfileRules, computed
from unified_profile.rights import ErasureTerms, KeyRing
from unified_profile.segments import events, in_share, member_of, members_any, permitted, trait
from unified_profile.storage.commands import Changes, Commit, Scan
from unified_profile.storage.protocols import Store
from unified_profile.storage.tables import MEMBERSHIP_CHANGES, MEMBERSHIPS, STANDINGS, TIMERS

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
TICK = timedelta(microseconds=1)
PURPOSES = (
    Purpose("service", traits={"plan", "orders"}, events={"Paid", "Viewed"}, basis="contract", derives={"*"}),
    Purpose("news", traits={"plan", "email"}, events={"Paid"}),
    Purpose("ads", basis="consent"),
)
RECENT = events("Paid").count().within(days=30) >= 1


def hub_over(store: Store | None = None, clock: Clock | None = None, **fields: Any) -> Hub:
    return Hub(store or MemoryStore(), clock=clock or Clock(NOW), **{"purposes": PURPOSES, **fields})


def user(name: str) -> Identifier:
    return Identifier("user_id", f"u{name}")


def paid(id: str, who: str, at: datetime = NOW, name: str = "Paid") -> Event:
    return Event(id=id, source="shop", name=name, occurred_at=at, identifiers=[user(who)])


def said(
    id: str, who: str, state: ConsentState, at: datetime = NOW, purpose: str = "news", **more: Any
) -> ConsentRecord:
    return ConsentRecord(
        id=id, source="web", occurred_at=at, purpose=purpose, state=state, identifiers=[user(who)], **more
    )


def names(hub: Hub, segment: str) -> set[str]:
    return {one.profile for one in hub.members(segment)}


def tale(hub: Hub, after: int = 0) -> list[tuple[str, str, str, datetime]]:
    found = hub.membership_changes(after=after)
    return [(type(one).__name__, one.segment, one.cause, one.at) for one in found]


def test_what_ends_by_time_ends_at_the_instant_however_late_anybody_looks():
    clock = Clock(NOW)
    hub = hub_over(clock=clock)
    assert hub.define_segment(Segment("recent", RECENT, purpose="service")) is True
    hub.ingest([paid("e1", "7", NOW - 10 * DAY)])
    end = NOW + 20 * DAY + TICK
    [member] = hub.members("recent")
    assert (member.since, member.next_change_at) == (NOW - 10 * DAY, end)
    assert hub.due().next_at == end
    clock.at = end - TICK
    assert hub.due().exited == 0
    clock.at = end + 90 * DAY
    report = hub.due()
    assert (report.entered, report.exited, report.next_at) == (0, 1, None)
    entered, exited = hub.membership_changes()
    assert isinstance(entered, Entered)
    assert isinstance(exited, Exited)
    assert (entered.at, entered.cause, exited.at, exited.cause) == (NOW - 10 * DAY, "fact", end, "time")
    assert exited.told_at == clock.at
    assert exited.because == ('not: the number of "Paid" events in the last 30 days is at least 1',)
    assert hub.membership_changes(after=exited.position) == []
    assert hub.membership_changes(segment="other") == []


def test_whoever_came_and_went_while_nobody_looked_is_told_of_with_both_instants():
    clock = Clock(NOW)
    hub = hub_over(clock=clock)
    waiting = events("Viewed").not_followed_by(events("Paid"), within=timedelta(hours=24), during=timedelta(days=3))
    hub.define_segment(Segment("left", waiting, purpose="service"))
    hub.ingest([paid("e1", "7", NOW, "Viewed")])
    clock.at = NOW + 30 * DAY
    assert (hub.due().entered, tale(hub)) == (
        1,
        [("Entered", "left", "time", NOW + DAY + TICK), ("Exited", "left", "time", NOW + 3 * DAY + TICK)],
    )


def test_a_fact_that_comes_late_is_dated_by_when_it_happened():
    clock = Clock(NOW)
    hub = hub_over(clock=clock)
    hub.define_segment(Segment("twice", events("Paid").count().within(days=30) >= 2, purpose="service"))
    hub.ingest([paid("e1", "7", NOW - 2 * DAY)])
    clock.tick(600)
    hub.ingest([paid("e2", "7", NOW - DAY)])
    hub.ingest([paid("e2", "7", NOW - DAY)])  # told twice
    assert tale(hub) == [("Entered", "twice", "fact", NOW - DAY)]


def test_a_withdrawal_ends_memberships_and_an_expiry_does_at_its_instant():
    clock = Clock(NOW)
    hub = hub_over(clock=clock)
    hub.define_segment(Segment("readers", RECENT, purpose="news"))
    hub.define_segment(Segment("may hear", permitted("news"), purpose="service"))
    hub.ingest([paid("e1", "7"), paid("e2", "8")])
    assert names(hub, "readers") == set()
    hub.ingest([
        said("c1", "7", ConsentState.GIVEN, NOW, duration=DAY),
        said("c2", "8", ConsentState.GIVEN, NOW),
    ])  # fmt: skip
    assert names(hub, "readers") == names(hub, "may hear") == set(hub.ids())
    hub.ingest([said("c3", "8", ConsentState.WITHDRAWN, NOW)])
    [left] = hub.members("readers")
    assert left.next_change_at == NOW + DAY
    clock.at = NOW + 5 * DAY
    hub.due()
    assert [one for one in tale(hub) if one[2] == "time"] == [
        ("Exited", "may hear", "time", NOW + DAY),
        ("Exited", "readers", "time", NOW + DAY),
    ]


def test_what_the_purpose_may_not_see_makes_nobody_a_member():
    """Neither having nor lacking it shows, and not even that somebody has bought nothing."""
    hub = hub_over()
    for place, rule in enumerate(
        (trait("plan").missing(), ~RECENT, trait("age").missing(), events("Viewed").count() == 0)
    ):
        hub.define_segment(Segment(f"s{place}", rule, purpose="news"))
    hub.ingest([paid("e1", "7", NOW - 90 * DAY, "Viewed")])
    assert [names(hub, f"s{place}") for place in range(4)] == [set()] * 4
    hub.ingest([said("c1", "7", ConsentState.GIVEN)])
    everybody = set(hub.ids())
    assert [names(hub, f"s{place}") for place in range(4)] == [everybody, everybody, set(), set()]
    found = hub.memberships(user("7"), purpose="news")
    assert {name: one.member for name, one in found.items()} == {"s0": True, "s1": True, "s2": None, "s3": None}
    assert found["s2"].because == ("unknown (denied): age is missing",)
    assert hub.memberships(user("7"), purpose="service") == {}


def test_values_that_rules_compute_carry_segments_and_time_moves_them():
    clock = Clock(NOW)
    rules = ProfileRules(computed=[computed("orders", "count", "Paid", within=DAY)])
    hub = hub_over(clock=clock, profile_rules=rules)
    hub.define_segment(Segment("busy", trait("orders") >= 2, purpose="service"))
    hub.ingest([paid("e1", "7"), paid("e2", "7", NOW - timedelta(hours=1))])
    [member] = hub.members("busy")
    assert member.next_change_at == NOW + timedelta(hours=23) + TICK
    clock.at = NOW + 2 * DAY
    assert hub.due().exited == 1
    assert tale(hub)[-1] == ("Exited", "busy", "time", NOW + timedelta(hours=23) + TICK)


def test_people_that_merge_and_ids_that_end():
    hub = hub_over()
    hub.define_segment(Segment("twice", events("Paid").count() >= 2, purpose="service"))
    hub.define_segment(Segment("once", events("Paid").count() == 1, purpose="service"))
    hub.ingest([paid("e1", "7"), Event(id="e2", source="web", name="Paid", occurred_at=NOW,
                                       identifiers=[Identifier("email", "a@x.example")])])  # fmt: skip
    assert len(names(hub, "once")) == 2
    both = [user("7"), Identifier("email", "a@x.example")]
    hub.ingest([SourceRecord(id="r1", source="crm", key="1", occurred_at=NOW, identifiers=both)])
    assert names(hub, "twice") == set(hub.ids())
    assert names(hub, "once") == set()
    assert sorted(cause for kind, _, cause, _ in tale(hub) if kind == "Exited") == ["fact", "gone"]


def test_a_machine_link_touches_those_whose_consents_it_leaves_unproven():
    """Two records that a model calls one person: memberships follow whatever that makes of the permission."""
    hub = hub_over()
    hub.define_segment(Segment("readers", RECENT, purpose="news"))
    hub.ingest([ModelAdopted(id="m", source="desk", occurred_at=NOW, kind="records", fingerprint="m")])
    mail = Identifier("email", "a@x.example")
    hub.ingest([
        SourceRecord(id="r1", source="crm", key="1", occurred_at=NOW, identifiers=[user("7")]),
        SourceRecord(id="r2", source="shop", key="2", occurred_at=NOW, identifiers=[mail]),
        said("c1", "7", ConsentState.GIVEN),
        paid("e1", "7"),
    ])  # fmt: skip
    assert len(names(hub, "readers")) == 1
    hub.link([Link(Identifier.record("crm", "1"), Identifier.record("shop", "2"), 5.0, "m")])
    granted = hub.permission(user("7"), purpose="news", channel="any").granted
    assert names(hub, "readers") == ({hub.resolve(user("7"))} if granted else set())


def test_a_changed_definition_moves_those_whom_it_concerns_and_dependents_too():
    hub = hub_over()
    hub.define_segment(Segment("recent", RECENT, purpose="service"))
    hub.define_segment(Segment("not recent", ~member_of("recent"), purpose="service"))
    hub.ingest([paid("e1", "7", NOW - 20 * DAY), paid("e2", "8", NOW - DAY)])
    assert hub.define_segment(Segment("recent", RECENT, purpose="service")) is False
    shorter = Segment("recent", events("Paid").count().within(days=7) >= 1, purpose="service")
    found = hub.simulate_segment(shorter)
    old = hub.resolve(user("7"))
    assert (found.enter, found.leave, found.stay, found.unknown) == ((), (old,), 1, 0)
    assert names(hub, "not recent") == set()
    seen: list[int] = []
    position = hub.membership_changes()[-1].position
    assert hub.define_segment(shorter, progress=seen.append) is True
    assert seen[-1] == 2
    assert names(hub, "not recent") == {old}
    assert sorted(one[:3] for one in tale(hub, position)) == [
        ("Entered", "not recent", "definition"),
        ("Exited", "recent", "definition"),
    ]
    with pytest.raises(UnknownNameError):
        hub.remove_segment("recent")
    hub.remove_segment("not recent")
    assert [one.segment.name for one in hub.segments()] == ["recent"]
    assert hub.segment_overlap() == {("recent", "recent"): 1}
    with pytest.raises(UnknownNameError):
        list(hub.members("not recent"))


class Stop(Exception):
    """Whoever watches the progress has had enough."""


def test_reading_history_goes_on_where_it_was_cut_short(monkeypatch):
    monkeypatch.setattr("unified_profile.hub.segments_filled.PAGE", 2)
    hub = hub_over()
    hub.ingest([paid(f"e{number}", str(number)) for number in range(7)])

    def stop(done: int) -> None:
        if done >= 4:
            raise Stop

    with pytest.raises(Stop):
        hub.define_segment(Segment("recent", RECENT, purpose="service"), progress=stop)
    assert [one.filled for one in hub.segments()] == [False]
    hub.ingest([paid("late", "0a"), paid("other", "9z")])  # goes on beside it
    seen: list[int] = []
    assert hub.fill_segments(progress=seen.append) >= 7
    assert seen[0] > 4
    assert [one.filled for one in hub.segments()] == [True]
    assert names(hub, "recent") == set(hub.ids())
    assert hub.fill_segments() == 0


@pytest.mark.parametrize("kind", STORES)
def test_memberships_are_kept_beside_the_people_and_other_purposes_make_them_anew(kind):
    with STORES[kind]() as store:
        hub_over(store).define_segment(Segment("recent", RECENT, purpose="service"))
        hub_over(store).ingest([paid("e1", "7"), paid("e2", "8", NOW - 40 * DAY)])
        again = hub_over(store)
        assert len(names(again, "recent")) == 1
        assert again.due().next_at == NOW + 30 * DAY + TICK
        assert again.segment_sizes("recent", [NOW - DAY, NOW]) == [0, 1]
        other = hub_over(store, purposes=[Purpose("service", events={"Viewed"}, basis="contract")])
        assert [one.filled for one in other.segments()] == [False]
        assert names(other, "recent") == set()
        assert names(again, "recent") != set()


def test_a_share_of_people_is_drawn_by_the_first_fact_of_each_and_survives_a_merge():
    hub = hub_over()
    hub.define_segment(Segment("half", in_share("spring", 50), purpose="service"))
    hub.ingest([paid(f"e{number}", str(number), NOW - number * DAY) for number in range(40)])
    before = names(hub, "half")
    assert 10 < len(before) < 30
    both = [user("39"), user("38")]  # limits keep them apart: two user ids are two people
    hub.ingest([SourceRecord(id="r", source="crm", key="1", occurred_at=NOW, identifiers=both[:1])])
    assert names(hub, "half") == before
    inside = {number for number in range(40) if hub.resolve(user(str(number))) in before}
    again = hub_over()
    again.define_segment(Segment("half", in_share("spring", 50), purpose="service"))
    again.ingest([paid(f"e{number}", str(number), NOW - number * DAY) for number in reversed(range(40))])
    assert {number for number in range(40) if again.resolve(user(str(number))) in names(again, "half")} == inside


def test_a_clock_that_goes_back_brings_nobody_back():
    clock = Clock(NOW)
    hub = hub_over(clock=clock)
    hub.define_segment(Segment("recent", RECENT, purpose="service"))
    hub.ingest([paid("e1", "7", NOW - 10 * DAY)])
    clock.at = NOW + 25 * DAY
    assert hub.due().exited == 1
    clock.at = NOW
    hub.ingest([paid("e2", "7", NOW, "Viewed")])
    assert names(hub, "recent") == set()


def audience_hub(clock: Clock | None = None) -> Hub:
    """Five buyers: one permits nothing, three permit that a partner gets their values, one that nobody else does."""
    policy = Policy(purposes=PurposeRegistry(PURPOSES), recipients={"partner"})
    hub = hub_over(clock=clock, purposes=(), policy=policy)
    hub.define_segment(Segment("buyers", RECENT, purpose="news"))
    hub.ingest([paid(f"e{number}", str(number)) for number in range(5)])
    hub.ingest([said(f"c{number}", str(number), ConsentState.GIVEN, recipients=("partner",)) for number in range(3)])
    hub.ingest([said("c3", "3", ConsentState.GIVEN)])
    return hub


TO: dict[str, Any] = {"purpose": "news", "channel": "email", "recipient": "partner"}


def test_an_audience_is_whom_may_be_addressed_and_says_how_many_are_held_back_and_why():
    clock = Clock(NOW + 2 * TICK)
    hub = audience_hub(clock)
    found = hub.audience("buyers", **TO)
    assert found.members == 4, "who permits nothing is no member, and not counted"
    assert sum(found.held_back.values()) == 1
    assert found.permit is not None
    assert set(found.permit.people) == {hub.resolve(user(one)) for one in "012"}
    hub.ingest([said("w", "0", ConsentState.WITHDRAWN, NOW + 2 * TICK)])
    clock.at = NOW + 5 * TICK
    released = hub.release_audience("buyers", found.permit, **TO)
    assert {view.profile_id for view in released.views} == {hub.resolve(user(one)) for one in "12"}
    assert released.dropped == {hub.resolve(user("0")): "left_segment"}
    with pytest.raises(PermitError):
        hub.release_audience("buyers", found.permit, **TO)


def test_an_audience_is_for_the_purpose_of_its_segment_alone():
    hub = audience_hub(Clock(NOW + 2 * TICK))
    with pytest.raises(PurposeDeniedError):
        hub.audience("buyers", purpose="service", channel="email", recipient="partner")
    with pytest.raises(PurposeDeniedError):
        hub.release_audience("buyers", "pmt_x", purpose="service", channel="email", recipient="partner")
    with pytest.raises(UnknownNameError):
        hub.audience("byers", **TO)


def test_of_a_segment_whom_nobody_may_address_no_permit_is_made():
    hub = audience_hub(Clock(NOW + 2 * TICK))
    hub.ingest([said(f"w{number}", str(number), ConsentState.WITHDRAWN, NOW + 2 * TICK) for number in range(4)])
    found = hub.audience("buyers", **TO)
    assert (found.permit, found.members, found.held_back) == (None, 0, {})


def test_whoever_takes_facts_or_people_away_has_two_plans_for_it():
    store = MemoryStore()
    hub = hub_over(store)
    hub.define_segment(Segment("recent", RECENT, purpose="service"))
    hub.ingest([paid("e1", "7"), paid("e2", "8")])
    gone, here = hub.resolve(user("7")), hub.resolve(user("8"))

    def drop() -> Any:
        deletes = yield from dropped([gone])
        yield Commit(Changes(deletes=deletes))
        yield from looked_at_again([here], hub.setup)

    run(store, hub.setup.tenant, drop)
    with store.session(hub.setup.tenant) as session:
        for rows in session.read([Scan(one) for one in (STANDINGS, MEMBERSHIPS, TIMERS, MEMBERSHIP_CHANGES)]):
            assert {row.profile for row in rows} == {here}


def test_an_erasure_takes_memberships_and_their_log_with_it():
    store = MemoryStore()
    hub = hub_over(store, erasure=ErasureTerms(keys=KeyRing({"1": b"thirty-two bytes for this test.."})))
    hub.define_segment(Segment("recent", RECENT, purpose="service"))
    hub.ingest([paid("e1", "7"), paid("e2", "8")])
    gone, here = hub.resolve(user("7")), hub.resolve(user("8"))
    hub.erase(hub.plan_erasure(user("7")))
    assert names(hub, "recent") == {here}
    with store.session(hub.setup.tenant) as session:
        found = session.read([Scan(one) for one in (STANDINGS, MEMBERSHIPS, TIMERS, MEMBERSHIP_CHANGES)])
    assert {row.profile for rows in found for row in rows} == {here}
    assert gone != here
    assert (KEPT.knows(gone), KEPT.knows(here)) == (False, True), "nor does the process remember them"


CROWD = members_any(RECENT, at_least=2_000)
SLIPS: tuple[tuple[type[UnifiedProfileError], Callable[[Hub], object]], ...] = (
    (InvalidRulesError, lambda hub: hub.define_segment("recent")),  # type: ignore[arg-type]  # the slip
    (InvalidRulesError, lambda hub: hub.simulate_segment(None)),  # type: ignore[arg-type]  # the slip
    (UnknownNameError, lambda hub: hub.define_segment(Segment("x", RECENT, purpose="nope"))),
    (UnknownNameError, lambda hub: hub.define_segment(Segment("x", member_of("y"), purpose="service"))),
    (InvalidRulesError, lambda hub: hub.define_segment(Segment("x", CROWD, purpose="service"))),
    (UnknownNameError, lambda hub: hub.remove_segment("x")),
    (UnknownNameError, lambda hub: hub.segment_sizes("x", [NOW])),
    (UnknownNameError, lambda hub: hub.memberships(user("7"), purpose="nope")),
    (InvalidInputError, lambda hub: hub.due(NOW + DAY)),
    (InvalidInputError, lambda hub: hub.membership_changes(limit=0)),
)


@pytest.mark.parametrize(("kind", "ask"), SLIPS, ids=range(len(SLIPS)))
def test_slips_are_told_by_name(kind, ask):
    with pytest.raises(kind):
        ask(hub_over())
