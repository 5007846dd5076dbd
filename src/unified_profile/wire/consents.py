"""Consent as it was expressed: the fields of ISO/IEC TS 27560, by readable names."""

from __future__ import annotations

import contextlib
from datetime import datetime, timedelta
from typing import Annotated, TypeAlias

from pydantic import BeforeValidator, Field, ValidationInfo, WithJsonSchema, model_validator

from unified_profile.errors import InvalidInputError
from unified_profile.model import ConsentRecord, ConsentState
from unified_profile.model.facts import DEFAULT_TENANT
from unified_profile.wire.durations import duration as read_duration
from unified_profile.wire.identities import derived_id, fact_id
from unified_profile.wire.moments import local_instant
from unified_profile.wire.payloads import IdentifierPart, Key, Moment, Names, OptionalKey, Payload, identified, unfit

DPV_STATES = {
    "dpv:ConsentGiven": ConsentState.GIVEN,
    "dpv:RenewedConsentGiven": ConsentState.RENEWED,
    "dpv:ConsentUnknown": ConsentState.UNKNOWN,
    "dpv:ConsentRequested": ConsentState.REQUESTED,
    "dpv:ConsentRequestDeferred": ConsentState.DEFERRED,
    "dpv:ConsentRefused": ConsentState.REFUSED,
    "dpv:ConsentWithdrawn": ConsentState.WITHDRAWN,
    "dpv:ConsentRevoked": ConsentState.REVOKED,
    "dpv:ConsentInvalidated": ConsentState.INVALIDATED,
}
"""The states by their names in the Data Privacy Vocabulary; a pending confirmation has none there."""
_STATES = {state.value: state for state in ConsentState} | DPV_STATES


def _state(value: object) -> ConsentState:
    text = value if isinstance(value, str) else ""
    if text in _STATES:
        return _STATES[text]
    if text in {"expired", "dpv:ConsentExpired"}:
        raise unfit("computed, never stated", "send the duration, and the state is known at every instant")
    raise unfit("not a state of consent", "one of " + ", ".join(ConsentState))


def _length(value: object, info: ValidationInfo) -> timedelta:
    """Read a duration that runs from ``expressed_at``."""
    since: datetime | None = info.data.get("expressed_at")
    reason, hint = "not above 0", "leave it out if there is none"
    try:
        length = read_duration(value, field="", since=since)
    except InvalidInputError as error:
        reason, hint = error.reason, error.hint
    else:
        if length > timedelta(0):
            return length
    raise unfit(reason, hint)


def _until(value: object, info: ValidationInfo) -> timedelta:
    """Read a duration or the instant at which one ends."""
    if info.data.get("duration") is not None:
        raise unfit("stands beside duration", "send one of the two")
    since: datetime | None = info.data.get("expressed_at")
    if isinstance(value, timedelta) or (isinstance(value, str) and value[:1] in {"P", "-"}) or since is None:
        return _length(value, info)
    end: datetime | None = None
    with contextlib.suppress(InvalidInputError):
        end = local_instant(value, field="", assume_tz=since.tzinfo)
    if end is None:
        raise unfit("neither a duration nor an instant", "for example P6M or 2026-01-31T00:00:00Z")
    if end <= since:
        raise unfit("not after expressed_at", "correct the times")
    return end - since


_DURATION = WithJsonSchema({"type": "string", "format": "duration", "description": "ISO 8601, from expressed_at."})
Length: TypeAlias = Annotated[timedelta, BeforeValidator(_length), _DURATION]
Until: TypeAlias = Annotated[
    timedelta, BeforeValidator(_until), WithJsonSchema({"type": "string", "description": "A duration or an instant."})
]
State: TypeAlias = Annotated[
    ConsentState,
    BeforeValidator(_state),
    WithJsonSchema({"type": "string", "enum": list(_STATES)}),
]
_Text: TypeAlias = Annotated[str, Field(max_length=2000)]


