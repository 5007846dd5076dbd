"""Reading the parts that rules in JSON are made of, each refused with its place."""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any, NoReturn, TypeVar

from unified_profile.errors import InvalidRulesError
from unified_profile.expressions.fields import Field, Place
from unified_profile.expressions.operators import OPERATORS
from unified_profile.expressions.shape import DEEPEST
from unified_profile.expressions.values import checked_instant, duration_of

_T = TypeVar("_T")

PLACES = ("trait", "property", "attribute")

LONGEST_JSON = 1_000_000
"""How many characters the JSON text of a rule may have."""


def data_of(source: object) -> object:
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


def made(make: Callable[[], _T], path: str) -> _T:
    """Make a node; what it refuses is told with its place."""
    try:
        return make()
    except InvalidRulesError as error:
        raise InvalidRulesError(field=f"{path}.{error.field}", reason=error.reason, hint=error.hint) from None


def only(data: dict[str, Any], known: Iterable[str], path: str) -> None:
    """Refuse keys that mean nothing here: a misspelled option must not be lost."""
    unknown = data.keys() - set(known)
    if unknown:
        reason = "a key that means nothing here" + meant(unknown, known)
        raise InvalidRulesError(field=path, reason=reason, hint="known are " + ", ".join(sorted(known)))


def meant(names: Iterable[str], known: Iterable[str]) -> str:
    """Return the known name that was probably meant, as the end of a sentence."""
    close = [match for name in sorted(names)[:5] for match in difflib.get_close_matches(name[:60], list(known), n=1)]
    return f" (did you mean {close[0]!r}?)" if close else ""


def operator_in(data: dict[str, Any]) -> str:
    """Return the name of the operator, with a suggestion where it is none."""
    name = data.get("op")
    if not isinstance(name, str) or name not in OPERATORS:
        reason = "no such operator" + (meant([name], OPERATORS) if isinstance(name, str) else "")
        raise InvalidRulesError(field="op", reason=reason, hint="one of " + ", ".join(OPERATORS))
    return name


def text_in(data: dict[str, Any], key: str, default: str) -> str:
    """Return a text."""
    value = data.get(key, default)
    if not isinstance(value, str):
        raise InvalidRulesError(field=key, reason="not text", hint="put it in quotation marks")
    return value


def names_in(value: object, field: str = "name") -> tuple[str, ...]:
    """Return a name or a path of names."""
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list) or not names or not all(isinstance(name, str) for name in names):
        raise InvalidRulesError(field=field, reason="not a name or a list of names", hint="e.g. 'plan'")
    return tuple(names)


def length_in(data: dict[str, Any], key: str, path: str) -> timedelta | None:
    """Return a duration, or None where there is none."""
    return duration_of(data[key], field=f"{path}.{key}") if key in data else None


def moment_in(data: dict[str, Any], key: str, path: str) -> datetime | None:
    """Return an instant, or None where there is none."""
    return checked_instant(data[key], field=f"{path}.{key}") if key in data else None


def field_in(data: dict[str, Any]) -> Field:
    """Return the field that a condition is on."""
    place: Place = "trait" if "trait" in data else "property" if "property" in data else "attribute"
    return Field(place, names_in(data.get(place)))


def inner_field(data: dict[str, Any], key: str) -> Field:
    """Return a field that stands in an object of its own."""
    inner = data.get(key)
    if not isinstance(inner, dict) or len(inner) != 1 or not inner.keys() <= set(PLACES):
        raise InvalidRulesError(field=key, reason="no field", hint='e.g. {"trait": "plan"}')
    return field_in(inner)


def zone_in(data: dict[str, Any]) -> str | Field:
    """Return a time zone, or the trait that says it."""
    zone = data.get("zone")
    return zone if isinstance(zone, str) else inner_field(data, "zone")


def whole_numbers_in(data: dict[str, Any], key: str) -> tuple[int, ...]:
    """Return a list of whole numbers."""
    found = data.get(key)
    if not isinstance(found, list) or not all(type(each) is int for each in found):
        raise InvalidRulesError(field=key, reason="not a list of whole numbers", hint="e.g. [6, 7]")
    return tuple(found)
