"""The Net Promoter Score and the difference of two, with intervals that hold for small samples too."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable
from typing import TYPE_CHECKING, Any, Literal, overload

from unified_profile.errors import InsufficientDataError, InvalidInputError
from unified_profile.metrics.answers import Answers, Sample, estimate, read, require_scale, require_whole, sample_of
from unified_profile.statistics import Estimate, GroupedEstimates, net_moments, net_share, z_for

if TYPE_CHECKING:
    from numpy.typing import NDArray

_RANGE = (-100.0, 100.0)
# Simulated coverage of the adjusted interval is at its nominal level from here on.
_FEW = 5

NpsMethod = Literal["adjusted_wald", "wald"]


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
    by: Iterable[Hashable],
    weights: Answers | None = None,
    method: NpsMethod = "adjusted_wald",
    level: float = 0.95,
) -> GroupedEstimates: ...
def nps(
    scores: Answers,
    *,
    by: Iterable[Hashable] | None = None,
    weights: Answers | None = None,
    method: NpsMethod = "adjusted_wald",
    level: float = 0.95,
) -> Estimate | GroupedEstimates:
    """Return the Net Promoter Score, from -100 to 100: the percentage of promoters less that of detractors.

    Answers are whole numbers from 0 to 10: detractors 0-6, passives 7-8, promoters 9-10. Missing answers (``None``,
    NaN, ``pandas.NA``) are left out and counted in ``n_missing``. With *by*, one estimate per group. *weights*
    weigh the answers; the interval then rests on Kish's effective sample size.

    The default interval adds three imaginary answers (Rocks 2016), so that ten promoters are not taken for
    certainty; ``method="wald"`` is the textbook formula that many reports use, without width when all agree.

    >>> nps([10, 9, 8, 7, 6, 10, None])
    Estimate(value=33.3, low=-26.7, high=71.2, n=6, n_missing=1, method='adjusted_wald')
    >>> nps([10, 2, 9, 3], by=["chat", "mail", "chat", "mail"])["mail"].value
    -100.0

    Source: Reichheld (2003), The one number you need to grow, Harvard Business Review 81(12); interval: Rocks
    (2016), The American Statistician 70(4).

    Raises:
        InvalidInputError: If a score is outside 0 to 10, fractional or no number, or columns differ in length.
        InsufficientDataError: If there is no answer at all (one empty group is a row that says so).

    .. versionadded:: 0.1
    """
    adjusted = _adjusted(method)

    def one(sample: Sample) -> Estimate:
        promoters, detractors = _classes(sample)
        n = sample.effective_n
        interval = net_share(promoters, detractors, n, level=level, adjusted=adjusted)
        # Weighted counts are rounded: all of them may make a hair more than n.
        value = min(100.0, max(-100.0, 100 * (promoters - detractors) / n))
        return Estimate(
            value=value,
            low=min(100 * interval.low, value),
            high=max(100 * interval.high, value),
            n=sample.n,
            n_missing=sample.n_missing,
            method=method,
            level=level,
            warnings=_notes(sample, promoters, detractors),
            bounds=_RANGE,
        )

    return estimate(
        scores,
        one,
        check=_check,
        metric="nps",
        field="scores",
        by=by,
        weights=weights,
        unknown=Estimate.unknown(bounds=_RANGE, method=method, level=level),
    )


def nps_difference(
    first: Answers, second: Answers, *, method: NpsMethod = "adjusted_wald", level: float = 0.95
) -> Estimate:
    """Return how many points the Net Promoter Score of *first* lies above that of *second*, from -200 to 200.

    The two are independent samples (two periods, two channels). An interval without zero in it is a difference that
    chance alone seldom makes; for one group among many ask `weakest_link`, which corrects for the many. Each sample
    gets the three imaginary answers of `nps`. Missing answers are left out and counted together.

    >>> nps_difference([10, 9, 9, 8, 7, 10], [6, 5, 9, 7, 3, 8])
    Estimate(value=100, low=2.15, high=131.2, n=12, n_missing=0, method='adjusted_wald')

    Source: Lewis and Sauro (2021), How to statistically compare two Net Promoter Scores,
    measuringu.com/nps-significance-test.

    Raises:
        InvalidInputError: If a score is outside 0 to 10, fractional or no number.
        InsufficientDataError: If one of the two has no answer.

    .. versionadded:: 0.1
    """
    adjusted = _adjusted(method)
    value = center = variance = 0.0
    notes: list[str] = []
    samples = []
    for sign, name, scores in ((1, "first", first), (-1, "second", second)):
        numbers = read(scores, field=name)
        _check(numbers, name)
        sample = sample_of(numbers)
        if not sample.n:
            raise InsufficientDataError(metric="nps_difference", n=0, needed=1)
        promoters, detractors = _classes(sample)
        its_center, its_variance = net_moments(promoters, detractors, sample.n, adjusted=adjusted)
        value += sign * 100 * (promoters - detractors) / sample.n
        center += sign * 100 * its_center
        variance += 100 * 100 * its_variance
        notes.extend(f"{name}: {note}" for note in _notes(sample, promoters, detractors))
        samples.append(sample)
    half = z_for(level) * math.sqrt(variance)
    return Estimate(
        value=value,
        low=max(-200.0, min(center - half, value)),
        high=min(200.0, max(center + half, value)),
        n=sum(sample.n for sample in samples),
        n_missing=sum(sample.n_missing for sample in samples),
        method=method,
        level=level,
        warnings=tuple(notes),
        bounds=(-200.0, 200.0),
    )


def _classes(sample: Sample) -> tuple[float, float]:
    """Return how many promoters and how many detractors there are."""
    return sample.count(sample.values >= 9), sample.count(sample.values <= 6)


def _check(numbers: NDArray[Any], field: str = "scores") -> None:
    require_scale(numbers, 0, 10, field=field)
    require_whole(numbers, field=field)


def _notes(sample: Sample, promoters: float, detractors: float) -> tuple[str, ...]:
    found = list(sample.notes())
    if 1 < sample.n < _FEW:
        found.append(f"only {sample.n} answers")
    # Counts are effective ones, so that a rounding may keep them from being whole.
    if sample.n > 1 and max(promoters, detractors, sample.effective_n - promoters - detractors) > sample.effective_n * (
        1 - 1e-12
    ):
        found.append("all answers fall into one class")
    return tuple(found)


def _adjusted(method: str) -> bool:
    if method not in {"adjusted_wald", "wald"}:
        raise InvalidInputError(field="method", reason=f"unknown method {method!r}", hint="adjusted_wald or wald")
    return method == "adjusted_wald"
