"""What can be asked of one value: the table of operators, and each operator as a function."""

from __future__ import annotations

import operator
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Literal, TypeAlias

import attrs

from unified_profile.errors import InvalidRulesError
from unified_profile.expressions.casing import CASES, FOLDERS
from unified_profile.expressions.kleene import Kleene
from unified_profile.expressions.values import (
    Constant,
    checked_duration,
    checked_instant,
    checked_scalar,
    checked_scalars,
    instant_of,
    kind_of,
    micros_in,
)
from unified_profile.model.times import to_micros

Takes: TypeAlias = Literal["nothing", "scalar", "scalars", "ordered", "text", "instant", "duration"]
Check: TypeAlias = Callable[[Any], bool]


@attrs.frozen
class Operator:
    """One row of the table of operators.

    *positive* is the operator whose opposite this is ("" for a positive one). *or_missing* makes a missing or null
    value true rather than unknown.
    """

    name: str
    takes: Takes
    positive: str = ""
    or_missing: bool = False


OPERATORS: dict[str, Operator] = {
    row.name: row
    for row in (
        # States of the value as a whole: never unknown, unless denied.
        Operator("exists", "nothing"),
        Operator("missing", "nothing"),
        Operator("null", "nothing"),
        Operator("empty", "nothing"),
        Operator("eq", "scalar"),
        Operator("ne", "scalar", "eq"),
        Operator("ne_or_missing", "scalar", "eq", or_missing=True),
        Operator("in", "scalars"),
        Operator("not_in", "scalars", "in"),
        Operator("not_in_or_missing", "scalars", "in", or_missing=True),
        Operator("lt", "ordered"),
        Operator("le", "ordered"),
        Operator("gt", "ordered"),
        Operator("ge", "ordered"),
        Operator("contains", "text"),
        Operator("not_contains", "text", "contains"),
        Operator("not_contains_or_missing", "text", "contains", or_missing=True),
        Operator("starts", "text"),
        Operator("ends", "text"),
        Operator("at", "instant"),
        Operator("before", "instant"),
        Operator("at_or_before", "instant"),
        Operator("after", "instant"),
        Operator("at_or_after", "instant"),
        Operator("within_last", "duration"),
        Operator("within_next", "duration"),
        Operator("older_than", "duration"),
    )
}

_BINARY: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
    "contains": operator.contains,
    "starts": str.startswith,
    "ends": str.endswith,
    "at": operator.eq,
    "before": operator.lt,
    "at_or_before": operator.le,
    "after": operator.gt,
    "at_or_after": operator.ge,
}


def operator_named(name: object, /, *, field: str = "op") -> Operator:
    """Return the operator *name*.

    Raises:
        InvalidRulesError: If there is none; the hint lists those there are.
    """
    found = OPERATORS.get(name) if isinstance(name, str) else None
    if found is None:
        raise InvalidRulesError(field=field, reason="no such operator", hint="one of " + ", ".join(OPERATORS))
    return found


def checked_constant(op: str, value: object, case: object, /) -> Constant:
    """Return *value* as the operator *op* takes it.

    Raises:
        InvalidRulesError: If the value does not suit the operator, or *case* does not suit the value.
    """
    takes = operator_named(op).takes
    constant = _TAKERS[takes](value, op)
    several = constant if isinstance(constant, tuple) else (constant,)
    if case not in CASES:
        raise InvalidRulesError(field="case", reason="no such way to compare text", hint="one of " + ", ".join(CASES))
    textual = takes in {"scalar", "scalars", "ordered", "text"} and all(isinstance(each, str) for each in several)
    if case != "exact" and not textual:
        raise InvalidRulesError(field="case", reason="is for text only", hint="leave it out")
    return constant


def _nothing(value: object, op: str, /) -> Constant:
    if value is not None:
        raise InvalidRulesError(field="value", reason=f"{op!r} compares with nothing", hint="leave it out")
    return None


def _ordered(value: object, op: str, /) -> Constant:
    found = checked_scalar(value)
    if isinstance(found, bool):
        raise InvalidRulesError(field="value", reason=f"True and False have no order for {op!r}", hint="use 'eq'")
    return found


def _text(value: object, op: str, /) -> Constant:
    if kind_of(value) != "text" or not value:
        raise InvalidRulesError(
            field="value", reason=f"{op!r} looks for text of at least one character", hint="give it"
        )
    return checked_scalar(value)


