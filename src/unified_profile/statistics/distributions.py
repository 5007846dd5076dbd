"""The normal and Student's t distribution, to about twelve digits and without scipy.

Both are asked by their upper *tail* rather than by a probability near one, where subtracting from one would
cost the digits that matter.
"""

from __future__ import annotations

import math
from statistics import NormalDist

from unified_profile.errors import InvalidInputError

_STANDARD = NormalDist()
# From here on the expansion below is exact to the last digits, while the continued fraction loses them one by one.
_MANY = 1000.0
# And from here on the first term is all.
_NORMAL = 1e18


def normal_critical(tail: float) -> float:
    """Return the z that a standard normal variable exceeds with probability *tail*.

    >>> round(normal_critical(0.025), 6)
    1.959964

    Raises:
        InvalidInputError: If *tail* is not between 0 and 1.

    .. versionadded:: 0.1
    """
    _check_tail(tail)
    return -_STANDARD.inv_cdf(tail)


def normal_tail(z: float) -> float:
    """Return the probability that a standard normal variable exceeds *z*.

    >>> round(normal_tail(1.959963984540054), 6)
    0.025

    .. versionadded:: 0.1
    """
    return 0.5 * math.erfc(z / math.sqrt(2))


def t_tail(t: float, df: float) -> float:
    """Return the probability that Student's t with *df* degrees of freedom exceeds *t*.

    Up to a thousand degrees of freedom by the regularized incomplete beta function (Abramowitz and Stegun 26.7.1),
    beyond that by the normal variable of which `t_critical` makes *t*.

    >>> round(t_tail(2.228138852, 10), 6)
    0.025

    Raises:
        InvalidInputError: If *df* is below 1.

    .. versionadded:: 0.1
    """
    _check_df(df)
    if t < 0:
        return 1.0 - t_tail(-t, df)
    if df > _MANY:
        return normal_tail(t if df > _NORMAL else _undo_expansion(t, df))
    squared = t * t
    return 0.5 * _incomplete_beta(df / (df + squared), squared / (df + squared), df / 2, 0.5)


def t_critical(tail: float, df: float) -> float:
    """Return the t that Student's t with *df* degrees of freedom exceeds with probability *tail*.

    Degrees of freedom may be fractional, as weights make them. One and two have closed forms; up to a thousand the
    tail is inverted by a bracketed Newton search; beyond that it is the Cornish-Fisher expansion (Abramowitz and
    Stegun 26.7.5), whose error is there below 1e-13.

    >>> round(t_critical(0.025, 10), 6)
    2.228139

    Raises:
        InvalidInputError: If *tail* is not between 0 and 1 or *df* is below 1.

    .. versionadded:: 0.1
    """
    _check_tail(tail)
    _check_df(df)
    if tail == 0.5:
        return 0.0
    if tail > 0.5:
        return -t_critical(1.0 - tail, df)
    if df == 1:
        return 1.0 / math.tan(math.pi * tail)
    if df == 2:
        return (1.0 - 2.0 * tail) / math.sqrt(2.0 * tail * (1.0 - tail))
    if df > _MANY:
        return normal_critical(tail) if df > _NORMAL else _expansion(normal_critical(tail), df)
    return _invert(tail, df)


def _invert(tail: float, df: float) -> float:
    """Newton's method on the logarithm of the tail, kept inside a bracket."""
    low, high = 0.0, max(1.0, normal_critical(tail))
    while t_tail(high, df) > tail:
        low, high = high, high * 2
    # log of the density's constant
    constant = math.lgamma((df + 1) / 2) - math.lgamma(df / 2) - 0.5 * math.log(df * math.pi)
    t = 0.5 * (low + high)
    for _ in range(200):
        here = t_tail(t, df)
        low, high = (t, high) if here > tail else (low, t)
        density = math.exp(constant - (df + 1) / 2 * math.log1p(t * t / df))
        step = t + math.log(here / tail) * here / density
        new = step if low < step < high else 0.5 * (low + high)
        if abs(new - t) <= 1e-15 * t:
            return new
        t = new
    return t


def _expansion(z: float, df: float) -> float:
    squared = z * z
    terms = (
        z,
        z * (squared + 1) / 4,
        z * ((5 * squared + 16) * squared + 3) / 96,
        z * (((3 * squared + 19) * squared + 17) * squared - 15) / 384,
        z * ((((79 * squared + 776) * squared + 1482) * squared - 1920) * squared - 945) / 92160,
    )
    return math.fsum(term / df**power for power, term in enumerate(terms))


def _undo_expansion(t: float, df: float) -> float:
    """Return the z of which `_expansion` makes *t* (Newton's method, from above)."""
    if t > _MANY:
        return math.inf  # beyond the smallest probability that a float holds
    z = t
    for _ in range(200):
        squared = z * z
        slope = (
            1
            + (3 * squared + 1) / (4 * df)
            + ((25 * squared + 48) * squared + 3) / (96 * df**2)
            + (((21 * squared + 95) * squared + 51) * squared - 15) / (384 * df**3)
            + ((((711 * squared + 5432) * squared + 7410) * squared - 5760) * squared - 945) / (92160 * df**4)
        )
        step = (_expansion(z, df) - t) / slope
        z -= step
        if abs(step) <= 1e-16 * t:
            break
    return z


def _incomplete_beta(x: float, y: float, a: float, b: float) -> float:
    """The regularized incomplete beta function by Lentz's continued fraction (Numerical Recipes, 6.4).

    One of *a* and *b* is a half, as Student's t has it, and the other is no less. *y* is 1 - x, handed in because the
    subtraction would lose it where x is almost one.
    """
    if x <= 0:
        return 0.0
    if y <= 0:
        return 1.0
    if x > (a + 1) / (a + b + 2):
        return 1.0 - _incomplete_beta(y, x, b, a)
    front = _log_gamma_step(max(a, b)) - math.lgamma(0.5) + a * _log(x, y) + b * _log(y, x)
    tiny = 1e-300
    c, d = 1.0, 1.0 / ((1.0 - (a + b) * x / (a + 1)) or tiny)
    fraction = d
    for m in range(1, 10_000):
        for numerator in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1.0 / ((1.0 + numerator * d) or tiny)
            c = (1.0 + numerator / c) or tiny
            fraction *= c * d
        if abs(c * d - 1.0) < 1e-16:
            break
    return math.exp(front) * fraction / a


def _log_gamma_step(a: float) -> float:
    """Return lgamma(a + 1/2) - lgamma(a); for large *a* by its series, since the difference would lose the digits."""
    if a < 50:
        return math.lgamma(a + 0.5) - math.lgamma(a)
    return 0.5 * math.log(a) - 1 / (8 * a) + 1 / (192 * a**3) - 1 / (640 * a**5)


def _log(x: float, y: float) -> float:
    """Return log(x), where x + y = 1, from whichever of the two is known more precisely."""
    return math.log1p(-y) if y < x else math.log(x)


def _check_tail(tail: float) -> None:
    if not 0 < tail < 1:
        raise InvalidInputError(
            field="tail", reason=f"{tail:g} is not between 0 and 1", hint="for 95 % both ways: 0.025"
        )


def _check_df(df: float) -> None:
    if not df >= 1:
        raise InvalidInputError(field="df", reason=f"{df:g} degrees of freedom", hint="two observations give one")
