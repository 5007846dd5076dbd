"""The hub at the moment of engagement, and people as segments and reports ask about them; on real stores."""

from datetime import UTC, datetime, timedelta

import pytest

from unified_profile import (
    ConsentRecord,
    ConsentState,
    Event,
    Hub,
    Identifier,
    MemoryStore,
    Purpose,
    Segment,
    SourceRecord,
    SqliteStore,
    UnknownNameError,
    UnknownProfileError,
    events,
    trait,
)

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
EMAIL, NUMBER = Identifier("email", "hanako@example.com"), Identifier("customer_number", "K1")
PURPOSES = [
    Purpose("service", traits={"given_name", "size"}, basis="contract", events={"*"}),
    Purpose("newsletter", traits={"given_name"}, events={"Order Completed"}),
]


@pytest.fixture(params=["memory", "sqlite"])
def hub(request, tmp_path):
    """Give a hub whose clock stands at noon."""
    if request.param == "memory":
        yield Hub(MemoryStore(), purposes=PURPOSES, clock=lambda: NOON)
        return
    with SqliteStore(tmp_path / "hub.sqlite") as store:
        yield Hub(store, purposes=PURPOSES, clock=lambda: NOON)


def call(name, days, *identifiers, channel="web", **properties):
    return Event(id=f"{name}{days}", source="web", name=name, channel=channel, occurred_at=NOON + days * DAY,
                 identifiers=identifiers, properties=properties)  # fmt: skip


def known():
    return SourceRecord(id="r1", source="crm", key="1", occurred_at=NOON - 9 * DAY, identifiers=[EMAIL, NUMBER],
                        attributes={"given_name": "Hanako", "size": "M", "birth_date": "1990-01-01"})  # fmt: skip


def said(state, days, *, purpose="newsletter", channel="email"):
    return ConsentRecord(id=f"{state}{days}", source="web", purpose=purpose, channel=channel, state=ConsentState(state),
                         identifiers=[EMAIL], occurred_at=NOON + days * DAY)  # fmt: skip


def test_what_was_told_on_one_channel_is_at_hand_on_the_next(hub):
    """She opened a ticket by phone, under her number; in the chat, known by her address, nobody asks again."""
    hub.ingest([known(), call("Ticket Opened", -1, NUMBER, channel="phone", ticket_id="T1", subject="Zip broke",
                              promise_due=(NOON + DAY).isoformat())])  # fmt: skip
    found = hub.context(EMAIL, purpose="service", channel="chat")
    assert (found.came_from, found.open_threads[0].subject, found.known_facts["given_name"]) == (
        "phone", "Zip broke", "Hanako",
    )  # fmt: skip
    assert [promise.state for promise in found.promises] == ["open"]
    assert found.changes_at == NOON + DAY


def test_a_single_event_is_enough_to_be_in_the_context(hub):
    hub.ingest([known()])
    assert hub.context(EMAIL, purpose="service", channel="chat").last_interactions == ()
    hub.ingest([call("Order Completed", -1, EMAIL)])
    assert [one.what for one in hub.context(NUMBER, purpose="service", channel="chat").last_interactions] == [
        "Order Completed"
    ]


def test_a_purpose_without_consent_knows_nothing(hub):
    hub.ingest([known(), call("Order Completed", -1, EMAIL)])
    found = hub.context(EMAIL, purpose="newsletter", channel="email")
    assert (found.permission.code, len(found.known_facts), found.last_interactions) == ("no_consent", 0, ())
    hub.ingest([said("given", -1)])
    granted = hub.context(EMAIL, purpose="newsletter", channel="email")
    assert (len(granted.known_facts), len(granted.last_interactions)) == (1, 1)
    assert "threads" in granted.denied
    assert not hub.context(EMAIL, purpose="newsletter", channel="sms").permission


def test_a_context_can_be_asked_for_as_of_another_moment(hub):
    hub.ingest([known(), call("Order Completed", -3, EMAIL, channel="store"), said("given", -5), said("withdrawn", -2)])
    before = hub.context(EMAIL, purpose="newsletter", channel="email", now=NOON - 4 * DAY)
    assert (before.permission.code, before.last_interactions, before.now) == ("withdrawn", (), NOON - 4 * DAY)
    assert hub.permission(EMAIL, purpose="newsletter", channel="email", at=NOON - 4 * DAY)
    assert not hub.context(EMAIL, purpose="newsletter", channel="email").permission
    earlier = hub.context(EMAIL, purpose="service", channel="chat", now=NOON - 10 * DAY)
    assert (len(earlier.known_facts), earlier.last_interactions) == (0, ())


def test_who_is_nobody_and_purposes_that_are_none_are_said_to_be_so(hub):
    with pytest.raises(UnknownProfileError, match="nobody was ever seen"):
        hub.context(EMAIL, purpose="service", channel="chat")
    with pytest.raises(UnknownNameError, match="service"):
        hub.context(EMAIL, purpose="sevice", channel="chat")
    with pytest.raises(UnknownNameError, match="service"):
        list(hub.subjects([], purpose="sevice")) + list(hub.subjects([EMAIL], purpose="sevice"))


def test_segments_ask_only_what_the_purpose_may_use(hub):
    """Law 4: of somebody without consent nothing is known, and of a trait outside the purpose nothing of anybody."""
    other = Identifier("email", "taro@example.com")
    hub.ingest([known(), said("given", -1), call("Order Completed", -1, EMAIL), call("Product Viewed", -1, EMAIL),
                call("Order Completed", -2, other)])  # fmt: skip
    buyers = Segment("buyers", events("Order Completed").count() >= 1, purpose="newsletter")
    born = Segment("born", trait("birth_date").exists(), purpose="newsletter")
    viewers = Segment("viewers", events("Product Viewed").count() >= 0, purpose="newsletter")
    subjects = list(hub.subjects([EMAIL, other], purpose="newsletter", channel="email"))
    assert [buyers.test(one, NOON) for one in subjects] == [True, None]
    assert [born.test(one, NOON) for one in subjects] == [None, None]
    assert [viewers.test(one, NOON) for one in subjects] == [None, None]
    everybody = list(hub.subjects(purpose="newsletter", channel="email"))
    assert sorted(one.profile for one in everybody) == sorted(one.profile for one in subjects)
    assert all(one.purpose == "newsletter" for one in everybody)


def test_subjects_as_of_a_moment_know_nothing_later(hub):
    hub.ingest([known(), call("Order Completed", -1, EMAIL)])
    (then,) = hub.subjects([EMAIL], purpose="service", as_of=NOON - 2 * DAY)
    (now,) = hub.subjects([EMAIL], purpose="service")
    assert (then.events, len(now.events)) == ((), 1)


def test_coverage_counts_everybody_once_by_reason(hub):
    hub.ingest([known(), said("given", -1), call("Order Completed", -2, Identifier("email", "taro@example.com"))])
    found = {(row.purpose, row.channel): row for row in hub.coverage(channels=["email", "sms"])}
    assert dict(found["newsletter", "email"].codes) == {"consent_given": 1, "no_consent": 1}
    assert dict(found["newsletter", "sms"].codes) == {"no_consent": 1, "not_covered": 1}
    assert found["service", "email"].granted == found["service", "email"].people == 2
    before = {row.purpose: row.granted for row in hub.coverage(channels=["email"], at=NOON - 2 * DAY)}
    assert before == {"newsletter": 0, "service": 2}
