"""When the hub learned something: the stamps of a tenant never go back, whatever a clock says and whoever waited."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Mapping
from typing import Any

from unified_profile.errors import ConflictError
from unified_profile.hub.driver import Plan
from unified_profile.model.rows import FactRow, MetaRow
from unified_profile.storage.commands import Expect, Get, Hold, Put, Read
from unified_profile.storage.tables import META

STAMP = "last_stamp"
"""The name of the mark that says when the last thing was learned, by the clock of whoever learned it."""

_BEHIND_US = 60_000_000
_QUIET_S = 3_600.0
_logger = logging.getLogger("unified_profile")
_told = [-_QUIET_S]


def after(now_us: int, last: str | None, /) -> int:
    """Return the stamp of what is learned at *now_us*, where *last* was the stamp before: never a smaller one.

    A clock that is behind gets the next microsecond, so that what was known at *last* stays what it was.

    >>> after(7, None), after(7, "5"), after(7, "7"), after(7, "9")
    (7, 7, 7, 10)
    """
    if last is None or (before := int(last)) <= now_us:
        return now_us
    if before - now_us > _BEHIND_US and time.monotonic() - _told[0] > _QUIET_S:
        _told[0] = time.monotonic()
        _logger.warning("the clock is %d s behind the last stamp; set it right", (before - now_us) // 1_000_000)
    return before + 1


def in_order(now_us: int, meta: Mapping[str, str], names: tuple[str, ...], /) -> Plan[tuple[Put[Any], Expect[Any]]]:
    """Keep other writers out; return what keeps *now_us* as the last stamp, and what that rests on.

    *meta* is what was read before, *names* what is read of it again where somebody may have written since.

    Raises:
        ConflictError: If a later stamp was given meanwhile.
    """
    last = meta.get(STAMP)
    reads: tuple[Read, ...] = (Get(META, [(name,) for name in (STAMP, *names)]),)
    again = yield Hold(reads)
    if again is not None:
        last = next((row.value for row in again[0] if row.name == STAMP), None)
        if last is not None and int(last) > now_us:
            raise ConflictError("another writer was given a later stamp; decide again")
    before = None if last is None else MetaRow(STAMP, last)
    return stamp_put(now_us), Expect(META, (STAMP,), before)


def stamp_put(now_us: int, /) -> Put[Any]:
    """Return what keeps *now_us* as the last stamp."""
    return Put(META, [MetaRow(STAMP, str(now_us))])


def stamped(rows: Iterable[FactRow], now_us: int, /) -> list[FactRow]:
    """Return *rows* as learned at *now_us*.

    >>> [row[4:6] for row in stamped([FactRow("e1", "event", "web", "", 5, 0, "{}")], 7)]
    [(5, 7)]
    """
    new = tuple.__new__  # twice as fast as the row's own way, which would check the number of parts again
    return [new(FactRow, (a, b, c, d, at, now_us, body, place)) for a, b, c, d, at, _, body, place in rows]
