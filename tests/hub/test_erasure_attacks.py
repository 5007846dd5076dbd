"""Erasures in bad company: two at once, beside a rebuild or a clerk, after a life of merges, in an account."""

from __future__ import annotations

import threading
from functools import partial
from typing import Any

import pytest
from tests.hub.test_erasure import (
    COOKIE,
    LINK,
    M1,
    M2,
    MAIL,
    RULES,
    SHARED,
    at,
    mine,
    opened,
    others,
    rows,
    told,
    values,
)
from tests.hub.worlds import PURPOSES, STORES, Clock, hub_over

from unified_profile import (
    Event,
    Hub,
    Identifier,
    Judgement,
    MemoryStore,
    Purpose,
    Retraction,
    Segment,
    Severance,
    Verdict,
    events,
)
from unified_profile.consent import Policy
from unified_profile.consent.purposes import PurposeRegistry
from unified_profile.errors import ErasedError, PermitError, RulesChangedError
from unified_profile.hub import erasing_orders
from unified_profile.hub.driver import run
from unified_profile.hub.everybody import everything
from unified_profile.storage.tables import TABLES

POLICY = Policy(
    processors=frozenset({"crm"}),
    purposes=PurposeRegistry([*PURPOSES, Purpose("study", basis="contract", events={"*"})]),
)
USE: dict[str, Any] = {"action": "export", "purpose": "service", "channel": "any", "recipient": "crm"}
VIEWERS = Segment("viewers", events("Viewed").count() >= 1, purpose="study")


def where(hub: Hub, ids: set[str]) -> set[tuple[str, str]]:
    """Return the tables, with the kind of the row in a log, in which one of *ids* stands."""
    with hub.store.session(hub.setup.tenant) as session:
        return {
            (table.name, row[0] if table.name in ("change", "membership_change") else "")
            for table in TABLES
            for row in everything(session, table)
            if any(one in repr(tuple(row)) for one in ids)
        }


def test_of_a_life_of_merges_and_splits_only_the_news_that_the_ids_are_gone_is_left():
    """Views, search, feed, memberships, their log, permits, disclosures, accesses, redirects: by every id ever had."""
    clock = Clock()
    hub, alone = (hub_over(MemoryStore(), RULES, clock, policy=POLICY) for _ in range(2))
    for one in (hub, alone):
        one.define_segment(VIEWERS)
        one.ingest(others())
    before = set(hub.ids())
    parts = mine()
    for fact in [parts[2], parts[0], parts[1], *parts[3:]]:
        hub.ingest([fact])
        hub.refresh()
        clock.tick(1)
    hub.link([LINK])
    ids = set(hub.ids()) - before
    for who in (M1, COOKIE):
        hub.raw(who, reason="a test")
    hub.release(hub.permit(M1, **USE), **USE)
    open_permit = hub.permit(M1, **USE)
    hub.golden_changes(purpose="service", recipient="crm")
    cut = Severance(id="canary-s", source="desk", occurred_at=at(20), fact_id="canary-e1", identifier=COOKIE)
    hub.ingest([cut])
    hub.refresh()
    ids |= set(hub.ids()) - before
    hub.ingest([Retraction(id="canary-x", source="desk", occurred_at=at(21), fact_id="canary-s")])
    plan = hub.plan_erasure(M1)
    ids |= set(plan.ids)
    assert len(ids) > 1
    assert {table for table, _ in where(hub, ids)} >= {"access", "permit", "membership_change", "redirect", "change"}
    done = hub.erase(plan)
    assert where(hub, ids) == {("change", "erased"), ("change", "golden_changed")}
    assert "canary" not in rows(hub)
    assert hub.verify_erasure(done, values=["canary"]).clean
    assert values(hub) == values(alone)
    assert [one.since for one in hub.members("viewers")] == [one.since for one in alone.members("viewers")]
    assert {one.profile for one in hub.membership_changes()} == {hub.resolve(M2)}
    with pytest.raises(PermitError, match="profile_gone"):
        hub.release(open_permit, **USE)


def test_of_two_plans_of_one_person_the_second_says_that_it_was_done():
    hub = told(MemoryStore())
    first, second = hub.plan_erasure(M1), hub.plan_erasure([M1, MAIL])
    hub.erase(first)
    with pytest.raises(ErasedError):
        hub.erase(second)
    assert [one.state for one in hub.erasures()] == ["done"]


