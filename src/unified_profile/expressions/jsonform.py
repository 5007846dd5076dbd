"""Rules from JSON, strangers' JSON included: limited in size and depth, and never more than data."""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Literal, NoReturn, TypeVar

from unified_profile.errors import InvalidRulesError
from unified_profile.expressions.accounts import OfMembers
from unified_profile.expressions.coercion import Kinds, coerced
from unified_profile.expressions.comparators import OPERATORS
from unified_profile.expressions.conditions import Condition
from unified_profile.expressions.dated import CalendarPart, InPeriod
from unified_profile.expressions.events import EventFilter
from unified_profile.expressions.fields import Field, Place
from unified_profile.expressions.holding import HeldFor
from unified_profile.expressions.logic import AllOf, AnyOf, Expression, NoneOf, Not
from unified_profile.expressions.measures import Measure, MeasureCondition
from unified_profile.expressions.pairs import ElementMatch, FieldCondition
from unified_profile.expressions.paths import MOST_STAGES, EventPath
from unified_profile.expressions.rhythm import CameAgain, Regular
from unified_profile.expressions.sequences import EventSequence
from unified_profile.expressions.shape import DEEPEST
from unified_profile.expressions.shares import InShare
from unified_profile.expressions.standing import MemberOf, Permitted
from unified_profile.expressions.values import checked_instant, duration_of

_T = TypeVar("_T")

MOST_NODES = 1_000
"""How many nodes a rule from JSON may have."""

LONGEST_JSON = 1_000_000
"""How many characters the JSON text of a rule may have."""


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
    data = _data(source)
    if coerce == "lenient":
        if schema is None or not hasattr(schema, "traits") or not hasattr(schema, "events"):
            raise InvalidRulesError(field="schema", reason="needed to coerce", hint="Schema({'age': 'number'})")
        data = coerced(data, schema)
    elif coerce != "strict":
        raise InvalidRulesError(field="coerce", reason="no such way", hint="'strict' or 'lenient'")
    return _Reader().rule(data, "rule", 1)


def _data(source: object) -> object:
    """Parse text strictly; take data as it is."""
    if isinstance(source, (bytes, bytearray)):
        try:
            source = bytes(source).decode()
        except UnicodeDecodeError:
            raise InvalidRulesError(field="rule", reason="not UTF-8", hint="encode it") from None
    if not isinstance(source, str):
        return source
    if len(source) > LONGEST_JSON:
        raise InvalidRulesError(field="rule", reason=f"longer than {LONGEST_JSON} characters", hint="split it")
    try:
        data: object = json.loads(source, object_pairs_hook=_unique, parse_constant=_refuse_constant)
    except RecursionError:
        raise InvalidRulesError(field="rule", reason=f"deeper than {DEEPEST} levels", hint="split it") from None
    except InvalidRulesError:
        raise
    except ValueError:
        raise InvalidRulesError(field="rule", reason="not JSON", hint="check commas and quotation marks") from None
    return data


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Refuse a key that comes twice: readers differ in which one they take."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise InvalidRulesError(field="rule", reason="an object has a key twice", hint="keep one")
    return found


