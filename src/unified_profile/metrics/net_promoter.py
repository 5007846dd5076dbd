"""The Net Promoter Score and the difference of two, with intervals that hold for small samples too."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal, get_args, overload

import attrs

from unified_profile.errors import InsufficientDataError, InvalidInputError
from unified_profile.metrics.answers import (
    Answers,
    Sample,
    estimate,
    read,
    require_scale,
    require_weights,
    require_whole,
    sample_of,
)
from unified_profile.metrics.groups import By, Correction
from unified_profile.statistics import Estimate, GroupedEstimates, Interval, net_moments, net_score, net_share, z_for

if TYPE_CHECKING:
    from numpy.typing import NDArray

_RANGE = (-100.0, 100.0)
# On average over all mixes of the classes, the adjusted interval's coverage is at its nominal level from here on.
_FEW = 5
# With fewer, it may hold the truth in less than 90 % of samples where a class is absent.
_SOLID = 50
# Answers that stay in the processor's cache while they are counted.
_MANY = 65_536

NpsMethod = Literal["adjusted_wald", "score", "wald"]


@overload
def nps(
    scores: Answers,
    *,
    by: None = None,
    weights: Answers | None = None,
    method: NpsMethod = "adjusted_wald",
    level: float = 0.95,
) -> Estimate: ...
@overload
def nps(
    scores: Answers,
    *,
    by: By,
    weights: Answers | None = None,
    correction: Correction = "none",
    method: NpsMethod = "adjusted_wald",
    level: float = 0.95,
) -> GroupedEstimates: ...
def nps(
    scores: Answers,
    *,
    by: By | None = None,
    weights: Answers | None = None,
    correction: Correction = "none",
    method: NpsMethod = "adjusted_wald",
    level: float = 0.95,
) -> Estimate | GroupedEstimates:
    """Return the Net Promoter Score, from -100 to 100: the percentage of promoters less that of detractors.

    Answers are whole numbers from 0 to 10: detractors 0-6, passives 7-8, promoters 9-10. Missing answers (``None``,
    NaN, ``pandas.NA``) are left out and counted in ``n_missing``. With *by*, one estimate per group;
    ``correction="bonferroni"`` widens the intervals of many groups until all of them hold together. *weights*
    weigh the answers; the interval then rests on Kish's effective sample size.

    The default interval adds three imaginary answers (Rocks 2016), so that ten promoters are not taken for
    certainty. It holds the truth in 95 % of samples on average over all mixes, but in as few as 79 % where a class is
    absent and five answered; a warning says so where fewer than fifty did. ``method="score"`` is some tenth wider
    and holds it in at least 93.7 % whatever the mix: take it for few answers. ``method="wald"`` is the textbook
    formula that many reports use, without width when all agree.

    >>> nps([10, 9, 8, 7, 6, 10, None])
    Estimate(value=33.3, low=-26.7, high=71.2, n=6, n_missing=1, method='adjusted_wald')
    >>> nps([10, 2, 9, 3], by=["chat", "mail", "chat", "mail"])["mail"].value
    -100.0

    Source: Reichheld (2003), The one number you need to grow, Harvard Business Review 81(12); intervals: Rocks
    (2016), The American Statistician 70(4); Tango (1998), Statistics in Medicine 17.

    Raises:
        InvalidInputError: If a score is outside 0 to 10, fractional or no number, or columns differ in length.
        InsufficientDataError: If there is no answer at all (one empty group is a row that says so).

    .. versionadded:: 0.1
    """
    _require_method(method)

    def of(tally: _Tally, level: float) -> Estimate:
        value = tally.value
        interval = _interval(tally, method, level)
        return Estimate(
            value=value,
            low=min(100 * interval.low, value),
            high=max(100 * interval.high, value),
            n=tally.n,
            n_missing=tally.n_missing,
            method=method,
            level=level,
            warnings=(*tally.notes(), *_thin(tally, method)),
            bounds=_RANGE,
        )

    if by is None and weights is None and correction == "none":
        scores = read(scores, field="scores")
        quick = _quick_tally(scores)
        if quick is not None:
            return of(quick, level)
    return estimate(
        scores,
        lambda sample, level: of(_tally(sample), level),
        check=_check,
        metric="nps",
        field="scores",
        by=by,
        weights=weights,
        level=level,
        correction=correction,
        bounds=_RANGE,
        method=method,
    )


def nps_difference(
    first: Answers,
    second: Answers,
    *,
    weights: tuple[Answers | None, Answers | None] | None = None,
    method: NpsMethod = "adjusted_wald",
    level: float = 0.95,
) -> Estimate:
    """Return how many points the Net Promoter Score of *first* lies above that of *second*, from -200 to 200.

    The two are independent samples (two periods, two channels). An interval without zero in it is a difference that
    chance alone seldom makes; for one group among many ask `weakest_link`, which corrects for the many. Each sample
    gets the three imaginary answers of `nps`; ``method="score"`` instead combines the score intervals of the two
    (MOVER). Missing answers are left out and counted together. *weights* are two columns, one for each sample (or
    ``None``), as for `nps`.

    >>> nps_difference([10, 9, 9, 8, 7, 10], [6, 5, 9, 7, 3, 8])
    Estimate(value=100, low=2.15, high=131.2, n=12, n_missing=0, method='adjusted_wald')

    Source: Lewis and Sauro (2021), How to statistically compare two Net Promoter Scores,
    measuringu.com/nps-significance-test; Zou and Donner (2008), Statistics in Medicine 27.

    Raises:
        InvalidInputError: If a score is outside 0 to 10, fractional or no number.
        InsufficientDataError: If one of the two has no answer.

    .. versionadded:: 0.1
    """
    _require_method(method)
    if weights is not None and not (isinstance(weights, tuple) and len(weights) == 2):
        raise InvalidInputError(field="weights", reason="not a pair of columns", hint="weights=(of_first, of_second)")
    heavy = weights or (None, None)
    one, other = _of_column("first", first, heavy[0]), _of_column("second", second, heavy[1])
    value = one.value - other.value
    if method == "score":
        a, b = (_interval(tally, method, level) for tally in (one, other))
        low = value - math.hypot(one.value - 100 * a.low, 100 * b.high - other.value)
        high = value + math.hypot(100 * a.high - one.value, other.value - 100 * b.low)
    else:
        adjusted = method == "adjusted_wald"
        moments = [
            net_moments(tally.promoters, tally.detractors, tally.effective_n, adjusted=adjusted)
            for tally in (one, other)
        ]
        center = 100 * (moments[0][0] - moments[1][0])
        half = 100 * z_for(level) * math.sqrt(moments[0][1] + moments[1][1])
        low, high = center - half, center + half
    return Estimate(
        value=value,
        low=max(-200.0, min(low, value)),
        high=min(200.0, max(high, value)),
        n=one.n + other.n,
        n_missing=one.n_missing + other.n_missing,
        method=method,
        level=level,
        warnings=tuple(
            f"{name}: {note}" for name, each in (("first", one), ("second", other)) for note in each.notes()
        ),
        bounds=(-200.0, 200.0),
    )


@attrs.frozen
class _Tally:
    """How many promoters and detractors there are: effective ones, where answers have weights."""

    promoters: float
    detractors: float
    effective_n: float
    n: int
    n_missing: int
    of_sample: tuple[str, ...] = ()

    @property
    def value(self) -> float:
        """The score; weighted counts are rounded, so that all of them may make a hair more than n."""
        return min(100.0, max(-100.0, 100 * (self.promoters - self.detractors) / self.effective_n))

    @property
    def classes(self) -> tuple[float, float, float]:
        """How many there are of each class, the fewest first."""
        fewest, middle, most = sorted(
            (self.promoters, self.detractors, self.effective_n - self.promoters - self.detractors)
        )
        return fewest, middle, most

    def notes(self) -> tuple[str, ...]:
        """Return what a reader must know."""
        found = list(self.of_sample)
        if 1 < self.n < _FEW:
            found.append(f"only {self.n} answers")
        # Counts are effective ones, so that a rounding may keep them from being whole.
        if self.n > 1 and self.classes[2] > self.effective_n * (1 - 1e-12):
            found.append("all answers fall into one class")
        return tuple(found)


def _thin(tally: _Tally, method: str) -> tuple[str, ...]:
    """Return a warning where adjusted Wald's interval is known to be too narrow."""
    fewest, middle, _ = tally.classes
    none = tally.effective_n * 1e-12
    if method != "adjusted_wald" or not _FEW <= tally.n < _SOLID or fewest > none or middle <= none:
        return ()
    return (f"{tally.n} answers and a class without any: this interval may be too narrow, method='score' is not",)


