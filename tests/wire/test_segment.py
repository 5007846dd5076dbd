"""Segment-spec calls become events, and nothing of them is lost."""

import copy
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from unified_profile.errors import InvalidRulesError
from unified_profile.model import Event, EventType, Identifier
from unified_profile.wire import SEGMENT_TRAITS, Limits, Reader, calls_in, read

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
NAMES = sorted(path.stem for path in (Path(__file__).parent / "payloads").glob("*.json"))
WEB: Any = Reader(source="web")


def call_of(event: Event) -> dict[str, Any]:
    """Write the call again from nothing but the event: an independent inverse of reading."""
    context: dict[str, Any] = copy.deepcopy(dict(event.context))
    call, unknown = context.pop("call", {}), context.pop("unknown", {})
    context.update(unknown.pop("context", {}))
    again: dict[str, Any] = {"type": event.type.value, **unknown}
    if not event.id.startswith("call-"):
        again["messageId"] = event.id
    for identifier in event.identifiers:
        again.setdefault(
            {"user_id": "userId", "anonymous_id": "anonymousId"}.get(identifier.namespace, ""), identifier.value
        )
    again.pop("", None)
    if event.previous:
        again["previousId"] = event.previous[0].value
    name = {"track": "event", "page": "name", "screen": "name"}.get(event.type.value)
    parts = {name: event.name, "properties": event.properties, "traits": event.traits, "context": context}
    moments = {"originalTimestamp": event.original_at, "sentAt": event.sent_at, "receivedAt": event.received_at}
    again |= {key: value for key, value in (parts | moments).items() if key and value}
    if event.occurred_at != NOW:
        again["timestamp"] = call.pop("timestamp", event.occurred_at)
    if event.account and str(context.get("groupId")) != event.account:
        again["groupId"] = event.account
    if event.channel:
        again["channel"] = event.channel
    again.update(call.pop("written", {}))
    return {**again, **call}


def told(call: dict[str, Any]) -> dict[str, Any]:
    """Leave out what says nothing, and compare times as instants."""
    kept = {key: value for key, value in call.items() if value not in (None, "", {}, [])}
    for key in ("userId", "anonymousId", "previousId", "groupId", "messageId"):
        if type(kept.get(key)) is int:
            kept[key] = str(kept[key])
    for key in ("timestamp", "originalTimestamp", "sentAt", "receivedAt"):
        if isinstance(kept.get(key), str):
            kept[key] = datetime.fromisoformat(kept[key])
    original, sent, received = (kept.get(key) for key in ("originalTimestamp", "sentAt", "receivedAt"))
    if original and sent and received:
        kept.setdefault("timestamp", received - (sent - original))
    elif original or received:
        kept.setdefault("timestamp", original or received)
    return kept


@pytest.mark.parametrize("name", NAMES)
def test_every_documented_call_is_read_without_loss(name, documented):
    payload = documented(name)
    event = WEB.read(payload, received_at=NOW)
    assert isinstance(event, Event)
    assert told(call_of(event)) == told(payload)


@pytest.mark.parametrize("name", NAMES)
def test_the_short_cuts_and_the_models_make_the_same_event(name, documented):
    payload = documented(name)
    assert WEB._calls.event(payload, received_at=NOW) == WEB._calls.event_by_model(payload, received_at=NOW)


def test_a_call_may_come_as_an_object_as_text_or_as_bytes(documented):
    import json

    payload = documented("track")
    events = {
        read(form, source="web", received_at=NOW).id
        for form in (payload, json.dumps(payload), json.dumps(payload).encode())
    }
    assert events == {payload["messageId"]}


# --- when it happened ------------------------------------------------------------------------------------------------

STAMP, ORIGINAL = "2026-02-01T10:00:00Z", "2026-02-01T09:00:00Z"
SENT, RECEIVED = "2026-02-01T09:00:05Z", "2026-02-01T12:00:05Z"


@pytest.mark.parametrize(
    ("times", "expected"),
    (
        (
            {"originalTimestamp": ORIGINAL, "sentAt": SENT, "receivedAt": RECEIVED, "timestamp": STAMP},
            "2026-02-01T12:00:00Z",
        ),
        ({"originalTimestamp": ORIGINAL, "sentAt": SENT, "receivedAt": RECEIVED}, "2026-02-01T12:00:00Z"),
        ({"originalTimestamp": ORIGINAL, "sentAt": SENT, "timestamp": STAMP}, STAMP),
        ({"originalTimestamp": ORIGINAL, "receivedAt": RECEIVED}, ORIGINAL),
        ({"sentAt": SENT, "receivedAt": RECEIVED}, RECEIVED),
        ({"sentAt": SENT}, "2026-11-01T12:00:00Z"),
        ({}, "2026-11-01T12:00:00Z"),
        ({"timestamp": None}, "2026-11-01T12:00:00Z"),
    ),
)
def test_the_clock_of_the_device_is_corrected_where_all_three_times_are_told(times, expected):
    event = WEB.read({"type": "page", **times}, received_at=NOW)
    assert event.occurred_at == datetime.fromisoformat(expected)