def _refuse_constant(name: str) -> NoReturn:
    """Refuse NaN and infinities, which are no JSON."""
    raise InvalidRulesError(field="rule", reason=f"{name} is no number", hint="leave it out")


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
        _only(data, {name}, path)
        parts = data[name]
        if not isinstance(parts, list):
            raise InvalidRulesError(field=f"{path}.{name}", reason="not a list", hint="a list of rules")
        rules = [self.rule(part, f"{path}.{name}.{index}", level + 1) for index, part in enumerate(parts)]
        return _made(lambda: _JOINED[name](rules), path)

    def negated(self, data: dict[str, Any], path: str, level: int) -> Expression:
        """Read not."""
        _only(data, {"not"}, path)
        rule = self.rule(data["not"], f"{path}.not", level + 1)
        return _made(lambda: Not(rule), path)

    def condition(self, data: dict[str, Any], path: str, _: int) -> Expression:
        """Read a condition on a field."""
        place: Place = "trait" if "trait" in data else "property" if "property" in data else "attribute"
        _only(data, {place, "op", "value", "case", "over"}, path)
        return _made(
            lambda: Condition(
                Field(place, _names(data[place])),
                _operator(data),
                data.get("value"),
                _text(data, "case", "exact"),
                _text(data, "over", ""),
            ),
            path,
        )

    def period(self, data: dict[str, Any], path: str, _: int) -> Expression:
        """Read a condition on the calendar around now."""
        _only(data, {*_PLACES, "period", "first", "last", "yearly", "leap", "week_start", "zone"}, path)
        options = {key: data[key] for key in ("yearly", "leap", "week_start") if key in data}
        return _made(
            lambda: InPeriod(
                _field(data),
                _text(data, "period", ""),  # type: ignore[arg-type]  # it checks its unit
                data.get("first", 0),
                data.get("last", 0),
                zone=_zone(data),
                **options,
            ),
            path,
        )

    def part(self, data: dict[str, Any], path: str, _: int) -> Expression:
        """Read a condition on a weekday, month, day, year or hour."""
        _only(data, {*_PLACES, "part", "in", "zone"}, path)
        return _made(
            lambda: CalendarPart(
                _field(data), part=_text(data, "part", ""), values=_whole_numbers(data, "in"), zone=_zone(data)
            ),
            path,
        )

    def fields(self, data: dict[str, Any], path: str, _: int) -> Expression:
        """Read a comparison of two fields."""
        _only(data, {"field", "op", "other", "case"}, path)
        left, right = (_made(partial(_inner_field, data, key), path) for key in ("field", "other"))
        return _made(lambda: FieldCondition(left, _text(data, "op", ""), right, _text(data, "case", "exact")), path)

    def elements(self, data: dict[str, Any], path: str, level: int) -> Expression:
        """Read what one element of a list must meet."""
        _only(data, {"elements", "match", "over"}, path)
        field = _made(lambda: _inner_field(data, "elements"), path)
        rule = self.rule(data.get("match"), f"{path}.match", level + 1)
        return _made(lambda: ElementMatch(field, rule, _text(data, "over", "any")), path)

    def stages(self, data: dict[str, Any], path: str, level: int) -> Expression:
        """Read several events one after the other."""
        _only(data, {"path", "within", "order", "session", "during"}, path)
        parts = data["path"]
        if not isinstance(parts, list) or len(parts) > MOST_STAGES:
            raise InvalidRulesError(field=f"{path}.path", reason="not a list of events", hint=f"at most {MOST_STAGES}")
        stages = [self.events(part, f"{path}.path.{index}", level) for index, part in enumerate(parts)]
        within, session, during = (_length(data, key, path) for key in ("within", "session", "during"))
        order: Any = _text(data, "order", "ordered")
        return _made(lambda: EventPath(stages, within, order, session, during), path)

    def regular(self, data: dict[str, Any], path: str, level: int) -> Expression:
        """Read how regularly events come."""
        _only(data, {"regular", "at_least", "periods", "unit", "zone", "week_start"}, path)
        events = self.events(data["regular"], f"{path}.regular", level)
        unit: Any = _text(data, "unit", "week")
        return _made(
            lambda: Regular(
                events,
                data.get("at_least", 1),
                data.get("periods", 1),
                unit,
                zone=_text(data, "zone", "UTC"),
                week_start=data.get("week_start", 1),
            ),
            path,
        )

    def again(self, data: dict[str, Any], path: str, level: int) -> Expression:
        """Read whether events came again."""
        _only(data, {"again", "after", "during"}, path)
        events = self.events(data["again"], f"{path}.again", level)
        after, during = _length(data, "after", path), _length(data, "during", path)
        if after is None:
            raise InvalidRulesError(field=f"{path}.after", reason="missing", hint="e.g. 'PT2160H'")
        return _made(lambda: CameAgain(events, after, during), path)

    def held(self, data: dict[str, Any], path: str, level: int) -> Expression:
        """Read what has held for a while."""
        _only(data, {"held", "for"}, path)
        rule, length = self.rule(data["held"], f"{path}.held", level + 1), _length(data, "for", path)
        if length is None:
            raise InvalidRulesError(field=f"{path}.for", reason="missing", hint="e.g. 'PT168H'")
        return _made(lambda: HeldFor(rule, length), path)

    def share(self, data: dict[str, Any], path: str, _: int) -> Expression:
        """Read a share of people."""
        _only(data, {"share", "percent", "start"}, path)
        return _made(lambda: InShare(data["share"], data.get("percent", -1), data.get("start", 0)), path)

    def of_members(self, data: dict[str, Any], path: str, level: int) -> Expression:
        """Read what people of an account meet."""
        _only(data, {"members", "at_least"}, path)
        rule = self.rule(data["members"], f"{path}.members", level + 1)
        return _made(lambda: OfMembers(rule, data.get("at_least", 1)), path)

    def measure(self, data: dict[str, Any], path: str, level: int) -> Expression:
        """Read a condition on what events amount to."""
        _only(data, {*_EVENTS, "measure", "of", *_WINDOW, "zero", "op", "value", "case"}, path)
        events = self.events({key: value for key, value in data.items() if key in _EVENTS}, path, level)
        within, until, session = (_length(data, key, path) for key in ("within", "until", "session"))
        since, before = (_moment(data, key, path) for key in ("since", "before"))
        return _made(
            lambda: MeasureCondition(
                Measure(
                    events,
                    _text(data, "measure", "count"),
                    _names(data["of"]) if "of" in data else (),
                    within,
                    _text(data, "zero", ""),
                    until=until,
                    since=since,
                    before=before,
                    session=session,
                    since_entry=_text(data, "since_entry", ""),
                ),
                _operator(data),
                data.get("value"),
                _text(data, "case", "exact"),
            ),
            path,
        )

    def events(self, data: object, path: str, level: int) -> EventFilter:
        """Read a filter of events."""
        if not isinstance(data, dict) or "events" not in data:
            raise InvalidRulesError(field=path, reason="names no events", hint='e.g. {"events": ["Order Completed"]}')
        _only(data, _EVENTS, path)
        names = data["events"]
        if not isinstance(names, (str, list)):
            raise InvalidRulesError(field=f"{path}.events", reason="not a list of names", hint="a list of text")
        where = self.rule(data["where"], f"{path}.where", level + 1) if "where" in data else None
        return _made(lambda: EventFilter(names, _text(data, "type", "track"), where), path)

    def sequence(self, data: dict[str, Any], path: str, level: int) -> Expression:
        """Read what followed upon what."""
        _only(data, {"first", "then", "within", "followed", "same", "during"}, path)
        first = self.events(data.get("first"), f"{path}.first", level)
        then = self.events(data.get("then"), f"{path}.then", level)
        within, during = _length(data, "within", path), _length(data, "during", path)
        followed, same = data.get("followed", True), data.get("same")
        if within is None:
            raise InvalidRulesError(field=f"{path}.within", reason="missing", hint="e.g. 'PT24H'")
        if not isinstance(followed, bool):
            raise InvalidRulesError(field=f"{path}.followed", reason="not true or false", hint="say which")
        if same is not None and (not isinstance(same, list) or len(same) != 2):
            raise InvalidRulesError(field=f"{path}.same", reason="not a list of two", hint="one property per event")
        pair = None if same is None else (_names(same[0], f"{path}.same"), _names(same[1], f"{path}.same"))
        return _made(lambda: EventSequence(first, then, within, followed, pair, during), path)

    def permitted(self, data: dict[str, Any], path: str, _: int) -> Expression:
        """Read a permission."""
        _only(data, {"permitted", "channel"}, path)
        return _made(lambda: Permitted(data["permitted"], data.get("channel", "any")), path)

    def member(self, data: dict[str, Any], path: str, _: int) -> Expression:
        """Read a membership."""
        _only(data, {"member_of"}, path)
        return _made(lambda: MemberOf(data["member_of"]), path)


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
_PLACES = ("trait", "property", "attribute")
_WINDOW = ("within", "until", "since", "before", "session", "since_entry")
_KINDS = "an object with one of " + ", ".join(_READERS)


