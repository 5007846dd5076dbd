"""Rules from JSON, strangers' JSON included: limited in size and depth, and never more than data."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Literal

from unified_profile.errors import InvalidRulesError
from unified_profile.expressions.accounts import OfMembers
from unified_profile.expressions.amounts import Measure
from unified_profile.expressions.coercion import Kinds, coerced
from unified_profile.expressions.conditions import Condition
from unified_profile.expressions.dated import CalendarPart, InPeriod
from unified_profile.expressions.events import EventFilter
from unified_profile.expressions.fields import Field, Place
from unified_profile.expressions.holding import HeldFor
from unified_profile.expressions.jsonparts import (
    PLACES,
    data_of,
    field_in,
    inner_field,
    length_in,
    made,
    meant,
    moment_in,
    names_in,
    only,
    operator_in,
    text_in,
    whole_numbers_in,
    zone_in,
)
from unified_profile.expressions.logic import AllOf, AnyOf, Expression, NoneOf, Not
from unified_profile.expressions.measures import MeasureCondition
from unified_profile.expressions.pairs import ElementMatch, FieldCondition
from unified_profile.expressions.paths import MOST_STAGES, EventPath
from unified_profile.expressions.rhythm import CameAgain, Regular
from unified_profile.expressions.sequences import EventSequence
from unified_profile.expressions.shape import DEEPEST
from unified_profile.expressions.shares import InShare
from unified_profile.expressions.standing import MemberOf, Permitted

MOST_NODES = 1_000
"""How many nodes a rule from JSON may have."""


def from_json(
    source: object, /, *, coerce: Literal["strict", "lenient"] = "strict", schema: Kinds | None = None
) -> Expression:
    """Return the rule that *source*, JSON text or data, describes.

    Constants stay what they are. Only for rules imported from a platform that keeps them all as text there is *coerce*
    ``"lenient"``: each is then brought to the kind that its field has in *schema* (a `Schema`), where it means one.

    >>> from_json('{"trait": "plan", "op": "eq", "value": "pro"}').text()
    'plan is "pro"'
    >>> from_json({"all": [{"trait": "plan", "op": "equals", "value": "pro"}]})
    Traceback (most recent call last):
    unified_profile.errors.InvalidRulesError: rule.all.0.op: no such operator; one of exists, missing, ...
    >>> from unified_profile.expressions import Schema
    >>> moved = {"trait": "age", "op": "ge", "value": "18"}
    >>> from_json(moved, coerce="lenient", schema=Schema({"age": "number"})).text()
    'age is at least 18'

    Raises:
        InvalidRulesError: If it is no rule, or a too large or too deep one; ``field`` is the path to the place.
    """
    data = data_of(source)
    if coerce == "lenient":
        if schema is None or not hasattr(schema, "traits") or not hasattr(schema, "events"):
            raise InvalidRulesError(field="schema", reason="needed to coerce", hint="Schema({'age': 'number'})")
        data = coerced(data, schema)
    elif coerce != "strict":
        raise InvalidRulesError(field="coerce", reason="no such way", hint="'strict' or 'lenient'")
    return _Reader().rule(data, "rule", 1)


class _Reader:
    """Reads one rule and counts its nodes."""

    def __init__(self) -> None:
        self.nodes = 0

    def rule(self, data: object, path: str, level: int) -> Expression:
        """Read a node at *path*."""
        self.nodes += 1
        if self.nodes > MOST_NODES:
            raise InvalidRulesError(field=path, reason=f"more than {MOST_NODES} nodes", hint="split it into segments")
        if level > DEEPEST:
            raise InvalidRulesError(field=path, reason=f"deeper than {DEEPEST} levels", hint="split it into segments")
        if not isinstance(data, dict) or not all(isinstance(key, str) for key in data):
            raise InvalidRulesError(field=path, reason="not an object", hint=_KINDS)
        for name, read in _READERS.items():
            if name in data:
                return read(self, data, path, level)
        raise InvalidRulesError(field=path, reason="no kind of rule" + meant(data, _READERS), hint=_KINDS)

    def joined(self, data: dict[str, Any], path: str, level: int) -> Expression:
        """Read all, any or none."""
        name = next(name for name in _JOINED if name in data)
        only(data, {name}, path)
        parts = data[name]
        if not isinstance(parts, list):
            raise InvalidRulesError(field=f"{path}.{name}", reason="not a list", hint="a list of rules")
        rules = [self.rule(part, f"{path}.{name}.{index}", level + 1) for index, part in enumerate(parts)]
        return made(lambda: _JOINED[name](rules), path)

    def negated(self, data: dict[str, Any], path: str, level: int) -> Expression:
        """Read not."""
        only(data, {"not"}, path)
        rule = self.rule(data["not"], f"{path}.not", level + 1)
        return made(lambda: Not(rule), path)

    def condition(self, data: dict[str, Any], path: str, _: int) -> Expression:
        """Read a condition on a field."""
        place: Place = "trait" if "trait" in data else "property" if "property" in data else "attribute"
        only(data, {place, "op", "value", "case", "over"}, path)
        return made(
            lambda: Condition(
                Field(place, names_in(data[place])),
                operator_in(data),
                data.get("value"),
                text_in(data, "case", "exact"),
                text_in(data, "over", ""),
            ),
            path,
        )

    def period(self, data: dict[str, Any], path: str, _: int) -> Expression:
        """Read a condition on the calendar around now."""
        only(data, {*PLACES, "period", "first", "last", "yearly", "leap", "week_start", "zone"}, path)
        options = {key: data[key] for key in ("yearly", "leap", "week_start") if key in data}
        return made(
            lambda: InPeriod(
                field_in(data),
                text_in(data, "period", ""),  # type: ignore[arg-type]  # it checks its unit
                data.get("first", 0),
                data.get("last", 0),
                zone=zone_in(data),
                **options,
            ),
            path,
        )

    def part(self, data: dict[str, Any], path: str, _: int) -> Expression:
        """Read a condition on a weekday, month, day, year or hour."""
        only(data, {*PLACES, "part", "in", "zone"}, path)
        return made(
            lambda: CalendarPart(
                field_in(data), part=text_in(data, "part", ""), values=whole_numbers_in(data, "in"), zone=zone_in(data)
            ),
            path,
        )

    def fields(self, data: dict[str, Any], path: str, _: int) -> Expression:
        """Read a comparison of two fields."""
        only(data, {"field", "op", "other", "case"}, path)
        left, right = (made(partial(inner_field, data, key), path) for key in ("field", "other"))
        return made(lambda: FieldCondition(left, text_in(data, "op", ""), right, text_in(data, "case", "exact")), path)

    def elements(self, data: dict[str, Any], path: str, level: int) -> Expression:
        """Read what one element of a list must meet."""
        only(data, {"elements", "match", "over"}, path)
        field = made(lambda: inner_field(data, "elements"), path)
        rule = self.rule(data.get("match"), f"{path}.match", level + 1)
        return made(lambda: ElementMatch(field, rule, text_in(data, "over", "any")), path)

    def stages(self, data: dict[str, Any], path: str, level: int) -> Expression:
        """Read several events one after the other."""
        only(data, {"path", "within", "order", "session", "during"}, path)
        parts = data["path"]
        if not isinstance(parts, list) or len(parts) > MOST_STAGES:
            raise InvalidRulesError(field=f"{path}.path", reason="not a list of events", hint=f"at most {MOST_STAGES}")
        stages = [self.events(part, f"{path}.path.{index}", level) for index, part in enumerate(parts)]
        within, session, during = (length_in(data, key, path) for key in ("within", "session", "during"))
        order: Any = text_in(data, "order", "ordered")
        return made(lambda: EventPath(stages, within, order, session, during), path)

    def regular(self, data: dict[str, Any], path: str, level: int) -> Expression:
        """Read how regularly events come."""
        only(data, {"regular", "at_least", "periods", "unit", "zone", "week_start"}, path)
        events = self.events(data["regular"], f"{path}.regular", level)
        unit: Any = text_in(data, "unit", "week")
        return made(
            lambda: Regular(
                events,
                data.get("at_least", 1),
                data.get("periods", 1),
                unit,
                zone=text_in(data, "zone", "UTC"),
                week_start=data.get("week_start", 1),
            ),
            path,
        )

    def again(self, data: dict[str, Any], path: str, level: int) -> Expression:
        """Read whether events came again."""
        only(data, {"again", "after", "during"}, path)
        events = self.events(data["again"], f"{path}.again", level)
        after, during = length_in(data, "after", path), length_in(data, "during", path)
        if after is None:
            raise InvalidRulesError(field=f"{path}.after", reason="missing", hint="e.g. 'PT2160H'")
        return made(lambda: CameAgain(events, after, during), path)

    def held(self, data: dict[str, Any], path: str, level: int) -> Expression:
        """Read what has held for a while."""
        only(data, {"held", "for"}, path)
        rule, length = self.rule(data["held"], f"{path}.held", level + 1), length_in(data, "for", path)
        if length is None:
            raise InvalidRulesError(field=f"{path}.for", reason="missing", hint="e.g. 'PT168H'")
        return made(lambda: HeldFor(rule, length), path)

    def share(self, data: dict[str, Any], path: str, _: int) -> Expression:
        """Read a share of people."""
        only(data, {"share", "percent", "start"}, path)
        return made(lambda: InShare(data["share"], data.get("percent", -1), data.get("start", 0)), path)

    def of_members(self, data: dict[str, Any], path: str, level: int) -> Expression:
        """Read what people of an account meet."""
        only(data, {"members", "at_least"}, path)
        rule = self.rule(data["members"], f"{path}.members", level + 1)
        return made(lambda: OfMembers(rule, data.get("at_least", 1)), path)

    def measure(self, data: dict[str, Any], path: str, level: int) -> Expression:
        """Read a condition on what events amount to."""
        only(data, {*_EVENTS, "measure", "of", *_WINDOW, "zero", "op", "value", "case"}, path)
        events = self.events({key: value for key, value in data.items() if key in _EVENTS}, path, level)
        within, until, session = (length_in(data, key, path) for key in ("within", "until", "session"))
        since, before = (moment_in(data, key, path) for key in ("since", "before"))
        return made(
            lambda: MeasureCondition(
                Measure(
                    events,
                    text_in(data, "measure", "count"),
                    names_in(data["of"]) if "of" in data else (),
                    within,
                    text_in(data, "zero", ""),
                    until=until,
                    since=since,
                    before=before,
                    session=session,
                    since_entry=text_in(data, "since_entry", ""),
                ),
                operator_in(data),
                data.get("value"),
                text_in(data, "case", "exact"),
            ),
            path,
        )

    def events(self, data: object, path: str, level: int) -> EventFilter:
        """Read a filter of events."""
        if not isinstance(data, dict) or "events" not in data:
            raise InvalidRulesError(field=path, reason="names no events", hint='e.g. {"events": ["Order Completed"]}')
        only(data, _EVENTS, path)
        names = data["events"]
        if not isinstance(names, (str, list)):
            raise InvalidRulesError(field=f"{path}.events", reason="not a list of names", hint="a list of text")
        where = self.rule(data["where"], f"{path}.where", level + 1) if "where" in data else None
        return made(lambda: EventFilter(names, text_in(data, "type", "track"), where), path)

    def sequence(self, data: dict[str, Any], path: str, level: int) -> Expression:
        """Read what followed upon what."""
        only(data, {"first", "then", "within", "followed", "same", "during"}, path)
        first = self.events(data.get("first"), f"{path}.first", level)
        then = self.events(data.get("then"), f"{path}.then", level)
        within, during = length_in(data, "within", path), length_in(data, "during", path)
        followed, same = data.get("followed", True), data.get("same")
        if within is None:
            raise InvalidRulesError(field=f"{path}.within", reason="missing", hint="e.g. 'PT24H'")
        if not isinstance(followed, bool):
            raise InvalidRulesError(field=f"{path}.followed", reason="not true or false", hint="say which")
        if same is not None and (not isinstance(same, list) or len(same) != 2):
            raise InvalidRulesError(field=f"{path}.same", reason="not a list of two", hint="one property per event")
        pair = None if same is None else (names_in(same[0], f"{path}.same"), names_in(same[1], f"{path}.same"))
        return made(lambda: EventSequence(first, then, within, followed, pair, during), path)

    def permitted(self, data: dict[str, Any], path: str, _: int) -> Expression:
        """Read a permission."""
        only(data, {"permitted", "channel"}, path)
        return made(lambda: Permitted(data["permitted"], data.get("channel", "any")), path)

    def member(self, data: dict[str, Any], path: str, _: int) -> Expression:
        """Read a membership."""
        only(data, {"member_of"}, path)
        return made(lambda: MemberOf(data["member_of"]), path)


_JOINED: dict[str, Callable[[list[Expression]], Expression]] = {"all": AllOf, "any": AnyOf, "none": NoneOf}
_EVENTS = frozenset({"events", "type", "where"})
_READERS: dict[str, Callable[[_Reader, dict[str, Any], str, int], Expression]] = {
    "all": _Reader.joined,
    "any": _Reader.joined,
    "none": _Reader.joined,
    "not": _Reader.negated,
    "period": _Reader.period,
    "part": _Reader.part,
    "field": _Reader.fields,
    "elements": _Reader.elements,
    "path": _Reader.stages,
    "regular": _Reader.regular,
    "again": _Reader.again,
    "held": _Reader.held,
    "share": _Reader.share,
    "members": _Reader.of_members,
    "trait": _Reader.condition,
    "property": _Reader.condition,
    "attribute": _Reader.condition,
    "events": _Reader.measure,
    "first": _Reader.sequence,
    "permitted": _Reader.permitted,
    "member_of": _Reader.member,
}
_WINDOW = ("within", "until", "since", "before", "session", "since_entry")
_KINDS = "an object with one of " + ", ".join(_READERS)
