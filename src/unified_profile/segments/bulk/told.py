"""The events of a frame: whose they are, when they happened, and what conditions on them answer of everybody."""

from __future__ import annotations

from collections.abc import Callable, Container
from typing import TYPE_CHECKING, Any

from unified_profile.expressions.amounts import Measure
from unified_profile.expressions.conditions import Condition
from unified_profile.expressions.events import EventFilter
from unified_profile.expressions.fields import Field
from unified_profile.expressions.logic import AllOf, AnyOf, Expression, NoneOf, Not
from unified_profile.expressions.measures import MeasureCondition
from unified_profile.expressions.tallies import contribution
from unified_profile.expressions.values import MISSING, Moment, micros_in
from unified_profile.model.times import to_micros
from unified_profile.segments.bulk.coded import Answers, Coded, joined, listed
from unified_profile.segments.bulk.columns import Columns
from unified_profile.segments.bulk.totals import counted, totaled
from unified_profile.segments.sql.layout import Column, EventTable

if TYPE_CHECKING:
    from numpy.typing import NDArray

_WHOLE = frozenset({"count", "distinct", "sum", "avg", "min", "max", "first", "last"})


class Told:
    """The events of *people* (their keys), of which those of names in *denied* may not be used."""

    def __init__(self, columns: Columns, table: EventTable, people: list[Any], denied: Container[str]) -> None:
        """Take the frames; columns are read when they are first asked for."""
        self.columns, self.table, self.denied, self.people = columns, table, denied, people
        self._placed: tuple[NDArray[Any], NDArray[Any]] | None = None
        self._order: NDArray[Any] | None = None

    def asked(self, rule: MeasureCondition, now: int) -> Answers | None:
        """Return everybody's answers to a condition on a total, None where columns do not suffice."""
        import numpy as np

        measure, people = rule.measure, len(self.people)
        if measure.aggregate not in _WHOLE or measure.session is not None or measure.since_entry:
            return None
        if measure.of and measure.of not in self.table.properties:
            return None
        if _denied(measure.events, self.denied):
            return Answers.all(people, answer=None)
        within = self._within(measure.events, now)
        if within is None:
            return None
        chosen = np.flatnonzero(within & self._window(measure, now))
        verdict: Callable[[Any, int], Any] = rule.verdict()
        return self._total(measure, chosen).asked(lambda value: verdict(value, now))

    def _total(self, measure: Measure, chosen: NDArray[Any]) -> Coded:
        owners, _ = self._whose()
        if measure.aggregate == "count":
            return counted(owners[chosen], len(self.people))
        column = self._column(Field("property", measure.of)) if measure.of else None
        if measure.aggregate in {"first", "last"}:
            return self._end(measure.aggregate, column, chosen)
        assert column is not None  # noqa: S101  # such a total is of a property
        return totaled(measure, column, owners, chosen, len(self.people))

    def _window(self, measure: Measure, now: int) -> NDArray[Any]:
        """Return which events lie in the window."""
        _, times = self._whose()
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

        owners, _ = self._whose()
        mask = owners >= 0
        kinds = ((self.table.name, events.names), (self.table.type, (events.type,) if events.type else ()))
        for where, wanted in kinds:
            if wanted and isinstance(where, Column):
                found = self._coded(where).asked(lambda value, wanted=wanted: value in wanted)  # type: ignore[misc]  # bound at once
                mask &= found.true
            elif wanted and where not in wanted:
                mask &= np.zeros_like(mask)
        if events.where is not None:
            answer = self._clause(events.where, now)
            if answer is None:
                return None
            mask &= answer.true
        return mask

    def _clause(self, rule: Expression, now: int) -> Answers | None:
        """Return the answers of all events to a where-clause, None where columns do not suffice."""
        if isinstance(rule, (AllOf, AnyOf, NoneOf, Not)):
            parts = [self._clause(part, now) for part in rule.children if isinstance(part, Expression)]
            known = [part for part in parts if part is not None]
            return joined(rule, known, len(self._whose()[0])) if len(known) == len(parts) else None
        column = self._column(rule.field) if isinstance(rule, Condition) else None
        if column is None or not isinstance(rule, Condition):
            return None
        judge = rule.judge()
        return column.asked(lambda value: judge(value, now))

    def _column(self, field: Field) -> Coded | None:
        """Return the column of a property or attribute, None where it is no column."""
        if field.place == "property":
            return self._coded(self.table.properties[field.path]) if field.path in self.table.properties else None
        where = self.table.attribute(field.name)
        if not isinstance(where, Column) or field.name == "occurred_at":
            return None
        column = self._coded(where)
        return Coded([MISSING if value == "" else value for value in column.values], column.codes)

    def _coded(self, column: Column) -> Coded:
        return self.columns.coded(self.table.table, column)

    def _end(self, aggregate: str, column: Coded | None, chosen: NDArray[Any]) -> Coded:
        """Return what the first or last event of each person brings."""
        import numpy as np

        owners, times = self._whose()
        codes = np.zeros(len(self.people), dtype=np.int64)
        if column is None:
            whose, at = owners[chosen], times[chosen]
            order = np.lexsort((at if aggregate == "first" else -at, whose))
            one = order[np.r_[True, whose[order][1:] != whose[order][:-1]][: len(order)]]
            different, found = np.unique(at[one], return_inverse=True)
            codes[whose[one]] = found + 1
            return Coded([None, *(Moment(each) for each in different.tolist())], codes)
        brought = [contribution(aggregate, each) for each in column.values]
        chosen = chosen[np.array([each is not None for each in brought], dtype=bool)[column.codes[chosen]]]
        whose, places = owners[chosen], self._places()[chosen]
        order = np.lexsort((places if aggregate == "first" else -places, whose))
        one = chosen[order[np.r_[True, whose[order][1:] != whose[order][:-1]][: len(order)]]]
        codes[owners[one]] = column.codes[one] + 1
        return Coded([None, *brought], codes)

    def _whose(self) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return of each event whose it is (-1 of nobody), and when it happened."""
        import numpy as np

        if self._placed is None:
            numbers = {key: place for place, key in enumerate(self.people)}
            found = self.columns.cells(self.table.table, self.table.owner)
            whose = Coded.of(found, lambda cell: numbers.get(cell, -1))
            owners = np.array(whose.values, dtype=np.int64)[whose.codes] if len(whose.codes) else whose.codes
            self._placed = owners, self.columns.times(self.table.table, self.table.at)
        return self._placed

    def _places(self) -> NDArray[Any]:
        """Return the place of each event in the order of all: by time, at one instant by the text of the id."""
        import numpy as np

        if self._order is None:
            _, times = self._whose()
            ids = [str(id) for id in listed(self.columns.cells(self.table.table, self.table.id))]
            ranks = np.empty(len(ids), dtype=np.int64)
            ranks[np.array(sorted(range(len(ids)), key=ids.__getitem__), dtype=np.int64)] = np.arange(len(ids))
            self._order = np.empty(len(times), dtype=np.int64)
            self._order[np.lexsort((ranks, times))] = np.arange(len(times))
        return self._order


def _denied(events: EventFilter, denied: Container[str]) -> bool:
    return any(name in denied for name in events.names) if events.names else bool(denied)
