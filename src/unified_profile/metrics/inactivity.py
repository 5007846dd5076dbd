"""Customers without a contract never say that they leave: who has been silent for longer than a declared window."""

from __future__ import annotations

from datetime import datetime, timedelta

from unified_profile.errors import InvalidInputError
from unified_profile.metrics.instants import MISSING, Instants, one_instant, read_instants


def lapsed(last_active: Instants, *, as_of: datetime, window: timedelta, zone: str | None = None) -> list[bool | None]:
    """Return for each customer whether nothing was heard for longer than *window* at *as_of*: for `churn_rate`.

    *last_active* is when each was last active; a customer of whom nothing is known, or who was first active after
    *as_of*, is ``None``, missing rather than lost. Exactly the window is not yet longer. *zone* says which clock naive
    times were read on. Such a churn rate depends on the window: state it with the number, keep it, and never mix it
    with that of contracts or with a model's probability of being alive. Source: none; the window is a convention.

    >>> from datetime import UTC
    >>> noon = datetime(2026, 5, 31, 12, tzinfo=UTC)
    >>> lapsed([noon - timedelta(days=91), noon - timedelta(days=90), None], as_of=noon, window=timedelta(days=90))
    [True, False, None]

    Raises:
        InvalidInputError: If *window* is no time, or a time has no zone and *zone* is not stated.

    .. versionadded:: 0.1
    """
    if not isinstance(window, timedelta) or not window > timedelta():
        raise InvalidInputError(field="window", reason="no time", hint="timedelta(days=90)")
    now, longest = one_instant(as_of, field="as_of"), window // timedelta(microseconds=1)
    times = read_instants(last_active, field="last_active", zone=zone, dates=True).tolist()
    return [None if time == MISSING or time > now else now - time > longest for time in times]
