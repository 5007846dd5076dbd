"""The published JSON Schemas of the payloads (2020-12), for senders that check before they send.

``python -m unified_profile.wire.schemas FOLDER`` writes them anew from the models.
"""

from __future__ import annotations

import json
from importlib import resources
from typing import Any, Final

from unified_profile.errors import UnknownNameError
from unified_profile.wire.cloudevents import CloudEvent
from unified_profile.wire.consents import ConsentPayload
from unified_profile.wire.payloads import Payload
from unified_profile.wire.platforms import (
    AdobeConsents,
    ConsentMode,
    GoogleHit,
    SegmentConsent,
    SnowplowConsent,
    UnomiConsents,
)
from unified_profile.wire.segment import CALLS
from unified_profile.wire.surveys import SurveyResponse

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
MODELS: Final[dict[str, type[Payload]]] = {
    **{f"segment-{name}": model for name, model in CALLS.items()},
    "cloudevent": CloudEvent,
    "consent": ConsentPayload,
    "survey": SurveyResponse,
    "adobe-consents": AdobeConsents,
    "google-consent-mode": ConsentMode,
    "google-hit": GoogleHit,
    "segment-consent": SegmentConsent,
    "snowplow-consent": SnowplowConsent,
    "unomi-consents": UnomiConsents,
}
"""The models by the names of their schemas."""
SCHEMA_NAMES: Final = tuple(MODELS)
"""The names of the schemas."""


def generated(name: str, /) -> dict[str, Any]:
    """Return the schema called *name* as its model has it now."""
    schema = {"$schema": _DIALECT, **MODELS[name].model_json_schema()}
    # Examples in Python are for readers of the code.
    schema["description"] = schema["description"].partition(">>>")[0].partition(".. versionadded")[0].strip()
    return schema


def json_schema(name: str, /) -> dict[str, Any]:
    """Return the published schema called *name*.

    >>> json_schema("segment-track")["required"]
    ['type', 'event']

    Raises:
        UnknownNameError: If there is none.
    """
    if not isinstance(name, str) or name not in MODELS:
        asked = name if isinstance(name, str) else type(name).__name__
        raise UnknownNameError(kind="schema", name=asked, known=SCHEMA_NAMES)
    text = resources.files(__name__).joinpath(f"{name}.schema.json").read_text(encoding="utf-8")
    return json.loads(text)  # type: ignore[no-any-return]  # a schema is an object


def as_text(schema: dict[str, Any], /) -> str:
    """Return *schema* as it is published."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
