"""CloudEvents 1.0 in structured JSON mode: the envelope around a payload, which names it and says when."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field, WithJsonSchema

from unified_profile.errors import InvalidPayloadError
from unified_profile.model import Json
from unified_profile.wire.identities import derived_id
from unified_profile.wire.json_values import DEFAULT_LIMITS, Limits, checked, parsed, shown
from unified_profile.wire.payloads import Moment, Payload, unfit

_JSON_TYPE = re.compile(r"[\w.+-]+/(?:[\w.-]+\+)?json\s*(?:;.*)?\Z", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"[a-z0-9]{1,64}\Z")


def _filled(value: object) -> object:
    if isinstance(value, str) and not value.strip():
        raise unfit("empty", "CloudEvents 1.0 asks for a value")
    return value


_Text = Annotated[
    str,
    BeforeValidator(_filled),
    Field(max_length=2000),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": 2000}),
]


class CloudEvent(Payload):
    """An envelope of CloudEvents 1.0; attributes of extensions are kept.

    >>> CloudEvent.parse({"specversion": "1.0", "id": "1", "source": "/shop", "type": "order.paid"}).type
    'order.paid'
    """

    model_config = ConfigDict(extra="allow")

    specversion: Literal["1.0"]
    id: _Text = Field(description="With the source it names the event: what comes twice counts once.")
    source: _Text = Field(description="Where it comes from, as a URI reference.")
    type: _Text = Field(description="What kind of event it is; chooses a declared mapping.")
    time: Moment | None = Field(default=None, description="When it happened, if the data does not say.")
    subject: _Text | None = Field(default=None, description="What the event is about; kept only.")
    datacontenttype: _Text | None = Field(default=None, description="A JSON media type, or left out.")
    dataschema: _Text | None = Field(default=None, description="Kept only.")
    data: Any = Field(default=None, description="A Segment call, a consent or survey payload, or a mapped object.")
    data_base64: _Text | None = Field(default=None, description="The data as JSON text in Base64.")

    @property
    def fact_id(self) -> str:
        """The id of the fact: what the source and the id name together.

        >>> event = CloudEvent.parse({"specversion": "1.0", "id": "1", "source": "/shop", "type": "order.paid"})
        >>> event.fact_id
        'cloudevent-cf52a9aa0921a9e056d8fed4edd97cdd'
        """
        return derived_id("cloudevent", self.source, self.id)

    def attributes(self) -> dict[str, Json]:
        """Return all attributes but the data, as they are kept in the context of an event."""
        own = self.model_dump(exclude={"data", "data_base64", "time"}, exclude_none=True)
        return own if self.time is None else {**own, "time": self.time.isoformat()}

    def content(self, *, limits: Limits = DEFAULT_LIMITS) -> Json:
        """Return the data, decoded.

        Raises:
            InvalidPayloadError: If there is none, or it is not JSON.
        """
        for name in self.model_extra or ():
            if not _ATTRIBUTE.match(name):
                raise InvalidPayloadError(
                    field="payload",
                    reason=f"the attribute {shown(name)} is not one of CloudEvents",
                    hint="use lower-case letters and digits, and put the rest into data",
                )
        if self.datacontenttype is not None and not _JSON_TYPE.match(self.datacontenttype):
            raise InvalidPayloadError(
                field="datacontenttype", reason="not JSON", hint="send application/json, or leave it out"
            )
        if self.data_base64 is None:
            if self.data is None:
                raise InvalidPayloadError(field="data", reason="missing", hint="send the payload in data")
            return parsed(self.data, field="data", limits=limits) if isinstance(self.data, str) else self.data
        if self.data is not None:
            raise InvalidPayloadError(field="data_base64", reason="stands beside data", hint="send one of the two")
        try:
            text = base64.b64decode(self.data_base64, validate=True)
        except (binascii.Error, ValueError):
            text = None
        if text is None:
            raise InvalidPayloadError(field="data_base64", reason="not Base64", hint="send the payload in data")
        return checked(parsed(text, field="data_base64", limits=limits), field="data_base64", limits=limits)