class ConsentPayload(Payload):
    """One expression of consent: given, refused, withdrawn. One payload for each purpose and channel.

    A duration in months follows the calendar from ``expressed_at``, on the clock on which that was written.

    >>> payload = ConsentPayload.parse(
    ...     {
    ...         "purpose": "newsletter",
    ...         "state": "given",
    ...         "channel": "email",
    ...         "expressed_at": "2025-08-31T10:00:00+09:00",
    ...         "duration": "P6M",
    ...         "subject": {"namespace": "email", "value": "taro@example.com"},
    ...     }
    ... )
    >>> payload.fact(source="consent").duration.days
    181
    """

    expressed_at: Moment = Field(description="When the person said so.")
    recorded_at: Moment | None = Field(default=None, description="When the sender wrote it down.")
    record_id: OptionalKey = Field(default=None, description="Names the record; one that comes twice counts once.")
    subject: IdentifierPart | None = Field(default=None, description="For whom: the pseudonym, address or device.")
    identifiers: tuple[IdentifierPart, ...] = Field(default=(), description="For whom, by several identifiers.")
    purpose: Key = Field(description="One purpose, as the notice lists it.")
    state: State = Field(description="What was expressed.")
    channel: Key = Field(default="any", description="The channel that it is for; 'any' is all that the notice lists.")
    brand: _Text = Field(default="", description="For which brand.")
    controller: _Text = Field(default="", description="Who answers for the processing.")
    joint_controllers: Names = Field(default=(), description="Who answers for it together with the controller.")
    legal_basis: Key = Field(default="consent", description="The lawful basis.")
    notice_id: _Text = Field(default="", description="Which notice was shown.")
    notice_version: _Text = Field(default="", description="In which version.")
    notice_sha256: str = Field(default="", pattern=r"^(?:[0-9a-f]{64})?\Z", description="Its exact text, as a hash.")
    language: _Text = Field(default="", description="In which language.")
    data_categories: Names = Field(default=(), description="Which data the notice named.")
    special_categories: Names = Field(default=(), description="Which of them are special categories.")
    optional_categories: Names = Field(default=(), description="Which of them the person may leave out.")
    operations: Names = Field(default=(), description="What is done with them.")
    recipients: Names = Field(default=(), description="Who else gets them.")
    collection_method: _Text = Field(default="", description="How the data is collected.")
    storage_location: _Text = Field(default="", description="Where it is kept.")
    retention: Length | None = Field(default=None, description="How long it is kept.")
    jurisdiction: _Text = Field(default="", description="Under whose law, for example DE or US-CA.")
    withdrawal_method: _Text = Field(default="", description="How to take it back.")
    duration: Length | None = Field(default=None, description="How long the expression holds.")
    expiry: Until | None = Field(default=None, description="Until when it holds: an instant, or a duration.")
    expressed_by: Key = Field(default="subject", description="subject, parent, controller or authority.")
    method: _Text = Field(default="", description="By what act: web_form, double_opt_in, phone_call, import.")
    evidence_ref: _Text = Field(default="", description="Where the proof is kept.")
    schema_version: Key = Field(default="27560:2023", description="The schema that the record follows.")

    @model_validator(mode="after")
    def _is_somebodys(self) -> ConsentPayload:
        if self.subject is None and not self.identifiers:
            raise unfit("missing", "say whose consent it is, by namespace and value", field="subject")
        return self

    def fact(self, *, source: str, tenant: str = DEFAULT_TENANT) -> ConsentRecord:
        """Return the consent record."""
        parts = self.identifiers if self.subject is None else (self.subject, *self.identifiers)
        told = self.model_dump(exclude={"record_id", "subject", "identifiers", "expiry", "duration", "recorded_at"})
        occurred = told.pop("expressed_at")
        if self.record_id is None:
            content = self.model_dump(mode="json", exclude={"record_id", "recorded_at"}, exclude_defaults=True)
            id = derived_id("consent", source, content)
        else:
            id = fact_id(source, self.record_id)
        return ConsentRecord(
            id=id,
            source=source,
            tenant=tenant,
            occurred_at=occurred,
            recorded_at=self.recorded_at,
            identifiers=identified(parts),
            duration=self.duration or self.expiry,
            **told,
        )
