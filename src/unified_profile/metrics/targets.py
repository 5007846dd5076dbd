"""Was it done in time?  Service levels, who is overdue now, and promises with a date."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, overload

import attrs

from unified_profile.errors import InvalidInputError
from unified_profile.metrics.answers import Answers
from unified_profile.metrics.business_hours import BusinessHours
from unified_profile.metrics.flags import share
from unified_profile.metrics.groups import By, Correction
from unified_profile.metrics.instants import MISSING, Instants, one_instant, read_instants
from unified_profile.metrics.numbering import objects
from unified_profile.metrics.waits import Waits, read_waits
from unified_profile.statistics import Estimate, GroupedEstimates

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_MICROSECOND = timedelta(microseconds=1)


@attrs.frozen
class Overdue:
    """A case that should have been done by now.

    Attributes:
        case: Its id, or its position if no ids were given.
        waited: How long it has been open, in opening hours if these were given.
        late: How much of that is beyond what was promised.

    .. versionadded:: 0.1
    """

    case: Hashable
    waited: timedelta
    late: timedelta


@overload
def sla_attainment(
    opened: Instants,
    done: Instants,
    *,
    within: timedelta,
    as_of: datetime,
    hours: BusinessHours | None = None,
    zone: str | None = None,
    by: None = None,
    weights: Answers | None = None,
    level: float = 0.95,
) -> Estimate: ...
@overload
def sla_attainment(
    opened: Instants,
    done: Instants,
    *,
    within: timedelta,
    as_of: datetime,
    hours: BusinessHours | None = None,
    zone: str | None = None,
    by: By,
    weights: Answers | None = None,
    correction: Correction = "none",
    level: float = 0.95,
) -> GroupedEstimates: ...
def sla_attainment(
    opened: Instants,
    done: Instants,
    *,
    within: timedelta,
    as_of: datetime,
    hours: BusinessHours | None = None,
    zone: str | None = None,
    by: By | None = None,
    weights: Answers | None = None,
    correction: Correction = "none",
    level: float = 0.95,
) -> Estimate | GroupedEstimates:
    """Return the share of cases that were done *within* the time promised, from 0 to 1, with Wilson's interval.

    A case exactly at the limit is in time. One that is still open and beyond the limit at *as_of* has missed it
    already; one that is open and still has time is neither, and counted in ``n_missing`` together with cases without
    a time of opening. With *hours* only opening hours count. *zone* says which clock naive times were read on; *by*,
    *weights* and *correction* as for `nps`.

    >>> from datetime import UTC, datetime, timedelta
    >>> nine = datetime(2026, 5, 4, 9, tzinfo=UTC)
    >>> done = [nine + timedelta(hours=4), nine + timedelta(hours=5), None, nine + timedelta(hours=1)]
    >>> sla_attainment([nine] * 4, done, within=timedelta(hours=4), as_of=nine + timedelta(hours=8)).value
    0.5

    Source: Wilson (1927), JASA 22, for the interval.

    Raises:
        InvalidInputError: If a time has no zone and *zone* is not stated, a case was done before it was opened,
            *within* is no time, or columns differ in length.
        InsufficientDataError: If no case has come due.

    .. versionadded:: 0.1
    """
    waits = read_waits(opened, done, as_of=as_of, hours=hours, zone=zone)
    return share(
        "sla_attainment",
        "done",
        _met(waits, _limit(within)),
        by=by,
        weights=weights,
        correction=correction,
        level=level,
    )


def overdue(
    opened: Instants,
    done: Instants,
    *,
    within: timedelta,
    as_of: datetime,
    hours: BusinessHours | None = None,
    zone: str | None = None,
    ids: Iterable[Hashable] | None = None,
) -> list[Overdue]:
    """Return the cases that are open at *as_of* and beyond the time promised, the latest first.

    A case exactly at the limit is not overdue. Each open case is in the list once, whatever was said of it before: who
    was alerted already is the caller's to know. Cases whose time of opening is missing are not in the list. Arguments
    as for `sla_attainment`, but for weights, which a list has no use for; *ids* name the cases.

    >>> from datetime import UTC, datetime, timedelta
    >>> nine = datetime(2026, 5, 4, 9, tzinfo=UTC)
    >>> opened = [nine, nine + timedelta(hours=4), nine]
    >>> late = overdue(
    ...     opened, [None, None, nine], within=timedelta(hours=4), as_of=nine + timedelta(hours=8), ids=["a", "b", "c"]
    ... )
    >>> late[0].case, late[0].late, len(late)
    ('a', datetime.timedelta(seconds=14400), 1)

    Source: a definition of our own, by comparing times.

    Raises:
        InvalidInputError: As for `sla_attainment`, or if there is not an id for each case.

    .. versionadded:: 0.1
    """
    import numpy as np

    waits = read_waits(opened, done, as_of=as_of, hours=hours, zone=zone)
    limit = _limit(within)
    names = None if ids is None else objects(ids, field="ids")
    if names is not None and len(names) != len(waits.took):
        raise InvalidInputError(field="ids", reason=f"{len(names)} ids for {len(waits.took)} cases")
    late = np.flatnonzero(~waits.done & (waits.took > limit))
    order = late[np.argsort(-waits.took[late], kind="stable")]
    return [
        Overdue(
            int(place) if names is None else names[place],
            timedelta(microseconds=int(waits.took[place])),
            timedelta(microseconds=int(waits.took[place] - limit)),
        )
        for place in order
    ]


@overload
def promises_kept(
    due: Instants,
    done: Instants,
    *,
    as_of: datetime,
    zone: str | None = None,
    by: None = None,
    weights: Answers | None = None,
    level: float = 0.95,
) -> Estimate: ...
@overload
def promises_kept(
    due: Instants,
    done: Instants,
    *,
    as_of: datetime,
    zone: str | None = None,
    by: By,
    weights: Answers | None = None,
    correction: Correction = "none",
    level: float = 0.95,
) -> GroupedEstimates: ...
def promises_kept(
    due: Instants,
    done: Instants,
    *,
    as_of: datetime,
    zone: str | None = None,
    by: By | None = None,
    weights: Answers | None = None,
    correction: Correction = "none",
    level: float = 0.95,
) -> Estimate | GroupedEstimates:
    """Return the share of promises that reality kept, from 0 to 1: what was due by a time and done by then.

    A promise done on time is kept, even before it is due; one that passed its time is broken, done later or not; one
    that is neither done nor due at *as_of* is open and counted in ``n_missing``, with those without a date. *zone*
    says which clock naive times were read on; *by*, *weights* and *correction* as for `nps`. With counts at hand, use
    `promise_kept`.

    >>> from datetime import UTC, datetime, timedelta
    >>> noon = datetime(2026, 5, 4, 12, tzinfo=UTC)
    >>> promises_kept([noon, noon, noon + timedelta(days=9)], [noon, None, None], as_of=noon + timedelta(days=1))
    Estimate(value=0.5, low=0.0945, high=0.905, n=2, n_missing=1, method='wilson')

    Source: Wilson (1927), JASA 22, for the interval.

    Raises:
        InvalidInputError: If a time has no zone and *zone* is not stated, or columns differ in length.
        InsufficientDataError: If no promise has come due.

    .. versionadded:: 0.1
    """
    import numpy as np

    now = one_instant(as_of, field="as_of")
    by_then = read_instants(due, field="due", zone=zone)
    at = read_instants(done, field="done", zone=zone)
    if len(by_then) != len(at):
        raise InvalidInputError(field="done", reason=f"{len(at)} rows for {len(by_then)} promises")
    done_now = (at != MISSING) & (at <= now)
    kept = np.where(done_now & (at <= by_then), 1.0, np.where(by_then < now, 0.0, np.nan))
    kept[by_then == MISSING] = np.nan
    return share("promises_kept", "done", kept, by=by, weights=weights, correction=correction, level=level)


def _met(waits: Waits, limit: float) -> NDArray[np.float64]:
    """Return 1 where the limit was kept, 0 where it was missed, NaN where it is open."""
    import numpy as np

    found: Any = np.where(waits.took > limit, 0.0, np.where(waits.done, 1.0, np.nan))
    found[np.isnan(waits.took)] = np.nan
    return np.asarray(found, dtype=np.float64)


def _limit(within: timedelta) -> float:
    if not isinstance(within, timedelta) or within < timedelta():
        raise InvalidInputError(field="within", reason="no time", hint="timedelta(hours=4)")
    return within / _MICROSECOND
