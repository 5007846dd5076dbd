"""Columns of times turned into microseconds of UTC, in one way for all metrics: no zone is ever guessed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from unified_profile.errors import InvalidInputError
from unified_profile.metrics.numbering import REFUSED, objects

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Instants: TypeAlias = Iterable[Any]
"""Aware times in any kind of column; ``None`` and NaT are missing. Columns that cannot hold a zone need ``zone=``."""

MISSING = -(2**63)
"""What stands for a missing time: numpy's NaT."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
# The quarters of an hour that a clock can show: the years 1 to 9999, a day less at each end.
_FIRST, _LAST = ((datetime(*day, tzinfo=UTC) - _EPOCH) // timedelta(minutes=15) for day in ((1, 1, 2), (9999, 12, 31)))
_HINT = "pass aware times, or say which clock was read: zone='Europe/Berlin'"


def read_instants(column: Instants, *, field: str, zone: str | None = None, dates: bool = False) -> NDArray[np.int64]:
    """Return *column* in microseconds since 1970 in UTC, `MISSING` where there is no time.

    Times without a zone are read on the clocks of *zone*; where clocks are set back, the first of two equal times is
    meant. With *dates*, a date stands for the moment at which it begins there.

    Raises:
        InvalidInputError: If it holds anything but times, or times without a zone and *zone* is not stated.
    """
    import numpy as np

    if isinstance(column, REFUSED) or not isinstance(column, Iterable):
        raise InvalidInputError(
            field=field, reason=f"a {type(column).__name__} is no column of times", hint="pass a list or a column"
        )
    aware = _knows_zone(column)
    if hasattr(column, "to_numpy") and aware:
        # What the libraries keep of an aware time is UTC.
        found = np.asarray(column.to_numpy(dtype="datetime64[us]") if hasattr(column, "iloc") else column)
        if found.dtype.kind == "M":
            return _micros(found)
    if not aware and hasattr(column, "__array__"):
        found = np.asarray(column)
        if found.ndim == 1 and found.dtype.kind == "M":
            return _of_clock(_micros(found), field=field, zone=zone)
    return _of_objects(objects(column), field=field, zone=zone, dates=dates)


def _micros(times: NDArray[Any]) -> NDArray[np.int64]:
    """Return numpy's times as numbers, to be read only: they may be the caller's own column."""
    import numpy as np

    return times.astype("datetime64[us]", copy=False).view(np.int64)


def one_instant(moment: datetime, *, field: str) -> int:
    """Return one aware time in microseconds since 1970 in UTC.

    Raises:
        InvalidInputError: If it is no time, or has no zone.
    """
    if not isinstance(moment, datetime) or moment.tzinfo is None:
        raise InvalidInputError(field=field, reason="not an aware time", hint="datetime.now(UTC)")
    return (moment - _EPOCH) // _MICROSECOND


def require_zone(zone: str, *, field: str = "zone") -> ZoneInfo:
    """Return the zone of that name.

    Raises:
        InvalidInputError: If there is none.
    """
    try:
        return ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, TypeError, OSError):
        raise InvalidInputError(field=field, reason="no such time zone", hint="for example 'Europe/Berlin'") from None


def _knows_zone(column: Any) -> bool:
    """Whether the column's kind holds aware times: pandas' ``tz``, polars' ``time_zone`` or arrow's ``type.tz``."""
    kind = getattr(column, "dtype", None)
    kind = getattr(column, "type", None) if kind is None else kind
    arrow = getattr(kind, "pyarrow_dtype", None)
    kind = kind if arrow is None else arrow
    return any(getattr(kind, name, None) is not None for name in ("tz", "time_zone"))


def _of_clock(micros: NDArray[np.int64], *, field: str, zone: str | None) -> NDArray[np.int64]:
    """Return UTC of times read on the clocks of *zone*."""
    import numpy as np

    if zone is None:
        if (micros == MISSING).all():
            return micros
        raise InvalidInputError(field=field, reason="times without a zone", hint=_HINT)
    there = require_zone(zone)
    if zone == "UTC":
        return micros
    # Zones are shifted by whole minutes for the hours of a day: ask each quarter of an hour once.
    quarter = np.where(micros == MISSING, 0, micros // 900_000_000)
    if len(quarter) and not (quarter.min() > _FIRST and quarter.max() < _LAST):
        raise InvalidInputError(field=field, reason="a time before the year 1 or after 9999", hint="None for it")
    quarters, back = np.unique(quarter, return_inverse=True)
    shifts = np.array([_shift(int(each), there) for each in quarters], dtype=np.int64)
    return np.where(micros == MISSING, MISSING, micros - shifts[back])


def _shift(quarter: int, there: ZoneInfo) -> int:
    clock = datetime(1970, 1, 1) + timedelta(minutes=15 * quarter)  # noqa: DTZ001  # a clock on the wall
    shift = clock.replace(tzinfo=there).utcoffset() or timedelta()
    return shift // _MICROSECOND


def _of_objects(items: list[Any], *, field: str, zone: str | None, dates: bool) -> NDArray[np.int64]:
    import numpy as np

    there = None if zone is None else require_zone(zone)
    found = np.empty(len(items), dtype=np.int64)
    for position, item in enumerate(items):
        if dates and type(item) is date:
            item = datetime.combine(item, time())  # noqa: PLW2901  # from here on it is a time
        missing = item is None or type(item).__name__ in {"NAType", "NaTType"} or item != item  # noqa: PLR0124  # NaT
        found[position] = MISSING if missing else _of_object(item, there, field=f"{field}.{position}")
    return found


def _of_object(item: Any, there: ZoneInfo | None, *, field: str) -> int:
    import numpy as np

    moment = item.astype("datetime64[us]").item() if isinstance(item, np.datetime64) else item
    if not isinstance(moment, datetime):
        what = "a date has no time of day" if isinstance(moment, date) else f"a {type(moment).__name__} is no time"
        raise InvalidInputError(field=field, reason=what, hint="pass datetimes, or None")
    if moment.tzinfo is None:
        if there is None:
            raise InvalidInputError(field=field, reason="a time without a zone", hint=_HINT)
        moment = moment.replace(tzinfo=there)
    return (moment - _EPOCH) // _MICROSECOND
