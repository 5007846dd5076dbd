"""Durations that may not be over, counted up by the moments at which somebody ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from unified_profile.errors import InvalidInputError
from unified_profile.metrics.answers import Answers, read, require_amounts, require_weights
from unified_profile.metrics.flags import Flags, read_flags
from unified_profile.metrics.groups import Rows

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Counting by number instead of sorting, as long as there are no more numbers than this, or than rows.
_FEW_NUMBERS = 1_000_000
_PART = 65_536


@attrs.frozen(eq=False)
class Lifetimes:
    """Columns of equal length: how long, whether it ended then, and weights if there are any."""

    durations: NDArray[Any]
    ended: NDArray[np.bool_]
    known: NDArray[np.bool_] | None
    weights: NDArray[np.float64] | None = None

    def __len__(self) -> int:
        return len(self.durations)

    def part(self, rows: Rows) -> tuple[NDArray[Any], NDArray[np.bool_], NDArray[np.float64] | None, int]:
        """Return the known durations of *rows*, whether they ended, their weights, and how many are missing.

        Those of weight 0 are in none of them.
        """
        import numpy as np

        durations, ended = self.durations[rows], self.ended[rows]
        weights = None if self.weights is None else self.weights[rows]
        n_missing = 0
        if self.known is not None:
            known = self.known[rows]
            n_missing = len(known) - int(np.count_nonzero(known))
            durations, ended, weights = durations[known], ended[known], None if weights is None else weights[known]
        if weights is not None and not weights.all():
            heavy = weights > 0
            durations, ended, weights = durations[heavy], ended[heavy], weights[heavy]
        return durations, ended, weights, n_missing


@attrs.frozen(eq=False)
class Tally:
    """The moments at which somebody ended, how many did, and how many were still there until then."""

    times: NDArray[np.float64]
    events: NDArray[np.float64]
    at_risk: NDArray[np.float64]
    last: float


def lifetimes(
    durations: Answers, ended: Flags, *, weights: Answers | None = None, field: str = "durations"
) -> Lifetimes:
    """Read durations and whether they ended.

    Raises:
        InvalidInputError: If a duration is negative or infinite, or columns differ in length.
    """
    import numpy as np

    numbers = read(durations, field=field)
    # Two quick looks tell of most columns that nothing is missing or wrong; the slow ones say what.
    sound = len(numbers) > 0 and numbers.min() >= 0 and numbers.max() < np.inf
    if not sound:
        require_amounts(numbers, field=field)
    flags: NDArray[np.float64] | None = None
    if isinstance(ended, np.ndarray) and ended.dtype.kind == "b" and not isinstance(ended, np.ma.MaskedArray):
        over: NDArray[np.bool_] = ended
    else:
        flags = read_flags(ended, field="ended")
        over = np.equal(flags, 1)
    if len(over) != len(numbers):
        raise InvalidInputError(field="ended", reason=f"{len(over)} rows for {len(numbers)} durations")
    known = ~np.isnan(numbers) if numbers.dtype.kind == "f" and not sound else None
    if flags is not None:
        known = ~np.isnan(flags) if known is None else known & ~np.isnan(flags)
    if known is not None and known.all():
        known = None
    return Lifetimes(numbers, over, known, None if weights is None else require_weights(weights, numbers))


def tally(durations: NDArray[Any], ended: NDArray[np.bool_], weights: NDArray[np.float64] | None) -> Tally:
    """Count up at most one row per moment; whole numbers are counted without sorting."""
    import numpy as np

    quick = _counted(durations, ended, weights)
    if quick is not None:
        return quick
    if weights is None:
        over, others = np.sort(durations[ended]), np.sort(durations[~ended])
        times, first = np.unique(over, return_index=True)
        events = np.diff(first, append=len(over)).astype(np.float64)
        before = first + np.searchsorted(others, times, side="left")
        at_risk = (len(durations) - before).astype(np.float64)
    else:
        order = np.argsort(durations, kind="stable")
        sorted_times, sorted_weights = durations[order], weights[order]
        left = np.concatenate([sorted_weights[::-1].cumsum()[::-1], [0.0]])
        times, place = np.unique(durations[ended], return_inverse=True)
        events = np.asarray(np.bincount(place, weights=weights[ended], minlength=len(times)), dtype=np.float64)
        at_risk = left[np.searchsorted(sorted_times, times, side="left")]
    return Tally(times.astype(np.float64), events, at_risk, float(durations.max()))


def _counted(durations: NDArray[Any], ended: NDArray[np.bool_], weights: NDArray[np.float64] | None) -> Tally | None:
    """Count whole numbers by number, if they are whole and few enough; the two kinds of end side by side."""
    import numpy as np

    if not len(durations) or float(durations.max()) > max(_FEW_NUMBERS, len(durations)):
        return None
    size = 2 * (int(durations.max()) + 1)
    # Parts that stay in the processor's cache, unless the counts themselves would not.
    step = _PART if size <= _PART else len(durations)
    counts = np.zeros(size)
    for start in range(0, len(durations), step):
        part = durations[start : start + step]
        whole = part.astype(np.intp)
        if part.dtype.kind == "f" and (whole != part).any():
            return None
        whole <<= 1
        whole |= ended[start : start + step]
        heavy = None if weights is None else weights[start : start + step]
        counts += np.bincount(whole, weights=heavy, minlength=size)
    events = counts[1::2]
    at_risk = (counts[::2] + events)[::-1].cumsum()[::-1]
    some = np.flatnonzero(events)
    return Tally(some.astype(np.float64), events[some], at_risk[some], float(size // 2 - 1))
