"""Erasing a person: what goes, what stays and why, and what comes back when old facts are handed in again."""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import attrs
import pytest
from tests.hub.worlds import NOW, PURPOSES, STORES, Clock, hub_over

from unified_profile import (
    ConsentRecord,
    ConsentState,
    Event,
    Hub,
    Identifier,
    IdentityRules,
    Judgement,
    Link,
    MemoryStore,
    ModelAdopted,
    Namespace,
    Purpose,
    Segment,
    SourceRecord,
    Verdict,
    events,
)
from unified_profile.consent import Policy
from unified_profile.consent.purposes import PurposeRegistry
from unified_profile.errors import ErasedError, InvalidInputError, UnknownProfileError
from unified_profile.hub import ProfileSplit
from unified_profile.hub.everybody import everything
from unified_profile.model import ErasureOrder
from unified_profile.rights import (
    ErasureTerms,
    KeyRing,
    LegalHold,
    RetentionRule,
    RetentionSchedule,
)
from unified_profile.storage.sqlite import SqliteStore
from unified_profile.storage.tables import TABLES

RULES = IdentityRules([
    Namespace(name="member", priority=0, limit=1),
    Namespace(name="mail", priority=1, limit=3, normalizer="email"),
    Namespace(name="cookie", priority=2, keep="latest"),
    Namespace(name="tablet", priority=3, mode="attribute"),
])  # fmt: skip
M1, M2 = Identifier("member", "canary-M1"), Identifier("member", "other-M2")
MAIL, SHARED = Identifier("mail", "canary.taro@example.com"), Identifier("mail", "family@example.com")
COOKIE, TABLET = Identifier("cookie", "canary-cookie-77"), Identifier("tablet", "kiosk-1")
MARCH = NOW - timedelta(days=200)


def at(day: float) -> datetime:
    return MARCH + timedelta(days=day)


def mine() -> list[Any]:
    """Return everything that was ever told of the person, each fact with canaries of its own."""
    return [
        SourceRecord(id="canary-r1", source="crm", key="canary-key-1", occurred_at=at(0), identifiers=[M1, MAIL],
                     attributes={"city": "canary-osaka", "tags": ["canary-tag"]}),
        Event(id="canary-e1", source="web", name="Viewed", occurred_at=at(1), identifiers=[M1, COOKIE],
              properties={"page": "canary-page"}, context={"ip": "canary-ip"}),
        Event(id="canary-e2", source="web", name="Viewed", occurred_at=at(2), identifiers=[COOKIE],
              properties={"page": "canary-anonymous"}),
        Event(id="canary-e3", source="kiosk", name="Viewed", occurred_at=at(3), identifiers=[M1, SHARED],
              properties={"page": "canary-family"}),
        Event(id="canary-e4", source="kiosk", name="Viewed", occurred_at=at(4), identifiers=[M1, TABLET]),
        Event(id="canary-e5", source="kiosk", name="Viewed", occurred_at=at(4.1), identifiers=[TABLET],
              properties={"page": "canary-kiosk"}),
        ConsentRecord(id="canary-c1", source="web", occurred_at=at(5), identifiers=[M1, MAIL], purpose="news",
                      state=ConsentState.GIVEN, notice_id="notice-7", evidence_ref="canary-evidence"),
        Judgement(id="canary-j1", source="desk", occurred_at=at(6), verdict=Verdict.DIFFERENT, left=M1, right=M2,
                  reason="canary-reason"),
    ]  # fmt: skip


def others() -> list[Any]:
    """Return what was told of everybody else: the spouse on the same mailbox, and whoever used the tablet later."""
    return [
        SourceRecord(id="r2", source="crm", key="key-2", occurred_at=at(0), identifiers=[M2],
                     attributes={"city": "Kobe"}),
        Event(id="o1", source="web", name="Viewed", occurred_at=at(1), identifiers=[M2, SHARED],
              properties={"page": "p1"}),
        Event(id="o2", source="kiosk", name="Viewed", occurred_at=at(7), identifiers=[M2, TABLET]),
        ModelAdopted(id="m1", source="desk", occurred_at=at(0), kind="records", fingerprint="model"),
    ]  # fmt: skip


