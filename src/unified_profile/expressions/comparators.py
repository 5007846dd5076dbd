"""What can be asked of one value: each operator with its constant as a function."""

from __future__ import annotations

import operator
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, TypeAlias

import attrs

from unified_profile.errors import InvalidRulesError
from unified_profile.expressions.casing import CASES, FOLDERS
from unified_profile.expressions.geography import checked_numbers, in_box, in_polygon, kilometers, place_of
from unified_profile.expressions.kleene import Kleene
from unified_profile.expressions.operators import OPERATORS, Takes, operator_named
from unified_profile.expressions.patterns import searcher
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
from unified_profile.expressions.versions import version_of
from unified_profile.model.times import to_micros

Check: TypeAlias = Callable[[Any], bool]
Written: TypeAlias = type[Decimal] | type[Fraction]


_VERSIONS: dict[str, Callable[[Any, Any], bool]] = {
    "version_eq": operator.eq,
    "version_lt": operator.lt,
    "version_le": operator.le,
    "version_gt": operator.gt,
    "version_ge": operator.ge,
}
_PLACES: dict[str, Callable[[Any, Any], bool]] = {"near": in_box, "in_box": in_box, "in_polygon": in_polygon}
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
    if takes == "pattern" and case == "fold":
        raise InvalidRulesError(field="case", reason="a pattern does not fold accents", hint="'exact' or 'ci'")
    textual = takes in {"scalar", "scalars", "ordered", "text", "pattern"} and all(
        isinstance(each, str) for each in several
    )
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


def _pattern(value: object, op: str, /) -> Constant:
    text = _text(value, op)
    searcher(str(text))
    return text


def _version(value: object, op: str, /) -> Constant:
    if not isinstance(value, str) or version_of(value) is None:
        raise InvalidRulesError(field="value", reason=f"{op!r} compares with a version", hint="e.g. '1.10.0'")
    return str(value)


_TAKERS: dict[Takes, Callable[[object, str], Constant]] = {
    "nothing": _nothing,
    "scalar": lambda value, _: checked_scalar(value),
    "scalars": lambda value, _: checked_scalars(value),
    "ordered": _ordered,
    "text": _text,
    "pattern": _pattern,
    "version": _version,
    "shape": checked_numbers,
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
        if self.kind in {"place", "version"}:
            found = place_of(value) if self.kind == "place" else version_of(value) if isinstance(value, str) else None
            return None if found is None else self.check(found)
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


def comparator(  # noqa: PLR0911  # one return a kind of operator
    op: str, constant: Constant, case: str = "exact", *, written: Written | None = None
) -> Comparator:
    """Return the positive form of *op* (``ne`` becomes ``eq``) with its *constant*.

    With *written* a fraction is taken as it is written: 0.1 means one tenth, as sums of amounts do.

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
    if positive in _PLACES:
        return _placed(positive, constant)
    if positive in _VERSIONS:
        return _versioned(positive, str(constant))
    if positive == "matches":
        return Comparator("text", searcher(str(constant), case))
    if isinstance(constant, tuple):
        return _among(constant, case, written=written)
    return _binary(positive, constant, case, written=written)


def _placed(op: str, shape: Any) -> Comparator:
    """Compare a place with a shape."""
    if op == "near":
        center, reach = (shape[0], shape[1]), shape[2]
        return Comparator("place", lambda place: kilometers(place, center) <= reach)
    inside = _PLACES[op]
    return Comparator("place", lambda place: inside(place, shape))


def _versioned(op: str, wanted: str) -> Comparator:
    """Compare versions by their order."""
    compare, version = _VERSIONS[op], version_of(wanted)
    return Comparator("version", lambda found: compare(found, version))


def _span(op: str, length: int) -> tuple[int | None, int | None]:
    """Return the span around now that a relative operator means."""
    if op == "within_last":
        return -length, 0
    return (0, length) if op == "within_next" else (None, -length - 1)


def _among(constants: tuple[Any, ...], case: str, *, written: Written | None) -> Comparator:
    """Compare with several constants of one kind."""
    if not constants:
        return Comparator("any", lambda _: False)
    kind = kind_of(constants[0])
    if kind == "text" and case != "exact":
        fold = FOLDERS[case]
        folded = frozenset(fold(each) for each in constants)
        return Comparator(kind, lambda value: fold(value) in folded)
    wanted = frozenset(_as_written(each, written) for each in constants)
    return Comparator(kind, wanted.__contains__)


def _binary(op: str, constant: Any, case: str, *, written: Written | None) -> Comparator:
    """Compare with one constant."""
    compare = _BINARY[op]
    kind = kind_of(constant)
    if kind == "text" and case != "exact":
        fold = FOLDERS[case]
        wanted = fold(constant)
        return Comparator(kind, lambda value: compare(fold(value), wanted))
    if kind == "text" and op in BOUND:
        return Comparator(kind, getattr(constant, BOUND[op]))
    if op in {"starts", "ends"}:
        return Comparator(kind, operator.methodcaller(f"{op}with", constant))
    plain = _as_written(constant, written)
    return Comparator(kind, lambda value: compare(value, plain))


def _as_written(number: Any, written: Written | None) -> Any:
    """Return a fraction as what it is written as, where that is wanted."""
    return written(repr(number)) if written is not None and isinstance(number, float) else number


# What the constant's own method answers is what the operator asks of the value, at half the price of a function.
BOUND = {"eq": "__eq__", "lt": "__gt__", "le": "__ge__", "gt": "__lt__", "ge": "__le__"}


def compared_as(op: str, /) -> Callable[[Any, Any], bool]:
    """Return how two values of one kind are compared."""
    return _BINARY[op]
