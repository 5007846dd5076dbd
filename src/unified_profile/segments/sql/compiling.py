"""A rule as one condition in SQL; what the dialect cannot say exactly is left open, and finished in memory."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from typing import Any, TypeAlias

from unified_profile.expressions.logic import AllOf, AnyOf, Expression, NoneOf, Not
from unified_profile.segments.sql.binding import Binder, UnpushableError
from unified_profile.segments.sql.dialect import Dialect
from unified_profile.segments.sql.layout import Layout
from unified_profile.segments.sql.scopes import PEOPLE, Rows
from unified_profile.segments.sql.tables import Tables

Leaf: TypeAlias = Callable[["Compiler", Any, Rows], str]
"""Says a condition, asked of some rows, in SQL."""

LEAVES = "up_l"
"""The table that holds what leaves answer of everybody, where many rules share them."""


class Compiler:
    """Compiles rules about a person over one layout; leaves that rules share are computed once."""

    def __init__(
        self,
        dialect: Dialect,
        layout: Layout,
        *,
        leaves: Mapping[type[Expression], Leaf],
        left: Mapping[Expression, str] | None = None,
        denied: Container[str] = frozenset(),
        denied_events: Container[str] = frozenset(),
        segments: Mapping[str, Expression] | None = None,
    ) -> None:
        """Begin with an empty query; *leaves* say each kind of condition, *left* what is to be left open, and why."""
        self.binder = Binder(dialect)
        self.dialect, self.layout = dialect, layout
        self.tables = Tables(self.binder, layout)
        self.denied, self.denied_events = denied, denied_events
        self.segments = segments or {}
        self.kinds = leaves
        self.left = left or {}
        self.residual: dict[Expression, str] = {}
        self._leaves: dict[tuple[Rows, Expression], str] = {}

    # --- joining -----------------------------------------------------------------------------------------------------

    def answer(self, rule: Expression, rows: Rows = PEOPLE, named: dict[str, str] | None = None) -> str:
        """Return the rule's answer: true, false, or NULL; what is left open is NULL.

        With *named* leaves are columns of a table ``up_l``, and *named* is told the SQL of each and its name.
        """
        if not isinstance(rule, (AllOf, AnyOf, NoneOf, Not)) or rule in self.left:
            sql = self._open(rule, rows)
            if sql is None:
                return self.dialect.null
            return sql if named is None else f"{LEAVES}.{named.setdefault(sql, f'c{len(named)}')}"
        parts = [self.answer(part, rows, named) for part in rule.children if isinstance(part, Expression)]
        if isinstance(rule, AllOf):
            return f"({' AND '.join(parts)})" if parts else "TRUE"
        if isinstance(rule, AnyOf):
            return f"({' OR '.join(parts)})" if parts else "FALSE"
        if isinstance(rule, NoneOf):
            return f"(NOT ({' OR '.join(parts)}))" if parts else "TRUE"
        return f"(NOT {parts[0]})"

    def possible(self, rule: Expression, *, wanted: bool = True) -> str:
        """Return a condition that nobody fails of whom the rule may be as *wanted*, whatever is left open."""
        if not isinstance(rule, (AllOf, AnyOf, NoneOf, Not)) or rule in self.left:
            sql = self._open(rule, PEOPLE)
            if sql is None:
                return "TRUE"
            # What is answered of some people only stays possible for the others.
            return f"({sql} IS {f'NOT {not wanted}' if rule in self.residual else wanted})"
        turned = isinstance(rule, (NoneOf, Not))
        parts = [
            self.possible(part, wanted=wanted is not turned) for part in rule.children if isinstance(part, Expression)
        ]
        every = isinstance(rule, AllOf) is wanted if not turned else wanted
        if not parts:
            return "TRUE" if every else "FALSE"
        return f"({(' AND ' if every else ' OR ').join(parts)})"

    def partly(self, rule: Expression, rows: Rows, reason: str) -> None:
        """Note that a leaf answers of some people only: whom it leaves unknown is asked in memory.

        Raises:
            UnpushableError: If it is asked of anything but people, where unknown would count as no.
        """
        if rows != PEOPLE:
            raise UnpushableError(reason)
        self.residual[rule] = reason

    def within(self, rule: Expression, inner: Expression, rows: Rows) -> str:
        """Return the answer of an *inner* rule that a leaf *rule* stands for, and note what it leaves open."""
        sql = self.answer(inner, rows)
        for part in ends(inner):
            if part in self.residual:
                self.partly(rule, rows, self.residual[part])
        return sql

    def _open(self, rule: Expression, rows: Rows) -> str | None:
        """Return a leaf in SQL; None (and a note of it) where the dialect cannot say it exactly."""
        if rule in self.left:
            self.partly(rule, rows, self.left[rule])
            return None
        key = (rows, rule)
        if key not in self._leaves and rule not in self.residual:
            try:
                self._leaves[key] = self._leaf(rule, rows)
            except UnpushableError as reason:
                if rows != PEOPLE:
                    raise
                self.residual[rule] = str(reason)
        return self._leaves.get(key)

    def _leaf(self, rule: Expression, rows: Rows) -> str:
        """Return a leaf in SQL.

        Raises:
            UnpushableError: If the dialect cannot say it exactly.
        """
        made = self.kinds.get(type(rule))
        if made is None:
            raise UnpushableError(f"a {type(rule).__name__}")
        return made(self, rule, rows)


def ends(rule: Expression) -> list[Expression]:
    """Return the conditions at the ends of a rule."""
    if not isinstance(rule, (AllOf, AnyOf, NoneOf, Not)):
        return [rule]
    return [end for part in rule.children if isinstance(part, Expression) for end in ends(part)]
