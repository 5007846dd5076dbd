"""Shares of counted customers: who leaves, complains, comes back.  And the formula that is mistaken for churn."""

from __future__ import annotations

from typing import SupportsIndex

from unified_profile.errors import InsufficientDataError
from unified_profile.metrics.answers import Answers
from unified_profile.metrics.flags import Flags, count, counted_or_listed, rate
from unified_profile.metrics.groups import By, Correction
from unified_profile.statistics import Estimate, GroupedEstimates


@counted_or_listed
def proportion(
    some: Flags | SupportsIndex,
    of: SupportsIndex | None = None,
    *,
    by: By | None = None,
    weights: Answers | None = None,
    correction: Correction = "none",
    level: float = 0.95,
) -> Estimate | GroupedEstimates:
    """Return which share *some* are of all, from 0 to 1: for whatever has no name of its own here.

    Either two counts, or a column of truth values (then with *by*, *weights* and *correction* as for `nps`). Missing
    values are left out and counted in ``n_missing``.

    >>> proportion(81, 100)
    Estimate(value=0.81, low=0.722, high=0.875, n=100, n_missing=0, method='wilson')

    Source: Wilson (1927), JASA 22, for the interval.

    Raises:
        InvalidInputError: If a count is negative or not whole, or a column holds something that is neither true nor
            false.
        InsufficientDataError: If there is nothing to count.

    .. versionadded:: 0.1
    """
    return rate("proportion", ("some", "of"), some, of, by=by, weights=weights, correction=correction, level=level)


@counted_or_listed
def churn_rate(
    lost: Flags | SupportsIndex,
    at_start: SupportsIndex | None = None,
    *,
    by: By | None = None,
    weights: Answers | None = None,
    correction: Correction = "none",
    level: float = 0.95,
) -> Estimate | GroupedEstimates:
    """Return the share of the opening customers (*at_start*) that were lost within the period, from 0 to 1.

    Either two counts, or a column that says of each opening customer whether it was lost (then with *by*, *weights*
    and *correction* as for `nps`). Only customers who were there at the start count: new customers, and losses among
    them, are in neither number, so that growth cannot hide a loss. Missing values are left out and counted in
    ``n_missing``. Wilson's interval says how far chance alone could move the rate of an equal base.

    >>> churn_rate(30, 1000)
    Estimate(value=0.03, low=0.0211, high=0.0425, n=1000, n_missing=0, method='wilson')
    >>> churn_rate([True, False, False, None], by=["pro", "pro", "free", "free"])["pro"].value
    0.5

    Source: Wilson (1927), JASA 22, for the interval.

    Raises:
        InvalidInputError: If a count is negative or not whole, more were lost than there were, or a column holds
            something that is neither true nor false.
        InsufficientDataError: If there was no customer at the start.

    .. versionadded:: 0.1
    """
    return rate(
        "churn_rate",
        ("lost", "at_start"),
        lost,
        at_start,
        by=by,
        weights=weights,
        correction=correction,
        level=level,
    )


@counted_or_listed
def complaint_rate(
    complaining: Flags | SupportsIndex,
    customers: SupportsIndex | None = None,
    *,
    by: By | None = None,
    weights: Answers | None = None,
    correction: Correction = "none",
    level: float = 0.95,
) -> Estimate | GroupedEstimates:
    """Return the share of *customers* with at least one complaint, from 0 to 1.

    Either two counts (*complaining* and all), or a column that says of each customer whether there was a complaint
    (then with *by*, *weights* and *correction* as for `nps`). Count customers rather than complaints: somebody who
    complains three times is one of them. Missing values are left out and counted in ``n_missing``.

    >>> complaint_rate(0, 20)
    Estimate(value=0, low=0, high=0.161, n=20, n_missing=0, method='wilson')

    Source: Wilson (1927), JASA 22, for the interval.

    Raises:
        InvalidInputError: If a count is negative or not whole, more complained than there are, or a column holds
            something that is neither true nor false.
        InsufficientDataError: If there is no customer.

    .. versionadded:: 0.1
    """
    return rate(
        "complaint_rate",
        ("complaining", "customers"),
        complaining,
        customers,
        by=by,
        weights=weights,
        correction=correction,
        level=level,
    )


