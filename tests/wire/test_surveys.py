"""Answers to surveys become events with only what was answered."""

from datetime import UTC, datetime

import pytest

from unified_profile.errors import InvalidPayloadError
from unified_profile.model import Event
from unified_profile.wire import read

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
ANSWERED = {
    "response_id": "r1",
    "answered_at": "2026-01-31T09:30:00Z",
    "subject": {"namespace": "customer_number", "value": "K7"},
}


def taken(**changes: object) -> Event:
    event = read(ANSWERED | changes, source="survey", received_at=NOW)
    assert isinstance(event, Event)
    return event


def test_answers_become_properties_of_survey_answered():
    event = taken(
        survey="autumn",
        nps="9",
        csat=4,
        ces=6.5,
        comment="Kind people",
        answers={"why": ["price"]},
        properties={"wave": 3},
        channel="web",
        brand="kawa",
    )
    assert (event.name, event.id, event.channel, event.brand) == ("Survey Answered", "survey:r1", "web", "kawa")
    assert event.identifiers[0].node == "customer_number:K7"
    assert event.properties == {
        "wave": 3,
        "survey": "autumn",
        "nps": 9,
        "csat": 4,
        "ces": 6.5,
        "answers": {"why": ["price"]},
        "comment": "Kind people",
    }


def test_what_was_not_answered_is_left_out_and_not_zero():
    assert taken(nps=0, csat=None, comment="").properties == {"nps": 0}


def test_a_scale_of_ones_own_is_kept_with_the_answer():
    event = taken(csat=9, csat_scale=[0, 10])
    assert event.properties == {"csat": 9, "csat_scale": [0, 10]}


@pytest.mark.parametrize(
    ("field", "changes"),
    (
        ("nps", {"nps": 11}),
        ("nps", {"nps": -1}),
        ("nps", {"nps": True}),
        ("nps", {"nps": float("nan")}),
        ("csat", {"csat": 0}),
        ("csat", {"csat": 6}),
        ("ces", {"ces": 8}),
        ("csat_scale", {"csat_scale": [5, 1]}),
        ("csat_scale", {"csat_scale": [1]}),
        ("answers", {"answers": ["a"]}),
        ("answered_at", {"answered_at": "yesterday"}),
        ("response_id", {"response_id": ""}),
        ("stars", {"stars": 5}),
    ),
)
def test_an_answer_off_its_scale_is_refused_by_its_field(field, changes):
    with pytest.raises(InvalidPayloadError) as caught:
        taken(**changes)
    assert caught.value.field == field