LINK = Link(Identifier.record("crm", "canary-key-1"), Identifier.record("crm", "key-2"), 2.0, "model")


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest) -> Iterator[Any]:
    with STORES[request.param]() as opened:
        yield opened


def opened(store: Any, clock: Clock | None = None, **fields: Any) -> Hub:
    return hub_over(store, RULES, clock or Clock(), **fields)


def told(store: Any, clock: Clock | None = None, **fields: Any) -> Hub:
    hub = opened(store, clock, **fields)
    hub.ingest([*others(), *mine()])
    hub.link([LINK])
    hub.ingest([{"type": "track", "userId": "canary-broken", "x": MAIL.value, "timestamp": "never"}, MAIL.value])
    hub.refresh()
    return hub


def rows(hub: Hub) -> str:
    """Return every row of every table, as text."""
    with hub.store.session(hub.setup.tenant) as session:
        return "\n".join(repr(tuple(row)) for table in TABLES for row in everything(session, table))


def values(hub: Hub) -> frozenset[Any]:
    """Return what search and write-back see of everybody."""
    hub.refresh()
    return frozenset(json.dumps(view.to_dict(), sort_keys=True) for view in hub.profiles(purpose="service"))


def test_no_row_of_any_table_holds_a_canary_afterwards(store):
    hub = told(store)
    assert "canary" in rows(hub)
    done = hub.erase(hub.plan_erasure(M1))
    assert done.state == "done"
    assert "canary" not in rows(hub)
    assert hub.verify_erasure(done, values=["canary"]).clean


def test_what_others_told_is_as_if_the_person_had_never_been(store):
    hub = told(store)
    hub.erase(hub.plan_erasure(M1))
    alone = opened(MemoryStore())
    alone.ingest(others())
    assert values(hub) == values(alone)
    assert hub.raw(SHARED, reason="test").n_facts == alone.raw(SHARED, reason="test").n_facts == 3
    assert hub.resolve(SHARED) == hub.resolve(M2)


def test_metrics_and_segments_are_those_computed_from_scratch_without_the_person(store):
    policy = Policy(purposes=PurposeRegistry([*PURPOSES, Purpose("study", basis="contract", events={"*"})]))
    hub, alone = opened(store, policy=policy), opened(MemoryStore(), policy=policy)
    for one in (hub, alone):
        one.define_segment(Segment("viewers", events("Viewed").count() >= 2, purpose="study"))
    hub.ingest([*others(), *mine()])
    assert len(list(hub.members("viewers"))) == 2
    alone.ingest(others())
    hub.erase(hub.plan_erasure(M1))
    ours, theirs_alone = (list(one.subjects(purpose="service")) for one in (hub, alone))
    assert [len(subject.events) for subject in ours] == [len(subject.events) for subject in theirs_alone]
    assert hub.coverage(channels=["any"]) == alone.coverage(channels=["any"])
    pages, without = (one.answers("Viewed", ["page"], purpose="study", channel="any") for one in (hub, alone))
    assert sorted(map(str, pages["page"])) == sorted(map(str, without["page"]))
    hub.due()
    (mine_now,), (theirs,) = (list(one.members("viewers")) for one in (hub, alone))
    assert (mine_now.since, mine_now.profile) == (theirs.since, hub.resolve(M2))
    assert all(one.profile == mine_now.profile for one in hub.membership_changes())


@pytest.mark.parametrize("seed", range(2))
def test_old_facts_revive_nothing_in_any_order_and_under_every_alias(store, seed):
    hub = told(store)
    hub.erase(hub.plan_erasure(M1))
    before, people = values(hub), list(hub.ids())
    aliases = [
        M1,
        MAIL,
        COOKIE,
        Identifier.record("crm", "canary-key-1"),
        Identifier("mail", " Canary.TARO@example.com "),
    ]
    late = [
        Event(id=f"late-{number}", source="app", name="Viewed", occurred_at=at(8), identifiers=list(names),
              traits={"city": "canary-late"})
        for number, names in enumerate([*itertools.combinations(aliases, 2), *((one,) for one in aliases)])
    ]  # fmt: skip
    again = [*mine(), *late, *mine()]
    random.Random(seed).shuffle(again)
    report = hub.ingest(again, batch_size=3)
    hub.link([LINK])
    assert report.accepted == 0
    assert report.erased >= len(late)
    assert report.n_quarantined == 0
    assert "canary" not in rows(hub)
    assert (values(hub), list(hub.ids())) == (before, people)


