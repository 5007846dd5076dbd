"""Facts as the compact JSON text that stores keep, and back. What equals its default is left out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import attrs

from unified_profile.errors import InvalidFactError
from unified_profile.model.facts import (
    ConsentRecord,
    ErasureOrder,
    Event,
    EventType,
    Fact,
    Judgement,
    ModelAdopted,
    Retraction,
    Severance,
    SourceRecord,
)
from unified_profile.model.rows import FactRow
from unified_profile.model.texts import compact
from unified_profile.model.times import from_micros, to_micros
from unified_profile.model.values import Identifier

MOST_CHARACTERS = 1_048_576
"""The longest body of a fact; what is longer belongs in the caller's own storage."""

KINDS: Mapping[str, type[Any]] = {
    "record": SourceRecord,
    "event": Event,
    "consent": ConsentRecord,
    "judgement": Judgement,
    "severance": Severance,
    "retraction": Retraction,
    "erasure": ErasureOrder,
    "model": ModelAdopted,
}
_KIND_OF = {kind: name for name, kind in KINDS.items()}
_BASE = ("id", "source", "occurred_at", "recorded_at", "tenant")
_IN_ROW = frozenset(_BASE)
_IDENTIFIERS = frozenset({"identifiers", "previous"})
_SINGLE = frozenset({"left", "right", "identifier"})
_TIMES = frozenset({"original_at", "sent_at", "received_at"})
_SPANS = frozenset({"retention", "duration"})


def _defaults(kind: type[Any]) -> tuple[tuple[str, Any], ...]:
    """Return the fields of *kind* that go into the body, with the default that is left out."""
    found = []
    for field in attrs.fields(kind):
        if field.name in _IN_ROW:
            continue
        default = field.default
        if isinstance(default, attrs.Factory):  # type: ignore[arg-type]  # Factory is a class at run time
            default = {}
        found.append((field.name, default))
    return tuple(found)


_FIELDS = {name: _defaults(kind) for name, kind in KINDS.items()}


def kind_of(fact: Fact, /) -> str:
    """Return the short name of the fact's kind, as the ``kind`` column has it."""
    try:
        return _KIND_OF[type(fact)]
    except KeyError:
        raise InvalidFactError(
            field="fact", reason=f"{type(fact).__name__} is not a kind of fact", hint="one of " + ", ".join(KINDS)
        ) from None


def _plain(identifier: Identifier) -> list[str]:
    if identifier.scope:
        return [identifier.namespace, identifier.value, identifier.scope]
    return [identifier.namespace, identifier.value]


def _form(name: str, value: Any) -> Any:
    if name in _IDENTIFIERS:
        return [_plain(identifier) for identifier in value]
    if name in _SINGLE:
        return _plain(value)
    if isinstance(value, datetime):
        return to_micros(value)
    if isinstance(value, timedelta):
        return value.total_seconds()
    return value


def _track(event: Event) -> dict[str, Any]:  # noqa: C901, PLR0912  # one branch a field
    """Return the body of an event: the hot one, written out; ``_FIELDS`` says the same for all kinds."""
    body: dict[str, Any] = {}
    if event.type is not EventType.TRACK:
        body["type"] = event.type
    if event.name:
        body["name"] = event.name
    if event.identifiers:
        body["identifiers"] = [
            [i.namespace, i.value, i.scope] if i.scope else [i.namespace, i.value] for i in event.identifiers
        ]
    if event.previous:
        body["previous"] = [_plain(identifier) for identifier in event.previous]
    if event.properties:
        body["properties"] = event.properties
    if event.traits:
        body["traits"] = event.traits
    if event.context:
        body["context"] = event.context
    if event.account:
        body["account"] = event.account
    if event.brand:
        body["brand"] = event.brand
    if event.channel:
        body["channel"] = event.channel
    if event.original_at is not None:
        body["original_at"] = to_micros(event.original_at)
    if event.sent_at is not None:
        body["sent_at"] = to_micros(event.sent_at)
    if event.received_at is not None:
        body["received_at"] = to_micros(event.received_at)
    return body


