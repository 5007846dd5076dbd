"""The context at the moment of engagement: the same whatever order facts come in, and never more than is permitted."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given, strategies as st

from unified_profile.consent import view
from unified_profile.engagement import Context, ThreadRule, context
from unified_profile.errors import InvalidFactError, InvalidInputError, InvalidRulesError
from unified_profile.model import (
    ConsentRecord,
    ConsentState,
    Event,
    EventType,
    Permission,
    Profile,
    Provenance,
    Purpose,
    SourceRecord,
    Trait,
)

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
SERVICE = Purpose("service", traits={"*"}, basis="contract", events={"*"})


def at(hours):
    return NOON + hours * HOUR


def event(name, hours, *, id="", channel="phone", type="track", **properties):
    return Event(
        id=id or f"{name}@{hours}", source="desk", name=name, type=EventType(type), channel=channel,
        occurred_at=at(hours), properties=properties,
    )  # fmt: skip


def opened(hours, key="T1", **more):
    return event("Ticket Opened", hours, ticket_id=key, **more)


def resolved(hours, key="T1", **more):
    return event("Ticket Resolved", hours, ticket_id=key, **more)


def seen(purpose=SERVICE, *, granted=True, traits=None, changes_at=None):
    told = (Provenance("f1", "crm", NOON, NOON),)
    profile = Profile("p1", {name: Trait(name, value, told, "most_recent") for name, value in (traits or {}).items()})
    code = "basis_declared" if granted else "refused"
    return view(profile, purpose, Permission(granted, purpose.name, "any", purpose.basis, code, changes_at=changes_at))


def asked(facts, purpose=SERVICE, *, hours=0, granted=True, **more):
    return context(facts, seen(purpose, granted=granted), now=at(hours), **more)


facts = st.lists(
    st.builds(
        lambda name, hours, key, due: event(
            name, hours, id=f"{name}{hours}{key}{due}", ticket_id=key, promise_due=at(due).isoformat()
        ),
        st.sampled_from(["Ticket Opened", "Ticket Answered", "Ticket Resolved", "Order Completed"]),
        st.integers(-9, 3),
        st.sampled_from(["T1", "T2"]),
        st.integers(-6, 6),
    ),
    max_size=8,
)


@given(facts, st.randoms())
def test_the_order_and_repetition_of_facts_do_not_matter(told, random):
    shuffled = [*told, *told[:3]]
    random.shuffle(shuffled)
    assert asked(shuffled) == asked(told)


@given(facts)
def test_nothing_is_known_without_a_permission(told):
    """Not even how much there is: a context without anything to hide looks the same."""
    found = asked(told, granted=False)
    assert found == asked([], granted=False)
    assert found.denied == {"facts", "interactions", "threads", "preferences"}
    assert (found.last_interactions, found.open_threads, found.promises) == ((), (), ())
    assert not found.known_facts


@given(facts)
def test_what_a_purpose_may_not_see_is_as_if_it_had_not_happened(told):
    """Law 4: a purpose that sees orders cannot tell whether there are tickets."""
    purpose = Purpose("orders", basis="contract", events={"Order Completed"})
    orders = [one for one in told if one.name == "Order Completed"]
    assert asked(told, purpose) == asked(orders, purpose)
    assert asked(told, purpose).denied == {"facts", "threads", "preferences"}


@given(facts, st.integers(-9, 9))
def test_nothing_changes_by_itself_before_the_instant_that_is_announced(told, hours):
    """Law 6: between now and the next change the answer stays, however closely one looks."""
    past = [one for one in told if one.occurred_at <= at(hours)]
    found = asked(past, hours=hours)

    def content(moment):
        other = context(past, seen(), now=moment)
        return other.last_interactions, other.open_threads, other.promises

    if found.changes_at is None:
        assert content(at(hours) + timedelta(days=400)) == content(at(hours))
    else:
        assert content(found.changes_at - timedelta(microseconds=1)) == content(at(hours))
        assert content(found.changes_at) != content(at(hours))


@given(facts)
def test_every_thread_and_promise_says_because_of_which_facts(told):
    found = asked(told)
    ids = {one.id for one in told}
    for part in (*found.open_threads, *found.promises):
        assert part.because
        assert set(part.because) <= ids
    assert {one.fact_id for one in found.last_interactions} <= ids


def test_the_last_interactions_come_from_every_channel_latest_first():
    told = [event("Order Completed", -3, channel="store"), event("home", -1, channel="web", type="page"),
            event("Ticket Opened", -2, channel="phone")]  # fmt: skip
    found = asked(told, channel="chat", last=2)
    assert [(one.channel, one.what) for one in found.last_interactions] == [("web", "home"), ("phone", "Ticket Opened")]
    assert found.came_from == "web"


def test_who_stays_on_a_channel_did_not_come_from_another():
    assert asked([event("Chat Started", -1, channel="chat")], channel="chat").came_from == ""
    assert asked([], channel="chat").came_from == ""


def test_calls_that_only_say_who_somebody_is_are_no_interactions():
    told = [event("", -1, type=kind, id=kind) for kind in ("identify", "group", "alias")]
    assert asked(told).last_interactions == ()


def test_what_has_not_happened_yet_does_not_count_and_is_announced():
    found = asked([opened(2)])
    assert (found.last_interactions, found.open_threads, found.changes_at) == ((), (), at(2))


@pytest.mark.parametrize(
    ("told", "open_since"),
    (
        ([opened(-5)], [-5]),
        ([opened(-5), resolved(-1)], []),
        ([opened(-5), resolved(-5)], []),
        ([opened(-5), resolved(-3), opened(-1, id="again")], [-1]),
        ([resolved(-1)], []),
        ([opened(-5), resolved(1)], [-5]),
        ([opened(-5), resolved(-1, key="T2")], [-5]),
        ([opened(-5, key=7), resolved(-1, key=7)], []),
        ([opened(-5, key=None), opened(-4, key=True), opened(-3, key=["T1"])], []),
        ([opened(-5, key="T2"), opened(-6)], [-6, -5]),
    ),
    ids=[
        "opened", "resolved", "at once", "reopened", "never opened", "resolved later", "another one", "numbered",
        "without a usable key", "two, longest first",
    ],
)  # fmt: skip
def test_a_thread_is_open_until_it_is_resolved(told, open_since):
    for order in permutations(told):
        assert [one.opened_at for one in asked(order).open_threads] == [at(hours) for hours in open_since]


def test_an_open_thread_tells_subject_channel_and_first_answer():
    told = [
        opened(-5, subject="Zip broke", channel="email"),
        event("Ticket Answered", -2, ticket_id="T1"),
        event("Ticket Answered", -4, ticket_id="T1"),
    ]
    (thread,) = asked(told).open_threads
    assert (thread.key, thread.subject, thread.channel, thread.answered_at) == ("T1", "Zip broke", "email", at(-4))
    assert asked([opened(-1)]).open_threads[0].answered_at is None


@pytest.mark.parametrize(
    ("due", "ended", "state"),
    (
        (-2, -3, "kept"), (-2, -2, "kept"), (-2, -1, "broken"), (-2, None, "overdue"), (0, None, "overdue"),
        (1, None, "open"), (1, -1, "kept"), (-2, 1, "overdue"),
    ),
)  # fmt: skip
def test_a_promise_is_kept_broken_overdue_or_open(due, ended, state):
    """Resolved in time, resolved too late, not resolved although it is time, or not yet."""
    told = [opened(-5, promise_due=at(due).isoformat())]
    told += [] if ended is None else [resolved(ended)]
    (promise,) = asked(told).promises
    assert (promise.state, promise.due_at, promise.made_at) == (state, at(due), at(-5))
    assert (promise in asked(told).overdue) == (state == "overdue")


@pytest.mark.parametrize(
    "due", (None, 7, "soon", "2026-05-01T12:00:00", "2026-13-01T00:00:00Z", "9999-12-31T23:59:59-12:00")
)
def test_a_due_time_that_tells_no_instant_is_no_promise(due):
    assert asked([opened(-5, promise_due=due)]).promises == ()


def test_a_purpose_that_sees_openings_only_sees_no_threads():
    """Else everything that was settled would look open."""
    purpose = Purpose("half", basis="contract", events={"Ticket Opened"})
    found = asked([opened(-5), resolved(-1)], purpose)
    assert (found.open_threads, "threads" in found.denied, len(found.last_interactions)) == ((), True, 1)


def test_other_events_make_threads_by_a_rule_of_their_own():
    returns = ThreadRule(opened="Return Requested", answered="", resolved="Return Received", key="return", due="by")
    told = [event("Return Requested", -5, **{"return": "R1", "by": at(1).isoformat()}), opened(-4)]
    found = asked(told, rules=[returns])
    assert [one.key for one in found.open_threads] == ["R1"]
    assert [one.state for one in found.promises] == ["open"]
    assert asked(told, rules=[]).open_threads == ()


@pytest.mark.parametrize("broken", ({"opened": ""}, {"resolved": ""}, {"key": ""}, {"resolved": "Ticket Opened"}))
def test_a_rule_that_could_never_work_is_refused(broken):
    with pytest.raises(InvalidRulesError):
        ThreadRule(**broken)


def record(**attributes):
    return SourceRecord(id="r1", source="crm", key="1", occurred_at=at(-9), attributes=attributes)


def test_preferences_are_those_that_the_purpose_may_use():
    told = [record(**{"preferences": {"channel": "email", "topic": "tea"}, "preferences.language": "ja"})]
    assert {key: one.value for key, one in asked(told).preferences.items()} == {
        "channel": "email", "topic": "tea", "language": "ja",
    }  # fmt: skip
    some = Purpose("desk", traits={"preferences.language"}, basis="contract")
    assert list(asked(told, some).preferences) == ["language"]
    none = Purpose("desk", traits={"email"}, basis="contract")
    assert (asked(told, none).preferences, "preferences" in asked(told, none).denied) == ({}, True)


def test_what_an_unseen_event_lets_one_infer_is_no_preference():
    told = [event("Product Viewed", -1, **{"preferences.topic": "tea"})]
    purpose = Purpose("desk", traits={"*"}, basis="contract", events={"Order Completed"})
    assert asked(told, purpose).preferences == {}
    assert asked(told).preferences["topic"].value == "tea"


def test_a_preference_that_is_told_later_does_not_hold_yet():
    assert asked([record(preferences={"channel": "email"})], hours=-10).preferences == {}


def test_known_facts_are_the_view_of_the_purpose():
    purpose = Purpose("desk", traits={"given_name"}, basis="contract", events={"*"})
    found = context([], seen(purpose, traits={"given_name": "Hanako", "birth_date": "1990-01-01"}), now=NOON)
    assert dict(found.known_facts) == {"given_name": "Hanako"}
    assert found.known_facts.state("birth_date") == "denied"


def test_a_permission_that_ends_is_the_next_change():
    found = context([], seen(changes_at=at(3)), now=NOON)
    assert found.changes_at == at(3)
    assert context([], seen(granted=False, changes_at=at(3)), now=NOON).changes_at == at(3)


def test_a_context_shows_no_value():
    told = [
        opened(-5, subject="secret", promise_due=at(1).isoformat(), key="T-secret"),
        record(preferences={"x": "secret"}),
    ]
    found = context(told, seen(traits={"name": "secret"}), now=NOON)
    assert "secret" not in repr(found)
    for part in (*found.last_interactions, *found.open_threads, *found.promises, *found.preferences.values()):
        assert "secret" not in repr(part)


def test_facts_that_are_no_events_are_no_interactions():
    said = ConsentRecord(id="c1", source="web", purpose="x", state=ConsentState.GIVEN, occurred_at=at(-1))
    assert isinstance(asked([said, record()]), Context)
    assert asked([said, record()]).last_interactions == ()


def test_a_moment_without_a_zone_and_a_senseless_number_are_refused():
    with pytest.raises(InvalidFactError, match="now"):
        context([], seen(), now=datetime(2026, 5, 1))  # noqa: DTZ001 - that is the point
    for last in (-1, True, 1.5, "5"):
        with pytest.raises(InvalidInputError, match="last"):
            context([], seen(), now=NOON, last=last)  # type: ignore[arg-type]  # that is the point
