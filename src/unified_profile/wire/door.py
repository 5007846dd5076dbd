"""The one door: whatever arrives is recognized, checked and turned into a fact, or refused with a reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final

import attrs

from unified_profile.errors import InvalidFactError, InvalidInputError, InvalidPayloadError, InvalidRulesError
from unified_profile.model.facts import DEFAULT_TENANT
from unified_profile.model.soundness import soundly_made
from unified_profile.model.times import aware
from unified_profile.wire.call_people import CallPeople
from unified_profile.wire.calls import CallReader
from unified_profile.wire.cloudevents import CloudEvent
from unified_profile.wire.consents import ConsentPayload
from unified_profile.wire.identities import LONGEST_ID
from unified_profile.wire.json_values import DEFAULT_LIMITS, Limits, Unfit, parsed
from unified_profile.wire.mappings import RecordMapping
from unified_profile.wire.moments import zone_of
from unified_profile.wire.rows import Told, fact_of
from unified_profile.wire.segment import CALLS
from unified_profile.wire.spaces import KNOWN_EXTERNAL_IDS, space_of
from unified_profile.wire.surveys import SurveyResponse

_WAYS = (
    "a Segment call has type (track, identify, page, screen, group, alias), a CloudEvent has specversion, "
    "consent has purpose and state, an answered survey has response_id; rows need a RecordMapping"
)

SEGMENT_TRAITS: Final = MappingProxyType(
    {
        "firstName": "given_name",
        "first_name": "given_name",
        "lastName": "family_name",
        "last_name": "family_name",
        "birthday": "birth_date",
        "createdAt": "created_at",
    }
)
"""The traits that Segment reserves, with the names that the ready-made mappings use."""


def _texts(given: Mapping[str, str]) -> dict[str, str]:
    return dict(given)


def _mappings(given: Mapping[str, RecordMapping]) -> dict[str, RecordMapping]:
    return dict(given)


@soundly_made
@attrs.frozen(kw_only=True)
class Reader:
    """Reads the payloads of one source.

    Attributes:
        source: Where they come from; it becomes the source of the facts.
        tenant: Whose they are.
        brand: The brand of events that do not say one.
        channel: The channel of events that do not say one.
        channels: What the ``channel`` of a call means here.
        channel_property: The property that says the channel of events whose call says none, for example ``"channel"``:
            many a tool sends where a survey was answered as a property.
        assume_tz: Where the clocks stood whose times have no offset; without it such times are refused.
        user_id: The namespace of ``userId``, with its scope if need be: ``customer_number@kawa``.
        anonymous_id: The namespace of ``anonymousId``.
        device_id: The namespace of ``context.device.id``.
        trait_identifiers: Traits of ``identify`` calls that are identifiers, with their namespaces.
        trait_names: Other names for traits of ``identify`` calls; ``SEGMENT_TRAITS`` brings those that Segment reserves
            to the names that the ready-made mappings use.
        collects: Calls come straight from devices: ``received_at`` stands for their ``receivedAt``, and a
            ``timestamp`` alone was read from the device's clock.
        external_ids: Types of ``context.externalIds`` with their namespaces, beside the usual ones. A type that is
            in neither becomes a scope of the namespace ``external_id``.
        mappings: What CloudEvents of a type hold, where it is neither call nor consent nor survey.
        limits: How large a payload may be.

    >>> from datetime import UTC, datetime
    >>> reader = Reader(source="web", user_id="customer_number")
    >>> fact = reader.read(
    ...     {"type": "track", "event": "Signed In", "userId": "K7", "messageId": "m1"},
    ...     received_at=datetime(2026, 1, 31, tzinfo=UTC),
    ... )
    >>> fact.identifiers[0].namespace
    'customer_number'

    Raises:
        InvalidRulesError: If an option is none.
    """

    source: str
    tenant: str = DEFAULT_TENANT
    brand: str = ""
    channel: str = ""
    channels: Mapping[str, str] = attrs.field(factory=lambda: {"browser": "web", "mobile": "app"}, converter=_texts)
    channel_property: str = ""
    assume_tz: str | tzinfo | None = None
    user_id: str = "user_id"
    anonymous_id: str = "anonymous_id"
    device_id: str = "device_id"
    trait_identifiers: Mapping[str, str] = attrs.field(
        factory=lambda: {"email": "email", "phone": "phone"}, converter=_texts
    )
    trait_names: Mapping[str, str] = attrs.field(factory=dict, converter=_texts)
    collects: bool = False
    external_ids: Mapping[str, str] = attrs.field(factory=dict, converter=_texts)
    mappings: Mapping[str, RecordMapping] = attrs.field(factory=dict, converter=_mappings)
    limits: Limits = DEFAULT_LIMITS
    _calls: CallReader = attrs.field(init=False, repr=False, eq=False)
    _zone: tzinfo | None = attrs.field(init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        """Refuse options that no payload could be read with, and prepare the rest."""
        _check_names(source=self.source, tenant=self.tenant)
        if self.channel_property:
            _check_names(channel_property=self.channel_property)
        traits = self.trait_identifiers.items()
        external = {**KNOWN_EXTERNAL_IDS, "user_id": self.user_id, "anonymous_id": self.anonymous_id}
        external |= {"ios.id": self.device_id, "android.id": self.device_id, **self.external_ids}
        zone = zone_of(self.assume_tz)
        calls = CallReader(
            source=self.source,
            tenant=self.tenant,
            brand=self.brand,
            channel=self.channel,
            channels=self.channels,
            channel_property=self.channel_property,
            zone=zone,
            people=CallPeople(
                user=space_of(self.user_id, field="user_id"),
                anonymous=space_of(self.anonymous_id, field="anonymous_id"),
                device=space_of(self.device_id, field="device_id"),
                traits=tuple((trait, space_of(space, field="trait_identifiers")) for trait, space in traits),
                external={kind: space_of(space, field="external_ids") for kind, space in external.items()},
            ),
            trait_names=self.trait_names,
            collects=self.collects,
            limits=self.limits,
        )
        object.__setattr__(self, "_calls", calls)
        object.__setattr__(self, "_zone", zone)

    def read(self, payload: Mapping[str, Any] | str | bytes | bytearray, /, *, received_at: datetime) -> Told:
        """Return the fact that *payload* tells: a decoded object, or its JSON text.

        *received_at* is now, for the caller: when something happened that does not say so itself.

        Raises:
            InvalidPayloadError: With the path of the first field that cannot be taken, the reason and the way out;
                never with the value.
        """
        try:
            received = received_at if received_at.tzinfo is UTC else aware(received_at, field="received_at")
        except (InvalidFactError, AttributeError):
            received = None
        if received is None:
            raise InvalidPayloadError(
                field="received_at", reason="not an aware datetime", hint="pass datetime.now(UTC) or the like"
            )
        if isinstance(payload, (str, bytes, bytearray)):
            payload = parsed(payload, limits=self.limits)  # type: ignore[assignment]  # what it is comes next
        if not isinstance(payload, Mapping):
            raise InvalidPayloadError(field="payload", reason="not an object", hint=_WAYS)
        kind = payload.get("type")
        if type(kind) is str and kind in CALLS and "specversion" not in payload:
            return self._calls.event(payload, received_at=received)
        return self._other(payload, received)

    def _other(self, payload: Mapping[str, Any], received: datetime) -> Told:
        told: InvalidPayloadError | None = None
        try:
            if "specversion" in payload:
                return self._enveloped(payload, received)
            if "purpose" in payload and "state" in payload:
                return self._told(ConsentPayload, payload)
            if "response_id" in payload:
                return self._told(SurveyResponse, payload)
        except InvalidPayloadError:
            raise
        except InvalidInputError as error:
            told = InvalidPayloadError(field=error.field, reason=error.reason, hint=error.hint)
        except Unfit:
            told = InvalidPayloadError(field="payload", reason="not plain JSON")
        raise told or _unknown(payload)

    def _told(self, model: type[ConsentPayload | SurveyResponse], payload: Mapping[str, Any]) -> Told:
        read = model.parse(payload, assume_tz=self._zone, limits=self.limits)
        return read.fact(source=self.source, tenant=self.tenant)

    def _enveloped(self, payload: Mapping[str, Any], received: datetime) -> Told:
        envelope = CloudEvent.parse(payload, assume_tz=self._zone, limits=self.limits)
        data = envelope.content(limits=self.limits)
        happened = received if envelope.time is None else envelope.time.astimezone(UTC)
        try:
            return self._inside(envelope, data, happened)
        except InvalidPayloadError as error:
            told = InvalidPayloadError(field=_within(error.field), reason=error.reason, hint=error.hint)
        raise told

    def _inside(self, envelope: CloudEvent, data: object, happened: datetime) -> Told:
        """Return the fact that the *data* of an envelope tell, by its mapping or as what they are."""
        mapping = self.mappings.get(envelope.type)
        if not isinstance(data, dict):
            raise InvalidPayloadError(field="data", reason="not an object", hint=_WAYS)
        if mapping is not None:
            fact: Told | None = fact_of(data, mapping, received_at=happened)
            if fact is None:
                raise InvalidPayloadError(field="data", reason="is nothing that the mapping of its type tells of")
            return attrs.evolve(fact, id=envelope.fact_id, source=self.source, tenant=self.tenant)
        if "specversion" in data:
            raise InvalidPayloadError(field="specversion", reason="an envelope within an envelope", hint="send one")
        kind = data.get("type")
        if isinstance(kind, str) and kind in CALLS:
            return self._calls.event(data, received_at=happened, id=envelope.fact_id, envelope=envelope.attributes())
        return attrs.evolve(self._other(data, happened), id=envelope.fact_id)


def _within(field: str) -> str:
    return "data" if field in {"payload", "data"} else f"data.{field}"


def _unknown(payload: Mapping[str, Any]) -> InvalidPayloadError:
    if "batch" in payload:
        return InvalidPayloadError(field="batch", reason="several calls in one", hint="unwrap them with calls_in")
    if "fact" in payload:
        return InvalidPayloadError(field="fact", reason="an exported fact", hint="read it with from_json")
    if payload.get("type") is not None:
        return InvalidPayloadError(field="type", reason="not a known one", hint=_WAYS)
    reason = "not recognized: no call, CloudEvent, consent or answered survey; rows need a RecordMapping"
    return InvalidPayloadError(field="payload", reason=reason, hint=_WAYS)


def _check_names(**names: object) -> None:
    for field, name in names.items():
        if not isinstance(name, str) or not name.isprintable() or not 0 < len(name) <= LONGEST_ID:
            reason = f"not a printable name of 1 to {LONGEST_ID} characters"
            raise InvalidRulesError(field=field, reason=reason, hint="for example 'web'")


@lru_cache(maxsize=64)
def _plain_reader(source: str) -> Reader:
    return Reader(source=source)


def read(
    payload: Mapping[str, Any] | str | bytes | bytearray, /, *, source: str, received_at: datetime, **options: Any
) -> Told:
    """Return the fact that a *payload* from *source* tells: what ``Reader(source=source, **options)`` makes of it.

    >>> from datetime import UTC, datetime
    >>> fact = read(
    ...     '{"type": "track", "event": "Signed In", "userId": "7", "messageId": "m1"}',
    ...     source="web",
    ...     received_at=datetime(2026, 1, 31, tzinfo=UTC),
    ... )
    >>> fact.name, fact.id
    ('Signed In', 'm1')

    Raises:
        InvalidPayloadError: If it cannot be taken; with path, reason and way out, never with the value.
        InvalidRulesError: If an option is none.
    """
    plain = isinstance(source, str) and not options
    reader = _plain_reader(source) if plain else Reader(source=source, **options)
    return reader.read(payload, received_at=received_at)


def calls_in(payload: Mapping[str, Any], /) -> Iterator[Mapping[str, Any]]:
    """Yield the calls of a ``batch``, with the context and the sending time that they share; any other payload alone.

    What a call says itself counts more than what the batch says.

    >>> batch = {"batch": [{"type": "track", "event": "Signed In"}], "sentAt": "2026-01-31T09:30:00Z"}
    >>> [call["sentAt"] for call in calls_in(batch)]
    ['2026-01-31T09:30:00Z']

    Raises:
        InvalidPayloadError: If ``batch`` is not a list of objects.
    """
    calls = payload.get("batch") if isinstance(payload, Mapping) else None
    if calls is None:
        yield payload
        return
    if not isinstance(calls, (list, tuple)):
        raise InvalidPayloadError(field="batch", reason="not a list", hint="send a list of calls")
    shared = {key: payload[key] for key in ("integrations", "sentAt", "receivedAt") if key in payload}
    context = payload.get("context")
    for at, call in enumerate(calls):
        if not isinstance(call, Mapping):
            raise InvalidPayloadError(field=f"batch.{at}", reason="not an object", hint="send a list of calls")
        own = call.get("context")
        if isinstance(context, Mapping) and (own is None or isinstance(own, Mapping)):
            shared["context"] = {**context, **(own or {})}
        yield {**shared, **call, **({"context": shared["context"]} if "context" in shared else {})}