@given(
    st.datetimes(datetime(2000, 1, 1), max_value=datetime(2060, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - Hypothesis wants naive bounds
    st.timedeltas(min_value=timedelta(days=-400), max_value=timedelta(days=400)),
    st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=60)),
)
def test_a_wrong_clock_changes_nothing(happened, skew, delay):
    """Whatever the device believes the time to be, the event stands where the server saw it."""
    times = {"originalTimestamp": happened + skew, "sentAt": happened + delay + skew, "receivedAt": happened + delay}
    call = {"type": "page", **{name: moment.isoformat() for name, moment in times.items()}}
    assert WEB.read(call, received_at=NOW).occurred_at == happened


def test_a_time_without_an_offset_is_refused_by_name(refusal):
    error = refusal(lambda: WEB.read({"type": "page", "sentAt": "2026-02-01T10:00:00"}, received_at=NOW))
    assert (error.field, error.reason) == ("sentAt", "has no time zone")
    assert "assume_tz" in error.hint


def test_a_time_without_an_offset_is_read_where_the_reader_says():
    tokyo: Any = Reader(source="web", assume_tz="Asia/Tokyo")
    event = tokyo.read({"type": "page", "timestamp": "2026-02-01T10:00:00"}, received_at=NOW)
    assert event.occurred_at == datetime(2026, 2, 1, 1, tzinfo=UTC)
    assert event.context["call"]["written"] == {"timestamp": "2026-02-01T10:00:00"}


def test_python_times_are_taken_like_their_text():
    moment = datetime(2026, 2, 1, 10, tzinfo=ZoneInfo("Asia/Tokyo"))
    event = WEB.read({"type": "page", "timestamp": moment}, received_at=NOW)
    assert event.occurred_at == moment


def test_a_collector_knows_when_it_received_a_call():
    """Straight from a device there is no ``receivedAt`` yet, and the ``timestamp`` is the device's own."""
    collector: Any = Reader(source="web", collects=True)
    event = collector.read({"type": "page", "timestamp": ORIGINAL, "sentAt": SENT}, received_at=NOW)
    assert event.occurred_at == NOW - timedelta(seconds=5)
    assert (event.original_at, event.received_at) == (datetime.fromisoformat(ORIGINAL), NOW)


# --- who it was ------------------------------------------------------------------------------------------------------


def nodes(event: Event) -> list[str]:
    return [identifier.node for identifier in event.identifiers]


def test_ids_become_identifiers_in_their_namespaces(documented):
    event = WEB.read(documented("common-fields"), received_at=NOW)
    assert nodes(event) == [
        "user_id:97980cfea",
        "anonymous_id:507f191e0000",
        "device_id:B5372DB0-0000-11E4-8DFC-AA07A5B093DB",
    ]
    assert event.account == "12345"


def test_mail_and_phone_in_the_traits_of_an_identify_call_are_identifiers(documented):
    event = WEB.read(documented("identify-reserved-traits"), received_at=NOW)
    assert nodes(event) == ["user_id:K4712", "email:Ken@Example.com", "phone:+44 20 7946 0693"]


def test_traits_of_a_group_are_not_a_persons_identifiers(documented):
    payload = documented("group") | {"traits": {"email": "office@example.com"}}
    assert "email:office@example.com" not in nodes(WEB.read(payload, received_at=NOW))


def test_which_traits_are_identifiers_is_declared():
    reader: Any = Reader(source="web", trait_identifiers={"cardNo": "loyalty_card@kawa"})
    call = {"type": "identify", "traits": {"email": "a@example.com", "cardNo": 77}}
    assert nodes(reader.read(call, received_at=NOW)) == ["loyalty_card@kawa:77"]


def test_where_user_ids_belong_is_declared():
    reader: Any = Reader(source="web", user_id="customer_number@kawa", anonymous_id="session_id")
    call = {"type": "page", "userId": "7", "anonymousId": "s1"}
    assert nodes(reader.read(call, received_at=NOW)) == ["customer_number@kawa:7", "session_id:s1"]


