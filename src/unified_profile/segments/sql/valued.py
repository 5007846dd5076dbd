"""Conditions on values in SQL: of a column, of the rows of a list, of an object as a whole, of two columns."""

from __future__ import annotations

from collections.abc import Callable

import attrs

from unified_profile.expressions.conditions import Condition
from unified_profile.expressions.fields import Field
from unified_profile.expressions.operators import OPERATORS
from unified_profile.expressions.pairs import ElementMatch, FieldCondition
from unified_profile.segments.sql.binding import UnpushableError
from unified_profile.segments.sql.comparing import INSTANTS, NUMBERS, SIGNS, Value, compared, with_sign
from unified_profile.segments.sql.compiling import Compiler
from unified_profile.segments.sql.layout import ListTable
from unified_profile.segments.sql.placing import placed
from unified_profile.segments.sql.scopes import ELEMENT, EVENTS, Elements, Rows, Whole, elements_of, find, value_of

_STATES = frozenset({"exists", "missing", "null", "empty"})


def denied(compiler: Compiler, field: object) -> bool:
    """Say whether *field* is a trait that may not be used."""
    return isinstance(field, Field) and field.place == "trait" and field.name in compiler.denied


def conditioned(compiler: Compiler, rule: Condition, rows: Rows) -> str:
    """Compare a value with a constant."""
    if denied(compiler, rule.field):
        return compiler.dialect.null
    takes = OPERATORS[rule.op].takes
    if takes == "pattern":
        raise UnpushableError("a pattern, of which each engine has its own dialect")
    if takes == "shape":
        return placed(compiler, rule, rows)
    found = find(compiler.binder, rule.field, compiler.layout, rows)
    if isinstance(found, Whole):
        return _whole(compiler, rule, rows, found)
    if isinstance(found, Elements):
        return _elements(compiler, rule, rows, found)
    return _single(compiler, rule, rows, found)


def _single(compiler: Compiler, rule: Condition, rows: Rows, found: Value) -> str:
    """Compare a column."""
    if rule.op in _STATES:
        return _state(compiler, rule, rows, found)
    if rule.over == "size":
        return _sized(compiler, rule, f"(CASE WHEN {found.raw} IS NOT NULL THEN 1 END)")
    answer = with_sign(rule.op, lambda op: compared(compiler.binder, found, op, rule.value, rule.case), found)
    return f"(NOT {answer})" if rule.over == "none" else answer


def _state(compiler: Compiler, rule: Condition, rows: Rows, value: Value) -> str:
    """Say whether a column holds a value."""
    if rule.op == "exists":
        return f"({value.raw} IS NOT NULL)"
    if rule.op in {"missing", "null"}:
        return f"({value.raw} IS NULL)" if _null(compiler, rule.field, rows) == rule.op else "FALSE"
    if value.kind != "text" or value.day:
        return "FALSE"
    return f"(COALESCE({value.typed} = {compiler.binder.text('')}, FALSE))"


def _null(compiler: Compiler, field: Field, rows: Rows) -> str:
    """Return what NULL means in the column of *field*."""
    if field.place == "attribute":
        return "missing"
    if rows.elements is not None:
        return rows.elements.columns[field.path].null
    columns = compiler.layout.traits if field.place == "trait" else compiler.tables.events.properties
    return columns[field.path].null


def _sized(compiler: Compiler, rule: Condition, size: str) -> str:
    """Compare how many values there are; NULL where there is nothing to count."""
    value = Value(size, size, "integer")
    return with_sign(rule.op, lambda op: compared(compiler.binder, value, op, rule.value), value)


def counter(compiler: Compiler, rows: Rows, table: ListTable) -> Callable[[str], str]:
    """Return a function from a condition on an element to the SQL of how many elements meet it."""

    def counted(condition: str) -> str:
        sql = f"SUM(CASE WHEN {condition} THEN 1 ELSE 0 END)"
        return f"COALESCE({compiler.tables.of_list(rows.alias, table, sql)}, 0)"

    return counted


def over_elements(counted: Callable[[str], str], answer: str, over: str, missing: str) -> str:
    """Return what the *answer* of each element says of the list: of any, of every or of none."""
    true, false, all_of_them = counted(f"({answer}) IS TRUE"), counted(f"({answer}) IS FALSE"), counted("1 = 1")
    if over == "every":
        sql = f"WHEN {false} > 0 THEN FALSE WHEN {true} = {all_of_them} THEN TRUE"
    else:
        sql = f"WHEN {true} > 0 THEN TRUE WHEN {false} = {all_of_them} THEN FALSE"
    sql = f"(CASE WHEN {all_of_them} = 0 THEN {missing} {sql} END)"
    return f"(NOT {sql})" if over == "none" else sql


