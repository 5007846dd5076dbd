"""The six calls of the Segment spec as they arrive: the declared shape, from which the JSON Schemas are made."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BeforeValidator, ConfigDict, Field, WithJsonSchema

from unified_profile.wire.payloads import Id, JsonObject, Moment, OptionalId, OptionalKey, Payload, unfit

LONGEST_NAME = 512


def _name(value: object) -> object:
    if value is None or value == "":
        return None
    if isinstance(value, str) and len(value) <= LONGEST_NAME:
        return value
    raise unfit(f"not text of up to {LONGEST_NAME} characters", "shorten the name; details go into properties")


def _event_name(value: object) -> object:
    if value == "":
        raise unfit("empty", "name what happened, for example 'Order Completed'")
    return _name(value)


Name: TypeAlias = Annotated[
    str | None, BeforeValidator(_name), WithJsonSchema({"type": ["string", "null"], "maxLength": LONGEST_NAME})
]


class SegmentCall(Payload):
    """The fields that every call may have. Fields that the spec does not know are kept.

    ``receivedAt - (sentAt - originalTimestamp)`` is when it happened, where all three are given; else ``timestamp``,
    ``originalTimestamp`` or ``receivedAt``, whichever comes first.
    """

    model_config = ConfigDict(extra="allow")

    anonymous_id: OptionalId = Field(
        default=None, alias="anonymousId", description="A device or browser before one knows who it is."
    )
    user_id: OptionalId = Field(default=None, alias="userId", description="The person in the sender's own database.")
    message_id: OptionalKey = Field(
        default=None, alias="messageId", description="Names the call; a call that comes twice counts once."
    )
    context: JsonObject | None = Field(default=None, description="What surrounds the call: device, page, app, locale.")
    integrations: JsonObject | None = Field(default=None, description="Where the sender wants it forwarded; kept only.")
    timestamp: Moment | None = Field(default=None, description="When it happened.")
    original_timestamp: Moment | None = Field(
        default=None, alias="originalTimestamp", description="When it happened, on the sender's clock."
    )
    sent_at: Moment | None = Field(default=None, alias="sentAt", description="When it was sent, on the sender's clock.")
    received_at: Moment | None = Field(
        default=None, alias="receivedAt", description="When it was received, on the receiver's clock."
    )
    version: Any = Field(default=None, description="The version of the sender's API; kept only.")
    channel: Name = Field(default=None, description="browser, mobile, server, or the name of a channel.")
    group_id: OptionalId = Field(default=None, alias="groupId", description="The company or household.")


class TrackCall(SegmentCall):
    """Somebody did something.

    >>> TrackCall.parse({"type": "track", "event": "Order Completed"}).event
    'Order Completed'
    """

    type: Literal["track"]
    event: Annotated[
        str,
        BeforeValidator(_event_name),
        WithJsonSchema({"type": "string", "minLength": 1, "maxLength": LONGEST_NAME}),
    ] = Field(description="What happened.")
    properties: JsonObject | None = Field(default=None, description="What is to say about it.")


class IdentifyCall(SegmentCall):
    """Who somebody is, and what is known of him."""

    type: Literal["identify"]
    traits: JsonObject | None = Field(default=None, description="What is known of the person.")


class PageCall(SegmentCall):
    """Somebody looked at a web page."""

    type: Literal["page"]
    name: Name = Field(default=None, description="The name of the page.")
    category: Name = Field(default=None, description="The kind of page.")
    properties: JsonObject | None = Field(default=None, description="The page itself: url, title, referrer.")


class ScreenCall(SegmentCall):
    """Somebody looked at a screen of an app."""

    type: Literal["screen"]
    name: Name = Field(default=None, description="The name of the screen.")
    category: Name = Field(default=None, description="The kind of screen.")
    properties: JsonObject | None = Field(default=None, description="What is to say about it.")


class GroupCall(SegmentCall):
    """Somebody belongs to a company or household."""

    type: Literal["group"]
    group_id: Annotated[Id, Field(min_length=1)] = Field(alias="groupId", description="The company or household.")
    traits: JsonObject | None = Field(default=None, description="What is known of the company.")


class AliasCall(SegmentCall):
    """Two ids are one person."""

    type: Literal["alias"]
    previous_id: OptionalId = Field(
        default=None, alias="previousId", description="The id used so far: of a user, or an anonymous one."
    )


CALLS: dict[str, type[SegmentCall]] = {
    "track": TrackCall,
    "identify": IdentifyCall,
    "page": PageCall,
    "screen": ScreenCall,
    "group": GroupCall,
    "alias": AliasCall,
}
"""The model of each call, by its ``type``."""
