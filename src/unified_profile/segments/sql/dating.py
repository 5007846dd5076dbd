"""The calendar in SQL: this week or month by bounds worked out here, birthdays and weekdays by the date."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, TypeAlias

import attrs

from unified_profile.expressions.calendars import anniversary, day_begins, day_of, unit_begins, unit_of
from unified_profile.expressions.dated import CalendarPart, InPeriod
from unified_profile.expressions.fields import Field
from unified_profile.segments.sql.binding import UnpushableError
from unified_profile.segments.sql.comparing import Value
from unified_profile.segments.sql.compiling import Compiler
from unified_profile.segments.sql.scopes import ELEMENT, Elements, Rows, Whole, find, value_of
from unified_profile.segments.sql.valued import counter, denied, no_nesting, over_elements
from unified_profile.segments.sql.zones import FIRST_DAY_NUMBER, local, now_in

Dated: TypeAlias = Callable[[Compiler, Any, Value], str]

_DAY = 86_400_000_000
_HOUR = 3_600_000_000
_BEFORE_ALL, _AFTER_ALL = "", "~"
_YEAR = 366


def in_period(compiler: Compiler, rule: InPeriod, rows: Rows) -> str:
    """Ask whether a day lies in a period around now, or one of its anniversaries does."""
    return _asked(compiler, rule, rows, _yearly if rule.yearly else _period)


def calendar_part(compiler: Compiler, rule: CalendarPart, rows: Rows) -> str:
    """Ask for the weekday, month, day, year or hour."""
    return _asked(compiler, rule, rows, _part)


def _asked(compiler: Compiler, rule: InPeriod | CalendarPart, rows: Rows, ask: Dated) -> str:
    """Ask of a value, or of any element of a list."""
    null = compiler.dialect.null
    if denied(compiler, rule.field) or denied(compiler, rule.zone):
        return null
    if isinstance(rule.zone, Field):
        raise UnpushableError("a zone that is the person's own")
    found = find(compiler.binder, rule.field, compiler.layout, rows)
    if isinstance(found, Whole):
        return null
    if isinstance(found, Elements):
        no_nesting(rows)
        answer = _one(compiler, rule, value_of(compiler.binder, found.column, ELEMENT), ask)
        return over_elements(counter(compiler, rows, found.table), answer, "any", null)
    return _one(compiler, rule, found, ask)


def _one(compiler: Compiler, rule: InPeriod | CalendarPart, value: Value, ask: Dated) -> str:
    if value.kind == "text" and not value.day:
        raise UnpushableError("text that may name a day")
    return ask(compiler, rule, value) if value.day or value.kind == "instant" else compiler.dialect.null


# --- this week, last month -------------------------------------------------------------------------------------------


@attrs.frozen
class Edge:
    """Where the units from *first* on begin, counted from now's: as an instant, or as a day's text."""

    rule: InPeriod
    units: int
    text: bool

    def __call__(self, now: int) -> int | str:
        """Return it."""
        day = _unit_day(self.rule, self.units, now)
        if not self.text:
            return day_begins(now_in(str(self.rule.zone)), day)
        if not 1 <= day <= date.max.toordinal():
            return _BEFORE_ALL if day < 1 else _AFTER_ALL
        return date.fromordinal(day).isoformat()


def _unit_day(rule: InPeriod, units: int, now: int) -> int:
    """Return the first day of the unit that is *units* after now's."""
    present = unit_of(rule.unit, day_of(now_in(str(rule.zone)), now), rule.week_start)
    return unit_begins(rule.unit, present + units, rule.week_start)


def _period(compiler: Compiler, rule: InPeriod, value: Value) -> str:
    """Compare with where the period begins and ends."""
    kind = "text" if value.day else "integer"
    edges = (compiler.binder.mark(Edge(rule, units, bool(value.day)), kind) for units in (rule.first, rule.last + 1))
    low, high = (compiler.dialect.text.format(x=edge) if value.day else edge for edge in edges)
    return f"({value.typed} >= {low} AND {value.typed} < {high})"