def test_what_comes_in_other_ways_is_kept_out_as_well(store):
    """Payloads, broken payloads, the quarantine, a rebuild: none is a way back."""
    hub = told(store)
    hub.erase(hub.plan_erasure(M1))
    before = list(hub.ids())
    call = {"type": "track", "event": "Viewed", "messageId": "z", "timestamp": "2026-01-01T00:00:00Z"}
    mapped = {**call, "userId": "x", "context": {"traits": {"email": "canary.taro@example.com"}}}
    assert hub.ingest([{**call, "messageId": 7, "userId": "canary-M1"}, mapped], source="web").accepted <= 1
    hub.ingest(['{"broken": "canary.taro@example.com"', {"mail": "canary.taro@example.com"}])
    hub.replay(source="web")
    hub.rebuild()
    assert "canary.taro" not in rows(hub)
    assert "canary-M1" not in rows(hub)
    assert [one for one in before if one in hub.ids()] == before


def test_a_fresh_sign_up_works_and_is_somebody_new(store):
    clock = Clock()
    hub = told(store, clock)
    was = hub.resolve(M1)
    hub.erase(hub.plan_erasure(M1))
    later = clock.tick(60)
    new = Event(
        id="new", source="web", name="Signed Up", occurred_at=later, identifiers=[MAIL], traits={"city": "Nara"}
    )
    assert hub.ingest([new]).accepted == 1
    assert hub.resolve(MAIL) != was
    assert hub.raw(MAIL, reason="test").n_facts == 1
    assert hub.ingest(mine()).accepted == 0
    assert hub.raw(MAIL, reason="test").n_facts == 1
    with pytest.raises(ErasedError):
        hub.resolve(was)
    with pytest.raises(ErasedError):
        hub.raw(MAIL, reason="test", known_at=at(100))


def test_decisions_about_the_erased_cannot_be_asked_again(store):
    hub = told(store)
    was = hub.resolve(M1)
    hub.erase(hub.plan_erasure(M1))
    for who in (was, M1, MAIL, COOKIE):
        for ask in (
            lambda who: hub.permission(who, purpose="news", channel="email"),
            lambda who: hub.permission(who, purpose="news", channel="email", known_at=at(100)),
            lambda who: hub.profile(who, purpose="service"),
            lambda who: hub.explain_identity(who, reason="test"),
            lambda who: hub.accesses(about=who),
            hub.disclosures,
            lambda who: hub.plan_erasure(who) if isinstance(who, str) else hub.resolve(who),
        ):
            with pytest.raises(ErasedError):
                ask(who)
    with pytest.raises(UnknownProfileError):
        hub.resolve(Identifier("mail", "nobody@example.com"))


def test_a_shared_mailbox_is_never_tombstoned(store):
    hub = told(store)
    plan = hub.plan_erasure([M1, SHARED])
    assert plan.shared["mail"] == 1
    assert plan.identifiers["mail"] == 1
    hub.erase(plan)
    assert hub.resolve(SHARED) == hub.resolve(M2)
    assert hub.ingest([
        Event(id="o9", source="web", name="Viewed", occurred_at=at(3), identifiers=[SHARED]),
        Event(id="o8", source="web", name="Viewed", occurred_at=at(3), identifiers=[SHARED, M2]),
    ]).accepted == 2  # fmt: skip


def test_the_spouse_is_not_erased_by_an_order_that_names_the_mailbox_too(store):
    hub = told(store)
    plan = hub.plan_erasure([SHARED, M1])
    assert plan.profile == hub.resolve(M1)
    unknown = hub.plan_erasure([SHARED, Identifier("member", "never-seen")])
    assert (unknown.profile, unknown.elsewhere) == ("", (hub.resolve(SHARED),))
    hub.erase(unknown)
    assert hub.raw(SHARED, reason="test").n_facts


