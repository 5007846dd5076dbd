"""Many rules over frames of many people and events in one scan: leaves that rules share are computed once."""

from __future__ import annotations

from collections.abc import Container, Mapping
from datetime import datetime
from functools import reduce
from itertools import pairwise
from operator import and_, or_
from typing import TYPE_CHECKING, Any

from unified_profile.errors import InvalidInputError
from unified_profile.expressions.conditions import Condition
from unified_profile.expressions.events import EventFilter
from unified_profile.expressions.fields import Field
from unified_profile.expressions.logic import AllOf, AnyOf, Expression, NoneOf, Not
from unified_profile.expressions.measures import MeasureCondition
from unified_profile.expressions.subject import Subject
from unified_profile.expressions.tallies import contribution
from unified_profile.expressions.values import MISSING, Moment, micros_in
from unified_profile.frames import cells, column_names
from unified_profile.model.times import aware, to_micros
from unified_profile.segments.bulk.coded import Answers, Coded, Tables, listed
from unified_profile.segments.sql.layout import Column, Layout
from unified_profile.segments.sql.reading import person_of, read_value

if TYPE_CHECKING:
    from numpy.typing import NDArray

_WHOLE = frozenset({"count", "distinct", "sum", "min", "max", "first", "last"})


class Scan:
    """Frames of people, events and lists, read once, of which rules are asked at one moment.

    *tables* holds the frames (pandas, polars, pyarrow, DuckDB relations, or mappings of columns) under the names that
    the layout gives its tables. Conditions on columns and totals over events are answered column by column; what has
    no such way (sequences, lists, calendars) is asked person by person, with the same meaning.

    >>> from datetime import UTC
    >>> from unified_profile.segments import trait
    >>> from unified_profile.segments.sql import Column, Layout
    >>> people = {"id": [1, 2, 3], "age": [17, 18, None]}
    >>> scan = Scan(Layout("people", "id", {"age": Column("age", "integer")}), {"people": people})
    >>> scan.answers({"adult": trait("age") >= 18}, datetime(2026, 1, 1, tzinfo=UTC))
    {'adult': [False, True, None]}

    Raises:
        InvalidInputError: If a table or column of the layout is not there.
        MissingExtraError: If narwhals is needed and not installed.

    .. versionadded:: 0.1
    """

    def __init__(
        self,
        layout: Layout,
        tables: Tables,
        *,
        denied: Container[str] = frozenset(),
        denied_events: Container[str] = frozenset(),
    ) -> None:
        """Take the frames; columns are read when a rule first asks for them."""
        self.layout, self.tables = layout, dict(tables)
        self.denied, self.denied_events = denied, denied_events
        self.keys: list[Any] = list(listed(self._cells(layout.table, layout.key)))
        self._columns: dict[tuple[str, str], Coded] = {}
        self._people: list[Subject] | None = None
        self._order: tuple[NDArray[Any], NDArray[Any], NDArray[Any]] | None = None

    def __len__(self) -> int:
        """Return how many people there are."""
        return len(self.keys)

    def answers(self, rules: Mapping[str, Expression], now: datetime) -> dict[str, list[bool | None]]:
        """Return everybody's answer to each of *rules*, in the order of the frame of people."""
        return {name: answer.listed() for name, answer in self._asked(rules, now).items()}

    def members(self, rules: Mapping[str, Expression], now: datetime) -> dict[str, NDArray[Any]]:
        """Return for each of *rules* whether somebody is a member, as an array in the order of the frame of people."""
        return {name: answer.true for name, answer in self._asked(rules, now).items()}

    def _asked(self, rules: Mapping[str, Expression], now: datetime) -> dict[str, Answers]:
        at, known = to_micros(aware(now, field="now")), dict[Expression, Answers]()
        return {name: self._rule(rule, at, known) for name, rule in rules.items()}

    # --- joining -----------------------------------------------------------------------------------------------------

    def _rule(self, rule: Expression, now: int, known: dict[Expression, Answers]) -> Answers:
        if rule not in known:
            known[rule] = self._joined(rule, now, known)
        return known[rule]

    def _joined(self, rule: Expression, now: int, known: dict[Expression, Answers]) -> Answers:
        if isinstance(rule, (AllOf, AnyOf, NoneOf, Not)):
            parts = [self._rule(part, now, known) for part in rule.children if isinstance(part, Expression)]
            return joined(rule, parts, len(self))
        if isinstance(rule, Condition) and rule.field.path in self.layout.traits:
            return self._trait(rule, now)
        if isinstance(rule, MeasureCondition):
            found = self._measure(rule, now)
            if found is not None:
                return found
        return self._one_by_one(rule, now)

    def _trait(self, rule: Condition, now: int) -> Answers:
        if rule.field.name in self.denied:
            return Answers.all(len(self), answer=None)
        column = self._coded(self.layout.table, self.layout.traits[rule.field.path])
        judge = rule.judge()
        return column.asked(lambda value: judge(value, now))

    def _one_by_one(self, rule: Expression, now: int) -> Answers:
        """Ask person by person."""
        import numpy as np

        run = rule.compiled()
        found = [run(person, now) for person in self._everybody()]
        return Answers(np.array([each is True for each in found]), np.array([each is False for each in found]))

    # --- events ------------------------------------------------------------------------------------------------------

    def _measure(self, rule: MeasureCondition, now: int) -> Answers | None:
        """Return the answers to a condition on a total, None where columns do not suffice."""
        measure, events = rule.measure, self.layout.events
        if events is None or measure.aggregate not in _WHOLE or measure.session is not None or measure.since_entry:
            return None
        if measure.of and measure.of not in events.properties:
            return None
        if _denied(measure.events, self.denied_events):
            return Answers.all(len(self), answer=None)
        within = self._within(measure.events, now)
        if within is None:
            return None
        mask = within & self._window(rule, now)
        values, codes = self._totals(rule, mask)
        verdict = rule.verdict()
        return Coded(values, codes).asked(lambda value: verdict(value, now))

    def _window(self, rule: MeasureCondition, now: int) -> NDArray[Any]:
        """Return which events lie in the window."""
        measure, (_, times, _) = rule.measure, self._placed()
        mask: NDArray[Any] = times <= now - (0 if measure.until is None else micros_in(measure.until))
        if measure.within is not None:
            mask &= times >= now - micros_in(measure.within)
        if measure.since is not None:
            mask &= times >= to_micros(measure.since)
        if measure.before is not None:
            mask &= times < to_micros(measure.before)
        return mask

    def _within(self, events: EventFilter, now: int) -> NDArray[Any] | None:
        """Return which events a filter speaks of, None where columns do not suffice."""
        import numpy as np

        table = self.layout.events
        assert table is not None  # noqa: S101  # asked before
        owners, _, _ = self._placed()
        mask = owners >= 0
        for where, wanted in ((table.name, events.names), (table.type, (events.type,) if events.type else ())):
            if wanted and isinstance(where, Column):
                found = self._event_column(where).asked(lambda value, wanted=wanted: value in wanted)  # type: ignore[misc]  # bound at once
                mask &= found.true
            elif wanted and where not in wanted:
                mask &= np.zeros_like(mask)
        if events.where is not None:
            answer = self._clause(events.where, now)
            if answer is None:
                return None
            mask = mask & answer.true
        return mask

    def _clause(self, rule: Expression, now: int) -> Answers | None:
        """Return the answers of all events to a where-clause, None where columns do not suffice."""
        rows = len(self._placed()[0])
        if isinstance(rule, (AllOf, AnyOf, NoneOf, Not)):
            parts = [self._clause(part, now) for part in rule.children if isinstance(part, Expression)]
            known = [part for part in parts if part is not None]
            return joined(rule, known, rows) if len(known) == len(parts) else None
        column = self._where_of(rule.field) if isinstance(rule, Condition) else None
        if column is None or not isinstance(rule, Condition):
            return None
        judge = rule.judge()
        return column.asked(lambda value: judge(value, now))

    def _where_of(self, field: Field) -> Coded | None:
        """Return the column of a property or attribute of events, None where it is no column."""
        table = self.layout.events
        assert table is not None  # noqa: S101  # asked before
        if field.place == "property":
            return self._event_column(table.properties[field.path]) if field.path in table.properties else None
        where = table.at if field.name == "occurred_at" else table.attribute(field.name)
        if not isinstance(where, Column) or field.name == "occurred_at":
            return None
        column = self._event_column(where)
        return Coded([MISSING if value == "" else value for value in column.values], column.codes)

    def _totals(self, rule: MeasureCondition, mask: NDArray[Any]) -> tuple[list[Any], NDArray[Any]]:
        """Return the different totals, and which of them each person has."""
        import numpy as np

        measure, rows = rule.measure, len(self)
        owners, times, places = self._placed()
        if measure.aggregate == "count":
            counts = np.bincount(owners[mask], minlength=rows)
            different, codes = np.unique(counts, return_inverse=True)
            return [int(count) or None for count in different], codes
        column = self._where_of(Field("property", measure.of)) if measure.of else None
        brought = [Moment(0)] if column is None else [contribution(measure.aggregate, each) for each in column.values]
        if column is not None:
            mask = mask & np.array([each is not None for each in brought], dtype=bool)[column.codes]
        index = np.flatnonzero(mask)
        index = index[np.lexsort((places[index], owners[index]))]
        owner = owners[index]
        if measure.aggregate in {"first", "last"}:
            return self._ends(
                measure.aggregate, index, owner, None if column is None else (brought, column.codes), times
            )
        assert column is not None  # noqa: S101  # such a total is of a property
        bounds = [*np.flatnonzero(np.r_[True, owner[1:] != owner[:-1]]).tolist(), len(owner)] if len(owner) else []
        values: list[Any] = [None]
        codes = np.zeros(rows, dtype=np.int64)
        for start, end in pairwise(bounds):
            tally = measure.tally()
            for code in column.codes[index[start:end]].tolist():
                tally.push(brought[code])
            codes[owner[start]] = len(values)
            values.append(tally.value())
        return values, codes

    def _ends(
        self,
        aggregate: str,
        index: NDArray[Any],
        owner: NDArray[Any],
        brought: tuple[list[Any], NDArray[Any]] | None,
        times: NDArray[Any],
    ) -> tuple[list[Any], NDArray[Any]]:
        """Return what the first or last event of each person brings."""
        import numpy as np

        edge = owner[1:] != owner[:-1]
        chosen = np.r_[True, edge] if aggregate == "first" else np.r_[edge, True]
        chosen = np.flatnonzero(chosen[: len(owner)])
        codes = np.zeros(len(self), dtype=np.int64)
        if brought is None:
            different, found = np.unique(times[index[chosen]], return_inverse=True)
            codes[owner[chosen]] = found + 1
            return [None, *(Moment(at) for at in different.tolist())], codes
        codes[owner[chosen]] = brought[1][index[chosen]] + 1
        return [None, *brought[0]], codes

    # --- reading -----------------------------------------------------------------------------------------------------

    def _cells(self, table: str, name: str) -> NDArray[Any] | list[Any]:
        if table not in self.tables:
            raise InvalidInputError(field=f"tables.{table}", reason="not there", hint="hand in a frame for each table")
        return cells(self.tables[table], name, field=table)

    def _coded(self, table: str, column: Column) -> Coded:
        key = (table, column.name)
        if key not in self._columns:
            self._columns[key] = Coded.of(self._cells(table, column.name), lambda cell: read_value(column, cell))
        return self._columns[key]

    def _event_column(self, column: Column) -> Coded:
        assert self.layout.events is not None  # noqa: S101  # asked before
        return self._coded(self.layout.events.table, column)

    def _placed(self) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
        """Return of each event whose it is (-1 of nobody), when it happened, and its place in the order of all."""
        import numpy as np

        if self._order is None:
            table = self.layout.events
            assert table is not None  # noqa: S101  # asked before
            at = Coded.of(self._cells(table.table, table.at.name), lambda cell: _micros(table.at, cell))
            numbers = {key: place for place, key in enumerate(self.keys)}
            whose = Coded.of(self._cells(table.table, table.owner), lambda cell: numbers.get(cell, -1))
            owners = np.array(whose.values, dtype=np.int64)[whose.codes] if len(whose.codes) else whose.codes
            times = np.array(at.values, dtype=np.int64)[at.codes] if len(at.codes) else at.codes
            ids = np.array([str(id) for id in listed(self._cells(table.table, table.id))], dtype=object)
            places = np.empty(len(times), dtype=np.int64)
            places[np.lexsort((_ranks(ids), times))] = np.arange(len(times))
            self._order = owners, times, places
        return self._order

    def _everybody(self) -> list[Subject]:
        """Return people one by one, for what columns do not answer."""
        if self._people is None:
            layout, events = self.layout, self.layout.events
            lists = {name: _by_owner(self._rows(table.table), table.owner) for name, table in layout.lists.items()}
            told = {} if events is None else _by_owner(self._rows(events.table), events.owner)
            parts = {} if events is None else events.lists
            inner = {name: _by_owner(self._rows(table.table), table.owner) for name, table in parts.items()}
            table = layout.memberships
            members = {} if table is None else _by_owner(self._rows(table.table), table.owner)
            self._people = [
                person_of(
                    layout,
                    row,
                    lists={name: found.get(row[layout.key], []) for name, found in lists.items()},
                    events=told.get(row[layout.key], []),
                    event_lists={
                        str(event[events.id]): {name: found.get(event[events.id], []) for name, found in inner.items()}
                        for event in told.get(row[layout.key], [])
                        if events is not None
                    },
                    members=members.get(row[layout.key], []),
                    denied=self.denied,
                    denied_events=self.denied_events,
                )
                for row in self._rows(layout.table)
            ]
        return self._people

    def _rows(self, table: str) -> list[dict[str, Any]]:
        """Return the rows of a frame as mappings."""
        if table not in self.tables:
            raise InvalidInputError(field=f"tables.{table}", reason="not there", hint="hand in a frame for each table")
        names = column_names(self.tables[table], field=table)
        found = [listed(cells(self.tables[table], name, field=table)) for name in names]
        return [dict(zip(names, row, strict=True)) for row in zip(*found, strict=True)]