@pytest.mark.parametrize("kind", STORES)
def test_two_who_erase_one_person_at_once_both_end(kind):
    with STORES[kind]() as store:
        hub = told(store)
        plans = [hub.plan_erasure(M1) for _ in range(3)]
        said: list[str] = []

        def erase(plan: Any) -> None:
            try:
                said.append(hub.erase(plan).state)
            except ErasedError:
                said.append("erased before")

        threads = [threading.Thread(target=erase, args=(plan,)) for plan in plans]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(said) == 3
        assert set(said) <= {"done", "erased", "erased before"}  # one may read while the other would clean the file
        hub.resume_erasures()
        assert {one.state for one in hub.erasures()} == {"done"}
        assert hub.verify_erasure(values=["canary"]).clean


def test_orders_that_were_all_kept_before_the_first_is_carried_out_are_all_completed():
    """None gets stuck because another one was faster."""
    hub = told(MemoryStore())
    plans = [hub.plan_erasure(M1), hub.plan_erasure([M1, MAIL]), hub.plan_erasure(hub.resolve(M1))]
    for plan in plans:
        run(hub.store, hub.setup.tenant, partial(erasing_orders.ordered, plan, hub.setup))
    done = hub.resume_erasures()
    assert [(one.state, one.counts.get("facts", 0)) for one in done] == [("done", 7), ("done", 0), ("done", 0)]
    assert hub.verify_erasure(values=["canary"]).clean


def test_beside_a_rebuild_nobody_is_erased_and_afterwards_the_order_is_completed():
    class StopError(Exception):
        pass

    def stop(*_: int) -> None:
        raise StopError

    hub = told(MemoryStore())
    plan = hub.plan_erasure(M1)
    run(hub.store, hub.setup.tenant, lambda: erasing_orders.ordered(plan, hub.setup))
    with pytest.raises(StopError):
        hub.rebuild(progress=stop)
    for ask in (lambda: hub.erase(plan), lambda: hub.plan_erasure(M1), hub.resume_erasures):
        with pytest.raises(RulesChangedError):
            ask()
    hub.rebuild()
    assert [one.state for one in hub.resume_erasures()] == ["done"]
    assert hub.verify_erasure(values=["canary"]).clean


def test_after_an_unmerge_only_the_person_goes_who_was_meant():
    hub, bob = opened(MemoryStore()), Identifier("mail", "bob@example.com")
    hub.ingest([*others(), *mine(), Event(id="bob", source="web", name="V", occurred_at=at(1), identifiers=[bob])])
    same = Judgement(id="canary-same", source="desk", occurred_at=at(22), left=MAIL, right=bob, verdict=Verdict.SAME)
    hub.ingest([same])
    assert hub.resolve(bob) == hub.resolve(M1)
    plan = hub.plan_erasure(M1)
    assert plan.counts() == {"erase": 8}
    hub.ingest([Retraction(id="canary-back", source="desk", occurred_at=at(23), fact_id="canary-same")])
    assert hub.erase(plan).counts["facts"] == 7
    assert hub.raw(bob, reason="a test").n_facts == 1
    assert "canary" not in rows(hub)


def test_an_account_whose_last_member_is_erased_is_gone_with_them():
    hub = opened(MemoryStore())
    hub.ingest([
        Event(id=f"g-{who.value}", source="crm", type="group", occurred_at=at(1), identifiers=[who],
              account=f"{who.value}-account", traits={"plan": f"{who.value}-plan"})
        for who in (M1, M2)
    ])  # fmt: skip
    assert set(hub.accounts(purpose="service")) == {"canary-M1-account", "other-M2-account"}
    hub.erase(hub.plan_erasure(M1))
    assert set(hub.accounts(purpose="service")) == {"other-M2-account"}
    assert "canary" not in rows(hub)


def test_somebody_with_all_the_same_identifiers_but_one_stays_whole():
    hub, third = opened(MemoryStore()), Identifier("mail", "third@example.com")
    both = [SHARED, third]
    hub.ingest([
        Event(id="canary-1", source="web", name="V", occurred_at=at(1), identifiers=[M1, *both]),
        Event(id="o1", source="web", name="V", occurred_at=at(2), identifiers=[M2, *both]),
        Event(id="o2", source="web", name="V", occurred_at=at(3), identifiers=[M2]),
    ])  # fmt: skip
    plan = hub.plan_erasure([M1, *both])
    assert (plan.identifiers, plan.shared) == ({"member": 1}, {"mail": 2})
    hub.erase(plan)
    assert hub.raw(M2, reason="a test").n_facts == 2
    assert {hub.resolve(one) for one in both} == {hub.resolve(M2)}
    again = Event(id="canary-9", source="web", name="V", occurred_at=at(1), identifiers=[M1, *both])
    assert hub.ingest([again]).erased == 1
    assert hub.raw(M2, reason="a test").n_facts == 2
