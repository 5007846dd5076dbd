"""Constants of imported rules, which other platforms keep as text, brought to the kinds that traits and events have."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Protocol

from unified_profile.errors import InvalidRulesError

_NUMBER = re.compile(r"\s*([+-]?\d{1,38}(?:\.\d{1,38})?(?:[eE][+-]?\d{1,3})?)\s*\Z", re.ASCII)
_FLAGS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
_TOTALS = frozenset({"count", "distinct", "sum", "avg", "min", "max"})
_DEEPEST = 64


class Kinds(Protocol):
    """The kinds of traits and of the properties of events, as `Schema` has them."""

    @property
    def traits(self) -> Mapping[str, frozenset[str]]:
        """The kinds of each trait."""
        ...

    @property
    def events(self) -> Mapping[str, Mapping[str, frozenset[str]]]:
        """The kinds of each property, by the name of the event."""
        ...


def coerced(data: object, kinds: Kinds, /) -> object:
    """Return JSON *data* of a rule with constants of the kinds that their fields have; the rest stays as it is.

    >>> from unified_profile.expressions.checking import Schema
    >>> coerced({"trait": "age", "op": "ge", "value": "18"}, Schema({"age": "number"}))
    {'trait': 'age', 'op': 'ge', 'value': 18}

    Raises:
        InvalidRulesError: If a constant means nothing of that kind.
    """
    return _walked(data, kinds, (), "rule", 0)


def _walked(data: object, kinds: Kinds, names: tuple[str, ...], path: str, depth: int) -> object:
    """Walk through the rule; *names* are those of the events that a where-clause is about."""
    if depth > _DEEPEST:
        return data  # the reader refuses it
    if isinstance(data, list):
        return [_walked(each, kinds, names, f"{path}.{place}", depth + 1) for place, each in enumerate(data)]
    if not isinstance(data, dict):
        return data
    held = data.get("events", names)
    several = held if isinstance(held, (list, tuple)) else (held,)
    inner = tuple(each for each in several if isinstance(each, str))
    made = {
        key: value if key == "value" else _walked(value, kinds, inner, f"{path}.{key}", depth + 1)
        for key, value in data.items()
    }
    if "value" in data:
        wanted = _wanted(data, kinds, inner)
        made["value"] = _constant(data["value"], wanted, f"{path}.value")
    return made


def _wanted(data: Mapping[Any, Any], kinds: Kinds, names: tuple[str, ...]) -> frozenset[str]:
    """Return the kinds of value that a condition is about; none where nobody knows."""
    if data.get("over") == "size" or ("events" in data and data.get("measure", "count") in _TOTALS):
        return frozenset({"number"})
    name = data.get("of") if "events" in data else data.get("trait", data.get("property"))
    if not isinstance(name, str):
        return frozenset()
    if "trait" in data:
        return kinds.traits.get(name, frozenset())
    told = [kinds.events[each] for each in names or kinds.events if each in kinds.events]
    found: frozenset[str] = frozenset().union(*(properties.get(name, frozenset()) for properties in told))
    return found


def _constant(value: object, wanted: frozenset[str], path: str) -> object:
    """Return a constant, or each of several, as one of the kinds that are wanted."""
    if isinstance(value, list):
        return [_constant(each, wanted, path) for each in value]
    known = wanted & {"text", "number", "flag"}
    if not known or wanted - {"text", "number", "flag", "list"} or _kind(value) in known or _kind(value) == "":
        return value
    if "number" in known and isinstance(value, str) and (found := _NUMBER.match(value)):
        text = found.group(1)
        return float(text) if set(text) & set(".eE") else int(text)
    if "flag" in known and str(value).strip().lower() in _FLAGS:
        return _FLAGS[str(value).strip().lower()]
    if "text" in known and not isinstance(value, str):
        return str(value).lower() if isinstance(value, bool) else str(value)
    kinds = " or ".join(sorted(known))
    raise InvalidRulesError(field=path, reason=f"means no {kinds}, which the field holds", hint="write it as its kind")


def _kind(value: object) -> str:
    """Return which of the three kinds a constant is, "" for none."""
    if isinstance(value, bool):
        return "flag"
    return "number" if isinstance(value, (int, float)) else "text" if isinstance(value, str) else ""