def test_an_order_at_the_door_is_carried_out_and_kept_without_a_name(store):
    hub = told(store)
    order = ErasureOrder(id="order-1", source="desk", occurred_at=at(50), identifiers=[M1], reason="canary-asked")
    report = hub.ingest([order, *mine()])
    assert (report.accepted, report.ordered, report.n_quarantined) == (1, 1, 0)
    assert "canary" not in rows(hub)
    assert [(one.id, one.state) for one in hub.erasures()] == [("order-1", "done")]
    assert hub.ingest([order]).duplicates == 1
    assert hub.ingest(mine()).accepted == 0
    assert "canary" not in rows(hub)


def test_an_order_that_comes_late_leaves_what_happened_after_it(store):
    hub = told(store)
    new = Event(id="new", source="web", name="Signed Up", occurred_at=at(60), identifiers=[M1], traits={"city": "Nara"})
    hub.ingest([new])
    was = hub.resolve(M1)
    hub.ingest([ErasureOrder(id="order-1", source="desk", occurred_at=at(50), identifiers=[M1])])
    profile = hub.raw(M1, reason="test")
    assert (profile.id, profile.n_facts) == (was, 1)
    assert "canary-osaka" not in rows(hub)
    assert hub.ingest(mine()).accepted == 0
    assert hub.raw(M1, reason="test").n_facts == 1


def test_an_order_may_come_before_everything_it_is_about(store):
    hub = opened(store)
    hub.ingest([ErasureOrder(id="order-1", source="desk", occurred_at=at(50), identifiers=[M1])])
    first = [one for one in mine() if M1 in getattr(one, "identifiers", ())]
    rest = [one for one in mine() if one not in first]
    assert hub.ingest(first).accepted == 0
    assert hub.ingest(rest).accepted == 1  # nobody could know whose the tablet is
    assert hub.ingest(others()).accepted == len(others())
    assert hub.resolve(SHARED) == hub.resolve(M2)


def test_a_late_fact_that_ties_somebody_to_the_erased_is_left_to_a_person(store):
    hub = opened(store)
    hub.ingest([Event(id="c", source="web", name="Viewed", occurred_at=at(1), identifiers=[COOKIE])])
    hub.ingest([ErasureOrder(id="order-1", source="desk", occurred_at=at(50), identifiers=[M1])])
    hub.ingest([Event(id="t", source="web", name="Viewed", occurred_at=at(2), identifiers=[M1, COOKIE])])
    (done,) = hub.erasures()
    assert done.loose == (hub.resolve(COOKIE),)
    assert hub.verify_erasure(values=["canary-M1"]).unfinished == done.loose
    hub.erase(hub.plan_erasure(done.loose[0]))
    assert hub.verify_erasure(values=["canary"]).clean


def test_recipients_that_have_to_be_told_are_listed_before_and_after(store):
    hub = told(store)
    use: dict[str, Any] = {"action": "export", "purpose": "news", "channel": "any", "recipient": "crm"}
    hub.release(hub.permit(M1, **use), **use)
    plan = hub.plan_erasure(M1)
    assert [one.recipient for one in plan.recipients] == ["crm"]
    done = hub.erase(plan)
    assert done.recipients == plan.recipients == hub.erasures()[0].recipients
    assert "prf" not in json.dumps(done.to_json()).replace(plan.profile, "prf")


def test_the_proof_of_a_consent_stays_without_the_person(store):
    hub = told(store)
    hub.erase(hub.plan_erasure(M1))
    (proof,) = hub.consent_proofs(MAIL)
    assert (proof.state, proof.expressed_at) == ("given", at(5))
    assert proof.said["notice_id"] == "notice-7"
    assert hub.consent_proofs(SHARED) == []


