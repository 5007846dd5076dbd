"""Facts as JSON objects, to be handed to somebody else and taken back: nothing is lost on the way."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Any, Final

import attrs

from unified_profile.errors import InvalidInputError, InvalidPayloadError
from unified_profile.model import (
    ConsentRecord,
    ErasureOrder,
    Event,
    EventType,
    Fact,
    Identifier,
    Json,
    Judgement,
    ModelAdopted,
    Retraction,
    Severance,
    SourceRecord,
    Verdict,
)
from unified_profile.wire.consent_records import consent_fields, consent_form
from unified_profile.wire.forms import Form, identifier_form
from unified_profile.wire.json_values import WIDE_LIMITS, Limits, checked, parsed
from unified_profile.wire.moments import iso

KINDS: Final[dict[str, type[Any]]] = {
    "source_record": SourceRecord,
    "event": Event,
    "consent_record": ConsentRecord,
    "judgement": Judgement,
    "severance": Severance,
    "retraction": Retraction,
    "erasure_order": ErasureOrder,
    "model_adopted": ModelAdopted,
}
"""The facts by the names that they have under ``fact``."""
_NAMES = {kind: name for name, kind in KINDS.items()}
_TIMES = frozenset({"occurred_at", "recorded_at", "original_at", "sent_at", "received_at"})
_OBJECTS = frozenset({"attributes", "properties", "traits", "context", "body"})
_FLAGS = frozenset({"dated"})
_PEOPLE = frozenset({"identifiers", "previous"})
_PERSON = frozenset({"left", "right", "identifier"})
_ENUMS: dict[str, type[Enum]] = {"type": EventType, "verdict": Verdict}


def to_json(fact: Fact, /) -> dict[str, Json]:
    """Return *fact* as a JSON object; ``from_json`` makes it again. What has its usual value is left out.

    Names are those of the facts, times are ISO 8601 in UTC. A consent record has the names of ISO/IEC TS 27560 in the
    Data Privacy Vocabulary.

    >>> from datetime import UTC, datetime
    >>> to_json(
    ...     Severance(
    ...         id="s1",
    ...         source="desk",
    ...         occurred_at=datetime(2026, 1, 31, tzinfo=UTC),
    ...         fact_id="f1",
    ...         identifier=Identifier("phone", "+81300000000"),
    ...     )
    ... ) == {
    ...     "fact": "severance",
    ...     "id": "s1",
    ...     "source": "desk",
    ...     "occurred_at": "2026-01-31T00:00:00Z",
    ...     "fact_id": "f1",
    ...     "identifier": {"namespace": "phone", "value": "+81300000000"},
    ... }
    True

    Raises:
        InvalidPayloadError: If the fact holds what JSON cannot.
    """
    name = _NAMES.get(type(fact))
    if name is None:
        raise InvalidPayloadError(field="fact", reason="not a fact", hint="one of " + ", ".join(KINDS))
    if isinstance(fact, ConsentRecord):
        return {"fact": name, **consent_form(fact)}
    form: dict[str, Json] = {"fact": name}
    for field in attrs.fields(type(fact)):
        value = getattr(fact, field.name)
        usual = field.default.factory() if isinstance(field.default, attrs.Factory) else field.default  # type: ignore[arg-type]  # Factory is a class at run time
        if field.default is attrs.NOTHING or value != usual:
            form[field.name] = _out(value, field.name)
    return form


def _out(value: Any, field: str) -> Json:
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, Identifier):
        return identifier_form(value)
    if isinstance(value, tuple):
        return [identifier_form(item) for item in value]
    return value.value if isinstance(value, Enum) else checked(value, field=field, limits=WIDE_LIMITS)


def from_json(form: Mapping[str, Any] | str | bytes | bytearray, /, *, limits: Limits = WIDE_LIMITS) -> Fact:
    """Return the fact of a JSON object (or its text) that ``to_json`` made.

    It is believed to be what it says, judgements and erasure orders included: read strangers' payloads with ``read``.

    >>> fact = from_json(
    ...     {"fact": "retraction", "id": "r1", "source": "desk", "occurred_at": "2026-01-31T00:00:00Z", "fact_id": "s1"}
    ... )
    >>> from_json(to_json(fact)) == fact
    True

    Raises:
        InvalidPayloadError: With the path of the first field that is not as ``to_json`` writes it.
    """
    if not isinstance(limits, Limits):
        raise InvalidPayloadError(field="limits", reason=f"a {type(limits).__name__}", hint="see Limits")
    whole = parsed(form, limits=limits) if isinstance(form, (str, bytes, bytearray)) else form
    if not isinstance(whole, Mapping):
        raise InvalidPayloadError(field="payload", reason="not an object", hint="send what to_json wrote")
    content: Any = checked(whole, field="", limits=limits)
    name = content.pop("fact", None)
    kind = KINDS.get(name) if isinstance(name, str) else None
    if kind is None:
        raise InvalidPayloadError(field="fact", reason="not a kind of fact", hint="one of " + ", ".join(KINDS))
    told: InvalidPayloadError
    try:
        fields = consent_fields(content) if kind is ConsentRecord else _fields(content, kind)
        fact: Fact = kind(**fields)
    except InvalidInputError as error:
        told = InvalidPayloadError(field=error.field, reason=error.reason, hint=error.hint)
    else:
        return fact
    raise told


def _fields(content: dict[str, Any], kind: type[Any]) -> dict[str, Any]:
    form = Form(content)
    fields = {}
    for field in attrs.fields(kind):
        if field.default is attrs.NOTHING or field.name in content:
            fields[field.name] = _in(form, field.name)
    form.done()
    return fields


def _in(form: Form, name: str) -> Any:
    if name in _TIMES:
        moment = form.moment(name)
        if moment is None and name == "occurred_at":
            raise form.refuse(name, "missing")
        return moment
    if name in _PERSON:
        return form.inner(name).identifier()
    if name in _PEOPLE:
        return tuple(item.identifier() for item in form.each(name))
    if name in _OBJECTS or name in _FLAGS:
        return form.object(name) if name in _OBJECTS else form.take(name)  # the fact refuses what is no flag
    text = form.text(name)
    if name in _ENUMS:
        values = [member.value for member in _ENUMS[name]]
        if text not in values:
            raise form.refuse(name, "not a known one", "one of " + ", ".join(values))
        return _ENUMS[name](text)
    return text
