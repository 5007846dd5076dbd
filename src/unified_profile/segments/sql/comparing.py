"""Comparing one value in SQL exactly as in memory: by code point, without coercion, at the limits of numbers too."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import attrs

from unified_profile.expressions.casing import FOLDERS
from unified_profile.expressions.operators import OPERATORS
from unified_profile.expressions.values import Constant, kind_of, micros_in
from unified_profile.expressions.versions import version_key
from unified_profile.model.times import to_micros
from unified_profile.segments.sql.binding import Binder, Shift, UnpushableError
from unified_profile.segments.sql.layout import MOST_DIGITS

SIGNS = {"eq": "=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}
INSTANTS = {"at": "=", "before": "<", "at_or_before": "<=", "after": ">", "at_or_after": ">="}
_MOST = 2**63 - 1
NUMBERS = frozenset({"integer", "float", "decimal"})


@attrs.frozen
class Value:
    """A value of one kind in SQL: *raw* is NULL where there is none, *typed* also where it is of no use.

    *folds* are the companions of text. *total* tells a sum, of which fractions are taken as written; where it could
    overflow it comes in *halves*, the upper one and the lower 32 bits. *day* is the engine's own date, written here as
    the text year-month-day.
    """

    raw: str
    typed: str
    kind: str
    scale: int = 0
    folds: tuple[tuple[str, str], ...] = ()
    total: bool = False
    halves: tuple[str, str] | None = None
    day: str = ""


def known(value: Value, answer: str) -> str:
    """Return *answer* where there is a value, else unknown."""
    return f"(CASE WHEN {value.typed} IS NOT NULL THEN {answer} END)"


def compared(  # noqa: PLR0911  # one return a kind of value
    binder: Binder, value: Value, op: str, constant: Constant, case: str = "exact"
) -> str:
    """Return the condition that *value* stands in the positive relation *op* to *constant*; NULL where unknown.

    Raises:
        UnpushableError: If the dialect cannot say it exactly.
    """
    if op.startswith("version_"):
        return _version(binder, value, op, constant)
    if isinstance(constant, timedelta) or op in INSTANTS:
        return _instant(binder, value, op, constant)
    if value.kind == "instant":
        raise UnpushableError("an instant taken as text")
    if isinstance(constant, tuple) and not constant:
        return known(value, "FALSE")
    kind = kind_of(constant[0] if isinstance(constant, tuple) else constant)
    own = "number" if value.kind in NUMBERS else value.kind
    if kind != own:
        return binder.dialect.null
    if own == "flag":
        return _flag(binder, value, constant)
    if own == "text":
        return _text(binder, value, op, constant, case)
    if isinstance(constant, tuple):
        return _either(_number(binder, value, "eq", each) for each in constant)
    return _number(binder, value, op, constant)


def _either(conditions: Iterable[str]) -> str:
    """Join with OR, each condition once."""
    return "(" + " OR ".join(dict.fromkeys(conditions)) + ")"


def _instant(binder: Binder, value: Value, op: str, constant: Constant) -> str:
    """Compare with an instant, or with a span around now."""
    if value.day:
        return binder.dialect.null  # a day is no instant
    if value.kind == "text":
        raise UnpushableError("text that may name an instant")
    if value.kind != "instant":
        return binder.dialect.null
    if isinstance(constant, datetime):
        return f"({value.typed} {INSTANTS[op]} {binder.instant(to_micros(constant))})"
    if not isinstance(constant, timedelta):
        raise UnpushableError(op)
    length = micros_in(constant)
    now = binder.instant(Shift(0))
    if op == "within_last":
        return f"({value.typed} >= {binder.instant(Shift(-length))} AND {value.typed} <= {now})"
    if op == "within_next":
        return f"({value.typed} >= {now} AND {value.typed} <= {binder.instant(Shift(length))})"
    if op == "older_than":
        return f"({value.typed} < {binder.instant(Shift(-length))})"
    raise UnpushableError(op)


def _flag(binder: Binder, value: Value, constant: Constant) -> str:
    """Compare a flag, which has no order."""
    truth = binder.dialect.truth.format(x=value.typed)
    wanted = set(constant) if isinstance(constant, tuple) else {constant}
    if len(wanted) > 1:
        return known(value, "TRUE")
    return truth if True in wanted else f"(NOT {truth})"


def _text(binder: Binder, value: Value, op: str, constant: Any, case: str) -> str:
    """Compare text by code point."""
    typed = value.typed
    if case != "exact":
        companion = typed if value.day else dict(value.folds).get(case)
        if companion is None:
            raise UnpushableError("text without case that has no companion column")
        typed = companion
    fold = FOLDERS[case]
    if isinstance(constant, tuple):
        wanted = [fold(each) for each in constant]
        wanted = sorted({each for each in wanted if _storable(binder, each) == len(each)})
        if not wanted:
            return known(value, "FALSE")
        if len(wanted) == 1:
            return f"({typed} = {binder.text(wanted[0])})"
        return f"({typed} IN ({', '.join(binder.text(each) for each in wanted)}))"
    text = fold(constant)
    if _storable(binder, text) < len(text):
        return _beyond(binder, value, typed, op, text)
    bound = binder.text(text)
    if op in SIGNS:
        return f"({typed} {SIGNS[op]} {bound})"
    forms = {"contains": binder.dialect.contains, "starts": binder.dialect.starts, "ends": binder.dialect.ends}
    if op not in forms:
        raise UnpushableError(op)
    return f"({forms[op].format(x=typed, p=bound)})"


def _version(binder: Binder, value: Value, op: str, constant: Any) -> str:
    """Compare versions by the keys that stand beside them."""
    if value.kind != "text" or value.day:
        return binder.dialect.null
    companion, key = dict(value.folds).get("version"), version_key(constant)
    if companion is None or key is None:
        raise UnpushableError("a version that has no companion column")
    return f"({companion} {SIGNS[op.removeprefix('version_')]} {binder.text(key)})"


def _storable(binder: Binder, text: str) -> int:
    """Return how much of *text* the engine can hold: no half of a surrogate pair, and some no NUL."""
    for place, mark in enumerate(text):
        if "\ud800" <= mark <= "\udfff" or (mark == "\0" and not binder.dialect.nul):
            return place
    return len(text)


def _beyond(binder: Binder, value: Value, typed: str, op: str, text: str) -> str:
    """Compare with a text that no value can be; only its place among those that can be matters."""
    if op not in {"lt", "le", "gt", "ge"}:
        return known(value, "FALSE")
    stored = _storable(binder, text)
    sign = {"lt": "<", "le": "<", "gt": ">=", "ge": ">="}[op]
    if text[stored] == "\0":
        # What begins alike and goes on is greater than NUL; what ends there is smaller.
        sign = {"<": "<=", ">=": ">"}[sign]
        return f"({typed} {sign} {binder.text(text[:stored])})"
    return f"({typed} {sign} {binder.text(text[:stored] + chr(0xE000))})"


def _number(  # noqa: PLR0911  # one return a kind of number
    binder: Binder, value: Value, op: str, constant: Any
) -> str:
    """Compare numbers exactly."""
    if value.kind == "float":
        return _float(binder, value, op, constant)
    exact = number_of(constant) if value.total or value.kind == "decimal" else Fraction(constant)
    grid = exact * 10**value.scale
    low, high = math.floor(grid), math.ceil(grid)
    if op == "eq" and low != high:
        return known(value, "FALSE")
    op, place = {"eq": ("eq", low), "lt": ("lt", high), "le": ("le", low), "gt": ("gt", low), "ge": ("ge", high)}[op]
    most = 2**94 if value.halves else 10**37 if value.total else _MOST if value.kind == "integer" else 10**MOST_DIGITS
    if not -most - (value.kind == "integer") <= place <= most:
        above = place > 0
        return known(value, "TRUE" if op in ({"lt", "le"} if above else {"gt", "ge"}) else "FALSE")
    if value.halves:
        return halves_compared(binder, value.halves, op, place)
    if value.kind == "integer" and not value.total:
        return f"({value.typed} {SIGNS[op]} {binder.mark(place, 'integer')})"
    shown = Decimal(place).scaleb(-value.scale)
    if binder.dialect.types["decimal"] == "REAL":
        return f"({value.typed} {SIGNS[op]} {binder.mark(float(shown), 'float')})"
    return f"({value.typed} {SIGNS[op]} {binder.mark(format(shown, 'f'), 'decimal', scale=value.scale)})"


def halves_compared(binder: Binder, halves: tuple[str, str], op: str, place: int) -> str:
    """Compare a sum that comes in halves."""
    high = f"({halves[0]} + ({halves[1]} >> 32))"
    low = f"({halves[1]} & 4294967295)"
    top, rest = binder.mark(place >> 32, "integer"), binder.mark(place & 0xFFFFFFFF, "integer")
    if op == "eq":
        return f"({high} = {top} AND {low} = {rest})"
    return f"({high} {SIGNS[op][0]} {top} OR ({high} = {top} AND {low} {SIGNS[op]} {rest}))"


def number_of(constant: float) -> Fraction:
    """Return a constant as it is written: 0.1 is a tenth."""
    return Fraction(repr(constant)) if isinstance(constant, float) else Fraction(constant)


def _float(binder: Binder, value: Value, op: str, constant: Any) -> str:
    """Compare a double with a number that may be no double."""
    try:
        near = float(constant)
    except OverflowError:
        near = math.inf if constant > 0 else -math.inf
    if math.isinf(near):
        return known(value, "TRUE" if op in ({"lt", "le"} if near > 0 else {"gt", "ge"}) else "FALSE")
    if near != constant:
        if op == "eq":
            return known(value, "FALSE")
        # The doubles on either side of the constant.
        below = near if near < constant else math.nextafter(near, -math.inf)
        op, near = ("le", below) if op in {"lt", "le"} else ("gt", below)
    return f"({value.typed} {SIGNS[op]} {binder.mark(near, 'float')})"


def with_sign(op: str, condition: Callable[[str], str], value: Value, *, missing: bool = True) -> str:
    """Return *condition* of the positive form of *op*, turned around where *op* is negative.

    *missing* tells that what is not there makes an ``…_or_missing`` true.
    """
    row = OPERATORS[op]
    positive = condition(row.positive or op)
    if not row.positive:
        return positive
    if row.or_missing and missing:
        return f"(CASE WHEN {value.raw} IS NULL THEN TRUE ELSE NOT {positive} END)"
    return f"(NOT {positive})"
