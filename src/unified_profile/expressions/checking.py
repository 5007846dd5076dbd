"""Whether a rule fits the traits and events there are: names and kinds, and the place in it where it does not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal, TypeAlias, get_args

import attrs

from unified_profile.errors import InvalidRulesError
from unified_profile.expressions.conditions import Condition
from unified_profile.expressions.dated import CalendarPart, InPeriod
from unified_profile.expressions.events import EventFilter
from unified_profile.expressions.fields import Field
from unified_profile.expressions.jsonparts import meant
from unified_profile.expressions.measures import MeasureCondition
from unified_profile.expressions.node import Node
from unified_profile.expressions.operators import OPERATORS
from unified_profile.expressions.pairs import ElementMatch, FieldCondition
from unified_profile.expressions.subject import Subject
from unified_profile.expressions.values import instant_of, kind_of

ValueKind: TypeAlias = Literal["text", "number", "flag", "instant", "list", "object", "any"]
_NEEDS = {
    "text": "text",
    "pattern": "text",
    "version": "text",
    "shape": "object",
    "instant": "instant",
    "duration": "instant",
}


def _kinds(kinds: Mapping[str, Any]) -> dict[str, frozenset[str]]:
    """Keep the kinds of each name; one may be of several."""
    found: dict[str, frozenset[str]] = {}
    for name, kind in dict(kinds).items():
        several = frozenset({kind} if isinstance(kind, str) else kind)
        if not isinstance(name, str) or not several <= set(get_args(ValueKind)):
            raise InvalidRulesError(field="schema", reason="no such kind", hint=", ".join(get_args(ValueKind)))
        found[name] = several
    return found


def _events(events: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, frozenset[str]]]:
    return {name: _kinds(kinds) for name, kinds in dict(events).items()}


@attrs.frozen
class Schema:
    """The traits and events there are, with the kinds of their values; declared, or seen in data (`Schema.seen`).

    >>> schema = Schema({"country": "text", "age": "number"}, {"Order Completed": {"total": "number"}})
    >>> from unified_profile.expressions import trait
    >>> check(trait("contry") == "JP", schema)
    Traceback (most recent call last):
    unified_profile.errors.InvalidRulesError: rule.trait: no trait 'contry' (did you mean 'country'?); one of ...

    .. versionadded:: 0.1
    """

    traits: Mapping[str, frozenset[str]] = attrs.field(factory=dict, converter=_kinds)
    events: Mapping[str, Mapping[str, frozenset[str]]] = attrs.field(factory=dict, converter=_events)

    @classmethod
    def seen(cls, subjects: Iterable[Subject]) -> Schema:
        """Return the schema of what *subjects* have: every kind that a name was seen with.

        >>> Schema.seen([Subject({"age": 3}), Subject({"age": "3"})]).traits["age"] == {"number", "text"}
        True
        """
        traits: dict[str, set[str]] = {}
        events: dict[str, dict[str, set[str]]] = {}
        for subject in subjects:
            for name, value in subject.traits.items():
                traits.setdefault(name, set()).update(_seen(value))
            for event in subject.events:
                properties = events.setdefault(event.name, {})
                for name, value in event.properties.items():
                    properties.setdefault(name, set()).update(_seen(value))
        return cls(traits, events)


def _seen(value: object) -> set[str]:
    """Return the kinds that a value may be asked as."""
    kind = kind_of(value)
    if kind == "list":
        return {"list"} | {each for item in value for each in _seen(item)}  # type: ignore[attr-defined]  # a list
    if kind == "text":
        return {"text", "instant"} if instant_of(value) is not None else {"text"}
    return {kind} if kind in get_args(ValueKind) else set()


def check(rule: Node, schema: Schema, /) -> None:
    """Refuse *rule* where it asks for names that *schema* has not, or compares with another kind than theirs.

    Raises:
        InvalidRulesError: At the first such place; ``field`` is the path to it, and the reason names what was meant.
    """
    for path, found in _findings(rule, schema, "rule"):
        raise InvalidRulesError(field=path, reason=found[0], hint=found[1])


def findings(rule: Node, schema: Schema, /) -> tuple[str, ...]:
    """Return all places at which *rule* does not fit *schema*, as sentences; none if it fits."""
    return tuple(f"{path}: {reason}; {hint}" for path, (reason, hint) in _findings(rule, schema, "rule"))


Finding: TypeAlias = tuple[str, tuple[str, str]]


def _findings(
    node: Any, schema: Schema, path: str, properties: Mapping[str, frozenset[str]] | None = None
) -> Iterator[Finding]:
    """Yield what does not fit below *path*; *properties* are those of the events asked about, None for any."""
    if isinstance(node, Node):
        if isinstance(node, (Condition, InPeriod, CalendarPart)):
            yield from _field(node.field, schema, path, properties, _needed(node))
        elif isinstance(node, FieldCondition):
            for field in (node.field, node.other):
                yield from _field(field, schema, path, properties, "")
        elif isinstance(node, ElementMatch):
            yield from _field(node.field, schema, path, properties, "object")
            return
        elif isinstance(node, MeasureCondition) and node.measure.of:
            needs = "number" if node.measure.aggregate in {"sum", "avg", "min", "max"} else ""
            known = _properties(node.measure.events, schema)
            yield from _field(Field("property", node.measure.of), schema, f"{path}.of", known, needs)
    if isinstance(node, EventFilter):
        yield from _names(node, schema, path)
        if node.where is not None:
            yield from _findings(node.where, schema, f"{path}.where", _properties(node, schema))
        return
    for name, part in _parts(node):
        yield from _findings(part, schema, f"{path}.{name}", properties)


def _parts(node: Any) -> Iterator[tuple[str, Any]]:
    """Yield the parts of a node under the names that its JSON form gives them."""
    joint = {"AllOf": "all", "AnyOf": "any", "NoneOf": "none", "Not": "not"}.get(type(node).__name__)
    for each in attrs.fields(type(node)):
        value = getattr(node, each.name)
        if isinstance(value, (Node, EventFilter)):
            yield joint or each.name, value
        elif attrs.has(type(value)) and not isinstance(value, Field):
            yield from _parts(value)
        elif isinstance(value, tuple):
            for index, part in enumerate(value):
                if isinstance(part, (Node, EventFilter)):
                    yield f"{joint or each.name}.{index}", part


def _needed(node: Condition | InPeriod | CalendarPart) -> str:
    """Return the kind of value that a condition is about, "" for any."""
    if not isinstance(node, Condition):
        return "instant or date"
    takes = OPERATORS[node.op].takes
    if takes in _NEEDS or takes == "nothing" or node.over == "size":
        return "" if takes == "nothing" or node.over == "size" else _NEEDS[takes]
    constant = node.value[0] if isinstance(node.value, tuple) and node.value else node.value
    return kind_of(constant) if kind_of(constant) in get_args(ValueKind) else ""


def _field(
    field: Field, schema: Schema, path: str, properties: Mapping[str, frozenset[str]] | None, needs: str
) -> Iterator[Finding]:
    """Yield what is wrong with a field."""
    known = schema.traits if field.place == "trait" else properties
    if field.place == "attribute" or known is None:
        return
    if field.name not in known:
        reason = f"no {field.place} {field.said[:60]!r}" + meant([field.name], known)
        shown = ", ".join(sorted(known)[:20]) or "none"
        yield f"{path}.{field.place}", (reason, f"one of {shown}")
    elif len(field.path) == 1 and needs and not _fits(known[field.name], needs):
        kinds = " or ".join(sorted(known[field.name])) or "nothing"
        yield (
            f"{path}.{field.place}",
            (f"{field.said[:60]!r} holds {kinds}, never {needs}", "compare with its own kind"),
        )


def _fits(kinds: frozenset[str], needs: str) -> bool:
    """Say whether a value of one of *kinds* can be what is needed."""
    wanted = {"instant or date": {"instant", "text"}, "instant": {"instant"}, "text": {"text", "instant"}}
    return not kinds or "any" in kinds or kinds == {"list"} or bool(kinds & wanted.get(needs, {needs}))


def _names(events: EventFilter, schema: Schema, path: str) -> Iterator[Finding]:
    """Yield names of events that there are not."""
    for name in events.names:
        if name not in schema.events:
            reason = f"no event {name[:60]!r}" + meant([name], schema.events)
            yield f"{path}", (reason, f"one of {', '.join(sorted(schema.events)[:20]) or 'none'}")


def _properties(events: EventFilter, schema: Schema) -> dict[str, frozenset[str]] | None:
    """Return the properties of the events of a filter, None where any may be meant."""
    if not events.names or not set(events.names) <= set(schema.events):
        return None
    found: dict[str, frozenset[str]] = {}
    for name in events.names:
        for each, kinds in schema.events[name].items():
            found[each] = found.get(each, frozenset()) | kinds
    return found