_TAKERS: dict[Takes, Callable[[object, str], Constant]] = {
    "nothing": _nothing,
    "scalar": lambda value, _: checked_scalar(value),
    "scalars": lambda value, _: checked_scalars(value),
    "ordered": _ordered,
    "text": _text,
    "instant": lambda value, _: checked_instant(value),
    "duration": lambda value, op: checked_duration(value, zero=op == "older_than"),
}


@attrs.frozen
class Comparator:
    """An operator with its constant, ready to be asked about one value that is neither missing nor a list.

    *kind* is what a value must be (``"any"``: any scalar), otherwise the answer is unknown. *check* answers for a
    value of that kind; relative operators have a *span* around now instead, both ends included, in microseconds.
    """

    kind: str
    check: Check
    span: tuple[int | None, int | None] | None = None

    def test(self, value: object, now: int, /) -> Kleene:
        """Return the answer for *value*: unknown when it is of another kind."""
        if self.kind == "instant":
            at = instant_of(value)
            if at is None:
                return None
            return self.check(at) if self.span is None else _inside(at, now, self.span)
        kind = kind_of(value)
        if kind == self.kind or (self.kind == "any" and kind in {"text", "number", "flag"}):
            return self.check(value)
        return None

    def edges(self, value: object, /) -> tuple[int, ...]:
        """Return the instants at which time alone may change the answer for *value*."""
        at = None if self.span is None else instant_of(value)
        if self.span is None or at is None:
            return ()
        low, high = self.span
        ends = (None if high is None else at - high, None if low is None else at - low + 1)
        return tuple(end for end in ends if end is not None)


def _inside(at: int, now: int, span: tuple[int | None, int | None]) -> bool:
    """Say whether *at* lies in the *span* around *now*."""
    low, high = span
    return (low is None or now + low <= at) and (high is None or at <= now + high)


def comparator(op: str, constant: Constant, case: str = "exact", *, decimal: bool = False) -> Comparator:
    """Return the positive form of *op* (``ne`` becomes ``eq``) with its *constant*.

    With *decimal* a fraction is taken as written: 0.1 means one tenth, as sums of amounts do.

    >>> comparator("starts", "Tōk", "fold").test("tokyo", 0)
    True
    >>> comparator("eq", 1).test(True, 0) is None
    True
    """
    positive = OPERATORS[op].positive or op
    if isinstance(constant, timedelta):
        return Comparator("instant", bool, _span(positive, micros_in(constant)))
    if isinstance(constant, datetime):
        compare, at = _BINARY[positive], to_micros(constant)
        return Comparator("instant", lambda value: compare(value, at))
    if isinstance(constant, tuple):
        return _among(constant, case, decimal=decimal)
    return _binary(positive, constant, case, decimal=decimal)


def _span(op: str, length: int) -> tuple[int | None, int | None]:
    """Return the span around now that a relative operator means."""
    if op == "within_last":
        return -length, 0
    return (0, length) if op == "within_next" else (None, -length - 1)


def _among(constants: tuple[Any, ...], case: str, *, decimal: bool) -> Comparator:
    """Compare with several constants of one kind."""
    if not constants:
        return Comparator("any", lambda _: False)
    kind = kind_of(constants[0])
    if kind == "text" and case != "exact":
        fold = FOLDERS[case]
        folded = frozenset(fold(each) for each in constants)
        return Comparator(kind, lambda value: fold(value) in folded)
    wanted = frozenset(_as_written(each) if decimal else each for each in constants)
    return Comparator(kind, wanted.__contains__)


def _binary(op: str, constant: Any, case: str, *, decimal: bool) -> Comparator:
    """Compare with one constant."""
    compare = _BINARY[op]
    kind = kind_of(constant)
    if kind == "text" and case != "exact":
        fold = FOLDERS[case]
        wanted = fold(constant)
        return Comparator(kind, lambda value: compare(fold(value), wanted))
    if kind == "text" and op in _BOUND:
        return Comparator(kind, getattr(constant, _BOUND[op]))
    plain = _as_written(constant) if decimal else constant
    return Comparator(kind, lambda value: compare(value, plain))


def _as_written(number: Any) -> Any:
    """Return a fraction as the decimal that it is written as."""
    return Decimal(repr(number)) if isinstance(number, float) else number


# What the constant's own method answers is what the operator asks of the value, at half the price of a function.
_BOUND = {"eq": "__eq__", "lt": "__gt__", "le": "__ge__", "gt": "__lt__", "ge": "__le__"}