def _elements(compiler: Compiler, rule: Condition, rows: Rows, found: Elements) -> str:
    """Compare each element of a list: no row is no list."""
    no_nesting(rows)
    value = value_of(compiler.binder, found.column, ELEMENT)
    counted = counter(compiler, rows, found.table)
    # A list of plain values is there when it has a row; a part of its elements, when one of them has it.
    part = bool(rule.field.path[1:]) and found.column.null == "missing"
    there = f"{counted(f'{value.raw} IS NOT NULL' if part else '1 = 1')} > 0"
    if rule.op in _STATES:
        return {"exists": f"({there})", "missing": f"(NOT ({there}))"}.get(rule.op, "FALSE")
    if rule.over == "size":
        return _sized(compiler, rule, f"(CASE WHEN {there} THEN {counted('1 = 1')} END)")
    answer = with_sign(rule.op, lambda op: compared(compiler.binder, value, op, rule.value, rule.case), value)
    # Without a row the value is missing: as if one element were.
    missing = "TRUE" if rule.op.endswith("_or_missing") else compiler.dialect.null
    return over_elements(counted, answer, rule.over, missing)


def _whole(compiler: Compiler, rule: Condition, rows: Rows, found: Whole) -> str:
    """Ask of an object, or of a list of objects, what can be asked of those: they equal nothing."""
    there, size = found.there, "1"
    if found.table is not None:
        no_nesting(rows)
        size = counter(compiler, rows, found.table)("1 = 1")
        there = f"({size} > 0)"
    if rule.op in _STATES:
        return {"exists": there, "missing": f"(NOT {there})"}.get(rule.op, "FALSE")
    if rule.over == "size":
        return _sized(compiler, rule, f"(CASE WHEN {there} THEN {size} END)")
    if OPERATORS[rule.op].or_missing:
        return f"(CASE WHEN {there} THEN {compiler.dialect.null} ELSE TRUE END)"
    return compiler.dialect.null


def no_nesting(rows: Rows) -> None:
    """Refuse to count elements of elements."""
    if rows.elements is not None:
        raise UnpushableError("a list inside of a list")


def element_matched(compiler: Compiler, rule: ElementMatch, rows: Rows) -> str:
    """Ask the whole rule of each element."""
    if denied(compiler, rule.field):
        return compiler.dialect.null
    found = find(compiler.binder, rule.field, compiler.layout, rows)
    if isinstance(found, Whole) and found.table is None:
        raise UnpushableError("an object taken as an element")
    if not isinstance(found, Whole) or found.table is None:
        return compiler.dialect.null  # plain values are no objects
    no_nesting(rows)
    answer = compiler.answer(rule.rule, elements_of(found.table))
    return over_elements(counter(compiler, rows, found.table), answer, rule.over, compiler.dialect.null)


def paired(compiler: Compiler, rule: FieldCondition, rows: Rows) -> str:
    """Compare two columns."""
    fields = (rule.field, rule.other)
    if any(denied(compiler, field) for field in fields):
        return compiler.dialect.null
    if rows == EVENTS and any(field.place == "trait" for field in fields):
        compiler.tables.personal = True
    left, right = (find(compiler.binder, field, compiler.layout, rows) for field in fields)
    if isinstance(left, Whole) or isinstance(right, Whole):
        return compiler.dialect.null  # objects are not compared
    if isinstance(left, Elements) or isinstance(right, Elements):
        raise UnpushableError("a list compared with another field")
    left, right = (_attribute(field, value) for field, value in zip(fields, (left, right), strict=True))
    answer = _both(compiler, rule, left, right)
    return f"(NOT {answer})" if rule.op == "ne" else answer


def _attribute(field: Field, value: Value) -> Value:
    """Mark when an event happened: it is an instant, and no text that names one."""
    own = field.place == "attribute" and field.name == "occurred_at"
    return attrs.evolve(value, kind="moment") if own else value


def _both(compiler: Compiler, rule: FieldCondition, left: Value, right: Value) -> str:  # noqa: PLR0911  # one a kind
    """Compare two values of one kind; NULL where they are of two."""
    op, null = "eq" if rule.op == "ne" else rule.op, compiler.dialect.null
    kinds = {left.kind, right.kind}
    if op in INSTANTS:
        if "text" in kinds:
            days = all(value.day for value in (left, right) if value.kind == "text")
            if days:
                return null  # a day is no instant
            raise UnpushableError("text that may name an instant")
        return f"({left.typed} {INSTANTS[op]} {right.typed})" if kinds <= {"instant", "moment"} else null
    if "moment" in kinds:
        return null
    if kinds <= NUMBERS:
        if "float" in kinds and len(kinds) > 1:
            raise UnpushableError("doubles compared with exact numbers")
        return f"({left.typed} {SIGNS[op]} {right.typed})"
    if "instant" in kinds and kinds <= {"instant", "text"}:
        if kinds == {"instant"} and op == "eq":
            return f"({left.typed} = {right.typed})"
        raise UnpushableError("an instant taken as text")
    if len(kinds) > 1 or (kinds == {"flag"} and op != "eq"):
        return null
    if kinds == {"flag"}:
        one, other = (compiler.dialect.truth.format(x=value.typed) for value in (left, right))
        return f"({one} = {other})"
    if rule.case == "exact":
        return f"({left.typed} {SIGNS[op]} {right.typed})"
    one, other = (_companion(value, rule.case) for value in (left, right))
    return f"({one} {SIGNS[op]} {other})"


def _companion(value: Value, case: str) -> str:
    """Return the text without case; of digits and hyphens there is no other."""
    found = value.typed if value.day else dict(value.folds).get(case)
    if found is None:
        raise UnpushableError("text without case that has no companion column")
    return found