def test_external_ids_go_to_their_namespaces_and_hashes_to_their_own(documented):
    event = WEB.read(documented("external-ids"), received_at=NOW)
    assert nodes(event) == [
        "user_id:K0001",
        "phone:+81300000000",
        "external_id@email.sha256:9f86d081884c",
        "external_id@crm.id:42",
    ]


def test_an_alias_names_the_previous_id_as_a_user_and_as_a_device(documented):
    event = WEB.read(documented("alias"), received_at=NOW)
    assert event.type is EventType.ALIAS
    assert [identifier.node for identifier in event.previous] == ["user_id:39239-239239", "anonymous_id:39239-239239"]


def test_an_alias_of_its_own_anonymous_id_names_the_device_only():
    event = WEB.read({"type": "alias", "userId": "K1", "anonymousId": "a1", "previousId": "a1"}, received_at=NOW)
    assert event.previous == (Identifier("anonymous_id", "a1"),)


@pytest.mark.parametrize(("sent", "expected"), ((7, ["user_id:7"]), (0, ["user_id:0"]), ("", []), (None, [])))
def test_a_number_is_an_id_and_a_blank_is_none(sent, expected):
    assert nodes(WEB.read({"type": "page", "userId": sent}, received_at=NOW)) == expected


def test_reserved_traits_can_get_the_names_of_other_sources(documented):
    reader: Any = Reader(source="web", trait_names=SEGMENT_TRAITS)
    traits = reader.read(documented("identify-reserved-traits"), received_at=NOW).traits
    assert (traits["given_name"], traits["family_name"], traits["birth_date"]) == ("Ken", "Placeholder", "1984-05-06")
    both = {"type": "identify", "traits": {"firstName": "a", "given_name": "b", "first_name": "c"}}
    assert reader.read(both, received_at=NOW).traits == {"firstName": "a", "given_name": "b", "first_name": "c"}


# --- which call it was -----------------------------------------------------------------------------------------------


def test_the_message_id_is_the_id():
    assert WEB.read({"type": "page", "messageId": "m1"}, received_at=NOW).id == "m1"


def test_a_call_without_a_message_id_has_the_same_id_whenever_it_is_read_again():
    call = {"type": "track", "event": "Signed In", "userId": "7", "timestamp": STAMP}
    again = dict(reversed(call.items()))
    assert WEB.read(call, received_at=NOW).id == WEB.read(again, received_at=NOW + timedelta(days=1)).id


def test_a_retry_without_a_message_id_is_known_by_its_own_time():
    call = {"type": "track", "event": "Signed In", "userId": "7", "timestamp": STAMP}
    tries = [{**call, "sentAt": sent} for sent in (SENT, RECEIVED)]
    assert len({WEB.read(one, received_at=NOW).id for one in tries}) == 1


def test_calls_without_a_time_of_their_own_are_told_apart_by_when_they_travelled():
    call = {"type": "track", "event": "Signed In", "userId": "7"}
    assert len({WEB.read({**call, "sentAt": sent}, received_at=NOW).id for sent in (SENT, RECEIVED)}) == 2


def test_equal_calls_of_two_sources_are_two_events():
    call = {"type": "track", "event": "Signed In", "timestamp": STAMP}
    assert read(call, source="web", received_at=NOW).id != read(call, source="app", received_at=NOW).id


# --- what surrounds it -----------------------------------------------------------------------------------------------


def test_unknown_fields_are_kept_and_names_of_ours_move_aside(documented):
    event = WEB.read(documented("unknown-fields"), received_at=NOW)
    assert event.context["unknown"] == {
        "writeKey": "w1",
        "_metadata": {"bundled": ["Mailer"], "unbundled": []},
        "projectId": "p1",
        "context": {"call": "theirs", "unknown": {"kept": True}, "envelope": [1]},
    }


def test_channel_and_brand_can_be_declared():
    reader: Any = Reader(source="app", brand="kawa", channel="app", channels={"server": "backend"})
    told_it = reader.read({"type": "page", "channel": "server"}, received_at=NOW)
    silent = reader.read({"type": "page"}, received_at=NOW)
    assert (told_it.channel, silent.channel, silent.brand) == ("backend", "app", "kawa")
    assert told_it.context["call"]["channel"] == "server"


def test_what_the_caller_does_to_his_payload_afterwards_does_not_reach_the_event():
    payload: Any = {"type": "track", "event": "A", "properties": {"list": [1]}, "context": {"page": {"url": "u"}}}
    event = WEB.read(payload, received_at=NOW)
    payload["properties"]["list"].append(2)
    payload["context"]["page"]["url"] = "other"
    assert (event.properties, event.context) == ({"list": [1]}, {"page": {"url": "u"}})


