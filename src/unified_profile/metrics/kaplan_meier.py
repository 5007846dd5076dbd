"""How long until it ends, when for many it has not ended yet: the estimator of Kaplan and Meier."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

from unified_profile.errors import InsufficientDataError
from unified_profile.metrics.answers import Answers
from unified_profile.metrics.flags import Flags
from unified_profile.metrics.groups import (
    EVERY_ROW,
    By,
    Correction,
    Rows,
    level_of_each,
    require_no_correction,
    split,
)
from unified_profile.metrics.lifetimes import Lifetimes, Tally, lifetimes, tally
from unified_profile.metrics.log_ranks import log_rank_of
from unified_profile.metrics.survival_curve import SurvivalCurve, SurvivalCurves
from unified_profile.statistics import z_for

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@overload
def survival(
    durations: Answers, ended: Flags, *, by: None = None, weights: Answers | None = None, level: float = 0.95
) -> SurvivalCurve: ...
@overload
def survival(
    durations: Answers,
    ended: Flags,
    *,
    by: By,
    weights: Answers | None = None,
    correction: Correction = "none",
    level: float = 0.95,
) -> SurvivalCurves: ...
def survival(
    durations: Answers,
    ended: Flags,
    *,
    by: By | None = None,
    weights: Answers | None = None,
    correction: Correction = "none",
    level: float = 0.95,
) -> SurvivalCurve | SurvivalCurves:
    """Return the share still there after each time (Kaplan and Meier), where many have not ended yet.

    *durations* are times since the start, in any one unit; *ended* says of each whether it ended then, or was only
    seen until then (censored: a customer who is still here). Leaving these out, or taking them for ended, would bias
    every number. A row without a duration, or of which nobody knows whether it ended, is left out and counted in
    ``n_missing``. *by*, *weights* and *correction* as for `nps`; with *by* comes the log-rank test of all groups, but
    not with *weights*, since it counts people.

    >>> curve = survival([1, 2, 2, 3, 5, 5], [True, True, False, True, False, False])
    >>> curve.at(2)
    Estimate(value=0.667, low=0.195, high=0.904, n=6, n_missing=0, method='kaplan_meier')
    >>> curve.median.value, curve.quantile(0.9).warnings
    (3.0, ('fewer than 90 % have ended: no such time is known',))

    Source: Kaplan and Meier (1958), JASA 53; Greenwood's variance on the log-log scale (Kalbfleisch and Prentice
    1980), so that no interval leaves 0 to 1; before anybody has ended, the exact binomial bound of those still seen.

    Raises:
        InvalidInputError: If a duration is negative or infinite, or columns differ in length.
        InsufficientDataError: If there is nobody to observe.

    .. versionadded:: 0.1
    """
    z_for(level)
    table = lifetimes(durations, ended, weights=weights)
    if by is None:
        require_no_correction(correction, "curve")
        curve = curve_of(table, EVERY_ROW, level)
        if not curve.n:
            raise InsufficientDataError(metric="survival", n=0, needed=1)
        return curve
    parts = split(by, len(table))
    own = level_of_each(level, len(parts), correction)
    curves = {key: curve_of(table, rows, own) for key, rows in parts.items()}
    if not any(curve.n for curve in curves.values()):
        raise InsufficientDataError(metric="survival", n=0, needed=1)
    return SurvivalCurves(curves, None if weights is not None else log_rank_of(table, parts))


def curve_of(table: Lifetimes, rows: Rows, level: float) -> SurvivalCurve:
    """Return the curve of some rows; without a single one, an empty curve that says so."""
    import numpy as np

    durations, ended, weights, n_missing = table.part(rows)
    n, notes = len(durations), []
    if not n:
        none = np.array([], dtype=np.float64)
        return SurvivalCurve(none, none, none, none, none, none, 0, n_missing, 0.0, level, ("no answers",))
    if weights is not None:
        # Kish: as many equally weighted ones would say as much. Scaled first, so that no square overflows or vanishes.
        weights = weights / weights.max()
        weights = np.asarray(weights * (float(weights.sum()) / float((weights * weights).sum())), dtype=np.float64)
        weightless = len(table.durations[rows]) - n - n_missing
        if weightless:
            notes.append(f"{weightless} durations have weight 0 and do not count")
        if float(weights.sum()) < n * (1 - 1e-9):
            notes.append(f"unequal weights: {n} durations say as much as {float(weights.sum()):.1f}")
    if n == 1:
        notes.append("a single observation")
    if not ended.any():
        notes.append("nobody has ended yet")
    counted = tally(durations, ended, weights)
    survival, low, high = _curve(counted.events, counted.at_risk, level)
    return SurvivalCurve(
        counted.times, counted.at_risk, counted.events, survival, low, high, n, n_missing, counted.last, level,
        tuple(notes), _before(durations, weights, counted),
    )  # fmt: skip


def _before(
    durations: NDArray[Any], weights: NDArray[np.float64] | None, counted: Tally
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return until when people were seen before anybody ended, and how many were still seen until each of these."""
    import numpy as np

    first = float(counted.times[0]) if len(counted.times) else np.inf
    early = durations < first
    times, place = np.unique(durations[early], return_inverse=True)
    gone = np.bincount(place, weights=None if weights is None else weights[early], minlength=len(times))
    whole = float(len(durations)) if weights is None else float(weights.sum())
    left = np.asarray(whole - np.concatenate([[0.0], np.cumsum(gone)])[:-1], dtype=np.float64)
    return times.astype(np.float64), left


def _curve(
    events: NDArray[np.float64], at_risk: NDArray[np.float64], level: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return the product-limit estimate and its interval on the log-log scale."""
    import numpy as np

    z = z_for(level)
    # Weights leave a hair of rounding between those still there and those who ended.
    left = np.maximum(0.0, at_risk - events)
    left[left < at_risk * 1e-12] = 0.0
    survival = np.asarray(np.cumprod(left / at_risk), dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        greenwood = np.cumsum(np.where(left > 0, events / (at_risk * left), 0.0))
        half = z * np.sqrt(greenwood) / np.abs(np.log(survival))
        low: NDArray[np.float64] = survival ** np.exp(half)
        high: NDArray[np.float64] = survival ** np.exp(-half)
    gone = survival <= 0
    if gone.any():
        first = int(gone.argmax())
        low[first:] = 0.0
        # The formula ends where nobody is left; the last upper end before still holds.
        high[first:] = high[first - 1] if first else 1.0
    return survival, np.minimum(low, survival), np.maximum(high, survival)
