"""What events amount to, in SQL: totals over one pass, with conditions inside."""

from __future__ import annotations

import attrs

from unified_profile.expressions.comparators import OPERATORS
from unified_profile.expressions.events import EventFilter
from unified_profile.expressions.fields import Field
from unified_profile.expressions.measures import Measure, MeasureCondition
from unified_profile.expressions.values import micros_in
from unified_profile.model.times import to_micros
from unified_profile.segments.sql.binding import Shift, UnpushableError
from unified_profile.segments.sql.comparing import NUMBERS, Value, compared
from unified_profile.segments.sql.compiling import Compiler
from unified_profile.segments.sql.layout import Column
from unified_profile.segments.sql.scopes import Elements, events_of, find, value_of
from unified_profile.segments.sql.tables import EVENT


def denied(compiler: Compiler, events: EventFilter) -> bool:
    """Say whether any of the events may not be used."""
    if events.names:
        return any(name in compiler.denied_events for name in events.names)
    return bool(compiler.denied_events)


def _window(compiler: Compiler, measure: Measure) -> list[str]:
    """Return the conditions that an event lies in the window."""
    at, binder = compiler.tables.at(), compiler.binder
    parts = []
    if measure.within is not None:
        parts.append(f"({at} >= {binder.instant(Shift(-micros_in(measure.within)))})")
    if measure.until is not None:
        parts.append(f"({at} <= {binder.instant(Shift(-micros_in(measure.until)))})")
    if measure.since is not None:
        parts.append(f"({at} >= {binder.instant(to_micros(measure.since))})")
    if measure.before is not None:
        parts.append(f"({at} < {binder.instant(to_micros(measure.before))})")
    return parts


def selected(compiler: Compiler, events: EventFilter) -> str:
    """Return the condition that an event (up to now) counts."""
    binder, table = compiler.binder, events_of(compiler.layout)
    parts: list[str] = []
    for where, wanted in ((table.name, events.names), (table.type, (events.type,) if events.type else ())):
        if wanted and isinstance(where, Column):
            value = value_of(binder, where, EVENT)
            parts.append(compared(binder, value, "in", tuple(wanted)))
        elif wanted and where not in wanted:
            return "FALSE"
    if events.where is not None:
        parts.append(f"({compiler.answer(events.where, EVENT)} IS TRUE)")
    return " AND ".join(parts) or "1 = 1"


def measured(compiler: Compiler, rule: MeasureCondition) -> str:
    """Return the condition in SQL."""
    if denied(compiler, rule.measure.events):
        return compiler.dialect.null
    total = _total(compiler, rule.measure)
    if isinstance(total, str):
        return _without(compiler, rule)
    zero = rule.measure.zero
    if zero == "compared":
        total = _with_zero(total)
    answer = compared(compiler.binder, total, OPERATORS[rule.op].positive or rule.op, rule.value, rule.case)
    if OPERATORS[rule.op].positive:
        answer = f"(NOT {answer})"
    return answer if zero != "false" else f"(CASE WHEN {total.raw} IS NULL THEN FALSE ELSE {answer} END)"


def _without(compiler: Compiler, rule: MeasureCondition) -> str:
    """Return the answer where no event can ever bring a value."""
    if rule.measure.zero == "compared":
        zero = Value("0", "0", "integer", total=True)
        answer = compared(compiler.binder, zero, OPERATORS[rule.op].positive or rule.op, rule.value)
        return f"(NOT {answer})" if OPERATORS[rule.op].positive else answer
    return "FALSE" if rule.measure.zero == "false" else compiler.dialect.null


def _with_zero(total: Value) -> Value:
    """Let nothing count as 0."""
    halves = total.halves and (f"COALESCE({total.halves[0]}, 0)", f"COALESCE({total.halves[1]}, 0)")
    return attrs.evolve(total, raw="0", typed=f"COALESCE({total.typed}, 0)", halves=halves)


