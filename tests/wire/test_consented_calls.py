"""Calls with a consent object: the event comes in and the choice counts, a stamp takes away only, nothing is silent."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, strategies as st

from unified_profile import Hub, MemoryStore
from unified_profile.consent import PurposeRegistry
from unified_profile.model import ConsentRecord, ConsentState, Event, Identifier, Purpose
from unified_profile.wire import Reader, Rejected
from unified_profile.wire.platforms import SegmentConsent, calls_with_consent

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
WHO = Identifier("anonymous_id", "a1")
READER = Reader(source="web")
PURPOSES = {"C0002": "analytics", "C0004": "ads"}
CANARY = "canary-" + "7391"


def call(preferences, *, event="Segment Consent Preference Updated", at=NOW, **fields):
    return {
        "type": "track", "event": event, "anonymousId": "a1", "messageId": f"m{at.isoformat()}{event}",
        "timestamp": at.isoformat(), "context": {"consent": preferences},
    } | fields  # fmt: skip


def chosen(**preferences):
    return {"categoryPreferences": preferences}


def told(*calls, **options):
    usual: dict[str, Any] = {"reader": READER, "purposes": PURPOSES, "received_at": NOW}
    return list(calls_with_consent(calls, **usual | options))


def hub():
    purposes = PurposeRegistry([Purpose("analytics"), Purpose("ads")])
    return Hub(MemoryStore(), purposes=purposes, clock=lambda: NOW + timedelta(days=2))


def may(where, purpose):
    return where.permission(WHO, purpose=purpose, channel="web").granted


def test_a_change_of_preferences_is_an_event_and_a_decision():
    where = hub()
    report = where.ingest(told(call(chosen(C0002=True, C0004=False))))
    assert (report.accepted, report.n_quarantined) == (3, 0)
    assert may(where, "analytics")
    assert not may(where, "ads")
    assert where.ingest(told(call(chosen(C0002=True, C0004=False)))).accepted == 0


def test_the_consent_object_comes_out_of_its_records_as_it_went_in():
    consent = chosen(C0002=True, C0004=False, other=True) | {"integrationPreferences": {"x": False}}
    event, *records = told(call(consent, at=NOW - timedelta(hours=1)))
    assert isinstance(event, Event)
    assert SegmentConsent.from_records(records).to_payload() == consent
    assert {(one.occurred_at, one.recorded_at) for one in records} == {(NOW - timedelta(hours=1), NOW)}
    assert {one.identifiers for one in records} == {event.identifiers}


def test_a_stamp_does_not_bring_back_what_was_withdrawn():
    where = hub()
    where.ingest(told(call(chosen(C0002=True))))
    withdrawal = ConsentRecord(
        id="w", source="desk", occurred_at=NOW + timedelta(hours=1), purpose="analytics",
        state=ConsentState.WITHDRAWN, identifiers=(WHO,),
    )  # fmt: skip
    where.ingest([withdrawal])
    stamped = call(chosen(C0002=True), event="Product Viewed", at=NOW + timedelta(hours=2))
    later = NOW + timedelta(hours=3)
    assert [type(one) for one in told(stamped, received_at=later)] == [Event]
    where.ingest(told(stamped, received_at=later))
    assert not may(where, "analytics")
    where.ingest(told(stamped, received_at=later, choosing=None))
    assert may(where, "analytics")


def test_a_refusal_counts_on_every_call():
    where = hub()
    where.ingest(told(call(chosen(C0002=True, C0004=True))))
    assert may(where, "ads")
    page = call(chosen(C0002=True, C0004=False), at=NOW + timedelta(hours=1)) | {"type": "page"}
    del page["event"]
    where.ingest(told(page, received_at=NOW + timedelta(hours=1)))
    assert not may(where, "ads")
    assert may(where, "analytics")


@pytest.mark.parametrize(
    ("consent", "field"),
    [
        (CANARY, "context.consent"),
        ([True], "context.consent"),
        ({}, "context.consent.categoryPreferences"),
        ({"integrationPreferences": {}}, "context.consent.categoryPreferences"),
        (None, "context.consent"),
        ({"categoryPreferences": {"C0002": CANARY}}, "context.consent.categoryPreferences.C0002"),
        ({"categoryPreferences": {"C0002": 1}}, "context.consent.categoryPreferences.C0002"),
    ],
)
def test_a_consent_object_of_another_shape_is_kept_aside_and_its_call_is_not_lost(consent, field):
    where = hub()
    event, rejected = told(call(consent))
    assert (type(event), rejected.error.field) == (Event, field)
    assert CANARY not in str(rejected.error) + repr(rejected)
    report = where.ingest([event, rejected])
    assert (report.accepted, [one.field for one in report.quarantined]) == (1, [field])
    assert not may(where, "analytics")


def test_what_names_nobody_grants_nobody_anything():
    nobody = call(chosen(C0002=True), anonymousId=None)
    assert [type(one) for one in told(nobody)] == [Event, Rejected]


def test_a_choice_that_does_not_say_what_was_chosen_is_kept_aside():
    without = call(None)
    del without["context"]
    assert [type(one) for one in told(without)] == [Event, Rejected]


def test_batches_envelopes_and_text_are_looked_into():
    one = call(chosen(C0002=True))
    envelope = {"specversion": "1.0", "id": "e1", "source": "/web", "type": "call", "data": one}
    plain = {"type": "page", "anonymousId": "a1", "messageId": "p"}
    none = {"type": "page", "anonymousId": "a1", "messageId": "q", "context": {"consent": None}}
    empty = {"type": "page", "anonymousId": "a1", "messageId": "r", "context": {"consent": {}}}
    for payload in ({"batch": [one]}, envelope, json.dumps(one), json.dumps(one).encode()):
        assert [type(fact) for fact in told(payload)] == [Event, ConsentRecord]
    assert [type(fact) for fact in told(plain, none, empty)] == [Event] * 3
    assert told(plain, none, empty) == told(plain, none, empty, choosing=None)
    for broken in ("{", b"\xff", {"batch": 1}, {"type": "track"}, {"type": "track", "event": {1, 2}}, 7):
        assert [type(fact) for fact in told(broken)] == [Rejected]


@given(
    st.dictionaries(st.sampled_from(["C0002", "C0004", "other"]), st.booleans()),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=30),
)
def test_no_stamp_ever_grants(preferences, event):
    facts = told(call({"categoryPreferences": preferences}, event=event, messageId="m"))
    states = [one.state for one in facts if isinstance(one, ConsentRecord)]
    assert states == [ConsentState.REFUSED] * sum(not preferences.get(name, True) for name in PURPOSES)
