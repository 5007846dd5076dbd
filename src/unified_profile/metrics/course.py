"""Is it equally good all the time?  A control chart whose alarms are rare, a test of drift, and where it changed."""

from __future__ import annotations

import html
import math
from collections.abc import Hashable, Mapping
from typing import Any, Literal

import attrs

from unified_profile.errors import InsufficientDataError
from unified_profile.metrics.chain import require_alike
from unified_profile.metrics.comparing import require_alpha, require_margin
from unified_profile.statistics import Estimate, difference, normal_tail, one_sided_variance, t_critical, t_tail, z_for

Course = Literal["steady", "drifting", "out of control", "not enough data"]

# A line through fewer points says nothing of how they scatter around it.
_NEEDED = 4


@attrs.frozen
class ChartPoint:
    """One period of a control chart.

    Attributes:
        period: Its name.
        estimate: Its own estimate.
        low: Below this, chance alone does not explain it.
        high: Above this, neither.

    .. versionadded:: 0.1
    """

    period: Hashable
    estimate: Estimate
    low: float
    high: float

    @property
    def out(self) -> bool:
        """Whether the period lies outside of what chance explains."""
        return not self.low <= self.estimate.value <= self.high


@attrs.frozen
class OverTime:
    """The course of one metric over periods.

    Attributes:
        course: ``drifting`` if there is a trend; ``out of control`` if a period lies outside its limits or the level
            jumped; ``steady`` only if a margin was stated and the whole change was shown to lie within it; else
            ``not enough data``.
        center: The mean of all periods, by how precisely each is known.
        points: The periods in order, each with its limits.
        drift: The change from the first period to the last along a straight line, with its interval.
        drift_p: How probable such a drift is without one.
        change_after: The period after which the metric seems to have jumped, if more than chance explains.
        change_p: How probable such a jump is without one, corrected for looking at every period.
        alpha: How often the chart as a whole raises an alarm about a metric that does not change.

    .. versionadded:: 0.1
    """

    course: Course
    center: float
    points: tuple[ChartPoint, ...]
    drift: Estimate
    drift_p: float
    change_after: Hashable
    change_p: float
    alpha: float

    @property
    def alarms(self) -> tuple[Hashable, ...]:
        """The periods outside their limits."""
        return tuple(point.period for point in self.points if point.out)

    def to_dict(self) -> dict[str, object]:
        """Return the parts as JSON takes them, given names that JSON takes.

        .. versionadded:: 0.1
        """
        points = [
            {"period": point.period, "lower_limit": point.low, "upper_limit": point.high, "out": point.out,
             **point.estimate.to_dict()}
            for point in self.points
        ]  # fmt: skip
        return {
            "course": self.course, "center": self.center, "points": points, "drift": self.drift.to_dict(),
            "drift_p": self.drift_p, "change_after": self.change_after, "change_p": self.change_p,
            "alpha": self.alpha,
        }  # fmt: skip

    def _repr_html_(self) -> str:
        """Return a table for a notebook."""
        body = "".join(
            f"<tr><th>{html.escape(str(point.period))}</th><td>{point.estimate.value:.4g}</td><td>{point.low:.4g}</td>"
            f"<td>{point.high:.4g}</td><td>{'⚠' if point.out else ''}</td></tr>"
            for point in self.points
        )
        head = "<tr><th>period</th><th>value</th><th>lower limit</th><th>upper limit</th><th></th></tr>"
        return f"<div><b>{self.course}</b></div><table>{head}{body}</table>"


def over_time(periods: Mapping[Any, Estimate], *, margin: float | None = None, alpha: float = 0.05) -> OverTime:
    """Return whether a metric keeps its level over *periods*, in the order in which they stand.

    *periods* are estimates of one metric, at equal distances in time, as ``by=`` returns them for months or versions.
    Each period has its own limits, the wider the fewer its answers. Limits, drift and jump share *alpha*, so that a
    metric that never changes raises any alarm in no more than that share of whole charts. The drift is a line weighed
    by precision, and its interval grows where periods scatter more than their own uncertainty explains. That no drift
    was found is no proof of steadiness: for that, state the *margin*, in the metric's own unit, within which the whole
    change must lie. Periods without a value are left out and keep their place in time; missing answers count in
    nothing.

    >>> from unified_profile.metrics import proportion
    >>> monthly = {month: proportion(60 - 3 * month, 100) for month in range(1, 11)}
    >>> found = over_time(monthly)
    >>> found.course, round(found.drift.value, 2)
    ('drifting', -0.27)

    Source: Shewhart (1931), with limits of each point's own width as in a p-chart and Bonferroni's bound; weighted
    least squares with known variances, scaled by the residuals where these are larger (Birge 1932, Physical Review
    40); the jump: the largest of all splits in two, Bonferroni.

    Raises:
        InvalidInputError: If the periods are not estimates of one metric, or *alpha* or *margin* is out of range.
        InsufficientDataError: If fewer than four periods have a value.

    .. versionadded:: 0.1
    """
    require_alike(periods, "over_time", needed=_NEEDED)
    require_alpha(alpha)
    if margin is not None:
        require_margin(margin)
    known = [(place, key, each) for place, (key, each) in enumerate(periods.items()) if _usable(each)]
    if len(known) < _NEEDED:
        raise InsufficientDataError(metric="over_time", n=len(known), needed=_NEEDED)
    variances = [_variance(each) for _, _, each in known]
    weights = [1 / variance for variance in variances]
    values = [each.value for _, _, each in known]
    total = math.fsum(weights)
    center = math.fsum(w * v for w, v in zip(weights, values, strict=True)) / total
    # Three tests share one probability of a false alarm.
    third = alpha / 3
    points = _points(known, variances, center, total, third)
    drift, drift_p, steady = _drift(known, weights, margin, alpha)
    change_after, change_p = _change(known, third)
    course: Course = "not enough data"
    if drift_p <= third:
        course = "drifting"
    elif change_after is not None or any(point.out for point in points):
        course = "out of control"
    elif steady:
        course = "steady"
    return OverTime(course, center, points, drift, drift_p, change_after, change_p, alpha)


