"""How the caller's own tables are laid out: the only place from which identifiers of a query come."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal, TypeAlias, get_args

import attrs

from unified_profile.errors import InvalidRulesError
from unified_profile.expressions.fields import ATTRIBUTES

Kind: TypeAlias = Literal["text", "integer", "float", "decimal", "flag", "instant", "date"]
Stored: TypeAlias = Literal["micros", "millis", "seconds", "timestamp"]

MOST_DIGITS = 15
"""How many digits a decimal column may have: so many survive as a float of JSON, and memory sees the same number."""

_LONGEST_NAME = 128


def _identifier(name: str) -> str:
    """Refuse what no database takes as a name; quoting is the dialect's."""
    if not isinstance(name, str) or not 0 < len(name) <= _LONGEST_NAME or not name.isprintable():
        raise InvalidRulesError(field="layout", reason="not the name of a table or column", hint="1 to 128 characters")
    return name


def _optional(name: str) -> str:
    """Keep "" for none."""
    return _identifier(name) if name else ""


@attrs.frozen
class Column:
    """A column of the caller's table, and what it holds.

    *kind* is ``"text"``, ``"integer"`` (64 bits), ``"float"`` (double precision), ``"decimal"`` (at most 15 digits, of
    which *scale* stand behind the point), ``"flag"``, ``"date"`` (the engine's own; in SQLite the text year-month-day),
    or ``"instant"``. An instant is *stored* as whole microseconds
    since 1970 UTC, as milliseconds or seconds likewise, or as the engine's own timestamp: with its zone, or without
    one in UTC (MySQL and Spark: while the session's zone is UTC). *ci* and *fold* name companion columns that hold the
    text without case, or without case, accents and width, as `companions` makes them; *version* names one that holds
    `version_key` of it. *null* says what NULL means:
    ``"missing"`` (never told) or ``"null"`` (told to be null).

    >>> Column("plan", "text").kind
    'text'

    Raises:
        InvalidRulesError: If the parts do not go together.

    .. versionadded:: 0.1
    """

    name: str = attrs.field(converter=_identifier)
    kind: Kind = "text"
    stored: Stored = attrs.field(default="micros", kw_only=True)
    scale: int = attrs.field(default=0, kw_only=True)
    ci: str = attrs.field(default="", converter=_optional, kw_only=True)
    fold: str = attrs.field(default="", converter=_optional, kw_only=True)
    version: str = attrs.field(default="", converter=_optional, kw_only=True)
    null: Literal["missing", "null"] = attrs.field(default="missing", kw_only=True)

    def __attrs_post_init__(self) -> None:
        """Refuse parts that do not go together."""
        if self.kind not in get_args(Kind) or self.stored not in get_args(Stored):
            known = ", ".join((*get_args(Kind), *get_args(Stored)))
            raise InvalidRulesError(field=f"column {self.name!r}", reason="of no kind known", hint=f"of {known}")
        if self.null not in {"missing", "null"}:
            raise InvalidRulesError(field=f"column {self.name!r}", reason="NULL means neither", hint="missing or null")
        if (self.ci or self.fold or self.version) and self.kind != "text":
            raise InvalidRulesError(field=f"column {self.name!r}", reason="only text has companions", hint="leave out")
        if isinstance(self.scale, bool) or not isinstance(self.scale, int) or not 0 <= self.scale <= MOST_DIGITS:
            raise InvalidRulesError(field=f"column {self.name!r}", reason="no such scale", hint="0 to 15")
        if self.scale and self.kind != "decimal":
            raise InvalidRulesError(
                field=f"column {self.name!r}", reason="only decimals have a scale", hint="leave out"
            )


# A dict whose keys are names and paths has no better type that a checker would infer.
Columns: TypeAlias = Mapping[Any, Column]


def _names(names: Iterable[str]) -> frozenset[str]:
    """Keep any collection of names; a bare string is a slip."""
    if isinstance(names, str):
        raise InvalidRulesError(field="layout", reason="a bare string", hint="pass a set of names")
    return frozenset(names)


def _paths(columns: Columns) -> dict[tuple[str, ...], Column]:
    """Key columns by path; none may lead into another."""
    if not isinstance(columns, Mapping):
        raise InvalidRulesError(
            field="layout", reason="no mapping of names to columns", hint="{'plan': Column('plan')}"
        )
    found: dict[tuple[str, ...], Column] = {}
    for path, column in columns.items():
        names = (path,) if isinstance(path, str) else tuple(path)
        if not names or not all(isinstance(name, str) and name for name in names):
            raise InvalidRulesError(field="layout", reason="a name that is no text", hint="e.g. 'plan'")
        if not isinstance(column, Column):
            raise InvalidRulesError(
                field=f"layout.{'.'.join(names)}", reason="no column", hint="Column('name', 'text')"
            )
        found[names] = column
    for path in found:
        if any(path[:length] in found for length in range(1, len(path))):
            raise InvalidRulesError(
                field=f"layout.{'.'.join(path)}", reason="leads into a column", hint="map one of both"
            )
    return found


def _elements(columns: Columns) -> dict[tuple[str, ...], Column]:
    """Key the columns of a list's elements; plain values have the key ``()``."""
    if not isinstance(columns, Mapping) or not columns:
        raise InvalidRulesError(field="layout.lists", reason="no columns", hint="map at least one")
    found = dict(columns)
    plain = found.get(())
    if plain is None:
        return _paths(columns)
    if len(found) > 1 or not isinstance(plain, Column):
        raise InvalidRulesError(field="layout.lists", reason="plain values beside others", hint="map one of both")
    return {(): plain}