def _body(fact: Fact, kind: str) -> dict[str, Any]:
    if type(fact) is Event:
        return _track(fact)
    body: dict[str, Any] = {}
    for name, default in _FIELDS[kind]:
        value = getattr(fact, name)
        if value is not default and value != default:
            body[name] = _form(name, value)
    return body


def encode(fact: Fact, /, *, bundle: str, recorded_us: int) -> FactRow:
    """Return the row of *fact*, learned at *recorded_us* unless it says itself when.

    Raises:
        InvalidFactError: If a value is not JSON (NaN, a set, a date: write dates as ISO text), a text cannot be
            written as UTF-8, or the body is longer than ``MOST_CHARACTERS``.
    """
    kind = kind_of(fact)
    body = _body(fact, kind)
    try:
        text = compact(body) if body else "{}"
        if not text.isascii():
            text.encode()
    except UnicodeEncodeError:
        raise InvalidFactError(
            field="fact", reason="holds a lone surrogate, which no encoding can write", hint="decode the text correctly"
        ) from None
    except (TypeError, ValueError, RecursionError):
        raise _unwritable(body) from None
    if len(text) > MOST_CHARACTERS:
        raise InvalidFactError(
            field="fact",
            reason=f"longer than {MOST_CHARACTERS} characters",
            hint="keep large content elsewhere and refer to it",
        )
    recorded = recorded_us if fact.recorded_at is None else to_micros(fact.recorded_at)
    return FactRow(fact.id, kind, fact.source, bundle, to_micros(fact.occurred_at), recorded, text)


def decode(row: FactRow, /, *, tenant: str) -> Fact:
    """Return the fact of *row*; the inverse of ``encode``, with the time at which it was learned."""
    kind = row.kind
    body: dict[str, Any] = json.loads(row.body)
    for name, value in body.items():
        if name in _IDENTIFIERS:
            body[name] = tuple([Identifier(*parts) for parts in value])
        elif name in _SINGLE:
            body[name] = Identifier(*value)
        elif name in _TIMES:
            body[name] = from_micros(value)
        elif name in _SPANS:
            body[name] = timedelta(seconds=value)
    fact: Fact = KINDS[kind](
        id=row.id,
        source=row.source,
        occurred_at=from_micros(row.occurred_us),
        recorded_at=from_micros(row.recorded_us),
        tenant=tenant,
        **body,
    )
    return fact


_TRANSPORT = ("sent_at", "received_at", "original_at", "context")


def same_content(row: FactRow, other: FactRow, /) -> bool:
    """Say whether two rows of one id tell the same, whenever they were learned.

    An event that was sent again arrives at another time, from another clock correction: that is the same event. So is
    the row of a table without dates that was read again: it holds since it was read first.
    """
    if (row.kind, row.source) != (other.kind, other.source):
        return False
    if row.kind == "record":
        return row.body == other.body
    if row.kind != "event":
        return (row.occurred_us, row.body) == (other.occurred_us, other.body)
    return row.body == other.body or _without(row.body) == _without(other.body)


def _without(body: str) -> dict[str, Any]:
    return {name: value for name, value in json.loads(body).items() if name not in _TRANSPORT}


def _unwritable(body: Mapping[str, Any]) -> InvalidFactError:
    """Find the field that JSON cannot hold."""
    for name, value in body.items():
        parts = value.items() if isinstance(value, Mapping) else [("", value)]
        for key, part in parts:
            try:
                compact(part)
                compact({key: None})
            except (TypeError, ValueError, RecursionError):
                path = f"{name}.{key}" if isinstance(key, str) and key.isidentifier() and len(key) < 60 else name
                what = "nested too deeply" if _deep(part) else f"a {type(part).__name__} or what is in it is not JSON"
                return InvalidFactError(field=path, reason=what, hint="use text, numbers, booleans, lists and objects")
    return InvalidFactError(field="fact", reason="not JSON", hint="use text, numbers, booleans, lists and objects")


def _deep(value: Any, depth: int = 0) -> bool:
    if depth > 100:  # far beyond any real payload
        return True
    if isinstance(value, Mapping):
        return any(_deep(part, depth + 1) for part in value.values())
    return isinstance(value, (list, tuple)) and any(_deep(part, depth + 1) for part in value)
