"""The chi-squared and binomial distributions, and what follows from them: tests of counts, intervals of percentiles."""

from __future__ import annotations

import math

from unified_profile.errors import InvalidInputError
from unified_profile.statistics.distributions import normal_critical
from unified_profile.statistics.plain_numbers import lies_between


def chi_squared_tail(x: float, df: float) -> float:
    """Return the probability that a chi-squared variable with *df* degrees of freedom exceeds *x*.

    The regularized incomplete gamma function, by its series below the mean and by Lentz's continued fraction above
    (Numerical Recipes, 6.2).

    >>> round(chi_squared_tail(3.841458820694124, 1), 6)
    0.05

    Raises:
        InvalidInputError: If *df* is not positive or *x* is negative.

    .. versionadded:: 0.1
    """
    if not (df > 0 and x >= 0):
        raise InvalidInputError(field="x", reason=f"{x:g} with {df:g} degrees of freedom")
    if x < 1e-300:  # half of it may be nothing
        return 1.0
    if math.isinf(x):
        return 0.0
    a, half = df / 2, x / 2
    front = a * math.log(half) - half - math.lgamma(a)
    if half < a + 1:
        term = total = 1 / a
        k = a
        while term > total * 1e-17:
            k += 1
            term *= half / k
            total += term
        return max(0.0, 1.0 - total * math.exp(front))
    b = half + 1 - a
    c, d = 1e300, 1 / b
    fraction = d
    for i in range(1, 10_000):
        numerator = -i * (i - a)
        b += 2
        d = 1 / ((numerator * d + b) or 1e-300)
        c = (b + numerator / c) or 1e-300
        fraction *= c * d
        if abs(c * d - 1) < 1e-16:
            break
    return fraction * math.exp(front)


def percentile_ranks(n: int, q: float, *, level: float = 0.95) -> tuple[int, int]:
    """Return which two of *n* sorted observations enclose the *q*-th quantile, counted from 1; 0 and n + 1 mean none.

    The number of observations below the true quantile is binomial, whatever their distribution is; so the interval
    from the first to the second of these ranks holds it at least as often as *level* says. With few observations
    there may be no such rank on one side, and the data do not bound the quantile there.

    Source: David and Nagaraja (2003), Order Statistics, 7.1.

    >>> percentile_ranks(100, 0.5)
    (40, 61)
    >>> percentile_ranks(5, 0.9)
    (3, 6)

    Raises:
        InvalidInputError: If *n* is not positive, or *q* or *level* is not between 0 and 1.

    .. versionadded:: 0.1
    """
    if not (type(n) is int and 0 < n < 2**53 and lies_between(q, 1e-12, 1 - 1e-12)):
        raise InvalidInputError(field="q", reason="no quantile of a number of observations", hint="for the median 0.5")
    if not lies_between(level, 0, 1):
        raise InvalidInputError(field="level", reason="not a number between 0 and 1", hint="try 0.95")
    tail = (1 - level) / 2
    # The largest rank r with P(B < r) <= tail, and the smallest s with P(B >= s) <= tail.
    return _largest(n, q, tail), n + 1 - _largest(n, 1 - q, tail)


def _largest(n: int, q: float, tail: float) -> int:
    """Return how many of the lowest counts a binomial variable has with a probability of no more than *tail*."""
    spread = math.sqrt(n * q * (1 - q))
    start = max(0, int(n * q - (normal_critical(tail) + 6) * spread - 6) if tail < 0.5 else 0)
    log_q, log_p = math.log(q), math.log1p(-q)
    total = 0.0
    for k in range(start, n + 1):
        total += math.exp(
            math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1) + k * log_q + (n - k) * log_p
        )
        if total > tail:
            return k
    return n
