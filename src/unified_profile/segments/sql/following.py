"""What followed upon what, in SQL: one pass in the order of time, that counts what comes within the wait."""

from __future__ import annotations

from unified_profile.expressions.fields import Field
from unified_profile.expressions.sequences import EventSequence
from unified_profile.expressions.values import micros_in
from unified_profile.segments.sql.binding import Shift, UnpushableError
from unified_profile.segments.sql.choosing import denied_events, selected
from unified_profile.segments.sql.comparing import NUMBERS, Value
from unified_profile.segments.sql.compiling import Compiler
from unified_profile.segments.sql.scopes import EVENTS, Elements, Rows, Whole, find, value_of
from unified_profile.segments.sql.tables import EVENT


def followed(compiler: Compiler, rule: EventSequence, _: Rows) -> str:
    """Return the condition in SQL."""
    if denied_events(compiler, rule.first) or denied_events(compiler, rule.then):
        return compiler.dialect.null
    first, then = selected(compiler, rule.first), selected(compiler, rule.then)
    binder, wait = compiler.binder, micros_in(rule.within)
    rows = _rows(compiler, rule, first, then)
    frame = f"PARTITION BY up_w.k, up_w.g ORDER BY up_w.t RANGE BETWEEN CURRENT ROW AND {wait} FOLLOWING"
    came = f"COUNT(CASE WHEN up_w.b = 1 THEN 1 END) OVER ({frame}) - up_w.b"
    parts = ["up_x.a = 1", "up_x.c > 0" if rule.followed else "up_x.c = 0"]
    if not rule.followed:
        # Only when the wait is over is it known that nothing came.
        parts.append(f"up_x.t < {binder.instant(Shift(-wait))}")
    if rule.during is not None:
        parts.append(f"up_x.t >= {binder.instant(Shift(-micros_in(rule.during)))}")
    inner = f"SELECT up_w.k AS k, up_w.t AS t, up_w.a AS a, {came} AS c FROM ({rows}) up_w"
    people = f"SELECT up_x.k AS k FROM ({inner}) up_x WHERE {' AND '.join(parts)}"
    return f"({compiler.tables.sequence(people)} IS NOT NULL)"


def _rows(compiler: Compiler, rule: EventSequence, first: str, then: str) -> str:
    """Return the query of events that begin (a) or follow (b), with what must agree (g)."""
    if rule.same is None:
        return _side(compiler, None, _both(first, then), f"({first}) OR ({then})")
    found = [_keyed(find(compiler.binder, Field("property", path), compiler.layout, EVENTS)) for path in rule.same]
    kinds = {_class(each) for each in found}
    if len(kinds) > 1:
        if "instant" in kinds or len(kinds & NUMBERS) > 1:
            raise UnpushableError("properties of two kinds that must agree")
        then = "FALSE"  # values of two kinds never agree
    if rule.same[0] == rule.same[1] and not isinstance(found[0], Elements):
        return _side(compiler, found[0], _both(first, then), f"({first}) OR ({then})")
    if len(kinds) > 1:
        # Nothing can follow, so it does no harm that a list names a thing twice.
        return _side(compiler, found[0], "1 AS a, 0 AS b", f"({first})")
    sides = (
        _side(compiler, found[0], "1 AS a, 0 AS b", f"({first})"),
        _side(compiler, found[1], "0 AS a, 1 AS b", f"({then})"),
    )
    # An event never follows itself: its two sides become one row.
    grouped = "SELECT up_v.k AS k, up_v.i AS i, up_v.t AS t, up_v.g AS g, MAX(up_v.a) AS a, MAX(up_v.b) AS b"
    return f"{grouped} FROM ({' UNION ALL '.join(sides)}) up_v GROUP BY up_v.k, up_v.i, up_v.t, up_v.g"


def _keyed(found: Value | Elements | Whole) -> Value | Elements:
    """Refuse objects, which never agree."""
    if isinstance(found, Whole):
        raise UnpushableError("objects that must agree")
    return found


def _class(found: Value | Elements) -> str:
    """Return the kind of what must agree."""
    return found.column.kind if isinstance(found, Elements) else found.kind


def _both(first: str, then: str) -> str:
    """Return the marks of an event that may begin, follow, or both."""
    return f"CASE WHEN {first} THEN 1 ELSE 0 END AS a, CASE WHEN {then} THEN 1 ELSE 0 END AS b"


def _side(compiler: Compiler, found: Value | Elements | None, marks: str, condition: str) -> str:
    """Return the rows of one side."""
    tables, dialect = compiler.tables, compiler.dialect
    events, quoted = tables.events, dialect.identifier
    join, value = "", found
    if isinstance(found, Elements):
        join = (
            f" JOIN {quoted(found.table.table)} up_j ON up_j.{quoted(found.table.owner)} = {EVENT}.{quoted(events.id)}"
        )
        value = value_of(compiler.binder, found.column, "up_j")
    key, where = "1", f"{tables.at()} <= {tables.now} AND ({condition})"
    if isinstance(value, Value):
        key = f"{value.typed} + 0.0" if value.kind == "float" else value.typed
        where += f" AND {value.typed} IS NOT NULL"
        if value.kind == "flag":
            key = f"(CASE WHEN {dialect.truth.format(x=value.typed)} THEN 1 ELSE 0 END)"
    owner, id = f"{EVENT}.{quoted(events.owner)}", f"{EVENT}.{quoted(events.id)}"
    return (
        f"SELECT {owner} AS k, {id} AS i, {tables.at()} AS t, {key} AS g, {marks}"
        f" FROM {tables.source()}{join} WHERE {where}"
    )