def _made(make: Callable[[], _T], path: str) -> _T:
    """Make a node; what it refuses is told with its place."""
    try:
        return make()
    except InvalidRulesError as error:
        raise InvalidRulesError(field=f"{path}.{error.field}", reason=error.reason, hint=error.hint) from None


def _only(data: dict[str, Any], known: Iterable[str], path: str) -> None:
    """Refuse keys that mean nothing here: a misspelled option must not be lost."""
    unknown = data.keys() - set(known)
    if unknown:
        reason = "a key that means nothing here" + meant(unknown, known)
        raise InvalidRulesError(field=path, reason=reason, hint="known are " + ", ".join(sorted(known)))


def meant(names: Iterable[str], known: Iterable[str]) -> str:
    """Return the known name that was probably meant, as the end of a sentence."""
    close = [match for name in sorted(names)[:5] for match in difflib.get_close_matches(name[:60], list(known), n=1)]
    return f" (did you mean {close[0]!r}?)" if close else ""


def _operator(data: dict[str, Any]) -> str:
    """Return the name of the operator, with a suggestion where it is none."""
    name = data.get("op")
    if not isinstance(name, str) or name not in OPERATORS:
        reason = "no such operator" + (meant([name], OPERATORS) if isinstance(name, str) else "")
        raise InvalidRulesError(field="op", reason=reason, hint="one of " + ", ".join(OPERATORS))
    return name


