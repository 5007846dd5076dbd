"""A net score falls because classes move; looking at the classes finds some falls that the score alone would miss."""

from __future__ import annotations

import math
from collections.abc import Sequence

from unified_profile.statistics.contrasts import gap_below
from unified_profile.statistics.distributions import normal_critical, normal_tail
from unified_profile.statistics.estimate import Estimate

# With fewer answers in a class, its share says too little.
_FEW = 5
# Classes are looked at only where the score itself is lower by more than one chance in twenty.
_GATE = 0.05
# How much more improbable a move between classes has to be than a gap of scores that says as much.
_SECOND = 2.0
_PANELS = 48


def net_gap_below(one: Estimate, rest: Sequence[Estimate], sign: int = 1) -> tuple[float, float]:
    """Return by how much the net score *one* lies below the pooled *rest*, and how probable that is between equals.

    Like `gap_below`, but of two questions the one that is answered more clearly counts: does the score differ, and did
    answers move from the upper class to the lower, each in proportion to how many gave it? The second finds a fall by
    which detractors double where they were few, while passives leave the score uncertain. It is asked only where the
    score itself lies lower by more than one chance in twenty, so that classes alone make no score worse. The
    probability is that the first question would find as much, or the second what is half as probable. Without
    `Estimate.classes` of all, or where less than five answers of *one* are expected in the lower or upper class, it is
    `gap_below`. *sign* as there.

    Source: score test (Rao 1948, Mathematical Proceedings of the Cambridge Philosophical Society 44) against answers
    that move between the two classes; skewness by the expansion of Cornish and Fisher (1937).

    >>> shop = Estimate(40, 31, 49, n=300, method="wald", classes=(0.1, 0.4, 0.5))
    >>> desk = Estimate(22, 12, 32, n=300, method="wald", classes=(0.24, 0.3, 0.46))
    >>> gap, p = net_gap_below(desk, [shop] * 5)
    >>> gap, p < gap_below(desk, [shop] * 5)[1]
    (18.0, True)

    .. versionadded:: 0.1
    """
    gap, p = gap_below(one, rest, sign)
    found = _moved(one, rest, sign)
    if found is None or p >= 1:
        return gap, p
    moved, together = found
    return gap, either(min(p, _SECOND * moved) if p <= _GATE else p, together)


def either(p: float, correlation: float) -> float:
    """Return how probable it is that one normal value is as improbable as *p*, or another as half of it.

    Source: Plackett (1954), Biometrika 41, for what both have in common at that *correlation*.

    >>> round(either(0.05, 0.0), 5), round(either(0.05, 1.0), 5)
    (0.07375, 0.05)
    """
    if not 0 < p < 1:
        return p
    half = p / _SECOND
    one, other = normal_critical(p), normal_critical(half)
    step = math.asin(correlation) / _PANELS

    def height(angle: float) -> float:
        room = math.cos(angle) ** 2
        apart = one * one + other * other - 2 * one * other * math.sin(angle)
        return math.exp(-0.5 * apart / room) if room > 1e-12 else 0.0

    # Simpson's rule
    heights = [height(i * step) for i in range(_PANELS + 1)]
    both = step / 3 * (heights[0] + heights[-1] + 4 * sum(heights[1:-1:2]) + 2 * sum(heights[2:-1:2])) / (2 * math.pi)
    return min(p + half, max(p, p + half - p * half - both))


def _moved(one: Estimate, rest: Sequence[Estimate], sign: int) -> tuple[float, float] | None:
    """Return how probable such a move between classes is, and how it correlates with the gap of the scores."""
    others = sum(each.n for each in rest)
    low, _, high = one.classes or (0.0, 0.0, 0.0)
    low_others = high_others = 0.0
    for each in rest:
        if each.classes is None:
            return None
        low_others += each.n / others * each.classes[0]
        high_others += each.n / others * each.classes[2]
    share = one.n / (one.n + others)
    lower, upper = share * low + (1 - share) * low_others, share * high + (1 - share) * high_others
    if one.classes is None or min(lower, upper) * one.n < _FEW:
        return None
    spread = 1 / lower + 1 / upper  # of an answer's own score: 1 / lower, or 0, or -1 / upper
    error = spread * (1 / one.n + 1 / others)
    z = sign * ((low - low_others) / lower + (high_others - high) / upper) / math.sqrt(error)
    skewness = sign * (lower**-2 - upper**-2) * (one.n**-2 - others**-2) / error**1.5
    if skewness > 0:
        z = min(z, 3 / skewness)  # beyond it the expansion turns back
    correlation = 2 / math.sqrt((lower + upper - (upper - lower) ** 2) * spread)
    return normal_tail(z - skewness * (z * z - 1) / 6), min(1.0, correlation)