_Known = list[tuple[int, Hashable, Estimate]]


def _points(known: _Known, variances: list[float], center: float, total: float, alpha: float) -> tuple[ChartPoint, ...]:
    z = z_for(1 - alpha / len(known))
    bounds = known[0][2].bounds
    found = []
    for (_, key, each), variance in zip(known, variances, strict=True):
        # The center is made of the point, too: their distance varies less than the point does.
        half = z * math.sqrt(max(0.0, variance - 1 / total))
        found.append(ChartPoint(key, each, max(bounds[0], center - half), min(bounds[1], center + half)))
    return tuple(found)


def _drift(known: _Known, weights: list[float], margin: float | None, alpha: float) -> tuple[Estimate, float, bool]:
    """Return the whole change along a line, its p-value, and whether it was shown to lie within the margin."""
    places, values = [place for place, _, _ in known], [each.value for _, _, each in known]
    total = math.fsum(weights)
    middle = math.fsum(w * x for w, x in zip(weights, places, strict=True)) / total
    center = math.fsum(w * y for w, y in zip(weights, values, strict=True)) / total
    sxx = math.fsum(w * (x - middle) ** 2 for w, x in zip(weights, places, strict=True))
    sxy = math.fsum(w * (x - middle) * (y - center) for w, x, y in zip(weights, places, values, strict=True))
    slope, df = sxy / sxx, len(values) - 2
    residual = math.fsum(
        w * (y - center - slope * (x - middle)) ** 2 for w, x, y in zip(weights, places, values, strict=True)
    )
    scale = max(1.0, residual / df)
    span = places[-1] - places[0]
    value, error = slope * span, span * math.sqrt(scale / sxx)

    def critical(tail: float) -> float:
        return t_critical(tail, df) if scale > 1 else z_for(1 - 2 * tail)

    score = abs(value) / error
    p = min(1.0, 2 * (t_tail(score, df) if scale > 1 else normal_tail(score)))
    half = critical(alpha / 2) * error
    steady = margin is not None and abs(value) + critical(alpha) * error < margin
    notes = ("periods scatter more than their own uncertainty explains",) if scale > 2 else ()
    drift = Estimate(
        value, value - half, value + half, n=sum(each.n for _, _, each in known), method="weighted_line",
        level=1 - alpha, warnings=notes,
    )  # fmt: skip
    return drift, p, steady


def _change(known: _Known, alpha: float) -> tuple[Hashable, float]:
    """Return the split in two with the largest jump, if it is larger than chance explains among all splits."""
    best: tuple[float, Hashable] = (0.0, None)
    splits = range(2, len(known) - 1)
    for split in splits:
        before, after = (_pooled([each for _, _, each in part]) for part in (known[:split], known[split:]))
        score = abs(after[0] - before[0]) / math.sqrt(before[1] + after[1])
        if score > best[0]:
            best = (score, known[split - 1][1])
    p = min(1.0, len(splits) * 2 * normal_tail(best[0]))
    return (best[1] if p <= alpha else None), p


def _pooled(part: list[Estimate]) -> tuple[float, float]:
    weights = [1 / _variance(each) for each in part]
    total = math.fsum(weights)
    return math.fsum(w * each.value for w, each in zip(weights, part, strict=True)) / total, 1 / total


def _variance(each: Estimate) -> float:
    return 0.5 * (one_sided_variance(each, 1) + one_sided_variance(each, -1))


def _usable(each: Estimate) -> bool:
    return each.known and math.isfinite(each.high - each.low) and each.high > each.low


def compare_versions(before: Estimate, after: Estimate) -> Estimate:
    """Return how much a metric changed from one version of a journey or policy to the next, with an interval.

    *before* and *after* are estimates of one metric, made by the same definition from the stored answers of each
    version; missing answers of both are counted together.

    >>> from unified_profile.metrics import proportion
    >>> round(compare_versions(proportion(50, 100), proportion(70, 100)).value, 3)
    0.2

    Source: as for `perception_gap`. Without random assignment this is a difference, and no effect.

    Raises:
        InvalidInputError: If the two are not estimates of one metric.

    .. versionadded:: 0.1
    """
    return difference(after, before)
