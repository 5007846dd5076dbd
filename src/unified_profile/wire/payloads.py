"""What all payload models share: typed errors that never repeat a value, and the small types of their fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, tzinfo
from typing import Annotated, Any, NoReturn, Self, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, ValidationInfo, WithJsonSchema
from pydantic_core import ErrorDetails, PydanticCustomError

from unified_profile.errors import InvalidInputError, InvalidPayloadError
from unified_profile.model import Identifier
from unified_profile.model.redaction import Hidden
from unified_profile.wire.identities import LONGEST_ID
from unified_profile.wire.json_values import DEFAULT_LIMITS, Limits, checked, step
from unified_profile.wire.moments import local_instant
from unified_profile.wire.numbers import TWO_MEANINGS, lenient_number

LONGEST_VALUE = 512


class Silent(BaseModel):
    """A model that shows which fields it has, not what is in them, and is not pickled."""

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        """Name the fields; pydantic asks here for ``repr``, ``str`` and every pretty printer."""
        for name in type(self).model_fields:
            value = getattr(self, name, None)
            yield name, value if value is None else Hidden()

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        """Refuse: a pickle would be a copy that no decision reaches; ``model_dump_json()`` says what it does."""
        raise TypeError(f"a {type(self).__name__} holds personal data and is not pickled; use model_dump_json()")


class Payload(Silent):
    """The base of the payload models: frozen, closed unless a model says otherwise, and silent about values.

    Made from keyword arguments or by ``parse``; both raise ``InvalidPayloadError`` and nothing else.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, regex_engine="python-re")

    def __init__(self, /, **data: Any) -> None:
        """Take the fields by the names that they have in JSON."""
        _fill(self, _plain(data, DEFAULT_LIMITS), None)

    @classmethod
    def parse(
        cls, payload: Mapping[str, object], /, *, assume_tz: tzinfo | None = None, limits: Limits = DEFAULT_LIMITS
    ) -> Self:
        """Return the model of a decoded *payload*; *assume_tz* is for times without an offset.

        Raises:
            InvalidPayloadError: With the path of the first field that cannot be taken.
        """
        if not isinstance(payload, Mapping):
            raise InvalidPayloadError(field="payload", reason="not an object", hint="send a JSON object")
        model = cls.__new__(cls)
        _fill(model, _plain(payload, limits), assume_tz)
        return model


def _plain(payload: Mapping[str, object], limits: Limits) -> dict[str, Any]:
    """Return *payload* as plain JSON; times and durations at its top may be Python's own."""
    own = {key: item for key, item in payload.items() if isinstance(item, (datetime, timedelta))}
    rest: Any = checked({key: item for key, item in payload.items() if key not in own}, field="", limits=limits)
    return {**rest, **own}


def _fill(model: Payload, data: dict[str, Any], assume_tz: tzinfo | None) -> None:
    try:
        type(model).__pydantic_validator__.validate_python(data, self_instance=model, context=assume_tz)
    except ValidationError as error:
        # Pydantic's own error holds what was sent; it goes no further than this.
        details = error.errors(include_url=False, include_input=False)
    else:
        return
    raise _told(type(model), details)


_REASONS = {
    "missing": ("missing", "send it"),
    "string_type": ("not text", "send text"),
    "dict_type": ("not an object", "send an object"),
    "model_type": ("not an object", "send an object"),
    "list_type": ("not a list", "send a list"),
    "tuple_type": ("not a list", "send a list"),
    "string_too_long": ("longer than {max_length} characters", "shorten it"),
    "string_too_short": ("shorter than {min_length} characters", "leave it out if there is none"),
    "string_pattern_mismatch": ("not of the declared form", "see the JSON Schema"),
    "literal_error": ("not one of the known values", "one of {expected}"),
}
"""What our errors say for pydantic's; its contexts hold bounds and names of the schema, never what was sent."""


def _told(model: type[Payload], details: list[ErrorDetails]) -> InvalidPayloadError:
    """Return our error for the first of pydantic's; the number of others is told too."""
    first = details[0]
    context = first.get("ctx") or {}
    field = str(context.get("field", ""))
    for position, part in enumerate(first["loc"]):
        field = f"{field}.{part}" if isinstance(part, int) else step(field, part, position)
    kind = first["type"]
    if kind == "unfit":
        reason, hint = str(context["reason"]), str(context["hint"])
    elif kind == "extra_forbidden":
        reason, hint = "not a known field", "known: " + ", ".join(_names(model))
    elif kind in _REASONS:
        reason, hint = (text.format(**context) for text in _REASONS[kind])
    else:
        reason, hint = f"not acceptable ({kind})", "see the JSON Schema"
    if len(details) > 1:
        hint = f"{hint} ({len(details) - 1} more fields are wrong)"
    return InvalidPayloadError(field=field or "payload", reason=reason, hint=hint)