def test_what_a_legal_hold_keeps_is_out_of_reach_of_everything_else(store):
    hold = LegalHold("tax", since=at(0), until=NOW + timedelta(days=1), categories={"contact"}, profiles={"*"})
    schedule = RetentionSchedule(rules=(), traits={"city": "contact"})
    clock = Clock()
    hub = told(store, clock, erasure=ErasureTerms(holds=[hold], schedule=schedule))
    plan = hub.plan_erasure(M1)
    assert plan.counts() == {"erase": 6, "hold": 1}
    assert [one.because for one in plan.facts if one.fate == "hold"] == [("hold:tax",)]
    hub.erase(plan)
    with pytest.raises(ErasedError):
        hub.raw(M1, reason="test")
    assert "canary" not in json.dumps([view.to_dict() for view in hub.profiles(purpose="service")])
    (held,) = hub.held_facts("tax", reason="an audit of taxes", by="clerk 7")
    assert isinstance(held.fact, SourceRecord)
    assert held.fact.attributes["city"] == "canary-osaka"
    last = hub.accesses()[-1]
    assert (last.what, last.reason, last.by) == ("held_facts", "an audit of taxes", "clerk 7")
    assert hub.ingest(mine()).accepted == 0
    clock.tick(60 * 48)
    assert hub.held_facts("tax", reason="test") == []
    hub.sweep(hub.retention_plan(RetentionSchedule(rules=())), RetentionSchedule(rules=()))
    assert "canary" not in rows(hub)


def test_a_narrower_scope_takes_what_is_in_it_and_keeps_only_that_out(store):
    hub = told(store)
    was = hub.resolve(M1)
    hub.erase(hub.plan_erasure(M1, scope="source:crm"))
    assert hub.resolve(M1) == was
    assert "canary-osaka" not in rows(hub)
    assert "canary-page" in rows(hub)
    assert hub.ingest(mine()).erased == 1
    fresh = [attrs.evolve(one, id=f"x-{one.id}") for one in mine() if one.source == "web"]
    assert hub.ingest(fresh).accepted == len(fresh)


def test_anonymous_is_what_cannot_be_tied_back(store):
    hub = told(store)
    hub.anonymise(hub.plan_erasure(M1))
    left = rows(hub)
    assert "canary" not in left
    assert hub.anonymous_counts() == []
    found = hub.anonymous_counts(least=1)
    assert {(one.kind, one.name, one.facts, one.people) for one in found if one.name == "Viewed"} <= {
        ("event", "Viewed", count, 1) for count in range(1, 6)
    }
    for stamp in {one.occurred_at for one in mine()}:
        assert str(round(stamp.timestamp() * 1_000_000)) not in left or stamp in {one.occurred_at for one in others()}
    assert hub.verify_erasure(values=["canary"]).clean


def test_a_plan_is_not_carried_out_on_somebody_who_became_one_with_another_since(store):
    hub = opened(store)
    hub.ingest([attrs.evolve(one, identifiers=[COOKIE]) for one in mine()[2:3]])
    hub.ingest(others()[:1])
    plan = hub.plan_erasure(COOKIE)
    hub.ingest([Event(id="t", source="w", occurred_at=at(9), identifiers=[M2, COOKIE])])
    with pytest.raises(InvalidInputError, match="plan again"):
        hub.erase(plan)
    assert hub.raw(M2, reason="test").n_facts == 3


def test_carrying_out_a_plan_twice_is_carrying_it_out_once(store):
    hub = told(store)
    plan = hub.plan_erasure(M1)
    assert hub.erase(plan) == attrs.evolve(hub.erase(plan))
    assert len(hub.erasures()) == 1


def test_tombstones_end(store):
    clock = Clock()
    hub = told(store, clock, erasure=ErasureTerms(period=timedelta(days=30)))
    hub.erase(hub.plan_erasure(M1))
    clock.tick(60 * 24 * 29)
    assert hub.ingest(mine()).accepted == 0
    clock.tick(60 * 24 * 2)
    schedule = RetentionSchedule(rules=())
    hub.sweep(hub.retention_plan(schedule), schedule)
    assert hub.ingest(mine()).accepted == len(mine())


