"""After how many bad experiences do customers leave?  Time is counted from each, so that nobody looks immortal."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import TYPE_CHECKING

import attrs

from unified_profile.errors import InsufficientDataError, InvalidInputError
from unified_profile.metrics.answers import Answers, read
from unified_profile.metrics.flags import Flags
from unified_profile.metrics.groups import EVERY_ROW
from unified_profile.metrics.kaplan_meier import curve_of
from unified_profile.metrics.lifetimes import lifetimes
from unified_profile.metrics.log_ranks import log_rank_of
from unified_profile.metrics.numbering import objects
from unified_profile.metrics.survival_curve import SurvivalCurve, SurvivalCurves

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def survival_by_bad_experiences(
    bad_at: Iterable[Answers], durations: Answers, left: Flags, *, limit: int = 3, level: float = 0.95
) -> SurvivalCurves:
    """Return how long customers stay after their first, second … bad experience, a curve for each count.

    For each customer: *bad_at*, the times of the bad experiences since the start; *durations*, how long the customer
    was observed since then, both in any one unit; and whether it *left* at that time, or was still there (missing: left
    out and counted). The curve of count *k* begins at
    the *k*-th bad experience (0: at the start) and follows a customer until it leaves, has the next one (censored
    there: from then on it belongs to the next curve) or is observed no longer. The curve of *limit* holds all from
    that one on.

    Counting each customer's bad experiences over a whole life, and comparing lives by that count, would turn things
    upside down: who stays long has time for many. That is why the clock starts anew.

    >>> bad = [[], [1.0], [2.0, 3.0], [1.0, 2.0, 3.0], [4.0]]
    >>> found = survival_by_bad_experiences(bad, [9, 3, 6, 4, 9], [False, True, True, True, False])
    >>> [(count, curve.n) for count, curve in found.items()]
    [(0, 5), (1, 4), (2, 2), (3, 1)]

    Source: Kaplan and Meier (1958), JASA 53, of each state of a process that moves on (Andersen and Keiding 2002,
    Statistical Methods in Medical Research 11); on the bias: Suissa (2008), American Journal of Epidemiology 167.

    Raises:
        InvalidInputError: If *limit* is not from 1 to 1000, columns differ in length, or a bad experience is after the
            end.
        InsufficientDataError: If there is no customer.

    .. versionadded:: 0.1
    """
    import numpy as np

    if type(limit) is not int or not 1 <= limit <= 1000:
        raise InvalidInputError(field="limit", reason="not a whole number from 1 to 1000", hint="for example 3")
    table = lifetimes(durations, left)
    histories = [_history(each, position) for position, each in enumerate(objects(bad_at, field="bad_at"))]
    if len(histories) != len(table):
        raise InvalidInputError(field="bad_at", reason=f"{len(histories)} histories for {len(table)} customers")
    known = np.ones(len(table), dtype=bool) if table.known is None else table.known
    spans: list[list[float]] = [[] for _ in range(limit + 1)]
    ended: list[list[bool]] = [[] for _ in range(limit + 1)]
    for position, history in enumerate(histories):
        if not known[position]:
            continue
        end = float(table.durations[position])
        if history and history[-1] > end:
            raise InvalidInputError(field=f"bad_at.{position}", reason="a bad experience after the end of observation")
        starts = [0.0, *history[:limit]]
        for count, start in enumerate(starts):
            last = count + 1 == len(starts)
            spans[count].append((end if last else starts[count + 1]) - start)
            ended[count].append(last and bool(table.ended[position]))
    if not spans[0]:
        raise InsufficientDataError(metric="survival_by_bad_experiences", n=0, needed=1)
    n_missing = len(table) - len(spans[0])
    counted = [count for count in range(limit + 1) if spans[count]]
    curves: dict[Hashable, SurvivalCurve] = {
        count: curve_of(lifetimes(spans[count], np.array(ended[count])), EVERY_ROW, level) for count in counted
    }
    curves[0] = attrs.evolve(curves[0], n_missing=n_missing)
    ends = np.cumsum([0, *(len(spans[count]) for count in counted)])
    everyone = lifetimes(
        np.concatenate([spans[count] for count in counted]), np.concatenate([ended[count] for count in counted])
    )
    rows: dict[Hashable, NDArray[np.intp]] = {count: np.arange(ends[i], ends[i + 1]) for i, count in enumerate(counted)}
    return SurvivalCurves(curves, log_rank_of(everyone, rows))


def _history(times: Answers, position: int) -> Sequence[float]:
    import numpy as np

    found = read(times, field=f"bad_at.{position}").astype(np.float64)
    if len(found) and not (np.isfinite(found).all() and found.min() >= 0):
        raise InvalidInputError(field=f"bad_at.{position}", reason="a time is missing, negative or infinite")
    return sorted(found.tolist())
