"""Whom a Segment-spec call speaks of: its ids, its device, and the traits and external ids that are identifiers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from unified_profile.errors import InvalidPayloadError
from unified_profile.model import EventType, Identifier
from unified_profile.wire.json_values import Unfit, storable
from unified_profile.wire.payloads import LONGEST_VALUE
from unified_profile.wire.spaces import Space, external_space


@attrs.frozen(kw_only=True)
class CallPeople:
    """The namespaces of what identifies people in calls."""

    user: Space = attrs.field(default=Space("user_id"))
    anonymous: Space = attrs.field(default=Space("anonymous_id"))
    device: Space = attrs.field(default=Space("device_id"))
    traits: tuple[tuple[str, Space], ...] = ()
    external: Mapping[str, Space] = attrs.field(factory=dict)

    def named(
        self, fields: Mapping[str, Any], kind: EventType, context: dict[str, Any], traits: dict[str, Any]
    ) -> list[Identifier]:
        """Return the identifiers of a call, the strongest first, each once.

        Raises:
            Unfit: If an id is not of the usual type.
            InvalidFactError: If an id is too long.
            InvalidPayloadError: If an external id is none.
        """
        found: list[Identifier] = []
        value = fields.get("userId")
        if value is not None and value != "":
            found.append(self.user.identifier(text_of(value)))
        value = fields.get("anonymousId")
        if value is not None and value != "":
            found.append(self.anonymous.identifier(text_of(value)))
        if "device" in context or "externalIds" in context:
            self._add_surroundings(context, found)
        if kind is EventType.IDENTIFY:
            self._add_traits(traits, found)
        return found

    def previous(self, fields: Mapping[str, Any]) -> tuple[Identifier, ...]:
        """Return whom an alias speaks of; the spec does not say of which kind the previous id is, so it may be both."""
        value = fields.get("previousId")
        if value is None or value == "":
            return ()
        text = text_of(value)
        if text == fields.get("anonymousId"):
            return (self.anonymous.identifier(text),)
        return (self.user.identifier(text), self.anonymous.identifier(text))

    def _add_surroundings(self, context: dict[str, Any], found: list[Identifier]) -> None:
        """Add the identifiers that stand in the context: the device, and declared external ids."""
        device = context.get("device")
        if isinstance(device, dict):
            value = id_text(device.get("id"))
            if value:
                _add(found, self.device.identifier(value))
        external = context.get("externalIds")
        if external is None:
            return
        if not isinstance(external, list):
            raise InvalidPayloadError(
                field="context.externalIds", reason="not a list", hint="send a list of id and type"
            )
        for at, item in enumerate(external):
            space, value = self._external(item, f"context.externalIds.{at}")
            if space is not None:
                _add(found, space.identifier(value))

    def _external(self, item: object, field: str) -> tuple[Space | None, str]:
        if not isinstance(item, dict):
            raise InvalidPayloadError(field=field, reason="not an object", hint="send id and type")
        kind, value = item.get("type"), id_text(item.get("id"))
        if not isinstance(kind, str) or not kind:
            raise InvalidPayloadError(field=f"{field}.type", reason="not text", hint="for example 'email'")
        if not value:
            reason, hint = f"not text of 1 to {LONGEST_VALUE} characters", "leave the entry out"
            raise InvalidPayloadError(field=f"{field}.id", reason=reason, hint=hint)
        if item.get("collection", "users") != "users":
            return None, ""
        encoding = item.get("encoding") or "none"
        if encoding == "none" and kind in self.external:
            return self.external[kind], value
        return external_space(kind, str(encoding)), value

    def _add_traits(self, traits: dict[str, Any], found: list[Identifier]) -> None:
        """Add the traits that are identifiers; one that cannot be one stays a trait."""
        for trait, space in self.traits:
            value = traits.get(trait)
            if value is not None:
                text = id_text(value)
                if text and not text.isspace():
                    _add(found, space.identifier(text))


def text_of(value: Any, /) -> str:
    """Return *value* if it is a text that can be kept.

    Raises:
        Unfit: If it is not.
    """
    if type(value) is str and storable(value):
        return value
    raise Unfit


def id_text(value: object, /) -> str:
    """Return a checked *value* as an identifier's text; empty if it cannot be one."""
    if type(value) is int:
        value = str(value)
    return value if isinstance(value, str) and len(value) <= LONGEST_VALUE else ""


def _add(found: list[Identifier], identifier: Identifier) -> None:
    if identifier not in found:
        found.append(identifier)
