"""A role masks a context as it masks a view: interactions, threads, promises and preferences, not traits alone."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, strategies as st

from unified_profile import Event, Hub, Identifier, MemoryStore, Purpose, SourceRecord
from unified_profile.consent import HIDDEN, WHOLE, Mask, Role, view
from unified_profile.engagement.context import Context, context
from unified_profile.errors import InvalidInputError
from unified_profile.model import Permission, Profile

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
WHO = Identifier("email", "hanako@example.com")
SERVICE = Purpose("service", traits={"*"}, basis="contract", events={"*"})
YES = Permission(granted=True, purpose="service", channel="chat", basis="contract", code="basis_declared")
NAMES = ("Ticket Opened", "Ticket Answered", "Ticket Resolved", "Order Completed", "Page Viewed")
PROPERTIES = ("ticket_id", "subject", "promise_due", "total", "card")


def happened(number: int, name: str, **properties: Any) -> Event:
    return Event(id=f"e{number}", source="web", name=name, channel="phone", occurred_at=NOON - (99 - number) * HOUR,
                 identifiers=[WHO], properties=properties)  # fmt: skip


TICKET = happened(1, "Ticket Opened", ticket_id="T-123456", subject="Zip broke", promise_due=NOON.isoformat())
ORDER = happened(2, "Order Completed", total=12, card="4111 1111 1111 1111")
SAID: dict[str, Any] = {"given_name": "Hanako", "preferences.language": "ja", "preferences.topic": "shoes"}
TOLD = SourceRecord(
    id="r", source="crm", key="1", occurred_at=NOON - 200 * HOUR, identifiers=[WHO], attributes=SAID
)  # fmt: skip


def seen(facts: list[Any], role: Role | None = None) -> Context:
    whole = view(Profile("p1", {}), SERVICE, YES)
    return context(facts, whole if role is None else whole.as_role(role), now=NOON, channel="chat")


def shown(found: Context) -> tuple[Any, ...]:
    """Return all that can be seen of a context."""
    return (
        [(one.what, dict(one.details), one.fact_id) for one in found.last_interactions],
        [(one.key, one.subject, one.because) for one in found.open_threads],
        [(one.key, one.state, one.due_at) for one in found.promises],
        {key: (one.value, one.history) for key, one in found.preferences.items()},
        found.denied, found.came_from, found.changes_at, repr(found),
    )  # fmt: skip


def test_what_a_role_does_not_name_it_does_not_see():
    found = seen([TICKET, ORDER, TOLD], Role("guest"))
    assert shown(found)[:4] == ([], [], [], {})
    assert found.denied == {"interactions", "threads", "preferences"}
    assert found.came_from == ""


def test_a_role_sees_of_each_interaction_what_its_masks_leave():
    role = Role("desk", {
        "event:Order Completed": WHOLE, "event:Order Completed.card": Mask("last", 4),
        "event:Ticket Opened": WHOLE, "event:Ticket Answered": WHOLE, "event:Ticket Resolved": WHOLE,
        "event:Ticket Opened.ticket_id": Mask("last", 2), "event:Ticket Opened.subject": HIDDEN,
        "preferences.language": WHOLE,
    })  # fmt: skip
    found = seen([TICKET, ORDER, TOLD], role)
    order, ticket = found.last_interactions
    assert (order.details, dict(ticket.details)) == (
        {"total": 12, "card": "•••1111"}, {"ticket_id": "•••56", "promise_due": NOON.isoformat()},
    )  # fmt: skip
    assert [(one.key, one.subject) for one in found.open_threads] == [("•••56", "")]
    assert [(one.key, one.state) for one in found.promises] == [("•••56", "overdue")]
    assert {key: one.value for key, one in found.preferences.items()} == {"language": "ja"}
    assert found.denied == frozenset()


def test_a_thread_is_hidden_with_any_of_its_events_and_a_promise_with_its_date():
    named = {f"event:{name}": WHOLE for name in NAMES[:3]}
    assert seen([TICKET], Role("a", named)).open_threads
    assert not seen([TICKET], Role("b", {**named, "event:Ticket Resolved": HIDDEN})).open_threads
    for mask in (HIDDEN, Mask("year")):
        found = seen([TICKET], Role("c", {**named, "event:Ticket Opened.promise_due": mask}))
        assert (len(found.open_threads), found.promises, found.changes_at) == (1, (), None)


def test_a_preference_behind_a_mask_comes_without_what_it_was_before():
    older = SourceRecord(id="r0", source="crm", key="1", occurred_at=NOON - 300 * HOUR, identifiers=[WHO],
                         attributes={"preferences.topic": "handbags"})  # fmt: skip
    found = seen([TOLD, older], Role("x", {"preferences": Mask("first", 2)})).preferences["topic"]
    assert (found.value, found.history) == ("sh•••", ())
    whole = seen([TOLD, older], Role("x", {"preferences.topic": WHOLE})).preferences["topic"]
    assert [value for value, _ in whole.history] == ["handbags", "shoes"]


masks = st.sampled_from([WHOLE, HIDDEN, HIDDEN, Mask("last", 2), Mask("domain")])
keys = st.one_of(
    st.sampled_from(["event:*", "preferences", "preferences.language"]),
    st.sampled_from(NAMES).map(lambda name: f"event:{name}"),
    st.tuples(st.sampled_from(NAMES), st.sampled_from(PROPERTIES)).map(lambda pair: f"event:{pair[0]}.{pair[1]}"),
)
roles = st.builds(Role, st.just("agent"), st.dictionaries(keys, masks, max_size=9), masks)
properties = st.fixed_dictionaries({}, optional={
    "ticket_id": st.sampled_from(["T-1000", "T-2000"]), "subject": st.sampled_from(["Zip broke", "Too small"]),
    "promise_due": st.sampled_from([(NOON + hours * HOUR).isoformat() for hours in (-9, 9)]),
    "total": st.integers(1, 3), "preferences.language": st.sampled_from(["ja", "en"]),
})  # fmt: skip
stories = st.lists(st.tuples(st.sampled_from(NAMES), properties), max_size=7)


@given(stories, roles)
def test_a_role_never_sees_what_is_not_in_the_whole_context(story, role):
    facts = [happened(number, name, **told) for number, (name, told) in enumerate(story)]
    masked, whole = seen(facts, role), seen(facts)
    everything = {one.id: one for one in facts}
    for one in masked.last_interactions:
        event = everything[one.fact_id]
        assert role.event(event.name) != HIDDEN
        for name, value in one.details.items():
            mask = role.detail(event.name, name)
            assert value == (event.properties[name] if mask == WHOLE else mask.of(event.properties[name]))
            assert mask != HIDDEN
    assert len(masked.open_threads) <= len(whole.open_threads)
    assert len(masked.promises) <= len(whole.promises)
    assert masked.preferences.keys() <= whole.preferences.keys()


@given(stories, stories, roles)
def test_interactions_that_are_hidden_from_a_role_change_nothing_that_it_can_see(story, other, role):
    """Not even whether there are any."""
    facts = [happened(number, name, **told) for number, (name, told) in enumerate(story)]
    more = [happened(50 + number, name, **told) for number, (name, told) in enumerate(other)]
    hidden = [one for one in more if role.event(one.name) == HIDDEN]
    assert shown(seen([*facts, *hidden], role)) == shown(seen(facts, role))


def test_both_hubs_lay_the_role_over_the_context(tmp_path):
    from unified_profile.aio import AsyncHub
    from unified_profile.storage.aio import AsyncSqlStore

    role = Role("desk", {"event:Order Completed": WHOLE, "given_name": Mask("first", 1)})
    asked: dict[str, Any] = {"purpose": "service", "channel": "chat"}
    hub = Hub(MemoryStore(), purposes=[SERVICE], clock=lambda: NOON)
    hub.ingest([TICKET, ORDER, TOLD])
    found = hub.context(WHO, role=role, **asked)
    assert [one.what for one in found.last_interactions] == ["Order Completed"]
    assert found.known_facts["given_name"] == "H•••"
    assert len(hub.context(WHO, **asked).last_interactions) == 2
    with pytest.raises(InvalidInputError, match="not a Role"):
        hub.context(WHO, role="desk", **asked)  # type: ignore[arg-type]  # what is tried

    async def main() -> None:
        async with AsyncSqlStore(f"sqlite+aiosqlite:///{tmp_path}/p.sqlite") as store:
            other = AsyncHub(store, purposes=[SERVICE], clock=lambda: NOON)
            await other.ingest([TICKET, ORDER, TOLD])
            assert shown(await other.context(WHO, role=role, **asked))[:4] == shown(found)[:4]

    asyncio.run(main())
