"""Shares of counted customers: churn, complaints, promises.  And the formula that is often mistaken for churn."""

from __future__ import annotations

import operator
from typing import SupportsIndex

from unified_profile.errors import InsufficientDataError, InvalidInputError
from unified_profile.statistics import Estimate, wilson


def churn_rate(lost: SupportsIndex, at_start: SupportsIndex, *, level: float = 0.95) -> Estimate:
    """Return the share of the opening customers that were lost within the period.

    *lost* counts only customers who were there at the start: new customers, and losses among them, are in neither
    number, so that growth cannot hide a loss. Both are counts, so nothing can be missing. Wilson's interval says how
    far chance alone could move the rate of an equal base.

    >>> churn_rate(30, 1000)
    Estimate(value=0.03, low=0.0211, high=0.0425, n=1000, n_missing=0, method='wilson')

    Raises:
        InvalidInputError: If a count is negative or not whole, or more were lost than there were.
        InsufficientDataError: If there was no customer at the start.

    .. versionadded:: 0.1
    """
    return _rate("churn_rate", "lost", lost, "at_start", at_start, level=level)


def complaint_rate(complaining: SupportsIndex, customers: SupportsIndex, *, level: float = 0.95) -> Estimate:
    """Return the share of *customers* with at least one complaint, with Wilson's interval.

    Count customers rather than complaints: somebody who complains three times is one of them. Both are counts, so
    nothing can be missing.

    >>> complaint_rate(0, 20)
    Estimate(value=0, low=0, high=0.161, n=20, n_missing=0, method='wilson')

    Raises:
        InvalidInputError: If a count is negative or not whole, or more complained than there are.
        InsufficientDataError: If there is no customer.

    .. versionadded:: 0.1
    """
    return _rate("complaint_rate", "complaining", complaining, "customers", customers, level=level)


def promise_kept(
    kept: SupportsIndex, broken: SupportsIndex, *, still_open: SupportsIndex = 0, level: float = 0.95
) -> Estimate:
    """Return the share of promises that were kept among those that came due, with Wilson's interval.

    A promise that is *still_open* is neither kept nor broken; it is counted in ``n_missing``.

    >>> promise_kept(18, 2, still_open=5)
    Estimate(value=0.9, low=0.699, high=0.972, n=20, n_missing=5, method='wilson')

    Raises:
        InvalidInputError: If a count is negative or not whole.
        InsufficientDataError: If no promise has come due.

    .. versionadded:: 0.1
    """
    due = _count("kept", kept) + _count("broken", broken)
    return _rate("promise_kept", "kept", kept, "due", due, n_missing=_count("still_open", still_open), level=level)


def net_change(at_start: SupportsIndex, at_end: SupportsIndex) -> Estimate:
    """Return (start - end) / start: by how much the number of customers shrank, new customers included.

    This formula circulates as "churn", but it is not: a hundred lost and a hundred won give 0. Positive means fewer
    customers than before, negative means growth; use `churn_rate` for losses. Two counts of the whole base leave
    nothing to chance, so the interval has no width (``method="count"``), and the warning says what is hidden.

    >>> net_change(1000, 1050).value
    -0.05
    >>> net_change(1000, 1050).warnings
    ('net of new customers: losses may be hidden; see churn_rate',)

    Raises:
        InvalidInputError: If a count is negative or not whole.
        InsufficientDataError: If there was no customer at the start.

    .. versionadded:: 0.1
    """
    start, end = _count("at_start", at_start), _count("at_end", at_end)
    if not start:
        raise InsufficientDataError(metric="net_change", n=0, needed=1)
    change = (start - end) / start
    hidden = "net of new customers: losses may be hidden; see churn_rate"
    return Estimate(change, change, change, n=start, method="count", warnings=(hidden,), bounds=(float("-inf"), 1.0))


def _rate(
    metric: str,
    part_name: str,
    part: SupportsIndex,
    whole_name: str,
    whole: SupportsIndex,
    *,
    n_missing: int = 0,
    level: float,
) -> Estimate:
    some, of = _count(part_name, part), _count(whole_name, whole)
    if some > of:
        raise InvalidInputError(
            field=part_name, reason=f"{some} of {of}", hint=f"count only those who are in {whole_name} as well"
        )
    if not of:
        raise InsufficientDataError(metric=metric, n=0, needed=1)
    share = some / of
    return Estimate(
        share,
        *wilson(share, of, level=level),
        n=of,
        n_missing=n_missing,
        method="wilson",
        level=level,
        warnings=("a single observation",) if of == 1 else (),
        bounds=(0, 1),
    )


def _count(name: str, value: SupportsIndex) -> int:
    """Return *value* as a whole number; a truth value is none."""
    # numpy's own truth value is asked for by name: older numpy takes it for an index, and warns.
    if type(value).__name__ in {"bool", "bool_"} or not isinstance(value, SupportsIndex):
        raise InvalidInputError(field=name, reason=f"a {type(value).__name__} is no count", hint="pass a whole number")
    number = operator.index(value)
    if number < 0:
        raise InvalidInputError(field=name, reason=f"{number} is negative", hint="pass a count")
    return number
