"""From visit to order, and what is left lying in carts: conversion, abandonment, and what could be won back."""

from __future__ import annotations

import math
from typing import SupportsIndex, overload

from unified_profile.errors import InvalidInputError
from unified_profile.metrics.answers import Answers, read, require_amounts, sample_of
from unified_profile.metrics.flags import Flags, counted_or_listed, rate
from unified_profile.metrics.groups import By, Correction, Rows, each_group
from unified_profile.statistics import Estimate, GroupedEstimates


@counted_or_listed
def conversion(
    converted: Flags | SupportsIndex,
    visitors: SupportsIndex | None = None,
    *,
    by: By | None = None,
    weights: Answers | None = None,
    correction: Correction = "none",
    level: float = 0.95,
) -> Estimate | GroupedEstimates:
    """Return the share of *visitors* who did what they came for, from 0 to 1.

    Either two counts, or a column that says of each visitor whether he converted (then with *by*, *weights* and
    *correction* as for `nps`). Count people rather than visits, or the visits of one person make the interval too
    narrow. Missing values are left out and counted in ``n_missing``.

    >>> conversion(31, 1000)
    Estimate(value=0.031, low=0.0219, high=0.0437, n=1000, n_missing=0, method='wilson')

    Source: Wilson (1927), JASA 22, for the interval.

    Raises:
        InvalidInputError: If a count is negative or not whole, more converted than came, or a column holds
            something that is neither true nor false.
        InsufficientDataError: If nobody came.

    .. versionadded:: 0.1
    """
    return rate(
        "conversion",
        ("converted", "visitors"),
        converted,
        visitors,
        by=by,
        weights=weights,
        correction=correction,
        level=level,
    )


@counted_or_listed
def abandonment_rate(
    abandoned: Flags | SupportsIndex,
    started: SupportsIndex | None = None,
    *,
    by: By | None = None,
    weights: Answers | None = None,
    correction: Correction = "none",
    level: float = 0.95,
) -> Estimate | GroupedEstimates:
    """Return the share of *started* carts, forms or sign-ups that were abandoned, from 0 to 1.

    Either two counts, or a column that says of each one started whether it was abandoned (then with *by*, *weights*
    and *correction* as for `nps`). One that may still be finished is missing (``None``), neither abandoned nor not:
    it is left out and counted in ``n_missing``.

    >>> abandonment_rate([True, True, False, None])
    Estimate(value=0.667, low=0.208, high=0.939, n=3, n_missing=1, method='wilson')

    Source: Wilson (1927), JASA 22, for the interval.

    Raises:
        InvalidInputError: If a count is negative or not whole, more were abandoned than started, or a column holds
            something that is neither true nor false.
        InsufficientDataError: If nothing was started.

    .. versionadded:: 0.1
    """
    return rate(
        "abandonment_rate",
        ("abandoned", "started"),
        abandoned,
        started,
        by=by,
        weights=weights,
        correction=correction,
        level=level,
    )


@overload
def recoverable_value(abandoned: Answers, recovery: Estimate, *, by: None = None) -> Estimate: ...
@overload
def recoverable_value(abandoned: Answers, recovery: Estimate, *, by: By) -> GroupedEstimates: ...
def recoverable_value(abandoned: Answers, recovery: Estimate, *, by: By | None = None) -> Estimate | GroupedEstimates:
    """Return how much of the value left in *abandoned* carts a measured *recovery* rate would bring back.

    *abandoned* holds one value per abandoned cart, all in one currency (ask ``by=currency`` for several: amounts of
    different currencies are never added). *recovery* is a share from 0 to 1, measured on such carts before: at best
    `lift` against carts that were left alone, since some come back by themselves. The sum is what happened and has no
    interval of its own; the result's is that of *recovery*. Carts of unknown value are left out and counted in
    ``n_missing``, so that the true sum is higher. Source: a product of our own, value times rate.

    >>> recoverable_value([120.0, 80.0, None], conversion(10, 100))
    Estimate(value=20, low=11.0458, high=34.9, n=2, n_missing=1, method='wilson')

    Raises:
        InvalidInputError: If a value is negative or no number, or *recovery* is no share.
        InsufficientDataError: If there is no cart with a known value.

    .. versionadded:: 0.1
    """
    if not isinstance(recovery, Estimate) or not (recovery.low >= 0 and recovery.high <= 1 and recovery.known):
        raise InvalidInputError(field="recovery", reason="not the estimate of a share", hint="for example conversion()")
    values = read(abandoned, field="abandoned")
    require_amounts(values, field="abandoned")

    def one(rows: Rows, _: float) -> Estimate:
        sample = sample_of(values[rows])
        total = math.fsum(sample.values.tolist())
        if not sample.n:
            return Estimate.unknown(bounds=(0, math.inf), n_missing=sample.n_missing, method=recovery.method)
        return Estimate(
            total * recovery.value,
            total * recovery.low,
            total * recovery.high,
            n=sample.n,
            n_missing=sample.n_missing,
            method=recovery.method,
            level=recovery.level,
            warnings=recovery.warnings,
            bounds=(0, math.inf),
        )

    return each_group(len(values), one, metric="recoverable_value", by=by, level=recovery.level)