def test_an_empty_object_written_as_a_list_is_an_empty_object():
    event = WEB.read({"type": "page", "properties": [], "context": [], "integrations": []}, received_at=NOW)
    assert (event.properties, event.context) == ({}, {"call": {"integrations": {}}})


def test_calls_of_a_batch_share_its_context_and_sending_time():
    batch = {
        "batch": [
            {"type": "page", "context": {"ip": "203.0.113.1"}},
            {"type": "page", "sentAt": SENT},
        ],
        "context": {"ip": "203.0.113.2", "locale": "ja"},
        "sentAt": RECEIVED,
        "writeKey": "w",
    }
    first, second = calls_in(batch)
    assert first == {"type": "page", "context": {"ip": "203.0.113.1", "locale": "ja"}, "sentAt": RECEIVED}
    assert second == {"type": "page", "context": {"ip": "203.0.113.2", "locale": "ja"}, "sentAt": SENT}


def test_a_reader_of_large_payloads_takes_odd_ones_too():
    reader: Any = Reader(source="web", limits=Limits(max_bytes=3_000_000, max_depth=60))
    deep: Any = "bottom"
    for _ in range(50):
        deep = {"in": deep}
    call = {"type": "page", "userId": 7, "properties": {"text": "x" * 2_000_000, "deep": deep}}
    assert reader.read(call, received_at=NOW).properties["deep"] == deep


# --- the fast way and the slow way -----------------------------------------------------------------------------------

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
objects = st.none() | st.dictionaries(
    st.sampled_from(["email", "phone", "a", "device", "groupId", "call", "unknown"]), json_values, max_size=4
)
ids = st.none() | st.text(max_size=6) | st.integers(0, 9) | st.just("x" * 513)
times = (
    st.none()
    | st.sampled_from(
        [
            STAMP,
            ORIGINAL,
            SENT,
            "2026-02-01T10:00:00+09:00",
            "2026-02-01",
            "20260201T101112Z",
            "nonsense",
            "2026-02-01T10:00:00.123456789Z",
            "0001-01-01T00:00:00+14:00",
        ]
    )
    | st.datetimes(timezones=st.just(UTC) | st.none())
)
calls = st.fixed_dictionaries(
    {"type": st.sampled_from(["track", "identify", "page", "screen", "group", "alias"])},
    optional={
        "event": st.text(min_size=1, max_size=8) | json_values,
        "name": st.text(max_size=8) | json_values,
        "category": st.text(max_size=8) | st.none(),
        "properties": objects | json_values,
        "traits": objects | json_values,
        "context": objects | json_values,
        "integrations": objects,
        "userId": ids | json_values,
        "anonymousId": ids,
        "previousId": ids,
        "groupId": ids,
        "messageId": ids,
        "timestamp": times,
        "originalTimestamp": times,
        "sentAt": times,
        "receivedAt": times,
        "version": json_values,
        "channel": st.none() | st.sampled_from(["browser", "server"]),
        "extra": json_values,
    },
)


def outcome(reading, payload):
    from unified_profile.errors import InvalidPayloadError

    try:
        return reading(payload, received_at=NOW)
    except InvalidPayloadError:
        return "refused"


@given(calls, st.sampled_from([WEB, Reader(source="web", assume_tz="Asia/Tokyo")]))
def test_reading_by_hand_and_reading_by_the_models_give_the_same_event_or_the_same_refusal(payload, reader):
    assert outcome(reader._calls.event, payload) == outcome(reader._calls.event_by_model, payload)


@given(calls)
def test_whatever_is_taken_can_be_written_again(payload):
    event = outcome(WEB.read, payload)
    if event == "refused":
        return
    assert told(call_of(event)) == told(payload)


def test_a_property_may_say_the_channel_of_what_says_none_itself():
    """Many a tool sends where a survey was answered as a property; without it, NPS by channel has no channel."""
    reader = Reader(source="web", channel_property="channel", channels={"browser": "web"}, channel="elsewhere")
    call = {"type": "track", "event": "Survey Answered", "messageId": "m", "properties": {"nps": 9, "channel": "phone"}}
    read = [
        reader.read(call, received_at=NOW),
        reader.read({**call, "channel": "app"}, received_at=NOW),
        reader.read({**call, "properties": {"channel": "browser"}}, received_at=NOW),
        reader.read({**call, "properties": {"channel": 7}}, received_at=NOW),
        Reader(source="web").read(call, received_at=NOW),
    ]
    assert [getattr(one, "channel", None) for one in read] == ["phone", "app", "web", "elsewhere", ""]
    assert getattr(read[0], "properties", {})["channel"] == "phone"
    with pytest.raises(InvalidRulesError, match="channel_property"):
        Reader(source="web", channel_property="a\0b")
