"""Answers to a survey, which become the event ``Survey Answered``."""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from unified_profile.model import Event, EventType, Json
from unified_profile.model.facts import DEFAULT_TENANT
from unified_profile.wire.identities import fact_id
from unified_profile.wire.payloads import (
    IdentifierPart,
    JsonObject,
    Key,
    Moment,
    Number,
    Payload,
    identified,
    unfit,
)

SURVEY_ANSWERED = "Survey Answered"
"""The name of the event."""


def _scale(value: object) -> object:
    ends = tuple(value) if isinstance(value, (list, tuple)) else ()
    if len(ends) == 2 and all(type(end) is int and abs(end) <= 1000 for end in ends) and ends[0] < ends[1]:
        return ends
    raise unfit("not a scale", "two integers, the lowest answer first: [1, 5]")


Scale: TypeAlias = Annotated[
    tuple[int, int],
    BeforeValidator(_scale),
    WithJsonSchema({"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2}),
]


class SurveyResponse(Payload):
    """One person's answers to one survey. Scores that were not given are left out, not 0.

    >>> from datetime import UTC, datetime
    >>> response = SurveyResponse.parse(
    ...     {
    ...         "response_id": "r1",
    ...         "answered_at": "2026-01-31T09:30:00Z",
    ...         "nps": 9,
    ...         "subject": {"namespace": "email", "value": "taro@example.com"},
    ...     }
    ... )
    >>> dict(response.fact(source="survey").properties)
    {'nps': 9}
    """

    response_id: Key = Field(description="Names the response; one that comes twice counts once.")
    answered_at: Moment = Field(description="When the person answered.")
    subject: IdentifierPart | None = Field(default=None, description="Who answered.")
    identifiers: tuple[IdentifierPart, ...] = Field(default=(), description="Who answered, by several identifiers.")
    survey: str | None = Field(default=None, max_length=512, description="Which survey it was.")
    nps: Number | None = Field(default=None, description="How likely to recommend, 0 to 10.")
    csat: Number | None = Field(default=None, description="How satisfied, on csat_scale.")
    csat_scale: Scale = Field(default=(1, 5), description="The lowest and the highest answer to csat.")
    ces: Number | None = Field(default=None, description="How easy, on ces_scale.")
    ces_scale: Scale = Field(default=(1, 7), description="The lowest and the highest answer to ces.")
    answers: JsonObject | None = Field(default=None, description="All other answers, by question.")
    comment: str | None = Field(default=None, description="In the person's own words.")
    properties: JsonObject | None = Field(default=None, description="Whatever else is to be kept.")
    channel: str = Field(default="", max_length=512, description="Where the survey was asked.")
    brand: str = Field(default="", max_length=512, description="For which brand.")

    @model_validator(mode="after")
    def _within_scales(self) -> SurveyResponse:
        for name, (low, high) in (("nps", (0, 10)), ("csat", self.csat_scale), ("ces", self.ces_scale)):
            score = getattr(self, name)
            if score is not None and not low <= score <= high:
                scale = "" if name == "nps" else f"; say {name}_scale if the scale is another"
                raise unfit(f"not between {low} and {high}", f"correct it{scale}", field=name)
        return self

    def fact(self, *, source: str, tenant: str = DEFAULT_TENANT) -> Event:
        """Return the event."""
        told: dict[str, Json] = dict(self.properties or {})
        for name in ("survey", "nps", "csat", "ces", "answers", "comment"):
            value: Any = getattr(self, name)
            if value is not None and value != "":
                told[name] = value
        for name, usual in (("csat_scale", (1, 5)), ("ces_scale", (1, 7))):
            if getattr(self, name) != usual:
                told[name] = list(getattr(self, name))
        parts = self.identifiers if self.subject is None else (self.subject, *self.identifiers)
        return Event(
            id=fact_id(source, self.response_id),
            source=source,
            tenant=tenant,
            occurred_at=self.answered_at,
            type=EventType.TRACK,
            name=SURVEY_ANSWERED,
            identifiers=identified(parts),
            properties=told,
            brand=self.brand,
            channel=self.channel,
        )
