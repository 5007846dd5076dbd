"""Whatever strangers send, they get a fact or a typed refusal, and never hear a value again."""

import contextlib
import json
import pickle
from collections import OrderedDict
from datetime import UTC, date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given, strategies as st

from unified_profile.errors import InvalidInputError, InvalidPayloadError, InvalidRulesError, UnknownNameError
from unified_profile.wire import (
    CloudEvent,
    ConsentPayload,
    Limits,
    Reader,
    RecordMapping,
    SurveyResponse,
    TrackCall,
    calls_in,
    fact_of,
    from_json,
    guess_mapping,
    json_schema,
    peek_csv,
    read,
    read_csv,
    read_facts,
    read_jsonl,
    to_json,
)

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
WEB = Reader(source="web")
DEEP: list[object] = []
for _ in range(40):
    DEEP = [DEEP]
ENDLESS: dict[str, object] = {}
ENDLESS["again"] = ENDLESS

odd = st.sampled_from(
    [
        None,
        True,
        -1,
        0,
        2**64,
        -(2**80),
        10**400,
        1e308,
        float("nan"),
        float("inf"),
        "",
        " ",
        "\0",
        "a\x1bb",
        "\ud800",
        "😀",
        "x" * 600,
        "x" * 2_000_000,
        b"bytes",
        {1, 2},
        object(),
        Decimal("1.5"),
        date(2026, 1, 1),
        datetime(2026, 1, 1),  # noqa: DTZ001 - the slip that is tested
        datetime(1, 1, 1, tzinfo=UTC),
        datetime.max,  # noqa: DTZ901 - the slip that is tested
        DEEP,
        ENDLESS,
        {"\ud800": 1},
        {1: 2},
        {"": None},
        {"a\0": 1},
        [],
        {},
        (1, 2),
        "0000-01-01T00:00:00Z",
        "9999-12-31T23:59:59-12:00",
        "0001-01-01T00:00:00+12:00",
        "10000-01-01T00:00:00Z",
        OrderedDict(a=1),
        MappingProxyType({"a": 1}),
        range(3),
        print,
        int,
        ...,
    ]
)
names = st.sampled_from(
    [
        "type",
        "event",
        "name",
        "category",
        "properties",
        "traits",
        "context",
        "integrations",
        "userId",
        "anonymousId",
        "previousId",
        "groupId",
        "messageId",
        "timestamp",
        "originalTimestamp",
        "sentAt",
        "receivedAt",
        "version",
        "channel",
        "specversion",
        "id",
        "source",
        "time",
        "subject",
        "data",
        "data_base64",
        "datacontenttype",
        "purpose",
        "state",
        "expressed_at",
        "recorded_at",
        "record_id",
        "identifiers",
        "duration",
        "expiry",
        "retention",
        "response_id",
        "answered_at",
        "nps",
        "csat",
        "csat_scale",
        "ces",
        "answers",
        "comment",
        "fact",
        "batch",
        "occurred_at",
        "body",
        "left",
        "right",
        "verdict",
        "dpv:hasConsentStatus",
        "dpv:hasDataSubject",
        "dct:identifier",
    ]
)
kinds = st.sampled_from(
    [
        {"type": "track", "event": "A"},
        {"type": "identify"},
        {"type": "group", "groupId": "g"},
        {"type": "alias"},
        {"specversion": "1.0", "id": "1", "source": "/s", "type": "t"},
        {
            "purpose": "p",
            "state": "given",
            "expressed_at": "2026-01-01T00:00:00Z",
            "subject": {"namespace": "email", "value": "v"},
        },
        {"response_id": "r", "answered_at": "2026-01-01T00:00:00Z"},
        {"fact": "event", "id": "e", "source": "s", "occurred_at": "2026-01-01T00:00:00Z"},
        {"fact": "judgement", "id": "e", "source": "s", "occurred_at": "2026-01-01T00:00:00Z"},
        {"fact": "consent_record"},
        {},
    ]
)
junk = st.recursive(
    odd | st.text(max_size=5) | st.integers() | st.floats() | st.binary(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names | st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
payloads = st.builds(
    lambda kind, more: {**kind, **more}, kinds, st.dictionaries(names | st.text(max_size=3), junk, max_size=4)
)


def typed_only(call) -> None:
    with contextlib.suppress(InvalidPayloadError, InvalidRulesError):
        call()


@given(junk | payloads)
def test_junk_gets_a_fact_or_a_typed_refusal(payload):
    typed_only(lambda: WEB.read(payload, received_at=NOW))
    typed_only(lambda: from_json(payload))
    typed_only(lambda: list(calls_in(payload)))
    typed_only(lambda: to_json(payload))


@given(payloads)
def test_what_is_taken_from_junk_can_be_exported_and_stored(payload):
    try:
        fact = WEB.read(payload, received_at=NOW)
    except InvalidPayloadError:
        return
    text = json.dumps(to_json(fact), ensure_ascii=False, allow_nan=False).encode()
    assert from_json(text) == fact


def written(payload: object) -> str:
    try:
        return json.dumps(payload, default=str)
    except ValueError:
        return "{"


@given(st.text(max_size=40) | st.binary(max_size=40) | payloads.map(written))
def test_junk_as_text_gets_a_fact_or_a_typed_refusal(text):
    typed_only(lambda: read(text, source="web", received_at=NOW))


@given(junk)
def test_an_option_that_is_none_gets_a_typed_refusal(value):
    for option in ("source", "tenant", "assume_tz", "user_id", "device_id"):
        typed_only(lambda: Reader(**{"source": "web", option: value}))  # noqa: B023 - called at once
    typed_only(lambda: read({"type": "page"}, source=value, received_at=NOW))
    typed_only(lambda: read({"type": "page"}, source="web", received_at=value))


@given(
    st.dictionaries(st.sampled_from(["id", "mail", "at", "n", "d", "f", "x.y"]) | st.text(max_size=3), junk, max_size=7)
    | junk
)
def test_a_row_of_junk_gets_a_fact_or_a_typed_refusal(row):
    record = RecordMapping(
        "crm",
        "id",
        identifiers={"mail": "email@{n}"},
        attributes={"n": "n", "d": "d", "f": "f", "x.y": "t"},
        types={"n": "number", "d": "date", "f": "flag", "x.y": "time"},
        occurred_at="at",
        tz="Asia/Tokyo",
    )
    consent = RecordMapping("log", kind="consent", occurred_at="at", attributes={"n": "purpose", "d": "state"})
    for mapping in (record, consent):
        typed_only(lambda: fact_of(row, mapping, received_at=NOW))  # noqa: B023 - called at once


@given(st.lists(st.dictionaries(st.sampled_from("abc"), junk, max_size=3), max_size=4))
def test_a_guess_from_junk_is_a_mapping(rows):
    assert guess_mapping(["a", "b", "c"], rows, source="crm").source == "crm"


@given(st.binary(max_size=120), st.sampled_from(["utf-8", "cp932", "utf-16", "latin-1"]))
def test_a_file_of_junk_gets_facts_or_typed_refusals(content, encoding):
    from io import BytesIO

    rejected: list[object] = []
    mapping = RecordMapping("crm", attributes={"a": "a"}, optional={"a"})
    typed_only(
        lambda: list(read_csv(BytesIO(content), mapping, received_at=NOW, encoding=encoding, rejected=rejected.append))
    )
    typed_only(
        lambda: list(read_jsonl(BytesIO(content), WEB, received_at=NOW, encoding=encoding, rejected=rejected.append))
    )
    typed_only(lambda: list(read_facts(BytesIO(content))))
    typed_only(lambda: peek_csv(BytesIO(content)))


# --- no value comes back ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "spoiled"),
    (
        ("event", {"type": "track", "event": {"a": "CANARY"}}),
        ("userId", {"type": "page", "userId": ["CANARY"]}),
        ("userId", {"type": "page", "userId": "CANARY" * 100}),
        ("messageId", {"type": "page", "messageId": "CANARY\n"}),
        ("timestamp", {"type": "page", "timestamp": "CANARY"}),
        ("sentAt", {"type": "page", "sentAt": 17, "userId": "CANARY"}),
        ("properties", {"type": "page", "properties": "CANARY"}),
        ("properties.#0", {"type": "page", "properties": {"CANARY": float("nan")}}),
        ("traits.list.1", {"type": "identify", "traits": {"list": ["CANARY", "CANARY\0"]}}),
        ("context.externalIds.0.type", {"type": "page", "context": {"externalIds": [{"id": "CANARY"}]}}),
        ("groupId", {"type": "group", "traits": {"name": "CANARY"}}),
        ("type", {"type": "CANARY"}),
        ("payload", {"CANARY": "CANARY"}),
        ("batch", {"batch": ["CANARY"]}),
        ("fact", {"fact": "CANARY"}),
        ("specversion", {"specversion": "CANARY", "id": "1", "source": "s", "type": "t"}),
        (
            "data.userId",
            {
                "specversion": "1.0",
                "id": "1",
                "source": "s",
                "type": "t",
                "data": {"type": "page", "userId": ["CANARY"]},
            },
        ),
        ("data", {"specversion": "1.0", "id": "1", "source": "s", "type": "t", "data": "CANARY"}),
        ("data_base64", {"specversion": "1.0", "id": "1", "source": "s", "type": "t", "data_base64": "CANARY"}),
        (
            "state",
            {
                "purpose": "p",
                "state": "CANARY",
                "expressed_at": "2026-01-01T00:00:00Z",
                "subject": {"namespace": "email", "value": "CANARY"},
            },
        ),
        (
            "subject.namespace",
            {
                "purpose": "p",
                "state": "given",
                "expressed_at": "2026-01-01T00:00:00Z",
                "subject": {"namespace": "CANARY", "value": "v"},
            },
        ),
        (
            "expressed_at",
            {
                "purpose": "p",
                "state": "given",
                "expressed_at": "CANARY",
                "subject": {"namespace": "email", "value": "CANARY"},
            },
        ),
        (
            "#4",
            {
                "purpose": "p",
                "state": "given",
                "expressed_at": "2026-01-01T00:00:00Z",
                "subject": {"namespace": "email", "value": "CANARY"},
                "CANARY": 1,
            },
        ),
        ("nps", {"response_id": "r", "answered_at": "2026-01-01T00:00:00Z", "nps": "CANARY", "comment": "CANARY"}),
        ("nps", {"response_id": "r", "answered_at": "2026-01-01T00:00:00Z", "nps": 11, "comment": "CANARY"}),
    ),
)
def test_a_refusal_names_the_field_and_never_the_value(field, spoiled, refusal, canary):
    payload = json.loads(json.dumps(spoiled).replace("CANARY", canary))
    error = refusal(lambda: WEB.read(payload, received_at=NOW))
    assert isinstance(error, InvalidPayloadError)
    assert error.reason
    assert error.hint
    if field != "#4":
        assert error.field == field
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


@pytest.mark.parametrize(
    "text",
    (
        '{"type": "page", "userId": "CANARY"',
        '{"CANARY": 1, "CANARY": 2}',
        '{"a": {"CANARY": 1, "CANARY": 2}}',
        '"CANARY"',
        '["CANARY"]',
        '{"type": "page", "properties": {"CANARY": NaN}}',
        '{"type": "page", "properties": {"a": "CANARY", "b": 1e999}}',
        '{"type": "page", "properties": {"a": "CANARY\\ud800"}}',
        '{"type": "page", "properties": {"a": "CANARY\\u0000"}}',
        '{"type": "page", "userId": "CANARY", "properties": ' + "[" * 40 + "]" * 40 + "}",
        '{"type": "page", "userId": "CANARY", "properties": ' + "[" * 100_000 + "]" * 100_000 + "}",
        '{"type": "page", "userId": "CANARY", "properties": {"n": 1' + "0" * 5000 + "}}",
        '{"type": "page", "userId": "CANARY", "properties": {"s": "' + "x" * 10_000_000 + '"}}',
        "CANARY",
        "",
    ),
)
def test_a_text_that_is_no_payload_is_refused_without_its_values(text, refusal, canary):
    refusal(lambda: read(text.replace("CANARY", canary), source="web", received_at=NOW))
    refusal(lambda: read(text.replace("CANARY", canary).encode(), source="web", received_at=NOW))


def test_text_that_is_not_utf8_is_refused_by_its_place(refusal, canary):
    error = refusal(lambda: read(f'{{"userId": "{canary}山"}}'.encode("cp932"), source="web", received_at=NOW))
    assert error.reason.startswith("not UTF-8 (byte ")


def test_models_made_by_hand_refuse_in_the_same_way(refusal, canary):
    for model, fields in (
        (TrackCall, {"type": "track", "event": {"a": canary}}),
        (CloudEvent, {"specversion": canary, "id": "1", "source": "s", "type": "t"}),
        (ConsentPayload, {"purpose": "p", "state": canary, "expressed_at": NOW}),
        (SurveyResponse, {"response_id": "r", "answered_at": canary}),
    ):
        error = refusal(lambda: model(**fields))  # noqa: B023 - called at once
        assert isinstance(error, InvalidPayloadError)
        assert isinstance(refusal(lambda: model.parse(fields)), InvalidPayloadError)  # noqa: B023 - called at once


def test_limits_are_the_readers():
    small: Any = Reader(source="web", limits=Limits(max_bytes=200, max_depth=3))
    with pytest.raises(InvalidPayloadError, match="larger than 200 bytes"):
        small.read({"type": "page", "properties": {"a": "x" * 300}}, received_at=NOW)
    with pytest.raises(InvalidPayloadError, match="properties: nested too deep"):
        small.read({"type": "page", "properties": {"a": {"b": {}}}}, received_at=NOW)
    assert small.read({"type": "page", "properties": {"a": {}}}, received_at=NOW).properties == {"a": {}}


def test_a_payload_of_ten_megabytes_is_refused_in_either_form():
    big = {"type": "track", "event": "A", "properties": {"text": "x" * 10_000_000}}
    for payload in (big, json.dumps(big)):
        with pytest.raises(InvalidPayloadError, match="larger than 1048576 bytes"):
            WEB.read(payload, received_at=NOW)


def test_a_schema_that_is_not_there_is_told_with_those_that_are():
    with pytest.raises(UnknownNameError, match="segment-track"):
        json_schema("segment-tracks")


def test_a_naive_now_is_refused():
    with pytest.raises(InvalidInputError, match="received_at"):
        WEB.read({"type": "page"}, received_at=datetime(2026, 1, 1))  # noqa: DTZ001 - the slip that is tested