def _total(compiler: Compiler, measure: Measure) -> Value | str:  # noqa: PLR0911  # one return an aggregate
    """Return the total as a value that is NULL where no event counts; a text where none ever can."""
    tables = compiler.tables
    if measure.aggregate in {"avg", "most_frequent"}:
        raise UnpushableError(f"an aggregate {measure.aggregate!r}")
    if measure.session is not None or measure.since_entry:
        raise UnpushableError("a window that depends on the person")
    condition = " AND ".join((selected(compiler, measure.events), *_window(compiler, measure)))
    if measure.aggregate == "count":
        counted = tables.total(f"COUNT(CASE WHEN {condition} THEN 1 END)")
        return _number(f"NULLIF({counted}, 0)", "integer")
    if not measure.of:
        side = "MIN" if measure.aggregate == "first" else "MAX"
        at = tables.total(f"{side}(CASE WHEN {condition} THEN {tables.at()} END)")
        return Value(at, at, "instant")
    found = find(compiler.binder, Field("property", measure.of), compiler.layout, EVENT)
    if isinstance(found, Elements):
        raise UnpushableError("a total over lists")
    if measure.aggregate in {"first", "last"}:
        return _end(compiler, measure, condition, found)
    typed = found.typed
    if measure.aggregate == "distinct":
        each = f"{typed} + 0.0" if found.kind == "float" else _plain(compiler, found)
        counted = tables.total(f"COUNT(DISTINCT CASE WHEN {condition} THEN {each} END)")
        return _number(f"NULLIF({counted}, 0)", "integer")
    if found.kind not in NUMBERS:
        return "nothing"
    if measure.aggregate == "sum":
        return _sum(compiler, condition, found)
    side = measure.aggregate.upper()
    best = tables.total(f"{side}(CASE WHEN {condition} THEN {typed} END)")
    return Value(best, best, found.kind, found.scale)


def _plain(compiler: Compiler, value: Value) -> str:
    """Return a value that engines can tell apart exactly."""
    return _flagged(compiler, value.typed) if value.kind == "flag" else value.typed


def _flagged(compiler: Compiler, sql: str) -> str:
    """Return a flag as 1 and 0, which every engine can take the largest of."""
    truth = compiler.dialect.truth.format(x=sql)
    return f"(CASE WHEN {truth} THEN 1 WHEN NOT {truth} THEN 0 END)"


def _number(sql: str, kind: str) -> Value:
    return Value(sql, sql, kind)


def _sum(compiler: Compiler, condition: str, found: Value) -> Value:
    """Add up whole numbers and decimals, which no engine rounds."""
    if found.kind == "float":
        raise UnpushableError("a sum of doubles, which engines round")
    if compiler.dialect.name == "sqlite":
        if found.kind == "decimal":
            raise UnpushableError("a sum of decimals, which SQLite has not")
        # In two halves: a whole sum may overflow.
        high = compiler.tables.total(f"SUM(CASE WHEN {condition} THEN {found.typed} >> 32 END)")
        low = compiler.tables.total(f"SUM(CASE WHEN {condition} THEN {found.typed} & 4294967295 END)")
        return Value(high, high, "integer", total=True, halves=(high, low))
    sql = compiler.dialect.total.format(x=f"CASE WHEN {condition} THEN {found.typed} END", s=found.scale)
    total = compiler.tables.total(sql)
    return Value(total, total, found.kind, found.scale, total=True)


def _end(compiler: Compiler, measure: Measure, condition: str, found: Value) -> Value:
    """Return the value of the first or last event that has one."""
    tables = compiler.tables
    tables.numbered = True
    side = "MIN" if measure.aggregate == "first" else "MAX"
    place = tables.total(f"{side}(CASE WHEN {condition} AND {found.typed} IS NOT NULL THEN {EVENT}.up_n END)")
    if found.kind == "flag":
        flag = tables.pick(place, _flagged(compiler, found.typed))
        return Value(flag, f"({flag} = 1)", "flag")
    if found.kind == "text":
        raw = tables.pick(place, found.raw)
        folds = tuple((case, compiler.dialect.as_text(tables.pick(place, folded))) for case, folded in found.folds)
        return Value(raw, compiler.dialect.as_text(raw), "text", folds=folds)
    typed = tables.pick(place, found.typed)
    return Value(typed, typed, found.kind, found.scale)
