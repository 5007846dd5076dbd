"""What nobody could read again is refused when it is made, not when somebody reads the profile."""

from __future__ import annotations

from datetime import UTC, datetime

import attrs
import pytest

from unified_profile import (
    ConsentRecord,
    ConsentState,
    Event,
    EventType,
    Identifier,
    Judgement,
    ModelAdopted,
    Severance,
    SourceRecord,
    Verdict,
)
from unified_profile.errors import InvalidFactError
from unified_profile.model.codec import KINDS, decode, encode
from unified_profile.model.facts import _SHAPES

AT = datetime(2026, 1, 1, tzinfo=UTC)
WHO = Identifier("email", "secret@example.com")
SOUND: dict[type, dict[str, object]] = {
    Event: {},
    SourceRecord: {"key": "1"},
    ConsentRecord: {"purpose": "newsletter", "state": ConsentState.GIVEN},
    Judgement: {"left": WHO, "right": WHO, "verdict": Verdict.SAME},
    Severance: {"fact_id": "e1", "identifier": WHO},
    ModelAdopted: {"kind": "records", "fingerprint": "m"},
}


def made(kind, **fields):
    return kind(**{"id": "f1", "source": "app", "occurred_at": AT, **SOUND[kind], **fields})


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    (
        (Event, "type", "secret"),
        (Event, "type", None),
        (Event, "type", ["secret"]),
        (Event, "name", 5),
        (Event, "identifiers", ["secret@example.com"]),
        (Event, "identifiers", None),
        (Event, "properties", ["secret"]),
        (Event, "properties", None),
        (Event, "traits", "secret"),
        (Event, "context", ["secret"]),
        (Event, "account", 7),
        (Event, "brand", None),
        (SourceRecord, "attributes", ["secret"]),
        (SourceRecord, "key", 1),
        (ConsentRecord, "state", "secret"),
        (ConsentRecord, "purpose", None),
        (ConsentRecord, "channel", None),
        (ConsentRecord, "duration", 3),
        (Judgement, "verdict", "secret"),
        (Judgement, "left", "secret@example.com"),
        (Severance, "fact_id", 3),
        (Severance, "identifier", "secret@example.com"),
        (ModelAdopted, "body", ["secret"]),
        (ModelAdopted, "fingerprint", 3),
    ),
)
def test_a_field_of_another_shape_is_refused_by_name_without_its_value(kind, field, value):
    with pytest.raises(InvalidFactError) as refused:
        made(kind, **{field: value})
    assert refused.value.field == field
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("value", ("secret", [1], None))
def test_a_list_of_texts_takes_texts_only(value):
    with pytest.raises(InvalidFactError):
        made(ConsentRecord, data_categories=value)


@pytest.mark.parametrize(
    "fact",
    (
        made(Event, type="identify", properties={"n": 1}),
        made(ConsentRecord, state="given", data_categories=["contact"], operations=iter(["send"])),
        made(Judgement, verdict="same"),
    ),
    ids=lambda fact: type(fact).__name__,
)
def test_choices_can_be_given_by_name_and_lists_as_any_iterable(fact):
    again = decode(encode(fact, bundle="", recorded_us=0), tenant=fact.tenant)
    assert attrs.evolve(again, recorded_at=None) == fact


def test_a_choice_is_a_member_even_if_it_was_given_by_name():
    assert made(Event, type="identify").type is EventType.IDENTIFY


def test_every_kind_of_fact_checks_its_fields():
    assert set(_SHAPES) == set(KINDS.values())
    assert all(_SHAPES.values())