def _tally(sample: Sample) -> _Tally:
    promoters, detractors = sample.count(sample.values >= 9), sample.count(sample.values <= 6)
    return _Tally(promoters, detractors, sample.effective_n, sample.n, sample.n_missing, sample.notes())


def _quick_tally(numbers: NDArray[Any]) -> _Tally | None:
    """Count in one walk through memory; ``None`` if there are few answers, or one that must be told of in detail."""
    import numpy as np

    if len(numbers) < _MANY:
        return None
    promoters = detractors = n_missing = 0
    with np.errstate(invalid="ignore"):  # what a byte cannot hold is not equal to what became of it
        for start in range(0, len(numbers), _MANY):
            part = numbers[start : start + _MANY]
            small = part.astype(np.int8)
            same = small == part
            if not same.all():
                odd = part[~same]
                if odd.dtype.kind != "f" or not np.isnan(odd).all():
                    return None
                n_missing += len(odd)
                small = small[same]
            if small.size and not (small.min() >= 0 and small.max() <= 10):
                return None
            promoters += int(np.count_nonzero(small >= 9))
            detractors += int(np.count_nonzero(small <= 6))
    n = len(numbers) - n_missing
    return _Tally(promoters, detractors, n, n, n_missing) if n > 1 else None


def _of_column(name: str, scores: Answers, weights: Answers | None) -> _Tally:
    numbers = read(scores, field=name)
    _check(numbers, name)
    sample = sample_of(numbers, None if weights is None else require_weights(weights, numbers))
    if not sample.n:
        raise InsufficientDataError(metric="nps_difference", n=0, needed=1)
    return _tally(sample)


def _check(numbers: NDArray[Any], field: str = "scores") -> None:
    require_scale(numbers, 0, 10, field=field)
    require_whole(numbers, field=field)


def _interval(tally: _Tally, method: str, level: float) -> Interval:
    if method == "score":
        return net_score(tally.promoters, tally.detractors, tally.effective_n, level=level)
    adjusted = method == "adjusted_wald"
    return net_share(tally.promoters, tally.detractors, tally.effective_n, level=level, adjusted=adjusted)


def _require_method(method: str) -> None:
    if method not in get_args(NpsMethod):
        raise InvalidInputError(
            field="method", reason=f"unknown method {method!r}", hint="adjusted_wald, score or wald"
        )
