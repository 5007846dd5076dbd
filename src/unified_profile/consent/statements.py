"""What a statement says by itself: when it ends, since when it counts, and which of two decides."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from operator import attrgetter

from unified_profile.consent.states import REFUSALS, SUSPENDING
from unified_profile.model import ConsentRecord, ConsentState
from unified_profile.model.times import to_micros

_WHEN = attrgetter("occurred_at")


def expires_at(record: ConsentRecord, /) -> datetime | None:
    """Return the instant from which a grant no longer holds; None: never.

    >>> from datetime import UTC, datetime, timedelta
    >>> expires_at(
    ...     ConsentRecord(
    ...         id="c1",
    ...         source="web",
    ...         purpose="newsletter",
    ...         state=ConsentState.GIVEN,
    ...         occurred_at=datetime(2026, 1, 1, tzinfo=UTC),
    ...         duration=timedelta(days=1),
    ...     )
    ... ).day
    2
    """
    if record.duration is None:
        return None
    try:
        return record.occurred_at + record.duration
    except OverflowError:
        return None if record.duration > timedelta(0) else record.occurred_at


def heard_at(record: ConsentRecord, /) -> datetime:
    """Return when something was surely said: when it is dated, or when it was heard if that was before."""
    return min(record.occurred_at, record.recorded_at or record.occurred_at)


def is_later(one: ConsentRecord, other: ConsentRecord, by: timedelta, /) -> bool:
    """Say whether *one* was said more than *by* after *other*, by what they are dated and by when they were heard.

    A clock that is ahead dates a yes after a no that was said later; what was heard tells the order.
    """
    return one.occurred_at - other.occurred_at > by and heard_at(one) - heard_at(other) > by


def strictness(record: ConsentRecord, /) -> int:
    """Return what counts for more when two things were said at the same instant: the denial."""
    if record.state in REFUSALS:
        return 3 if record.state is ConsentState.INVALIDATED else 2
    return 1 if record.state in SUSPENDING else 0


def order(record: ConsentRecord, /) -> tuple[object, ...]:
    """Sort the deciding statement of a scope last: the newest, at one instant the strictest, then the briefest."""
    ends = expires_at(record)
    brevity = (0, 0) if ends is None else (1, -to_micros(ends))
    return (record.occurred_at, strictness(record), brevity, record.id)


def in_order(records: Sequence[ConsentRecord], /) -> list[ConsentRecord]:
    """Return *records* sorted by ``order``; only those told for the same instant need all of it."""
    found = sorted(records, key=_WHEN)
    if any(one.occurred_at == after.occurred_at for one, after in pairwise(found)):
        found.sort(key=order)
    return found