def joined(rule: Expression, parts: list[Answers], rows: int) -> Answers:
    """Return the answers of joined rules."""
    if isinstance(rule, Not):
        return ~parts[0]
    if isinstance(rule, AllOf):
        return reduce(and_, parts, Answers.all(rows, answer=True))
    some = reduce(or_, parts, Answers.all(rows, answer=False))
    return ~some if isinstance(rule, NoneOf) else some


def _denied(events: EventFilter, denied: Container[str]) -> bool:
    return any(name in denied for name in events.names) if events.names else bool(denied)


def _micros(column: Column, cell: Any) -> int:
    """Return when an event happened; what has no time never does."""
    from unified_profile.expressions.values import LAST_US, instant_of

    found = instant_of(read_value(column, cell))
    return LAST_US + 1 if found is None else found


def _ranks(ids: NDArray[Any]) -> NDArray[Any]:
    """Return the order of texts by code point."""
    import numpy as np

    ranks = np.empty(len(ids), dtype=np.int64)
    ranks[np.array(sorted(range(len(ids)), key=ids.__getitem__), dtype=np.int64)] = np.arange(len(ids))
    return ranks


def _by_owner(rows: list[dict[str, Any]], owner: str) -> dict[Any, list[dict[str, Any]]]:
    """Group rows by whose they are."""
    found: dict[Any, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(row[owner], []).append(row)
    return found