def _text(data: dict[str, Any], key: str, default: str) -> str:
    """Return a text."""
    value = data.get(key, default)
    if not isinstance(value, str):
        raise InvalidRulesError(field=key, reason="not text", hint="put it in quotation marks")
    return value


def _names(value: object, field: str = "name") -> tuple[str, ...]:
    """Return a name or a path of names."""
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list) or not names or not all(isinstance(name, str) for name in names):
        raise InvalidRulesError(field=field, reason="not a name or a list of names", hint="e.g. 'plan'")
    return tuple(names)


def _length(data: dict[str, Any], key: str, path: str) -> timedelta | None:
    """Return a duration, or None where there is none."""
    return duration_of(data[key], field=f"{path}.{key}") if key in data else None


def _moment(data: dict[str, Any], key: str, path: str) -> datetime | None:
    """Return an instant, or None where there is none."""
    return checked_instant(data[key], field=f"{path}.{key}") if key in data else None


def _field(data: dict[str, Any]) -> Field:
    """Return the field that a condition is on."""
    place: Place = "trait" if "trait" in data else "property" if "property" in data else "attribute"
    return Field(place, _names(data.get(place)))


def _inner_field(data: dict[str, Any], key: str) -> Field:
    """Return a field that stands in an object of its own."""
    inner = data.get(key)
    if not isinstance(inner, dict) or len(inner) != 1 or not inner.keys() <= set(_PLACES):
        raise InvalidRulesError(field=key, reason="no field", hint='e.g. {"trait": "plan"}')
    return _field(inner)


def _zone(data: dict[str, Any]) -> str | Field:
    """Return a time zone, or the trait that says it."""
    zone = data.get("zone")
    return zone if isinstance(zone, str) else _inner_field(data, "zone")


def _whole_numbers(data: dict[str, Any], key: str) -> tuple[int, ...]:
    """Return a list of whole numbers."""
    found = data.get(key)
    if not isinstance(found, list) or not all(type(each) is int for each in found):
        raise InvalidRulesError(field=key, reason="not a list of whole numbers", hint="e.g. [6, 7]")
    return tuple(found)
