"""Many rules over frames of many people and events in one scan: leaves that rules share are computed once."""

from __future__ import annotations

from collections.abc import Container, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from unified_profile.expressions.conditions import Condition
from unified_profile.expressions.logic import AllOf, AnyOf, Expression, NoneOf, Not
from unified_profile.expressions.measures import MeasureCondition
from unified_profile.expressions.subject import Subject
from unified_profile.model.times import aware, to_micros
from unified_profile.segments.bulk.coded import Answers, Tables, joined, listed
from unified_profile.segments.bulk.columns import Columns
from unified_profile.segments.bulk.told import Told
from unified_profile.segments.sql.layout import Layout
from unified_profile.segments.sql.reading import person_of

if TYPE_CHECKING:
    from numpy.typing import NDArray


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
        self.layout, self._columns = layout, Columns(tables)
        self.denied, self.denied_events = denied, denied_events
        self.keys: list[Any] = list(listed(self._columns.cells(layout.table, layout.key)))
        self._told = None if layout.events is None else Told(self._columns, layout.events, self.keys, denied_events)
        self._people: list[Subject] | None = None

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
        if isinstance(rule, MeasureCondition) and self._told is not None:
            found = self._told.asked(rule, now)
            if found is not None:
                return found
        return self._one_by_one(rule, now)

    def _trait(self, rule: Condition, now: int) -> Answers:
        if rule.field.name in self.denied:
            return Answers.all(len(self), answer=None)
        column = self._columns.coded(self.layout.table, self.layout.traits[rule.field.path])
        judge = rule.judge()
        return column.asked(lambda value: judge(value, now))

    def _one_by_one(self, rule: Expression, now: int) -> Answers:
        """Ask person by person."""
        import numpy as np

        run = rule.compiled()
        found = [run(person, now) for person in self._everybody()]
        return Answers(np.array([each is True for each in found]), np.array([each is False for each in found]))

    def _everybody(self) -> list[Subject]:
        """Return people one by one, for what columns do not answer."""
        if self._people is None:
            layout, events = self.layout, self.layout.events
            lists = {name: self._columns.by_owner(table.table, table.owner) for name, table in layout.lists.items()}
            told = {} if events is None else self._columns.by_owner(events.table, events.owner)
            parts = {} if events is None else events.lists
            inner = {name: self._columns.by_owner(table.table, table.owner) for name, table in parts.items()}
            table = layout.memberships
            members = {} if table is None else self._columns.by_owner(table.table, table.owner)
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
                for row in self._columns.rows(layout.table)
            ]
        return self._people
