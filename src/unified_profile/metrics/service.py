"""How long customers wait: times until an answer, a solution or an action, in which open cases count as well."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol, cast, overload

from unified_profile.errors import InvalidInputError
from unified_profile.metrics.answers import Answers
from unified_profile.metrics.business_hours import BusinessHours
from unified_profile.metrics.groups import By, Correction, Rows, each_group
from unified_profile.metrics.instants import Instants
from unified_profile.metrics.kaplan_meier import curve_of
from unified_profile.metrics.lifetimes import Lifetimes
from unified_profile.metrics.survival_curve import require_quantile
from unified_profile.metrics.waits import Waits, read_waits
from unified_profile.statistics import Estimate, GroupedEstimates, percentile_ranks

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable

HOUR = timedelta(hours=1)


class WaitingTime(Protocol):
    """A percentile of waiting times, of all cases or by group."""

    @overload
    def __call__(
        self,
        opened: Instants,
        done: Instants,
        /,
        *,
        as_of: datetime,
        q: float = 0.5,
        hours: BusinessHours | None = None,
        zone: str | None = None,
        unit: timedelta = HOUR,
        by: None = None,
        weights: Answers | None = None,
        level: float = 0.95,
    ) -> Estimate: ...
    @overload
    def __call__(
        self,
        opened: Instants,
        done: Instants,
        /,
        *,
        as_of: datetime,
        q: float = 0.5,
        hours: BusinessHours | None = None,
        zone: str | None = None,
        unit: timedelta = HOUR,
        by: Iterable[Hashable],
        weights: Answers | None = None,
        correction: Correction = "none",
        level: float = 0.95,
    ) -> GroupedEstimates: ...


def _waiting(function: Callable[..., Estimate | GroupedEstimates], /) -> WaitingTime:
    """Tell the type checker in which ways it may be asked for; nothing happens at run time."""
    return cast("WaitingTime", function)


@_waiting
def first_response_time(
    opened: Instants,
    done: Instants,
    *,
    as_of: datetime,
    q: float = 0.5,
    hours: BusinessHours | None = None,
    zone: str | None = None,
    unit: timedelta = HOUR,
    by: By | None = None,
    weights: Answers | None = None,
    correction: Correction = "none",
    level: float = 0.95,
) -> Estimate | GroupedEstimates:
    """Return within which time the share *q* of cases got a first answer, in hours (or another *unit*).

    *opened* and *done* are when each case was opened and first answered; ``None`` in *done* is a case still waiting
    at *as_of*. It counts as one that takes at least that long (censored): left out, the slowest cases would make the
    team look fast. With *hours* only opening hours count, without holidays. Cases without a time of opening are left
    out and counted in ``n_missing``; what happened after *as_of* is not known yet. *zone* says which clock naive
    times were read on; *by*, *weights* and *correction* as for `nps`.

    The value is a waiting time that did occur. Its interval is that of the order statistics, or of the survival curve
    where cases are open; where too many are, there is no value, and a warning says so.

    >>> from datetime import UTC, datetime, timedelta
    >>> nine = datetime(2026, 5, 4, 9, tzinfo=UTC)
    >>> opened = [nine] * 5
    >>> answered = [nine + timedelta(hours=h) for h in (1, 2, 3, 4)] + [None]
    >>> first_response_time(opened, answered, as_of=nine + timedelta(hours=8)).value
    3.0

    Source: Kaplan and Meier (1958), JASA 53; Brookmeyer and Crowley (1982), Biometrics 38; David and Nagaraja (2003),
    Order Statistics, 7.1.

    Raises:
        InvalidInputError: If a time has no zone and *zone* is not stated, an answer came before its question, *q* is
            not between 0 and 1, or columns differ in length.
        InsufficientDataError: If there is no case.

    .. versionadded:: 0.1
    """
    waits = read_waits(opened, done, as_of=as_of, hours=hours, zone=zone)
    return _percentile(
        "first_response_time", waits, q=q, unit=unit, by=by, weights=weights, correction=correction, level=level
    )


@_waiting
def resolution_time(
    opened: Instants,
    done: Instants,
    *,
    as_of: datetime,
    q: float = 0.5,
    hours: BusinessHours | None = None,
    zone: str | None = None,
    unit: timedelta = HOUR,
    by: By | None = None,
    weights: Answers | None = None,
    correction: Correction = "none",
    level: float = 0.95,
) -> Estimate | GroupedEstimates:
    """Return within which time the share *q* of cases was solved, in hours (or another *unit*).

    *opened* and *done* are when each case was opened and solved; ``None`` in *done* is a case still open at *as_of*.
    Everything else as for `first_response_time`. A case that was opened again has no good second clock: hand it in
    with its last solution, or as a case of its own, and always alike.

    >>> from datetime import UTC, datetime, timedelta
    >>> nine = datetime(2026, 5, 4, 9, tzinfo=UTC)
    >>> solved = [nine + timedelta(days=d) for d in range(1, 10)]
    >>> resolution_time([nine] * 9, solved, as_of=nine + timedelta(days=30), unit=timedelta(days=1))
    Estimate(value=5, low=2, high=8, n=9, n_missing=0, method='order_statistics')

    Source: as for `first_response_time`.

    Raises:
        InvalidInputError: As for `first_response_time`.
        InsufficientDataError: If there is no case.

    .. versionadded:: 0.1
    """
    waits = read_waits(opened, done, as_of=as_of, hours=hours, zone=zone)
    return _percentile(
        "resolution_time", waits, q=q, unit=unit, by=by, weights=weights, correction=correction, level=level
    )


@_waiting
def time_to_action(
    opened: Instants,
    done: Instants,
    *,
    as_of: datetime,
    q: float = 0.5,
    hours: BusinessHours | None = None,
    zone: str | None = None,
    unit: timedelta = HOUR,
    by: By | None = None,
    weights: Answers | None = None,
    correction: Correction = "none",
    level: float = 0.95,
) -> Estimate | GroupedEstimates:
    """Return within which time the share *q* of feedback led to an action, in hours (or another *unit*).

    *opened* is when feedback was given, *done* when something was done about it; ``None`` is feedback that still waits
    at *as_of* and counts as taking at least that long. Everything else as for `first_response_time`.

    >>> from datetime import UTC, datetime, timedelta
    >>> nine = datetime(2026, 5, 4, 9, tzinfo=UTC)
    >>> found = time_to_action(
    ...     [nine] * 4, [nine + timedelta(hours=2), None, None, None], as_of=nine + timedelta(days=1)
    ... )
    >>> found.value, found.warnings[0]
    (nan, '3 of 4 are still open and count as taking at least that long')

    Source: as for `first_response_time`.

    Raises:
        InvalidInputError: As for `first_response_time`.
        InsufficientDataError: If there is no feedback.

    .. versionadded:: 0.1
    """
    waits = read_waits(opened, done, as_of=as_of, hours=hours, zone=zone)
    return _percentile(
        "time_to_action", waits, q=q, unit=unit, by=by, weights=weights, correction=correction, level=level
    )


def _percentile(
    metric: str,
    waits: Waits,
    *,
    q: float,
    unit: timedelta,
    by: By | None,
    weights: Answers | None,
    correction: Correction,
    level: float,
) -> Estimate | GroupedEstimates:
    import numpy as np

    from unified_profile.metrics.answers import require_weights

    require_quantile(q)
    if not isinstance(unit, timedelta) or not unit > timedelta():
        raise InvalidInputError(field="unit", reason="no time", hint="timedelta(hours=1)")
    took = waits.took / (unit / timedelta(microseconds=1))
    heavy = None if weights is None else require_weights(weights, took)
    table = Lifetimes(took, waits.done, ~np.isnan(took), heavy)

    def one(rows: Rows, level: float) -> Estimate:
        durations, done, weighted, n_missing = table.part(rows)
        still = int(np.count_nonzero(~done))
        if len(durations) and weighted is None and not still:
            return _of_order(np.sort(durations), n_missing, q, level)
        found = curve_of(table, rows, level).quantile(q)
        if not still:
            return found
        note = f"{still} of {len(durations)} are still open and count as taking at least that long"
        kept = [each for each in found.warnings if each != "nobody has ended yet"]
        return Estimate(
            found.value, found.low, found.high, n=found.n, n_missing=n_missing, method=found.method, level=level,
            warnings=(note, *kept), bounds=found.bounds,
        )  # fmt: skip

    return each_group(len(took), one, metric=metric, by=by, level=level, correction=correction)


def _of_order(durations: Any, n_missing: int, q: float, level: float) -> Estimate:
    """Return the percentile of sorted durations that are all over."""
    n = len(durations)
    value = float(durations[max(0, math.ceil(q * n - 1e-9) - 1)])
    first, last = percentile_ranks(n, q, level=level)
    notes = ["a single observation"] if n == 1 else []
    if n > 1 and (first < 1 or last > n):
        notes.append("too few to bound this percentile on both sides")
    return Estimate(
        value,
        min(value, float(durations[first - 1]) if first >= 1 else 0.0),
        max(value, float(durations[last - 1]) if last <= n else math.inf),
        n=n,
        n_missing=n_missing,
        method="order_statistics",
        level=level,
        warnings=tuple(notes),
        bounds=(0, math.inf),
    )