def test_keys_change_and_old_tombstones_hold(store):
    ring = KeyRing({"2026": b"a" * 32})
    hub = told(store, erasure=ErasureTerms(keys=ring))
    hub.erase(hub.plan_erasure(M1))
    both = KeyRing({"2026": b"a" * 32, "2027": b"b" * 32})
    later = hub_over(store, RULES, erasure=ErasureTerms(keys=both))
    later.erase(later.plan_erasure(M2))
    assert later.ingest([*mine(), *others()]).accepted == 0
    without = hub_over(store, RULES, erasure=ErasureTerms(keys=KeyRing({"2027": b"b" * 32})))
    with pytest.raises(InvalidInputError, match="2026"):
        without.ingest(mine())


def test_the_store_holds_no_key_if_the_caller_keeps_it(store):
    hub = told(store, erasure=ErasureTerms(keys=KeyRing({"k": b"0123456789abcdef0123456789abcdef"})))
    hub.erase(hub.plan_erasure(M1))
    text = rows(hub)
    assert b"0123456789abcdef0123456789abcdef".hex() not in text
    assert '"own": ""' in text


def test_sweeping_takes_facts_out_as_if_they_had_never_been_told(store):
    schedule = RetentionSchedule(
        rules=[RetentionRule("visit", "service", timedelta(days=200))], events={"Viewed": "visit"}
    )
    clock = Clock()
    hub = told(store, clock)
    hub.setup.purposes["service"]
    clock.tick(60 * 24 * 1)
    plan = hub.retention_plan(schedule)
    assert plan.counts()["remove"] >= 2
    swept = hub.sweep(plan, schedule)
    assert set(swept.removed) == {one.fact_id for one in plan.items if one.action == "remove"}
    alone = opened(MemoryStore(), Clock(clock.at))
    alone.ingest([one for one in (*others(), *mine()) if one.id not in swept.removed])
    assert values(hub) == values(alone)
    assert hub.ingest([one for one in mine() if one.id in swept.removed]).accepted == 0


def test_a_person_is_gone_from_the_file_its_log_and_a_backup_taken_afterwards(tmp_path: Path):
    store = SqliteStore(tmp_path / "people.sqlite")
    hub = told(store)
    assert any(b"canary" in part for _, parts in store.bytes_kept() for part in parts)
    done = hub.erase(hub.plan_erasure(M1))
    found = hub.verify_erasure(done, values=["canary"])
    assert found.clean, found
    assert found.n_bytes > 10_000
    store.backup(tmp_path / "backup.sqlite")
    hub.ingest(mine())
    for file in tmp_path.iterdir():
        assert b"canary" not in file.read_bytes(), file.name
    store.close()


def test_a_reader_in_the_way_leaves_the_erasure_to_be_completed(tmp_path: Path, monkeypatch):
    monkeypatch.setattr("unified_profile.storage.sqlite_overwriting._PATIENCE", 0.05)
    store = SqliteStore(tmp_path / "people.sqlite", busy_timeout=timedelta(seconds=0.1))
    hub = told(store)
    plan = hub.plan_erasure(M1)
    with store.reader(hub.setup.tenant) as session:
        list(everything(session, TABLES[0]))
        done = hub.erase(plan)
        assert done.state == "erased"
        assert not hub.verify_erasure(done).clean
    assert [one.state for one in hub.resume_erasures()] == ["done"]
    assert hub.verify_erasure(done).clean
    store.close()


def test_verification_finds_what_is_left_in_many_spellings(tmp_path: Path):
    store = SqliteStore(tmp_path / "people.sqlite")
    hub = opened(store)
    hub.ingest([attrs.evolve(one, properties={"note": "Y2FuYXJ5LnRhcm9AZXhhbXBsZS5jb20="}) for one in others()[1:2]])
    found = hub.verify_erasure(values=["canary.taro@example.com"])
    assert not found.clean
    assert [one.where for one in found.rows] == ["table fact"]
    store.close()


def test_a_consumer_of_changes_learns_who_is_gone(store):
    hub = told(store)
    was = hub.resolve(M1)
    last = max(one.position for one in hub.changes()) if hub.changes() else 0
    hub.erase(hub.plan_erasure(M1))
    split = [one for one in hub.changes(after=last) if isinstance(one, ProfileSplit) and one.profile == was]
    assert split[-1].into == ()
    gone = [one for one in hub.golden_changes(purpose="service", recipient="crm") if one.profile == was]
    assert [one.view for one in gone] == [None]
