"""A rule as one condition in SQL; what the dialect cannot say exactly is left open, and finished in memory."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from typing import Any, TypeAlias

from unified_profile.expressions.comparators import OPERATORS
from unified_profile.expressions.conditions import Condition
from unified_profile.expressions.fields import Field
from unified_profile.expressions.logic import AllOf, AnyOf, Expression, NoneOf, Not
from unified_profile.expressions.standing import MemberOf
from unified_profile.segments.sql.binding import Binder, UnpushableError
from unified_profile.segments.sql.comparing import Value, compared, with_sign
from unified_profile.segments.sql.dialects import Dialect
from unified_profile.segments.sql.layout import Layout
from unified_profile.segments.sql.scopes import Elements, find, value_of
from unified_profile.segments.sql.tables import PERSON, Tables

Leaf: TypeAlias = Callable[["Compiler", Any], str]
"""Says a condition in SQL."""

LEAVES = "up_l"
"""The table that holds what leaves answer of everybody, where many rules share them."""

_STATES = frozenset({"exists", "missing", "null", "empty"})


class Compiler:
    """Compiles rules about a person over one layout; leaves that rules share are computed once."""

    def __init__(
        self,
        dialect: Dialect,
        layout: Layout,
        *,
        denied: Container[str] = frozenset(),
        denied_events: Container[str] = frozenset(),
        segments: Mapping[str, Expression] | None = None,
        leaves: Mapping[type[Expression], Leaf] | None = None,
    ) -> None:
        """Begin with an empty query; *leaves* say further kinds of conditions."""
        self.binder = Binder(dialect)
        self.dialect, self.layout = dialect, layout
        self.tables = Tables(self.binder, layout)
        self.denied, self.denied_events = denied, denied_events
        self.segments = segments or {}
        self.kinds = leaves or {}
        self.residual: dict[Expression, str] = {}
        self._leaves: dict[tuple[str, Expression], str] = {}

    # --- joining -----------------------------------------------------------------------------------------------------

    def answer(self, rule: Expression, scope: str = PERSON, named: dict[str, str] | None = None) -> str:
        """Return the rule's answer: true, false, or NULL; what is left open is NULL.

        With *named* leaves are columns of a table ``up_l``, and *named* is told the SQL of each and its name.
        """
        parts = [self.answer(part, scope, named) for part in rule.children if isinstance(part, Expression)]
        if isinstance(rule, AllOf):
            return f"({' AND '.join(parts)})" if parts else "TRUE"
        if isinstance(rule, AnyOf):
            return f"({' OR '.join(parts)})" if parts else "FALSE"
        if isinstance(rule, NoneOf):
            return f"(NOT ({' OR '.join(parts)}))" if parts else "TRUE"
        if isinstance(rule, Not):
            return f"(NOT {parts[0]})"
        sql = self._open(rule, scope)
        if sql is None:
            return self.dialect.null
        return sql if named is None else f"{LEAVES}.{named.setdefault(sql, f'c{len(named)}')}"

    def possible(self, rule: Expression, *, wanted: bool = True) -> str:
        """Return a condition that nobody fails of whom the rule may be as *wanted*, whatever is left open."""
        turned = isinstance(rule, (NoneOf, Not))
        parts = [
            self.possible(part, wanted=wanted is not turned) for part in rule.children if isinstance(part, Expression)
        ]
        if isinstance(rule, (AllOf, AnyOf, NoneOf, Not)):
            every = isinstance(rule, AllOf) is wanted if not turned else wanted
            if not parts:
                return "TRUE" if every else "FALSE"
            return f"({(' AND ' if every else ' OR ').join(parts)})"
        sql = self._open(rule, PERSON)
        return "TRUE" if sql is None else f"({sql} IS {str(wanted).upper()})"

    def _open(self, rule: Expression, scope: str) -> str | None:
        """Return a leaf in SQL; None (and a note of it) where the dialect cannot say it exactly."""
        key = (scope, rule)
        if key not in self._leaves and rule not in self.residual:
            try:
                self._leaves[key] = self.leaf(rule, scope)
            except UnpushableError as reason:
                if scope != PERSON:
                    raise
                self.residual[rule] = str(reason)
        return self._leaves.get(key)

    # --- leaves ------------------------------------------------------------------------------------------------------

    def leaf(self, rule: Expression, scope: str) -> str:
        """Return a leaf in SQL.

        Raises:
            UnpushableError: If the dialect cannot say it exactly.
        """
        if isinstance(rule, Condition):
            return self.condition(rule, scope)
        if isinstance(rule, MemberOf):
            return self.member(rule)
        made = self.kinds.get(type(rule))
        if made is not None:
            return made(self, rule)
        raise UnpushableError(f"a {type(rule).__name__}")

    def condition(self, rule: Condition, scope: str) -> str:
        """Compare a column, or the rows of a list."""
        if rule.field.place == "trait" and rule.field.name in self.denied:
            return self.dialect.null
        if rule.over == "size" or OPERATORS[rule.op].takes in {"pattern", "version", "shape"}:
            raise UnpushableError(f"{rule.op!r}{' of a size' if rule.over == 'size' else ''}")
        found = find(self.binder, rule.field, self.layout, scope)
        if isinstance(found, Elements):
            return self._elements(rule, scope, found)
        if rule.op in _STATES:
            return self._state(rule, found)
        answer = with_sign(rule.op, lambda op: compared(self.binder, found, op, rule.value, rule.case), found)
        return f"(NOT {answer})" if rule.over == "none" else answer

    def _state(self, rule: Condition, value: Value) -> str:
        """Say whether a column holds a value."""
        if rule.op == "exists":
            return f"({value.raw} IS NOT NULL)"
        if rule.op in {"missing", "null"}:
            return f"({value.raw} IS NULL)" if self._null(rule.field) == rule.op else "FALSE"
        if value.kind != "text":
            return "FALSE"
        return f"(COALESCE({value.typed} = {self.binder.text('')}, FALSE))"

    def _null(self, field: Field) -> str:
        """Return what NULL means in the column of *field*."""
        if field.place == "attribute":
            return "missing"
        columns = self.layout.traits if field.place == "trait" else self.tables.events.properties
        return columns[field.path].null

    def _elements(self, rule: Condition, scope: str, found: Elements) -> str:
        """Compare each element of a list: no row is no list."""
        value = value_of(self.binder, found.column, "up_i")

        def counted(condition: str) -> str:
            sql = f"SUM(CASE WHEN {condition} THEN 1 ELSE 0 END)"
            return f"COALESCE({self.tables.of_list(scope, found.table, sql)}, 0)"

        if rule.op in _STATES:
            # A list of plain values is there when it has a row; a part of its elements, when one of them has it.
            there = f"{counted('1 = 1' if not rule.field.path[1:] else f'{value.raw} IS NOT NULL')} > 0"
            return {"exists": f"({there})", "missing": f"(NOT ({there}))"}.get(rule.op, "FALSE")
        answer = with_sign(rule.op, lambda op: compared(self.binder, value, op, rule.value, rule.case), value)
        true, false = counted(f"({answer}) IS TRUE"), counted(f"({answer}) IS FALSE")
        rows = counted("1 = 1")
        # Without a row the value is missing: as if one element were.
        missing = "TRUE" if rule.op.endswith("_or_missing") else self.dialect.null
        if rule.over == "every":
            sql = f"CASE WHEN {rows} = 0 THEN {missing} WHEN {false} > 0 THEN FALSE WHEN {true} = {rows} THEN TRUE END"
        else:
            sql = f"CASE WHEN {rows} = 0 THEN {missing} WHEN {true} > 0 THEN TRUE WHEN {false} = {rows} THEN FALSE END"
        return f"(NOT ({sql}))" if rule.over == "none" else f"({sql})"

    def member(self, rule: MemberOf) -> str:
        """Ask another segment, or the caller's table of memberships."""
        inner = self.segments.get(rule.segment)
        if inner is not None:
            return self.answer(inner)
        table = self.layout.memberships
        if table is None:
            raise UnpushableError("a membership without a declared table of them")
        quoted = self.dialect.identifier
        named = self.dialect.as_text(f"up_m.{quoted(table.segment)}")
        rows = (
            f"SELECT 1 FROM {quoted(table.table)} up_m WHERE {named} = {self.binder.text(rule.segment)}"
            f" AND up_m.{quoted(table.owner)} = {PERSON}.{quoted(self.layout.key)}"
        )
        otherwise = "FALSE" if rule.segment in table.complete else self.dialect.null
        return f"(CASE WHEN EXISTS ({rows}) THEN TRUE ELSE {otherwise} END)"
