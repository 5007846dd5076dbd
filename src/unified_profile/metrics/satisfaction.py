"""CSAT and CES: two names without a standard, so that the scale and the method are always the caller's to state."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, overload

from unified_profile.errors import InvalidInputError
from unified_profile.metrics.answers import Answers, Sample, estimate, require_scale
from unified_profile.metrics.groups import By, Correction
from unified_profile.statistics import (
    Estimate,
    GroupedEstimates,
    equal_answers,
    is_one_of,
    lies_between,
    t_mean,
    wilson,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

Scale: TypeAlias = tuple[float, float]
"""Lowest and highest possible rating."""

RatingMethod = Literal["top_box", "mean"]


@overload
def csat(
    ratings: Answers,
    *,
    scale: Scale,
    method: RatingMethod | None = None,
    satisfied_from: float | None = None,
    by: None = None,
    weights: Answers | None = None,
    level: float = 0.95,
) -> Estimate: ...
@overload
def csat(
    ratings: Answers,
    *,
    scale: Scale,
    method: RatingMethod | None = None,
    satisfied_from: float | None = None,
    by: By,
    weights: Answers | None = None,
    correction: Correction = "none",
    level: float = 0.95,
) -> GroupedEstimates: ...
def csat(
    ratings: Answers,
    *,
    scale: Scale,
    method: RatingMethod | None = None,
    satisfied_from: float | None = None,
    by: By | None = None,
    weights: Answers | None = None,
    correction: Correction = "none",
    level: float = 0.95,
) -> Estimate | GroupedEstimates:
    """Return customer satisfaction: the share of satisfied customers, or the mean rating.

    There is no standard, so *scale* and method must be stated. ``satisfied_from=4`` asks for the share (0 to 1) of
    ratings from 4 upwards, with Wilson's interval; ``method="mean"`` for the mean on the scale, with Student's
    interval cut to the scale (and the rule of three where all ratings are equal). Missing ratings are left out and
    counted in ``n_missing``. *by* and *weights* as for `nps`.

    >>> csat([5, 4, 4, 2], scale=(1, 5), satisfied_from=4)
    Estimate(value=0.75, low=0.301, high=0.954, n=4, n_missing=0, method='wilson')
    >>> csat([5, 4, 4, 2, None], scale=(1, 5), method="mean")
    Estimate(value=3.75, low=1.75, high=5, n=4, n_missing=1, method='t')

    Source: share of the upper boxes and mean are both in use (Delighted: 4-5 of 5; CustomerGauge: 5-7 of 7);
    intervals: Wilson (1927), Student (1908).

    Raises:
        InvalidInputError: If neither a cut nor a method is stated, they contradict each other, a rating is outside
            the scale or no number, or columns differ in length.
        InsufficientDataError: If there is no rating at all (one empty group is a row that says so).

    .. versionadded:: 0.1
    """
    low, high = _scale(scale)
    share = _wants_share(method, satisfied_from, "satisfied_from", low, high)
    if share and satisfied_from == low:
        raise InvalidInputError(field="satisfied_from", reason="every rating would count", hint="put the cut higher")
    cut = low if satisfied_from is None else satisfied_from
    box = (cut, high) if share else None
    return _rated(ratings, "csat", (low, high), box, by=by, weights=weights, correction=correction, level=level)


@overload
def ces(
    ratings: Answers,
    *,
    scale: Scale,
    high_is: Literal["easy", "hard"],
    method: RatingMethod,
    easy_from: float | None = None,
    by: None = None,
    weights: Answers | None = None,
    level: float = 0.95,
) -> Estimate: ...
@overload
def ces(
    ratings: Answers,
    *,
    scale: Scale,
    high_is: Literal["easy", "hard"],
    method: RatingMethod,
    easy_from: float | None = None,
    by: By,
    weights: Answers | None = None,
    correction: Correction = "none",
    level: float = 0.95,
) -> GroupedEstimates: ...
def ces(
    ratings: Answers,
    *,
    scale: Scale,
    high_is: Literal["easy", "hard"],
    method: RatingMethod,
    easy_from: float | None = None,
    by: By | None = None,
    weights: Answers | None = None,
    correction: Correction = "none",
    level: float = 0.95,
) -> Estimate | GroupedEstimates:
    """Return the customer effort score: the share of customers for whom it was easy, or the mean rating.

    Surveys disagree on what a high rating means, so *high_is* must say whether the top of the scale is ``"easy"`` or
    ``"hard"``. ``method="top_box"`` counts ratings from *easy_from* towards the easy end (share, 0 to 1, higher is
    better). ``method="mean"`` is the mean on the scale *as asked*: with ``high_is="hard"`` lower is better, and
    `weakest_link` needs ``worst="highest"``. Missing ratings are left out and counted. *by* and *weights* as for `nps`.

    >>> ces([1, 2, 2, 6], scale=(1, 7), high_is="hard", method="top_box", easy_from=3)
    Estimate(value=0.75, low=0.301, high=0.954, n=4, n_missing=0, method='wilson')
    >>> ces([6, 7, 5, 6], scale=(1, 7), high_is="easy", method="mean").value
    6.0

    Source: Dixon, Freeman and Toman (2010), Stop trying to delight your customers, Harvard Business Review 88;
    means of 1-7 (Nicereply) and upper boxes (CustomerGauge: 5-7) are both in use; intervals as for `csat`.

    Raises:
        InvalidInputError: If the direction, method or cut is missing or contradicts the scale, a rating is outside
            the scale or no number, or columns differ in length.
        InsufficientDataError: If there is no rating at all (one empty group is a row that says so).

    .. versionadded:: 0.1
    """
    if not is_one_of(high_is, ("easy", "hard")):
        raise InvalidInputError(field="high_is", reason=f"unknown direction {high_is!r}", hint="easy or hard")
    low, high = _scale(scale)
    easy_end, hard_end = (high, low) if high_is == "easy" else (low, high)
    share = _wants_share(method, easy_from, "easy_from", low, high)
    if share and easy_from == hard_end:
        raise InvalidInputError(field="easy_from", reason="every rating would count", hint="move the cut")
    cut = hard_end if easy_from is None else easy_from
    box = (min(cut, easy_end), max(cut, easy_end)) if share else None
    return _rated(ratings, "ces", (low, high), box, by=by, weights=weights, correction=correction, level=level)


def _rated(
    ratings: Answers,
    metric: str,
    scale: Scale,
    box: Scale | None,
    *,
    by: By | None,
    weights: Answers | None,
    correction: Correction,
    level: float,
) -> Estimate | GroupedEstimates:
    """Return the share of ratings inside *box*, or the mean where there is none."""

    def check(numbers: NDArray[Any]) -> None:
        require_scale(numbers, *scale, field="ratings")

    def one(sample: Sample, level: float) -> Estimate:
        return _mean(sample, scale, level) if box is None else _share(sample, box, level)

    return estimate(
        ratings,
        one,
        check=check,
        metric=metric,
        field="ratings",
        by=by,
        weights=weights,
        level=level,
        correction=correction,
        bounds=scale if box is None else (0, 1),
        method="t" if box is None else "wilson",
    )


def _share(sample: Sample, box: Scale, level: float) -> Estimate:
    chosen = (sample.values >= box[0]) & (sample.values <= box[1])
    n = sample.effective_n
    share = min(1.0, sample.count(chosen) / n)
    interval = wilson(share, n, level=level)
    notes = sample.notes()
    if sample.n > 1 and (chosen.all() or not chosen.any()):
        notes += ("all ratings fall on one side of the cut",)
    return Estimate(
        share,
        *interval,
        n=sample.n,
        n_missing=sample.n_missing,
        method="wilson",
        level=level,
        warnings=notes,
        bounds=(0, 1),
    )


def _mean(sample: Sample, scale: Scale, level: float) -> Estimate:
    import numpy as np

    n, notes, method = sample.effective_n, sample.notes(), "t"
    least, most = float(sample.values.min()), float(sample.values.max())
    # A weighted mean of equal ratings may miss them by a rounding.
    mean = min(most, max(least, float(np.average(sample.values.astype(np.float64), weights=sample.weights))))
    if least == most:
        method, interval = "rule_of_three", equal_answers(mean, n, bounds=scale, level=level)
        if sample.n > 1:
            notes += ("all ratings are equal",)
    elif n < 2:
        method, interval = "none", equal_answers(mean, 1e-9, bounds=scale, level=level)
        notes += ("one weight outweighs the rest: no interval narrower than the scale",)
    else:
        spread = float(np.average((sample.values - mean) ** 2, weights=sample.weights)) * n / (n - 1)
        interval = t_mean(mean, math.sqrt(spread), n, bounds=scale, level=level)
    return Estimate(
        mean,
        *interval,
        n=sample.n,
        n_missing=sample.n_missing,
        method=method,
        level=level,
        warnings=notes,
        bounds=scale,
    )


def _scale(scale: Scale) -> Scale:
    try:
        low, high = (float(end) if lies_between(end, -1e300, 1e300) else math.nan for end in scale)
    except (TypeError, ValueError):
        raise InvalidInputError(field="scale", reason="not a pair of numbers", hint="for example (1, 5)") from None
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise InvalidInputError(field="scale", reason=f"no scale from {low:g} to {high:g}", hint="for example (1, 5)")
    return low, high


def _wants_share(method: str | None, cut: float | None, name: str, low: float, high: float) -> bool:
    """Return whether a share is asked for; refuse a request that does not say, or says two things."""
    if method is None and cut is None:
        raise InvalidInputError(field="method", reason="not stated", hint=f'{name}=… for a share, or method="mean"')
    if not (method is None or is_one_of(method, ("top_box", "mean"))):
        raise InvalidInputError(field="method", reason=f"unknown method {method!r}", hint="top_box or mean")
    if method == "mean":
        if cut is not None:
            raise InvalidInputError(field=name, reason="a mean has no cut", hint='leave it out, or method="top_box"')
        return False
    if cut is None or not (lies_between(cut, -math.inf, math.inf) and low <= cut <= high):
        raise InvalidInputError(field=name, reason=f"no cut between {low:g} and {high:g}", hint="state one")
    return True
