"""On which day was it?  Times of any kind turned into calendar days, with the zone said where it matters."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from unified_profile.errors import InvalidInputError
from unified_profile.frames import local_times

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def calendar_days(table: object, name: str, *, zone: str | None) -> NDArray[np.datetime64]:
    """Return the calendar day of each time, NaT where it is missing.

    Days, naive times and ISO 8601 texts count as written. Times with a zone are read on the clock of *zone*.

    Raises:
        InvalidInputError: If times have a zone and none is given, or the other way round; if some have one and some
            have none; or if a text is no ISO 8601 date.
    """
    import numpy as np

    require_zone(zone)
    column, aware = local_times(table, name, zone=zone)
    if column.dtype.kind == "M":
        _expect(aware=aware, zone=zone, field=name)
        return column.astype("datetime64[D]")
    if column.dtype.kind == "U":
        column = column.astype(object)
    if column.dtype.kind != "O":
        raise InvalidInputError(
            field=name, reason=f"a column of {column.dtype} holds no times", hint="pass dates, times or ISO 8601 texts"
        )
    items = column.tolist()
    there = [not _missing(item) for item in items]
    days = np.full(len(items), np.datetime64("NaT", "D"))
    known = [item for item, is_there in zip(items, there, strict=True) if is_there]
    if known:
        days[np.array(there)] = np.array(_days(known, zone=zone, field=name), dtype="datetime64[D]")
    return days


def require_zone(zone: str | None) -> None:
    """Refuse a zone that does not exist.

    Raises:
        InvalidInputError: If so.
    """
    if zone is not None:
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError, TypeError):
            raise InvalidInputError(
                field="zone", reason="no such zone", hint="one like 'Asia/Tokyo' or 'UTC'"
            ) from None


def as_day(moment: date | datetime | str, *, zone: str | None, field: str) -> np.datetime64:
    """Return one calendar day.

    Raises:
        InvalidInputError: As `calendar_days`.
    """
    import numpy as np

    return np.datetime64(_day(moment, None if zone is None else ZoneInfo(zone), field=field, position=0)[0], "D")


def _days(items: list[Any], *, zone: str | None, field: str) -> list[date]:
    clock = None if zone is None else ZoneInfo(zone)
    found, kinds, first = [], set(), {}
    read: dict[Any, tuple[date, bool | None]] = {}
    for position, item in enumerate(items):
        known = read.get(item)
        if known is None:
            known = read[item] = _day(item, clock, field=field, position=position)
        found.append(known[0])
        if known[1] is not None and known[1] not in kinds:
            kinds.add(known[1])
            first[known[1]] = position
    if len(kinds) > 1:
        raise InvalidInputError(
            field=field, reason=f"some times have a zone, some have none (positions {first[True]}, {first[False]})"
        )
    if kinds:
        _expect(aware=kinds == {True}, zone=zone, field=field)
    return found


def _day(item: Any, clock: ZoneInfo | None, *, field: str, position: int) -> tuple[date, bool | None]:
    """Return the day, and whether the time had a zone (None for a mere date)."""
    if isinstance(item, str):
        text = item.strip()
        try:
            item = date.fromisoformat(text) if len(text) <= 10 else datetime.fromisoformat(text)
        except ValueError:
            raise InvalidInputError(
                field=f"{field}.{position}", reason="a text that is no ISO 8601 date", hint="write 2026-05-01"
            ) from None
    if isinstance(item, datetime):
        if item.tzinfo is None:
            return item.date(), False
        if clock is None:
            raise _zone_wanted(field)
        return item.astimezone(clock).date(), True
    if isinstance(item, date):
        return item, None
    reason = f"a {type(item).__name__} is no time"
    raise InvalidInputError(field=f"{field}.{position}", reason=reason, hint="pass dates or times")


def _expect(*, aware: bool, zone: str | None, field: str) -> None:
    if aware and zone is None:
        raise _zone_wanted(field)
    if not aware and zone is not None:
        raise InvalidInputError(
            field=field,
            reason="times without a zone",
            hint="they count as written: leave zone= out, or give them theirs",
        )


def _zone_wanted(field: str) -> InvalidInputError:
    return InvalidInputError(
        field=field, reason="times with a zone", hint="say in which zone a day begins: zone='Asia/Tokyo'"
    )


def _missing(item: Any) -> bool:
    return item is None or type(item).__name__ in {"NAType", "NaTType"} or item != item  # noqa: PLR0124 - NaN
