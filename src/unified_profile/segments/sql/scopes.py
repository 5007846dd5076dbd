"""Where a field of a rule stands in the caller's tables, as a value in SQL."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from unified_profile.errors import UnknownNameError
from unified_profile.expressions.fields import Field
from unified_profile.segments.sql.binding import Binder, UnpushableError
from unified_profile.segments.sql.comparing import NUMBERS, Value
from unified_profile.segments.sql.layout import Column, EventTable, Layout, ListTable


@attrs.frozen
class Rows:
    """The rows that a condition is asked of, by the alias of their table: people, events, or *elements* of a list."""

    alias: str
    elements: ListTable | None = attrs.field(default=None, eq=False)
    of: str = ""


PEOPLE, EVENTS = Rows("up_p"), Rows("up_e")
ELEMENT = "up_i"
"""The alias of a list's table where its elements are counted."""


def elements_of(table: ListTable, /) -> Rows:
    """Return the rows of a list's table."""
    return Rows(ELEMENT, table, f"{table.table}.{table.owner}")


@attrs.frozen
class Elements:
    """A field whose values are rows of a table of their own."""

    table: ListTable
    column: Column


@attrs.frozen
class Whole:
    """A field that is a list of objects (*table*), or an object by what says that one of its parts is *there*."""

    table: ListTable | None = None
    there: str = ""


def value_of(binder: Binder, column: Column, alias: str) -> Value:
    """Return what *column* of the table *alias* holds."""
    dialect = binder.dialect
    raw = f"{alias}.{dialect.identifier(column.name)}"
    if column.kind == "text":
        folds = tuple(
            (case, dialect.as_text(f"{alias}.{dialect.identifier(name)}"))
            for case, name in (("ci", column.ci), ("fold", column.fold), ("version", column.version))
            if name
        )
        return Value(raw, dialect.as_text(raw), "text", folds=folds)
    if column.kind in NUMBERS:
        return Value(raw, dialect.as_number(raw, column.kind), column.kind, column.scale)
    if column.kind == "date":
        day = dialect.as_day(raw)
        return Value(raw, dialect.text.format(x=dialect.day_text.format(x=day)), "text", day=day)
    if column.kind == "instant":
        return Value(raw, dialect.as_micros(raw, column.stored), "instant")
    return Value(raw, raw, "flag")


def constant(binder: Binder, text: str) -> Value:
    """Return an attribute that all rows have in common; "" is none."""
    if not text:
        return Value("NULL", binder.dialect.null, "text")
    return Value(binder.text(text), binder.text(text), "text")


def find(binder: Binder, field: Field, layout: Layout, rows: Rows) -> Value | Elements | Whole:
    """Return where a trait, or a property or attribute of an event (or a part of an element), stands.

    Raises:
        UnknownNameError: If the layout has none of that name.
        UnpushableError: If it is not in these tables.
    """
    if rows.elements is not None:
        if field.place != "property" or field.path not in rows.elements.columns:
            raise UnpushableError("a part of an element that has no column")
        return value_of(binder, rows.elements.columns[field.path], rows.alias)
    if field.place == "trait":
        if field.name in layout.elsewhere:
            raise UnpushableError("a trait that is not in these tables")
        return _found(binder, field, layout.traits, layout.lists, PEOPLE.alias)
    events, alias = events_of(layout), EVENTS.alias
    if field.place == "property":
        return _found(binder, field, events.properties, events.lists, alias)
    if field.name == "occurred_at":
        return value_of(binder, events.at, alias)
    where = events.attribute(field.name)
    if isinstance(where, str):
        return constant(binder, where)
    value = value_of(binder, where, alias)
    # An empty attribute is one that nobody told.
    empty = f"(CASE WHEN {value.typed} <> {binder.text('')} THEN {value.raw} END)"
    return attrs.evolve(value, raw=empty, typed=binder.dialect.as_text(empty))


def _found(
    binder: Binder,
    field: Field,
    columns: Mapping[tuple[str, ...], Column],
    lists: Mapping[str, ListTable],
    alias: str,
) -> Value | Elements | Whole:
    """Return a column by its path, a column of a list by what leads to it, or what has no column as a whole."""
    if field.path in columns:
        return value_of(binder, columns[field.path], alias)
    name, rest = field.path[0], field.path[1:]
    if name in lists:
        if rest in lists[name].columns:
            return Elements(lists[name], lists[name].columns[rest])
        if not rest:
            return Whole(lists[name])
        raise UnpushableError("a part of an element that has no column")
    inner = [column for path, column in columns.items() if path[: len(field.path)] == field.path]
    if inner:
        # There is an object where any of its parts was told.
        quoted = binder.dialect.identifier
        told = (f"{alias}.{quoted(each.name)} IS NOT NULL" if each.null == "missing" else "1 = 1" for each in inner)
        return Whole(there=f"({' OR '.join(told)})")
    if any(path[0] == name for path in columns):
        raise UnpushableError("a part of an object that has no column")
    known = {path[0] for path in columns} | set(lists)
    raise UnknownNameError(kind=field.place, name=field.said[:60], known=known)


def events_of(layout: Layout) -> EventTable:
    """Return the table of events.

    Raises:
        UnknownNameError: If the layout has none.
    """
    if layout.events is None:
        raise UnknownNameError(kind="table of events", name="events", known=())
    return layout.events
