"""What is known of each case at a moment: how long it took, or has taken so far, on the wall or in opening hours."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import attrs

from unified_profile.errors import InvalidInputError
from unified_profile.metrics.business_hours import BusinessHours
from unified_profile.metrics.instants import MISSING, Instants, one_instant, read_instants

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@attrs.frozen(eq=False)
class Waits:
    """How long each case took in microseconds (NaN: not known, or not opened yet), and whether it is done."""

    took: NDArray[np.float64]
    done: NDArray[np.bool_]


def read_waits(
    opened: Instants, done: Instants, *, as_of: datetime, hours: BusinessHours | None, zone: str | None
) -> Waits:
    """Read when cases were opened and done, as it was known at *as_of*.

    Raises:
        InvalidInputError: If columns differ in length, a time has no zone, or a case was done before it was opened.
    """
    import numpy as np

    now = one_instant(as_of, field="as_of")
    if not (hours is None or isinstance(hours, BusinessHours)):
        raise InvalidInputError(field="hours", reason="no opening hours", hint="BusinessHours(zone=..., hours=...)")
    start = read_instants(opened, field="opened", zone=zone)
    end = read_instants(done, field="done", zone=zone)
    if len(start) != len(end):
        raise InvalidInputError(field="done", reason=f"{len(end)} rows for {len(start)} cases")
    wrong = (start != MISSING) & (end != MISSING) & (end < start)
    if wrong.any():
        raise InvalidInputError(
            field="done",
            reason=f"{int(np.count_nonzero(wrong))} of {len(wrong)} (the first at position {int(wrong.argmax())}) "
            "before the case was opened",
            hint="are both columns in one zone?",
        )
    start = np.where(start > now, MISSING, start)
    over = (start != MISSING) & (end != MISSING) & (end <= now)
    until = np.where(over, end, now)
    if hours is not None:
        return Waits(hours.elapsed(start, until), over)
    return Waits(np.where(start == MISSING, np.nan, (until - np.where(start == MISSING, until, start)) * 1.0), over)