@attrs.frozen
class ListTable:
    """A table with a row for each element of a list: the tags of a person, the products of an order.

    *owner* is the column that names the person (or event) the row is part of. *columns* are keyed by what leads to the
    value from the element: ``{"product_id": Column("sku")}``; for a list of plain values the key is ``()``. No row
    means that there is no list.

    .. versionadded:: 0.1
    """

    table: str = attrs.field(converter=_identifier)
    owner: str = attrs.field(converter=_identifier)
    columns: Mapping[tuple[str, ...], Column] = attrs.field(converter=_elements)


def _lists(lists: Mapping[str, ListTable]) -> dict[str, ListTable]:
    """Refuse what is no table of a list."""
    for name, each in dict(lists).items():
        if not isinstance(name, str) or not isinstance(each, ListTable):
            raise InvalidRulesError(field="layout", reason="no table of a list", hint="{'tags': ListTable(…)}")
    return dict(lists)


def _no_columns() -> dict[tuple[str, ...], Column]:
    return {}


@attrs.frozen
class EventTable:
    """The caller's table of events, one row an event.

    *owner* names the person, *id* the event (unique: it orders events of one instant), *at* says when it happened.
    *name*, *type* and other attributes are columns, or a constant text where all rows have the same; *properties* are
    columns, *lists* tables of their own whose owner is the event's id.

    .. versionadded:: 0.1
    """

    table: str = attrs.field(converter=_identifier)
    owner: str = attrs.field(converter=_identifier)
    id: str = attrs.field(converter=_identifier)
    at: Column
    name: Column | str = attrs.field(kw_only=True)
    type: Column | str = attrs.field(default="track", kw_only=True)
    attributes: Mapping[str, Column | str] = attrs.field(factory=dict, kw_only=True)
    properties: Mapping[tuple[str, ...], Column] = attrs.field(factory=_no_columns, converter=_paths, kw_only=True)
    lists: Mapping[str, ListTable] = attrs.field(factory=dict, converter=_lists, kw_only=True)

    def __attrs_post_init__(self) -> None:
        """Refuse events without a time, and attributes that events do not have."""
        if not isinstance(self.at, Column) or self.at.kind != "instant":
            raise InvalidRulesError(field="layout.events.at", reason="not an instant", hint="Column('at', 'instant')")
        if {"name", "occurred_at", "type"} & set(self.attributes) or set(self.attributes) - set(ATTRIBUTES):
            raise InvalidRulesError(field="layout.events", reason="no such attribute", hint="brand, channel or source")
        for each in (self.name, self.type, *self.attributes.values()):
            if not isinstance(each, str) and not (isinstance(each, Column) and each.kind == "text"):
                raise InvalidRulesError(field="layout.events", reason="an attribute is text", hint="Column(…) or text")

    def attribute(self, name: str) -> Column | str:
        """Return where an attribute stands; "" where there is none."""
        return {"name": self.name, "type": self.type, **self.attributes}.get(name, "")


@attrs.frozen
class MembershipTable:
    """The caller's table of who is in which segment since when: one row a member and segment.

    *entered* is the column that says since when, for windows since entry. *complete* names segments of which everybody
    without a row is known to be no member; of others it is unknown.

    .. versionadded:: 0.1
    """

    table: str = attrs.field(converter=_identifier)
    owner: str = attrs.field(converter=_identifier)
    segment: str = attrs.field(converter=_identifier)
    entered: Column | None = None
    complete: frozenset[str] = attrs.field(default=frozenset(), converter=_names)

    def __attrs_post_init__(self) -> None:
        """Refuse an entry that is no instant."""
        if self.entered is not None and (not isinstance(self.entered, Column) or self.entered.kind != "instant"):
            raise InvalidRulesError(
                field="layout.memberships.entered", reason="not an instant", hint="Column('entered', 'instant')"
            )


@attrs.frozen
class Layout:
    """Where people, their traits, events and memberships stand in the caller's database.

    >>> layout = Layout("customers", "id", {"plan": Column("plan", "text"), "age": Column("age", "integer")})
    >>> sorted(layout.traits)
    [('age',), ('plan',)]

    *elsewhere* names traits that exist but not in these tables (sealed ones, say): what is asked of them is finished in
    memory. *founding* is the column of what never changes of somebody, by which shares of people are drawn.

    .. versionadded:: 0.1
    """

    table: str = attrs.field(converter=_identifier)
    key: str = attrs.field(converter=_identifier)
    traits: Mapping[tuple[str, ...], Column] = attrs.field(factory=_no_columns, converter=_paths)
    lists: Mapping[str, ListTable] = attrs.field(factory=dict, converter=_lists, kw_only=True)
    events: EventTable | None = attrs.field(default=None, kw_only=True)
    memberships: MembershipTable | None = attrs.field(default=None, kw_only=True)
    elsewhere: frozenset[str] = attrs.field(default=frozenset(), converter=_names, kw_only=True)
    founding: str = attrs.field(default="", converter=_optional, kw_only=True)

    @property
    def names(self) -> frozenset[str]:
        """The names of all traits there are."""
        return frozenset(path[0] for path in self.traits) | frozenset(self.lists) | self.elsewhere
