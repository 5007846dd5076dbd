"""A plan before the sweep; the shortest live need wins; a hold overrides."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, strategies as st

from unified_profile import ConsentRecord, ConsentState, Hub, Identifier, MemoryStore, Purpose, SourceRecord
from unified_profile.errors import InvalidFactError, InvalidRulesError, UnknownNameError
from unified_profile.model import Event, Permission
from unified_profile.rights import Kept, LegalHold, RetentionRule, RetentionSchedule, retention_plan, sweep

DAY = timedelta(days=1)
START = datetime(2026, 1, 1, tzinfo=UTC)
CATEGORIES, PURPOSES = ("contact", "orders", "other"), ("news", "service", "ads")
rules = st.lists(
    st.builds(
        RetentionRule, st.sampled_from(CATEGORIES), st.sampled_from(PURPOSES), st.integers(0, 9).map(lambda n: n * DAY)
    ),
    max_size=6,
    unique_by=lambda one: (one.category, one.purpose),
)
SCHEDULE: dict[str, Any] = {"traits": {"email": "contact", "size": "orders"}, "events": {"Ordered": "orders"}}
facts = st.lists(
    st.one_of(
        st.builds(
            lambda name, day, attributes: SourceRecord(
                id=name, source="crm", key=name, occurred_at=START + day * DAY, attributes=attributes
            ),
            st.sampled_from(["f1", "f2", "f3"]),
            st.integers(0, 9),
            st.dictionaries(st.sampled_from(["email", "size", "note"]), st.just("x")),
        ),
        st.builds(
            lambda name, day, event: Event(id=name, source="web", occurred_at=START + day * DAY, name=event),
            st.sampled_from(["e1", "e2"]),
            st.integers(0, 9),
            st.sampled_from(["Ordered", "Seen"]),
        ),
    ),
    max_size=4,
    unique_by=lambda one: one.id,
)
grants = st.frozensets(st.sampled_from(PURPOSES))


def kept(told, granted, profile="p1"):
    answers = {
        name: Permission(granted=name in granted, purpose=name, channel="any", basis="consent", code="x")
        for name in PURPOSES
    }
    return Kept(profile, tuple(told), answers)


@given(rules, facts, grants, st.integers(0, 20))
def test_the_plan_is_what_a_slow_reading_of_the_rules_says(schedule, told, granted, day):
    now = START + day * DAY
    plan = retention_plan([kept(told, granted)], RetentionSchedule(rules=schedule, **SCHEDULE), now=now)
    found = {one.fact_id: (one.action, set(one.categories)) for one in plan.items}
    for fact in told:
        if isinstance(fact, SourceRecord):
            categories = {SCHEDULE["traits"].get(name, "other") for name in fact.attributes} or {"other"}
        else:
            categories = {SCHEDULE["events"].get(fact.name, "other")}
        over = set()
        for category in categories:
            periods = [one.period for one in schedule if one.category == category and one.purpose in granted]
            named = any(one.category == category for one in schedule)
            end = fact.occurred_at + min(periods) if periods else fact.occurred_at
            if named and end <= now:
                over.add(category)
        expected = ("remove" if over == categories else "trim", over) if over else None
        assert found.get(fact.id) == expected


@given(rules, facts, grants, st.integers(0, 20), st.sampled_from(CATEGORIES))
def test_a_hold_keeps_what_it_covers_and_changes_nothing_else(schedule, told, granted, day, category):
    now = START + day * DAY
    usual = RetentionSchedule(rules=schedule, **SCHEDULE)
    hold = LegalHold("court", START, categories={category}, profiles={"p1"})
    people = [kept(told, granted), kept(told, granted, "p2")]
    without, with_it = retention_plan(people, usual, now=now), retention_plan(people, usual, now=now, holds=[hold])
    for before, after in zip(without.items, with_it.items, strict=True):
        if before.profile == "p1" and category in before.categories:
            assert (after.action, after.because[-1]) == ("hold", "hold:court")
        else:
            assert after == before
    for hold, keeps in (
        (LegalHold("h", now), True),
        (LegalHold("h", now + DAY), False),
        (LegalHold("h", START, until=now), False),
        (LegalHold("h", START, until=now + DAY), True),
    ):
        found = retention_plan(people, usual, now=now, holds=[hold]).items
        assert all((one.action == "hold") is keeps for one in found)
    over = LegalHold("over", START, until=now, categories={"*"})
    assert retention_plan(people, usual, now=now, holds=[over]).items == without.items


def test_the_shortest_of_the_live_needs_wins_and_a_withdrawn_one_does_not_count():
    told = [SourceRecord(id="f", source="crm", key="1", occurred_at=START, attributes={"email": "x"})]
    schedule = RetentionSchedule(
        rules=[RetentionRule("contact", "news", 3 * DAY), RetentionRule("contact", "service", 9 * DAY)],
        traits={"email": "contact"},
    )
    for granted, day, because in [
        ({"news", "service"}, 3, "rule:retention/contact/news"),
        ({"service"}, 9, "rule:retention/contact/service"),
        (set(), 0, "rule:no_live_need"),
    ]:
        at = START + day * DAY
        plan = retention_plan([kept(told, granted)], schedule, now=at)
        assert (plan.items[0].due_at, plan.items[0].because) == (at, (because,))
        assert not retention_plan([kept(told, granted)], schedule, now=at - timedelta(microseconds=1)).items


def test_what_no_rule_names_is_kept_and_counted():
    told = [
        SourceRecord(id="f", source="crm", key="1", occurred_at=START, attributes={"email": "x", "note": "y"}),
        ConsentRecord(id="c", source="web", occurred_at=START, purpose="news", state=ConsentState.GIVEN),
    ]
    schedule = RetentionSchedule(rules=[RetentionRule("contact", "news", DAY)], traits={"email": "contact"})
    plan = retention_plan([kept(told, set())], schedule, now=START + 99 * DAY)
    assert dict(plan.unscheduled) == {"consent_proof": 1, "other": 1}
    assert [(one.action, one.categories) for one in plan.items] == [("trim", ("contact",))]
    assert json.loads(json.dumps(plan.to_json()))["counts"] == {"trim": 1}


def test_a_sweep_removes_only_what_the_approved_plan_and_a_fresh_one_say():
    told = [
        SourceRecord(id=f"f{at}", source="crm", key=str(at), occurred_at=START, attributes={"email": "x"})
        for at in range(5)
    ]
    schedule = RetentionSchedule(rules=[RetentionRule("contact", "news", DAY)], traits={"email": "contact"})
    now = START + 2 * DAY
    approved = retention_plan([kept(told[:4], {"news"})], schedule, now=now)
    fresh = retention_plan([kept(told[1:], {"news"})], schedule, now=now)
    batches: list[list[str]] = []
    done = sweep(approved, fresh, lambda ids: batches.append(list(ids)), batch=2)
    assert batches == [["f1", "f2"], ["f3"]]
    assert (done.removed, done.spared) == (("f1", "f2", "f3"), ("f0",))
    held = retention_plan([kept(told, {"news"})], schedule, now=now, holds=[LegalHold("h", START)])
    assert not sweep(approved, held, lambda ids: batches.append(list(ids))).removed


def test_a_hub_plans_for_everybody_by_what_they_permit_now():
    purposes = [Purpose("news", traits={"email"}), Purpose("service", traits={"size"}, basis="contract")]
    hub = Hub(MemoryStore(), purposes=purposes, clock=lambda: START + 5 * DAY)
    for number, state in ((1, ConsentState.GIVEN), (2, ConsentState.WITHDRAWN)):
        who = Identifier("user_id", f"u{number}")
        hub.ingest([
            SourceRecord(id=f"r{number}", source="crm", key=str(number), occurred_at=START, identifiers=[who],
                         attributes={"email": "a@b.example"}),
            ConsentRecord(id=f"c{number}", source="web", occurred_at=START, purpose="news", state=state,
                          identifiers=[who]),
        ])  # fmt: skip
    schedule = RetentionSchedule(rules=[RetentionRule("contact", "news", 30 * DAY)], traits={"email": "contact"})
    plan = hub.retention_plan(schedule)
    assert [(one.profile, one.fact_id, one.action) for one in plan.items] == [
        (hub.resolve(Identifier("user_id", "u2")), "r2", "remove")
    ]
    assert (plan.n_people, plan.n_facts) == (2, 4)
    assert "a@b.example" not in json.dumps(plan.to_json()) + repr(plan)
    with pytest.raises(UnknownNameError):
        hub.retention_plan(RetentionSchedule(rules=[RetentionRule("contact", "nope", DAY)]))


def test_a_schedule_that_contradicts_itself_is_refused():
    with pytest.raises(InvalidRulesError, match="two periods"):
        RetentionSchedule(rules=[RetentionRule("a", "news", DAY), RetentionRule("a", "news", 2 * DAY)])
    with pytest.raises(InvalidRulesError, match="not a period"):
        RetentionRule("a", "news", -DAY)
    with pytest.raises(InvalidFactError):
        retention_plan([], RetentionSchedule(rules=[]), now=START.replace(tzinfo=None))