# --- birthdays -------------------------------------------------------------------------------------------------------


@attrs.frozen
class Turn:
    """The days of the year on which an anniversary counts now, as month and day: two stretches, and 29 February."""

    rule: InPeriod
    place: int

    def __call__(self, now: int) -> int:
        """Return where the first or second stretch begins or ends, or (at last) whether 29 February counts."""
        start, end = (_unit_day(self.rule, units, now) for units in (self.rule.first, self.rule.last + 1))
        start, end = max(1, start), min(date.max.toordinal() + 1, end)
        if self.place == 4:
            year = date.fromordinal(day_of(now_in(str(self.rule.zone)), now)).year
            born = date(2000, 2, 29).toordinal()
            again = (anniversary(born, each, self.rule.leap) for each in (year - 1, year, year + 1))
            return int(any(day is not None and start <= day < end for day in again))
        if end <= start:
            return (9999, 0, 9999, 0)[self.place]
        if end - start >= _YEAR:
            return (101, 1231, 9999, 0)[self.place]
        first, last = date.fromordinal(start), date.fromordinal(end - 1)
        low, high = first.month * 100 + first.day, last.month * 100 + last.day
        if first.year == last.year:
            return (low, high, 9999, 0)[self.place]
        return (low, 1231, 101, high)[self.place]


def _yearly(compiler: Compiler, rule: InPeriod, value: Value) -> str:
    """Compare month and day with the stretches of now."""
    written = _written(compiler, rule, value)
    shown = f"({_digits(compiler, written, 6, 2)} * 100 + {_digits(compiler, written, 9, 2)})"
    low, high, second, end, leap = (compiler.binder.mark(Turn(rule, place), "integer") for place in range(5))
    usual = f"({shown} >= {low} AND {shown} <= {high}) OR ({shown} >= {second} AND {shown} <= {end})"
    return f"(CASE WHEN {shown} = 229 THEN {leap} = 1 WHEN {shown} IS NOT NULL THEN {usual} END)"


# --- weekdays, months, hours -----------------------------------------------------------------------------------------


def _part(compiler: Compiler, rule: CalendarPart, value: Value) -> str:
    """Compare what is read off the day, or off the clock."""
    dialect = compiler.dialect
    if rule.part == "hour":
        if value.day:
            return dialect.null
        shown = local(compiler.binder, value.typed, str(rule.zone), days=False)
        number = dialect.divided.format(a=dialect.remainder(shown, _DAY), b=_HOUR)
    elif rule.part == "weekday":
        days = dialect.day_number.format(x=value.day) if value.day else _number(compiler, rule, value)
        # The year 1 began on a Monday.
        number = f"({dialect.remainder(f'({days} - ({FIRST_DAY_NUMBER}))', 7)} + 1)"
    else:
        start, length = {"year": (1, 4), "month": (6, 2), "day": (9, 2)}[rule.part]
        number = _digits(compiler, _written(compiler, rule, value), start, length)
    return f"({number} IN ({', '.join(compiler.binder.mark(each, 'integer') for each in rule.values)}))"


def _number(compiler: Compiler, rule: InPeriod | CalendarPart, value: Value) -> str:
    """Return the day of an instant, counted from 1970-01-01."""
    shown = local(compiler.binder, value.typed, str(rule.zone), days=True)
    return f"({compiler.dialect.divided.format(a=shown, b=_DAY)} + ({FIRST_DAY_NUMBER}))"


def _written(compiler: Compiler, rule: InPeriod | CalendarPart, value: Value) -> str:
    """Return the day as text."""
    if value.day:
        return value.typed
    dialect = compiler.dialect
    return dialect.day_text.format(x=dialect.day_at.format(n=_number(compiler, rule, value)))


def _digits(compiler: Compiler, written: str, start: int, length: int) -> str:
    return compiler.dialect.whole.format(x=f"SUBSTR({written}, {start}, {length})")
