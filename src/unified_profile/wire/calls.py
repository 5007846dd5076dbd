"""From a Segment-spec call to an event, quickly: the common shapes by hand, all others through the models."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from types import MappingProxyType
from typing import Any, Final

import attrs

from unified_profile.errors import InvalidFactError, InvalidPayloadError
from unified_profile.model import Event, EventType
from unified_profile.model.facts import DEFAULT_TENANT
from unified_profile.wire.call_people import CallPeople, id_text, text_of
from unified_profile.wire.identities import derived_id
from unified_profile.wire.json_values import DEFAULT_LIMITS, Limits, Unfit, checked, complaint, copied, storable
from unified_profile.wire.moments import iso
from unified_profile.wire.segment import CALLS, LONGEST_NAME

_COMMON = frozenset(
    {
        "type", "anonymousId", "userId", "messageId", "context", "integrations", "timestamp", "originalTimestamp",
        "sentAt", "receivedAt", "version", "channel", "groupId",
    }
)  # fmt: skip
_KNOWN: Final[dict[str, tuple[EventType, frozenset[str]]]] = {
    "track": (EventType.TRACK, _COMMON | {"event", "properties"}),
    "identify": (EventType.IDENTIFY, _COMMON | {"traits"}),
    "page": (EventType.PAGE, _COMMON | {"name", "category", "properties"}),
    "screen": (EventType.SCREEN, _COMMON | {"name", "category", "properties"}),
    "group": (EventType.GROUP, _COMMON | {"traits"}),
    "alias": (EventType.ALIAS, _COMMON | {"previousId"}),
}
_TIMES = ("timestamp", "originalTimestamp", "sentAt", "receivedAt")
_OURS = ("call", "unknown", "envelope")
"""Keys of ``Event.context`` that hold what has no place of its own."""
_LONGEST_TIME = 64


def _names(given: Mapping[str, str]) -> Mapping[str, str]:
    return MappingProxyType(dict(given))


@attrs.frozen(kw_only=True)
class CallReader:
    """Turns Segment-spec calls into events. The options are those of ``Reader``, which checks them."""

    source: str
    tenant: str = DEFAULT_TENANT
    brand: str = ""
    channel: str = ""
    channels: Mapping[str, str] = attrs.field(factory=dict, converter=_names)
    channel_property: str = ""
    zone: tzinfo | None = None
    people: CallPeople = attrs.field(factory=CallPeople)
    trait_names: Mapping[str, str] = attrs.field(factory=dict, converter=_names)
    collects: bool = False
    limits: Limits = DEFAULT_LIMITS

    def event(
        self,
        payload: Mapping[str, Any],
        /,
        *,
        received_at: datetime,
        id: str = "",
        envelope: Mapping[str, Any] | None = None,
    ) -> Event:
        """Return the event of a call; *id* and *envelope* are those of a message that it came in.

        Raises:
            InvalidPayloadError: With the path of the first field that cannot be taken.
        """
        try:
            return self._built(payload, payload, received_at, id, envelope)
        except (Unfit, InvalidFactError):
            pass
        return self.event_by_model(payload, received_at=received_at, id=id, envelope=envelope)

    def event_by_model(
        self,
        payload: Mapping[str, Any],
        /,
        *,
        received_at: datetime,
        id: str = "",
        envelope: Mapping[str, Any] | None = None,
    ) -> Event:
        """Return what ``event`` returns, without its short cuts: every field goes through the models."""
        own = {key: payload[key] for key in _TIMES if isinstance(payload.get(key), datetime)}
        rest: Any = checked(
            {key: item for key, item in payload.items() if key not in own}, field="", limits=self.limits
        )
        raw: dict[str, Any] = {**rest, **own}
        model = CALLS[raw["type"]].parse(raw, assume_tz=self.zone, limits=self.limits)
        fields = {info.alias or name: getattr(model, name) for name, info in type(model).model_fields.items()}
        fields.update(model.model_extra or {})
        try:
            return self._built(fields, raw, received_at, id, envelope)
        except InvalidFactError as error:
            told = InvalidPayloadError(field=error.field, reason=error.reason, hint=error.hint)
        except Unfit:
            told = complaint(rest, field="", limits=self.limits)
        raise told

    def _built(
        self,
        fields: Mapping[str, Any],
        raw: Mapping[str, Any],
        received_at: datetime,
        id: str,
        envelope: Mapping[str, Any] | None,
    ) -> Event:
        """Return the event of *fields*; *raw* is how they were sent. Anything unusual is ``Unfit``."""
        get = fields.get
        kind, known = _KNOWN[fields["type"]]
        room, budget = self.limits.max_depth - 1, [self.limits.max_bytes]
        call: dict[str, Any] = {}
        zone = self.zone
        stamp, original = _time(get("timestamp"), zone), _time(get("originalTimestamp"), zone)
        sent, received = _time(get("sentAt"), zone), _time(get("receivedAt"), zone)
        if self.collects and received is None:
            received = received_at
            if original is None:
                stamp, original = None, stamp
        occurred = _occurred(stamp, original, sent, received, call) or received_at
        context = _object(get("context"), room, budget)
        properties = _object(get("properties"), room, budget) if "properties" in known else {}
        traits = _object(get("traits"), room, budget) if "traits" in known else {}
        name = _name(get("event" if kind is EventType.TRACK else "name")) if "properties" in known else ""
        account = _name(get("groupId"))
        if (kind is EventType.TRACK and not name) or (kind is EventType.GROUP and not account):
            raise Unfit
        channel = self._channel(get("channel"), properties, call)
        _keep_plain(call, fields, known, room, budget)
        for key in _TIMES:
            text = raw.get(key)
            # A local clock or nanoseconds say more than the instant in UTC does.
            if type(text) is str and (text[-1] != "Z" or len(text) > 27):
                call.setdefault("written", {})[key] = text
        unknown: dict[str, Any] = {}
        if not raw.keys() <= known:
            unknown = _object({key: raw[key] for key in raw if key not in known}, room, budget)
        identifiers = self.people.named(fields, kind, context, traits)
        if kind is EventType.IDENTIFY and self.trait_names:
            traits = _renamed(traits, self.trait_names)
        if not account and "groupId" in context:
            account = id_text(context["groupId"])
        message = get("messageId")
        if message is not None:
            message = text_of(message)
            if envelope is not None:
                call["messageId"] = message
        _keep(context, call, unknown, envelope)
        return Event(
            id=id or message or self._derived_id(raw, has_own_time=stamp is not None or original is not None),
            source=self.source,
            occurred_at=occurred,
            tenant=self.tenant,
            type=kind,
            name=name,
            identifiers=identifiers,
            previous=self.people.previous(fields) if kind is EventType.ALIAS else (),
            properties=properties,
            traits=traits,
            context=context,
            account=account,
            brand=self.brand,
            channel=channel,
            original_at=original,
            sent_at=sent,
            received_at=received,
        )

    def _channel(self, said: Any, properties: Mapping[str, Any], call: dict[str, Any]) -> str:
        """Return the channel of a call: what it says itself, else what its property says, else the usual one."""
        channel = _name(said)
        if channel in self.channels:
            call["channel"], channel = channel, self.channels[channel]
        if not channel and self.channel_property:
            told = properties.get(self.channel_property)
            if type(told) is str and len(told) <= LONGEST_NAME:
                channel = self.channels.get(told, told)
        return channel or self.channel

    def _derived_id(self, raw: Mapping[str, Any], *, has_own_time: bool) -> str:
        """Return an id made of what was sent. When it travelled is left out if it says when it happened."""
        left_out = {"messageId", "sentAt", "receivedAt"} if has_own_time else {"messageId"}
        told = {
            key: iso(item) if isinstance(item, datetime) else item for key, item in raw.items() if key not in left_out
        }
        return derived_id("call", self.source, told)


def _time(value: Any, zone: tzinfo | None) -> datetime | None:
    if value is None:
        return None
    if type(value) is str:
        moment = _read(value)
    elif isinstance(value, datetime):
        moment = value
    else:
        raise Unfit
    if moment.tzinfo is UTC:
        return moment
    if moment.utcoffset() is None:
        if zone is None:
            raise Unfit
        moment = moment.replace(tzinfo=zone)
    try:
        return moment.astimezone(UTC)
    except (OverflowError, ValueError):
        raise Unfit from None


def _read(text: str) -> datetime:
    try:
        if len(text) <= _LONGEST_TIME:
            return datetime.fromisoformat(text)
    except ValueError:
        pass
    raise Unfit


def _occurred(
    stamp: datetime | None,
    original: datetime | None,
    sent: datetime | None,
    received: datetime | None,
    call: dict[str, Any],
) -> datetime | None:
    """Return when it happened, on the receiver's clock where that can be told."""
    if original is None or sent is None or received is None:
        return stamp or original or received
    try:
        occurred = received - (sent - original)
    except OverflowError:
        occurred = None
    if occurred is None:
        raise InvalidPayloadError(field="originalTimestamp", reason="too far from sentAt", hint="correct the clock")
    if stamp is not None and stamp != occurred:
        call["timestamp"] = iso(stamp)
    return occurred


