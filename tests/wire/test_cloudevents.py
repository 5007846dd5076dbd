"""Envelopes of CloudEvents 1.0 name what is in them, and say when."""

import base64
import json
from datetime import UTC, datetime

import pytest

from unified_profile.errors import InvalidPayloadError
from unified_profile.model import ConsentRecord, Event, SourceRecord
from unified_profile.wire import Reader, RecordMapping

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
CALL = {"type": "track", "event": "Signed In", "userId": "7", "messageId": "m1"}
ENVELOPE = {"specversion": "1.0", "id": "e1", "source": "/shop", "type": "com.example.signed-in", "data": CALL}
HUB = Reader(
    source="bus",
    mappings={
        "com.example.contact": RecordMapping(
            "crm", "customer.id", identifiers={"customer.email": "email"}, attributes={"customer.city": "city"}
        )
    },
)


def test_a_call_in_an_envelope_is_the_event_under_the_envelopes_name():
    event = HUB.read(ENVELOPE | {"subject": "s", "traceid": "t1"}, received_at=NOW)
    assert isinstance(event, Event)
    assert (event.name, event.source) == ("Signed In", "bus")
    assert event.id.startswith("cloudevent-")
    assert event.context == {
        "call": {"messageId": "m1"},
        "envelope": {
            "specversion": "1.0",
            "id": "e1",
            "source": "/shop",
            "type": "com.example.signed-in",
            "subject": "s",
            "traceid": "t1",
        },
    }


def test_source_and_id_together_name_the_fact():
    ids = {
        HUB.read(ENVELOPE | changes, received_at=NOW).id
        for changes in ({}, {"subject": "other"}, {"id": "e2"}, {"source": "/shop2"}, {"source": "/sho", "id": "pe1"})
    }
    assert len(ids) == 4


def test_the_time_of_the_envelope_counts_where_the_call_has_none():
    envelope = ENVELOPE | {"time": "2026-02-01T09:00:00+09:00"}
    assert HUB.read(envelope, received_at=NOW).occurred_at == datetime(2026, 2, 1, tzinfo=UTC)
    timed = envelope | {"data": CALL | {"timestamp": "2026-01-01T00:00:00Z"}}
    assert HUB.read(timed, received_at=NOW).occurred_at == datetime(2026, 1, 1, tzinfo=UTC)


def test_data_of_a_mapped_type_is_a_row():
    data = {"customer": {"id": 7, "email": "taro@example.com", "city": "Osaka"}}
    record = HUB.read(ENVELOPE | {"type": "com.example.contact", "data": data}, received_at=NOW)
    assert isinstance(record, SourceRecord)
    assert (record.key, record.source, dict(record.attributes)) == ("7", "bus", {"city": "Osaka"})


def test_consent_travels_in_envelopes_too():
    data = {
        "purpose": "newsletter",
        "state": "given",
        "expressed_at": "2026-02-01T09:00:00Z",
        "subject": {"namespace": "email", "value": "taro@example.com"},
    }
    record = HUB.read(ENVELOPE | {"data": data}, received_at=NOW)
    assert isinstance(record, ConsentRecord)
    assert record.id.startswith("cloudevent-")


@pytest.mark.parametrize("content", (json.dumps(CALL), json.dumps(CALL).encode()), ids=("text", "base64"))
def test_data_may_be_text_or_base64(content):
    data = {"data": content} if isinstance(content, str) else {"data_base64": base64.b64encode(content).decode()}
    envelope = {key: value for key, value in ENVELOPE.items() if key != "data"} | data
    assert HUB.read(envelope, received_at=NOW) == HUB.read(ENVELOPE, received_at=NOW)


@pytest.mark.parametrize(
    ("field", "changes"),
    (
        ("specversion", {"specversion": "0.3"}),
        ("id", {"id": ""}),
        ("id", {"id": None}),
        ("source", {"source": " "}),
        ("time", {"time": "2026-02-01T09:00:00"}),
        ("datacontenttype", {"datacontenttype": "application/xml"}),
        ("payload", {"Trace-Id": "t"}),
        ("data", {"data": None}),
        ("data", {"data": [CALL]}),
        ("data", {"data": {"hello": "world"}}),
        ("data.specversion", {"data": ENVELOPE}),
        ("data.event", {"data": {"type": "track"}}),
        ("data_base64", {"data_base64": "e30="}),
        ("data_base64", {"data": None, "data_base64": "%"}),
    ),
)
def test_an_envelope_that_is_none_is_refused_by_its_field(field, changes):
    with pytest.raises(InvalidPayloadError) as caught:
        HUB.read(ENVELOPE | changes, received_at=NOW)
    assert caught.value.field == field


def test_json_media_types_are_taken():
    for kind in ("application/json", "application/cloudevents+json; charset=utf-8", "text/json"):
        HUB.read(ENVELOPE | {"datacontenttype": kind}, received_at=NOW)
