"""The JSON Schema of rules, made from the code, so that editors and other languages can write rules that are taken."""

from __future__ import annotations

from typing import Any

from unified_profile.expressions.calendars import HOURS, PARTS
from unified_profile.expressions.casing import CASES
from unified_profile.expressions.fields import ATTRIBUTES
from unified_profile.expressions.operators import OPERATORS
from unified_profile.expressions.pairs import FIELD_OPERATORS
from unified_profile.expressions.paths import MOST_STAGES
from unified_profile.expressions.tallies import AGGREGATES
from unified_profile.model import EventType

_DURATION = {"type": "string", "pattern": r"^PT(?=\d)(\d{1,12}H)?(\d{1,12}M)?(\d{1,12}(\.\d{1,6})?S)?$"}
_INSTANT = {"type": "string", "format": "date-time"}
_NAME = {
    "oneOf": [
        {"type": "string", "minLength": 1},
        {"type": "array", "items": {"type": "string", "minLength": 1}, "minItems": 1, "maxItems": 16},
    ]
}
_SCALAR = {"type": ["string", "number", "boolean"]}
_VALUES: dict[str, Any] = {
    "scalar": _SCALAR,
    "scalars": {"type": "array", "items": _SCALAR},
    "ordered": {"type": ["string", "number"]},
    "text": {"type": "string", "minLength": 1},
    "pattern": {"type": "string", "minLength": 1},
    "version": {"type": "string"},
    "shape": {"type": "array", "items": {"type": "number"}, "minItems": 3},
    "instant": _INSTANT,
    "duration": _DURATION,
}
_RULE = {"$ref": "#/$defs/rule"}
_EVENTS = {"$ref": "#/$defs/events"}
_WHOLE = {"type": "integer"}


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of rules.

    What `from_json` takes keeps it; limits on size and depth, and that a constant suits its field, are not said by it.

    >>> json_schema()["$id"]
    'https://unified-profile.invalid/schemas/rule.schema.json'

    .. versionadded:: 0.1
    """
    place = [{"required": [name]} for name in ("trait", "property", "attribute")]
    places = {"trait": _NAME, "property": _NAME, "attribute": {"enum": list(ATTRIBUTES)}}
    field = {
        "type": "object",
        "properties": places,
        "minProperties": 1,
        "maxProperties": 1,
        "additionalProperties": False,
    }
    events: dict[str, Any] = {
        "events": {"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string", "minLength": 1}}]},
        "type": {"enum": ["", *(each.value for each in EventType)]},
        "where": _RULE,
    }
    zone = {"oneOf": [{"type": "string"}, _object({"trait": _NAME}, ["trait"])]}
    unit = {"enum": ["day", "week", "month", "quarter", "year"]}
    start = {"type": "integer", "minimum": 1, "maximum": 7}
    parts = {"enum": [*PARTS, "hour"]}
    kinds = [
        *(_object({name: {"type": "array", "items": _RULE}}, [name]) for name in ("all", "any", "none")),
        _object({"not": _RULE}, ["not"]),
        _object(
            places
            | {
                "op": {},
                "value": {},
                "case": {"enum": list(CASES)},
                "over": {"enum": ["", "any", "every", "none", "size"]},
            },
            ["op"],
        )
        | {"oneOf": place, "allOf": [{"$ref": "#/$defs/comparison"}]},
        _object(
            places
            | {"period": unit, "first": _WHOLE, "last": _WHOLE, "yearly": {"type": "boolean"}, "zone": zone}
            | {"leap": {"enum": ["feb28", "mar1", "leap_years"]}, "week_start": start},
            ["period", "zone"],
        )
        | {"oneOf": place},
        _object(
            places
            | {"part": parts, "in": {"type": "array", "items": {"type": "integer", "minimum": HOURS[0]}}, "zone": zone},
            ["part", "in", "zone"],
        )
        | {"oneOf": place},
        _object(
            {"field": field, "op": {"enum": list(FIELD_OPERATORS)}, "other": field, "case": {"enum": list(CASES)}},
            ["field", "op", "other"],
        ),
        _object({"elements": field, "match": _RULE, "over": {"enum": ["any", "every", "none"]}}, ["elements", "match"]),
        _object(
            events
            | {
                "measure": {"enum": list(AGGREGATES)},
                "of": _NAME,
                "zero": {"enum": ["", "compared", "false", "unknown"]},
            }
            | {"within": _DURATION, "until": _DURATION, "session": _DURATION, "since": _INSTANT, "before": _INSTANT}
            | {"since_entry": {"type": "string"}, "op": {}, "value": {}, "case": {"enum": list(CASES)}},
            ["events", "op"],
        )
        | {"allOf": [{"$ref": "#/$defs/comparison"}]},
        _object(
            {
                "first": _EVENTS,
                "then": _EVENTS,
                "within": _DURATION,
                "followed": {"type": "boolean"},
                "during": _DURATION,
            }
            | {"same": {"type": "array", "items": _NAME, "minItems": 2, "maxItems": 2}},
            ["first", "then", "within"],
        ),
        _object(
            {"path": {"type": "array", "items": _EVENTS, "minItems": 2, "maxItems": MOST_STAGES}, "within": _DURATION}
            | {"order": {"enum": ["ordered", "strict", "any"]}, "session": _DURATION, "during": _DURATION},
            ["path"],
        ),
        _object(
            {"regular": _EVENTS, "at_least": _WHOLE, "periods": _WHOLE, "unit": unit, "zone": {"type": "string"}}
            | {"week_start": start},
            ["regular"],
        ),
        _object({"again": _EVENTS, "after": _DURATION, "during": _DURATION}, ["again", "after"]),
        _object({"held": _RULE, "for": _DURATION}, ["held", "for"]),
        _object(
            {"share": {"type": "string", "minLength": 1}, "percent": {"type": "number"}, "start": {"type": "number"}},
            ["share", "percent"],
        ),
        _object({"members": _RULE, "at_least": {"type": "integer", "minimum": 0}}, ["members"]),
        _object({"permitted": {"type": "string", "minLength": 1}, "channel": {"type": "string"}}, ["permitted"]),
        _object({"member_of": {"type": "string", "minLength": 1}}, ["member_of"]),
    ]
    comparisons = [
        {"properties": {"op": {"enum": [row.name for row in OPERATORS.values() if row.takes == takes]}, "value": value}}
        | {"required": ["op", "value"]}
        for takes, value in _VALUES.items()
    ]
    nothing = [row.name for row in OPERATORS.values() if row.takes == "nothing"]
    comparisons.append({"properties": {"op": {"enum": nothing}, "value": {"type": "null"}}, "required": ["op"]})
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "https://unified-profile.invalid/schemas/rule.schema.json",
        "title": "A rule about a person",
        **_RULE,
        "$defs": {
            "rule": {"oneOf": kinds},
            "events": _object(events, ["events"]),
            "comparison": {"oneOf": comparisons},
        },
    }


def _object(properties: dict[str, Any], required: list[str]) -> dict[str, Any]:
    """Return the schema of an object without other keys."""
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}
