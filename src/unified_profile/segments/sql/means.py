"""Means in SQL without division: a mean is more than 2 where the numbers, each less 2, add up to more than 0."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any, TypeAlias

import attrs

from unified_profile.expressions.measures import MeasureCondition
from unified_profile.expressions.operators import OPERATORS
from unified_profile.segments.sql.binding import UnpushableError
from unified_profile.segments.sql.comparing import SIGNS, Value, halves_compared, known, number_of
from unified_profile.segments.sql.compiling import Compiler
from unified_profile.segments.sql.layout import MOST_DIGITS

Add: TypeAlias = Callable[..., str]
"""Adds up something of each number that counts."""

_FINEST = 9
_FINEST_IN_SQLITE = 3
_LARGEST = 10**19
"""No mean of whole numbers lies beyond."""


def mean(compiler: Compiler, rule: MeasureCondition, kind: str, scale: int, add: Add) -> tuple[Value, str]:
    """Return the number of numbers, NULL for none, and the answer of the positive operator.

    Raises:
        UnpushableError: If the dialect would round.
    """
    if kind == "float":
        raise UnpushableError("a mean of doubles, which engines round")
    if kind == "decimal" and compiler.dialect.name == "sqlite":
        raise UnpushableError("a mean of decimals, which SQLite has not")
    counted = f"NULLIF({add('CASE WHEN {x} IS NOT NULL THEN 1 END')}, 0)"
    value, op = Value(counted, counted, "integer"), OPERATORS[rule.op].positive or rule.op
    several: Any = rule.value if isinstance(rule.value, tuple) else (rule.value,)
    if not several:
        return value, known(value, "FALSE")
    value = attrs.evolve(value, scale=scale, kind=kind)
    parts = [_against(compiler, value, "eq" if op == "in" else op, number_of(each), add) for each in several]
    return value, f"({' OR '.join(dict.fromkeys(parts))})"


def _against(compiler: Compiler, value: Value, op: str, wanted: Fraction, add: Add) -> str:
    """Compare the mean with one number."""
    if abs(wanted) > (10 ** (MOST_DIGITS - value.scale) if value.kind == "decimal" else _LARGEST):
        return known(value, "TRUE" if op in ({"lt", "le"} if wanted > 0 else {"gt", "ge"}) else "FALSE")
    sqlite = compiler.dialect.name == "sqlite"
    finest = _FINEST_IN_SQLITE if sqlite else _FINEST
    digits = next((digits for digits in range(finest + 1) if (wanted * 10**digits).denominator == 1), None)
    if digits is None:
        raise UnpushableError(f"a mean compared with more than {finest} decimals")
    if sqlite:
        return _by_halves(compiler, value.typed, op, (10**digits, int(wanted * 10**digits)), add)
    binder, scale = compiler.binder, max(digits, value.scale)
    bound = binder.mark(_written(int(wanted * 10**digits), digits), "narrow", scale=scale)
    made = compiler.dialect.types["narrow"].format(s=scale)
    difference = add(f"CAST({{x}} AS {made}) - {bound}")
    return f"({difference} {SIGNS[op]} 0)"


def _written(whole: int, digits: int) -> str:
    """Return a number of so many decimals as text."""
    sign, shown = "-" if whole < 0 else "", str(abs(whole)).rjust(digits + 1, "0")
    return f"{sign}{shown[: len(shown) - digits]}.{shown[len(shown) - digits :]}" if digits else f"{sign}{shown}"


def _by_halves(compiler: Compiler, number: str, op: str, wanted: tuple[int, int], add: Add) -> str:
    """Compare whole numbers in halves: so many times their sum, with so much for each of a *number* of them."""
    times, place = wanted
    high, low = add("{x} >> 32"), add("{x} & 4294967295")
    upper, lower = (compiler.binder.mark(each, "integer") for each in (place >> 32, place & 0xFFFFFFFF))
    return halves_compared(
        compiler.binder,
        (f"({high} * {times} - {upper} * {number})", f"({low} * {times} - {lower} * {number})"),
        op,
        0,
    )
