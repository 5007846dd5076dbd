"""A finished query: its text, its parameters at any moment, and what is left to be finished in memory."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

import attrs

from unified_profile.errors import InvalidRulesError
from unified_profile.expressions.logic import Expression
from unified_profile.expressions.subject import Subject
from unified_profile.model.times import aware, to_micros
from unified_profile.segments.sql.binding import Bound, Clock
from unified_profile.segments.sql.compiling import LEAVES, Compiler
from unified_profile.segments.sql.dialects import dialect_named
from unified_profile.segments.sql.kinds import LEAF_KINDS
from unified_profile.segments.sql.layout import Layout
from unified_profile.segments.sql.parsing import readable
from unified_profile.segments.sql.tables import PERSON


@attrs.frozen
class SqlQuery:
    """A segment (or several) in the SQL of one dialect.

    *sql* holds names from the layout and marks of parameters, never a value. `parameters` gives what is bound at a
    moment; a query may be asked again and again. *residual* tells which conditions the dialect could not say exactly,
    and why: where it is empty every person returned is a member.

    .. versionadded:: 0.1
    """

    dialect: str
    sql: str
    rules: Mapping[str, Expression]
    residual: Mapping[Expression, str]
    _values: Mapping[str, Bound | Clock] = attrs.field(repr=False, alias="values")

    def parameters(self, now: datetime) -> dict[str, Bound]:
        """Return the values to bind, by name, when it is *now*.

        Raises:
            InvalidInputError: If *now* has no time zone.
        """
        at = to_micros(aware(now, field="now"))
        return {name: value(at) if callable(value) else value for name, value in self._values.items()}

    def finish(
        self, rows: Iterable[Iterable[Any]], subject_of: Callable[[Any], Subject], now: datetime
    ) -> Iterator[Any]:
        """Yield the keys of members among *rows*, which the query of one segment returned.

        Where nothing is left open those are all. Else a row says whether it is certain; of others *subject_of* returns
        the person as the purpose may see it, and the rule is asked in memory.
        """
        [rule] = self.rules.values()
        run, at = rule.compiled(), to_micros(aware(now, field="now"))
        for row in rows:
            key, *certain = row
            if not self.residual or (certain and certain[0]) or run(subject_of(key), at) is True:
                yield key


def membership_query(
    name: str,
    rule: Expression,
    dialect: str,
    layout: Layout,
    *,
    denied: Container[str] = frozenset(),
    denied_events: Container[str] = frozenset(),
    segments: Mapping[str, Expression] | None = None,
) -> SqlQuery:
    """Return the query of the keys of everybody of whom *rule* is true (or may be, where something is left open)."""

    def make(rules: Mapping[str, Expression], left: Mapping[Expression, str]) -> SqlQuery:
        [rule] = rules.values()
        return _members(rules, rule, _compiler(dialect, layout, (denied, denied_events), segments, left))

    return readable({name: rule}, make)


def _members(rules: Mapping[str, Expression], rule: Expression, compiler: Compiler) -> SqlQuery:
    """Return the query of keys."""
    answer, possible = compiler.answer(rule), compiler.possible(rule)
    key = f"{PERSON}.{compiler.dialect.identifier(compiler.layout.key)}"
    certain = f", CASE WHEN {answer} THEN 1 ELSE 0 END AS certain" if compiler.residual else ""
    where = possible if compiler.residual else answer
    return _finished(compiler, rules, f"SELECT {key} AS id{certain}", f" WHERE {where}")


def answers_query(
    rules: Mapping[str, Expression],
    dialect: str,
    layout: Layout,
    *,
    denied: Container[str] = frozenset(),
    denied_events: Container[str] = frozenset(),
    segments: Mapping[str, Expression] | None = None,
) -> SqlQuery:
    """Return the query of everybody's answers, one column a rule (``s0``, ``s1`` …): 1, 0, or NULL for unknown.

    A rule that the dialect cannot say exactly is NULL where what can be said does not decide it.
    """

    def make(asked: Mapping[str, Expression], left: Mapping[Expression, str]) -> SqlQuery:
        return _answers(asked, _compiler(dialect, layout, (denied, denied_events), segments, left))

    return readable(rules, make)


def _answers(rules: Mapping[str, Expression], compiler: Compiler) -> SqlQuery:
    """Return the query of answers."""
    key = f"{PERSON}.{compiler.dialect.identifier(compiler.layout.key)}"
    # Each leaf stands once, in a table below, and each rule once: planners take long over texts that say things twice.
    leaves: dict[str, str] = {}
    made = [compiler.answer(rule, named=leaves) for rule in rules.values()]
    columns = [f"{compiler.dialect.whole.format(x=sql)} AS s{place}" for place, sql in enumerate(made)]
    below = ", ".join((f"{key} AS id", *(f"{sql} AS {name}" for sql, name in leaves.items())))
    top = f"SELECT {', '.join((f'{LEAVES}.id', *columns))} FROM (", f") {LEAVES}"
    return _finished(compiler, rules, f"SELECT {below}", "", around=top)


def _compiler(
    dialect: str,
    layout: Layout,
    denied: tuple[Container[str], Container[str]],
    segments: Mapping[str, Expression] | None,
    left: Mapping[Expression, str],
) -> Compiler:
    """Return what compiles rules, with all kinds of conditions there are."""
    if not isinstance(layout, Layout):
        raise InvalidRulesError(field="layout", reason=f"a {type(layout).__name__} is no layout", hint="Layout(…)")
    return Compiler(
        dialect_named(dialect),
        layout,
        denied=denied[0],
        denied_events=denied[1],
        segments=segments,
        leaves=LEAF_KINDS,
        left=left,
    )


def _finished(
    compiler: Compiler,
    rules: Mapping[str, Expression],
    select: str,
    where: str,
    *,
    around: tuple[str, str] = ("", ""),
) -> SqlQuery:
    """Put the parts together."""
    common = ", ".join(f"{name} AS ({query})" for name, query in compiler.tables.common())
    table = compiler.dialect.identifier(compiler.layout.table)
    before, after = around
    rows = f"{before}{select} FROM {table} {PERSON}{compiler.tables.joins()}{where}{after}"
    sql = f"{f'WITH {common} ' if common else ''}{rows}"
    # What was bound by a part that was then left open stands nowhere: drivers refuse it.
    marked = set(re.findall(re.escape(compiler.dialect.mark).replace(r"\{\}", r"(p\d+)"), sql))
    used = {name: value for name, value in compiler.binder.values.items() if name in marked}
    return SqlQuery(compiler.dialect.name, sql, dict(rules), dict(compiler.residual), used)
