"""What events amount to, in SQL: totals over one pass, with conditions inside."""

from __future__ import annotations

import attrs

from unified_profile.expressions.amounts import Measure
from unified_profile.expressions.fields import Field
from unified_profile.expressions.measures import MeasureCondition
from unified_profile.expressions.operators import OPERATORS
from unified_profile.segments.sql.binding import UnpushableError
from unified_profile.segments.sql.choosing import denied_events, entered, selected, windowed
from unified_profile.segments.sql.comparing import NUMBERS, Value, compared
from unified_profile.segments.sql.compiling import Compiler
from unified_profile.segments.sql.means import Add, mean
from unified_profile.segments.sql.modes import distinct_elements, most_frequent
from unified_profile.segments.sql.scopes import ELEMENT, EVENTS, Elements, Rows, Whole, find, value_of
from unified_profile.segments.sql.tables import EVENT


def measured(compiler: Compiler, rule: MeasureCondition, _: Rows) -> str:
    """Return the condition in SQL."""
    measure = rule.measure
    if denied_events(compiler, measure.events):
        return compiler.dialect.null
    answer = _answer(compiler, rule)
    if measure.since_entry:
        return f"(CASE WHEN {entered(compiler, measure.since_entry)} IS NOT NULL THEN {answer} END)"
    return answer


def _answer(compiler: Compiler, rule: MeasureCondition) -> str:
    """Return the condition, of whoever is in the segment since whose entry it counts."""
    if rule.measure.aggregate == "avg":
        total, asked = _mean(compiler, rule)
    else:
        total, asked = _total(compiler, rule.measure), None
    if isinstance(total, str):
        return _without(compiler, rule)
    zero, positive = rule.measure.zero, OPERATORS[rule.op].positive
    if zero == "compared":
        total = _with_zero(total)
    answer = asked or compared(compiler.binder, total, positive or rule.op, rule.value, rule.case)
    if positive:
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


def _condition(compiler: Compiler, measure: Measure) -> str:
    """Return the condition that an event counts."""
    return " AND ".join((selected(compiler, measure.events), *windowed(compiler, measure)))


def _mean(compiler: Compiler, rule: MeasureCondition) -> tuple[Value | str, str | None]:
    """Return a value that is NULL where there is no mean, and the answer of the positive operator."""
    condition, found = _condition(compiler, rule.measure), _found(compiler, rule.measure)
    if isinstance(found, Whole) or _class(found) not in NUMBERS:
        return "nothing", None
    summed = _summed(compiler, condition, found)
    scale = found.column.scale if isinstance(found, Elements) else found.scale
    return mean(compiler, rule, _class(found), scale, summed)


def _found(compiler: Compiler, measure: Measure) -> Value | Elements | Whole:
    return find(compiler.binder, Field("property", measure.of), compiler.layout, EVENTS)


def _class(found: Value | Elements) -> str:
    return found.column.kind if isinstance(found, Elements) else found.kind


def _total(compiler: Compiler, measure: Measure) -> Value | str:  # noqa: PLR0911  # one return an aggregate
    """Return the total as a value that is NULL where no event counts; a text where none ever can."""
    tables = compiler.tables
    condition = _condition(compiler, measure)
    if measure.aggregate == "count":
        counted = tables.total(f"COUNT(CASE WHEN {condition} THEN 1 END)")
        return _number(f"NULLIF({counted}, 0)", "integer")
    if not measure.of:
        side = "MIN" if measure.aggregate == "first" else "MAX"
        at = tables.total(f"{side}(CASE WHEN {condition} THEN {tables.at()} END)")
        return Value(at, at, "instant")
    found = _found(compiler, measure)
    if isinstance(found, Whole):
        return "nothing"  # objects bring nothing
    if measure.aggregate in {"first", "last"}:
        return "nothing" if isinstance(found, Elements) else _end(compiler, measure, condition, found)
    if measure.aggregate == "most_frequent":
        return most_frequent(compiler, condition, found)
    if measure.aggregate == "distinct":
        if isinstance(found, Elements):
            return distinct_elements(compiler, condition, found)
        each = f"{found.typed} + 0.0" if found.kind == "float" else _plain(compiler, found)
        counted = tables.total(f"COUNT(DISTINCT CASE WHEN {condition} THEN {each} END)")
        return _number(f"NULLIF({counted}, 0)", "integer")
    if _class(found) not in NUMBERS:
        return "nothing"
    return (
        _extreme(compiler, measure, condition, found)
        if measure.aggregate != "sum"
        else _sum(compiler, condition, found)
    )


def _extreme(compiler: Compiler, measure: Measure, condition: str, found: Value | Elements) -> Value:
    """Return the smallest or largest number."""
    side, scale = measure.aggregate.upper(), found.column.scale if isinstance(found, Elements) else found.scale
    if isinstance(found, Elements):
        value = value_of(compiler.binder, found.column, ELEMENT)
        typed = compiler.tables.of_list(EVENT, found.table, f"{side}({value.typed})")
    else:
        typed = found.typed
    best = compiler.tables.total(f"{side}(CASE WHEN {condition} THEN {typed} END)")
    return Value(best, best, _class(found), scale)


def _plain(compiler: Compiler, value: Value) -> str:
    """Return a value that engines can tell apart exactly."""
    return _flagged(compiler, value.typed) if value.kind == "flag" else value.typed


def _flagged(compiler: Compiler, sql: str) -> str:
    """Return a flag as 1 and 0, which every engine can take the largest of."""
    truth = compiler.dialect.truth.format(x=sql)
    return f"(CASE WHEN {truth} THEN 1 WHEN NOT {truth} THEN 0 END)"


def _number(sql: str, kind: str) -> Value:
    return Value(sql, sql, kind)


def _summed(compiler: Compiler, condition: str, found: Value | Elements) -> Add:
    """Return a function that adds up something of each number, over events or over the elements of their lists."""
    tables = compiler.tables
    value = value_of(compiler.binder, found.column, ELEMENT) if isinstance(found, Elements) else found

    def add(each: str, total: str = "SUM({x})") -> str:
        """Add up *each*, in which ``{x}`` is a number; *total* is how sums are written."""
        sql = each.format(x=value.typed)
        if isinstance(found, Elements):
            sql = tables.of_list(EVENT, found.table, total.format(x=sql, s=value.scale))
        return tables.total(total.format(x=f"CASE WHEN {condition} THEN {sql} END", s=value.scale))

    return add


def _sum(compiler: Compiler, condition: str, found: Value | Elements) -> Value:
    """Add up whole numbers and decimals, which no engine rounds."""
    kind, add = _class(found), _summed(compiler, condition, found)
    scale = found.column.scale if isinstance(found, Elements) else found.scale
    if kind == "float":
        raise UnpushableError("a sum of doubles, which engines round")
    if compiler.dialect.name == "sqlite":
        if kind == "decimal":
            raise UnpushableError("a sum of decimals, which SQLite has not")
        # In two halves: a whole sum may overflow.
        high, low = add("{x} >> 32"), add("{x} & 4294967295")
        return Value(high, high, "integer", total=True, halves=(high, low))
    total = add("{x}", compiler.dialect.total)
    return Value(total, total, kind, scale, total=True)


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
        raw = tables.pick(place, found.typed if found.day else found.raw)
        folds = tuple((case, compiler.dialect.as_text(tables.pick(place, folded))) for case, folded in found.folds)
        return Value(raw, compiler.dialect.as_text(raw), "text", folds=folds, day=found.day)
    typed = tables.pick(place, found.typed)
    return Value(typed, typed, found.kind, found.scale)
