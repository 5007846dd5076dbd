"""Rows of the caller's tables as the person that rules are asked about, so that memory sees what SQL sees."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from unified_profile.errors import InvalidInputError
from unified_profile.expressions.casing import folded, ignoring_case
from unified_profile.expressions.subject import Subject
from unified_profile.expressions.values import MISSING, instant_text
from unified_profile.model import Event, EventType, Membership
from unified_profile.model.times import from_micros
from unified_profile.segments.sql.layout import Column, EventTable, Layout, ListTable, MembershipTable

Row = Mapping[str, Any]

_SIZES = {"micros": 1, "millis": 1_000, "seconds": 1_000_000}


def companions(text: str | None, /) -> tuple[str | None, str | None]:
    """Return what the companion columns of a *text* hold: it without case, and without case, accents and width.

    >>> companions("Ｃafé")
    ('café', 'cafe')

    .. versionadded:: 0.1
    """
    return (None, None) if text is None else (ignoring_case(text), folded(text))


def person_of(
    layout: Layout,
    row: Row,
    *,
    lists: Mapping[str, Sequence[Row]] | None = None,
    events: Iterable[Row] = (),
    event_lists: Mapping[str, Mapping[str, Sequence[Row]]] | None = None,
    members: Iterable[Row] = (),
    denied: Container[str] = frozenset(),
    denied_events: Container[str] = frozenset(),
    purpose: str = "",
) -> Subject:
    """Return the person that a *row* of the layout's table makes, with rows of *lists* by trait and of *events*.

    *event_lists* are rows of lists by event id and property, *members* the person's rows of the table of memberships.
    Rows are mappings from column to value as a driver returns them.

    >>> layout = Layout("customers", "id", {"plan": Column("plan"), "seen": Column("seen_at", "instant")})
    >>> dict(person_of(layout, {"id": 1, "plan": "pro", "seen_at": 0}).traits)
    {'plan': 'pro', 'seen': '1970-01-01T00:00:00Z'}

    Raises:
        InvalidInputError: If a column is not in the row, or holds what its kind cannot.

    .. versionadded:: 0.1
    """
    traits = _values(layout.traits, row)
    for name, table in layout.lists.items():
        rows = (lists or {}).get(name, ())
        if rows:
            traits[name] = _elements(table, rows)
    made = [] if layout.events is None else [_event(layout.events, each, event_lists or {}) for each in events]
    key = str(_cell(row, layout.key))
    memberships, entered = _memberships(layout.memberships, key, members)
    return Subject(
        traits,
        made,
        memberships=memberships,
        entered=entered,
        founding=str(_cell(row, layout.founding) or "") if layout.founding else "",
        denied=denied,
        denied_events=denied_events,
        profile=key,
        purpose=purpose,
    )


def read_value(column: Column, value: Any, /) -> Any:
    """Return what a driver gave for *column* as a value of JSON; `MISSING` where NULL means that.

    Raises:
        InvalidInputError: If it is nothing that the column's kind can hold.
    """
    if value is None:
        return None if column.null == "null" else MISSING
    try:
        if column.kind == "instant":
            return instant_text(_instant(column, value))
        if column.kind == "decimal":
            exact = Decimal(value) if isinstance(value, (int, str, Decimal)) else Decimal(repr(float(value)))
            return int(exact) if exact == exact.to_integral_value() else float(exact)
        if column.kind == "date":
            return _day(value)
        return {"text": str, "integer": int, "float": float, "flag": bool}[column.kind](value)
    except (ArithmeticError, TypeError, ValueError):
        raise InvalidInputError(
            field=column.name, reason=f"holds a {type(value).__name__}, which is no {column.kind}", hint="map its kind"
        ) from None


def _day(value: Any) -> str:
    """Return a date as text."""
    if isinstance(value, date):
        return (value.date() if isinstance(value, datetime) else value).isoformat()
    found = date.fromisoformat(value)
    if found.isoformat() != value:
        raise ValueError(value)
    return str(value)


def _instant(column: Column, value: Any) -> datetime:
    """Return an instant as it is stored."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    return from_micros(int(value) * _SIZES[column.stored])


def _cell(row: Row, name: str) -> Any:
    """Return a cell."""
    if name not in row:
        raise InvalidInputError(field=name, reason="not in the row", hint="select every column of the layout")
    return row[name]


def _values(columns: Mapping[tuple[str, ...], Column], row: Row) -> dict[str, Any]:
    """Return the values of a row, those of paths inside objects."""
    found: dict[str, Any] = {}
    for path, column in columns.items():
        value = read_value(column, _cell(row, column.name))
        if value is MISSING:
            continue
        inner = found
        for name in path[:-1]:
            inner = inner.setdefault(name, {})
        inner[path[-1]] = value
    return found


def _memberships(
    table: MembershipTable | None, key: str, rows: Iterable[Row]
) -> tuple[dict[str, Membership], dict[str, datetime]]:
    """Return whom a person's rows of memberships make a member, and since when."""
    if table is None:
        return {}, {}
    found = {name: Membership(segment=name, profile=key, member=False) for name in table.complete}
    entered: dict[str, datetime] = {}
    for row in rows:
        name = str(_cell(row, table.segment))
        found[name] = Membership(segment=name, profile=key, member=True)
        since = None if table.entered is None else _cell(row, table.entered.name)
        if table.entered is not None and since is not None:
            at = _instant(table.entered, since)
            entered[name] = max(at, entered.get(name, at))
    return found, entered


def _elements(table: ListTable, rows: Sequence[Row]) -> list[Any]:
    """Return the elements of a list."""
    if () in table.columns:
        column = table.columns[()]
        values = (read_value(column, _cell(row, column.name)) for row in rows)
        return [None if value is MISSING else value for value in values]
    return [_values(table.columns, row) for row in rows]


def _event(table: EventTable, row: Row, lists: Mapping[str, Mapping[str, Sequence[Row]]]) -> Event:
    """Return the event that a row makes."""
    id = str(_cell(row, table.id))
    properties = _values(table.properties, row)
    for name, each in table.lists.items():
        rows = lists.get(id, {}).get(name, ())
        if rows:
            properties[name] = _elements(each, rows)

    def attribute(name: str) -> str:
        where = table.attribute(name)
        return where if isinstance(where, str) else str(_cell(row, where.name) or "")

    return Event(
        id=id,
        source=attribute("source") or "sql",
        occurred_at=_instant(table.at, _cell(row, table.at.name)),
        type=EventType(attribute("type")),
        name=attribute("name"),
        channel=attribute("channel"),
        brand=attribute("brand"),
        properties=properties,
    )