def _names(model: type[Payload]) -> list[str]:
    return sorted(info.alias or name for name, info in model.model_fields.items())


def unfit(reason: str, hint: str = "", *, field: str = "") -> PydanticCustomError:
    """Return the error that a validator raises; its texts must be free of values. A whole model names the *field*."""
    return PydanticCustomError("unfit", "{reason}", {"reason": reason, "hint": hint, "field": field})


def _moment(value: object, info: ValidationInfo) -> datetime:
    zone = info.context if isinstance(info.context, tzinfo) else None
    try:
        return local_instant(value, field="", assume_tz=zone)
    except InvalidInputError as error:
        reason, hint = error.reason, error.hint
    raise unfit(reason, hint)


def _number(value: object) -> int | float:
    try:
        return lenient_number(value, field="")
    except InvalidInputError as error:
        reason, hint = error.reason, error.hint if error.reason != TWO_MEANINGS else "send it as a number, not as text"
    raise unfit(reason, hint)


def _as_text(value: object) -> object:
    """Let a number stand for its digits; ids are text here, and senders forget it."""
    return str(value) if type(value) is int else value


def _printable(value: str) -> str:
    if not value.isprintable():
        raise unfit("holds control characters", "remove them")
    return value


def _empty_list_as_object(value: object) -> object:
    """Take ``[]`` for ``{}``: PHP senders write an empty object so."""
    return {} if isinstance(value, list) and not value else value


def _blank_as_none(value: object) -> object:
    return None if value == "" else value


Moment: TypeAlias = Annotated[
    datetime,
    BeforeValidator(_moment),
    WithJsonSchema({"type": "string", "format": "date-time", "description": "ISO 8601 with an offset."}),
]
"""An aware time, on the clock on which it was written."""
Number: TypeAlias = Annotated[
    Any, BeforeValidator(_number), WithJsonSchema({"type": ["number", "string"], "description": "A number."})
]
"""A finite number; a text that tells one is taken too."""
Id: TypeAlias = Annotated[
    str,
    BeforeValidator(_as_text),
    Field(max_length=LONGEST_VALUE),
    WithJsonSchema({"type": ["string", "integer"], "maxLength": LONGEST_VALUE}),
]
"""The value of an identifier, as text."""
Key: TypeAlias = Annotated[
    str,
    BeforeValidator(_as_text),
    Field(min_length=1, max_length=LONGEST_ID),
    BeforeValidator(lambda value: _printable(value) if isinstance(value, str) else value),
    WithJsonSchema({"type": ["string", "integer"], "minLength": 1, "maxLength": LONGEST_ID}),
]
"""The id of a fact, or a name that becomes a column."""
OptionalKey: TypeAlias = Annotated[
    Key | None,
    BeforeValidator(_blank_as_none),
    WithJsonSchema({"type": ["string", "integer", "null"], "maxLength": LONGEST_ID}),
]
OptionalId: TypeAlias = Annotated[
    Id | None,
    BeforeValidator(_blank_as_none),
    WithJsonSchema({"type": ["string", "integer", "null"], "maxLength": LONGEST_VALUE}),
]
JsonObject: TypeAlias = Annotated[dict[str, Any], BeforeValidator(_empty_list_as_object)]
"""An object of any JSON values."""
Names: TypeAlias = tuple[Annotated[str, Field(min_length=1, max_length=LONGEST_VALUE)], ...]


class IdentifierPart(Silent):
    """Whom a payload speaks of: a value, the namespace that it means something in, and its scope."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, regex_engine="python-re")

    namespace: str = Field(pattern=r"^[a-z][a-z0-9_]{0,63}\Z")
    value: Annotated[Id, Field(min_length=1)]
    scope: str = Field(default="", max_length=LONGEST_ID, pattern=r"^[^:@]*\Z")

    def identifier(self) -> Identifier:
        """Return it as the house knows it."""
        return Identifier(self.namespace, self.value, self.scope)


def identified(parts: tuple[IdentifierPart, ...]) -> tuple[Identifier, ...]:
    """Return the identifiers of *parts*, each once, in the order given."""
    return tuple(dict.fromkeys(part.identifier() for part in parts))