@counted_or_listed
def churn_after_complaint(
    lost: Flags | SupportsIndex,
    complaining: SupportsIndex | None = None,
    *,
    by: By | None = None,
    weights: Answers | None = None,
    correction: Correction = "none",
    level: float = 0.95,
) -> Estimate | GroupedEstimates:
    """Return the share of *complaining* customers that were lost afterwards, from 0 to 1.

    Either two counts, or a column that says of each customer who complained whether it was lost within the period
    after (then with *by*, *weights* and *correction* as for `nps`). Customers without a complaint are in neither
    number: compare with the `churn_rate` of those by `unified_profile.statistics.difference`, and read it as an
    association, since those who complain may differ in more than that. Missing values are left out and counted in
    ``n_missing``.

    >>> churn_after_complaint(12, 40)
    Estimate(value=0.3, low=0.181, high=0.454, n=40, n_missing=0, method='wilson')

    Source: Wilson (1927), JASA 22, for the interval.

    Raises:
        InvalidInputError: If a count is negative or not whole, more were lost than complained, or a column holds
            something that is neither true nor false.
        InsufficientDataError: If nobody complained.

    .. versionadded:: 0.1
    """
    return rate(
        "churn_after_complaint",
        ("lost", "complaining"),
        lost,
        complaining,
        by=by,
        weights=weights,
        correction=correction,
        level=level,
    )


@counted_or_listed
def repeat_rate(
    repeating: Flags | SupportsIndex,
    customers: SupportsIndex | None = None,
    *,
    by: By | None = None,
    weights: Answers | None = None,
    correction: Correction = "none",
    level: float = 0.95,
) -> Estimate | GroupedEstimates:
    """Return the share of *customers* who bought more than once, from 0 to 1.

    Either two counts (*repeating* and all), or a column that says of each customer whether it came back (then with
    *by*, *weights* and *correction* as for `nps`). State the window yourself: customers who came last week had no time
    to return, so count those whose window is over. Missing values are left out and counted in ``n_missing``.

    >>> repeat_rate(946, 2357)
    Estimate(value=0.401, low=0.382, high=0.421, n=2357, n_missing=0, method='wilson')

    Source: Wilson (1927), JASA 22, for the interval.

    Raises:
        InvalidInputError: If a count is negative or not whole, more came back than there are, or a column holds
            something that is neither true nor false.
        InsufficientDataError: If there is no customer.

    .. versionadded:: 0.1
    """
    return rate(
        "repeat_rate",
        ("repeating", "customers"),
        repeating,
        customers,
        by=by,
        weights=weights,
        correction=correction,
        level=level,
    )


@counted_or_listed
def engagement(
    engaged: Flags | SupportsIndex,
    customers: SupportsIndex | None = None,
    *,
    by: By | None = None,
    weights: Answers | None = None,
    correction: Correction = "none",
    level: float = 0.95,
) -> Estimate | GroupedEstimates:
    """Return the share of *customers* who did something in the period, from 0 to 1.

    Either two counts, or a column that says of each customer whether there was a declared act of engagement (then
    with *by*, *weights* and *correction* as for `nps`). There is no standard of what counts: name the events, the
    period and who is in the base, and keep to it. Missing values are left out and counted in ``n_missing``.

    >>> engagement([True, True, False, False, None])
    Estimate(value=0.5, low=0.15, high=0.85, n=4, n_missing=1, method='wilson')

    Source: Wilson (1927), JASA 22, for the interval.

    Raises:
        InvalidInputError: If a count is negative or not whole, more were engaged than there are, or a column holds
            something that is neither true nor false.
        InsufficientDataError: If there is no customer.

    .. versionadded:: 0.1
    """
    return rate(
        "engagement",
        ("engaged", "customers"),
        engaged,
        customers,
        by=by,
        weights=weights,
        correction=correction,
        level=level,
    )


def net_change(at_start: SupportsIndex, at_end: SupportsIndex) -> Estimate:
    """Return (start - end) / start: by how much the number of customers shrank, new customers included.

    This formula circulates as "churn", but it is not: a hundred lost and a hundred won give 0. Positive means fewer
    customers than before, negative means growth; use `churn_rate` for losses. *at_start* and *at_end* are counts of the
    whole base, of which none can be missing. They leave nothing to chance, so the interval has no width
    (``method="count"``), and the warning says what is hidden. Source: none can be named; the formula is handed around.

    >>> net_change(1000, 1050).value
    -0.05
    >>> net_change(1000, 1050).warnings
    ('net of new customers: losses may be hidden; see churn_rate',)

    Raises:
        InvalidInputError: If a count is negative or not whole.
        InsufficientDataError: If there was no customer at the start.

    .. versionadded:: 0.1
    """
    start, end = count("at_start", at_start), count("at_end", at_end)
    if not start:
        raise InsufficientDataError(metric="net_change", n=0, needed=1)
    change = (start - end) / start
    hidden = "net of new customers: losses may be hidden; see churn_rate"
    return Estimate(change, change, change, n=start, method="count", warnings=(hidden,), bounds=(float("-inf"), 1.0))
