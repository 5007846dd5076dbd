"""Places in SQL: boxes and polygons by comparing numbers; of a distance only what lies surely outside of it."""

from __future__ import annotations

import math
from collections.abc import Sequence

from unified_profile.expressions.conditions import Condition
from unified_profile.expressions.fields import Field
from unified_profile.expressions.geography import NAMES, RADIUS_KM
from unified_profile.segments.sql.binding import UnpushableError
from unified_profile.segments.sql.comparing import NUMBERS, Value, compared
from unified_profile.segments.sql.compiling import Compiler
from unified_profile.segments.sql.scopes import Elements, Rows, Whole, find

_MOST_CORNERS = 64
# A box that is larger than the circle by more than all the rounding there is.
_MARGIN = 1.000001


def placed(compiler: Compiler, rule: Condition, rows: Rows) -> str:
    """Ask where a place lies, which two columns say."""
    found = find(compiler.binder, rule.field, compiler.layout, rows)
    if isinstance(found, Elements) or (isinstance(found, Whole) and found.table is not None):
        raise UnpushableError("a list of places")
    if not isinstance(found, Whole):
        return compiler.dialect.null  # no object says a place
    columns = compiler.layout.traits if rule.field.place == "trait" else compiler.tables.events.properties
    pair = next((pair for pair in NAMES if all((*rule.field.path, name) in columns for name in pair)), None)
    if pair is None or any(
        (*rule.field.path, name) in columns for other in NAMES if other != pair for name in set(other) - set(pair)
    ):
        raise UnpushableError("a place without one pair of columns for latitude and longitude")
    north, east = (
        find(compiler.binder, Field(rule.field.place, (*rule.field.path, name)), compiler.layout, rows) for name in pair
    )
    if not isinstance(north, Value) or not isinstance(east, Value) or not {north.kind, east.kind} <= NUMBERS:
        return compiler.dialect.null
    shape: Sequence[float] = tuple(each for each in _numbers(rule.value))
    if rule.op == "in_box":
        answer = _in_box(compiler, north, east, shape)
    elif rule.op == "in_polygon":
        answer = _in_polygon(compiler, north, east, shape)
    else:
        compiler.partly(rule, rows, "a distance, of which engines round sines differently")
        inside = _in_box(compiler, north, east, _around(*shape))
        answer = f"(CASE WHEN NOT {inside} THEN FALSE END)"
    earth = _both(compiler, north, (-90, 90)), _both(compiler, east, (-180, 180))
    sql = f"(CASE WHEN {' AND '.join(earth)} THEN {answer} END)"
    return f"(NOT {sql})" if rule.over == "none" else sql


def _numbers(value: object) -> Sequence[float]:
    assert isinstance(value, tuple)  # noqa: S101  # checked when the rule was made
    return [float(each) for each in value]


def _plain(number: float) -> float:
    return int(number) if float(number).is_integer() else number


def _than(compiler: Compiler, value: Value, op: str, number: float) -> str:
    return compared(compiler.binder, value, op, _plain(number))


def _both(compiler: Compiler, value: Value, ends: tuple[float, float]) -> str:
    return f"{_than(compiler, value, 'ge', ends[0])} AND {_than(compiler, value, 'le', ends[1])}"


def _in_box(compiler: Compiler, north: Value, east: Value, box: Sequence[float]) -> str:
    """Say that a place lies in a box; west may lie beyond 180°."""
    south, west, northern, eastern = box
    left, right = _than(compiler, east, "ge", west), _than(compiler, east, "le", eastern)
    across = f"({left} {'AND' if west <= eastern else 'OR'} {right})"
    return f"({_both(compiler, north, (south, northern))} AND {across})"


def _in_polygon(compiler: Compiler, north: Value, east: Value, corners: Sequence[float]) -> str:
    """Count the edges to the east as memory does: the same operations on doubles, in the same order."""
    if north.kind != "float" or east.kind != "float":
        raise UnpushableError("a polygon around places that are no doubles")
    points = list(zip(corners[::2], corners[1::2], strict=True))
    if len(points) > _MOST_CORNERS:
        raise UnpushableError(f"a polygon of more than {_MOST_CORNERS} corners")

    def mark(number: float) -> str:
        return compiler.binder.mark(number, "float")

    edges = []
    for (south, west), (norther, eastern) in zip(points, [*points[1:], points[0]], strict=True):
        if south == norther:
            continue
        crossing = f"{mark(west)} + ({north.typed} - {mark(south)}) * {mark(eastern - west)} / {mark(norther - south)}"
        low, high = sorted((south, norther))
        between = f"{north.typed} >= {mark(low)} AND {north.typed} < {mark(high)}"
        edges.append(f"CASE WHEN {between} AND {east.typed} < {crossing} THEN 1 ELSE 0 END")
    crossed = " + ".join(edges) or "0"
    return f"({compiler.dialect.remainder(f'({crossed})', 2)} = 1)"


def _around(north: float, east: float, reach: float) -> tuple[float, float, float, float]:
    """Return a box that everything within *reach* kilometers lies in."""
    angle = reach / RADIUS_KM * _MARGIN + 1e-9
    high = math.degrees(angle)
    south, northern = max(-90.0, north - high), min(90.0, north + high)
    if south <= -90 or northern >= 90 or angle >= math.pi / 2:
        return south, -180.0, northern, 180.0
    wide = math.degrees(math.asin(min(1.0, math.sin(angle) / math.cos(math.radians(north))))) * _MARGIN + 1e-9
    if wide >= 180:
        return south, -180.0, northern, 180.0
    west, eastern = east - wide, east + wide
    return south, west + 360 if west < -180 else west, northern, eastern - 360 if eastern > 180 else eastern
