"""Facts: what we were told. Appended and kept; never edited.

Every fact has an id, a tenant, a source, when it happened (``occurred_at``) and when we learned it
(``recorded_at``; None until the hub takes it). Times are aware. Ids are the caller's promise: two facts with one
id are the same fact.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, TypeAlias

import attrs

from unified_profile.errors import InvalidFactError
from unified_profile.model import converters
from unified_profile.model.redaction import Closed, closed, hidden
from unified_profile.model.values import Identifier, Json

DEFAULT_TENANT = "default"
_LONGEST_ID = 200


@attrs.frozen(kw_only=True)
class _Told(Closed):
    """What every fact has."""

    id: str
    source: str
    occurred_at: datetime = attrs.field(converter=converters.occurred)
    recorded_at: datetime | None = attrs.field(default=None, converter=converters.recorded)
    tenant: str = DEFAULT_TENANT

    def __attrs_post_init__(self) -> None:
        """Refuse ids and sources that a store could not find again, and values that nobody could fold."""
        for name, plain, kind in _SHAPES[type(self)]:
            value = getattr(self, name)
            if type(value) is not plain and not isinstance(value, kind):
                raise InvalidFactError(
                    field=name, reason=f"of type {type(value).__name__}", hint=f"pass {plain.__name__}, or leave it out"
                )
        for name in ("id", "source", "tenant"):
            text = getattr(self, name)
            if not isinstance(text, str) or not text or len(text) > _LONGEST_ID or not text.isprintable():
                raise InvalidFactError(
                    field=name, reason=f"not a printable string of 1 to {_LONGEST_ID} characters", hint="give it one"
                )


@closed
@attrs.frozen(kw_only=True)
class SourceRecord(_Told):
    """What one source says of a person: a CRM row, a loyalty card, a ticket's requester.

    *key* is the record's own key in its source: a newer state of the same row has the same source and key, and
    another id. *attributes* become traits. *dated* is False where the source does not say since when this holds:
    ``occurred_at`` is then when it came, and it is no sign that somebody who was erased has come back.
    """

    key: str = attrs.field(repr=hidden)
    identifiers: tuple[Identifier, ...] = attrs.field(default=(), converter=converters.identifiers)
    attributes: Mapping[str, Json] = attrs.field(factory=dict, repr=hidden)
    brand: str = ""
    channel: str = ""
    dated: bool = True

    @property
    def node(self) -> Identifier:
        """The record's own node, which a judgement or a link can name."""
        return Identifier.record(self.source, self.key)


class EventType(enum.StrEnum):
    """The six calls of the Segment spec."""

    TRACK = "track"
    IDENTIFY = "identify"
    PAGE = "page"
    SCREEN = "screen"
    GROUP = "group"
    ALIAS = "alias"


def _event_type(value: EventType | str) -> EventType:
    return value if type(value) is EventType else converters.member(EventType, value, "type")


@closed
@attrs.frozen(kw_only=True)
class Event(_Told):
    """Something that happened, Segment-spec compatible; ``id`` is the ``message_id``.

    ``occurred_at`` is corrected for the device's clock where the call carried all three times:
    ``received - (sent - original)``. *identifiers* holds who it was; for an ``alias`` the identifiers of *previous*
    become equal to them. *context* keeps everything of the call that has no place of its own (key ``"unknown"``
    for unknown top-level fields), so that nothing is lost.
    """

    type: EventType = attrs.field(default=EventType.TRACK, converter=_event_type)
    name: str = ""
    identifiers: tuple[Identifier, ...] = attrs.field(default=(), converter=converters.identifiers)
    previous: tuple[Identifier, ...] = attrs.field(default=(), converter=converters.identifiers)
    properties: Mapping[str, Json] = attrs.field(factory=dict, repr=hidden)
    traits: Mapping[str, Json] = attrs.field(factory=dict, repr=hidden)
    context: Mapping[str, Json] = attrs.field(factory=dict, repr=hidden)
    account: str = attrs.field(default="", repr=hidden)
    brand: str = ""
    channel: str = ""
    original_at: datetime | None = attrs.field(default=None, converter=converters.original)
    sent_at: datetime | None = attrs.field(default=None, converter=converters.sent)
    received_at: datetime | None = attrs.field(default=None, converter=converters.received)

    @property
    def message_id(self) -> str:
        """The Segment-spec name of the id."""
        return self.id


class ConsentState(enum.StrEnum):
    """What a consent record says (DPV consent status; ``expired`` is computed, never stored)."""

    GIVEN = "given"
    RENEWED = "renewed"
    PENDING_CONFIRMATION = "pending_confirmation"
    UNKNOWN = "unknown"
    REQUESTED = "requested"
    DEFERRED = "deferred"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    REVOKED = "revoked"
    INVALIDATED = "invalidated"


def _state(value: ConsentState | str) -> ConsentState:
    return converters.member(ConsentState, value, "state")


