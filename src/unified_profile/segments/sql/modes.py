"""What no single total over events says: the most frequent value, and how many elements of lists differ."""

from __future__ import annotations

from unified_profile.expressions.values import FIRST_US
from unified_profile.segments.sql.comparing import Value
from unified_profile.segments.sql.compiling import Compiler
from unified_profile.segments.sql.scopes import Elements, value_of
from unified_profile.segments.sql.tables import EVENT

_JOINED = "up_j"


def _values(compiler: Compiler, condition: str, found: Value | Elements) -> tuple[str, Value]:
    """Return the query of people (``k``) and values (``v``, texts also folded), one row for each value brought."""
    tables, quoted = compiler.tables, compiler.dialect.identifier
    join, value = "", found
    if isinstance(found, Elements):
        key = f"{_JOINED}.{quoted(found.table.owner)}"
        join = f" JOIN {quoted(found.table.table)} {_JOINED} ON {key} = {EVENT}.{quoted(tables.events.id)}"
        value = value_of(compiler.binder, found.column, _JOINED)
    assert isinstance(value, Value)  # noqa: S101  # an element is one
    sql = value.typed
    if value.kind == "flag":
        truth = compiler.dialect.truth.format(x=sql)
        sql = f"(CASE WHEN {truth} THEN 1 WHEN NOT {truth} THEN 0 END)"
    elif value.kind == "float":
        sql = f"{sql} + 0.0"  # -0 is 0
    folds = "".join(f", {folded} AS c_{case}" for case, folded in value.folds)
    owner = f"{EVENT}.{quoted(tables.events.owner)}"
    rows = (
        f"SELECT {owner} AS k, {sql} AS v{folds} FROM {tables.source()}{join}"
        f" WHERE {tables.at()} <= {tables.now} AND {condition} AND {value.typed} IS NOT NULL"
    )
    return rows, value


def distinct_elements(compiler: Compiler, condition: str, found: Elements) -> Value:
    """Return how many values differ, NULL for none."""
    rows, _ = _values(compiler, condition, found)
    alias = compiler.tables.of_own(
        f"SELECT up_z.k AS k, COUNT(DISTINCT up_z.v) AS v FROM ({rows}) up_z GROUP BY up_z.k"
    )
    return Value(f"{alias}.v", f"{alias}.v", "integer")


def most_frequent(compiler: Compiler, condition: str, found: Value | Elements) -> Value:
    """Return the value told most often, of several alike the smallest."""
    rows, value = _values(compiler, condition, found)
    cases = [case for case, _ in value.folds]
    folds = "".join(f", MIN(up_z.c_{case}) AS c_{case}" for case in cases)
    counted = f"SELECT up_z.k AS k, up_z.v AS v, COUNT(*) AS n{folds} FROM ({rows}) up_z GROUP BY up_z.k, up_z.v"
    order = ", ".join(f"{each}" for each in _order(compiler, value))
    held = "".join(f", up_y.c_{case} AS c_{case}" for case in cases)
    ranked = (
        f"SELECT up_y.k AS k, up_y.v AS v{held},"
        f" ROW_NUMBER() OVER (PARTITION BY up_y.k ORDER BY up_y.n DESC, {order}) AS r FROM ({counted}) up_y"
    )
    held = "".join(f", up_x.c_{case} AS c_{case}" for case in cases)
    alias = compiler.tables.of_own(f"SELECT up_x.k AS k, up_x.v AS v{held} FROM ({ranked}) up_x WHERE up_x.r = 1")
    raw = f"{alias}.v"
    if value.kind == "flag":
        return Value(raw, f"({raw} = 1)", "flag")
    if value.kind == "text":
        as_text = compiler.dialect.as_text
        folded = tuple((case, as_text(f"{alias}.c_{case}")) for case in cases)
        return Value(raw, as_text(raw), "text", folds=folded, day=value.day)
    return Value(raw, raw, value.kind, value.scale)


def _order(compiler: Compiler, value: Value) -> list[str]:
    """Return what values are ordered by; instants as the texts that name them, where a fraction comes before none."""
    if value.kind != "instant":
        return ["up_y.v"]
    since = f"(up_y.v - ({FIRST_US}))"
    part = compiler.dialect.remainder(since, 1_000_000)
    return [f"({since} - {part})", f"CASE WHEN {part} = 0 THEN 1 ELSE 0 END", "up_y.v"]
