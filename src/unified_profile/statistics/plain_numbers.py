"""What callers hand in as a number or a name: anything may come in its place, and is told apart without an error."""

from __future__ import annotations

import math
from collections.abc import Container
from numbers import Real
from typing import Any


def lies_between(value: Any, low: float, high: float) -> bool:
    """Say whether *value* is a number above *low* and below *high*; a truth value is none, and NaN lies nowhere.

    >>> lies_between(0.5, 0, 1), lies_between(1, 0, 1), lies_between("0.5", 0, 1), lies_between(10**400, 0, 1)
    (True, False, False, False)

    .. versionadded:: 0.1
    """
    return isinstance(value, Real) and not isinstance(value, bool) and low < value < high  # type: ignore[operator]  # as all of them can


def is_positive(value: Any) -> bool:
    """Say whether *value* is a positive, finite number.

    >>> is_positive(3), is_positive(0.0), is_positive(float("inf")), is_positive(None)
    (True, False, False, False)

    .. versionadded:: 0.1
    """
    return lies_between(value, 0, math.inf) and value < 1e300


def is_share(value: Any) -> bool:
    """Say whether *value* is a number from 0 to 1.

    >>> is_share(0), is_share(1.0), is_share(1.5), is_share("1")
    (True, True, False, False)

    .. versionadded:: 0.1
    """
    return lies_between(value, -1, 2) and 0 <= value <= 1


def is_one_of(value: Any, names: Container[str]) -> bool:
    """Say whether *value* is a text among *names*.

    >>> is_one_of("lowest", ("lowest", "highest")), is_one_of([], ("lowest", "highest"))
    (True, False)

    .. versionadded:: 0.1
    """
    return isinstance(value, str) and value in names
