"""Comparing estimates with each other, by the sides of their intervals that face each other."""

from __future__ import annotations

import math
from collections.abc import Sequence

from unified_profile.errors import InvalidInputError
from unified_profile.statistics.distributions import t_tail
from unified_profile.statistics.estimate import Estimate
from unified_profile.statistics.intervals import z_for


def one_sided_variance(each: Estimate, side: int) -> float:
    """Return the squared standard error of an estimate towards one side (1 up, -1 down), as its interval shows it.

    >>> round(one_sided_variance(Estimate(0, -1.96, 1.96, n=9, method="t"), 1), 3)
    1.0

    .. versionadded:: 0.1
    """
    reach = each.high - each.value if side > 0 else each.value - each.low
    return (reach / z_for(each.level)) ** 2


def gap_below(one: Estimate, rest: Sequence[Estimate], sign: int = 1) -> tuple[float, float]:
    """Return by how much *one* lies below the pooled *rest*, and how probable that is between equals.

    *sign* -1 asks how far it lies above. The others are pooled by their numbers of observations. One-sided.

    Source: MOVER (Zou and Donner 2008, Statistics in Medicine 27); Welch (1947), Biometrika 34.

    >>> low, high = (Estimate(v, v - 1, v + 1, n=50, method="t") for v in (0, 3))
    >>> gap, p = gap_below(low, [high])
    >>> gap, p < 0.001
    (3.0, True)

    .. versionadded:: 0.1
    """
    total = sum(each.n for each in rest)
    gap = sign * (math.fsum(each.n / total * each.value for each in rest) - one.value)
    parts = [(one_sided_variance(one, sign), one.n)]
    parts += [((each.n / total) ** 2 * one_sided_variance(each, -sign), each.n) for each in rest]
    variance = math.fsum(part for part, _ in parts)
    if not (0 < variance < math.inf and math.isfinite(gap)):
        return gap, 1.0  # one has no value, or no end on that side: no gap shows anything
    # Welch and Satterthwaite, in shares of the variance so that small numbers do not vanish when squared.
    df = 1 / math.fsum((part / variance) ** 2 / (n - 1) for part, n in parts)
    return gap, t_tail(gap / math.sqrt(variance), df)


def difference(first: Estimate, second: Estimate, *, level: float | None = None) -> Estimate:
    """Return *first* less *second*, two independent estimates of one metric, with an interval of both their intervals.

    The interval is as far from the difference as the two sides that face each other allow; of two Wilson intervals
    that is Newcombe's hybrid score interval. With another *level* than theirs the sides are scaled as those of a
    normal distribution are.

    Source: Newcombe (1998), Statistics in Medicine 17; MOVER (Zou and Donner 2008, Statistics in Medicine 27).

    >>> from unified_profile.metrics import conversion
    >>> difference(conversion(56, 70), conversion(48, 80))
    Estimate(value=0.2, low=0.0524, high=0.334, n=150, n_missing=0, method='mover')

    Raises:
        InvalidInputError: If the two have different ranges or levels, or one has no value.

    .. versionadded:: 0.1
    """
    require_comparable(first, second)
    own = first.level if level is None else level
    scale = 1.0 if level is None else z_for(own) / z_for(first.level)
    value = first.value - second.value
    low = value - scale * math.hypot(first.value - first.low, second.high - second.value)
    high = value + scale * math.hypot(first.high - first.value, second.value - second.low)
    width = first.bounds[1] - first.bounds[0]
    notes = [f"{name}: {note}" for name, each in (("first", first), ("second", second)) for note in each.warnings]
    return Estimate(
        value,
        max(-width, low),
        min(width, high),
        n=first.n + second.n,
        n_missing=first.n_missing + second.n_missing,
        method="mover",
        level=own,
        warnings=tuple(notes),
        bounds=(-width, width),
    )


def require_comparable(first: Estimate, second: Estimate) -> None:
    """Refuse two estimates that are not of one metric at one level.

    Raises:
        InvalidInputError: If so.
    """
    for name, each in (("first", first), ("second", second)):
        if not isinstance(each, Estimate):
            raise InvalidInputError(field=name, reason=f"a {type(each).__name__} is no estimate")
        if not each.known:
            raise InvalidInputError(field=name, reason="has no value", hint="there is nothing to compare")
    if first.bounds != second.bounds:
        raise InvalidInputError(field="second", reason="another range", hint="compare one metric on one scale")
    if first.level != second.level:
        raise InvalidInputError(field="second", reason="another level", hint="estimate both at one level")
