"""One text per JSON value and one exact sum per set of numbers, so that no result depends on the order of arrival."""

from __future__ import annotations

import decimal
from collections.abc import Iterable
from json.encoder import encode_basestring_ascii  # the quoting of json itself; lone surrogates survive it
from typing import TypeGuard

from unified_profile.errors import InvalidFactError
from unified_profile.model import Json

_EXACT_INTEGERS = 2**53
_LARGEST = 10**300
# Any sum of floats up to the largest, down to the smallest that exists, fits without rounding.
_EXACT = decimal.Context(prec=700, Emax=decimal.MAX_EMAX, Emin=decimal.MIN_EMIN, traps=[decimal.InvalidOperation])


def canonical(value: Json, /) -> str:
    """Return one text per JSON value: keys sorted, no blanks, ``1.0`` written as ``1``.

    >>> canonical({"b": [1.0, True], "a": None})
    '{"a":null,"b":[1,true]}'

    Raises:
        InvalidFactError: If *value* is not JSON or nested too deeply.
    """
    try:
        return _text(value)
    except RecursionError:
        raise InvalidFactError(field="value", reason="nested too deeply", hint="flatten it") from None


_CONSTANTS = {None: "null", True: "true", False: "false"}


def _text(value: Json) -> str:
    if isinstance(value, str):
        return encode_basestring_ascii(value)
    if value is None or isinstance(value, bool):
        return _CONSTANTS[value]
    if isinstance(value, (int, float)):
        return _number_text(value)
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(_text, value)) + "]"
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        return "{" + ",".join(f"{encode_basestring_ascii(key)}:{_text(value[key])}" for key in sorted(value)) + "}"
    raise InvalidFactError(field="value", reason=f"a {type(value).__name__} is not JSON", hint="convert it first")


def _number_text(value: float) -> str:
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < _EXACT_INTEGERS else repr(value)
    return str(value) if abs(value) < _LARGEST else hex(value)  # Python refuses to write very long decimals


def rank(value: Json, /) -> tuple[int, float, str]:
    """Return what *value* is sorted by: numbers by size, then strings by code point, then everything else.

    >>> sorted(["b", 10, "a", 9.5, True], key=rank)
    [9.5, 10, 'a', 'b', True]
    """
    if is_number(value):
        return (0, value, "")
    return (1, 0.0, value) if isinstance(value, str) else (2, 0.0, canonical(value))


def is_number(value: Json, /) -> TypeGuard[int | float]:
    """Say whether *value* can be added and compared: a finite number below 10^300; ``True`` is none, text neither.

    >>> is_number(3), is_number(True), is_number("3"), is_number(float("nan"))
    (True, False, False, False)
    """
    # A bool is an int to Python; NaN fails both comparisons.
    return isinstance(value, (int, float)) and not isinstance(value, bool) and -_LARGEST < value < _LARGEST


def exact_sum(numbers: Iterable[int | float], /) -> int | float:
    """Return the sum of *numbers* as if written down in decimal: the same in any order.

    >>> exact_sum([0.1, 0.2]), exact_sum([1, 2]), exact_sum([])
    (0.3, 3, 0)
    """
    found = list(numbers)
    if all(isinstance(number, int) for number in found):
        return sum(found)
    return float(_total(found))


def exact_mean(numbers: Iterable[int | float], /) -> float | None:
    """Return the mean of *numbers*, the same in any order; None without any.

    >>> exact_mean([1, 2]), exact_mean([])
    (1.5, None)
    """
    found = list(numbers)
    return float(_EXACT.divide(_total(found), decimal.Decimal(len(found)))) if found else None


def _total(numbers: Iterable[int | float]) -> decimal.Decimal:
    """Add without rounding; ``repr`` of a float is the shortest decimal that means it."""
    add, total = _EXACT.add, decimal.Decimal(0)
    for number in numbers:
        total = add(total, decimal.Decimal(number if isinstance(number, int) else repr(number)))
    return total
