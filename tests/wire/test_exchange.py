"""Facts leave as JSON and come back as they were."""

import json
from datetime import UTC, datetime, timedelta

import attrs
import pytest
from hypothesis import given, strategies as st

from unified_profile.errors import InvalidPayloadError
from unified_profile.model import (
    ConsentRecord,
    ConsentState,
    ErasureOrder,
    Event,
    EventType,
    Fact,
    Identifier,
    Judgement,
    ModelAdopted,
    Retraction,
    Severance,
    SourceRecord,
    Verdict,
)
from unified_profile.wire import from_json, to_json

moments = st.datetimes(datetime(1, 1, 2), max_value=datetime(9999, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001 - Hypothesis wants naive bounds
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
names = st.text("abcxyz_-", min_size=1, max_size=8)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)
objects = st.dictionaries(texts, values, max_size=3)
identifiers = st.builds(
    Identifier, st.sampled_from(["email", "phone", "record"]), texts.filter(bool), st.sampled_from(["", "kawa"])
)
people = st.lists(identifiers, max_size=3).map(tuple)
lists = st.lists(texts, max_size=3).map(tuple)
lengths = st.none() | st.timedeltas(min_value=timedelta(days=-4_000), max_value=timedelta(days=400_000))
told = {
    "id": names,
    "source": names,
    "tenant": st.sampled_from(["default", "other"]),
    "occurred_at": moments,
    "recorded_at": st.none() | moments,
}
OTHERS = {
    "text": texts,
    "objects": objects,
    "people": people,
    "moment": st.none() | moments,
    "lists": lists,
    "length": lengths,
}


def built(kind: type, **own: st.SearchStrategy) -> st.SearchStrategy[Fact]:
    """Give facts of a *kind*; fields that are not named are texts."""
    fields = {field.name: own.get(field.name, told.get(field.name, texts)) for field in attrs.fields(kind)}
    return st.builds(kind, **fields)


facts = st.one_of(
    built(SourceRecord, key=texts.filter(bool), identifiers=people, attributes=objects, dated=st.booleans()),
    built(
        Event,
        type=st.sampled_from(EventType),
        identifiers=people,
        previous=people,
        properties=objects,
        traits=objects,
        context=objects,
        original_at=OTHERS["moment"],
        sent_at=OTHERS["moment"],
        received_at=OTHERS["moment"],
    ),
    built(
        ConsentRecord,
        state=st.sampled_from(ConsentState),
        identifiers=people,
        data_categories=lists,
        special_categories=lists,
        optional_categories=lists,
        operations=lists,
        recipients=lists,
        joint_controllers=lists,
        retention=lengths,
        duration=lengths,
    ),
    built(Judgement, left=identifiers, right=identifiers, verdict=st.sampled_from(Verdict)),
    built(Severance, identifier=identifiers),
    built(Retraction),
    built(ErasureOrder, identifiers=people),
    built(ModelAdopted, body=objects),
)


@given(facts)
def test_every_fact_is_the_same_after_export_and_import(fact):
    form = to_json(fact)
    assert from_json(form) == fact
    assert from_json(json.dumps(form)) == fact
    assert from_json(json.dumps(form, ensure_ascii=False).encode()) == fact


def test_a_consent_record_goes_by_the_names_of_27560():
    record = ConsentRecord(
        id="r1",
        source="log",
        occurred_at=datetime(2026, 2, 1, tzinfo=UTC),
        purpose="newsletter",
        state=ConsentState.WITHDRAWN,
        identifiers=[Identifier("email", "a@example.com")],
        channel="email",
        notice_id="n",
        notice_version="2",
        language="ja",
        data_categories=("email",),
        optional_categories=("name",),
        special_categories=("health",),
        operations=("send",),
        controller="Kawa",
        joint_controllers=("Hoshi",),
        recipients=("Post",),
        storage_location="JP",
        retention=timedelta(days=30),
        jurisdiction="JP",
        withdrawal_method="link",
        method="unsubscribe_link",
    )
    assert to_json(record) == {
        "fact": "consent_record",
        "dct:conformsTo": "27560:2023",
        "dct:identifier": "r1",
        "dct:language": "ja",
        "source": "log",
        "channel": "email",
        "dpv:hasDataSubject": [{"namespace": "email", "value": "a@example.com"}],
        "dpv:hasNotice": {"dct:identifier": "n", "dct:hasVersion": "2"},
        "dpv:hasPurpose": "newsletter",
        "dpv:hasPersonalData": [
            {"@type": "dpv:PersonalData", "rdf:value": "email"},
            {"@type": "dpv:SpecialCategoryPersonalData", "rdf:value": "health"},
            {"@type": "dpv:PersonalData", "rdf:value": "name", "dpv:hasNecessity": "dpv:Optional"},
        ],
        "dpv:hasProcessing": ["send"],
        "dpv:hasDataController": [
            {"@type": "dpv:DataController", "rdf:value": "Kawa"},
            {"@type": "dpv:JointDataControllers", "rdf:value": "Hoshi"},
        ],
        "dpv:hasRecipient": ["Post"],
        "dpv:hasStorageCondition": [
            {"@type": "dpv:StorageLocation", "dpv:hasLocation": "JP"},
            {"@type": "dpv:StorageDuration", "dpv:hasDuration": "P30D"},
        ],
        "dpv:hasJurisdiction": "JP",
        "dpv:hasConsentControl": [{"@type": "dpv:WithdrawConsent", "dpv:isExercisedAt": "link"}],
        "dpv:hasConsentStatus": [
            {
                "@type": "dpv:ConsentWithdrawn",
                "dpv:isIndicatedAtTime": "2026-02-01T00:00:00Z",
                "dpv:hasIndicationMethod": "unsubscribe_link",
            }
        ],
    }


TOLD = {"fact": "event", "id": "e1", "source": "web", "occurred_at": "2026-02-01T00:00:00Z", "name": "A"}
CONSENT = {
    "fact": "consent_record",
    "dct:identifier": "r",
    "source": "s",
    "dpv:hasPurpose": "p",
    "dpv:hasConsentStatus": [{"@type": "dpv:ConsentGiven", "dpv:isIndicatedAtTime": "2026-02-01T00:00:00Z"}],
}


@pytest.mark.parametrize(
    ("field", "form"),
    (
        ("fact", {}),
        ("fact", {"fact": "profile"}),
        ("payload", []),
        ("id", {"fact": "event"}),
        ("occurred_at", TOLD | {"occurred_at": None}),
        ("occurred_at", TOLD | {"occurred_at": "2026-02-01"}),
        ("type", TOLD | {"type": "click"}),
        ("name", TOLD | {"name": 5}),
        ("identifiers", TOLD | {"identifiers": {}}),
        ("identifiers.0.value", TOLD | {"identifiers": [{"namespace": "email"}]}),
        ("identifiers.0.namespace", TOLD | {"identifiers": [{"namespace": "E", "value": "v"}]}),
        ("identifiers.0.more", TOLD | {"identifiers": [{"namespace": "email", "value": "v", "more": 1}]}),
        ("properties", TOLD | {"properties": []}),
        ("properties.a", TOLD | {"properties": {"a": float("nan")}}),
        ("more", TOLD | {"more": 1}),
        ("id", TOLD | {"id": "a\nb"}),
        ("dpv:hasConsentStatus", CONSENT | {"dpv:hasConsentStatus": []}),
        (
            "dpv:hasConsentStatus.0.@type",
            CONSENT
            | {
                "dpv:hasConsentStatus": [
                    {"@type": "dpv:ConsentExpired", "dpv:isIndicatedAtTime": "2026-02-01T00:00:00Z"}
                ]
            },
        ),
        (
            "dpv:hasStorageCondition.0.dpv:hasDuration",
            CONSENT | {"dpv:hasStorageCondition": [{"@type": "dpv:StorageDuration", "dpv:hasDuration": "long"}]},
        ),
        ("dpv:hasProcessing", CONSENT | {"dpv:hasProcessing": "send"}),
    ),
)
def test_a_form_that_is_none_is_refused_by_its_field(field, form):
    with pytest.raises(InvalidPayloadError) as caught:
        from_json(form)
    assert caught.value.field == field


def test_what_is_no_fact_cannot_leave():
    with pytest.raises(InvalidPayloadError):
        to_json("a fact")  # type: ignore[arg-type]  # the slip that is tested
    event = Event(id="e", source="s", occurred_at=datetime(2026, 2, 1, tzinfo=UTC), properties={"a": object()})  # type: ignore[dict-item]  # the slip that is tested
    with pytest.raises(InvalidPayloadError, match=r"properties\.a"):
        to_json(event)
