"""The intervals themselves: from counts or moments to a low and a high end that stay inside the metric's range.

Each function holds the plain value too: where a shrunken center would leave the value outside (one single answer,
a very low level), the interval is widened to it, which can only make it hold the truth more often.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from unified_profile.errors import InvalidInputError
from unified_profile.statistics.distributions import normal_critical, t_critical
from unified_profile.statistics.plain_numbers import is_positive, is_share, lies_between


class Interval(NamedTuple):
    """Low and high end.

    .. versionadded:: 0.1
    """

    low: float
    high: float


def wilson(share: float, n: float, *, level: float = 0.95) -> Interval:
    """Return Wilson's score interval for a *share* of *n*.

    *n* may be fractional (an effective sample size).

    Source: Wilson (1927), JASA 22; recommended by Brown, Cai and DasGupta (2001), Statistical Science 16.

    >>> [round(end, 4) for end in wilson(0.75, 4)]
    [0.3006, 0.9544]

    Raises:
        InvalidInputError: If *share* is not between 0 and 1, *n* is not positive or *level* is not between 0 and 1.

    .. versionadded:: 0.1
    """
    z = _z_for_share(share, n, level)
    center = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return _kept(center, half, share, (0.0, 1.0))


def wald(share: float, n: float, *, level: float = 0.95) -> Interval:
    """Return Wald's textbook interval for a *share* of *n*: for comparison with others' reports.

    It has no width at shares of 0 and 1 and covers too rarely below some hundred observations: prefer `wilson`.

    >>> [round(end, 4) for end in wald(0.75, 4)]
    [0.3257, 1.0]

    Raises:
        InvalidInputError: If *share* is not between 0 and 1, *n* is not positive or *level* is not between 0 and 1.

    .. versionadded:: 0.1
    """
    z = _z_for_share(share, n, level)
    return _kept(share, z * math.sqrt(share * (1 - share) / n), share, (0.0, 1.0))


def net_share(plus: float, minus: float, n: float, *, level: float = 0.95, adjusted: bool = True) -> Interval:
    """Return the interval for the share of *plus* less the share of *minus* among *n*, between -1 and 1.

    *adjusted* adds three imaginary answers (¾ plus, ¾ minus, 1½ neither) before Wald's formula, so that small
    samples without a single detractor do not look certain; the plain formula has no width there.

    Source: Rocks (2016), Interval estimation for the Net Promoter Score, The American Statistician 70(4);
    measuringu.com/nps-confidence-intervals.

    >>> [round(100 * end, 1) for end in net_share(19, 2, 36)]
    [24.1, 63.1]

    Raises:
        InvalidInputError: If the counts contradict each other or *level* is not between 0 and 1.

    .. versionadded:: 0.1
    """
    center, variance = net_moments(plus, minus, n, adjusted=adjusted)
    half = z_for(level) * math.sqrt(variance)
    return _kept(center, half, (plus - minus) / n, (-1.0, 1.0))


def net_moments(plus: float, minus: float, n: float, *, adjusted: bool) -> tuple[float, float]:
    """Return the center of `net_share` and the variance of that center."""
    # Shares come from weights too: their sum may exceed one by a rounding.
    if not (n > 0 and plus >= 0 and minus >= 0 and plus + minus <= n * (1 + 1e-9)):
        raise InvalidInputError(field="n", reason=f"{plus:g} for and {minus:g} against among {n:g}")
    if adjusted:
        plus, minus, n = plus + 0.75, minus + 0.75, n + 3
    center = (plus - minus) / n
    return center, max(0.0, (plus + minus) / n - center * center) / n


def t_mean(
    mean: float, deviation: float, n: float, *, bounds: tuple[float, float] = (-math.inf, math.inf), level: float = 0.95
) -> Interval:
    """Return Student's interval for a *mean* with standard *deviation* (n - 1 in it) of *n* answers, cut to *bounds*.

    Source: Student (1908), The probable error of a mean, Biometrika 6.

    >>> [round(end, 3) for end in t_mean(4.0, 1.0, 10, bounds=(1, 5))]
    [3.285, 4.715]

    Raises:
        InvalidInputError: If *n* is below 2, *deviation* negative or *level* not between 0 and 1.

    .. versionadded:: 0.1
    """
    if not (is_positive(n) and n >= 2 and deviation >= 0):
        raise InvalidInputError(field="n", reason=f"a deviation of {deviation:g} from {n:g} answers")
    _check_level(level)
    return _kept(mean, t_critical((1 - level) / 2, n - 1) * deviation / math.sqrt(n), mean, bounds)


def equal_answers(mean: float, n: float, *, bounds: tuple[float, float], level: float = 0.95) -> Interval:
    """Return what *n* answers that are all equal to *mean* say about the mean of everybody.

    Student's interval would have no width. But if more than a share *q* of all customers would answer otherwise,
    *n* equal answers would be rarer than *level* allows; that share could sit at either end of the scale. This is
    the "rule of three" on a scale with two ends, and it also serves one single answer.

    Source: Hanley and Lippman-Hand (1983), If nothing goes wrong, is everything all right?, JAMA 249.

    >>> [round(end, 2) for end in equal_answers(5, 20, bounds=(1, 5))]
    [4.33, 5.0]

    Raises:
        InvalidInputError: If *n* is not positive or *level* not between 0 and 1.

    .. versionadded:: 0.1
    """
    if not n > 0:
        raise InvalidInputError(field="n", reason=f"{n:g} answers")
    _check_level(level)
    others = -math.expm1(math.log((1 - level) / 2) / n)
    low, high = bounds
    return Interval(mean - (mean - low) * others, mean + (high - mean) * others)


def z_for(level: float) -> float:
    """Return how many standard errors an interval of this *level* reaches to each side."""
    _check_level(level)
    return normal_critical((1 - level) / 2)


def _z_for_share(share: float, n: float, level: float) -> float:
    if not (is_positive(n) and n > 1e-300 and is_share(share)):
        raise InvalidInputError(field="share", reason="no share of a number of observations")
    return z_for(level)


def _check_level(level: float) -> None:
    if not lies_between(level, 0, 1):
        raise InvalidInputError(field="level", reason="not a number between 0 and 1", hint="try 0.95")


def _kept(center: float, half: float, value: float, bounds: tuple[float, float]) -> Interval:
    """Cut the interval to *bounds* and let it hold *value*."""
    low, high = bounds
    return Interval(max(low, min(center - half, value)), min(high, max(center + half, value)))
