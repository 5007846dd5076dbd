"""What was handed in and could not be taken, as text from which it can be made again, whatever it is."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import attrs

from unified_profile.errors import UnifiedProfileError
from unified_profile.model.codec import KINDS, decode, encode
from unified_profile.model.facts import Fact
from unified_profile.model.rows import FactRow
from unified_profile.model.values import Identifier

_FACTS = tuple(KINDS.values())
_TAG = "~"
_FORMS: tuple[tuple[Any, str, Callable[[Any], object]], ...] = (
    (datetime, "~datetime", datetime.isoformat),  # before its base, the date
    (date, "~date", date.isoformat),
    (time, "~time", time.isoformat),
    (timedelta, "~seconds", timedelta.total_seconds),
    (Decimal, "~decimal", str),
    ((bytes, bytearray), "~bytes", lambda value: bytes(value).hex()),
    ((set, frozenset), "~set", list),
    (Identifier, "~identifier", lambda value: [value.namespace, value.value, value.scope]),
    (Mapping, "~mapping", dict),
)
_MAKES: Mapping[str, Callable[[Any], object]] = {
    "~datetime": datetime.fromisoformat,
    "~date": date.fromisoformat,
    "~time": time.fromisoformat,
    "~seconds": lambda seconds: timedelta(seconds=seconds),
    "~decimal": Decimal,
    "~bytes": bytes.fromhex,
    "~set": set,
    "~identifier": lambda parts: Identifier(*parts),
    "~mapping": dict,
}


def raw_text(item: object, /) -> str:
    """Return *item* as ASCII JSON text from which ``raw_item`` makes something equal.

    What is neither a fact, nor JSON, nor a time or number of Python's own is kept as its Python form, so that a person
    can still read it.

    >>> raw_item(raw_text({"at": datetime(2026, 1, 1), "n": [1, None]}))
    {'at': datetime.datetime(2026, 1, 1, 0, 0), 'n': [1, None]}
    """
    if isinstance(item, _FACTS):
        return _fact_text(item)
    try:
        return json.dumps({"item": item}, default=_tagged)
    except (RecursionError, ValueError):
        return json.dumps({"nested": _flat(item)})
    except Exception:  # noqa: BLE001  # a stranger's object may raise anything when it is looked at
        return json.dumps({"repr": _shown(item)})


def raw_item(raw: str, /) -> object:
    """Return what was handed in, from its quarantine text.

    What is nested too deeply comes as the JSON text it would be; of a stranger's object comes a ``dict`` with its
    ``repr``.
    """
    held = json.loads(raw, object_hook=_untagged)
    for form in ("item", "nested"):
        if form in held:
            return held[form]
    if "row" in held:
        fact = decode(FactRow(*held["row"]), tenant=held["tenant"])
        return fact if held["recorded"] else attrs.evolve(fact, recorded_at=None)
    return held


def _tagged(value: object) -> dict[str, Any]:
    """Return what JSON has no form for as an object with a single key that says what it is."""
    for kinds, tag, form in _FORMS:
        if isinstance(value, kinds):
            return {tag: form(value)}
    return {"~repr": _shown(value)}


def _untagged(found: dict[str, Any]) -> object:
    if len(found) == 1:
        ((tag, value),) = found.items()
        make = _MAKES.get(tag) if tag.startswith(_TAG) else None
        if make is not None:
            try:
                return make(value)
            except Exception:  # noqa: BLE001  # somebody's own object that looks like ours
                return found
    return found


def _fact_text(fact: Fact) -> str:
    recorded = fact.recorded_at is not None
    try:
        row = encode(fact, bundle="", recorded_us=0)
        return json.dumps({"row": list(row), "tenant": fact.tenant, "recorded": recorded})
    except UnifiedProfileError:
        pass
    fields = {field.name: getattr(fact, field.name) for field in attrs.fields(type(fact))}
    try:
        return json.dumps({"fact": type(fact).__name__, "fields": fields}, default=_tagged)
    except Exception:  # noqa: BLE001  # nested without end, or worse
        shown = {name: _shown(value) for name, value in fields.items()}
        return json.dumps({"fact": type(fact).__name__, "fields": shown})


def _flat(value: object) -> str:
    """Return *value* as JSON text, however deeply it is nested; what holds itself is told by its type there."""
    pieces: list[str] = []
    waiting: list[tuple[str, object]] = [("value", value)]
    path: list[int] = []
    on_path: set[int] = set()
    while waiting:
        kind, one = waiting.pop()
        if kind == "text":
            pieces.append(str(one))
        elif kind == "end":
            pieces.append(str(one))
            on_path.discard(path.pop())
        elif isinstance(one, (Mapping, list, tuple)) and id(one) not in on_path:
            path.append(id(one))
            on_path.add(id(one))
            pairs = one.items() if isinstance(one, Mapping) else ((None, item) for item in one)
            inner: list[tuple[str, object]] = []
            for place, (key, item) in enumerate(pairs):
                comma = "," if place else ""
                inner.append(("text", comma + (f"{json.dumps(str(key))}:" if isinstance(one, Mapping) else "")))
                inner.append(("value", item))
            opening, closing = "{}" if isinstance(one, Mapping) else "[]"
            pieces.append(opening)
            waiting += [("end", closing), *reversed(inner)]
        elif isinstance(one, (Mapping, list, tuple)):
            pieces.append(json.dumps(f"the {type(one).__name__} itself"))
        else:
            pieces.append(json.dumps(one, default=_tagged))
    return "".join(pieces)


def _shown(value: object) -> str:
    try:
        return repr(value)
    except Exception:  # noqa: BLE001  # as above
        return f"a {type(value).__name__} that cannot be written down"