@closed
@attrs.frozen(kw_only=True)
class ConsentRecord(_Told):
    """One expression of consent, with the fields of ISO/IEC TS 27560 (DPV names in the JSON form).

    ``occurred_at`` is when it was expressed, *identifiers* is whom it was given for (the pseudonym, and the address
    or device it was given on). *channel* ``"any"`` covers every channel that the notice listed.
    """

    purpose: str
    state: ConsentState = attrs.field(converter=_state)
    identifiers: tuple[Identifier, ...] = attrs.field(default=(), converter=converters.identifiers)
    channel: str = "any"
    brand: str = ""
    controller: str = ""
    legal_basis: str = "consent"
    notice_id: str = ""
    notice_version: str = ""
    notice_sha256: str = ""
    language: str = ""
    data_categories: tuple[str, ...] = attrs.field(default=(), converter=converters.texts)
    special_categories: tuple[str, ...] = attrs.field(default=(), converter=converters.texts)
    optional_categories: tuple[str, ...] = attrs.field(default=(), converter=converters.texts)
    operations: tuple[str, ...] = attrs.field(default=(), converter=converters.texts)
    recipients: tuple[str, ...] = attrs.field(default=(), converter=converters.texts)
    joint_controllers: tuple[str, ...] = attrs.field(default=(), converter=converters.texts)
    collection_method: str = ""
    storage_location: str = ""
    retention: timedelta | None = None
    jurisdiction: str = ""
    withdrawal_method: str = ""
    duration: timedelta | None = None
    expressed_by: str = "subject"
    method: str = ""
    evidence_ref: str = attrs.field(default="", repr=hidden)
    schema_version: str = "27560:2023"

    @property
    def expressed_at(self) -> datetime:
        """When the person said so."""
        return self.occurred_at


class Verdict(enum.StrEnum):
    """What a clerk decided about two records or identifiers."""

    SAME = "same"
    DIFFERENT = "different"
    UNSURE = "unsure"


def _verdict(value: Verdict | str) -> Verdict:
    return converters.member(Verdict, value, "verdict")


@closed
@attrs.frozen(kw_only=True)
class Judgement(_Told):
    """A clerk's verdict on two records or identifiers; ``occurred_at`` is when it was decided.

    >>> from datetime import UTC, datetime
    >>> Judgement(
    ...     id="j1",
    ...     source="desk",
    ...     occurred_at=datetime(2026, 1, 1, tzinfo=UTC),
    ...     verdict=Verdict.SAME,
    ...     left=Identifier.record("crm", "1"),
    ...     right=Identifier.record("shop", "9"),
    ... ).verdict
    <Verdict.SAME: 'same'>
    """

    left: Identifier
    right: Identifier
    verdict: Verdict = attrs.field(converter=_verdict)
    by: str = attrs.field(default="", repr=hidden)
    reason: str = attrs.field(default="", repr=hidden)


@closed
@attrs.frozen(kw_only=True)
class Severance(_Told):
    """From now on the fact *fact_id* no longer speaks of *identifier* (a slip, a borrowed phone, a typo)."""

    fact_id: str
    identifier: Identifier
    reason: str = attrs.field(default="", repr=hidden)


@closed
@attrs.frozen(kw_only=True)
class Retraction(_Told):
    """A judgement, a severance or an adopted model is taken back, as if it had never been said."""

    fact_id: str
    reason: str = attrs.field(default="", repr=hidden)


@closed
@attrs.frozen(kw_only=True)
class ErasureOrder(_Told):
    """A person asked to be forgotten. Executed by the rights room; kept minimised as its proof."""

    identifiers: tuple[Identifier, ...] = attrs.field(default=(), converter=converters.identifiers)
    scope: str = "all"
    reason: str = attrs.field(default="", repr=hidden)


@closed
@attrs.frozen(kw_only=True)
class ModelAdopted(_Told):
    """From ``recorded_at`` on these rules or this model decide; *body* is their JSON form.

    *kind* is ``"identity"``, ``"profiles"`` or ``"records"``.
    """

    kind: str
    fingerprint: str
    body: Mapping[str, Json] = attrs.field(factory=dict, repr=hidden)


Fact: TypeAlias = (
    SourceRecord | Event | ConsentRecord | Judgement | Severance | Retraction | ErasureOrder | ModelAdopted
)

_SHAPE_OF: Mapping[str, tuple[type[Any], type[Any] | tuple[type[Any], ...]]] = {
    "str": (str, str),
    "Mapping[str, Json]": (dict, Mapping),
    "Identifier": (Identifier, Identifier),
    "timedelta | None": (timedelta, (timedelta, type(None))),
    "bool": (bool, bool),
}
"""How a field may be annotated: the usual type of its values, looked at first, and all that may stand there."""

_SHAPES: Mapping[type[Any], tuple[tuple[str, type[Any], type[Any] | tuple[type[Any], ...]], ...]] = {
    kind: tuple(
        (field.name, *_SHAPE_OF[str(field.type)])
        for field in attrs.fields(kind)
        if str(field.type) in _SHAPE_OF and field.name not in {"id", "source", "tenant"}
    )
    for kind in (SourceRecord, Event, ConsentRecord, Judgement, Severance, Retraction, ErasureOrder, ModelAdopted)
}
"""What each kind of fact checks when it is made; times, lists and choices are checked by their converters."""