def _object(value: Any, room: int, budget: list[int]) -> dict[str, Any]:
    if value is None:
        return {}
    if type(value) is not dict:
        raise Unfit
    return copied(value, room, budget)  # type: ignore[no-any-return]  # a copy of a dict


def _name(value: Any) -> str:
    if value is None:
        return ""
    if type(value) is str and len(value) <= LONGEST_NAME and storable(value):
        return value
    raise Unfit


def _renamed(traits: dict[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """Return *traits* by other names; one whose new name is taken keeps its own."""
    renamed: dict[str, Any] = {}
    for name, value in traits.items():
        new = names.get(name, name)
        renamed[name if new != name and (new in traits or new in renamed) else new] = value
    return renamed


def _keep_plain(
    call: dict[str, Any], fields: Mapping[str, Any], known: frozenset[str], room: int, budget: list[int]
) -> None:
    """Keep what the spec knows and an event has no place for."""
    integrations, version = fields.get("integrations"), fields.get("version")
    if integrations is not None:
        call["integrations"] = _object(integrations, room, budget)
    if version is not None:
        call["version"] = copied(version, room, budget)
    if "category" in known:
        category = _name(fields.get("category"))
        if category:
            call["category"] = category


def _keep(context: dict[str, Any], call: dict[str, Any], unknown: dict[str, Any], envelope: Any) -> None:
    """Put into *context* what has no place of its own; what the sender put there under our names moves aside."""
    if "call" in context or "unknown" in context or "envelope" in context:
        unknown["context"] = {key: context.pop(key) for key in _OURS if key in context}
    if call:
        context["call"] = call
    if unknown:
        context["unknown"] = unknown
    if envelope is not None:
        context["envelope"] = dict(envelope)
