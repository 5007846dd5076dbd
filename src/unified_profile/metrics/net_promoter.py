"""The Net Promoter Score and the difference of two, with intervals that hold for small samples too."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal, get_args, overload

from unified_profile.errors import InsufficientDataError, InvalidInputError
from unified_profile.metrics.answers import (
    Answers,
    estimate,
    read,
    require_scale,
    require_weights,
    require_whole,
    sample_of,
)
from unified_profile.metrics.groups import By, Correction
from unified_profile.metrics.promoters import FEW, Tally, quick_tally, tally_of
from unified_profile.statistics import (
    Estimate,
    GroupedEstimates,
    Interval,
    is_one_of,
    net_moments,
    net_score,
    net_share,
    z_for,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

_RANGE = (-100.0, 100.0)

NpsMethod = Literal["auto", "adjusted_wald", "score", "wald"]


@overload
def nps(
    scores: Answers,
    *,
    by: None = None,
    weights: Answers | None = None,
    method: NpsMethod = "auto",
    level: float = 0.95,
) -> Estimate: ...
@overload
def nps(
    scores: Answers,
    *,
    by: By,
    weights: Answers | None = None,
    correction: Correction = "none",
    method: NpsMethod = "auto",
    level: float = 0.95,
) -> GroupedEstimates: ...
def nps(
    scores: Answers,
    *,
    by: By | None = None,
    weights: Answers | None = None,
    correction: Correction = "none",
    method: NpsMethod = "auto",
    level: float = 0.95,
) -> Estimate | GroupedEstimates:
    """Return the Net Promoter Score, from -100 to 100: the percentage of promoters less that of detractors.

    *scores* are a column of whole numbers from 0 to 10: detractors 0-6, passives 7-8, promoters 9-10. Missing answers
    (``None``, NaN, ``pandas.NA``) are left out and counted in ``n_missing``. With *by*, one estimate per group;
    ``correction="bonferroni"`` widens the intervals of many groups until all of them hold together. *weights* weigh the
    answers; the interval then rests on Kish's effective sample size.

    The default interval holds the truth in at least 93.7 % of samples of five or more, whatever the mix. Where every
    class has five answers it is that of the three imaginary answers (Rocks 2016: ``method="adjusted_wald"``), which
    others use, too; where a class has fewer it is the score interval (``method="score"``), because the former one holds
    the truth in as few as 79 % there. `Estimate.method` says which one it was, and without weights `Estimate.classes`
    the shares of detractors, passives and promoters. ``method="wald"`` is the textbook
    formula that many reports use, without width when all agree.

    >>> nps([10, 9, 8, 7, 6, 10, None])
    Estimate(value=33.3, low=-38.1, high=82.5, n=6, n_missing=1, method='score')
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

    def of(tally: Tally, level: float) -> Estimate:
        value, used = tally.value, _fitting(method, tally)
        interval = _interval(tally, used, level)
        return Estimate(
            value=value,
            low=min(100 * interval.low, value),
            high=max(100 * interval.high, value),
            n=tally.n,
            n_missing=tally.n_missing,
            method=used,
            level=level,
            warnings=(*tally.notes(), *_thin(tally, used)),
            bounds=_RANGE,
            classes=tally.shares,
        )

    if by is None and weights is None and is_one_of(correction, ("none",)):
        scores = read(scores, field="scores")
        quick = quick_tally(scores)
        if quick is not None:
            return of(quick, level)
    return estimate(
        scores,
        lambda sample, level: of(tally_of(sample), level),
        check=_check,
        metric="nps",
        field="scores",
        by=by,
        weights=weights,
        level=level,
        correction=correction,
        bounds=_RANGE,
        method="score" if method == "auto" else method,
    )


def nps_difference(
    first: Answers,
    second: Answers,
    *,
    weights: tuple[Answers | None, Answers | None] | None = None,
    method: NpsMethod = "auto",
    level: float = 0.95,
) -> Estimate:
    """Return how many points the Net Promoter Score of *first* lies above that of *second*, from -200 to 200.

    The two are independent samples (two periods, two channels). An interval without zero in it is a difference that
    chance alone seldom makes; for one group among many ask `weakest_link`, which corrects for the many. Where every
    class of both samples has five answers, each sample gets the three imaginary answers of `nps` (``"adjusted_wald"``);
    otherwise the score intervals of the two are combined (``"score"``; MOVER). Missing answers are left out and counted
    together. *weights* are two columns, one for each sample (or ``None``), as for `nps`.

    >>> nps_difference([10, 9, 9, 8, 7, 10], [6, 5, 9, 7, 3, 8])
    Estimate(value=100, low=-3.35, high=158.8, n=12, n_missing=0, method='score')

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
    heavy = (None, None) if weights is None else weights
    one, other = _of_column("first", first, heavy[0]), _of_column("second", second, heavy[1])
    value, method = one.value - other.value, _fitting(method, one, other)
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


def _thin(tally: Tally, method: str) -> tuple[str, ...]:
    """Return a warning where adjusted Wald's interval was asked for, and is known to be too narrow."""
    if method != "adjusted_wald" or not tally.n >= FEW or tally.every_class or tally.lonely:
        return ()
    return (f"a class with fewer than {FEW} answers: this interval may be too narrow, method='score' is not",)


def _fitting(method: NpsMethod, *tallies: Tally) -> NpsMethod:
    """Return which interval is made: the score interval holds where a class has hardly an answer."""
    if method != "auto":
        return method
    return "adjusted_wald" if all(tally.every_class for tally in tallies) else "score"


def _of_column(name: str, scores: Answers, weights: Answers | None) -> Tally:
    numbers = read(scores, field=name)
    _check(numbers, name)
    sample = sample_of(numbers, None if weights is None else require_weights(weights, numbers))
    if not sample.n:
        raise InsufficientDataError(metric="nps_difference", n=0, needed=1)
    return tally_of(sample)


def _check(numbers: NDArray[Any], field: str = "scores") -> None:
    require_scale(numbers, 0, 10, field=field)
    require_whole(numbers, field=field)


def _interval(tally: Tally, method: str, level: float) -> Interval:
    if method == "score":
        return net_score(tally.promoters, tally.detractors, tally.effective_n, level=level)
    adjusted = method == "adjusted_wald"
    return net_share(tally.promoters, tally.detractors, tally.effective_n, level=level, adjusted=adjusted)


def _require_method(method: str) -> None:
    if not is_one_of(method, get_args(NpsMethod)):
        raise InvalidInputError(
            field="method", reason=f"unknown method {method!r}", hint="auto, adjusted_wald, score or wald"
        )
